package app

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	service = "cloudpartner.azure.com"
	entra   = "login.microsoftonline.com"
	gitHub  = "run-actions-1-azure-eastus.actions.githubusercontent.com"
)

func TestDoctorNamesTheCauseFirst(t *testing.T) {
	t.Parallel()
	unset := func(names ...string) map[string]string {
		env := map[string]string{}
		for _, name := range names {
			env[name] = ""
		}
		return env
	}
	for name, test := range map[string]struct {
		setup
		first string // the check
		exit  int
		says  []string // on the page
		quiet bool     // no request may be sent
	}{
		"no offer-id": {setup: setup{env: unset("PUBLISH_OFFER_OFFER_ID")}, first: "inputs", exit: 2,
			says: []string{"offer-id is not given", "✓ token ", "– access      not checked: publisher-id or offer-id is not given"}},
		"no app yet": {setup: setup{platform: "gitlab", env: unset("AZURE_CLIENT_ID")}, first: "inputs", exit: 2,
			says: []string{"✓ way in", "GitLab CI; the assertion comes from the variable AZURE_ID_TOKEN", "– token"}},
		"a wrong input": {setup: setup{args: []string{"--timeout", "soon"}}, first: "inputs", exit: 2, quiet: true,
			says: []string{`timeout "soon" (from --timeout) is not a duration`, "nothing is sent", "✓ way in"}},
		"an expression nobody evaluated": {setup: setup{env: map[string]string{"PUBLISH_OFFER_OFFER_ID": "${{ vars.OFFER }}"}}, first: "inputs", exit: 2, quiet: true, says: []string{"an expression that nothing has evaluated", "✓ ids"}},
		"outputs that cannot be":         {setup: setup{args: []string{"--outputs-file", "/nowhere/at/all"}}, first: "inputs", exit: 2, quiet: true, says: []string{"/nowhere/at/all"}},
		"an endpoint elsewhere":          {setup: setup{env: map[string]string{"MARKETPLACE_ENDPOINT": "https://evil.example"}}, first: "inputs", exit: 2, quiet: true},
		"quotes around an id": {setup: setup{env: map[string]string{"AZURE_CLIENT_ID": `"0b9f6c52-7c1d-4a3e-8f0e-5b6a2d9c4e22"`}}, first: "ids", exit: 2, quiet: true,
			says: []string{"has quotes around it", "-> give the id alone"}},
		"white space in an id":     {setup: setup{env: map[string]string{"PUBLISH_OFFER_OFFER_ID": "contoso offer"}}, first: "ids", exit: 2, quiet: true, says: []string{"has white space in it"}},
		"something invisible":      {setup: setup{env: map[string]string{"PUBLISH_OFFER_PUBLISHER_ID": "contoso\u200b"}}, first: "ids", exit: 2, quiet: true, says: []string{`"contoso\u200b"`}},
		"one id in place of two":   {setup: setup{env: map[string]string{"AZURE_TENANT_ID": "0B9F6C52-7c1d-4a3e-8f0e-5b6a2d9c4e22"}}, first: "ids", exit: 2, quiet: true},
		"no id-token permission":   {setup: setup{env: unset("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")}, first: "way in", exit: 3, says: []string{"GitHub Actions: ", "id-token: write"}},
		"no System.AccessToken":    {setup: setup{platform: "azure-pipelines", env: unset("SYSTEM_ACCESSTOKEN")}, first: "way in", exit: 3, says: []string{"$(System.AccessToken)"}},
		"no id_tokens":             {setup: setup{platform: "gitlab", env: unset("AZURE_ID_TOKEN")}, first: "way in", exit: 3, says: []string{"id_tokens"}},
		"no platform":              {setup: setup{platform: "none", env: unset("AZURE_ID_TOKEN")}, first: "way in", exit: 3, says: []string{"terminal: ", "AZURE_FEDERATED_TOKEN_FILE"}},
		"an unsafe source":         {setup: setup{env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "http://evil.example/"}}, first: "way in", exit: 3, says: []string{"must be https"}},
		"the name does not exist":  {setup: setup{fault: map[string]string{service: "dns"}}, first: "network", exit: 6, says: []string{"check its DNS", "reached " + entra, "✓ token", "– access"}},
		"TLS is opened":            {setup: setup{fault: map[string]string{entra: "tls"}}, first: "network", exit: 6, says: []string{"SSL_CERT_FILE", "– token"}},
		"a firewall drops":         {setup: setup{fault: map[string]string{service: "stall"}}, first: "network", exit: 6, says: []string{"no answer within 20s"}},
		"a proxy that is none":     {setup: setup{env: map[string]string{"HTTPS_PROXY": "http://user:hunter2@[proxy"}}, first: "network", exit: 6, says: []string{"HTTPS_PROXY is set, and not to the URL of a proxy"}},
		"no id token to be had":    {setup: setup{env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong"}}, first: "assertion", exit: 3, says: []string{"GitHub's id-token endpoint refused", "– token "}},
		"id-token endpoint down":   {setup: setup{fault: map[string]string{gitHub: "status 503"}}, first: "assertion", exit: 3, says: []string{"HTTP 503"}},
		"a wrong connection":       {setup: setup{platform: "azure-pipelines", env: map[string]string{"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "other"}}, first: "assertion", exit: 3, says: []string{"No service connection found with identifier other"}},
		"an id token of the past":  {setup: setup{platform: "gitlab", after: 2 * time.Hour}, first: "assertion", exit: 3, says: []string{"raise the job's timeout"}},
		"no id token":              {setup: setup{platform: "gitlab", env: map[string]string{"AZURE_ID_TOKEN": "hunter2-hunter2"}}, first: "assertion", exit: 3, says: []string{"no id token of a pipeline"}},
		"a clock that is behind":   {setup: setup{skew: -10 * time.Minute}, first: "clock", exit: 3, says: []string{"this machine's clock is 10m", "behind that of " + entra, "✓ token"}},
		"a clock that is ahead":    {setup: setup{platform: "gitlab", after: 2 * time.Hour, skew: 2 * time.Hour}, first: "clock", exit: 3, says: []string{"ahead of that of", "– token"}},
		"a wrong subject":          {setup: setup{service: "entra wrong-subject"}, first: "token", exit: 3, says: []string{"AADSTS700213", "subject: repo:contoso/app", "letter by letter", "– access"}},
		"no credential":            {setup: setup{service: "entra no-credential"}, first: "token", exit: 3, says: []string{"add a federated credential"}},
		"an unknown app":           {setup: setup{service: "entra unknown-app"}, first: "token", exit: 3, says: []string{"the tenant does not know the app"}},
		"an unknown tenant":        {setup: setup{service: "entra unknown-tenant", env: map[string]string{"AZURE_ID_TOKEN": "not-asked"}}, first: "token", exit: 3, says: []string{"AADSTS90002", "– assertion   not checked: Entra failed before it wanted one"}},
		"a token not accepted":     {setup: setup{service: "fault list * status 401"}, first: "access", exit: 3, says: []string{"(401)", "must be known to Partner Center"}},
		"no member of the account": {setup: setup{service: "fault list * status 403"}, first: "access", exit: 3, says: []string{"(403)", "add the app's service principal to the publisher account"}},
		"the service is down":      {setup: setup{service: "fault list * status 503"}, first: "access", exit: 6, says: []string{"503"}},
		"another offer": {setup: setup{args: []string{"--offer-id", "contoso-ofer"}}, first: "offer", exit: 1,
			says: []string{"there is no offer contoso-ofer", "the publisher's offers here: contoso-offer, contoso-other"}},
		"another publisher": {setup: setup{args: []string{"--publisher-id", "contosa"}}, first: "offer", exit: 1,
			says: []string{"it does not know the publisher contosa either"}},
		"a status of nonsense": {setup: setup{service: `fault status * json "{"`}, first: "status", exit: 6, says: []string{"✓ offer ", "invalid JSON"}},
		"a publisher too new": {setup: setup{args: []string{"--offer-id", "brand-new"}, pages: map[string]string{offersPage: "[]"}}, first: "this API", exit: 1,
			says: []string{"no offer of it at all", "Product Ingestion"}},
		"an offer too new": {setup: setup{service: "fault status * status 404"}, first: "this API", exit: 1,
			says: []string{"✓ offer ", "✓ migration", "does not serve its status", "Product Ingestion"}},
		"an offer known by its list": {setup: setup{service: "running publish 10m left\nfault status * status 404\nfault offer * status 404", pages: map[string]string{offerPage: ""}}, first: "this API", exit: 1,
			says: []string{"✓ offer "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := examine(t, test.setup)
			if x.exit != test.exit {
				t.Errorf("exit %d, want %d", x.exit, test.exit)
			}
			if len(x.broken) == 0 || x.broken[0] != test.first {
				t.Errorf("first broken: %q, want %q", x.broken, test.first)
			}
			for _, want := range test.says {
				if !strings.Contains(x.stdout, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if !strings.Contains(x.block, "-> ") {
				t.Errorf("it names no next step:\n%s", x.block)
			}
			if test.quiet && len(x.calls) > 0 {
				t.Errorf("it sent requests:\n%s", requests(x.calls))
			}
			if strings.Contains(x.stdout+x.outputs+x.summary, "hunter2") {
				t.Error("it shows a password")
			}
			if hasSummary := test.platform == "" || test.platform == "azure-pipelines"; hasSummary && (!strings.Contains(x.summary, "mend first: "+test.first) || !strings.Contains(x.summary, "✗ "+test.first)) {
				t.Errorf("the summary does not name the cause:\n%s", x.summary)
			}
			if test.platform == "" {
				if out := outputsOf(t, x.outputs); name != "outputs that cannot be" && !strings.HasPrefix(out["message"], test.first+": ") {
					t.Errorf("message %q", out["message"])
				}
			}
			if x.took > doctorLimit {
				t.Errorf("it took %s", x.took)
			}
			if t.Failed() {
				t.Log("\n" + x.stdout + x.stderr)
			}
		})
	}
}

func TestDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setup
		says   []string
		status string
	}{
		"live": {setup: setup{service: "offer live"}, status: "succeeded", says: []string{
			"✓ inputs      publisher contoso, offer contoso-offer, tenant ", "✓ ids ", "✓ way in", "✓ network     reached login.microsoftonline.com directly",
			"subject: repo:contoso/app:ref:refs/heads/main", "audience: api://AzureADTokenExchange", "✓ clock", "✓ token", "✓ access", "✓ offer ",
			"✓ status      succeeded", "no operation runs", "✓ migration   the move to Partner Center: migrated", "✓ this API", "everything checks out"}},
		"never published": {setup: setup{service: "offer never"}, status: "notStarted", says: []string{"notStarted (never published)"}},
		"at sign-off":     {setup: setup{service: "offer preview\nsignoff status"}, status: "waitingForPublisherReview", says: []string{"✓ status      waitingForPublisherReview"}},
		"running": {setup: setup{service: "running publish 10m left"}, status: "running",
			says: []string{"listed as running: publish /api/publishers/contoso/offers/contoso-offer/operations/", "a publish would stop here"}},
		"no page of the offer": {setup: setup{service: "offer live\nfault offer * status 404", pages: map[string]string{offerPage: ""}}, status: "succeeded", says: []string{"– migration   not checked: the service does not show the offer itself"}},
		"no word of the move":  {setup: setup{service: "offer live", pages: map[string]string{offerPage: "{}"}}, status: "succeeded", says: []string{"– migration   not checked: the service does not say"}},
		"no date":              {setup: setup{service: "offer live", undated: true}, status: "succeeded", says: []string{"– clock       not checked: no answer carried a date"}},
		"an old date":          {setup: setup{service: "offer live", cached: service}, status: "succeeded", says: []string{"✓ clock"}},
		"an old date first":    {setup: setup{service: "offer live", cached: entra}, status: "succeeded", says: []string{"✓ clock"}},
		"a little late":        {setup: setup{service: "offer live", skew: 2 * time.Minute}, status: "succeeded", says: []string{"not enough to do harm"}},
		"a hiccup":             {setup: setup{service: "offer live\nfault list 1 status 503\nfault idtoken 1 cut\nfault status 1 truncated"}, status: "succeeded"},
		"white space outside":  {setup: setup{service: "offer live", env: map[string]string{"PUBLISH_OFFER_OFFER_ID": "contoso-offer\n"}}, status: "succeeded", says: []string{"white space around PUBLISH_OFFER_OFFER_ID"}},
		"a proxy": {setup: setup{service: "offer live", env: map[string]string{"https_proxy": "http://user:hunter2@proxy:3128", "NO_PROXY": "azure.com"}}, status: "succeeded",
			says: []string{"login.microsoftonline.com through the proxy http://proxy:3128, cloudpartner.azure.com directly"}},
		"Azure Pipelines": {setup: setup{platform: "azure-pipelines", service: "offer live"}, says: []string{"Azure Pipelines' id-token endpoint, service connection "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := examine(t, test.setup)
			if x.exit != 0 || len(x.broken) > 0 {
				t.Errorf("exit %d, broken %q", x.exit, x.broken)
			}
			for _, want := range test.says {
				if !strings.Contains(x.stdout, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if strings.Contains(x.stdout+x.outputs+x.summary, "hunter2") {
				t.Error("it shows a password")
			}
			if test.platform == "" {
				if got := outputsOf(t, x.outputs)["status"]; got != test.status {
					t.Errorf("status %q, want %q", got, test.status)
				}
			}
			if t.Failed() {
				t.Log("\n" + x.stdout + x.stderr)
			}
		})
	}
}

// What the services say must not end the fence of the summary, nor act in the log; examine holds it to the rest.
func TestDoctorKeepsForeignTextInert(t *testing.T) {
	t.Parallel()
	for _, s := range []setup{
		{service: "hostile\noffer failed", pages: map[string]string{offerPage: `{"pcMigrationStatus":"a\n` + "```" + `\n# b","pcRedirectUri":"::error::x"}`}},
		{service: "hostile\nentra wrong-subject"},
		{service: "hostile\nfault list * status 403"},
		{service: "hostile", args: []string{"--offer-id", "other"}, pages: map[string]string{offersPage: `[{"id":"::error::x\n` + "````" + `"}]`}},
	} {
		x := examine(t, s)
		lines := strings.Split(strings.TrimSpace(x.summary), "\n")
		fence := strings.TrimSuffix(lines[2], "text")
		if last := lines[len(lines)-1]; last != fence || strings.Count(x.summary, fence) != 2 {
			t.Errorf("the fence %q does not hold:\n%s", fence, x.summary)
		}
	}
}

func TestDoctorIsInterrupted(t *testing.T) {
	t.Parallel()
	x := examine(t, setup{fault: map[string]string{service: "stall"}, signal: 3 * time.Second})
	if x.exit != 143 || x.took > 5*time.Second || len(x.broken) > 0 {
		t.Errorf("exit %d after %s, broken %q:\n%s", x.exit, x.took, x.broken, x.stdout)
	}
	if want := "– this API    not checked: terminated (SIGTERM)"; !strings.Contains(x.stdout, want) {
		t.Errorf("it does not say %q:\n%s", want, x.stdout)
	}
}

func TestDoctorPage(t *testing.T) {
	t.Parallel()
	x := examine(t, setup{service: "offer live\nentra wrong-subject"})
	if !strings.Contains(x.stdout, "\n::error::doctor: token: ") {
		t.Errorf("no annotation:\n%s", x.stdout)
	}
	page := strings.Split(mask.ReplaceAllString(x.stdout, ""), "::error::")[0]
	for line := range strings.Lines(page) {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(x.summary, line) {
			t.Errorf("the summary lacks %q", line)
		}
	}
	if want := fmt.Sprintf("publish-offer 0.0.0-test: doctor of offer %s, publisher %s", "contoso-offer", "contoso"); !strings.HasPrefix(page, want) {
		t.Errorf("it begins with %q", strings.SplitN(page, "\n", 2)[0])
	}
}
