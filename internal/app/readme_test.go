package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The log that the README shows is the one that the program prints: -update copies it from the story.
func TestReadmeShowsTheStory(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := readStory(t, storyPath("published"))
	var log []string
	for _, line := range lineList(s.Section("want stdout")) {
		if !mask.MatchString(line) { // the platform swallows it
			log = append(log, line)
		}
	}
	const from, to = "<!-- demo -->\n", "<!-- /demo -->\n"
	before, rest, found := strings.Cut(string(readme), from)
	old, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatalf("README.md lacks the markers %q and %q", from, to)
	}
	block := "```text\n" + strings.Join(log, "\n") + "\n```\n"
	if *update {
		if err := os.WriteFile(path, []byte(before+from+block+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, block); diff != "" {
		t.Errorf("the README's log is not the story's (-readme +story); go test ./internal/app -update:\n%s", diff)
	}
}
