package report

import (
	"cmp"
	"strings"

	"publish-offer/internal/ci"
	"publish-offer/internal/marketplace"
)

// End is how a run ended, or how it stands. The log, the outputs, the summary and the files are written from it alone,
// so that they agree.
type End struct {
	Headline string // the verdict in words
	Good     bool
	Running  bool   // the run has not ended
	Why      string // "" where the headline says it all; several lines are shown as a list
	Hints    []Hint

	Ref     marketplace.Ref
	State   marketplace.State // "" where nobody knows it
	Details marketplace.Details
}

// Message is the output `message`: one line on why, or what is waited for.
func (e End) Message() string {
	if e.Why == "" {
		return e.Headline
	}
	return strings.Join(strings.FieldsFunc(e.Why, func(c rune) bool { return c == '\n' }), "; ")
}

// Close prints how the run ended, and what to do next.
func (r *Report) Close(e End) {
	saidAll := e.Why == "" || e.Why == r.rehearsed
	switch {
	case e.Good && saidAll:
		r.line(ci.Good, e.Headline)
	case e.Good:
		r.line(ci.Good, e.Headline+": "+e.Message())
	case e.Why == "":
		r.screen.Annotate(ci.Error, "", e.Headline)
	default:
		if lines := strings.Split(e.Why, "\n"); len(lines) > 1 { // an annotation has but one
			for _, line := range lines {
				r.line(ci.Plain, line)
			}
		}
		r.screen.Annotate(ci.Error, e.Headline, e.Message())
	}
	for _, l := range e.Details.Reports {
		r.line(ci.Plain, cmp.Or(l.Text, "report")+": "+l.URL)
	}
	r.Advise(e.Hints)
}

// SoFar is how a run that has not ended stands: a summary of it can be shown as it goes.
func (r *Report) SoFar() End {
	h := &r.history
	e := End{Headline: h.now(), Running: true, Ref: h.ref, State: h.state, Details: h.seen}
	switch {
	case !h.ref.Known():
	case !h.own:
		e.Headline = "waiting for someone else's " + operation(h.kind) + ": " + e.Headline
	default:
		e.Hints = r.ifLost(h.ref)
	}
	return e
}
