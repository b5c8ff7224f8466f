//go:build unix

package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

// instant is when SIGKILL strikes: at the nth request of an endpoint.
type instant struct {
	name     string
	api      string // "" is the portal's
	until    string
	endpoint string
	nth      int
	dead     bool   // the process is dead before the service looks at the request; else it dies as soon as that took effect
	fault    string // what becomes of the request
	later    time.Duration
	adopt    bool // the next run adopts although a path was given out
}

// The instants. Three and more lie between the acceptance and the outputs, and three and more at sign-off.
var instants = []instant{
	{name: "signing-in", until: "preview", endpoint: "idtoken", nth: 1, dead: true, fault: "cut"},
	{name: "token", until: "live", endpoint: "token", nth: 1, dead: true},
	{name: "listing", until: "preview", endpoint: "list", nth: 1, dead: true},
	{name: "start-lost", until: "preview", endpoint: "publish", nth: 1, dead: true, fault: "cut"},
	{name: "start-taken-after-death", until: "preview", endpoint: "publish", nth: 1, dead: true},
	{name: "start-taken-unanswered", until: "preview", endpoint: "publish", nth: 1, fault: "accept-stall"},
	{name: "start-taken-unanswered-later", until: "live", endpoint: "publish", nth: 1, fault: "accept-stall", later: 50 * time.Millisecond},
	{name: "start-answered", until: "preview", endpoint: "publish", nth: 1},
	{name: "start-answered-1ms", until: "live", endpoint: "publish", nth: 1, later: time.Millisecond},
	{name: "start-answered-10ms", until: "preview", endpoint: "publish", nth: 1, later: 10 * time.Millisecond},
	{name: "first-look", until: "preview", endpoint: "operation", nth: 1, dead: true},
	{name: "first-look-answered", until: "preview", endpoint: "operation", nth: 1, later: time.Millisecond},
	{name: "third-look", until: "live", endpoint: "operation", nth: 3, dead: true},
	{name: "sixth-look", until: "preview", endpoint: "operation", nth: 6, later: 5 * time.Millisecond},
	{name: "signoff-seen", until: "live", endpoint: "list", nth: 2, dead: true},
	{name: "golive-lost", until: "live", endpoint: "golive", nth: 1, dead: true, fault: "cut"},
	{name: "golive-taken-after-death", until: "live", endpoint: "golive", nth: 1, dead: true},
	{name: "golive-taken-unanswered", until: "live", endpoint: "golive", nth: 1, fault: "accept-stall", adopt: true},
	{name: "golive-answered", until: "live", endpoint: "golive", nth: 1},
	{name: "golive-followed", until: "live", endpoint: "golive", nth: 1, later: 100 * time.Millisecond},
	{name: "live", until: "live", endpoint: "golive", nth: 1, later: 1200 * time.Millisecond},

	{api: "product-ingestion", name: "lookup", until: "preview", endpoint: "product", nth: 1, dead: true},
	{api: "product-ingestion", name: "start-lost", until: "preview", endpoint: "configure", nth: 1, dead: true, fault: "cut"},
	{api: "product-ingestion", name: "start-taken-after-death", until: "preview", endpoint: "configure", nth: 1, dead: true},
	{api: "product-ingestion", name: "start-taken-unanswered", until: "live", endpoint: "configure", nth: 1, fault: "accept-stall"},
	{api: "product-ingestion", name: "start-answered", until: "preview", endpoint: "configure", nth: 1, later: 2 * time.Millisecond},
	{api: "product-ingestion", name: "third-look", until: "preview", endpoint: "job", nth: 3, dead: true},
	{api: "product-ingestion", name: "golive-taken-after-death", until: "live", endpoint: "configure", nth: 2, dead: true},
	{api: "product-ingestion", name: "golive-followed", until: "live", endpoint: "configure", nth: 2, later: 100 * time.Millisecond},

	{api: "partner-center-submission", name: "draft", until: "preview", endpoint: "modules", nth: 3, dead: true},
	{api: "partner-center-submission", name: "start-lost", until: "preview", endpoint: "submit", nth: 1, dead: true, fault: "cut"},
	{api: "partner-center-submission", name: "start-taken-after-death", until: "preview", endpoint: "submit", nth: 1, dead: true},
	{api: "partner-center-submission", name: "start-taken-unanswered", until: "live", endpoint: "submit", nth: 1, fault: "accept-stall"},
	{api: "partner-center-submission", name: "start-answered", until: "preview", endpoint: "submit", nth: 1, later: 2 * time.Millisecond},
	{api: "partner-center-submission", name: "third-look", until: "preview", endpoint: "submission", nth: 3, dead: true},
	{api: "partner-center-submission", name: "golive-taken-after-death", until: "live", endpoint: "promote", nth: 1, dead: true},
	{api: "partner-center-submission", name: "golive-followed", until: "live", endpoint: "promote", nth: 1, later: 100 * time.Millisecond},
}

