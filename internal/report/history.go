package report

import (
	"fmt"
	"time"

	"publish-offer/internal/marketplace"
)

// history is what was seen of the followed operation, and when: the service itself tells no times of steps.
type history struct {
	kind  marketplace.Kind
	path  string
	own   bool // it counts as this run's own
	state marketplace.State
	seen  marketplace.Operation // what the last look saw
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

// begin turns to another operation. A go-live goes on with the steps of the publish before it.
func (h *history) begin(k marketplace.Kind, path string, own bool) {
	if path != h.path && !(own && h.own && k == marketplace.GoLive) {
		h.steps = nil
	}
	h.kind, h.path, h.own, h.state, h.seen = k, path, own, "", marketplace.Operation{}
}

// changes takes a look in and returns the steps that are worth a line: another state, or a quarter more done.
func (h *history) changes(op *marketplace.Operation, now time.Time) []*marketplace.Step {
	h.state, h.seen = op.State, *op
	var changed []*marketplace.Step
	for i := range op.Steps {
		s := &op.Steps[i]
		old := h.find(s)
		if old == nil {
			if len(h.steps) == maxSteps {
				continue
			}
			old = &seen{Step: marketplace.Step{State: marketplace.StepNotStarted}}
			h.steps = append(h.steps, old)
		}
		if old.State != s.State || s.State == marketplace.StepRunning && s.Percent/25 > old.shown/25 {
			changed = append(changed, s)
			old.shown = s.Percent
		}
		old.Step = *s
		if n := len(old.stretches); n > 0 {
			old.stretches[n-1].to = now
			if old.stretches[n-1].state == s.State || n == maxStretches {
				continue
			}
		}
		old.stretches = append(old.stretches, stretch{s.State, now, now})
	}
	return changed
}

func (h *history) find(s *marketplace.Step) *seen {
	for _, old := range h.steps {
		if old.ID == s.ID && old.Name == s.Name {
			return old
		}
	}
	return nil
}

// now says where the operation is, in one phrase.
func (h *history) now() string {
	for _, s := range h.steps {
		if idle(s.State) || len(s.stretches) == 0 {
			continue
		}
		return fmt.Sprintf("%s is %s for %s", s.Name, s.State, span(time.Since(s.since())))
	}
	return operation(h.kind) + " " + phrase(h.state)
}

// since is when the step was first seen in its state.
func (s *seen) since() time.Time { return s.stretches[len(s.stretches)-1].from }

// elapsed is how long the step was seen at work, as far as the looks tell: 0 for one that no look saw begin and end.
func (s *seen) elapsed(now time.Time) time.Duration {
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
	switch s {
	case marketplace.StepComplete, marketplace.StepRejected, marketplace.StepFailed, marketplace.StepCanceled:
		return true
	}
	return false
}
