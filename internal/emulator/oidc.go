package emulator

import (
	"net/http"
	"strings"
)

const (
	githubOrigin = "https://run-actions-1-azure-eastus.actions.githubusercontent.com"
	azureOrigin  = "https://dev.azure.com"
)

func oidc() service {
	return service{
		name: "oidc", endpoints: []string{"idtoken"},
		at: at(githubOrigin, azureOrigin), route: routeOIDC, answer: (*Emulator).idToken,
		refuse: func(e *Emulator, r *request, status int) reply {
			return text(status, e.hostile(http.StatusText(status), r)+"\n")
		},
	}
}

func routeOIDC(path string) (target, bool) {
	switch {
	case strings.HasSuffix(path, "/idtoken"):
		return target{endpoint: "idtoken", platform: "github"}, true
	case strings.HasSuffix(path, "/oidctoken"):
		return target{endpoint: "idtoken", platform: "azure-pipelines"}, true
	}
	return target{}, false
}

// idToken issues an id token to a pipeline, as GitHub
// (https://docs.github.com/actions/reference/security/oidc) or as Azure Pipelines
// (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create).
func (e *Emulator) idToken(r *request) reply {
	authorized := r.Header.Get("Authorization") == "Bearer "+e.issued.requests[r.target.platform]
	if r.target.platform == "github" {
		return e.githubToken(r, authorized)
	}
	return e.azureToken(r, authorized)
}

func (e *Emulator) githubToken(r *request, authorized bool) reply {
	switch {
	case r.Method != http.MethodGet:
		return text(405, "")
	case !authorized:
		return asJSON(401, map[string]any{"message": e.hostile("The request token is not valid.", r)})
	}
	asked := r.URL.Query().Get("audience")
	if asked == "" {
		asked = "https://github.com/contoso"
	}
	return asJSON(200, map[string]any{"count": 1, "value": e.issued.assert("github", asked)})
}

func (e *Emulator) azureToken(r *request, authorized bool) reply {
	q := r.URL.Query()
	connection := q.Get("serviceConnectionId")
	suppressed := r.Header.Get("X-TFS-FedAuthRedirect") == "Suppress"
	switch {
	case r.Method != http.MethodPost:
		return text(405, "")
	case !authorized && !suppressed:
		answer := text(302, "")
		answer.header.Set("Location", "https://spsprodeus21.vssps.visualstudio.com/_signin")
		return answer
	case !authorized:
		return text(401, "")
	case q.Get("api-version") != "7.1":
		return asJSON(400, map[string]any{"message": "No api-version was supplied that this endpoint knows."})
	case connection != e.script.connection:
		return asJSON(404, map[string]any{"message": e.hostile("No service connection found with identifier "+connection+".", r)})
	case e.script.unreferenced != 0:
		// As a pipeline saw it: https://github.com/dotnet/docker-tools/issues/2012
		why := "There is no explicit reference to service connection " + connection + " from current stage Publish.Offer.__default."
		return asJSON(e.script.unreferenced, map[string]any{"count": 151, "value": e.hostile(why, r)})
	}
	return asJSON(200, map[string]any{"oidcToken": e.issued.assert("azure-pipelines", audience)})
}
