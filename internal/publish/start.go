package publish

import (
	"context"
	"errors"
	"time"

	"publish-offer/internal/marketplace"
)

// target is an operation to follow.
type target struct {
	path  string
	kind  marketplace.Kind       // "" where the order named the operation and nobody knows
	seen  *marketplace.Operation // what a look just now saw; nil if there was none
	after time.Duration          // how long to leave it alone before the first look
	own   bool                   // this run started it
}

// start orders a publish or a go-live exactly once. An order is sent again only when it is certain that the one before
// did nothing: it cannot have left this machine, the service turned it away unread (429), or neither the list of
// operations nor the offer's status show a trace of it for a while. Even then the one before stays in doubt: it may take
// effect late, so that whatever follows is read in that light.
func (r *runner) start(ctx context.Context, kind marketplace.Kind, s situation) (target, error) {
	st := starting{runner: r, kind: kind, s: s, since: time.Now(), known: r.result.Path != "", waits: r.retries()}
	for {
		if ctx.Err() != nil {
			return target{}, st.ends(r.stopped(ctx, nil))
		}
		accepted, err := r.post(ctx, kind)
		if err == nil {
			return r.accepted(ctx, kind, s, accepted)
		}
		t, err := st.failed(ctx, err)
		if t != nil {
			return *t, nil
		}
		if err != nil {
			return target{}, err
		}
	}
}

// starting is a start that has not succeeded yet.
type starting struct {
	*runner
	kind      marketplace.Kind
	s         situation
	waits     capped
	since     time.Time // when the service was last heard
	known     bool      // there is a publish of this run before this go-live
	throttled int
	unsent    int
	resent    int
	doubt     error // of an order whose outcome never became clear
}

// ends makes an end of it; where an order is in doubt that is what has to be told.
func (st *starting) ends(e *Error) *Error {
	if e.Kind = st.kind; st.doubt != nil {
		if e.MayRun = true; e.Reason != Interrupted {
			e.Reason = Unclear
		}
	}
	return e
}

// failed deals with an order that was not answered as it should. It returns the operation to follow, or the end of the
// run, or neither: then the order may be sent again.
func (st *starting) failed(ctx context.Context, err error) (*target, error) {
	if st.doubt != nil && final(err) != nil { // it is refused, perhaps, because the one in doubt runs
		if item, _ := st.establish(ctx, st.kind, st.s, st.doubt); item != nil {
			return st.took(item), nil
		}
		if ctx.Err() != nil {
			return nil, st.ends(st.stopped(ctx, err))
		}
		return nil, st.ends(&Error{Reason: Unclear, Err: err})
	}
	switch fault := faultOf(err); {
	case unsent(err):
		left := patience - time.Since(st.since)
		if st.known {
			left = st.Timeout
		}
		if left <= 0 {
			return nil, st.ends(exhausted(err))
		}
		st.unsent++
		return st.again(ctx, err, min(st.waits.NextBackOff(), left))
	case fault == marketplace.Throttled:
		if st.throttled++; st.throttled > throttles {
			return nil, st.ends(st.unstarted(err))
		}
		st.since = time.Now()
		return st.again(ctx, err, max(st.waits.NextBackOff(), asked(err)))
	case fault == marketplace.Refused || fault == marketplace.NotFound:
		return nil, st.declined(ctx, st.kind, err)
	case fault == marketplace.SignIn || fault == marketplace.Unauthorized || fault == marketplace.Forbidden:
		return nil, st.ends(&Error{Reason: NotAllowed, Err: err})
	}
	st.doubt = err
	item, clear := st.establish(ctx, st.kind, st.s, err)
	switch {
	case item != nil:
		return st.took(item), nil
	case ctx.Err() != nil:
		return nil, st.ends(st.stopped(ctx, err))
	case !clear:
		return nil, st.ends(&Error{Reason: Unclear, Err: err})
	}
	if st.resent++; st.resent > resends {
		return nil, st.ends(st.unstarted(err))
	}
	st.observe(Retrying{Kind: st.kind, Err: err})
	st.since = time.Now()
	return nil, nil
}

// again waits before the order is sent again, and makes sure that nothing came up in the meantime.
func (st *starting) again(ctx context.Context, err error, d time.Duration) (*target, error) {
	st.observe(Retrying{Kind: st.kind, Err: err, Next: d, Again: st.unsent > 1})
	if st.wait(ctx, d) != nil {
		return nil, st.ends(st.stopped(ctx, err))
	}
	if st.doubt == nil && d < patience {
		return nil, nil
	}
	list, listErr := st.list(ctx)
	if e := (*Error)(nil); errors.As(listErr, &e) {
		return nil, st.ends(e)
	}
	if item := fresh(st.kind, st.s, list); item != nil && st.doubt != nil {
		return st.took(item), nil
	}
	if other := fresh(marketplace.Publish, st.s, list); other != nil && st.kind == marketplace.GoLive && st.doubt == nil {
		return nil, st.ends(&Error{Reason: Conflict, Err: err, Other: other}) // the preview may be theirs by now
	}
	if st.doubt == nil {
		st.s.list, st.s.at = list, time.Now() // what others started since is not ours
	}
	return nil, nil
}

