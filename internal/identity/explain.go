package identity

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// explanation is what some of Entra's codes mean for a federated sign-in, and what to do next.
type explanation struct {
	codes   string
	fact    Fact
	meaning string
	next    string
}

// explanationOf is zero for a code that it does not know.
//
// The codes are for people: Microsoft may change them. Only AADSTS500011 decides anything.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
// https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
func explanationOf(code string) explanation {
	for _, row := range []explanation{
		{"AADSTS70021 AADSTS7002138", WrongSubject, "none of the app's federated credentials matches the token",
			"compare issuer, subject and audience of the federated credential with the token's, letter by letter; if " +
				"they are the same, delete the credential and create it again, then wait some minutes"},
		{"AADSTS700211", WrongIssuer, "none of the app's federated credentials has the token's issuer",
			"set the issuer of the federated credential to the token's, letter by letter, with or without a slash at the end"},
		{"AADSTS700212", WrongAudience, "none of the app's federated credentials has the token's audience", ""},
		{"AADSTS700213", WrongSubject, "none of the app's federated credentials has the token's subject",
			"set the subject of the app's federated credential to the token's, letter by letter"},
		{"AADSTS70025", NoCredential, "the app has no federated credential",
			"add a federated credential to the app that client-id names (Certificates & secrets, Federated credentials)"},
		{"AADSTS700016", UnknownApp, "the tenant does not know the app",
			"check client-id: the Application (client) ID, not an object ID, of an app of the tenant that tenant-id names"},
		{"AADSTS700024", OutOfTime, "the token has expired, or is not valid yet", ""},
		{"AADSTS700027 AADSTS50013", "", "Entra could not verify the token",
			"check that the token comes from the issuer of the federated credential, and is handed over whole"},
		{"AADSTS50027", "", "the token is not a valid JSON Web Token",
			"check that the variable or file holds the token itself, whole and alone"},
		{"AADSTS501661", "", "Entra cannot reach the token's issuer",
			"the issuer must serve /.well-known/openid-configuration and its keys to the internet; a self-managed " +
				"GitLab or GitHub server often does not"},
		{"AADSTS700223 AADSTS700238", "", "the tenant forbids federated credentials of this issuer",
			"ask the tenant's administrator to allow the issuer in the app management policy"},
		{"AADSTS7002381", "",
			"the tenant accepts tokens of this issuer only with a claim of its own choice, such as GitHub's enterprise",
			"run from a repository of the enterprise that the tenant names, or ask its administrator to change the " +
				"app management policy"},
		{"AADSTS70052", "", "a multi-tenant app cannot use a token that Entra itself issued",
			"use an app of a single tenant, or a managed identity, for this service connection"},
		{"AADSTS900382", "", "the app and the authority belong to different clouds",
			"check AZURE_AUTHORITY_HOST and tenant-id: app, tenant and authority must be of the same cloud"},
		{"AADSTS90002 AADSTS900023", UnknownTenant, "there is no such tenant",
			"check tenant-id: the Directory (tenant) ID, or one of the directory's domains"},
		{"AADSTS500011", NoServicePrincipal, "the tenant has no service principal of this publishing API",
			"sign in with an app of the tenant that the publisher account belongs to"},
		{"AADSTS7000112", "", "the app is disabled",
			"ask the tenant's administrator to enable the app's service principal"},
		{"AADSTS7000229", "", "the app has no service principal in the tenant",
			"create the app's service principal (Enterprise applications) in the tenant that tenant-id names"},
		{"AADSTS7000215", "", "Entra took the sign-in for one with a client secret, and the secret is wrong",
			"this program sends no secret: check that nothing between it and Entra rewrites its requests, and sign in " +
				"to the Azure CLI again if it is the CLI's"},
		{"AADSTS53003", "", "a Conditional Access policy blocks the sign-in",
			"ask the tenant's administrator to let this workload identity sign in from the runner's addresses"},
	} {
		if slices.Contains(strings.Fields(row.codes), code) {
			return row
		}
	}
	return explanation{}
}

