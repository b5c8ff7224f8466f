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
		{"started", publish.Started{Kind: marketplace.Publish, Path: "/p"}, `
good      1m30s  publish accepted: /p
NOTICE [publish started] /p; should this job be lost, carry on with: ` + carryOn("/p")},
		{"started go-live", publish.Started{Kind: marketplace.GoLive, Path: "/p"}, `
good      1m30s  go-live accepted: /p
NOTICE [go-live started] /p; should this job be lost, carry on with: ` + carryOn("/p")},
		{"found", publish.Started{Kind: marketplace.Publish, Path: "/p", Found: "the answer was lost"}, `
good      1m30s  the answer was lost; the list of operations has a new one, taken to be this run's: /p
NOTICE [publish started] /p; should this job be lost, carry on with: ` + carryOn("/p")},
		{"following", publish.Following{Kind: marketplace.Publish, Path: "/p", Own: true}, `
plain     1m30s  following the publish operation /p`},
		{"following another's", publish.Following{Kind: marketplace.GoLive, Path: "/p"}, `
plain     1m30s  waiting for somebody else's go-live operation /p; nothing was started yet`},
		{"first look", publish.Looked{Operation: running(step("Validate", marketplace.StepComplete, 100), step("Certification", marketplace.StepRunning, 10)), Next: 20 * time.Second}, `
plain     1m30s  operation is running
good      1m30s  ✓ Validate                     complete
plain     1m30s  ▸ Certification                in progress 10 % (the service's estimate: < 5 day); next look in 20s
progress 55 is running`},
		{"last look", publish.Looked{Operation: inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 50, message("error", "no image")))}, `
bad       1m30s  operation failed
warn      1m30s  ✗ Certification                rejected
ERROR [Certification] no image
progress 100 failed`},
		{"sign-off", publish.Looked{Operation: inState(marketplace.AtSignOff, step("Publisher signoff", marketplace.StepSignOff, 0))}, `
good      1m30s  operation waits for publisher sign-off
plain     1m30s  ▸ Publisher signoff            waiting for sign-off (the service's estimate: < 5 day)
progress 0 waits for publisher sign-off`},
		{"long names", publish.Looked{Operation: running(step("Packaging and Lead Generation Registration", marketplace.StepRunning, 0), step("Live", marketplace.StepBlocked, 0)), Next: time.Minute}, `
plain     1m30s  operation is running
plain     1m30s  ▸ Packaging and Lead Generation Registration in progress (the service's estimate: < 5 day)
warn      1m30s  ✗ Live                                       blocked; next look in 1m
WARNING [Live] the step is blocked; the service gives no reason
progress 0 is running`},
		{"never a format", publish.Looked{Operation: running(step("100%d %s %!x", marketplace.StepBlocked, 0, message("warning", "%n%s")))}, `
plain     1m30s  operation is running
warn      1m30s  ✗ 100%d %s %!x                 blocked
WARNING [100%d %s %!x] %n%s
progress 0 is running`},
		{"faulted", publish.Faulted{Err: trouble, Next: 15 * time.Second}, `
warn      1m30s  the service gives no good answer (no route to host); trying again, first in 15s`},
		{"recovered", publish.Recovered{After: 2*time.Hour + 5*time.Minute}, `
plain     1m30s  the service answers again, after 2h05m`},
		{"retrying", publish.Retrying{Kind: marketplace.Publish, Err: trouble, Next: 30 * time.Second}, `
warn      1m30s  the publish was not taken (no route to host); sending it again in 30s`},
		{"checking", publish.Checking{Kind: marketplace.GoLive, Err: trouble, Window: 2 * time.Minute}, `
warn      1m30s  it is not clear whether the go-live was accepted (no route to host); looking for its traces for up to 2m before anything is sent again`},
		{"distrusted", publish.Distrusted{Location: "https://evil.example/"}, `
WARNING [location not trusted] the service named a location that is no operation of this offer on its own endpoint: https://evil.example/; the token does not go there`},
		{"unknown", publish.Unknown{Word: "onHold"}, `
WARNING [unknown status word] the service says "onHold", which no documentation names; it is taken for running`},
		{"at preview", publish.AtPreview{}, `
good      1m30s  the preview waits for sign-off; going live`},
		{"at preview, watching", publish.AtPreview{Watching: true}, `
plain     1m30s  the preview stands; watching for what is done with it`},
		{"canceling", publish.Canceling{Path: "/p"}, `
plain     1m30s  cancellation ordered; following until the service says that it is canceled`},
		{"canceled own", publish.CanceledOwn{Path: "/p"}, `
plain     1m30s  the operation was told to cancel: /p`},
		{"not canceled own", publish.CanceledOwn{Path: "/p", Err: trouble}, `
warn      1m30s  the operation was left running: no route to host`},
		{"nothing to cancel", publish.Nothing{Command: publish.Cancel, State: marketplace.Failed}, `
good      1m30s  nothing runs on the offer, so there is nothing to cancel`},
		{"preview stands", publish.Nothing{Command: publish.Publish, State: marketplace.AtSignOff}, `
good      1m30s  nothing to do: the preview stands and waits for publisher sign-off`},
		{"live already", publish.Nothing{Command: publish.GoLive, State: marketplace.Succeeded}, `
good      1m30s  nothing to do: the offer is live already`},
		{"overview at rest", publish.Overview{Offer: inState(marketplace.Succeeded, step("Live", marketplace.StepComplete, 100))}, `
plain     1m30s  the offer is live
plain     1m30s  no operation runs
good      1m30s  ✓ Live                         complete`},
		{"overview, never published", publish.Overview{Offer: marketplace.Operation{State: marketplace.NotStarted, NeverPublished: true}}, `
plain     1m30s  the offer was never published
plain     1m30s  no operation runs`},
		{"overview, running", publish.Overview{Offer: running(), Running: &marketplace.Listed{Kind: marketplace.Publish, Path: "/p"}, Path: "/p",
			Detail: &marketplace.Operation{State: marketplace.Running, Steps: []marketplace.Step{step("Certification", marketplace.StepRunning, 40)}}}, `
plain     1m30s  the offer is being published
plain     1m30s  publish operation /p is running
plain     1m30s  ▸ Certification                in progress 40 % (the service's estimate: < 5 day)`},
		{"rehearsed", publish.Rehearsed{Would: "start a publish", Sends: marketplace.Publish}, `
plain     1m30s  dry run, nothing was changed; without it this run would start a publish`},
		{"sign-in ends", publish.SignInEnds{At: time.Date(2000, 1, 1, 3, 0, 0, 0, time.UTC)}, `
WARNING [sign-in ends soon] the job's only assertion ends at 03:00 UTC; after that this run can last as long as its last token. Carry on in another job with: ` + carryOn("")},
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

