package ci

import (
	"errors"
	"strings"
	"testing"
)

// Where a platform's switches are off, nothing of them shows.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{GitHub, AzurePipelines, GitLab, Terminal} {
		s := newSandbox(t, kind, env{"NO_COLOR": "1"})
		s.Debug("unseen")
		s.Secret(" \n")
		s.Redact("")
		s.EndGroup()
		s.Line(Bad, "no colour")
		s.Close(false, "fine")
		if got := s.log().String(); got != "no colour\n" {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind        Kind
		interactive bool
		env         env
		want        bool
	}{
		{GitHub, false, nil, true},
		{GitLab, false, nil, true},
		{GitLab, false, env{"TERM": "dumb"}, false},
		{AzurePipelines, true, nil, false},
		{Terminal, false, nil, false},
		{Terminal, true, nil, true},
		{Terminal, true, env{"NO_COLOR": "1"}, false},
		{Terminal, true, env{"TERM": "dumb"}, false},
	} {
		var out strings.Builder
		c := New(test.kind, World{Getenv: test.env.get, Stdout: &out, Stderr: &out, Interactive: test.interactive})
		for _, tone := range []Tone{Plain, Good, Bad, Warn, Faint} {
			c.Line(tone, "x")
		}
		if got := strings.Contains(out.String(), "x\x1b[0m"); got != test.want {
			t.Errorf("%+v: colour is %v", test, got)
		}
	}
}

// A group that is open ends with the next one, and with the run.
func TestGroupsEnd(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, GitHub, nil)
	s.Group("a")
	s.Group("b")
	s.Close(false, "")
	if got, want := s.stdout.String(), "::group::a\n::endgroup::\n::group::b\n::endgroup::\n"; got != want {
		t.Errorf("%q", got)
	}
	l := newSandbox(t, GitLab, nil)
	l.Group("same")
	l.Group("same")
	names := gitLabSection.FindAllStringSubmatch(l.stdout.String(), -1)
	if len(names) != 3 || names[0][3] != names[1][3] || names[0][3] == names[2][3] {
		t.Errorf("section names are not unique: %q", l.stdout)
	}
}

func TestMasks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind   Kind
		secret string
		want   string
	}{
		{GitHub, "a%b\nsecond\r\n", "::add-mask::a%25b%0Asecond\n"},
		{GitHub, "control\x1b[0m", ""},
		{AzurePipelines, "a%b;c]\n\nsecond\n", "##vso[task.setsecret]a%AZP25b;c]\n##vso[task.setsecret]second\n"},
		{GitLab, "secret", ""},
		{Terminal, "secret", ""},
	} {
		s := newSandbox(t, test.kind, nil)
		s.Secret(test.secret)
		s.Secret(test.secret)
		s.Redact("only redacted")
		if got := s.stdout.String(); got != test.want {
			t.Errorf("%s, %q: %q", test.kind, test.secret, got)
		}
		if got := s.Clean("x " + test.secret + " only redacted"); got != "x *** ***" {
			t.Errorf("%s, %q: Clean gives %q", test.kind, test.secret, got)
		}
	}
}

func TestAnnotationLimits(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{GitHub, AzurePipelines} {
		s := newSandbox(t, kind, env{"NO_COLOR": "1"})
		for range 12 {
			s.Annotate(Error, "t", "e")
			s.Annotate(Warning, "", "w")
		}
		commands := 0
		for line := range strings.Lines(s.stdout.String()) {
			if strings.HasPrefix(line, "::") || strings.HasPrefix(line, "##vso[") {
				commands++
			}
		}
		plain := "ERROR: t: e\nWARNING: w\n"
		if commands != 20 || !strings.HasSuffix(s.stdout.String(), "\n"+plain+plain) {
			t.Errorf("%s: %d commands:\n%s", kind, commands, s.stdout)
		}
	}
	s := newSandbox(t, GitHub, env{"NO_COLOR": "1"})
	s.Annotate(Notice, "", strings.Repeat("a", 4095)+"😀b") // an emoji is two characters to .NET
	if got, want := s.stdout.String(), "::notice::"+strings.Repeat("a", 4095)+"\n😀b\n"; got != want {
		t.Errorf("%q", got)
	}
}

// broken fails like a pipe whose reader has gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("write |1: broken pipe") }

func TestBrokenPipe(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{GitHub, AzurePipelines, GitLab, Terminal} {
		s := newSandbox(t, kind, env{"RUNNER_DEBUG": "1"})
		s.Console.log.to = broken{}
		s.Secret("s3cr3t")
		s.Group("g")
		s.Debug("d")
		s.Annotate(Error, "t", "e")
		s.Tick()
		s.Progress(1, "p")
		if err := s.Outputs(ended("m")); (err != nil) != (kind == AzurePipelines) {
			t.Errorf("%s: outputs: %v", kind, err)
		}
		s.Close(true, "failed")
		if kind == Terminal {
			// There is nowhere else to say it. The outputs come all the same.
			if got := s.stdout.String(); !strings.Contains(got, "message=m\n") || s.stderr.Len() > 0 {
				t.Errorf("%s: stdout %q, stderr %q", kind, got, s.stderr)
			}
			continue
		}
		if got := s.stderr.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "broken pipe") {
			t.Errorf("%s: stderr %q", kind, got)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, GitLab, nil)
	done := make(chan struct{})
	for i := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 20 {
				s.Line(Good, "line")
				s.Tick()
				s.Annotate(Warning, "t", "w")
				s.Group("g")
				s.Secret(strings.Repeat("x", 10+i))
				_ = s.Clean("eyJhbGciOiJub25lIn0.e30.")
				if err := s.Outputs(ended("m")); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range 8 {
		<-done
	}
	for line := range strings.Lines(s.stdout.String()) {
		if strings.Contains(line, "line") && strings.Trim(line, ".\n") != "\x1b[32mline\x1b[0m" {
			t.Fatalf("mixed up: %q", line)
		}
	}
}
