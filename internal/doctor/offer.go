package doctor

import (
	"context"
	"errors"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
)

// offer asks the services, by reads alone: all of them where auto is to find the one; else the one that was named, and
// the others only where that one does not have the offer.
func (e *examination) offer(ctx context.Context, f *Facts) {
	if f.noOffer() != "" {
		return
	}
	others := map[input.API]bool{}
	for _, s := range f.Config.Others {
		others[s.API] = true
	}
	known := false
	for _, s := range e.services {
		if others[s.API] && known {
			break
		}
		a := e.ask(ctx, s, f)
		known = known || a.Says == Known
		f.Offer.Answers = append(f.Offer.Answers, a)
	}
}

// ask puts the questions to one service.
func (e *examination) ask(ctx context.Context, s Service, f *Facts) Answer {
	a := Answer{API: s.API}
	if s.API == input.APIPortal && f.Config.Publisher == "" {
		return a
	}
	if a.Err = f.Network.unreached(s.API); a.Err != nil {
		a.Says = OutOfReach
		return a
	}
	if _, a.Err = read(ctx, func(ctx context.Context) (int, error) { return 0, s.SignIn(ctx) }); a.Err != nil {
		a.Says = says(a.Err)
		return a
	}
	if s.Lookup != nil {
		a.Kind, a.Err = read(ctx, s.Lookup)
		if a.Err != nil {
			a.Says = says(a.Err)
			return a
		}
	}
	a.List, a.ListErr = read(ctx, s.Operations)
	a.Offer, a.Status = read(ctx, s.Offer)
	a.judge()
	a.ask(ctx, s)
	return a
}

// judge takes the list for the proof, as a run does. One that is not whole, and has something in it, is the offer's.
func (a *Answer) judge() {
	if a.ListErr == nil || len(a.List) > 0 {
		a.Says = Known
		return
	}
	a.Err, a.Says = a.ListErr, says(a.ListErr)
	var other *marketplace.Elsewhere
	if errors.As(a.Err, &other) {
		a.Says, a.Kind, a.Serves = Unserved, other.Type, input.API(other.API)
	}
}

// ask puts the questions that only some services know.
func (a *Answer) ask(ctx context.Context, s Service) {
	clear := a.Says == Known || a.Says == Unknown
	if s.Home != nil && clear {
		a.Home = &Home{}
		_, a.Home.Err = read(ctx, func(ctx context.Context) (int, error) {
			var err error
			a.Home.Migration, a.Home.Redirect, err = s.Home(ctx)
			return 0, err
		})
		if a.Says == Unknown && a.Home.Err == nil {
			a.Says = Unserved // it has the offer, and no operations for it
		}
	}
	if s.Offers != nil && a.Says == Unknown {
		a.OffersAsked = true
		a.Offers, a.OffersErr = read(ctx, s.Offers)
	}
}

// read makes a read again where the trouble may pass.
func read[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return again(ctx, func(err error) bool {
		var e *marketplace.Error
		return errors.As(err, &e) && e.Fault != marketplace.SignIn && e.Transient()
	}, call)
}

// says is what an error of a service says about the offer.
func says(err error) Knowledge {
	switch marketplace.FaultOf(err) {
	case marketplace.SignIn:
		if noPrincipal(err) {
			return NoPrincipal
		}
		return NoToken
	case marketplace.Unauthorized:
		return Rejected
	case marketplace.Forbidden:
		return Denied
	case marketplace.NotFound:
		if errors.Is(err, marketplace.ErrSeveral) {
			return Declined
		}
		return Unknown
	case marketplace.Refused, marketplace.Conflict, marketplace.Unsupported:
		return Declined
	}
	return Unclear
}

// goesOn reports whether auto asks the next service after this answer.
func (k Knowledge) goesOn() bool {
	switch k {
	case NotAsked, Unserved, Unknown, Denied, NoPrincipal:
		return true
	}
	return false
}

// named reports whether the run was told which service to use.
func named(api input.API) bool { return api != "" && api != input.APIAuto }

// deciding is the answer at which a run ends its search: the service that has the offer, the one that was named, or the
// one whose answer is none. ok is false where no answer decides.
func (o OfferFacts) deciding(api input.API) (a Answer, ok bool) {
	for _, a := range o.Answers {
		if named(api) || !a.Says.goesOn() {
			return a, true
		}
	}
	return Answer{}, false
}

// serving is the service that a run would use.
func (o OfferFacts) serving(api input.API) (Answer, bool) {
	a, ok := o.deciding(api)
	return a, ok && a.Says == Known
}

// having is the first service that has the offer, whatever api says.
func (o OfferFacts) having() (Answer, bool) {
	for _, a := range o.Answers {
		if a.Says == Known {
			return a, true
		}
	}
	return Answer{}, false
}
