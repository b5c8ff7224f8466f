package input

import (
	"strings"
	"testing"
)

const (
	endpointVariable = "MARKETPLACE_ENDPOINT"
	defaultEndpoint  = "https://cloudpartner.azure.com"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		endpoint, authority         string
		wantEndpoint, wantAuthority string
	}{
		{"", "https://login.microsoftonline.us", "https://cloudpartner.azure.com", "https://login.microsoftonline.us/"},
		{"", "https://LOGIN.chinacloudapi.cn/", "https://cloudpartner.azure.com", "https://login.chinacloudapi.cn/"},
		{"https://CloudPartner.azure.com:443/", "https://login.microsoftonline.com:443/", "https://cloudpartner.azure.com", "https://login.microsoftonline.com/"},
		{"", "https://127.0.0.1:8443", "https://cloudpartner.azure.com", "https://127.0.0.1:8443/"},
		{"http://127.0.0.1:8080", "https://127.0.0.1:8443/", "http://127.0.0.1:8080", "https://127.0.0.1:8443/"},
		{"https://[::1]:8080/", "https://localhost:8443", "https://[::1]:8080", "https://localhost:8443/"},
		{"http://127.9.9.9", "https://[::1]", "http://127.9.9.9", "https://[::1]/"},
	} {
		config := parsed(t, nil, map[string]string{endpointVariable: test.endpoint, authorityVariable: test.authority}, Surroundings{})
		endpointOverridden := test.wantEndpoint != defaultEndpoint
		authorityOverridden := !strings.Contains(test.wantAuthority, "login.")
		if config.Services[0].Endpoint.String() != test.wantEndpoint || config.Overridden != endpointOverridden || config.Services[0].Overridden != endpointOverridden ||
			config.Authority != test.wantAuthority || config.AuthorityOverridden != authorityOverridden {
			t.Errorf("%q, %q: endpoint %v (overridden: %v), authority %q (overridden: %v)", test.endpoint, test.authority,
				config.Services[0].Endpoint, config.Overridden, config.Authority, config.AuthorityOverridden)
		}
		if overridden := endpointOverridden || authorityOverridden; overridden != (len(config.Warnings) > 0) {
			t.Errorf("%q, %q: warnings %q", test.endpoint, test.authority, config.Warnings)
		}
	}
}

func TestEndpointProblems(t *testing.T) {
	t.Parallel()
	const loopback = "https://127.0.0.1:8443"
	for _, test := range []struct{ endpoint, authority, name, want string }{
		{"https://evil.example", loopback, endpointVariable, `MARKETPLACE_ENDPOINT "https://evil.example" is not a loopback address; want a loopback address such as`},
		{"http://cloudpartner.azure.com", "", endpointVariable, "not a loopback"},
		{"https://cloudpartner.azure.com:8443", "", endpointVariable, "not a loopback"},
		{"https://cloudpartner.azure.com.evil.example", "", endpointVariable, "not a loopback"},
		{"http://localhost.evil.example", loopback, endpointVariable, "not a loopback"},
		{"http://127.0.0.1.evil.example", loopback, endpointVariable, "not a loopback"},
		{"http://0.0.0.0:80", loopback, endpointVariable, "not a loopback"},
		{"http://[::1%25lo]", loopback, endpointVariable, "not a loopback"},
		{"http://user:hunter2@127.0.0.1", loopback, endpointVariable, `@127.0.0.1" holds a user name`},
		{"http://evil.example\\@127.0.0.1", loopback, endpointVariable, "not a URL"},
		{"http://127.0.0.1/api", loopback, endpointVariable, "more than a scheme"},
		{"http://127.0.0.1/?", loopback, endpointVariable, "more than a scheme"},
		{"http://127.0.0.1#", loopback, endpointVariable, "more than a scheme"},
		{"http://127.0.0.1:", loopback, endpointVariable, "not a URL"},
		{"http://127.0.0.1:0", loopback, endpointVariable, "port"},
		{"http://127.0.0.1:65536", loopback, endpointVariable, "port"},
		{"ftp://127.0.0.1", loopback, endpointVariable, "neither https nor http"},
		{"127.0.0.1:8080", loopback, endpointVariable, "not a URL"},
		{"$(endpoint)", "", endpointVariable, "does not define"},
		{"", "http://login.microsoftonline.com", authorityVariable, "not https"},
		{"", "http://127.0.0.1:8443", authorityVariable, "not https"},
		{"", "login.microsoftonline.com", authorityVariable, "not a URL"},
		{"", "https://login.microsoftonline.com/common", authorityVariable, "more than a scheme"},
		{"", "https://login.microsoftonline.com:8443", authorityVariable, "not a Microsoft login host"},
		{"", "https://login.evil.example", authorityVariable, "not a Microsoft login host; want https and one of login.microsoftonline.com,"},
		{"http://127.0.0.1:8080", "", authorityVariable, `"https://login.microsoftonline.com/" would issue a real token for the test endpoint in MARKETPLACE_ENDPOINT`},
		{"http://127.0.0.1:8080", "https://login.microsoftonline.us", authorityVariable, "would issue a real token"},
	} {
		config, problems := Parse(nil, required(map[string]string{endpointVariable: test.endpoint, authorityVariable: test.authority}), Surroundings{})
		if len(problems) != 1 || problems[0].Name != test.name || !strings.Contains(problems.Error(), test.want) {
			t.Errorf("%q, %q: problems\n%v\nwant one of %s with %q", test.endpoint, test.authority, problems, test.name, test.want)
		}
		if strings.Contains(problems.Error(), "hunter2") {
			t.Errorf("%q shows a password: %v", test.endpoint, problems)
		}
		for _, s := range config.Services {
			if test.name == endpointVariable && s.API == APIPortal {
				t.Errorf("%q: endpoint is %v in spite of the problem", test.endpoint, s.Endpoint)
			}
		}
	}
}

