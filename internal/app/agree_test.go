package app

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What a run leaves in different places says the same.

var (
	summaryTook = regexp.MustCompile(`The run began at [^\n]* and took (\S+)\.\n`)
	timedLine   = regexp.MustCompile(`(?m)^ *([0-9][0-9.a-z]*)  (.*)$`)
)

// checkAgreement compares the log, the outputs and the summary of a job that came to its end.
func checkAgreement(t testing.TB, j job, p played) {
	t.Helper()
	out := outputsLeft(t, j, p)
	seconds, err := strconv.Atoi(out["elapsed-seconds"])
	if p.exit < 0 || err != nil { // killed, or without outputs
		return
	}
	want := asPeopleSay(time.Duration(seconds) * time.Second)
	if took := summaryTook.FindStringSubmatch(p.summary); took != nil && !strings.HasSuffix(took[1], "ms") && took[1] != want {
		t.Errorf("the outputs say %d s, which is %s, and the summary says %s", seconds, want, took[1])
	}
	lines := timedLine.FindAllStringSubmatch(p.stdout+"\n"+p.stderr, -1)
	headline, _, _ := strings.Cut(out["message"], ";")
	for _, line := range lines[max(0, len(lines)-1):] { // where the end is no annotation, it has its time
		if p.exit == 0 && strings.HasPrefix(line[2], headline) && !strings.HasSuffix(line[1], "ms") && line[1] != want {
			t.Errorf("the outputs say %d s, which is %s, and the log says %q", seconds, want, line[0])
		}
	}
	ended := strings.Contains(out["message"], saidEnded) || strings.Contains(out["message"], "operation succeeded")
	if ended && out["status"] != "succeeded" {
		t.Errorf("status %q, and the message says %q", out["status"], out["message"])
	}
	if ended && j.command() == "cancel" {
		t.Errorf("a cancellation says %q", out["message"])
	}
}

// asPeopleSay is a time as this program writes times: what is left over is cut off.
func asPeopleSay(d time.Duration) string {
	seconds := int(d.Seconds())
	switch {
	case seconds >= 24*60*60:
		return fmt.Sprintf("%dd%02dh", seconds/86400, seconds/3600%24)
	case seconds >= 60*60:
		return fmt.Sprintf("%dh%02dm", seconds/3600, seconds/60%60)
	case seconds >= 60 && seconds%60 == 0:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds >= 60:
		return fmt.Sprintf("%dm%ds", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%ds", seconds)
}
