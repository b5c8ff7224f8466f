package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// someone who reads nothing else must learn from it which step failed, why, since when, and what to do.
func TestSummaryOfAFailure(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Workflow = true
		r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref(path)})
		time.Sleep(time.Minute)
		r.Observe(running(step("Validate", marketplace.StepComplete, 100), step("Certification", marketplace.StepRunning, 10), step("Live", marketplace.StepNotStarted, 0)))
		time.Sleep(59 * time.Minute)
		op := inState(marketplace.Failed, step("Validate", marketplace.StepComplete, 100),
			step("Certification", marketplace.StepRejected, 60, message("information", "began"), message("error", "no image | none")), step("Live", marketplace.StepNotStarted, 0))
		op.Details.Messages = []marketplace.Message{{Level: "error", Code: "Rejected", Text: "it did not pass"}, message("information", "see there")}
		op.Details.Preview = []marketplace.Link{{Text: "see it", URL: "https://preview.example/a"}, {URL: "http://plain.example"}, {URL: "https://preview.example/a"}}
		op.Details.Reports = []marketplace.Link{{Text: "what it says", URL: "https://reports.example/r"}}
		r.Observe(op)
		got := r.Summary(End{Headline: "the operation failed at step Certification", Why: Why(op.Details, op.State), Ref: ref(path), State: op.State, Details: op.Details,
			Hints: []Hint{{Text: "fix it"}, {Text: "publish again", Command: []string{"publish-offer", "publish"}, Inputs: []Input{{"if-running", "adopt"}}}, carryOn(ref(path))[0]}})
		want := `## ❌ contoso-offer: the operation failed at step Certification

**Certification** was rejected (at 2000-01-01 01:00 UTC, 1h00m into the run)

> no image \| none
>
> it did not pass (Rejected)

### What to do next

- fix it
- publish again, with this step's inputs:

  §§§yaml
  with:
    if-running: adopt
  §§§

- carry on, by the workflow §operate§ with:

  §§§yaml
  command: wait
  operation: /api/publishers/contoso/offers/contoso-offer/operations/f3d83c73-2e36-419b-8f68-5e35c13822e9?api-version=2017-10-31
  §§§

### Links

- Preview: [preview.example/a](<https://preview.example/a>) see it
- Report: [reports.example/r](<https://reports.example/r>) what it says
- [Partner Center](<https://partner.microsoft.com/dashboard/commercial-marketplace/overview>), where the offer's page is
- Operation: §/api/publishers/contoso/offers/contoso-offer/operations/f3d83c73-2e36-419b-8f68-5e35c13822e9?api-version=2017-10-31§

Offer §contoso-offer§ of publisher §contoso§. The run began at 2000-01-01 00:00 UTC and took 1h00m.

### Steps

| step | state | time |
|---|---|---:|
| Validate | ✓ complete |  |
| Certification | ✗ rejected | 59m |
| Live | · not started<br>estimate: &lt; 5 day |  |

### Messages of the service

- **Certification**: information: began
- **publish operation**: information: see there

§§§mermaid
gantt
    dateFormat YYYY-MM-DD HH:mm:ss
    axisFormat %H:%M
    todayMarker off
    ✗ Certification, rejected :crit, 2000-01-01 00:01:00, 2000-01-01 01:00:00
§§§

Times are UTC, as this run saw the steps change.
`
		if diff := cmp.Diff(strings.ReplaceAll(want, "§", "`"), got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestSummaryAsItGoes(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref(path)})
		if got := r.Summary(r.SoFar()); !strings.Contains(got, "## ⏳ contoso-offer: publish operation is running") || strings.Contains(got, "mermaid") {
			t.Errorf("before the first look:\n%s", got)
		}
		r.Observe(running(step("Certification", marketplace.StepBlocked, 10, message("error", "terms missing"))))
		time.Sleep(2 * time.Hour)
		got := r.Summary(r.SoFar())
		for _, part := range []string{"## ⏳ contoso-offer: Certification is blocked, for 2h00m", "**Certification** is blocked (since 2000-01-01 00:00 UTC, 0s into the run)", "> terms missing",
			"if this job is lost, carry on:", "--operation '" + path + "'", "✗ Certification, blocked :crit, 2000-01-01 00:00:00, 2000-01-01 02:00:00"} {
			if !strings.Contains(got, part) {
				t.Errorf("lacks %q:\n%s", part, got)
			}
		}
	})
}

