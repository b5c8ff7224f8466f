package publish

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"

	"publish-offer/internal/marketplace"
)

type runner struct {
	Order
	service Service
	observe func(Event)

	result    Result
	started   string               // path of the operation that this run started last
	kind      marketplace.Kind     // of that
	startedAt time.Time            // when it was accepted
	baseline  []marketplace.Listed // what was listed before that
	canceled  map[string]bool      // paths whose cancellation this run ordered
	wentLive  bool                 // the started operation is a go-live: there is never a second one
	ordered   bool                 // the service was told to cancel something
	waiting   bool                 // for what somebody else does
	faulty    time.Time            // since when the service is out of reach; zero while it is not
	warned    map[string]bool
	farewell  bool      // SignInEnds was told
	alive     time.Time // when Alive was told last
	stoppedAt atomic.Int64
}

// read makes a read that must succeed before the run can go on: trouble that may pass is waited out, for two minutes
// while no operation is known, to the run's timeout once one is: then nothing but a refused sign-in is final.
func read[T any](ctx context.Context, r *runner, call func(context.Context) (T, error)) (T, error) {
	waits := r.retries()
	since := time.Now()
	for {
		v, err := call(ctx)
		if err == nil {
			r.recovered()
			return v, nil
		}
		if ctx.Err() != nil {
			return v, r.stopped(ctx, err)
		}
		known := r.result.Path != "" || r.waiting
		if e := final(err); e != nil && (!known || e.Reason == NotAllowed) {
			return v, e
		}
		left := patience - time.Since(since)
		if known {
			left = r.Timeout
		}
		if left <= 0 {
			return v, exhausted(err)
		}
		d := max(min(waits.NextBackOff(), left), asked(err))
		r.fault(err, d)
		if e := r.wait(ctx, d); e != nil {
			return v, r.stopped(ctx, err)
		}
	}
}

// exhausted is the end of patience with a fault that might have passed.
func exhausted(err error) *Error {
	if faultOf(err) == marketplace.SignIn {
		return &Error{Reason: NotAllowed, Err: err}
	}
	return &Error{Reason: OutOfReach, Err: err}
}

func (r *runner) list(ctx context.Context) ([]marketplace.Listed, error) {
	return read(ctx, r, r.service.Operations)
}

func (r *runner) offer(ctx context.Context) (marketplace.Operation, error) {
	op, err := read(ctx, r, r.service.OfferStatus)
	r.unknown(op)
	return op, err
}

// look reads an operation once. Where the answer carries no steps, only the offer's status can tell whether the preview
// waits for sign-off, and only its steps can show how far the operation is.
func (r *runner) look(ctx context.Context, path string) (marketplace.Operation, error) {
	op, _, err := r.lookBoth(ctx, path)
	return op, err
}

// lookBoth is look; byOffer tells that the sign-off is what the offer's status says, not the operation.
func (r *runner) lookBoth(ctx context.Context, path string) (op marketplace.Operation, byOffer bool, err error) {
	if path == "" {
		op, err = r.service.OfferStatus(ctx)
		return op, false, err
	}
	op, err = r.service.Operation(ctx, path)
	if err != nil || len(op.Steps) > 0 || op.State != marketplace.Running && op.State != marketplace.NotStarted {
		return op, false, err
	}
	offer, err := r.service.OfferStatus(ctx)
	if err != nil {
		return op, false, err
	}
	if offer.State == marketplace.AtSignOff {
		op.State, byOffer = marketplace.AtSignOff, true
	}
	op.Steps, op.Preview, op.Live = offer.Steps, offer.Preview, offer.Live
	op.RetryAfter = max(op.RetryAfter, offer.RetryAfter)
	return op, byOffer, nil
}

// window is for how long the service may be behind with what it shows: ten poll intervals, at most two minutes.
func (r *runner) window() time.Duration { return min(10*r.PollInterval, patience) }

// wait waits, with a sign of life now and then. It returns the context's cause if that ends first.
func (r *runner) wait(ctx context.Context, d time.Duration) error {
	for end := time.Now().Add(d); time.Until(end) > 0; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(time.Until(end), time.Until(r.alive.Add(heartbeat)))):
		}
		if time.Since(r.alive) >= heartbeat {
			r.alive = time.Now()
			r.observe(Alive{Path: r.result.Path})
		}
	}
	return context.Cause(ctx)
}

// waits is a source of growing intervals, varied so that many runs do not look at the same moment, and never above most.
func (r *runner) waits(from, most time.Duration) capped {
	return capped{most, backoff.NewExponentialBackOff(backoff.WithInitialInterval(from), backoff.WithMultiplier(1.3),
		backoff.WithRandomizationFactor(r.Jitter), backoff.WithMaxInterval(most), backoff.WithMaxElapsedTime(0))}
}

// retries is the source of intervals between tries of a call that failed: seconds while two minutes are all there is,
// growing to those between looks once an operation is known.
func (r *runner) retries() capped {
	if r.result.Path != "" || r.waiting {
		return r.waits(min(time.Second, r.PollInterval), r.MaxPollInterval)
	}
	return r.waits(min(time.Second, r.PollInterval), 15*time.Second)
}

// capped keeps the cap after the jitter: backoff applies it before.
type capped struct {
	most time.Duration
	*backoff.ExponentialBackOff
}

func (c capped) NextBackOff() time.Duration { return min(c.ExponentialBackOff.NextBackOff(), c.most) }

func asked(err error) time.Duration {
	if e, ok := err.(*marketplace.Error); ok {
		return e.RetryAfter
	}
	return 0
}

func (r *runner) fault(err error, next time.Duration) {
	r.observe(Faulted{Err: err, Next: next, Again: !r.faulty.IsZero()})
	if r.faulty.IsZero() {
		r.faulty = time.Now()
	}
}

func (r *runner) recovered() {
	if !r.faulty.IsZero() {
		r.observe(Recovered{After: time.Since(r.faulty)})
		r.faulty = time.Time{}
	}
}

func (r *runner) unknown(op marketplace.Operation) {
	for _, word := range op.Unknown {
		if !r.warned[word] {
			r.warned[word] = true
			r.observe(Unknown{Word: word})
		}
	}
}

// see keeps what a look at the followed operation saw.
func (r *runner) see(path string, op marketplace.Operation) {
	r.unknown(op)
	r.result = Result{Path: path, State: op.State, Operation: op, Foreign: r.result.Foreign && r.result.Path == path}
}
