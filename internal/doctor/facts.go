package doctor

import (
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
)

// Phase is a part of the examination.
type Phase int

// The phases, in their order.
const (
	SetUpPhase Phase = iota
	NetworkPhase
	SignInPhase
	OfferPhase
)

// String is the phase as a heading.
func (p Phase) String() string {
	return [...]string{"set-up", "network", "sign-in", "offer"}[p]
}

// Facts is what was found out.
type Facts struct {
	Config  input.Config
	SetUp   SetUp
	Network Network
	SignIn  SignInFacts
	Offer   Answers

	Stopped   error // why the examination ended early; nil where it did not
	StoppedIn Phase
}

// SetUp is what can be seen without a request.
type SetUp struct {
	Platform   ci.Kind
	SelfHosted bool   // the runner, on GitHub
	Trigger    string // of the workflow, on GitHub
	ActionRef  string // by which the action is used, on GitHub; "" where it is none

	Problems   input.Problems
	Spaced     []string // variables with an id that has white space around it
	Unwritable []string

	Method string          // of sign-in; "" where none could be chosen
	Fault  *identity.Error // why it is not complete; nil where it is
}

// Network is which hosts answer.
type Network struct {
	Proxy string // the variable that is set and does not name a proxy; "" if there is none
	Hosts []Host // empty where nothing was sent
}

// Host is one of them.
type Host struct {
	API   input.API // "" for the host of the sign-in
	Name  string
	Proxy string // on the way to it; "" if there is none
	Err   error  // nil where it answered anything at all
}

// SignInFacts is what came of the sign-in.
type SignInFacts struct {
	Asked   bool
	Err     error
	Claims  identity.Claims // of the platform's token, as far as one was seen
	Now     time.Time       // by this machine's clock
	Clock   string          // whose clock this machine's was compared with; "" where no answer carried a date
	Ahead   time.Duration   // of this machine's clock; negative: behind
	Swapped bool            // client-id names a tenant
}

// Answers is what the services say of the offer, in the order in which they were asked.
type Answers []Answer

// Knowledge is what a service says about the offer.
type Knowledge int

// The kinds of knowledge.
const (
	NotAsked    Knowledge = iota // what the question needs was not given
	OutOfReach                   // the host did not answer
	Known                        // the service has the offer, and publishes it
	Unserved                     // it has the offer, and does not publish it
	Unknown                      // 404
	Denied                       // 403
	NoPrincipal                  // the tenant has no principal of the service (AADSTS500011)
	NoToken                      // no token could be had, for another reason
	Rejected                     // 401
	Declined                     // the service understood, and does not answer
	Unclear                      // its answers make no sense, or stopped coming
)

// Answer is what one service says.
type Answer struct {
	API     input.API
	Says    Knowledge
	Kind    string    // the offer's type; "" where it is not told
	Serves  input.API // who publishes such offers, where this service does not; "" where it is not told
	Err     error     // nil where Says is Known
	Offer   marketplace.Offer
	Status  error // why Offer is not known
	List    marketplace.List
	ListErr error

	Home        *marketplace.Home // nil where the service was not asked
	HomeErr     error
	Offers      []string // the publisher's, where the service does not know this one
	OffersErr   error
	OffersAsked bool
}
