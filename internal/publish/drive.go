package publish

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"

	"publish-offer/internal/marketplace"
)

// Bounds of the driver, which no input changes.
const (
	grace     = 3 * time.Second         // how long an order under way may go on after a signal
	ending    = 4200 * time.Millisecond // how long the whole ending may take
	heartbeat = time.Minute             // between two signs of life; who hears them decides which to show
	steady    = 15 * time.Second        // the longest pause between retries while no operation is known
)

var errTimeout = errors.New("timeout reached")

// driver does what the core says. It owns the context, the clock and the growing pauses, and decides nothing.
type driver struct {
	Order
	service Service
	observe func(Event)

	run      Run
	retries  capped
	polls    capped
	alive    time.Time // when Alive was told last
	warned   map[string]bool
	farewell bool      // SignInEnds was told
	due      time.Time // when the next step is to be done
}

// Do carries out the order. The context's end is an interruption; the order's timeout is the run's own. The result is
// filled in as far as it is known even where the error, an *Error, is not nil.
func Do(ctx context.Context, s Service, o Order, observe func(Event)) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, errTimeout)
	defer cancel()
	now := time.Now()
	d := &driver{Order: o, service: s, observe: observe, run: Begin(o, now), alive: now, warned: map[string]bool{}}
	d.tell(d.run.events, 0)
	d.run.events = nil
	var clock atomic.Int64 // when the context ended
	defer context.AfterFunc(ctx, func() { clock.Store(time.Now().UnixNano()) })()
	for {
		step := d.run.Next()
		if step.Do == Finish {
			if step.Err != nil {
				return step.Result, step.Err
			}
			return step.Result, nil
		}
		f, alive := d.perform(ctx, step)
		if alive {
			d.learn(f)
		}
		if ctx.Err() != nil {
			d.learn(d.stop(ctx, f.Err))
			var done context.CancelFunc
			ctx, done = context.WithDeadline(context.WithoutCancel(ctx), stoppedAt(&clock).Add(ending))
			defer done()
		}
	}
}

// stop is the fact that the run's time is over.
func (d *driver) stop(ctx context.Context, aborted error) Fact {
	cause := context.Cause(ctx)
	return Fact{At: time.Now(), Stopped: true, TimedOut: errors.Is(cause, errTimeout), Err: cause, Aborted: aborted}
}

// learn hands a fact to the core and tells what came of it, with the pause until the next request.
func (d *driver) learn(f Fact) {
	var events []Event
	d.run, events = d.run.Learn(f)
	step := d.run.Next()
	next := d.pause(step)
	d.due = f.At.Add(next)
	if step.Do == Finish {
		next = 0
	}
	d.farewellTo(next)
	d.tell(events, next)
}

// pause is how long a step waits.
func (d *driver) pause(s Step) time.Duration {
	var p time.Duration
	first, most := d.Pace()
	switch s.Pause {
	case Retry:
		if s.Fresh || d.retries.ExponentialBackOff == nil {
			longest := most // once an operation is known days are at stake, before that two minutes
			if !d.run.known() {
				longest = min(steady, most)
			}
			d.retries = d.intervals(min(time.Second, first), longest)
		}
		p = d.retries.NextBackOff()
	case Poll:
		if s.Fresh || d.polls.ExponentialBackOff == nil {
			d.polls = d.intervals(first, most)
		}
		p = max(d.polls.NextBackOff(), first)
	case CatchUp:
		p = d.Window / 10
	}
	if !s.Until.IsZero() {
		p = max(0, min(p, time.Until(s.Until)))
	}
	return max(p, s.AtLeast)
}

// intervals is a source of growing pauses, varied so that many runs do not look at the same moment, and never above most.
func (d *driver) intervals(from, most time.Duration) capped {
	return capped{most, backoff.NewExponentialBackOff(backoff.WithInitialInterval(from), backoff.WithMultiplier(1.3),
		backoff.WithRandomizationFactor(d.Jitter), backoff.WithMaxInterval(most), backoff.WithMaxElapsedTime(0))}
}

// capped keeps the cap after the jitter: backoff applies it before.
type capped struct {
	most time.Duration
	*backoff.ExponentialBackOff
}

func (c capped) NextBackOff() time.Duration { return min(c.ExponentialBackOff.NextBackOff(), c.most) }

// perform waits and makes one call. alive is false where the context's end was first: then nothing is to be learned from
// the call, but from an order, which is not aborted.
func (d *driver) perform(ctx context.Context, s Step) (f Fact, alive bool) {
	if d.wait(ctx, time.Until(d.due)) != nil {
		return f, false
	}
	switch s.Do {
	case ReadList:
		f.List, f.Err = d.service.Operations(ctx)
	case ReadOffer:
		f.Offer, f.Err = d.service.Offer(ctx)
	case Look:
		f.Operation, f.Err = d.service.Operation(ctx, s.Ref)
	case Send, SendCancel:
		free, done := d.graceful(ctx)
		defer done()
		if s.Do == Send {
			f.Accepted, f.Err = d.service.Start(free, s.Start)
		} else {
			f.Accepted, f.Err = d.service.Cancel(free, s.Ref)
		}
		f.At = time.Now()
		never := ctx.Err() != nil && marketplace.FaultOf(f.Err) == marketplace.NotSent
		return f, !never
	}
	f.At = time.Now()
	return f, ctx.Err() == nil || f.Err == nil
}

// stoppedAt is when the context ended, which a goroutine of its own notes, perhaps a moment late.
func stoppedAt(clock *atomic.Int64) time.Time {
	if at := clock.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Now()
}

// graceful is a context that outlives ctx by a short while: an order under way is not aborted by a signal or the
// timeout, and one that has not left does not leave any more. What is sent while the run ends has no more time than that.
func (d *driver) graceful(ctx context.Context) (context.Context, func()) {
	if d.run.task == closing {
		return ctx, func() {}
	}
	free, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-free.Done():
		case <-time.After(grace):
			cancel(context.Cause(ctx))
		}
	})
	return marketplace.Outliving(free, ctx), func() {
		stop()
		cancel(nil)
	}
}

// wait waits, with a sign of life now and then. It returns the context's cause if that ends first.
func (d *driver) wait(ctx context.Context, long time.Duration) error {
	for end := time.Now().Add(long); time.Until(end) > 0; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(time.Until(end), time.Until(d.alive.Add(heartbeat)))):
		}
		if time.Since(d.alive) >= heartbeat {
			d.alive = time.Now()
			d.observe(Alive{Ref: d.run.f.ref})
		}
	}
	return context.Cause(ctx)
}

// tell hands events to the observer, filled in with what only the driver knows.
func (d *driver) tell(events []Event, next time.Duration) {
	for _, e := range events {
		switch e := e.(type) {
		case Looked:
			e.Next = next
			d.observe(e)
		case Faulted:
			e.Next = next
			d.observe(e)
		case Retrying:
			e.Next = next
			d.observe(e)
		case UnknownWord:
			if !d.warned[e.Word] {
				d.warned[e.Word] = true
				d.observe(e)
			}
		default:
			d.observe(e)
		}
	}
}

// farewellTo tells once that no new token can be had soon, while there is time to act on it.
func (d *driver) farewellTo(next time.Duration) {
	if !d.SignInEnds.IsZero() && !d.farewell && time.Until(d.SignInEnds) < 2*next+time.Minute {
		d.farewell = true
		d.observe(SignInEnds{At: d.SignInEnds})
	}
}
