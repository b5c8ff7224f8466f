package publish

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// The model of a service that the explorer walks. It is written from the contract and from what is documented and was
// seen of the portal, not from the emulator: it knows what is true, and answers as badly as its shape and its budget of
// mischief allow. A tick is a third of the window; lags are shorter than the window, since what is later than that no
// look can tell.

const (
	tick   = 40 * time.Second
	window = 3 * tick
)

// shape is what one service is like all the time.
type shape struct {
	// 'o' a path for each operation, 's' one path without an id, '1' one and the same id for all, 'j' orders have a path,
	// what they made has another, and nothing lists the orders (Product Ingestion), 'b' a publish and its go-live are one
	// (Partner Center submission)
	path    byte
	types   byte // 't' told, 'u' not told, 'p' everything is called a publish
	dates   byte // 'g' right, 'n' none, 'w' in reverse, '=' all the same, 'o' old ones alone
	steps   bool // pages name steps
	signOff byte // 'p' the publish's page and the status say so, 's' the status alone, 'e' the publish ends, and the status says so, 'm' it ends and the status is mute
	keeps   bool // ended operations stay listed
	cap     int8 // at most so many are listed, the newest; 0 for all
	list    int8 // how many ticks the list is late
	status  int8 // how many ticks the status is behind; -1: it shows an end a tick before it is true
	page    int8 // how many ticks a page that is not new is behind; forever: a sign-off stays there while another operation runs
	missing int8 // for how many ticks a new operation has no page; forever: it never has one
	takes   int8 // how many ticks an operation takes
	no      byte // how an order is declined: '4' 400, 'f' 403, 'n' 404, 'c' as a conflict, 'a' not at all: it fails at once
}

const forever = 5

var plain = shape{path: 'o', types: 't', dates: 'g', steps: true, signOff: 'p', keeps: true, takes: 2, no: '4'}

// String tells in what a service is not plain.
func (s shape) String() string {
	var out []string
	tell := func(name string, value, usual any) {
		if value == usual {
			return
		}
		if b, ok := value.(byte); ok {
			value = string(rune(b))
		}
		out = append(out, fmt.Sprintf("%s=%v", name, value))
	}
	tell("path", s.path, plain.path)
	tell("types", s.types, plain.types)
	tell("dates", s.dates, plain.dates)
	tell("steps", s.steps, plain.steps)
	tell("sign-off", s.signOff, plain.signOff)
	tell("keeps", s.keeps, plain.keeps)
	tell("cap", s.cap, plain.cap)
	tell("list", s.list, plain.list)
	tell("status", s.status, plain.status)
	tell("page", s.page, plain.page)
	tell("missing", s.missing, plain.missing)
	tell("takes", s.takes, plain.takes)
	tell("no", s.no, plain.no)
	if len(out) == 0 {
		return "the plain service"
	}
	return strings.Join(out, " ")
}

type fate byte

const (
	nothing fate = iota
	running
	good
	failed
	canceled
	spoiled // it ends well, and the offer fails
	hollow  // it ends well, and made nothing
)

// op is an operation, as it truly is.
type op struct {
	golive bool
	ours   bool
	state  fate
	end    fate // what becomes of it
	left   int8 // ticks until then
	age    int8 // ticks since it began, counted to the window
	over   int8 // ticks since its end, counted to the window
	shown  bool // it was in a list that was read
	prev   bool // a preview was made by it
	began  bool // since the walk began
	nth    int8
	ghost  bool // it never ended in the list, and has no page; it truly is long over
}

const most = 7

// world is what is true, and what is left of the mischief. It is comparable.
type world struct {
	ops  [most]op
	n    int8
	past [4]marketplace.OfferState // the last ticks' truth, the newest first
	live bool                      // before the first operation the offer is live

	wasLive, wasIdle bool // at some moment of the run
	posts            int8 // publishes of ours that were accepted
	presses          int8
	wrong            bool // a go-live took a preview that was listed as somebody else's
	deaf             byte // from now on 't' orders are throttled, 'l' they are lost before their effect, 'n' they are not sent, 'x' they are refused, 'd' the next is throttled, and the one before takes effect only then, 'r' reads are throttled
	clock            int8
	takes            int8 // how many ticks an operation takes
	given            int8 // the operation that the order names; -1 for none
}

