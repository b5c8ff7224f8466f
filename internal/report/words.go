package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// Order names what was sent.
func Order(k marketplace.Kind) string {
	if k == marketplace.Unknown {
		k = marketplace.Publish
	}
	return string(k)
}

// operation names what runs.
func operation(k marketplace.Kind) string { return strings.TrimLeft(string(k)+" operation", " ") }

// phrase says a state so that it follows a name.
func phrase(s marketplace.State) string {
	return cmp.Or(map[marketplace.State]string{
		marketplace.NotStarted: "has not begun",
		marketplace.AtSignOff:  "waits for publisher sign-off",
		marketplace.Succeeded:  "succeeded",
		marketplace.Failed:     "failed",
		marketplace.Canceled:   "was canceled",
	}[s], "is running")
}

// Offer says where an offer is so that it follows "the offer".
func Offer(s marketplace.OfferState) string {
	return cmp.Or(map[marketplace.OfferState]string{
		marketplace.NeverPublished: "was never published",
		marketplace.Beginning:      "is about to be published",
		marketplace.InProgress:     "is being published",
		marketplace.Parked:         "has a preview that waits for publisher sign-off",
		marketplace.Live:           "is live",
		marketplace.LastFailed:     "is at rest; the last operation failed",
		marketplace.LastCanceled:   "is at rest; the last operation was canceled",
	}[s], "is in a state that the service does not tell")
}

// verdict says the state of a step that stands in the way so that it follows its name.
func verdict(s marketplace.StepState) string {
	return cmp.Or(map[marketplace.StepState]string{
		marketplace.StepFailed:   "failed",
		marketplace.StepRejected: "was rejected",
	}[s], "is "+string(s))
}

func nothing(e publish.Nothing) string {
	switch {
	case e.Command == publish.Cancel:
		return "nothing is running on the offer"
	case e.State == marketplace.AtSignOff:
		return "nothing to do: the preview stands and waits for publisher sign-off"
	}
	return "nothing to do: the offer is live already"
}

