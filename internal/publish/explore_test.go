package publish

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// The explorer walks every state that the core can reach against the model, breadth first, with a budget of mischief: each
// answer that is worse than the shape's own, each act of somebody else, each signal and each kill costs one. What is
// walked stands in cases_test.go, what must hold in judge_test.go.

const (
	longest   = 60 // ticks after which the run's timeout comes
	perTick   = 16 // requests within one tick at most
	perEnding = 3  // requests after a signal at most
)

type node struct {
	run     Run
	world   world
	budget  int8
	handed  marketplace.Ref // what was given out of the operation that a run started
	calls   int8            // within this tick
	after   int8            // since the signal
	stopped bool
	second  bool // the run is one that came after a kill

	sent      marketplace.Kind // the last order
	listed    bool             // a list was read since
	lost      int8             // ticks since an order's answer was lost, counted to the window
	cuts      int8             // orders whose answer was lost, of one kind
	throttled int8             // orders that were turned away
	saw       bool             // what is followed was seen: by its page, or in a list
	untold    bool             // the answer to a cancellation was lost
	took      bool             // the service took an order whose answer was lost

	found   bool // a lost answer was recovered
	unnamed bool // an operation that the answer did not name was found in the list
	resent  bool // an order was sent again after its answer was lost
	adopted bool // an order was declined, and what was in the way was followed
	way     int32
}

// leg is one step of a story.
type leg struct {
	from  int32
	label string
}

// edge leads from one state to the next, both by their leg.
type edge struct{ from, to, before int32 }

// explorer is a walk over one case: one shape, one order, one world to begin with.
type explorer struct {
	shape   shape
	budget  int8
	queue   []node
	legs    []leg
	seen    map[uint64]int32
	edges   []edge
	last    []int32
	over    []int32 // the states that end, or may go on for as long as the run's timeout lets them
	seed    maphash.Seed
	key     []byte
	ends    map[string]int
	meets   map[string]bool // interesting things that were met: see sometimes
	states  int
	deep    int8
	telling bool // once more, for the story
	broken  string
}

func newExplorer() *explorer {
	return &explorer{seen: map[uint64]int32{}, seed: maphash.MakeSeed(), ends: map[string]int{}, meets: map[string]bool{}}
}

// walk walks one case; a case that breaks a promise is walked again, to tell how.
func (x *explorer) walk(o Order, w world, budget int8) {
	for x.telling = false; ; x.telling = true {
		x.broken = ""
		x.once(o, w, budget)
		if x.broken == "" || x.telling {
			return
		}
	}
}

func (x *explorer) once(o Order, w world, budget int8) {
	clear(x.seen)
	x.queue, x.legs, x.edges, x.over, x.budget = x.queue[:0], x.legs[:0], x.edges[:0], x.over[:0], budget
	w.remember()
	w.shown(x.shape)
	x.push(&node{run: Begin(o, time.Unix(1e6, 0)), world: w, budget: budget, way: -1, lost: -1}, "begin")
	for i := 0; i < len(x.queue) && x.broken == ""; i++ {
		x.expand(&x.queue[i])
		x.queue[i].run = Run{} // its story is what is still wanted
	}
	if !x.telling {
		x.states += len(x.queue)
	}
	if x.broken == "" {
		x.allEnd()
	}
}

// allEnd fails when a state leads to no end but by the run's timeout.
func (x *explorer) allEnd() {
	x.last = append(x.last[:0], make([]int32, len(x.legs))...) // the last edge to each state; each edge knows the one before
	for i, e := range x.edges {
		x.edges[i].before, x.last[e.to] = x.last[e.to], int32(i)+1
	}
	ends := make([]bool, len(x.legs))
	for len(x.over) > 0 {
		i := x.over[len(x.over)-1]
		x.over = x.over[:len(x.over)-1]
		if ends[i] {
			continue
		}
		ends[i] = true
		for e := x.last[i]; e > 0; e = x.edges[e-1].before {
			x.over = append(x.over, x.edges[e-1].from)
		}
	}
	if i := slices.Index(ends, false); i >= 0 {
		x.fail(&node{way: int32(i)}, "only the timeout ends what begins so")
	}
}

