package emulator

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const scope = "https://cloudpartner.azure.com/.default"

// discovery tells which hosts are one cloud.
func (e *Emulator) discovery(r *request) reply {
	if r.Method != http.MethodGet {
		return text(405, "")
	}
	q := r.URL.Query()
	authority, err := url.Parse(q.Get("authorization_endpoint"))
	if err != nil || q.Get("api-version") != "1.1" || authority.Host == "" {
		return e.aadsts(r, 400, "invalid_instance", 50049, "Unknown or invalid instance.")
	}
	tenant := strings.Split(strings.TrimPrefix(authority.Path, "/"), "/")[0]
	return asJSON(200, map[string]any{
		"tenant_discovery_endpoint": authority.Scheme + "://" + authority.Host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{"preferred_network": authority.Host, "preferred_cache": authority.Host,
			"aliases": []string{authority.Host}}},
	})
}

// tenantKnown takes the GUID, and any domain of contoso's.
func (e *Emulator) tenantKnown(tenant string) bool {
	tenant = strings.ToLower(tenant)
	return e.script.entra != "unknown-tenant" && (tenant == e.script.tenant || tenant == "contoso.com" || tenant == "contoso.onmicrosoft.com")
}

func (e *Emulator) unknownTenant(r *request) reply {
	return e.aadsts(r, 400, "invalid_tenant", 90002, fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", r.target.tenant))
}

func (e *Emulator) openID(r *request) reply {
	if r.Method != http.MethodGet {
		return text(405, "")
	}
	if !e.tenantKnown(r.target.tenant) {
		return e.unknownTenant(r)
	}
	base := r.origin + "/" + r.target.tenant
	return asJSON(200, map[string]any{
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"issuer":                                base + "/v2.0",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
	})
}

// token exchanges an assertion for an access token, after the checks of
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
// with the codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (e *Emulator) token(r *request) reply {
	if r.Method != http.MethodPost {
		return e.aadsts(r, 405, "invalid_request", 900561, "The endpoint only accepts POST requests.")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return e.aadsts(r, 400, "invalid_request", 900144, "The request body must be form-encoded.")
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil {
		return e.aadsts(r, 400, "invalid_request", 900144, "The request body is malformed.")
	}
	s, now := e.script, time.Now()
	a, known := e.issued.assertions[form.Get("client_assertion")]
	client := form.Get("client_id")
	switch {
	case !e.tenantKnown(r.target.tenant):
		return e.unknownTenant(r)
	case form.Get("grant_type") != "client_credentials":
		return e.aadsts(r, 400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
	case s.entra == "unknown-app" || !strings.EqualFold(client, s.client):
		return e.aadsts(r, 400, "unauthorized_client", 700016, fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'.", client, r.target.tenant))
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form.Get("client_assertion") == "":
		return e.aadsts(r, 401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case !known:
		return e.aadsts(r, 401, "invalid_client", 50027, "JWT token is invalid or malformed.")
	case !now.Before(a.expires):
		return e.aadsts(r, 401, "invalid_client", 700024, fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s, assertion valid until %s.",
			now.UTC().Format(time.RFC3339), a.expires.UTC().Format(time.RFC3339)))
	case s.entra == "no-credential":
		return e.aadsts(r, 401, "invalid_client", 70025, "The client has no configured federated identity credentials.")
	case s.entra == "blocked":
		return e.aadsts(r, 401, "invalid_client", 700223, "Workload identity federation is blocked in the tenant.")
	case a.audience != audience:
		return e.aadsts(r, 400, "invalid_request", 700212, fmt.Sprintf("No matching federated identity record found for presented assertion audience '%s'.", a.audience))
	case s.entra == "wrong-subject":
		return e.aadsts(r, 401, "invalid_client", 700213, fmt.Sprintf("No matching federated identity record found for presented assertion subject '%s'.", a.subject))
	case !slices.Contains(strings.Fields(form.Get("scope")), scope):
		return e.aadsts(r, 400, "invalid_scope", 70011, fmt.Sprintf("The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", form.Get("scope")))
	}
	answer := map[string]any{"token_type": "Bearer", "expires_in": int(s.tokenLife.Seconds()), "ext_expires_in": int(s.tokenLife.Seconds()),
		"access_token": e.issued.grant(r.now)}
	if s.tokenRefresh > 0 {
		answer["refresh_in"] = int(s.tokenRefresh.Seconds())
	}
	return asJSON(200, answer)
}

// aadsts is a refusal as Entra words it.
func (e *Emulator) aadsts(r *request, status int, kind string, code int, why string) reply {
	why = e.hostile(why, r)
	return asJSON(status, map[string]any{
		"error":             kind,
		"error_description": "AADSTS" + strconv.Itoa(code) + ": " + why + " Trace ID: " + guid(e.opts.Seed, fmt.Sprint("trace ", r.nth)),
		"error_codes":       []int{code},
		"timestamp":         time.Now().UTC().Format("2006-01-02 15:04:05Z"),
		"correlation_id":    e.correlation(r),
	})
}

// idToken issues an id token to a pipeline, as GitHub
// (https://docs.github.com/actions/reference/security/oidc) or as Azure Pipelines
// (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create).
func (e *Emulator) idToken(r *request) reply {
	q := r.URL.Query()
	authorized := r.Header.Get("Authorization") == "Bearer "+e.issued.requests[r.target.platform]
	if r.target.platform == "github" {
		switch {
		case r.Method != http.MethodGet:
			return text(405, "")
		case !authorized:
			return asJSON(401, map[string]any{"message": e.hostile("The request token is not valid.", r)})
		}
		aud := q.Get("audience")
		if aud == "" {
			aud = "https://github.com/contoso"
		}
		return asJSON(200, map[string]any{"count": 1, "value": e.issued.assert("github", aud)})
	}
	switch {
	case r.Method != http.MethodPost:
		return text(405, "")
	case !authorized && r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress":
		answer := text(302, "")
		answer.header.Set("Location", "https://spsprodeus21.vssps.visualstudio.com/_signin")
		return answer
	case !authorized:
		return text(401, "")
	case q.Get("api-version") != "7.1":
		return asJSON(400, map[string]any{"message": "No api-version was supplied that this endpoint knows."})
	case q.Get("serviceConnectionId") != e.script.connection:
		return asJSON(404, map[string]any{"message": e.hostile("No service connection found with identifier "+q.Get("serviceConnectionId")+".", r)})
	}
	return asJSON(200, map[string]any{"oidcToken": e.issued.assert("azure-pipelines", audience)})
}
