package app

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"publish-offer/internal/emulator"
)

var update = flag.Bool("update", false, "rewrite the wanted sections of the stories")

// story is a testdata/*.txtar file: what the service does, the jobs one after the other, and what they are to leave.
//
//	-- service --      the emulator's script
//	-- env --          variables of the job, NAME=value; empty unsets
//	-- args --         its arguments, one a line
//	-- happens --      what befalls the job: "signal SIGTERM at 10m", "kill at 3m"; before it: "pause 1h"
//	-- reader --       for a story that fails: what someone who sees only its summary can tell: step, reason, next
//	-- env 2 --        the second job in the same world (env, args, happens); and so on. $OPERATION in it is the
//	                   operation-path that the job before handed over
//	-- want … --       stdout, outputs, summary, requests, exit, and for further jobs "stdout 2"; written by -update
type story struct {
	name    string
	archive *txtar.Archive
	script  *emulator.Script
	jobs    []job
	pauses  []time.Duration
}

func readStory(path string) (*story, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	s := &story{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), archive: archive}
	if s.script, err = emulator.Parse(s.section("service")); err != nil {
		return nil, err
	}
	for n := 1; n == 1 || s.has(fmt.Sprintf("env %d", n)) || s.has(fmt.Sprintf("args %d", n)); n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" %d", n)
		}
		j := job{env: map[string]string{}}
		for _, line := range lines(s.section("env" + suffix)) {
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				return nil, fmt.Errorf("env: %q", line)
			}
			if unquoted, err := strconv.Unquote(value); err == nil {
				value = unquoted
			}
			j.env[name] = value
		}
		j.args = lines(s.section("args" + suffix))
		var pause time.Duration
		for _, line := range lines(s.section("happens" + suffix)) {
			if err := befall(&j, &pause, strings.Fields(line)); err != nil {
				return nil, fmt.Errorf("happens: %q: %w", line, err)
			}
		}
		s.jobs, s.pauses = append(s.jobs, j), append(s.pauses, pause)
	}
	return s, nil
}

func befall(j *job, pause *time.Duration, words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("too short")
	}
	d, err := time.ParseDuration(words[len(words)-1])
	switch words[0] {
	case "signal":
		j.signal, j.signalAt = map[string]Interrupted{"SIGINT": 130, "SIGTERM": 143}[words[1]], d
	case "kill":
		j.killAt = d
	case "pause":
		*pause = d
	default:
		return fmt.Errorf("unknown")
	}
	return err
}

func (s *story) has(name string) bool {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

func (s *story) section(name string) string {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func lines(text string) []string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

func TestStories(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no stories", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s, err := readStory(path)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			dirs := make([]string, len(s.jobs))
			for i := range dirs {
				dirs[i] = t.TempDir()
			}
			synctest.Test(t, func(t *testing.T) { s.tell(t, dirs, got) })
			s.compare(t, path, got)
			s.read(t, got)
		})
	}
}

// tell plays the story's jobs and gathers what they left.
func (s *story) tell(t *testing.T, dirs []string, got map[string]string) {
	e := emulator.New(s.script, emulator.Options{Seed: 1})
	handedOver := "" // operation-path of the job before
	for i, j := range s.jobs {
		time.Sleep(s.pauses[i])
		for name, value := range j.env {
			j.env[name] = strings.ReplaceAll(value, "$OPERATION", handedOver)
		}
		before := len(e.Calls())
		p := play(e, dirs[i], j)
		calls := e.Calls()[before:]
		checkPromises(t, e, j, p, calls)
		handedOver = outputsOf(t, p.outputs)["operation-path"]
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf(" %d", i+1)
		}
		got["want stdout"+suffix] = readable(e, p.stdout+p.stderr, dirs[i])
		got["want requests"+suffix] = requests(calls)
		got["want exit"+suffix] = fmt.Sprintln(p.exit)
		if p.outputs != "" {
			got["want outputs"+suffix] = readable(e, p.outputs, dirs[i])
		}
		if p.summary != "" {
			got["want summary"+suffix] = readable(e, p.summary, dirs[i])
		}
		for _, name := range []string{"events.jsonl", "junit.xml"} {
			if text, ok := p.files[name]; ok {
				got["want "+name+suffix] = readable(e, text, dirs[i])
			}
		}
	}
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

func (s *story) compare(t *testing.T, path string, got map[string]string) {
	t.Helper()
	if *update {
		kept := s.archive.Files[:0]
		for _, f := range s.archive.Files {
			if !strings.HasPrefix(f.Name, "want ") {
				kept = append(kept, f)
			}
		}
		for i := range s.jobs {
			for _, name := range []string{"want exit", "want stdout", "want outputs", "want summary", "want events.jsonl", "want junit.xml", "want requests"} {
				if i > 0 {
					name += fmt.Sprintf(" %d", i+1)
				}
				if text, ok := got[name]; ok {
					kept = append(kept, txtar.File{Name: name, Data: []byte(text)})
				}
			}
		}
		s.archive.Files = kept
		if b := txtar.Format(s.archive); !bytes.Equal(b, []byte{}) {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	wanted := map[string]bool{}
	for _, f := range s.archive.Files {
		if !strings.HasPrefix(f.Name, "want ") {
			continue
		}
		wanted[f.Name] = true
		if diff := cmp.Diff(lineList(string(f.Data)), lineList(got[f.Name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	for name := range got {
		if !wanted[name] {
			t.Errorf("the story has no section %q; -update writes it", name)
		}
	}
}

// read is someone with only the summary of a failing story in hand: which step, why, and what to do now?
func (s *story) read(t *testing.T, got map[string]string) {
	t.Helper()
	summary := got["want summary"]
	code := strings.TrimSpace(got["want exit"])
	if summary == "" || code == "0" || code == "-1" {
		return
	}
	summary = regexp.MustCompile(`</?span>|\\([[:punct:]])|\n *> ?`).ReplaceAllString(summary, "$1")
	summary = html.UnescapeString(summary)
	told := map[string]string{}
	for _, line := range lines(s.section("reader")) {
		what, text, _ := strings.Cut(line, ": ")
		told[what] = text
		if text != "none" && !strings.Contains(summary, text) {
			t.Errorf("the summary does not tell the %s: %q", what, text)
		}
	}
	for _, what := range []string{"step", "reason", "next"} {
		if told[what] == "" {
			t.Errorf("the section reader does not say what the %s is", what)
		}
	}
}

func lineList(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// A log of five days is read on a phone. Masking commands are the runner's to swallow.
func TestFiveDaysStayReadable(t *testing.T) {
	t.Parallel()
	s, err := readStory(filepath.Join("..", "..", "testdata", "five-days.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, line := range lineList(s.section("want stdout")) {
		if !mask.MatchString(line) {
			seen++
		}
	}
	if seen >= 200 || !strings.Contains(s.section("want stdout"), "5d00h") {
		t.Errorf("%d lines for five days", seen)
	}
}
