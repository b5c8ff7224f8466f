package emulator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// caller speaks to an emulator by plain HTTP, with its own knowledge of every path.
type caller struct {
	t     *testing.T
	e     *Emulator
	http  *http.Client
	env   map[string]string
	token string
}

const submissions = "/api/publishers/contoso/offers/contoso-offer/submissions/"

func offerPath(what string) string { return "/api/publishers/contoso/offers/contoso-offer/" + what }

func mustParse(t *testing.T, script string) *Script {
	t.Helper()
	s, err := Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bubble runs f in fake time with a caller that has signed in.
func bubble(t *testing.T, script string, f func(c *caller)) {
	t.Helper()
	s := mustParse(t, script)
	synctest.Test(t, func(t *testing.T) {
		f(newCaller(t, New(s, Options{Seed: 1})))
	})
}

func newCaller(t *testing.T, e *Emulator) *caller {
	c := &caller{t: t, e: e, http: &http.Client{Transport: e.Transport()}, env: e.Environ("github", "")}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.token = c.signIn()
	return c
}

type got struct {
	status int
	header http.Header
	body   string
	err    error
}

func (g got) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(g.body), &v); err != nil {
		t.Fatalf("%v in %q", err, g.body)
	}
	return v
}

func (c *caller) send(ctx context.Context, method, address, body string, header ...string) got {
	c.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		return got{err: err}
	}
	defer response.Body.Close()
	if response.Request == nil {
		c.t.Error("the response names no request")
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	return got{response.StatusCode, response.Header, string(text), err}
}

func (c *caller) assertion() string {
	g := c.send(c.t.Context(), "GET", c.env["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience=api%3A%2F%2FAzureADTokenExchange", "",
		"Authorization", "Bearer "+c.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	if g.status != 200 {
		return ""
	}
	return g.json(c.t)["value"].(string)
}

func (c *caller) form() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.env["AZURE_CLIENT_ID"]},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {c.assertion()},
		"scope": {"https://cloudpartner.azure.com/.default openid offline_access profile"}}
}

func (c *caller) exchange(tenant string, form url.Values) got {
	return c.send(c.t.Context(), "POST", "https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
}

func (c *caller) signIn() string {
	token, _ := c.exchange(c.env["AZURE_TENANT_ID"], c.form()).json(c.t)["access_token"].(string)
	return token
}

// do asks the marketplace; a path without a query gets the api-version.
func (c *caller) do(method, path string) got {
	c.t.Helper()
	return c.doWithin(time.Minute, method, path)
}

func (c *caller) doWithin(limit time.Duration, method, path string) got {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), limit)
	defer cancel()
	if !strings.Contains(path, "?") {
		path += "?api-version=2017-10-31"
	}
	return c.send(ctx, method, marketplaceOrigin+path, "", "Authorization", "Bearer "+c.token)
}

func (c *caller) start(verb string) string {
	c.t.Helper()
	g := c.do("POST", offerPath(verb))
	if g.status != 202 {
		c.t.Fatalf("%s: %d %s %v", verb, g.status, g.body, g.err)
	}
	return g.header.Get("Location")
}

// look is an operation's, or the offer's, status and its steps' as "name: status".
func (c *caller) look(path string) (string, []string) {
	c.t.Helper()
	g := c.do("GET", path)
	if g.status != 200 {
		c.t.Fatalf("GET %s: %d %s %v", path, g.status, g.body, g.err)
	}
	var v struct {
		Status string
		Steps  []struct{ ID, StepName, Status string }
	}
	if err := json.Unmarshal([]byte(g.body), &v); err != nil {
		c.t.Fatal(err)
	}
	var steps []string
	for _, s := range v.Steps {
		steps = append(steps, s.StepName+": "+s.Status)
	}
	return v.Status, steps
}

// states are the submissionStates on the list, by submissionType and in the order of versions.
func (c *caller) states() string {
	c.t.Helper()
	g := c.do("GET", submissions)
	var items []struct {
		SubmissionType, SubmissionState string
		Version                         int64
	}
	if err := json.Unmarshal([]byte(g.body), &items); err != nil {
		c.t.Fatalf("%v in %q", err, g.body)
	}
	var out []string
	for len(items) > 0 {
		first := 0
		for i := range items {
			if items[i].Version < items[first].Version {
				first = i
			}
		}
		out = append(out, items[first].SubmissionType+" "+items[first].SubmissionState)
		items = append(items[:first], items[first+1:]...)
	}
	return strings.Join(out, ", ")
}

func (c *caller) want(what, got, want string) {
	c.t.Helper()
	if got != want {
		c.t.Errorf("%s: %q, want %q", what, got, want)
	}
}
