package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
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
	IDs       []ID // that a flexible federated credential has to name beside the subject
}

// ID is one of the ids that cannot change owners, as GitHub and GitLab put them into a token.
type ID struct{ Name, Value string }

// retiringIssuer is Azure DevOps' own, which is replaced by Entra's.
// https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
const retiringIssuer = "vstoken.dev.azure.com"

// RetiringIssuer reports that the issuer retires on 1 July 2027.
func (c Claims) RetiringIssuer() bool {
	u, err := url.Parse(c.Issuer)
	return err == nil && strings.EqualFold(u.Hostname(), retiringIssuer)
}

// UsualAudience reports that the audience is the usual one of Entra, in one of its clouds. Any other works only
// if the app's federated credential names just that.
func (c Claims) UsualAudience() bool {
	usual := []string{audience, audience + "USGov", audience + "China"}
	return slices.ContainsFunc(c.Audience, func(own string) bool { return slices.Contains(usual, own) })
}

// gitHub reports that GitHub issued the token.
func (c Claims) gitHub() bool {
	return strings.Contains(c.Issuer, "token.actions.") || strings.HasSuffix(c.Issuer, "/_services/token")
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
	}
	if err := json.Unmarshal(payload, &raw); err != nil {
		return Claims{}, errors.New("the token's payload is not the expected JSON")
	}
	var all map[string]json.RawMessage
	_ = json.Unmarshal(payload, &all) // it was an object a moment ago
	var ids []ID
	// https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
	for _, name := range []string{"repository_id", "repository_owner_id", "project_id", "namespace_id"} {
		value := strings.Trim(string(all[name]), `"`) // all of them are numbers, in quotes or not
		if value != "" && len(value) <= 20 && strings.Trim(value, "0123456789") == "" {
			ids = append(ids, ID{name, value})
		}
	}
	return Claims{
		IDs:    ids,
		Issuer: raw.Issuer, Subject: raw.Subject, Audience: raw.Audience,
		Expires: raw.Expires.Time, NotBefore: raw.NotBefore.Time,
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
