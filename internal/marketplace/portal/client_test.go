package marketplace

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
)

// numbered is a credential whose token is the number of renewals before it.
type numbered struct {
	renewals atomic.Int32
	err      error
}

func (n *numbered) Renew() { n.renewals.Add(1) }
func (n *numbered) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: fmt.Sprintf("token%d", n.renewals.Load()), ExpiresOn: time.Now().Add(time.Hour)}, n.err
}

func client(t *testing.T, endpoint string, transport http.RoundTripper) (*Client, *numbered) {
	t.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	cred := &numbered{}
	return New(Options{Endpoint: u, Publisher: "contoso", Offer: "contoso-offer", Credential: cred, Transport: transport,
		Clean: func(s string) string { return strings.Join(strings.Fields(s), " ") }, Version: "1.2.3"}), cred
}

func serve(t *testing.T, h http.HandlerFunc) (endpoint string, transport *http.Transport) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s.URL, s.Client().Transport.(*http.Transport)
}

func TestRequestsAsDocumented(t *testing.T) {
	t.Parallel()
	var got []string
	endpoint, transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %q %q %d %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.ContentLength, body))
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if strings.Contains(r.URL.Path, "submissions") {
			fmt.Fprint(w, `[]`)
			return
		}
		fmt.Fprint(w, `{"status":"running"}`)
	})
	c, _ := client(t, endpoint, transport)
	ctx := t.Context()
	for _, err := range []error{
		second(c.Publish(ctx, []string{"a@contoso.com", "b@contoso.com"})), second(c.Publish(ctx, nil)), second(c.GoLive(ctx)), second(c.Cancel(ctx)),
		second(c.Operations(ctx)), second(c.OfferStatus(ctx)), second(c.Operation(ctx, "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31")),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	offer := "/api/publishers/contoso/offers/contoso-offer/"
	want := []string{
		`POST ` + offer + `publish?api-version=2017-10-31 "Bearer token0" "application/json" 57 {"metadata":{"notification-emails":"a@contoso.com,b@contoso.com"}}`,
		`POST ` + offer + `publish?api-version=2017-10-31 "Bearer token0" "application/json" 0 `,
		`POST ` + offer + `golive?api-version=2017-10-31 "Bearer token0" "application/json" 0 `,
		`POST ` + offer + `cancel?api-version=2017-10-31 "Bearer token0" "application/json" 0 `,
		`GET ` + offer + `submissions/?api-version=2017-10-31 "Bearer token0" "" 0 `,
		`GET ` + offer + `status?api-version=2017-10-31 "Bearer token0" "" 0 `,
		`GET /api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31 "Bearer token0" "" 0 `,
	}
	want[0] = strings.Replace(want[0], " 57 ", fmt.Sprintf(" %d ", len(`{"metadata":{"notification-emails":"a@contoso.com,b@contoso.com"}}`)), 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever goes wrong, a POST leaves once, and the fault says whether it can have done anything.
func TestFaults(t *testing.T) {
	t.Parallel()
	hijack := func(w http.ResponseWriter, answer string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		post   Fault
		get    Fault
	}{
		"cut":     {func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, Cut, Cut},
		"garbage": {func(w http.ResponseWriter, _ *http.Request) { hijack(w, "not HTTP at all\r\n\r\n") }, Cut, Cut},
		"503":     {status(503), Cut, Cut},
		"500":     {status(500), Cut, Cut},
		"408":     {status(408), Cut, Cut},
		"429":     {status(429), Throttled, Throttled},
		"400":     {status(400), Refused, Refused},
		"409":     {status(409), Refused, Refused},
		"422":     {status(422), Refused, Refused},
		"404":     {status(404), NotFound, NotFound},
		"403":     {status(403), Forbidden, Forbidden},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, Cut, Cut},
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>sign in to the network</html>")
		}, Unreadable, Unreadable},
		"huge error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, strings.Repeat("x", 2<<20))
		}, Cut, Cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			endpoint, transport := serve(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); test.answer(w, r) })
			c, _ := client(t, endpoint, transport)
			var e *Error
			if _, err := c.Publish(t.Context(), nil); !errors.As(err, &e) || e.Fault != test.post {
				t.Errorf("POST: got %v, want fault %d", err, test.post)
			}
			if n := calls.Load(); n != 1 {
				t.Errorf("POST left %d times", n)
			}
			if _, err := c.Operations(t.Context()); !errors.As(err, &e) || e.Fault != test.get {
				t.Errorf("GET: got %v, want fault %d", err, test.get)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
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
		var e *Error
		if _, err := c.Publish(t.Context(), nil); !errors.As(err, &e) || e.Fault != NotSent {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAFreshTokenAfter401(t *testing.T) {
	t.Parallel()
	var tokens []string
	good := "Bearer token1"
	endpoint, transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") != good {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `[]`)
	})
	c, _ := client(t, endpoint, transport)
	if _, err := c.Operations(t.Context()); err != nil {
		t.Error(err)
	}
	good = "none"
	var e *Error
	if _, err := c.Operations(t.Context()); !errors.As(err, &e) || e.Fault != Unauthorized || e.Transient() {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"Bearer token0", "Bearer token1", "Bearer token1", "Bearer token2"}, tokens); diff != "" {
		t.Error(diff)
	}
}

