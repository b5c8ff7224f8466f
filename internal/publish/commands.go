package publish

import (
	"context"
	"errors"
	"time"

	"publish-offer/internal/marketplace"
)

func (r *runner) publishCommand(ctx context.Context) error {
	s, err := r.clearWay(ctx)
	if err != nil {
		return err
	}
	if s.running != nil { // adopted
		return r.adopt(ctx, s)
	}
	if r.IfRunning == Adopt && s.parked != nil {
		return r.adoptPreview(ctx, s.parked.Path)
	}
	t, err := r.start(ctx, marketplace.Publish, s)
	if e := (*Error)(nil); errors.As(err, &e) && e.other != nil && r.IfRunning == Adopt && r.adoptable(e.Other.Kind) {
		return r.adopt(ctx, *e.other)
	}
	if err != nil {
		return err
	}
	return r.pursue(ctx, t)
}

// adoptable tells whether a running operation of the kind leads to the goal of a publish.
func (r *runner) adoptable(kind marketplace.Kind) bool {
	return kind == marketplace.Publish || kind == marketplace.GoLive && r.Goal == Live
}

// clearWay deals with an operation that runs already as the order says. It returns with nothing running, or with what
// is to be adopted.
func (r *runner) clearWay(ctx context.Context) (situation, error) {
	r.canceled = map[string]bool{}
	for end := time.Now().Add(patience); ; {
		s, err := r.survey(ctx)
		if err != nil {
			return s, err
		}
		if s.running == nil && r.IfRunning == Adopt && s.parked == nil {
			if s, err = r.unlisted(ctx, s); err != nil {
				return s, err
			}
		}
		if s.running == nil {
			return s, nil
		}
		conflict := &Error{Reason: Conflict, Other: s.running}
		switch kind := s.running.Kind; r.IfRunning {
		case Adopt:
			if r.adoptable(kind) {
				return s, nil
			}
			return s, conflict
		case LetEnd:
			err = r.letEnd(ctx, s)
		case CancelOther:
			switch {
			case r.canceled[s.running.Path] && time.Until(end) <= 0: // it is still listed, long after its end
				return s, conflict
			case r.canceled[s.running.Path]:
				r.waiting = true
				if r.wait(ctx, r.PollInterval) != nil {
					return s, r.stopped(ctx, nil)
				}
				continue
			case kind == marketplace.Cancellation: // somebody was faster
				err = r.letEnd(ctx, s)
			case kind != marketplace.Publish:
				return s, conflict
			default:
				r.canceled[s.running.Path] = true
				err = r.cancelOther(ctx, s.running)
				end = time.Now().Add(patience)
			}
		default:
			return s, conflict
		}
		if err != nil {
			return s, err
		}
	}
}

// cancelOther cancels somebody else's publish. One that comes to its end by itself in the meantime is not in the way
// either.
func (r *runner) cancelOther(ctx context.Context, item *marketplace.Listed) error {
	r.waiting, r.result.Foreign = true, true
	err := r.cancel(ctx, item.Path, item.Kind, false)
	var e *Error
	switch errors.As(err, &e); {
	case e != nil && e.Reason == Conflict && (r.result.State.Ended() || r.result.State == marketplace.AtSignOff):
		err = nil
	case e != nil && (e.Reason == Conflict || e.Reason == TimedOut && e.Bound):
		e.Reason, e.Other = Conflict, item
	}
	if err == nil {
		r.result, r.waiting = Result{}, false
	}
	return err
}

// unlisted makes sure, for a run that adopts, that nothing runs or waits for sign-off that the list does not show (yet):
// the run before this one may have been killed the moment after its start.
func (r *runner) unlisted(ctx context.Context, s situation) (situation, error) {
	window := r.window()
	for end := time.Now().Add(window); ; {
		offer, err := r.offer(ctx)
		switch {
		case err != nil:
			return s, err
		case offer.State == marketplace.AtSignOff:
			s.parked, s.detail = &marketplace.Listed{Kind: marketplace.Publish, State: offer.State}, offer
			return s, nil
		case offer.State != marketplace.Running:
			return s, nil
		case time.Until(end) <= 0:
			return s, &Error{Reason: Conflict, State: offer.State, Detail: "the offer's status says that something runs, and the list does not show it"}
		}
		if r.wait(ctx, window/10) != nil {
			return s, r.stopped(ctx, nil)
		}
		if s, err = r.survey(ctx); err != nil || s.running != nil || s.parked != nil {
			return s, err
		}
	}
}

func (r *runner) adopt(ctx context.Context, s situation) error {
	item := s.running
	r.observe(Following{Kind: item.Kind, Path: item.Path, Own: true})
	return r.pursue(ctx, target{path: item.Path, kind: item.Kind, seen: &s.detail})
}

func (r *runner) adoptPreview(ctx context.Context, path string) error {
	r.result = Result{Path: path, State: marketplace.AtSignOff}
	if r.Goal == Live {
		return r.goLive(ctx)
	}
	r.observe(Nothing{Command: r.Command, State: marketplace.AtSignOff})
	return nil
}

// letEnd follows somebody else's operation until it stands still, however it ends.
func (r *runner) letEnd(ctx context.Context, s situation) error {
	item := s.running
	r.waiting = true
	r.result = Result{Path: item.Path, State: item.State, Foreign: true}
	r.observe(Following{Kind: item.Kind, Path: item.Path})
	_, err := r.follow(ctx, target{path: item.Path, kind: item.Kind, seen: &s.detail})
	if err == nil {
		r.result, r.waiting = Result{}, false
	}
	return err
}
