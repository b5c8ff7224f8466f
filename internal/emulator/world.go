package emulator

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The states of operations and of the offer, apart from the words that the wire has for them.
const (
	never     = "neverPublished"
	running   = "running"
	parked    = "waitingForPublisherReview"
	succeeded = "succeeded"
	failed    = "failed"
	canceled  = "canceled"
)

// forGood is a time that does not come.
const forGood = time.Duration(math.MaxInt64)

// world is the offer with its operations. All times are emulated, since the start; what lies before is
// negative. Its user locks.
type world struct {
	script *Script
	newID  func() string
	offer  string
	ops    []*operation // as they were accepted
	visits []visit
	aside  time.Duration // no publish is taken until then
}

type operation struct {
	id, kind, by string // kind: publish, golive, cancel; by: client, person, or before (the start)
	steps        []step
	accepted     time.Duration
	listed       time.Duration // the list knows nothing of it until then
	statused     time.Duration // nor does the offer's status
	paged        time.Duration // nor its own page
	state        string
	changed      time.Duration
	cancelAt     time.Duration
	halted       bool   // it was parked and is being canceled
	shownEnded   bool   // parked, but shown as ended
	ghost        bool   // canceled, but listed as running, without a page
	before       string // what the offer was
}

func newWorld(s *Script, newID func() string) *world {
	w := &world{script: s, newID: newID, offer: never, visits: slices.Clone(s.visits)}
	w.visits = slices.DeleteFunc(w.visits, func(v visit) bool { return v.afterPreview })
	const day = 24 * time.Hour
	if s.wasLive {
		w.past("publish", succeeded, -9*day, s.steps)
		w.past("golive", succeeded, -8*day, w.liveSteps())
	}
	switch {
	case s.runningKind == "publish":
		steps := slices.Clone(s.steps)
		end, _ := (&operation{steps: steps}).end()
		if end < s.runningLeft {
			steps[0].takes += s.runningLeft - end
			end = s.runningLeft
		}
		w.add("publish", "before", s.runningLeft-end, steps)
	case s.runningKind == "golive":
		w.past("publish", succeeded, -2*day, s.steps)
		steps := w.liveSteps()
		steps[0].takes = max(steps[0].takes, s.runningLeft)
		w.add("golive", "before", s.runningLeft-steps[0].takes, steps)
	case s.parkedListed || s.start == "preview":
		w.past("publish", parked, -day, s.steps).shownEnded = !s.parkedListed
		w.plan(0)
	case s.start == "live":
		w.past("publish", succeeded, -2*day, s.steps)
		w.past("golive", succeeded, -day, w.liveSteps())
	case s.start == "failed":
		w.past("publish", failed, -day, []step{{name: "Certification", takes: time.Hour, how: failed, text: "An earlier trial failed."}})
	case s.start == "canceled":
		w.past("publish", canceled, -day, s.steps)
	}
	return w
}

// past is an operation of before the start.
func (w *world) past(kind, state string, at time.Duration, steps []step) *operation {
	o := w.add(kind, "before", at, steps)
	o.state, o.changed = state, at+time.Hour
	if state == canceled {
		o.changed = at + 20*time.Minute
	}
	w.offer = state
	return o
}

func (w *world) liveSteps() []step {
	st := step{name: "Live", takes: w.script.golive, goLive: true}
	if w.script.goliveNo != "" {
		st.how, st.text, st.unseen = failed, w.script.goliveNo, w.script.goliveUnseen
	}
	return []step{st}
}

func (w *world) add(kind, by string, at time.Duration, steps []step) *operation {
	o := &operation{id: w.newID(), kind: kind, by: by, steps: steps, accepted: at, listed: at, statused: at, paged: at, changed: at,
		state: running, cancelAt: forGood, before: w.offer}
	if by != "before" {
		lag := w.script.lag
		o.listed, o.statused, o.paged = at+lag.list, at+lag.status, at+lag.page
	}
	w.ops = append(w.ops, o)
	if kind != "cancel" {
		w.offer = running
	}
	return o
}

// plan turns the visits after preview into visits at a time.
func (w *world) plan(previewAt time.Duration) {
	for _, v := range w.script.visits {
		if v.afterPreview {
			w.visits = append(w.visits, visit{verb: v.verb, at: previewAt + v.at})
		}
	}
}

// end tells when and how the operation ends if nobody interferes.
func (o *operation) end() (time.Duration, string) {
	if o.halted {
		return forGood, running
	}
	at := o.accepted
	for _, st := range o.steps {
		at += st.takes
		switch {
		case st.how == "blocked" && st.lasts < 0, st.stays:
			return forGood, running
		case st.how == "blocked":
			at += st.lasts
		case st.how != "":
			return at, failed
		}
	}
	if o.kind == "publish" {
		return at, parked
	}
	return at, succeeded
}

// current is the publish or go-live that runs or is parked, or nil.
func (w *world) current() *operation {
	for _, o := range slices.Backward(w.ops) {
		open := o.state == running || o.state == parked
		if open && o.kind != "cancel" {
			return o
		}
	}
	return nil
}

// advance lets happen, in order, everything that is due.
func (w *world) advance(now time.Duration) {
	for {
		at, happen := w.next()
		if happen == nil || at > now {
			return
		}
		happen()
	}
}

