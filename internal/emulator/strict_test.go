package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestMarketplaceIsStrict(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		bearer := "Bearer " + c.token
		const ok = "?api-version=2017-10-31"
		const mails = `{"metadata":{"notification-emails":"a@contoso.com,b@contoso.com"}}`
		for _, test := range []struct {
			method, path, authorization, contentType, body string
			want                                           int
			code                                           string
		}{
			{"GET", submissions + ok, bearer, "", "", 200, ""},
			{"GET", submissions + ok, "", "", "", 401, ""},
			{"GET", submissions + ok, c.token, "", "", 401, ""},
			{"GET", submissions + ok, "Basic " + c.token, "", "", 401, ""},
			{"GET", submissions + ok, bearer + "x", "", "", 401, ""},
			{"GET", submissions + ok, "Bearer " + c.assertion(), "", "", 401, ""},
			{"GET", submissions, bearer, "", "", 400, "InvalidAPIVersion"},
			{"GET", submissions + "?api-version=2016-08-01-preview", bearer, "", "", 400, "InvalidAPIVersion"},
			{"GET", submissions + ok + "&api-version=2017-10-31", bearer, "", "", 400, "InvalidAPIVersion"},
			{"GET", submissions + ok + "&status=running", bearer, "", "", 200, ""},
			{"GET", strings.TrimSuffix(submissions, "/") + ok, bearer, "", "", 404, ""},
			{"GET", strings.Replace(submissions, "contoso/", "fabrikam/", 1) + ok, bearer, "", "", 404, "NotFound"},
			{"GET", strings.Replace(submissions, "contoso-offer", "other", 1) + ok, bearer, "", "", 404, "NotFound"},
			{"GET", offerPath("operations/408a4835-0000-1000-0000-000000000000") + ok, bearer, "", "", 404, "NotFound"},
			{"GET", "/api/operations/contoso$contoso-offer$3$preview" + ok, bearer, "", "", 404, ""},
			{"POST", offerPath("status") + ok, bearer, "", "", 405, "MethodNotAllowed"},
			{"GET", offerPath("publish") + ok, bearer, "", "", 405, "MethodNotAllowed"},
			{"POST", offerPath("publish") + ok, bearer, "", mails, 415, "UnsupportedMediaType"},
			{"POST", offerPath("publish") + ok, bearer, "text/plain", mails, 415, "UnsupportedMediaType"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", "{", 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", "{}", 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", mails + mails, 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", `{"metadata":{"notification-emails":["a@contoso.com"]}}`, 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", `{"metadata":{"notificationEmails":"a@contoso.com"}}`, 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", `{"metadata":{"notification-emails":"nobody"}}`, 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json", `{"metadata":{"notification-emails":"a@contoso.com"},"force":true}`, 400, "BadRequest"},
			{"POST", offerPath("publish") + ok, bearer, "application/json; charset=utf-8", mails, 202, ""},
			{"POST", offerPath("cancel") + ok, bearer, "application/json", mails, 202, ""},
			{"GET", "/", bearer, "", "", 404, ""},
		} {
			header := []string{"Authorization", test.authorization, "Content-Type", test.contentType}
			g := c.send(c.t.Context(), test.method, marketplaceOrigin+test.path, test.body, header...)
			if g.status != test.want || test.code != "" && !strings.Contains(g.body, `"code":"`+test.code+`"`) || g.header.Get("X-Ms-Correlation-Request-Id") == "" {
				t.Errorf("%s %s %q: %d %s, want %d %s", test.method, test.path, test.body, g.status, g.body, test.want, test.code)
			}
			if g.status == 401 && g.body != "" {
				t.Errorf("401 with %q", g.body)
			}
		}
		if truth := c.e.Truth(); truth.Reached["publish"] != 10 || truth.Accepted["publish"] != 1 {
			t.Errorf("%+v", truth)
		}
	})
}

