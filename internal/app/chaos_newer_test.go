package app

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

var (
	newerSeeds = flag.Int("chaos.newer", 100, "how many seeds TestChaosOfTheNewerServices runs")
	newerFrom  = flag.Int64("chaos.newer.from", 1, "the first of them")
	newerSeed  = flag.Int64("chaos.newer.seed", 0, "the one seed that it runs, and tells all about; 0: all")
)

// world is what a seed stands for where the offer is any service's: the script, line by line, the jobs one after the
// other, and how often a request goes wrong.
type world struct {
	seed      int64
	service   string // that has the offer
	script    []string
	jobs      []job
	next      []string // what each further job does with the path that the last one handed over
	rate      float64
	signIn    bool
	withdrawn map[string]bool // faults that shrinking took out
	struck    []string
}

// oddities are what each of the newer services may do besides. What is behind is so for less than the window.
var oddities = map[string][]string{
	"product-ingestion": {
		"ingestion configure 200", "ingestion configure 200 unnamed", "ingestion conflict 409", "ingestion conflict 422", "ingestion conflict job",
		"ingestion job early 1m", "ingestion job unnamed", "ingestion job untold", "ingestion submissions late 5m", "ingestion submissions unlisted 1m",
		"ingestion submissions gone 90s", "ingestion submissions gone 90s listed", "ingestion submissions only-live", "ingestion canceled draft", "ingestion canceled listed",
		"ingestion form ID quoted nozone objects", "ingestion form date-only nulls no-draft one-bare", "ingestion form codes-objects", "ingestion pages 2 relative",
		"ingestion pages 3 spread", "ingestion word running validating", "ingestion word completed Completed", "list late 40s", "hostile",
	},
	"partner-center-submission": {
		"submission pages 1 odata", "submission pages 1 bogus", "submission pages 2 relative", "submission newest first", "submission newest last", "submission leftovers",
		"submission vanishes 24h", "submission created 202", "submission delete takes 3m", "submission filter-refused", "submission missing Listing optional",
		"submission plans 0", "submission shows running InProgress/Certifying", "submission shows golive-failed InProgress/FailedInCertification",
		"submission shows live Published/", "form no-steps", "list late 40s", "hostile",
	},
	"cloud-partner-portal": {"shape classic", "signoff status", "signoff ended", "location none", "list late 40s", "hostile"},
}

func newWorld(seed int64) *world {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	w := &world{seed: seed, withdrawn: map[string]bool{}}
	line := func(format string, args ...any) { w.script = append(w.script, fmt.Sprintf(format, args...)) }
	w.service = pick(r, "product-ingestion", "product-ingestion", "product-ingestion", "partner-center-submission", "partner-center-submission", "partner-center-submission", "cloud-partner-portal")
	if w.service != "cloud-partner-portal" {
		line("serves %s%s", w.service, pick(r, "", "", " portal 403"))
	}
	if w.service == "partner-center-submission" && r.IntN(3) == 0 {
		line("ingestion type %s", pick(r, "azureApplication", "dynamics365BusinessCentral"))
	}
	line("offer %s", pick(r, "never", "live", "failed", "canceled", "preview"))
	line("step %q %dm", "Automated validation", 1+r.IntN(5))
	line("step Certification %dm%s", 1+r.IntN(120), pick(r, "", "", "", ` failed "no image" ends`))
	line("golive %dm%s", 1+r.IntN(60), pick(r, "", "", "", ` fails "not today"`))
	line("cancel %s", pick(r, "202 takes 2m", "200", "202 ignored", `refused 400 "too late"`))
	if r.IntN(4) == 0 {
		line("running %s %dm left", pick(r, "publish", "golive"), 1+r.IntN(60))
	}
	if r.IntN(4) == 0 {
		line("person %s at %dm", pick(r, "golive", "cancel", "publish"), r.IntN(60))
	}
	if r.IntN(6) == 0 {
		line("at %dm tokens invalid", 1+r.IntN(90))
	}
	for range r.IntN(4) {
		w.script = append(w.script, pick(r, oddities[w.service]...))
	}
	w.rate = pick(r, 0, 0, 0.02, 0.1, 0.3)
	w.signIn = r.IntN(5) == 0

	first := job{Job: story.Job{Env: map[string]string{
		"INPUT_COMMAND": pick(r, "publish", "publish", "publish", "publish", "go-live", "wait", "cancel", "status"),
		"INPUT_UNTIL":   pick(r, "preview", "preview", "live", "live", "accepted"), "INPUT_IF-RUNNING": pick(r, "fail", "adopt", "wait", "cancel"),
		"INPUT_TIMEOUT": pick(r, "10h", "10h", "2h", "5m"), "INPUT_ON-CANCEL": pick(r, "leave", "cancel"), "INPUT_ON-TIMEOUT": pick(r, "fail", "fail", "continue"),
		"INPUT_API": pick(r, "auto", "auto", w.service), "INPUT_POLL-INTERVAL": pick(r, "", interval(r)), "INPUT_DRY-RUN": pick(r, "false", "false", "false", "false", "true"),
		"INPUT_PUBLISHER-ID": "contoso", "INPUT_OFFER-ID": "contoso-offer",
	}}}
	if w.says("submission leftovers") { // another run takes what is back in draft for running, for as long as it may
		first.Env["INPUT_ON-TIMEOUT"] = "fail"
		if first.Env["INPUT_UNTIL"] == "accepted" {
			first.Env["INPUT_UNTIL"] = "preview"
		}
	}
	if w.says("submission leftovers") || w.says("ingestion submissions unlisted") { // what somebody publishes then shows nowhere
		w.script = slices.DeleteFunc(w.script, func(line string) bool { return strings.HasPrefix(line, "person publish") })
	}
	switch r.IntN(4) {
	case 0:
		first.KillAt = time.Duration(r.Int64N(int64(pick(r, 20*time.Second, 10*time.Minute, 3*time.Hour)))) + time.Millisecond
	case 1:
		first.Signal, first.SignalAt = pick(r, 130, 143), time.Duration(r.Int64N(int64(pick(r, 20*time.Second, 3*time.Hour))))+time.Millisecond
	}
	w.jobs, w.next = []job{first}, []string{""}
	for range r.IntN(3) {
		j := job{Job: story.Job{Env: clone(first.Env), Pause: time.Duration(r.Int64N(int64(30 * time.Minute)))}}
		j.Env["INPUT_IF-RUNNING"], j.Env["INPUT_TIMEOUT"], j.Env["INPUT_DRY-RUN"], j.Env["INPUT_ON-TIMEOUT"] = "adopt", "48h", "false", "fail"
		w.jobs, w.next = append(w.jobs, j), append(w.next, pick(r, "wait", "wait", "wait", "go-live", "cancel", "status"))
	}
	return w
}

