package publish

import (
	"time"

	"publish-offer/internal/marketplace"
)

// Event is one of the types below: something that happened, told to the observer as it happens.
type Event any

// Found is how the operation of an order became known.
type Found int

// The ways.
const (
	Named      Found = iota // the answer named it
	AnswerLost              // the answer was lost; the list of operations has a new one
	Unnamed                 // the answer named none that can be trusted; the list has a new one
)

type (
	// Started: the service accepted an order of this run. Ref is the operation to follow.
	Started struct {
		Kind  marketplace.Kind
		Ref   marketplace.Ref
		Found Found
	}
	// Following: the run follows an operation that it did not start.
	Following struct {
		Kind marketplace.Kind
		Ref  marketplace.Ref
		Own  bool // it counts as this run's own: adopted, or named by the order
	}
	// Looked: the service was asked how far it is.
	Looked struct {
		Ref     marketplace.Ref // zero where the offer's status was read instead of an operation
		State   marketplace.State
		Details marketplace.Details
		Next    time.Duration // until the next request; 0 if there is none
	}
	// Faulted: the service, or the way to it, failed. Again is set for all but the first of each time of trouble.
	Faulted struct {
		Err   error
		Next  time.Duration
		Again bool
	}
	// Recovered: the trouble is over.
	Recovered struct{ After time.Duration }
	// Retrying: a start is sent again, since it is certain that the last one did nothing.
	Retrying struct {
		Kind  marketplace.Kind
		Err   error
		Next  time.Duration
		Again bool // it is not the first time for this reason
	}
	// Checking: a start ended without a clear answer; the service is asked whether it was accepted. Without Err it was
	// accepted, and its operation is looked for.
	Checking struct {
		Kind   marketplace.Kind
		Err    error
		Window time.Duration
	}
	// Distrusted: the service named a location that is not an operation of this offer on the endpoint.
	Distrusted struct{ Location string }
	// UnknownWord: the service used a status word that nobody documents; it is taken for running.
	UnknownWord struct{ Word string }
	// AtPreview: the preview stands and the run goes on to go-live, or watches for somebody else's.
	AtPreview struct{ Watching bool }
	// Replacing: a publish is ordered over a preview that waits for sign-off. Ref is the publish that made it, if known.
	Replacing struct{ Ref marketplace.Ref }
	// Standing: nothing was published; the preview that stands is adopted. Ref is the publish that made it, if known.
	Standing struct{ Ref marketplace.Ref }
	// Unbound: a go-live is ordered that is bound to no publish.
	Unbound struct{}
	// Bound: the preview stands, and Ref names its publish so that a go-live can be bound to it. The zero Ref: nothing
	// names it for certain, and a go-live that is given the operation will refuse.
	Bound struct{ Ref marketplace.Ref }
	// Canceling: the service was told to cancel the operation.
	Canceling struct {
		Kind marketplace.Kind
		Ref  marketplace.Ref
	}
	// CanceledOwn: the interrupted run tried to cancel the operation that it had started; Err says why not. NotAlone: it
	// was not tried, since it cannot be told to be the only one that runs.
	CanceledOwn struct {
		Ref      marketplace.Ref
		Sent     bool // Err says why it was not answered, then
		Err      error
		NotAlone bool
	}
	// Nothing: there was nothing to do, as the offer's state says.
	Nothing struct {
		Command Command
		State   marketplace.State
	}
	// Overview: where the offer is, for status and dry runs.
	Overview struct {
		Offer     marketplace.Offer
		Running   *marketplace.Listed
		Operation *marketplace.Operation // of the running or the named operation
		Ref       marketplace.Ref
		Unknown   bool // the service does not know the named operation
	}
	// Rehearsed: what a run without dry-run would do now. Err is the end that it would have at once; nil where it would
	// end well or go on.
	Rehearsed struct {
		Command Command
		Move    Move
		Start   marketplace.Start // the order that it would send first; zero Kind for none
		Err     *Error
	}
	// SignInEnds: no new token can be had from then on, and that comes before the next look but one.
	SignInEnds struct{ At time.Time }
	// Alive: the run still waits. Told every minute.
	Alive struct{ Ref marketplace.Ref }
)
