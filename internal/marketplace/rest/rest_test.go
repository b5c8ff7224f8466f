package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
)

// numbered is a credential whose token is the number of renewals before it.
type numbered struct {
	renewals atomic.Int32
	scope    atomic.Value
	err      error
}

func (n *numbered) Renew() { n.renewals.Add(1) }
func (n *numbered) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n.scope.Store(strings.Join(o.Scopes, " "))
	return azcore.AccessToken{Token: fmt.Sprintf("token%d", n.renewals.Load()), ExpiresOn: time.Now().Add(time.Hour)}, n.err
}

const home = "https://service.example"

func client(t testing.TB, endpoint string, transport http.RoundTripper) (*Client, *numbered) {
	t.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	cred := &numbered{}
	return New(Options{Endpoint: u, Scope: home + "/.default", Credential: cred, Transport: transport, Version: "1.2.3",
		Clean: func(s string) string { return strings.Join(strings.Fields(s), " ") }}), cred
}

func serve(t *testing.T, h http.HandlerFunc) (endpoint string, transport *http.Transport) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s.URL, s.Client().Transport.(*http.Transport)
}

var (
	order = Call{Name: "start", Method: http.MethodPost, Path: "/start?v=1"}
	read  = Call{Name: "list", Path: "/list?v=1"}
)

func TestRequests(t *testing.T) {
	t.Parallel()
	var got []string
	endpoint, transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %q %q %q %d %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Accept"), r.Header.Get("Content-Type"), r.ContentLength, body))
		w.WriteHeader(http.StatusAccepted)
	})
	c, cred := client(t, endpoint, transport)
	withBody := order
	withBody.Body = []byte(`{}`)
	for _, call := range []Call{order, withBody, read, {Name: "cancel", Method: http.MethodDelete, Path: "/a$b"}} {
		if _, err := c.Do(t.Context(), call); err != nil {
			t.Error(err)
		}
	}
	want := []string{
		`POST /start?v=1 "Bearer token0" "application/json" "application/json" 0 `,
		`POST /start?v=1 "Bearer token0" "application/json" "application/json" 2 {}`,
		`GET /list?v=1 "Bearer token0" "application/json" "" 0 `,
		`DELETE /a$b "Bearer token0" "application/json" "" 0 `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if cred.scope.Load() != home+"/.default" {
		t.Errorf("asked for %v", cred.scope.Load())
	}
}

// The bearer goes to the one origin, whatever a path says.
func TestNoOtherOrigin(t *testing.T) {
	t.Parallel()
	c, _ := client(t, home, answers(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s was asked", r.URL)
		return nil, errors.New("no")
	}))
	for _, path := range []string{".evil.example/x", "@evil.example/x", ":8443/x", "\x00"} {
		if _, err := c.Do(t.Context(), Call{Path: path}); marketplace.FaultOf(err) != marketplace.NotSent {
			t.Errorf("%q: %v", path, err)
		}
	}
}

type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_, _ = io.WriteString(conn, answer)
			if !strings.Contains(answer, "101") {
				_ = conn.Close()
			}
		}
	}
}

// Whatever goes wrong, a POST leaves once, and the fault says whether it can have done anything.
func TestFaults(t *testing.T) {
	t.Parallel()
	const fine = marketplace.Fault(-1)
	for name, test := range map[string]struct {
		answer     http.HandlerFunc
		post, read marketplace.Fault
	}{
		"cut":      {raw(""), marketplace.Cut, marketplace.Cut},
		"garbage":  {raw("not HTTP at all\r\n\r\n"), marketplace.Cut, marketplace.Cut},
		"101":      {raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), marketplace.Cut, marketplace.Cut},
		"half":     {raw("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{"), fine, marketplace.Unreadable},
		"half 409": {raw("HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\n{"), marketplace.Refused, marketplace.Refused},
		"200":      {status(200), fine, fine},
		"204":      {status(204), fine, fine},
		"207":      {status(207), fine, fine},
		"302":      {status(302), marketplace.Cut, marketplace.Cut},
		"400":      {status(400), marketplace.Refused, marketplace.Refused},
		"403":      {status(403), marketplace.Forbidden, marketplace.Forbidden},
		"404":      {status(404), marketplace.NotFound, marketplace.NotFound},
		"408":      {status(408), marketplace.Cut, marketplace.Cut},
		"409":      {status(409), marketplace.Refused, marketplace.Refused},
		"412":      {status(412), marketplace.Refused, marketplace.Refused},
		"422":      {status(422), marketplace.Refused, marketplace.Refused},
		"423":      {status(423), marketplace.Refused, marketplace.Refused},
		"429":      {status(429), marketplace.Throttled, marketplace.Throttled},
		"500":      {status(500), marketplace.Cut, marketplace.Cut},
		"503":      {status(503), marketplace.Cut, marketplace.Cut},
		"999":      {status(999), marketplace.Cut, marketplace.Cut},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, marketplace.Cut, marketplace.Cut},
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 2<<20))
		}, fine, marketplace.Unreadable},
		"huge error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, strings.Repeat("x", 2<<20))
		}, marketplace.Cut, marketplace.Cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			endpoint, transport := serve(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); test.answer(w, r) })
			c, _ := client(t, endpoint, transport)
			check := func(call Call, want marketplace.Fault) {
				_, err := c.Do(t.Context(), call)
				if (err == nil) != (want == fine) {
					t.Errorf("%s: got %v, want fault %d", call.Name, err, want)
				} else if err != nil && marketplace.FaultOf(err) != want {
					t.Errorf("%s: got %v, want fault %d", call.Name, err, want)
				}
			}
			check(order, test.post)
			if n := calls.Load(); n != 1 {
				t.Errorf("the POST left %d times", n)
			}
			check(read, test.read)
		})
	}
}