func TestSummaryWhileSomebodyElsesOperationRuns(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Following{Kind: marketplace.Publish, Ref: ref(path)})
		r.Observe(running(step("Certification", marketplace.StepRunning, 10)))
		time.Sleep(time.Hour)
		got := r.Summary(r.SoFar())
		if !strings.Contains(got, "## ⏳ contoso-offer: waiting for someone else's publish operation: Certification is in progress, 10 %, for 1h00m") || strings.Contains(got, "carry on") {
			t.Errorf("got:\n%s", got)
		}
		r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref(path + "2")})
		if got := r.Summary(r.SoFar()); strings.Contains(got, "Certification") {
			t.Errorf("the other operation's steps are shown as this run's:\n%s", got)
		}
	})
}

// A go-live goes on with the steps of the publish before it.
func TestSummaryOfPublishAndGoLive(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref(path)})
		r.Observe(running(step("Certification", marketplace.StepRunning, 10)))
		time.Sleep(time.Hour)
		r.Observe(inState(marketplace.AtSignOff, step("Certification", marketplace.StepComplete, 100)))
		r.Observe(publish.Started{Kind: marketplace.GoLive, Ref: ref(path + "2")})
		r.Observe(running(step("Certification", marketplace.StepComplete, 100), step("Live", marketplace.StepRunning, 10)))
		time.Sleep(time.Hour)
		op := inState(marketplace.Succeeded, step("Certification", marketplace.StepComplete, 100), step("Live", marketplace.StepComplete, 100))
		r.Observe(op)
		got := r.Summary(End{Headline: "the offer is live", Good: true, State: op.State, Details: op.Details})
		for _, part := range []string{"## ✅ contoso-offer: the offer is live", "| Certification | ✓ complete | 1h00m |", "| Live | ✓ complete | 1h00m |",
			"✓ Certification :done, 2000-01-01 00:00:00, 2000-01-01 01:00:00", "✓ Live :done, 2000-01-01 01:00:00, 2000-01-01 02:00:00"} {
			if !strings.Contains(got, part) {
				t.Errorf("lacks %q:\n%s", part, got)
			}
		}
	})
}

func TestSummaryBeforeAnythingIsKnown(t *testing.T) {
	t.Parallel()
	r := New(Subject{Began: time.Now()}, &paper{})
	want := "## ❌ wrong input, nothing was sent\n\n> offer-id is not set\n>\n> until \"x\" is not allowed\n"
	if diff := cmp.Diff(want, r.Summary(End{Headline: "wrong input, nothing was sent", Why: "offer-id is not set\nuntil \"x\" is not allowed"})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What a service can say at most, all of it markup, stays below the limit, and the important parts are there.
func TestSummaryKeepsItsLimit(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		hostile := strings.Repeat("@a#1", 500)
		op := inState(marketplace.Failed)
		for i := range maxSteps + 10 {
			s := step(fmt.Sprint(i, hostile), marketplace.StepRejected, 1)
			op.Details.Steps = append(op.Details.Steps, s)
			op.Details.Messages = append(op.Details.Messages, message("error", hostile))
			op.Details.Live = append(op.Details.Live, marketplace.Link{Text: hostile, URL: fmt.Sprintf("https://x.example/%d%s", i, strings.Repeat("b", 1000))})
		}
		for range maxStretches/2 + 2 { // each look another state
			for i := range op.Details.Steps {
				op.Details.Steps[i].State = marketplace.StepRunning
			}
			r.Observe(op)
			time.Sleep(time.Second)
			for i := range op.Details.Steps {
				op.Details.Steps[i].State = marketplace.StepRejected
			}
			r.Observe(op)
			time.Sleep(time.Second)
		}
		for i := range op.Details.Steps {
			for n := range 5 {
				op.Details.Steps[i].Messages = append(op.Details.Steps[i].Messages, message("error", fmt.Sprint(n, i, hostile)), message("information", fmt.Sprint(n, i, hostile, "i")))
			}
		}
		r.Observe(op)
		var hints []Hint
		for range 100 {
			hints = append(hints, Hint{Text: hostile, Command: []string{hostile}, Inputs: []Input{{"operation", hostile}}})
		}
		got := r.Summary(End{Headline: hostile, Why: strings.Repeat(hostile+"\n", 100), Hints: hints, Ref: ref(path), State: op.State, Details: op.Details})
		if len(got) > 60<<10 {
			t.Errorf("%d bytes", len(got))
		}
		for _, part := range []string{"and more: see the log", "messages more: see the log and Partner Center", "messages more: see Partner Center", "hints more: see the log", "steps more are left out", "### What to do next", "```mermaid", "bars are left out", "- Operation: `" + path} {
			if !strings.Contains(got, part) {
				t.Errorf("lacks %q", part)
			}
		}
		if len(r.history.steps) > maxSteps || len(r.history.steps[0].stretches) > maxStretches || len(r.said) > maxSaid+2 {
			t.Errorf("memory grows: %d steps, %d stretches, %d messages", len(r.history.steps), len(r.history.steps[0].stretches), len(r.said))
		}
	})
}
