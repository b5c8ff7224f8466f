package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"publish-offer/internal/marketplace"
)

func (r *runner) cancelCommand(ctx context.Context) error {
	s, err := r.survey(ctx)
	if err != nil {
		return err
	}
	if s.running != nil {
		return r.cancel(ctx, s.running.Path, s.running.Kind, false)
	}
	if s.parked != nil {
		return r.cancel(ctx, s.parked.Path, s.parked.Kind, true)
	}
	offer, err := r.offer(ctx)
	if err != nil {
		return err
	}
	r.see("", offer)
	switch offer.State {
	case marketplace.AtSignOff:
		return r.cancel(ctx, "", marketplace.Publish, true)
	case marketplace.Running:
		return r.cancel(ctx, "", marketplace.Other, false)
	}
	r.observe(Nothing{Command: Cancel, State: offer.State})
	return nil
}

// cancel orders the cancellation and follows the operation until the service says that it is canceled: the answer to
// the order proves nothing. path is "" where only the offer's status tells. An order that may have been lost is not sent
// again; the looks tell whether it arrived.
func (r *runner) cancel(ctx context.Context, path string, kind marketplace.Kind, parked bool) error {
	r.result = Result{Path: path, State: marketplace.Running, Foreign: r.result.Foreign}
	if parked {
		r.result.State = marketplace.AtSignOff
	}
	accepted, err := r.orderCancel(ctx, path, kind)
	if err != nil {
		return err
	}
	outer := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, verifying, errTimeout)
	defer cancel()
	if accepted.RetryAfter > 0 && r.wait(ctx, accepted.RetryAfter) != nil {
		return r.unverified(ctx, outer, parked, nil)
	}
	waits := r.waits(r.PollInterval, r.MaxPollInterval)
	at := path // "" where only the offer's status tells
	for {
		op, err := r.look(ctx, at)
		d := max(waits.NextBackOff(), r.PollInterval)
		switch e := final(err); {
		case err == nil:
			r.recovered()
			r.see(path, op)
			d = max(d, op.RetryAfter)
			over := op.State.Ended() || op.State == marketplace.AtSignOff && !parked && kind != marketplace.GoLive
			if over {
				d = 0
			}
			r.observe(Looked{Operation: op, Path: path, Next: d})
			switch {
			case op.State == marketplace.Canceled:
				return nil
			case over:
				return &Error{Reason: Conflict, State: op.State, Detail: "the operation went on in spite of the cancellation"}
			}
		case ctx.Err() != nil:
			return r.unverified(ctx, outer, parked, err)
		case e != nil && e.Reason == NoOffer && at != "":
			if r.listedCanceled(ctx, path) {
				op = marketplace.Operation{State: marketplace.Canceled}
				r.see(path, op)
				r.observe(Looked{Operation: op, Path: path})
				return nil
			}
			at = "" // not to be read by its id: the offer's status tells
			continue
		case e != nil && e.Reason == NotAllowed:
			return e
		default:
			d = max(d, asked(err))
			r.fault(err, d)
		}
		if r.wait(ctx, d) != nil {
			return r.unverified(ctx, outer, parked, err)
		}
	}
}

// listedCanceled tells whether the list calls the operation canceled, which no longer has a page of its own.
func (r *runner) listedCanceled(ctx context.Context, path string) bool {
	list, err := r.service.Operations(ctx)
	return err == nil && slices.ContainsFunc(list, func(item marketplace.Listed) bool {
		return item.Path == path && item.State == marketplace.Canceled
	})
}

// unverified is the end of a cancellation that the service never confirmed. A preview that still stands was not canceled.
func (r *runner) unverified(ctx, outer context.Context, parked bool, err error) error {
	e := r.stopped(ctx, err)
	e.Bound = outer.Err() == nil
	if e.Reason == Interrupted {
		return e
	}
	if e.Reason = TimedOut; parked {
		e.Reason, e.State = Conflict, marketplace.AtSignOff
	}
	e.Detail = "the service took the cancellation and does not say that anything is canceled"
	return e
}

func (r *runner) orderCancel(ctx context.Context, path string, kind marketplace.Kind) (marketplace.Accepted, error) {
	waits := r.retries()
	since, throttled := time.Now(), 0
	for {
		if ctx.Err() != nil {
			return marketplace.Accepted{}, r.stopped(ctx, nil)
		}
		accepted, err := r.post(ctx, marketplace.Cancellation)
		var d time.Duration
		switch fault := faultOf(err); {
		case fault == marketplace.Refused:
			return accepted, &Error{Reason: Conflict, Err: err, State: r.result.State, Detail: "it can no longer be canceled"}
		case final(err) != nil:
			return accepted, final(err)
		case unsent(err):
			if time.Since(since) > patience {
				return accepted, exhausted(err)
			}
			d = waits.NextBackOff()
		case fault == marketplace.Throttled:
			if throttled++; throttled > throttles {
				return accepted, &Error{Reason: OutOfReach, Err: err}
			}
			d, since = max(waits.NextBackOff(), asked(err)), time.Now()
		default:
			r.ordered = true
			r.observe(Canceling{Kind: kind, Path: path})
			return accepted, nil
		}
		r.observe(Retrying{Kind: marketplace.Cancellation, Err: err, Next: d})
		if r.wait(ctx, d) != nil {
			return accepted, r.stopped(ctx, err)
		}
	}
}

// cancelOwn is the one order of an interrupted run: it cancels the operation that the run started, if nothing else is
// listed as running, since the service cancels whatever runs on the offer.
func (r *runner) cancelOwn(ctx context.Context) {
	at := time.Now()
	if stopped := r.stoppedAt.Load(); stopped != 0 { // noted by a goroutine of its own, perhaps not yet
		at = time.Unix(0, stopped)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), at.Add(ending))
	defer cancel()
	err := r.onlyOwn(ctx)
	if err == nil {
		_, err = r.service.Cancel(ctx)
	}
	r.ordered = err == nil
	r.observe(CanceledOwn{Path: r.started, Err: err})
}

// onlyOwn makes sure that what is listed as running is this run's operation and nothing else.
func (r *runner) onlyOwn(ctx context.Context) error {
	list, err := r.service.Operations(ctx)
	if err != nil {
		return err
	}
	var running, own int
	for _, item := range list {
		if r.own(item) {
			own++
		}
		if !item.State.Ended() {
			running++
			if !r.own(item) {
				return errors.New("another operation is listed as running")
			}
		}
	}
	// Without an id, what is new and of the same kind is ours only if there is just one such.
	if running != 1 || own != 1 {
		return errors.New("it cannot be told to be the only operation that runs")
	}
	return nil
}
