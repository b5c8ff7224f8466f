package report

import (
	"fmt"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// End is how a run ended, in the words that its summary needs.
type End struct {
	Headline  string // the state in words
	Good      bool
	Why       string // one line, "" where the headline says it all
	Hints     []string
	Path      string
	Operation marketplace.Operation
}

// Summary is the end of the run as Markdown.
func (r *Report) Summary(e End) string {
	var b strings.Builder
	icon := "❌"
	if e.Good {
		icon = "✅"
	}
	fmt.Fprintf(&b, "## %s %s\n\n", icon, markup(e.Headline))
	fmt.Fprintf(&b, "Offer %s of publisher %s, after %s.\n\n", code(r.Offer), code(r.Publisher), span(time.Since(r.Began)))
	if e.Why != "" {
		fmt.Fprintf(&b, "> %s\n\n", markup(e.Why))
	}
	if len(r.history.steps) > 0 {
		b.WriteString("| step | state | progress | estimate | messages |\n|---|---|---|---|---|\n")
		for _, s := range r.history.steps {
			var said []string
			for _, m := range s.Messages {
				said = append(said, markup(m.Text))
			}
			fmt.Fprintf(&b, "| %s | %s %s | %d %% | %s | %s |\n", markup(s.Name), mark(s.State), s.State, s.Percent, markup(s.Estimate), strings.Join(said, "<br>"))
		}
		b.WriteString("\n")
	}
	for _, h := range e.Hints {
		fmt.Fprintf(&b, "- %s\n", markup(h))
	}
	if e.Path != "" {
		fmt.Fprintf(&b, "\nOperation: %s\n", code(e.Path))
	}
	return b.String()
}

// markup makes foreign text mean itself in GitHub's Markdown, in tables too.
func markup(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '@' || c == '#':
			fmt.Fprintf(&b, "&#%d;", c) // no mention of a user, no link to an issue
		case strings.ContainsRune("\\`*_{}[]()!|~$:", c):
			fmt.Fprintf(&b, "&#%d;", c)
		case c == '\n' || c == '\r':
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// code shows text as code, whatever it holds.
func code(s string) string {
	return "<code>" + markup(s) + "</code>"
}
