package doctor

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/ci"
	"publish-offer/internal/emulator"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace/ingestion"
	"publish-offer/internal/marketplace/portal"
	"publish-offer/internal/marketplace/rest"
	"publish-offer/internal/marketplace/submission"
	"publish-offer/internal/report"
)

// setup is a set-up to examine.
type setup struct {
	platform   string // "github" if empty
	args       []string
	env        map[string]string // beside what the platform gives; empty unsets
	service    string            // the emulator's script
	fault      map[string]string // by host: what befalls every request to it
	skew       time.Duration     // of this machine's clock; positive: ahead
	undated    bool              // answers carry no date
	cached     string            // the host whose answers come out of a cache, an hour old
	pages      map[string]string // what the portal answers to GET paths that the emulator does not know
	after      time.Duration     // how long the job waits before it is examined
	signal     time.Duration     // when it is ended; 0: never
	unwritable []string
}

// examined is what came of it.
type examined struct {
	Diagnosis
	text  string // the findings as the log has them
	calls []emulator.Call
	took  time.Duration
}

const (
	portalHost = "cloudpartner.azure.com"
	entraHost  = "login.microsoftonline.com"
	gitHubHost = "run-actions-1-azure-eastus.actions.githubusercontent.com"
	offerPage  = "/api/publishers/contoso/offers/contoso-offer"
	offersPage = "/api/publishers/contoso/offers"
)

// examine examines a set-up in a bubble of fake time, against the emulator.
func examine(t *testing.T, s setup) (x examined) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		script, err := emulator.Parse(s.service)
		if err != nil {
			t.Fatal(err)
		}
		e := emulator.New(script, emulator.Options{Seed: 1, Hook: s.befall(t)})
		if s.platform == "" {
			s.platform = "github"
		}
		env := e.Environ(s.platform, "")
		maps.Copy(env, s.env)
		time.Sleep(s.after)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		if s.signal > 0 {
			defer time.AfterFunc(s.signal, func() { cancel(errTerminated{}) }).Stop()
		}
		subject := s.subject(func(name string) string { return env[name] }, e.Transport())
		var told []report.Finding
		subject.Tell = func(found []report.Finding) {
			told = append(told, found...)
			for _, l := range Lines(found) {
				x.text += l.Text + "\n"
			}
		}
		began := time.Now()
		x.Diagnosis = Examine(ctx, subject)
		for _, f := range told { // what the log said, and what the summary will say
			same := func(g report.Finding) bool { return cmp.Equal(f, g) }
			if !slices.ContainsFunc(x.Findings, same) {
				t.Errorf("it was told and is not in the diagnosis: %+v", f)
			}
		}
		if len(told) != len(x.Findings) {
			t.Errorf("%d findings were told, of %d", len(told), len(x.Findings))
		}
		x.took, x.calls = time.Since(began), e.Calls()
		for _, c := range x.calls {
			if c.Method != http.MethodGet && c.Endpoint != "token" && c.Endpoint != "idtoken" {
				t.Errorf("it sent %s %s", c.Method, c.URL)
			}
		}
	})
	return x
}

type errTerminated struct{}

func (errTerminated) Error() string { return "terminated" }

func (s setup) befall(t *testing.T) func(emulator.Call) emulator.Fault {
	return func(c emulator.Call) emulator.Fault {
		text := s.fault[c.Host]
		if text == "" {
			return emulator.Fault{}
		}
		f, err := emulator.ParseFault(text)
		if err != nil {
			t.Error(err)
		}
		return f
	}
}

func (s setup) subject(getenv func(string) string, transport http.RoundTripper) Subject {
	kind := ci.Detect(getenv)
	pages := map[string]string{
		offerPage:  `{"id":"contoso-offer","publisherId":"contoso","status":"succeeded","pcMigrationStatus":"migrated","pcRedirectUri":""}`,
		offersPage: `[{"id":"contoso-offer"},{"id":"contoso-other"}]`,
	}
	maps.Copy(pages, s.pages)
	config, problems := input.Parse(append([]string{"doctor"}, s.args...), getenv, input.Surroundings{})
	platform := map[ci.Kind]string{ci.GitHub: "github", ci.AzurePipelines: "azure-pipelines", ci.GitLab: "gitlab"}[kind]
	quiet := func(string) {}
	words := rest.Words(func(text string) string { return strings.Join(strings.Fields(text), " ") })
	return Subject{
		Config: config, Problems: problems, Unwritable: s.unwritable, Platform: kind, Getenv: getenv, Version: "0.0.0-test",
		Transport: front{transport, pages, s.skew, s.undated, s.cached},
		Connect: func(way http.RoundTripper) (Credential, []Service, error) {
			credential, err := identity.New(identity.Config{
				Auth: string(config.Auth), Tenant: config.Tenant, Client: config.Client, ServiceConnection: config.ServiceConnection,
				Platform: platform, Authority: config.Authority, Loopback: config.AuthorityOverridden,
				Getenv: getenv, Transport: way, ReadFile: os.ReadFile, Secret: quiet, Redact: quiet,
			})
			if err != nil {
				return nil, nil, err
			}
			var all []Service
			for _, one := range slices.Concat(config.Services, config.Others) {
				all = append(all, client(one.API, one.Endpoint, config, credential, way, words))
			}
			return credential, all, nil
		},
	}
}

func client(api input.API, endpoint *url.URL, c input.Config, credential rest.Credential, way http.RoundTripper, words rest.Words) Service {
	switch api {
	case input.APIIngestion:
		c := ingestion.New(rest.Options{Endpoint: endpoint, Credential: credential, Transport: way, Clean: words}, c.Offer)
		return Service{API: api, Reader: c, Lookup: func(ctx context.Context) (string, error) { p, err := c.Product(ctx); return p.Type, err }}
	case input.APISubmission:
		c := submission.New(rest.Options{Endpoint: endpoint, Credential: credential, Transport: way, Clean: words}, c.Offer, func(string) {})
		return Service{API: api, Reader: c, Lookup: func(ctx context.Context) (string, error) { p, err := c.Product(ctx); return p.Type, err }}
	}
	p := portal.New(rest.Options{Endpoint: endpoint, Credential: credential, Transport: way, Clean: words}, c.Publisher, c.Offer)
	return Service{API: api, Reader: p, Offers: p.Offers, Home: p.Home}
}

// front stands before the emulator: it dates the answers, and serves pages that the emulator does not know.
type front struct {
	next    http.RoundTripper
	pages   map[string]string
	skew    time.Duration
	undated bool
	cached  string
}

func (f front) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	signed := r.Header.Get("Authorization") != ""
	if page := f.pages[r.URL.Path]; page != "" && r.URL.Host == portalHost && signed {
		resp.StatusCode, resp.Body = http.StatusOK, io.NopCloser(strings.NewReader(page))
	}
	now := time.Now().Add(-f.skew)
	if r.URL.Host == f.cached {
		now = now.Add(-time.Hour)
	}
	if !f.undated {
		resp.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	return resp, nil
}
