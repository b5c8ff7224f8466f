package publish

import (
	"context"
	"time"

	"publish-offer/internal/marketplace"
)

// follow looks at the operation until it stands still: ended, or waiting for sign-off (which a go-live has behind it).
// Trouble with the service does not end it before the run's timeout.
func (r *runner) follow(ctx context.Context, t target) (marketplace.Operation, error) {
	waits := r.waits(r.PollInterval, r.MaxPollInterval)
	if t.after > 0 {
		waits.NextBackOff() // the first wait is the one before the first look
		if r.wait(ctx, t.after) != nil {
			return marketplace.Operation{}, r.stopped(ctx, nil)
		}
	}
	var lost time.Time // since when the service does not know the operation
	moved := false     // it was seen on its way
	for {
		var op marketplace.Operation
		var byOffer bool
		var err error
		if t.seen != nil {
			op, t.seen = *t.seen, nil
		} else {
			op, byOffer, err = r.lookBoth(ctx, t.path)
		}
		d := max(waits.NextBackOff(), r.PollInterval)
		switch e := final(err); {
		case err == nil:
			lost = time.Time{}
			r.recovered()
			// The offer's status, and a path without an id, may still tell of what was before the start.
			doubtful := t.own && (byOffer || marketplace.OperationID(t.path) == "")
			still := op.State == marketplace.Running || op.State == marketplace.NotStarted
			if left := r.window() - time.Since(r.startedAt); doubtful && !moved && !still && left > 0 {
				d = max(min(d, left), r.PollInterval, op.RetryAfter)
				if r.wait(ctx, d) == nil {
					continue
				}
				// There is no time to see whether it stays so. A failure is told; a success may be of before.
				e := r.stopped(ctx, nil)
				if bad := op.State == marketplace.Failed || op.State == marketplace.Canceled; e.Reason == Interrupted || !bad {
					return op, e
				}
			}
			moved = true
			r.see(t.path, op)
			if op.State.Ended() || op.State == marketplace.AtSignOff && t.kind != marketplace.GoLive {
				r.observe(Looked{Operation: op, Path: t.path})
				return op, nil
			}
			d = max(d, op.RetryAfter)
			r.observe(Looked{Operation: op, Path: t.path, Next: d})
		case ctx.Err() != nil:
			return op, r.stopped(ctx, err)
		case e != nil && e.Reason == NotAllowed:
			return op, e
		case e != nil && e.Reason == NoOffer: // an operation may be unknown for a while after its start
			if lost.IsZero() {
				lost = time.Now()
			}
			left := patience - time.Since(lost)
			if left <= 0 {
				return op, &Error{Reason: Lost, Err: err, MayRun: r.started == t.path}
			}
			d = min(d, left)
			r.fault(err, d)
		default:
			lost = time.Time{}
			d = max(d, asked(err))
			r.fault(err, d)
		}
		r.farewellTo(d)
		if r.wait(ctx, d) != nil {
			return op, r.stopped(ctx, err)
		}
	}
}

// farewellTo tells once that no new token can be had soon, while there is time to act on it.
func (r *runner) farewellTo(next time.Duration) {
	if !r.SignInEnds.IsZero() && !r.farewell && time.Until(r.SignInEnds) < 2*next+time.Minute {
		r.farewell = true
		r.observe(SignInEnds{At: r.SignInEnds})
	}
}

// pursue follows an operation to the goal, going live on the way where the order says so.
func (r *runner) pursue(ctx context.Context, t target) error {
	r.waiting = false
	if r.result.Path != t.path {
		r.result = Result{Path: t.path, State: marketplace.Running}
	}
	if r.Goal == Accepted {
		return nil
	}
	op, err := r.follow(ctx, t)
	if err != nil {
		return err
	}
	if op.State == marketplace.Failed || op.State == marketplace.Canceled {
		return &Error{Reason: EndedBadly}
	}
	if op.State == marketplace.Succeeded {
		if t.kind == marketplace.GoLive && marketplace.OperationID(t.path) != "" {
			return nil
		}
		// The end of a publish is the preview or the live offer: only the offer says which. A path without an id is the
		// same for the publish and the go-live, so that its end may be that of the publish.
		if op.State, err = r.settled(ctx, t.kind); err != nil {
			return err
		}
		r.result.State = op.State
	}
	switch {
	case t.kind == marketplace.GoLive && op.State != marketplace.Succeeded:
		return r.watch(ctx)
	case r.Goal == Preview && (op.State == marketplace.Running || op.State == marketplace.NotStarted):
		r.result.State = marketplace.Succeeded // somebody took the preview further
		return nil
	case r.Goal == Preview || op.State == marketplace.Succeeded:
		return nil
	case op.State == marketplace.AtSignOff && r.Command == Publish && !r.wentLive:
		return r.goLive(ctx)
	}
	return r.watch(ctx)
}