func (w *world) next() (time.Duration, func()) {
	first := forGood
	var happen func()
	consider := func(at time.Duration, f func()) {
		if at < first {
			first, happen = at, f
		}
	}
	for _, o := range w.ops {
		if o.state != running {
			continue
		}
		at, state := o.end()
		consider(at, func() { w.settle(o, state, at) })
		consider(o.cancelAt, func() { w.settle(o, canceled, o.cancelAt) })
	}
	for i, v := range w.visits {
		consider(v.at, func() {
			w.visits = slices.Delete(w.visits, i, i+1)
			w.act(v.verb, "person", v.at)
		})
	}
	return first, happen
}

func (w *world) settle(o *operation, state string, at time.Duration) {
	o.state, o.changed, o.cancelAt = state, at, forGood
	if o.kind == "cancel" {
		return
	}
	w.offer = state
	switch state {
	case parked:
		w.plan(at)
	case canceled:
		o.ghost = w.script.cancel.ghost > 0
		w.aside = at + w.script.cancel.aside
	}
}

// act does what a client or a person asks for. It answers with the operation, or nil and what forbids it.
func (w *world) act(verb, by string, at time.Duration) (*operation, *refusal) {
	o := w.current()
	switch verb {
	case "publish":
		busy := o != nil && o.state == running
		taken := w.script.conflictStatus == 0
		refused := busy || at < w.aside
		if refused && !taken {
			return nil, w.script.conflict()
		}
		if o != nil && o.state == parked {
			o.state, o.changed = succeeded, at-time.Millisecond // it ends just before its successor begins
		}
		return w.add("publish", by, at, w.script.steps), nil
	case "golive":
		if o == nil || o.state != parked {
			return nil, &refusal{400, "BadRequest", "The offer is not waiting for publisher sign-off."}
		}
		o.state, o.changed = succeeded, at-time.Millisecond // it ends just before its successor begins
		return w.add("golive", by, at, w.liveSteps()), nil
	}
	return w.cancel(o, by, at)
}

// cancel answers 202 also where there is nothing to cancel, as users saw it:
// https://github.com/openshift/openshift-ansible/pull/8449
func (w *world) cancel(o *operation, by string, at time.Duration) (*operation, *refusal) {
	rule := w.script.cancel
	if by == "person" { // the portal shows the button only where it works
		rule.refusal, rule.ignored = "", false
	}
	if rule.refusal != "" {
		return nil, &refusal{rule.status, "BadRequest", rule.refusal}
	}
	if o != nil && o.tooLate() && !rule.anywhere {
		return nil, &refusal{400, "BadRequest", "The operation can no longer be canceled."}
	}
	c := w.add("cancel", by, at, []step{{name: "Cancel", takes: rule.takes}})
	switch {
	case o == nil || rule.ignored:
	case rule.takes == 0:
		w.settle(o, canceled, at)
	case o.state == parked:
		o.state, o.halted, o.cancelAt = running, true, at+rule.takes
	default:
		o.cancelAt = min(o.cancelAt, at+rule.takes)
	}
	return c, nil
}

// tooLate tells that an operation can usually no longer be canceled.
func (o *operation) tooLate() bool { return o.state == parked || o.kind == "golive" }

// refusal is why the service does not do it.
type refusal struct {
	status  int
	code    string
	message string
}

// conflict is how a publish beside another is refused.
func (s *Script) conflict() *refusal {
	no := &refusal{s.conflictStatus, strings.ReplaceAll(http.StatusText(s.conflictStatus), " ", ""), "Another operation is running on the offer."}
	if s.conflictText != "" {
		no.message = s.conflictText
	}
	return no
}

// seen is what the offer is as far as its status knows.
func (w *world) seen(now time.Duration) string {
	for _, o := range w.ops {
		if o.kind != "cancel" && o.statused > now {
			return o.before
		}
	}
	return w.offer
}

// newest is the last publish or go-live that the offer's status knows.
func (w *world) newest(now time.Duration) *operation {
	for _, o := range slices.Backward(w.ops) {
		if o.kind != "cancel" && o.statused <= now {
			return o
		}
	}
	return nil
}

// spokenOf is the operation that the offer's status speaks of, and the state that it tells. Where the
// script wants it that is the version which is live, while a newer publish is on its way.
func (w *world) spokenOf(now time.Duration) (*operation, string) {
	newest := w.newest(now)
	if rule := w.script.liveStatus; rule.on && newest != nil && newest.kind == "publish" {
		live := w.liveBefore(newest)
		told := newest.state != running && rule.ends && now >= newest.changed+rule.after
		if live != nil && !told {
			return live, succeeded
		}
	}
	if newest != nil && newest.recent(now, w.script.lag.statusStale) {
		before := *newest
		before.state = running
		return &before, running
	}
	return newest, w.seen(now)
}

// recent reports whether the operation has got its state so lately that a stale answer shows it running.
func (o *operation) recent(now, stale time.Duration) bool {
	return o.by != "before" && o.state != running && now < o.changed+stale
}

// liveBefore is the go-live that was the last to succeed before an operation.
func (w *world) liveBefore(o *operation) *operation {
	for _, before := range slices.Backward(w.ops[:slices.Index(w.ops, o)]) {
		if before.kind == "golive" && before.state == succeeded {
			return before
		}
	}
	return nil
}

// goLiveOf is the go-live of what a publish made, or nil.
func (w *world) goLiveOf(o *operation) *operation {
	at := slices.IndexFunc(w.ops, func(other *operation) bool { return other.id == o.id })
	for _, after := range w.ops[at+1:] {
		switch after.kind {
		case "golive":
			return after
		case "publish":
			return nil
		}
	}
	return nil
}
