package publish

import (
	"slices"
	"time"

	"publish-offer/internal/marketplace"
)

// follow turns to an operation. A run whose goal is the acceptance alone is over then, once it saw that the service
// knows what it was given.
func (r *Run) follow(f followed, p Pause) {
	f.since, f.state = r.now, marketplace.Running
	r.f = f
	if f.whose == mine && r.order.Goal == Accepted {
		r.f.seen = true
		r.finish(nil)
		return
	}
	r.task = following
	r.look(p)
	r.step.Fresh = true
}

// look looks at what is followed; where nothing names it, at the offer.
func (r *Run) look(p Pause) {
	r.step = Step{Do: Look, Ref: r.f.ref, Pause: p, AtLeast: r.f.says.RetryAfter}
	if !r.f.ref.Known() {
		r.step.Do = ReadOffer
		r.step.AtLeast = r.offer.RetryAfter
	}
}

// looked takes in a read that was made while an operation is followed.
func (r *Run) looked(f Fact) {
	unknown := marketplace.FaultOf(f.Err) == marketplace.NotFound
	switch {
	case f.Err != nil && r.step.Do == Look && unknown:
		r.missing(f.Err)
	case f.Err != nil && !r.f.lost.IsZero(): // the list of a lost operation: it is lost while it is not found
		r.missing(f.Err)
	case f.Err != nil && r.step.Do != Look && r.f.ref.Known():
		r.unread(f.Err)
	case f.Err != nil:
		r.again(f.Err)
	case r.step.Do == Look:
		r.f.lost = time.Time{}
		r.words(f.Operation.Details)
		r.lookedAt(f.Operation)
	case r.step.Do == ReadOffer:
		r.sawOffer(f.Offer)
		r.offerSeen()
	case r.step.Do == ReadList:
		r.list = f.List
		r.listSeen()
	}
}

// unread goes on without what was to be read beside the page: the page counts.
func (r *Run) unread(err error) {
	if r.ends(err) {
		return
	}
	r.fault(err)
	if r.step.Do == ReadList && !runs(r.f.says.State) {
		r.step = Step{Do: ReadOffer}
	} else {
		r.pollOn()
	}
	r.step.AtLeast = max(r.step.AtLeast, marketplace.RetryAfter(err))
}

// lookedAt judges what the followed operation's page says.
func (r *Run) lookedAt(op marketplace.Operation) {
	r.f.looks++
	r.f.seen = true
	r.f.says = op
	still := runs(op.State)
	moves := still && r.isOfNow(op)
	r.f.moved = r.f.moved || moves
	r.f.was = op.State
	if still || !r.doubtful() {
		r.f.state = op.State
	}
	switch {
	case r.task == confirming:
		r.confirm(op.State, true)
	case r.f.whose == foreign:
		r.inOurWay(op.State)
	case r.order.Goal == Accepted && !op.State.Badly():
		r.tellLook()
		r.finish(nil)
	case !still && r.doubtful():
		r.step = Step{Do: ReadList} // which may explain it
	default:
		r.judge(op)
	}
}

func runs(s marketplace.State) bool { return s == marketplace.Running || s == marketplace.NotStarted }

// isOfNow reports whether a page that runs shows what is followed, and not what its path showed before: its path is new, or
// said something else when it was read last.
func (r *Run) isOfNow(op marketplace.Operation) bool {
	if r.f.whose != mine || r.f.fresh || !r.waiting(r.f.since) {
		return true
	}
	another := op.Kind == marketplace.GoLive && r.f.kind != marketplace.GoLive // some call a go-live a publish, none the other way
	unread := r.f.was == "" && r.f.kind == marketplace.GoLive                  // it may be that of the publish
	return !another && !unread && !runs(r.f.was)
}

// judge acts by what the page says, which is believed.
func (r *Run) judge(op marketplace.Operation) {
	goLive := r.f.kind == marketplace.GoLive
	own := r.f.whose != mine || r.f.fresh || r.f.moved
	past := op.Kind == marketplace.GoLive && own
	behind := goLive || past // the preview is behind it
	switch {
	case op.State == marketplace.Failed && op.Conflict && r.f.whose == mine:
		r.tellLook()
		r.didNothing()
	case op.State.Badly():
		r.tellLook()
		r.finish(&Error{Reason: EndedBadly})
	case behind && r.order.Goal == Preview:
		r.tellLook()
		r.finish(nil)
	case op.State == marketplace.Succeeded && op.Unsettled:
		r.unsettled()
	case goLive && op.State == marketplace.Succeeded:
		r.tellLook()
		r.finish(nil)
	case goLive:
		r.glanceAtOffer(!r.f.fresh && op.Kind != marketplace.GoLive)
	case op.State == marketplace.Succeeded && op.LiveComplete():
		r.tellLook()
		r.finish(nil)
	case op.State == marketplace.Succeeded:
		r.ask(settling, Now)
	case op.State == marketplace.AtSignOff:
		r.reached(marketplace.AtSignOff)
	default:
		r.glanceAtOffer(!own)
	}
}

