package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultsInPlaceOfTheAnswer(t *testing.T) {
	t.Parallel()
	var dns *net.DNSError
	var wrong *tls.CertificateVerificationError
	is := func(target error) func(got) bool { return func(g got) bool { return errors.Is(g.err, target) } }
	for fault, check := range map[string]func(got) bool{
		"status 503": func(g got) bool { return g.status == 503 && strings.Contains(g.body, "InternalServerError") },
		"status 403": func(g got) bool {
			return g.status == 403 && strings.Contains(g.body, "User does not have the required permissions")
		},
		"status 401":                               func(g got) bool { return g.status == 401 && g.body == "" },
		"status 422 body \"no plans\"":             func(g got) bool { return g.status == 422 && g.body == "no plans" },
		"status 429 retry-after 30s":               func(g got) bool { return g.status == 429 && g.header.Get("Retry-After") == "30" },
		"status 429 retry-after \"soon, I think\"": func(g got) bool { return g.header.Get("Retry-After") == "soon, I think" },
		"status 429 retry-after date 30s":          func(g got) bool { return g.header.Get("Retry-After") == "Sat, 01 Jan 2000 00:00:30 GMT" },
		"json \"{…\"": func(g got) bool {
			return g.status == 200 && g.body == "{…" && strings.Contains(g.header.Get("Content-Type"), "json")
		},
		"body \"hello\" status 201": func(g got) bool {
			return g.status == 201 && g.body == "hello" && strings.Contains(g.header.Get("Content-Type"), "plain")
		},
		"html":                        func(g got) bool { return g.status == 502 && strings.HasPrefix(g.body, "<html>") },
		"html 503":                    func(g got) bool { return g.status == 503 && strings.HasPrefix(g.body, "<html>") },
		"redirect https://evil.test/": func(g got) bool { return g.status == 307 && g.header.Get("Location") == "https://evil.test/" },
		"challenge": func(g got) bool {
			return g.status == 401 && strings.Contains(g.header.Get("WWW-Authenticate"), "insufficient_claims")
		},
		"cut":               is(syscall.ECONNRESET),
		"stall":             is(context.DeadlineExceeded),
		"endless":           func(g got) bool { return g.status == 200 && len(g.body) == 16<<20 },
		"huge":              func(g got) bool { return len(g.body) > 8<<20 },
		"deep-json":         func(g got) bool { return strings.Contains(g.body, strings.Repeat("[", 10_001)) },
		"header-bomb":       func(g got) bool { return len(g.header) > 900 },
		"dial":              is(syscall.ECONNREFUSED),
		"dns":               func(g got) bool { return errors.As(g.err, &dns) && dns.IsNotFound },
		"tls":               func(g got) bool { return errors.As(g.err, &wrong) },
		"accept-cut":        is(syscall.ECONNRESET),
		"accept-stall":      is(context.DeadlineExceeded),
		"accept-status 500": func(g got) bool { return g.status == 500 },
		"truncated":         func(g got) bool { return g.status == 202 && errors.Is(g.err, io.ErrUnexpectedEOF) },
		"accept-truncated": func(g got) bool {
			return g.status == 202 && g.header.Get("Location") != "" && errors.Is(g.err, io.ErrUnexpectedEOF)
		},
		"accept-nolocation": func(g got) bool { return g.status == 202 && g.header.Get("Location") == "" },
		"accept-late 20s":   is(syscall.ECONNRESET),
		"delay 20s":         func(g got) bool { return g.status == 202 },
		"delay 90s":         is(context.DeadlineExceeded),
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			bubble(t, "fault publish 1 "+fault, func(c *caller) {
				g := c.do("POST", offerPath("publish"))
				if !check(g) {
					t.Errorf("%d %v %.200q %v", g.status, g.header, g.body, g.err)
				}
				name := strings.Fields(fault)[0]
				bends := slices.Contains([]string{"truncated", "delay"}, name)
				unsent := slices.Contains([]string{"dial", "dns", "tls"}, name)
				truth := c.e.Truth()
				if accepted := strings.HasPrefix(name, "accept-") || bends; (truth.Accepted["publish"] == 1) != accepted || (len(truth.Operations) == 1) != accepted {
					t.Errorf("accepted: %+v", truth)
				}
				if (truth.Reached["publish"] == 1) == unsent {
					t.Errorf("reached: %+v", truth)
				}
				calls := c.e.Calls()
				if last := calls[len(calls)-1]; last.Fault != name || last.Nth != 1 || (last.Status == 0) != (g.err != nil && g.status == 0 && name != "delay") {
					t.Errorf("%+v", last)
				}
			})
		})
	}
}

