package input

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"publish-offer/internal/loopback"
)

const (
	authorityVariable = "AZURE_AUTHORITY_HOST"
	defaultAuthority  = "https://login.microsoftonline.com/"
)

// defaultsOf is what holds for a service where nothing is given.
type defaultsOf struct {
	api      API
	variable string // that moves the endpoint, in tests
	endpoint string
	doc      string
	poll     time.Duration
}

// defaults is every service, in the order in which APIAuto asks them.
func defaults() []defaultsOf {
	return []defaultsOf{
		{APIPortal, "MARKETPLACE_ENDPOINT", "https://cloudpartner.azure.com", "Where the Cloud Partner Portal API is", 15 * time.Second},
		{APIIngestion, "PRODUCT_INGESTION_ENDPOINT", "https://graph.microsoft.com", "Where the Product Ingestion API is", time.Minute},
		{APISubmission, "PARTNER_CENTER_ENDPOINT", "https://api.partner.microsoft.com", "Where the Partner Center submission API is", 30 * time.Second},
	}
}

// of is what holds for the service.
func of(api API) defaultsOf {
	i := slices.IndexFunc(defaults(), func(d defaultsOf) bool { return d.api == api })
	return defaults()[max(i, 0)]
}

// loginHosts are Microsoft's sign-in hosts of the public, US Government and China clouds.
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
func loginHosts() []string {
	return []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}
}

// endpoints reads where the services and the sign-in are. None can be pointed at a foreign
// host, and an endpoint for tests never gets a real token.
func (r *run) endpoints() {
	c := &r.config
	moved := ""
	for _, d := range defaults() {
		r.setting(d.variable, d.endpoint, func(value string) string { return r.endpoint(d, value) })
		if s, ok := r.service(d.api); ok && s.Overridden {
			c.Overridden = true
			moved = cmp.Or(moved, d.variable)
			c.Warnings = append(c.Warnings, "this is a test run: "+d.variable+" sends it to "+s.Endpoint.String())
		}
	}
	authority := r.setting(authorityVariable, defaultAuthority, r.authority)
	if c.AuthorityOverridden {
		c.Warnings = append(c.Warnings, "this is a test run: "+authorityVariable+" has it sign in at "+c.Authority)
	}
	real := c.Authority != "" && !c.AuthorityOverridden
	if c.Overridden && real {
		r.problems.refuse(authorityVariable, given{value: authority}, "would issue a real token for the test endpoint in "+moved,
			"a loopback address as well")
	}
}

// setting reads a variable without a flag and has it checked.
func (r *run) setting(name, otherwise string, check func(string) (why string)) (value string) {
	g, ok := r.variable(name)
	if !ok {
		g.value = otherwise
	}
	why := pasted(g.value)
	if why == "" {
		why = check(g.value)
	}
	if why == "" {
		return g.value
	}
	want := ""
	for _, v := range Variables() {
		if v.Name == name {
			want = v.Want
		}
	}
	shown := g.value
	if i := strings.LastIndex(shown, "@"); i >= 0 {
		shown = "…" + shown[i:] // what stands before may be a password
	}
	r.problems.refuse(name, given{value: shown}, why, want)
	return g.value
}

// reachable finds the services that the run may call: one whose endpoint is the real one is never called in a test run.
func (r *run) reachable() {
	c := &r.config
	if c.Overridden && c.Auth == AuthAzureCLI {
		c.Auth = ""
		r.problems.refuse(authRow, r.given[authRow], "would send a real token to a test endpoint", "another one in a test run")
	}
	for _, s := range r.services {
		named := c.API == APIAuto || c.API == s.API
		switch {
		case s.Overridden != c.Overridden:
		case named:
			c.Services = append(c.Services, s)
		case c.Command == CommandDoctor:
			c.Others = append(c.Others, s)
		}
	}
	if s, ok := r.service(c.API); ok && s.Overridden != c.Overridden {
		c.API = ""
		r.problems.refuse(apiRow, r.given[apiRow], "is not called in this test run: "+of(s.API).variable+" is not set",
			"a service whose endpoint is a test one, or auto")
	}
}

// service is the service of that name, if its endpoint is good.
func (r *run) service(api API) (Service, bool) {
	i := slices.IndexFunc(r.services, func(s Service) bool { return s.API == api })
	if i < 0 {
		return Service{}, false
	}
	return r.services[i], true
}

func (r *run) endpoint(d defaultsOf, value string) (why string) {
	u, why := origin(value)
	if why != "" {
		return why
	}
	overridden := loopback.Is(u.Hostname())
	if !overridden && u.String() != d.endpoint {
		return "is not a loopback address"
	}
	r.services = append(r.services, Service{d.api, u, overridden})
	return ""
}

func (r *run) authority(value string) (why string) {
	u, why := origin(value)
	if why != "" {
		return why
	}
	overridden := loopback.Is(u.Hostname())
	switch {
	case u.Scheme != "https":
		return "is not https"
	case !overridden && !slices.Contains(loginHosts(), u.Host):
		return "is not a Microsoft login host"
	}
	r.config.Authority, r.config.AuthorityOverridden = u.String()+"/", overridden
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
	case strings.Trim(parsed.Path, "/") != "" || len(parsed.Path) > 1 || strings.ContainsAny(value, "?#"):
		return nil, "has more than a scheme, a host and a port"
	}
	host := strings.ToLower(parsed.Host)
	if port := parsed.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, "has a port that cannot be"
		}
		if port == map[string]string{"https": "443", "http": "80"}[parsed.Scheme] {
			host = strings.TrimSuffix(host, ":"+port)
		}
	}
	return &url.URL{Scheme: parsed.Scheme, Host: host}, ""
}
