package identity

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEntrasAnswersAreToldApart(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string, headers ...string) func(int, *http.Request, string) (*http.Response, error) {
		return func(int, *http.Request, string) (*http.Response, error) { return reply(status, body, headers...), nil }
	}
	const subject = "AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:a/b'."
	for _, tc := range []struct {
		name  string
		entra func(int, *http.Request, string) (*http.Response, error)
		kind  Kind
		code  string
		text  string // in Error()
		sent  int
	}{
		{"401 with a code", answer(401, `{"error":"invalid_client","error_description":"`+subject+` Trace ID: x Correlation ID: y","correlation_id":"c-1"}`),
			Refused, "AADSTS700213", "Entra refused the sign-in (HTTP 401): " + subject, 1},
		{"400, lines", answer(400, `{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within\r\nits valid time range.\r\nTrace ID: x","correlation_id":"c-1"}`),
			Refused, "AADSTS700024", "AADSTS700024: Client assertion is not within its valid time range.", 1},
		{"400, code in the list only", answer(400, `{"error":"invalid_request","error_description":"The app is gone","error_codes":[700016],"correlation_id":"c-1"}`),
			Refused, "AADSTS700016", ": AADSTS700016: The app is gone", 1},
		{"400, neither", answer(400, `{"error":"invalid_request","correlation_id":"c-1"}`), Refused, "", "invalid_request", 1},
		{"400, temporary", answer(400, `{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error","correlation_id":"c-1"}`),
			Unavailable, "AADSTS90033", "gave no usable answer", 1},
		{"429", answer(429, `{"error":"temporarily_unavailable","correlation_id":"c-1"}`, "Retry-After", "1"), Unavailable, "", "HTTP 429", 4},
		{"429, long", answer(429, `{"error":"temporarily_unavailable","correlation_id":"c-1"}`, "Retry-After", "90"), Unavailable, "", "HTTP 429", 1},
		{"503", answer(503, `{"error":"server_error","error_description":"AADSTS90036: busy","correlation_id":"c-1"}`), Unavailable, "AADSTS90036", "busy", 4},
		{"502, HTML", answer(502, `<html>bad gateway</html>`), Unavailable, "", "cannot be understood", 4},
		{"403, HTML of a proxy", answer(403, `<html>blocked</html>`), Unavailable, "", "cannot be understood", 1},
		{"200, HTML", answer(200, `<html>welcome</html>`), Unavailable, "", "cannot be understood", 1},
		{"200, empty", answer(200, ``), Unavailable, "", "cannot be understood", 1},
		{"200, no token", answer(200, `{"token_type":"Bearer","expires_in":3600}`), Unavailable, "", "cannot be understood", 1},
		{"200, no life", answer(200, `{"token_type":"Bearer","access_token":"opaque-secret"}`), Unavailable, "", "cannot be understood", 1},
		{"200, too much", answer(200, `{"access_token":"`+strings.Repeat("a", maxEntra)), Unavailable, "", "", 1},
		{"401, empty", answer(401, ``), Unavailable, "", "HTTP 401", 1},
		{"redirect", answer(302, ``, "Location", "https://evil.example/"), Refused, "", "a redirect", 1},
		{"redirect that keeps the form", answer(308, ``, "Location", "https://evil.example/"), Refused, "", "a redirect", 1},
		{"network", func(int, *http.Request, string) (*http.Response, error) {
			return nil, errors.New("dial tcp: connection refused")
		}, Unavailable, "", "connection refused", 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := onGitHub(t)
				w.entra = tc.entra
				begun := time.Now()
				_, err := w.credential("auto", "github").GetToken(t.Context(), options())
				e := failed(t, err, tc.kind)
				if e.By != "Entra" || e.Code != tc.code || !strings.Contains(e.Error(), tc.text) || strings.ContainsAny(e.Error(), "\r\n") {
					t.Errorf("code %q, %q\nwant %q, … %q …", e.Code, e, tc.code, tc.text)
				}
				if strings.Contains(e.Error(), "Trace ID") || strings.Contains(e.Error(), "opaque-secret") {
					t.Error(e)
				}
				if e.Claims.Subject != "repo:contoso/offers:run:1" {
					t.Errorf("claims %+v", e.Claims)
				}
				if e.Code != "" && e.CorrelationID != "c-1" {
					t.Errorf("correlation id %q", e.CorrelationID)
				}
				if len(w.presented) != tc.sent || w.issued != 1 {
					t.Errorf("sent %d times with %d assertions, want %d with 1", len(w.presented), w.issued, tc.sent)
				}
				if took := time.Since(begun); took > time.Minute {
					t.Errorf("took %v", took)
				}
				if tc.name == "429, long" && e.RetryAfter != 90*time.Second {
					t.Errorf("Retry-After %v", e.RetryAfter)
				}
				for _, line := range w.log {
					if line == "send evil.example" {
						t.Error("a redirect was followed")
					}
				}
			})
		})
	}
}

