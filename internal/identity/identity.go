// Package identity signs in without a stored secret. It takes the short-lived assertion that the CI platform
// issues for a job (or a file, or the Azure CLI's own session on a laptop) to Microsoft Entra, and is an
// azcore.TokenCredential to the rest of the program.
//
// One way is chosen when the credential is made and is kept: a way that fails never falls through to another
// identity. Every token request presents a fresh assertion, since one that is stored and replayed outlives
// itself after minutes (AADSTS700024, https://github.com/Azure/login/issues/180).
//
// The libraries underneath read AZURE_REGIONAL_AUTHORITY_NAME and MSAL_FORCE_REGION from the process
// environment; they move the token request to a regional host of Microsoft's and are best left unset.
package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const (
	publicAuthority = "https://login.microsoftonline.com/"
	// A whole sign-in, every retry at the id-token endpoint and at Entra included.
	signInDeadline = 4 * time.Minute
	// az starts a Python interpreter and may itself go to the network.
	cliDeadline = time.Minute
)

// Config says who signs in, from where, and through which door.
type Config struct {
	Auth              string // "auto", "github", "azure-pipelines", "id-token", "token-file" or "azure-cli"; empty is "auto"
	Tenant            string // Entra tenant: GUID or domain
	Client            string // the app that holds the federated credential: GUID
	ServiceConnection string // for azure-pipelines

	Interactive bool // a person at a terminal started the program, who may have the Azure CLI

	Platform  string // what auto decides by: "github", "azure-pipelines", "gitlab", or empty
	Authority string // https://login.microsoftonline.com/ when empty
	Loopback  bool   // the authority is a stand-in on this machine: no instance discovery, and nothing is sent to another one

	Getenv    func(string) string
	Transport http.RoundTripper // carries every request; redirects are not followed
	ReadFile  func(string) ([]byte, error)

	// Secret is called with every assertion and every access token before anything else happens to it, once
	// for each; Redact likewise with the platform's request tokens. They must not call the credential.
	Secret func(string)
	Redact func(string)
}

// Credential is an azcore.TokenCredential for one identity. It is safe for concurrent use.
type Credential struct {
	cfg     Config
	way     string
	source  source
	secrets *secrets
	door    *door
	options azidentity.ClientAssertionCredentialOptions

	mu     sync.Mutex
	inner  azcore.TokenCredential // nil after Renew
	claims Claims
}

// source gets a fresh assertion.
type source func(context.Context) (string, error)

// New chooses the way and checks everything that can be checked without a request. Its error is an *Error of the
// kind Missing, which names every missing variable, or Endpoint.
func New(cfg Config) (*Credential, error) {
	c := &Credential{cfg: cfg, secrets: newSecrets(cfg.Secret, cfg.Redact)}
	// Whichever way is chosen, what lies in the environment must not be shown.
	c.secrets.redact(c.env(gitHubToken))
	c.secrets.redact(c.env(pipelinesToken))
	c.secrets.secret(c.env(idToken))

	way, missing := c.choose()
	if len(missing) > 0 {
		return nil, &Error{Kind: Missing, Way: way, Missing: missing, Hints: c.missingHints(way)}
	}
	c.way = way
	if c.cfg.Authority == "" {
		c.cfg.Authority = publicAuthority
	}
	if err := checkURL("the authority", c.cfg.Authority, false); err != nil {
		return nil, &Error{Kind: Endpoint, Way: way, Err: err}
	}
	c.door = &door{base: cfg.Transport, loopbackOnly: cfg.Loopback}
	c.options = azidentity.ClientAssertionCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud:           cloud.Configuration{ActiveDirectoryAuthorityHost: c.cfg.Authority},
			Transport:       c.door,
			PerCallPolicies: []policy.Policy{again{}},
			Retry:           policy.RetryOptions{MaxRetries: -1, TryTimeout: time.Minute},
			Telemetry:       policy.TelemetryOptions{ApplicationID: "publish-offer"},
		},
		DisableInstanceDiscovery: cfg.Loopback,
	}
	var err error
	if c.source, err = c.newSource(); err != nil {
		return nil, &Error{Kind: Endpoint, Way: way, Err: err}
	}
	if c.inner, err = c.build(); err != nil {
		return nil, &Error{Kind: Endpoint, Way: way, Err: err}
	}
	return c, nil
}

