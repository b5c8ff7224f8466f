package doctor

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"publish-offer/internal/identity"
)

// signIn signs in once, for the service that is asked first.
func (e *examination) signIn(ctx context.Context, f *Facts) {
	s := &f.SignIn
	s.Now = time.Now()
	if f.noSignIn() == "" && len(e.services) > 0 {
		s.Asked = true
		s.Err = e.services[0].SignIn(ctx)
		s.Claims, s.Now = e.credential.Claims(), time.Now()
		s.Swapped = e.swapped(ctx, f)
	}
	s.Clock, s.Ahead = e.clock.read()
}

// swapped asks Entra whether client-id is a tenant, where tenant-id is none. The question carries no token.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func (e *examination) swapped(ctx context.Context, f *Facts) bool {
	refusal := entras(f.SignIn.Err)
	if refusal == nil || refusal.Fact != identity.UnknownTenant || f.Config.Client == "" {
		return false
	}
	status, err := e.get(ctx, f.Config.Authority+url.PathEscape(f.Config.Client)+"/v2.0/.well-known/openid-configuration")
	return err == nil && status == http.StatusOK
}

// failed is the failure of a sign-in; nil where there was none.
func failed(err error) *identity.Error {
	e, _ := errors.AsType[*identity.Error](err)
	return e
}

// entras is the failure if it is Entra's; nil where the token could not even be had.
func entras(err error) *identity.Error {
	if e := failed(err); e != nil && e.By == "Entra" {
		return e
	}
	return nil
}

// accepted reports that Entra took the token of the platform. It may still know nothing of the service.
func (s SignInFacts) accepted() bool {
	fine := s.Err == nil || noPrincipal(s.Err)
	return s.Asked && fine
}

func noPrincipal(err error) bool {
	e := failed(err)
	return e != nil && e.NoPrincipal()
}

// early reports that only this machine's clock takes the token for expired.
func (s SignInFacts) early() bool {
	e := failed(s.Err)
	return e != nil && e.Kind == identity.Expired && s.notably() > 0 && s.Claims.Expires.After(s.true())
}

// notably is by how much this machine's clock is ahead, where that is known and worth a word.
func (s SignInFacts) notably() time.Duration {
	if s.Clock != "" && s.Ahead.Abs() > clockNotable {
		return s.Ahead
	}
	return 0
}

// true is the time by the clock of the others.
func (s SignInFacts) true() time.Time { return s.Now.Add(-s.notably()) }

// expired reports that the token is over by everybody's clock.
func (s SignInFacts) expired() bool {
	if e := failed(s.Err); e != nil && e.Kind == identity.Expired {
		return !s.early()
	}
	return !s.accepted() && !s.Claims.Expires.IsZero() && s.true().After(s.Claims.Expires.Add(clockTolerance))
}

// unripe reports that the token is not valid yet by everybody's clock.
func (s SignInFacts) unripe() bool {
	return !s.accepted() && !s.Claims.NotBefore.IsZero() && s.true().Before(s.Claims.NotBefore.Add(-clockTolerance))
}

// opaque reports that what was handed over as a token names no issuer or no subject.
func (s SignInFacts) opaque() bool { return s.Claims.Subject == "" || s.Claims.Issuer == "" }

const (
	// Entra allows for about five minutes between its clock and an issuer's.
	// https://learn.microsoft.com/entra/identity-platform/reference-error-codes (AADSTS700024)
	clockTolerance = 5 * time.Minute
	clockNotable   = time.Minute
)
