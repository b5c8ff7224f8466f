package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Claims is what an assertion says about itself, unverified, for diagnosis: never the assertion. A time that it does
// not hold is zero.
type Claims struct {
	Issuer    string
	Subject   string
	Audience  []string
	Expires   time.Time
	NotBefore time.Time
	IssuedAt  time.Time
}

// decodeClaims reads the payload of a JSON Web Token.
// https://www.rfc-editor.org/rfc/rfc7519
func decodeClaims(assertion string) (Claims, error) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return Claims{}, errors.New("not a JSON Web Token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Claims{}, errors.New("the token's payload is not base64url")
	}
	var raw struct {
		Issuer    string    `json:"iss"`
		Subject   string    `json:"sub"`
		Audience  audiences `json:"aud"`
		Expires   seconds   `json:"exp"`
		NotBefore seconds   `json:"nbf"`
		IssuedAt  seconds   `json:"iat"`
	}
	if err := json.Unmarshal(payload, &raw); err != nil {
		return Claims{}, errors.New("the token's payload is not the expected JSON")
	}
	return Claims{
		Issuer: raw.Issuer, Subject: raw.Subject, Audience: raw.Audience,
		Expires: raw.Expires.Time, NotBefore: raw.NotBefore.Time, IssuedAt: raw.IssuedAt.Time,
	}, nil
}

// audiences is one string or a list of them.
type audiences []string

func (a *audiences) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]string)(a))
	}
	var one string
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	if one != "" {
		*a = audiences{one}
	}
	return nil
}

// seconds is a NumericDate: seconds since 1970, possibly with a fraction. One outside the years 1970 to 9999 counts as
// absent.
type seconds struct{ time.Time }

func (s *seconds) UnmarshalJSON(data []byte) error {
	const year9999 = 253402300799
	var n float64
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	if n > 0 && n <= year9999 {
		s.Time = time.Unix(int64(n), 0).UTC()
	}
	return nil
}
