package app

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

var readmeFile = filepath.Join("..", "..", "README.md")

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A stranger reads a page, not a book.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if lines := strings.Count(readme(t), "\n"); lines >= 150 {
		t.Errorf("the README has %d lines; it is to have fewer than 150", lines)
	}
}

// The log that the README shows is the one that the program prints, without the progress: -update copies it from the story.
func TestReadmeShowsTheStory(t *testing.T) {
	t.Parallel()
	text := readme(t)
	s := readStory(t, storyPath("published"))
	timed, progress := regexp.MustCompile(`^ +[0-9]\S*  `), regexp.MustCompile(`▸|operation (is|waits)`)
	var log []string
	for _, line := range lineList(s.Section("want stdout")) {
		if timed.MatchString(line) && !progress.MatchString(line) {
			log = append(log, line)
		}
	}
	const from, to = "<!-- demo -->\n", "<!-- /demo -->\n"
	before, rest, found := strings.Cut(text, from)
	old, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatalf("README.md lacks the markers %q and %q", from, to)
	}
	block := "```text\n" + strings.Join(log, "\n") + "\n```\n"
	if *update {
		if err := os.WriteFile(readmeFile, []byte(before+from+block+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, block); diff != "" {
		t.Errorf("the README's log is not the story's (-readme +story); go test ./internal/app -update:\n%s", diff)
	}
}

// The blocks to copy are parts of the examples, which the rehearsals run: each part's lines stand there in the same order,
// equally indented among themselves.
func TestReadmeBlocksArePartsOfTheExamples(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(readme(t), -1)
	examples := []string{"github/publish-on-tag.yml", "azure/publish-on-tag.yml", "gitlab/publish-on-tag.yml"}
	if len(blocks) != len(examples) {
		t.Fatalf("the README has %d blocks of YAML, want one for each of %q", len(blocks), examples)
	}
	for i, name := range examples {
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pipelines", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		example := yamlLines(resolved(string(text)))
		for _, part := range parts(yamlLines(blocks[i][1])) {
			if missing := notIn(part, example); missing != "" {
				t.Errorf("the README's block that begins with %q is no part of %s: %q is missing there", part[0], name, missing)
			}
		}
	}
}

// resolved puts an example's own variables in their places.
func resolved(text string) string {
	for _, v := range regexp.MustCompile(`- name: (\w+)\n +value: (.+)`).FindAllStringSubmatch(text, -1) {
		text = strings.ReplaceAll(text, "$("+v[1]+")", v[2])
	}
	if image := regexp.MustCompile(`\n  PUBLISH_OFFER_IMAGE: (.+)`).FindStringSubmatch(text); image != nil {
		text = strings.ReplaceAll(text, "$PUBLISH_OFFER_IMAGE", image[1])
	}
	return text
}

var (
	yamlComment = regexp.MustCompile(`(^| +)#.*$`)
	imageName   = regexp.MustCompile(`ghcr\.io/\S+/publish-offer\S*`) // a release names its own in the examples
)

// yamlLines are the lines that say something.
func yamlLines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = yamlComment.ReplaceAllString(strings.TrimRight(line, "\n"), "")
		if strings.TrimSpace(line) != "" {
			out = append(out, imageName.ReplaceAllString(line, "ghcr.io/…"))
		}
	}
	return out
}

// parts are what begins at the left margin, each with what belongs to it.
func parts(lines []string) [][]string {
	var out [][]string
	for _, line := range lines {
		if !strings.HasPrefix(line, " ") {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], line)
	}
	return out
}

// notIn is the first line of the part that the example lacks; "" where it has all of them.
func notIn(part, example []string) string {
	missing := part[0]
	for i, line := range example {
		margin := line[:len(line)-len(strings.TrimLeft(line, " "))]
		if line != margin+part[0] {
			continue
		}
		missing = ""
		rest := example[i:]
		for _, want := range part {
			at := slices.Index(rest, margin+want)
			if at < 0 {
				missing = want
				break
			}
			rest = rest[at+1:]
		}
		if missing == "" {
			return ""
		}
	}
	return missing
}

