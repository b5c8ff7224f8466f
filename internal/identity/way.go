package identity

import (
	"fmt"
	"net/url"
	"strings"

	"publish-offer/internal/loopback"
)

// The ways to sign in, as the input `auth` names them.
const (
	gitHub         = "github"
	azurePipelines = "azure-pipelines"
	idTokenWay     = "id-token"
	tokenFileWay   = "token-file"
	azureCLI       = "azure-cli"
)

// The environment names that the platforms, or the user, set.
const (
	gitHubURL      = "ACTIONS_ID_TOKEN_REQUEST_URL"
	gitHubToken    = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	pipelinesURL   = "SYSTEM_OIDCREQUESTURI"
	pipelinesToken = "SYSTEM_ACCESSTOKEN"
	idToken        = "AZURE_ID_TOKEN"
	tokenFile      = "AZURE_FEDERATED_TOKEN_FILE"
)

// Requirement is one thing that a way to sign in needs and does not have.
type Requirement struct {
	Way  string // the way that needs it; empty for what every way needs
	Name string // the variable, input or program
	How  string // how to provide it
}

// choose returns the way, and what it lacks. With no platform and no way complete, it names what each way lacks.
func (c *Credential) choose() (way string, missing []Requirement) {
	if c.cfg.Tenant == "" {
		missing = append(missing, Requirement{Name: "tenant-id", How: "the Entra tenant's id"})
	}
	if c.cfg.Client == "" && c.cfg.Auth != azureCLI {
		missing = append(missing, Requirement{Name: "client-id", How: "the id of the app that holds the federated credential"})
	}
	way = c.cfg.Auth
	if way == "" || way == "auto" {
		way = map[string]string{"github": gitHub, "azure-pipelines": azurePipelines, "gitlab": idTokenWay}[c.cfg.Platform]
	}
	if way != "" {
		return way, append(missing, c.lacks(way)...)
	}
	var each []Requirement
	for _, way := range []string{tokenFileWay, idTokenWay, gitHub, azurePipelines} {
		lacks := c.lacks(way)
		if len(lacks) == 0 {
			return way, missing
		}
		each = append(each, lacks...)
	}
	return "", append(missing, each...)
}

// missingHints are what to do beside setting what is missing.
func (c *Credential) missingHints(way string) []string {
	switch {
	case way == "" && c.cfg.Interactive:
		return []string{"on your own machine, sign in with `az login --tenant " + c.cfg.Tenant + "` and add `--auth azure-cli`"}
	case way == idTokenWay && c.cfg.Platform == "gitlab":
		return []string{"if the job has `id_tokens` and GitLab still gives it no token, the project's path once belonged to another project: set " +
			"`ci_id_token_sub_claim_components` to `[\"project_id\",\"ref_type\",\"ref\"]` and give the app a federated credential whose subject begins with `project_id:`"}
	}
	return nil
}

// lacks lists what one way needs and does not have.
func (c *Credential) lacks(way string) []Requirement {
	var needs []Requirement
	need := func(name, value, how string) {
		if value == "" {
			needs = append(needs, Requirement{Way: way, Name: name, How: how})
		}
	}
	switch way {
	case gitHub:
		const how = "give the job `permissions: id-token: write` (a pull request from a fork cannot have it)"
		need(gitHubURL, c.env(gitHubURL), how)
		need(gitHubToken, c.env(gitHubToken), how)
	case azurePipelines:
		need(pipelinesURL, c.env(pipelinesURL), "the agent sets it in every job; hand it into your own container by name, `-e "+pipelinesURL+"`")
		need(pipelinesToken, c.env(pipelinesToken), "give the step `env: "+pipelinesToken+": $(System.AccessToken)`")
		need("service-connection-id", c.cfg.ServiceConnection, "the id of the service connection, as this input or as AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
	case idTokenWay:
		need(idToken, c.env(idToken), "give the job `id_tokens: "+idToken+": aud: "+audience+"`")
	case tokenFileWay:
		need(tokenFile, c.env(tokenFile), "the path of a file that holds the token")
	case azureCLI:
	default:
		need("auth", "", fmt.Sprintf("%q is no way to sign in: auto, github, azure-pipelines, id-token, token-file or azure-cli", way))
	}
	return needs
}

// env reads a variable. One that still holds the platform's own unresolved expression is not set.
func (c *Credential) env(name string) string {
	value := strings.TrimSpace(c.cfg.Getenv(name))
	macro := strings.HasPrefix(value, "$(") && strings.HasSuffix(value, ")")
	if macro || strings.HasPrefix(value, "${{") || value == "$"+name {
		return ""
	}
	return value
}

// checkURL allows https, or, where plain is set, also http to a loopback address; never userinfo. Its errors name the
// variable and not its value, which may hold a password.
func checkURL(name, raw string, plain bool) error {
	u, err := url.Parse(raw)
	here := err == nil && plain && u.Scheme == "http" && loopback.Is(u.Hostname())
	switch {
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("%s is no URL", name)
	case u.User != nil:
		return fmt.Errorf("%s holds a user name or password before its host", name)
	case u.Scheme == "https" || here:
		return nil
	case plain:
		return fmt.Errorf("%s must be https, or http to a loopback address", name)
	}
	return fmt.Errorf("%s must be https", name)
}