// settled is where the offer is after a publish operation has ended well: at sign-off, live, or on its way. What it
// says at once may be of before; on the way to live only what it keeps saying is believed.
func (r *runner) settled(ctx context.Context, kind marketplace.Kind) (marketplace.State, error) {
	for end := time.Now().Add(r.window()); ; {
		offer, err := r.settledOffer(ctx)
		if err != nil {
			return "", err
		}
		switch {
		case offer.State == marketplace.AtSignOff || offer.State == marketplace.Running:
		case kind == marketplace.GoLive && offer.State == marketplace.Succeeded: // it was at sign-off before
		case r.Goal == Preview: // the preview stood when the operation ended, whatever became of it since
			offer.State = marketplace.Succeeded
		case time.Until(end) > 0 && r.started == r.result.Path:
			if r.wait(ctx, r.PollInterval) != nil {
				return "", r.stopped(ctx, nil)
			}
			continue
		case offer.State == marketplace.Failed || offer.State == marketplace.Canceled:
			r.result.State, r.result.Operation = offer.State, offer
			return "", &Error{Reason: EndedBadly}
		}
		if len(r.result.Operation.Steps) == 0 {
			r.result.Operation.Steps = offer.Steps
		}
		r.result.Operation.Preview = append(r.result.Operation.Preview, offer.Preview...)
		r.result.Operation.Live = append(r.result.Operation.Live, offer.Live...)
		return offer.State, nil
	}
}

// settledOffer reads the offer's status. For a run to the preview, which has it, two minutes of trouble are enough: then
// the operation's own end has to do.
func (r *runner) settledOffer(ctx context.Context) (marketplace.Operation, error) {
	if r.Goal != Preview {
		return r.offer(ctx)
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	offer, err := r.offer(short)
	if err != nil && short.Err() != nil && (ctx.Err() == nil || context.Cause(ctx) == errTimeout) {
		return marketplace.Operation{State: marketplace.Succeeded}, nil
	}
	return offer, err
}

// watch waits for what somebody else does with the preview: an operation that appears is followed.
func (r *runner) watch(ctx context.Context) error {
	if r.result.State == marketplace.AtSignOff {
		r.observe(AtPreview{Watching: true})
	}
	r.waiting = true
	waits := r.waits(r.PollInterval, r.MaxPollInterval)
	d := max(waits.NextBackOff(), r.PollInterval)
	var err error
	for {
		r.farewellTo(d)
		if r.wait(ctx, d) != nil {
			return r.stopped(ctx, err)
		}
		var offer marketplace.Operation
		offer, err = r.service.OfferStatus(ctx)
		d = max(waits.NextBackOff(), r.PollInterval)
		switch e := final(err); {
		case ctx.Err() != nil:
			return r.stopped(ctx, err)
		case e != nil && e.Reason == NotAllowed:
			return e
		case err != nil:
			d = max(d, asked(err))
			r.fault(err, d)
		default:
			r.recovered()
			r.see(r.result.Path, offer)
			switch offer.State {
			case marketplace.Succeeded:
				return nil
			case marketplace.Failed, marketplace.Canceled:
				return &Error{Reason: EndedBadly}
			case marketplace.AtSignOff:
				switch {
				case r.Goal != Live:
					return nil
				case r.Command == Publish && !r.wentLive:
					return r.goLive(ctx)
				}
			case marketplace.Running:
				s, err := r.survey(ctx)
				if err != nil {
					return err
				}
				if s.running != nil && s.running.Path != "" && s.running.Path != r.result.Path {
					r.observe(Following{Kind: s.running.Kind, Path: s.running.Path, Own: true})
					return r.pursue(ctx, target{path: s.running.Path, kind: s.running.Kind, seen: &s.detail})
				}
			}
			d = max(d, offer.RetryAfter)
			r.observe(Looked{Operation: offer, Next: d})
		}
	}
}