// A test run calls the services whose endpoint is a test one, and no other; it never holds a real token.
func TestTestRuns(t *testing.T) {
	t.Parallel()
	const loopback = "http://127.0.0.1:8080"
	all := map[API]string{APIPortal: "MARKETPLACE_ENDPOINT", APIIngestion: "PRODUCT_INGESTION_ENDPOINT", APISubmission: "PARTNER_CENTER_ENDPOINT"}
	for api, variable := range all {
		env := map[string]string{variable: loopback, authorityVariable: "https://127.0.0.1:8443"}
		for _, named := range []API{APIAuto, api} {
			config := parsed(t, []string{"--api", string(named)}, env, Surroundings{})
			if len(config.Services) != 1 || config.Services[0].API != api || config.Services[0].Endpoint.String() != loopback || !config.Overridden {
				t.Errorf("%s is set, api %s: services %v", variable, named, config.Services)
			}
			if warnings := strings.Join(config.Warnings, "\n"); !strings.Contains(warnings, variable) || !strings.Contains(warnings, authorityVariable) {
				t.Errorf("%s is set: warnings %q", variable, warnings)
			}
		}
		for other := range all {
			if other == api {
				continue
			}
			_, problems := Parse([]string{"--api", string(other)}, required(env), Surroundings{})
			if len(problems) != 1 || problems[0].Name != "api" || !strings.Contains(problems.Error(), all[other]+" is not set") {
				t.Errorf("%s is set, api %s: problems %v", variable, other, problems)
			}
		}
		for name, test := range map[string]struct {
			args  []string
			unset string
		}{
			"auth":            {args: []string{"--auth", "azure-cli"}},
			authorityVariable: {unset: authorityVariable},
		} {
			changed := map[string]string{variable: loopback, authorityVariable: "https://127.0.0.1:8443"}
			delete(changed, test.unset)
			_, problems := Parse(test.args, required(changed), Surroundings{})
			if len(problems) != 1 || problems[0].Name != name || !strings.Contains(problems.Error(), "a real token") {
				t.Errorf("%s is set, %q, without %q: problems %v", variable, test.args, test.unset, problems)
			}
		}
	}
	// The real endpoints by name are no override.
	config := parsed(t, nil, map[string]string{"PRODUCT_INGESTION_ENDPOINT": "https://graph.microsoft.com/", "PARTNER_CENTER_ENDPOINT": "https://api.partner.microsoft.com"}, Surroundings{})
	if len(config.Services) != 3 || config.Overridden || len(config.Warnings) > 0 {
		t.Errorf("%v, %q", config.Services, config.Warnings)
	}
	// Two of three: auto passes over the third, and so does an operation.
	two := map[string]string{"MARKETPLACE_ENDPOINT": loopback, "PARTNER_CENTER_ENDPOINT": "https://[::1]", authorityVariable: "https://localhost"}
	if config := parsed(t, nil, two, Surroundings{}); len(config.Services) != 2 || config.Services[1].API != APISubmission {
		t.Errorf("two of three: %v", config.Services)
	}
	_, problems := Parse([]string{"wait", "--operation", "/rp/x"}, required(two), Surroundings{Operation: shapes})
	if len(problems) != 1 || !strings.Contains(problems.Error(), "PRODUCT_INGESTION_ENDPOINT is not set") {
		t.Errorf("an operation of the third: %v", problems)
	}
	for _, other := range []string{"PRODUCT_INGESTION_ENDPOINT", "PARTNER_CENTER_ENDPOINT"} {
		_, problems := Parse(nil, required(map[string]string{other: "https://cloudpartner.azure.com"}), Surroundings{})
		if len(problems) != 1 || problems[0].Name != other || !strings.Contains(problems.Error(), "not a loopback") {
			t.Errorf("%s elsewhere: %v", other, problems)
		}
	}
}
