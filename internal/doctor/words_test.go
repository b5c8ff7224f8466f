package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	tenant = "6d1f9d3c-54a1-4c5e-9a53-1f2b8f6f0c11"
	app    = "0b9f6c52-7c1d-4a3e-8f0e-5b6a2d9c4e22"
)

// facts are those of a set-up in which all is well, on GitLab.
func facts() Facts {
	service := func(api input.API) input.Service {
		return input.Service{API: api, Endpoint: &url.URL{Scheme: "https", Host: string(api) + ".example"}}
	}
	return Facts{
		Config: input.Config{
			API: input.APIAuto, Publisher: "contoso", Offer: "contoso-offer", Tenant: tenant, Client: app, Auth: input.AuthAuto,
			Services: []input.Service{service(input.APIPortal), service(input.APIIngestion), service(input.APISubmission)},
		},
		SetUp:   SetUp{Platform: ci.GitLab, Method: "id-token"},
		Network: Network{Hosts: []Host{{Name: "login.example"}, {API: input.APIPortal, Name: "portal.example"}}},
		SignIn: SignInFacts{Asked: true, Now: noon, Clock: "login.example", Claims: identity.Claims{
			Issuer: "https://gitlab.example", Subject: "project_path:contoso/app:ref_type:branch:ref:main", Audience: []string{usualAudience},
			Expires: noon.Add(time.Hour), NotBefore: noon.Add(-time.Minute),
		}},
		Offer: Answers{{API: input.APIPortal, Says: Known, Offer: marketplace.Offer{State: marketplace.Live}}},
	}
}

// entra is a refusal of Entra's.
func entra(code string, fact identity.Fact) error {
	return &marketplace.Error{Call: "sign in", Fault: marketplace.SignIn, Err: &identity.Error{Kind: identity.Refused, By: "Entra", Status: 401, Code: code, Fact: fact}}
}

func status(f marketplace.Fault, code int) error {
	return &marketplace.Error{Call: "list operations", Fault: f, Status: code}
}

