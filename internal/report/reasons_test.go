package report

import (
	"testing"

	"publish-offer/internal/marketplace"
)

func TestWhy(t *testing.T) {
	t.Parallel()
	failed := marketplace.Failed
	for _, c := range []struct {
		name       string
		details    marketplace.Details
		state      marketplace.State
		want, step string
	}{
		{"plain strings", steps(step("Certification", marketplace.StepRejected, 1, message("", "no image"))), failed, "no image", "Certification"},
		{"critical", steps(step("Certification", marketplace.StepFailed, 1, message("critical", "no image"))), failed, "no image", "Certification"},
		{"warnings", steps(step("Certification", marketplace.StepFailed, 1, message("warning", "no image"))), failed, "no image", "Certification"},
		{"the gravest first", steps(step("Certification", marketplace.StepFailed, 1, message("warning", "logo"), message("error", "a"), message("", "b"))), failed, "a; b; logo", "Certification"},
		{"information alone", steps(step("Certification", marketplace.StepFailed, 1, message("information", "no image"))), failed, "no image", "Certification"},
		{"information beside another", steps(step("Certification", marketplace.StepFailed, 1, message("information", "began"), message("error", "no image"))), failed, "no image", "Certification"},
		{"none", steps(step("Certification", marketplace.StepFailed, 1)), failed, "Certification failed; the service gave no reason", "Certification"},
		{"none at all", steps(), failed, "the service gave no reason for the failure", ""},
		{"complete steps say nothing of it", steps(step("Validate", marketplace.StepComplete, 100, message("", "Step completed."))), failed, "the service gave no reason for the failure", ""},
		{"two steps", steps(step("A", marketplace.StepBlocked, 1, message("error", "x")), step("B", marketplace.StepFailed, 1, message("error", "y"))), failed, "B: y; A: x", "B"},
		{"blocked", steps(step("A", marketplace.StepBlocked, 1, message("", "terms missing"))), marketplace.Running, "terms missing", "A"},
		{"at the top", marketplace.Details{Messages: []marketplace.Message{{Text: "boom", Code: "E1"}, {Text: "E2: bang", Code: "E2"}, {Code: "E3"}}}, failed, "boom (E1); E2: bang; E3", ""},
		{"at the top of what runs", marketplace.Details{Messages: []marketplace.Message{message("error", "boom")}}, marketplace.Running, "", ""},
		{"waits", steps(step("A", marketplace.StepRunning, 1)), marketplace.Running, "A is in progress (the service's estimate: < 5 day)", ""},
		{"sign-off, whatever the last page said", steps(step("A", marketplace.StepComplete, 100)), marketplace.AtSignOff, "the preview is ready and waits for publisher sign-off", ""},
		{"ended well", steps(step("A", marketplace.StepComplete, 100)), marketplace.Succeeded, "", ""},
		{"canceled", steps(step("A", marketplace.StepCanceled, 1)), marketplace.Canceled, "", ""},
		{"nobody knows", steps(), "", "", ""},
	} {
		if got := Why(c.details, c.state); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if got := FailedStep(c.details, c.state); got != c.step {
			t.Errorf("%s: step %q, want %q", c.name, got, c.step)
		}
	}
}
