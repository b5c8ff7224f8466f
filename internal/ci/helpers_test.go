package ci

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// env is an environment for one test.
type env map[string]string

func (e env) get(name string) string { return e[name] }

// sandbox is one platform with files in a folder of the test's.
type sandbox struct {
	*Console
	stdout, stderr *bytes.Buffer
	folder         string
}

func (s *sandbox) file(name string) string { return filepath.Join(s.folder, name) }

func (s *sandbox) read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(s.file(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// log is where lines go.
func (s *sandbox) log() *bytes.Buffer {
	if s.Console.log == s.troubles {
		return s.stderr
	}
	return s.stdout
}

// newSandbox makes a platform's world: GitHub's files exist, Azure Pipelines'
// folder does. more adds to the environment.
func newSandbox(t testing.TB, k Kind, more env) *sandbox {
	t.Helper()
	s := &sandbox{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, folder: t.TempDir()}
	vars := env{}
	world := World{Getenv: vars.get, Stdout: s.stdout, Stderr: s.stderr}
	switch k {
	case GitHub:
		vars["GITHUB_OUTPUT"], vars["GITHUB_STEP_SUMMARY"] = s.file("output"), s.file("summary")
		write(t, s.file("output"), "")
		write(t, s.file("summary"), "")
	case AzurePipelines:
		vars["AGENT_TEMPDIRECTORY"] = s.folder
	case GitLab:
		world.OutputsFile = s.file("publish-offer.env")
	}
	maps.Copy(vars, more)
	s.Console = New(k, world)
	return s
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ended are outputs as they are at the end of a run.
func ended(message string) []Output {
	return []Output{
		{"operation-path", "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31"},
		{"operation-id", ""},
		{"status", "failed"},
		{"failed-step", "Certification"},
		{"message", message},
		{"elapsed-seconds", "61"},
	}
}

func withoutSpace(text string) string { return strings.Join(strings.Fields(text), "") }
