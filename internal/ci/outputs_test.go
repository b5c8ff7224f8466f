package ci

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckOutputs(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	write(t, in("old.env"), "old")
	write(t, in("aim"), "aim")
	for link, aim := range map[string]string{"link.env": "aim", "dangling.env": "nowhere", "linked": "real"} {
		if err := os.Symlink(in(aim), in(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(in("real/deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, wrong string }{
		{"new.env", ""},
		{"old.env", ""},
		{"real/deep/../new.env", ""},
		{"link.env", "it is a symbolic link"},
		{"dangling.env", "it is a symbolic link"},
		{"linked/new.env", "linked is a symbolic link"},
		{"linked/deep/new.env", "linked is a symbolic link"},
		{"real", "it is a folder"},
		{"none/new.env", "none does not exist"},
		{"aim/new.env", "not a directory"},
	} {
		c := New(GitLab, World{Getenv: env{}.get, OutputsFile: in(test.file)})
		for what, err := range map[string]error{"check": c.CheckOutputs(), "write": c.Outputs(ended("m"))} {
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || !strings.Contains(err.Error(), in(test.file))) {
				t.Errorf("%s %s: %v, want %q", what, test.file, err, test.wrong)
			}
		}
	}
	if text, _ := os.ReadFile(in("aim")); string(text) != "aim" {
		t.Errorf("written through a link: %q", text)
	}
	if _, err := os.Lstat(in("nowhere")); err == nil {
		t.Error("made through a link")
	}
	if err := New(Terminal, World{Getenv: env{}.get}).CheckOutputs(); err != nil {
		t.Error(err)
	}
	fresh := in("unmade.env")
	if err := New(GitLab, World{Getenv: env{}.get, OutputsFile: fresh}).CheckOutputs(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(fresh); err == nil {
		t.Error("the check made the file")
	}
}

// A relative path, links in it included, is judged from the working folder.
func TestCheckOutputsRelative(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for _, made := range []error{os.MkdirAll("real", 0o755), os.Symlink("real", "linked"), os.Chdir("real"), os.Symlink("/nowhere", "link.env")} {
		if made != nil {
			t.Fatal(made)
		}
	}
	for file, ok := range map[string]bool{
		"a.env": true, "./a.env": true, "../a.env": true, "../real/a.env": true,
		"link.env": false, "../linked/a.env": false, ".": false, "..": false,
	} {
		if err := New(GitLab, World{Getenv: env{}.get, OutputsFile: file}).CheckOutputs(); (err == nil) != ok {
			t.Errorf("%s: %v", file, err)
		}
	}
	if err := os.Chdir(".."); err != nil {
		t.Fatal(err)
	}
	if err := New(GitLab, World{Getenv: env{}.get, OutputsFile: "linked/a.env"}).CheckOutputs(); err == nil {
		t.Error("linked/a.env is taken")
	}
}

func TestOutputsFileIsReplacedWhole(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, GitLab, nil)
	write(t, s.file("publish-offer.env"), strings.Repeat("OLD=1\n", 500))
	write(t, s.file(".publish-offer.env.tmp"), "of a run that was killed")
	if err := os.Chmod(s.file("publish-offer.env"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Outputs(ended("one")); err != nil {
		t.Fatal(err)
	}
	if err := s.Outputs([]Output{{"status", "succeeded"}}); err != nil {
		t.Fatal(err)
	}
	text := s.read(t, "publish-offer.env")
	if strings.Contains(text, "OLD") || !strings.Contains(text, "STATUS=succeeded\n") || !strings.Contains(text, "MESSAGE=one\n") {
		t.Errorf("%s", text)
	}
	entries, _ := os.ReadDir(s.folder)
	info, err := os.Stat(s.file("publish-offer.env"))
	if err != nil || len(entries) != 1 || info.Mode() != 0o644 {
		t.Errorf("%v, %v, %v", entries, info.Mode(), err)
	}
}

// A name that somebody takes in the meantime is not written through.
func TestNewFilesAreNew(t *testing.T) {
	t.Parallel()
	folder, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := errors.Join(folder.WriteFile("aim", nil, 0o644), folder.Symlink("aim", "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"aim", "link"} {
		if err := writeNew(folder, name, "text"); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDotenvLimit(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"x", "é", "$", "%A%", "word ", "😀"} {
		for _, length := range []int{0, 4700, 4800, 5000, 9000, 60000} {
			message := strings.Repeat(unit, length/len(unit))
			text, err := dotenv(ended(message))
			values, invalid := parseDotenv(text)
			if err != nil || invalid != nil || !utf8.ValidString(text) {
				t.Fatalf("%d bytes of %q: %v, %v", length, unit, err, invalid)
			}
			if values["PUBLISH_OFFER_OPERATION_PATH"] != strings.ReplaceAll(path, "$", "%24") || values["PUBLISH_OFFER_FAILED_STEP"] != "Certification" {
				t.Errorf("%d bytes of %q: cut too much: %v", length, unit, values)
			}
			got := values["PUBLISH_OFFER_MESSAGE"]
			whole, kept := strings.TrimSpace(dotenvValue(message)), strings.TrimSuffix(got, "…")
			if !strings.HasPrefix(withoutSpace(whole), withoutSpace(kept)) || (kept == got) != (got == whole) {
				t.Errorf("%d bytes of %q: %d bytes, %.50q", length, unit, len(got), got)
			}
			if length > 5000 && len(text) < dotenvLimit-20 {
				t.Errorf("%d bytes of %q: cut to %d bytes", length, unit, len(text))
			}
		}
	}
	long := strings.Repeat("s", 6000)
	text, err := dotenv([]Output{{"failed-step", long}, {"operation-path", path}, {"message", long}})
	if values, invalid := parseDotenv(text); err != nil || invalid != nil || values["PUBLISH_OFFER_MESSAGE"] != "" || !strings.HasPrefix(values["PUBLISH_OFFER_FAILED_STEP"], "sss") {
		t.Errorf("%v, %v, %v", values, err, invalid)
	}
	if _, err := dotenv([]Output{{"operation-path", long}}); err == nil {
		t.Error("a path was cut")
	}
}

// Where GitHub's file cannot be written, the run says so and the log has the values.
func TestGitHubOutputMissing(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"", "/nowhere/output", filepath.Join(t.TempDir(), "not made by the runner")} {
		s := newSandbox(t, GitHub, env{"GITHUB_OUTPUT": file})
		if err := s.Outputs(ended("m")); err == nil || !strings.Contains(err.Error(), "GITHUB_OUTPUT") {
			t.Errorf("%q: %v", file, err)
		}
		if s.stdout.Len() > 0 {
			t.Errorf("printed early: %s", s.stdout)
		}
		s.Close(true, "")
		s.Close(true, "")
		if got := s.stdout.String(); strings.Count(got, "operation-path="+path+"\n") != 1 || strings.Count(got, "\n") != 6 {
			t.Errorf("%q: %s", file, got)
		}
	}
	s := newSandbox(t, GitHub, nil)
	write(t, s.file("output"), "before=1") // without a line break
	if err := s.Outputs([]Output{{"status", "running"}}); err != nil {
		t.Fatal(err)
	}
	if got := s.read(t, "output"); got != "before=1\nstatus=running\n" {
		t.Errorf("%q", got)
	}
}

func TestOutputsFileBesideThePlatforms(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, GitHub, nil)
	s.world.OutputsFile = s.file("out.env")
	if err := s.Outputs(ended("m")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.read(t, "output"), "message=m\n") || !strings.Contains(s.read(t, "out.env"), "PUBLISH_OFFER_MESSAGE=m\n") {
		t.Error("one of the two is missing")
	}
	p := newSandbox(t, Terminal, nil)
	p.world.OutputsFile = p.file("out.env")
	if err := p.Outputs(ended("m")); err != nil {
		t.Fatal(err)
	}
	if p.Close(false, ""); p.stdout.Len() > 0 {
		t.Errorf("printed besides: %s", p.stdout)
	}
}

func FuzzOutputs(f *testing.F) {
	f.Add("plain", "Certification")
	f.Add("a\nstatus=succeeded\nmessage<<EOF\nx\nEOF", "\r\rstatus=x")
	f.Add("$CI_JOB_TOKEN ${HOME} %PATH%a%b% $(System.AccessToken)", "<<_GitHubActionsFileCommandDelimeter_")
	f.Add(strings.Repeat("é", 5000), "##vso[task.setvariable variable=status]x")
	f.Fuzz(func(t *testing.T, message, step string) {
		outputs := []Output{{"operation-path", path}, {"failed-step", step}, {"message", message}}
		names := func(values map[string]string) string {
			return strings.Join(slices.Sorted(maps.Keys(values)), " ")
		}

		g := newSandbox(t, GitHub, nil)
		g.world.OutputsFile = g.file("out.env")
		if err := g.Outputs(outputs); err != nil {
			t.Fatal(err)
		}
		values, err := parseOutputFile(g.read(t, "output"))
		if err != nil || names(values) != "failed-step message operation-path" || values["operation-path"] != path {
			t.Errorf("GITHUB_OUTPUT: %q, %v", values, err)
		}
		if strings.ContainsAny(values["message"]+values["failed-step"], "\r\n\x1b") {
			t.Errorf("GITHUB_OUTPUT: %q", values)
		}

		text := g.read(t, "out.env")
		values, err = parseDotenv(text)
		if err != nil || names(values) != "PUBLISH_OFFER_FAILED_STEP PUBLISH_OFFER_MESSAGE PUBLISH_OFFER_OPERATION_PATH" {
			t.Errorf("dotenv: %q, %v", values, err)
		}
		for name, value := range values {
			if gitLabReference.MatchString(value) {
				t.Errorf("GitLab expands %s=%s", name, value)
			}
		}

		a := newSandbox(t, AzurePipelines, nil)
		if err := a.Outputs(outputs); err != nil {
			t.Fatal(err)
		}
		values = map[string]string{}
		for line := range strings.Lines(a.stdout.String()) {
			p, ok := parseAzure(strings.TrimSuffix(line, "\n"))
			if !ok || p.name != "task.setvariable" || p.properties["isoutput"] != "true" || strings.Contains(p.data, "$(") {
				t.Errorf("the agent reads %+v", p)
			}
			values[p.properties["variable"]] = p.data
		}
		if names(values) != "failedStep message operationPath" || values["operationPath"] != path {
			t.Errorf("variables: %q", values)
		}
	})
}
