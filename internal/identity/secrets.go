package identity

import (
	"cmp"
	"encoding/json"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"publish-offer/internal/redact"
)

// maxLine is how many characters of a foreign text are shown.
const maxLine = 500

// secrets tells the program about every secret, once each, and keeps them out of this package's own texts.
type secrets struct {
	onSecret, onRedact func(string)

	mu       sync.Mutex
	known    []string
	redactor redact.Redactor
}

func newSecrets(onSecret, onRedact func(string)) *secrets {
	return &secrets{onSecret: onSecret, onRedact: onRedact}
}

func (s *secrets) secret(value string) { s.tell(value, s.onSecret) }
func (s *secrets) redact(value string) { s.tell(value, s.onRedact) }

// tell holds the lock while it calls: no other user of the same value gets ahead of the mask.
func (s *secrets) tell(value string, call func(string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == "" || slices.Contains(s.known, value) {
		return
	}
	call(value)
	s.known = append(s.known, value)
	s.redactor.Add(value)
}

// line makes one short line of a foreign text: scrubbed first, then cut.
func (s *secrets) line(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = s.redactor.Hide(strings.Join(strings.Fields(redact.Visible(text)), " "))
	if runes := []rune(text); len(runes) > maxLine {
		return string(runes[:maxLine]) + "…"
	}
	return text
}

// cause keeps an error's identity under a text without secrets.
func (s *secrets) cause(err error) error {
	return &cause{text: s.line(err.Error()), err: err}
}

type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// message finds what the body of an answer without a token says, and tells whether that is a sentence of the other
// side's. A field "value" is one only where no token would stand in it.
func message(body string, value bool) (said string, sentence bool) {
	body = strings.TrimSpace(body)
	if strings.HasPrefix(body, "<") {
		return title(body), false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &fields) != nil {
		return body, false
	}
	var inner struct{ Message string } // of an error document within another
	_ = json.Unmarshal(fields["error"], &inner)
	said = cmp.Or(text(fields["message"]), text(fields["error_description"]), inner.Message, text(fields["error"]))
	if v := text(fields["value"]); value && strings.Contains(v, " ") && text(fields["oidcToken"]) == "" {
		said = cmp.Or(said, v)
	}
	if said != "" {
		return said, true
	}
	if len(fields) == 0 {
		return "", false
	}
	return "JSON with the fields " + strings.Join(slices.Sorted(maps.Keys(fields)), ", "), false
}

// text is a JSON string; "" for anything else.
func text(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}

// title says what page of HTML came in place of an answer.
func title(page string) string {
	found := regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`).FindStringSubmatch(page)
	if found == nil {
		return "a page of HTML"
	}
	return "a page of HTML: " + html.UnescapeString(found[1])
}
