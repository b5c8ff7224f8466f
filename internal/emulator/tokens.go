package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// audience is the one that Entra's federated credentials ask for.
const audience = "api://AzureADTokenExchange"

// hostileToken is shaped like a token and stands in hostile texts.
const hostileToken = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keSBlbHNlIn0.bm90LWEtc2lnbmF0dXJl"

// issuer hands out every token. Its user locks.
type issuer struct {
	script     *Script
	seed       int64
	count      int
	secrets    []string
	assertions map[string]assertion
	access     map[string]accessToken
	requests   map[string]string // the platforms' request tokens, by platform
}

type assertion struct {
	subject, audience string
	expires           time.Time // real time
}

type accessToken struct {
	audience string
	expires  time.Time     // real time
	issued   time.Duration // emulated
}

func newIssuer(s *Script, seed int64, began time.Time) *issuer {
	i := &issuer{script: s, seed: seed, assertions: map[string]assertion{}, access: map[string]accessToken{}, requests: map[string]string{}}
	// GitHub's request token was seen to live from 10 minutes before the job to 6 h 10 min after its start:
	// https://github.com/Azure/azure-cli/pull/28778
	for _, platform := range []string{"github", "azure-pipelines"} {
		i.requests[platform] = i.jwt(map[string]any{"iss": platform, "nbf": began.Add(-10 * time.Minute).Unix(), "exp": began.Add(370 * time.Minute).Unix()})
	}
	if s.hostile {
		i.secrets = append(i.secrets, hostileToken)
	}
	return i
}

// jwt is a token of the usual three parts; nobody could verify its signature.
func (i *issuer) jwt(claims map[string]any) string {
	i.count++
	claims["jti"] = guid(i.seed, fmt.Sprint("token ", i.count))
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // strings and numbers only
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"alg":"RS256","kid":"emulator","typ":"JWT"}`)) + "." + enc.EncodeToString(payload)
	signature := sha256.Sum256(fmt.Appendf(nil, "%d %s", i.seed, signed))
	token := signed + "." + enc.EncodeToString(signature[:])
	i.secrets = append(i.secrets, token)
	return token
}

// assert issues an id token of a platform, for the subject of the script.
func (i *issuer) assert(platform, aud string) string {
	now := time.Now()
	life := i.script.assertionLife
	iss := "https://token.actions.githubusercontent.com"
	if life == 0 {
		life = 5 * time.Minute
	}
	switch platform {
	case "azure-pipelines":
		iss = "https://login.microsoftonline.com/" + i.script.tenant + "/v2.0"
	case "gitlab":
		iss = "https://gitlab.com"
		if i.script.assertionLife == 0 {
			life = time.Hour // the job's timeout
		}
	}
	if i.script.issuer != "" {
		iss = i.script.issuer
	}
	if i.script.audience != "" {
		aud = i.script.audience
	}
	a := assertion{i.script.subject, aud, now.Add(life)}
	token := i.jwt(map[string]any{"iss": iss, "sub": a.subject, "aud": aud,
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Second).Unix(), "exp": a.expires.Unix()})
	i.assertions[token] = a
	return token
}

// grant issues an access token for one of the audiences.
func (i *issuer) grant(aud string, at time.Duration) string {
	now := time.Now()
	t := accessToken{aud, now.Add(i.script.tokenLife), at}
	token := i.jwt(map[string]any{"iss": "https://sts.windows.net/" + i.script.tenant + "/", "aud": aud,
		"appid": i.script.client, "iat": now.Unix(), "nbf": now.Unix(), "exp": t.expires.Unix()})
	i.access[token] = t
	return token
}

// admits reports whether a request carries an access token that is good now, and made for this audience.
func (i *issuer) admits(r *request, aud string) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return bearer && i.good(token, aud, r.now)
}

func (i *issuer) good(token, aud string, at time.Duration) bool {
	t, known := i.access[token]
	if !known || t.audience != aud || !time.Now().Before(t.expires) {
		return false
	}
	for _, since := range i.script.invalidations {
		if t.issued < since && at >= since {
			return false
		}
	}
	return true
}
