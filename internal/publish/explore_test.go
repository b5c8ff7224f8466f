package publish

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

// The explorer walks every state that the core can reach against the model, breadth first, with a budget of mischief: each
// answer that is worse than the shape's own, each act of somebody else, each signal and each kill costs one.

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
	found   bool // a lost answer was recovered
	resent  bool // an order was sent again after its answer was lost
	adopted bool // an order was declined, and what was in the way was followed
	from    int32
	label   string
}

// explorer is a walk over one case: one shape, one order, one world to begin with.
type explorer struct {
	shape  shape
	nodes  []node
	seen   map[[32]byte]bool
	ends   map[string]int
	meets  map[string]bool // interesting things that were met: see sometimes
	deep   int8
	broken string
}

func (x *explorer) walk(o Order, w world, budget int8) {
	x.seen = map[[32]byte]bool{}
	w.settle()
	for i := range w.past {
		w.past[i] = w.truth()
	}
	start := node{run: Begin(o, time.Unix(1e6, 0)), world: w, budget: budget, from: -1, label: "begin"}
	x.nodes = x.nodes[:0]
	x.push(start)
	for i := 0; i < len(x.nodes) && x.broken == ""; i++ {
		x.expand(int32(i))
		x.nodes[i].run = Run{} // its story is what is still wanted
	}
}

func (x *explorer) push(n node) {
	n.run.events = nil
	k := sha256.Sum256([]byte(key(&n)))
	if x.seen[k] {
		return
	}
	x.seen[k] = true
	x.nodes = append(x.nodes, n)
}

