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
		r.Observe(publish.Started{Kind: marketplace.Publish, Path: path})
		time.Sleep(time.Minute)
		r.Observe(publish.Looked{Operation: running(step("Validate", marketplace.StepComplete, 100), step("Certification", marketplace.StepRunning, 10), step("Live", marketplace.StepNotStarted, 0))})
		time.Sleep(59 * time.Minute)
		op := inState(marketplace.Failed, step("Validate", marketplace.StepComplete, 100),
			step("Certification", marketplace.StepRejected, 60, message("information", "began"), message("error", "no image | none")), step("Live", marketplace.StepNotStarted, 0))
		op.Messages = []marketplace.Message{message("error", "it did not pass")}
		op.Preview = []marketplace.Link{{Text: "see it", URL: "https://preview.example/a"}, {URL: "http://plain.example"}, {URL: "https://preview.example/a"}}
		r.Observe(publish.Looked{Operation: op})
		got := r.Summary(End{Headline: "the operation failed at step Certification", Why: Why(op), Path: path, Operation: op,
			Hints: []string{"mend it", "publish again: publish-offer publish --publisher-id contoso --offer-id contoso-offer --notification-emails 'a@x.example'"}})
		want := `## ❌ the operation failed at step Certification

Offer §contoso-offer§ of publisher §contoso§, after 1h00m (since 2000-01-01 00:00 UTC).

**Certification** was rejected (at 2000-01-01 01:00 UTC, 1h00m into the run):

> no image \| none
>
> information: began
>
> it did not pass

### What to do next

- mend it
- publish again:

  §§§yaml
  with:
    command: publish
    publisher-id: contoso
    offer-id: contoso-offer
    notification-emails: 'a@x.example'
  §§§

### Steps

| step | state | progress | elapsed | service's estimate | messages |
|---|---|---:|---:|---|---|
| Validate | ✓ complete | 100 % |  | &lt; 5 day |  |
| Certification | ✗ rejected | 60 % | 59m | &lt; 5 day | no image \| none<br>began |
| Live | · not started |  |  | &lt; 5 day |  |

§§§mermaid
gantt
    dateFormat YYYY-MM-DD HH:mm:ss
    axisFormat %H:%M
    todayMarker off
    ✗ Certification, rejected :crit, 2000-01-01 00:01:00, 2000-01-01 01:00:00
§§§

Times are UTC, as this run saw the steps change.

### Links

- Preview: [preview.example/a](<https://preview.example/a>) see it
- [Partner Center](<https://partner.microsoft.com/dashboard/commercial-marketplace/overview>), where the offer's page is
- Operation: §` + path + "§\n"
		if diff := cmp.Diff(strings.ReplaceAll(want, "§", "`"), got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestSummaryAsItGoes(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Started{Kind: marketplace.Publish, Path: path})
		if got := r.Summary(r.SoFar()); !strings.Contains(got, "## ⏳ publish operation is running") || strings.Contains(got, "mermaid") {
			t.Errorf("before the first look:\n%s", got)
		}
		r.Observe(publish.Looked{Operation: running(step("Certification", marketplace.StepBlocked, 10, message("error", "terms missing")))})
		time.Sleep(2 * time.Hour)
		got := r.Summary(r.SoFar())
		for _, part := range []string{"## ⏳ Certification is blocked for 2h00m", "**Certification** is blocked (since 2000-01-01 00:00 UTC, 0s into the run)", "> terms missing",
			"should this job be lost, carry on with:", "--operation '" + path + "'", "✗ Certification, blocked :crit, 2000-01-01 00:00:00, 2000-01-01 02:00:00"} {
			if !strings.Contains(got, part) {
				t.Errorf("lacks %q:\n%s", part, got)
			}
		}
	})
}

func TestSummaryWhileSomebodyElsesOperationRuns(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Following{Kind: marketplace.Publish, Path: path})
		r.Observe(publish.Looked{Operation: running(step("Certification", marketplace.StepRunning, 10))})
		time.Sleep(time.Hour)
		got := r.Summary(r.SoFar())
		if !strings.Contains(got, "## ⏳ waiting for somebody else's publish operation: Certification is in progress for 1h00m") || strings.Contains(got, "carry on") {
			t.Errorf("got:\n%s", got)
		}
		r.Observe(publish.Started{Kind: marketplace.Publish, Path: path + "2"})
		if got := r.Summary(r.SoFar()); strings.Contains(got, "Certification") {
			t.Errorf("the other operation's steps are shown as this run's:\n%s", got)
		}
	})
}