// unsettled waits for what an operation that ended well should have made. What does not show within the window is lost.
func (r *Run) unsettled() {
	if r.f.unmade.IsZero() {
		r.f.unmade = r.now
	}
	r.f.state = marketplace.Running
	if !r.waiting(r.f.unmade) {
		r.finish(&Error{Reason: Lost, Err: r.last})
		return
	}
	r.pollOn()
	r.step.Until = r.f.unmade.Add(r.order.Window)
}

// didNothing takes an order that was accepted, and failed because another operation was in the way, for one that was
// declined.
func (r *Run) didNothing() {
	r.refusal = &marketplace.Error{Call: "start " + string(r.kind), Fault: marketplace.Conflict, Message: reasonOf(r.f.says.Details)}
	r.verified = time.Time{}
	r.odd = false
	r.ask(declined, Now)
}

func reasonOf(d marketplace.Details) string {
	for _, m := range d.Messages {
		return m.Text
	}
	for _, s := range d.Steps {
		for _, m := range s.Messages {
			return m.Text
		}
	}
	return ""
}

// glanceAtOffer reads the offer's status beside the page where that is due: at every fifth look, at every look where the
// page names no steps or only the sign-off is left, and where the page proves nothing.
func (r *Run) glanceAtOffer(always bool) {
	d := r.f.says.Details
	if always || r.f.looks%5 == 0 || len(d.Steps) == 0 || d.SignOffIsLeft() {
		r.step = Step{Do: ReadOffer}
		return
	}
	r.pollOn()
}

func (r *Run) pollOn() {
	r.tellLook()
	r.look(Poll)
}

func (r *Run) tellLook() {
	r.tell(Looked{Ref: r.f.ref, State: r.f.state, Details: r.f.says.Details})
}

// doubtful reports whether what the page says may be of before: its path is not new, and it was not seen to run since.
func (r *Run) doubtful() bool {
	samePath := r.f.whose == mine && r.f.ref == r.preview && !r.f.ref.Shared // and what it shows tells publish and go-live apart
	byItself := samePath && r.f.kind == marketplace.GoLive && r.f.says.Kind == marketplace.GoLive
	switch {
	case r.f.moved || byItself || r.f.ref.Order: // the path of an order is of no other
		return false
	case r.f.whose == mine && !r.f.fresh && r.f.says.State == marketplace.AtSignOff: // a sign-off of before is never believed by waiting alone
		return true
	}
	return r.waiting(r.f.since) || r.spokenAgainst()
}

// spokenAgainst reports whether the page of what this run ordered says that it ended, and something else that it did not.
func (r *Run) spokenAgainst() bool {
	if r.f.whose != mine {
		return false
	}
	l, listed := r.before.trace(r.f.kind, r.list)
	runs := listed && !l.State.Ended()
	moves := r.turned && r.offer.State.Moving()
	if r.f.kind != marketplace.GoLive { // a preview that stands may be listed as running
		return !r.f.fresh && runs && moves
	}
	notLive := func(s marketplace.Step) bool {
		return s.Role == marketplace.RoleLive && s.State == marketplace.StepNotStarted
	}
	untouched := r.f.says.State == marketplace.Succeeded && slices.ContainsFunc(r.f.says.Steps, notLive)
	goesOn := runs || moves || r.offer.State == marketplace.Parked
	oldPath := !r.f.fresh && goesOn
	return oldPath || untouched
}

// listSeen judges the list that was read about a page that is doubted, or about an operation that is not to be found.
func (r *Run) listSeen() {
	if !r.f.lost.IsZero() {
		r.lostSeen()
		return
	}
	if l, found := r.list.Find(r.f.ref); r.f.kind == marketplace.Unknown && runs(r.f.says.State) {
		if found {
			r.f.kind = l.Kind
		}
		r.offerSeen()
		return
	}
	if own, otherwise := r.namedAnother(); otherwise {
		r.tell(Following{Kind: r.f.kind, Ref: own.Ref, Own: true})
		r.follow(followed{ref: own.Ref, kind: r.f.kind, whose: mine, fresh: true}, Now)
		return
	}
	if r.listed(r.f.says.State) {
		r.f.moved = true
		r.f.state = r.f.says.State
		r.judge(r.f.says)
		return
	}
	r.step = Step{Do: ReadOffer}
}

