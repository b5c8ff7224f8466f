package report

import (
	"fmt"
	"strings"
)

// Mark says how a check came out.
type Mark int

// The marks.
const (
	Unchecked Mark = iota // it could not be checked, or the service does not say
	Well
	Doubtful // it works, and will not always
	Broken
)

// String is the mark as the log and the summary show it.
func (m Mark) String() string {
	return [...]string{"–", "✓", "⚠", "✗"}[m]
}

// Finding is what one check of a set-up found.
type Finding struct {
	Phase   string // the part of the set-up, for example "sign-in"; findings of one phase stand together
	Name    string
	Mark    Mark
	Fact    string   // one line; of an unchecked one, why
	Details []string // further facts, one line each
	Next    []Hint   // what to do about it
}

// Findings is a diagnosis as Markdown. What a phone shows first is the first cause and its cure, then warnings, then
// everything that was checked.
func (s Subject) Findings(verdict string, good bool, findings []Finding) string {
	icon := "✅"
	if !good {
		icon = "❌"
	}
	parts := []string{s.title(icon, verdict)}
	for _, f := range findings {
		if f.Mark == Broken {
			parts = append(parts, s.cause(f))
			break // the others follow from it, and stand in the list
		}
	}
	for _, f := range findings {
		if f.Mark == Doubtful {
			parts = append(parts, s.cause(f))
		}
	}
	return page(append(parts, checked(findings))...)
}

// cause is one finding in full: the fact, what to do, then the details.
func (s Subject) cause(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** %s\n\n> %s\n", markup(f.Name, 300), f.Mark, markup(f.Fact, whyLimit/2))
	next := s.next(f.Next)
	if next != "" {
		b.WriteString("\n" + next)
	}
	b.WriteString("\n")
	for _, d := range f.Details {
		if b.Len() > 2*whyLimit {
			b.WriteString("- and more: see the log\n")
			break
		}
		fmt.Fprintf(&b, "- %s\n", prose(d, whyLimit/4))
	}
	return b.String()
}

// checked lists every finding under the heading of its phase.
func checked(findings []Finding) string {
	var b strings.Builder
	phase := ""
	for i, f := range findings {
		if b.Len() > tableLimit {
			fmt.Fprintf(&b, "\n%d checks more: see the log\n", len(findings)-i)
			break
		}
		if f.Phase != phase {
			phase = f.Phase
			fmt.Fprintf(&b, "\n### %s\n\n", markup(phase, 100))
		}
		fmt.Fprintf(&b, "- %s **%s**: %s\n", f.Mark, markup(f.Name, 100), markup(f.Fact, 600))
		if f.Mark == Well || f.Mark == Unchecked { // those of the others stand above
			for _, d := range f.Details[:min(len(f.Details), detailsLimit)] {
				fmt.Fprintf(&b, "  - %s\n", prose(d, 300))
			}
		}
	}
	return b.String()
}

// detailsLimit is how many details of one check are listed.
const detailsLimit = 8