func TestLocations(t *testing.T) {
	t.Parallel()
	guidPath := "/api/publishers/contoso/offers/contoso-offer/operations/" + id + "?api-version=2017-10-31"
	for name, test := range map[string]struct {
		header           http.Header
		path, distrusted string
	}{
		"the documents' first":  {http.Header{"Location": {guidPath}}, guidPath, ""},
		"the documents' second": {http.Header{"Location": {"/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31"}}, "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31", ""},
		"the old name":          {http.Header{"Operation-Location": {"https://cloudpartner.azure.com/api/publishers/contoso/offers/contoso-offer/operations/" + id}}, guidPath, ""},
		"both":                  {http.Header{"Location": {guidPath}, "Operation-Location": {"https://evil.example/"}}, guidPath, ""},
		"foreign":               {http.Header{"Location": {"https://evil.example" + guidPath}}, "", "https://evil.example" + guidPath},
		"foreign, then good":    {http.Header{"Location": {"//evil.example/x"}, "Operation-Location": {guidPath}}, guidPath, "//evil.example/x"},
		"none":                  {http.Header{}, "", ""},
	} {
		c, _ := client(t, Endpoint, answers(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 202, Header: test.header, Body: http.NoBody}, nil
		}))
		got, err := c.Publish(t.Context(), nil)
		if diff := cmp.Diff(Accepted{Path: test.path, Distrusted: test.distrusted}, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func TestDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, Endpoint, answers(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		for want, call := range map[time.Duration]func() error{
			time.Minute:     func() error { return second(c.Operations(t.Context())) },
			5 * time.Minute: func() error { return second(c.Publish(t.Context(), nil)) },
		} {
			began := time.Now()
			var e *Error
			if err := call(); !errors.As(err, &e) || e.Fault != Cut || time.Since(began) != want || !strings.Contains(err.Error(), "no answer within") {
				t.Errorf("after %s: %v, want %s", time.Since(began), err, want)
			}
		}
	})
}

func TestSignInErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	c, cred := client(t, Endpoint, answers(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("must not be reached")
	}))
	cred.err = errors.New("AADSTS700213")
	var e *Error
	if _, err := c.Operations(t.Context()); !errors.As(err, &e) || e.Fault != SignIn || !errors.Is(err, cred.err) {
		t.Errorf("got %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "-1": 0, "x": 0, "Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"1e300": 7 * 24 * time.Hour, "NaN": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestErrorTellsAll(t *testing.T) {
	t.Parallel()
	endpoint, transport := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Ms-Correlation-Request-Id", "c0ffee")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"error":{"code":"Forbidden","message":"User does not have the required permissions"}}`)
	})
	c, _ := client(t, endpoint, transport)
	_, err := c.Operations(t.Context())
	want := "list operations: 403 Forbidden: User does not have the required permissions (Forbidden) [correlation id c0ffee]"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
