package input

import (
	"strings"
	"testing"
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
		if config.Endpoint.String() != test.wantEndpoint || config.EndpointOverridden != endpointOverridden ||
			config.Authority != test.wantAuthority || config.AuthorityOverridden != authorityOverridden {
			t.Errorf("%q, %q: endpoint %v (overridden: %v), authority %q (overridden: %v)", test.endpoint, test.authority,
				config.Endpoint, config.EndpointOverridden, config.Authority, config.AuthorityOverridden)
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
		if test.name == endpointVariable && config.Endpoint != nil {
			t.Errorf("%q: endpoint is %v in spite of the problem", test.endpoint, config.Endpoint)
		}
	}
}