// expand makes the node's one step in every way that the budget allows.
func (x *explorer) expand(i int32) {
	n := x.nodes[i]
	n.from = i
	step := n.run.Next()
	if step.Do == Finish {
		x.end(&n, step)
		return
	}
	if n.world.clock > longest && !n.stopped {
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
	if ticks := x.ticks(&n, step); ticks > 0 {
		n.calls = 0
		n.run.step.Pause = Now
		n.run.step.AtLeast = 0
		n.run.now = n.run.now.Add(tick)
		n.world.pass()
		n.label = "a while later"
		x.push(n)
		if n.budget > 0 {
			x.others(n)
		}
		return
	}
	if n.calls++; n.calls > perTick {
		x.fail(n, fmt.Sprintf("more than %d requests within a tick", perTick))
		return
	}
	if n.stopped {
		if n.after++; n.after > perEnding {
			x.fail(n, "the ending does not end")
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

func (x *explorer) ticks(n *node, s Step) int {
	if s.Pause == Now && s.AtLeast == 0 {
		return 0
	}
	if !s.Until.IsZero() && !s.Until.After(n.run.now) {
		return 0
	}
	return 1
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
			m.label = act.name
			m.world.settle()
			x.push(m)
		}
	}
}

// kill ends the process without a word, and the next one carries on as the documentation says.
func (x *explorer) kill(n node) {
	o := n.run.order
	switch {
	case n.second || o.Command != Publish && o.Command != GoLive:
		return
	case n.handed.Known():
		o = Order{Command: Wait, Goal: o.Goal, IfRunning: Fail, Operation: n.handed}
	default:
		o.IfRunning = Adopt
	}
	o.Timeout, o.Window = n.run.order.Timeout, window
	n.second, n.label, n.calls = true, "killed; a new run carries on: "+describe(o), 0
	n.world.wasLive, n.world.wasIdle = false, false
	n.world.settle()
	n.run = Begin(o, n.run.now)
	x.push(n)
}

func (x *explorer) learn(n node, label string, f Fact) {
	f.At = n.run.now
	var events []Event
	n.run, events = n.run.Learn(f)
	n.label = label
	n.stopped = n.stopped || f.Stopped
	for _, e := range events {
		switch e := e.(type) {
		case Started:
			n.handed = e.Ref
			n.found = n.found || e.Found == AnswerLost
		case Retrying:
			n.resent = n.resent || marketplace.FaultOf(e.Err) == marketplace.Cut
		case Following:
			n.adopted = n.adopted || e.Own && n.run.refusal != nil
		}
	}
	x.push(n)
}

func (x *explorer) reads(n node, s Step) {
	w := &n.world
	switch s.Do {
	case ReadList:
		list := w.listed(x.shape)
		x.learn(n, "list: "+words(list), Fact{List: list})
		if x.pay(&n) {
			x.learn(n, "list: cut", Fact{Err: fault(marketplace.Cut)})
			if len(list) > 0 {
				x.learn(n, "list: not whole", Fact{List: list[:len(list)-1], Err: fault(marketplace.Unreadable)})
			}
		}
	case ReadOffer:
		o := w.offer(x.shape)
		x.learn(n, "status: "+string(o.State), Fact{Offer: o})
		if x.pay(&n) {
			x.learn(n, "status: cut", Fact{Err: fault(marketplace.Cut)})
		}
	case Look:
		op, err := w.page(x.shape, s.Ref)
		label := "look: " + string(op.State)
		if err != nil {
			label = "look: unknown"
		}
		x.learn(n, label, Fact{Operation: op, Err: err})
		if x.pay(&n) {
			x.learn(n, "look: cut", Fact{Err: fault(marketplace.Cut)})
			x.learn(n, "look: unknown for a moment", Fact{Err: fault(marketplace.NotFound)})
		}
	}
}

func (x *explorer) pay(n *node) bool {
	n.budget--
	return n.budget >= 0
}

func (x *explorer) send(n node, s Step) {
	golive := s.Start.Kind == marketplace.GoLive
	verb := "order " + string(s.Start.Kind) + ": "
	effect := func(end fate) (node, error) {
		m := n
		return m, m.do(func(w *world) error { return w.begin(golive, true, end) })
	}
	m, err := effect(good)
	if err != nil {
		x.learn(m, verb+"refused", Fact{Err: err})
	} else {
		x.learn(m, verb+"accepted", Fact{Accepted: marketplace.Accepted{Ref: m.world.ref(x.shape, m.world.n-1)}})
	}
	if !x.pay(&n) {
		return
	}
	x.learn(n, verb+"lost before its effect", Fact{Err: fault(marketplace.Cut)})
	x.learn(n, verb+"throttled", Fact{Err: fault(marketplace.Throttled)})
	x.learn(n, verb+"not sent", Fact{Err: fault(marketplace.NotSent)})
	if !golive || x.shape.signOff != 'm' { // a status that keeps saying live is believed then: the contract's own rule
		x.learn(n, verb+"declined without a reason", Fact{Err: refuse})
	}
	m, err = effect(good)
	if err != nil {
		x.learn(m, verb+"refused with 403", Fact{Err: fault(marketplace.Forbidden)})
		return
	}
	x.learn(m, verb+"lost after its effect", Fact{Err: fault(marketplace.Cut)})
	x.learn(m, verb+"accepted without a name", Fact{})
	x.learn(m, verb+"sent twice on the way: refused", Fact{Err: refuse})
	claimed := m.world.listRef(x.shape, m.world.n-1).ID
	x.learn(m, verb+"accepted, at a foreign place", Fact{Accepted: marketplace.Accepted{Claimed: claimed, Distrusted: "https://evil.example"}})
	m, _ = effect(failed)
	x.learn(m, verb+"accepted, and will fail", Fact{Accepted: marketplace.Accepted{Ref: m.world.ref(x.shape, m.world.n-1)}})
}

// do changes the copy's world.
func (n *node) do(f func(w *world) error) error { return f(&n.world) }

func (x *explorer) cancel(n node, s Step) {
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
	x.learn(effect(), "order cancel: accepted", Fact{})
	if !x.pay(&n) {
		return
	}
	x.learn(n, "order cancel: accepted and ignored", Fact{})
	x.learn(n, "order cancel: lost before its effect", Fact{Err: fault(marketplace.Cut)})
	x.learn(effect(), "order cancel: lost after its effect", Fact{Err: fault(marketplace.Cut)})
	x.learn(n, "order cancel: refused", Fact{Err: refuse})
	x.learn(n, "order cancel: throttled", Fact{Err: fault(marketplace.Throttled)})
}

// end holds the end of a run to the promises.
func (x *explorer) end(n *node, s Step) {
	x.deep = max(x.deep, n.world.clock)
	name := "0"
	if s.Err != nil {
		name = fmt.Sprintf("%s/%d", [...]string{"ended badly", "declined", "no offer", "not allowed", "timed out", "conflict", "out of reach", "lost", "unclear", "interrupted"}[s.Err.Reason], s.Err.Note)
	}
	x.ends[name]++
	x.meet(n, s)
	if why := x.judge(n, s); why != "" {
		x.fail(*n, why+" (end: "+name+")")
	}
}

// sometimes is what a walk must meet, or it proves nothing.
var sometimes = []string{
	"a lost answer recovered", "an order sent again that was right to be", "a conflict adopted", "somebody else's go-live followed",
	"a preview found by the status alone", "a cancellation that went on", "a cancellation confirmed", "a preview that was replaced refused",
	"a run killed and carried on", "an order in doubt told as such", "a go-live that the service declines since it is live",
	"a failure told by the status alone", "an operation without a name found in the list",
}

// meet takes note of what a walk came to.
func (x *explorer) meet(n *node, s Step) {
	o, good := n.run.order, s.Err == nil
	met := func(what string, really bool) {
		if really {
			x.meets[what] = true
		}
	}
	met(sometimes[0], good && n.found && n.world.posts == 1)
	met(sometimes[1], good && n.resent && n.world.posts == 1)
	met(sometimes[2], good && n.adopted)
	met(sometimes[3], good && n.world.posts == 1 && n.world.presses == 0 && o.Goal == Live && !n.second)
	met(sometimes[4], good && x.shape.signOff == 's' && s.Result.State == marketplace.AtSignOff && n.world.posts == 1)
	met(sometimes[7], !good && s.Err.Note == Replaced)
	met(sometimes[5], !good && s.Err.Note == WentOn)
	met(sometimes[6], good && o.Command == Cancel && s.Result.CancelOrdered)
	met(sometimes[8], good && n.second && n.world.posts == 1)
	met(sometimes[9], !good && s.Err.Reason == Unclear && s.Err.MayRun)
	met(sometimes[10], good && o.Command == GoLive && n.world.presses == 0 && n.run.refusal != nil)
	met(sometimes[11], !good && s.Err.Note == OfferFailed)
	met(sometimes[12], good && n.world.posts == 1 && !n.found && x.shape.list > 0 && n.label[:4] == "list")
}

func (x *explorer) judge(n *node, s Step) string {
	w := &n.world
	switch {
	case w.posts > 1:
		return "two publishes"
	case w.presses > 1:
		return "two go-lives"
	case w.wrong && x.shape.names():
		return "a preview went live that was listed as somebody else's"
	}
	if s.Err == nil {
		return x.judgeGood(n, s)
	}
	return x.judgeBad(n, s)
}

// names reports whether a list tells one operation from another for certain, also when it has ended.
func (s shape) names() bool {
	whole := s.keeps && s.cap == 0
	return s.path != '1' && (s.path != 's' || whole)
}

func (x *explorer) judgeGood(n *node, s Step) string {
	w, o := &n.world, n.run.order
	goal := o.Goal
	if o.Command == Cancel {
		if !w.wasIdle {
			return "said canceled, and it always ran"
		}
		return ""
	}
	switch goal {
	case Accepted:
		return ""
	case Live:
		if !w.wasLive {
			return "said live, and it never was"
		}
		if w.posts > 0 && !w.liveAfterOurs() {
			return "said live, and our publish never went live"
		}
		return ""
	}
	if i, ok := x.index(s.Result.Ref, w); ok {
		if !w.ops[i].prev && !w.ops[i].golive {
			return "said that the preview stands, and the operation did not make one"
		}
		return ""
	}
	if w.posts > 0 && !n.second {
		for _, op := range w.ops[:w.n] {
			if op.ours && !op.golive && !op.prev {
				return "said that the preview stands, and ours never did"
			}
		}
		return ""
	}
	if last := w.ops[max(0, w.n-1)]; w.n > 0 && last.state == running && !last.golive && last.age >= 4 {
		return "said that the preview stands while a publish runs"
	}
	return ""
}

func (w *world) liveAfterOurs() bool {
	ours := false
	for _, o := range w.ops[:w.n] {
		ours = ours || o.ours && !o.golive
		if ours && o.golive && o.state == good {
			return true
		}
	}
	return false
}

// index is which operation a path names; a path that all share names none.
func (x *explorer) index(ref marketplace.Ref, w *world) (int8, bool) {
	if ref.ID == "" || x.shape.path == '1' {
		return 0, false
	}
	return w.of(x.shape, ref)
}

func (x *explorer) judgeBad(n *node, s Step) string {
	w := &n.world
	e := s.Err
	var ours *op
	for i := range w.ops[:w.n] {
		if w.ops[i].ours {
			ours = &w.ops[i]
		}
	}
	named := func() bool {
		i, ok := x.index(s.Result.Ref, w)
		return !ok && s.Result.Ref.Known() || ok && w.ops[i].ours
	}
	switch {
	case e.Reason == EndedBadly && !x.wentBad(s, w):
		return "said that it failed, and it did not"
	case ours == nil || e.MayRun || e.MaybeOurs || named() || n.second:
	case e.Reason == Conflict && e.Other != nil:
	case e.Reason == Declined && x.shape.list > 0 && x.shape.status > 0: // repeated on the way, and nothing shows it yet
	default:
		return "what this run started stands nowhere"
	}
	return ""
}

func (x *explorer) wentBad(s Step, w *world) bool {
	if i, ok := x.index(s.Result.Ref, w); ok {
		bad := w.ops[i].state == failed || w.ops[i].state == canceled
		last := w.ops[w.n-1].state
		return bad || s.Err.Note == OfferFailed && (last == failed || last == canceled)
	}
	return slices.ContainsFunc(w.ops[:w.n], func(o op) bool { return o.state == failed || o.state == canceled })
}

// fail keeps the shortest way to what is wrong, as a story.
func (x *explorer) fail(n node, why string) {
	if x.broken != "" {
		return
	}
	lines := []string{n.label}
	for i := n.from; i >= 0; i = x.nodes[i].from {
		lines = append(lines, x.nodes[i].label)
	}
	slices.Reverse(lines)
	x.broken = why + "\n\t" + x.shape.String() + "\n\t" + strings.Join(lines, "\n\t")
}

func words(list []marketplace.Listed) string {
	var out []string
	for _, l := range list {
		out = append(out, fmt.Sprintf("%s %s %s", l.ID, l.Kind, l.State))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func describe(o Order) string {
	return fmt.Sprintf("%s until %s, if-running %s, operation %q", o.Command, o.Goal, o.IfRunning, o.Operation.Path)
}

// key is a node without what no decision depends on: texts, absolute times, what is long over.
func key(n *node) string {
	r := &n.run
	at := func(t time.Time) int {
		if t.IsZero() {
			return -9
		}
		return int(max(-5, min(r.now.Sub(t)/tick, 4)))
	}
	since := func(t time.Time) int {
		if r.task == confirming && !t.IsZero() {
			return int(r.now.Sub(t) / tick)
		}
		return at(t)
	}
	listKey := func(b *strings.Builder, l []marketplace.Listed) {
		for _, e := range l {
			fmt.Fprintf(b, "%s%s%s,", e.ID, e.Kind, e.State)
		}
		b.WriteByte(';')
	}
	opKey := func(o marketplace.Operation) string {
		return fmt.Sprintf("%s%s%d%v%v", o.State, o.Kind, len(o.Steps), o.SignOffIsLeft(), o.LiveComplete())
	}
	var b strings.Builder
	w := n.world
	w.clock = 0
	if n.world.clock > longest {
		w.clock = 1
	}
	fmt.Fprintf(&b, "%v|%d %s %d %d %v %v|", w, n.budget, n.handed.Path, n.calls, n.after, n.stopped, n.second)
	fmt.Fprintf(&b, "%s %s %s %s|%d %s %d %d|%d|", r.order.Command, r.order.IfRunning, r.order.Goal, r.order.Operation.Path, r.step.Do, r.step.Ref.Path, r.step.Pause, at(r.step.Until), r.task)
	if r.task == done {
		fmt.Fprintf(&b, "%+v %+v", r.step.Result.Ref, r.step.Err)
	}
	fmt.Fprintf(&b, "%d %v %v %v|", at(r.round.since), r.round.listed, r.round.asked, r.round.unread != nil)
	for _, p := range r.round.pages {
		fmt.Fprintf(&b, "%s %s %v,", p.ref.Path, opKey(p.op), p.unknown)
	}
	listKey(&b, r.list)
	fmt.Fprintf(&b, "%s|", r.offer.State)
	if r.before != nil {
		b.WriteString(string(r.before.offer))
		listKey(&b, r.before.list)
	}
	f := r.f
	fmt.Fprintf(&b, "%v|%s %s %d %v %d %v %v %d %v %d %s %s|", r.away, f.ref.Path, f.kind, f.whose, f.fresh, since(f.since), f.seen, f.moved, f.looks%5, f.looks <= 1, at(f.lost), f.state, opKey(f.says))
	fmt.Fprintf(&b, "%s %v %s %v %v %d %d %d %d %v %s %s %v %d %v %d %v", r.preview.Path, r.ended, r.kind, r.doubt != nil, r.refusal != nil, r.sent, r.throttled, r.resent, at(r.unsent), [2]bool{r.odd, r.oldLive}, r.foundRef.Path, r.claimed, r.canceled, at(r.verified), r.stoppedFor != nil, at(r.faulty), marketplace.FaultOf(r.last))
	return b.String()
}

// cases are the orders and the worlds to begin with.
func orders() []Order {
	var out []Order
	for _, goal := range []Goal{Preview, Live, Accepted} {
		for _, p := range []IfRunning{Fail, Adopt, LetEnd, CancelOther} {
			out = append(out, Order{Command: Publish, Goal: goal, IfRunning: p, CancelOnSignal: p == Fail})
		}
	}
	for _, p := range []IfRunning{Fail, Adopt, LetEnd} {
		out = append(out, Order{Command: GoLive, Goal: Live, IfRunning: p})
	}
	for _, named := range []marketplace.Ref{{}, {Path: "newest"}} {
		out = append(out, Order{Command: Wait, Goal: Preview, Operation: named}, Order{Command: Wait, Goal: Live, Operation: named}, Order{Command: Cancel, Goal: Preview, Operation: named})
	}
	return append(out, Order{Command: GoLive, Goal: Live, IfRunning: Fail, Operation: marketplace.Ref{Path: "publish"}})
}

// give fills in which operation an order names; ok is false where the world has none.
func give(o Order, w world, s shape) (Order, world, bool) {
	o.Timeout, o.Window = time.Duration(longest)*tick, window
	if !o.Operation.Known() {
		return o, w, true
	}
	for i := w.n - 1; i >= 0; i-- {
		if o.Operation.Path == "publish" && w.ops[i].golive {
			continue
		}
		o.Operation, w.given = w.ref(s, i), i
		return o, w, true
	}
	return o, w, false
}

// worlds are where an offer may be at first; what is in them is long over, or was started by somebody else.
func worlds() map[string]world {
	old := func(golive bool, s fate) op {
		return op{golive: golive, state: s, age: 4, over: 4, prev: !golive && s == good}
	}
	of := func(ops ...op) world {
		w := world{given: -1, n: int8(len(ops))}
		copy(w.ops[:], ops)
		return w
	}
	run := func(golive bool) op { return op{golive: golive, state: running, end: good, left: 2, age: 4} }
	return map[string]world{
		"never":              of(),
		"live, no history":   {given: -1, live: true},
		"live":               of(old(false, good), old(true, good)),
		"parked":             of(old(false, good)),
		"live and parked":    of(old(false, good), old(true, good), old(false, good)),
		"failed":             of(old(false, good), old(false, failed)),
		"a publish runs":     of(old(false, good), old(true, good), run(false)),
		"one over a preview": of(old(false, good), run(false)),
		"a go-live runs":     of(old(false, good), run(true)),
	}
}

func shapes(all bool) []shape {
	axes := []func(*shape){
		func(s *shape) { s.path = 's' }, func(s *shape) { s.path = '1' }, func(s *shape) { s.path = 'j' }, func(s *shape) { s.path = 'b' },
		func(s *shape) { s.types = 'u' }, func(s *shape) { s.types = 'p' },
		func(s *shape) { s.dates = 'n' }, func(s *shape) { s.dates = 'w' }, func(s *shape) { s.dates = '=' },
		func(s *shape) { s.steps = false },
		func(s *shape) { s.signOff = 's' }, func(s *shape) { s.signOff = 'e' }, func(s *shape) { s.signOff = 'm' },
		func(s *shape) { s.keeps = false }, func(s *shape) { s.cap = 1 },
		func(s *shape) { s.list = 2 }, func(s *shape) { s.status = 2 }, func(s *shape) { s.page = 2 }, func(s *shape) { s.missing = 2 },
	}
	out := []shape{plain}
	for i, a := range axes {
		s := plain
		a(&s)
		out = append(out, s)
		for _, b := range axes[i+1:] {
			t := s
			b(&t)
			if all && tellable(t) && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// tellable leaves out what no look can tell: a status that is mute about the sign-off and says live for the version
// before, beside a list that shows no order of things.
func tellable(s shape) bool {
	blind := s.types != 't' || s.dates != 'g' || !s.keeps || s.cap > 0
	return s.signOff != 'm' || !blind
}

func TestEveryStateKeepsThePromises(t *testing.T) {
	t.Parallel()
	budget, all := int8(1), false
	if s := os.Getenv("EXPLORE"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		budget, all = int8(n), true
	}
	states, ends, deep, meets := 0, map[string]int{}, int8(0), map[string]bool{}
	broken := 0
	for _, s := range shapes(all) {
		for name, w := range worlds() {
			for _, o := range orders() {
				o, w, ok := give(o, w, s)
				if !ok {
					continue
				}
				x := explorer{shape: s, ends: ends, meets: meets}
				x.walk(o, w, budget)
				states += len(x.nodes)
				deep = max(deep, x.deep)
				if x.broken != "" {
					if broken++; broken <= 400 {
						t.Errorf("%s; the offer at first: %s\n%s", describe(o), name, x.broken)
					}
				}
			}
		}
	}
	for _, what := range sometimes {
		if !meets[what] {
			t.Errorf("the walk never came to %s", what)
		}
	}
	t.Logf("%d states; %d broken; the longest way took %d ticks; ends: %v", states, broken, deep, ends)
}
