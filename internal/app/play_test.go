package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

// job is one run of the program on a platform, and what becomes of it.
type job struct {
	story.Job
	jitter float64
}

// played is everything that a job left behind.
type played struct {
	exit             int // -1: killed
	stdout, stderr   string
	outputs, summary string // files as they were left
	files            map[string]string
	took             time.Duration
	began            time.Time
	before           emulator.Truth
	from, to         time.Duration // by the emulator's clock
}

// play runs a job in process against the emulator, in a bubble of fake time or not.
func play(e *emulator.Emulator, dir string, j job) played {
	env := e.Environ(j.Platform(), "")
	file := func(name string) string { return filepath.Join(dir, name) }
	switch j.Platform() {
	case "github":
		env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"] = file("output"), file("summary")
	case "azure-pipelines":
		env["AGENT_TEMPDIRECTORY"] = dir
	case "gitlab":
		env["PUBLISH_OFFER_OUTPUTS_FILE"] = file("publish-offer.env")
	}
	env["NO_COLOR"] = "1"
	for name, value := range j.Env {
		env[name] = strings.ReplaceAll(value, "$DIR", dir)
	}
	for _, name := range []string{"output", "summary"} {
		_ = os.WriteFile(file(name), nil, 0o666)
	}

	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var killed atomic.Bool
	var stdout, stderr bytes.Buffer
	p := played{exit: -1, began: time.Now(), before: e.Truth(), from: e.Now()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.exit = Process{
			Args: j.Args, Getenv: func(name string) string { return env[name] },
			Stdout: mortal{&stdout, &killed}, Stderr: mortal{&stderr, &killed},
			Transport: mortalTransport{e.Transport(), &killed}, Jitter: j.jitter, Version: "0.0.0-test",
		}.Main(ctx)
	}()
	var signal, kill <-chan time.Time
	if j.SignalAt > 0 {
		signal = time.After(j.SignalAt)
	}
	if j.KillAt > 0 {
		kill = time.After(j.KillAt)
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-signal:
			cancel(Interrupted(j.Signal))
		case <-kill:
			killed.Store(true) // whatever it does next is its end
			cancel(nil)
		}
	}
	p.took, p.to = time.Since(p.began), e.Now()
	p.stdout, p.stderr, p.files = stdout.String(), stderr.String(), map[string]string{}
	entries, _ := os.ReadDir(dir)
	for _, f := range entries {
		if b, err := os.ReadFile(file(f.Name())); err == nil {
			p.files[f.Name()] = string(b)
		}
	}
	switch j.Platform() {
	case "github":
		p.outputs, p.summary = p.files["output"], p.files["summary"]
	default:
		p.outputs = p.files["publish-offer.env"]
	}
	return p
}

// mortal ends the goroutine that writes after its death, as a killed process writes nothing more.
type mortal struct {
	io.Writer
	killed *atomic.Bool
}

func (m mortal) Write(b []byte) (int, error) {
	if m.killed.Load() {
		runtime.Goexit()
	}
	return m.Writer.Write(b)
}

type mortalTransport struct {
	http.RoundTripper
	killed *atomic.Bool
}

func (m mortalTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.killed.Load() {
		runtime.Goexit()
	}
	resp, err := m.RoundTripper.RoundTrip(r)
	if m.killed.Load() {
		runtime.Goexit()
	}
	return resp, err
}

// requests lists what the emulator was asked, one line each, from a time on.
func requests(calls []emulator.Call) string {
	var b strings.Builder
	for _, c := range calls {
		answer := fmt.Sprint(c.Status)
		if c.Status == 0 {
			answer = "no answer"
		}
		if c.Fault != "" {
			answer += " (" + c.Fault + ")"
		}
		fmt.Fprintf(&b, "%12s  %-9s %s  %s\n", c.At.Round(time.Millisecond), c.Endpoint, c.Method, answer)
	}
	return b.String()
}

