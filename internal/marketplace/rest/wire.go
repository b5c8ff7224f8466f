package marketplace

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func correlation(h http.Header) string {
	for _, name := range []string{"X-Ms-Correlation-Request-Id", "X-Ms-Request-Id", "Request-Id"} {
		if v := h.Get(name); v != "" {
			return v
		}
	}
	return ""
}

func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return time.Duration(min(s, 7*24*3600) * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, min(t.Sub(now), 7*24*time.Hour))
	}
	return 0
}

// signer marks the credential's errors, so that they are told apart from the service's.
type signer struct{ Credential }

type signInError struct{ err error }

func (e *signInError) Error() string { return e.err.Error() }
func (e *signInError) Unwrap() error { return e.err }

func (s signer) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := s.Credential.GetToken(ctx, o)
	if err != nil {
		err = &signInError{err}
	}
	return t, err
}

// once is the transport without http.Client: no redirect is followed, so the token cannot follow one.
type once struct{ http.RoundTripper }

func (o once) Do(r *http.Request) (*http.Response, error) { return o.RoundTrip(r) }

// flight is a call on its way through the pipeline.
type flight struct {
	leaves func() // starts its deadline
	status int    // of the last answer
}

type flightKey struct{}

type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// connectionTrace tells "nothing can have been sent" from "who knows": nothing was sent if a connection was asked for
// and never had. A transport that does not say so is believed only where the error itself is one of dialling.
type connectionTrace struct{}

func (connectionTrace) Do(req *policy.Request) (*http.Response, error) {
	out, _ := req.Raw().Context().Value(flightKey{}).(*flight)
	out.leaves()
	var asked, got atomic.Bool
	traced := req.WithContext(httptrace.WithClientTrace(req.Raw().Context(), &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}))
	resp, err := traced.Next()
	if err == nil {
		out.status = resp.StatusCode
	} else {
		var op *net.OpError
		var dns *net.DNSError
		dialled := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") || errors.As(err, &dns)
		if asked.Load() && !got.Load() || !asked.Load() && dialled {
			err = &notSentError{err}
		}
	}
	return resp, err
}
