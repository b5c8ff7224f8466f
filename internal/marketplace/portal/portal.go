// Package marketplace speaks the Cloud Partner Portal API of Microsoft's commercial marketplace, version 2017-10-31.
//
// It knows the paths, the wire types and the status words; all that is this API's alone stays in here. It sends each
// call once: whoever calls decides what to send again.
// https://learn.microsoft.com/azure/marketplace/cloud-partner-portal-api-overview
package marketplace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// Endpoint is where the service is.
const Endpoint = "https://cloudpartner.azure.com"

// Scope is what a token for the service must be asked for.
const Scope = Endpoint + "/.default"

const (
	version      = "2017-10-31"
	versionQuery = "api-version=" + version

	startLimit = 5 * time.Minute // of a call that changes something: publish was seen to take minutes
	readLimit  = time.Minute
	bodyLimit  = 1 << 20 // bytes
)

// Credential is an azcore credential that can be told to come back with a new token: after a bare 401 the same one
// would be served from the cache again.
type Credential interface {
	azcore.TokenCredential
	Renew()
}

// Options says whose offer is meant and how to reach the service.
type Options struct {
	Endpoint         *url.URL // scheme, host and port; the only origin that ever gets the token
	Publisher, Offer string
	Credential       Credential
	Transport        http.RoundTripper
	Clean            func(string) string // makes foreign text safe to keep: redacts secrets, strips controls
	Version          string              // of this program, for the User-Agent
}

// Client calls the service for one offer.
type Client struct {
	o    Options
	http runtime.Pipeline
	text words
}

// New returns a client. It makes no request.
func New(o Options) *Client {
	bearer := runtime.NewBearerTokenPolicy(signer{o.Credential}, []string{Scope}, &policy.BearerTokenOptions{
		// plain http is let through to a loopback endpoint only, which input has checked
		InsecureAllowCredentialWithHTTP: o.Endpoint.Scheme == "http",
	})
	return &Client{o: o, text: o.Clean, http: runtime.NewPipeline("publish-offer", o.Version,
		runtime.PipelineOptions{PerRetry: []policy.Policy{bearer, connectionTrace{}}},
		&policy.ClientOptions{
			Transport: once{o.Transport},
			// azcore's retries look at no method: they would send a POST again, and publish twice.
			// https://github.com/Azure/azure-sdk-for-go/blob/main/sdk/azcore/runtime/policy_retry.go
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Telemetry: policy.TelemetryOptions{ApplicationID: "publish-offer"},
		})}
}

// Publish orders the offer to be published. With addresses the body carries them; without, there is no body.
func (c *Client) Publish(ctx context.Context, emails []string) (Accepted, error) {
	return c.order(ctx, "start publish", "publish", publishBody(emails))
}

// GoLive orders the previewed offer to go live.
func (c *Client) GoLive(ctx context.Context) (Accepted, error) {
	return c.order(ctx, "start go-live", "golive", nil)
}

// Cancel orders whatever runs on the offer to be canceled. That it was accepted does not mean that anything was canceled.
func (c *Client) Cancel(ctx context.Context) (Accepted, error) {
	return c.order(ctx, "cancel", "cancel", nil)
}

// Operation reads an operation, by its path relative to the endpoint.
func (c *Client) Operation(ctx context.Context, path string) (Operation, error) {
	return c.detail(ctx, "read operation", path)
}

// OfferStatus reads where the offer is.
func (c *Client) OfferStatus(ctx context.Context) (Operation, error) {
	return c.detail(ctx, "read offer status", c.offer("status"))
}

// Operations lists the offer's operations, in no certain order.
func (c *Client) Operations(ctx context.Context) ([]Listed, error) {
	a, err := c.do(ctx, "list operations", http.MethodGet, c.offer("submissions/"), nil)
	if err != nil {
		return nil, err
	}
	list, err := c.text.operations(a.body, func(id string) string { return operationPath(c.o.Publisher, c.o.Offer, id) })
	if err != nil {
		return nil, a.unreadable(err)
	}
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		for i := range list {
			list[i].Ahead = time.Until(date)
		}
	}
	return list, nil
}

// Request describes an order as it would be sent, for a rehearsal: method, URL and body.
func (c *Client) Request(k Kind, emails []string) (method, target, body string) {
	switch k {
	case GoLive:
		return http.MethodPost, origin(c.o.Endpoint) + c.offer("golive"), ""
	case Cancellation:
		return http.MethodPost, origin(c.o.Endpoint) + c.offer("cancel"), ""
	}
	return http.MethodPost, origin(c.o.Endpoint) + c.offer("publish"), string(publishBody(emails))
}

// Path checks an operation's name for this client's offer: see OperationPath.
func (c *Client) Path(text string) (string, error) {
	return OperationPath(c.o.Endpoint, c.o.Publisher, c.o.Offer, text)
}

func publishBody(emails []string) []byte {
	if len(emails) == 0 {
		return nil
	}
	// a map of strings cannot fail to encode
	b, _ := json.Marshal(map[string]any{"metadata": map[string]string{"notification-emails": strings.Join(emails, ",")}})
	return b
}

func (c *Client) offer(tail string) string {
	return "/api/publishers/" + url.PathEscape(c.o.Publisher) + "/offers/" + url.PathEscape(c.o.Offer) + "/" + tail + "?" + versionQuery
}

