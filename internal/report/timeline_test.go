package report

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func stretches(states ...any) *seen {
	s := &seen{Step: marketplace.Step{Name: "Certification"}}
	at := began
	for i := 0; i < len(states); i += 2 {
		s.State = states[i].(marketplace.StepState)
		to := at.Add(states[i+1].(time.Duration))
		s.stretches = append(s.stretches, stretch{s.State, at, to})
		at = to
	}
	return s
}

func TestTimelineNeedsTime(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*seen{
		"never began":        stretches(marketplace.StepNotStarted, time.Hour),
		"was always over":    stretches(marketplace.StepComplete, time.Hour),
		"was seen once":      stretches(marketplace.StepSignOff, time.Duration(0)),
		"was rejected, once": stretches(marketplace.StepRejected, time.Duration(0)),
	} {
		if got := timeline([]*seen{s}, began); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTimelineAxis(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		900 * time.Millisecond: "axisFormat %H:%M:%S\n    tickInterval 1second", 4 * time.Second: "axisFormat %H:%M:%S\n    tickInterval 1second",
		3 * time.Minute: "axisFormat %H:%M:%S\n    todayMarker", 3 * time.Hour: "axisFormat %H:%M\n    todayMarker",
		5 * 24 * time.Hour: "axisFormat %a %d\n    tickInterval 1day", 35 * 24 * time.Hour: "axisFormat %d %b\n    tickInterval 1week",
	} {
		got := timeline([]*seen{stretches(marketplace.StepRunning, d, marketplace.StepComplete, time.Duration(0))}, began.Add(d))
		if strings.Contains(got, "2000-01-01 00:00:00, 2000-01-01 00:00:00") {
			t.Errorf("%s: a bar without length, which Mermaid does not draw:\n%s", d, got)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: lacks %q:\n%s", d, want, got)
		}
	}
}

func TestTimelineTellsTheStates(t *testing.T) {
	t.Parallel()
	s := stretches(marketplace.StepNotStarted, time.Minute, marketplace.StepRunning, time.Minute, marketplace.StepBlocked, time.Minute,
		marketplace.StepRunning, time.Minute, marketplace.StepComplete, time.Minute, marketplace.StepRunning, time.Minute)
	got := timeline([]*seen{s}, began.Add(10*time.Minute))
	for _, line := range []string{
		"    ▸ Certification :done, 2000-01-01 00:01:00, 2000-01-01 00:02:00",
		"    ✗ Certification, blocked :crit, 2000-01-01 00:02:00, 2000-01-01 00:03:00",
		"    ✓ Certification :done, 2000-01-01 00:03:00, 2000-01-01 00:04:00",
		"    ▸ Certification :active, 2000-01-01 00:05:00, 2000-01-01 00:10:00",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("lacks %q:\n%s", line, got)
		}
	}
}

// Whatever a step is called, its bar is one line of Mermaid's grammar: MARK NAME :TAG, TIME, TIME.
func TestBarNamesAreHarmless(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`^ {4}[✓✗▸] [^:#;%"'<>\x60\\{}\[\]|&$@=*~!?^]* :(done|crit|active), [-0-9]{10} [:0-9]{8}, [-0-9]{10} [:0-9]{8}$`)
	for _, name := range []string{"section x", "end", "title: x", "a:b", "a#b", "a;b", "%%{init}", `"quoted" 'x'`, "two\nlines", "```", "click x href \"javascript:x\"",
		"gantt", "2000-01-01", "", "<b>", strings.Repeat("long ", 100), "dateFormat X", "excludes weekends", "日本語", "crit, done", "accTitle: x", "a\u2028b"} {
		s := stretches(marketplace.StepRunning, time.Hour, marketplace.StepBlocked, time.Hour)
		s.Name = name
		got := strings.Split(timeline([]*seen{s}, began.Add(2*time.Hour)), "\n")
		for _, bar := range got[5 : len(got)-3] {
			if !line.MatchString(bar) {
				t.Errorf("%q: %q", name, bar)
			}
		}
	}
}

// TestAStepsOwnTimes: what the service says of a step's beginning and end counts where it makes sense, else what was seen.
func TestAStepsOwnTimes(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Unix(1e9, 0).Add(time.Duration(minute) * time.Minute) }
	for name, c := range map[string]struct {
		began, ended time.Time
		want         time.Duration
	}{
		"both are told":        {at(-60), at(-50), 10 * time.Minute},
		"an hour off":          {at(600), at(610), 10 * time.Minute},
		"the end is not told":  {at(-60), time.Time{}, 3 * time.Minute},
		"neither is told":      {time.Time{}, time.Time{}, 3 * time.Minute},
		"it ends before":       {at(10), at(0), 3 * time.Minute},
		"it takes a century":   {at(0), at(100 * 366 * 24 * 60), 3 * time.Minute},
		"the beginning is not": {time.Time{}, at(4), 3 * time.Minute},
	} {
		s := seen{Step: marketplace.Step{State: marketplace.StepRunning}}
		s.stretch(at(1))
		s.Step = marketplace.Step{State: marketplace.StepComplete, Began: c.began, Ended: c.ended}
		s.stretch(at(4))
		if got := s.elapsed(at(9)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
