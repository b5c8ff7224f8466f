//go:build unix

package main

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

var (
	binarySeeds = flag.Int("binary.seeds", 40, "how many seeds TestBinaryChaos runs")
	binarySeed  = flag.Int64("binary.seed", 0, "the one seed that TestBinaryChaos runs; 0: all")
)

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// faultsOf an endpoint that a socket can carry, and that do not take longer than a test has time.
func faultsOf(endpoint string) []string {
	switch endpoint {
	case "publish", "golive":
		return []string{"cut", "status 503", "status 500", "status 429 retry-after 20s", "status 408", "accept-cut", "accept-truncated", "accept-status 500",
			"accept-html 502", "accept-endless", "late 2m", "nolocation", "delay 10m", "redirect https://evil.example/", "slow"}
	case "list", "operation", "status": // no 401 beside those of the script's tokens: two in a row end a run rightly
		return []string{"cut", "truncated", "status 500", "status 503", "status 429 retry-after 40s", "status 408", "html 502", `json "{}"`, `body "null"`,
			"deep-json", "huge", "endless", "header-bomb", "redirect https://evil.example/", "delay 5m"}
	}
	return nil // sign-in has waits of its own that are longer than these runs
}

// life of a seed: a service, and a first job that meets faults and perhaps a signal.
type chaos struct {
	seed   int64
	script string
	until  string
	inputs map[string]string
	rate   float64
	signal syscall.Signal // 0: none
	after  time.Duration
}

func newChaos(seed int64) chaos {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	c := chaos{seed: seed, until: pick(r, "preview", "live"), rate: pick(r, 0.05, 0.2, 0.4)}
	c.script = strings.Join([]string{
		"offer " + pick(r, "never", "live", "failed", "canceled"),
		"shape " + pick(r, "migrated", "migrated", "classic"),
		"signoff " + pick(r, "step", "step-by-name", "status", "ended", "offer"),
		"location " + pick(r, "location", "operation-location", "absolute", "no-api-version", "none", "foreign https://evil.example/x"),
		fmt.Sprintf("step Certification %dm", 5+r.IntN(30)),
		fmt.Sprintf("golive %dm", 5+r.IntN(30)),
		fmt.Sprintf("at %dm tokens invalid", 1+r.IntN(60)),
	}, "\n") + "\n"
	c.inputs = with(fast, "until", c.until, "poll-interval", "20ms", "timeout", pick(r, "20s", "20s", "400ms"), "on-cancel", "leave", "if-running", pick(r, "fail", "adopt"))
	c.signal = pick(r, 0, syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT)
	c.after = time.Duration(r.Int64N(int64(1200 * time.Millisecond)))
	return c
}

// fault draws what befalls a request: the same for the same seed, whatever happened before it.
func (c chaos) fault(call emulator.Call) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", c.seed, call.Endpoint, call.Nth)
	r := rand.New(rand.NewPCG(h.Sum64(), 8))
	kinds := faultsOf(call.Endpoint)
	if len(kinds) == 0 || r.Float64() >= c.rate {
		return ""
	}
	return pick(r, kinds...)
}

// The chaos of the whole program in small, with nothing between the binary and the sockets imitated: one job with faults
// and signals as a seed draws them, then, where it did not reach its goal, one without. Together they start one publish
// and, where it is wanted, one go-live.
func TestBinaryChaos(t *testing.T) {
	t.Parallel()
	seeds := make([]int64, *binarySeeds)
	for i := range seeds {
		seeds[i] = int64(i + 1)
	}
	if *binarySeed != 0 {
		seeds = []int64{*binarySeed}
	}
	var mu sync.Mutex
	exits, struck := map[int]int{}, 0
	together(t, 10, func(seed int64) string { return fmt.Sprintf("seed-%d", seed) }, seeds, func(t *testing.T, seed int64) {
		c := newChaos(seed)
		var healed atomic.Bool
		w := newWorld(t, c.script, emulator.Options{Speed: hurry, Seed: seed, Hook: func(call emulator.Call) emulator.Fault {
			if healed.Load() {
				return emulator.Fault{}
			}
			return mustFault(c.fault(call))
		}})
		p := w.start(t, order{inputs: c.inputs, env: map[string]string{"RUNNER_DEBUG": "1"}})
		if c.signal != 0 {
			struckBy := p.Process
			defer time.AfterFunc(c.after, func() { _ = struckBy.Signal(c.signal) }).Stop()
		}
		p.end()
		first := w.Truth()
		unborn := c.signal != 0 && len(w.Calls()) == 0 // it died of the signal before it could listen to it
		allowed := map[int]bool{0: true, 6: true, 3: w.atSignIn(), 4: len(first.Operations) > 0, -1: c.signal == syscall.SIGKILL || unborn, 128 + int(c.signal): c.signal != 0}
		if !allowed[p.exit] {
			t.Errorf("exit code %d", p.exit)
		}
		w.check(p, p.exit)
		w.checkGoal(p, c.until)
		exit := p.exit
		if p.exit != 0 {
			healed.Store(true)
			inputs := with(c.inputs, "timeout", "30s", "if-running", "adopt")
			path := p.outputs()["operation-path"]
			if path != "" && (c.until == "preview" || w.Truth().Accepted["golive"] > 0) {
				inputs = with(inputs, "command", "wait", "operation", path)
			}
			p = w.run(t, order{inputs: inputs})
			w.check(p, 0)
			w.checkGoal(p, c.until)
		}
		own := map[string]int{"publish": w.started("publish"), "golive": w.started("golive")}
		if own["publish"] != 1 || c.until == "live" && own["golive"] != 1 || c.until == "preview" && own["golive"] != 0 {
			t.Errorf("started %v", own)
		}
		faults := 0
		for _, call := range w.Calls() {
			if call.Fault != "" {
				faults++
			}
		}
		if t.Failed() {
			t.Logf("replay: go test ./internal/demo -run TestBinaryChaos -binary.seed %d -v\n%s%v\n%+v", seed, c.script, c.inputs, w.Truth())
			for _, call := range w.Calls() {
				t.Logf("%10v %s %d: %d %s", call.At.Round(time.Second), call.Endpoint, call.Nth, call.Status, call.Fault)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		exits[exit]++
		struck += faults
	})
	t.Logf("%d seeds, %d faults, exit codes of the first jobs %v", len(seeds), struck, exits)
}

// checkGoal holds a good end to what the service knows.
func (w *world) checkGoal(p *process, until string) {
	p.t.Helper()
	wanted := "waitingForPublisherReview"
	if until == "live" {
		wanted = "succeeded"
	}
	if offer := w.Truth().Offer; p.exit == 0 && offer != wanted {
		p.t.Errorf("exit code 0, and the offer is %s\n%s", offer, p.stdout.String())
	}
}
