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
	var wait Step
	switch fault := marketplace.FaultOf(f.Err); {
	case f.Err == nil:
		wait.AtLeast = f.Accepted.RetryAfter
	case unsent(f.Err):
		r.notSent(f.Err)
		return
	case fault == marketplace.Throttled:
		r.turnedAway(f.Err)
		return
	case fault == marketplace.Unsupported:
		r.finish(&Error{Reason: Conflict, Note: ByJob, Err: f.Err, Offer: r.offer.State})
		return
	case fault == marketplace.Refused, fault == marketplace.Conflict, fault == marketplace.NotFound: // the offer was there just now
		r.finish(&Error{Reason: Conflict, Note: TooLate, Err: f.Err, Offer: r.offer.State})
		return
	case final(f.Err) != nil:
		r.finish(final(f.Err))
		return
	}
	r.canceled = append(r.canceled[:len(r.canceled):len(r.canceled)], r.f.ref)
	r.tell(Canceling{Kind: r.f.kind, Ref: r.f.ref})
	r.unsent, r.throttled = time.Time{}, 0
	r.f.since = r.now
	r.task = confirming
	r.look(Poll)
	r.step.Pause, r.step.Fresh, r.step.AtLeast = Now, true, wait.AtLeast
}

// confirm judges a look at an operation that was told to cancel: that the order was accepted proves nothing.
func (r *Run) confirm(s marketplace.State) {
	wasParked := r.before.offer == marketplace.Parked
	reachedIt := !wasParked && r.f.kind != marketplace.GoLive
	parkedStill := s == marketplace.AtSignOff && !reachedIt
	if !parkedStill {
		r.f.state = s
	}
	r.tellLook()
	switch {
	case s == marketplace.Canceled:
		r.f.state = s
		r.canceledNow()
	case s.Ended(), s == marketplace.AtSignOff && reachedIt:
		r.wentOn(s)
	case r.now.Sub(r.f.since) >= verifying:
		r.unconfirmed(wasParked)
	default:
		r.look(Poll)
		r.step.Until = r.f.since.Add(verifying)
	}
}

// canceledNow is a cancellation that the service says is done.
func (r *Run) canceledNow() {
	if r.order.Command != Publish {
		r.finish(nil)
		return
	}
	r.verified = r.now
	r.pass(marketplace.Canceled)
}

// wentOn is an operation that came to its end in spite of the cancellation: then it is not in the way of a start either.
func (r *Run) wentOn(s marketplace.State) {
	if r.order.Command == Publish {
		r.pass(s)
		return
	}
	r.finish(&Error{Reason: Conflict, Note: WentOn, Offer: marketplace.OfferState(s)})
}

// unconfirmed is the end of a cancellation that nothing confirms. A preview that still stands was not canceled.
func (r *Run) unconfirmed(parked bool) {
	e := &Error{Reason: TimedOut, Note: Unconfirmed, Err: r.last}
	if parked || r.order.Command == Publish {
		e.Reason, e.Offer = Conflict, r.offer.State
	}
	r.finish(e)
}

// closed takes in the reads and the order of an interrupted run that cancels what it started: the service cancels
// whatever runs on the offer, so nothing else may be listed as running.
func (r *Run) closed(f Fact) {
	switch {
	case r.step.Do == SendCancel && mayHaveArrived(f.Err):
		r.canceledOwn(f.Err)
	case f.Err != nil:
		r.tell(CanceledOwn{Ref: r.f.ref, Err: f.Err})
	case r.alone(f.List):
		r.step = Step{Do: SendCancel, Ref: r.f.ref}
		return
	default:
		r.tell(CanceledOwn{Ref: r.f.ref, NotAlone: true})
	}
	r.end(r.stoppedFor)
}

// canceledOwn is a cancellation that was sent; err is why no answer came, if none did.
func (r *Run) canceledOwn(err error) {
	r.canceled = append(r.canceled[:len(r.canceled):len(r.canceled)], r.f.ref)
	r.tell(CanceledOwn{Ref: r.f.ref, Sent: true, Err: err})
}

