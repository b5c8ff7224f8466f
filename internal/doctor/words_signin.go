package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/report"
)

// toReach is what to do about a host that does not answer.
func toReach(h Host) []string {
	op, _ := errors.AsType[*net.OpError](h.Err)
	_, dns := errors.AsType[*net.DNSError](h.Err)
	invalid, _ := errors.AsType[x509.CertificateInvalidError](h.Err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](h.Err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](h.Err)
	switch {
	case op != nil && op.Op == "proxyconnect":
		return []string{"check HTTPS_PROXY, and that the proxy lets this machine through to " + h.Name}
	case dns:
		return []string{"this machine cannot find the name " + h.Name + ": check its DNS; behind a proxy, set HTTPS_PROXY"}
	case invalid.Reason == x509.Expired:
		return []string{"by this machine's clock the certificate has expired, or is not valid yet: check the clock first"}
	case untrusted, unknown:
		return []string{"the certificate is not trusted; behind a proxy that opens TLS, set SSL_CERT_FILE to a file with its certificate authority"}
	case h.Proxy != "":
		return []string{"check that the proxy " + h.Proxy + " is up and lets this machine through to " + h.Name + "; hosts that need none belong in NO_PROXY"}
	}
	return []string{"let this machine out to " + h.Name + ", port 443, or set HTTPS_PROXY", "https://status.azure.com shows known outages"}
}

// noSignIn is why no sign-in is tried; "" where one is.
func (f Facts) noSignIn() string {
	s := f.SetUp
	switch {
	case s.endpoint() != "":
		return s.endpoint() + " is wrong, so nothing is sent"
	case s.Problems.Has("auth"):
		return "auth is wrong"
	case twins(f.Config):
		return "tenant-id and client-id are the same"
	case s.Fault != nil && len(s.Fault.Missing) > 0 && len(s.lacking()) == 0:
		return "it needs " + list(identity.Names(s.Fault.Missing))
	case s.Fault != nil:
		return "the method of sign-in lacks something"
	case f.Network.Proxy != "":
		return f.Network.Proxy + " is wrong"
	case f.Network.host("").Err != nil:
		return "the sign-in host cannot be reached"
	case len(f.Config.Services)+len(f.Config.Others) == 0:
		return "no service can be called"
	}
	return ""
}

func (f Facts) signInWords() []finding {
	all := append([]finding{f.tokenWords()}, f.audienceWords()...)
	if f.SignIn.Claims.RetiringIssuer() {
		all = append(all, doubtful("issuer", "the service connection uses Azure DevOps' own issuer, which is retired on 1 July 2027",
			"convert the connection (Project settings, Service connections), and give the app a federated credential with its new issuer and subject"))
	}
	return append(all, f.clockWords(), f.entraWords())
}

// tokenWords are on the token of the platform.
func (f Facts) tokenWords() finding {
	const name = "id token"
	s, e := f.SignIn, failed(f.SignIn.Err)
	switch why := f.noSignIn(); {
	case f.SetUp.Method == string(input.AuthAzureCLI):
		return finding{Finding: report.Finding{Name: name, Fact: "none is needed: the Azure CLI signs in by itself"}}
	case s.expired():
		return f.expiredWords(name)
	case s.unripe():
		return broken(name, SignIn, "the token is valid only from "+at(s.Claims.NotBefore)+", and it is "+at(s.true()),
			"check the clock of the token's issuer")
	case why != "":
		return unchecked(name, why, f.credentialWords()...)
	case e != nil && entras(e) == nil && !s.early():
		return f.signInFailure(name, e)
	case s.opaque() && f.SetUp.Method == string(input.AuthIDToken), s.opaque() && s.accepted():
		return broken(name, SignIn, "it names no issuer or no subject: it is no id token of a pipeline", "hand over the token itself, whole and alone")
	case s.opaque():
		return unchecked(name, "the sign-in failed before one was needed")
	}
	x := well(name, "obtained; the app's federated credential needs exactly this:", f.credentialWords()...)
	if !s.Claims.Expires.IsZero() {
		x = x.with("(it expires at " + at(s.Claims.Expires) + ")")
	}
	return x
}

// expiredWords are on a token that came too late.
func (f Facts) expiredWords(name string) finding {
	s := f.SignIn
	ago := s.true().Sub(s.Claims.Expires).Round(time.Second)
	fact := fmt.Sprintf("the token expired at %s, %s ago", at(s.Claims.Expires), ago)
	if ago <= 0 {
		fact = "the token expires at " + at(s.Claims.Expires) + ", too soon to be used"
	}
	switch input.Auth(f.SetUp.Method) {
	case input.AuthIDToken:
		return broken(name, SignIn, fact, "raise the job's timeout: the token is valid as long as the job may run",
			"use the token of this very job: one that was stored, or came from another job, expires")
	case input.AuthTokenFile:
		return broken(name, SignIn, fact, "have the file that AZURE_FEDERATED_TOKEN_FILE names hold a fresh token: it is read anew for each sign-in")
	}
	return broken(name, SignIn, fact, "check the clock of the token's issuer: each sign-in gets a fresh token")
}

