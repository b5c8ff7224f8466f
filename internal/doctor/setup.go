package doctor

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
)

// setUp looks at what was given, and chooses the method of sign-in as every command does.
func (e *examination) setUp(_ context.Context, f *Facts) {
	s := &f.SetUp
	s.Platform, s.Problems, s.Unwritable = e.Platform, e.Problems, e.Unwritable
	if e.Platform == ci.GitHub {
		s.SelfHosted = e.Getenv("RUNNER_ENVIRONMENT") == "self-hosted"
		s.Trigger, s.ActionRef = e.Getenv("GITHUB_EVENT_NAME"), e.Getenv("GITHUB_ACTION_REF")
	}
	for _, row := range input.Table() {
		if !slices.Contains(ids(), row.Name) {
			continue
		}
		for _, name := range append([]string{"INPUT_" + strings.ToUpper(row.Name)}, row.Env...) {
			if v := e.Getenv(name); v != strings.TrimSpace(v) {
				s.Spaced = append(s.Spaced, name)
			}
		}
	}
	credential, services, err := e.Connect(e.clock)
	if err != nil {
		s.Fault = failed(err)
		s.Method = s.Fault.Way
		return
	}
	e.credential, e.services = credential, services
	s.Method = credential.Source()
	f.SignIn.Claims = credential.Claims() // a token that lies in the environment is known already
}

// ids are the inputs that people copy from web pages, with what stands around them.
func ids() []string {
	return []string{"publisher-id", "offer-id", "tenant-id", "client-id", "service-connection-id"}
}

// pasted tells an id that was copied with white space, quotes or something invisible from one that is otherwise wrong.
func pasted(p input.Problem) bool {
	if !slices.Contains(ids(), p.Name) || strings.Contains(p.Value, "${{") || strings.Contains(p.Value, "$(") {
		return false // of an expression it is the pipeline that is wrong
	}
	return strings.ContainsFunc(p.Value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"'`„‚", r)
	})
}

// twins reports that one id was given for two.
func twins(c input.Config) bool {
	return c.Tenant != "" && strings.EqualFold(c.Tenant, c.Client)
}

// endpoint names the problem that keeps every request back: with an endpoint or an authority that was refused nobody
// knows where it would go.
func (s SetUp) endpoint() string {
	for _, v := range input.Variables() {
		if s.Problems.Has(v.Name) {
			return v.Name
		}
	}
	return ""
}

// lacking is what the method of sign-in lacks beside the inputs, which are a finding of their own.
func (s SetUp) lacking() []identity.Requirement {
	if s.Fault == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Fault.Missing), func(m identity.Requirement) bool { return s.Problems.Has(m.Name) })
}