func TestOnlyChangesArePrinted(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		at := func(percent int) publish.Looked {
			return publish.Looked{Operation: running(step("Certification", marketplace.StepRunning, percent)), Next: time.Minute}
		}
		r.Observe(at(1))
		p.Reset()
		r.Observe(at(1))
		r.Observe(at(24))
		if want := strings.Repeat("debug operation unchanged: running; next look in 1m\nprogress %d is running\n", 2); p.String() != fmt.Sprintf(want, 1, 24) {
			t.Errorf("unchanged: %s", p)
		}
		p.Reset()
		r.Observe(at(26))
		if !strings.Contains(p.String(), "in progress 26 %") {
			t.Errorf("a quarter more: %s", p)
		}
	})
}

func TestQuietTimesShowLife(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, p *paper) {
		const days = 5
		longest, last := time.Duration(0), time.Now()
		r.Observe(publish.Looked{Operation: running(step("Certification", marketplace.StepRunning, 1))})
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
		if !strings.Contains(p.String(), "still waiting: Certification is in progress for 1h") {
			t.Errorf("no full line says for how long:\n%s", p)
		}
	})
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 12 * time.Millisecond: "12ms", 59 * time.Second: "59s", time.Minute: "1m", 150 * time.Second: "2m30s", time.Hour: "1h00m",
		3*time.Hour + 5*time.Minute: "3h05m", 24 * time.Hour: "1d00h", 102 * time.Hour: "4d06h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%d): got %q, want %q", d, got, want)
		}
	}
}
