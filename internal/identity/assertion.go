package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sethvargo/go-githubactions"
)

const (
	// What Entra expects of a federated assertion.
	// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
	audience = "api://AzureADTokenExchange"

	fetchTries    = 4
	fetchDeadline = 30 * time.Second // of one try
	fetchPause    = time.Second      // before the second try; doubles
	maxFetchPause = 30 * time.Second // a longer Retry-After ends the tries

	// An id-token that cannot be renewed must live long enough to be presented.
	leastLife = time.Minute
)

// newSource returns the chosen way's source; nil for azure-cli, which needs none.
func (c *Credential) newSource() (source, error) {
	switch c.way {
	case gitHub:
		return c.gitHub, checkURL(gitHubURL, c.env(gitHubURL), true)
	case azurePipelines:
		return c.azurePipelines, checkURL(pipelinesURL, c.env(pipelinesURL), true)
	case idTokenWay:
		c.keep(c.env(idToken))
		return c.idToken, nil
	case tokenFileWay:
		return c.tokenFile, nil
	}
	return nil, nil
}

// idToken presents the job's one assertion for as long as it lives. GitLab gives it the life of the job's timeout
// and no way to renew it.
// https://docs.gitlab.com/ci/secrets/id_token_authentication/
func (c *Credential) idToken(context.Context) (string, error) {
	assertion := c.env(idToken)
	if !plausible(assertion) {
		return "", &Error{Kind: Missing, Way: c.way, Claims: c.Claims(), Err: errors.New(idToken + " does not hold a token")}
	}
	if end := c.AssertionEnd(); !end.IsZero() && time.Until(end) < leastLife {
		return "", &Error{Kind: Expired, Way: c.way, Fact: OutOfTime, Claims: c.Claims(),
			Err:   fmt.Errorf("the one in %s expires at %s and cannot be renewed in this job", idToken, end.UTC().Format(time.RFC3339)),
			Hints: []string{raiseTimeout}}
	}
	return assertion, nil
}

// tokenFile reads the file on each call: azidentity's own workload identity credential keeps it for ten minutes,
// longer than some assertions live.
func (c *Credential) tokenFile(context.Context) (string, error) {
	data, err := c.cfg.ReadFile(c.env(tokenFile))
	if err != nil {
		return "", &Error{Kind: Missing, Way: c.way, Err: c.secrets.cause(fmt.Errorf("the file that %s names: %w", tokenFile, err))}
	}
	assertion := strings.TrimSpace(string(data))
	if !plausible(assertion) {
		return "", &Error{Kind: Missing, Way: c.way, Err: errors.New("the file that " + tokenFile + " names does not hold a token")}
	}
	c.keep(assertion)
	return assertion, nil
}

// gitHub asks the Actions runtime.
// https://docs.github.com/en/actions/reference/security/oidc
func (c *Credential) gitHub(ctx context.Context) (string, error) {
	client := &http.Client{Transport: c.door, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	action := githubactions.New(githubactions.WithGetenv(c.env), githubactions.WithHTTPClient(client), githubactions.WithWriter(io.Discard))
	return c.fetch(ctx, "GitHub's id-token endpoint", func(ctx context.Context) (string, error) { return action.GetIDToken(ctx, audience) })
}

// azurePipelines asks the service connection for an id token.
// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
func (c *Credential) azurePipelines(ctx context.Context) (string, error) {
	u, err := url.Parse(c.env(pipelinesURL))
	if err != nil {
		return "", &Error{Kind: Endpoint, Way: c.way, Err: errors.New(pipelinesURL + " is no URL")}
	}
	query := u.Query()
	query.Set("api-version", "7.1")
	query.Set("serviceConnectionId", c.cfg.ServiceConnection)
	u.RawQuery = query.Encode()
	return c.fetch(ctx, "Azure Pipelines' id-token endpoint", func(ctx context.Context) (string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
		if err != nil {
			return "", err
		}
		request.Header.Set("Authorization", "Bearer "+c.env(pipelinesToken))
		request.Header.Set("X-TFS-FedAuthRedirect", "Suppress") // 401 instead of a redirect to a sign-in page
		response, err := c.door.RoundTrip(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return "", errors.New(response.Status)
		}
		var found struct {
			OIDCToken string `json:"oidcToken"`
		}
		err = json.NewDecoder(response.Body).Decode(&found)
		return found.OIDCToken, err
	})
}

// fetch asks an id-token endpoint until it answers, refuses, or has had its tries.
func (c *Credential) fetch(ctx context.Context, by string, ask source) (string, error) {
	pause := fetchPause
	var before *Error
	for try := 1; ; try++ {
		assertion, failed := c.fetchOnce(ctx, by, ask)
		if failed == nil {
			return assertion, nil
		}
		if ctx.Err() != nil && before != nil { // stopped in the middle of a request
			return "", before
		}
		before = failed
		if !failed.Transient() || try == fetchTries || failed.RetryAfter > maxFetchPause {
			return "", failed
		}
		select {
		case <-time.After(max(pause, failed.RetryAfter)):
		case <-ctx.Done():
			return "", failed
		}
		pause *= 2
	}
}

func (c *Credential) fetchOnce(ctx context.Context, by string, ask source) (string, *Error) {
	seen := &exchange{}
	ctx, cancel := context.WithTimeoutCause(ctx, fetchDeadline, fmt.Errorf("no answer within %v", fetchDeadline))
	defer cancel()

	assertion, err := ask(seen.in(ctx))
	if err == nil && plausible(assertion) {
		c.keep(assertion)
		return assertion, nil
	}
	failed := &Error{Kind: kindOf(seen.status), Way: c.way, By: by, Status: seen.status, RetryAfter: seen.retryAfter, CorrelationID: c.secrets.line(seen.id)}
	switch {
	case seen.err != nil:
		failed.Kind, failed.Err = Unavailable, c.secrets.cause(seen.err)
	case seen.status == 0:
		// Nothing was sent: the library's own text may quote the URL.
		failed.Kind, failed.Err = Endpoint, errors.New("the request could not be made")
	case isRedirect(seen.status):
		failed.Err = errors.New("its answer is a redirect, which is not followed")
	default:
		c.readRefusal(failed, seen.body)
	}
	return "", failed
}

// readRefusal takes from an answer without a token what it says. One that is 200 may be a refusal as well: Azure
// Pipelines answers so.
func (c *Credential) readRefusal(failed *Error, body string) {
	said, sentence := message(body, c.way == azurePipelines)
	failed.Description = c.secrets.line(said)
	if failed.Status == http.StatusOK {
		failed.Err = errors.New("its answer holds no token")
	}
	if failed.Status == http.StatusOK && sentence && c.way == azurePipelines {
		failed.Kind, failed.Err = Refused, nil
	}
	if c.way == azurePipelines && strings.Contains(strings.ToLower(said), "no explicit reference to service connection") {
		failed.Fact = NoReference
		failed.Hints = []string{
			"since March 2026 Azure Pipelines gives a token only where a task of the same stage names the service connection: add the step " +
				"`AzureCLI@2` with `azureSubscription: <the connection's name>` to this job",
			"write the name out, or hand it over as a template parameter: variables are filled in too late",
		}
	}
}

// plausible reports whether a text can be an assertion at all: something, without blanks, not a document.
func plausible(assertion string) bool {
	return assertion != "" && len(assertion) <= maxAssertion &&
		!strings.ContainsFunc(assertion, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>{}"`, r) })
}
