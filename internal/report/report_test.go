package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

func TestEachEventIsTold(t *testing.T) {
	t.Parallel()
	trouble := errors.New("no route to host")
	for _, c := range []struct {
		name  string
		event publish.Event
		want  string
	}{
		{"started", publish.Started{Kind: marketplace.Publish, Ref: ref("/p")}, `
good      1m30s  publish accepted
NOTICE [] if this job is lost, carry on:
plain    publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation /p`},
		{"started go-live", publish.Started{Kind: marketplace.GoLive, Ref: ref("/p")}, `
good      1m30s  go-live accepted
NOTICE [] if this job is lost, carry on:
plain    publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation /p`},
		{"found", publish.Started{Kind: marketplace.Publish, Ref: ref("/p"), Found: publish.AnswerLost}, `
good      1m30s  the answer to the publish was lost; found a new operation, assuming that this run started it
NOTICE [] if this job is lost, carry on:
plain    publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation /p`},
		{"found without a name", publish.Started{Kind: marketplace.GoLive, Ref: ref("/p"), Found: publish.Unnamed}, `
good      1m30s  go-live accepted, but the answer names no operation; found a new one, assuming that this run started it
NOTICE [] if this job is lost, carry on:
plain    publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation /p`},
		{"following", publish.Following{Kind: marketplace.Publish, Ref: ref("/p"), Own: true}, `
plain     1m30s  following the publish operation /p`},
		{"following another's", publish.Following{Kind: marketplace.GoLive, Ref: ref("/p")}, `
plain     1m30s  waiting for someone else's go-live operation /p; nothing was started yet`},
		{"first look", then(running(step("Validate", marketplace.StepComplete, 100), step("Certification", marketplace.StepRunning, 10)), 20*time.Second), `
plain     1m30s  operation is running
good      1m30s  ✓ Validate                     complete
plain     1m30s  ▸ Certification                in progress, 10 % (the service's estimate: < 5 day); next look in 20s
progress 55 Certification is in progress, 10 %`},
		{"last look", inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 50, message("error", "no image"))), `
bad       1m30s  operation failed
warn      1m30s  ✗ Certification                rejected
bad       1m30s  Certification: no image
progress 100 operation failed`},
		{"sign-off", inState(marketplace.AtSignOff, step("Publisher signoff", marketplace.StepSignOff, 0)), `
good      1m30s  operation waits for publisher sign-off
plain     1m30s  ▸ Publisher signoff            waiting for sign-off (the service's estimate: < 5 day)
progress 0 Publisher signoff is waiting for sign-off`},
		{"no steps", then(running(), time.Minute), `
plain     1m30s  operation is running; next look in 1m
progress 0 operation is running`},
		{"the offer's status", publish.Looked{State: marketplace.Succeeded}, `
good      1m30s  the offer is live
progress 100 operation succeeded`},
		{"long names", then(running(step("Packaging and Lead Generation Registration", marketplace.StepRunning, 0), step("Live", marketplace.StepBlocked, 0)), time.Minute), `
plain     1m30s  operation is running
plain     1m30s  ▸ Packaging and Lead Generation Registration in progress (the service's estimate: < 5 day)
warn      1m30s  ✗ Live                                       blocked; next look in 1m
WARNING [Live] the step is blocked; the service gives no reason (to be fixed on the offer's page in Partner Center: https://partner.microsoft.com/dashboard/commercial-marketplace/overview)
progress 0 Packaging and Lead Generation Registration is in progress`},
		{"never a format", running(step("100%d %s %!x", marketplace.StepBlocked, 0, message("warning", "%n%s"))), `
plain     1m30s  operation is running
warn      1m30s  ✗ 100%d %s %!x                 blocked
WARNING [100%d %s %!x] %n%s (to be fixed on the offer's page in Partner Center: https://partner.microsoft.com/dashboard/commercial-marketplace/overview)
progress 0 100%d %s %!x is blocked`},
		{"faulted", publish.Faulted{Err: trouble, Next: 15 * time.Second}, `
warn      1m30s  no good answer from the service (no route to host); trying again in 15s`},
		{"recovered", publish.Recovered{After: 2*time.Hour + 5*time.Minute}, `
plain     1m30s  the service answers again, after 2h05m`},
		{"retrying", publish.Retrying{Kind: marketplace.Publish, Err: trouble, Next: 30 * time.Second}, `
warn      1m30s  the publish did not get through (no route to host); sending it again in 30s`},
		{"checking", publish.Checking{Kind: marketplace.GoLive, Err: trouble, Window: 2 * time.Minute}, `
warn      1m30s  no clear answer to the go-live (no route to host); checking for up to 2m whether it took effect`},
		{"distrusted", publish.Distrusted{Location: "https://evil.example/"}, `
WARNING [location not trusted] the service named a location that is no operation of this offer on its own address, and nothing is sent there: https://evil.example/`},
		{"unknown word", publish.UnknownWord{Word: "onHold"}, `
WARNING [unknown status word] the service says "onHold", which no documentation names; it counts as running`},
		{"at preview", publish.AtPreview{}, `
good      1m30s  the preview waits for sign-off; going live`},
		{"at preview, watching", publish.AtPreview{Watching: true}, `
plain     1m30s  the preview stands; waiting for someone to go live`},
		{"replacing", publish.Replacing{Ref: ref("/p")}, `
WARNING [a preview waits for sign-off] publishing replaces the preview that was made by /p`},
		{"replacing nobody's", publish.Replacing{}, `
WARNING [a preview waits for sign-off] publishing replaces the preview that was made by an earlier publish`},
		{"standing", publish.Standing{Ref: ref("/p")}, `
WARNING [nothing was published] the preview that stands was made by /p, not by this run`},
		{"unbound", publish.Unbound{}, `
plain     1m30s  this go-live is bound to no publish: it takes live whatever preview stands now; ` + "`" + `operation` + "`" + ` would bind it`},
		{"bound", publish.Bound{Ref: ref("/p")}, `
plain     1m30s  the publish that made this preview: /p`},
		{"not to be bound", publish.Bound{}, `
WARNING [no operation to go live with] the service does not tell for certain which publish made this preview: ` + "`" + `go-live` + "`" + ` works without ` + "`" + `operation` + "`" + ` only`},
		{"canceling", publish.Canceling{Kind: marketplace.Publish, Ref: ref("/p")}, `
plain     1m30s  cancellation sent; waiting until the service says that it is canceled`},
		{"canceled own", publish.CanceledOwn{Ref: ref("/p")}, `
plain     1m30s  sent a cancellation of the operation that this run started`},
		{"not canceled own", publish.CanceledOwn{Ref: ref("/p"), Err: trouble}, `
warn      1m30s  the operation was left running: no route to host`},
		{"not alone", publish.CanceledOwn{Ref: ref("/p"), NotAlone: true}, `
warn      1m30s  the operation was left running: it may not be the only one on the offer, and the service cancels whatever runs`},
		{"nothing to cancel", publish.Nothing{Command: publish.Cancel, State: marketplace.Failed}, `
good      1m30s  nothing is running on the offer`},
		{"preview stands", publish.Nothing{Command: publish.Publish, State: marketplace.AtSignOff}, `
good      1m30s  nothing to do: the preview stands and waits for publisher sign-off`},
		{"live already", publish.Nothing{Command: publish.GoLive, State: marketplace.Succeeded}, `
good      1m30s  nothing to do: the offer is live already`},
		{"overview at rest", publish.Overview{Offer: marketplace.Offer{State: marketplace.Live, Details: steps(step("Live", marketplace.StepComplete, 100))}}, `
plain     1m30s  the offer is live
plain     1m30s  no operation is running
good      1m30s  ✓ Live                         complete`},
		{"overview, never published", publish.Overview{Offer: marketplace.Offer{State: marketplace.NeverPublished}}, `
plain     1m30s  the offer was never published
plain     1m30s  no operation is running`},
		{"overview, running", publish.Overview{Offer: marketplace.Offer{State: marketplace.InProgress}, Running: &marketplace.Listed{Kind: marketplace.Publish, Ref: ref("/p")}, Ref: ref("/p"),
			Operation: &marketplace.Operation{State: marketplace.Running, Details: steps(step("Certification", marketplace.StepRunning, 40))}}, `
plain     1m30s  the offer is being published
plain     1m30s  publish operation /p is running
plain     1m30s  ▸ Certification                in progress, 40 % (the service's estimate: < 5 day)`},
		{"rehearsed", publish.Rehearsed{Move: publish.MoveStart, Start: marketplace.Start{Kind: marketplace.Publish}}, `
plain     1m30s  a run now would start the publish (exit code 0 if all goes well)`},
		{"rehearsed, refused", publish.Rehearsed{Move: publish.MoveRefuse, Err: &publish.Error{Reason: publish.Conflict}}, `
plain     1m30s  a run now would stop with exit code 5: another operation is running`},
		{"rehearsed, done", publish.Rehearsed{Move: publish.MoveDone}, `
plain     1m30s  a run now would find nothing left to do (exit code 0)`},
		{"sign-in ends", publish.SignInEnds{At: time.Date(2000, 1, 1, 3, 0, 0, 0, time.UTC)}, `
WARNING [sign-in ends soon] this job's only id token ends at 03:00 UTC; after that the run ends when its access token expires
plain  hint: carry on:
plain    publish-offer wait --publisher-id contoso --offer-id contoso-offer`},
		{"alive too early", publish.Alive{}, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(r *Report, p *paper) {
				time.Sleep(90 * time.Second)
				r.Observe(c.event)
				if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), strings.TrimSuffix(p.String(), "\n")); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// A person finds the operation where it is needed: when it begins, and in what to do next.
