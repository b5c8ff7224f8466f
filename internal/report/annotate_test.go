package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
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
		op := inState(marketplace.Failed,
			step("Validate", marketplace.StepComplete, 100, message("warning", "slow"), message("error", "old")),
			step("Certification", marketplace.StepRejected, 50, message("information", "began"), message("warning", "logo"), message("error", "no image")))
		op.Messages = []marketplace.Message{message("warning", "hurry"), message("error", "boom"), message("error", "no image")}
		r.Observe(publish.Looked{Operation: op})
		want := []string{
			"ERROR [Certification] no image", "ERROR [operation] boom", "ERROR [Validate] old",
			"WARNING [Certification] logo", "WARNING [operation] hurry", "WARNING [Validate] slow",
			"debug Certification: began",
		}
		if diff := cmp.Diff(want, notes(p)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		p.Reset()
		r.Observe(publish.Looked{Operation: op})
		for _, line := range notes(p) {
			if !strings.Contains(line, "unchanged") {
				t.Errorf("told again: %s", line)
			}
		}
	})
}

// A blocked step may be cured, so that its errors are no errors of the run yet.
func TestErrorsOfARunningOperationAreWarnings(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		r.Observe(publish.Looked{Operation: running(step("Certification", marketplace.StepBlocked, 1, message("error", "terms missing")))})
		if diff := cmp.Diff([]string{"WARNING [Certification] terms missing"}, notes(p)); diff != "" {
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
		r.Observe(publish.Looked{Operation: inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 50, messages...))})
		if n := strings.Count(p.String(), "ERROR ["); n != errorNotes || n > 9 {
			t.Errorf("%d errors annotated", n)
		}
		if n := strings.Count(p.String(), "WARNING ["); n != warningNotes || n > 9 {
			t.Errorf("%d warnings annotated", n)
		}
		for _, text := range []string{"bad          0s  Certification: e29", "warn         0s  Certification: w29"} {
			if !strings.Contains(p.String(), text) {
				t.Errorf("not in the log: %q", text)
			}
		}
	})
}
