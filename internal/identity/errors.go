package identity

import (
	"fmt"
	"net/http"
	"slices"
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
	Expired                     // the only token there is has expired, or is about to
)

// Fact is what is wrong, where that is known for certain.
type Fact string

// The facts.
const (
	NoReference        Fact = "no-reference"  // Azure Pipelines: no task of the stage names the service connection
	NoServicePrincipal Fact = "no-principal"  // the tenant has no principal of the service that the access token is for
	NoCredential       Fact = "no-credential" // the app has no federated credential
	WrongIssuer        Fact = "wrong-issuer"  // of the token, compared with the app's federated credential
	WrongSubject       Fact = "wrong-subject"
	WrongAudience      Fact = "wrong-audience"
	OutOfTime          Fact = "out-of-time" // the token has expired, or does not hold yet
	UnknownTenant      Fact = "unknown-tenant"
	UnknownApp         Fact = "unknown-app" // by the tenant
)

// Error is a sign-in that did not succeed. None of its texts holds a secret; those that come from outside are one
// line, of at most some hundred characters.
type Error struct {
	Kind          Kind
	Way           string        // the chosen one; empty when none could be chosen
	By            string        // who refused or was out of reach: "Entra", "GitHub's id-token endpoint", …
	Status        int           // the HTTP status of the last answer, 0 for none
	RetryAfter    time.Duration // what the last answer asked for, 0 for nothing
	Code          string        // "AADSTS700213", where Entra gave one
	Fact          Fact          // empty where it is not known
	Meaning       string        // of Code, in one sentence; empty for a code that is not known
	Hints         []string      // what to do next, one sentence each
	Description   string        // what the other side said
	CorrelationID string        // for the other side's support
	Claims        Claims        // of the token that Entra judged
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
		if e.Status == http.StatusOK {
			return e.By + " gave no token" + status
		}
		return e.By + " refused the sign-in" + status
	case Unavailable:
		return e.By + " gave no usable answer" + status
	case Expired:
		return "the token has expired"
	}
	return "sign-in"
}

func (e *Error) missing() string {
	if len(e.Missing) == 0 {
		return "there is no token to sign in with"
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
		return "cannot sign in; every method lacks something: " + strings.Join(list, "; ")
	}
	return "cannot sign in by " + e.Way + ", missing: " + strings.Join(list, "; ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NoPrincipal reports that Entra knows the app, and has no principal of the service that the access token is for
// (AADSTS500011): to the tenant, there is no such service.
func (e *Error) NoPrincipal() bool { return e.Fact == NoServicePrincipal }

// Transient reports whether the same sign-in may succeed a little later.
func (e *Error) Transient() bool { return e.Kind == Unavailable }

// stoppedError is a sign-in whose context ended before it succeeded. It says what went wrong until then.
type stoppedError struct {
	why   *Error
	ended error
}

func (e *stoppedError) Error() string   { return e.why.Error() }
func (e *stoppedError) Transient() bool { return e.why.Transient() }
func (e *stoppedError) Unwrap() []error { return []error{e.why, e.ended} }

// Names are the names of what is missing.
func Names(missing []Requirement) []string {
	var out []string
	for _, r := range missing {
		out = append(out, r.Name)
	}
	return out
}

// ToProvide is how to provide what is missing; what one and the same thing cures stands together.
func ToProvide(missing []Requirement) []string {
	var out []string
	for len(missing) > 0 {
		first := missing[0]
		n := slices.IndexFunc(missing, func(r Requirement) bool { return r.Way != first.Way || r.How != first.How })
		if n < 0 {
			n = len(missing)
		}
		text := strings.Join(Names(missing[:n]), ", ") + ": " + first.How
		if first.Way != "" {
			text = "for " + first.Way + ", " + text
		}
		out, missing = append(out, text), missing[n:]
	}
	return out
}
