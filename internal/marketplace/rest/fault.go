package rest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// faultOf is what a status that is no success means. A service may know better: see marketplace.Conflict.
func faultOf(status int) marketplace.Fault {
	switch {
	case status == http.StatusUnauthorized:
		return marketplace.Unauthorized
	case status == http.StatusForbidden:
		return marketplace.Forbidden
	case status == http.StatusNotFound:
		return marketplace.NotFound
	case status == http.StatusTooManyRequests:
		return marketplace.Throttled
	case status == http.StatusRequestTimeout:
		return marketplace.Cut
	case status >= 400 && status < 500:
		return marketplace.Refused
	}
	return marketplace.Cut
}

const maxRetryAfter = 7 * 24 * time.Hour

// RetryAfter is how long an answer asks to be left alone, in any of the forms of RFC 9110; 0 where it does not.
// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return time.Duration(min(s, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, min(t.Sub(now), maxRetryAfter))
	}
	return 0
}

// wireError is an error's body in its many forms: {"error":{"code","message","details":[…]}}, the same without the
// envelope, OData's {"odata.error":{"message":{"value"}}}, problem details ({"title","detail"}).
type wireError struct {
	Error, ODataError           json.RawMessage
	Code, FaultCode, ErrorCode  Text
	Message                     json.RawMessage
	Detail, Title, ReasonPhrase Text
	Value                       Text
	Details, Errors             List[json.RawMessage]
}

const maxErrorDepth = 5

// ErrorBody is the code and the message of an error's body: JSON in any of its forms, also as a string of JSON with
// JSON inside, HTML, plain text, or nothing.
func (w Words) ErrorBody(b []byte) (code, message string) {
	c, m := errorText(b, maxErrorDepth)
	if c == "" && m == "" && saysSomething(b) {
		m = string(trimmed(b)) // a form that nobody has seen is shown as it is
	}
	return w.Plain(Text(c)), w.HTML(m)
}

func saysSomething(b []byte) bool {
	var o map[string]any
	_ = Decode(b, &o)
	for _, v := range o {
		if v != nil {
			return true
		}
	}
	return false
}

func errorText(b []byte, depth int) (code, message string) {
	b = trimmed(b)
	if depth == 0 || len(b) == 0 || string(b) == "null" {
		return "", ""
	}
	var s string
	if json.Unmarshal(b, &s) == nil {
		return stringError(s, depth)
	}
	var list []json.RawMessage
	if json.Unmarshal(b, &list) == nil {
		if c, m := firstError(list, depth); m != "" {
			return c, m
		}
		return "", string(b)
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(b, &o) != nil {
		return "", string(b)
	}
	return objectError(b, o, depth)
}

// stringError reads a bare string: a .NET exception, or "ICH50400 - Unable to … {json}".
func stringError(s string, depth int) (code, message string) {
	if i := strings.IndexByte(s, '{'); i >= 0 && json.Valid([]byte(strings.TrimSpace(s[i:]))) {
		c, m := errorText([]byte(s[i:]), depth-1)
		lead := strings.TrimSpace(s[:i])
		return c, strings.TrimSpace(joined(lead, m, " "))
	}
	return "", s
}

func objectError(b []byte, o map[string]json.RawMessage, depth int) (code, message string) {
	var in wireError
	_ = json.Unmarshal(b, &in) // its fields take any JSON
	if in.ODataError == nil {
		in.ODataError = o["odata.error"]
	}
	for _, inner := range []json.RawMessage{in.Error, in.ODataError} {
		if c, m := errorText(inner, depth-1); c != "" || m != "" {
			return c, m
		}
	}
	_, message = errorText(in.Message, depth-1)
	if message == "" {
		message = string(cmp.Or(in.Detail, in.Title, in.ReasonPhrase, in.Value))
	}
	code = string(cmp.Or(in.Code, in.ErrorCode, in.FaultCode))
	for _, more := range append(in.Details, in.Errors...) {
		c, m := errorText(more, depth-1)
		code = cmp.Or(code, c)
		if !strings.Contains(message, m) {
			message = joined(message, m, "; ")
		}
	}
	return code, message
}

func firstError(list []json.RawMessage, depth int) (code, message string) {
	for _, item := range list {
		if first := trimmed(item)[:1]; first[0] != '{' && first[0] != '"' {
			continue // a number says nothing
		}
		if c, m := errorText(item, depth-1); m != "" {
			return c, m
		}
	}
	return "", ""
}

func joined(a, b, between string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + between + b
}
