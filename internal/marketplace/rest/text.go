package rest

import (
	"strings"

	"golang.org/x/net/html"
)

const (
	maxText = 2000 // characters of one foreign text
	maxName = 100  // characters of an id, a name or an estimate

	maxLooked = 64 << 10 // bytes of one foreign text that are looked at
)

// Words makes foreign text safe to keep. The function itself is the caller's rule, which redacts secrets; it always
// comes first, on text without markup, and the cut afterwards: else a part of a secret would be left.
type Words func(string) string

// Plain is one paragraph of text.
func (w Words) Plain(s Text) string { return w.cut(s, maxText) }

// Name is a short text: an id, a name, an estimate, a status word.
func (w Words) Name(s Text) string { return w.cut(s, maxName) }

// HTML is what a reader of the markup would see.
func (w Words) HTML(s string) string { return w.Plain(Text(Visible(s))) }

// Link is a web address; "" where it is none that a reader may be led to. It is cleaned like text: markup may stand in
// it, too, and a secret between the markup.
func (w Words) Link(s Text) string {
	address := strings.TrimSpace(string(s))
	if len(address) > maxLooked {
		return ""
	}
	if seen := withoutMarkup(address, ""); seen != w.whole(seen) {
		address = seen // there is something to hide, or not to be shown
	} else if strings.ContainsAny(address, "<>") {
		address = seen // an entity alone may as well be a query's own `&copy=`
	}
	if address = w.Plain(Text(address)); strings.HasPrefix(address, "https://") {
		return address
	}
	return ""
}

func (w Words) whole(s string) string {
	if w == nil {
		return s
	}
	return w(s)
}

// cut leaves at most so many characters. Of a text that may be a megabyte it looks at the beginning only: as far as that
// is not cut off, nothing of a secret is. Where hiding leaves so little of it that its end would show, nothing does.
func (w Words) cut(s Text, most int) string {
	long := len(s) > maxLooked
	text := w.whole(string(s[:min(len(s), maxLooked)]))
	seen, last := 0, 0
	for i := range text {
		if seen == most {
			return strings.ToValidUTF8(text[:last], "\uFFFD") + "…"
		}
		seen, last = seen+1, i
	}
	if long {
		return "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// Visible is what a reader of the markup would see, on one line. Plain text passes through.
func Visible(s string) string { return withoutMarkup(s, " ") }

// withoutMarkup puts gap where a tag parts two words.
func withoutMarkup(s, gap string) string {
	if !strings.ContainsAny(s, "<&") {
		return strings.Join(strings.Fields(s), " ")
	}
	var out strings.Builder
	hidden := 0
	for z := html.NewTokenizer(strings.NewReader(s)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(out.String()), " ")
		case html.TextToken:
			if hidden == 0 {
				out.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				hidden++
			case "a", "b", "i", "em", "strong", "span", "code", "u":
			default:
				out.WriteString(gap)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				hidden = max(0, hidden-1)
			case "p", "div", "li", "tr", "td", "h1", "h2", "h3":
				out.WriteString(gap)
			}
		case html.SelfClosingTagToken:
			out.WriteString(gap)
		}
	}
}
