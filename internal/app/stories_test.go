package app

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

var (
	update = flag.Bool("update", false, "rewrite the wanted sections of the stories")
	open   = flag.Bool("open", false, "play the stories of testdata/open instead, which the program does not tell yet")
)

// told is what the jobs of a story left, by the name of the section that wants it.
type told map[string]string

// whole are the sections of a story that shows everything that a user sees. The others have "want lines", exit and
// requests, and outputs where these are the point.
var whole = []string{"exit", "stdout", "outputs", "summary", "events.jsonl", "junit.xml", "requests"}

func readStory(t *testing.T, path string) *story.Story {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := story.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

func storyPath(name string) string { return filepath.Join("..", "..", "testdata", name+".txtar") }

func TestStories(t *testing.T) {
	t.Parallel()
	pattern := "*"
	if *open {
		pattern = filepath.Join("open", "*")
	}
	paths, err := filepath.Glob(storyPath(pattern))
	if err != nil || len(paths) == 0 {
		t.Fatal("no stories", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s := readStory(t, path)
			got := tell(t, s)
			if *update {
				if err := os.WriteFile(path, rewrite(s, got), 0o644); err != nil {
					t.Fatal(err)
				}
				s = readStory(t, path)
			}
			compare(t, s, got)
			read(t, s, got)
		})
	}
}

// tell plays the story's jobs in fake time and gathers what they left.
func tell(t *testing.T, s *story.Story) told {
	t.Helper()
	dirs := make([]string, len(s.Jobs))
	for i := range dirs {
		dirs[i] = t.TempDir()
	}
	got := told{}
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(s.Script, emulator.Options{Seed: 1})
		handedOver := "" // operation-path of the job before
		for i, j := range s.Jobs {
			time.Sleep(j.Pause)
			for name, value := range j.Env {
				j.Env[name] = strings.ReplaceAll(value, "$OPERATION", handedOver)
			}
			before := len(e.Calls())
			p := play(e, dirs[i], job{Job: j})
			calls := e.Calls()[before:]
			checkPromises(t, e, job{Job: j}, p, calls)
			handedOver = outputsOf(t, p.outputs)["operation-path"]
			for name, text := range map[string]string{
				"stdout": readable(e, p.stdout+p.stderr, dirs[i]), "requests": requests(calls), "exit": fmt.Sprintln(p.exit),
				"outputs": readable(e, p.outputs, dirs[i]), "summary": readable(e, p.summary, dirs[i]),
				"events.jsonl": readable(e, p.files["events.jsonl"], dirs[i]), "junit.xml": readable(e, p.files["junit.xml"], dirs[i]),
			} {
				if text != "" || name == "requests" || name == "stdout" {
					got[story.Nth("want "+name, i+1)] = text
				}
			}
		}
	})
	return got
}

// readable puts names in the place of tokens and folders: what stands in a masking line is the platform's to hide.
func readable(e *emulator.Emulator, text, dir string) string {
	for i, secret := range e.Secrets() {
		text = strings.ReplaceAll(text, secret, fmt.Sprintf("<secret %d>", i+1))
	}
	text = strings.ReplaceAll(text, dir, "$DIR")
	text = regexp.MustCompile(`publish-offer-\d+/`).ReplaceAllString(text, "publish-offer-NUMBER/")
	return strings.ReplaceAll(text, "\x1b", "␛")
}

// due are the sections that a story must have: those of a whole one, else exit and requests.
func due(s *story.Story, got told) (names []string) {
	for n := range s.Jobs {
		for _, name := range whole {
			name = story.Nth("want "+name, n+1)
			_, there := got[name]
			if there && (s.Has("want stdout") || s.Has(name) || strings.HasPrefix(name, "want exit") || strings.HasPrefix(name, "want requests")) {
				names = append(names, name)
			}
		}
	}
	return names
}

// rewrite is the story with what it got in the place of what it wanted. What people wrote stays: all but the sections
// that tell writes.
func rewrite(s *story.Story, got told) []byte {
	names := due(s, got)
	a := &txtar.Archive{Comment: s.Archive.Comment}
	for _, f := range s.Archive.Files {
		if !strings.HasPrefix(f.Name, "want ") || strings.HasPrefix(f.Name, "want lines") {
			a.Files = append(a.Files, f)
		}
	}
	for _, name := range names {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(got[name])})
	}
	return txtar.Format(a)
}

func compare(t *testing.T, s *story.Story, got told) {
	t.Helper()
	for _, name := range due(s, got) {
		if !s.Has(name) {
			t.Errorf("the story has no section %q; -update writes it", name)
		}
	}
	for _, f := range s.Archive.Files {
		name, isLines := strings.CutPrefix(f.Name, "want lines")
		switch {
		case isLines:
			inOrder(t, got["want stdout"+name], story.Lines(string(f.Data)))
		case strings.HasPrefix(f.Name, "want "):
			if diff := cmp.Diff(lineList(string(f.Data)), lineList(got[f.Name])); diff != "" {
				t.Errorf("%s (-want +got):\n%s", f.Name, diff)
			}
		}
	}
	if !s.Has("want stdout") && !slices.ContainsFunc(s.Archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want lines") }) {
		t.Errorf("the story has neither a section \"want lines\" nor \"want stdout\"")
	}
	if t.Failed() {
		for i := range s.Jobs {
			t.Logf("the log of job %d:\n%s", i+1, got[story.Nth("want stdout", i+1)])
		}
	}
}

// inOrder looks for each of some texts in the log, behind the line where the one before stood.
func inOrder(t *testing.T, log string, wanted []string) {
	t.Helper()
	lines := lineList(log)
	for _, text := range wanted {
		at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, text) })
		if at < 0 {
			t.Errorf("the log lacks, or has in another order: %s", text)
			return
		}
		lines = lines[at+1:]
	}
}

// read is someone with only the summary of a failing story in hand: which step, why, and what to do now?
func read(t *testing.T, s *story.Story, got told) {
	t.Helper()
	summary := got["want summary"]
	code := strings.TrimSpace(got["want exit"])
	if summary == "" || code == "0" || code == "-1" {
		return
	}
	summary = regexp.MustCompile(`</?span>|\\([[:punct:]])|\n *> ?`).ReplaceAllString(summary, "$1")
	summary = html.UnescapeString(summary)
	tells := map[string]string{}
	for _, line := range story.Lines(s.Section("reader")) {
		what, text, _ := strings.Cut(line, ": ")
		tells[what] = text
		if text != "none" && !strings.Contains(summary, text) {
			t.Errorf("the summary does not tell the %s: %q\n%s", what, text, summary)
		}
	}
	for _, what := range []string{"step", "reason", "next"} {
		if tells[what] == "" {
			t.Errorf("the section reader does not say what the %s is", what)
		}
	}
}

func lineList(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// A log of five days is read on a phone. Masking commands are the runner's to swallow.
func TestFiveDaysStayReadable(t *testing.T) {
	t.Parallel()
	log := tell(t, readStory(t, storyPath("five-days")))["want stdout"]
	seen := 0
	for _, line := range lineList(log) {
		if !mask.MatchString(line) {
			seen++
		}
	}
	if seen >= 200 || !strings.Contains(log, "5d00h") {
		t.Errorf("%d lines for five days", seen)
	}
}