func TestEntraIsStrict(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		tenant := c.env["AZURE_TENANT_ID"]
		with := func(name, value string) url.Values { f := c.form(); f.Set(name, value); return f }
		old := c.form()
		time.Sleep(5 * time.Minute)
		wrongAudience := c.form()
		g := c.send(c.t.Context(), "GET", c.env["ACTIONS_ID_TOKEN_REQUEST_URL"], "", "Authorization", "Bearer "+c.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
		wrongAudience.Set("client_assertion", g.json(t)["value"].(string))
		for _, test := range []struct {
			what, tenant string
			form         url.Values
			want         string
		}{
			{"all right", tenant, c.form(), ""},
			{"a domain", "contoso.onmicrosoft.com", c.form(), ""},
			{"unknown tenant", "fabrikam.com", c.form(), "AADSTS90002:"},
			{"grant", tenant, with("grant_type", "password"), "AADSTS70003:"},
			{"client", tenant, with("client_id", tenant), "AADSTS700016:"},
			{"assertion type", tenant, with("client_assertion_type", "jwt"), "AADSTS7000218:"},
			{"no assertion", tenant, with("client_assertion", ""), "AADSTS7000218:"},
			{"made-up assertion", tenant, with("client_assertion", "a.b.c"), "AADSTS50027:"},
			{"old assertion", tenant, old, "AADSTS700024:"},
			{"audience", tenant, wrongAudience, "AADSTS700212:"},
			{"scope", tenant, with("scope", "https://management.azure.com/.default"), "AADSTS70011:"},
			{"scope of v1", tenant, with("scope", "https://cloudpartner.azure.com"), "AADSTS70011:"},
		} {
			g := c.exchange(test.tenant, test.form)
			v := g.json(t)
			description, _ := v["error_description"].(string)
			if test.want == "" {
				claims := claimsOf(t, v["access_token"].(string))
				if g.status != 200 || v["expires_in"] != 3600.0 || claims["exp"].(float64)-claims["iat"].(float64) != 3600 {
					t.Errorf("%s: %d %v", test.what, g.status, v)
				}
			} else if g.status < 400 || !strings.HasPrefix(description, test.want) || v["error"] == nil || v["error_codes"] == nil || v["correlation_id"] == nil {
				t.Errorf("%s: %d %v, want %s", test.what, g.status, v, test.want)
			}
		}
		if g := c.send(c.t.Context(), "POST", "https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", c.form().Encode()); g.status != 400 {
			t.Errorf("without a form's type: %d", g.status)
		}
	})
}

func TestEntraRefusesByScript(t *testing.T) {
	t.Parallel()
	for refusal, code := range map[string]string{"unknown-app": "AADSTS700016", "unknown-tenant": "AADSTS90002", "wrong-subject": "AADSTS700213",
		"no-credential": "AADSTS70025", "blocked": "AADSTS700223"} {
		bubble(t, "entra "+refusal, func(c *caller) {
			if g := c.exchange(c.env["AZURE_TENANT_ID"], c.form()); g.status < 400 || !strings.Contains(g.body, code+":") || c.token != "" {
				t.Errorf("%s: %d %s", refusal, g.status, g.body)
			}
		})
	}
}

func TestEntraMetadata(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		const host = "https://login.microsoftonline.com/"
		tenant := c.env["AZURE_TENANT_ID"]
		g := c.send(c.t.Context(), "GET", host+"common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(host+tenant+"/oauth2/v2.0/authorize"), "")
		if want := host + tenant + "/v2.0/.well-known/openid-configuration"; g.status != 200 || g.json(t)["tenant_discovery_endpoint"] != want {
			t.Errorf("%d %s", g.status, g.body)
		}
		g = c.send(c.t.Context(), "GET", host+tenant+"/v2.0/.well-known/openid-configuration", "")
		v := g.json(t)
		for name, want := range map[string]string{"issuer": "/v2.0", "token_endpoint": "/oauth2/v2.0/token", "authorization_endpoint": "/oauth2/v2.0/authorize"} {
			if v[name] != host+tenant+want {
				t.Errorf("%s: %v", name, v[name])
			}
		}
		if g := c.send(c.t.Context(), "GET", host+"common/discovery/instance", ""); g.status != 400 {
			t.Errorf("discovery of nothing: %d", g.status)
		}
		if g := c.send(c.t.Context(), "GET", host+"fabrikam.com/v2.0/.well-known/openid-configuration", ""); g.status != 400 || !strings.Contains(g.body, "AADSTS90002") {
			t.Errorf("unknown tenant: %d %s", g.status, g.body)
		}
		if g := c.send(c.t.Context(), "GET", host+strings.TrimPrefix(submissions, "/"), ""); !strings.Contains(g.body, "running") {
			t.Errorf("the marketplace's path at Entra's host is not foreign: %d %s", g.status, g.body)
		}
	})
}

