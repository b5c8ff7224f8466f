package identity

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// explanation is what one of Entra's codes means for a federated sign-in, and what to do next.
type explanation struct {
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
	switch code {
	case "AADSTS70021", "AADSTS7002138":
		return explanation{WrongSubject, "none of the app's federated credentials matches the token",
			"compare issuer, subject and audience of the federated credential with the token's, letter by letter; if they are the same, delete the credential and create it again, then wait some minutes"}
	case "AADSTS700211":
		return explanation{WrongIssuer, "none of the app's federated credentials has the token's issuer",
			"set the issuer of the federated credential to the token's, letter by letter, with or without a slash at the end"}
	case "AADSTS700212":
		return explanation{WrongAudience, "none of the app's federated credentials has the token's audience", ""}
	case "AADSTS700213":
		return explanation{WrongSubject, "none of the app's federated credentials has the token's subject",
			"set the subject of the app's federated credential to the token's, letter by letter"}
	case "AADSTS70025":
		return explanation{NoCredential, "the app has no federated credential",
			"add a federated credential to the app that client-id names (Certificates & secrets, Federated credentials)"}
	case "AADSTS700016":
		return explanation{UnknownApp, "the tenant does not know the app",
			"check client-id: the Application (client) ID, not an object ID, of an app of the tenant that tenant-id names"}
	case "AADSTS700024":
		return explanation{OutOfTime, "the token has expired, or is not valid yet", ""}
	case "AADSTS700027", "AADSTS50013":
		return explanation{"", "Entra could not verify the token",
			"check that the token comes from the issuer of the federated credential, and is handed over whole"}
	case "AADSTS50027":
		return explanation{"", "the token is not a valid JSON Web Token",
			"check that the variable or file holds the token itself, whole and alone"}
	case "AADSTS501661":
		return explanation{"", "Entra cannot reach the token's issuer",
			"the issuer must serve /.well-known/openid-configuration and its keys to the internet; a self-managed GitLab or GitHub server often does not"}
	case "AADSTS700223", "AADSTS700238":
		return explanation{"", "the tenant forbids federated credentials of this issuer",
			"ask the tenant's administrator to allow the issuer in the app management policy"}
	case "AADSTS7002381":
		return explanation{"", "the tenant accepts tokens of this issuer only with a claim of its own choice, such as GitHub's enterprise",
			"run from a repository of the enterprise that the tenant names, or ask its administrator to change the app management policy"}
	case "AADSTS70052":
		return explanation{"", "a multi-tenant app cannot use a token that Entra itself issued",
			"use an app of a single tenant, or a managed identity, for this service connection"}
	case "AADSTS900382":
		return explanation{"", "the app and the authority belong to different clouds",
			"check AZURE_AUTHORITY_HOST and tenant-id: app, tenant and authority must be of the same cloud"}
	case "AADSTS90002", "AADSTS900023":
		return explanation{UnknownTenant, "there is no such tenant", "check tenant-id: the Directory (tenant) ID, or one of the directory's domains"}
	case "AADSTS500011":
		return explanation{NoServicePrincipal, "the tenant has no service principal of this publishing API",
			"sign in with an app of the tenant that the publisher account belongs to"}
	case "AADSTS7000112":
		return explanation{"", "the app is disabled", "ask the tenant's administrator to enable the app's service principal"}
	case "AADSTS7000229":
		return explanation{"", "the app has no service principal in the tenant",
			"create the app's service principal (Enterprise applications) in the tenant that tenant-id names"}
	case "AADSTS7000215":
		return explanation{"", "Entra took the sign-in for one with a client secret, and the secret is wrong",
			"this program sends no secret: check that nothing between it and Entra rewrites its requests, and sign in to the Azure CLI again if it is the CLI's"}
	case "AADSTS53003":
		return explanation{"", "a Conditional Access policy blocks the sign-in", "ask the tenant's administrator to let this workload identity sign in from the runner's addresses"}
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
		if c.looksSwapped() {
			failed.Hints = append(failed.Hints, "tenant-id "+c.cfg.Tenant+" and client-id "+c.cfg.Client+" may be swapped: the app's page in Entra shows both")
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
	switch {
	case claims.gitHub() && strings.Contains(repository, "@"):
		failed.Hints = append(failed.Hints, "the token's subject carries the ids of owner and repository, as those of repositories created, renamed or transferred since 15 July 2026 do: the federated credential needs them, too")
	case claims.gitHub():
		failed.Hints = append(failed.Hints, "the token's subject carries no ids; a federated credential made in Entra's portal asks for the ids of owner and repository and so does not match: choose the scenario \"Other issuer\", and paste the subject")
	case strings.HasPrefix(claims.Subject, "project_id:"):
		failed.Hints = append(failed.Hints, "the token's subject names the project by its id (`project_id:`), not by its path: the federated credential has to do so, too")
	}
	if len(claims.IDs) > 0 {
		failed.Hints = append(failed.Hints, "a flexible federated credential (with wildcards) has to name one of these beside the subject: "+idsOf(claims))
	}
}

func idsOf(c Claims) string {
	var list []string
	for _, id := range c.IDs {
		list = append(list, id.Name+" "+id.Value)
	}
	return strings.Join(list, ", ")
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
		return "the token is valid only from " + at(claims.NotBefore) + ", and it is " + at(now), []string{"check this machine's clock, and the clock of the token's issuer"}
	default:
		return "by Entra's clock the token has expired, or is not valid yet", []string{"check this machine's clock, and the clock of the token's issuer"}
	}
	switch c.way {
	case tokenFileWay:
		return meaning, []string{"have " + tokenFile + " hold a fresh token: the file is read anew for each sign-in"}
	case idTokenWay:
		return meaning, []string{"raise the job's timeout: the token is valid as long as the job may run", "hand no token of another job on"}
	}
	return meaning, []string{"check this machine's clock"}
}

// looksSwapped tells that each id could stand in the other's place: a tenant may also be a domain.
func (c *Credential) looksSwapped() bool {
	return c.cfg.Client != "" && !strings.Contains(c.cfg.Tenant, ".")
}

// String is what Entra compares with the app's federated credential.
func (c Claims) String() string {
	return fmt.Sprintf("issuer %s, subject %s, audience %s", c.Issuer, c.Subject, strings.Join(c.Audience, ", "))
}
