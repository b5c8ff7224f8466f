package app

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"publish-offer/internal/input"
)

// What a log tells people to do next is held to one rule: whoever copies it has a command that the program takes. On GitHub
// these are inputs of the example workflow `operate`, each on a line of its own; elsewhere it is a line of a shell, complete
// without any variable of the job, with nothing before and after it.

// advice is a command as a log gave it.
type advice struct {
	why  string   // the sentence before it
	args []string // of the program
}

// checkAdvice holds all commands in a job's log to that rule, and the one to carry on to the operation that the outputs name.
func checkAdvice(t testing.TB, j job, p played) {
	t.Helper()
	log := unfolded(p.stdout + "\n" + p.stderr)
	if m := misplaced.FindString(log); m != "" {
		t.Errorf("a command that does not stand on a line of its own: %q", m)
	}
	lost := 0
	for _, a := range adviceIn(t, j.Platform(), log) {
		c := taken(t, a)
		if !strings.Contains(a.why, "if this job is lost") {
			continue
		}
		lost++
		if out := strings.ReplaceAll(p.outputs+p.stdout, "%24", "$"); c.Operation == "" || j.Platform() != "" && !strings.Contains(out, c.Operation+"\n") {
			t.Errorf("%s: %q is no operation that the outputs name", a.why, c.Operation)
		}
	}
	started := len(startedLine.FindAllString(log, -1))
	if p.exit >= 0 && started != lost {
		t.Errorf("%d starts were accepted, and %d times the log says how to carry on", started, lost)
	}
}

var (
	startedLine = regexp.MustCompile(`(?m)^ *\S+  (the answer to the \S+ was lost; found a new operation|(publish|go-live) accepted(, but|$))`)
	misplaced   = regexp.MustCompile("(?m)^.*[^ \n].*publish-offer (publish|go-live|wait|status|cancel)\\b.*$")
	notice      = regexp.MustCompile(`(?m)^::notice( title=[^:]*)?::`)
	operateLine = regexp.MustCompile(`^ *([a-z-]+): (.*)$`)
)

// unfolded is a log as GitHub shows it: an annotation's lines are lines.
func unfolded(log string) string {
	var out []string
	for _, line := range strings.Split(log, "\n") {
		if notice.MatchString(line) {
			line = strings.NewReplacer("%0A", "\n", "%0D", "\r", "%25", "%").Replace(notice.ReplaceAllString(line, ""))
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// adviceIn reads the commands out of a log.
func adviceIn(t testing.TB, platform, log string) (found []advice) {
	t.Helper()
	lines := strings.Split(log, "\n")
	for i, line := range lines {
		switch {
		case platform != "github":
			if strings.HasPrefix(line, "  publish-offer ") {
				found = append(found, advice{lines[i-1], words(line)[1:]})
			}
		case strings.HasSuffix(line, "by the workflow `operate` with:"):
			args := []string{}
			for _, in := range lines[i+1:] {
				m := operateLine.FindStringSubmatch(in)
				if m == nil || operateInputs()[m[1]] == nil {
					break
				}
				args = append(args, "--"+m[1], strings.Join(words(m[2]), " "))
			}
			found = append(found, advice{line, args})
		case strings.Contains(line, "`operate`"):
			t.Errorf("inputs that do not stand on lines of their own: %q", line)
		}
	}
	return found
}

// taken gives a command to the program's own parser, with nothing of the job's environment.
func taken(t testing.TB, a advice) input.Config {
	t.Helper()
	env := map[string]string{}
	if a.args != nil && slices.Contains(a.args, "--command") { // the workflow has the rest
		i := slices.Index(a.args, "--command")
		if options := operateInputs()["command"]; !slices.Contains(options, a.args[i+1]) {
			t.Errorf("the workflow `operate` offers %q, and no %q", options, a.args[i+1])
		}
		for name, value := range map[string]string{"PUBLISHER_ID": "contoso", "OFFER_ID": "contoso-offer"} {
			env["PUBLISH_OFFER_"+name] = value
		}
		env["AZURE_TENANT_ID"], env["AZURE_CLIENT_ID"] = "6d1f9d3c-54a1-4c5e-9a53-1f2b8f6f0c11", "0b9f6c52-7c1d-4a3e-8f0e-5b6a2d9c4e22"
	}
	r := &run{}
	c, problems := input.Parse(a.args, func(name string) string { return env[name] }, input.Surroundings{Operation: r.parseOperation})
	if len(problems) > 0 {
		t.Errorf("%s: %q: %v", a.why, a.args, problems)
	}
	return c
}

// operateInputs are the inputs of the example workflow, each with its options.
var operateInputs = sync.OnceValue(func() map[string][]string {
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pipelines", "github", "operate.yml"))
	if err != nil {
		panic(err)
	}
	_, text2, _ := strings.Cut(string(text), "    inputs:\n")
	block, _, _ := strings.Cut(text2, "\n\n")
	out := map[string][]string{}
	for _, part := range regexp.MustCompile(`(?m)^ {6}([a-z-]+):\n((?: {8}.*\n?)+)`).FindAllStringSubmatch(block, -1) {
		options := regexp.MustCompile(`options: \[(.*)\]`).FindStringSubmatch(part[2])
		out[part[1]] = []string{}
		if options != nil {
			out[part[1]] = strings.Split(options[1], ", ")
		}
	}
	return out
})

// words splits a line as a shell does, or YAML a scalar, as far as single quotes go: these lines have nothing else.
func words(line string) []string {
	var out []string
	word, inWord, quoted := "", false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\'':
			quoted, inWord = !quoted, true
		case !quoted && c == '\\' && i+1 < len(line):
			i++
			word += line[i : i+1]
		case !quoted && c == ' ':
			if inWord {
				out = append(out, word)
			}
			word, inWord = "", false
		default:
			word, inWord = word+string(c), true
		}
	}
	if inWord {
		out = append(out, word)
	}
	return out
}

// A log that no longer says how to carry on would pass the check above only where it has no commands at all: on each platform
// one story shows them.
func TestLogsSayHowToCarryOn(t *testing.T) {
	t.Parallel()
	for name, platform := range map[string]string{"published": "github", "rejected": "github", "azure-pipelines": "azure-pipelines", "gitlab": "gitlab", "laptop": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := unfolded(tell(t, readStory(t, storyPath(name)))["want stdout"])
			var all []string
			for _, a := range adviceIn(t, platform, log) {
				all = append(all, a.why)
				taken(t, a)
			}
			if len(all) == 0 || !slices.ContainsFunc(all, func(why string) bool { return strings.Contains(why, "if this job is lost, carry on") }) {
				t.Errorf("it says what to do %q\n%s", all, log)
			}
		})
	}
}