func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// credentialWords are what Entra compares with the app's federated credential, and traps in it.
func (f Facts) credentialWords() []string {
	c := f.SignIn.Claims
	if c.Subject == "" {
		return nil
	}
	audience := usualAudience
	if c.UsualAudience() {
		audience = strings.Join(c.Audience, ", ")
	}
	out := []string{"issuer: " + c.Issuer, "subject: " + c.Subject, "audience: " + audience}
	repository, gitHub := strings.CutPrefix(c.Subject, "repo:")
	repository, _, _ = strings.Cut(repository, ":")
	switch {
	case gitHub && strings.Contains(repository, "@"):
		out = append(out, "(the subject carries the ids of owner and repository: the credential needs them, too)")
	case strings.HasPrefix(c.Subject, "project_id:"):
		out = append(out, "(the subject names the project by its id, not by its path: the credential has to do so, too)")
	}
	var ids []string
	for _, id := range c.IDs {
		ids = append(ids, id.Name+" "+id.Value)
	}
	if len(ids) > 0 {
		out = append(out, "(a flexible credential, which has wildcards and is a preview, must also name one of: "+strings.Join(ids, ", ")+")")
	}
	return out
}

// audienceWords are on an audience that Entra does not recommend. It is the job that is to be changed: the same value in
// Entra would accept tokens that were made for somebody else.
func (f Facts) audienceWords() []finding {
	s := f.SignIn
	if s.opaque() || s.Claims.UsualAudience() {
		return nil
	}
	fact := fmt.Sprintf("the token is made for %q, not for %s", strings.Join(s.Claims.Audience, ", "), usualAudience)
	next := []string{"have the token issued for " + usualAudience, "leave the audience of the app's federated credential at " + usualAudience}
	if f.SetUp.Method == string(input.AuthIDToken) {
		next[0] = "give the job `id_tokens: AZURE_ID_TOKEN: aud: " + usualAudience + "`"
	}
	if e := entras(s.Err); e != nil && e.Fact == identity.WrongAudience {
		return []finding{broken("audience", SignIn, fact, next...)}
	}
	x := doubtful("audience", fact, next...)
	if s.accepted() {
		x.Fact += "; it works only because the app's federated credential names the same"
		x.Next = hints([]string{"change both to " + usualAudience + ", the credential first"})
	}
	return []finding{x}
}

// clockWords compare this machine's clock with the services'.
func (f Facts) clockWords() finding {
	s := f.SignIn
	direction := "ahead of"
	if s.Ahead < 0 {
		direction = "behind"
	}
	by := s.Ahead.Abs().Round(time.Second)
	apart := fmt.Sprintf("this machine's clock is %s %s that of %s", by, direction, s.Clock)
	switch {
	case s.notably().Abs() > clockTolerance, s.early():
		return broken("clock", SignIn, apart, "set this machine's clock, by NTP; a virtual machine that was paused needs its time service restarted")
	case s.Clock == "" && len(f.Network.Hosts) == 0:
		return unchecked("clock", "nothing was sent")
	case s.Clock == "":
		return unchecked("clock", "no answer carried a date")
	case s.notably() != 0:
		return well("clock", apart+": not enough to do harm")
	}
	return well("clock", fmt.Sprintf("this machine's agrees with that of %s within %s", s.Clock, max(by, time.Second)))
}

// entraWords judge the exchange of the platform's token for an access token.
func (f Facts) entraWords() finding {
	const name = "access token"
	s := f.SignIn
	e := failed(s.Err)
	switch why := f.noSignIn(); {
	case why != "":
		return unchecked(name, why)
	case s.accepted():
		return well(name, "Entra accepts the sign-in of client "+f.Config.Client)
	case s.Err == nil:
		return unchecked(name, "there was no sign-in")
	case s.early(), s.expired():
		return unchecked(name, "the token has expired by this machine's clock")
	case e == nil:
		return broken(name, Unreachable, inWords(s.Err), "run again; if it stays, look at https://status.azure.com")
	case entras(e) == nil && f.SetUp.Method != string(input.AuthAzureCLI):
		return unchecked(name, "there is no token to exchange")
	}
	x := f.signInFailure(name, e)
	if s.Swapped {
		x.Fact = "tenant-id and client-id are swapped: " + f.Config.Client + " is a tenant, and " + f.Config.Tenant + " is none"
		x = x.with(e.Error())
		x.Next = hints([]string{"set `tenant-id` to " + f.Config.Client + " and `client-id` to " + f.Config.Tenant})
	}
	if e.Fact == identity.WrongAudience {
		x.Next = nil // the finding of the audience says it
	}
	switch e.Fact {
	case identity.WrongSubject, identity.WrongIssuer, identity.NoCredential: // Entra compared the token with a credential
		x = x.with(f.credentialWords()...)
		x.Next = slices.DeleteFunc(x.Next, func(h report.Hint) bool { return strings.HasPrefix(h.Text, "the token says: ") })
	}
	return x
}
