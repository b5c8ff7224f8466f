//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

// Tests of the binary as it is released, as a process of its own, over TLS on real sockets.

// An hour of the service takes about a second.
const hurry = 3000

const hour = "step Certification 30m\nstep Provisioning 20m\n"

// The main job, from the built-in emulator as another process serves it: all services at once, the offer at one of them.
func TestBinaryPublishesAtServedEmulator(t *testing.T) {
	t.Parallel()
	demo, err := builtDemo()
	if err != nil {
		t.Fatal(err)
	}
	together(t, 3, func(api string) string { return api }, apis, func(t *testing.T, api string) { publishAtServed(t, demo, api) })
}

func publishAtServed(t *testing.T, demo, api string) {
	report := filepath.Join(t.TempDir(), "report.json")
	served := exec.Command(demo, "-serve", "127.0.0.1:0", "-api", api, "-speed", strconv.Itoa(hurry), "-report", report)
	served.Env = []string{"TMPDIR=" + t.TempDir()}
	pipe, err := served.StdoutPipe()
	if err == nil {
		err = served.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Process.Kill() })
	env := map[string]string{}
	for in := bufio.NewScanner(pipe); env["SSL_CERT_FILE"] == "" && in.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(in.Text(), "export "), "=")
		env[name] = strings.Trim(value, "'")
	}

	elsewhere := newWorld(t, "", emulator.Options{})
	p := elsewhere.run(t, order{inputs: fast, env: env})
	elsewhere.check(p, 0)
	if n := len(elsewhere.Calls()); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
	out := p.outputs()
	if out["status"] != "waitingForPublisherReview" || out["api"] != api || out["operation-id"] == "" || !strings.Contains(out["operation-path"], out["operation-id"]) {
		t.Errorf("outputs %q", out)
	}
	if !strings.Contains(p.summary(), "sign-off") {
		t.Errorf("summary %q", p.summary())
	}

	if err := served.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := served.Wait(); err != nil {
		t.Errorf("the served emulator: %v", err)
	}
	var truth emulator.Truth
	text, err := os.ReadFile(report)
	if err == nil {
		err = json.Unmarshal(text, &truth)
	}
	if err != nil || truth.Reached["publish"] != 1 || truth.Accepted["publish"] != 1 || truth.Offer != "waitingForPublisherReview" || len(truth.Leaks) > 0 {
		t.Errorf("%v %+v", err, truth)
	}
}

// The same on every platform: the goal is reached, the platform's files are read by the platform's grammar.
func TestBinaryPublishesEverywhere(t *testing.T) {
	t.Parallel()
	together(t, 4, func(platform string) string { return platform }, []string{"github", "azure-pipelines", "gitlab", "none"}, func(t *testing.T, platform string) {
		w := newWorld(t, hour, emulator.Options{Speed: hurry})
		p := w.run(t, order{platform: platform, inputs: fast})
		w.check(p, 0)
		out, truth := p.outputs(), w.Truth()
		if truth.Reached["publish"] != 1 || truth.Accepted["publish"] != 1 {
			t.Errorf("%+v", truth)
		}
		if out["status"] != "waitingForPublisherReview" || out["operation-id"] != truth.Operations[0].ID || out["failed-step"] != "" || out["message"] == "" {
			t.Errorf("outputs %q\n%s", out, p.stdout.String())
		}
		if n, err := strconv.Atoi(out["elapsed-seconds"]); err != nil || n > 30 {
			t.Errorf("elapsed-seconds %q", out["elapsed-seconds"])
		}
		if wants := platform == "github" || platform == "azure-pipelines"; wants != strings.Contains(p.summary(), "Certification") {
			t.Errorf("summary %q", p.summary())
		}
		t.Logf("%d KiB, %v CPU, %v", p.peak, p.cpu, p.took)
		if p.peak > memoryBudget {
			t.Errorf("%d KiB of memory", p.peak)
		}
	})
}