// mayHaveArrived reports whether the service may have taken an order that was answered so.
func mayHaveArrived(err error) bool {
	turnedAway := unsent(err) || final(err) != nil || marketplace.FaultOf(err) == marketplace.Throttled
	return err == nil || !turnedAway
}

// alone reports whether this run's operation is the one that is listed as running, and nothing else is.
func (r *Run) alone(list []marketplace.Listed) bool {
	running, own := 0, 0
	for _, l := range list {
		_, was := find(r.before.list, l.Ref)
		isOwn := l.Ref.Same(r.f.ref)
		if r.f.ref.ID == "" || r.f.ref.Order {
			isOwn = !was
		}
		isOwn = isOwn && fits(r.f.kind, l, list)
		if isOwn {
			own++
		}
		if !l.State.Ended() {
			running++
			if !isOwn {
				return false
			}
		}
	}
	return running == 1 && own == 1
}

// stop is the run's end from outside: a signal, or its timeout.
func (r *Run) stop(f Fact) {
	switch r.task {
	case done:
		return
	case closing:
		r.closed(f)
		return
	}
	e := r.stopped(f)
	own := r.f.whose == mine && r.sent > 0 && r.f.ref.Known()
	if e.Reason == Interrupted && r.order.CancelOnSignal && own && !r.f.state.Ended() {
		r.stoppedFor = e
		r.task = closing
		r.step = Step{Do: ReadList}
		return
	}
	r.end(e)
}

// stopped says why the run was stopped, and what that means by where it stood.
func (r *Run) stopped(f Fact) *Error {
	inDoubt := r.doubt != nil || r.task == tracing
	if r.last == nil && marketplace.FaultOf(f.Aborted) == marketplace.SignIn { // the run was still at the sign-in
		r.last = f.Aborted
	}
	switch {
	case !f.TimedOut:
		return &Error{Reason: Interrupted, Err: f.Err, MayRun: inDoubt, Kind: r.kind}
	case inDoubt:
		note := Plain
		if r.doubt == nil {
			note = NotNamed
		}
		return &Error{Reason: Unclear, Note: note, Err: r.lastOr(r.doubt), MayRun: true, Kind: r.kind}
	case r.refusal != nil && r.task == declined:
		return r.declinedFor(Where{Offer: r.offer.State})
	case r.known():
		return &Error{Reason: TimedOut, Err: r.last}
	}
	e := exhausted(r.last)
	if e.Note == Plain {
		e.Note = AtTimeout
	}
	return e
}

func (r *Run) lastOr(err error) error {
	if r.last != nil {
		return r.last
	}
	return err
}

// finish ends the run; nil means that its goal is reached.
func (r *Run) finish(e *Error) {
	inDoubt := r.doubt != nil && r.task != following
	if e != nil && inDoubt && e.Reason != Unclear && e.Reason != Interrupted {
		e = &Error{Reason: Unclear, Err: e.Err, Kind: r.kind, MayRun: true}
	}
	r.end(e)
}

func (r *Run) end(e *Error) {
	r.task = done
	if e != nil && e.Reason == Lost { // nobody knows where it is
		r.f.state = ""
	}
	r.step = Step{Do: Finish, Result: r.result(), Err: e}
}

// result is what is known. An operation that is not this run's own, and whose page was doubted to the end, was not seen.
func (r *Run) result() Result {
	started := r.sent > 0 && r.f.whose == mine
	others := r.f.whose == foreign || r.f.whose == passed
	said := r.f.says.State
	still := said == marketplace.Running || said == marketplace.NotStarted || said == ""
	doubted := !started && !r.f.moved && r.f.state == marketplace.Running && !still
	out := Result{Ref: r.f.ref, Seen: r.f.seen && !doubted, Foreign: others, Started: started, CancelOrdered: len(r.canceled) > 0}
	byStatus := !r.f.ref.Known() && r.task != following && r.task != watching
	if out.Seen || started || byStatus {
		out.State, out.Details = r.f.state, r.f.says.Details
	}
	return out
}
