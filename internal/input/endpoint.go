package input

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	endpointVariable  = "MARKETPLACE_ENDPOINT"
	authorityVariable = "AZURE_AUTHORITY_HOST"
	defaultEndpoint   = "https://cloudpartner.azure.com"
	defaultAuthority  = "https://login.microsoftonline.com/"
)

// loginHosts are Microsoft's sign-in hosts of the public, US Government and China clouds.
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
func loginHosts() []string {
	return []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}
}

// endpoints reads where the service and the sign-in are. Neither can be pointed at a foreign
// host, and an endpoint for tests never gets a real token.
func (r *run) endpoints() {
	variables := make(map[string]given)
	for _, v := range Variables() {
		g, ok := r.variable(v.Name)
		if !ok {
			g = given{value: v.Default}
		}
		variables[v.Name] = g
		why := pasted(g.value)
		if why == "" && v.Name == endpointVariable {
			why = r.endpoint(g.value)
		} else if why == "" {
			why = r.authority(g.value)
		}
		if why != "" {
			r.refuse(v.Name, given{value: withoutUser(g.value)}, why, v.Want)
		}
	}
	c := &r.config
	if c.EndpointOverridden && c.Authority != "" && !c.AuthorityOverridden {
		r.refuse(authorityVariable, given{value: variables[authorityVariable].value},
			"would issue a real token for the test endpoint in "+endpointVariable, "a loopback address as well")
	}
	if c.EndpointOverridden {
		c.Warnings = append(c.Warnings, "this is a test run: "+endpointVariable+" sends it to "+c.Endpoint.String())
	}
	if c.AuthorityOverridden {
		c.Warnings = append(c.Warnings, "this is a test run: "+authorityVariable+" has it sign in at "+c.Authority)
	}
}

func (r *run) endpoint(value string) (why string) {
	u, why := origin(value)
	if why != "" {
		return why
	}
	loopback := isLoopback(u.Hostname())
	if !loopback && u.String() != defaultEndpoint {
		return "is not a loopback address"
	}
	r.config.Endpoint, r.config.EndpointOverridden = u, loopback
	return ""
}

func (r *run) authority(value string) (why string) {
	u, why := origin(value)
	if why != "" {
		return why
	}
	loopback := isLoopback(u.Hostname())
	switch {
	case u.Scheme != "https":
		return "is not https"
	case !loopback && !slices.Contains(loginHosts(), u.Host):
		return "is not a Microsoft login host"
	}
	r.config.Authority, r.config.AuthorityOverridden = u.String()+"/", loopback
	return ""
}

// origin takes a URL of scheme, host and port, nothing else, and gives it back in one
// spelling: lower case, without the scheme's own port and without a slash at the end.
func origin(value string) (u *url.URL, why string) {
	parsed, err := url.Parse(value)
	switch {
	case err != nil || parsed.Hostname() == "" || strings.HasSuffix(parsed.Host, ":"):
		return nil, "is not a URL with a host"
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, "is neither https nor http"
	case parsed.User != nil:
		return nil, "holds a user name or password"
	case parsed.Path != "" && parsed.Path != "/" || strings.ContainsAny(value, "?#"):
		return nil, "has more than a scheme, a host and a port"
	}
	host := strings.ToLower(parsed.Host)
	if port := parsed.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, "has a port that cannot be"
		}
		if parsed.Scheme == "https" && port == "443" || parsed.Scheme == "http" && port == "80" {
			host = strings.TrimSuffix(host, ":"+port)
		}
	}
	return &url.URL{Scheme: parsed.Scheme, Host: host}, ""
}

// isLoopback tells whether the host can only be this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() && address.Zone() == ""
}

// withoutUser hides what may be a password.
func withoutUser(value string) string {
	if i := strings.LastIndex(value, "@"); i >= 0 {
		return "…" + value[i:]
	}
	return value
}
