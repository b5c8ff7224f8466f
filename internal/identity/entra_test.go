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
		{"429", answer(429, `{"error":"temporarily_unavailable","correlation_id":"c-1"}`, "Retry-After", "1"), Unavailable, "", "HTTP 429", 3},
		{"429, long", answer(429, `{"error":"temporarily_unavailable","correlation_id":"c-1"}`, "Retry-After", "90"), Unavailable, "", "HTTP 429", 1},
		{"503", answer(503, `{"error":"server_error","error_description":"AADSTS90036: busy","correlation_id":"c-1"}`), Unavailable, "AADSTS90036", "busy", 3},
		{"502, HTML", answer(502, `<html>bad gateway</html>`), Unavailable, "", "makes no sense", 3},
		{"403, HTML of a proxy", answer(403, `<html>blocked</html>`), Unavailable, "", "makes no sense", 1},
		{"200, HTML", answer(200, `<html>welcome</html>`), Unavailable, "", "makes no sense", 1},
		{"200, empty", answer(200, ``), Unavailable, "", "makes no sense", 1},
		{"200, no token", answer(200, `{"token_type":"Bearer","expires_in":3600}`), Unavailable, "", "makes no sense", 1},
		{"200, no life", answer(200, `{"token_type":"Bearer","access_token":"opaque-secret"}`), Unavailable, "", "makes no sense", 1},
		{"200, too much", answer(200, `{"access_token":"`+strings.Repeat("a", maxEntra)), Unavailable, "", "", 1},
		{"401, empty", answer(401, ``), Unavailable, "", "HTTP 401", 1},
		{"redirect", answer(302, ``, "Location", "https://evil.example/"), Refused, "", "a redirect", 1},
		{"redirect that keeps the form", answer(308, ``, "Location", "https://evil.example/"), Refused, "", "a redirect", 1},
		{"network", func(int, *http.Request, string) (*http.Response, error) {
			return nil, errors.New("dial tcp: connection refused")
		}, Unavailable, "", "connection refused", 3},
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

func TestTheCodesOfFederationAreExplained(t *testing.T) {
	t.Parallel()
	for _, code := range strings.Fields("700024 70021 7002138 700211 700212 700213 700016 90002 700223 700238 70025 900382 70052 501661 7000215 53003 50027 500011 7000229 7000112 7002381") {
		w := onGitHub(t)
		w.entra = func(int, *http.Request, string) (*http.Response, error) {
			return refusalOf(401, "AADSTS"+code, "no"), nil
		}
		_, err := w.credential("auto", "github").GetToken(t.Context(), options())
		e := failed(t, err, Refused)
		if e.Meaning == "" || len(e.Hints) == 0 {
			t.Errorf("AADSTS%s is not explained", code)
		}
		for _, text := range append(e.Hints, e.Meaning) {
			if strings.HasSuffix(text, ".") || strings.Contains(text, "assertion") {
				t.Errorf("AADSTS%s: %q", code, text)
			}
		}
		if e.NoPrincipal() != (code == "500011") {
			t.Errorf("AADSTS%s: no principal is %t", code, e.NoPrincipal())
		}
	}
	for _, code := range []string{"", "AADSTS1", "700213", "AADSTS7002133"} {
		if known := explanationOf(code); known != (explanation{}) {
			t.Errorf("%q is explained: %+v", code, known)
		}
	}
}

