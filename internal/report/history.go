package report

import (
	"time"

	"publish-offer/internal/marketplace"
)

// history is what was seen of the followed operation, and when: most services tell no times of steps themselves.
type history struct {
	kind  marketplace.Kind
	ref   marketplace.Ref
	own   bool // it counts as this run's own
	state marketplace.State
	seen  marketplace.Details // what the last look saw
	steps []*seen
}

// seen is one step and the stretches of time in which it was seen in a state.
type seen struct {
	marketplace.Step
	shown     int // percent when it was last told
	stretches []stretch
}

// stretch is the time from the look that first saw a state to the one that first saw another.
type stretch struct {
	state    marketplace.StepState
	from, to time.Time
}

// What a service that renames its steps or flips their states with each look may add to memory.
const (
	maxSteps     = 200
	maxStretches = 100
)

// longest is the longest time that a step is believed to have taken. Both ends are of the service's clock, which may be off.
const longest = 366 * 24 * time.Hour

// begin turns to another operation. A go-live goes on with the steps of the publish before it.
func (h *history) begin(k marketplace.Kind, ref marketplace.Ref, own bool) {
	goesOn := own && h.own && k == marketplace.GoLive
	steps := h.steps
	if ref.Path != h.ref.Path && !goesOn {
		steps = nil
	}
	*h = history{kind: k, ref: ref, own: own, steps: steps}
}

// change is a step that is worth a line.
type change struct {
	*marketplace.Step
	entered bool // it is in another state; else only further
}

// changes takes a look in and returns the steps that are worth a line: another state, or a quarter more done.
func (h *history) changes(d marketplace.Details, state marketplace.State, now time.Time) []change {
	h.state, h.seen = state, d
	var changed []change
	for i := range d.Steps {
		s := &d.Steps[i]
		old := h.find(s)
		if old == nil {
			if len(h.steps) == maxSteps {
				continue
			}
			old = &seen{Step: marketplace.Step{State: marketplace.StepNotStarted}}
			h.steps = append(h.steps, old)
		}
		entered := old.State != s.State
		further := s.State == marketplace.StepRunning && s.Percent/25 > old.shown/25
		if entered || further {
			changed = append(changed, change{s, entered})
			old.shown = s.Percent
		}
		old.Step = *s
		old.stretch(now)
	}
	return changed
}

// stretch notes that the step was seen in its state.
func (s *seen) stretch(now time.Time) {
	if n := len(s.stretches); n > 0 {
		s.stretches[n-1].to = now
		if s.stretches[n-1].state == s.State || n == maxStretches {
			return
		}
	}
	s.stretches = append(s.stretches, stretch{s.State, now, now})
}

// find is the step as it was seen before: by its name, or where the service has renamed it by its id.
func (h *history) find(s *marketplace.Step) *seen {
	var renamed *seen
	for _, old := range h.steps {
		switch {
		case old.ID != s.ID:
		case old.Name == s.Name:
			return old
		case s.ID != "":
			renamed = old
		}
	}
	return renamed
}

// now says where the operation is, in one phrase.
func (h *history) now() string {
	for _, s := range h.steps {
		if idle(s.State) || len(s.stretches) == 0 || h.state.Ended() {
			continue
		}
		text := s.Name + " is " + progress(&s.Step)
		if d := time.Since(s.since()); d > 0 {
			text += ", for " + span(d)
		}
		return text
	}
	return operation(h.kind) + " " + phrase(h.state)
}

// since is when the step was first seen in its state.
func (s *seen) since() time.Time { return s.stretches[len(s.stretches)-1].from }

// elapsed is how long the step was at work: by the service's own times, else as far as the looks tell; 0 for one that no
// look saw begin and end.
func (s *seen) elapsed(now time.Time) time.Duration {
	if took := s.Ended.Sub(s.Began); over(s.State) && !s.Began.IsZero() && took >= 0 && took < longest {
		return took
	}
	for _, began := range s.stretches {
		if idle(began.state) {
			continue
		}
		end := now
		if over(s.State) {
			end = s.since()
		}
		return max(0, end.Sub(began.from))
	}
	return 0
}

// idle tells whether nothing happens in the state: not yet, or not any more.
func idle(s marketplace.StepState) bool {
	return s == marketplace.StepNotStarted || s == marketplace.StepComplete
}

// over tells whether a step does not leave the state any more.
func over(s marketplace.StepState) bool {
	return s == marketplace.StepComplete || s == marketplace.StepRejected || s == marketplace.StepFailed || s == marketplace.StepCanceled
}
