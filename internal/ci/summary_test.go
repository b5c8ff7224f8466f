package ci

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSummaryKeepsWhatWasThere(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, GitHub, nil)
	write(t, s.file("summary"), "of another\n")
	for _, markdown := range []string{"# long first\n\nwith text\n", "# short\n"} {
		if err := s.Summary(markdown); err != nil {
			t.Fatal(err)
		}
		if got := s.read(t, "summary"); got != "of another\n"+markdown {
			t.Errorf("%q", got)
		}
	}
}

func TestSummaryIsClean(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, GitHub, nil)
	s.Redact("se cret")
	if err := s.Summary("a\r\n\x1b[31m  b\u202e\nsec\nret eyJhbGciOiJub25lIn0.e30.x\n"); err != nil {
		t.Fatal(err)
	}
	if got := s.read(t, "summary"); got != "a\n[31m  b\n*** ***\n" {
		t.Errorf("%q", got)
	}
}

func TestSummaryLimit(t *testing.T) {
	t.Parallel()
	row := "| " + strings.Repeat("é", 50) + " |\n"
	s := newSandbox(t, GitHub, nil)
	write(t, s.file("summary"), "of another")
	if err := s.Summary(strings.Repeat(row, summaryLimit/len(row)+10)); err != nil {
		t.Fatal(err)
	}
	got := s.read(t, "summary")
	body, ok := strings.CutSuffix(got, summaryCut)
	if !ok || len(got) > summaryLimit || len(got) < summaryLimit-len(row)-len(summaryCut) || !strings.HasSuffix(body, row) || !strings.HasPrefix(got, "of another\n| ") {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-200:])
	}
	exact, ok := cutSummary(strings.Repeat("x", summaryLimit), summaryLimit)
	if !ok || len(exact) != summaryLimit {
		t.Errorf("what just fits is cut to %d", len(exact))
	}
	full := newSandbox(t, GitHub, nil)
	write(t, full.file("summary"), strings.Repeat("x", summaryLimit-5))
	if err := full.Summary("# too much\n"); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("a full file: %v", err)
	}
}

func TestSummaryCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind Kind
		env  env
		want string
	}{
		{GitHub, env{"GITHUB_STEP_SUMMARY": ""}, "GITHUB_STEP_SUMMARY is not set"},
		{GitHub, env{"GITHUB_STEP_SUMMARY": "/nowhere/summary"}, "/nowhere/summary"},
		{AzurePipelines, env{"AGENT_TEMPDIRECTORY": ""}, "AGENT_TEMPDIRECTORY is not set"},
		{AzurePipelines, env{"AGENT_TEMPDIRECTORY": "/nowhere"}, "/nowhere"},
	} {
		s := newSandbox(t, test.kind, test.env)
		if err := s.Summary("# s\n"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.kind, err)
		}
		// A file that does not exist must not be uploaded: that fails the step.
		if s.Close(false, ""); s.stdout.Len() > 0 {
			t.Errorf("%s: %s", test.kind, s.stdout)
		}
	}
}

// Two runs of one job have two files.
func TestAzureSummariesAreApart(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, AzurePipelines, nil)
	other := New(AzurePipelines, s.world)
	for _, c := range []*Console{s.Console, other} {
		if err := c.Summary("# s\n"); err != nil {
			t.Fatal(err)
		}
		c.Close(false, "")
	}
	files, _ := filepath.Glob(s.file("publish-offer-*/publish-offer.md"))
	if len(files) != 2 || strings.Count(s.stdout.String(), "##vso[task.uploadsummary]") != 2 {
		t.Errorf("%v, %s", files, s.stdout)
	}
}
