package publish

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// end holds the end of a run to the promises.
func (x *explorer) end(n *node, s Step) {
	x.deep = max(x.deep, n.world.clock)
	name := endOf(s.Err)
	if !x.telling {
		x.ends[name]++
		x.meet(n, s)
	}
	if why := x.judge(n, s); why != "" {
		x.fail(n, why+" (end: "+name+")")
	}
}

var reasons = [...]string{"ended badly", "declined", "no offer", "not allowed", "timed out", "conflict", "out of reach", "lost", "unclear", "interrupted"}

var notes = [...]string{"", ", at timeout", ", throttled", ", not named", ", moved", ", unread", ", go-live not started", ", went on", ", too late", ", unconfirmed",
	", by job", ", replaced", ", not told", ", another", ", offer failed"}

func endOf(e *Error) string {
	if e == nil {
		return "good"
	}
	return reasons[e.Reason] + notes[e.Note]
}

// sometimes is what a walk must meet, or it proves nothing.
var sometimes = []string{
	"a lost answer recovered", "an order sent again that was right to be", "a conflict adopted", "somebody else's go-live followed",
	"a preview found by the status alone", "a cancellation that went on", "a cancellation confirmed", "a preview that was replaced refused",
	"a run killed and carried on", "an order in doubt told as such", "a go-live that the service declines since it is live",
	"a failure told by the status alone", "an operation without a name found in the list",
	"an order that is turned away without end", "an order that is lost again and again", "an operation that never has a page told as lost",
	"a timeout while our own goes on", "an order that was taken and came to nothing", "an order that is forbidden",
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
	met(sometimes[12], good && n.world.posts == 1 && n.unnamed)
	met(sometimes[13], !good && s.Err.Note == Throttled && n.throttled > throttles)
	met(sometimes[14], !good && s.Err.Reason == Unclear && n.cuts > resends)
	met(sometimes[15], !good && s.Err.Reason == Lost && s.Err.MayRun)
	met(sometimes[16], goesOn(s))
	met(sometimes[17], !good && s.Err.Reason == Conflict && n.handed == void)
	met(sometimes[18], !good && s.Err.Reason == NotAllowed)
}

func (x *explorer) judge(n *node, s Step) string {
	w := &n.world
	switch {
	case w.posts > 1 && !(n.second && x.shape.signOff == 'm'): // nothing then tells a second run that a preview stands
		return "two publishes"
	case w.presses > 1:
		return "two go-lives"
	case w.wrong && x.shape.names():
		return "a preview went live that was listed as somebody else's"
	}
	switch {
	case x.budget > 1: // two mishaps at once may leave an end that no look could have told better: what was sent is held to
		return ""
	case s.Err == nil:
		return x.judgeGood(n, s)
	case goesOn(s):
		if why := x.judgeGoesOn(n, s); why != "" {
			return why
		}
	}
	return x.judgeBad(n, s)
}

// soon reports whether what runs has that end within a tick, and a status that is ahead may show it.
func (x *explorer) soon(w *world, end fate) bool {
	o := w.runs()
	return x.shape.status < 0 && o != nil && o.left <= 1 && o.end == end
}

// goesOn reports whether an end is one that on-timeout: continue makes a good one.
func goesOn(s Step) bool {
	r := s.Result
	canceled := r.CancelOrdered && !r.Started
	own := !r.Foreign && !canceled && (r.Seen || r.Started)
	return own && s.Err != nil && s.Err.Reason == TimedOut && s.Err.Note == Plain && r.State != "" && !r.State.Ended()
}

// judgeGoesOn: at the timeout the run may say of its own operation alone that it goes on, and of what it was given only
// where that was seen.
func (x *explorer) judgeGoesOn(n *node, s Step) string {
	w := &n.world
	if !s.Result.Started && !n.saw {
		return "said that it goes on, and nobody saw it"
	}
	i, known := x.index(s.Result.Ref, w)
	switch {
	case !known && w.n == 0:
		return "said that it goes on, and nothing was ever started"
	case known && !w.ops[i].ours && !s.Result.Started && n.run.order.Command == Publish && n.run.order.IfRunning != Adopt:
		return "said of somebody else's operation that it goes on as its own"
	case !known || w.deaf == 'r':
	case w.ops[i].over >= 4 && w.ops[i].bad():
		return "said that it goes on, and it ended badly long ago"
	}
	return ""
}

// shows reports whether an order's operation comes up in the list within the window, under an id of its own.
func (s shape) shows() bool {
	own := s.path != '1' && (s.path != 'b' || s.types == 't') // a go-live keeps the id of its publish there, and is told by its type
	return own && s.keeps && s.list < int8(window/tick)
}

// names reports whether a list tells one operation from another for certain, also when it has ended.
func (s shape) names() bool {
	whole := s.keeps && s.cap == 0
	return s.path != '1' && (s.path != 's' || whole)
}

