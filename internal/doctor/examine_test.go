package doctor

import (
	"strings"
	"testing"
	"time"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
)

func unset(names ...string) map[string]string {
	env := map[string]string{}
	for _, name := range names {
		env[name] = ""
	}
	return env
}

func TestTheCauseIsNamedFirst(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setup
		first string // the finding
		blame Blame
		says  []string
		not   []string
		quiet bool // no request may be sent
	}{
		// what was given
		"no offer-id": {setup: setup{env: unset("PUBLISH_OFFER_OFFER_ID")}, first: "inputs", blame: Input,
			says: []string{"offer-id is not given", "✓ access token", "not checked: there is no offer-id"}},
		"no publisher-id": {setup: setup{env: unset("PUBLISH_OFFER_PUBLISHER_ID"), service: "serves partner-center-submission\noffer live"}, first: "inputs", blame: Input,
			says: []string{"publisher-id is not given", "– cloud-partner-portal       not checked: there is no publisher-id", "✓ partner-center-submission  has the offer, type AzureApplication"}},
		"no app yet": {setup: setup{platform: "gitlab", env: unset("AZURE_CLIENT_ID")}, first: "inputs", blame: Input,
			says: []string{"✓ method    id-token: the token is in the variable AZURE_ID_TOKEN", "– id token      not checked: it needs client-id"}},
		"nothing at all": {setup: setup{env: unset("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "PUBLISH_OFFER_OFFER_ID", "PUBLISH_OFFER_PUBLISHER_ID")}, first: "inputs", blame: Input,
			says: []string{"– ids       not checked: none is given", "✓ network"}, not: []string{"✓ ids"}},
		"a wrong input that blocks nothing": {setup: setup{args: []string{"--timeout", "soon"}, service: "offer live"}, first: "inputs", blame: Input,
			says: []string{`timeout "soon" (from --timeout)`, "✓ access token", "✓ cloud-partner-portal", "✓ status"}},
		"an api that is none": {setup: setup{args: []string{"--api", "portal"}, service: "offer live"}, first: "inputs", blame: Input,
			says: []string{"api is wrong; the offer is served by cloud-partner-portal", "set `api: cloud-partner-portal`"}},
		"a wrong method":                 {setup: setup{args: []string{"--auth", "magic"}}, first: "inputs", blame: Input, says: []string{"– method    not checked: auth is wrong", "✓ network", "– access token  not checked: auth is wrong"}},
		"an expression nobody evaluated": {setup: setup{env: map[string]string{"PUBLISH_OFFER_OFFER_ID": "${{ vars.OFFER }}"}}, first: "inputs", blame: Input, says: []string{"an expression that nothing has evaluated", "✓ ids"}},
		"an endpoint elsewhere":          {setup: setup{env: map[string]string{"MARKETPLACE_ENDPOINT": "https://evil.example"}}, first: "inputs", blame: Input, quiet: true, says: []string{"MARKETPLACE_ENDPOINT is wrong, so nothing is sent"}},
		"quotes around an id": {setup: setup{env: map[string]string{"AZURE_CLIENT_ID": `"0b9f6c52-7c1d-4a3e-8f0e-5b6a2d9c4e22"`}}, first: "ids", blame: Input,
			says: []string{"has quotes around it", "-> give the id alone", "✓ network"}},
		"white space in an id":   {setup: setup{env: map[string]string{"PUBLISH_OFFER_OFFER_ID": "contoso offer"}}, first: "ids", blame: Input, says: []string{"has white space in it", "✓ access token"}},
		"something invisible":    {setup: setup{env: map[string]string{"PUBLISH_OFFER_PUBLISHER_ID": "contoso\u200b"}}, first: "ids", blame: Input, says: []string{`"contoso\u200b"`}},
		"one id in place of two": {setup: setup{env: map[string]string{"AZURE_TENANT_ID": "0B9F6C52-7c1d-4a3e-8f0e-5b6a2d9c4e22"}}, first: "ids", blame: Input, says: []string{"are the same", "✓ network", "– access token"}},

		// the method of sign-in
		"no id-token permission": {setup: setup{env: unset("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")}, first: "method", blame: SignIn,
			says: []string{"✗ method    GitHub Actions: not given: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN", "id-token: write", "✓ network"}},
		"no System.AccessToken": {setup: setup{platform: "azure-pipelines", env: unset("SYSTEM_ACCESSTOKEN")}, first: "method", blame: SignIn, says: []string{"$(System.AccessToken)"}},
		"no id_tokens":          {setup: setup{platform: "gitlab", env: unset("AZURE_ID_TOKEN")}, first: "method", blame: SignIn, says: []string{"id_tokens", "ci_id_token_sub_claim_components"}},
		"no platform":           {setup: setup{platform: "none", env: unset("AZURE_ID_TOKEN")}, first: "method", blame: SignIn, says: []string{"terminal: ", "AZURE_FEDERATED_TOKEN_FILE"}},
		"an unsafe source":      {setup: setup{env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "http://evil.example/"}}, first: "method", blame: SignIn, says: []string{"must be https"}},

		// the network
		"the name does not exist": {setup: setup{fault: map[string]string{portalHost: "dns"}}, first: "network", blame: Unreachable, says: []string{"check its DNS", "reached " + entraHost, "✓ access token"}},
		"TLS is opened":           {setup: setup{fault: map[string]string{entraHost: "tls"}}, first: "network", blame: Unreachable, says: []string{"SSL_CERT_FILE", "– access token"}},
		"a firewall drops":        {setup: setup{fault: map[string]string{portalHost: "stall"}}, first: "network", blame: Unreachable, says: []string{"no answer within 20s"}},
		"a dead proxy": {setup: setup{env: map[string]string{"HTTPS_PROXY": "http://user:hunter2@proxy:3128"}, fault: map[string]string{portalHost: "stall", entraHost: "stall"}}, first: "network", blame: Unreachable,
			says: []string{"check that the proxy http://proxy:3128 is up"}},
		"a proxy that is none": {setup: setup{env: map[string]string{"HTTPS_PROXY": "http://user:hunter2@[proxy"}}, first: "network", blame: Unreachable, says: []string{"HTTPS_PROXY is set, and not to the URL of a proxy"}},

		// the platform's token
		"no id token to be had":  {setup: setup{env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong"}}, first: "id token", blame: SignIn, says: []string{"GitHub's id-token endpoint refused", "– access token"}},
		"id-token endpoint down": {setup: setup{fault: map[string]string{gitHubHost: "status 503"}}, first: "id token", blame: SignIn, says: []string{"HTTP 503"}},
		"a wrong connection":     {setup: setup{platform: "azure-pipelines", env: map[string]string{"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "other"}}, first: "id token", blame: SignIn, says: []string{"No service connection found with identifier other"}},
		"a stage without the connection": {setup: setup{platform: "azure-pipelines", service: "identity unreferenced"}, first: "id token", blame: SignIn,
			says: []string{"no explicit reference to service connection", "AzureCLI@2"}},
		"the same, and a service out of reach": {setup: setup{platform: "azure-pipelines", service: "identity unreferenced 403", fault: map[string]string{portalHost: "dns"}}, first: "id token", blame: SignIn, says: []string{"✗ network"}},
		"an id token of the past":              {setup: setup{platform: "gitlab", after: 2 * time.Hour}, first: "id token", blame: SignIn, says: []string{"the token expired at 2000-01-01T01:00:00Z, 1h0m0s ago", "raise the job's timeout"}},
		"no id token":                          {setup: setup{platform: "gitlab", env: map[string]string{"AZURE_ID_TOKEN": "hunter2-hunter2"}}, first: "id token", blame: SignIn, says: []string{"no id token of a pipeline"}},
		"a wrong audience": {setup: setup{platform: "gitlab", service: "identity audience https://gitlab.com", env: map[string]string{}}, first: "audience", blame: SignIn,
			says: []string{`made for "https://gitlab.com", not for api://AzureADTokenExchange`, "-> give the job `id_tokens: AZURE_ID_TOKEN: aud: api://AzureADTokenExchange`", "audience: api://AzureADTokenExchange"},
			not:  []string{"audience: https://gitlab.com", "set the audience of the app's federated credential to https"}},
		"a clock that is behind": {setup: setup{skew: -10 * time.Minute}, first: "clock", blame: SignIn, says: []string{"this machine's clock is 10m", "behind that of ", "✓ access token"}},
		"a clock that is ahead":  {setup: setup{platform: "gitlab", after: 2 * time.Hour, skew: 2 * time.Hour}, first: "clock", blame: SignIn, says: []string{"ahead of that of", "– access token"}},

		// Entra
		"a wrong subject":      {setup: setup{service: "entra wrong-subject"}, first: "access token", blame: SignIn, says: []string{"AADSTS700213", "subject: repo:contoso/app", "letter by letter", "carries no ids"}},
		"another case":         {setup: setup{service: "entra wrong-case"}, first: "access token", blame: SignIn, says: []string{"AADSTS7002138"}},
		"no credential":        {setup: setup{service: "entra no-credential"}, first: "access token", blame: SignIn, says: []string{"add a federated credential"}},
		"an unknown app":       {setup: setup{service: "entra unknown-app"}, first: "access token", blame: SignIn, says: []string{"the tenant does not know the app"}},
		"an unknown tenant":    {setup: setup{service: "entra unknown-tenant"}, first: "access token", blame: SignIn, says: []string{"AADSTS90002", "– id token"}},
		"a service down":       {setup: setup{fault: map[string]string{entraHost: "status 503"}}, first: "access token", blame: SignIn, says: []string{"Entra"}},
		"a token not accepted": {setup: setup{service: "fault list * status 401"}, first: "cloud-partner-portal", blame: SignIn, says: []string{"(401)", "must be known to Partner Center"}},

		// the services
		"no member of the account": {setup: setup{service: "fault list * status 403"}, first: "api", blame: SignIn, says: []string{"(403)", "add the app to the publisher account"}},
		"the service is down":      {setup: setup{service: "fault list * status 503"}, first: "cloud-partner-portal", blame: Unreachable, says: []string{"503"}},
		"another offer":            {setup: setup{args: []string{"--offer-id", "contoso-ofer"}}, first: "api", blame: Refused, says: []string{"no service has the offer contoso-ofer", "the publisher's offers here: contoso-offer, contoso-other"}},
		"another publisher":        {setup: setup{args: []string{"--publisher-id", "contosa"}}, first: "api", blame: Refused, says: []string{"it does not know the publisher contosa either"}},
		"a status of nonsense":     {setup: setup{service: `fault status * json "{"`}, first: "status", blame: Unreachable, says: []string{"✓ cloud-partner-portal"}},
		"no offers at all":         {setup: setup{args: []string{"--offer-id", "brand-new"}, pages: map[string]string{offersPage: "[]"}}, first: "api", blame: Refused, says: []string{"no offer of it at all"}},
		"no status":                {setup: setup{service: "offer live\nfault status * status 404"}, first: "status", blame: Refused, says: []string{"does not know its status", "✓ home"}},
		"an api that has it not": {setup: setup{args: []string{"--api", "product-ingestion"}, service: "offer live"}, first: "api", blame: Refused,
			says: []string{"product-ingestion does not know the offer; cloud-partner-portal has it", "set `api: cloud-partner-portal`, or `api: auto`"}},
		"an api of another type": {setup: setup{args: []string{"--api", "cloud-partner-portal"}, service: "serves partner-center-submission\noffer live"}, first: "api", blame: Refused,
			says: []string{"set `api: partner-center-submission`"}},
		"an Azure application that is nowhere": {setup: setup{service: "serves product-ingestion portal 403\ningestion type azureApplication"}, first: "api", blame: SignIn,
			says: []string{"product-ingestion          has the offer, and does not publish its type, azureApplication"}},
		"two offers of one id": {setup: setup{service: "serves product-ingestion\ningestion product twice"}, first: "product-ingestion", blame: Refused, says: []string{"more than one offer"}},
		"a named api without principal": {setup: setup{args: []string{"--api", "product-ingestion"}, service: "offer live\nentra no-principal https://graph.microsoft.com"}, first: "api", blame: SignIn,
			says: []string{"AADSTS500011", "cloud-partner-portal has it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := examine(t, test.setup)
			if x.Good || x.Blame != test.blame {
				t.Errorf("good %v, blame %d, want %d", x.Good, x.Blame, test.blame)
			}
			cause := firstBroken(x.Findings)
			if cause.Name != test.first {
				t.Errorf("first broken: %q, want %q", cause.Name, test.first)
			}
			if len(cause.Next) == 0 {
				t.Error("it names no next step")
			}
			if !strings.HasPrefix(x.Message, test.first+": ") || x.Verdict != "fix this first: "+test.first {
				t.Errorf("message %q, verdict %q", x.Message, x.Verdict)
			}
			check(t, x, test.says, test.not)
			if test.quiet && len(x.calls) > 0 {
				t.Errorf("it sent requests: %v", x.calls)
			}
			if x.took > 5*time.Minute {
				t.Errorf("it took %s", x.took)
			}
		})
	}
}

func firstBroken(found []report.Finding) report.Finding {
	for _, f := range found {
		if f.Mark == report.Broken {
			return f
		}
	}
	return report.Finding{}
}

// check looks for words, and for words that must never be there.
func check(t *testing.T, x examined, says, not []string) {
	t.Helper()
	for _, want := range says {
		if !strings.Contains(x.text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, no := range append(not, "hunter2", "mend", "vouch", "of no use", "way in", "assertion", "Go duration") {
		if strings.Contains(strings.ReplaceAll(x.text, "presented assertion", ""), no) {
			t.Errorf("it says %q", no)
		}
	}
	if t.Failed() {
		t.Log("\n" + x.text)
	}
}

func TestNothingIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setup
		verdict string // "everything checks out" if empty
		state   marketplace.OfferState
		api     input.API // the portal if empty
		says    []string
	}{
		"live": {setup: setup{service: "offer live"}, state: marketplace.Live, says: []string{
			"publisher contoso, offer contoso-offer, tenant ", "✓ network   reached login.microsoftonline.com directly",
			"subject: repo:contoso/app:ref:refs/heads/main", "audience: api://AzureADTokenExchange", "✓ clock", "✓ access token",
			"auto uses cloud-partner-portal", "the offer is live", "no operation is running", "the move to Partner Center: migrated"}},
		"never published": {setup: setup{service: "offer never"}, state: marketplace.NeverPublished, says: []string{"the offer was never published"}},
		"at sign-off":     {setup: setup{service: "offer preview\nsignoff status"}, state: marketplace.Parked, says: []string{"waits for publisher sign-off"}},
		"running": {setup: setup{service: "running publish 10m left"}, state: marketplace.InProgress,
			says: []string{"running: publish /api/publishers/contoso/offers/contoso-offer/operations/", "a publish would end here with exit code 5"}},
		"no page of the offer": {setup: setup{service: "offer live\nfault offer * status 404", pages: map[string]string{offerPage: ""}}, state: marketplace.Live, says: []string{"cloud-partner-portal does not show the offer itself"}},
		"no word of the move":  {setup: setup{service: "offer live", pages: map[string]string{offerPage: "{}"}}, state: marketplace.Live, says: []string{"does not say whether the offer was moved"}},
		"no date":              {setup: setup{service: "offer live", undated: true}, state: marketplace.Live, says: []string{"not checked: no answer carried a date"}},
		"an old date":          {setup: setup{service: "offer live", cached: portalHost}, state: marketplace.Live, says: []string{"✓ clock"}},
		"a little late":        {setup: setup{service: "offer live", skew: 2 * time.Minute}, state: marketplace.Live, says: []string{"not enough to do harm"}},
		"a hiccup":             {setup: setup{service: "offer live\nfault list 1 status 503\nfault idtoken 1 cut\nfault status 1 truncated"}, state: marketplace.Live},
		"white space outside":  {setup: setup{service: "offer live", env: map[string]string{"PUBLISH_OFFER_OFFER_ID": "contoso-offer\n"}}, state: marketplace.Live, says: []string{"the white space around PUBLISH_OFFER_OFFER_ID does no harm here"}},
		"a proxy": {setup: setup{service: "offer live", env: map[string]string{"https_proxy": "http://user:hunter2@proxy:3128", "NO_PROXY": "azure.com"}}, state: marketplace.Live,
			says: []string{"login.microsoftonline.com through the proxy http://proxy:3128, cloudpartner.azure.com directly"}},
		"the ingestion API": {setup: setup{service: "serves product-ingestion portal 403\noffer live"}, state: marketplace.Live, api: input.APIIngestion, says: []string{"refuses the app (403)", "does no harm", "product-ingestion          has the offer, type "}},
		"an Azure application": {setup: setup{service: "serves partner-center-submission\ningestion type azureApplication\noffer live"}, state: marketplace.Live, api: input.APISubmission,
			says: []string{"product-ingestion          has the offer, and does not publish its type, azureApplication"}},
		"a named api":       {setup: setup{service: "offer live", args: []string{"--api", "cloud-partner-portal"}}, state: marketplace.Live, says: []string{"cloud-partner-portal, as api says"}},
		"another service":   {setup: setup{service: "serves partner-center-submission\noffer live"}, state: marketplace.Live, api: input.APISubmission, says: []string{"saves asking the services before it", "type AzureApplication"}},
		"403 of one":        {setup: setup{service: "serves partner-center-submission\noffer live\nfault list * status 403"}, state: marketplace.Live, api: input.APISubmission, says: []string{"refuses the app (403)", "does no harm: each service has permissions of its own"}},
		"no principal":      {setup: setup{service: "serves partner-center-submission\noffer live\nentra no-principal https://graph.microsoft.com"}, state: marketplace.Live, api: input.APISubmission, says: []string{"AADSTS500011"}},
		"a file":            {setup: setup{service: "offer live", unwritable: []string{"summary: GITHUB_STEP_SUMMARY: no such file"}}, verdict: "it works, with a warning: files", state: marketplace.Live, says: []string{"⚠ files"}},
		"a retiring issuer": {setup: setup{platform: "azure-pipelines", service: "offer live\nidentity issuer https://vstoken.dev.azure.com/0f0f"}, verdict: "it works, with a warning: issuer", state: marketplace.Live, says: []string{"1 July 2027", "convert the connection"}},
		"a service that is not needed": {setup: setup{service: "offer live", fault: map[string]string{"graph.microsoft.com": "dns"}}, verdict: "it works, with a warning: network", state: marketplace.Live,
			says: []string{"this matters only if no service before it has the offer"}},
		"a self-hosted runner": {setup: setup{service: "offer live", env: map[string]string{"RUNNER_ENVIRONMENT": "self-hosted", "GITHUB_EVENT_NAME": "schedule", "GITHUB_ACTION_REF": "v1"}}, state: marketplace.Live,
			says: []string{"GitHub Actions, self-hosted runner", "30 days", "blocked by the organization's policy", "`@v1`"}},
		"an id in the subject": {setup: setup{service: "offer live\nidentity sub \"repo:contoso@12/app@34:ref:refs/heads/main\""}, state: marketplace.Live, says: []string{"carries the ids of owner and repository"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := examine(t, test.setup)
			if test.verdict == "" {
				test.verdict = "everything checks out"
			}
			if test.api == "" {
				test.api = input.APIPortal
			}
			if !x.Good || x.Verdict != test.verdict || x.Blame != Nothing {
				t.Errorf("good %v, verdict %q, blame %d", x.Good, x.Verdict, x.Blame)
			}
			if x.Offer.State != test.state || x.API != test.api {
				t.Errorf("state %q by %q", x.Offer.State, x.API)
			}
			check(t, x, test.says, nil)
		})
	}
}

func TestAnEarlyEndLeavesTheRestUnchecked(t *testing.T) {
	t.Parallel()
	x := examine(t, setup{fault: map[string]string{portalHost: "stall"}, signal: 3 * time.Second})
	if x.Good || x.Verdict != "the check was not finished" || x.Message != "terminated" || x.took > 5*time.Second {
		t.Errorf("%q, %q after %s", x.Verdict, x.Message, x.took)
	}
	if broken := firstBroken(x.Findings); broken.Name != "" {
		t.Errorf("%s counts as broken", broken.Name)
	}
	check(t, x, []string{"– network   not checked: terminated", "– services  not checked: terminated"}, nil)
}
