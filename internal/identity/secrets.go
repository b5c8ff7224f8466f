package identity

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

const (
	maxLine  = 500 // runes of a foreign text that are shown
	redacted = "***"
)

// jwt finds anything shaped like a JSON Web Token, also one that was cut.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*`)

// secrets tells the program about every secret, once each, and keeps them out of this package's own texts.
type secrets struct {
	onSecret, onRedact func(string)

	mu    sync.Mutex
	known []string // the longest first: one may be part of another
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
	if escaped := url.QueryEscape(value); escaped != value {
		s.known = append(s.known, escaped)
	}
	slices.SortFunc(s.known, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}

// scrub takes every known secret, and anything that looks like a token, out of a text.
func (s *secrets) scrub(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range s.known {
		text = strings.ReplaceAll(text, value, redacted)
	}
	return jwt.ReplaceAllString(text, redacted)
}

// line makes one short line of a foreign text: scrubbed first, then cut.
func (s *secrets) line(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s.scrub(text), " "))
	text = strings.Join(strings.Fields(text), " ")
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

// message finds the sentence in the body of a refusal; a page of HTML holds none.
func message(body string) string {
	body = strings.TrimSpace(body)
	if strings.HasPrefix(body, "<") {
		return ""
	}
	var known struct {
		Message     string          `json:"message"`
		Description string          `json:"error_description"`
		Error       json.RawMessage `json:"error"`
	}
	if json.Unmarshal([]byte(body), &known) != nil {
		return body
	}
	var nested struct {
		Message string `json:"message"`
	}
	var word string
	_ = json.Unmarshal(known.Error, &nested) // one of the two fits, or neither
	_ = json.Unmarshal(known.Error, &word)
	return cmp.Or(known.Message, known.Description, nested.Message, word)
}
