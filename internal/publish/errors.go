package publish

import (
	"context"
	"errors"

	"publish-offer/internal/marketplace"
)

// Reason is why a run did not reach its goal.
type Reason int

// The reasons.
const (
	EndedBadly  Reason = iota // the operation failed, was rejected, or was canceled by others
	Declined                  // the service understood the start and refused it
	NoOffer                   // the publisher or the offer does not exist
	NotAllowed                // no token, or the token is not accepted
	TimedOut                  // an operation is known and has not ended
	Conflict                  // another operation runs, or the offer is in no state for the command
	OutOfReach                // the service could not be reached, or made no sense, before an operation was known
	Lost                      // the service does not know the operation
	Unclear                   // it cannot be established whether a start was accepted
	Interrupted               // the context ended
)

// Error is the end of a run that did not reach its goal.
type Error struct {
	Reason Reason
	Err    error               // the call that led here; nil where none did
	Other  *marketplace.Listed // the operation in the way, for Conflict
	State  marketplace.State   // where the offer is, for Conflict without Other
	Detail string              // one clause more, "" where the reason says it all
	Kind   marketplace.Kind    // of the start that MayRun is about
	other  *situation          // where Other runs
	MayRun bool                // a start is under way or accepted, and its operation is not known
	Bound  bool                // TimedOut by a bound of the program's own, not by the order's timeout
}

func (e *Error) Error() string {
	s := e.Detail
	if e.Err != nil {
		if s != "" {
			s += ": "
		}
		s += e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

var errTimeout = errors.New("timeout reached")

// stopped says why the context ended. Before an operation is known a timeout means that the service was of no use.
func (r *runner) stopped(ctx context.Context, last error) *Error {
	switch cause := context.Cause(ctx); {
	case !errors.Is(cause, errTimeout):
		return &Error{Reason: Interrupted, Err: cause}
	case r.result.Path != "" || r.waiting || r.Operation != "":
		return &Error{Reason: TimedOut, Err: last}
	}
	e := &Error{Reason: OutOfReach, Err: last, Detail: errTimeout.Error()}
	if faultOf(last) == marketplace.SignIn {
		e.Reason = NotAllowed
	}
	return e
}

// final turns an error that no repetition cures into the end of the run; nil for one that may pass.
func final(err error) *Error {
	var e *marketplace.Error
	if !errors.As(err, &e) || e.Transient() {
		return nil
	}
	switch e.Fault {
	case marketplace.SignIn, marketplace.Unauthorized, marketplace.Forbidden:
		return &Error{Reason: NotAllowed, Err: err}
	case marketplace.NotFound:
		return &Error{Reason: NoOffer, Err: err}
	}
	return &Error{Reason: OutOfReach, Err: err}
}

func faultOf(err error) marketplace.Fault {
	var e *marketplace.Error
	if errors.As(err, &e) {
		return e.Fault
	}
	return marketplace.Cut
}