func (w *world) add(golive, ours bool, end fate, left int8) *op {
	o := &w.ops[w.n]
	*o = op{golive: golive, ours: ours, state: running, end: end, left: left, began: true, nth: w.n}
	w.n++
	return o
}

func (w *world) runs() *op {
	for i := range w.ops[:w.n] {
		if w.ops[i].state == running && !w.ops[i].ghost {
			return &w.ops[i]
		}
	}
	return nil
}

// truth is where the offer is.
func (w *world) truth() marketplace.OfferState {
	state := marketplace.NeverPublished
	if w.live {
		state = marketplace.Live
	}
	for _, o := range w.ops[:w.n] {
		switch o.state {
		case running:
			if !o.ghost {
				return marketplace.InProgress
			}
		case good:
			state = marketplace.Parked
			if o.golive {
				state = marketplace.Live
			}
		case failed, spoiled:
			state = marketplace.LastFailed
		case canceled:
			state = marketplace.LastCanceled
		}
	}
	return state
}

func (w *world) settle() {
	switch w.truth() {
	case marketplace.Live:
		w.wasLive, w.wasIdle = true, true
	case marketplace.InProgress:
	default:
		w.wasIdle = true
	}
}

// remember fills in what was true ahead of the walk: what has just begun was not there.
func (w *world) remember() {
	before := *w
	for before.n > 0 && before.ops[before.n-1].age == 0 {
		before.n--
	}
	for i := range w.past {
		w.past[i] = before.truth()
	}
}

// shown begins to count what was true: what a status that is behind still shows counts, too.
func (w *world) shown(s shape) {
	w.settle()
	for _, was := range w.past[:max(0, s.status)] {
		w.wasLive = w.wasLive || was == marketplace.Live
		w.wasIdle = w.wasIdle || was != marketplace.InProgress
	}
}

// othersListed reports whether something that the run did not start is listed as running.
func (w *world) othersListed(s shape) bool {
	seen := *w
	return slices.ContainsFunc(seen.listed(s), func(l marketplace.Listed) bool {
		i, known := w.of(s, l.Ref)
		return !l.State.Ended() && known && !w.ops[i].ours
	})
}

// pass lets a tick go by.
func (w *world) pass() {
	w.clock++
	copy(w.past[1:], w.past[:])
	w.past[0] = w.truth()
	for i := range w.ops[:w.n] {
		o := &w.ops[i]
		o.age = min(o.age+1, 4)
		if o.ghost {
			continue
		}
		if o.state != running {
			o.over = min(o.over+1, 4)
			continue
		}
		if o.left--; o.left <= 0 {
			o.state, o.over = o.end, 0
			o.prev = o.end == good && !o.golive
		}
	}
	w.settle()
}

var faults = func() (all [marketplace.Unsupported + 1]error) {
	for f := range all {
		all[f] = &marketplace.Error{Call: "call", Fault: marketplace.Fault(f)}
	}
	return all
}()

func fault(f marketplace.Fault) error { return faults[f] }

var refuse = fault(marketplace.Refused)

// void is an order that was accepted and came to nothing, since another operation is in the way.
var void = marketplace.Ref{Path: "/job/void", ID: "void", Order: true}

func (s shape) refusal() error {
	switch s.no {
	case 'f':
		return fault(marketplace.Forbidden)
	case 'n':
		return fault(marketplace.NotFound)
	case 'c':
		return fault(marketplace.Conflict)
	}
	return refuse
}

// ref is the name that the answer to an order gives.
func (w *world) ref(s shape, i int8) marketplace.Ref {
	switch s.path {
	case 's':
		return marketplace.Ref{Path: "/shared", Shared: true}
	case '1':
		return marketplace.Ref{Path: "/one", ID: "one"}
	case 'j':
		return marketplace.Ref{Path: jobPaths[i], ID: jobPaths[i][1:], Order: true}
	}
	return w.listRef(s, i)
}

// listRef is how the list names an operation: a path without an id has one there all the same.
func (w *world) listRef(s shape, i int8) marketplace.Ref {
	base := i
	for w.ops[i].golive && base > 0 && w.ops[base].golive {
		base--
	}
	switch s.path {
	case '1':
		return w.ref(s, i)
	case 'j':
		target := "preview"
		if w.ops[i].golive {
			target = "live"
		}
		return marketplace.Ref{Path: paths[base], ID: paths[base][1:], Target: target}
	case 'b':
		return marketplace.Ref{Path: paths[base], ID: paths[base][1:]}
	}
	return marketplace.Ref{Path: paths[i], ID: paths[i][1:]}
}

