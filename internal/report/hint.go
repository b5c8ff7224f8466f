package report

import (
	"fmt"
	"strings"

	"publish-offer/internal/ci"
)

// Hint is what a person can do next: a sentence and, where a command does it, that command.
type Hint struct {
	Text    string   // lower case, no full stop; what stands in backticks is code
	Command []string // the complete command line, word by word; nil where the text says it all
	Inputs  []Input  // what a workflow sets to have the same; nil where it is run again as it stands
	Operate bool     // Inputs are those of the workflow `operate`; else of the step that runs now
}

// Input is an input of a workflow or of its step.
type Input struct{ Name, Value string }

// Advice that is given for a run as for a set-up.
const (
	AddToAccount = "add the app to the publisher account in Partner Center (Account settings, User management, " +
		"Microsoft Entra applications) with the role Manager"
	CheckIDs = "check `publisher-id` and `offer-id`: ids, not display names, as Partner Center shows them " +
		"under Account settings, Identifiers, and on the offer's overview"
)

// lead is the hint's sentence, and what it is to be followed by: lines of YAML in a workflow, else a command line.
func (s Subject) lead(h Hint) (text string, lines []string) {
	switch {
	case !s.Workflow && len(h.Command) > 0:
		return h.Text + ":", []string{Shell(h.Command)}
	case !s.Workflow || len(h.Inputs) == 0:
		return h.Text, nil
	}
	for _, in := range h.Inputs {
		lines = append(lines, in.Name+": "+scalar(in.Value))
	}
	if h.Operate {
		return h.Text + ", by the workflow `operate` with:", lines
	}
	return h.Text + ", with this step's inputs:", lines
}

// Advise prints hints. What is to be copied stands on lines of its own.
func (r *Report) Advise(hints []Hint) {
	for _, h := range hints {
		text, lines := r.lead(h)
		r.screen.Line(ci.Plain, "hint: "+text)
		r.copied(lines)
	}
}

// copied prints what is to be copied.
func (r *Report) copied(lines []string) {
	for _, line := range lines {
		r.screen.Line(ci.Plain, "  "+line)
	}
}

// next is what to do now, for a summary: sentences, and below them what is to be copied.
func (s Subject) next(hints []Hint) string {
	if len(hints) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("### What to do next\n\n")
	for i, h := range hints {
		if b.Len() > hintsLimit {
			fmt.Fprintf(&b, "- and %d hints more: see the log\n", len(hints)-i)
			break
		}
		text, lines := s.lead(h)
		fmt.Fprintf(&b, "- %s\n", prose(text, hintsLimit/4))
		if len(lines) == 0 {
			continue
		}
		fence, margin := "\n  ```sh\n", "  "
		if s.Workflow {
			fence = "\n  ```yaml\n"
		}
		b.WriteString(fence)
		if s.Workflow && !h.Operate {
			b.WriteString("  with:\n")
			margin = "    "
		}
		for _, line := range lines {
			b.WriteString(margin + strings.ReplaceAll(line, "\n", " ") + "\n")
		}
		b.WriteString("  ```\n\n")
	}
	return b.String()
}

// Shell writes words as one line for a POSIX shell.
func Shell(words []string) string {
	var out []string
	for _, w := range words {
		if w == "" || strings.Trim(w, plainInShell) != "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

const (
	letters      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	plainInShell = letters + "0123456789-./_=,:@%+"
	plainInYAML  = letters + "0123456789-./_?=$"
)

// scalar is a value in YAML, in quotes where it might be anything but a string.
func scalar(s string) string {
	switch {
	case s == "":
		return "''"
	case s == "true" || s == "false" || s == "null" || strings.Trim(s, plainInYAML) != "" || !strings.ContainsAny(s[:1], letters+"/"):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}
