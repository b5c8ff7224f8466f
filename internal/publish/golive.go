package publish

import (
	"context"
	"errors"
	"time"

	"publish-offer/internal/marketplace"
)

// goLive orders the preview to go live, once, and follows that to the end. A go-live that somebody else ordered in the
// meantime is followed instead.
func (r *runner) goLive(ctx context.Context) error {
	s, err := r.survey(ctx)
	if err != nil {
		return err
	}
	if s.running != nil && s.running.Path != r.result.Path && !r.own(*s.running) {
		if s.running.Kind != marketplace.GoLive {
			return &Error{Reason: Conflict, Other: s.running}
		}
		return r.adopt(ctx, s)
	}
	r.observe(AtPreview{})
	return r.startGoLive(ctx, s)
}

// startGoLive orders it. One that is refused because the job before this ordered it already is that job's, and adopted.
func (r *runner) startGoLive(ctx context.Context, s situation) error {
	t, err := r.start(ctx, marketplace.GoLive, s)
	if e := (*Error)(nil); errors.As(err, &e) && e.other != nil && r.IfRunning == Adopt && e.Other.Kind == marketplace.GoLive {
		return r.adopt(ctx, *e.other)
	}
	if err != nil {
		return err
	}
	return r.pursue(ctx, t)
}

func (r *runner) goLiveCommand(ctx context.Context) error {
	if r.Goal != Accepted {
		r.Goal = Live
	}
	for waited := false; ; {
		s, err := r.survey(ctx)
		if err != nil {
			return err
		}
		if s.running == nil {
			return r.goLiveAt(ctx, s, waited)
		}
		switch kind := s.running.Kind; {
		case kind == marketplace.GoLive && r.IfRunning == Adopt:
			return r.adopt(ctx, s)
		case kind == marketplace.Publish && r.IfRunning == LetEnd:
			if err := r.letEnd(ctx, s); err != nil {
				return err
			}
			waited = true
		default:
			return &Error{Reason: Conflict, Other: s.running}
		}
	}
}

func (r *runner) goLiveAt(ctx context.Context, s situation, waited bool) error {
	if s.parked == nil && r.IfRunning == Adopt {
		var err error
		if s, err = r.unlisted(ctx, s); err != nil {
			return err
		}
		if s.running != nil && s.running.Kind != marketplace.GoLive {
			return &Error{Reason: Conflict, Other: s.running}
		}
		if s.running != nil {
			return r.adopt(ctx, s)
		}
	}
	if s.parked == nil {
		offer, err := r.offer(ctx)
		// after a wait the status may lag behind the operation that has just ended
		for end := time.Now().Add(r.window()); err == nil && waited && offer.State != marketplace.AtSignOff && time.Until(end) > 0; offer, err = r.offer(ctx) {
			if r.wait(ctx, r.PollInterval) != nil {
				return r.stopped(ctx, nil)
			}
		}
		if err != nil {
			return err
		}
		switch offer.State {
		case marketplace.AtSignOff:
		case marketplace.Succeeded:
			r.see("", offer)
			r.observe(Nothing{Command: GoLive, State: offer.State})
			return nil
		default:
			r.see("", offer)
			return &Error{Reason: Conflict, State: offer.State}
		}
	}
	return r.startGoLive(ctx, s)
}
