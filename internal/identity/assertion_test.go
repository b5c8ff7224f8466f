package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// endpoints are the two that issue an assertion on request.
func endpoints() map[string]func(*testing.T) (*world, string) {
	return map[string]func(*testing.T) (*world, string){
		gitHub:         func(t *testing.T) (*world, string) { return onGitHub(t), "github" },
		azurePipelines: func(t *testing.T) (*world, string) { return onAzurePipelines(t), "azure-pipelines" },
	}
}

func TestTheIDTokenEndpointIsTriedAgainOnlyForWhatPasses(t *testing.T) {
	t.Parallel()
	always := func(response func() (*http.Response, error)) func(int) (*http.Response, error) {
		return func(int) (*http.Response, error) { return response() }
	}
	status := func(code int, body string, headers ...string) func(int) (*http.Response, error) {
		return always(func() (*http.Response, error) { return reply(code, body, headers...), nil })
	}
	once := func(f func(int) (*http.Response, error)) func(int) (*http.Response, error) {
		return func(try int) (*http.Response, error) {
			if try > 1 {
				return nil, nil
			}
			return f(try)
		}
	}
	broken := always(func() (*http.Response, error) { return nil, errors.New("connection reset by peer") })
	cut := always(func() (*http.Response, error) {
		response := reply(200, "")
		response.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"value":"x`), cutReader{}))
		return response, nil
	})
	for _, tc := range []struct {
		name  string
		serve func(try int) (*http.Response, error)
		kind  Kind // 0: signs in
		asked int
		took  time.Duration
	}{
		{"network, once", once(broken), 0, 2, time.Second},
		{"network, always", broken, Unavailable, 4, 7 * time.Second},
		{"cut, always", cut, Unavailable, 4, 7 * time.Second},
		{"500, once", once(status(500, "")), 0, 2, time.Second},
		{"503, always", status(503, "<html>busy</html>"), Unavailable, 4, 7 * time.Second},
		{"408, once", once(status(408, "")), 0, 2, time.Second},
		{"429 with Retry-After", once(status(429, "", "Retry-After", "20")), 0, 2, 20 * time.Second},
		{"429 with a long Retry-After", status(429, "", "Retry-After", "3600"), Unavailable, 1, 0},
		{"429 with nonsense", once(status(429, "", "Retry-After", "soon")), 0, 2, time.Second},
		{"empty value, once", once(status(200, `{"value":"","oidcToken":""}`)), 0, 2, time.Second},
		{"empty value, always", status(200, `{"value":"","oidcToken":""}`), Unavailable, 4, 7 * time.Second},
		{"no JSON, once", once(status(200, `<html>`)), 0, 2, time.Second},
		{"a value with blanks", status(200, `{"value":"a b","oidcToken":"a\nb"}`), Unavailable, 4, 7 * time.Second},
		{"a value too long", status(200, `{"value":"`+strings.Repeat("x", 1<<17)+`","oidcToken":"`+strings.Repeat("x", 1<<17)+`"}`), Unavailable, 4, 7 * time.Second},
		{"a sign-in page", status(203, `<html>`), Unavailable, 4, 7 * time.Second},
		{"400", status(400, `{"message":"no"}`), Refused, 1, 0},
		{"401", status(401, ``), Refused, 1, 0},
		{"403", status(403, `no`), Refused, 1, 0},
		{"404", status(404, `<html>`), Refused, 1, 0},
		{"redirect", status(302, ``, "Location", "https://evil.example/"), Refused, 1, 0},
		{"redirect that keeps the method", status(307, ``, "Location", "https://evil.example/"), Refused, 1, 0},
	} {
		for way, begin := range endpoints() {
			t.Run(tc.name+", "+way, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w, platform := begin(t)
					w.endpoint = func(try int, _ *http.Request) (*http.Response, error) { return tc.serve(try) }
					begun := time.Now()
					_, err := w.credential("auto", platform).GetToken(t.Context(), options())
					if tc.kind == 0 && err != nil {
						t.Fatal(err)
					}
					if tc.kind != 0 {
						e := failed(t, err, tc.kind)
						if !strings.HasSuffix(e.By, "id-token endpoint") || e.Way != way {
							t.Errorf("%+v", e)
						}
						if len(w.presented) != 0 {
							t.Error("Entra was asked all the same")
						}
					}
					if w.asked != tc.asked || time.Since(begun) != tc.took {
						t.Errorf("asked %d times in %v, want %d in %v", w.asked, time.Since(begun), tc.asked, tc.took)
					}
					for _, line := range w.log {
						if line == "send evil.example" {
							t.Error("a redirect was followed")
						}
					}
				})
			})
		}
	}
}

