package publish

import (
	"context"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// situation is where the offer stands before the run changes anything. The list in it is the baseline: an operation
// that is not in it is new.
type situation struct {
	at      time.Time
	list    []marketplace.Listed
	running *marketplace.Listed   // runs, and does not wait for sign-off
	parked  *marketplace.Listed   // waits for sign-off, whatever the list calls it
	detail  marketplace.Operation // of running or parked
}

// survey reads the list, and the detail of what is listed as running: only that tells whether it waits for sign-off.
func (r *runner) survey(ctx context.Context) (situation, error) {
	at := time.Now()
	list, err := r.list(ctx)
	if err != nil {
		return situation{}, err
	}
	s := situation{at: at, list: list}
	for _, item := range list {
		if item.State.Ended() {
			continue
		}
		detail, err := r.inspect(ctx, item)
		if err != nil {
			return s, err
		}
		switch {
		case detail.State.Ended(): // the list lags behind
		case item.Kind == marketplace.Cancellation && (s.running != nil || s.parked != nil): // it is about that one
		case detail.State == marketplace.AtSignOff && item.Kind != marketplace.GoLive && item.Kind != marketplace.Cancellation:
			if s.parked == nil || item.Changed.After(s.parked.Changed) {
				s.parked = &item
				if s.running == nil {
					s.detail = detail
				}
			}
		case s.running == nil || s.running.Kind == marketplace.Cancellation || item.Changed.After(s.running.Changed):
			s.running, s.detail = &item, detail
		}
	}
	return s, nil
}

// inspect reads the detail of a listed operation; of one that cannot be read by its id, the offer's status.
func (r *runner) inspect(ctx context.Context, item marketplace.Listed) (marketplace.Operation, error) {
	op, err := read(ctx, r, func(ctx context.Context) (marketplace.Operation, error) {
		op, err := r.look(ctx, item.Path)
		if err != nil && faultOf(err) == marketplace.NotFound && item.Path != "" {
			if op, err = r.service.OfferStatus(ctx); op.State.Ended() {
				op.State = marketplace.Running // what ended may be another than this
			}
		}
		return op, err
	})
	r.unknown(op)
	return op, err
}

// own tells whether the listed operation is the one that this run started: by its id, or, where the service gave a
// path without one, by being new and of the same kind.
func (r *runner) own(item marketplace.Listed) bool {
	if r.started == "" {
		return false
	}
	if id := marketplace.OperationID(r.started); id != "" {
		return strings.EqualFold(id, item.ID)
	}
	return item.Kind == r.kind && !slices.ContainsFunc(r.baseline, func(b marketplace.Listed) bool { return b.ID == item.ID })
}

// fresh is the operation that is in the list now and was not in the baseline. Of several the newest is taken. Kinds that
// the service names in words unknown to us may be ours, too.
func fresh(kind marketplace.Kind, s situation, now []marketplace.Listed) *marketplace.Listed {
	var newest *marketplace.Listed
	for _, n := range now {
		known := slices.ContainsFunc(s.list, func(b marketplace.Listed) bool { return b.ID == n.ID })
		if known || n.ID == "" || n.Kind != kind && n.Kind != marketplace.Other {
			continue
		}
		// A list may be short of old items once: what changed last before the order is not its operation.
		if !n.Changed.IsZero() && n.Changed.Before(s.at.Add(n.Ahead-slack)) {
			continue
		}
		if newest == nil || n.Changed.After(newest.Changed) {
			newest = &n
		}
	}
	return newest
}

// slack is how far two clocks that are both right may be apart.
const slack = 15 * time.Minute
