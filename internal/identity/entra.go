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
	if known, ok := errors.AsType[*Error](seen.assertion); ok {
		return known
	}
	if c.way == azureCLI {
		return c.cliFailure(ctx, err)
	}
	failed := &Error{Kind: Unavailable, Way: c.way, By: "Entra", Status: seen.status, RetryAfter: seen.retryAfter, Claims: c.Claims()}
	_, keptIn := errors.AsType[closed](seen.err)
	authentication, judged := errors.AsType[*azidentity.AuthenticationFailedError](err)
	switch {
	case keptIn:
		failed.Kind, failed.Err = Endpoint, seen.err
	case seen.err != nil:
		failed.Err = c.secrets.cause(seen.err)
	case ctx.Err() != nil && seen.failed(): // its status says why
	case ctx.Err() != nil:
		failed.Err = c.secrets.cause(context.Cause(ctx))
	case judged && authentication.RawResponse != nil:
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
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (c *Credential) judge(failed *Error, status int, body []byte) {
	failed.Status = status
	var answer struct {
		Error         string  `json:"error"`
		Description   string  `json:"error_description"`
		Codes         []int64 `json:"error_codes"`
		CorrelationID string  `json:"correlation_id"`
	}
	unreadable := json.Unmarshal(body, &answer) != nil || answer.Error == ""
	switch {
	case isRedirect(status):
		failed.Kind, failed.Err = Refused, errors.New("its answer is a redirect, which is not followed")
		return
	case unreadable:
		failed.Err = errors.New("its answer makes no sense")
		return
	}
	failed.Kind = kindOf(status)
	if answer.Error == "temporarily_unavailable" || answer.Error == "server_error" {
		failed.Kind = Unavailable
	}
	failed.Code = code.FindString(answer.Description)
	if failed.Code == "" && len(answer.Codes) > 0 && answer.Codes[0] > 0 {
		failed.Code = fmt.Sprintf("AADSTS%d", answer.Codes[0])
	}
	description, _, _ := strings.Cut(answer.Description, "Trace ID:") // other ids follow it
	failed.Description = c.secrets.line(cmp.Or(strings.TrimSpace(description), answer.Error))
	failed.CorrelationID = c.secrets.line(answer.CorrelationID)
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

// code is one of Entra's.
var code = regexp.MustCompile(`\bAADSTS[0-9]{4,9}\b`)
