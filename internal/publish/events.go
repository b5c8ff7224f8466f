package publish

import (
	"time"

	"publish-offer/internal/marketplace"
)

// Event is one of the types below: something that happened, told to the observer as it happens.
type Event interface{ event() }

type (
	// Started: the service accepted an order of this run. Path is the operation to follow.
	Started struct {
		Kind  marketplace.Kind
		Path  string
		Found string // why the path was looked for in the list of operations; "" where the answer named it
	}
	// Following: the run follows an operation that it did not start.
	Following struct {
		Kind marketplace.Kind
		Path string
		Own  bool // it counts as this run's own: adopted, or named by the order
	}
	// Looked: the service was asked how far it is.
	Looked struct {
		Operation marketplace.Operation
		Path      string        // "" where the offer's status was read instead of an operation
		Next      time.Duration // until the next look; 0 if there is none
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
	// Checking: a start ended without a clear answer; the service is asked whether it was accepted.
	Checking struct {
		Kind   marketplace.Kind
		Err    error
		Window time.Duration
	}
	// Distrusted: the service named a location that is not an operation of this offer on the endpoint.
	Distrusted struct{ Location string }
	// Unknown: the service used a status word that nobody documents; it is taken for running.
	Unknown struct{ Word string }
	// AtPreview: the preview stands and the run goes on to go-live, or watches for somebody else's.
	AtPreview struct{ Watching bool }
	// Canceling: the service was told to cancel the operation.
	Canceling struct {
		Kind marketplace.Kind
		Path string
	}
	// CanceledOwn: the interrupted run tried to cancel the operation that it had started; Err says why not.
	CanceledOwn struct {
		Path string
		Err  error
	}
	// Nothing: there was nothing to do, as the offer's state says.
	Nothing struct {
		Command Command
		State   marketplace.State
	}
	// Overview: where the offer is, for status and dry runs.
	Overview struct {
		Offer   marketplace.Operation
		Running *marketplace.Listed
		Detail  *marketplace.Operation // of the running or the named operation
		Path    string
	}
	// Rehearsed: what a run without dry-run would do now.
	Rehearsed struct {
		Would string           // in words
		Sends marketplace.Kind // the order that it would send, "" for none
	}
	// SignInEnds: no new token can be had from then on, and that comes before the next look but one.
	SignInEnds struct{ At time.Time }
	// Alive: the run still waits. Told every minute.
	Alive struct{ Path string }
)

func (Started) event()     {}
func (Following) event()   {}
func (Looked) event()      {}
func (Faulted) event()     {}
func (Recovered) event()   {}
func (Retrying) event()    {}
func (Checking) event()    {}
func (Distrusted) event()  {}
func (Unknown) event()     {}
func (AtPreview) event()   {}
func (Canceling) event()   {}
func (CanceledOwn) event() {}
func (Nothing) event()     {}
func (Overview) event()    {}
func (Rehearsed) event()   {}
func (SignInEnds) event()  {}
func (Alive) event()       {}