type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestASilentIDTokenEndpointHasADeadline(t *testing.T) {
	t.Parallel()
	for way, begin := range endpoints() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, platform := begin(t)
				c := w.credential("auto", platform)
				c.door.base = silent{w, map[string]string{gitHub: "pipelines.example/token", azurePipelines: "dev.example/oidctoken"}[way]}
				begun := time.Now()
				_, err := c.GetToken(t.Context(), options())
				e := failed(t, err, Unavailable)
				if want := 4*30*time.Second + 7*time.Second; time.Since(begun) != want {
					t.Errorf("took %v, want %v", time.Since(begun), want)
				}
				if !strings.Contains(e.Error(), "no answer within 30s") {
					t.Error(e)
				}
			})
		})
	}
}

func TestARefusalSaysWhatThePlatformSaid(t *testing.T) {
	t.Parallel()
	w := onAzurePipelines(t)
	w.endpoint = func(int, *http.Request) (*http.Response, error) {
		return reply(404, `{"$id":"1","message":"No service connection found with\r\nidentifier 3333."}`, "X-Vss-E2eid", "77"), nil
	}
	_, err := w.credential("auto", "azure-pipelines").GetToken(t.Context(), options())
	e := failed(t, err, Refused)
	want := "Azure Pipelines' id-token endpoint refused the sign-in (HTTP 404): No service connection found with identifier 3333."
	if e.Error() != want || e.CorrelationID != "77" || e.Status != 404 {
		t.Errorf("%q\nwant %q\n%+v", e.Error(), want, e)
	}
}

// Since March 2026 Azure Pipelines wants a task of the stage to name the connection, and says so in place of a token.
func TestTheConnectionMustBeReferenced(t *testing.T) {
	t.Parallel()
	const said = "There is no explicit reference to service connection 3333 from current stage Publish.Job.__default."
	for _, status := range []int{200, 400, 401, 404} {
		w := onAzurePipelines(t)
		w.endpoint = func(int, *http.Request) (*http.Response, error) {
			return reply(status, `{"count":151,"value":"`+said+` `+systemToken+`"}`), nil
		}
		_, err := w.credential("auto", "azure-pipelines").GetToken(t.Context(), options())
		e := failed(t, err, Refused)
		hints := strings.Join(e.Hints, "\n")
		if e.Fact != NoReference || !strings.HasSuffix(e.Error(), fmt.Sprintf("(HTTP %d): %s ***", status, said)) || !strings.Contains(hints, "AzureCLI@2") {
			t.Errorf("%d: %q: %v\n%s", status, e.Fact, e, hints)
		}
		if w.asked != 1 {
			t.Errorf("%d: asked %d times", status, w.asked)
		}
	}
}

