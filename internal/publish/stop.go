package publish

import (
	"cmp"

	"publish-offer/internal/marketplace"
)

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
	r.canceled = true
	r.tell(CanceledOwn{Ref: r.f.ref, Sent: true, Err: err})
}

// mayHaveArrived reports whether the service may have taken an order that was answered so.
func mayHaveArrived(err error) bool {
	turnedAway := unsent(err) || !marketplace.Transient(err) || marketplace.FaultOf(err) == marketplace.Throttled
	return err == nil || !turnedAway
}

// alone reports whether this run's operation is the one that is listed as running, and nothing else is.
func (r *Run) alone(list marketplace.List) bool {
	running, own := 0, 0
	for _, l := range list {
		isOwn := l.Ref.Same(r.f.ref)
		if r.f.ref.ID == "" || r.f.ref.Order {
			isOwn = !r.before.list.Has(l.Ref)
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
		return &Error{Reason: Unclear, Note: note, Err: cmp.Or(r.last, r.doubt), MayRun: true, Kind: r.kind}
	case r.refusal != nil && r.task == declined:
		return r.declinedFor(Where{Offer: r.offer.State})
	case r.known():
		return &Error{Reason: TimedOut, Err: r.last}
	}
	e := failure(r.last)
	if e.Note == Plain {
		e.Note = AtTimeout
	}
	return e
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
	out := Result{Ref: r.f.ref, Seen: r.f.seen && !doubted, Foreign: others, Started: started, CancelOrdered: r.canceled}
	byStatus := !r.f.ref.Known() && r.task != following && r.task != watching
	if out.Seen || started || byStatus {
		out.State, out.Details = r.f.state, r.f.says.Details
	}
	return out
}
