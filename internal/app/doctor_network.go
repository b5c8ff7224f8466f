package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
)

const (
	knocks     = 3 // tries of what may pass by itself
	knockPause = time.Second
	knockLimit = 20 * time.Second // of one try to reach a host
)

// checkNetwork asks the hosts for anything at all, without any id, and says which proxy is in the way.
func (d *doctor) checkNetwork(ctx context.Context) finding {
	if d.silence != "" {
		return finding{fact: d.silence}
	}
	f := finding{verdict: well}
	proxy, unreadable := d.proxy()
	if unreadable != "" {
		return finding{verdict: broken, code: exitUnreachable, fact: unreadable + " is set, and not to the URL of a proxy",
			next: []string{"give " + unreadable + " as http://host:port"}}
	}
	var answered []string
	for _, at := range []struct {
		address string
		reached *bool
	}{{d.config.Authority, &d.near}, {d.config.Services[0].Endpoint.String() + "/", &d.far}} {
		u, err := url.Parse(at.address)
		if err != nil {
			return finding{verdict: broken, code: exitInput, fact: at.address + " is no URL"}
		}
		through := "directly"
		if p, err := proxy(u); p != nil && err == nil {
			through = "through the proxy " + p.Scheme + "://" + p.Host
		}
		_, err = again(ctx, func(err error) bool { return err != nil }, func(ctx context.Context) (int, error) { return d.knock(ctx, u) })
		if err == nil {
			*at.reached = true
			answered = append(answered, u.Host+" "+through)
			continue
		}
		fact := fmt.Sprintf("%s cannot be reached %s: %v", u.Host, through, err)
		if f.verdict == broken {
			f.details = append(f.details, fact)
			continue
		}
		f = finding{verdict: broken, code: exitUnreachable, fact: fact, next: unreached(err, u.Host)}
	}
	if f.verdict == well {
		f.fact = "reached " + strings.Join(answered, ", ")
	} else {
		for _, a := range answered {
			f.details = append(f.details, "reached "+a)
		}
	}
	return f
}

// proxy chooses as net/http does. unreadable names the variable that is set to nonsense.
func (d *doctor) proxy() (choose func(*url.URL) (*url.URL, error), unreadable string) {
	either := func(name string) string {
		if v := d.Getenv(name); v != "" {
			return v
		}
		return d.Getenv(strings.ToLower(name))
	}
	c := httpproxy.Config{HTTPProxy: either("HTTP_PROXY"), HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY")}
	if c.HTTPSProxy != "" && !isProxy(c.HTTPSProxy) {
		unreadable = "HTTPS_PROXY"
	}
	return c.ProxyFunc(), unreadable
}

// isProxy wants a URL, or host and port alone. net/http makes some host of anything else, or ignores it.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Hostname() != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// knock is one request for the host's front page. Any answer will do.
func (d *doctor) knock(ctx context.Context, u *url.URL) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, knockLimit, fmt.Errorf("no answer within %s", knockLimit))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "publish-offer/"+d.Version)
	resp, err := d.clock.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// again calls until it works, fails for good, or has had its tries.
func again[T any](ctx context.Context, passes func(error) bool, call func(context.Context) (T, error)) (T, error) {
	pause := knockPause
	for try := 1; ; try++ {
		v, err := call(ctx)
		if err == nil || try == knocks || !passes(err) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, err
		case <-time.After(pause):
		}
		pause *= 2
	}
}

// unreached says what to do about a host that does not answer.
func unreached(err error, host string) []string {
	var (
		dns     *net.DNSError
		op      *net.OpError
		expired x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return []string{"check HTTPS_PROXY, and that the proxy lets this machine through to " + host}
	case errors.As(err, &dns):
		return []string{"this machine cannot resolve the name: check its DNS; where only a proxy may go out, set HTTPS_PROXY"}
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		return []string{"by this machine's clock the certificate is out of its time: check the clock first"}
	case errors.As(err, &verify), errors.As(err, &unknown):
		return []string{"the certificate is not trusted; behind a proxy that opens TLS, set SSL_CERT_FILE to a file with its certificate authority"}
	}
	return []string{"let this machine out to " + host + ", port 443, or set HTTPS_PROXY", "https://status.azure.com shows known outages"}
}

// clock is a transport that compares the times in the answers' Date headers with this machine's. It keeps the smallest
// difference: an answer out of a cache carries an old date.
type clock struct {
	next http.RoundTripper

	mu    sync.Mutex
	by    string        // whose time it was; "" before the first
	ahead time.Duration // of this machine's clock; negative: behind
}

func (c *clock) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// the header has whole seconds, and was written some time within the exchange
		ahead := began.Add(took / 2).Sub(date.Add(time.Second / 2))
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.by == "" || ahead.Abs() < c.ahead.Abs() {
			c.by, c.ahead = r.URL.Host, ahead
		}
	}
	return resp, nil
}

// read returns whose clock the last comparison was with, "" if there was none, and how far this machine's is ahead.
func (c *clock) read() (by string, ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by, c.ahead
}