// fault draws what befalls a request: the same for the same seed, whatever happened before it.
func (w *world) fault(c emulator.Call) emulator.Fault {
	name := fmt.Sprintf("%s %d", c.Endpoint, c.Nth)
	signIn := slices.Contains([]string{"token", "idtoken", "openid", "discovery"}, c.Endpoint)
	if w.withdrawn[name] || c.Endpoint == "foreign" || signIn && !w.signIn {
		return emulator.Fault{}
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", w.seed, name)
	r := rand.New(rand.NewPCG(h.Sum64(), 3))
	if r.Float64() >= w.rate {
		return emulator.Fault{}
	}
	kinds := readFaults
	switch {
	case signIn:
		kinds = tokenFaults
	case orders(c):
		kinds = startFaults
	}
	text := pick(r, kinds...)
	f, err := emulator.ParseFault(text)
	if err != nil {
		panic(err)
	}
	w.struck = append(w.struck, fmt.Sprintf("fault %s %s", name, text))
	return f
}

// orders reports whether a call orders something of a service.
func orders(c emulator.Call) bool { return servesOffers(c) && c.Method != "GET" }

func servesOffers(c emulator.Call) bool {
	return slices.Contains([]string{"cloudpartner.azure.com", "graph.microsoft.com", "api.partner.microsoft.com"}, c.Host)
}

// run plays the world and returns what broke.
func (w *world) run(t *testing.T, dir func() string) (broken []string, told string) {
	script, err := emulator.Parse(strings.Join(w.script, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	dirs := make([]string, len(w.jobs))
	for i := range dirs {
		dirs[i] = dir()
	}
	w.struck = nil
	rec := &recorder{TB: t}
	var b strings.Builder
	synctest.Test(t, func(*testing.T) {
		e := emulator.New(script, emulator.Options{Seed: w.seed, Hook: w.fault})
		path, given := "", ""
		for i, j := range w.jobs {
			time.Sleep(j.Pause)
			j.Env = clone(j.Env)
			if i > 0 && path != "" {
				j.Env["INPUT_COMMAND"], j.Env["INPUT_OPERATION"] = w.next[i], path
			}
			given = j.Env["INPUT_OPERATION"]
			before, calls := e.Truth(), len(e.Calls())
			got := play(e, dirs[i], j)
			after, made := e.Truth(), e.Calls()[calls:]
			fmt.Fprintf(&b, "--- job %d: %v\nexit %d after %s\n%s%s\n%s%s", i+1, j.Env, got.exit, got.took, got.stdout, got.stderr, got.outputs, requests(made))
			checkJob(rec, e, j, got, made)
			w.checkOrders(rec, j, before, after, made)
			w.checkApproval(rec, j, given, after)
			w.checkEnd(rec, j, got, after, made)
			if found := outputsOf(rec, got.outputs)["operation-path"]; found != "" {
				path = found
			}
		}
		fmt.Fprintf(&b, "--- truth\n%+v\n", e.Truth())
	})
	return rec.errors, b.String()
}

// checkOrders holds a job to one order of each kind, to one service from its first order on, and to no order at all where
// it only reads.
func (w *world) checkOrders(t testing.TB, j job, before, after emulator.Truth, calls []emulator.Call) {
	own := map[string]int{}
	for _, o := range after.Operations[len(before.Operations):] {
		if o.By == "client" {
			own[o.Kind]++
		}
	}
	if own["publish"] > 1 || own["golive"] > 1 {
		t.Errorf("promise 1: one job started %v", own)
	}
	ordered := ""
	for _, c := range calls {
		switch {
		case !servesOffers(c):
		case ordered != "" && c.Host != ordered:
			t.Errorf("promise 1: a call to %s after an order to %s", c.Host, ordered)
		case orders(c):
			ordered = c.Host
			reads := j.Env["INPUT_DRY-RUN"] == "true" || j.Env["INPUT_COMMAND"] == "status" || j.Env["INPUT_COMMAND"] == "wait"
			if reads {
				t.Errorf("promise 1: %s %s by a run that only reads", c.Method, c.URL)
			}
			if home := hostOf[w.service]; c.Host != home {
				t.Errorf("promise 1: an order to %s, and the offer is at %s", c.Host, home)
			}
		}
	}
	if j.Env["INPUT_IF-RUNNING"] == "adopt" && own["publish"] == 1 && j.Env["INPUT_OPERATION"] == "" && !w.says("person") {
		for _, o := range before.Operations {
			if o.By == "client" && o.Kind == "publish" && o.State == "running" {
				t.Errorf("promise 2: adopted nothing beside %+v", o)
			}
		}
	}
}

var hostOf = map[string]string{"cloud-partner-portal": "cloudpartner.azure.com", "product-ingestion": "graph.microsoft.com", "partner-center-submission": "api.partner.microsoft.com"}

// checkApproval: a go-live that was given an operation takes live nothing that was published after it.
func (w *world) checkApproval(t testing.TB, j job, given string, truth emulator.Truth) {
	if j.Env["INPUT_COMMAND"] != "go-live" || given == "" {
		return
	}
	var meant, newest, live *emulator.TruthOperation
	for i := range truth.Operations {
		o := &truth.Operations[i]
		switch {
		case o.Kind == "golive" && o.By == "client":
			live = o
		case o.Kind == "publish" && strings.Contains(given, o.ID):
			meant, newest = o, o
		case o.Kind == "publish" && meant != nil && live == nil:
			newest = o
		}
	}
	if live != nil && meant != nil && newest != meant && live.Accepted > newest.Accepted+time.Minute && live.Accepted > meant.Accepted {
		t.Errorf("go-live of %s was ordered, and %s is newer", meant.ID, newest.ID)
	}
}

func (w *world) says(prefix string) bool {
	return slices.ContainsFunc(w.script, func(line string) bool { return strings.HasPrefix(line, prefix) })
}

// checkEnd holds the exit code, the outputs and the bounds of a job to what is known.
func (w *world) checkEnd(t testing.TB, j job, got played, truth emulator.Truth, calls []emulator.Call) {
	limit, _ := time.ParseDuration(j.Env["INPUT_TIMEOUT"])
	switch {
	case got.exit >= 128 && got.took-j.SignalAt > 5*time.Second:
		t.Errorf("promise 2: the ending took %s", got.took-j.SignalAt)
	case got.took > limit+5*time.Second:
		t.Errorf("promise 7: %s for a timeout of %s", got.took, limit)
	}
	if n := len(calls); n > 250+int(got.took/(8*time.Second)) {
		t.Errorf("promise 6: %d requests in %s", n, got.took)
	}
	if got.exit < 0 {
		return
	}
	out := outputsOf(t, got.outputs)
	switch {
	case out["elapsed-seconds"] == "":
		t.Errorf("promise 2: no outputs at the end")
	case strings.Contains(got.stdout, "accepted::if this job is lost") && out["operation-path"] == "":
		t.Errorf("promise 2: accepted, and no path in the outputs")
	case out["api"] != "" && out["api"] != w.service:
		t.Errorf("promise 3: api is %s", out["api"])
	}
	bad := truth.Offer == "failed" || truth.Offer == "canceled"
	known := map[string][]string{} // states by id
	for _, o := range truth.Operations {
		bad = bad || o.State == "failed" || o.State == "canceled"
		known[o.ID] = append(known[o.ID], o.State)
	}
	refused := slices.ContainsFunc(calls, func(c emulator.Call) bool { return c.Method != "GET" && c.Status >= 400 && c.Status < 500 })
	switch faultless := len(w.struck) == 0; {
	case got.exit == 1 && !bad && !refused:
		t.Errorf("promise 3: exit 1, and nothing failed or was refused")
	case got.exit == 2:
		t.Errorf("promise 3: exit 2 for good inputs")
	case got.exit == 3 && !w.signIn:
		t.Errorf("promise 3: exit 3, and nobody touched sign-in")
	case got.exit == 4 && len(truth.Operations) == 0:
		t.Errorf("promise 3: exit 4, and there is no operation")
	case got.exit == 6 && faultless && !bad && !w.says("list late") && !w.says("ingestion job") && !w.says("ingestion submissions") && !w.says("location") && !w.says("person"):
		t.Errorf("promise 3: exit 6 without a fault")
	}
	if states, found := known[out["operation-id"]]; found && slices.Contains([]string{"succeeded", "failed", "canceled"}, out["status"]) {
		approved := out["status"] == "succeeded" && slices.Contains(states, "waitingForPublisherReview")
		if !approved && !slices.Contains(states, out["status"]) {
			t.Errorf("promise 3: status %s, and the operation is %v", out["status"], states)
		}
	}
}

// TestChaosOfTheNewerServices drives the whole program through seeded runs in fake time: an offer of any service, found by
// `auto` or named, the oddities of each, faults, people, kills, signals, and the runs that carry on.
func TestChaosOfTheNewerServices(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir := func() string {
		d, err := os.MkdirTemp(base, "")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	from, to := *newerFrom, *newerFrom+int64(*newerSeeds)
	if *newerSeed != 0 {
		from, to = *newerSeed, *newerSeed+1
	}
	for seed := from; seed < to; seed++ {
		w := newWorld(seed)
		broken, told := w.run(t, dir)
		if *newerSeed != 0 {
			t.Logf("%s\n%s", w.story(), told)
		}
		if len(broken) == 0 {
			continue
		}
		w.shrink(func() bool {
			again, _ := w.run(t, dir)
			return len(again) > 0
		})
		broken, told = w.run(t, dir)
		t.Errorf("seed %d breaks:\n%s\n\n%s\n%s\nreplay: go test ./internal/app -run TestChaosOfTheNewer -chaos.newer.seed %d -v", seed, strings.Join(broken, "\n"), w.story(), told, seed)
		if *newerSeeds <= 1000 {
			return
		}
	}
}

// shrink takes out the faults and the lines of the script without which the world breaks a promise as well.
func (w *world) shrink(broken func() bool) {
	for range 2 {
		for _, f := range slices.Clone(w.struck) {
			name := strings.Join(strings.Fields(f)[1:3], " ")
			if w.withdrawn[name] = true; !broken() {
				delete(w.withdrawn, name)
			}
		}
		for i := len(w.script) - 1; i >= 0; i-- {
			was := slices.Clone(w.script)
			if w.script = slices.Delete(slices.Clone(w.script), i, i+1); strings.HasPrefix(was[i], "serves") || !broken() {
				w.script = was
			}
		}
	}
}

// story is the world in the form of testdata/*.txtar.
func (w *world) story() string {
	var b strings.Builder
	for i, j := range w.jobs {
		fmt.Fprintf(&b, "-- %s --\n", story.Nth("env", i+1))
		if w.next[i] != "" {
			fmt.Fprintf(&b, "# INPUT_COMMAND=%s with the last path, if there is one\n", w.next[i])
		}
		for name, value := range j.Env {
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}
		fmt.Fprintf(&b, "-- %s --\n", story.Nth("happens", i+1))
		if j.Pause > 0 {
			fmt.Fprintf(&b, "pause %s\n", j.Pause)
		}
		if j.KillAt > 0 {
			fmt.Fprintf(&b, "kill at %s\n", j.KillAt)
		}
		if j.SignalAt > 0 {
			fmt.Fprintf(&b, "signal SIG%d at %s\n", j.Signal-128, j.SignalAt)
		}
	}
	fmt.Fprintf(&b, "-- service --\n%s\n%s\n", strings.Join(w.script, "\n"), strings.Join(w.struck, "\n"))
	return b.String()
}
