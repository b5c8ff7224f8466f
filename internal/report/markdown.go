package report

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// markup makes foreign text mean itself in GitHub's Markdown, in tables too, in at most limit bytes.
//
// A backslash or an entity undoes what the Markdown parser looks for. Other things GitHub finds in the finished HTML:
// mentions, references to issues, emoji, formulas, addresses; a tag between the characters hides those.
// https://github.github.com/gfm/
// https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
func markup(s string, limit int) string {
	const ellipsis = "…"
	var b strings.Builder
	text := []rune(strings.Join(strings.Fields(s), " "))
	room := 0 // how much of it leaves room for an ellipsis
	for i, c := range text {
		if b.Len()+len(ellipsis) <= limit {
			room = b.Len()
		}
		b.WriteString(inert(text, i, c))
		if b.Len() > limit {
			return b.String()[:room] + ellipsis
		}
	}
	return b.String()
}

func inert(text []rune, i int, c rune) string {
	var before, after rune
	if i > 0 {
		before = text[i-1]
	}
	if i+1 < len(text) {
		after = text[i+1]
	}
	hidden := fmt.Sprintf("<span>&#%d;</span>", c)
	switch {
	case c == '&':
		return "&amp;"
	case c == '<':
		return "&lt;"
	case c == '>':
		return "&gt;"
	case c == '$',
		strings.ContainsRune("@#", c) && alphanumeric(after),
		c == ':' && goesOn(after), // an address, an emoji
		c == '.' && i > 2 && strings.EqualFold(string(text[i-3:i]), "www"),
		c == '-' && i > 1 && strings.EqualFold(string(text[i-2:i]), "gh"),
		c == '!' && before == '[':
		return hidden
	case c == '_' && alphanumeric(before) && alphanumeric(after):
		return "_"
	case strings.ContainsRune("\\`*_[]|~#", c), i == 0 && strings.ContainsRune("-+=", c), strings.ContainsRune(".)", c) && numbers(text[:i]):
		return `\` + string(c)
	}
	return string(c)
}

func alphanumeric(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// goesOn tells whether what stands behind a colon makes an address or an emoji of it.
func goesOn(c rune) bool { return alphanumeric(c) || strings.ContainsRune("/_+-", c) }

// numbers tells whether a line that begins so may begin a numbered list.
func numbers(text []rune) bool {
	return len(text) > 0 && strings.Trim(string(text), "0123456789") == ""
}

// code shows text as code, whatever it holds; not for tables, where a bar would need a backslash that is then seen.
func code(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 || s[0] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// address is a foreign link, if it is plain https and nothing but an address. Characters that no address has (RFC 3986)
// are those that markup is made of: what they hide, a secret cut in two for one, is not shown at all.
func address(link string) (*url.URL, bool) {
	u, err := url.Parse(link)
	if err != nil || strings.ContainsAny(link, "<>\"\\^`{|} ") {
		return nil, false
	}
	if u.Scheme != "https" || u.User != nil || u.Host == "" || strings.Trim(u.Host, hostCharacters) != "" {
		return nil, false
	}
	return u, true
}

// link shows a foreign address so that where it leads is what is read; ok is false for what is no address.
func link(foreign string) (text string, ok bool) {
	u, ok := address(foreign)
	if !ok {
		return "", false
	}
	var target strings.Builder
	for _, c := range []byte(u.String()) {
		switch {
		case c == '&':
			target.WriteString("&amp;")
		case strings.IndexByte(hostCharacters+"~_/?#=%+,;!@", c) >= 0:
			target.WriteByte(c)
		default:
			fmt.Fprintf(&target, "%%%02X", c)
		}
	}
	if target.Len() > 2000 {
		return "", false
	}
	return fmt.Sprintf("[%s](<%s>)", markup(u.Host+u.EscapedPath(), 200), target.String()), true
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:"

// prose shows a sentence of the program's own: what stands in backticks is code, and addresses of Microsoft's pages are
// links. Foreign words in it stay inert.
func prose(s string, limit int) string {
	parts := strings.Split(s, "`")
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 1 && i < len(parts)-1 {
			b.WriteString(code(part))
			continue
		}
		if i%2 == 1 {
			part = "`" + part // one without a partner
		}
		words := strings.SplitAfter(part, " ")
		plain := ""
		for _, word := range words {
			address := strings.TrimRight(word, " .,;:)")
			if !ours(address) {
				plain += word
				continue
			}
			b.WriteString(spaced(plain, limit) + "<" + address + ">")
			plain = strings.TrimPrefix(word, address)
		}
		b.WriteString(spaced(plain, limit))
	}
	return b.String()
}

// spaced is markup that keeps a space at either end, since something stands beside it.
func spaced(s string, limit int) string {
	if strings.TrimSpace(s) == "" {
		return s
	}
	text := markup(s, limit)
	if strings.HasPrefix(s, " ") {
		text = " " + text
	}
	if strings.HasSuffix(s, " ") {
		text += " "
	}
	return text
}

// ours tells an address that the program itself names.
func ours(address string) bool {
	if strings.Trim(address, hostCharacters+"/?=#_&%") != "" {
		return false
	}
	for _, site := range [...]string{"https://partner.microsoft.com/", "https://learn.microsoft.com/", "https://docs.github.com/", "https://status.azure.com/"} {
		if strings.HasPrefix(address+"/", site) {
			return true
		}
	}
	return false
}