func (x *explorer) judgeGood(n *node, s Step) string {
	w, o := &n.world, n.run.order
	goal := o.Goal
	if n.run.f.whose == given && (x.shape.page == forever || x.shape.signOff == 'm' && x.shape.status > 0) {
		return "" // what was given is believed after the window, whatever its path shows, and a status that turns to live at once
	}
	if o.Command == Cancel {
		if !w.wasIdle && !x.soon(w, canceled) {
			return "said canceled, and it always ran"
		}
		return ""
	}
	switch goal {
	case Accepted:
		return ""
	case Live:
		i, ok := x.index(s.Result.Ref, w)
		if done := ok && w.ops[i].golive && w.ops[i].state == good; !done && !w.wasLive && !x.soon(w, good) {
			return "said live, and it never was"
		}
		if w.posts > 0 && !w.liveAfterOurs() && !x.soon(w, good) {
			return "said live, and our publish never went live"
		}
		return ""
	}
	if i, ok := x.index(s.Result.Ref, w); ok {
		s := x.shape
		unlisted := s.path == 's' && (!s.keeps || s.cap > 0 || s.list > 0) // the one publish that is newly listed is not ours: no look tells
		if w.posts > 0 && !n.second && !w.ops[i].ours && !w.ops[i].golive && !unlisted {
			return "gave out somebody else's publish as its own"
		}
		misdated := w.ops[i].ghost && x.shape.dates == 'w'            // by its dates it is the newest
		unseen := w.ops[i].state == spoiled && n.run.f.whose == given // the status was not read before
		if !w.made(i) && !w.ops[i].golive && !misdated && !unseen && !x.soon(w, good) {
			return "said that the preview stands, and the operation did not make one"
		}
		return ""
	}
	if w.posts > 0 && !n.second {
		for i, op := range w.ops[:w.n] {
			if op.ours && !op.golive && !w.made(int8(i)) && !x.soon(w, good) {
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

// made reports whether the operation made a preview, as far as anybody can tell: once another runs, no status says that
// the offer had failed.
func (w *world) made(i int8) bool {
	return w.ops[i].prev || w.ops[i].state == spoiled && i < w.n-1
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
		onward := ok && w.ops[i].golive && n.handed.Known() // somebody else took live what was handed out
		stuck := ok && w.ops[i].ghost                       // a list that is late shows that one alone, and the status says that something runs
		return !ok && s.Result.Ref.Known() || ok && w.ops[i].ours || onward || stuck
	}
	switch {
	case e.Reason == Interrupted && n.run.order.CancelOnSignal && x.leftRunning(n, s):
		return "left its own operation running"
	case e.Reason == Declined && !n.run.verified.IsZero() && n.run.waiting(n.run.verified) && w.deaf == 0:
		return "gave up within the window after its own cancellation"
	case n.took && n.budget == x.budget-1 && (e.Reason == Unclear || e.Reason == Conflict && !e.MaybeOurs) && !n.stopped && w.deaf == 0 && x.shape.shows():
		return "did not find what an order made although the list shows it"
	case n.cuts > 0 && e.Reason == Declined:
		return "said that it was declined while an order is in doubt"
	case e.Reason == EndedBadly && !x.wentBad(s, w):
		return "said that it failed, and it did not"
	case ours == nil || e.MayRun || e.MaybeOurs || named() || n.second:
	case e.Reason == Conflict && e.Other != nil:
	case (n.stopped || w.deaf == 'r') && n.run.refusal != nil: // repeated on the way, and no look could show it
	case e.Reason == Declined && x.shape.list > 0 && x.shape.status > 0: // repeated on the way, and nothing shows it yet
	default:
		return "what this run started stands nowhere"
	}
	return ""
}

// leftRunning reports whether an interrupted run could have told its own operation to cancel, and did not.
func (x *explorer) leftRunning(n *node, s Step) bool {
	i, ok := x.index(s.Result.Ref, &n.world)
	simple := x.shape.path == 'o' && x.shape.list == 0 && x.shape.cap == 0 && n.budget == x.budget-1 && n.world.deaf == 0
	return simple && ok && s.Result.Started && !s.Result.CancelOrdered && n.world.ops[i].ours && n.world.ops[i].state == running && !n.world.othersListed(x.shape)
}

func (x *explorer) wentBad(s Step, w *world) bool {
	if s.Result.Ref == void {
		return true
	}
	if i, ok := x.index(s.Result.Ref, w); ok {
		bad := w.ops[i].bad()
		last := w.ops[w.n-1]
		return bad || s.Err.Note == OfferFailed && last.bad() || x.soon(w, failed) || x.soon(w, canceled)
	}
	if x.soon(w, failed) || x.soon(w, canceled) {
		return true
	}
	return slices.ContainsFunc(w.ops[:w.n], op.bad)
}

func (o op) bad() bool { return o.state == failed || o.state == canceled || o.state == spoiled }
