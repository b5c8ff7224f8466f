// Package redact keeps secrets out of texts: the values that it was told, and whatever is shaped like a token, also where
// white space, markup or escapes break them up.
package redact

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mark stands where a secret stood.
const Mark = "***"

// shape is what tokens look like, whole or cut off: a JSON Web Token, whose header is base64url of an object, and `{"`
// is always `eyJ`; and GitHub's own, which have been some 520 characters long, with dots, since April 2026.
// https://www.rfc-editor.org/rfc/rfc7519#section-3
var shape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)+|eyJ[A-Za-z0-9_-]{13,}|gh[opsur]_[A-Za-z0-9._-]{36,}`)

// IsToken tells whether something in the text is shaped like a token.
func IsToken(text string) bool { return shape.MatchString(text) }

// shortestLine is the least length, in bytes, at which one line of a secret
// with several lines is a secret of its own; a lone brace is none.
const shortestLine = 4

// Redactor knows secrets and hides them. It is for one goroutine at a time.
type Redactor struct {
	forms []string // what to look for, without white space
}

// Add makes value a secret, also percent-encoded, in JSON, and line by line.
func (r *Redactor) Add(value string) {
	value = strings.TrimSpace(value)
	quoted, _ := json.Marshal(value) // a string always has a JSON form
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), string(quoted[1 : len(quoted)-1])}
	lines := strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		if len(lines) > 1 && len(line) >= shortestLine {
			forms = append(forms, line)
		}
	}
	for _, form := range forms {
		form = strings.Join(strings.Fields(Visible(form)), "")
		// Stars are what we write ourselves: hiding them would never end.
		if strings.Trim(form, "*") != "" && !slices.Contains(r.forms, form) {
			r.forms = append(r.forms, form)
		}
	}
}

// Hide replaces every known secret, and everything shaped like a token. It wants visible text: what only a later step
// would take out of it must be out already.
func (r *Redactor) Hide(text string) string {
	// Again until nothing changes: what is left and right of a hidden part may
	// be a secret together with the stars between. It ends, for every round
	// takes away at least one character that is no star.
	for {
		hidden := replace(text, append(r.find(text, false), r.find(text, true)...))
		if hidden == text {
			return text
		}
		text = hidden
	}
}

// find is what is to be hidden, in the text as it stands or as a reader of its markup would see it. Both are looked for in
// the same text: what the one would leave of a secret, the other could no longer tell.
func (r *Redactor) find(text string, rendered bool) (found []span) {
	if rendered && !strings.ContainsAny(text, "<&%") {
		return nil
	}
	whole := look(text, rendered, false)
	for _, at := range shape.FindAllStringIndex(whole.text, -1) {
		found = append(found, whole.span(at[0], at[1]))
	}
	if len(r.forms) > 0 {
		dense := look(text, rendered, true)
		for _, form := range r.forms {
			found = append(found, dense.find(form)...)
		}
	}
	return found
}

// view is a text as somebody may come to read it, and where each of its bytes comes from.
type view struct {
	text  string
	bytes []origin
}

// origin is a span in half the room: a summary may have a million bytes.
type origin struct{ from, to int32 }

// span is a part of a text, in bytes.
type span struct{ from, to int }

// look makes a view: rendered, without markup and with escapes resolved; dense, without white space.
func look(text string, rendered, dense bool) view {
	var v view
	var b strings.Builder
	for i := 0; i < len(text); {
		char, size := next(text[i:], rendered)
		if dense {
			char = strings.Join(strings.Fields(char), "")
		}
		b.WriteString(char)
		for range len(char) {
			v.bytes = append(v.bytes, origin{int32(i), int32(i + size)})
		}
		i += size
	}
	v.text = b.String()
	return v
}

var (
	tag     = regexp.MustCompile(`^</?[A-Za-z!][^<>]*>`)
	entity  = regexp.MustCompile(`^&#?[A-Za-z0-9]{1,31};?`)
	percent = regexp.MustCompile(`^%[0-9A-Fa-f]{2}`)
)

// next is what a reader sees of the text's beginning, and how many bytes of it that takes.
func next(text string, rendered bool) (char string, size int) {
	if rendered {
		if mark := tag.FindString(text); mark != "" {
			return "", len(mark)
		}
		if mark := entity.FindString(text); mark != "" && html.UnescapeString(mark) != mark {
			return Visible(html.UnescapeString(mark)), len(mark)
		}
		if mark := percent.FindString(text); mark != "" {
			n, _ := strconv.ParseUint(mark[1:], 16, 8) // two hexadecimal digits always are a number
			if ' ' < n && n < 0x7f {
				return string(rune(n)), len(mark)
			}
		}
	}
	_, size = utf8.DecodeRuneInString(text)
	return text[:size], size
}

// span is where the bytes of the view from one to another come from.
func (v view) span(from, to int) span { return span{int(v.bytes[from].from), int(v.bytes[to-1].to)} }

// find is every place where the form stands, overlapping ones as well.
func (v view) find(form string) (found []span) {
	for from := 0; ; from++ {
		i := strings.Index(v.text[from:], form)
		if i < 0 {
			return found
		}
		from += i
		found = append(found, v.span(from, from+len(form)))
	}
}

// replace puts one mark in the place of each stretch that the spans cover.
func replace(text string, spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	done := 0
	for i := 0; i < len(spans); {
		whole := spans[i]
		for i++; i < len(spans) && spans[i].from <= whole.to; i++ {
			whole.to = max(whole.to, spans[i].to)
		}
		out.WriteString(text[done:whole.from])
		out.WriteString(Mark)
		done = whole.to
	}
	return out.String() + text[done:]
}

// Visible turns text into visible characters and plain spaces. Every kind of
// white space becomes a space; other control characters and everything that
// is drawn as nothing (bidirectional marks, zero-width characters, variation
// selectors) goes; bytes that are no UTF-8 and code points without a meaning
// become U+FFFD.
//
// The invisible ones are no matter of looks: the runners search lines for
// their commands with a comparison that ignores such characters, so "::" with
// a soft hyphen in it still is "::" to them.
// https://learn.microsoft.com/en-us/dotnet/core/extensions/globalization-icu
func Visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		default:
			return r
		}
	}, text)
}
