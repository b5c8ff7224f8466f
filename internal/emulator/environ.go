package emulator

import "strings"

// Environ are the variables that lead the program here on a platform: "github", "azure-pipelines",
// "gitlab", or "" for none. With an empty base they name the real hosts, for use with Transport; else
// base, such as https://127.0.0.1:8443, takes the place of all of them.
func (e *Emulator) Environ(platform, base string) map[string]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	base = strings.TrimSuffix(base, "/")
	e.origins[strings.ToLower(base)] = true
	s := e.script
	env := map[string]string{
		"AZURE_TENANT_ID":            s.tenant,
		"AZURE_CLIENT_ID":            s.client,
		"PUBLISH_OFFER_PUBLISHER_ID": s.publisher,
		"PUBLISH_OFFER_OFFER_ID":     s.offer,
	}
	at := func(real string) string { return real }
	if base != "" {
		for _, service := range services() {
			if service.env != "" {
				env[service.env] = base
			}
		}
		at = func(string) string { return base }
	}
	job := "/_apis/distributedtask/hubs/build/plans/" + guid(e.opts.Seed, "plan") + "/jobs/" + guid(e.opts.Seed, "job")
	switch platform {
	case "github":
		env["GITHUB_ACTIONS"] = "true"
		env["ACTIONS_ID_TOKEN_REQUEST_URL"] = at(githubOrigin) + "/" + guid(e.opts.Seed, "runner") + job + "/idtoken?api-version=2.0"
		env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = e.issued.requests["github"]
	case "azure-pipelines":
		env["TF_BUILD"] = "True"
		env["SYSTEM_OIDCREQUESTURI"] = at(azureOrigin) + "/contoso/" + guid(e.opts.Seed, "project") + job + "/oidctoken"
		env["SYSTEM_ACCESSTOKEN"] = e.issued.requests["azure-pipelines"]
		env["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] = s.connection
	case "gitlab":
		env["GITLAB_CI"] = "true"
		env["CI_JOB_TIMEOUT"] = "3600"
		env["AZURE_ID_TOKEN"] = e.issued.assert("gitlab", audience)
	default:
		env["AZURE_ID_TOKEN"] = e.issued.assert("gitlab", audience)
	}
	return env
}
