package publish

import (
	"cmp"
	"time"

	"publish-offer/internal/marketplace"
)

// send orders a publish or a go-live. What the service says now is what it said before the order; for one that goes out
// again while another is in doubt, that stays what it said before the first.
func (r *Run) send(s marketplace.Start) {
	first := r.lastOrder.Kind != s.Kind
	if first && r.order.Command == GoLive && !r.order.Operation.Known() && r.sent == 0 {
		r.tell(Unbound{})
	}
	r.snapshot()
	if r.preview.Known() && r.offer.State.Moving() { // this run saw it made: it stands, though the status is behind
		r.before.offer = marketplace.Parked
	}
	r.kind, r.lastOrder = s.Kind, s
	r.resend()
}

// resend sends the order once more.
func (r *Run) resend() { r.task, r.step = ordering, Step{Do: Send, Start: r.lastOrder} }

// answered takes in what an order was answered.
func (r *Run) answered(f Fact) {
	if f.Err == nil {
		r.accepted(f.Accepted)
		return
	}
	if r.postponed(f.Err) {
		return
	}
	switch marketplace.FaultOf(f.Err) {
	case marketplace.SignIn, marketplace.Unauthorized:
		r.finish(&Error{Reason: NotAllowed, Err: f.Err})
	case marketplace.Unsupported:
		r.finish(&Error{Reason: Conflict, Note: NotTold, Err: f.Err, Offer: r.offer.State})
	case marketplace.Refused, marketplace.NotFound, marketplace.Forbidden, marketplace.Conflict:
		r.refusal = f.Err
		if r.doubt != nil { // perhaps because the one in doubt runs
			r.trace(f.Err)
			return
		}
		r.odd = false
		r.ask(declined, Now)
	default:
		r.doubt = f.Err
		r.trace(f.Err)
	}
}

// postponed deals with an order that certainly did nothing, and will be made again.
func (r *Run) postponed(err error) bool {
	switch {
	case unsent(err):
		r.notSent(err)
	case marketplace.FaultOf(err) == marketplace.Throttled:
		r.turnedAway(err)
	default:
		return false
	}
	return true
}

// notSent is an order that cannot have left this machine. It is made again after a look at the list.
func (r *Run) notSent(err error) {
	if r.unsent.IsZero() {
		r.unsent = r.now
	}
	if !r.known() && r.now.Sub(r.unsent) >= patience {
		r.finish(failure(err))
		return
	}
	r.tell(Retrying{Kind: r.kind, Err: err, Again: r.now != r.unsent})
	r.last = err
	r.ask(surveying, Retry)
	r.step.Fresh, r.step.AtLeast = r.now.Equal(r.unsent), marketplace.RetryAfter(err)
}

// turnedAway is an order that the service did not look at.
func (r *Run) turnedAway(err error) {
	r.unsent = time.Time{}
	if r.throttled++; r.throttled > throttles {
		r.notTaken(&Error{Reason: OutOfReach, Note: Throttled, Err: err})
		return
	}
	r.tell(Retrying{Kind: r.kind, Err: err})
	r.ask(surveying, Retry)
	r.step.Fresh, r.step.AtLeast = r.throttled == 1, marketplace.RetryAfter(err)
	r.last = err
}

// notTaken is the end of a start that the service never took. Where a preview stands behind it, that one is not lost.
func (r *Run) notTaken(e *Error) {
	if r.kind == marketplace.GoLive && r.preview.Known() {
		e.Reason, e.Note = TimedOut, GoLiveNotStarted
	}
	r.finish(e)
}

// trace looks for what an unclear order did.
func (r *Run) trace(err error) {
	r.odd = false
	r.tell(Checking{Kind: r.kind, Err: err, Window: r.order.Window})
	r.last = err
	r.ask(tracing, Now)
	r.step.AtLeast = min(marketplace.RetryAfter(err), patience)
}

// traced judges one look for what an order made that was not answered, or whose answer named nothing. Where the service
// turned the next one away meanwhile, it is sent again only if nothing came up.
func (r *Run) traced() {
	accepted, tracing := r.doubt == nil, r.task == tracing
	if l, found := r.made(); found {
		how := AnswerLost
		if accepted {
			how = Unnamed
		}
		r.took(l.Ref, how)
		return
	}
	clean := accepted || r.clean()
	switch {
	case tracing && r.waiting(r.round.since):
		r.askAgain(0)
	case accepted:
		r.finish(&Error{Reason: Unclear, Note: NotNamed, Kind: r.kind, MayRun: true, Err: r.round.unread})
	case !clean, tracing && r.refusal != nil, tracing && r.resent >= resends:
		r.unclear(r.doubt)
	default:
		if tracing {
			r.resent++
			r.tell(Retrying{Kind: r.kind, Err: r.doubt})
		}
		r.resend()
	}
}

// made is the new operation that the order made, as far as the list tells: the one that a foreign answer claimed, or what
// fits.
func (r *Run) made() (marketplace.Listed, bool) {
	if l, found := r.before.fresh(r.list).Find(marketplace.Ref{ID: r.claimed}); found {
		return l, true
	}
	return r.before.trace(r.kind, r.list)
}

// clean reports whether all was read, and all of it explained by what was said before the order; it keeps what was odd.
func (r *Run) clean() bool {
	if r.round.unread != nil || r.short != nil || r.before.short {
		return false
	}
	if r.before.turned(r.round.pages) || r.before.offer.Moving() || !r.before.explains(r.list, r.offer.State, r.over) {
		r.odd = true // that an offer moves which moved before tells nothing
		if fresh := r.before.fresh(r.list); len(fresh) > 0 {
			r.foundRef = fresh[0].Ref
		}
	}
	return !r.odd
}

