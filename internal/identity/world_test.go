package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	tenant        = "11111111-1111-1111-1111-111111111111"
	client        = "22222222-2222-2222-2222-222222222222"
	connection    = "33333333-3333-3333-3333-333333333333"
	scope         = "https://cloudpartner.azure.com/.default"
	authority     = "https://127.0.0.1:8443/"
	githubURL     = "https://pipelines.example/token?api-version=2.0"
	devopsURL     = "https://dev.example/oidctoken"
	requestToken  = "request-token+of/this=job"
	systemToken   = "system-access-token-of-this-job"
	tokenFilePath = "/var/run/secrets/assertion"
)

func options() policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true}
}

// world is both ends of a sign-in in one: the platform's variables and files, and every service, as a RoundTripper.
type world struct {
	t     *testing.T
	env   map[string]string
	files map[string]string

	// Either may answer in place of the usual; nil from them means the usual.
	endpoint func(try int, r *http.Request) (*http.Response, error)
	entra    func(try int, r *http.Request, form string) (*http.Response, error)
	life     time.Duration // of an assertion; 5 minutes when zero
	tokens   time.Duration // life of an access token; an hour when zero

	mu        sync.Mutex
	issued    int      // assertions
	asked     int      // requests to the id-token endpoint
	presented []string // assertions that Entra saw
	granted   int      // access tokens
	discovery int
	log       []string // "secret X", "redact X", "send HOST"
}

func (w *world) config(auth, platform string) Config {
	return Config{
		Auth: auth, Tenant: tenant, Client: client, Platform: platform,
		Authority: authority, Loopback: true, Transport: w,
		ServiceConnection: connection,
		Getenv:            func(name string) string { return w.env[name] },
		ReadFile: func(name string) ([]byte, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if text, ok := w.files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		Secret: func(v string) { w.note("secret " + v) },
		Redact: func(v string) { w.note("redact " + v) },
	}
}

func (w *world) note(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, line)
}

func (w *world) credential(auth, platform string) *Credential {
	w.t.Helper()
	c, err := New(w.config(auth, platform))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// assertion makes the n-th assertion of the world.
func (w *world) assertion(n int) string {
	life := w.life
	if life == 0 {
		life = 5 * time.Minute
	}
	return jwtOf(map[string]any{
		"iss": "https://issuer.example", "sub": fmt.Sprintf("repo:contoso/offers:run:%d", n), "aud": audience,
		"exp": time.Now().Add(life).Unix(), "nbf": time.Now().Unix(), "iat": time.Now().Unix(),
	})
}

func jwtOf(claims any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString(payload) + ".c2lnbmF0dXJl"
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.note("send " + r.URL.Host)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var form string
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form = string(data)
	}
	response, err := w.serve(r, form)
	if response != nil {
		response.Request = r
	}
	return response, err
}

func (w *world) serve(r *http.Request, form string) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	base := "https://" + r.URL.Host + "/" + tenant
	switch {
	case r.URL.Host == "pipelines.example" || r.URL.Host == "dev.example":
		w.asked++
		if w.endpoint != nil {
			if response, err := w.endpoint(w.asked, r); response != nil || err != nil {
				return response, err
			}
		}
		return w.issue(r)
	case strings.HasSuffix(r.URL.Path, "/discovery/instance"):
		w.discovery++
		return reply(200, `{"tenant_discovery_endpoint":"`+base+`/v2.0/.well-known/openid-configuration",
			"metadata":[{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com"]}]}`), nil
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		return reply(200, `{"authorization_endpoint":"`+base+`/authorize","token_endpoint":"`+base+`/oauth2/v2.0/token","issuer":"`+base+`/v2.0"}`), nil
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		return w.grant(r, form)
	}
	return nil, errors.New("no such host: " + r.URL.Host)
}

// issue is the id-token endpoint of GitHub and of Azure Pipelines, as strict as they are.
func (w *world) issue(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	name := "value"
	if r.URL.Host == "dev.example" {
		name = "oidcToken"
		if r.Method != http.MethodPost || query.Get("api-version") != "7.1" || query.Get("serviceConnectionId") != connection ||
			r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" || r.Header.Get("Authorization") != "Bearer "+systemToken {
			return reply(401, `{"message":"not as documented"}`), nil
		}
	} else if r.Method != http.MethodGet || query.Get("audience") != audience || query.Get("api-version") != "2.0" ||
		r.Header.Get("Authorization") != "Bearer "+requestToken {
		return reply(401, `{"message":"not as documented"}`), nil
	}
	w.issued++
	return reply(200, `{"`+name+`":"`+w.assertion(w.issued)+`"}`), nil
}

func (w *world) grant(r *http.Request, form string) (*http.Response, error) {
	assertion := formValue(w.t, form, "client_assertion")
	if !slices.Contains(w.log, "secret "+assertion) {
		w.t.Error("an assertion was sent before it was masked")
	}
	w.presented = append(w.presented, assertion)
	if w.entra != nil {
		if response, err := w.entra(len(w.presented), r, form); response != nil || err != nil {
			return response, err
		}
	}
	if got := formValue(w.t, form, "client_id"); got != client || !strings.Contains(formValue(w.t, form, "scope"), "/.default") {
		return refusalOf(400, "AADSTS700016", "wrong client or scope"), nil
	}
	life := w.tokens
	if life == 0 {
		life = time.Hour
	}
	w.granted++
	return reply(200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":"access-token-%d"}`, int(life.Seconds()), w.granted)), nil
}

func reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func refusalOf(status int, code, text string) *http.Response {
	body, err := json.Marshal(map[string]any{
		"error": "invalid_client", "error_description": code + ": " + text + "\r\nTrace ID: t\r\nCorrelation ID: 44444444\r\nTimestamp: now",
		"correlation_id": "44444444", "error_codes": []int{1},
	})
	if err != nil {
		panic(err)
	}
	return reply(status, string(body))
}

// worlds are ready for each way that speaks HTTP or reads something.
func newWorld(t *testing.T) *world {
	return &world{t: t, env: map[string]string{}, files: map[string]string{}}
}

func onGitHub(t *testing.T) *world {
	w := newWorld(t)
	w.env[gitHubURL], w.env[gitHubToken] = githubURL, requestToken
	return w
}

func onAzurePipelines(t *testing.T) *world {
	w := newWorld(t)
	w.env[pipelinesURL], w.env[pipelinesToken] = devopsURL, systemToken
	return w
}

func onGitLab(t *testing.T) *world {
	w := newWorld(t)
	w.life = 3 * time.Hour
	w.env[idToken] = w.assertion(1)
	return w
}

func withFile(t *testing.T) *world {
	w := newWorld(t)
	w.env[tokenFile], w.files[tokenFilePath] = tokenFilePath, w.assertion(1)+"\n"
	return w
}

// failed asserts that err is an *Error of the kind.
func failed(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T (%v), want *Error", err, err)
	}
	if e.Kind != kind {
		t.Fatalf("kind %v, want %v: %v", e.Kind, kind, err)
	}
	return e
}