// explain adds to a refusal of Entra's what its code means, and what the token and the inputs say about it.
func (c *Credential) explain(failed *Error) {
	known := explanationOf(failed.Code)
	failed.Fact, failed.Meaning = known.fact, known.meaning
	if known.next != "" {
		failed.Hints = []string{known.next}
	}
	switch known.fact {
	case WrongSubject:
		c.explainSubject(failed)
	case WrongAudience:
		failed.Hints = append(failed.Hints, c.rightAudience(failed.Claims))
	case OutOfTime:
		failed.Meaning, failed.Hints = c.explainTime(failed.Claims, time.Now())
	case UnknownTenant, UnknownApp:
		// each could stand in the other's place: a tenant may also be a domain
		if c.cfg.Client != "" && !strings.Contains(c.cfg.Tenant, ".") {
			failed.Hints = append(failed.Hints, "tenant-id "+c.cfg.Tenant+" and client-id "+c.cfg.Client+
				" may be swapped: the app's page in Entra shows both")
		}
	}
	compared := []Fact{WrongSubject, WrongIssuer, WrongAudience, NoCredential}
	if slices.Contains(compared, known.fact) && failed.Claims.Subject != "" {
		failed.Hints = append(failed.Hints, "the token says: "+failed.Claims.String())
	}
	for i, hint := range failed.Hints {
		failed.Hints[i] = c.secrets.line(hint) // the token's words are foreign
	}
}

// explainSubject says more about subjects that look alike. One that carries the ids that the credential lacks, or the
// other way round, is the usual case on GitHub since July 2026.
// https://docs.github.com/actions/reference/security/oidc
func (c *Credential) explainSubject(failed *Error) {
	claims := failed.Claims
	if failed.Code != "AADSTS700213" && len(claims.Audience) > 0 && !claims.UsualAudience() {
		failed.Fact = WrongAudience
		failed.Hints = append(failed.Hints, c.rightAudience(claims))
		return
	}
	repository, _, _ := strings.Cut(strings.TrimPrefix(claims.Subject, "repo:"), ":")
	say := func(hint string) { failed.Hints = append(failed.Hints, hint) }
	switch {
	case claims.gitHub() && strings.Contains(repository, "@"):
		say("the token's subject carries the ids of owner and repository, as those of repositories created, renamed or " +
			"transferred since 15 July 2026 do: the federated credential needs them, too")
	case claims.gitHub():
		say("the token's subject carries no ids; a federated credential made in Entra's portal asks for the ids of owner and " +
			"repository and so does not match: choose the scenario \"Other issuer\", and paste the subject")
	case strings.HasPrefix(claims.Subject, "project_id:"):
		say("the token's subject names the project by its id (`project_id:`), not by its path: " +
			"the federated credential has to do so, too")
	}
	var ids []string
	for _, id := range claims.IDs {
		ids = append(ids, id.Name+" "+id.Value)
	}
	if len(ids) > 0 {
		say("a flexible federated credential (with wildcards) has to name one of these beside the subject: " + strings.Join(ids, ", "))
	}
}

// rightAudience says which side has the unusual audience. The token's is never to be copied into Entra without a thought.
func (c *Credential) rightAudience(claims Claims) string {
	own := strings.Join(claims.Audience, ", ")
	switch {
	case claims.UsualAudience():
		return "set the audience of the app's federated credential to " + own
	case c.way == idTokenWay:
		return fmt.Sprintf("the token's audience is %q; give the job `id_tokens: %s: aud: %s`, and the federated credential the same", own, idToken, audience)
	}
	return fmt.Sprintf("the token's audience is %q; have it issued for %s, and give the federated credential the same", own, audience)
}

// explainTime says in which way a token is out of its time.
func (c *Credential) explainTime(claims Claims, now time.Time) (meaning string, hints []string) {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case !claims.Expires.IsZero() && !now.Before(claims.Expires):
		meaning = "the token expired at " + at(claims.Expires) + ", and it is " + at(now)
	case !claims.NotBefore.IsZero() && now.Before(claims.NotBefore):
		return "the token is valid only from " + at(claims.NotBefore) + ", and it is " + at(now), []string{checkClocks}
	default:
		return "by Entra's clock the token has expired, or is not valid yet", []string{checkClocks}
	}
	switch c.way {
	case tokenFileWay:
		return meaning, []string{"have " + tokenFile + " hold a fresh token: the file is read anew for each sign-in"}
	case idTokenWay:
		return meaning, []string{raiseTimeout, "hand no token of another job on"}
	}
	return meaning, []string{"check this machine's clock"}
}

// Hints that are given in two places.
const (
	checkClocks  = "check this machine's clock, and the clock of the token's issuer"
	raiseTimeout = "raise the job's timeout: the token is valid as long as the job may run"
)

// String is what Entra compares with the app's federated credential.
func (c Claims) String() string {
	return fmt.Sprintf("issuer %s, subject %s, audience %s", c.Issuer, c.Subject, strings.Join(c.Audience, ", "))
}