// order is what the request that the instant is of orders: publish, golive, or nothing.
func (i instant) order() string {
	switch i.endpoint {
	case "publish", "submit":
		return "publish"
	case "golive", "promote":
		return "golive"
	case "configure":
		return []string{"publish", "golive"}[i.nth-1]
	}
	return ""
}

// Killed at any instant, and run again as the documentation says, one operation is started in total and the same place
// reached: `wait` with the operation where its path was given out, `publish` with `if-running: adopt` where it was not.
// Only the latter goes live: a run that was killed before it did needs it.
func TestBinaryKilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	together(t, 12, func(i instant) string { return strings.Trim(i.api+"-"+i.name, "-") }, instants, func(t *testing.T, i instant) {
		var p *process
		var w *world
		ready, struck := make(chan struct{}), make(chan struct{})
		var once atomic.Bool
		script := "step Certification 10m\ngolive 10m\n"
		if i.adopt {
			script = "step Certification 10m\ngolive 50m\n" // one that ends unseen is not adopted
		}
		if i.api != "" {
			script = "serves " + i.api + "\n" + script
		}
		w = newWorld(t, script, emulator.Options{Speed: 600, Hook: on(i.endpoint, i.nth, func() string {
			if once.Swap(true) {
				return ""
			}
			<-ready
			strike := func() {
				_ = p.Process.Kill()
				<-p.done
				close(struck)
			}
			if i.dead {
				strike()
				return i.fault
			}
			go func() {
				if kind := i.order(); kind != "" {
					until(t, "accepted", func() bool { return w.Truth().Accepted[kind] == 1 })
				}
				time.Sleep(i.later)
				strike()
			}()
			return i.fault
		})})
		inputs := with(fast, "until", i.until)
		p = w.start(t, order{inputs: inputs})
		close(ready)
		select {
		case <-struck:
		case <-p.done:
		}
		// On a busy machine it may have come to its end with fewer looks, or before its killer came to its turn.
		certain := (i.dead || i.fault != "") && w.requests(i.endpoint) >= i.nth
		if p.exit != -1 && (p.exit != 0 || certain) {
			t.Errorf("it ended by itself, with %d\n%s", p.exit, p.stdout.String())
		}
		if kind := i.order(); i.dead && i.fault == "" && kind != "" {
			until(t, "accepted after death", func() bool { return w.Truth().Accepted[kind] == 1 })
		}

		path := p.outputs()["operation-path"]
		alone := i.until == "live" && w.Truth().Accepted["golive"] == 0
		how := "adopt"
		if path == "" || alone || i.adopt {
			inputs = with(inputs, "if-running", "adopt")
		} else {
			how, inputs = "wait", with(inputs, "command", "wait", "operation", path)
		}
		again := w.run(t, order{inputs: inputs})
		w.check(again, 0)
		truth := w.Truth()
		wanted, golives := "waitingForPublisherReview", 0
		if i.until == "live" {
			wanted, golives = "succeeded", 1
		}
		if truth.Offer != wanted || again.outputs()["status"] != wanted {
			t.Errorf("the offer is %s, outputs %q", truth.Offer, again.outputs())
		}
		if w.started("publish") != 1 || w.started("golive") != golives {
			t.Errorf("%+v", truth)
		}
		if path != "" && !strings.Contains(p.outputsNow(), "status=running") {
			t.Errorf("outputs of the killed run: %q", p.outputsNow())
		}
		t.Logf("killed after %v with the path %q; then %s", p.took.Round(time.Millisecond), path, how)
	})
}
