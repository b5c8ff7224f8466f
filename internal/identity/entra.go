package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// failure makes an *Error of whatever azidentity returned.
func (c *Credential) failure(ctx context.Context, err error, seen *exchange) *Error {
	var known *Error
	if errors.As(seen.assertion, &known) {
		return known
	}
	if c.way == azureCLI {
		return c.cliFailure(ctx, err)
	}
	failed := &Error{Kind: Unavailable, Way: c.way, By: "Entra", Status: seen.status, RetryAfter: seen.retryAfter, Claims: c.Claims()}
	var authentication *azidentity.AuthenticationFailedError
	switch {
	case errors.As(seen.err, &closed{}):
		failed.Kind, failed.Err = Endpoint, seen.err
	case seen.err != nil:
		failed.Err = c.secrets.cause(seen.err)
	case ctx.Err() != nil && seen.failed(): // its status says why
	case ctx.Err() != nil:
		failed.Err = c.secrets.cause(context.Cause(ctx))
	case errors.As(err, &authentication) && authentication.RawResponse != nil:
		body, readErr := io.ReadAll(authentication.RawResponse.Body)
		if readErr != nil {
			failed.Err = c.secrets.cause(readErr)
			break
		}
		c.judge(failed, authentication.RawResponse.StatusCode, body)
	case seen.status == 0:
		// Nothing was sent: the request itself is wrong.
		failed.Kind, failed.Err = Endpoint, c.secrets.cause(err)
	default:
		// The library's text quotes the whole answer, which may hold the token.
		failed.Err = errors.New("its answer makes no sense")
	}
	return failed
}

// judge reads Entra's answer to a request that did not succeed. Only Entra's own JSON is a refusal; a page of HTML
// comes from something in between.
func (c *Credential) judge(failed *Error, status int, body []byte) {
	failed.Status = status
	answer, ok := parseRefusal(body)
	switch {
	case isRedirect(status):
		failed.Kind, failed.Err = Refused, errors.New("its answer is a redirect, which is not followed")
		return
	case !ok:
		failed.Err = errors.New("its answer makes no sense")
		return
	}
	failed.Kind = kindOf(status)
	if answer.passing {
		failed.Kind = Unavailable
	}
	failed.Code = answer.code
	failed.Description = c.secrets.line(answer.description)
	failed.CorrelationID = c.secrets.line(answer.correlationID)
	c.explain(failed)
}

// cliFailure reads what az said.
func (c *Credential) cliFailure(ctx context.Context, err error) *Error {
	text := err.Error()
	text = strings.TrimPrefix(text, "AzureCLICredential: ")
	text, _, _ = strings.Cut(text, " To troubleshoot, visit ")
	failed := &Error{Kind: Refused, Way: c.way, By: "the Azure CLI", Code: code.FindString(text), Description: c.secrets.line(text)}
	c.explain(failed)
	if strings.Contains(text, "az login") {
		failed.Hints = append(failed.Hints, "run `az login --tenant "+c.cfg.Tenant+"`, then try again")
	}
	switch {
	case ctx.Err() != nil:
		failed.Kind, failed.Description, failed.Err = Unavailable, "", c.secrets.cause(context.Cause(ctx))
	case strings.Contains(text, "executable not found on path"):
		return &Error{Kind: Missing, Way: c.way, Missing: []Requirement{{Way: c.way, Name: "az", How: "install the Azure CLI and sign in with `az login`"}}}
	}
	return failed
}

// refusal is Entra's error document.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
type refusal struct {
	code          string // AADSTS700213
	description   string // without the trace ids at its end
	correlationID string
	passing       bool // says of itself that it is temporary
}

var code = regexp.MustCompile(`\bAADSTS[0-9]{4,9}\b`)

// parseRefusal reports false for anything that is not Entra's error document.
func parseRefusal(body []byte) (refusal, bool) {
	var raw struct {
		Error         string  `json:"error"`
		Description   string  `json:"error_description"`
		Codes         []int64 `json:"error_codes"`
		CorrelationID string  `json:"correlation_id"`
	}
	if json.Unmarshal(body, &raw) != nil || raw.Error == "" {
		return refusal{}, false
	}
	answer := refusal{
		code:          code.FindString(raw.Description),
		correlationID: raw.CorrelationID,
		passing:       raw.Error == "temporarily_unavailable" || raw.Error == "server_error",
	}
	if answer.code == "" && len(raw.Codes) > 0 && raw.Codes[0] > 0 {
		answer.code = fmt.Sprintf("AADSTS%d", raw.Codes[0])
	}
	description, _, _ := strings.Cut(raw.Description, "Trace ID:")
	answer.description = cmp.Or(strings.TrimSpace(description), raw.Error)
	return answer, true
}
