package publish

import (
	"context"
	"time"

	"publish-offer/internal/marketplace"
)

// target is an operation to follow.
type target struct {
	path  string
	kind  marketplace.Kind       // "" where the order named the operation and nobody knows
	seen  *marketplace.Operation // what a look just now saw; nil if there was none
	after time.Duration          // how long to leave it alone before the first look
}

// start orders a publish or a go-live exactly once. An order is sent again only when it is certain that the one before
// did nothing: it cannot have left this machine, the service turned it away unread (429), or neither the list of
// operations nor the offer's status show a trace of it for a while.
func (r *runner) start(ctx context.Context, kind marketplace.Kind, s situation) (target, error) {
	waits := r.waits(min(time.Second, r.PollInterval), 15*time.Second)
	throttled, resent, since := 0, 0, time.Now()
	for {
		if ctx.Err() != nil {
			return target{}, r.stopped(ctx, nil)
		}
		accepted, err := r.post(ctx, kind)
		if err == nil {
			return r.accepted(ctx, kind, s, accepted)
		}
		again := func(d time.Duration) error {
			r.observe(Retrying{Kind: kind, Err: err, Next: d})
			if r.wait(ctx, d) != nil {
				return r.stopped(ctx, err)
			}
			return nil
		}
		switch fault := faultOf(err); {
		case unsent(err):
			left := patience - time.Since(since)
			if left <= 0 {
				return target{}, exhausted(err)
			}
			if err := again(min(waits.NextBackOff(), left)); err != nil {
				return target{}, err
			}
		case fault == marketplace.Throttled:
			if throttled++; throttled > throttles {
				return target{}, &Error{Reason: OutOfReach, Err: err}
			}
			if err := again(max(waits.NextBackOff(), asked(err))); err != nil {
				return target{}, err
			}
			since = time.Now()
		case fault == marketplace.Refused || fault == marketplace.NotFound:
			return target{}, r.declined(ctx, s, err)
		case fault == marketplace.SignIn || fault == marketplace.Unauthorized || fault == marketplace.Forbidden:
			return target{}, &Error{Reason: NotAllowed, Err: err}
		default:
			found, clear := r.establish(ctx, kind, s, err)
			switch {
			case found != nil:
				return r.found(kind, *found, "the answer to the order was lost"), nil
			case ctx.Err() != nil:
				e := r.stopped(ctx, err)
				if e.Reason != Interrupted {
					e.Reason = Unclear
				}
				e.MayRun = true
				return target{}, e
			case !clear:
				return target{}, &Error{Reason: Unclear, Err: err, MayRun: true}
			}
			if resent++; resent > resends {
				return target{}, &Error{Reason: OutOfReach, Err: err}
			}
			r.observe(Retrying{Kind: kind, Err: err})
			since = time.Now()
		}
	}
}

// post sends the order. A signal or the run's timeout does not abort it: a short while is left for its answer.
func (r *runner) post(ctx context.Context, kind marketplace.Kind) (marketplace.Accepted, error) {
	free, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		select {
		case <-done:
		case <-time.After(grace):
			cancel(context.Cause(ctx))
		}
	}()
	switch kind {
	case marketplace.GoLive:
		return r.service.GoLive(free)
	case marketplace.Cancellation:
		return r.service.Cancel(free)
	}
	return r.service.Publish(free, r.Emails)
}

// accepted takes note of the new operation before anything else happens. Without a location to be trusted it is
// recovered from the list.
func (r *runner) accepted(ctx context.Context, kind marketplace.Kind, s situation, a marketplace.Accepted) (target, error) {
	if a.Distrusted != "" {
		r.observe(Distrusted{Location: a.Distrusted})
	}
	if a.Path == "" {
		item, _ := r.establish(ctx, kind, s, nil)
		if item == nil {
			e := &Error{Reason: Unclear, MayRun: true, Detail: "the start was accepted, but its operation is neither named nor listed"}
			if stop := context.Cause(ctx); stop != nil && stop != errTimeout {
				e.Reason, e.Err = Interrupted, stop
			}
			return target{}, e
		}
		return r.found(kind, *item, "the answer to the order named no operation"), nil
	}
	return r.own(target{path: a.Path, kind: kind, after: max(a.RetryAfter, r.PollInterval)}, ""), nil
}

func (r *runner) found(kind marketplace.Kind, item marketplace.Listed, why string) target {
	return r.own(target{path: item.Path, kind: kind}, why)
}

func (r *runner) own(t target, found string) target {
	r.started, r.waiting, r.wentLive = t.path, false, r.wentLive || t.kind == marketplace.GoLive
	r.result = Result{Path: t.path, State: marketplace.Running}
	r.observe(Started{Kind: t.kind, Path: t.path, Found: found})
	return t
}

// establish looks for the traces of an order: a new operation in the list, or an offer that moves although nothing did
// before. clear means that the list and the status could be read at the end and show none. cause is nil where the
// service did accept the order, and only its operation is sought.
func (r *runner) establish(ctx context.Context, kind marketplace.Kind, s situation, cause error) (item *marketplace.Listed, clear bool) {
	window := min(10*r.PollInterval, patience)
	if cause != nil && ctx.Err() == nil {
		r.observe(Checking{Kind: kind, Err: cause, Window: window})
	}
	for end := time.Now().Add(window); ; {
		var offerErr error
		list, listErr := r.service.Operations(ctx)
		if listErr == nil {
			if item := fresh(kind, s.list, list); item != nil {
				r.recovered()
				return item, false
			}
		}
		if cause != nil {
			var offer marketplace.Operation
			offer, offerErr = r.service.OfferStatus(ctx)
			clear = listErr == nil && offerErr == nil && still(kind, offer)
		}
		left := time.Until(end)
		if left <= 0 || r.wait(ctx, max(min(window/10, left), asked(listErr), asked(offerErr))) != nil {
			return nil, clear && ctx.Err() == nil
		}
	}
}

// still reports whether the offer is where it was before the order: at rest or parked for a publish, parked for a go-live.
func still(kind marketplace.Kind, offer marketplace.Operation) bool {
	if kind == marketplace.GoLive {
		return offer.State == marketplace.AtSignOff
	}
	return offer.State != marketplace.Running && (offer.State != marketplace.NotStarted || offer.NeverPublished)
}

// unsent reports whether the service cannot have seen the order, and it may pass through a little later.
func unsent(err error) bool {
	fault := faultOf(err)
	return fault == marketplace.NotSent || fault == marketplace.SignIn && final(err) == nil
}

// declined tells the service's refusal of this order from one because another operation got in first.
func (r *runner) declined(ctx context.Context, s situation, err error) error {
	if now, listErr := r.survey(ctx); listErr == nil && now.running != nil {
		return &Error{Reason: Conflict, Err: err, Other: now.running}
	}
	return &Error{Reason: Declined, Err: err}
}
