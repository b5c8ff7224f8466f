package emulator

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The same handler on a TLS socket, with Go's own server and client between.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		e := New(mustParse(t, `
			step Only 10m
			fault list 1 cut
			fault list 2 truncated
			fault list 3 stall
			fault list 4 endless
			fault list 5 slow
			fault list 6 redirect https://evil.test/
			fault list 7 dial
			fault list 8 huge
		`), Options{Speed: 6000})
		server := httptest.NewUnstartedServer(e)
		server.EnableHTTP2 = http2
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		c := &caller{t: t, e: e, http: server.Client(), env: e.Environ("github", server.URL)}
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		c.http.Transport.(*http.Transport).DisableKeepAlives = true // net/http repeats a GET whose reused connection is cut
		limit := 30 * time.Second
		send := func(method, path string) got {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			return c.send(ctx, method, server.URL+path+"?api-version=2017-10-31", "", "Authorization", "Bearer "+c.token)
		}
		token := c.send(t.Context(), "POST", server.URL+"/"+c.env["AZURE_TENANT_ID"]+"/oauth2/v2.0/token", c.form().Encode(), "Content-Type", "application/x-www-form-urlencoded")
		c.token = token.json(t)["access_token"].(string)
		openID := c.send(t.Context(), "GET", server.URL+"/"+c.env["AZURE_TENANT_ID"]+"/v2.0/.well-known/openid-configuration", "").json(t)
		if issuer := openID["issuer"].(string); !strings.HasPrefix(issuer, server.URL+"/") {
			t.Errorf("issuer %s", issuer)
		}
		for i, want := range []string{"cut", "truncated", "stall", "endless", "slow", "redirect", "dial", "huge"} {
			if want == "stall" {
				limit = 200 * time.Millisecond
			}
			g := send("GET", submissions)
			limit = 30 * time.Second
			switch want {
			case "redirect":
				if g.status != 307 {
					t.Errorf("redirect: %d %v", g.status, g.err)
				}
			case "slow":
				if g.status != 200 || g.body != "[]" {
					t.Errorf("slow: %d %.100q %v", g.status, g.body, g.err)
				}
			case "endless", "huge":
				if g.status != 200 || len(g.body) < 8<<20 {
					t.Errorf("%s: %d, %d bytes", want, g.status, len(g.body))
				}
			default:
				if g.err == nil {
					t.Errorf("fault %d, %s: %d %.100q", i+1, want, g.status, g.body)
				}
			}
		}
		if g := send("GET", submissions); g.status != 200 || g.body != "[]" {
			t.Errorf("after the faults: %d %.100q %v", g.status, g.body, g.err)
		}
		g := send("POST", offerPath("publish"))
		path, _, _ := strings.Cut(g.header.Get("Location"), "?")
		if g.status != 202 || path == "" {
			t.Fatalf("%d %s %v", g.status, g.body, g.err)
		}
		deadline := time.Now().Add(30 * time.Second)
		for g = send("GET", path); !strings.Contains(g.body, `"status":"waitingForPublisherReview"`); g = send("GET", path) {
			if time.Now().After(deadline) {
				t.Fatalf("no sign-off: %s %v", g.body, g.err)
			}
		}
		if truth := e.Truth(); truth.Reached["publish"] != 1 || truth.Accepted["publish"] != 1 || len(truth.Leaks) != 0 {
			t.Errorf("%+v", truth)
		}
	}
}
