// Package rest makes one attempt of one call to one service, and says what became of it.
//
// A Client is bound to one origin and to one scope: its bearer goes nowhere else. It sends each call once; only a 401 is
// answered by a fresh token and the same call again, since the service has not looked at it then. What goes wrong comes
// out as a *marketplace.Error whose Fault says whether the call can have done anything: this package is the only one,
// beside the services, that compares status codes.
//
// The services share more than that: text.go makes foreign text safe, json.go reads JSON as it comes, page.go follows a
// list's pages, origin.go tells the service's own addresses from others.
package rest

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"publish-offer/internal/marketplace"
)

const (
	orderLimit = 5 * time.Minute // of a call that changes something: publish was seen to take minutes
	readLimit  = time.Minute
)

// The most bytes that are read of an answer.
const (
	BodyLimit = 1 << 20
	ListLimit = 16 << 20 // of all pages of a list together: one of 10,000 operations has some three MiB
)

// Credential is an azcore credential that can be told to come back with a new token: after a bare 401 the same one
// would be served from the cache again.
type Credential interface {
	azcore.TokenCredential
	Renew()
}

// Options says where a service is and how to reach it.
type Options struct {
	Endpoint   *url.URL // scheme, host and port; the only origin that ever gets the token
	Scope      string   // what the token is asked for
	Credential Credential
	Transport  http.RoundTripper
	Clean      Words  // makes foreign text safe to keep: redacts secrets, strips controls
	Version    string // of this program, for the User-Agent
}

// Client calls one service.
type Client struct {
	o    Options
	pipe runtime.Pipeline
}

// New returns a client. It makes no request.
func New(o Options) *Client {
	bearer := runtime.NewBearerTokenPolicy(signer{o.Credential}, []string{o.Scope}, &policy.BearerTokenOptions{
		// plain http is let through to a loopback endpoint only, which input has checked
		InsecureAllowCredentialWithHTTP: o.Endpoint.Scheme == "http",
	})
	return &Client{o: o, pipe: runtime.NewPipeline("publish-offer", o.Version,
		runtime.PipelineOptions{PerRetry: []policy.Policy{bearer, trace{}}},
		&policy.ClientOptions{
			Transport: once{o.Transport},
			// azcore's retries look at no method: they would send a POST again, and publish twice.
			// https://github.com/Azure/azure-sdk-for-go/blob/main/sdk/azcore/runtime/policy_retry.go
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Telemetry: policy.TelemetryOptions{ApplicationID: "publish-offer"},
		})}
}

// Endpoint is where the service is.
func (c *Client) Endpoint() *url.URL { return c.o.Endpoint }

// SignIn gets the token that the calls carry, from the same cache, and sends nothing to the service.
func (c *Client) SignIn(ctx context.Context) error {
	// the policy of the calls asks with CAE, too: without it the token would be another one
	_, err := c.o.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.o.Scope}, EnableCAE: true})
	if err != nil {
		return &marketplace.Error{Call: "sign in", Fault: marketplace.SignIn, Err: err}
	}
	return nil
}

// Call is what is asked.
type Call struct {
	Name   string // for people, for example "start publish"
	Method string // "" is GET
	Path   string // with its query, relative to the endpoint
	Body   []byte // JSON; nil for none

	// HeadOnly leaves the body of a success unread: its headers say it all.
	HeadOnly bool

	limit int                   // the most bytes to read of the answer; 0 is BodyLimit
	take  func(io.Reader) error // reads the body of a success instead of Answer.Body
}

func (c Call) method() string { return cmp.Or(c.Method, http.MethodGet) }

// order reports whether the call changes something.
func (c Call) order() bool { return c.method() != http.MethodGet }

// Answer is a success: any 2xx. The body of a read is whole. That of an order may be missing, since its acceptance does
// not depend on it: Broken says why.
type Answer struct {
	Status     int
	Header     http.Header
	Body       []byte
	Broken     error
	RetryAfter time.Duration

	length int               // bytes that were read of the body
	call   marketplace.Error // what an error about this answer begins with
}

// Error is this answer as an error, for a success that says that it is none, in the service's own words (cleaned).
func (a Answer) Error(f marketplace.Fault, code, message string) *marketplace.Error {
	e := a.call
	e.Fault, e.Code, e.Message = f, code, message
	return &e
}

// Unreadable is the error of an answer that makes no sense.
func (a Answer) Unreadable(err error) *marketplace.Error {
	e := a.call
	e.Fault, e.Err = marketplace.Unreadable, err
	return &e
}

// JSON decodes the body; an error is Unreadable.
func (a Answer) JSON(into any) error {
	err := a.Broken
	if err == nil {
		err = Decode(a.Body, into)
	}
	if err != nil {
		return a.Unreadable(err)
	}
	return nil
}

// Do makes one call. Its errors are *marketplace.Error.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	a, sends, err := c.attempt(ctx, call)
	// A 401 is answered by one new token and the same call again; where the service challenged the token by name, the
	// pipeline has done so already.
	if err != nil && err.Fault == marketplace.Unauthorized && sends == 1 {
		c.o.Credential.Renew()
		a, _, err = c.attempt(ctx, call)
	}
	if err != nil {
		return Answer{}, err
	}
	return a, nil
}