// outputsOf parses GITHUB_OUTPUT by the runner's grammar, or a dotenv file; the last value of a name wins.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
func outputsOf(t testing.TB, file string) map[string]string {
	t.Helper()
	out := map[string]string{}
	lines := strings.Split(file, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "" {
			continue
		}
		eq, here := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case eq >= 0 && (here < 0 || eq < here):
			out[line[:eq]] = line[eq+1:]
		case here > 0:
			name, delimiter := line[:here], line[here+2:]
			end := slices.Index(lines[i+1:], delimiter)
			if delimiter == "" || end < 0 {
				t.Errorf("outputs: no end of %q", line)
				return out
			}
			out[name] = strings.Join(lines[i+1:i+1+end], "\n")
			i += end + 1
		default:
			t.Errorf("outputs: not a line of the grammar: %q", line)
		}
	}
	return out
}

var mask = regexp.MustCompile(`(?m)^(::add-mask::|##vso\[task\.setsecret\]).*$`)

var outputNames = []string{"api", "elapsed-seconds", "failed-step", "message", "operation-id", "operation-path", "status"}

// checkPromises holds what a job left behind to what the emulator knows, whatever a story says.
func checkPromises(t testing.TB, e *emulator.Emulator, j job, p played, calls []emulator.Call) {
	t.Helper()
	checkOnePublish(t, e.Truth())
	checkJob(t, e, j, p, calls)
}

// checkOnePublish: whatever the jobs of a story were told and met, what they started was started once.
func checkOnePublish(t testing.TB, truth emulator.Truth) {
	t.Helper()
	started := map[string]int{}
	for _, o := range truth.Operations {
		if o.By == "client" {
			started[o.Kind]++
		}
	}
	for _, kind := range []string{"publish", "golive"} {
		if started[kind] > 1 {
			t.Errorf("promise 1: %d %s operations were started", started[kind], kind)
		}
	}
}

// checkJob holds one job to the promises about secrets, foreign text and the truth.
func checkJob(t testing.TB, e *emulator.Emulator, j job, p played, calls []emulator.Call) {
	t.Helper()
	truth := e.Truth()

	// No secret in any stream, but for the one masking line of each.
	for name, text := range map[string]string{"stdout": mask.ReplaceAllString(p.stdout, ""), "stderr": p.stderr, "outputs": p.outputs, "summary": p.summary} {
		for _, s := range e.Secrets() {
			tail := s[max(0, len(s)-24):] // enough of it to know it by, if it was broken up
			if strings.Contains(text, s) || strings.Contains(text, tail) {
				t.Errorf("promise 4: a secret stands in %s", name)
			}
		}
	}
	masks := map[string]int{}
	for _, m := range mask.FindAllString(p.stdout, -1) {
		if masks[m]++; masks[m] > 1 {
			t.Errorf("promise 4: masked twice")
		}
	}
	if len(truth.Leaks) > 0 {
		t.Errorf("promise 4: a token went to %v", truth.Leaks)
	}

	// Only the contract's outputs, each one line.
	if j.Platform() == "github" {
		for name, value := range outputsOf(t, p.outputs) {
			if !slices.Contains(outputNames, name) || strings.ContainsAny(value, "\r\n\x1b") {
				t.Errorf("promise 5: output %q = %q", name, value)
			}
		}
	}
	checkInert(t, p.stdout)
	checkAdvice(t, j, p)
	checkAgreement(t, j, p)
	checkTruth(t, j, p, truth, calls)
}

var (
	workflowCommand = regexp.MustCompile(`^\s*::([a-z-]+)( [^:]*)?::`)
	ownCommands     = []string{"add-mask", "error", "warning", "notice", "debug", "group", "endgroup"}
	titles          = regexp.MustCompile(`##(vso)?\[`)
)

// checkInert looks for lines that a platform would obey and that are none of the program's own.
func checkInert(t testing.TB, stdout string) {
	t.Helper()
	for _, line := range strings.Split(stdout, "\n") {
		if m := workflowCommand.FindStringSubmatch(line); m != nil && !slices.Contains(ownCommands, m[1]) {
			t.Errorf("promise 5: a foreign command: %q", line)
		}
		for _, at := range titles.FindAllStringIndex(line, -1) {
			if at[0] != 0 {
				t.Errorf("promise 5: a foreign command within %q", line)
			}
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' }); i >= 0 && !strings.Contains(line, "\x1b[0Ksection_") && line[0] != '\x1b' {
			t.Errorf("promise 5: a control character in %q", line)
		}
	}
}

func clone(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(m)
}