var (
	paths    = [most]string{"/0", "/1", "/2", "/3", "/4", "/5", "/6"}
	jobPaths = [most]string{"/j0", "/j1", "/j2", "/j3", "/j4", "/j5", "/j6"}
)

// of is the operation that a name means: the newest, where it means several.
func (w *world) of(s shape, ref marketplace.Ref) (int8, bool) {
	for i := w.n - 1; i >= 0; i-- {
		if ref == w.ref(s, i) || ref.Path == w.listRef(s, i).Path && ref.Same(w.listRef(s, i)) {
			return i, true
		}
	}
	return 0, false
}

func (s shape) kind(o op) marketplace.Kind {
	switch {
	case s.types == 'u':
		return marketplace.Unknown
	case o.golive && s.types != 'p':
		return marketplace.GoLive
	}
	return marketplace.Publish
}

func (s shape) date(i int8) time.Time {
	switch s.dates {
	case 'n':
		return time.Time{}
	case 'w':
		return time.Unix(1000-int64(i), 0)
	case '=':
		return time.Unix(1000, 0)
	case 'o':
		if i >= 2 {
			return time.Time{}
		}
	}
	return time.Unix(1000+int64(i), 0)
}

// listed is the list as the service shows it.
func (w *world) listed(s shape) marketplace.List {
	var out marketplace.List
	var seen [most]marketplace.Ref
	for i := w.n - 1; i >= 0; i-- {
		o := &w.ops[i]
		if o.age < s.list && o.state != nothing && o.fromRun() {
			continue
		}
		state := w.shownState(s, *o)
		if state.Ended() && !s.keeps || o.state == hollow {
			continue
		}
		ref := w.listRef(s, i)
		if slices.Contains(seen[:len(out)], ref) || s.cap > 0 && len(out) >= int(s.cap) {
			continue
		}
		seen[len(out)] = ref
		o.shown = true
		out = append(out, marketplace.Listed{Ref: ref, Kind: s.kind(*o), State: state, Changed: s.date(i)})
	}
	return out
}

// fromRun: what began ahead of the run has been listed for long.
func (o op) fromRun() bool { return o.age < 4 }

// shownState is the list's word for an operation: its end is late as well.
func (w *world) shownState(s shape, o op) marketplace.State {
	state := o.state
	if state != running && o.over < s.list && o.fromRun() {
		state = running
	}
	switch state {
	case good:
		if !o.golive && s.path == 'b' && w.parked(o) {
			return marketplace.AtSignOff
		}
		if !o.golive && (s.signOff == 'p' || s.signOff == 's') && w.parked(o) && s.path != 'j' {
			return marketplace.Running // it waits, and is listed as running
		}
		return marketplace.Succeeded
	case spoiled, hollow:
		return marketplace.Succeeded
	case failed:
		return marketplace.Failed
	case canceled:
		return marketplace.Canceled
	}
	return marketplace.Running
}

// parked reports whether the publish is the newest operation, so that its preview still waits.
func (w *world) parked(o op) bool { return w.n-1 == o.nth && w.truth() == marketplace.Parked }

func (w *world) page(s shape, ref marketplace.Ref) (marketplace.Operation, error) {
	i := w.n - 1
	if ref == void {
		return marketplace.Operation{State: marketplace.Failed, Conflict: true}, nil
	}
	if s.path != '1' && !ref.Shared {
		var known bool
		if i, known = w.of(s, ref); !known || w.ops[i].hidden(s) {
			return marketplace.Operation{}, fault(marketplace.NotFound)
		}
		if s.path == 'b' && w.ops[i].golive && w.ops[i].began && w.ops[i].age < s.page {
			i-- // it still shows the publish
		}
		out := w.detail(s, w.ops[i])
		if ref.Order {
			out.Made = w.listRef(s, i)
			out.Unsettled = out.Unsettled || out.State == marketplace.Succeeded && w.ops[i].fromRun() && w.ops[i].over < s.list
		}
		return out, nil
	} else {
		if s.page == forever { // it keeps showing the sign-off of before
			if i > 0 && w.ops[i].began && w.ops[i].state == running && w.ops[i-1].prev {
				before := *w
				before.n = i
				return before.detail(s, w.ops[i-1]), nil
			}
			return w.detail(s, w.ops[max(0, i)]), nil
		}
		for i > 0 && w.ops[i].age < s.page && w.ops[i].began { // it still shows the one before
			i--
		}
		if i < 0 || w.ops[i].age < s.page && w.ops[i].began {
			return marketplace.Operation{}, fault(marketplace.NotFound)
		}
	}
	return w.detail(s, w.ops[i]), nil
}