// A go-live goes on with the steps of the publish before it.
func TestSummaryOfPublishAndGoLive(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Started{Kind: marketplace.Publish, Path: path})
		r.Observe(publish.Looked{Operation: running(step("Certification", marketplace.StepRunning, 10))})
		time.Sleep(time.Hour)
		r.Observe(publish.Looked{Operation: inState(marketplace.AtSignOff, step("Certification", marketplace.StepComplete, 100))})
		r.Observe(publish.Started{Kind: marketplace.GoLive, Path: path + "2"})
		r.Observe(publish.Looked{Operation: running(step("Certification", marketplace.StepComplete, 100), step("Live", marketplace.StepRunning, 10))})
		time.Sleep(time.Hour)
		op := inState(marketplace.Succeeded, step("Certification", marketplace.StepComplete, 100), step("Live", marketplace.StepComplete, 100))
		r.Observe(publish.Looked{Operation: op})
		got := r.Summary(End{Headline: "the offer is live", Good: true, Operation: op})
		for _, part := range []string{"## ✅ the offer is live", "| Certification | ✓ complete | 100 % | 1h00m |", "| Live | ✓ complete | 100 % | 1h00m |",
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
		op := marketplace.Operation{State: marketplace.Failed}
		for i := range maxSteps + 10 {
			s := step(fmt.Sprint(i, hostile), marketplace.StepRejected, 1)
			op.Steps = append(op.Steps, s)
			op.Messages = append(op.Messages, message("error", hostile))
			op.Live = append(op.Live, marketplace.Link{Text: hostile, URL: fmt.Sprintf("https://x.example/%d%s", i, strings.Repeat("b", 1000))})
		}
		for range maxStretches/2 + 2 { // each look another state
			for i := range op.Steps {
				op.Steps[i].State = marketplace.StepRunning
			}
			r.Observe(publish.Looked{Operation: op})
			time.Sleep(time.Second)
			for i := range op.Steps {
				op.Steps[i].State = marketplace.StepRejected
			}
			r.Observe(publish.Looked{Operation: op})
			time.Sleep(time.Second)
		}
		for i := range op.Steps {
			for n := range 5 {
				op.Steps[i].Messages = append(op.Steps[i].Messages, message("error", fmt.Sprint(n, i, hostile)))
			}
		}
		r.Observe(publish.Looked{Operation: op})
		var hints []string
		for range 100 {
			hints = append(hints, hostile)
		}
		got := r.Summary(End{Headline: hostile, Why: strings.Repeat(hostile+"\n", 100), Hints: hints, Path: path, Operation: op})
		if len(got) > 60<<10 {
			t.Errorf("%d bytes", len(got))
		}
		for _, part := range []string{"and more: see the log", "messages more: see the log and Partner Center", "hints more: see the log", "steps more are left out", "### What to do next", "```mermaid", "bars are left out", "- Operation: `" + path} {
			if !strings.Contains(got, part) {
				t.Errorf("lacks %q", part)
			}
		}
		if len(r.history.steps) > maxSteps || len(r.history.steps[0].stretches) > maxStretches || len(r.said) > maxSaid+2 {
			t.Errorf("memory grows: %d steps, %d stretches, %d messages", len(r.history.steps), len(r.history.steps[0].stretches), len(r.said))
		}
	})
}

func TestHintsBecomeInputs(t *testing.T) {
	t.Parallel()
	command := carryOn("/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31")
	for _, c := range []struct {
		name, hint, want string
		workflow         bool
	}{
		{"a workflow", "carry on with: " + command + " --until live (inputs command: wait, operation: /api/…)", "- carry on with:\n\n  ```yaml\n  with:\n    command: wait\n    publisher-id: contoso\n    offer-id: contoso-offer\n    operation: /api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31\n    until: live\n  ```\n\n", true},
		{"elsewhere", "carry on with: " + command, "- carry on with:\n\n  ```sh\n  " + command + "\n  ```\n\n", false},
		{"a flag alone", "try: publish-offer publish --dry-run", "- try:\n\n  ```sh\n  publish-offer publish --dry-run\n  ```\n\n", true},
		{"no command line", "publish-offer --help lists every input", "- publish-offer --help lists every input\n", true},
	} {
		r := New(Subject{Workflow: c.workflow}, &paper{})
		if diff := cmp.Diff("### What to do next\n\n"+c.want, r.next([]string{c.hint})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
}