// Whatever comes in place of a token is shown.
func TestAnAnswerWithoutATokenKeepsItsWords(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"message":"try later"}`:                     "(HTTP 200): try later",
		`{"error":{"message":"not you"}}`:             "(HTTP 200): not you",
		`{"count":1,"things":[]}`:                     "JSON with the fields count, things",
		`busy just now`:                               "busy just now",
		`<html><head><title>Sign in</title></head>`:   "a page of HTML: Sign in",
		`<html><body>hello</body></html>`:             "a page of HTML",
		`{"oidcToken":"a b","value":"c d","count":2}`: "",
	} {
		for way, begin := range endpoints() {
			synctest.Test(t, func(t *testing.T) {
				w, platform := begin(t)
				w.endpoint = func(int, *http.Request) (*http.Response, error) { return reply(200, body), nil }
				_, err := w.credential("auto", platform).GetToken(t.Context(), options())
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(e.Error(), want) {
					t.Errorf("%s, %s: %v, want %q", way, body, err, want)
				}
			})
		}
	}
}

// An answer that is none must not hold up anything: of 101 the body is the bare connection.
func TestASwitchOfProtocolsEndsTheCall(t *testing.T) {
	t.Parallel()
	for way, begin := range endpoints() {
		for _, atEntra := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w, platform := begin(t)
				open := 0
				switched := func() *http.Response {
					open++
					r := reply(101, "")
					r.Body = endless{make(chan struct{}), func() { open-- }}
					return r
				}
				if atEntra {
					w.entra = func(int, *http.Request, string) (*http.Response, error) { return switched(), nil }
				} else {
					w.endpoint = func(int, *http.Request) (*http.Response, error) { return switched(), nil }
				}
				_, err := w.credential("auto", platform).GetToken(t.Context(), options())
				if e := failed(t, err, Unavailable); !strings.Contains(e.Error(), "101") || open != 0 {
					t.Errorf("%s, at Entra %t: %v, %d left open", way, atEntra, e, open)
				}
			})
		}
	}
}

// endless is a body that says nothing until it is closed.
type endless struct {
	closed chan struct{}
	close  func()
}

func (e endless) Read([]byte) (int, error) {
	<-e.closed
	return 0, io.EOF
}

func (e endless) Close() error {
	close(e.closed)
	e.close()
	return nil
}

func TestAnIDTokenIsUsedAsLongAsItLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := onGitLab(t)
		w.env[idToken] = jwtOf(map[string]any{"exp": time.Now().Add(100 * time.Minute).Unix(), "iss": "https://gitlab.example"})
		c := w.credential("auto", "gitlab")
		if _, err := c.GetToken(t.Context(), options()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(99 * time.Minute)
		if _, err := c.GetToken(t.Context(), options()); err != nil {
			t.Fatalf("with a minute left: %v", err)
		}
		time.Sleep(time.Second)
		c.Renew()
		_, err := c.GetToken(t.Context(), options())
		e := failed(t, err, Expired)
		if e.Transient() || e.Claims.Issuer != "https://gitlab.example" || !strings.Contains(strings.Join(e.Hints, ""), "raise the job's timeout") {
			t.Errorf("%v %+v", e, e)
		}
		if len(w.presented) != 2 {
			t.Errorf("presented %d times, want 2", len(w.presented))
		}
	})
}

func TestAnIDTokenOfUnknownLifeIsForEntraToJudge(t *testing.T) {
	t.Parallel()
	w := onGitLab(t)
	w.env[idToken] = "opaque"
	c := w.credential("auto", "gitlab")
	if _, err := c.GetToken(t.Context(), options()); err != nil || !c.AssertionEnd().IsZero() {
		t.Errorf("%v, end %v", err, c.AssertionEnd())
	}
	w.env[idToken] = "two words"
	_, err := w.credential("auto", "gitlab").GetToken(t.Context(), options())
	failed(t, err, Missing)
}

func TestATokenFileThatHoldsNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"gone":  func(w *world) { delete(w.files, tokenFilePath) },
		"empty": func(w *world) { w.files[tokenFilePath] = " \n" },
		"words": func(w *world) { w.files[tokenFilePath] = "not a token" },
	} {
		w := withFile(t)
		change(w)
		_, err := w.credential("auto", "").GetToken(t.Context(), options())
		e := failed(t, err, Missing)
		if !strings.Contains(e.Error(), tokenFile) {
			t.Errorf("%s: %v", name, e)
		}
		if name == "gone" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the cause is lost: %v", err)
		}
	}
}

func TestARetryAfterDate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"": 0, "0": 0, "-3": 0, "7": 7 * time.Second, "99999999999": 24 * time.Hour, "9999999": 24 * time.Hour,
			time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat):  9 * time.Second,
			time.Now().Add(-9 * time.Second).UTC().Format(http.TimeFormat): 0,
		} {
			if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
				t.Errorf("%q: %v, want %v", value, got, want)
			}
		}
	})
}

func TestAWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := onGitHub(t)
		w.endpoint = func(int, *http.Request) (*http.Response, error) { return reply(429, "", "Retry-After", "30"), nil }
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(3 * time.Second)
			cancel()
		}()
		begun := time.Now()
		_, err := w.credential("auto", "github").GetToken(ctx, options())
		if !errors.Is(err, context.Canceled) || time.Since(begun) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// flood is a body without an end that counts what is read of it.
type flood struct{ read int }

func (f *flood) Read(p []byte) (int, error) {
	if f.read > 16*maxEntra {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'a'
	}
	f.read += len(p)
	return len(p), nil
}

func TestNoAnswerIsReadWithoutEnd(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400} {
		for _, atEntra := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := onAzurePipelines(t)
				body := &flood{}
				answer := func() (*http.Response, error) {
					response := reply(status, "")
					body.read = 0
					response.Body = io.NopCloser(body)
					return response, nil
				}
				if atEntra {
					w.entra = func(int, *http.Request, string) (*http.Response, error) { return answer() }
				} else {
					w.endpoint = func(int, *http.Request) (*http.Response, error) { return answer() }
				}
				_, err := w.credential("auto", "azure-pipelines").GetToken(t.Context(), options())
				failed(t, err, map[bool]Kind{true: Refused, false: Unavailable}[status == 400 && !atEntra])
				if body.read > 3*maxEntra {
					t.Errorf("%d bytes were read", body.read)
				}
			})
		}
	}
}
