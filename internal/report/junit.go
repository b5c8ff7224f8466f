package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// What GitLab and Azure Pipelines read of JUnit's format.
// https://docs.gitlab.com/ci/testing/unit_test_reports/
// https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/publish-test-results-v2
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		junitSuite
		Suite junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      junitTime   `xml:"time,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    junitTime     `xml:"time,attr"`
		Failure *junitOutcome `xml:"failure"`
		Skipped *junitOutcome `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
	junitTime time.Duration
)

// MarshalText writes seconds.
func (t junitTime) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", time.Duration(t).Seconds()), nil
}

// JUnit shows the steps of the run as tests: a step that failed is a failure with the service's messages, one that did not
// end is skipped. The run itself is the last test, with the time that no step was seen to take, so that one that failed
// before there were steps is red too.
func (r *Report) JUnit(e End) []byte {
	now := time.Now()
	bad := badSteps(e.Details, e.State)
	names := map[string]int{}
	left := now.Sub(r.Began)
	name := cmp.Or(strings.Trim(r.Publisher+"."+r.Offer, "."), "offer")
	suite := junitSuite{Name: name, Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05")}
	add := func(c junitCase) {
		if names[c.Name]++; names[c.Name] > 1 {
			c.Name += fmt.Sprintf(" (%d)", names[c.Name])
		}
		c.Class = name
		suite.add(c)
	}
	for _, s := range r.history.steps {
		elapsed := s.elapsed(now)
		left -= elapsed
		c := s.junit(slices.ContainsFunc(bad, func(b *marketplace.Step) bool { return b.ID == s.ID && b.Name == s.Name }))
		c.Time = junitTime(elapsed)
		add(c)
	}
	run := junitCase{Name: "publish-offer", Time: junitTime(max(0, left)), Output: e.Headline}
	if !e.Good && suite.Failures == 0 {
		run.Failure = &junitOutcome{Message: e.Headline, Type: "run", Text: e.Why}
	}
	add(run)
	return suite.write()
}

// junit is the step as a test.
func (s *seen) junit(bad bool) junitCase {
	messages := slices.Clone(s.Messages)
	slices.SortStableFunc(messages, func(a, b marketplace.Message) int { return gravity(a, bad) - gravity(b, bad) })
	var output []string
	for _, m := range messages {
		output = append(output, label(m)+words(m))
	}
	c := junitCase{Name: s.Name, Output: strings.Join(output, "\n")}
	switch {
	case bad || s.State.Bad():
		message := Why(marketplace.Details{Steps: []marketplace.Step{s.Step}}, marketplace.Failed)
		c.Failure = &junitOutcome{Message: message, Type: string(s.State), Text: c.Output}
		c.Output = ""
	case s.State != marketplace.StepComplete:
		c.Skipped = &junitOutcome{Message: string(s.State)}
	}
	return c
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	s.Time += c.Time
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
}

func (s junitSuite) write() []byte {
	all := junitSuites{junitSuite: s, Suite: s}
	all.Name, all.Timestamp, all.Cases = "publish-offer", "", nil
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil // no value of these types is without a form in XML
	}
	return append([]byte(xml.Header), append(text, '\n')...)
}
