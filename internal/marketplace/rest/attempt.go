package rest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"publish-offer/internal/marketplace"
)

// attempt sends a call, with the token that is at hand, and says how often it left.
func (c *Client) attempt(ctx context.Context, call Call) (Answer, int, *marketplace.Error) {
	limit := readLimit
	if call.order() {
		limit = orderLimit
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := &flight{limit: limit, late: func() { cancel(fmt.Errorf("no answer within %s", limit)) }}
	defer out.land()

	// the path may be that of a list's next page, which is the service's own word
	fail := marketplace.Error{Call: call.Name, Method: call.method(), Path: c.o.Clean.Plain(Text(call.Path))}
	req, err := c.request(context.WithValue(ctx, flightKey{}, out), call)
	if err != nil {
		fail.Fault, fail.Err = marketplace.NotSent, err
		return Answer{}, 0, &fail
	}
	resp, err := c.pipe.Do(req)
	if err != nil {
		return Answer{}, out.sends, c.noAnswer(ctx, fail, out, err)
	}
	a, failed := c.read(ctx, call, fail, resp)
	return a, out.sends, failed
}

func (c *Client) request(ctx context.Context, call Call) (*policy.Request, error) {
	req, err := runtime.NewRequest(ctx, call.method(), Origin(c.o.Endpoint)+call.Path)
	if err != nil {
		return nil, errors.New("not an address: " + c.o.Clean.Plain(Text(call.Path)))
	}
	if !isOn(req.Raw().URL, c.o.Endpoint) {
		return nil, fmt.Errorf("not on %s", Origin(c.o.Endpoint))
	}
	req.Raw().Header.Set("Accept", "application/json")
	if call.method() == http.MethodPost {
		req.Raw().Header.Set("Content-Type", "application/json")
	}
	if len(call.Body) > 0 {
		if err := req.SetBody(streaming.NopCloser(bytes.NewReader(call.Body)), "application/json"); err != nil {
			return nil, err
		}
	}
	runtime.SkipBodyDownload(req) // it has no limit; read and once have
	return req, nil
}

// noAnswer says why no answer came, and whether the call can have been seen.
func (c *Client) noAnswer(ctx context.Context, fail marketplace.Error, out *flight, err error) *marketplace.Error {
	switch known, ok := errors.AsType[*notSentError](err); {
	case out.signIn != nil:
		fail.Fault, fail.Err = marketplace.SignIn, out.signIn
	case ok:
		fail.Fault, fail.Err = marketplace.NotSent, c.reason(ctx, known.err)
	case out.status == http.StatusUnauthorized: // with a challenge that makes no sense
		fail.Fault, fail.Status, fail.Err = marketplace.Unauthorized, out.status, c.reason(ctx, err)
	default:
		fail.Fault, fail.Err = marketplace.Cut, c.reason(ctx, err)
	}
	return &fail
}

// read turns what came into an answer or an error.
func (c *Client) read(ctx context.Context, call Call, fail marketplace.Error, resp *http.Response) (Answer, *marketplace.Error) {
	defer resp.Body.Close()
	h := resp.Header
	id := cmp.Or(h.Get("X-Ms-Correlation-Request-Id"), h.Get("X-Ms-Request-Id"), h.Get("Request-Id"))
	fail.Status, fail.CorrelationID = resp.StatusCode, c.o.Clean.Plain(Text(id))
	fail.RetryAfter = RetryAfter(resp.Header, time.Now())
	if resp.StatusCode < 200 {
		// after 101 there is another protocol behind the "body", which knows no deadline
		fail.Fault, fail.Err = marketplace.Cut, errors.New("not an answer")
		return Answer{}, &fail
	}
	a := Answer{Status: resp.StatusCode, Header: resp.Header, RetryAfter: fail.RetryAfter, call: fail}
	accepted := resp.StatusCode < 300
	if accepted && call.HeadOnly {
		return a, nil
	}
	in := &bodyReader{from: resp.Body, limit: cmp.Or(call.limit, BodyLimit)}
	var body []byte
	var err error
	if accepted && call.take != nil {
		err = call.take(in)
	} else {
		body, err = io.ReadAll(in)
	}
	a.length = in.read
	switch {
	case in.failed != nil:
		err = c.reason(ctx, in.failed) // whatever a decoder made of it
	case in.read > in.limit:
		body, err = nil, errTooLong(in.limit)
	}
	switch {
	case !accepted:
		fail.Fault = faultOf(resp.StatusCode)
		fail.Code, fail.Message = c.o.Clean.ErrorBody(body)
		if where := resp.Header.Get("Location"); where != "" && resp.StatusCode < 400 {
			fail.Message = "a redirect, which is not followed, to " + c.o.Clean.Plain(Text(where))
		}
		return Answer{}, &fail
	case err == nil:
		a.Body = body
	case call.order():
		a.Broken = err
	default:
		return Answer{}, a.Unreadable(err)
	}
	return a, nil
}

// bodyReader is a body of bounded length, which keeps the error that broke it off.
type bodyReader struct {
	from   io.Reader
	limit  int
	read   int // bytes; more than the limit where the body is too long
	failed error
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if b.read > b.limit {
		return 0, errTooLong(b.limit)
	}
	n, err := b.from.Read(p[:min(len(p), b.limit+1-b.read)])
	b.read += n
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

func errTooLong(limit int) error { return fmt.Errorf("the answer is longer than %d bytes", limit) }

// reason is why, in words that are safe to keep; a deadline's own reason wins over "context deadline exceeded".
func (c *Client) reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errors.New(c.o.Clean.Plain(Text(strings.TrimSpace(err.Error()))))
}

// notSentError is an error of the pipeline before anything was sent.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// signer notes the credential's errors, so that they are told apart from the service's: where the time is up, the
// pipeline returns the context's error in their place.
type signer struct{ Credential }

func (s signer) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := s.Credential.GetToken(ctx, o)
	if out, ok := ctx.Value(flightKey{}).(*flight); ok {
		out.signIn = err
	}
	return t, err
}

