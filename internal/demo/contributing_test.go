//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whoever types what CONTRIBUTING.md says publishes an offer and goes live with it.
func TestContributingsLinesPublish(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, ".github", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\nBy hand.*?```sh\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("CONTRIBUTING.md has no lines to try it by hand")
	}
	lines := "trap 'kill $! 2>/dev/null' EXIT\n" + strings.ReplaceAll(string(block[1]), "/tmp/", t.TempDir()+"/")
	shell := exec.Command("sh", "-c", lines)
	shell.Dir = root
	out, err := shell.CombinedOutput()
	for _, want := range []string{"everything checks out", "message=published to preview; it waits for publisher sign-off", "message=the offer is live"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if err != nil || t.Failed() {
		t.Fatalf("%v\n%s", err, out)
	}
}