// push keeps a state that is new.
func (x *explorer) push(n *node, label string) {
	n.run.events = nil
	x.key = appendNode(x.key[:0], n)
	k := maphash.Bytes(x.seed, x.key)
	to, seen := x.seen[k]
	if !seen {
		to = int32(len(x.legs))
		x.seen[k] = to
	}
	if n.way >= 0 && !n.stopped {
		x.edges = append(x.edges, edge{from: n.way, to: to})
	}
	if seen {
		return
	}
	if n.stopped || n.run.step.Do == Finish || n.mayGoOn(x.shape) {
		x.over = append(x.over, to)
	}
	x.legs = append(x.legs, leg{n.way, label})
	x.queue = append(x.queue, *n)
	x.queue[len(x.queue)-1].way = int32(len(x.legs) - 1)
}

// mayGoOn reports whether a run may wait here until its timeout: somebody is to go live, or the service cannot be reached
// while an operation is known, or what it shows of an operation may always be of another.
func (n *node) mayGoOn(s shape) bool {
	unreachable := n.world.deaf == 'r' || n.world.deaf == 'n' && n.run.known()
	unseen := s.signOff == 's' && !s.steps                    // a sign-off that no page shows, and that may be of before
	mistaken := n.found && n.run.f.kind == marketplace.GoLive // for another's publish, where a service calls everything one
	before := n.found && s.list > 0                           // what was found, which the list had lacked, waits for sign-off since before
	return n.run.task == watching || unreachable || unseen || mistaken || before || s.path == 's' || s.path == '1'
}

// expand makes the node's one step in every way that the budget allows.
func (x *explorer) expand(at *node) {
	n := *at
	step := n.run.Next()
	switch {
	case step.Do == Finish:
		x.end(&n, step)
		return
	case n.world.clock > longest && !n.stopped:
		x.learn(n, "timeout", Fact{Stopped: true, TimedOut: true, Err: errTimeout})
		return
	}
	if n.budget > 0 && !n.stopped {
		m := n
		m.budget--
		x.learn(m, "signal", Fact{Stopped: true, Err: errors.New("signal")})
		x.learn(m, "timeout", Fact{Stopped: true, TimedOut: true, Err: errTimeout})
		x.kill(m)
	}
	if x.waits(&n, step) {
		x.tick(n)
		return
	}
	if n.calls++; n.calls > perTick {
		x.fail(&n, fmt.Sprintf("more than %d requests within a tick", perTick))
		return
	}
	if n.stopped {
		if n.after++; n.after > perEnding {
			x.fail(&n, "the ending does not end")
			return
		}
	}
	switch step.Do {
	case Send:
		x.send(n, step)
	case SendCancel:
		x.cancel(n, step)
	default:
		x.reads(n, step)
	}
}

func (x *explorer) waits(n *node, s Step) bool {
	if s.Pause == Now && s.AtLeast == 0 {
		return false
	}
	return s.Until.IsZero() || s.Until.After(n.run.now)
}

// tick lets the pause pass, and others act in it.
func (x *explorer) tick(n node) {
	n.calls = 0
	n.run.step.Pause, n.run.step.AtLeast = Now, 0
	n.run.now = n.run.now.Add(tick)
	n.world.pass()
	if n.lost >= 0 {
		n.lost = min(n.lost+1, int8(window/tick))
	}
	x.push(&n, "a while later")
	if n.budget > 0 {
		x.others(n)
	}
}

// others are what somebody else may do in the meantime.
func (x *explorer) others(n node) {
	n.budget--
	for _, act := range []struct {
		name string
		do   func(w *world) error
	}{
		{"somebody else starts a publish", func(w *world) error { return w.begin(false, false, good) }},
		{"somebody else starts a publish that will fail", func(w *world) error { return w.begin(false, false, failed) }},
		{"somebody else goes live", func(w *world) error { return w.begin(true, false, good) }},
		{"somebody else cancels", func(w *world) error {
			o := w.runs()
			if o == nil {
				return refuse
			}
			o.end, o.left = canceled, 1
			return nil
		}},
	} {
		m := n
		if act.do(&m.world) == nil {
			m.world.settle()
			x.push(&m, act.name)
		}
	}
}

// kill ends the process without a word, and the next one carries on: as the documentation says, or as a pipeline that is
// simply run again.
func (x *explorer) kill(n node) {
	o := n.run.order
	if n.second || o.Command != Publish && o.Command != GoLive {
		return
	}
	plainly := o
	o.IfRunning = Adopt
	switch handed := n.handed.Known(); {
	case handed && o.Command == Publish:
		x.carryOn(n, Order{Command: Wait, Goal: o.Goal, IfRunning: Fail, Operation: n.handed})
		x.afresh(n, o)
	case handed:
		x.carryOn(n, Order{Command: Wait, Goal: o.Goal, IfRunning: Fail, Operation: n.handed})
	default:
		x.carryOn(n, o)
	}
	if plainly.IfRunning != Adopt {
		x.afresh(n, plainly)
	}
}

