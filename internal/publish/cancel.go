package publish

import (
	"time"

	"publish-offer/internal/marketplace"
)

// cancelRef is what a cancellation is about.
func (r *Run) cancelRef(w Where) marketplace.Ref {
	if r.order.Command == Cancel && r.order.Operation.Known() {
		return r.order.Operation
	}
	return w.Entry.Ref
}

// orderCancel orders what is there to be canceled.
func (r *Run) orderCancel(w Where) {
	p, read := r.page(r.cancelRef(w))
	f := followed{ref: r.cancelRef(w), kind: w.Entry.Kind, whose: given, since: r.now, seen: read && !p.unknown, state: marketplace.Running}
	if w.Place == Parked {
		f.state = marketplace.AtSignOff
	}
	if r.order.Command == Publish {
		f.whose = foreign
	}
	r.f = f
	r.snapshot()
	r.kind = marketplace.Cancellation
	r.task = canceling
	r.step = Step{Do: SendCancel, Ref: f.ref}
}

// cancelAnswered takes in what the order to cancel was answered. One that may have been lost is not sent again: the
// looks tell whether it arrived.
func (r *Run) cancelAnswered(f Fact) {
	switch fault := marketplace.FaultOf(f.Err); {
	case f.Err == nil:
	case r.postponed(f.Err):
		return
	case fault == marketplace.Unsupported:
		r.finish(&Error{Reason: Conflict, Note: ByJob, Err: f.Err, Offer: r.offer.State})
		return
	case fault == marketplace.Refused, fault == marketplace.Conflict, fault == marketplace.NotFound: // the offer was there just now
		r.finish(&Error{Reason: Conflict, Note: TooLate, Err: f.Err, Offer: r.offer.State})
		return
	case !marketplace.Transient(f.Err):
		r.finish(failure(f.Err))
		return
	}
	r.canceled = true
	r.tell(Canceling{Kind: r.f.kind, Ref: r.f.ref})
	r.unsent, r.throttled = time.Time{}, 0
	r.f.since = r.now
	r.task = confirming
	r.look(Now)
	r.step.Fresh, r.step.AtLeast = true, f.Accepted.RetryAfter
}

// confirm judges what is seen of an operation that was told to cancel, by its page or by the offer's status: that the order
// was accepted proves nothing.
func (r *Run) confirm(s marketplace.State, byPage bool) {
	wasParked := r.before.offer == marketplace.Parked
	asBefore := wasParked && byPage && s == marketplace.Succeeded // what is canceled is the preview that it made
	if asBefore && r.now.Sub(r.f.since) < 2*r.order.Window {
		r.glanceAtOffer(true)
		return
	}
	reachedIt := !wasParked && r.f.kind != marketplace.GoLive
	stands := s == marketplace.AtSignOff
	arrived := stands && reachedIt
	over := arrived || s.Ended()
	late := r.now.Sub(r.f.since) >= verifying
	if !stands || reachedIt {
		r.f.state = s
	}
	if byPage && !over && !late {
		r.glanceAtOffer(false)
		r.step.Until = r.f.since.Add(verifying)
		return
	}
	r.tellLook()
	switch {
	case over && r.order.Command == Publish: // it is out of the way, even where it came to its end in spite of the cancellation
		if s == marketplace.Canceled {
			r.verified = r.now
		}
		r.pass(s)
	case s == marketplace.Canceled:
		r.finish(nil)
	case over:
		r.finish(&Error{Reason: Conflict, Note: WentOn, Offer: marketplace.OfferState(s)})
	case late:
		r.unconfirmed(wasParked)
	default:
		r.look(Poll)
		r.step.Until = r.f.since.Add(verifying)
	}
}

// confirmByOffer judges the offer's status beside the page: that a preview which stood is gone, or that one stands now.
func (r *Run) confirmByOffer(parked bool) {
	s := marketplace.Running
	switch wasParked := r.before.offer == marketplace.Parked; {
	case wasParked && r.turned && r.offer.State.Badly() && r.speaksOfOurs(): // live may be the version before
		s = r.offer.State.State()
	case parked && !r.waiting(r.f.since): // until then the page may say that it was canceled
		s = marketplace.AtSignOff
	}
	r.confirm(s, false)
}

// unconfirmed is the end of a cancellation that nothing confirms. A preview that still stands was not canceled.
func (r *Run) unconfirmed(parked bool) {
	e := &Error{Reason: TimedOut, Note: Unconfirmed, Err: r.last}
	if parked || r.order.Command == Publish {
		e.Reason, e.Offer = Conflict, r.offer.State
	}
	r.finish(e)
}
