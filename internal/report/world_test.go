package report

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

const path = "/api/publishers/contoso/offers/contoso-offer/operations/f3d83c73-2e36-419b-8f68-5e35c13822e9?api-version=2017-10-31"

// paper is a screen that keeps what it shows.
type paper struct {
	strings.Builder
	live bool
}

func (p *paper) Line(t ci.Tone, text string) {
	fmt.Fprintf(p, "%-5s  %s\n", [...]string{"plain", "good", "bad", "warn", "faint"}[t], text)
}
func (p *paper) Debug(text string) { fmt.Fprintf(p, "debug %s\n", text) }
func (p *paper) Annotate(l ci.Level, title, text string, lines ...string) {
	fmt.Fprintf(p, "%s [%s] %s\n", [...]string{"ERROR", "WARNING", "NOTICE"}[l], title, text)
	for _, line := range lines {
		fmt.Fprintf(p, "plain    %s\n", line)
	}
}
func (p *paper) Tick()      { p.WriteString("tick\n") }
func (p *paper) Live() bool { return p.live }
func (p *paper) Progress(percent int, text string) {
	fmt.Fprintf(p, "progress %d %s\n", percent, text)
}

// bubble tells a run in fake time.
func bubble(t *testing.T, tell func(r *Report, p *paper)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		p := &paper{}
		tell(New(subject(), p), p)
	})
}

func subject() Subject {
	return Subject{Publisher: "contoso", Offer: "contoso-offer", Began: time.Now(), CarryOn: carryOn, Verdict: verdictOf}
}

func carryOn(ref marketplace.Ref) []Hint {
	command := []string{"publish-offer", "wait", "--publisher-id", "contoso", "--offer-id", "contoso-offer"}
	inputs := []Input{{"command", "wait"}}
	if ref.Known() {
		command = append(command, "--operation", ref.Path)
		inputs = append(inputs, Input{"operation", ref.Path})
	}
	return []Hint{{Text: "carry on", Command: command, Inputs: inputs, Operate: true}}
}

func verdictOf(e *publish.Error) (string, int) {
	return "another operation is running", 5
}

func ref(path string) marketplace.Ref { return marketplace.Ref{Path: path} }

func step(name string, state marketplace.StepState, percent int, messages ...marketplace.Message) marketplace.Step {
	return marketplace.Step{ID: strings.ToLower(name), Name: name, State: state, Percent: percent, Estimate: "< 5 day", Messages: messages}
}

func message(level, text string) marketplace.Message {
	return marketplace.Message{Level: level, Text: text}
}

func steps(all ...marketplace.Step) marketplace.Details { return marketplace.Details{Steps: all} }

func running(all ...marketplace.Step) publish.Looked {
	return inState(marketplace.Running, all...)
}

// inState is a look at the operation.
func inState(s marketplace.State, all ...marketplace.Step) publish.Looked {
	return publish.Looked{Ref: ref(path), State: s, Details: steps(all...)}
}

// then is a look with another to come.
func then(look publish.Looked, next time.Duration) publish.Looked {
	look.Next = next
	return look
}