// carryOn: what the run before did counts as this one's.
func (x *explorer) carryOn(n node, o Order) {
	n.took, n.untold = false, false
	before := n.run.order
	o.Timeout, o.Window = before.Timeout, window
	n.second, n.calls, n.sent, n.lost, n.cuts, n.throttled, n.saw = true, 0, "", -1, 0, 0, false
	if n.world.wasLive, n.world.wasIdle = false, false; n.world.deaf == 'd' {
		n.world.deaf = 0 // that order is not this run's
	}
	n.world.presses = 0
	n.world.shown(x.shape)
	n.run = Begin(o, n.run.now)
	label := "killed; a new run"
	if x.telling {
		label += ": " + describe(o)
	}
	x.push(&n, label)
}

// afresh: to the new run what the one before started is somebody else's.
func (x *explorer) afresh(n node, o Order) {
	for i := range n.world.ops[:n.world.n] {
		n.world.ops[i].ours = false
	}
	n.world.posts, n.world.wrong, n.handed = 0, false, marketplace.Ref{}
	x.carryOn(n, o)
}

func (x *explorer) learn(n node, label string, f Fact) {
	f.At = n.run.now
	if x.telling && f.Err == nil {
		label += tell(n.run.step.Do, f)
	}
	var events []Event
	step, task := n.run.step, n.run.task
	n.run, events = n.run.Learn(f)
	n.stopped = n.stopped || f.Stopped
	if task != following && n.run.task == following {
		n.saw = false
	}
	n.untold = n.untold && n.run.f.whose != passed // what was to be canceled is out of the way
	_, listed := n.run.list.Find(n.run.f.ref)
	n.saw = n.saw || listed || step.Do == Look && f.Err == nil && !f.Stopped || !n.run.f.ref.Known()
	for _, e := range events {
		switch e := e.(type) {
		case Started:
			n.handed = e.Ref
			n.found = n.found || e.Found == AnswerLost
			n.unnamed = n.unnamed || e.Found == Unnamed
			n.lost, n.cuts, n.throttled, n.took = -1, 0, 0, false
		case Retrying:
			n.resent = n.resent || marketplace.FaultOf(e.Err) == marketplace.Cut
		case Following:
			n.adopted = n.adopted || e.Own && n.run.refusal != nil
			n.saw = true
		}
	}
	x.push(&n, label)
}

func tell(do Act, f Fact) string {
	switch {
	case f.Stopped:
	case do == ReadList:
		return ": " + words(f.List)
	case do == ReadOffer:
		return ": " + string(f.Offer.State)
	case do == Look:
		op := f.Operation
		return fmt.Sprintf(": %s %s, steps %d, sign-off left %v, live %v", op.Kind, op.State, len(op.Steps), op.SignOffIsLeft(), op.LiveComplete())
	}
	return ""
}

func (x *explorer) reads(n node, s Step) {
	if n.world.deaf == 'r' {
		x.learn(n, "read: throttled", Fact{Err: fault(marketplace.Throttled)})
		return
	}
	w := &n.world
	more := n.budget > 0
	worse := n
	worse.budget--
	switch s.Do {
	case ReadList:
		list := w.listed(x.shape)
		n.listed = true
		x.learn(n, "list", Fact{List: list})
		if !more {
			return
		}
		x.learn(worse, "list: cut", Fact{Err: fault(marketplace.Cut)})
		if len(list) > 0 {
			x.learn(worse, "list: not whole", Fact{List: list[:len(list)-1], Err: fault(marketplace.Unreadable)})
		}
		worse.world.deaf = 'r'
		x.learn(worse, "list: throttled, and so it stays", Fact{Err: fault(marketplace.Throttled)})
	case ReadOffer:
		x.learn(n, "status", Fact{Offer: w.offer(x.shape)})
		if more {
			x.learn(worse, "status: cut", Fact{Err: fault(marketplace.Cut)})
		}
	case Look:
		op, err := w.page(x.shape, s.Ref)
		label := "look"
		if err != nil {
			label = "look: unknown"
		}
		x.learn(n, label, Fact{Operation: op, Err: err})
		if !more {
			return
		}
		x.learn(worse, "look: cut", Fact{Err: fault(marketplace.Cut)})
		x.learn(worse, "look: unknown for a moment", Fact{Err: fault(marketplace.NotFound)})
		worse.world.deaf = 'r'
		x.learn(worse, "look: throttled, and so it stays", Fact{Err: fault(marketplace.Throttled)})
	}
}