// namedAnother finds what this run's order made where its answer named an operation that was listed before: the list has a
// new one.
func (r *Run) namedAnother() (own marketplace.Listed, otherwise bool) {
	if r.f.whose != mine || r.f.kind == marketplace.GoLive || !r.before.list.Has(r.f.ref) { // a go-live may keep its publish's path
		return own, false
	}
	own, found := r.before.trace(r.f.kind, r.list)
	return own, found && !own.Ref.Same(r.f.ref)
}

// listed reports whether the list says of the followed operation what its page says.
func (r *Run) listed(says marketplace.State) bool {
	l, found := r.list.Find(r.f.ref)
	if r.f.whose == mine {
		if l, found = r.before.trace(r.f.kind, r.list); !found {
			return false
		}
		own := r.f.fresh && l.Ref.Same(r.f.ref)
		waits := says == marketplace.AtSignOff && r.before.offer != marketplace.Parked // and is listed as running
		if own && waits {
			return true
		}
		endedWell := says == marketplace.AtSignOff && l.State == marketplace.Succeeded && l.Kind.MakesPreviews()
		return l.State == says || endedWell
	}
	if !found || l.State != says {
		return false
	}
	for _, o := range r.list {
		if !o.State.Ended() && !o.Ref.Same(r.f.ref) && !r.over(o.Ref) {
			return false
		}
	}
	return true
}

// offerSeen judges the offer's status beside the page of the followed operation, or in its place.
func (r *Run) offerSeen() {
	if r.before == nil {
		r.snapshot()
	}
	if !r.f.ref.Known() {
		r.unnamedSeen()
		return
	}
	behind := len(r.f.says.Steps) == 0 && r.waiting(r.f.since) // the steps of the status may be those of before
	r.borrow()
	ours := r.speaksOfOurs()
	untold := r.f.kind == marketplace.Unknown && runs(r.f.says.State) && r.step.Do != ReadList
	if untold && ours && r.turned && r.offer.State == marketplace.Live {
		r.step = Step{Do: ReadList} // which may tell that this is a go-live
		return
	}
	parked := ours && r.offer.State == marketplace.Parked && r.signOffIsNews(behind)
	switch goLive := r.f.kind == marketplace.GoLive; {
	case r.task == confirming:
		r.confirmByOffer(parked)
	case r.f.whose == foreign && parked && !goLive:
		r.inOurWay(marketplace.AtSignOff)
	case r.f.whose == foreign:
		r.pollOn()
	case goLive && ours && r.wentLive():
		r.f.state = marketplace.Succeeded
		r.tellLook()
		r.finish(nil)
	case !goLive && parked:
		r.f.state = marketplace.AtSignOff
		r.reached(marketplace.AtSignOff)
	default:
		r.pollOn()
		r.step.AtLeast = max(r.step.AtLeast, r.offer.RetryAfter)
		if r.doubtful() && r.waiting(r.f.since) {
			r.step.Until = r.f.since.Add(r.order.Window)
		}
	}
}

// speaksOfOurs reports whether the offer's status speaks of what is followed, as far as the service tells. What it says of
// another operation proves nothing: that one may be newer, or all that a short list has left.
func (r *Run) speaksOfOurs() bool {
	own := r.f.ref
	switch {
	case !r.offer.Of.Known(), !own.Known(), r.f.whose == passed:
		return true
	case r.watching && !r.order.Operation.Known() && !r.before.list.Has(r.offer.Of): // nothing is named: whatever is new counts
		return true
	case r.f.kind == marketplace.GoLive && r.f.whose == mine && r.lastOrder.Preview.Known():
		own = r.lastOrder.Preview
	case own.Order:
		own = r.f.says.Made
	}
	return r.offer.Of.Same(own)
}

// borrow fills in for people what the operation's page lacks and the offer's status has.
func (r *Run) borrow() {
	if len(r.f.says.Steps) == 0 {
		r.f.says.Steps = r.offer.Steps
	}
	r.f.says.Preview = append(slices.Clip(r.f.says.Preview), r.offer.Preview...)
}

// signOffIsNews reports whether the sign-off that the offer's status shows is that of the followed publish.
func (r *Run) signOffIsNews(behind bool) bool {
	believed := r.f.moved || !r.doubtful()
	byThePage := believed && !behind && r.f.says.SignOffIsLeft()
	return r.turned || byThePage
}

// wentLive reports whether the offer's status shows that the followed go-live is done: it says live and did not before,
// or has kept to it while the page says that its end is reached.
func (r *Run) wentLive() bool {
	switch {
	case r.offer.State != marketplace.Live:
		return false
	case r.turned:
		return true
	}
	return r.f.says.State == marketplace.Succeeded && !r.waiting(r.f.since)
}
