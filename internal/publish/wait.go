package publish

import (
	"context"
	"errors"

	"publish-offer/internal/marketplace"
)

func (r *runner) waitCommand(ctx context.Context) error {
	if r.Operation != "" {
		r.observe(Following{Path: r.Operation, Own: true})
		if r.Goal == Accepted {
			return r.glance(ctx)
		}
		return r.pursue(ctx, target{path: r.Operation})
	}
	s, err := r.survey(ctx)
	switch {
	case err != nil:
		return err
	case s.running != nil:
		return r.adopt(ctx, s)
	case s.parked != nil:
		r.see(s.parked.Path, s.detail)
		return r.waitAt(ctx, s.detail)
	}
	offer, err := r.offer(ctx)
	if err != nil {
		return err
	}
	r.see("", offer)
	return r.waitAt(ctx, offer)
}

// glance looks at the named operation once: it exists, and has not ended badly.
func (r *runner) glance(ctx context.Context) error {
	op, err := read(ctx, r, func(ctx context.Context) (marketplace.Operation, error) { return r.look(ctx, r.Operation) })
	r.result = Result{Path: r.Operation, State: marketplace.Running}
	if err != nil {
		return unknownOperation(err)
	}
	r.see(r.Operation, op)
	r.observe(Looked{Operation: op, Path: r.Operation})
	if op.State == marketplace.Failed || op.State == marketplace.Canceled {
		return &Error{Reason: EndedBadly}
	}
	return nil
}

// unknownOperation: a 404 to the path of an operation says nothing about the offer.
func unknownOperation(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) && e.Reason == NoOffer {
		e.Reason = Lost
	}
	return err
}

// waitAt judges an offer on which no operation runs.
func (r *runner) waitAt(ctx context.Context, offer marketplace.Operation) error {
	switch {
	case offer.State == marketplace.Failed || offer.State == marketplace.Canceled:
		return &Error{Reason: EndedBadly}
	case offer.State == marketplace.NotStarted:
		return &Error{Reason: Conflict, State: offer.State}
	case offer.State == marketplace.Running && r.Goal != Accepted || offer.State == marketplace.AtSignOff && r.Goal == Live:
		return r.watch(ctx)
	}
	if offer.State != marketplace.Running {
		r.observe(Nothing{Command: Wait, State: offer.State})
	}
	return nil
}

func (r *runner) statusCommand(ctx context.Context) error {
	_, err := r.overview(ctx)
	return err
}

// overview looks once at everything there is to see.
func (r *runner) overview(ctx context.Context) (situation, error) {
	offer, err := r.offer(ctx)
	if err != nil {
		return situation{}, err
	}
	r.result = Result{State: offer.State, Operation: offer}
	s, err := r.survey(ctx)
	if err != nil {
		return s, err
	}
	seen := Overview{Offer: offer, Running: s.running}
	if s.running == nil {
		seen.Running = s.parked
	}
	if seen.Running != nil {
		seen.Path, seen.Detail = seen.Running.Path, &s.detail
	}
	if r.Operation != "" {
		op, err := read(ctx, r, func(ctx context.Context) (marketplace.Operation, error) { return r.look(ctx, r.Operation) })
		if err != nil {
			return s, unknownOperation(err)
		}
		seen.Path, seen.Detail = r.Operation, &op
	}
	if seen.Detail != nil {
		r.see(seen.Path, *seen.Detail)
	}
	r.observe(seen)
	return s, nil
}
