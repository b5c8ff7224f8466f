package identity

import (
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of failure a sign-in met.
type Kind int

// The kinds. Only Unavailable may pass by itself.
const (
	Missing     Kind = iota + 1 // a variable, an input, a file or a program that the way needs
	Endpoint                    // an address that no secret may be sent to
	Refused                     // the platform or Entra understood and said no
	Unavailable                 // the network, 408, 429, 5xx, or an answer that makes no sense
	Expired                     // the only assertion there is has ended, or is about to
)

// String returns the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Endpoint:
		return "endpoint"
	case Refused:
		return "refused"
	case Unavailable:
		return "unavailable"
	case Expired:
		return "expired"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// Error is a sign-in that did not succeed. None of its texts holds a secret; those that come from outside are one
// line, of at most some hundred characters.
type Error struct {
	Kind          Kind
	Way           string        // the way in use; empty when none could be chosen
	By            string        // who refused or was out of reach: "Entra", "GitHub's id-token endpoint", …
	Status        int           // the HTTP status of the last answer, 0 for none
	RetryAfter    time.Duration // what the last answer asked for, 0 for nothing
	Code          string        // "AADSTS700213", where Entra gave one: see Explain
	Description   string        // what the other side said
	CorrelationID string        // for the other side's support
	Claims        Claims        // of the assertion that Entra judged
	Missing       []Requirement
	Err           error // the cause, where there is one
}

// Error states the fact and its cause.
func (e *Error) Error() string {
	text := e.fact()
	if e.Code != "" && !strings.Contains(e.Description, e.Code) {
		text += ": " + e.Code
	}
	if e.Description != "" {
		text += ": " + e.Description
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) fact() string {
	status := ""
	if e.Status != 0 {
		status = fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	switch e.Kind {
	case Missing:
		return e.missing()
	case Endpoint:
		return "cannot sign in by " + e.Way
	case Refused:
		return e.By + " refused the sign-in" + status
	case Unavailable:
		return e.By + " gave no usable answer" + status
	case Expired:
		return "the assertion has run out"
	}
	return "sign-in"
}

func (e *Error) missing() string {
	if len(e.Missing) == 0 {
		return "no assertion to sign in with"
	}
	var list []string
	for _, r := range e.Missing {
		line := r.Name + " (" + r.How + ")"
		if e.Way == "" && r.Way != "" {
			line = r.Way + " needs " + line
		}
		list = append(list, line)
	}
	if e.Way == "" {
		return "no way to sign in is complete: " + strings.Join(list, "; ")
	}
	return "cannot sign in by " + e.Way + ", missing: " + strings.Join(list, "; ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Transient reports whether the same sign-in may succeed a little later.
func (e *Error) Transient() bool { return e.Kind == Unavailable }
