package identity

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeClaims(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token string
		want  Claims
		fails bool
	}{
		"all": {token: jwtOf(map[string]any{"iss": "i", "sub": "s", "aud": "a", "exp": 100, "nbf": 50, "iat": 60, "project_id": "42", "repository_id": 7, "namespace_id": "a b", "user_id": "1"}),
			want: Claims{"i", "s", []string{"a"}, time.Unix(100, 0).UTC(), time.Unix(50, 0).UTC(), []ID{{"repository_id", "7"}, {"project_id", "42"}}}},
		"a list and a fraction": {token: jwtOf(map[string]any{"aud": []string{"a", "b"}, "exp": 100.9}),
			want: Claims{Audience: []string{"a", "b"}, Expires: time.Unix(100, 0).UTC()}},
		"none":              {token: jwtOf(map[string]any{}), want: Claims{}},
		"times out of life": {token: jwtOf(map[string]any{"exp": 1e300, "nbf": -5, "iat": nil}), want: Claims{}},
		"padding":           {token: "e30.eyJzdWIiOiJzIn0=.x", want: Claims{Subject: "s"}},
		"no list of claims": {token: jwtOf([]int{1}), fails: true},
		"a wrong type":      {token: jwtOf(map[string]any{"exp": "soon"}), fails: true},
		"two parts":         {token: "a.b", fails: true},
		"four parts":        {token: "a.b.c.d", fails: true},
		"no base64":         {token: "a.?.c", fails: true},
		"empty":             {token: "", fails: true},
	} {
		got, err := decodeClaims(tc.token)
		if (err != nil) != tc.fails {
			t.Errorf("%s: error %v", name, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzDecodeClaims(f *testing.F) {
	f.Add(jwtOf(map[string]any{"iss": "i", "aud": []string{"a"}, "exp": 1e9}))
	f.Add("a.b.c")
	f.Add("e30.eyJleHAiOjFlMzA4fQ.x")
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := decodeClaims(token)
		if err != nil && (!claims.Expires.IsZero() || claims.Subject != "" || len(token) > 40 && strings.Contains(err.Error(), token)) {
			t.Errorf("%+v, %v", claims, err)
		}
		for _, at := range []time.Time{claims.Expires, claims.NotBefore} {
			if !at.IsZero() && (at.Year() < 1970 || at.Year() > 9999) {
				t.Errorf("time %v", at)
			}
		}
		if _, err := json.Marshal(claims); err != nil {
			t.Error(err)
		}
	})
}

func FuzzParseRefusal(f *testing.F) {
	f.Add([]byte(`{"error":"invalid_client","error_description":"AADSTS700213: No match.\r\nTrace ID: x","error_codes":[700213],"correlation_id":"c"}`), 400)
	f.Add([]byte(`<html>`), 502)
	f.Add([]byte(`{"error":"x","error_codes":[1]}`), 400)
	f.Add([]byte(`{"error":{"message":"x"}}`), 500)
	f.Add([]byte(`{"error":"x","error_codes":[-1]}`), 302)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		c := &Credential{secrets: newSecrets(func(string) {}, func(string) {})}
		e := &Error{Kind: Unavailable, By: "Entra"}
		c.judge(e, status, body)
		if e.Kind != Refused && e.Kind != Unavailable {
			t.Errorf("kind %v", e.Kind)
		}
		if digits, ok := strings.CutPrefix(e.Code, "AADSTS"); e.Code != "" && (!ok || digits == "" || strings.Trim(digits, "0123456789") != "") {
			t.Errorf("code %q", e.Code)
		}
		if len([]rune(e.Error())) > 2*maxLine || strings.ContainsFunc(e.Error(), func(r rune) bool { return r < ' ' }) {
			t.Errorf("not one short line: %q", e)
		}
		if said, _ := message(string(body), true); strings.HasPrefix(said, "<") && !json.Valid(body) {
			t.Error("a page of HTML is quoted")
		}
	})
}
