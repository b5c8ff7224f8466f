package marketplace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Fault says what an error means for the caller: may the call be sent again, and can it have done anything?
type Fault int

// The faults.
const (
	NotSent      Fault = iota // no connection was made: the service cannot have seen the call
	Cut                       // the outcome is unknown: connection lost, timeout, 408, 5xx, a redirect
	Unreadable                // the service said yes, with an answer that makes no sense
	Throttled                 // 429: the service did not look at the call
	SignIn                    // no token could be had
	Unauthorized              // 401, also with a fresh token
	Forbidden                 // 403
	NotFound                  // 404
	Refused                   // any other 4xx: the service understood the call and declined it
)

// Error is a call that the service did not answer as it should.
type Error struct {
	Call          string // what was asked, for example "start publish"
	Method, Path  string
	Fault         Fault
	Status        int    // 0 where no answer came
	Code, Message string // the service's own words, cleaned
	CorrelationID string // the key that Microsoft's support asks for
	RetryAfter    time.Duration
	Err           error // why no answer came, or could not be read
}

func (e *Error) Error() string {
	s := e.Call + ": "
	if e.Status != 0 {
		s += fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Code != "" && !strings.Contains(e.Message, e.Code) {
		s += " (" + e.Code + ")"
	}
	if e.CorrelationID != "" {
		s += " [correlation id " + e.CorrelationID + "]"
	}
	return strings.ReplaceAll(s, ": : ", ": ")
}

func (e *Error) Unwrap() error { return e.Err }

// Transient reports whether the same read may well succeed a little later.
func (e *Error) Transient() bool {
	switch e.Fault {
	case NotSent, Cut, Unreadable, Throttled:
		return true
	case SignIn:
		t, ok := e.Err.(interface{ Transient() bool })
		return ok && t.Transient()
	}
	return false
}

func faultOf(status int) Fault {
	switch {
	case status == http.StatusUnauthorized:
		return Unauthorized
	case status == http.StatusForbidden:
		return Forbidden
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusTooManyRequests:
		return Throttled
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout:
		return Refused
	}
	return Cut
}

// body reads an error's body in any of its forms: {"error":{"code","message"}}, {"code","message"}, a bare JSON string
// (a .NET exception), HTML, plain text, or nothing.
func (w words) body(b []byte) (code, message string) {
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	var s string
	if json.Unmarshal(b, &s) == nil {
		return "", w.html(s)
	}
	var o struct {
		Error                json.RawMessage
		Code, Message, Title text
	}
	if json.Unmarshal(b, &o) == nil {
		var inner struct{ Code, Message text }
		if json.Unmarshal(o.Error, &s) == nil {
			inner.Message = text(s)
		} else if json.Unmarshal(o.Error, &inner) != nil {
			inner = struct{ Code, Message text }{}
		}
		return w.plain(first(inner.Code, o.Code)), w.html(string(first(inner.Message, o.Message, o.Title)))
	}
	return "", w.html(string(b))
}
