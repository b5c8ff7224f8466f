package ci

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// redacted stands where a secret stood.
const redacted = "***"

// jwtShape is what a JSON Web Token, whole or cut off, looks like: its header
// is base64url of an object, and `{"` is always `eyJ`.
// https://www.rfc-editor.org/rfc/rfc7519#section-3
var jwtShape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)+|eyJ[A-Za-z0-9_-]{13,}`)

// shortestLine is the least length, in bytes, at which one line of a secret
// with several lines is a secret of its own; a lone brace is none.
const shortestLine = 4

// redactor knows the secrets and hides them.
type redactor struct {
	forms []string // what to look for, without white space
}

// add makes value a secret, also percent-encoded, in JSON, and line by line.
func (r *redactor) add(value string) {
	value = strings.TrimSpace(value)
	quoted, _ := json.Marshal(value) // a string always has a JSON form
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), string(quoted[1 : len(quoted)-1])}
	if lines := strings.FieldsFunc(value, isLineBreak); len(lines) > 1 {
		for _, line := range lines {
			if len(line) >= shortestLine {
				forms = append(forms, line)
			}
		}
	}
	for _, form := range forms {
		form = withoutSpace(strip(form))
		// Stars are what we write ourselves: hiding them would never end.
		if strings.Trim(form, "*") != "" && !slices.Contains(r.forms, form) {
			r.forms = append(r.forms, form)
		}
	}
}

// hide replaces in stripped text every known secret, also one that white
// space was put into, and everything shaped like a token.
func (r *redactor) hide(text string) string {
	// Again until nothing changes: what is left and right of a hidden part may
	// be a secret together with the stars between. It ends, for every round
	// takes away at least one character that is no star.
	for {
		hidden := jwtShape.ReplaceAllLiteralString(r.hideKnown(text), redacted)
		if hidden == text {
			return text
		}
		text = hidden
	}
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

func (r *redactor) hideKnown(text string) string {
	if len(r.forms) == 0 {
		return text
	}
	var dense strings.Builder
	var at []int // for each byte of dense its place in text
	for i, char := range text {
		if !unicode.IsSpace(char) {
			size := len(string(char))
			dense.WriteString(text[i : i+size])
			for j := range size {
				at = append(at, i+j)
			}
		}
	}
	var found []span
	for _, form := range r.forms {
		for from := 0; ; {
			i := strings.Index(dense.String()[from:], form)
			if i < 0 {
				break
			}
			from += i
			found = append(found, span{at[from], at[from+len(form)-1] + 1})
			from++ // one occurrence may overlap the next
		}
	}
	return replaceSpans(text, found)
}

// replaceSpans puts one redaction in the place of each stretch that the spans cover.
func replaceSpans(text string, spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	done := 0
	for i := 0; i < len(spans); {
		whole := spans[i]
		for i++; i < len(spans) && spans[i].from <= whole.to; i++ {
			whole.to = max(whole.to, spans[i].to)
		}
		out.WriteString(text[done:whole.from])
		out.WriteString(redacted)
		done = whole.to
	}
	return out.String() + text[done:]
}

func isLineBreak(r rune) bool { return r == '\n' || r == '\r' }

func withoutSpace(text string) string {
	return strings.Join(strings.Fields(text), "")
}