// build makes the library's credential, with an empty token cache.
func (c *Credential) build() (azcore.TokenCredential, error) {
	if c.way == azureCLI {
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: c.cfg.Tenant})
	}
	options := c.options
	return azidentity.NewClientAssertionCredential(c.cfg.Tenant, c.cfg.Client, c.assertion, &options)
}

// GetToken returns an access token for the scopes, from the cache while it is good. An error wraps an *Error, and
// ctx.Err() where ctx itself has ended.
func (c *Credential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	inner, err := c.current()
	if err != nil {
		return azcore.AccessToken{}, &Error{Kind: Endpoint, Way: c.way, Err: c.secrets.cause(err)}
	}
	limit := signInDeadline
	if c.way == azureCLI {
		limit = cliDeadline
	}
	seen := &exchange{}
	bounded, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %v", limit))
	defer cancel()

	token, err := inner.GetToken(seen.in(bounded), opts)
	if err == nil && token.Token == "" {
		err = errors.New("the answer holds no access token")
	}
	if err == nil {
		c.secrets.secret(token.Token)
		return token, nil
	}
	failed := c.failure(bounded, err, seen)
	if ctx.Err() != nil {
		return azcore.AccessToken{}, &stoppedError{failed, ctx.Err()}
	}
	return azcore.AccessToken{}, failed
}

// current returns the library's credential, a new one after Renew.
func (c *Credential) current() (azcore.TokenCredential, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		inner, err := c.build()
		if err != nil {
			return nil, err
		}
		c.inner = inner
	}
	return c.inner, nil
}

// Renew forgets the cached tokens: the next GetToken asks for a fresh assertion and a new token. A service that
// answers a bare 401 gets the same cached token again otherwise. (az keeps a cache of its own, out of reach.)
func (c *Credential) Renew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inner = nil
}

// Source returns the chosen method: "github", "azure-pipelines", "id-token", "token-file" or "azure-cli".
func (c *Credential) Source() string { return c.way }

// Name says who signs in, and how, for a line of the log.
func (c *Credential) Name() string {
	if c.way == azureCLI {
		return "azure-cli: whoever is signed in to the Azure CLI, tenant " + c.cfg.Tenant
	}
	return c.way + ", client " + c.cfg.Client + ", tenant " + c.cfg.Tenant
}

// Warnings are what to change before it stops working; of use after a sign-in.
func (c *Credential) Warnings() []string {
	if c.Claims().RetiringIssuer() {
		return []string{"the service connection uses the issuer " + retiringIssuer + ", which Azure DevOps retires on 1 July 2027: convert the connection " +
			"(Project settings, Service connections), and give the app a federated credential for its new issuer and subject"}
	}
	return nil
}

// Claims returns what the last assertion says about itself; it is empty before the first, and for azure-cli.
func (c *Credential) Claims() Claims {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.claims
}

// AssertionEnd returns when the only assertion there is ends. It is zero where a new one can be had, or where the
// end is unknown.
func (c *Credential) AssertionEnd() time.Time {
	if c.way != idTokenWay {
		return time.Time{}
	}
	return c.Claims().Expires
}

// assertion is what the library calls before each token request.
func (c *Credential) assertion(ctx context.Context) (string, error) {
	value, err := c.source(ctx)
	// The library keeps only the text of an error: the exchange keeps the error itself.
	exchangeOf(ctx).assertion = err
	return value, err
}

// keep masks an assertion and remembers its claims.
func (c *Credential) keep(assertion string) {
	c.secrets.secret(assertion)
	claims, _ := decodeClaims(assertion) // an assertion that cannot be read is for Entra to judge
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims = claims
}