// hidden: a new operation has no page yet.
func (o op) hidden(s shape) bool {
	return o.ghost || o.age < s.missing && (s.missing < forever || o.began)
}

func (w *world) detail(s shape, o op) marketplace.Operation {
	var out marketplace.Operation
	step := func(role marketplace.Role, state marketplace.StepState) {
		if s.steps {
			out.Steps = append(out.Steps, marketplace.Step{Role: role, State: state})
		}
	}
	making, signOff, live := marketplace.StepComplete, marketplace.StepNotStarted, marketplace.StepNotStarted
	switch o.state {
	case running:
		out.State = marketplace.Running
		if making = marketplace.StepRunning; o.golive {
			making, signOff, live = marketplace.StepComplete, marketplace.StepComplete, marketplace.StepRunning
		}
	case good:
		out.State = marketplace.Succeeded
		signOff = marketplace.StepSignOff
		if o.golive {
			signOff, live = marketplace.StepComplete, marketplace.StepComplete
		} else if w.parked(o) && s.signOff == 'p' {
			out.State = marketplace.AtSignOff
		} else if w.parked(o) && s.signOff == 's' {
			out.State, signOff = marketplace.Running, marketplace.StepNotStarted
		}
	case spoiled, hollow:
		out.State, out.Unsettled = marketplace.Succeeded, o.state == hollow
	case failed:
		out.State, making = marketplace.Failed, marketplace.StepFailed
	case canceled:
		out.State, making = marketplace.Canceled, marketplace.StepCanceled
	}
	step("", making)
	step(marketplace.RoleSignOff, signOff)
	step(marketplace.RoleLive, live)
	if s.steps && o.golive {
		out.Kind = marketplace.GoLive
	}
	if s.path == 'b' {
		out.Kind = s.kind(o)
	}
	return out
}

// offer is the status as the service shows it: behind, ahead, and about a sign-off mute where the shape is.
func (w *world) offer(s shape) marketplace.Offer {
	state := w.truth()
	switch {
	case s.status > 0:
		state = w.past[s.status-1]
	case s.status < 0:
		if o := w.runs(); o != nil && o.left <= 1 {
			ahead := *w
			ahead.pass()
			state = ahead.truth()
		}
	}
	if state == marketplace.Parked && s.signOff == 'm' {
		state = marketplace.NeverPublished
		for _, o := range w.ops[:w.n] {
			if o.golive && o.state == good {
				state = marketplace.Live
			}
		}
		if w.live {
			state = marketplace.Live
		}
	}
	out := marketplace.Offer{State: state}
	if state == marketplace.Parked { // whichever publish it is that waits
		out.Steps = []marketplace.Step{{State: marketplace.StepComplete}, {Role: marketplace.RoleSignOff, State: marketplace.StepSignOff}}
	}
	return out
}

// forgive leaves out of the count the publishes that are known to have come to nothing.
func (w *world) forgive() {
	for i := range w.ops[:w.n] {
		if o := &w.ops[i]; o.ours && !o.golive && o.bad() {
			o.ours = false
			w.posts--
		}
	}
}

// begin takes an order in, if the offer's state allows it.
func (w *world) begin(golive, ours bool, end fate) error {
	switch {
	case w.runs() != nil, golive && w.truth() != marketplace.Parked, w.n == most:
		return refuse
	}
	if golive && ours {
		w.presses++
		i := w.n - 1
		if w.given >= 0 && i != w.given && w.ops[i].shown {
			w.wrong = true
		}
		if w.given < 0 && w.posts > 0 && !w.ops[i].ours && w.ops[i].shown {
			w.wrong = true
		}
	} else if ours {
		w.posts++
	}
	w.add(golive, ours, end, w.takes)
	return nil
}