// What the README says that the log says is what the log says, and the exit code beside it is the program's.
func TestReadmeNamesEndsAndExitCodesThatAre(t *testing.T) {
	t.Parallel()
	known := endsWithCodes(t)
	rows := regexp.MustCompile(`(?m)^\| ([0-9, ]+) \| (.+?) \| (.+) \|$`).FindAllStringSubmatch(readme(t), -1)
	codes := map[int]bool{}
	for _, row := range rows {
		said := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1)
		if len(said) == 0 {
			t.Errorf("exit %s: the README names no sentence of the log", row[1])
		}
		for i, digits := range strings.Split(row[1], ", ") {
			code, err := strconv.Atoi(digits)
			if err != nil {
				t.Fatal(err)
			}
			codes[code] = true
			for j, s := range said {
				headline := strings.ReplaceAll(s[1], "…", "%s")
				each := strings.Contains(row[1], ", ") // the first sentence is of the first code, and so on
				if each && i != j {
					continue
				}
				if !known[headline][code] {
					t.Errorf("the README says that the log says %q with exit code %d; with it go %v", s[1], code, slices.Sorted(maps.Keys(known[headline])))
				}
			}
		}
	}
	for _, code := range []int{exitGood, exitBad, exitInput, exitSignIn, exitTimeout, exitConflict, exitUnreachable, 130, 143} {
		if !codes[code] {
			t.Errorf("the README does not name exit code %d", code)
		}
	}
}

// endsWithCodes are the headlines of every end, each with the exit codes that can go with it.
func endsWithCodes(t *testing.T) map[string]map[int]bool {
	patterns := map[string]*regexp.Regexp{}
	for _, h := range headlines(t) {
		patterns[h] = regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(h), "%s", ".*"))
	}
	known, seen := map[string]map[int]bool{}, map[string]bool{}
	take := func(end report.End, code int) {
		if id := fmt.Sprint(code, end.Headline); !seen[id] {
			seen[id] = true
			best := ""
			for h, p := range patterns {
				if len(h) > len(best) && p.MatchString(end.Headline) {
					best = h
				}
			}
			if known[best] == nil {
				known[best] = map[int]bool{}
			}
			known[best][code] = true
		}
	}
	everyEnd(func(c testEnd) {
		if c.x.byJob || c.x.Until != publish.Live || c.x.Operation != "" {
			return // the same headlines
		}
		take(c.x.end(c.result, c.e), exit(c.result, c.e, input.Config{}))
	})
	everyExplainer(func(x explainer) {
		for _, result := range everyResult(x, nil) {
			result.Started = !result.Foreign
			take(x.end(result, nil), exit(result, nil, input.Config{}))
		}
	})
	x := explainer{Config: input.Config{Command: publish.Publish}}
	take(x.refused("offer-id: is not given"), exitInput)
	for _, e := range []publish.Error{
		{Reason: publish.NoOffer, Err: severalAnswers{}},
		{Reason: publish.NotAllowed, Err: severalAnswers{}},
		{Reason: publish.NotAllowed, Err: &identity.Error{Kind: identity.Refused}},
		{Reason: publish.NotAllowed, Err: &marketplace.Error{Fault: marketplace.Forbidden}},
		{Reason: publish.NotAllowed, Err: &marketplace.Error{Fault: marketplace.Unauthorized}},
		{Reason: publish.OutOfReach, Err: &marketplace.Error{Fault: marketplace.Cut}},
		{Reason: publish.Interrupted, Err: Interrupted(130)},
		{Reason: publish.Interrupted, Err: Interrupted(143)},
	} {
		take(x.end(publish.Result{}, &e), exit(publish.Result{}, &e, input.Config{}))
	}
	return known
}

// What the documents link to is there.
func TestLinksOfTheDocumentsLead(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	root := filepath.Join("..", "..")
	files, err := filepath.Glob(filepath.Join(root, ".github", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, readmeFile, filepath.Join(root, "internal", "README.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(m[1], "://") {
				continue
			}
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", file, m[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, target), anchor) {
				t.Errorf("%s links to %s, which has no such heading", file, m[1])
			}
		}
	}
}

// anchors are the names that GitHub gives to a page's headings.
func anchors(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		plain := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(plain, " ", "-"))
	}
	return out
}
