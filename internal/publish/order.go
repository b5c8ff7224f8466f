// Package publish starts an operation exactly once and follows it to its end. It decides by what the service says, and
// knows no HTTP, no platform and no words for people.
//
// The rules are a value: a Run says by Next what is to be done now and takes in by Learn what that brought. It has no
// clock and no network; Do is the driver that has both, and decides nothing. In the order of reading: order.go is what
// comes in, table.go what a command does by where the offer is, core.go the value, belief.go what counts as news; survey.go
// finds out where the offer is and act.go does what the table says of it; start.go, follow.go, settle.go, lost.go, watch.go,
// cancel.go and stop.go are what a run can be at; drive.go is the driver.
package publish

import (
	"context"
	"time"

	"publish-offer/internal/marketplace"
)

// Service is what one offer's service can do. Each method makes one attempt; errors are *marketplace.Error.
type Service interface {
	// Start orders a publish, or the preview to go live.
	Start(context.Context, marketplace.Start) (marketplace.Accepted, error)
	// Cancel orders an operation to be canceled; the zero Ref means whatever runs on the offer.
	Cancel(context.Context, marketplace.Ref) (marketplace.Accepted, error)
	Operation(context.Context, marketplace.Ref) (marketplace.Operation, error)
	// Operations lists the traces of orders, in no certain order. A list that is not whole comes with an error: what is
	// in it counts, what is not in it means nothing. Where a marketplace.PageMissing is all, that page may well have been
	// promised in vain.
	Operations(context.Context) (marketplace.List, error)
	Offer(context.Context) (marketplace.Offer, error)
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
	Operation marketplace.Ref // the operation meant; zero for the one that runs on the offer
	DryRun    bool

	Timeout time.Duration // of the whole run
	Window  time.Duration // how long the service may be behind with what it shows
	// Pace is the first wait between looks and the longest; the service that serves the offer has a say in it.
	Pace   func() (first, most time.Duration)
	Jitter float64 // share by which a wait varies, 0 to 1

	CancelOnSignal bool      // when the run is interrupted, cancel what it started
	SignInEnds     time.Time // from when on no new token can be had; zero if that is not known
}

// Result is what is known at the end, whether it is a good or a bad one.
type Result struct {
	Ref     marketplace.Ref     // the operation followed last; zero where none was
	State   marketplace.State   // of that operation; of the offer where none was followed; "" where nobody knows
	Details marketplace.Details // what the last look saw

	Seen          bool // that operation was seen at least once, as the service knows it
	Foreign       bool // it is somebody else's, which this run waited for: nothing of its own was started
	Started       bool // this run ordered it
	CancelOrdered bool // the run told the service to cancel an operation
}
