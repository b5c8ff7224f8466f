package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
)

func notes(p *paper) []string {
	var out []string
	for _, line := range strings.Split(p.String(), "\n") {
		if strings.HasPrefix(line, "ERROR") || strings.HasPrefix(line, "WARNING") || strings.HasPrefix(line, "debug") {
			out = append(out, line)
		}
	}
	return out
}

func TestMessagesComeInOrderOfImportanceAndOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		op := running(
			step("Validate", marketplace.StepComplete, 100, message("warning", "slow"), message("error", "old"), message("", "Step completed.")),
			step("Certification", marketplace.StepRejected, 50, message("information", "began"), message("warning", "logo"), message("error", "no image")))
		op.Details.Messages = []marketplace.Message{message("warning", "hurry"), message("critical", "boom"), message("error", "no image")}
		r.Observe(op)
		want := []string{
			"WARNING [Certification] no image (to be fixed on the offer's page in Partner Center: " + OffersPage + ")",
			"WARNING [operation] boom", "WARNING [Validate] old",
			"WARNING [Certification] logo", "WARNING [operation] hurry", "WARNING [Validate] slow",
			"debug Certification: began", "debug Validate: Step completed.",
		}
		if diff := cmp.Diff(want, notes(p)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		p.Reset()
		r.Observe(op)
		for _, line := range notes(p) {
			if !strings.Contains(line, "unchanged") {
				t.Errorf("told again: %s", line)
			}
		}
	})
}

// A run that failed is one annotation, which names every reason: the one of its end.
func TestARejectionIsOneAnnotation(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		op := inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 50, message("", "no image"), message("critical", "no plan")))
		op.Details.Messages = []marketplace.Message{message("error", "it did not pass")}
		r.Observe(op)
		for _, text := range []string{"bad          0s  Certification: no image", "bad          0s  Certification: no plan", "bad          0s  operation: it did not pass"} {
			if !strings.Contains(p.String(), text) {
				t.Errorf("not in the log: %q\n%s", text, p)
			}
		}
		r.Close(End{Headline: "the operation failed at step Certification", Why: Why(op.Details, op.State), State: op.State, Details: op.Details})
		want := []string{"ERROR [the operation failed at step Certification] no image; no plan; it did not pass"}
		if diff := cmp.Diff(want, notes(p)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestAnnotationsLeaveRoomForTheRunsOwn(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		var messages []marketplace.Message
		for i := range 30 {
			messages = append(messages, message("warning", fmt.Sprintf("w%d", i)), message("error", fmt.Sprintf("e%d", i)))
		}
		r.Observe(running(step("Certification", marketplace.StepBlocked, 50, messages...)))
		if n := strings.Count(p.String(), "WARNING ["); n != maxNotes || n > 8 {
			t.Errorf("%d warnings annotated", n)
		}
		for _, text := range []string{"warn         0s  Certification: e29", "warn         0s  Certification: w29"} {
			if !strings.Contains(p.String(), text) {
				t.Errorf("not in the log: %q", text)
			}
		}
	})
}
