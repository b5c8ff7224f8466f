package publish

import (
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
	TimedOut                  // an operation is known and the goal is not reached
	Conflict                  // another operation runs, or the offer is in no state for the command
	OutOfReach                // the service could not be reached, or made no sense, before an operation was known
	Lost                      // the service does not know the operation
	Unclear                   // it cannot be established whether a start was accepted
	Interrupted               // a signal
)

// Note is what else is to be said about a reason.
type Note int

// The notes.
const (
	Plain            Note = iota
	AtTimeout             // OutOfReach and NotAllowed: the run's timeout ended it
	Throttled             // OutOfReach: the service kept turning calls away
	NotNamed              // Unclear: the start was accepted, but its operation is neither named nor listed
	Moved                 // Unclear: the offer moved, and nothing that is listed explains it
	Unread                // Unclear: what the service shows could not be read whole
	GoLiveNotStarted      // TimedOut: the preview stands, and the go-live could not be started
	WentOn                // Conflict: the operation went on in spite of the cancellation
	TooLate               // Conflict: it can no longer be canceled
	Unconfirmed           // TimedOut, Conflict: the cancellation was taken, and nothing says that anything is canceled
	ByJob                 // Conflict: the service cancels by the path of an order, and none is known
	Replaced              // Conflict: a newer publish was started than the one whose preview was to go live
	NotTold               // Conflict: the service does not tell which publish made the preview
	Another               // Conflict: what runs is another operation than the one to be canceled
	OfferFailed           // EndedBadly: the operation ended well, and the offer failed
)

// Error is the end of a run that did not reach its goal.
type Error struct {
	Reason Reason
	Note   Note
	Err    error                  // the call that led here; nil where none did
	Other  *marketplace.Listed    // the operation in the way, for Conflict
	Offer  marketplace.OfferState // where the offer is, for Conflict without Other; "" where that is not the point
	Kind   marketplace.Kind       // of the start that MayRun and Declined are about

	MayRun    bool // a start is under way or accepted, and its operation is not known
	MaybeOurs bool // Conflict: the other one was not there before this run's order, and may be this run's own
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return ""
}

func (e *Error) Unwrap() error { return e.Err }