func TestWhatCannotHaveBeenSent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	s := httptest.NewTLSServer(status(202))
	t.Cleanup(s.Close)
	transport := &http.Transport{} // does not know the server's certificate
	t.Cleanup(transport.CloseIdleConnections)
	for name, endpoint := range map[string]string{"nobody listens": "https://" + l.Addr().String(), "unknown authority": s.URL, "no such host": "https://no-such-host.invalid"} {
		c, _ := client(t, endpoint, transport)
		if _, err := c.Do(t.Context(), order); marketplace.FaultOf(err) != marketplace.NotSent {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// An order that has not left when its run ends does not leave any more; a read may, and so may what the ending sends.
func TestNothingLeavesAfterTheEnd(t *testing.T) {
	t.Parallel()
	sent := 0
	endpoint, transport := serve(t, func(w http.ResponseWriter, _ *http.Request) { sent++; w.WriteHeader(http.StatusAccepted) })
	c, _ := client(t, endpoint, transport)
	run, end := context.WithCancelCause(t.Context())
	ctx := marketplace.Outliving(context.WithoutCancel(run), run)
	if _, err := c.Do(ctx, order); err != nil || sent != 1 {
		t.Fatalf("while it runs: %v, %d sent", err, sent)
	}
	end(errors.New("terminated"))
	_, err := c.Do(ctx, order)
	if marketplace.FaultOf(err) != marketplace.NotSent || sent != 1 || !strings.Contains(err.Error(), "terminated") {
		t.Errorf("after the end: %v, %d sent", err, sent)
	}
	if _, err := c.Do(ctx, read); err != nil || sent != 2 {
		t.Errorf("a read: %v, %d sent", err, sent)
	}
	if _, err := c.Do(context.WithoutCancel(run), order); err != nil || sent != 3 {
		t.Errorf("of the ending: %v, %d sent", err, sent)
	}
}

func TestAFreshTokenAfter401(t *testing.T) {
	t.Parallel()
	for _, call := range []Call{order, read} {
		var tokens []string
		good := "Bearer token1"
		endpoint, transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
			tokens = append(tokens, r.Header.Get("Authorization"))
			if r.Header.Get("Authorization") != good {
				w.WriteHeader(http.StatusUnauthorized)
			}
		})
		c, _ := client(t, endpoint, transport)
		if _, err := c.Do(t.Context(), call); err != nil {
			t.Error(err)
		}
		good = "none"
		var e *marketplace.Error
		if _, err := c.Do(t.Context(), call); !errors.As(err, &e) || e.Fault != marketplace.Unauthorized || e.Transient() {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff([]string{"Bearer token0", "Bearer token1", "Bearer token1", "Bearer token2"}, tokens); diff != "" {
			t.Error(diff)
		}
	}
}

// Where the service challenges the token by name the pipeline answers it; two sends are enough.
func TestChallenge(t *testing.T) {
	t.Parallel()
	calls := 0
	c, cred := client(t, home, answers(func(*http.Request) (*http.Response, error) {
		calls++
		h := http.Header{"Www-Authenticate": {`Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="`}}
		return &http.Response{StatusCode: 401, Header: h, Body: http.NoBody}, nil
	}))
	if _, err := c.Do(t.Context(), order); marketplace.FaultOf(err) != marketplace.Unauthorized || calls != 2 || cred.renewals.Load() != 0 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	silent := answers(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	endless := answers(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(hanging{r.Context()})}, nil
	})
	for _, test := range []struct {
		transport http.RoundTripper
		call      Call
		want      time.Duration
		fault     marketplace.Fault
	}{
		{silent, read, time.Minute, marketplace.Cut},
		{silent, order, 5 * time.Minute, marketplace.Cut},
		{silent, Call{Method: http.MethodDelete, Path: "/x"}, 5 * time.Minute, marketplace.Cut},
		{endless, read, time.Minute, marketplace.Unreadable},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := client(t, home, test.transport)
			began := time.Now()
			_, err := c.Do(t.Context(), test.call)
			if marketplace.FaultOf(err) != test.fault || time.Since(began) != test.want || !strings.Contains(fmt.Sprint(err), "no answer within") {
				t.Errorf("after %s: %v, want %s", time.Since(began), err, test.want)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, home, endless)
		head := order
		head.HeadOnly = true
		began := time.Now()
		if _, err := c.Do(t.Context(), head); err != nil || time.Since(began) != 0 {
			t.Errorf("the head alone: %v", err)
		}
		if a, err := c.Do(t.Context(), order); err != nil || a.Broken == nil || time.Since(began) != 5*time.Minute {
			t.Errorf("an accepted order whose body never ends: %v, %v", a.Broken, err)
		}
	})
}

