package report

import (
	"fmt"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// order names what was sent, operation what runs.
func order(k marketplace.Kind) string {
	switch k {
	case marketplace.GoLive, marketplace.Cancellation:
		return string(k)
	}
	return string(marketplace.Publish)
}

func operation(k marketplace.Kind) string {
	switch k {
	case marketplace.GoLive, marketplace.Publish, marketplace.Cancellation:
		return string(k) + " operation"
	}
	return "operation"
}

// phrase says a state so that it follows a name.
func phrase(s marketplace.State) string {
	switch s {
	case marketplace.NotStarted:
		return "has not begun"
	case marketplace.AtSignOff:
		return "waits for publisher sign-off"
	case marketplace.Succeeded:
		return "succeeded"
	case marketplace.Failed:
		return "failed"
	case marketplace.Canceled:
		return "was canceled"
	}
	return "is running"
}

// verdict says the state of a step that stands in the way so that it follows its name.
func verdict(s marketplace.StepState) string {
	switch s {
	case marketplace.StepFailed:
		return "failed"
	case marketplace.StepRejected:
		return "was rejected"
	}
	return "is " + string(s)
}

func offerPhrase(o marketplace.Operation) string {
	switch {
	case o.NeverPublished:
		return "was never published"
	case o.State == marketplace.Succeeded:
		return "is live"
	case o.State == marketplace.Running:
		return "is being published"
	}
	return phrase(o.State)
}

func nothing(e publish.Nothing) string {
	switch {
	case e.Command == publish.Cancel:
		return "nothing runs on the offer, so there is nothing to cancel"
	case e.State == marketplace.AtSignOff:
		return "nothing to do: the preview stands and waits for publisher sign-off"
	}
	return "nothing to do: the offer is live already"
}

func mark(s marketplace.StepState) string {
	switch s {
	case marketplace.StepComplete:
		return "✓"
	case marketplace.StepBlocked, marketplace.StepRejected, marketplace.StepFailed, marketplace.StepCanceled:
		return "✗"
	case marketplace.StepNotStarted:
		return "·"
	}
	return "▸"
}

// in says when something comes.
func in(d time.Duration) string {
	if d == 0 {
		return " now"
	}
	return " in " + span(d)
}

// span says a duration as people do: 45s, 2m30s, 3h05m, 4d06h.
func span(d time.Duration) string {
	if d < time.Second && d > 0 {
		return d.Round(time.Millisecond).String()
	}
	switch d = d.Round(time.Second); {
	case d < time.Hour:
		return strings.Replace(d.String(), "m0s", "m", 1)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// percent is how much of an operation is done, as far as its steps tell.
func percent(op *marketplace.Operation) int {
	if op.State.Ended() {
		return 100
	}
	sum := 0
	for i := range op.Steps {
		s := &op.Steps[i]
		if s.State == marketplace.StepComplete {
			sum += 100
		} else {
			sum += s.Percent
		}
	}
	return sum / max(1, len(op.Steps))
}

// FailedStep names the step that failed, was rejected or is blocked; "" if there is none.
func FailedStep(op marketplace.Operation) string {
	if s := failedStep(&op); s != nil {
		return s.Name
	}
	return ""
}

func failedStep(op *marketplace.Operation) *marketplace.Step {
	var blocked, blamed *marketplace.Step
	for i := range op.Steps {
		s := &op.Steps[i]
		switch {
		case s.State == marketplace.StepFailed || s.State == marketplace.StepRejected:
			return s
		case s.State == marketplace.StepBlocked && blocked == nil:
			blocked = s
		case op.State == marketplace.Failed && blamed == nil && len(reasons(s.Messages)) > 0:
			blamed = s
		}
	}
	if blocked != nil {
		return blocked
	}
	return blamed
}

func reasons(messages []marketplace.Message) []string {
	var out []string
	for _, m := range messages {
		if m.IsError() {
			out = append(out, m.Text)
		}
	}
	return out
}

// Why is one line: why the operation failed, or what it waits for.
func Why(op marketplace.Operation) string {
	bad := failedStep(&op)
	var why []string
	if bad != nil {
		why = reasons(bad.Messages)
	}
	if op.State == marketplace.Failed || len(why) > 0 {
		why = append(why, reasons(op.Messages)...)
	}
	switch {
	case len(why) > 0:
		return strings.Join(why, "; ")
	case op.State == marketplace.Failed && bad != nil:
		return fmt.Sprintf("%s was %s; the service gave no reason", bad.Name, bad.State)
	case op.State == marketplace.Failed:
		return "the operation failed; the service gave no reason"
	case op.State == marketplace.Canceled:
		return "the operation was canceled"
	case op.State == marketplace.AtSignOff:
		return "the preview is ready and waits for publisher sign-off"
	case bad != nil:
		return fmt.Sprintf("%s is %s", bad.Name, bad.State)
	case op.State == marketplace.Succeeded:
		return "the operation succeeded"
	}
	for i := range op.Steps {
		s := &op.Steps[i]
		if s.State != marketplace.StepComplete && s.State != marketplace.StepNotStarted {
			if s.Estimate != "" {
				return fmt.Sprintf("%s is %s (the service's estimate: %s)", s.Name, s.State, s.Estimate)
			}
			return fmt.Sprintf("%s is %s", s.Name, s.State)
		}
	}
	return ""
}
