package input

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestTableIsSound(t *testing.T) {
	t.Parallel()
	taken := make(map[string]bool)
	once := func(name string) {
		if taken[name] {
			t.Errorf("%s is there twice", name)
		}
		taken[name] = true
	}
	for _, row := range Table() {
		once(row.Name)
		once(row.inputVariable())
		for _, name := range row.Env {
			once(name)
		}
		// https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputsinput_id
		if !regexp.MustCompile(`^[a-z][a-z-]*$`).MatchString(row.Name) {
			t.Errorf("%q is no input id", row.Name)
		}
		if row.Doc == "" || row.Want == "" || len(row.Env) == 0 || strings.ContainsAny(row.Doc, "|\n") {
			t.Errorf("%s: the row is not whole", row.Name)
		}
	}
	// An earlier job's outputs must not turn into a later job's inputs, as GitLab's dotenv
	// variables would: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
	// The service is the exception: a later job may well call the one that an earlier job found.
	for _, output := range Outputs() {
		if output.Name == apiRow {
			continue
		}
		once("PUBLISH_OFFER_" + strings.ToUpper(strings.ReplaceAll(output.Name, "-", "_")))
	}
}

// FuzzParse: whatever is given, Parse does not panic; each problem names a row, a variable or
// the command line and is one short line; and without problems nothing is left open.
func FuzzParse(f *testing.F) {
	f.Add("publish\n--dry-run\n--timeout=5m", "INPUT_UNTIL", "live")
	f.Add("sh\n-c\necho", "AZURE_TENANT_ID", "\"$(x)${{ y }}")
	f.Add("--help", "MARKETPLACE_ENDPOINT", "http://[::1%25lo]:99999/@")
	f.Add("wait\n--operation\n%24", "PUBLISH_OFFER_NOTIFICATION_EMAILS", "a@b,\xff@\x00,<c@d>")
	f.Add("--poll-interval\n1h\n--max-poll-interval=-1s", "AZURE_AUTHORITY_HOST", "https://user@localhost:1#")
	names := []string{commandLine}
	for _, row := range Table() {
		names = append(names, row.Name)
	}
	for _, v := range Variables() {
		names = append(names, v.Name)
	}
	f.Fuzz(func(t *testing.T, words, variable, value string) {
		config, problems := Parse(strings.Split(words, "\n"), required(map[string]string{variable: value}), Surroundings{})
		for _, problem := range problems {
			if !slices.Contains(names, problem.Name) {
				t.Errorf("a problem names %q", problem.Name)
			}
			line := problem.Error()
			if strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("a control character in %q", line)
			}
			if len(value) < 500 && len(line) > 8000 {
				t.Errorf("a problem of %d bytes", len(line))
			}
		}
		if len(problems) > 0 || config.Help || config.Version {
			return
		}
		first, most := config.Intervals(APIIngestion)
		if config.Command == "" || len(config.Services) == 0 || config.API == "" || config.Offer == "" || config.Tenant == "" || config.Client == "" && config.Auth != AuthAzureCLI ||
			config.Authority == "" || config.Timeout <= 0 || first <= 0 || most < first || config.Overridden && !config.AuthorityOverridden {
			t.Errorf("no problem, yet %+v", config)
		}
	})
}
