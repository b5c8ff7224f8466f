package identity

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"publish-offer/internal/loopback"
)

// How much of an answer is read, in bytes; a longer one is an error. An assertion's is below what go-githubactions reads,
// for that library would cut it in silence, and the half of an echoed token is not recognised.
const (
	maxEntra     = 1 << 20
	maxAssertion = 32 << 10
)

// door carries every request of this package. It follows no redirect and keeps no cookie, limits what it reads, and
// notes the outcome in the exchange of the request's context: the libraries above it lose the facts that decide
// whether a failure passes (a status, a Retry-After, the network's own error).
type door struct {
	base         http.RoundTripper
	loopbackOnly bool
}

// Do is the way of the requests to Entra, which carry the assertion: the authority's discovery document says where to,
// so where to is checked here.
func (d *door) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return d.refuse(r, "the authority points to an address that is not https")
	}
	if d.loopbackOnly && !loopback.Is(r.URL.Hostname()) {
		return d.refuse(r, "the loopback authority points to an address elsewhere")
	}
	return d.send(r, maxEntra)
}

func (d *door) refuse(r *http.Request, reason string) (*http.Response, error) {
	err := closed{errors.New(reason)}
	exchangeOf(r.Context()).note(nil, err)
	return nil, err
}

// final reports an error that azcore, or the door, says is none to try again.
func final(err error) bool {
	var is interface{ NonRetriable() }
	return errors.As(err, &is)
}

// closed is the error of a request that the door did not let out.
type closed struct{ error }

// NonRetriable says not to knock again.
func (closed) NonRetriable() {}

// again asks Entra again for what may pass. azcore's own retries wait for half a minute, of random lengths, without a
// word; the caller, who can tell of it, has patience of its own.
type again struct{}

const (
	entraTries    = 3
	entraPause    = 800 * time.Millisecond // before the second try; doubles
	maxEntraPause = 10 * time.Second       // a longer Retry-After ends the tries
)

func (again) Do(r *policy.Request) (*http.Response, error) {
	ctx := r.Raw().Context()
	pause := entraPause
	for try := 1; ; try++ {
		response, err := r.Clone(ctx).Next()
		asked := time.Duration(0)
		passes := err != nil && !final(err)
		if err == nil {
			asked = retryAfter(response.Header)
			passes = response.StatusCode >= 400 && kindOf(response.StatusCode) == Unavailable
		}
		if !passes || try == entraTries || asked > maxEntraPause || ctx.Err() != nil {
			return response, err
		}
		runtime.Drain(response)
		timer := time.NewTimer(cmp.Or(asked, pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		if err := r.RewindBody(); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// RoundTrip is the way of the requests to an id-token endpoint. It keeps what the answer says: the libraries above it
// throw that away where it holds no token.
func (d *door) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := d.send(r, maxAssertion)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	seen := exchangeOf(r.Context())
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		err = errors.New("its answer is too long")
	}
	if err != nil && response.StatusCode == http.StatusOK {
		seen.err = err
		return nil, err
	}
	seen.body = string(body) // of a refusal, what came of it will do
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func (d *door) send(r *http.Request, limit int64) (*http.Response, error) {
	response, err := d.base.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which no deadline of the request ends.
		_ = response.Body.Close()
		err = errors.New("it switched to another protocol (101), which nobody asked for")
	}
	exchangeOf(r.Context()).note(response, err)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, limit)
	return response, nil
}

// exchange is what became of the last request of one call; where the call was stopped in the middle of a request, of the
// one before. A call makes its requests one after the other, so it needs no lock.
type exchange struct {
	call       context.Context
	status     int // 0: no answer
	retryAfter time.Duration
	id         string // to quote to the service's support
	body       string // of an id-token endpoint's answer
	err        error  // the network's
	assertion  error  // why there was no assertion to send
}

type exchangeKey struct{}

func (e *exchange) in(ctx context.Context) context.Context {
	e.call = ctx
	return context.WithValue(ctx, exchangeKey{}, e)
}

func exchangeOf(ctx context.Context) *exchange {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return e
	}
	return &exchange{call: ctx}
}

func (e *exchange) note(response *http.Response, err error) {
	stopped := err != nil && e.call.Err() != nil
	if stopped && e.failed() {
		return
	}
	if stopped {
		err = context.Cause(e.call)
	}
	*e = exchange{call: e.call, err: err, assertion: e.assertion}
	if err == nil {
		e.status = response.StatusCode
		e.retryAfter = retryAfter(response.Header)
		e.id = response.Header.Get("X-Vss-E2eid") // Azure DevOps
	}
}

// failed reports whether the last request came to nothing.
func (e *exchange) failed() bool { return e.err != nil || e.status >= 400 }

// retryAfter reads seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func retryAfter(header http.Header) time.Duration {
	const longest = 24 * 60 * 60
	value := strings.TrimSpace(header.Get("Retry-After"))
	if n, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(n, 0), longest)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), longest*time.Second)
	}
	return 0
}

// kindOf says what a status without success means: a refusal stands, anything else may pass.
func kindOf(status int) Kind {
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return Unavailable
	case isRedirect(status), status >= 400 && status < 500:
		return Refused
	}
	return Unavailable
}

func isRedirect(status int) bool { return status >= 300 && status < 400 }