func TestAWorkflowsLogNamesTheOperationTwice(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		r.Workflow = true
		r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref(path)})
		r.Observe(then(running(step("Certification", marketplace.StepRunning, 1)), time.Minute))
		time.Sleep(time.Hour)
		r.Observe(inState(marketplace.AtSignOff, step("Certification", marketplace.StepComplete, 100)))
		r.Observe(publish.Bound{Ref: ref(path)})
		r.Close(End{Headline: "published to preview", Good: true, Hints: carryOn(ref(path))})
		want := `good         0s  publish accepted
NOTICE [publish accepted] if this job is lost, carry on, by the workflow §operate§ with:
plain    command: wait
plain    operation: PATH
plain        0s  publish operation is running
plain        0s  ▸ Certification                in progress, 1 % (the service's estimate: < 5 day); next look in 1m
progress 1 Certification is in progress, 1 %
good      1h00m  publish operation waits for publisher sign-off
good      1h00m  ✓ Certification                complete
progress 100 publish operation waits for publisher sign-off
good      1h00m  published to preview
plain  hint: carry on, by the workflow §operate§ with:
plain    command: wait
plain    operation: PATH
`
		want = strings.NewReplacer("§", "`", "PATH", path).Replace(want)
		if diff := cmp.Diff(want, p.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestOnlyChangesArePrinted(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		at := func(percent int) publish.Looked {
			return then(running(step("Certification", marketplace.StepRunning, percent)), time.Minute)
		}
		r.Observe(at(1))
		p.Reset()
		r.Observe(at(1))
		r.Observe(at(24))
		if want := "debug operation unchanged: running; next look in 1m\nprogress %[1]d Certification is in progress, %[1]d %%\n"; p.String() != fmt.Sprintf(want, 1)+fmt.Sprintf(want, 24) {
			t.Errorf("unchanged: %s", p)
		}
		p.Reset()
		r.Observe(at(26))
		if !strings.Contains(p.String(), "in progress, 26 %; next look") {
			t.Errorf("a quarter more: %s", p)
		}
	})
}

