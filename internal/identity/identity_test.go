package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func formValue(t *testing.T, form, name string) string {
	t.Helper()
	values, err := url.ParseQuery(form)
	if err != nil {
		t.Error(err)
	}
	return values.Get(name)
}

// ways are the four that present an assertion.
func ways() map[string]func(*testing.T) (*world, *Credential) {
	return map[string]func(*testing.T) (*world, *Credential){
		gitHub: func(t *testing.T) (*world, *Credential) { w := onGitHub(t); return w, w.credential("auto", "github") },
		azurePipelines: func(t *testing.T) (*world, *Credential) {
			w := onAzurePipelines(t)
			return w, w.credential("auto", "azure-pipelines")
		},
		idTokenWay:   func(t *testing.T) (*world, *Credential) { w := onGitLab(t); return w, w.credential("auto", "gitlab") },
		tokenFileWay: func(t *testing.T) (*world, *Credential) { w := withFile(t); return w, w.credential("auto", "") },
	}
}

func TestEveryWaySignsInAndRenews(t *testing.T) {
	t.Parallel()
	for way, begin := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, c := begin(t)
				if c.Source() != way {
					t.Fatalf("source %q", c.Source())
				}
				for range 3 { // the second and third come from the cache
					token, err := c.GetToken(t.Context(), options())
					if err != nil || token.Token != "access-token-1" {
						t.Fatalf("token %q, %v", token.Token, err)
					}
				}
				if c.Claims().Subject != "repo:contoso/offers:run:1" || c.Claims().Issuer != "https://issuer.example" {
					t.Errorf("claims %+v", c.Claims())
				}
				time.Sleep(59 * time.Minute)
				w.mu.Lock()
				w.files[tokenFilePath] = w.assertion(2)
				w.mu.Unlock()
				if token, err := c.GetToken(t.Context(), options()); err != nil || token.Token != "access-token-2" {
					t.Fatalf("after an hour: token %q, %v", token.Token, err)
				}
				c.Renew()
				if token, err := c.GetToken(t.Context(), options()); err != nil || token.Token != "access-token-3" {
					t.Fatalf("after Renew: token %q, %v", token.Token, err)
				}
				if len(w.presented) != 3 {
					t.Errorf("%d token requests, want 3", len(w.presented))
				}
				switch way {
				case gitHub, azurePipelines:
					if w.issued != 3 {
						t.Errorf("%d assertions for 3 token requests", w.issued)
					}
				case tokenFileWay:
					if w.presented[0] == w.presented[1] {
						t.Error("the rotated file was not read")
					}
				case idTokenWay:
					if end := c.AssertionEnd(); !end.Equal(c.Claims().Expires) || end.IsZero() {
						t.Errorf("end %v", end)
					}
				}
				if way != idTokenWay && !c.AssertionEnd().IsZero() {
					t.Error("a renewable assertion has an end")
				}
			})
		})
	}
}

// That each assertion is masked before it is sent, world.grant asserts in every test.
func TestEverySecretIsToldOnce(t *testing.T) {
	t.Parallel()
	for way, begin := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w, c := begin(t)
			for range 2 {
				if _, err := c.GetToken(t.Context(), options()); err != nil {
					t.Fatal(err)
				}
				c.Renew()
			}
			for _, secret := range append(slices.Clone(w.presented), "access-token-1", "access-token-2") {
				if n := count(w.log, "secret "+secret); n != 1 {
					t.Errorf("%d masks for one secret, want 1", n)
				}
			}
			request := map[string]string{gitHub: requestToken, azurePipelines: systemToken}[way]
			if request != "" && w.log[0] != "redact "+request {
				t.Errorf("the request token is not redacted first: %q", w.log)
			}
		})
	}
}

func count(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

func TestTheOptionsPassThrough(t *testing.T) {
	t.Parallel()
	w := onGitHub(t)
	w.entra = func(_ int, r *http.Request, form string) (*http.Response, error) {
		if cae := strings.Contains(form, "CP1"); !cae {
			t.Errorf("no CAE capability in %q", form)
		}
		if agent := r.Header.Get("User-Agent"); !strings.HasPrefix(agent, "publish-offer ") {
			t.Errorf("user agent %q", agent)
		}
		return nil, nil
	}
	if _, err := w.credential("github", "").GetToken(t.Context(), options()); err != nil {
		t.Fatal(err)
	}
	if w.discovery != 0 {
		t.Error("a loopback authority was asked for instance discovery")
	}
}

func TestAMicrosoftAuthorityIsDiscovered(t *testing.T) {
	t.Parallel()
	w := onGitHub(t)
	config := w.config("auto", "github")
	config.Authority, config.Loopback = "", false
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetToken(t.Context(), options()); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.log, "send login.microsoftonline.com") || w.discovery == 0 {
		t.Errorf("requests %q", w.log)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	w := onGitHub(t)
	c := w.credential("auto", "github")
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if i%7 == 0 {
				c.Renew()
			}
			if _, err := c.GetToken(t.Context(), options()); err != nil {
				t.Error(err)
			}
			_, _ = c.Claims(), c.AssertionEnd()
		})
	}
	group.Wait()
	if w.issued != len(w.presented) {
		t.Errorf("%d assertions, %d token requests", w.issued, len(w.presented))
	}
}

func TestAnEndedContextStaysItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := onGitHub(t)
		w.endpoint = func(int, *http.Request) (*http.Response, error) { return reply(503, ""), nil }
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		_, err := w.credential("auto", "github").GetToken(ctx, options())
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		if took := time.Since(begun); took != 1500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// The time is up while Entra, or the platform, is asked once more: what went wrong before stands, not the time.
func TestTheLastCauseSurvivesTheEnd(t *testing.T) {
	t.Parallel()
	refused := errors.New("dial tcp: connection refused")
	for _, tc := range []struct {
		name  string
		first func() (*http.Response, error) // the second request is never answered
		after time.Duration
		text  string // in Error()
	}{
		{"network, in a pause", func() (*http.Response, error) { return nil, refused }, 500 * time.Millisecond, "connection refused"},
		{"network, in a request", func() (*http.Response, error) { return nil, refused }, 5 * time.Second, "connection refused"},
		{"503, in a request", func() (*http.Response, error) { return reply(503, `{"error":"server_error"}`), nil }, 5 * time.Second, "(HTTP 503)"},
		{"silence", nil, 5 * time.Second, "out of patience"},
	} {
		for _, atEntra := range []bool{false, true} {
			t.Run(fmt.Sprint(tc.name, ", Entra ", atEntra), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := onGitHub(t)
					c := w.credential("auto", "github")
					address, by := "pipelines.example/token", "GitHub's id-token endpoint"
					if atEntra {
						address, by = "127.0.0.1:8443/"+tenant+"/oauth2/v2.0/token", "Entra"
					}
					c.door.base = &silentLater{silent{w, address}, tc.first}
					ctx, cancel := context.WithTimeoutCause(t.Context(), tc.after, errors.New("out of patience"))
					defer cancel()
					_, err := c.GetToken(ctx, options())
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("not the context's: %v", err)
					}
					e := failed(t, err, Unavailable)
					if e.By != by || !strings.Contains(err.Error(), tc.text) || strings.Contains(err.Error(), "out of patience") != (tc.first == nil) {
						t.Errorf("%s: %v", e.By, err)
					}
				})
			})
		}
	}
}

// silentLater answers once at the address, and then never.
type silentLater struct {
	silent
	first func() (*http.Response, error)
}

func (s *silentLater) RoundTrip(r *http.Request) (*http.Response, error) {
	if first := s.first; first != nil && r.URL.Host+r.URL.Path == s.address {
		s.first = nil
		response, err := first()
		if response != nil {
			response.Request = r
		}
		return response, err
	}
	return s.silent.RoundTrip(r)
}

func TestASilentEntraIsBounded(t *testing.T) {
	t.Parallel()
	for name, busy := range map[string]bool{"Entra alone": false, "after a busy id-token endpoint": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := onGitHub(t)
				w.endpoint = func(try int, _ *http.Request) (*http.Response, error) {
					if busy && try < 4 {
						return reply(429, "", "Retry-After", "30"), nil
					}
					return nil, nil
				}
				c := w.credential("auto", "github")
				c.door.base = silent{w, "127.0.0.1:8443/" + tenant + "/oauth2/v2.0/token"}
				begun := time.Now()
				_, err := c.GetToken(t.Context(), options())
				if e := failed(t, err, Unavailable); e.By != "Entra" {
					t.Errorf("%+v", e)
				}
				if took := time.Since(begun); took < 3*time.Minute || took > signInDeadline || busy && took != signInDeadline {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// silent never answers at one address.
type silent struct {
	*world
	address string // host and path
}

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host+r.URL.Path == s.address {
		<-r.Context().Done()
		return nil, fmt.Errorf("read: %w", r.Context().Err())
	}
	return s.world.RoundTrip(r)
}

// Each service has a scope of its own: one credential signs in to all of them, and Renew forgets all.
func TestTheScopeIsTheCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := onGitHub(t)
		asked := map[string]int{}
		w.entra = func(_ int, _ *http.Request, form string) (*http.Response, error) {
			for _, s := range strings.Fields(formValue(t, form, "scope")) {
				if strings.HasPrefix(s, "https://") {
					asked[s]++
				}
			}
			return nil, nil
		}
		c := w.credential("auto", "github")
		scopes := []string{scope, "https://graph.microsoft.com/.default", "https://api.partner.microsoft.com/.default"}
		tokens := map[string]bool{}
		for round := range 3 {
			for _, s := range scopes {
				token, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{s}, EnableCAE: true})
				if err != nil {
					t.Fatal(err)
				}
				tokens[token.Token] = true
			}
			if round == 1 {
				c.Renew()
			}
		}
		for _, s := range scopes {
			if asked[s] != 2 {
				t.Errorf("%s: asked %d times, want 2", s, asked[s])
			}
		}
		if len(tokens) != 6 {
			t.Errorf("%d tokens, want 6", len(tokens))
		}
	})
}
