package app

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

var named = regexp.MustCompile(`a run now would [^\n]*exit code (\d+)`)

// A dry run says the exit code that a real run has from the same state: every command and policy, wherever the offer is.
func TestDryRunSaysWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	const steps = "step Validate 2m\nstep Certification 5m\ngolive 10m\ncancel 202 takes 2m anywhere listed\n"
	situations := []struct{ name, script string }{
		{"never", "offer never\n"},
		{"live", "offer live\n"},
		{"failed", "offer failed\n"},
		{"canceled", "offer canceled\n"},
		{"parked", "offer preview\n"},
		{"parked by status", "offer preview\nsignoff status\n"},
		{"parked over live", "was live\noffer preview\nsignoff ended\n"},
		{"parked listed", "parked listed\n"},
		{"parked classic", "shape classic\noffer preview\n"},
		{"publish runs", "running publish 10m left\n"},
		{"publish runs over live", "offer live\nrunning publish 10m left\nsignoff offer-steps\n"},
		{"publish runs classic", "shape classic\nrunning publish 10m left\n"},
		{"go-live runs", "running golive 10m left\n"},
		{"go-live runs classic", "shape classic\nrunning golive 10m left\n"},
		{"cancellation runs", "running publish 40m left\nperson cancel at 59m\n"},
		{"go-live listed late", "offer preview\nlist late 90s\nperson golive at 59m30s\n"},
		{"publish listed late", "offer live\nlist late 90s\nperson publish at 59m30s\n"},
	}
	orders := [][]string{{"cancel"}, {"cancel", "--operation", "$LAST"}, {"wait", "--until", "accepted"}, {"wait"}, {"wait", "--until", "live"}}
	for _, policy := range []string{"fail", "adopt", "wait", "cancel"} {
		for _, until := range []string{"accepted", "preview", "live"} {
			orders = append(orders, []string{"publish", "--if-running", policy, "--until", until})
		}
		if policy != "cancel" {
			orders = append(orders, []string{"go-live", "--if-running", policy}, []string{"go-live", "--if-running", policy, "--operation", "$LAST"})
		}
	}
	for _, s := range situations {
		for _, order := range orders {
			name := s.name + ", " + strings.Join(order, " ")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				script := s.script + steps
				if order[0] == "wait" { // somebody presses Go live
					script += "person golive 20m after preview\n"
					if strings.HasPrefix(s.name, "parked") {
						script += "person golive at 1h20m\n"
					}
				}
				rehearsed := playAt(t, script, append(order, "--dry-run"))
				m := named.FindStringSubmatch(rehearsed.stdout)
				if rehearsed.exit != 0 || m == nil {
					t.Fatalf("the dry run ended with %d and names no exit code:\n%s", rehearsed.exit, rehearsed.stdout)
				}
				real := playAt(t, script, order)
				if follows := order[0] == "wait" || order[0] == "go-live" || strings.Contains(name, "adopt"); s.name == "cancellation runs" && follows && m[1] == "0" {
					return // that is, if what runs went on; it does not
				}
				if fmt.Sprint(real.exit) != m[1] {
					t.Errorf("the dry run says %s, the run ends with %d:\n%s\n%s", m[1], real.exit, rehearsed.stdout, real.stdout)
				}
			})
		}
	}
}

// playAt plays a job an hour after the beginning of a world.
func playAt(t *testing.T, script string, args []string) (p played) {
	t.Helper()
	parsed, err := emulator.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(parsed, emulator.Options{Seed: 1})
		time.Sleep(time.Hour)
		last := "5d1b9f0e-0000-4000-8000-000000000000"
		for _, o := range e.Truth().Operations {
			if o.Kind == "publish" {
				last = o.ID
			}
		}
		j := job{Job: story.Job{Env: map[string]string{}}}
		for _, arg := range args {
			j.Args = append(j.Args, strings.ReplaceAll(arg, "$LAST", "/api/publishers/contoso/offers/contoso-offer/operations/"+last+"?api-version=2017-10-31"))
		}
		p = play(e, dir, j)
		checkPromises(t, e, j, p, e.Calls())
	})
	return p
}