// What a refusal means depends on the token: each case names a sentence that must be said, or must not ("!").
func TestARefusalIsReadTogetherWithTheToken(t *testing.T) {
	t.Parallel()
	const gitHubIssuer, gitLabIssuer = "https://token.actions.githubusercontent.com", "https://gitlab.com"
	hour := time.Now().Add(time.Hour).Unix()
	for _, tc := range []struct {
		name, code string
		claims     map[string]any
		fact       Fact
		says       []string
	}{
		{"ids in the subject", "AADSTS700213", map[string]any{"iss": gitHubIssuer, "sub": "repo:contoso@1/app@2:ref:refs/heads/main", "aud": audience},
			WrongSubject, []string{"carries the ids of owner and repository", "the token says: issuer " + gitHubIssuer + ", subject repo:contoso@1/app@2:ref:refs/heads/main, audience " + audience}},
		{"no ids in the subject", "AADSTS700213", map[string]any{"iss": gitHubIssuer, "sub": "repo:contoso/app:ref:refs/heads/a@b", "aud": audience, "repository_id": "7", "repository_owner_id": "8"},
			WrongSubject, []string{"carries no ids", "Other issuer", "flexible federated credential", "repository_id 7, repository_owner_id 8"}},
		{"a match that is none", "AADSTS7002138", map[string]any{"iss": gitHubIssuer, "sub": "repo:contoso/app:x", "aud": audience},
			WrongSubject, []string{"delete the credential and create it again"}},
		{"GitLab by id", "AADSTS700213", map[string]any{"iss": gitLabIssuer, "sub": "project_id:42:ref_type:branch:ref:main", "aud": audience, "project_id": 42, "namespace_id": "9", "user_id": "1"},
			WrongSubject, []string{"by its id (`project_id:`)", "project_id 42, namespace_id 9", "!carries"}},
		{"the token's audience", "AADSTS700212", map[string]any{"iss": gitLabIssuer, "sub": "project_path:a/b", "aud": gitLabIssuer, "exp": hour},
			WrongAudience, []string{`the token's audience is "https://gitlab.com"`, "id_tokens: AZURE_ID_TOKEN: aud: " + audience, "!set the audience of the app's federated credential to https://gitlab.com"}},
		{"the token's audience, by a vague code", "AADSTS70021", map[string]any{"iss": gitLabIssuer, "sub": "project_path:a/b", "aud": []string{"x", "y"}, "exp": hour},
			WrongAudience, []string{`the token's audience is "x, y"`}},
		{"the credential's audience", "AADSTS700212", map[string]any{"iss": gitLabIssuer, "sub": "project_path:a/b", "aud": audience},
			WrongAudience, []string{"set the audience of the app's federated credential to " + audience}},
		{"expired", "AADSTS700024", map[string]any{"iss": gitLabIssuer, "sub": "x", "aud": audience, "exp": 946684800 + 60}, OutOfTime, []string{"expired at 2000-01-01T00:01:00Z, and it is 2000-01-01T01:00:00Z", "!the token says"}},
		{"not yet", "AADSTS700024", map[string]any{"iss": gitLabIssuer, "sub": "x", "aud": audience, "nbf": 946684800 + 7200}, OutOfTime, []string{"valid only from 2000-01-01T02:00:00Z", "clock"}},
		{"in time, by this clock", "AADSTS700024", map[string]any{"iss": gitLabIssuer, "sub": "x", "aud": audience}, OutOfTime, []string{"by Entra's clock", "clock"}},
		{"swapped", "AADSTS90002", map[string]any{"iss": gitLabIssuer, "sub": "x", "aud": audience}, UnknownTenant, []string{"may be swapped"}},
		{"swapped, by the app", "AADSTS700016", map[string]any{"iss": gitLabIssuer, "sub": "x", "aud": audience}, UnknownApp, []string{"may be swapped", "object ID"}},
		{"foreign text", "AADSTS700213", map[string]any{"iss": gitLabIssuer, "sub": "a\n::error::" + jwtOf(1), "aud": audience}, WrongSubject, []string{"subject a ::error::***,", "!\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Hour) // 2000-01-01T01:00:00Z
				w := withFile(t)
				if strings.HasPrefix(tc.name, "the token's audience") {
					delete(w.env, tokenFile)
				}
				w.files[tokenFilePath] = jwtOf(tc.claims)
				w.env[idToken] = jwtOf(tc.claims)
				w.entra = func(int, *http.Request, string) (*http.Response, error) { return refusalOf(401, tc.code, "no"), nil }
				_, err := w.credential("auto", "").GetToken(t.Context(), options())
				e := failed(t, err, Refused)
				text := strings.Join(append(e.Hints, e.Meaning), "\u2029")
				if e.Fact != tc.fact {
					t.Errorf("fact %q, want %q", e.Fact, tc.fact)
				}
				for _, want := range tc.says {
					unwanted, not := strings.CutPrefix(want, "!")
					if strings.Contains(text, unwanted) == not {
						t.Errorf("%q:\n%s", want, text)
					}
				}
			})
		})
	}
}

func TestARetiringIssuerIsWarnedOf(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]bool{"https://vstoken.dev.azure.com/org": true, "https://login.microsoftonline.com/t/v2.0": false, "": false, "https://evil.example/vstoken.dev.azure.com": false} {
		w := onAzurePipelines(t)
		w.endpoint = func(int, *http.Request) (*http.Response, error) {
			return reply(200, `{"oidcToken":"`+jwtOf(map[string]any{"iss": issuer, "sub": "sc://o/p/c", "aud": audience})+`"}`), nil
		}
		c := w.credential("auto", "azure-pipelines")
		if len(c.Warnings()) > 0 {
			t.Error("warned before the sign-in")
		}
		if _, err := c.GetToken(t.Context(), options()); err != nil {
			t.Fatal(err)
		}
		if got := len(c.Warnings()) > 0; got != want {
			t.Errorf("%q: warnings %q", issuer, c.Warnings())
		}
	}
}

func TestAnErrorStatesFactAndCause(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"Entra refused the sign-in (HTTP 401): AADSTS1234: no":                                       {Kind: Refused, By: "Entra", Status: 401, Code: "AADSTS1234", Description: "no"},
		"Entra refused the sign-in: AADSTS1234: no":                                                  {Kind: Refused, By: "Entra", Code: "AADSTS1234", Description: "AADSTS1234: no"},
		"Entra gave no usable answer: connection refused":                                            {Kind: Unavailable, By: "Entra", Err: errors.New("connection refused")},
		"cannot sign in by github: X must be https":                                                  {Kind: Endpoint, Way: "github", Err: errors.New("X must be https")},
		"the token has expired: long ago":                                                            {Kind: Expired, Err: errors.New("long ago")},
		"there is no token to sign in with: gone":                                                    {Kind: Missing, Err: errors.New("gone")},
		"cannot sign in by github, missing: A (set it); B (and it)":                                  {Kind: Missing, Way: "github", Missing: []Requirement{{"github", "A", "set it"}, {"github", "B", "and it"}}},
		"cannot sign in; every method lacks something: tenant-id (set it); id-token needs B (do it)": {Kind: Missing, Missing: []Requirement{{"", "tenant-id", "set it"}, {"id-token", "B", "do it"}}},
	} {
		if e.Error() != want {
			t.Errorf("%q\nwant %q", e.Error(), want)
		}
		if e.Transient() != (e.Kind == Unavailable) {
			t.Errorf("%v: transient %v", e.Kind, e.Transient())
		}
	}
}
