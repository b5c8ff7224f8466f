package emulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fault is what goes wrong with one request. Its zero value is: nothing.
type Fault struct {
	Name       string        // as in a script: "cut", "accept-cut", "status", …
	Status     int           // of the answer; 0 is the fault's usual one
	RetryAfter string        // header of the answer: a duration in emulated time, "date " and a duration, or any text
	Text       string        // body of status, body and json; URL of redirect
	Delay      time.Duration // of delay and late, in emulated time
}

// kind is the name without accept-.
func (f Fault) kind() string { return strings.TrimPrefix(f.Name, "accept-") }

// unsent tells that the request never leaves the client.
func (f Fault) unsent() bool {
	return f.Name == "dial" || f.Name == "dns" || f.Name == "tls"
}

// bends tells that the fault works on the true answer, so that the request takes effect.
func (f Fault) bends() bool {
	switch f.kind() {
	case "truncated", "slow", "delay", "late", "nolocation", "repeat":
		return true
	}
	return false
}

// accepts tells that the request takes effect.
func (f Fault) accepts() bool {
	return f.Name == "" || f.bends() || strings.HasPrefix(f.Name, "accept-")
}

// ParseFault reads a fault as it stands in a script after the endpoint and the count, such as
// "accept-status 500 retry-after 30s".
func ParseFault(text string) (Fault, error) {
	w, err := split(text)
	if err != nil {
		return Fault{}, err
	}
	f, err := readFault(w)
	if err == nil && !w.done() {
		err = fmt.Errorf("%q is one word too many", w.list[0].text)
	}
	return f, err
}

func readFault(w *words) (f Fault, err error) {
	if f.Name, err = w.next("kind of fault"); err != nil {
		return f, err
	}
	switch kind := f.kind(); kind {
	case "status":
		f.Status, err = w.number("status", 200, 599)
	case "body", "json":
		f.Text, err = w.next("text")
	case "redirect":
		f.Text, err = w.next("URL")
	case "delay", "late":
		f.Delay, err = w.duration("duration")
	case "html":
		if !w.done() {
			f.Status, err = w.number("status", 200, 599)
		}
	case "dial", "dns", "tls":
		if f.Name != kind {
			err = fmt.Errorf("%s: what is never sent is never accepted", f.Name)
		}
	case "cut", "stall", "truncated", "slow", "nolocation", "challenge", "huge", "endless", "deep-json", "header-bomb", "repeat", "switch":
	default:
		err = fmt.Errorf("unknown fault %q", f.Name)
	}
	for err == nil && !w.done() {
		var option string
		if option, err = w.oneOf("option", "status", "body", "retry-after"); err != nil {
			break
		}
		switch option {
		case "status":
			f.Status, err = w.number("status", 200, 599)
		case "body":
			f.Text, err = w.next("text")
		case "retry-after":
			date := w.skip("date")
			f.RetryAfter, err = w.next("time")
			if date {
				f.RetryAfter = "date " + f.RetryAfter
			}
		}
	}
	return f, err
}

// rule is a fault with the requests that it strikes.
type rule struct {
	endpoint    string // an endpoint, a service, or "*"
	first, last int    // last 0 is without end
	from, until time.Duration
	timed       bool
	fault       Fault
}

func readRule(w *words) (r rule, err error) {
	if r.endpoint, err = w.oneOf("endpoint", append(endpoints(), scopes()...)...); err != nil {
		return r, err
	}
	if w.done() {
		return r, errors.New("what goes wrong is missing")
	}
	if r.when(w.list[0].text) {
		w.list = w.list[1:]
	}
	r.fault, err = readFault(w)
	return r, err
}

// when reads 3, 3..5, 3.., 10m..30m, 10m.. or *, and reports whether the text is one of these.
func (r *rule) when(text string) bool {
	r.first = 1
	if text == "*" {
		return true
	}
	low, high, spans := strings.Cut(text, "..")
	if n, err := strconv.Atoi(low); err == nil && n > 0 {
		r.first = n
		if !spans {
			r.last = n
			return true
		}
		if high == "" {
			return true
		}
		r.last, err = strconv.Atoi(high)
		return err == nil && r.last >= r.first
	}
	from, err := time.ParseDuration(low)
	if err != nil || !spans {
		return false
	}
	r.timed, r.from, r.until = true, from, 1<<62
	if high != "" {
		r.until, err = time.ParseDuration(high)
	}
	return err == nil
}

// covers reports whether the endpoint is the rule's: by its own name, its service's, or as any.
func (r rule) covers(endpoint string) bool {
	s, _ := serviceOf(endpoint)
	return r.endpoint == "*" || r.endpoint == endpoint || r.endpoint == s.name
}

// strikes reports whether the fault is for this call, the nth of its endpoint, of its service and of all.
func (r rule) strikes(c Call, nth map[string]int) bool {
	switch {
	case !r.covers(c.Endpoint):
		return false
	case r.timed:
		return c.At >= r.from && c.At < r.until
	}
	n := nth[r.endpoint]
	over := r.last > 0 && n > r.last
	return n >= r.first && !over
}