// Every exit code, by a process.
func TestBinaryExitCodes(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close() // the port is free, and nobody listens there
	closed := "https://" + nobody.Addr().String()

	type one struct {
		name   string
		exit   int
		script string
		order  order
		silent bool // no request
		status string
	}
	cases := []one{
		{name: "rejected", exit: 1, script: "step Certification 10m rejected \"No <b>image</b>\" ends\n", order: order{inputs: fast}, status: "failed"},
		{name: "refused", exit: 1, script: "fault publish * status 400\n", order: order{inputs: fast}, status: "notStarted"},
		{name: "inputs", exit: 2, order: order{inputs: with(fast, "offer-id", "../x", "until", "maybe")}, silent: true},
		{name: "arguments", exit: 2, order: order{inputs: fast, args: []string{"sh", "-c", "true"}}, silent: true},
		{name: "assertion", exit: 3, order: order{inputs: fast, env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""}}, silent: true},
		{name: "subject", exit: 3, script: "entra wrong-subject\n", order: order{inputs: fast}},
		{name: "timeout", exit: 4, script: "step Certification 100h\n", order: order{inputs: with(fast, "timeout", "1s")}, status: "running"},
		{name: "continue", exit: 0, script: "step Certification 100h\n", order: order{inputs: with(fast, "timeout", "1s", "on-timeout", "continue")}, status: "running"},
		{name: "conflict", exit: 5, script: "running publish 10h left\n", order: order{inputs: fast}, status: "running"},
		{name: "unreachable", exit: 6, order: order{inputs: with(fast, "timeout", "2s"), env: map[string]string{"MARKETPLACE_ENDPOINT": closed}}},
		{name: "help", exit: 0, order: order{args: []string{"--help"}}, silent: true},
		{name: "version", exit: 0, order: order{args: []string{"--version"}}, silent: true},
	}
	together(t, 6, func(c one) string { return c.name }, cases, func(t *testing.T, c one) {
		w := newWorld(t, c.script, emulator.Options{Speed: hurry})
		p := w.run(t, c.order)
		w.check(p, c.exit)
		if n := len(w.Calls()); c.silent && n != 0 {
			t.Errorf("%d requests", n)
		}
		if p.outputs()["status"] != c.status { // empty where nothing is known
			t.Errorf("outputs %q, want status %q\n%s", p.outputs(), c.status, p.stdout.String())
		}
		if c.exit != 0 && (p.summary() == "" || p.outputs()["message"] == "") {
			t.Errorf("no summary or no message: %q", p.outputs())
		}
		if c.name == "help" && !strings.Contains(p.stdout.String(), "--notification-emails") || c.name == "version" && !strings.HasPrefix(p.stdout.String(), "publish-offer ") {
			t.Errorf("%s", p.stdout.String())
		}
	})
}

// Who has the path has it before anything else happens: no look is made until the outputs hold it.
func TestBinaryGivesPathOutBeforeFirstLook(t *testing.T) {
	t.Parallel()
	var p *process
	ready := make(chan struct{})
	early := ""
	w := newWorld(t, hour, emulator.Options{Speed: hurry, Hook: on("operation", 1, func() string {
		<-ready
		early = p.outputsNow()
		return ""
	})})
	p = w.start(t, order{inputs: fast})
	close(ready)
	w.check(p.end(), 0)
	out := gitHubOutputs(t, early)
	if out["status"] != "running" || out["operation-path"] == "" || out["operation-path"] != p.outputs()["operation-path"] {
		t.Errorf("at the first look: %q", early)
	}
}

// A log that nobody reads any more does not end the run.
func TestBinaryOutlivesReaderOfItsLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hour, emulator.Options{Speed: hurry})
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	p := w.start(t, order{inputs: fast, stdout: writer})
	writer.Close()
	w.check(p.end(), 0)
	if p.outputs()["status"] != "waitingForPublisherReview" || p.summary() == "" {
		t.Errorf("outputs %q", p.outputs())
	}
}

// sizeBudget is of the released program for linux/amd64, in bytes.
const sizeBudget = 9_000_000

func TestBinaryIsBuiltAsReleased(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Dockerfile", ".ci/lib.sh"} {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range releaseFlags {
			if !strings.Contains(string(text), flag) {
				t.Errorf("%s does not build with %s", name, flag)
			}
		}
	}
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of %d", info.Size(), sizeBudget)
	if runtime.GOOS+"/"+runtime.GOARCH == "linux/amd64" && info.Size() > sizeBudget {
		t.Errorf("%d bytes, and the budget is %d", info.Size(), sizeBudget)
	}
}

// How much work a process does up to its first request is told, not judged: the machine has a say in it.
func TestBinaryStartsLightly(t *testing.T) {
	least := time.Hour
	for range 5 {
		var p *process
		ready := make(chan struct{})
		w := newWorld(t, "", emulator.Options{Hook: on("openid", 1, func() string {
			<-ready
			_ = p.Process.Kill()
			return "cut"
		})})
		p = w.start(t, order{inputs: fast, env: map[string]string{"SSL_CERT_DIR": t.TempDir()}})
		close(ready)
		p.end()
		if p.exit != -1 || w.requests("openid") != 1 || len(w.Calls()) != 1 {
			t.Errorf("exit code %d, %d requests", p.exit, len(w.Calls()))
		}
		least = min(least, p.cpu)
	}
	t.Logf("%v CPU from the start until the first request has arrived, TLS included; the budget is 10ms", least)
}
