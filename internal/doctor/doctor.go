// Package doctor examines a set-up in the order in which a run uses it: what was given, the network, the sign-in, the
// offer. It changes nothing.
//
// Each phase returns facts, which hold no word for people; words.go and its neighbours turn them into findings. What a
// phase needs and does not have it leaves out, and the words say why: so the first cross is the cause.
package doctor

import (
	"context"
	"net/http"
	"slices"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
)

// Subject is what is examined, and the world that it is examined in.
type Subject struct {
	Config     input.Config
	Problems   input.Problems // of the inputs
	Unwritable []string       // files that the platform gives and that cannot be written: why, one line each
	Platform   ci.Kind
	Getenv     func(string) string
	Transport  http.RoundTripper
	Version    string // of this program, for the User-Agent

	// Connect chooses the method of sign-in and makes the services' clients, all of them through way. It makes no request.
	// Its error is an *identity.Error.
	Connect func(way http.RoundTripper) (Credential, []Service, error)

	// Tell is called with the findings of a phase as soon as it has ended; nil if nobody listens.
	Tell func([]report.Finding)
}

// Credential is who signs in: a *identity.Credential.
type Credential interface {
	Source() string
	Claims() identity.Claims
}

// Reader is what is asked of every service.
type Reader interface {
	SignIn(context.Context) error // gets a token for the service, and asks the service nothing
	Operations(context.Context) (marketplace.List, error)
	Offer(context.Context) (marketplace.Offer, error)
}

// Service is one of the publishing APIs. A question that it does not know is nil.
type Service struct {
	API input.API
	Reader

	// Lookup finds the offer by its id, and tells its type in the service's own word. Whether the service publishes that
	// type is told by the list: an error of it with a *marketplace.Elsewhere.
	Lookup func(context.Context) (kind string, err error)
	// Home tells how far the offer was moved to Partner Center, and where else it is looked after.
	Home func(context.Context) (marketplace.Home, error)
	// Offers lists the ids of the publisher's offers.
	Offers func(context.Context) ([]string, error)
}

// Blame is what the cause of a failure belongs to.
type Blame int

// The blames.
const (
	Nothing     Blame = iota
	Input             // what was given is wrong, or missing
	SignIn            // no token, or no permission
	Refused           // the services understood, and do not serve the offer
	Unreachable       // a host is out of reach, or its answers make no sense
)

// Diagnosis is what came of it.
type Diagnosis struct {
	Findings []report.Finding // the cause before what follows from it
	Verdict  string           // in some words
	Message  string           // the verdict and its reason, on one line
	Good     bool
	Blame    Blame // of the cause; Nothing where it is Good

	API   input.API         // the service that serves the offer; "" where none is known
	Offer marketplace.Offer // where the offer is; its State is "" where nobody knows
}

// Examine goes through the phases. When ctx ends, what is left is unchecked.
func Examine(ctx context.Context, s Subject) Diagnosis {
	f := Facts{Config: s.Config}
	e := &examination{Subject: s, clock: &clock{next: s.Transport}}
	for i, look := range []func(context.Context, *Facts){e.setUp, e.network, e.signIn, e.offer} {
		phase := Phase(i)
		look(ctx, &f)
		if ctx.Err() != nil && f.Stopped == nil {
			f.Stopped, f.StoppedIn = context.Cause(ctx), phase
		}
		if s.Tell != nil {
			s.Tell(plain(f.phase(phase)))
		}
	}
	return f.Diagnosis()
}

// examination is what the phases share.
type examination struct {
	Subject
	clock      *clock
	credential Credential // nil where the sign-in is not set up
	services   []Service
}

// Diagnosis is the facts in words, and what they come to.
func (f Facts) Diagnosis() Diagnosis {
	all := f.findings()
	d := Diagnosis{Findings: plain(all)}
	if a, ok := f.Offer.serving(f.Config.API); ok {
		d.API, d.Offer = a.API, a.Offer
	}
	cause := slices.IndexFunc(all, func(x finding) bool { return x.Mark == report.Broken })
	switch {
	case cause >= 0:
		c := all[cause]
		d.Verdict, d.Message, d.Blame = "fix this first: "+c.Name, c.Name+": "+c.Fact, c.blame
	case f.Stopped != nil:
		d.Verdict, d.Message, d.Blame = "the check was not finished", f.Stopped.Error(), Unreachable
	case d.API == "":
		d.Verdict, d.Blame = "it is not known which service has the offer", Unreachable
		d.Message = d.Verdict
	default:
		d.Good, d.Verdict = true, wellDone(all)
		d.Message = d.Verdict
	}
	return d
}

// wellDone is the verdict where nothing is broken: a warning is not passed over.
func wellDone(all []finding) string {
	var doubts []string
	for _, x := range all {
		if x.Mark == report.Doubtful {
			doubts = append(doubts, x.Name)
		}
	}
	switch len(doubts) {
	case 0:
		return "everything checks out"
	case 1:
		return "it works, with a warning: " + doubts[0]
	}
	return "it works, with warnings: " + list(doubts)
}

// plain is findings without their blame.
func plain(all []finding) []report.Finding {
	var out []report.Finding
	for _, x := range all {
		out = append(out, x.Finding)
	}
	return out
}
