package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// test is a testcase of JUnit's.
type test struct {
	name, state, outcome, message, text, output string
	time                                        time.Duration
}

// JUnit shows the steps of the run as tests, in the form that GitLab and Azure Pipelines read: a step that failed is a
// failure with the service's messages, one that did not end is skipped. The run itself is the last test, with the time that
// no step was seen to take, so that one that failed before there were steps is red too.
// https://docs.gitlab.com/ci/testing/unit_test_reports/
// https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/publish-test-results-v2
func (r *Report) JUnit(e End) []byte {
	now := time.Now()
	var tests []test
	blamed := failedStep(&e.Operation)
	names := map[string]int{}
	red, left := false, now.Sub(r.Began)
	for _, s := range r.history.steps {
		t := test{name: s.Name, time: s.elapsed(now), state: string(s.State), output: lines(s.Messages)}
		if names[s.Name]++; names[s.Name] > 1 {
			t.name += fmt.Sprintf(" (%d)", names[s.Name])
		}
		left -= t.time
		switch {
		case s.State.Bad() || blamed != nil && blamed.ID == s.ID && blamed.Name == s.Name:
			red = true
			t.outcome, t.message, t.text, t.output = "failure", strings.Join(reasons(s.Messages), "; "), t.output, ""
			if t.message == "" {
				t.message = s.Name + " " + verdict(s.State)
			}
		case s.State != marketplace.StepComplete:
			t.outcome, t.message = "skipped", t.state
		}
		tests = append(tests, t)
	}
	run := test{name: "publish-offer", time: max(0, left), output: e.Headline}
	if !e.Good && !red {
		run.outcome, run.message, run.text, run.state = "failure", e.Headline, e.Why, "run"
	}
	return suite(r.Publisher+"."+r.Offer, r.Began, append(tests, run))
}

func lines(messages []marketplace.Message) string {
	var out []string
	for _, m := range byGravity(messages) {
		out = append(out, label(m)+m.Text)
	}
	return strings.Join(out, "\n")
}

func suite(name string, began time.Time, tests []test) []byte {
	count := map[string]int{}
	total := 0.0
	for _, t := range tests {
		count[t.outcome]++
		total += t.time.Seconds()
	}
	counts := fmt.Sprintf(`tests="%d" failures="%d" errors="0" skipped="%d" time="%.3f"`, len(tests), count["failure"], count["skipped"], total)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, "<testsuites name=\"publish-offer\" %s>\n", counts)
	fmt.Fprintf(&b, "  <testsuite name=\"%s\" timestamp=\"%s\" %s>\n", escape(name), began.UTC().Format("2006-01-02T15:04:05"), counts)
	for _, t := range tests {
		fmt.Fprintf(&b, "    <testcase name=\"%s\" classname=\"%s\" time=\"%.3f\">\n", escape(t.name), escape(name), t.time.Seconds())
		switch t.outcome {
		case "failure":
			fmt.Fprintf(&b, "      <failure message=\"%s\" type=\"%s\">%s</failure>\n", escape(t.message), escape(t.state), escape(t.text))
		case "skipped":
			fmt.Fprintf(&b, "      <skipped message=\"%s\"/>\n", escape(t.message))
		}
		if t.output != "" {
			fmt.Fprintf(&b, "      <system-out>%s</system-out>\n", escape(t.output))
		}
		b.WriteString("    </testcase>\n")
	}
	b.WriteString("  </testsuite>\n</testsuites>\n")
	return b.Bytes()
}

// escape makes any text fit for XML: characters that XML has no way to write are left out.
func escape(s string) string {
	s = strings.Map(func(c rune) rune {
		if c == '\n' || c >= ' ' && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 {
			return c
		}
		return -1
	}, s)
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}
