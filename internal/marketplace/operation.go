package marketplace

import "time"

// State says where an operation or an offer is, in the words of the API's own documentation.
type State string

// The states. Every synonym that the service uses is mapped onto one of these.
const (
	NotStarted State = "notStarted"
	Running    State = "running"
	AtSignOff  State = "waitingForPublisherReview"
	Succeeded  State = "succeeded"
	Failed     State = "failed"
	Canceled   State = "canceled"
)

// Ended reports whether nothing will happen any more without a new call.
func (s State) Ended() bool { return s == Succeeded || s == Failed || s == Canceled }

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

// Message is one line of the service about an operation or a step.
type Message struct {
	Level string // "error", "warning", "information", lower case; "" where the service gave none
	Text  string // plain text, one line
	Time  string // as the service gave it, which may lack the zone
}

// IsError reports whether the service marked the message as an error.
func (m Message) IsError() bool { return m.Level == "error" }

// Step is one stage of an operation, as the service reports it.
type Step struct {
	ID, Name, Description string
	Estimate              string // free text, for example "< 5 day"
	State                 StepState
	Percent               int // 0 to 100
	Messages              []Message
}

// Link leads to the preview or to the live offer.
type Link struct{ Text, URL string }

// Operation is the detail of an operation, or the status of an offer: the service gives both one shape.
type Operation struct {
	State    State
	Word     string   // the service's own word for State
	Unknown  []string // status words that nobody documents, taken as running
	Steps    []Step
	Messages []Message
	Preview  []Link
	Live     []Link
	// NeverPublished tells the offer that was never published from the one whose publish has not begun.
	NeverPublished bool
	RetryAfter     time.Duration // how long the service asks to be left alone; 0 if it does not
}

// Kind is what an operation does.
type Kind string

// The kinds of operation. Which word the service has for a cancellation is not documented.
const (
	Publish      Kind = "publish"
	GoLive       Kind = "go-live"
	Cancellation Kind = "cancellation"
	Other        Kind = "other"
)

// Listed is an operation in the list of an offer's operations.
type Listed struct {
	ID      string
	Path    string // where its detail is to be read, relative to the endpoint
	Kind    Kind
	State   State
	Word    string
	Changed time.Time     // by the service's clock; zero where it gave no readable time
	Ahead   time.Duration // how far the service's clock is ahead of this machine's; 0 where it does not tell
}

// Accepted is what the service answers when it takes an order to publish, to go live or to cancel.
type Accepted struct {
	Path       string // of the new operation, relative to the endpoint; "" where the answer named none to be trusted
	Distrusted string // the location that the answer named and that was not trusted
	RetryAfter time.Duration
}