func TestFactsInWords(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*Facts)
		first  string // the first that is broken; "" if none is
		blame  Blame
		says   []string // in the verdict, the message or a finding
		not    []string
	}{
		"all is well": {change: func(*Facts) {}, says: []string{"everything checks out", "the offer is live"}},
		"swapped ids": {change: func(f *Facts) {
			f.SignIn.Err, f.SignIn.Swapped = entra("AADSTS90002", identity.UnknownTenant), true
		}, first: "access token", blame: SignIn, says: []string{"tenant-id and client-id are swapped", "set `tenant-id` to " + app + " and `client-id` to " + tenant}},
		"a file with an old token": {change: func(f *Facts) {
			f.SetUp.Method, f.SignIn.Claims.Expires = "token-file", noon.Add(-2*time.Hour)
			f.SignIn.Err = entra("AADSTS700024", identity.OutOfTime)
		}, first: "id token", blame: SignIn, says: []string{"expired at 2026-11-21T10:00:00Z, 2h0m0s ago", "hold a fresh token"}},
		"an old token, and no client": {change: func(f *Facts) {
			f.SignIn.Asked, f.SignIn.Claims.Expires = false, noon.Add(-2*time.Hour)
			f.SetUp.Problems = input.Problems{{Name: "client-id", Missing: true}}
			f.SetUp.Fault = &identity.Error{Kind: identity.Missing, Way: "id-token", Missing: []identity.Requirement{{Name: "client-id"}}}
		}, first: "inputs", blame: Input, says: []string{"2h0m0s ago"}},
		"a token of tomorrow": {change: func(f *Facts) {
			f.SignIn.Claims.NotBefore, f.SignIn.Err = noon.Add(time.Hour), entra("AADSTS700024", identity.OutOfTime)
		}, first: "id token", blame: SignIn, says: []string{"valid only from 2026-11-21T13:00:00Z"}},
		"a token about to expire": {change: func(f *Facts) {
			f.SignIn.Claims.Expires, f.SignIn.Err = noon.Add(30*time.Second), &identity.Error{Kind: identity.Expired, Way: "id-token", Fact: identity.OutOfTime}
		}, first: "id token", blame: SignIn, says: []string{"too soon to be used", "raise the job's timeout"}},
		"another audience that works": {change: func(f *Facts) { f.SignIn.Claims.Audience = []string{"https://gitlab.example"} },
			says: []string{"it works, with a warning: audience", "only because the app's federated credential names the same", "the credential first"}},
		"another audience, nothing asked": {change: func(f *Facts) {
			f.SignIn.Asked, f.SignIn.Claims.Audience = false, []string{"https://gitlab.example"}
			f.SetUp.Problems = input.Problems{{Name: "client-id", Missing: true}}
			f.SetUp.Fault = &identity.Error{Kind: identity.Missing, Way: "id-token", Missing: []identity.Requirement{{Name: "client-id"}}}
		}, first: "inputs", blame: Input, says: []string{"id_tokens: AZURE_ID_TOKEN: aud: " + usualAudience, "audience: " + usualAudience}, not: []string{"audience: https://gitlab.example"}},
		"a project by its id": {change: func(f *Facts) {
			f.SignIn.Claims.Subject = "project_id:42:ref_type:branch:ref:main"
			f.SignIn.Claims.IDs = []identity.ID{{Name: "project_id", Value: "42"}}
		}, says: []string{"names the project by its id", "must also name one of: project_id 42"}},
		"the Azure CLI": {change: func(f *Facts) {
			f.SetUp.Method, f.Config.Auth, f.SignIn.Claims = "azure-cli", input.AuthAzureCLI, identity.Claims{}
		}, says: []string{"none is needed: the Azure CLI signs in by itself", "(auth: azure-cli)", "everything checks out"}},
		"two warnings": {change: func(f *Facts) {
			f.SetUp.Unwritable = []string{"the summary cannot be written"}
			f.SignIn.Claims.Issuer = "https://vstoken.dev.azure.com/1"
		}, says: []string{"it works, with warnings: files and issuer"}, not: []string{"everything checks out"}},
		"Azure's stage before the network": {change: func(f *Facts) {
			f.Network.Hosts[1].Err = errors.New("no route")
			f.SignIn.Err = &identity.Error{Kind: identity.Refused, By: "Azure Pipelines' id-token endpoint", Fact: identity.NoReference, Hints: []string{"name it"}}
		}, first: "id token", blame: SignIn},
		"a wrong input before Azure's stage": {change: func(f *Facts) {
			f.SetUp.Problems = input.Problems{{Name: "offer-id", Missing: true}}
			f.SignIn.Err = &identity.Error{Kind: identity.Refused, By: "Azure Pipelines' id-token endpoint", Fact: identity.NoReference}
		}, first: "inputs", blame: Input},
		"auto ends at a service out of reach": {change: func(f *Facts) {
			f.Network.Hosts = append(f.Network.Hosts, Host{API: input.APIIngestion, Name: "graph.example", Err: errors.New("no route")})
			f.Offer = []Answer{{API: input.APIPortal, Says: Unknown, Err: status(marketplace.NotFound, 404)}, {API: input.APIIngestion, Says: OutOfReach, Err: errors.New("no route")}, {API: input.APISubmission, Says: Known}}
		}, first: "product-ingestion", blame: Unreachable, says: []string{"no service before it has the offer", "auto ends at product-ingestion"}},
		"a named api that refuses, another that does not": {change: func(f *Facts) {
			f.Config.API = input.APIPortal
			f.Offer = []Answer{{API: input.APIPortal, Says: Denied, Err: status(marketplace.Forbidden, 403)}, {API: input.APIIngestion, Says: Known, Kind: "softwareAsAService"}}
		}, first: "api", blame: SignIn, says: []string{"cloud-partner-portal refuses the app (403); product-ingestion has it", "set `api: product-ingestion`", "permissions of its own"}},
		"a type that is published elsewhere": {change: func(f *Facts) {
			f.Offer = []Answer{{API: input.APIPortal, Says: Unknown}, {API: input.APIIngestion, Says: Unserved, Kind: "azureApplication", Serves: input.APISubmission, Err: status(marketplace.NotFound, 0)}, {API: input.APISubmission, Says: Unknown}}
		}, first: "api", blame: Refused, says: []string{"does not publish its type, azureApplication", "published by `api: partner-center-submission`"}},
		"no principal anywhere": {change: func(f *Facts) {
			f.SignIn.Err = entra("AADSTS500011", identity.NoServicePrincipal)
			f.Offer = []Answer{{API: input.APIPortal, Says: NoPrincipal, Err: f.SignIn.Err}}
		}, first: "api", blame: SignIn, says: []string{"AADSTS500011", "Entra accepts the sign-in"}},
		"a lookup with two matches": {change: func(f *Facts) {
			f.Offer = []Answer{{API: input.APIIngestion, Says: Declined, Err: status(marketplace.Refused, 0)}}
		}, first: "product-ingestion", blame: Refused},
		"a list that may not be read whole": {change: func(f *Facts) {
			f.Offer[0].ListErr = status(marketplace.Unreadable, 200)
		}, says: []string{"the list of operations cannot be read"}},
		"an offer that failed": {change: func(f *Facts) {
			f.Offer[0].Offer = marketplace.Offer{State: marketplace.LastFailed, Details: marketplace.Details{
				Unknown: []string{"Pondering"},
				Steps:   []marketplace.Step{{Name: "Certification", State: marketplace.StepRejected, Messages: []marketplace.Message{{Level: "error", Text: "no image"}}}},
			}}
		}, says: []string{"step Certification: no image", `"Pondering" is not documented`}},
		"stopped": {change: func(f *Facts) {
			f.Stopped, f.StoppedIn = errors.New("terminated"), NetworkPhase
			f.SignIn = SignInFacts{}
		}, blame: Unreachable, says: []string{"the check was not finished", "not checked: terminated"}, not: []string{"everything checks out"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := facts()
			test.change(&f)
			d := f.Diagnosis()
			text := d.Verdict + "\n" + d.Message + "\n"
			for _, l := range Lines(d.Findings) {
				text += l.Text + "\n"
			}
			if got := firstBroken(d.Findings); got.Name != test.first || d.Blame != test.blame {
				t.Errorf("first broken %q, blame %d", got.Name, d.Blame)
			}
			if good := test.first == "" && test.blame == Nothing; d.Good != good {
				t.Errorf("good %v", d.Good)
			}
			check(t, examined{text: text}, test.says, test.not)
		})
	}
}