// hanging is a body that never ends.
type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) { <-h.ctx.Done(); return 0, h.ctx.Err() }

func TestSignInErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	c, cred := client(t, home, answers(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("must not be reached")
	}))
	cred.err = errors.New("AADSTS700213")
	for _, err := range []error{second(c.Do(t.Context(), order)), c.SignIn(t.Context())} {
		if marketplace.FaultOf(err) != marketplace.SignIn || !errors.Is(err, cred.err) {
			t.Errorf("got %v", err)
		}
	}
}

// The pipeline returns the context's error once that has ended: that it was still the sign-in must not get lost.
func TestASignInThatTheEndCutsOffIsOne(t *testing.T) {
	t.Parallel()
	c, cred := client(t, home, answers(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("must not be reached")
	}))
	cred.err = errors.New("no answer from Entra")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, call := range []Call{read, order} {
		_, err := c.Do(ctx, call)
		if marketplace.FaultOf(err) != marketplace.SignIn || !errors.Is(err, cred.err) {
			t.Errorf("%s: %v", call.method(), err)
		}
	}
}

// A token is renewed before it expires; where that fails the old one will do, and what the call then meets is no
// matter of signing in: an order that was cut off may have taken effect.
func TestARenewalThatFailedIsNoExcuse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		c, _ := client(t, home, answers(func(r *http.Request) (*http.Response, error) {
			if calls++; calls == 1 {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
			}
			return nil, errors.New("connection reset by peer")
		}))
		cred := &fading{}
		o := c.o
		o.Credential = cred
		c = New(o)
		if _, err := c.Do(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // azcore renews no more often than each half minute
		_, err := c.Do(t.Context(), order)
		if cred.asked != 2 || marketplace.FaultOf(err) != marketplace.Cut {
			t.Errorf("asked for %d tokens: %v", cred.asked, err)
		}
	})
}

// fading gives one token, which is to be renewed at once.
type fading struct{ asked int }

func (f *fading) Renew() {}
func (f *fading) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if f.asked++; f.asked > 1 {
		return azcore.AccessToken{}, errors.New("no new token")
	}
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour), RefreshOn: time.Now().Add(-time.Hour)}, nil
}

func second[T any](_ T, err error) error { return err }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, " 30 ": 30 * time.Second, "-1": 0, "x": 0, "0.5": time.Second / 2,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"1e300": 7 * 24 * time.Hour, "NaN": 0, "Inf": 7 * 24 * time.Hour, "Fri, 02 Jan 2099 03:00:00 GMT": 7 * 24 * time.Hour,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestErrorTellsAll(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"X-Ms-Correlation-Request-Id", "X-Ms-Request-Id", "Request-Id"} {
		endpoint, transport := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(name, "c0ffee")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":{"code":"Forbidden","message":"User does not have the required permissions"}}`)
		})
		c, _ := client(t, endpoint, transport)
		_, err := c.Do(t.Context(), read)
		want := &marketplace.Error{Call: "list", Method: "GET", Path: "/list?v=1", Fault: marketplace.Forbidden, Status: 403, Code: "Forbidden",
			Message: "User does not have the required permissions", CorrelationID: "c0ffee", RetryAfter: 7 * time.Second}
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Error(diff)
		}
	}
}
