//go:build unix

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

// memoryBudget is what a process may have resident, in KiB, whatever is done to it.
const memoryBudget = 25 << 10

// attack is what every request to one endpoint, or to all of them, meets.
type attack struct {
	api      string // "" is the portal's
	endpoint string
	fault    string
	platform string
}

func (a attack) String() string {
	kind, _, _ := strings.Cut(a.fault, " ")
	return strings.Trim(a.endpoint+"-"+kind+"-"+a.platform, "-*") // no two services have an endpoint of one name
}

// attacksWith are the attacks at every endpoint; redirect is the fault that leads to another host.
func attacksWith(redirect string) []attack {
	var attacks []attack
	for _, endpoint := range []string{"openid", "token", "idtoken", "list", "publish", "operation", "status"} {
		for _, fault := range []string{"huge", "endless", "slow", "header-bomb", "deep-json", "switch", redirect} {
			attacks = append(attacks, attack{endpoint: endpoint, fault: fault})
		}
	}
	for api, endpoints := range map[string][]string{
		"product-ingestion":         {"product", "submissions", "configure", "job"},
		"partner-center-submission": {"products", "sublist", "modules", "variants", "submit", "submission", "workflow"},
	} {
		for _, endpoint := range endpoints {
			for _, fault := range []string{"huge", "endless", "deep-json", "switch"} {
				attacks = append(attacks, attack{api: api, endpoint: endpoint, fault: fault})
			}
		}
	}
	for _, fault := range []string{"accept-huge", "accept-endless", "accept-header-bomb", "accept-deep-json", "accept-" + redirect} {
		attacks = append(attacks, attack{endpoint: "publish", fault: fault})
	}
	for _, platform := range []string{"github", "azure-pipelines", "gitlab", "none"} {
		attacks = append(attacks, attack{fault: "text", platform: platform}, attack{fault: "location", platform: platform})
	}
	return attacks
}

// Whatever a hostile service does, at any endpoint and for good: the run ends, soon after its timeout at the latest, in
// bounded memory, tells no lie, and sends nothing to whom it is led to.
func TestBinaryBearsHostileService(t *testing.T) {
	t.Parallel()
	evil := newWorld(t, "", emulator.Options{})
	theirs, err := os.ReadFile(evil.ca)
	if err != nil {
		t.Fatal(err)
	}
	redirect := "redirect " + evil.server.URL + "/api/publishers/contoso/offers/contoso-offer/status?api-version=2017-10-31"
	attacks := attacksWith(redirect)

	const timeout = 1500 * time.Millisecond
	var mu sync.Mutex
	most, exits := 0, map[int]int{}
	together(t, 16, attack.String, attacks, func(t *testing.T, a attack) {
		script := "signoff ended\nstep Certification 300ms\n"
		switch a.fault {
		case "text":
			script = "hostile\nstep Certification 200ms blocked \"::error::x\" after 100ms for 100ms\nstep Provisioning 100ms rejected \"##[error]x\" ends\n"
		case "location":
			script += "location absolute foreign " + evil.server.URL + "/api/publishers/contoso/offers/contoso-offer/operations/0a21061b-c59b-47d7-9f32-a9757e042807\n"
		default:
			script += fmt.Sprintf("fault %s * %s\n", a.endpoint, a.fault)
		}
		if a.api != "" {
			script += "serves " + a.api + "\n"
		}
		w := newWorld(t, script, emulator.Options{})
		w.trust(t, theirs)
		limit := timeout
		if a.fault == "text" || a.fault == "location" || strings.HasPrefix(a.fault, "accept-") {
			limit = 20 * time.Second // these come to an end of their own
		}
		p := w.run(t, order{platform: a.platform, inputs: with(fast, "timeout", limit.String(), "api", a.api), env: map[string]string{"RUNNER_DEBUG": "1"}})
		allowed := []int{3, 4, 6}
		switch {
		case a.fault == "text":
			allowed = []int{1}
		case a.fault == "location", strings.HasPrefix(a.fault, "accept-"):
			allowed = []int{0}
		case a.endpoint == "status" || a.endpoint == "publish" && a.fault == "slow" || a.endpoint == "workflow":
			allowed = []int{0, 4, 6}
		}
		if !slices.Contains(allowed, p.exit) && !(p.exit == 3 && w.atSignIn()) {
			t.Errorf("exit code %d", p.exit)
		}
		w.check(p, p.exit)
		truth, out := w.Truth(), p.outputs()
		if p.exit == 0 && truth.Offer != "waitingForPublisherReview" || w.started("publish") > 1 {
			t.Errorf("exit code %d, %+v", p.exit, truth)
		}
		if out["elapsed-seconds"] == "" || out["message"] == "" || p.platform == "github" && p.summary() == "" {
			t.Errorf("outputs %q, summary %q", out, p.summary())
		}
		if p.took > limit+5*time.Second {
			t.Errorf("it took %v", p.took)
		}
		if p.peak > memoryBudget {
			t.Errorf("%d KiB of memory", p.peak)
		}
		mu.Lock()
		defer mu.Unlock()
		most = max(most, p.peak)
		exits[p.exit]++
		t.Logf("exit code %d, %d KiB, %v CPU, %v, %d requests", p.exit, p.peak, p.cpu, p.took.Round(time.Millisecond), len(w.Calls()))
	})
	if n := len(evil.Calls()); n != 0 {
		t.Errorf("%d requests went to another host", n)
	}
	t.Logf("%d attacks, exit codes %v; at most %d KiB of %d", len(attacks), exits, most, memoryBudget)
}
