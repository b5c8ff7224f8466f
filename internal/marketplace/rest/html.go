package marketplace

import (
	"strings"

	"golang.org/x/net/html"
)

// htmlText is what a reader of the markup would see, on one line. Plain text passes through.
func htmlText(s string) string {
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
				out.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				hidden = max(0, hidden-1)
			case "p", "div", "li", "tr", "td", "h1", "h2", "h3":
				out.WriteByte(' ')
			}
		case html.SelfClosingTagToken:
			out.WriteByte(' ')
		}
	}
}
