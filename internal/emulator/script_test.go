package emulator

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"offer live\n\nofer live":              `line 3: unknown directive "ofer"`,
		"offer":                                "line 1: state is missing",
		"offer sold":                           `state "sold": allowed are never, live,`,
		"offer live now":                       `"now" is one word too many`,
		"step Certification":                   "duration is missing",
		"step Certification soon":              `"soon" is no duration`,
		"step Certification -1m":               `"-1m" is no duration`,
		"step Certification 1m stuck \"why\"":  `trouble "stuck"`,
		"step Certification 1m blocked":        "message is missing",
		"step \"Certification 1m":              "does not end",
		"person golive 5m":                     "say at 5m0s, or 5m0s after preview",
		"cancel 201":                           `answer "201"`,
		"cancel refused 200 no":                "no number from 400 to 599",
		"word operation sleeping zzz":          `operation has no state "sleeping"`,
		"word running":                         "word is missing",
		"location sideways":                    `form "sideways"`,
		"form":                                 "form is missing",
		"at 1h tokens":                         "tokens invalid",
		"running publish 10m":                  "keyword is missing",
		"list late":                            "lag is missing",
		"list sideways":                        `how "sideways"`,
		"list pages 0":                         "no number from 1",
		"status early":                         `how "early"`,
		"page":                                 "how is missing",
		"changed sometimes":                    `how "sometimes"`,
		"clock soon":                           "no duration such as 1h or -30m",
		"relic x times many":                   "no number",
		"relic x sometimes":                    `option "sometimes"`,
		"entra no-principal x":                 `resource "x"`,
		"entra refuses no":                     "no number",
		"identity unreferenced 500":            "no number from 200 to 499",
		"conflict 200":                         "no number from 400",
		"link side https://x.test":             `slot "side"`,
		"message Critical x":                   `level "Critical"`,
		"shape classic listed":                 "one word too many",
		"fault publish":                        "what goes wrong is missing",
		"fault publish 1":                      "kind of fault is missing",
		"fault publishing 1 cut":               `endpoint "publishing"`,
		"fault publish 0 cut":                  `unknown fault "0"`,
		"fault publish 5..3 cut":               `unknown fault "5..3"`,
		"fault publish 1 explode":              `unknown fault "explode"`,
		"fault publish 1 accept-dial":          "never accepted",
		"fault publish 1 status 99":            "no number from 200 to 599",
		"fault publish 1 status 503 sometimes": `option "sometimes"`,
		"fault publish 1 html \"\"":            "no number",
	} {
		_, err := Parse(script)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "service script, line ") {
			t.Errorf("%q: error %v, want %s", script, err, want)
		}
	}
}

// The package comment is the manual: every line of script in it must be one.
func TestManualIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(text), "# Script")
	script, faults, _ := strings.Cut(script, "# Faults")
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^//\t(\S.*?)(?: {3,}.*)?$`).FindAllStringSubmatch(script, -1) {
		n++
		if _, err := Parse(m[1]); err != nil {
			t.Errorf("%q: %v", m[1], err)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^//\t(\S.*?) {3,}.*$`).FindAllStringSubmatch(faults, -1) {
		for kind := range strings.SplitSeq(m[1], ", ") {
			n++
			if _, err := ParseFault(kind); err != nil {
				t.Errorf("%q: %v", kind, err)
			}
		}
	}
	if n < 70 {
		t.Errorf("only %d lines of the manual were tried", n)
	}
}

func TestManualIsWhole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range directives() {
		if !regexp.MustCompile(`(?m)^//\t` + name + `\b`).Match(text) {
			t.Errorf("the directive %s is not in the manual", name)
		}
	}
	for _, form := range forms() {
		if !regexp.MustCompile(`\b` + form + `\b`).Match(text) {
			t.Errorf("the form %s is not in the manual", form)
		}
	}
	for _, s := range services() {
		if !strings.Contains(string(text), s.name) {
			t.Errorf("the service %s is not in the manual", s.name)
		}
	}
}

// No two services may share an endpoint, nor may an endpoint be called as a service is.
func TestNamesOfEndpoints(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range append(endpoints(), scopes()...) {
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
	}
}

func TestCommentsQuotesAndDefaults(t *testing.T) {
	t.Parallel()
	s := mustParse(t, "# a comment\n\n  step \"A # \\\"step\\\"\" 90s # the only one\r\nmessage error `raw`\n")
	if len(s.steps) != 1 || s.steps[0].name != `A # "step"` || s.steps[0].takes != 90*time.Second || s.messages[0].text != "raw" {
		t.Errorf("%+v", s)
	}
	if s := mustParse(t, ""); len(s.steps) != 4 || s.Length() != 70*time.Minute {
		t.Errorf("default: %d steps, %v", len(s.steps), s.Length())
	}
}

func TestSocketsCannotRefuseToBeDialled(t *testing.T) {
	t.Parallel()
	for script, ok := range map[string]bool{"fault list 1 cut": true, "fault list 1 dial": false, "fault * dns": false, "fault token tls": false} {
		if err := mustParse(t, script).CheckSockets(); (err == nil) != ok {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestParseFaultForHooks(t *testing.T) {
	t.Parallel()
	f, err := ParseFault(`accept-status 500 retry-after date 30s body "no"`)
	if want := (Fault{Name: "accept-status", Status: 500, RetryAfter: "date 30s", Text: "no"}); err != nil || f != want {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := ParseFault("cut cut"); err == nil {
		t.Error("a word too many went through")
	}
}
