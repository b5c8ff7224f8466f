package input

import (
	"fmt"
	"slices"
	"strings"

	"publish-offer/internal/redact"
)

// shownRunes bounds how much of a refused value a problem shows.
const shownRunes = 300

// commandLine is the Name of a problem that belongs to no input.
const commandLine = "command line"

// Problem is one thing that is wrong with what the run was told.
type Problem struct {
	Name   string // the input, the environment-only variable, or "command line"
	Value  string // as it was given, whole and unquoted, for redaction; Error cuts and quotes it
	Source string // the flag or variable that gave the value
	Why    string // what is wrong with it: "is not …"
	Want   string // what is allowed
	Meant  string // the allowed value that was probably meant; "" where none is near

	Missing bool // nothing was given for an input that the run needs
}

// Error is the problem as one line. The value is quoted in ASCII, so that a look-alike letter or an invisible space can be
// seen and no control character acts.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Name)
	if p.Value != "" || p.Source != "" {
		fmt.Fprintf(&b, " %+q", bounded(p.Value))
	}
	if p.Source != "" {
		fmt.Fprintf(&b, " (from %s)", p.Source)
	}
	b.WriteString(" " + p.Why)
	if p.Meant != "" {
		fmt.Fprintf(&b, ", did you mean %s?", p.Meant)
	}
	b.WriteString("; want " + p.Want)
	return b.String()
}

// Problems are all the problems of one run, the command line's first, then in the order in which they were found. An empty
// Problems is no error: compare its length, not with nil.
type Problems []Problem

// Error is one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Has tells whether one of the problems is about the named input or variable.
func (p Problems) Has(name string) bool {
	return slices.ContainsFunc(p, func(problem Problem) bool { return problem.Name == name })
}

// refuse adds a problem with what was given for a row, a variable or the command line, and returns it to be completed.
func (p *Problems) refuse(name string, g given, why, want string) *Problem {
	*p = append(*p, Problem{Name: name, Value: g.value, Source: g.source, Why: why, Want: want})
	return &(*p)[len(*p)-1]
}

// bounded cuts a value to what is worth showing, and shows nothing of one that holds a token, which must not reach the log.
func bounded(value string) string {
	if redact.IsToken(value) {
		value = "(a token)"
	}
	if runes := []rune(value); len(runes) > shownRunes {
		return string(runes[:shownRunes-3]) + "..."
	}
	return value
}
