//go:build unix

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

// A signal ends a run within 5 s, wherever it waits; what it knows is handed over.
func TestBinaryEndsBySignal(t *testing.T) {
	t.Parallel()
	type one struct {
		name     string
		signal   syscall.Signal
		endpoint string // the first request to it
		fault    string // and what becomes of it
		inputs   map[string]string
		accepted int // publish operations
		path     bool
		cancels  int
	}
	quiet := with(fast, "poll-interval", "20s", "max-poll-interval", "20s", "timeout", "20m")
	cases := []one{
		{name: "signing-in", endpoint: "token", fault: "stall"},
		{name: "listing", endpoint: "list", fault: "stall"},
		{name: "starting", endpoint: "publish", fault: "stall"},
		{name: "starting-unanswered", endpoint: "publish", fault: "accept-stall", accepted: 1},
		{name: "starting-late", endpoint: "publish", fault: "accept-delay 1s", accepted: 1, path: true},
		{name: "looking", endpoint: "operation", fault: "stall", inputs: fast, accepted: 1, path: true},
		{name: "waiting", endpoint: "publish", accepted: 1, path: true},
		{name: "switched-sign-in", endpoint: "idtoken", fault: "switch"},
		{name: "switched-token", endpoint: "token", fault: "switch"},
		{name: "switched-list", endpoint: "list", fault: "switch"},
		{name: "switched-start", endpoint: "publish", fault: "switch"},
		{name: "switched-look", endpoint: "operation", fault: "switch", inputs: fast, accepted: 1, path: true},
		{name: "canceling", endpoint: "publish", inputs: with(quiet, "on-cancel", "cancel"), accepted: 1, path: true, cancels: 1},
		{name: "canceling-in-vain", endpoint: "operation", fault: "stall", inputs: with(fast, "on-cancel", "cancel"), accepted: 1, path: true, cancels: 1},
	}
	var all []one
	for _, c := range cases {
		if c.inputs == nil {
			c.inputs = quiet
		}
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			c.signal = s
			all = append(all, c)
		}
	}
	together(t, len(all), func(c one) string { return fmt.Sprintf("%s-%d", c.name, c.signal) }, all, func(t *testing.T, c one) {
		arrived := make(chan struct{})
		w := newWorld(t, "step Certification 10h\n", emulator.Options{Hook: on(c.endpoint, 1, func() string {
			close(arrived)
			return c.fault
		})})
		p := w.start(t, order{inputs: c.inputs})
		p.await(arrived)
		if c.fault == "" {
			until(t, "the path is handed over", func() bool { return strings.Contains(p.outputsNow(), "operation-path=/") })
		}
		sent := time.Now()
		if err := p.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		p.end()
		took := time.Since(sent)
		w.check(p, 128+int(c.signal))
		if took >= 5*time.Second {
			t.Errorf("the ending took %v", took)
		}
		out, truth := p.outputs(), w.Truth()
		if (out["operation-path"] != "") != c.path || out["elapsed-seconds"] == "" || out["message"] == "" || p.summary() == "" {
			t.Errorf("outputs %q, summary %q", out, p.summary())
		}
		if truth.Accepted["publish"] != c.accepted || truth.Reached["publish"] > 1 || truth.Reached["cancel"] != c.cancels {
			t.Errorf("%+v", truth)
		}
	})
}

// A second signal right after the first is the same one (GNU timeout sends two); a later one does not wait, but for a
// start under way.
func TestBinaryEndsBySecondSignal(t *testing.T) {
	t.Parallel()
	type one struct {
		name     string
		endpoint string // the first request to it
		fault    string
		inputs   map[string]string
		second   time.Duration // after the first
		exit     int
		least    time.Duration
		most     time.Duration
		path     bool
	}
	canceling := with(fast, "poll-interval", "20s", "max-poll-interval", "20s", "timeout", "20m", "on-cancel", "cancel")
	together(t, 3, func(c one) string { return c.name }, []one{
		{"at-once-and-late-answer", "publish", "accept-delay 1s", fast, 20 * time.Millisecond, 143, 500 * time.Millisecond, 3 * time.Second, true},
		{"later-and-late-answer", "publish", "accept-delay 2s", fast, 1200 * time.Millisecond, 0, 1200 * time.Millisecond, 3500 * time.Millisecond, true},
		{"later-while-canceling", "cancel", "stall", canceling, 1200 * time.Millisecond, 130, 1200 * time.Millisecond, 2 * time.Second, true},
	}, func(t *testing.T, c one) {
		arrived := make(chan struct{})
		w := newWorld(t, "step Certification 10h\n", emulator.Options{Hook: on(c.endpoint, 1, func() string {
			close(arrived)
			return c.fault
		})})
		p := w.start(t, order{inputs: c.inputs})
		if c.endpoint == "publish" {
			p.await(arrived)
		} else {
			until(t, "the path is handed over", func() bool { return strings.Contains(p.outputsNow(), "operation-path=/") })
		}
		sent := time.Now()
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		time.Sleep(c.second)
		if err := p.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		p.end()
		if took := time.Since(sent); took < c.least || took > c.most {
			t.Errorf("the ending took %v", took)
		}
		exit := p.ProcessState.ExitCode()
		if either := c.exit == 0 && (exit == 130 || exit == 143); exit != c.exit && !either {
			t.Errorf("exit %d", exit)
		}
		if out := p.outputsNow(); strings.Contains(out, "operation-path=/") != c.path {
			t.Errorf("outputs %q", out)
		}
	})
}

// A log that nobody reads ends nothing and stops no ending: by the goal, by the timeout, by a signal.
func TestBinaryEndsThoughNobodyReads(t *testing.T) {
	t.Parallel()
	type one struct {
		name   string
		step   string
		inputs map[string]string
		exit   int
		most   time.Duration
	}
	together(t, 3, func(c one) string { return c.name }, []one{
		{"goal", "1s", fast, 0, 10 * time.Second},
		{"timeout", "10h", with(fast, "timeout", "2s"), 4, 8 * time.Second},
		{"signal", "10h", fast, 143, 6 * time.Second},
	}, func(t *testing.T, c one) {
		w := newWorld(t, "step Certification "+c.step+"\n", emulator.Options{})
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		defer writer.Close()
		// What is full from the beginning takes nothing.
		if err := writer.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = writer.Write(make([]byte, 4096))
		}
		p := w.start(t, order{inputs: c.inputs, env: map[string]string{"RUNNER_DEBUG": "1"}, stdout: writer, stderr: writer})
		if c.name == "signal" {
			until(t, "a look", func() bool { return w.requests("operation") > 2 })
			if err := p.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
		p.end()
		w.check(p, c.exit)
		if p.took > c.most {
			t.Errorf("it took %v", p.took)
		}
		if p.outputs()["message"] == "" || p.outputs()["operation-path"] == "" || p.summary() == "" {
			t.Errorf("outputs %q, summary %q", p.outputs(), p.summary())
		}
	})
}
