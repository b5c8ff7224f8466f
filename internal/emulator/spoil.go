package emulator

import (
	"cmp"
	"encoding/base64"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// spoil lets a fault work on the true answer.
func (e *Emulator) spoil(answer reply, r *request) reply {
	f := r.fault
	switch f.kind() {
	case "":
	case "truncated":
		if answer.pace = "truncated"; len(answer.body) == 0 {
			answer.body = []byte(`{"truncated":true}`)
		}
	case "slow":
		answer.pace = "slow"
	case "delay":
		answer.delay = f.Delay
	case "nolocation":
		for _, name := range []string{"Location", "Operation-Location", "Azure-AsyncOperation"} {
			answer.header.Del(name)
		}
	case "repeat":
	default:
		answer = e.instead(r)
	}
	if answer.header != nil {
		e.date(answer.header, r)
		s, _ := serviceOf(r.target.endpoint)
		answer.header.Set(cmp.Or(s.correlation, "X-Ms-Correlation-Request-Id"), e.correlation(r))
		if f.RetryAfter != "" {
			answer.header.Set("Retry-After", e.retryAfter(f.RetryAfter))
		}
	}
	return answer
}

// instead is what a fault has in place of the answer, which it does not look at.
func (e *Emulator) instead(r *request) (answer reply) {
	switch f := r.fault; f.kind() {
	case "status":
		answer = e.faultStatus(r, f.Status)
		if f.Text != "" {
			answer.body = []byte(f.Text)
		}
	case "body", "json":
		answer = text(either(f.Status, 200), f.Text)
		if f.kind() == "json" {
			answer.header.Set("Content-Type", "application/json; charset=utf-8")
		}
	case "html":
		answer = page(either(f.Status, 502), "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>")
	case "redirect":
		answer = text(either(f.Status, 307), "")
		answer.header.Set("Location", f.Text)
	case "challenge":
		answer = text(401, "")
		claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`))
		answer.header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="`+claims+`"`)
	case "switch":
		answer = text(http.StatusSwitchingProtocols, "")
		answer.header.Set("Connection", "Upgrade")
		answer.header.Set("Upgrade", "h2c")
		answer.pace = "switched"
	case "cut", "late":
		answer = reply{err: errCut}
	case "stall":
		answer = reply{stall: true}
	case "huge":
		answer = asJSON(200, map[string]any{"status": "running", "description": strings.Repeat("x", 8<<20)})
	case "endless":
		answer = asJSON(200, nil)
		answer.pace = "endless"
	case "deep-json":
		answer = asJSON(200, nil)
		answer.body = []byte(`{"status":"running","steps":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}")
	case "header-bomb":
		answer = asJSON(200, map[string]any{"status": "running"})
		for i := range 900 {
			answer.header.Set("X-Filler-"+strconv.Itoa(i), strings.Repeat("x", 1000))
		}
	case "dial", "dns", "tls":
		answer = reply{err: unsent(f.Name, r), unsent: true}
	}
	return answer
}

// date writes what the clock of the service shows that answers, where the script speaks of clocks.
func (e *Emulator) date(h http.Header, r *request) {
	s, _ := serviceOf(r.target.endpoint)
	clock := e.script.clock
	signsIn := s.name == "entra" || s.name == "oidc"
	if signsIn && !clock.everywhere {
		clock.ahead = 0
	}
	if clock.set {
		h.Set("Date", time.Now().Add(clock.ahead).UTC().Format(http.TimeFormat))
	}
}

func either(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// retryAfter turns emulated time into what the client has to wait in its own.
func (e *Emulator) retryAfter(value string) string {
	bare, date := strings.CutPrefix(value, "date ")
	d, err := time.ParseDuration(bare)
	switch {
	case err != nil:
		return value
	case date:
		return time.Now().Add(e.real(d) + e.script.clock.ahead).UTC().Format(http.TimeFormat)
	}
	return strconv.Itoa(int(math.Ceil(e.real(d).Seconds())))
}

// faultStatus is a refusal with the body that each service usually gives.
func (e *Emulator) faultStatus(r *request, status int) reply {
	if s, ok := serviceOf(r.target.endpoint); ok {
		return s.refuse(e, r, status)
	}
	return text(status, e.hostile(http.StatusText(status), r)+"\n")
}