// once is the transport without http.Client: no redirect is followed, so the token cannot follow one.
type once struct{ http.RoundTripper }

// Do bounds the body of an error: azcore reads it without a limit, and one that breaks off would make a refusal unclear.
func (o once) Do(r *http.Request) (*http.Response, error) {
	resp, err := o.RoundTrip(r)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, BodyLimit)) // what there is of it will do
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
	}
	return resp, err
}

// flight is a call on its way through the pipeline.
type flight struct {
	limit  time.Duration
	late   func()
	clock  *time.Timer
	sends  int
	status int   // of the last answer
	signIn error // why there is no token; nil once the call has left, which one that is about to expire may do as well
}

type flightKey struct{}

// leave starts the deadline: the time that signing in takes, which has bounds of its own, is not the service's.
func (f *flight) leave() {
	f.land()
	f.sends, f.signIn = f.sends+1, nil
	f.clock = time.AfterFunc(f.limit, f.late)
}

func (f *flight) land() {
	if f.clock != nil {
		f.clock.Stop()
	}
}

// trace tells "nothing can have been sent" from "who knows": nothing was sent if a connection was asked for and never
// had. A transport that does not say so is believed only where the error itself is one of dialling.
type trace struct{}

func (trace) Do(req *policy.Request) (*http.Response, error) {
	out, _ := req.Raw().Context().Value(flightKey{}).(*flight)
	if err := marketplace.TooLate(req.Raw().Context()); err != nil && req.Raw().Method != http.MethodGet {
		return nil, &notSentError{err}
	}
	out.leave()
	var asked, got atomic.Bool
	traced := req.WithContext(httptrace.WithClientTrace(req.Raw().Context(), &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}))
	resp, err := traced.Next()
	if err == nil {
		out.status = resp.StatusCode
		return resp, nil
	}
	neverConnected := asked.Load() && !got.Load()
	untracedDial := !asked.Load() && dialling(err)
	if neverConnected || untracedDial {
		err = &notSentError{err}
	}
	return resp, err
}

func dialling(err error) bool {
	if _, dns := errors.AsType[*net.DNSError](err); dns {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && slices.Contains([]string{"dial", "proxyconnect"}, op.Op)
}