func (st *starting) took(item *marketplace.Listed) *target {
	t := st.note(target{path: item.Path, kind: st.kind}, st.s, "the answer to the order was lost")
	return &t
}

// unstarted is the end of a start that the service never took. Where a publish stands behind it, that one is not lost.
func (r *runner) unstarted(err error) *Error {
	if r.result.Path != "" {
		return &Error{Reason: TimedOut, Err: err, Bound: true, Detail: "the go-live could not be started"}
	}
	return &Error{Reason: OutOfReach, Err: err}
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
			e := &Error{Reason: Unclear, MayRun: true, Kind: kind, Detail: "the start was accepted, but its operation is neither named nor listed"}
			if stop := context.Cause(ctx); stop != nil && stop != errTimeout {
				e.Reason, e.Err = Interrupted, stop
			}
			return target{}, e
		}
		return r.note(target{path: item.Path, kind: kind}, s, "the answer to the order named no operation"), nil
	}
	return r.note(target{path: a.Path, kind: kind, after: max(a.RetryAfter, r.PollInterval)}, s, ""), nil
}

// note keeps and tells what was started.
func (r *runner) note(t target, s situation, found string) target {
	t.own = true
	r.started, r.kind, r.startedAt, r.baseline = t.path, t.kind, time.Now(), s.list
	r.waiting, r.wentLive = false, r.wentLive || t.kind == marketplace.GoLive
	r.result = Result{Path: t.path, State: marketplace.Running}
	r.observe(Started{Kind: t.kind, Path: t.path, Found: found})
	return t
}

// establish looks for the traces of an order: a new operation in the list, or an offer that moves although nothing did
// before. clear means that the list and the status could be read at the end, and that no look showed a trace. cause is nil where the
// service did accept the order, and only its operation is sought.
func (r *runner) establish(ctx context.Context, kind marketplace.Kind, s situation, cause error) (item *marketplace.Listed, clear bool) {
	window := r.window()
	if cause != nil && ctx.Err() == nil {
		r.observe(Checking{Kind: kind, Err: cause, Window: window})
	}
	if d := min(asked(cause), patience); d > 0 && r.wait(ctx, d) != nil {
		return nil, false
	}
	var before marketplace.State // of the offer, when it was read first
	moved := false
	end := time.Now().Add(window)
	// A read that stalls must not stretch the window; the last one needs a moment, too.
	reads, cancel := context.WithDeadline(ctx, end.Add(max(window/10, 5*time.Second)))
	defer cancel()
	for {
		var offerErr error
		list, listErr := r.service.Operations(reads)
		if listErr == nil {
			if item := fresh(kind, s, list); item != nil {
				r.recovered()
				return item, false
			}
		}
		if cause != nil {
			var offer marketplace.Operation
			offer, offerErr = r.service.OfferStatus(reads)
			if offerErr == nil {
				if before == "" {
					before = offer.State
					moved = r.surprising(s, offer)
				}
				moved = moved || offer.State != before || !still(kind, offer)
			}
			clear = listErr == nil && offerErr == nil && !moved
		}
		left := time.Until(end)
		d := max(min(window/10, left), asked(listErr), asked(offerErr))
		if left <= 0 || d > left || r.wait(ctx, d) != nil {
			return nil, clear && ctx.Err() == nil
		}
	}
}

// surprising reports whether the offer has failed or was canceled although the last operation of the baseline was not.
func (r *runner) surprising(s situation, offer marketplace.Operation) bool {
	if offer.State != marketplace.Failed && offer.State != marketplace.Canceled {
		return false
	}
	var last *marketplace.Listed
	for _, item := range s.list {
		if item.Kind != marketplace.Cancellation && (last == nil || item.Changed.After(last.Changed)) {
			last = &item
		}
	}
	return last != nil && last.State.Ended() && last.State != offer.State
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

// declined tells the service's refusal of this order from one because another operation got in first. A run that adopts
// looks for that one for a while: the job before this may have been killed the moment after its start.
func (r *runner) declined(ctx context.Context, kind marketplace.Kind, err error) error {
	for end := time.Now().Add(r.window()); ; {
		now, listErr := r.survey(ctx)
		if listErr == nil && now.running != nil {
			return &Error{Reason: Conflict, Err: err, Other: now.running, other: &now}
		}
		if m := (*marketplace.Error)(nil); r.IfRunning != Adopt || errors.As(err, &m) && m.Status != 409 || listErr != nil || time.Until(end) <= 0 || r.wait(ctx, r.PollInterval) != nil {
			if e := r.stopped(ctx, err); ctx.Err() != nil && e.Reason == Interrupted {
				return e
			}
			return &Error{Reason: Declined, Err: err, Kind: kind}
		}
	}
}