func TestBentAnswersToReads(t *testing.T) {
	t.Parallel()
	bubble(t, "fault list 1 truncated\nfault status 1 slow\nfault token 2 status 503\nfault idtoken 3 status 500", func(c *caller) {
		if g := c.do("GET", submissions); g.status != 200 || !errors.Is(g.err, io.ErrUnexpectedEOF) || g.body != "[" {
			t.Errorf("%d %q %v", g.status, g.body, g.err)
		}
		began := time.Now()
		if g := c.doWithin(time.Hour, "GET", offerPath("status")); g.err != nil || time.Since(began) != time.Duration(len(g.body))*time.Second {
			t.Errorf("%d bytes in %v, %v", len(g.body), time.Since(began), g.err)
		}
		if g := c.exchange(c.env["AZURE_TENANT_ID"], c.form()); g.status != 503 || !strings.Contains(g.body, "AADSTS90033") {
			t.Errorf("%d %s", g.status, g.body)
		}
		if got := c.assertion(); got != "" {
			t.Errorf("an assertion in spite of the fault")
		}
	})
}

func TestLateOperation(t *testing.T) {
	t.Parallel()
	bubble(t, "offer live\nfault publish 1 accept-late 20s", func(c *caller) {
		c.do("POST", offerPath("publish"))
		c.want("at once", observed(c), "publish completed, goLive completed; succeeded; ")
		if g := c.do("POST", offerPath("publish")); g.status != 409 {
			t.Errorf("a second publish: %d", g.status)
		}
		time.Sleep(20 * time.Second)
		c.want("20 seconds later", observed(c), "publish completed, goLive completed, publish running; running; Validate Pre-Requisites: inProgress")
	})
}

func TestWhenFaultsStrike(t *testing.T) {
	t.Parallel()
	for when, want := range map[string]string{
		"list 2":          "200 503 200 200 200",
		"list 2..3":       "200 503 503 200 200",
		"list 4..":        "200 200 200 503 503",
		"list *":          "503 503 503 503 503",
		"list":            "503 503 503 503 503",
		"list 2m..4m":     "200 200 503 503 200",
		"list 3m..":       "200 200 200 503 503",
		"marketplace 5":   "200 200 503 200 200", // each round asks for the list and for the status
		"* 3":             "503 200 200 200 200", // the first two were the sign-in's
		"operation *":     "200 200 200 200 200",
		"status *":        "200 200 200 200 200",
		"marketplace 3..": "200 503 503 503 503",
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			bubble(t, "fault "+when+" status 503", func(c *caller) {
				var got []string
				for range 5 {
					got = append(got, fmt.Sprint(c.do("GET", submissions).status))
					c.do("GET", offerPath("status"))
					time.Sleep(time.Minute)
				}
				c.want(when, strings.Join(got, " "), want)
			})
		})
	}
}

func TestHookComesFirst(t *testing.T) {
	t.Parallel()
	s := mustParse(t, "fault list * status 503")
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		c := newCaller(t, New(s, Options{Hook: func(call Call) Fault {
			seen = append(seen, fmt.Sprint(call.Endpoint, call.Nth))
			if call.Endpoint == "list" && call.Nth == 2 {
				return Fault{Name: "status", Status: 418}
			}
			return Fault{}
		}}))
		first, second := c.do("GET", submissions).status, c.do("GET", submissions).status
		if first != 503 || second != 418 || !slices.Equal(seen, []string{"idtoken1", "token1", "list1", "list2"}) {
			t.Errorf("%d, %d, %q", first, second, seen)
		}
	})
}

