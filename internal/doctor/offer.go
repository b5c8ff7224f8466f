package doctor

import (
	"context"
	"errors"
	"slices"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
)

// offer asks the services, by reads alone: all of them where auto is to find the one; else the one that was named, and
// the others only where that one does not have the offer.
func (e *examination) offer(ctx context.Context, f *Facts) {
	if f.noOffer() != "" {
		return
	}
	for _, s := range e.services {
		if _, known := f.Offer.having(); known && f.isOther(s.API) {
			break
		}
		f.Offer = append(f.Offer, e.ask(ctx, s, f))
	}
}

// isOther reports that a run would never ask the service.
func (f *Facts) isOther(api input.API) bool {
	return slices.ContainsFunc(f.Config.Others, func(s input.Service) bool { return s.API == api })
}

// ask puts the questions to one service.
func (e *examination) ask(ctx context.Context, s Service, f *Facts) Answer {
	a := Answer{API: s.API}
	if s.API == input.APIPortal && f.Config.Publisher == "" {
		return a
	}
	if a.Err = f.Network.host(s.API).Err; a.Err != nil {
		a.Says = OutOfReach
		return a
	}
	_, a.Err = read(ctx, func(ctx context.Context) (int, error) { return 0, s.SignIn(ctx) })
	if a.Err == nil && s.Lookup != nil {
		a.Kind, a.Err = read(ctx, s.Lookup)
	}
	if a.Err != nil {
		a.Says = says(a.Err)
		return a
	}
	a.List, a.ListErr = read(ctx, s.Operations)
	if marketplace.PageMissing(a.ListErr) { // it may have been promised in vain
		a.ListErr = nil
	}
	a.Offer, a.Status = read(ctx, s.Offer)
	a.judge()
	answered := a.Says == Known || a.Says == Unknown
	if answered && s.Home != nil {
		home, err := read(ctx, s.Home)
		a.Home, a.HomeErr = &home, err
		if a.Says == Unknown && err == nil {
			a.Says = Unserved // it has the offer, and no operations for it
		}
	}
	if s.Offers != nil && a.Says == Unknown {
		a.OffersAsked = true
		a.Offers, a.OffersErr = read(ctx, s.Offers)
	}
	return a
}

// judge takes the list for the proof, as a run does. One that is not whole, and has something in it, is the offer's.
func (a *Answer) judge() {
	if a.ListErr == nil || len(a.List) > 0 {
		a.Says = Known
		return
	}
	a.Err, a.Says = a.ListErr, says(a.ListErr)
	if other, ok := errors.AsType[*marketplace.Elsewhere](a.Err); ok {
		a.Says, a.Kind, a.Serves = Unserved, other.Type, input.API(other.API)
	}
}

// read makes a read again where the trouble may pass.
func read[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return again(ctx, func(err error) bool {
		e, ok := errors.AsType[*marketplace.Error](err)
		return ok && e.Fault != marketplace.SignIn && e.Transient()
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
	return slices.Contains([]Knowledge{NotAsked, Unserved, Unknown, Denied, NoPrincipal}, k)
}

// refuses reports that the service does not let the app in.
func (k Knowledge) refuses() bool { return k == Denied || k == NoPrincipal }

// named reports whether the run was told which service to use.
func named(api input.API) bool { return api != "" && api != input.APIAuto }

// deciding is the answer at which a run ends its search: the service that has the offer, the one that was named, or the
// one whose answer is none. ok is false where no answer decides.
func (all Answers) deciding(api input.API) (a Answer, ok bool) {
	return all.first(func(a Answer) bool { return named(api) || !a.Says.goesOn() })
}

// serving is the service that a run would use.
func (all Answers) serving(api input.API) (Answer, bool) {
	a, ok := all.deciding(api)
	return a, ok && a.Says == Known
}

// having is the first service that has the offer, whatever api says.
func (all Answers) having() (Answer, bool) {
	return all.first(func(a Answer) bool { return a.Says == Known })
}

func (all Answers) first(is func(Answer) bool) (a Answer, ok bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Answer{}, false
}
