package ingestion

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

const (
	guid  = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb"
	other = "cccccccc-1111-4222-8333-dddddddddddd"
	aJob  = "12345678-1111-4222-8333-444444444444"

	lookup  = "GET " + root + "/product?externalID=contoso-offer&$version=" + productVersion
	subs    = "GET " + root + "/submission/" + guid + "?$version=" + version
	status  = "GET " + root + "/configure/" + aJob + "/status?$version=" + version
	wrote   = "GET " + root + "/configure/" + aJob + "?$version=" + version
	orders  = "POST " + root + "/configure?$version=" + version
	cancels = "POST " + root + "/configure/" + aJob + "/cancel?$version=" + version

	known = `200 {"value":[{"id":"product/` + guid + `","identity":{"externalId":"contoso-offer"},"type":"softwareAsAService"}]}`
)

// answers are what the service says to each request, one after the other; the last one stays.
type answers map[string][]string

// service answers from a table, and notes what it was asked.
type service struct {
	t       testing.TB
	answers answers
	calls   []string
	bodies  []string
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	call := r.Method + " " + r.URL.RequestURI()
	s.calls = append(s.calls, call)
	if r.URL.Host != "graph.microsoft.com" || r.Header.Get("Authorization") == "" {
		s.t.Errorf("%s goes to %s with %q", call, r.URL.Host, r.Header.Get("Authorization"))
	}
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		s.bodies = append(s.bodies, string(b))
	}
	list := s.answers[call]
	if len(list) == 0 {
		s.t.Errorf("nobody expects %s", call)
		list = []string{"404 "}
	}
	if len(list) > 1 {
		s.answers[call] = list[1:]
	}
	code, body, _ := strings.Cut(list[0], " ")
	if code == "cut" {
		return nil, fmt.Errorf("the connection is cut")
	}
	var n int
	fmt.Sscan(code, &n)
	return &http.Response{StatusCode: n, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Retry-After": {"7"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

type credential struct{}

func (credential) Renew() {}
func (credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: strings.Join(o.Scopes, " "), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

func origin(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// client is one whose service answers from a table; the lookup is answered unless the table says otherwise.
func client(t testing.TB, a answers) (*Client, *service) {
	t.Helper()
	if a == nil {
		a = answers{}
	}
	if a[lookup] == nil {
		a[lookup] = []string{known}
	}
	s := &service{t: t, answers: a}
	return New(rest.Options{Endpoint: origin(t, Endpoint), Credential: credential{}, Transport: s, Clean: clean}, "contoso-offer"), s
}

// sub is a submission on the wire: id/target/status/result/created.
func sub(text string) string {
	p := append(strings.Split(text, "/"), "", "", "")
	body := `{"id":"submission/` + guid + `/` + p[0] + `","product":"product/` + guid + `","target":{"targetType":"` + p[1] + `"}`
	if p[2] != "" {
		body += `,"status":"` + p[2] + `","result":"` + p[3] + `"`
	}
	if p[4] != "" {
		body += `,"created":"2026-01-0` + p[4] + `T10:00:00.1234567Z"`
	}
	return body + "}"
}

// list is the answer with these submissions, and with the draft.
func list(texts ...string) string {
	all := []string{sub("0/draft")}
	for _, t := range texts {
		all = append(all, sub(t))
	}
	return `200 {"value":[` + strings.Join(all, ",") + `]}`
}

// jobs is a job's status, from the start of one day in January to the start of another.
func jobs(status, result, began, ended string) string {
	end := "0001-01-01T00:00:00"
	if ended != "" {
		end = "2026-01-0" + ended + "T12:00:00.0000000Z"
	}
	return `200 {"jobId":"` + aJob + `","jobStatus":"` + status + `","jobResult":"` + result + `","jobStart":"2026-01-0` + began +
		`T09:59:30.1234567Z","jobEnd":"` + end + `","errors":[]}`
}

// named is what a job wrote.
func named(target, id string) string {
	field := ""
	if id != "" {
		field = `"id":"submission/` + guid + `/` + id + `",`
	}
	return `200 {"$schema":"x/configure/y","resources":[{"$schema":"https://schema.mp.microsoft.com/schema/submission/2022-03-01-preview2",` + field +
		`"product":"product/` + guid + `","target":{"targetType":"` + target + `"}}]}`
}

func stepsOf(d marketplace.Details) string {
	var out []string
	for _, s := range d.Steps {
		out = append(out, s.Name+" "+string(s.State))
	}
	return strings.Join(out, ", ")
}