// mayBeSent holds an order to the promises before it goes out.
func (x *explorer) mayBeSent(n *node, kind marketplace.Kind) bool {
	again := n.sent == kind
	switch {
	case again && n.took:
		x.fail(n, "sent again although the service had taken it")
	case again && !n.listed:
		x.fail(n, "sent again without a look at the list")
	case again && n.lost >= 0 && n.lost < int8(window/tick):
		x.fail(n, "sent again within the window after an answer that was lost")
	case again && n.cuts > resends:
		x.fail(n, "sent again and again although no answer came")
	case n.throttled > throttles:
		x.fail(n, "sent again and again although the service turns it away")
	default:
		if !again {
			n.cuts, n.lost = 0, -1
		}
		n.sent, n.listed = kind, false
		return true
	}
	return false
}

func (x *explorer) send(n node, s Step) {
	kind := s.Start.Kind
	golive := kind == marketplace.GoLive
	if !x.mayBeSent(&n, kind) {
		return
	}
	verb := "order " + string(kind) + ": "
	cut := n
	cut.lost, cut.cuts = 0, n.cuts+1
	thrown := n
	thrown.throttled++
	switch n.world.deaf {
	case 't':
		x.learn(thrown, verb+"throttled", Fact{Err: fault(marketplace.Throttled)})
		return
	case 'l':
		x.learn(cut, verb+"lost before its effect", Fact{Err: fault(marketplace.Cut)})
		return
	case 'd':
		late := thrown
		late.world.deaf = 0
		if late.world.begin(golive, true, good) == nil {
			late.took = x.shape.list == 0 // else nothing need show it yet
			x.learn(late, verb+"throttled, and the one before takes effect", Fact{Err: fault(marketplace.Throttled)})
			return
		}
		n.world.deaf = 0 // somebody else was first
	case 'x':
		x.learn(n, verb+"refused", Fact{Err: x.shape.refusal()})
		return
	case 'n':
		x.learn(n, verb+"not sent", Fact{Err: fault(marketplace.NotSent)})
		return
	}
	effect := func(m node, end fate) (node, error) {
		if m.second {
			m.world.forgive() // a run that carries on may publish again once what the one before started has failed
		}
		err := m.world.begin(golive, true, end)
		return m, err
	}
	m, err := effect(n, good)
	named := func() Fact { return Fact{Accepted: marketplace.Accepted{Ref: m.world.ref(x.shape, m.world.n-1)}} }
	switch {
	case err == nil:
		x.learn(m, verb+"accepted", named())
	case x.shape.no == 'a':
		x.learn(m, verb+"accepted, and comes to nothing", Fact{Accepted: marketplace.Accepted{Ref: void}})
	default:
		x.learn(m, verb+"refused", Fact{Err: x.shape.refusal()})
	}
	if n.budget == 0 {
		return
	}
	n.budget--
	cut.budget--
	thrown.budget--
	x.learn(cut, verb+"lost before its effect", Fact{Err: fault(marketplace.Cut)})
	x.learn(thrown, verb+"throttled", Fact{Err: fault(marketplace.Throttled)})
	x.learn(n, verb+"not sent", Fact{Err: fault(marketplace.NotSent)})
	unsent := n
	cut.world.deaf, thrown.world.deaf, unsent.world.deaf = 'l', 't', 'n'
	x.learn(unsent, verb+"not sent, and neither are the next", Fact{Err: fault(marketplace.NotSent)})
	x.learn(cut, verb+"lost before its effect, and so are the next", Fact{Err: fault(marketplace.Cut)})
	x.learn(thrown, verb+"throttled, and so are the next", Fact{Err: fault(marketplace.Throttled)})
	if err == nil {
		cut.world.deaf = 'd'
		x.learn(cut, verb+"lost, and late in its effect", Fact{Err: fault(marketplace.Cut)})
	}
	cut.world.deaf = 'x'
	x.learn(cut, verb+"lost before its effect, and the next are refused", Fact{Err: fault(marketplace.Cut)})
	if !golive || x.shape.signOff != 'm' { // a status that keeps saying live is believed then: the contract's own rule
		x.learn(n, verb+"declined without a reason", Fact{Err: x.shape.refusal()})
	}
	if err != nil {
		return
	}
	cut.world.deaf = 0
	m, _ = effect(cut, good)
	m.took = true
	x.learn(m, verb+"lost after its effect", Fact{Err: fault(marketplace.Cut)})
	stopped := m
	stopped.run, _ = m.run.Learn(Fact{At: m.run.now, Err: fault(marketplace.Cut)})
	x.learn(stopped, verb+"lost after its effect; signal", Fact{Stopped: true, Err: errors.New("signal")})
	x.learn(stopped, verb+"lost after its effect; timeout", Fact{Stopped: true, TimedOut: true, Err: errTimeout})
	m.world.deaf = 'r'
	x.learn(m, verb+"lost after its effect, and nothing can be read any more", Fact{Err: fault(marketplace.Cut)})
	m, _ = effect(cut, failed)
	x.learn(m, verb+"lost after its effect, and will fail", Fact{Err: fault(marketplace.Cut)})
	m, _ = effect(n, good)
	x.learn(m, verb+"accepted without a name", Fact{})
	x.learn(m, verb+"sent twice on the way: refused", Fact{Err: x.shape.refusal()})
	x.kill(m)
	claimed := m.world.listRef(x.shape, m.world.n-1).ID
	x.learn(m, verb+"accepted, at a foreign place", Fact{Accepted: marketplace.Accepted{Claimed: claimed, Distrusted: "https://evil.example"}})
	m, _ = effect(n, failed)
	x.learn(m, verb+"accepted, and will fail", named())
	if x.shape.path == 'j' {
		m, _ = effect(n, hollow)
		x.learn(m, verb+"accepted, and will end well without having made anything", named())
	}
	if told := x.shape.status == 0 && n.run.before.offer != marketplace.LastFailed; told && !golive { // a go-live is judged by itself
		m, _ = effect(n, spoiled)
		x.learn(m, verb+"accepted, and the offer will fail in the end", named())
	}
}

