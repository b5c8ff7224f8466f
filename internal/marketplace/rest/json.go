package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The services' JSON is read in every form that a document shows or a user has seen, and only what the program needs of
// it: a field that is new, missing, null or of another type must not end a wait of days.

// Text is a string that may come as null, a number or anything else.
type Text string

// UnmarshalJSON takes any JSON.
func (t *Text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		if s = string(b); s == "null" {
			s = ""
		}
	}
	*t = Text(s)
	return nil
}

// Normal strips what the services' documents and answers vary in: case, quotes, blanks, hyphens, underscores. It is
// called for every word of a list of thousands.
func Normal(word string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(` -_"`, r) {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(word)))
}

// Int is the text as a whole number; 0 where it is none. It may exceed what a float64 holds.
func (t Text) Int() int64 {
	if n, err := strconv.ParseInt(strings.TrimSpace(string(t)), 10, 64); err == nil {
		return n
	}
	return 0
}

// List is an array that may come as null, as one bare element, or with elements of another type, which are left out.
type List[T any] []T

// UnmarshalJSON takes any JSON.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		raw = []json.RawMessage{b}
	}
	for _, item := range raw {
		var v T
		if !bytes.Equal(item, []byte("null")) && json.Unmarshal(item, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

const byteOrderMark = "\xef\xbb\xbf"

// Decode reads JSON, with or without a byte order mark. Its errors quote nothing of what was read.
func Decode(b []byte, into any) error {
	err := json.Unmarshal(trimmed(b), into)
	if err != nil && len(trimmed(b)) == 0 {
		return errors.New("an empty answer")
	}
	return wrong(err)
}

// wrong is an error of the decoder's, if there is one, in words that quote nothing.
func wrong(err error) error {
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case err == nil:
		return nil
	case ok:
		return fmt.Errorf("invalid JSON at byte %d", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("invalid JSON: it breaks off")
	}
	return errors.New("JSON of another form")
}

func trimmed(b []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(b, []byte(byteOrderMark)))
}

var dotNet = regexp.MustCompile(`^/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/$`)

// Time reads a time in any form; without a zone it is UTC. It is zero where nothing can be read, and where the service
// writes the beginning of its calendar (0001-01-01, 1601-01-01) for "not yet".
func (t Text) Time() time.Time {
	at := parseTime(strings.TrimSpace(string(t)))
	if at.Year() <= 1601 {
		return time.Time{}
	}
	return at.UTC()
}

func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02", "1/2/2006 3:04:05 PM", time.RFC1123Z} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	if at, err := http.ParseTime(s); err == nil {
		return at
	}
	if m := dotNet.FindStringSubmatch(s); m != nil {
		return time.UnixMilli(Text(m[1]).Int())
	}
	switch n := Text(s).Int(); {
	case n > 1e11 && n < 1e14:
		return time.UnixMilli(n)
	case n > 1e8 && n <= 1e11:
		return time.Unix(n, 0)
	}
	return time.Time{}
}
