package marketplace

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Fault says what an error means for the caller: may the call be made again, and can it have done anything?
type Fault int

// The faults.
const (
	NotSent      Fault = iota // no connection was made: the service cannot have seen the call
	Cut                       // the outcome is unknown: connection lost, timeout, 408, 5xx, a redirect, no status line
	Unreadable                // an answer that makes no sense, or is not whole
	Throttled                 // 429: the service did not look at the call
	SignIn                    // no token could be had
	Unauthorized              // 401, also with a fresh token
	Forbidden                 // 403
	NotFound                  // 404
	Refused                   // any other 4xx: the service understood the call and declined it
	Conflict                  // declined, and the service says that another operation is in the way
	Unsupported               // the service has no such call; nothing was sent
)

// Error is a call that the service did not answer as it should.
type Error struct {
	Call          string // what was asked, for example "start publish"
	Method, Path  string
	Fault         Fault
	Status        int    // 0 where no answer came; for people, since Fault says what it means
	Code, Message string // the service's own words, cleaned
	CorrelationID string // the key that Microsoft's support asks for
	RetryAfter    time.Duration
	Err           error // why no answer came, or could not be read
	Known         bool  // the service knows the offer all the same
}

func (e *Error) Error() string {
	s := e.Call + ": "
	if e.Status != 0 {
		s += strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
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

// ErrOtherOffer is why an operation is not read: its path is one of another offer. The Fault of such an Error is Conflict.
var ErrOtherOffer = errors.New("the operation is one of another offer")

// ErrSeveral is why an offer cannot be told from others: the service knows more than one of its id. The Fault of such an
// Error is NotFound.
var ErrSeveral = errors.New("the service knows more than one offer of this id, and does not tell which is meant")

// Elsewhere is why a service that knows an offer has no operations for it: it does not publish offers of this type. The
// Fault of such an Error is NotFound.
type Elsewhere struct {
	Type string // the offer's type, in the service's own word
	API  string // the service that publishes such offers, as the input `api` names it
}

func (e *Elsewhere) Error() string {
	return "this service does not publish offers of the type " + e.Type + "; " + e.API + " does"
}

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

// Transient reports whether the call of this error may well succeed a little later; what is no *Error may.
func Transient(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return !ok || e.Transient()
}

// RetryAfter is how long the service asked to be left alone; 0 if it did not.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// FaultOf is the fault of any error: one that is no *Error says nothing about what the service did.
func FaultOf(err error) Fault {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fault
	}
	return Cut
}

// As is err with another fault, where the caller knows better what it means. What is no *Error stays as it is.
func As(err error, f Fault) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	out := *e
	out.Fault = f
	return &out
}

// KnownOffer is the error of a list that a service did not give although it knows the offer: that a list of which nothing
// came is not found does not mean that the offer is not.
func KnownOffer(err error, nothing bool) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	out := *e
	out.Known = true
	if nothing && out.Fault == NotFound {
		out.Fault = Unreadable
	}
	return &out
}

// PageMissing reports whether all that a list lacks is a further page that is not there.
func PageMissing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Known && e.Fault == NotFound
}

// NothingSent is the error of what is read before an order. The service's answer to that stays to be shown, but a fault
// that leaves open what happened would be wrong: nothing did.
func NothingSent(err error) error {
	switch FaultOf(err) {
	case Cut, Unreadable, Throttled: // that it was turned away says nothing of the order either
		return As(err, NotSent)
	}
	return err
}
