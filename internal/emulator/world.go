package emulator

import (
	"math"
	"slices"
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
}

type operation struct {
	id, kind, by string // kind: publish, golive, cancel; by: client, person, or before (the start)
	steps        []step
	accepted     time.Duration
	visible      time.Duration // lists and statuses know nothing of it until then
	state        string
	changed      time.Duration
	cancelAt     time.Duration
	halted       bool   // it was parked and is being canceled
	shownEnded   bool   // parked, but shown as ended
	before       string // what the offer was
}

func newWorld(s *Script, newID func() string) *world {
	w := &world{script: s, newID: newID, offer: never, visits: slices.Clone(s.visits)}
	w.visits = slices.DeleteFunc(w.visits, func(v visit) bool { return v.afterPreview })
	const day = 24 * time.Hour
	past := func(kind, state string, at time.Duration, steps []step) *operation {
		o := w.add(kind, "before", at, steps)
		o.state, o.changed = state, at+time.Hour
		if state == canceled {
			o.changed = at + 20*time.Minute
		}
		w.offer = state
		return o
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
		past("publish", succeeded, -2*day, s.steps)
		steps := w.liveSteps()
		steps[0].takes = max(steps[0].takes, s.runningLeft)
		w.add("golive", "before", s.runningLeft-steps[0].takes, steps)
	case s.parkedListed || s.start == "preview":
		past("publish", parked, -day, s.steps).shownEnded = !s.parkedListed
		w.plan(0)
	case s.start == "live":
		past("publish", succeeded, -2*day, s.steps)
		past("golive", succeeded, -day, w.liveSteps())
	case s.start == "failed":
		past("publish", failed, -day, []step{{name: "Certification", takes: time.Hour, how: failed, text: "An earlier trial failed."}})
	case s.start == "canceled":
		past("publish", canceled, -day, s.steps)
	}
	return w
}

func (w *world) liveSteps() []step {
	st := step{name: "Live", takes: w.script.golive, goLive: true}
	if w.script.goliveNo != "" {
		st.how, st.text = failed, w.script.goliveNo
	}
	return []step{st}
}

func (w *world) add(kind, by string, at time.Duration, steps []step) *operation {
	o := &operation{id: w.newID(), kind: kind, by: by, steps: steps, accepted: at, visible: at, changed: at,
		state: running, cancelAt: forGood, before: w.offer}
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
		if o.kind != "cancel" && (o.state == running || o.state == parked) {
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
	if state == parked {
		w.plan(at)
	}
}

// act does what a client or a person asks for. It answers with the operation, or nil and what forbids it.
func (w *world) act(verb, by string, at time.Duration) (*operation, *refusal) {
	o := w.current()
	switch verb {
	case "publish":
		if o != nil && o.state == running {
			return nil, &refusal{409, "Conflict", "Another operation is running on the offer."}
		}
		if o != nil {
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
	if o != nil && !rule.anywhere && (o.state == parked || o.kind == "golive") {
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

// refusal is why the service does not do it.
type refusal struct {
	status  int
	code    string
	message string
}

// seen is what the offer is as far as lists and statuses know.
func (w *world) seen(now time.Duration) string {
	for _, o := range w.ops {
		if o.kind != "cancel" && o.visible > now {
			return o.before
		}
	}
	return w.offer
}
