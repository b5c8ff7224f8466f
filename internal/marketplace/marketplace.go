// Package marketplace is what this program knows of publishing an offer: an operation, an offer's state, a list of
// operations, an order, a fault. It speaks no wire format; the services beneath it turn theirs into these words.
package marketplace

import (
	"strings"
	"time"
)

// Kind is what an operation does.
type Kind string

// The kinds of operation. Unknown is one whose service names no kind, or in words that nobody documents.
const (
	Unknown      Kind = ""
	Publish      Kind = "publish"
	GoLive       Kind = "go-live"
	Cancellation Kind = "cancellation"
)

// MakesPreviews reports whether such an operation can make a preview.
func (k Kind) MakesPreviews() bool { return k == Publish || k == Unknown }

// Ref names an operation.
type Ref struct {
	Path string // relative to the service's endpoint; "" where no operation is named
	ID   string // the GUID or number that the path carries; "" where it carries none

	// Target tells apart what goes by one path and one id: a submission as a preview and the same one as it goes live.
	// "" in a list where paths are enough, and in a reference that means whichever of the two there is.
	Target string

	Shared bool // the path shows whatever was done last on the offer, not one certain operation
	Order  bool // the path names this program's order, not what it made: an approval cannot be bound to it
}

// Known reports whether an operation is named at all.
func (r Ref) Known() bool { return r.Path != "" }

// Same reports whether both name one operation. Paths without an id of their own are never known to be the same.
func (r Ref) Same(o Ref) bool {
	if r.ID == "" || o.ID == "" {
		return false
	}
	oneTarget := r.Target == o.Target || r.Target == "" || o.Target == ""
	return strings.EqualFold(r.ID, o.ID) && r.Order == o.Order && oneTarget
}

// State says where an operation is.
type State string

// The states of an operation. Every synonym that a service uses is mapped onto one of these.
const (
	NotStarted State = "notStarted"
	Running    State = "running"
	AtSignOff  State = "waitingForPublisherReview"
	Succeeded  State = "succeeded"
	Failed     State = "failed"
	Canceled   State = "canceled"
)

// Ended reports whether nothing will happen any more without a new order.
func (s State) Ended() bool { return s == Succeeded || s == Failed || s == Canceled }

// Badly reports whether it ended without having done what it was for.
func (s State) Badly() bool { return s == Failed || s == Canceled }

// OfferState says where an offer is. It never is the state of one of its operations.
type OfferState string

// The states of an offer.
const (
	NeverPublished OfferState = "neverPublished"
	Beginning      OfferState = "notStarted" // a publish was ordered and has not begun
	InProgress     OfferState = "running"
	Parked         OfferState = "waitingForPublisherReview" // the preview waits for sign-off
	Live           OfferState = "succeeded"
	LastFailed     OfferState = "failed"
	LastCanceled   OfferState = "canceled"
)

// Moving reports whether something is being done with the offer.
func (s OfferState) Moving() bool { return s == Beginning || s == InProgress }

// Badly reports whether the last thing that was done with the offer did not end well.
func (s OfferState) Badly() bool { return s == LastFailed || s == LastCanceled }

// State is the same in the words for operations, as the output `status` has it.
func (s OfferState) State() State {
	if s == NeverPublished {
		return NotStarted
	}
	return State(s)
}

// StepState says where one step of an operation is, in plain words.
type StepState string

// The states of a step.
const (
	StepNotStarted StepState = "not started"
	StepRunning    StepState = "in progress"
	StepSignOff    StepState = "waiting for sign-off"
	StepApproval   StepState = "waiting for approval"
	StepBlocked    StepState = "blocked"
	StepRejected   StepState = "rejected"
	StepFailed     StepState = "failed"
	StepCanceled   StepState = "canceled"
	StepComplete   StepState = "complete"
)

// Bad reports whether the step stands in the way of the operation.
func (s StepState) Bad() bool { return s == StepBlocked || s == StepRejected || s == StepFailed }

// Role is what a step means for the order of things, where that is known.
type Role string

// The roles. A step that has none belongs to the making of the preview.
const (
	RoleSignOff Role = "sign-off"
	RoleLive    Role = "live"
)

// Message is one line of the service about an operation or a step.
type Message struct {
	Level string // "error", "warning", "information", or the service's own word, lower case; "" where it gave none
	Code  string // "" where the service gave none
	Text  string // plain text, one line
}

// Step is one stage of an operation, as the service reports it.
type Step struct {
	ID, Name string
	Role     Role
	Estimate string // free text, for example "< 5 day"
	State    StepState
	Percent  int // 0 to 100
	Messages []Message

	Began, Ended time.Time // by the service's clock; zero where it tells none
}

// Link leads to the preview, to the live offer or to a report.
type Link struct{ Text, URL string }

// Details are what a service says beside a state: for people, but for the few facts that the methods below draw from it.
type Details struct {
	Word     string   // the service's own word for the state
	Unknown  []string // status words that nobody documents, taken as running
	Steps    []Step
	Messages []Message
	Preview  []Link
	Live     []Link
	Reports  []Link // shown, never fetched

	RetryAfter time.Duration // how long the service asks to be left alone; 0 if it does not
}

// SignOffIsLeft reports whether steps are named and each before the sign-off is complete, the sign-off itself not.
func (d Details) SignOffIsLeft() bool {
	before := 0
	for _, s := range d.Steps {
		switch {
		case s.Role == RoleSignOff:
			return before > 0 && s.State != StepComplete
		case s.State != StepComplete:
			return false
		}
		before++
	}
	return false
}

// LiveUntouched reports whether a step `live` stands untouched behind a sign-off that is not complete.
func (d Details) LiveUntouched() bool {
	signOff := false
	for _, s := range d.Steps {
		switch s.Role {
		case RoleSignOff:
			signOff = s.State != StepComplete
		case RoleLive:
			return signOff && s.State == StepNotStarted
		}
	}
	return false
}

// LiveComplete reports whether a step `live` is complete.
func (d Details) LiveComplete() bool {
	for _, s := range d.Steps {
		if s.Role == RoleLive {
			return s.State == StepComplete
		}
	}
	return false
}

// Operation is one operation, as its own page shows it.
type Operation struct {
	State State
	Kind  Kind // what the page itself says is being done; Unknown where it does not tell
	Made  Ref  // what it made, by a name that an approval can be bound to; zero where that is not told

	// Replaced tells that something newer stands in the place of what it made.
	Replaced bool
	// Unsettled tells that the page says it ended well while what it should have made is not to be seen yet.
	Unsettled bool
	// Conflict tells that it failed because another operation was in the way: the order did nothing.
	Conflict bool
	Details
}

// Offer is where an offer is, as its status shows it.
type Offer struct {
	State OfferState
	Of    Ref // the operation that the state speaks of; zero where the service does not tell
	Details
}

// Home is where a service says that an offer is at home.
type Home struct {
	Migration string // "migrated" is the only word ever seen; "" where the service says nothing
	Redirect  string // where else the offer is looked after; "" where the service says nothing
}

// Start is an order to publish or to go live.
type Start struct {
	Kind    Kind
	Emails  []string // for a publish: who is told
	Preview Ref      // for a go-live: the publish operation or submission whose preview is meant; zero where that is not known
}

// Accepted is what a service answers when it takes an order.
type Accepted struct {
	Ref        Ref    // of the new operation; zero where the answer named none to be trusted
	Claimed    string // the id of an operation in a location that is not to be trusted unless the list shows it, too
	Distrusted string // that location, cleaned
	RetryAfter time.Duration
}
