package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"publish-offer/internal/input"
)

const (
	knocks     = 3 // tries of what may pass by itself
	knockPause = time.Second
	knockLimit = 20 * time.Second // of one try to reach a host
)

// network asks each host for anything at all, without any id. One that is slow keeps none of the others waiting.
func (e *examination) network(ctx context.Context, f *Facts) {
	if f.SetUp.endpoint() != "" {
		return
	}
	proxy, wrong := e.proxy()
	if wrong != "" {
		f.Network.Proxy = wrong
		return
	}
	n := &f.Network
	var targets []*url.URL
	add := func(api input.API, u *url.URL) {
		host := Host{API: api, Name: u.Host}
		if p, err := proxy(u); p != nil && err == nil {
			host.Proxy = p.Scheme + "://" + p.Host
		}
		n.Hosts, targets = append(n.Hosts, host), append(targets, u)
	}
	if u, err := url.Parse(f.Config.Authority); err == nil && u.Host != "" {
		add("", u)
	}
	for _, s := range slices.Concat(f.Config.Services, f.Config.Others) {
		add(s.API, s.Endpoint.JoinPath("/"))
	}
	passes := func(err error) bool { return !errors.Is(err, timeUp{}) } // that silence took long enough
	var all sync.WaitGroup
	for i, u := range targets {
		done := make(chan struct{})
		all.Go(func() {
			defer close(done)
			_, n.Hosts[i].Err = again(ctx, passes, func(ctx context.Context) (int, error) { return e.get(ctx, u.String()) })
		})
		select { // one after the other, as long as they answer
		case <-done:
		case <-time.After(knockPause):
		}
	}
	all.Wait()
}

// proxy chooses as net/http does. wrong names the variable that is set to nonsense.
func (e *examination) proxy() (choose func(*url.URL) (*url.URL, error), wrong string) {
	either := func(name string) string {
		if v := e.Getenv(name); v != "" {
			return v
		}
		return e.Getenv(strings.ToLower(name))
	}
	c := httpproxy.Config{HTTPProxy: either("HTTP_PROXY"), HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY")}
	if c.HTTPSProxy != "" && !isProxy(c.HTTPSProxy) {
		wrong = "HTTPS_PROXY"
	}
	return c.ProxyFunc(), wrong
}

// isProxy wants a URL, or host and port alone. net/http makes some host of anything else, or ignores it.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Hostname() != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// timeUp is why a knock ended.
type timeUp struct{}

func (timeUp) Error() string { return fmt.Sprintf("no answer within %s", knockLimit) }

// get is a request without any id or token.
func (e *examination) get(ctx context.Context, address string) (status int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, knockLimit, timeUp{})
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "publish-offer/"+e.Version)
	resp, err := e.clock.RoundTrip(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil:
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

// host is the host of a service, or with "" that of the sign-in; it has no name where it was not tried.
func (n Network) host(api input.API) Host {
	for _, h := range n.Hosts {
		if h.API == api {
			return h
		}
	}
	return Host{}
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
		// of equal ones, whichever comes first, the same is kept
		order := cmp.Or(cmp.Compare(ahead.Abs(), c.ahead.Abs()), strings.Compare(r.URL.Host, c.by))
		if c.by == "" || order < 0 {
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
