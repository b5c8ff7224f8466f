package input

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the help text and the blocks of README.md, REFERENCE.md and action.yml")

const (
	readme     = "../../README.md"
	reference  = "../../.github/REFERENCE.md"
	actionFile = "../../action.yml"
	helpFile   = "testdata/help.txt"
)

// block is a part of a file that is made from the tables.
type block struct {
	file, begin, end, want string
}

func blocks() []block {
	return []block{
		{readme, "<!-- inputs -->", "<!-- /inputs -->", inputsByNeed()},
		{readme, "<!-- outputs -->", "<!-- /outputs -->", outputNames()},
		{reference, "<!-- commands -->", "<!-- /commands -->", markdownCommands()},
		{reference, "<!-- inputs -->", "<!-- /inputs -->", markdownInputs()},
		{reference, "<!-- outputs -->", "<!-- /outputs -->", markdownOutputs()},
		{actionFile, "# inputs", "# end inputs", actionInputs()},
		{actionFile, "# outputs", "# end outputs", actionOutputs()},
	}
}

func TestDocsAreTheTables(t *testing.T) {
	for _, b := range blocks() {
		t.Run(filepath.Base(b.file)+" "+b.begin, func(t *testing.T) {
			text := read(t, b.file)
			before, got, after, err := cut(text, b)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				write(t, b.file, before+b.want+after)
				return
			}
			if diff := cmp.Diff(b.want, got); diff != "" {
				t.Errorf("%s is not what the tables say; go test ./internal/input -update rewrites it (-want +got):\n%s", b.file, diff)
			}
		})
	}
}

func TestUsageIsTheGoldenText(t *testing.T) {
	if *update {
		write(t, helpFile, Usage())
	}
	if diff := cmp.Diff(read(t, helpFile), Usage()); diff != "" {
		t.Errorf("help text changed; go test ./internal/input -update rewrites it (-golden +now):\n%s", diff)
	}
}

// A default in action.yml would arrive as INPUT_… on every run, and so silence the
// environment names, which come after it.
func TestActionDeclaresNoDefaults(t *testing.T) {
	t.Parallel()
	if found := regexp.MustCompile(`(?m)^\s*default:.*$`).FindString(read(t, actionFile)); found != "" {
		t.Errorf("action.yml has %q: state it in the description instead", found)
	}
}

func TestActionSuitsTheMarketplaceAndTheRunner(t *testing.T) {
	t.Parallel()
	text := read(t, actionFile)
	key := func(name string) string {
		found := regexp.MustCompile(`(?m)^\s*` + name + `:[ ]+(.+)$`).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("action.yml has no %s", name)
		}
		return strings.Trim(found[1], `"'`)
	}
	if d := key("description"); len(d) >= 125 {
		t.Errorf("description has %d characters, the release form takes fewer than 125", len(d))
	}
	for name, want := range map[string]string{"using": "docker", "entrypoint": "/usr/local/bin/publish-offer", "icon": "upload-cloud", "color": "blue"} {
		if got := key(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if image := key("image"); image != "Dockerfile" && !regexp.MustCompile(`^docker://\S+@sha256:[0-9a-f]{64}$`).MatchString(image) {
		t.Errorf("image is %q, want Dockerfile or a docker:// image by digest", image)
	}
	if regexp.MustCompile(`(?m)^\s*args:`).MatchString(text) {
		t.Error("action.yml has args: inputs come from the environment, free of any quoting")
	}
}

// commonInputs are those that most workflows come to set, beside what each needs.
var commonInputs = []string{commandRow, "until", "if-running", operationRow, "timeout"}

// inputsByNeed is the README's short table: what each run needs, what is common, and the names of the rest.
func inputsByNeed() string {
	var needed, common, rare []string
	for _, row := range Table() {
		name := "`" + row.Name + "`"
		switch {
		case row.Required || row.RequiredNote != "":
			needed = append(needed, name)
		case slices.Contains(commonInputs, row.Name):
			common = append(common, fmt.Sprintf("| common | %s | %s | %s |\n", name, defaultOf(row), row.Doc))
		default:
			rare = append(rare, name)
		}
	}
	return "| need | input | default | meaning |\n|---|---|---|---|\n" +
		"| required | " + strings.Join(needed, ", ") + " | none | whose offer, which one, and who signs in: see [Set up](#set-up) |\n" +
		strings.Join(common, "") +
		"| rare | " + strings.Join(rare, ", ") + " | | all inputs, with their environment variables, are in the [reference](.github/REFERENCE.md#inputs) |\n"
}

// outputNames is the README's line about outputs.
func outputNames() string {
	var names []string
	for _, output := range Outputs() {
		names = append(names, "`"+output.Name+"`")
	}
	return "Outputs: " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + ".\n"
}

func markdownCommands() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n|---|---|\n")
	for _, verb := range Commands() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", verb.Name, verb.Doc)
	}
	return b.String()
}

func markdownInputs() string {
	var b strings.Builder
	b.WriteString("| input | default | environment | meaning |\n|---|---|---|---|\n")
	for _, row := range Table() {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", row.Name, defaultOf(row), strings.Join(row.Env, "`, `"), row.Doc)
	}
	return b.String()
}

// defaultOf is what holds where an input is not given, in Markdown.
func defaultOf(row Row) string {
	switch {
	case row.Required:
		return "required"
	case row.RequiredNote != "":
		return row.RequiredNote
	case row.Default != "":
		return "`" + row.Default + "`"
	case row.DefaultNote != "":
		return row.DefaultNote
	}
	return "none"
}

func markdownOutputs() string {
	var b strings.Builder
	b.WriteString("| output | value |\n|---|---|\n")
	for _, output := range Outputs() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", output.Name, output.Doc)
	}
	return b.String()
}

func actionInputs() string {
	var b strings.Builder
	b.WriteString("inputs:\n")
	for _, row := range Table() {
		doc := row.Doc
		if row.Default != "" {
			doc += " Default: `" + row.Default + "`."
		} else if row.DefaultNote != "" {
			doc += " Default: " + row.DefaultNote + "."
		} else if row.RequiredNote != "" {
			doc += " " + strings.ToUpper(row.RequiredNote[:1]) + row.RequiredNote[1:] + "."
		}
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    required: %t\n", row.Name, strconv.Quote(doc), row.Required)
	}
	return b.String()
}

func actionOutputs() string {
	var b strings.Builder
	b.WriteString("outputs:\n")
	for _, output := range Outputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", output.Name, strconv.Quote(output.Doc))
	}
	return b.String()
}

// cut finds what stands between the lines of the block's two marks.
func cut(text string, b block) (before, got, after string, err error) {
	begin, end := "\n"+b.begin+"\n", "\n"+b.end+"\n"
	i := strings.Index(text, begin)
	if i < 0 || strings.Count(text, begin) > 1 {
		return "", "", "", fmt.Errorf("%s: want the line %q once", b.file, b.begin)
	}
	i += len(begin)
	length := strings.Index(text[i-1:], end)
	if length < 0 {
		return "", "", "", fmt.Errorf("%s: want the line %q after %q", b.file, b.end, b.begin)
	}
	return text[:i], text[i : i+length], text[i+length:], nil
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