func TestQuietTimesShowLife(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		const days = 5
		longest, last := time.Duration(0), time.Now()
		r.Observe(running(step("Certification", marketplace.StepRunning, 1)))
		for range days * 24 * 60 {
			before := p.Len()
			time.Sleep(time.Minute)
			r.Observe(publish.Alive{})
			if p.Len() > before {
				longest, last = max(longest, time.Since(last)), time.Now()
			}
		}
		if longest > 5*time.Minute {
			t.Errorf("the log stood still for %s", longest)
		}
		if n := strings.Count(p.String(), "faint"); n < days || n > 60 {
			t.Errorf("%d full lines in %d days", n, days)
		}
		if !strings.Contains(p.String(), "still waiting: Certification is in progress, 1 %, for 1h") {
			t.Errorf("no full line says for how long:\n%s", p)
		}
	})
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 12 * time.Millisecond: "12ms", 59 * time.Second: "59s", 59999 * time.Millisecond: "59s", time.Minute: "1m", 150 * time.Second: "2m30s", time.Hour: "1h00m",
		3*time.Hour + 5*time.Minute: "3h05m", 24 * time.Hour: "1d00h", 102 * time.Hour: "4d06h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%d): got %q, want %q", d, got, want)
		}
	}
}

// A terminal's live line shows how far a step is: only another state of it is worth a line.
func TestALiveLineIsNotRepeated(t *testing.T) {
	t.Parallel()
	for live, want := range map[bool]int{false: 2, true: 1} {
		p := &paper{live: live}
		r := New(Subject{Began: time.Now()}, p)
		for _, percent := range []int{5, 55} {
			r.Observe(publish.Looked{Ref: marketplace.Ref{Path: path}, State: marketplace.Running, Details: marketplace.Details{
				Steps: []marketplace.Step{{ID: "certify", Name: "Certification", State: marketplace.StepRunning, Percent: percent}}}})
		}
		if got := strings.Count(p.String(), "▸ Certification"); got != want {
			t.Errorf("live %v: %d lines\n%s", live, got, p)
		}
	}
}
