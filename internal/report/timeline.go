package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"publish-offer/internal/marketplace"
)

const (
	maxBars     = 60 // in a timeline; more would be unreadable
	maxBarName  = 60 // characters
	mermaidTime = "2006-01-02 15:04:05"
)

// bar is a stretch of time in the timeline.
type bar struct {
	step     string
	state    marketplace.StepState
	tag      string // Mermaid's
	from, to time.Time
}

// timeline is a Mermaid gantt chart of the times at which steps were seen at work; "" if no look saw time pass.
// https://mermaid.js.org/syntax/gantt.html
func timeline(steps []*seen, now time.Time) string {
	var bars []bar
	for _, s := range steps {
		bars = append(bars, s.bars(now)...)
	}
	cut := max(0, len(bars)-maxBars)
	bars = bars[cut:]
	var first, last time.Time
	for _, b := range bars {
		if first.IsZero() || b.from.Before(first) {
			first = b.from
		}
		if b.to.After(last) {
			last = b.to
		}
	}
	if !last.After(first) {
		return ""
	}
	var out strings.Builder
	out.WriteString("```mermaid\ngantt\n    dateFormat YYYY-MM-DD HH:mm:ss\n")
	out.WriteString(axis(last.Sub(first)))
	out.WriteString("    todayMarker off\n")
	for _, b := range bars {
		to := b.to
		if !to.Truncate(time.Second).After(b.from) {
			to = b.from.Add(time.Second) // Mermaid draws nothing shorter
		}
		fmt.Fprintf(&out, "    %s :%s%s, %s\n", barName(b.step, b.state), b.tag, b.from.UTC().Format(mermaidTime), to.UTC().Format(mermaidTime))
	}
	out.WriteString("```\n")
	out.WriteString("\nTimes are UTC, as this run saw the steps change.")
	if cut > 0 {
		fmt.Fprintf(&out, " The first %d bars are left out.", cut)
	}
	return out.String()
}

// axis is how the times below the chart are written, for a chart of that length.
func axis(d time.Duration) string {
	switch {
	case d <= 15*time.Second:
		return "    axisFormat %H:%M:%S\n    tickInterval 1second\n"
	case d <= 5*time.Minute:
		return "    axisFormat %H:%M:%S\n"
	case d <= 24*time.Hour:
		return "    axisFormat %H:%M\n"
	case d <= 14*24*time.Hour:
		return "    axisFormat %a %d\n    tickInterval 1day\n"
	}
	return "    axisFormat %d %b\n    tickInterval 1week\n"
}

// bars are the stretches in which something was going on. One that led to a rejection shows it.
func (s *seen) bars(now time.Time) []bar {
	var out []bar
	for i, t := range s.stretches {
		to := t.to
		if i == len(s.stretches)-1 && !over(t.state) && now.After(to) {
			to = now
		}
		switch {
		case idle(t.state):
		case over(t.state):
			if n := len(out); n > 0 {
				out[n-1].state, out[n-1].tag = t.state, "crit, "
			} else {
				out = append(out, bar{s.Name, t.state, "crit, ", t.from, t.from})
			}
		default:
			tag := "done, "
			switch {
			case t.state == marketplace.StepBlocked:
				tag = "crit, "
			case i == len(s.stretches)-1:
				tag = "active, "
			}
			state := t.state
			if state == marketplace.StepRunning && i+1 < len(s.stretches) && s.stretches[i+1].state == marketplace.StepComplete {
				state = marketplace.StepComplete
			}
			if to.After(t.from) {
				out = append(out, bar{s.Name, state, tag, t.from, to})
			}
		}
	}
	return out
}

// barName begins with a mark, so that no name begins with a word of Mermaid's, and holds no character of its grammar.
func barName(name string, state marketplace.StepState) string {
	clean := strings.Map(func(c rune) rune {
		if alphanumeric(c) || unicode.IsMark(c) || strings.ContainsRune("-.,()/+", c) {
			return c
		}
		return ' '
	}, name)
	runes := []rune(strings.Join(strings.Fields(clean), " "))
	if len(runes) > maxBarName {
		runes = append(runes[:maxBarName-1], '…')
	}
	text := mark(state) + " " + string(runes)
	if state != marketplace.StepRunning && state != marketplace.StepComplete {
		text += ", " + string(state)
	}
	return text
}
