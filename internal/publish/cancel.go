package publish

import (
	"context"
	"errors"
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
	r.result = Result{Path: path, State: marketplace.Running}
	if parked {
		r.result.State = marketplace.AtSignOff
	}
	if err := r.orderCancel(ctx, path, kind); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, verifying, errTimeout)
	defer cancel()
	waits := r.waits(r.PollInterval, r.MaxPollInterval)
	for {
		op, err := r.look(ctx, path)
		d := waits.NextBackOff()
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
			return r.unverified(ctx, parked, err)
		case e != nil && e.Reason == NoOffer && path != "":
			path = "" // not to be read by its id: the offer's status tells
			continue
		case e != nil:
			return r.known(e)
		default:
			d = max(d, asked(err))
			r.fault(err, d)
		}
		if r.wait(ctx, d) != nil {
			return r.unverified(ctx, parked, err)
		}
	}
}

// unverified is the end of a cancellation that the service never confirmed. A preview that still stands was not canceled.
func (r *runner) unverified(ctx context.Context, parked bool, err error) error {
	e := r.stopped(ctx, err)
	if e.Reason == Interrupted {
		return e
	}
	if e.Reason = TimedOut; parked {
		e.Reason, e.State = Conflict, marketplace.AtSignOff
	}
	e.Detail = "the service took the cancellation and does not say that anything is canceled"
	return e
}

func (r *runner) orderCancel(ctx context.Context, path string, kind marketplace.Kind) error {
	waits := r.waits(min(time.Second, r.PollInterval), 15*time.Second)
	since, throttled := time.Now(), 0
	for {
		if ctx.Err() != nil {
			return r.stopped(ctx, nil)
		}
		_, err := r.post(ctx, marketplace.Cancellation)
		var d time.Duration
		switch fault := faultOf(err); {
		case fault == marketplace.Refused:
			return &Error{Reason: Conflict, Err: err, State: r.result.State, Detail: "it can no longer be canceled"}
		case final(err) != nil:
			return final(err)
		case unsent(err):
			if time.Since(since) > patience {
				return exhausted(err)
			}
			d = waits.NextBackOff()
		case fault == marketplace.Throttled:
			if throttled++; throttled > throttles {
				return &Error{Reason: OutOfReach, Err: err}
			}
			d, since = max(waits.NextBackOff(), asked(err)), time.Now()
		default:
			r.observe(Canceling{Kind: kind, Path: path})
			return nil
		}
		r.observe(Retrying{Kind: marketplace.Cancellation, Err: err, Next: d})
		if r.wait(ctx, d) != nil {
			return r.stopped(ctx, err)
		}
	}
}

// cancelOwn is the one order of an interrupted run: it cancels the operation that the run started, if nothing else is
// listed as running, since the service cancels whatever runs on the offer.
func (r *runner) cancelOwn(ctx context.Context) {
	end := time.Unix(0, r.stoppedAt.Load()).Add(ending)
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), end)
	defer cancel()
	list, err := r.service.Operations(ctx)
	if err == nil {
		var running []marketplace.Listed
		for _, item := range list {
			if !item.State.Ended() {
				running = append(running, item)
			}
		}
		id := marketplace.OperationID(r.started)
		switch {
		case len(running) != 1:
			err = errors.New("it is not the only operation that is listed as running")
		case id != "" && running[0].ID != id:
			err = errors.New("another operation is listed as running")
		default:
			_, err = r.service.Cancel(ctx)
		}
	}
	r.result.CancelOrdered = err == nil
	r.observe(CanceledOwn{Path: r.started, Err: err})
}
