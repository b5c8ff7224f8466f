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

// Who signs in to what: the resources of the three marketplace services, as v1 tokens name them. A scope
// of the v2 endpoint is one of them with /.default.
const (
	portalAudience     = "https://cloudpartner.azure.com"
	ingestionAudience  = "https://graph.microsoft.com"
	submissionAudience = "https://api.partner.microsoft.com"
)

func audiences() []string { return []string{portalAudience, ingestionAudience, submissionAudience} }

func entra() service {
	return service{
		name: "entra", env: "AZURE_AUTHORITY_HOST", endpoints: []string{"discovery", "openid", "token"},
		at: at(loginOrigins()...), route: routeEntra, refuse: (*Emulator).refuseEntra,
		answer: func(e *Emulator, r *request) reply {
			switch r.target.endpoint {
			case "discovery":
				return e.discovery(r)
			case "openid":
				return e.openID(r)
			}
			return e.token(r)
		},
	}
}

// loginOrigins are Microsoft's login hosts as its own library lists them:
// https://github.com/AzureAD/microsoft-authentication-library-for-go/blob/main/apps/internal/oauth/ops/authority/authority.go
func loginOrigins() []string {
	return []string{"https://login.microsoftonline.com", "https://login.microsoft.com", "https://login.windows.net", "https://sts.windows.net",
		"https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn", "https://login.chinacloudapi.cn"}
}

func routeEntra(path string) (target, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case path == "/common/discovery/instance":
		return target{endpoint: "discovery"}, true
	case len(parts) == 4 && strings.HasSuffix(path, "/v2.0/.well-known/openid-configuration"):
		return target{endpoint: "openid", tenant: parts[0]}, true
	case len(parts) == 4 && strings.HasSuffix(path, "/oauth2/v2.0/token"):
		return target{endpoint: "token", tenant: parts[0]}, true
	case len(parts) == 3 && strings.HasSuffix(path, "/oauth2/token"):
		return target{endpoint: "token", tenant: parts[0], v1: true}, true
	}
	return target{}, false
}

func (e *Emulator) refuseEntra(r *request, status int) reply {
	if r.target.endpoint == "discovery" {
		return text(status, e.hostile(http.StatusText(status), r)+"\n")
	}
	return e.aadsts(r, status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
}

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
	return e.script.entra != "unknown-tenant" && slices.Contains([]string{e.script.tenant, "contoso.com", "contoso.onmicrosoft.com"}, tenant)
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
	if no := e.stranger(r, form); no != nil {
		return *no
	}
	if no := e.refuseAssertion(r, form); no != nil {
		return *no
	}
	resource, no := e.resource(r, form)
	if no != nil {
		return *no
	}
	life := int(e.script.tokenLife.Seconds())
	answer := map[string]any{"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": e.issued.grant(resource, r.now)}
	if e.script.tokenRefresh > 0 {
		answer["refresh_in"] = int(e.script.tokenRefresh.Seconds())
	}
	return asJSON(200, answer)
}

// stranger refuses who asks: the tenant, the app, and how it proves itself.
func (e *Emulator) stranger(r *request, form url.Values) *reply {
	client := form.Get("client_id")
	no := func(status int, kind string, code int, why string) *reply {
		answer := e.aadsts(r, status, kind, code, why)
		return &answer
	}
	switch {
	case !e.tenantKnown(r.target.tenant):
		answer := e.unknownTenant(r)
		return &answer
	case form.Get("grant_type") != "client_credentials":
		return no(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
	case e.script.entra == "unknown-app", !strings.EqualFold(client, e.script.client):
		return no(400, "unauthorized_client", 700016, fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'.", client, r.target.tenant))
	case form.Get("client_secret") != "":
		return no(401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '"+client+"'.")
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form.Get("client_assertion") == "":
		return no(401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	return nil
}

// refuseAssertion refuses the id token that a pipeline hands in.
func (e *Emulator) refuseAssertion(r *request, form url.Values) *reply {
	a, known := e.issued.assertions[form.Get("client_assertion")]
	s, now := e.script, time.Now()
	no := func(status int, kind string, code int, why string) *reply {
		answer := e.aadsts(r, status, kind, code, why)
		return &answer
	}
	const check = " Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	nobody := fmt.Sprintf("No matching federated identity record found for presented assertion subject '%s'.", a.subject)
	switch {
	case !known:
		return no(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
	case !now.Before(a.expires):
		return no(401, "invalid_client", 700024, fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s, assertion valid until %s.",
			now.UTC().Format(time.RFC3339), a.expires.UTC().Format(time.RFC3339)))
	case s.entra == "no-credential":
		return no(401, "invalid_client", 70025, "The client has no configured federated identity credentials.")
	case s.entra == "blocked":
		return no(401, "invalid_client", 700223, "Workload identity federation is blocked in the tenant.")
	case a.audience != audience:
		return no(400, "invalid_request", 700212, fmt.Sprintf("No matching federated identity record found for presented assertion audience '%s'.", a.audience))
	case s.entra == "wrong-subject":
		return no(401, "invalid_client", 700213, nobody)
	case s.entra == "wrong-case":
		// https://github.com/Azure/login/issues/515
		return no(401, "invalid_client", 7002138, nobody+" The subject matches with case-insensitive comparison, but not with case-sensitive comparison."+check)
	case s.entra == "flexible":
		return no(401, "invalid_client", 700213, nobody+" No claims matching expression of a flexible federated identity credential holds for the presented assertion."+check)
	case s.entra == "refuses":
		return no(401, "invalid_client", s.entraCode, s.entraWhy)
	}
	return nil
}

// resource is what a token is asked for: a scope of the v2 endpoint, a resource of the v1 endpoint. The
// service principal of each may be absent from the tenant.
func (e *Emulator) resource(r *request, form url.Values) (string, *reply) {
	no := func(kind string, code int, why string) (string, *reply) {
		answer := e.aadsts(r, 400, kind, code, why)
		return "", &answer
	}
	missing := func(name string) (string, *reply) {
		return no("invalid_resource", 500011, fmt.Sprintf("The resource principal named %s was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", name))
	}
	if r.target.v1 {
		name := form.Get("resource")
		switch {
		case name == "":
			return no("invalid_request", 900144, "The request body must contain the following parameter: 'resource'.")
		case !e.script.v1, !slices.Contains(audiences(), name), e.script.absent[name]:
			return missing(name)
		}
		return name, nil
	}
	if form.Has("resource") {
		return no("invalid_request", 901002, "The 'resource' request parameter is not supported.")
	}
	var asked []string
	for _, name := range audiences() {
		if slices.Contains(strings.Fields(form.Get("scope")), name+"/.default") {
			asked = append(asked, name)
		}
	}
	switch {
	case len(asked) == 0:
		return no("invalid_scope", 70011, fmt.Sprintf("The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", form.Get("scope")))
	case len(asked) > 1:
		return no("invalid_scope", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource.")
	case e.script.absent[asked[0]]:
		return missing(asked[0])
	}
	return asked[0], nil
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
