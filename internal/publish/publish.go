// Package publish is what the program exists for: it starts an operation exactly once, follows it to its end, and says
// what is true. It decides by what the service says and knows no HTTP, no platform and no words for people: it tells
// an observer what happens and returns a result or an *Error.
package publish

import (
	"context"
	"errors"
	"time"

	"publish-offer/internal/marketplace"
)

// Service is the marketplace as far as one offer is concerned. Each method makes one attempt; errors are
// *marketplace.Error.
type Service interface {
	Publish(ctx context.Context, emails []string) (marketplace.Accepted, error)
	GoLive(ctx context.Context) (marketplace.Accepted, error)
	Cancel(ctx context.Context) (marketplace.Accepted, error)
	Operation(ctx context.Context, path string) (marketplace.Operation, error)
	Operations(ctx context.Context) ([]marketplace.Listed, error)
	OfferStatus(ctx context.Context) (marketplace.Operation, error)
}

// Command is what a run does.
type Command string

// The commands.
const (
	Publish Command = "publish"
	GoLive  Command = "go-live"
	Wait    Command = "wait"
	Status  Command = "status"
	Cancel  Command = "cancel"
)

// Goal is how far a run follows.
type Goal string

// The goals: the service took the order; the preview stands; the offer is live.
const (
	Accepted Goal = "accepted"
	Preview  Goal = "preview"
	Live     Goal = "live"
)

// IfRunning says what to do about an operation that runs already.
type IfRunning string

// The ways to deal with it.
const (
	Fail        IfRunning = "fail"
	Adopt       IfRunning = "adopt"
	LetEnd      IfRunning = "wait"
	CancelOther IfRunning = "cancel"
)

// Order is what a run is to do.
type Order struct {
	Command   Command
	Emails    []string
	Goal      Goal
	IfRunning IfRunning
	Operation string // path relative to the endpoint; "" for the one that runs on the offer
	DryRun    bool

	Timeout         time.Duration // of the whole run
	PollInterval    time.Duration // the first wait between looks
	MaxPollInterval time.Duration
	Jitter          float64 // share by which a wait varies, 0 to 1

	CancelOnSignal bool      // when the run is interrupted, cancel what it started
	SignInEnds     time.Time // from when on no new token can be had; zero if that is not known
}

// Result is what is known at the end, whether it is a good or a bad one.
type Result struct {
	Path      string                // of the operation followed last
	State     marketplace.State     // of that operation; of the offer where none was followed; "" where it is not known
	Operation marketplace.Operation // what the last look saw

	Foreign       bool // it is somebody else's, which this run waited for: nothing of its own was started
	CancelOrdered bool // the run told the service to cancel an operation
}

// Bounds that no input changes.
const (
	patience  = 2 * time.Minute         // how long the service may be out of reach, or not know its own operation
	grace     = 3 * time.Second         // how long a start under way may go on after a signal
	ending    = 4200 * time.Millisecond // how long the whole ending may take
	throttles = 10                      // how often a start is sent again after 429
	resends   = 2                       // how often a start is sent again after the service showed no trace of it
	verifying = 15 * time.Minute        // how long a cancellation may take: one to three minutes were seen
	heartbeat = time.Minute             // between two signs of life; who hears them decides which to show
)

// Run carries out the order. The context's end is an interruption; the order's timeout is the run's own.
// The result is filled in as far as it is known even where the error, an *Error, is not nil.
func Run(ctx context.Context, s Service, o Order, observe func(Event)) (Result, error) {
	outer := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, errTimeout)
	defer cancel()
	r := &runner{Order: o, service: s, observe: observe, warned: map[string]bool{}, alive: time.Now()}
	stop := context.AfterFunc(ctx, func() { r.stoppedAt.Store(time.Now().UnixNano()) })
	defer stop()
	err := r.run(ctx)
	if e := (*Error)(nil); errors.As(err, &e) && e.Reason == Interrupted && r.CancelOnSignal && r.started != "" && r.started == r.result.Path && !r.result.State.Ended() {
		r.cancelOwn(outer)
	}
	r.result.CancelOrdered = r.ordered
	return r.result, err
}

func (r *runner) run(ctx context.Context) error {
	switch {
	case r.DryRun:
		return r.rehearse(ctx)
	case r.Command == GoLive:
		return r.goLiveCommand(ctx)
	case r.Command == Wait:
		return r.waitCommand(ctx)
	case r.Command == Status:
		return r.statusCommand(ctx)
	case r.Command == Cancel:
		return r.cancelCommand(ctx)
	}
	return r.publishCommand(ctx)
}