func TestSpeed(t *testing.T) {
	t.Parallel()
	s := mustParse(t, "fault list 1 status 429 retry-after 30s\nfault list 2 status 429 retry-after 10m")
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t, New(s, Options{Speed: 60}))
		for _, want := range []string{"1", "10"} {
			if got := c.do("GET", submissions).header.Get("Retry-After"); got != want {
				t.Errorf("Retry-After %q, want %s", got, want)
			}
		}
		c.start("publish")
		time.Sleep(49 * time.Second)
		c.want("after 49 s", c.e.Truth().Offer, "running")
		time.Sleep(time.Second)
		c.want("after 50 s", c.e.Truth().Offer, "waitingForPublisherReview")
	})
}

func TestTransportTellsOfConnections(t *testing.T) {
	t.Parallel()
	bubble(t, "fault list 1 dial\nfault list 2 tls", func(c *caller) {
		for _, want := range []string{"asked", "asked", "asked got"} {
			var told []string
			ctx := httptrace.WithClientTrace(c.t.Context(), &httptrace.ClientTrace{
				GetConn: func(string) { told = append(told, "asked") },
				GotConn: func(httptrace.GotConnInfo) { told = append(told, "got") },
			})
			c.send(ctx, "GET", marketplaceOrigin+submissions, "")
			c.want("connection", strings.Join(told, " "), want)
		}
		ctx, cancel := context.WithCancel(c.t.Context())
		cancel()
		before := len(c.e.Calls())
		if g := c.send(ctx, "GET", marketplaceOrigin+submissions, ""); !errors.Is(g.err, context.Canceled) || len(c.e.Calls()) != before {
			t.Errorf("a canceled request: %v", g.err)
		}
	})
}

func TestBodyCloseEndsARead(t *testing.T) {
	t.Parallel()
	bubble(t, "fault list 1 slow", func(c *caller) {
		r, err := http.NewRequestWithContext(c.t.Context(), "GET", marketplaceOrigin+submissions+"?api-version=2017-10-31", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.token)
		response, err := c.e.Transport().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Millisecond, func() { response.Body.Close() })
		if _, err := io.ReadAll(response.Body); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("read after close: %v", err)
		}
	})
}

func TestHostileTexts(t *testing.T) {
	t.Parallel()
	bubble(t, "hostile\nmessage information \"top\"\nentra wrong-subject", func(c *caller) {
		c.e.mu.Lock()
		c.token = c.e.issued.grant(portalAudience, 0)
		c.e.mu.Unlock()
		path := c.start("publish")
		time.Sleep(6 * time.Minute)
		for what, g := range map[string]got{"operation": c.do("GET", path), "status": c.do("GET", offerPath("status")), "refusal": c.do("POST", offerPath("publish")),
			"sign-in": c.exchange(c.env["AZURE_TENANT_ID"], c.form())} {
			for _, part := range []string{`\n::error::pwned`, `##vso[task.complete`, `##[error]`, `\u001b[31m`, `\u2028::error::`, `\u003cscript\u003e`, `status\u003c\u003cEOF`, hostileToken} {
				if !strings.Contains(g.body, part) {
					t.Errorf("%s has no %s", what, part)
				}
			}
			if what == "sign-in" && !strings.Contains(g.body, c.e.Secrets()[len(c.e.Secrets())-1]) {
				t.Errorf("%s does not echo the assertion", what)
			}
			if what != "sign-in" && !strings.Contains(g.body, "Bearer "+c.token) {
				t.Errorf("%s does not echo the token", what)
			}
			if !strings.Contains(g.header.Get("X-Ms-Correlation-Request-Id"), "##vso[") {
				t.Errorf("%s: correlation id %q", what, g.header.Get("X-Ms-Correlation-Request-Id"))
			}
		}
		if !strings.Contains(c.do("GET", path).body, `"id":"publisher-signoff"`) {
			t.Error("the step's id is gone")
		}
		if !slices.Contains(c.e.Secrets(), hostileToken) || !slices.Contains(c.e.Secrets(), c.token) {
			t.Error("a token is no secret")
		}
	})
}

// Many callers at once must find one operation.
func TestConcurrentPublishes(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		var all sync.WaitGroup
		var mu sync.Mutex
		counts := map[int]int{}
		for range 20 {
			all.Go(func() {
				g := c.do("POST", offerPath("publish"))
				c.e.Truth()
				mu.Lock()
				counts[g.status]++
				mu.Unlock()
			})
		}
		all.Wait()
		if counts[202] != 1 || counts[409] != 19 {
			t.Errorf("%v", counts)
		}
	})
}
