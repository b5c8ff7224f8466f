package emulator

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestTokensOfThreeAudiences(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		for _, aud := range []string{portalAudience, ingestionAudience, submissionAudience} {
			form := c.form()
			form.Set("scope", aud+"/.default openid offline_access profile")
			token, _ := c.exchange(c.env["AZURE_TENANT_ID"], form).json(t)["access_token"].(string)
			if claims := claimsOf(t, token); claims["aud"] != aud {
				t.Errorf("%s: %v", aud, claims)
			}
			want := 401
			if aud == portalAudience {
				want = 200
			}
			c.token = token
			c.failing(submissions, want)
			r := &request{Request: &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}}
			for _, other := range []string{portalAudience, ingestionAudience, submissionAudience} {
				if c.e.issued.admits(r, other) != (other == aud) {
					t.Errorf("a token for %s at %s", aud, other)
				}
			}
		}
		form := c.form()
		form.Set("scope", portalAudience+"/.default "+ingestionAudience+"/.default")
		if g := c.exchange(c.env["AZURE_TENANT_ID"], form); !strings.Contains(g.body, "AADSTS28000:") {
			t.Errorf("two resources: %s", g.body)
		}
		form = c.form()
		form.Set("resource", portalAudience)
		if g := c.exchange(c.env["AZURE_TENANT_ID"], form); !strings.Contains(g.body, "AADSTS901002:") {
			t.Errorf("a resource on v2: %s", g.body)
		}
	})
}

func TestEntraRefusesByDirective(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"entra wrong-case":                                  "AADSTS7002138: No matching federated identity record found for presented assertion subject 'repo:contoso/app:ref:refs/heads/main'. The subject matches with case-insensitive comparison",
		"entra flexible":                                    "flexible federated identity credential",
		"entra refuses 700024 \"Too late.\"":                "AADSTS700024: Too late.",
		"entra no-principal https://cloudpartner.azure.com": "AADSTS500011: The resource principal named https://cloudpartner.azure.com was not found in the tenant",
		"entra no-principal https://graph.microsoft.com":    "",
		"identity audience https://gitlab.com":              "AADSTS700212:",
	} {
		bubble(t, script, func(c *caller) {
			g := c.exchange(c.env["AZURE_TENANT_ID"], c.form())
			if got, _ := g.json(t)["error_description"].(string); !strings.Contains(got, want) || (g.status == 200) != (want == "") {
				t.Errorf("%s: %d %s", script, g.status, g.body)
			}
		})
	}
	bubble(t, "entra no-principal https://graph.microsoft.com\nentra no-principal https://api.partner.microsoft.com", func(c *caller) {
		for _, aud := range []string{ingestionAudience, submissionAudience} {
			form := c.form()
			form.Set("scope", aud+"/.default")
			if g := c.exchange(c.env["AZURE_TENANT_ID"], form); g.status != 400 || g.json(t)["error"] != "invalid_resource" || !strings.Contains(g.body, "AADSTS500011:") {
				t.Errorf("%s: %d %s", aud, g.status, g.body)
			}
		}
	})
	bubble(t, "identity issuer https://vstoken.dev.azure.com/1", func(c *caller) {
		if claims := claimsOf(t, c.assertion()); claims["iss"] != "https://vstoken.dev.azure.com/1" {
			t.Errorf("%v", claims)
		}
	})
}

func TestOlderTokenEndpoint(t *testing.T) {
	t.Parallel()
	ask := func(c *caller, change func(url.Values)) got {
		form := c.form()
		form.Del("scope")
		change(form)
		return c.send(c.t.Context(), "POST", "https://login.microsoftonline.com/"+c.env["AZURE_TENANT_ID"]+"/oauth2/token", form.Encode(),
			"Content-Type", "application/x-www-form-urlencoded")
	}
	right := func(f url.Values) { f.Set("resource", portalAudience) }
	bubble(t, "", func(c *caller) {
		for want, change := range map[string]func(url.Values){
			"AADSTS900144:":  func(f url.Values) { f.Set("scope", portalAudience+"/.default") },
			"AADSTS500011:":  func(f url.Values) { f.Set("resource", portalAudience+"/.default") },
			"AADSTS500011: ": right,
			"AADSTS7000215:": func(f url.Values) {
				right(f)
				f.Del("client_assertion")
				f.Set("client_secret", "s3cret")
			},
		} {
			if g := ask(c, change); g.status < 400 || !strings.Contains(g.body, want) || strings.Contains(g.body, "s3cret") {
				t.Errorf("%d %s, want %s", g.status, g.body, want)
			}
		}
	})
	bubble(t, "entra v1", func(c *caller) {
		c.token, _ = ask(c, right).json(t)["access_token"].(string)
		c.failing(submissions, 200)
	})
}

func TestServiceConnectionThatNoTaskNames(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{"identity unreferenced": 200, "identity unreferenced 403": 403} {
		bubble(t, script, func(c *caller) {
			env := c.e.Environ("azure-pipelines", "")
			id := env["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]
			g := c.send(c.t.Context(), "POST", env["SYSTEM_OIDCREQUESTURI"]+"?api-version=7.1&serviceConnectionId="+id, "",
				"Authorization", "Bearer "+env["SYSTEM_ACCESSTOKEN"])
			why, _ := g.json(t)["value"].(string)
			if g.status != want || g.json(t)["count"] != 151.0 || !strings.HasPrefix(why, "There is no explicit reference to service connection "+id+" from current stage ") {
				t.Errorf("%s: %d %s", script, g.status, g.body)
			}
			if c.token == "" {
				t.Error("GitHub is refused, too")
			}
		})
	}
}

// In process as on a connection, a 101 has a body that only closing it ends, whatever becomes of the request.
func TestSwitchedProtocols(t *testing.T) {
	t.Parallel()
	bubble(t, "fault list 1 switch\nfault token 2 switch\nfault oidc 3 accept-switch", func(c *caller) {
		ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", marketplaceOrigin+submissions+"?api-version=2017-10-31", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := c.e.Transport().RoundTrip(r)
		if err != nil || response.StatusCode != 101 || response.Header.Get("Upgrade") == "" {
			t.Fatalf("%v %v", response, err)
		}
		began := time.Now()
		time.AfterFunc(time.Hour, func() { response.Body.Close() })
		if _, err := io.ReadAll(response.Body); !errors.Is(err, http.ErrBodyReadAfterClose) || time.Since(began) != time.Hour {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
	server := httptest.NewServer(New(mustParse(t, "fault list 1 switch"), Options{}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET "+submissions+" HTTP/1.1\r\nHost: "+server.Listener.Addr().String()+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || line != "HTTP/1.1 101 Switching Protocols\r\n" {
		t.Errorf("%q %v", line, err)
	}
	conn.Close()
}
