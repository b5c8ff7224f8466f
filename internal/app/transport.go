package app

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Transport is the real way to the network: proxies and certificates from the environment, as in any Go program, and a
// bound on everything that a hostile peer could stretch.
//
// It speaks HTTP/1.1 alone: over HTTP/2 net/http sends a request again by itself where the peer says that it was not
// looked at, and whether a start is sent again is not for the transport to decide. The release build leaves HTTP/2 out
// (tag nethttpomithttp2).
func Transport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Protocols:              &protocols,
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    30 * time.Second,
		MaxIdleConns:           4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ReadBufferSize:         4 << 10,
	}
}

// bodyLimit is the most that any answer may have: a long list. Who reads shorter ones has a limit of its own.
const bodyLimit = 16 << 20 // bytes

// door is what every request of the program passes: it bounds the body of the answer, and tells who debugs what was
// asked and answered. Queries are left out: an id-token address may carry more than it should.
type door struct {
	next  http.RoundTripper
	debug func(string)
}

func (d door) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := d.next.RoundTrip(r)
	took := time.Since(began).Round(time.Millisecond)
	if err != nil {
		d.debug(fmt.Sprintf("%s %s: no answer after %s: %v", r.Method, address(r.URL), took, err))
		return nil, err
	}
	d.debug(fmt.Sprintf("%s %s: %d after %s, retry-after %q, correlation id %q", r.Method, address(r.URL), resp.StatusCode, took,
		resp.Header.Get("Retry-After"), resp.Header.Get("X-Ms-Correlation-Request-Id")))
	resp.Body = &bounded{resp.Body, bodyLimit}
	return resp, nil
}

func address(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// bounded is a body that fails beyond its limit instead of growing memory.
type bounded struct {
	io.ReadCloser
	left int64
}

var errTooLong = errors.New("the answer is longer than 16 MiB")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// an answer of just the limit ends here
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
