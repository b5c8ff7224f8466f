package ci

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A pipe that is full and never read stops neither the run nor its ending, wherever the log goes.
func TestALogThatNobodyReads(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{GitHub, AzurePipelines, GitLab, Terminal} {
		synctest.Test(t, func(t *testing.T) {
			s := newSandbox(t, kind, env{"RUNNER_DEBUG": "1"})
			for _, o := range map[*outlet]*outlet{s.results: s.results, s.troubles: s.troubles} {
				reader, unread := io.Pipe()
				defer reader.Close() // or the goroutine that writes stays behind
				o.to = unread
			}
			begun := time.Now()
			s.Group("g")
			for range 10_000 {
				s.Line(Plain, strings.Repeat("x", 200))
			}
			if took := time.Since(begun); took > 2*outletPatience {
				t.Errorf("%s: the lines took %v", kind, took)
			}
			begun = time.Now()
			if err := s.Outputs(ended("m")); err != nil && kind != AzurePipelines {
				t.Errorf("%s: %v", kind, err)
			}
			s.Annotate(Error, "t", "e")
			s.Close(true, "failed")
			if took := time.Since(begun); took > 1500*time.Millisecond {
				t.Errorf("%s: the ending took %v", kind, took)
			}
			if s.Console.log.size > outletLimit {
				t.Errorf("%s: %d bytes wait", kind, s.Console.log.size)
			}
		})
	}
}

// A reader who is only slow gets everything, in order.
func TestALogThatIsReadSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSandbox(t, GitHub, nil)
		reader, slow := io.Pipe()
		s.Console.log.to = slow
		var got bytes.Buffer
		read := make(chan struct{})
		go func() {
			defer close(read)
			time.Sleep(time.Minute)
			for piece := make([]byte, 16<<10); ; time.Sleep(20 * time.Millisecond) {
				n, err := reader.Read(piece)
				got.Write(piece[:n])
				if err != nil {
					return
				}
			}
		}()
		var want strings.Builder
		for i := range 50 {
			s.Line(Plain, fmt.Sprint("line ", i))
			fmt.Fprintln(&want, "line", i)
		}
		time.Sleep(59*time.Second + 600*time.Millisecond) // it begins to read just before the ending
		s.Close(false, "")
		slow.Close()
		<-read
		if got.String() != want.String() {
			t.Errorf("%q", got.String())
		}
	})
}

// At a terminal there is one line of progress, below the log and written over.
func TestTheLiveLine(t *testing.T) {
	t.Parallel()
	var out, results bytes.Buffer
	c := New(Terminal, World{Getenv: env{"NO_COLOR": "1", "COLUMNS": "30"}.get, Stdout: &results, Stderr: &out, Interactive: true})
	if !c.Live() {
		t.Fatal("not live")
	}
	c.Line(Plain, "first")
	c.Progress(10, "step one\nof two, and a text that is far too long")
	c.Tick()
	c.Line(Plain, "second")
	c.Progress(20, "step two")
	c.Close(false, "")
	const erase = "\r\x1b[K"
	want := erase + "first\n" + erase + "step one of two, and a text t" + erase + "second\nstep one of two, and a text t" + erase + "step two" + erase
	if got := out.String(); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
	if results.Len() > 0 {
		t.Errorf("results %q", results.String())
	}
	for _, other := range []struct {
		kind        Kind
		interactive bool
		env         env
	}{{Terminal, false, nil}, {Terminal, true, env{"TERM": "dumb"}}, {GitHub, true, nil}, {GitLab, true, nil}} {
		out.Reset()
		c := New(other.kind, World{Getenv: other.env.get, Stdout: &out, Stderr: &out, Interactive: other.interactive})
		c.Progress(10, "step one")
		c.Close(false, "")
		if out.Len() > 0 || c.Live() {
			t.Errorf("%+v: %q", other, out.String())
		}
	}
}