// tenants knows some tenants by their id.
type tenants []string

func (k tenants) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
	for _, id := range k {
		if strings.HasPrefix(r.URL.Path, "/"+id+"/") {
			answer.StatusCode = http.StatusOK
		}
	}
	return answer, nil
}

func TestSwappedIDsAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		known   tenants
		err     error
		swapped bool
	}{
		{tenants{app}, entra("AADSTS90002", identity.UnknownTenant), true},
		{tenants{"another"}, entra("AADSTS90002", identity.UnknownTenant), false},
		{tenants{app}, entra("AADSTS700016", identity.UnknownApp), false},
	} {
		f := facts()
		f.SignIn.Err, f.Config.Authority = test.err, "https://login.example/"
		e := &examination{clock: &clock{next: test.known}}
		if got := e.swapped(t.Context(), &f); got != test.swapped {
			t.Errorf("%v: %v", test.err, got)
		}
	}
}

// reader is a service in some words.
type reader struct {
	signIn, list, offer error
	asked               int
}

func (r *reader) SignIn(context.Context) error { return r.signIn }
func (r *reader) Operations(context.Context) (marketplace.List, error) {
	r.asked++
	return nil, r.list
}
func (r *reader) Offer(context.Context) (marketplace.Offer, error) {
	return marketplace.Offer{State: marketplace.Live}, r.offer
}

// The services that api does not name are asked only where the named one does not have the offer.
func TestOthersAreAskedOnlyWhereTheyAreNeeded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		list  error
		asked int
	}{{nil, 0}, {status(marketplace.NotFound, 404), 1}, {status(marketplace.Forbidden, 403), 1}} {
		f := facts()
		f.Config.API = input.APIPortal
		f.Config.Others, f.Config.Services, f.Offer = f.Config.Services[1:2], f.Config.Services[:1], nil
		other := &reader{}
		e := &examination{clock: &clock{}, services: []Service{{API: input.APIPortal, Reader: &reader{list: test.list}}, {API: input.APIIngestion, Reader: other}}}
		e.offer(t.Context(), &f)
		if other.asked != test.asked {
			t.Errorf("%v: asked %d times", test.list, other.asked)
		}
	}
}

func TestErrorsSayWhatTheServiceKnows(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]Knowledge{
		status(marketplace.Forbidden, 403):                   Denied,
		status(marketplace.NotFound, 404):                    Unknown,
		status(marketplace.Unauthorized, 401):                Rejected,
		status(marketplace.Refused, 400):                     Declined,
		status(marketplace.Throttled, 429):                   Unclear,
		errors.New("cut"):                                    Unclear,
		entra("AADSTS500011", identity.NoServicePrincipal):   NoPrincipal,
		entra("AADSTS700016", identity.UnknownApp):           NoToken,
		fmt.Errorf("x: %w", status(marketplace.NotFound, 4)): Unknown,
	} {
		if got := says(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

func TestLinesStandInColumns(t *testing.T) {
	t.Parallel()
	var text string
	for _, l := range Lines([]report.Finding{
		{Name: "a", Mark: report.Well, Fact: "fact"},
		{Name: "a long name", Mark: report.Broken, Fact: "fact", Details: []string{"detail"}, Next: hints([]string{"cure"})},
	}) {
		text += l.Text + "\n"
	}
	want := `✓ a            fact
✗ a long name  fact
               detail
               -> cure
`
	if text != want {
		t.Errorf("\n%s", text)
	}
}