func TestIDTokenEndpointsAreStrict(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		github, token := c.env["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience=api%3A%2F%2FAzureADTokenExchange", "Bearer "+c.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
		azureEnv := c.e.Environ("azure-pipelines", "")
		azure, access := azureEnv["SYSTEM_OIDCREQUESTURI"], "Bearer "+azureEnv["SYSTEM_ACCESSTOKEN"]
		id := azureEnv["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]
		good := azure + "?api-version=7.1&serviceConnectionId=" + id
		for _, test := range []struct {
			method, address, authorization, redirect string
			want                                     int
		}{
			{"GET", github, token, "", 200},
			{"GET", github, access, "", 401},
			{"GET", github, "", "", 401},
			{"POST", github, token, "", 405},
			{"POST", good, access, "Suppress", 200},
			{"GET", good, access, "Suppress", 405},
			{"POST", good, token, "Suppress", 401},
			{"POST", good, token, "", 302},
			{"POST", azure + "?api-version=7.0&serviceConnectionId=" + id, access, "Suppress", 400},
			{"POST", azure + "?api-version=7.1&serviceConnectionId=other", access, "Suppress", 404},
		} {
			g := c.send(c.t.Context(), test.method, test.address, "", "Authorization", test.authorization, "X-TFS-FedAuthRedirect", test.redirect)
			if g.status != test.want {
				t.Errorf("%s %s: %d %s, want %d", test.method, test.address, g.status, g.body, test.want)
			}
		}
		oidc := c.send(c.t.Context(), "POST", good, "", "Authorization", access).json(t)["oidcToken"].(string)
		form := c.form()
		form.Set("client_assertion", oidc)
		if g := c.exchange(c.env["AZURE_TENANT_ID"], form); g.status != 200 {
			t.Errorf("Azure Pipelines' assertion: %d %s", g.status, g.body)
		}
		claims := claimsOf(t, c.assertion())
		if claims["exp"].(float64)-claims["iat"].(float64) != 300 || claims["aud"] != audience || claims["nbf"] == nil || claims["iss"] != "https://token.actions.githubusercontent.com" {
			t.Errorf("%v", claims)
		}
	})
}

func TestLivesOfTokens(t *testing.T) {
	t.Parallel()
	bubble(t, "tokens 10m refresh 5m\nassertion 1m\nat 3m tokens invalid", func(c *caller) {
		status := func() int { return c.do("GET", submissions).status }
		answer := c.exchange(c.env["AZURE_TENANT_ID"], c.form()).json(t)
		if answer["expires_in"] != 600.0 || answer["refresh_in"] != 300.0 {
			t.Errorf("%v", answer)
		}
		form := c.form()
		time.Sleep(time.Minute)
		if g := c.exchange(c.env["AZURE_TENANT_ID"], form); !strings.Contains(g.body, "AADSTS700024") {
			t.Errorf("after a minute: %s", g.body)
		}
		time.Sleep(2*time.Minute - time.Second)
		if got := status(); got != 200 {
			t.Errorf("before 3m: %d", got)
		}
		time.Sleep(time.Second)
		if got := status(); got != 401 {
			t.Errorf("at 3m: %d", got)
		}
		c.token = c.signIn()
		if got := status(); got != 200 {
			t.Errorf("with a new token: %d", got)
		}
		time.Sleep(10 * time.Minute)
		if got := status(); got != 401 {
			t.Errorf("after its life: %d", got)
		}
	})
}