func TestAFaultyDiscoveryDocumentLeadsNowhere(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"plain":     `{"authorization_endpoint":"https://127.0.0.1:8443/a","token_endpoint":"http://127.0.0.1:8443/oauth2/v2.0/token","issuer":"https://127.0.0.1:8443/x"}`,
		"elsewhere": `{"authorization_endpoint":"https://127.0.0.1:8443/a","token_endpoint":"https://evil.example/oauth2/v2.0/token","issuer":"https://127.0.0.1:8443/x"}`,
		"issuer":    `{"authorization_endpoint":"https://127.0.0.1:8443/a","token_endpoint":"https://127.0.0.1:8443/oauth2/v2.0/token","issuer":"https://evil.example/x"}`,
		"empty":     `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onGitHub(t)
			c := w.credential("auto", "github")
			c.door.base = discovering{w, document}
			_, err := c.GetToken(t.Context(), options())
			failed(t, err, map[string]Kind{"plain": Endpoint, "elsewhere": Endpoint, "issuer": Unavailable, "empty": Unavailable}[name])
			if len(w.presented) != 0 || slices.Contains(w.log, "send evil.example") {
				t.Error("an assertion was sent")
			}
		})
	}
}

// discovering serves another discovery document.
type discovering struct {
	*world
	document string
}

func (d discovering) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		response := reply(200, d.document)
		response.Request = r
		return response, nil
	}
	return d.world.RoundTrip(r)
}

func TestAnUnknownTenantIsRefused(t *testing.T) {
	t.Parallel()
	w := onGitHub(t)
	c := w.credential("auto", "github")
	c.door.base = refusing{w}
	_, err := c.GetToken(t.Context(), options())
	if e := failed(t, err, Refused); e.Code != "AADSTS90002" || e.CorrelationID != "44444444" {
		t.Errorf("%+v", e)
	}
}

type refusing struct{ *world }

func (d refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		response := refusalOf(400, "AADSTS90002", "Tenant not found.")
		response.Request = r
		return response, nil
	}
	return d.world.RoundTrip(r)
}

func TestExplainKnowsTheCodesOfFederation(t *testing.T) {
	t.Parallel()
	for _, code := range strings.Fields("700024 70021 700211 700212 700213 700016 90002 700223 700238 70025 900382 70052 501661 7000215 53003 50027 500011 7000229 7000112 7002381") {
		meaning, next := Explain("AADSTS" + code)
		if meaning == "" || next == "" {
			t.Errorf("AADSTS%s is not explained", code)
		}
		if strings.HasSuffix(meaning, ".") || strings.HasSuffix(next, ".") {
			t.Errorf("AADSTS%s: a full stop", code)
		}
	}
	for _, code := range []string{"", "AADSTS1", "700213", "AADSTS7002133"} {
		if meaning, next := Explain(code); meaning+next != "" {
			t.Errorf("%q is explained: %q, %q", code, meaning, next)
		}
	}
}

func TestAnErrorStatesFactAndCause(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"Entra refused the sign-in (HTTP 401): AADSTS1234: no":                        {Kind: Refused, By: "Entra", Status: 401, Code: "AADSTS1234", Description: "no"},
		"Entra refused the sign-in: AADSTS1234: no":                                   {Kind: Refused, By: "Entra", Code: "AADSTS1234", Description: "AADSTS1234: no"},
		"Entra gave no usable answer: connection refused":                             {Kind: Unavailable, By: "Entra", Err: errors.New("connection refused")},
		"cannot sign in by github: X must be https":                                   {Kind: Endpoint, Way: "github", Err: errors.New("X must be https")},
		"the assertion has run out: long ago":                                         {Kind: Expired, Err: errors.New("long ago")},
		"no assertion to sign in with: gone":                                          {Kind: Missing, Err: errors.New("gone")},
		"cannot sign in by github, missing: A (set it); B (and it)":                   {Kind: Missing, Way: "github", Missing: []Requirement{{"github", "A", "set it"}, {"github", "B", "and it"}}},
		"no way to sign in is complete: tenant-id (set it); id-token needs B (do it)": {Kind: Missing, Missing: []Requirement{{"", "tenant-id", "set it"}, {"id-token", "B", "do it"}}},
	} {
		if e.Error() != want {
			t.Errorf("%q\nwant %q", e.Error(), want)
		}
		if e.Transient() != (e.Kind == Unavailable) {
			t.Errorf("%v: transient %v", e.Kind, e.Transient())
		}
	}
}
