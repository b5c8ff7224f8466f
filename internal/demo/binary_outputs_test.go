//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"publish-offer/internal/story"
)

// What a process of the binary leaves behind, read as its platform reads it.

func (p *process) file(name string) string {
	text, _ := os.ReadFile(filepath.Join(p.dir, name)) // none is as good as an empty one
	return string(text)
}

// outputsNow is the text of the outputs file, also while the process lives.
func (p *process) outputsNow() string {
	if p.platform == "github" {
		return p.file("outputs")
	}
	return p.file("publish-offer.env")
}

func (p *process) summary() string {
	name := "summary.md"
	if p.platform == "azure-pipelines" {
		found, _ := filepath.Glob(filepath.Join(p.dir, "*", "*.md"))
		more, _ := filepath.Glob(filepath.Join(p.dir, "*.md"))
		if found = append(found, more...); len(found) == 0 {
			return ""
		}
		name, _ = filepath.Rel(p.dir, found[0])
	}
	return p.file(name)
}

// outputs reads what was handed over by the platform's own grammar, under the names that GitHub has for them.
func (p *process) outputs() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	switch p.platform {
	case "azure-pipelines":
		for _, m := range regexp.MustCompile(`(?m)^##vso\[task\.setvariable variable=([A-Za-z]+);isoutput=true\](.*)$`).FindAllStringSubmatch(p.stdout.String(), -1) {
			name := regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(m[1], func(s string) string { return "-" + strings.ToLower(s) })
			out[name] = m[2]
		}
	case "gitlab":
		for _, line := range story.Lines(p.outputsNow()) {
			name, value, _ := strings.Cut(line, "=")
			name, ok := strings.CutPrefix(name, "PUBLISH_OFFER_")
			if !ok || strings.ContainsAny(value, "$") {
				p.t.Errorf("not a line for GitLab: %q", line)
			}
			out[strings.ToLower(strings.ReplaceAll(name, "_", "-"))] = strings.ReplaceAll(value, "%24", "$")
		}
	case "github":
		return gitHubOutputs(p.t, p.outputsNow())
	default:
		for _, m := range regexp.MustCompile(`(?m)^([a-z-]+)=(.*)$`).FindAllStringSubmatch(p.stdout.String(), -1) {
			out[m[1]] = m[2]
		}
	}
	return out
}

// gitHubOutputs reads GITHUB_OUTPUT as the runner does; the last value of a name wins.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
func gitHubOutputs(t *testing.T, text string) map[string]string {
	t.Helper()
	out := map[string]string{}
	list := strings.Split(text, "\n")
	for i := 0; i < len(list); i++ {
		line := list[i]
		equal, here := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equal > 0 && (here < 0 || equal < here):
			out[line[:equal]] = line[equal+1:]
		case here > 0 && len(line) > here+2:
			n := slices.Index(list[i+1:], line[here+2:])
			if n < 0 {
				t.Errorf("outputs: %q has no end", line)
				return out
			}
			out[line[:here]] = strings.Join(list[i+1:i+1+n], "\n")
			i += n + 1
		default:
			t.Errorf("outputs: not of the grammar: %q", line)
		}
	}
	return out
}

var masking = regexp.MustCompile(`(?m)^(::add-mask::|##vso\[task\.setsecret\]).*$`)

// check holds the process to an exit code, and to keeping secrets.
func (w *world) check(p *process, exit int) {
	p.t.Helper()
	if p.exit != exit {
		p.t.Errorf("exit code %d instead of %d\n%s%s", p.exit, exit, p.stdout.String(), p.stderr.String())
	}
	streams := map[string]string{"stdout": masking.ReplaceAllString(p.stdout.String(), ""), "stderr": p.stderr.String(), "outputs": p.outputsNow(), "summary": p.summary()}
	for name, text := range streams {
		for _, secret := range w.Secrets() {
			if strings.Contains(text, secret) {
				p.t.Errorf("a secret stands in %s", name)
			}
		}
	}
	if leaks := w.Truth().Leaks; len(leaks) > 0 {
		p.t.Errorf("a token went to %v", leaks)
	}
}
