package app

import (
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

var (
	chaosSeeds  = flag.Int("chaos.seeds", 200, "how many seeds TestChaos runs")
	chaosFrom   = flag.Int64("chaos.from", 1, "the first seed that TestChaos runs")
	chaosShrink = flag.Duration("chaos.shrink", 20*time.Second, "how long TestChaos looks for what is to blame")
	chaosAll    = flag.Bool("chaos.all", false, "TestChaos goes on after a seed that breaks a promise")
	chaosSeed   = flag.Int64("chaos.seed", 0, "the one seed that TestChaos runs, and tells all about; 0: all")
)

// plan is what a seed stands for: a service, the jobs one after the other, and faults drawn for each request.
type plan struct {
	seed      int64
	script    []string // lines
	jobs      []job
	rate      float64          // of faults
	outage    [2]time.Duration // everything fails in between
	signIn    bool             // faults may concern sign-in
	healed    int              // from this job on there are no faults
	withdrawn map[string]bool  // faults that shrinking took out
	struck    []string         // faults that struck, in the script's language
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// faults of the chaos: for reads, for orders, and for sign-in.
var (
	readFaults  = []string{"cut", "dial", "dns", "tls", "stall", "truncated", "status 500", "status 503", "status 429 retry-after 40s", "status 408", "html 502", `json "{}"`, `body "null" status 200`, "deep-json", "redirect https://evil.example/", "delay 20s", "switch"}
	startFaults = []string{"cut", "dial", "dns", "stall", "status 503", "status 500", "status 429 retry-after 20s", "status 408", "accept-cut", "accept-stall", "accept-status 500", "accept-html 502", "late 15s", "late 70s", "nolocation", "delay 30s", "redirect https://evil.example/", "accept-switch", "repeat", "accept-status 200", "accept-status 204"}
	tokenFaults = []string{"status 500", "status 503 retry-after 2s", "cut", "truncated", "html 502", "dial", "switch"}
)

// says reports whether a line of the script begins so.
func (p *plan) says(prefix string) bool {
	return slices.ContainsFunc(p.script, func(line string) bool { return strings.HasPrefix(line, prefix) })
}

// drawService draws the offer, and how the service shows it. Whatever lags does so for less than the window.
func (p *plan) drawService(r *rand.Rand) {
	line := func(format string, args ...any) { p.script = append(p.script, fmt.Sprintf(format, args...)) }
	now := func(n int) bool { return r.IntN(n) == 0 }
	line("offer %s", pick(r, "never", "live", "failed", "canceled", "preview"))
	line("shape %s", pick(r, "migrated", "migrated", "migrated", "classic", "classic bare", "single", "single listed"))
	line("signoff %s", pick(r, "step", "step-by-name", "status", "ended", "offer", "offer-steps", "offer-by-step", "operation"))
	line("location %s", pick(r, "location", "location", "location", "operation-location", "azure-async-operation", "absolute", "http", "no-slash", "slash", "no-api-version", "api-version 2016-08-01-preview", "fragment", "offer-guid", "upper", "none", "foreign https://evil.example/x"))
	line("step \"Validate Pre-Requisites\" %dm", 1+r.IntN(5))
	switch r.IntN(7) {
	case 0:
		line(`step Certification %dm rejected "no image"%s`, 1+r.IntN(60), pick(r, "", " ends", " unseen"))
	case 1:
		line(`step Certification 30m blocked "no image" after 5m for %dm`, 1+r.IntN(60))
	default:
		line("step Certification %dm", 1+r.IntN(240))
	}
	line("golive %dm%s", 1+r.IntN(60), pick(r, "", "", "", ` fails "not today"`))
	line("cancel %s", pick(r, "202 takes 2m", "200", "202 ignored", `refused 400 "too late"`, "202 takes 1m anywhere", "202 takes 1m listed", "202 takes 1m ghost 80s", "202 takes 1m aside 80s", "202 takes 30s in-body"))
	switch r.IntN(8) {
	case 0, 1:
		line("running %s %dm left", pick(r, "publish", "golive"), 1+r.IntN(60))
	case 2:
		line("was live")
	}
	if now(5) {
		line("person %s at %dm", pick(r, "golive", "cancel", "publish"), 1+r.IntN(60))
	}
	if now(4) {
		line("at %dm tokens invalid", 1+r.IntN(90))
	}
	if now(4) {
		line("conflict %s", pick(r, "400", "409", "412", "422", "423"))
	}
	if now(4) {
		line("list %s ended", pick(r, "keeps", "drops"))
	}
	if now(3) {
		line("list order %s", pick(r, "newest", "oldest", "mixed"))
	}
	if now(4) {
		line("list %s %ds", pick(r, "late", "stale"), 1+r.IntN(100))
	}
	if now(4) {
		line("status %s %ds", pick(r, "late", "stale"), 1+r.IntN(100))
	} else if now(5) {
		line("status %s", pick(r, "live", "live until 1m after end"))
	}
	if now(6) {
		line("page late %ds%s", 1+r.IntN(100), pick(r, "", " before"))
	}
	if now(5) {
		form := pick(r, "capped 2", "pages 1", "pages 2 absolute", "pages 1 last-404", "pages 1 foreign https://evil.example/x", "wrapped")
		if !p.says("shape single listed") || form != "capped 2" { // what is cut off is told apart by its id alone
			line("list %s", form)
		}
	}
	if now(6) {
		line("list nothing %s", pick(r, "404", "204", "empty", "null"))
	}
	if now(6) {
		line("list filter %s", pick(r, "status", "submissionState", "none"))
	}
	if now(4) {
		line("changed %s", pick(r, "constant", "draft", "old", "future 1h", "local 2h", "empty", "null", "missing"))
	}
	if now(8) {
		line("clock %s", pick(r, "-1h", "1h"))
	}
	if now(8) {
		line("relic %s", pick(r, "Archived", "running lost", "succeeded times 30", "running lost golive"))
	}
	if now(6) {
		line("form %s", pick(r, "no-steps", "six-steps", "untrue-steps", "live-on-publish", "chatty", "nulls", "nozone", "pascal-words", "array"))
	}
	if now(10) {
		word := pick(r, "publish", `""`, "Publish/GoLive")
		if word != `""` || !p.says("status live") { // a list that names no types contradicts no status
			line("word type golive %s", word)
		}
	}
}

// lies reports whether the service shows anything late, short or in another order than it happened: then a run may have to
// say that it does not know.
func (p *plan) lies() bool {
	return slices.ContainsFunc([]string{"list ", "status ", "page ", "changed ", "clock ", "relic ", "location ", "form ", "word ", "conflict ", "shape single", "shape classic bare"}, p.says)
}

// drawJob draws what the first job is told, and what befalls it.
func drawJob(r *rand.Rand) job {
	j := job{Job: story.Job{Env: map[string]string{
		"INPUT_COMMAND": pick(r, "publish", "publish", "publish", "publish", "publish", "go-live", "go-live", "wait", "cancel", "status"),
		"INPUT_UNTIL":   pick(r, "preview", "preview", "live", "live", "accepted"), "INPUT_IF-RUNNING": pick(r, "fail", "adopt", "wait", "cancel"),
		"INPUT_TIMEOUT": pick(r, "10h", "10h", "2h", "5m", "30s"), "INPUT_ON-TIMEOUT": pick(r, "fail", "continue"),
		"INPUT_ON-CANCEL": pick(r, "leave", "cancel"), "INPUT_POLL-INTERVAL": pick(r, "", "1s", "2m", interval(r)),
		"INPUT_API": pick(r, "", "", "cloud-partner-portal"),
	}}}
	if j.Env["INPUT_COMMAND"] != "publish" && r.IntN(3) == 0 {
		j.Env["INPUT_OPERATION"] = pick(r, "$LAST", "$LAST", "5d1b9f0e-0000-4000-8000-000000000000")
	}
	if r.IntN(12) == 0 {
		j.Env["INPUT_DRY-RUN"] = "true"
	}
	switch r.IntN(4) {
	case 0:
		j.KillAt = time.Duration(r.Int64N(int64(pick(r, 20*time.Second, 10*time.Minute, 3*time.Hour)))) + time.Millisecond
	case 1:
		j.Signal, j.SignalAt = pick(r, 130, 143), time.Duration(r.Int64N(int64(pick(r, 20*time.Second, 3*time.Hour))))+time.Millisecond
	}
	return j
}

// interval is a first wait between looks. It takes the place of the jitter, which is drawn by chance and not by the seed.
func interval(r *rand.Rand) string { return fmt.Sprintf("%dms", 10_000+r.IntN(50_000)) }

func newPlan(seed int64) *plan {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	p := &plan{seed: seed, withdrawn: map[string]bool{}}
	p.drawService(r)
	p.rate = pick(r, 0, 0, 0.02, 0.1, 0.3)
	if r.IntN(3) == 0 {
		p.outage[0] = time.Duration(r.IntN(60)) * time.Minute
		p.outage[1] = p.outage[0] + time.Duration(r.IntN(40))*time.Minute
	}
	p.signIn = r.IntN(4) == 0
	first := drawJob(r)
	p.jobs = []job{first}
	for range 1 + r.IntN(3) { // what a pipeline does next: carry on with what the last job handed over
		next := job{Job: story.Job{Env: clone(first.Env), Pause: time.Duration(r.Int64N(int64(time.Minute)))}}
		next.Env["INPUT_IF-RUNNING"], next.Env["INPUT_TIMEOUT"] = "adopt", "48h"
		delete(next.Env, "INPUT_DRY-RUN")
		if r.IntN(3) == 0 && len(p.jobs) < 3 {
			next.KillAt = time.Duration(r.Int64N(int64(time.Hour))) + time.Millisecond
		}
		p.jobs = append(p.jobs, next)
	}
	p.healed = len(p.jobs) - 1
	p.jobs[p.healed].KillAt = 0
	return p
}

// fault draws what befalls a request: the same for the same seed, whatever happened before it.
func (p *plan) fault(c emulator.Call, playing int) emulator.Fault {
	name := fmt.Sprintf("%s %d", c.Endpoint, c.Nth)
	if p.withdrawn[name] || playing >= p.healed || c.Endpoint == "foreign" {
		return emulator.Fault{}
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", p.seed, name)
	r := rand.New(rand.NewPCG(h.Sum64(), 2))
	kinds := readFaults
	switch c.Endpoint {
	case "publish", "golive", "cancel":
		kinds = startFaults
	case "token", "idtoken":
		kinds = tokenFaults
	}
	text := pick(r, kinds...)
	down := c.At >= p.outage[0] && c.At < p.outage[1]
	if !p.signIn && (c.Endpoint == "token" || c.Endpoint == "idtoken" || c.Endpoint == "openid" || c.Endpoint == "discovery") || !down && r.Float64() >= p.rate {
		return emulator.Fault{}
	}
	f, err := emulator.ParseFault(text)
	if err != nil {
		panic(err)
	}
	p.struck = append(p.struck, fmt.Sprintf("fault %s %s", name, text))
	return f
}

// recorder gathers what a check has to say, so that a seed can be shrunk before it is told.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// run plays the plan and returns what broke.
func (p *plan) run(t *testing.T, dir func() string) (broken []string, told string) {
	script, err := emulator.Parse(strings.Join(p.script, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	dirs := make([]string, len(p.jobs))
	for i := range dirs {
		dirs[i] = dir()
	}
	p.struck = nil
	rec := &recorder{TB: t}
	var b strings.Builder
	synctest.Test(t, func(*testing.T) {
		playing := 0
		e := emulator.New(script, emulator.Options{Seed: p.seed, Hook: func(c emulator.Call) emulator.Fault { return p.fault(c, playing) }})
		path := ""
		for i, j := range p.jobs {
			playing = i
			time.Sleep(j.Pause)
			j.Env = clone(j.Env)
			j.Env["INPUT_PUBLISHER-ID"], j.Env["INPUT_OFFER-ID"] = "contoso", "contoso-offer"
			if command := j.Env["INPUT_COMMAND"]; i > 0 && path != "" && (command == "publish" || command == "go-live") {
				j.Env["INPUT_COMMAND"], j.Env["INPUT_OPERATION"] = "wait", path
			}
			if j.Env["INPUT_OPERATION"] == "$LAST" {
				j.Env["INPUT_OPERATION"] = lastPublish(e.Truth())
			}
			before, calls := e.Truth(), len(e.Calls())
			got := play(e, dirs[i], j)
			after, made := e.Truth(), e.Calls()[calls:]
			fmt.Fprintf(&b, "--- job %d: %v\nexit %d after %s\n%s%s\n%s%s", i+1, j.Env, got.exit, got.took, got.stdout, got.stderr, got.outputs, requests(made))
			checkJob(rec, e, j, got, made)
			p.checkJob(rec, j, got, before, after, made)
			if found := outputsOf(rec, got.outputs)["operation-path"]; found != "" {
				path = found
			}
			if got.exit >= 0 && got.exit < 4 && i < len(p.jobs)-1 && j.KillAt == 0 {
				break // it came to its end
			}
		}
		fmt.Fprintf(&b, "--- truth\n%+v\n", e.Truth())
	})
	return rec.errors, b.String()
}

// checkJob holds one job to the promises that only a whole plan can show.
func (p *plan) checkJob(t testing.TB, j job, got played, before, after emulator.Truth, calls []emulator.Call) {
	own := map[string]int{}
	for _, o := range after.Operations[len(before.Operations):] {
		if o.By == "client" {
			own[o.Kind]++
		}
	}
	// A service that forgets what has ended shows no trace of a start that somebody else canceled at once.
	forgets := p.says("list drops") && len(after.Operations) > len(before.Operations) && after.Operations[len(before.Operations)].State != "running"
	if (own["publish"] > 1 || own["golive"] > 1) && !forgets {
		t.Errorf("promise 1: one job started %v", own)
	}
	// A job that adopts starts nothing while what the job before started has not ended unseen.
	if j.Env["INPUT_IF-RUNNING"] == "adopt" && own["publish"] == 1 {
		for _, o := range before.Operations {
			if o.By == "client" && o.Kind == "publish" && (o.State == "running" || o.State == "waitingForPublisherReview" && after.Offer != "succeeded") && !p.says("person") {
				t.Errorf("promise 2: adopted nothing beside %+v", o)
			}
		}
	}
	limit, _ := time.ParseDuration(j.option("timeout", "5h30m"))
	switch {
	case got.exit >= 128 && got.took-j.SignalAt > 5*time.Second:
		t.Errorf("promise 2: the ending took %s", got.took-j.SignalAt)
	case got.took > limit+5*time.Second:
		t.Errorf("promise 7: %s for a timeout of %s", got.took, limit)
	}
	further := func(c emulator.Call) bool { return c.Endpoint == "list" && strings.Contains(c.URL, "skip=") }
	if n := len(slices.DeleteFunc(slices.Clone(calls), further)); n > 150+int(got.took/(8*time.Second)) {
		t.Errorf("promise 6: %d requests in %s", n, got.took)
	}
	out := outputsOf(t, got.outputs)
	if acceptedLine.MatchString(got.stdout) && out["operation-path"] == "" {
		t.Errorf("promise 2: accepted, and no path in the outputs")
	}
	if got.exit < 0 {
		return
	}
	if out["elapsed-seconds"] == "" {
		t.Errorf("promise 2: no outputs at the end")
	}
	bad := after.Offer == "failed" || after.Offer == "canceled"
	refused := false
	for _, o := range after.Operations {
		bad = bad || o.State == "failed" || o.State == "canceled"
	}
	for _, c := range calls {
		refused = refused || c.Method == "POST" && c.Status >= 400 && c.Status < 500
	}
	switch got.exit {
	case 1:
		if !bad && !refused {
			t.Errorf("promise 3: exit 1, and nothing failed or was refused")
		}
	case 2:
		t.Errorf("promise 3: exit 2 for good inputs")
	case 3:
		if !p.signIn {
			t.Errorf("promise 3: exit 3, and nobody touched sign-in")
		}
	case 4:
		if len(after.Operations) == 0 && j.Env["INPUT_OPERATION"] == "" {
			t.Errorf("promise 3: exit 4, and there is no operation")
		}
	case 6:
		if len(p.struck) == 0 && !p.lies() && j.Env["INPUT_OPERATION"] == "" {
			t.Errorf("promise 3: exit 6 without a fault")
		}
	}
	if slices.Contains([]string{"succeeded", "failed", "canceled"}, out["status"]) && out["operation-path"] != "" {
		id := out["operation-id"]
		for _, o := range after.Operations {
			waits := o.State == "waitingForPublisherReview"
			unseen := o.Unseen && got.exit != 0
			if o.ID == id && o.State != out["status"] && !((waits || unseen) && out["status"] == "succeeded") {
				t.Errorf("promise 3: status %s, and the operation is %s", out["status"], o.State)
			}
		}
	}
}

// lastPublish is the newest publish; some id where there is none.
func lastPublish(truth emulator.Truth) string {
	last := "5d1b9f0e-0000-4000-8000-000000000000"
	for _, o := range truth.Operations {
		if o.Kind == "publish" {
			last = o.ID
		}
	}
	return last
}

// TestChaos drives the whole program through seeded runs in fake time: services of every kind, faults at every endpoint
// and moment, kills, signals and re-runs. A seed that breaks a promise is shrunk and printed as a story.
func TestChaos(t *testing.T) {
	t.Parallel()
	seeds := make([]int64, *chaosSeeds)
	for i := range seeds {
		seeds[i] = *chaosFrom + int64(i)
	}
	if *chaosSeed != 0 {
		seeds = []int64{*chaosSeed}
	}
	base := t.TempDir()
	dir := func() string {
		d, err := os.MkdirTemp(base, "")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, seed := range seeds {
		p := newPlan(seed)
		broken, told := p.run(t, dir)
		if *chaosSeed != 0 {
			t.Logf("%s\n%s", p.story(), told)
		}
		if len(broken) == 0 {
			continue
		}
		p.shrink(func() bool {
			again, _ := p.run(t, dir)
			return slices.ContainsFunc(again, func(text string) bool { return kind(text) == kind(broken[0]) })
		})
		broken, told = p.run(t, dir)
		if *chaosAll {
			t.Errorf("seed %d breaks:\n%s\n\n%s", seed, strings.Join(broken, "\n"), p.story())
			continue
		}
		t.Errorf("seed %d breaks:\n%s\n\n%s\n%s\nreplay: go test ./internal/app -run TestChaos -chaos.seed %d -v", seed, strings.Join(broken, "\n"), p.story(), told, seed)
		return
	}
	t.Logf("%d seeds", len(seeds))
}

// kind is what a broken promise is about, without the numbers and names of the one time.
func kind(broken string) string {
	return regexp.MustCompile(`[{\[].*|[0-9.]+[hms][0-9hms.]*`).ReplaceAllString(broken, "")
}

// shrink takes out what is not to blame: a fault, a line of the service, an input or a signal without which the plan breaks
// a promise as well.
func (p *plan) shrink(breaks func() bool) {
	end := time.Now().Add(*chaosShrink)
	broken := func() bool { return time.Now().Before(end) && breaks() }
	for range 2 {
		for size := len(p.struck); size > 0; size /= 2 {
			for faults := range slices.Chunk(slices.Clone(p.struck), size) {
				was := maps.Clone(p.withdrawn)
				for _, f := range faults {
					p.withdrawn[strings.Join(strings.Fields(f)[1:3], " ")] = true
				}
				if !broken() {
					p.withdrawn = was
				}
			}
		}
		for i := len(p.script) - 1; i >= 0; i-- {
			was := slices.Clone(p.script)
			if p.script = slices.Delete(p.script, i, i+1); !broken() {
				p.script = was
			}
		}
		for i := range p.jobs {
			j := &p.jobs[i]
			for name, value := range clone(j.Env) {
				if delete(j.Env, name); !broken() {
					j.Env[name] = value
				}
			}
			was := *j
			if j.KillAt, j.SignalAt = 0, 0; !broken() {
				*j = was
			}
		}
		for last := len(p.jobs) - 1; last > 0; last-- {
			was := p.jobs
			if p.jobs = p.jobs[:last]; !broken() {
				p.jobs = was
				break
			}
		}
	}
	breaks()
}

// story is the plan in the form of testdata/*.txtar.
func (p *plan) story() string {
	var b strings.Builder
	for i, j := range p.jobs {
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf(" %d", i+1)
		}
		fmt.Fprintf(&b, "-- env%s --\n", suffix)
		names := []string{}
		for name := range j.Env {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(&b, "%s=%s\n", name, j.Env[name])
		}
		fmt.Fprintf(&b, "-- happens%s --\n", suffix)
		if j.Pause > 0 {
			fmt.Fprintf(&b, "pause %s\n", j.Pause)
		}
		if j.KillAt > 0 {
			fmt.Fprintf(&b, "kill at %s\n", j.KillAt)
		}
		if j.SignalAt > 0 {
			fmt.Fprintf(&b, "signal SIG%s at %s\n", map[int]string{130: "INT", 143: "TERM"}[j.Signal], j.SignalAt)
		}
	}
	fmt.Fprintf(&b, "-- service --\n%s\n%s\n", strings.Join(p.script, "\n"), strings.Join(p.struck, "\n"))
	return b.String()
}

var acceptedLine = regexp.MustCompile(`(?m)^ *\S+  (publish|go-live) accepted: /`)
