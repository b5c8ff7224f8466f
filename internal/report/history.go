package report

import (
	"fmt"
	"time"

	"publish-offer/internal/marketplace"
)

// history is what was seen of the followed operation, and when: the service itself tells no times of steps.
type history struct {
	began time.Time
	kind  marketplace.Kind
	path  string
	state marketplace.State
	steps []*seen
}

// seen is one step and the stretches of time in which it was seen in a state.
type seen struct {
	marketplace.Step
	shown     int // percent when it was last told
	stretches []stretch
}

type stretch struct {
	state    marketplace.StepState
	from, to time.Time
}

func newHistory(began time.Time) *history { return &history{began: began} }

// begin turns to another operation; what was seen of the steps before stays.
func (h *history) begin(k marketplace.Kind, path string, _ time.Time) {
	h.kind, h.path, h.state = k, path, ""
}

// changes takes a look in and returns the steps that are worth a line: another state, or a quarter more done.
func (h *history) changes(op marketplace.Operation, now time.Time) []marketplace.Step {
	h.state = op.State
	var changed []marketplace.Step
	for _, s := range op.Steps {
		old := h.find(s)
		if old == nil {
			old = &seen{Step: marketplace.Step{State: marketplace.StepNotStarted}}
			h.steps = append(h.steps, old)
		}
		if old.State != s.State || s.State == marketplace.StepRunning && s.Percent/25 > old.shown/25 {
			changed = append(changed, s)
			old.shown = s.Percent
		}
		old.Step = s
		if n := len(old.stretches); n > 0 {
			old.stretches[n-1].to = now
			if old.stretches[n-1].state == s.State {
				continue
			}
		}
		old.stretches = append(old.stretches, stretch{s.State, now, now})
	}
	return changed
}

func (h *history) find(s marketplace.Step) *seen {
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
		if s.State == marketplace.StepComplete || s.State == marketplace.StepNotStarted || len(s.stretches) == 0 {
			continue
		}
		return fmt.Sprintf("%s is %s for %s", s.Name, s.State, span(time.Since(s.stretches[len(s.stretches)-1].from)))
	}
	return operation(h.kind) + " " + phrase(h.state)
}