func mark(s marketplace.StepState) string {
	switch {
	case s == marketplace.StepComplete:
		return "✓"
	case s.Bad(), s == marketplace.StepCanceled:
		return "✗"
	case s == marketplace.StepNotStarted:
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

// span says a duration as people do: 45s, 2m30s, 3h05m, 4d06h. What is left over is cut off, never rounded up, so that
// the log, the summary and the output elapsed-seconds say the same.
func span(d time.Duration) string {
	if d < time.Second && d > 0 {
		return d.Truncate(time.Millisecond).String()
	}
	switch d = d.Truncate(time.Second); {
	case d < time.Hour:
		return strings.Replace(d.String(), "m0s", "m", 1)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// progress is how far a step is, in words.
func progress(s *marketplace.Step) string {
	if s.State == marketplace.StepRunning && s.Percent > 0 {
		return fmt.Sprintf("%s, %d %%", s.State, s.Percent)
	}
	return string(s.State)
}

// percent is how much of an operation is done, as far as its steps tell.
func percent(d marketplace.Details, state marketplace.State) int {
	if state.Ended() {
		return 100
	}
	sum := 0
	for _, s := range d.Steps {
		if s.State == marketplace.StepComplete {
			s.Percent = 100
		}
		sum += s.Percent
	}
	return sum / max(1, len(d.Steps))
}

// FailedStep names the step that failed, was rejected or is blocked; "" if there is none.
func FailedStep(d marketplace.Details, state marketplace.State) string {
	if bad := badSteps(d, state); len(bad) > 0 {
		return bad[0].Name
	}
	return ""
}

// badSteps are the steps that stand in the way: those that failed or were rejected before those that are blocked. A
// service that calls an operation failed and none of its steps blames the one with the error.
func badSteps(d marketplace.Details, state marketplace.State) []*marketplace.Step {
	var failed, blocked, blamed []*marketplace.Step
	for i := range d.Steps {
		s := &d.Steps[i]
		switch {
		case s.State == marketplace.StepFailed || s.State == marketplace.StepRejected:
			failed = append(failed, s)
		case s.State == marketplace.StepBlocked:
			blocked = append(blocked, s)
		case slices.ContainsFunc(s.Messages, func(m marketplace.Message) bool { return gravity(m, false) == grave }):
			blamed = append(blamed, s)
		}
	}
	bad := append(failed, blocked...)
	if len(bad) == 0 && state == marketplace.Failed && len(blamed) > 0 {
		return blamed[:1]
	}
	return bad
}

// How much a message matters.
const (
	grave = iota
	warns
	informs
)

// gravity is how much a message matters. Where it stands at what failed, a message without a level is a reason, as are
// the levels that nobody documents; elsewhere one without a level only informs.
func gravity(m marketplace.Message, atFailure bool) int {
	switch m.Level {
	case "warning":
		return warns
	case "information", "info", "informational", "verbose", "debug":
		return informs
	case "":
		if !atFailure {
			return informs
		}
	}
	return grave
}

// reason is a message of the service about why something failed or cannot go on, and the step that it is about.
type reason struct {
	marketplace.Message
	step *marketplace.Step // nil: about the operation
}

// reasons are the service's own words on why, the gravest first. What only informs counts where nothing says more.
func reasons(d marketplace.Details, state marketplace.State) []reason {
	var all []reason
	said := map[string]bool{}
	for _, s := range badSteps(d, state) {
		all = append(all, unsaid(said, s, s.Messages)...)
	}
	if state == marketplace.Failed {
		all = append(all, unsaid(said, nil, d.Messages)...)
	}
	slices.SortStableFunc(all, func(a, b reason) int { return gravity(a.Message, true) - gravity(b.Message, true) })
	if i := slices.IndexFunc(all, func(r reason) bool { return gravity(r.Message, true) == informs }); i > 0 {
		all = all[:i]
	}
	return all
}

// unsaid are the messages with words that were not said before, about a step or, with nil, about the operation.
func unsaid(said map[string]bool, step *marketplace.Step, messages []marketplace.Message) []reason {
	var out []reason
	for _, m := range messages {
		if text := words(m); text != "" && !said[text] {
			said[text] = true
			out = append(out, reason{m, step})
		}
	}
	return out
}

// words are what a message says, with its code.
func words(m marketplace.Message) string {
	switch {
	case m.Code == "" || strings.Contains(m.Text, m.Code):
		return m.Text
	case m.Text == "":
		return m.Code
	}
	return m.Text + " (" + m.Code + ")"
}

// Why is one line: why the operation failed, or what it waits for. It is "" where the state says it all.
func Why(d marketplace.Details, state marketplace.State) string {
	if state == marketplace.AtSignOff {
		return "the preview is ready and waits for publisher sign-off"
	}
	if state == marketplace.Canceled || state == marketplace.Succeeded {
		return ""
	}
	bad := badSteps(d, state)
	var why []string
	for _, r := range reasons(d, state) {
		text := words(r.Message)
		if len(bad) > 1 && r.step != nil {
			text = r.step.Name + ": " + text
		}
		why = append(why, text)
	}
	switch {
	case len(why) > 0:
		return strings.Join(why, "; ")
	case len(bad) > 0:
		return fmt.Sprintf("%s %s; the service gave no reason", bad[0].Name, verdict(bad[0].State))
	case state == marketplace.Failed:
		return "the service gave no reason for the failure"
	}
	if i := slices.IndexFunc(d.Steps, func(s marketplace.Step) bool { return !idle(s.State) }); i >= 0 {
		s := &d.Steps[i]
		return fmt.Sprintf("%s is %s", s.Name, s.State) + estimate(s)
	}
	return ""
}

// estimate is how long the service thinks that the step takes.
func estimate(s *marketplace.Step) string {
	if s.Estimate == "" {
		return ""
	}
	return " (the service's estimate: " + s.Estimate + ")"
}

// would says what a run without dry-run would do now, so that it follows "a run now would", and with which exit code.
func (s Subject) would(e publish.Rehearsed) string {
	if e.Err != nil {
		headline, code := s.Verdict(e.Err)
		return fmt.Sprintf("stop with exit code %d: %s", code, headline)
	}
	move := cmp.Or(map[publish.Move]string{
		publish.MoveStart:  "start the publish",
		publish.MoveGoLive: "start the go-live",
		publish.MoveFollow: "start nothing and follow the running operation",
		publish.MoveLetEnd: "wait until the running operation has ended, then start the publish",
		publish.MoveClear:  "cancel the running operation, then start the publish",
		publish.MoveCancel: "send the cancellation",
		publish.MoveWatch:  "start nothing and wait until someone goes live",
		publish.MoveDone:   "find nothing left to do",
		publish.MoveRefuse: "stop",
	}[e.Move], "only read")
	if e.Move == publish.MoveLetEnd && e.Command == publish.GoLive {
		move = "wait until the running publish reaches sign-off, then start the go-live"
	}
	if e.Move == publish.MoveDone || e.Move == publish.MoveLook {
		return move + " (exit code 0)"
	}
	return move + " (exit code 0 if all goes well)"
}
