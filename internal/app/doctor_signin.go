package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/identity"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

const (
	usualAudience = "api://AzureADTokenExchange"

	// Entra allows for about five minutes between its clock and an issuer's.
	// https://learn.microsoft.com/entra/identity-platform/reference-error-codes (AADSTS700024)
	clockTolerance = 5 * time.Minute
	clockNotable   = time.Minute
)

// checkAssertion signs in, once for this check and the next but one, and shows what the assertion says of itself.
func (d *doctor) checkAssertion(ctx context.Context) finding {
	switch {
	case d.credential == nil:
		return finding{fact: "the sign-in is not set up"}
	case d.silence != "":
		return finding{fact: d.silence, details: d.identified()} // an id token in the environment is known already
	case !d.near:
		return finding{fact: "the sign-in host cannot be reached", details: d.identified()}
	}
	d.signInErr = d.service.SignIn(ctx)
	d.signedIn = d.signInErr == nil
	var e *identity.Error
	errors.As(d.signInErr, &e)
	if e != nil && e.Kind == identity.Expired {
		// by everybody else's clock it may be good: then the next check is the one that fails
		d.early = time.Until(d.claims().Expires.Add(d.ahead())) > 0
	}
	switch {
	case d.way == "azure-cli":
		return finding{fact: "the Azure CLI signs in by itself, and shows no assertion"}
	case e != nil && e.By != "Entra" && !d.early:
		return d.sourceless(e)
	case d.told == 0 && !d.signedIn:
		return finding{fact: "Entra failed before it wanted one"}
	}
	c := d.claims()
	if c.Subject == "" || c.Issuer == "" {
		return finding{verdict: broken, code: exitSignIn, fact: "it names no issuer or no subject: it is no id token of a pipeline",
			next: []string{"hand over the token itself, whole and alone"}}
	}
	return finding{verdict: well, fact: "obtained; the app's federated credential must say just this:", details: d.identified()}
}

// sourceless is the finding of an assertion that cannot be had.
func (d *doctor) sourceless(e *identity.Error) finding {
	f := d.explained(e)
	if len(f.next) == 0 {
		f.next = d.remedies(e)
	}
	return f
}

// remedies are what to do where the source itself gives no assertion.
func (d *doctor) remedies(e *identity.Error) []string {
	switch {
	case e.Kind == identity.Endpoint:
		return []string{"leave the variables of the sign-in as the platform sets them"}
	case e.Kind == identity.Unavailable:
		return []string{"run again; if it stays, see the platform's status page, and whether a proxy or firewall stands before it"}
	case e.Kind == identity.Expired:
		return []string{"raise the job's timeout, or sign in by a way that gives a fresh assertion each time"}
	case d.way == "azure-pipelines":
		return []string{"check service-connection-id, and that this pipeline may use the connection (Project settings, Service connections, Security)",
			"give the step `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`, from this very job"}
	case d.way == "github":
		return []string{"give the job `permissions: id-token: write`, and hand no request token of another job on"}
	}
	return []string{"hand over the assertion itself, whole and alone, and fresh for each job"}
}

// identified is what Entra will compare, one line each; nothing where there is no assertion yet.
func (d *doctor) identified() []string {
	c := d.claims()
	if c.Subject == "" {
		return nil
	}
	texts := []string{"issuer: " + c.Issuer, "subject: " + c.Subject, "audience: " + strings.Join(c.Audience, ", ")}
	if !slices.Contains(c.Audience, usualAudience) {
		texts = append(texts, "(the usual audience is "+usualAudience+")")
	}
	if !c.Expires.IsZero() {
		texts = append(texts, "(it ends at "+c.Expires.UTC().Format(time.RFC3339)+")")
	}
	return texts
}

func (d *doctor) claims() identity.Claims {
	if d.credential == nil {
		return identity.Claims{}
	}
	return d.credential.Claims()
}

// ahead is by how much this machine's clock is ahead, where that is known and worth a word.
func (d *doctor) ahead() time.Duration {
	if by, ahead := d.clock.read(); by != "" && ahead.Abs() > clockNotable {
		return ahead
	}
	return 0
}

// checkClock compares this machine's clock with the services', and theirs with the assertion's times.
func (d *doctor) checkClock(context.Context) finding {
	if d.silence != "" {
		return finding{fact: d.silence}
	}
	by, ahead := d.clock.read()
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	apart := fmt.Sprintf("this machine's clock is %s %s that of %s", ahead.Abs().Round(time.Second), way, by)
	if by != "" && ahead.Abs() > clockTolerance || d.early {
		return finding{verdict: broken, code: exitSignIn, fact: apart,
			next: []string{"set this machine's clock, by NTP; a virtual machine that was paused needs its time service restarted"}}
	}
	c, now := d.claims(), time.Now()
	if e := (*identity.Error)(nil); errors.As(d.signInErr, &e) && e.Kind == identity.Expired {
		c = identity.Claims{} // the check before said so
	}
	f := finding{verdict: broken, code: exitSignIn, next: []string{"check the clock of the issuer, and of what keeps the assertion: each run needs a fresh one"}}
	switch {
	case !c.Expires.IsZero() && now.After(c.Expires.Add(clockTolerance)):
		f.fact = "the assertion ended at " + c.Expires.UTC().Format(time.RFC3339) + ", and it is " + now.UTC().Format(time.RFC3339)
	case !c.NotBefore.IsZero() && now.Before(c.NotBefore.Add(-clockTolerance)):
		f.fact = "the assertion begins only at " + c.NotBefore.UTC().Format(time.RFC3339) + ", and it is " + now.UTC().Format(time.RFC3339)
	case by == "":
		return finding{fact: "no answer carried a date"}
	case ahead.Abs() > clockNotable:
		return finding{verdict: well, fact: apart + ": not enough to do harm"}
	default:
		return finding{verdict: well, fact: fmt.Sprintf("this machine's agrees with that of %s within %s", by, max(ahead.Abs().Round(time.Second), time.Second))}
	}
	return f
}

// checkToken judges the exchange of the assertion for a token.
func (d *doctor) checkToken(context.Context) finding {
	var e *identity.Error
	switch {
	case d.silence != "":
		return finding{fact: d.silence}
	case d.signedIn:
		return finding{verdict: well, fact: "Entra gave a token for " + strings.TrimSuffix(marketplace.Scope, "/.default")}
	case d.signInErr == nil:
		return finding{fact: "there was no sign-in"}
	case d.early:
		return finding{fact: "by this machine's clock the assertion is over"}
	case errors.As(d.signInErr, &e) && e.By != "Entra" && d.way != "azure-cli":
		return finding{fact: "there is no assertion to exchange"}
	}
	return d.explained(d.signInErr)
}

// explained is a finding in the words that every other command has for the error.
func (d *doctor) explained(err error) finding {
	reason := publish.OutOfReach
	var m *marketplace.Error
	var id *identity.Error
	switch {
	case errors.As(err, &id):
		reason = publish.NotAllowed
	case errors.As(err, &m) && (m.Fault == marketplace.SignIn || m.Fault == marketplace.Unauthorized || m.Fault == marketplace.Forbidden):
		reason = publish.NotAllowed
	case errors.As(err, &m) && m.Fault == marketplace.NotFound:
		reason = publish.NoOffer
	}
	e := &publish.Error{Reason: reason, Err: err}
	end := d.explain(publish.Result{}, e)
	fact := end.Headline
	if end.Why != "" {
		fact += ": " + end.Why
	}
	return finding{verdict: broken, code: exit(e, d.config), fact: strings.TrimPrefix(fact, "sign-in failed: "), next: end.Hints}
}