func (x *explorer) cancel(n node, s Step) {
	takenForOwn := n.found && x.shape.list > 0 // what a late list showed after an answer was lost
	if n.stopped && n.world.othersListed(x.shape) && !takenForOwn {
		x.fail(&n, "an interrupted run cancels although another operation is listed as running")
		return
	}
	if n.untold {
		x.fail(&n, "sent a cancellation again after its answer was lost")
		return
	}
	effect := func() node {
		m := n
		if o := m.world.runs(); o != nil && !o.golive {
			o.end, o.left = canceled, 1
		}
		return m
	}
	if x.shape.path == 'j' && !s.Ref.Order {
		x.learn(n, "order cancel: there is no such call", Fact{Err: fault(marketplace.Unsupported)})
		return
	}
	if n.world.deaf == 't' {
		x.learn(n, "order cancel: throttled", Fact{Err: fault(marketplace.Throttled)})
		return
	}
	x.learn(effect(), "order cancel: accepted", Fact{})
	if n.budget == 0 {
		return
	}
	n.budget--
	x.learn(n, "order cancel: accepted and ignored", Fact{})
	x.learn(n, "order cancel: refused", Fact{Err: refuse})
	n.untold = true
	x.learn(n, "order cancel: lost before its effect", Fact{Err: fault(marketplace.Cut)})
	x.learn(effect(), "order cancel: lost after its effect", Fact{Err: fault(marketplace.Cut)})
	n.untold = false
	n.world.deaf = 't'
	x.learn(n, "order cancel: throttled, and so it stays", Fact{Err: fault(marketplace.Throttled)})
}

// fail keeps the shortest way to what is wrong, as a story.
func (x *explorer) fail(n *node, why string) {
	if x.broken != "" {
		return
	}
	var lines []string
	for i := n.way; i >= 0; i = x.legs[i].from {
		lines = append(lines, x.legs[i].label)
	}
	slices.Reverse(lines)
	x.broken = why + "\n\t" + x.shape.String() + "\n\t" + strings.Join(lines, "\n\t")
}

func words(list marketplace.List) string {
	var out []string
	for _, l := range list {
		out = append(out, fmt.Sprintf("%s %s %s", l.ID, l.Kind, l.State))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func describe(o Order) string {
	return fmt.Sprintf("%s until %s, if-running %s, operation %q", o.Command, o.Goal, o.IfRunning, o.Operation.Path)
}