func (c *Client) detail(ctx context.Context, call, path string) (Operation, error) {
	a, err := c.do(ctx, call, http.MethodGet, path, nil)
	if err != nil {
		return Operation{}, err
	}
	op, err := c.text.operation(a.body)
	if err != nil {
		return Operation{}, a.unreadable(err)
	}
	op.RetryAfter = a.retryAfter
	return op, nil
}

func (c *Client) order(ctx context.Context, call, verb string, body []byte) (Accepted, error) {
	a, err := c.do(ctx, call, http.MethodPost, c.offer(verb), body)
	if err != nil {
		return Accepted{}, err
	}
	out := Accepted{RetryAfter: a.retryAfter}
	// The pages of 2018 name the second header, those since 2020 the first; either may be absolute.
	for _, name := range []string{"Location", "Operation-Location"} {
		if v := a.header.Get(name); v != "" && out.Path == "" {
			if out.Path, err = c.Path(v); err != nil {
				out.Distrusted = string(c.text.plain(text(v)))
			}
		}
	}
	// Only 202 is documented for a start. Any other success that names no operation may come from something in between.
	if a.failure.Status != http.StatusAccepted && out.Path == "" && verb != "cancel" {
		return Accepted{}, a.unreadable(errors.New("an answer that names no operation"))
	}
	return out, nil
}

// answer is a successful HTTP response, read whole.
type answer struct {
	failure    Error // filled in but for the fault, for an answer that turns out to make no sense
	header     http.Header
	body       []byte
	retryAfter time.Duration
}

func (a answer) unreadable(err error) error {
	e := a.failure
	e.Fault, e.Err = Unreadable, err
	return &e
}

// do sends one call. A 401 is answered by one new token and the same call again: the service has not looked at it.
func (c *Client) do(ctx context.Context, call, method, path string, body []byte) (answer, error) {
	a, err := c.send(ctx, call, method, path, body)
	var e *Error
	if errors.As(err, &e) && e.Fault == Unauthorized {
		c.o.Credential.Renew()
		return c.send(ctx, call, method, path, body)
	}
	return a, err
}

func (c *Client) send(ctx context.Context, call, method, path string, body []byte) (answer, error) {
	limit := readLimit
	if method == http.MethodPost {
		limit = startLimit
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The time that signing in takes, which has bounds of its own, is not the service's.
	var clock *time.Timer
	defer func() {
		if clock != nil {
			clock.Stop()
		}
	}()
	out := &flight{leaves: func() {
		clock = time.AfterFunc(limit, func() { cancel(fmt.Errorf("no answer within %s", limit)) })
	}}
	ctx = context.WithValue(ctx, flightKey{}, out)
	fail := Error{Call: call, Method: method, Path: path, Fault: Cut}

	req, err := runtime.NewRequest(ctx, method, origin(c.o.Endpoint)+path)
	if err != nil {
		fail.Fault, fail.Err = NotSent, err
		return answer{}, &fail
	}
	req.Raw().Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		req.Raw().Header.Set("Content-Type", "application/json")
	}
	if len(body) > 0 {
		if err := req.SetBody(streaming.NopCloser(bytes.NewReader(body)), "application/json"); err != nil {
			fail.Fault, fail.Err = NotSent, err
			return answer{}, &fail
		}
	}
	runtime.SkipBodyDownload(req) // it has no limit; read below instead

	resp, err := c.http.Do(req)
	if err != nil {
		var s *signInError
		var n *notSentError
		switch {
		case errors.As(err, &s):
			fail.Fault, fail.Err = SignIn, s.err
		case errors.As(err, &n):
			fail.Fault, fail.Err = NotSent, c.cleaned(ctx, n.err)
		case out.status == http.StatusUnauthorized: // with a challenge that makes no sense
			fail.Fault, fail.Status, fail.Err = Unauthorized, out.status, c.cleaned(ctx, err)
		default:
			fail.Err = c.cleaned(ctx, err)
		}
		return answer{}, &fail
	}
	defer resp.Body.Close()
	fail.Status, fail.CorrelationID = resp.StatusCode, string(c.text.plain(text(correlation(resp.Header))))
	fail.RetryAfter = retryAfter(resp.Header, time.Now())
	a := answer{failure: fail, header: resp.Header, retryAfter: fail.RetryAfter}
	accepted := resp.StatusCode >= 200 && resp.StatusCode < 300
	if accepted && method == http.MethodPost {
		return a, nil // no body is documented; its headers say it all
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
	if len(a.body) > bodyLimit {
		a.body, err = nil, fmt.Errorf("the answer is longer than %d bytes", bodyLimit)
	}
	if accepted {
		if err != nil {
			return answer{}, a.unreadable(c.cleaned(ctx, err))
		}
		return a, nil
	}
	fail.Fault = faultOf(resp.StatusCode)
	fail.Code, fail.Message = c.text.body(a.body)
	if where := resp.Header.Get("Location"); where != "" && resp.StatusCode/100 == 3 {
		fail.Message = "a redirect, which is not followed, to " + c.text.plain(text(where))
	}
	return answer{}, &fail
}

// cleaned is the reason in words that are safe to keep; a deadline's own reason wins over "context deadline exceeded".
func (c *Client) cleaned(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errors.New(c.text.plain(text(strings.TrimSpace(err.Error()))))
}
