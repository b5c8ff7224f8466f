package identity

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"
)

// Whatever the other side sends back, none of an error's texts holds a secret.
func TestNoErrorHoldsASecret(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"message":     `{"message":"your token was %s"}`,
		"nested":      `{"error":{"code":"x","message":"%s"}}`,
		"description": `{"error":"invalid_client","error_description":"AADSTS50027: %s is no token","correlation_id":"%[1]s"}`,
		"error":       `{"error":"%s","error_codes":[50027]}`,
		"text":        `we got %s and did not like it`,
		"cut":         strings.Repeat("x ", maxLine/2-8) + `%s`,
		"too long":    strings.Repeat(" ", 64*1000-20) + `%s`, // go-githubactions reads so much
		"much longer": strings.Repeat(" ", maxEntra-20) + `%s`,
		"html":        `<p>%s</p>`,
		"value":       `{"value":"%s and more","oidcToken":"%[1]s and more"}`,
		"broken JSON": `{"access_token":"%s`,
		"wrong type":  `{"value":{"a":"%s"},"oidcToken":["%[1]s"],"access_token":{"b":"%[1]s"}}`,
	}
	for name, body := range bodies {
		for _, status := range []int{200, 203, 302, 400, 401, 403, 429, 500, 503} {
			for way, begin := range endpoints() {
				for _, atEntra := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, %d, %s, Entra %v", name, status, way, atEntra), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							w, platform := begin(t)
							var secrets []string
							echo := func(r *http.Request, form string) (*http.Response, error) {
								request := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
								for _, secret := range []string{request, url.QueryEscape(request), formValue(t, form, "client_assertion")} {
									if secret != "" {
										secrets = append(secrets, secret)
									}
								}
								text := fmt.Sprintf(body, strings.Join(secrets, " "))
								return reply(status, text, "X-Vss-E2eid", strings.Join(secrets, " ")), nil
							}
							if atEntra {
								w.entra = func(_ int, r *http.Request, form string) (*http.Response, error) { return echo(r, form) }
							} else {
								w.endpoint = func(_ int, r *http.Request) (*http.Response, error) { return echo(r, "") }
							}
							_, err := w.credential("auto", platform).GetToken(t.Context(), options())
							var e *Error
							if !errors.As(err, &e) {
								t.Fatalf("%T %v", err, err)
							}
							if len(secrets) == 0 {
								t.Fatal("nothing was echoed")
							}
							for _, text := range []string{e.Error(), e.Description, e.CorrelationID, e.Code, fmt.Sprintf("%v %v", e.Err, e.Missing)} {
								withoutSecrets(t, text, secrets)
							}
						})
					})
				}
			}
		}
	}
}

func withoutSecrets(t *testing.T, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		// A part of a secret is one, too.
		for from := 0; from+12 <= len(secret); from++ {
			if strings.Contains(text, secret[from:from+12]) {
				t.Errorf("%q holds %q of a secret", text, secret[from:from+12])
				return
			}
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) || utf8.RuneCountInString(text) > maxLine+200 {
		t.Errorf("not one short line: %q", text)
	}
}

// A network's error may quote what the other end sent.
func TestANetworkErrorIsScrubbedAndKeepsItsIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sentinel := errors.New("malformed HTTP response \"" + requestToken + "\"\n")
		w := onGitHub(t)
		w.endpoint = func(int, *http.Request) (*http.Response, error) { return nil, sentinel }
		_, err := w.credential("auto", "github").GetToken(t.Context(), options())
		if !errors.Is(err, sentinel) {
			t.Errorf("the cause is lost: %v", err)
		}
		withoutSecrets(t, failed(t, err, Unavailable).Error(), []string{requestToken})
	})
}

func TestScrubbing(t *testing.T) {
	t.Parallel()
	s := newSecrets(func(string) {}, func(string) {})
	s.secret("a.long/secret")
	s.redact("a.long/secret+longer")
	for text, want := range map[string]string{
		"plain":                    "plain",
		"<a.long/secret>":          "<***>",
		"<a.long/secret+longer>":   "<***>",
		"q=a.long%2Fsecret&x":      "q=***&x",
		"eyJhbGciOiJSUzI1NiJ9.a.b": "***",
		"cut eyJhbGciOiJSUzI1NiJ9": "cut ***",
		"eyJ is no token":          "eyJ is no token",
		"one\r\n\ttwo\x1b[31m\x00": "one two[31m",
		"\xff\xfe":                 "\ufffd\ufffd",
	} {
		if got := s.line(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := s.line(strings.Repeat("é", maxLine+1)); utf8.RuneCountInString(got) != maxLine+1 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long line: %q", got)
	}
}

// Unset variables and the platform's unresolved expressions are no secrets: masking them would blank the log.
func TestOnlySecretsAreTold(t *testing.T) {
	t.Parallel()
	w := onGitHub(t)
	w.env[pipelinesToken], w.env[idToken] = "$(System.AccessToken)", ""
	w.credential("auto", "github")
	if len(w.log) != 1 || w.log[0] != "redact "+requestToken {
		t.Errorf("told %q", w.log)
	}
}