func (r *Run) unclear(err error) {
	e := &Error{Reason: Unclear, Err: err, Kind: r.kind, MayRun: true}
	switch {
	case r.odd:
		e.Note = Moved
	case r.round.unread != nil || r.short != nil || r.before.short:
		e.Note, e.Err = Unread, cmp.Or(r.round.unread, r.short)
	}
	if r.foundRef.Known() {
		r.f = followed{ref: r.foundRef, whose: given}
	}
	r.finish(e)
}

// accepted takes note of the new operation before anything else happens.
func (r *Run) accepted(a marketplace.Accepted) {
	if a.Distrusted != "" {
		r.tell(Distrusted{Location: a.Distrusted})
	}
	if a.Ref.Known() {
		r.took(a.Ref, Named)
		if r.task == following {
			r.step.AtLeast = a.RetryAfter
		}
		return
	}
	r.claimed = a.Claimed
	r.tell(Checking{Kind: r.kind, Window: r.order.Window})
	r.ask(tracing, Now)
}

// took follows what this run started.
func (r *Run) took(ref marketplace.Ref, how Found) {
	samePath := ref.Path == r.preview.Path || ref.Path == r.f.ref.Path
	r.tell(Started{Kind: r.kind, Ref: ref, Found: how})
	r.sent++
	r.doubt, r.refusal, r.odd = nil, nil, false
	r.unsent, r.verified, r.throttled, r.resent = time.Time{}, time.Time{}, 0, 0
	lacked := how != Named && len(r.before.list) == 0 && r.before.offer != marketplace.NeverPublished // what the status knew
	short := lacked || r.before.short
	fresh := !short && !r.before.list.Has(ref) && !samePath && !ref.Shared && ref.ID != ""
	r.follow(followed{ref: ref, kind: r.kind, whose: mine, fresh: fresh, was: r.said(ref)}, Poll)
}

// said is what a path said when it was read last before the order; "" where it was not. One that was not, and shows
// whatever is done on the offer, showed the operation that this run waited for.
func (r *Run) said(ref marketplace.Ref) marketplace.State {
	switch {
	case ref.Path == r.f.ref.Path:
		return r.f.was
	case r.f.whose == passed:
		return marketplace.Running
	}
	for _, p := range r.before.pages {
		if p.ref.Path == ref.Path {
			return p.op.State
		}
	}
	return ""
}

// contested judges one look around after an order was declined: another operation may have been first, and the list may
// lag behind it.
func (r *Run) contested() {
	w := r.where()
	waiting := r.waiting(r.round.since)
	afterCancel := !r.verified.IsZero() && r.waiting(r.verified)
	adopts := r.order.IfRunning == Adopt
	doubted := w.Place == Parked && !w.Told
	mayRun := doubted || w.Place == Runs
	mayShow := adopts || afterCancel || w.Place == Unsure // after a cancel it may be this run's own order that is in the way
	declinedLive := r.kind == marketplace.GoLive && w.Disputed && r.before.offer == marketplace.Live
	r.odd = r.odd || !r.before.explains(r.list, r.offer.State, r.over)
	switch {
	case w.Entry.Known() && mayRun:
		r.inTheWay(w)
	case w.Place == Parked && adopts && r.kind == marketplace.Publish && r.news(w):
		r.act(w, decide(r.order, w))
	case declinedLive && waiting:
		r.askAgain(0)
	case declinedLive:
		r.keptLive()
	case afterCancel && !r.odd && r.now.After(r.round.since):
		r.resend()
	case afterCancel && !r.odd:
		r.tell(Retrying{Kind: r.kind, Err: r.refusal})
		r.askAgain(0)
	case waiting && mayShow:
		r.askAgain(0)
	default:
		r.finish(r.declinedFor(w))
	}
}

// news reports whether the preview that waits did not wait before the order.
func (r *Run) news(w Where) bool {
	return r.before.offer != marketplace.Parked && !r.before.list.Has(w.Entry.Ref)
}

// inTheWay is another operation that was first. A run that adopts follows it; one that would wait for its end or cancel
// it cannot, since it may be this run's own order, which somebody on the way repeated.
func (r *Run) inTheWay(w Where) {
	if l, found := r.before.trace(r.kind, r.list); found && r.kind == marketplace.GoLive { // though something else runs by now
		w.Place, w.Entry = Runs, l
	}
	v := decide(r.order, w)
	if v.Move != MoveFollow {
		v = conflict(w)
	}
	r.act(w, v)
}

// keptLive ends a run whose go-live was declined while the offer kept saying for the window that it is live.
func (r *Run) keptLive() {
	r.tell(Nothing{Command: GoLive, State: marketplace.Succeeded})
	r.byOffer(marketplace.Succeeded)
	r.finish(nil)
}

// declinedFor is the end of a run whose order was declined with nothing else in the way.
func (r *Run) declinedFor(w Where) *Error {
	e := &Error{Reason: Declined, Err: r.refusal, Kind: r.kind}
	switch marketplace.FaultOf(r.refusal) {
	case marketplace.Forbidden:
		e.Reason = NotAllowed
	case marketplace.Conflict:
		e.Reason, e.Offer = Conflict, marketplace.InProgress // so the service says, whatever its status shows
	}
	if w.Place == Runs {
		e.Reason, e.Offer = Conflict, w.Offer
	}
	e.MaybeOurs = r.odd
	for _, l := range r.before.fresh(r.list) {
		if fits(r.kind, l, r.list) {
			e.Other = &l
		}
	}
	return e
}
