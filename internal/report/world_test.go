package report

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/marketplace"
)

const path = "/api/publishers/contoso/offers/contoso-offer/operations/f3d83c73-2e36-419b-8f68-5e35c13822e9?api-version=2017-10-31"

// paper is a screen that keeps what it shows.
type paper struct{ strings.Builder }

func (p *paper) Line(t Tone, text string) {
	fmt.Fprintf(p, "%-5s  %s\n", [...]string{"plain", "good", "bad", "warn", "faint"}[t], text)
}
func (p *paper) Debug(text string) { fmt.Fprintf(p, "debug %s\n", text) }
func (p *paper) Annotate(l Level, title, text string) {
	fmt.Fprintf(p, "%s [%s] %s\n", [...]string{"ERROR", "WARNING", "NOTICE"}[l], title, text)
}
func (p *paper) Tick() { p.WriteString("tick\n") }
func (p *paper) Progress(percent int, text string) {
	fmt.Fprintf(p, "progress %d %s\n", percent, text)
}

// bubble tells a run in fake time.
func bubble(t *testing.T, tell func(r *Report, p *paper)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		p := &paper{}
		tell(New(Subject{Publisher: "contoso", Offer: "contoso-offer", Began: time.Now(), CarryOn: carryOn}, p), p)
	})
}

func carryOn(path string) string {
	return "publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation '" + path + "'"
}

func step(name string, state marketplace.StepState, percent int, messages ...marketplace.Message) marketplace.Step {
	return marketplace.Step{ID: strings.ToLower(name), Name: name, State: state, Percent: percent, Estimate: "< 5 day", Messages: messages}
}

func message(level, text string) marketplace.Message {
	return marketplace.Message{Level: level, Text: text}
}

func running(steps ...marketplace.Step) marketplace.Operation {
	return marketplace.Operation{State: marketplace.Running, Steps: steps}
}

func inState(s marketplace.State, steps ...marketplace.Step) marketplace.Operation {
	return marketplace.Operation{State: s, Steps: steps}
}
