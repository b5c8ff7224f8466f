package doctor

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"publish-offer/internal/ci"
	"publish-offer/internal/report"
)

// Line is a line of the log.
type Line struct {
	Tone ci.Tone
	Text string
}

// Lines are findings as the log shows them: what to do stands behind an arrow.
func Lines(found []report.Finding) []Line {
	width := 8
	for _, f := range found {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	tone := map[report.Mark]ci.Tone{report.Well: ci.Good, report.Doubtful: ci.Warn, report.Broken: ci.Bad, report.Unchecked: ci.Faint}
	margin := strings.Repeat(" ", width+4)
	var out []Line
	for _, f := range found {
		out = append(out, Line{tone[f.Mark], fmt.Sprintf("%s %-*s  %s", f.Mark, width, f.Name, f.Fact)})
		for _, text := range f.Details {
			out = append(out, Line{ci.Plain, margin + text})
		}
		for _, h := range f.Next {
			out = append(out, Line{ci.Plain, margin + "-> " + h.Text})
		}
	}
	return out
}
