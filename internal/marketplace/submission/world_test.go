package submission

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"publish-offer/internal/emulator"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// signIn gets its tokens from the emulator, by hand.
type signIn struct {
	e   *emulator.Emulator
	now azcore.AccessToken
}

func (s *signIn) Renew() { s.now = azcore.AccessToken{} }

func (s *signIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if time.Until(s.now.ExpiresOn) > time.Minute {
		return s.now, nil
	}
	env := s.e.Environ("gitlab", "")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {env["AZURE_CLIENT_ID"]}, "scope": o.Scopes,
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {env["AZURE_ID_TOKEN"]}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://login.microsoftonline.com/"+env["AZURE_TENANT_ID"]+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return s.now, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.e.Transport().RoundTrip(req)
	if err != nil {
		return s.now, err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	var token struct {
		Value string `json:"access_token"`
	}
	if json.Unmarshal(body, &token) != nil || token.Value == "" {
		return s.now, fmt.Errorf("no token: %s", body)
	}
	s.now = azcore.AccessToken{Token: token.Value, ExpiresOn: time.Now().Add(time.Hour)}
	return s.now, nil
}

// here is a client in the emulator's world.
type here struct {
	*Client
	t     *testing.T
	e     *emulator.Emulator
	warns []string
	ctx   context.Context
}

// world runs f in fake time against a service that does what the script says.
func world(t *testing.T, script string, f func(w *here)) {
	t.Helper()
	s, err := emulator.Parse("serves partner-center-submission\n" + script)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(s, emulator.Options{Seed: 1})
		e.Environ("gitlab", "")
		w := &here{t: t, e: e, ctx: t.Context()}
		w.Client = w.another()
		f(w)
	})
}

// another is a further client in the same world, which remembers nothing.
func (w *here) another() *Client {
	endpoint, _ := url.Parse(Endpoint)
	return New(rest.Options{Endpoint: endpoint, Credential: &signIn{e: w.e}, Transport: w.e.Transport(), Version: "test",
		Clean: func(s string) string { return strings.Join(strings.Fields(s), " ") }}, "contoso-offer", func(s string) { w.warns = append(w.warns, s) })
}

func (w *here) publish() marketplace.Ref {
	w.t.Helper()
	a, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.Publish})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Ref
}

func (w *here) goLive(ref marketplace.Ref) {
	w.t.Helper()
	a, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.GoLive, Preview: ref})
	if err != nil {
		w.t.Fatal(err)
	}
	if ref.Known() && a.Ref != ref {
		w.t.Errorf("go-live is %v, not %v", a.Ref, ref)
	}
}

func (w *here) look(ref marketplace.Ref) marketplace.Operation {
	w.t.Helper()
	op, err := w.Operation(w.ctx, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return op
}

func (w *here) list() string {
	w.t.Helper()
	all, err := w.Operations(w.ctx)
	var out []string
	for _, l := range all {
		out = append(out, fmt.Sprintf("%d %s %s", l.Number, l.Kind, l.State))
	}
	if isFault(err, marketplace.NotFound) {
		out = append(out, "and a page that is not there")
	} else if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(out, ", ")
}

func (w *here) offer() marketplace.OfferState {
	w.t.Helper()
	o, err := w.Offer(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return o.State
}

// asked are the endpoints asked since the last time, with how often in a row.
func (w *here) asked(since int) string {
	var out []string
	for _, c := range w.e.Calls()[since:] {
		out = append(out, c.Endpoint)
	}
	return strings.Join(out, " ")
}

func (w *here) want(what string, got, want any) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (w *here) fault(what string, err error, want marketplace.Fault) *marketplace.Error {
	w.t.Helper()
	e, ok := err.(*marketplace.Error)
	if !ok || e.Fault != want {
		w.t.Fatalf("%s: %v, want fault %d", what, err, want)
	}
	return e
}

func stepsOf(op marketplace.Operation) string {
	var out []string
	for _, s := range op.Steps {
		text := s.Name + ": " + string(s.State)
		if s.Role != "" {
			text += " [" + string(s.Role) + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
