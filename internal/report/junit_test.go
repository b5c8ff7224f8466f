package report

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// What GitLab and Azure Pipelines read of the format.
// https://docs.gitlab.com/ci/testing/unit_test_reports/
// https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/publish-test-results-v2
type suiteRead struct {
	Name      string  `xml:"name,attr"`
	Timestamp string  `xml:"timestamp,attr"`
	Tests     int     `xml:"tests,attr"`
	Failures  int     `xml:"failures,attr"`
	Skipped   int     `xml:"skipped,attr"`
	Time      float64 `xml:"time,attr"`
	Cases     []struct {
		Name    string  `xml:"name,attr"`
		Class   string  `xml:"classname,attr"`
		Time    float64 `xml:"time,attr"`
		Failure *struct {
			Message string `xml:"message,attr"`
			Type    string `xml:"type,attr"`
			Text    string `xml:",chardata"`
		} `xml:"failure"`
		Skipped *struct {
			Message string `xml:"message,attr"`
		} `xml:"skipped"`
		Output string `xml:"system-out"`
	} `xml:"testcase"`
}

func parse(t *testing.T, text []byte) suiteRead {
	t.Helper()
	var all struct {
		XMLName xml.Name    `xml:"testsuites"`
		Suites  []suiteRead `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &all); err != nil || len(all.Suites) != 1 {
		t.Fatalf("%d suites, %v:\n%s", len(all.Suites), err, text)
	}
	s := all.Suites[0]
	names, failures, skipped, total := map[string]bool{}, 0, 0, 0.0
	for _, c := range s.Cases {
		if names[c.Name] || c.Name == "" || c.Class == "" {
			t.Errorf("a test without a name of its own: %q %q", c.Class, c.Name)
		}
		names[c.Name] = true
		if c.Failure != nil {
			failures++
		}
		if c.Skipped != nil {
			skipped++
		}
		total += c.Time
	}
	if s.Tests != len(s.Cases) || s.Failures != failures || s.Skipped != skipped || math.Abs(s.Time-total) > 0.01 {
		t.Errorf("the counts do not agree with the tests:\n%s", text)
	}
	if _, err := time.Parse("2006-01-02T15:04:05", s.Timestamp); err != nil {
		t.Error(err)
	}
	return s
}

func TestJUnitShowsStepsAsTests(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref(path)})
		time.Sleep(time.Minute)
		r.Observe(running(step("Validate", marketplace.StepRunning, 10), step("Certification", marketplace.StepNotStarted, 0)))
		time.Sleep(90 * time.Second)
		r.Observe(running(step("Validate", marketplace.StepComplete, 100, message("information", "fine")), step("Certification", marketplace.StepRunning, 0)))
		time.Sleep(time.Hour)
		hostile := "no \x00\x1b[31m image \u2028 ]]> <b> \" & \xff"
		op := inState(marketplace.Failed, step("Validate", marketplace.StepComplete, 100, message("information", "fine")),
			step("Certification", marketplace.StepRejected, 50, message("warning", "logo"), message("error", hostile)), step("Live", marketplace.StepNotStarted, 0), step("Live", marketplace.StepNotStarted, 0))
		op.Details.Steps[3].ID = "other"
		r.Observe(op)
		s := parse(t, r.JUnit(End{Headline: "failed", State: op.State, Details: op.Details}))
		if s.Name != "contoso.contoso-offer" || s.Failures != 1 || s.Skipped != 2 || s.Time != 3750 {
			t.Errorf("suite %+v", s)
		}
		want := []string{"Validate 90", "Certification 3600", "Live 0", "Live (2) 0", "publish-offer 60"}
		for i, c := range s.Cases {
			if got := fmt.Sprint(c.Name, " ", c.Time); got != want[i] {
				t.Errorf("test %d: got %s, want %s", i, got, want[i])
			}
		}
		f := s.Cases[1].Failure
		if f == nil || f.Type != "rejected" || f.Message != "no \ufffd\ufffd[31m image \u2028 ]]> <b> \" & \ufffd; logo" || !strings.HasSuffix(f.Text, "\nwarning: logo") {
			t.Errorf("failure %+v", f)
		}
		if s.Cases[0].Output != "information: fine" || s.Cases[2].Skipped.Message != "not started" {
			t.Errorf("cases %+v", s.Cases)
		}
	})
}

func TestJUnitShowsEveryBadStep(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		op := running(step("Certification", marketplace.StepBlocked, 1), step("Provisioning", marketplace.StepRejected, 1))
		r.Observe(op)
		if s := parse(t, r.JUnit(End{Headline: "timeout", State: op.State, Details: op.Details})); s.Failures != 2 || s.Cases[0].Failure.Message != "Certification is blocked; the service gave no reason" {
			t.Errorf("suite %+v", s)
		}
	})
}

func TestJUnitOfARunWithoutSteps(t *testing.T) {
	t.Parallel()
	r := New(Subject{Publisher: "contoso", Offer: "contoso-offer", Began: time.Now()}, &paper{})
	s := parse(t, r.JUnit(End{Headline: "sign-in failed", Why: "AADSTS700213"}))
	if len(s.Cases) != 1 || s.Cases[0].Failure == nil || s.Cases[0].Failure.Message != "sign-in failed" || s.Cases[0].Failure.Text != "AADSTS700213" {
		t.Errorf("suite %+v", s)
	}
	if s := parse(t, r.JUnit(End{Headline: "fine", Good: true})); s.Failures != 0 {
		t.Errorf("suite %+v", s)
	}
}

// The documents' own example fails by a message and never calls a step failed.
func TestJUnitBlamesTheStepWithTheError(t *testing.T) {
	t.Parallel()
	bubble(t, func(r *Report, _ *paper) {
		op := inState(marketplace.Failed, step("Certification", marketplace.StepRunning, 50, message("error", "no image")))
		r.Observe(op)
		if s := parse(t, r.JUnit(End{State: op.State, Details: op.Details})); s.Failures != 1 || s.Cases[0].Failure == nil {
			t.Errorf("suite %+v", s)
		}
	})
}
