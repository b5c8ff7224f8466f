package emulator

import (
	"net"
	"net/url"
	"strings"
)

// endpoints are the names that scripts and calls have for what can be asked.
func endpoints() []string {
	return []string{"discovery", "openid", "token", "idtoken", "offers", "offer", "list", "operation", "status", "publish", "golive", "cancel", "foreign"}
}

func onMarketplace(endpoint string) bool {
	switch endpoint {
	case "offers", "offer", "list", "operation", "status":
		return true
	}
	return isStart(endpoint)
}

func isStart(endpoint string) bool {
	return endpoint == "publish" || endpoint == "golive" || endpoint == "cancel"
}

// target is what a path means.
type target struct {
	endpoint         string
	tenant           string
	publisher, offer string
	operation        string // GUID; "" is the $ form
	platform         string // of an id token: github or azure-pipelines
}

// route reads a decoded path. The trailing slash of submissions belongs to it; no other path has one.
func route(path string) target {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	switch {
	case path == "/common/discovery/instance":
		return target{endpoint: "discovery"}
	case len(parts) == 4 && strings.HasSuffix(path, "/v2.0/.well-known/openid-configuration"):
		return target{endpoint: "openid", tenant: parts[0]}
	case len(parts) == 4 && strings.HasSuffix(path, "/oauth2/v2.0/token"):
		return target{endpoint: "token", tenant: parts[0]}
	case strings.HasSuffix(path, "/idtoken"):
		return target{endpoint: "idtoken", platform: "github"}
	case strings.HasSuffix(path, "/oidctoken"):
		return target{endpoint: "idtoken", platform: "azure-pipelines"}
	case len(parts) == 3 && at(0) == "api" && at(1) == "operations":
		if ids := strings.Split(parts[2], "$"); len(ids) == 4 && ids[2] == "2" && ids[3] == "preview" {
			return target{endpoint: "operation", publisher: ids[0], offer: ids[1]}
		}
	case at(0) == "api" && at(1) == "publishers" && at(3) == "offers":
		t := target{publisher: at(2), offer: at(4)}
		switch rest := strings.Join(parts[min(5, len(parts)):], "/"); {
		case len(parts) == 4:
			t.endpoint = "offers"
		case len(parts) == 5 && t.offer != "":
			t.endpoint = "offer"
		case rest == "submissions/":
			t.endpoint = "list"
		case rest == "status", rest == "publish", rest == "golive", rest == "cancel":
			t.endpoint = rest
		case len(parts) == 7 && parts[5] == "operations" && parts[6] != "":
			t.endpoint, t.operation = "operation", parts[6]
		default:
			t.endpoint = "other"
		}
		return t
	}
	return target{endpoint: "other"}
}

// The real hosts. Microsoft's login hosts as its own library lists them:
// https://github.com/AzureAD/microsoft-authentication-library-for-go/blob/main/apps/internal/oauth/ops/authority/authority.go
const (
	marketplaceOrigin = "https://cloudpartner.azure.com"
	githubOrigin      = "https://run-actions-1-azure-eastus.actions.githubusercontent.com"
	azureOrigin       = "https://dev.azure.com"
)

func loginOrigin(origin string) bool {
	switch origin {
	case "https://login.microsoftonline.com", "https://login.microsoft.com", "https://login.windows.net", "https://sts.windows.net",
		"https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn", "https://login.chinacloudapi.cn":
		return true
	}
	return false
}

// ours reports whether a request to this origin is for one of the services imitated here. With a base
// given to Environ only that base is; without one, the real hosts, each for its own endpoints. Before
// Environ, both the real hosts and every loopback address are. The caller holds the lock.
func (e *Emulator) ours(origin, endpoint string) bool {
	if e.origins[origin] {
		return true
	}
	if len(e.origins) == 0 || e.origins[""] {
		switch origin = strings.TrimSuffix(origin, ":443"); {
		case loginOrigin(origin):
			return !onMarketplace(endpoint) && endpoint != "idtoken"
		case origin == marketplaceOrigin:
			return onMarketplace(endpoint) || endpoint == "other"
		case origin == githubOrigin || origin == azureOrigin:
			return endpoint == "idtoken" || endpoint == "other"
		}
	}
	return len(e.origins) == 0 && isLoopback(origin)
}

func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
