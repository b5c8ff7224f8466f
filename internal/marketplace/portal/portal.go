// Package portal speaks the Cloud Partner Portal API of Microsoft's commercial marketplace, version 2017-10-31.
//
// It knows the paths, the wire forms and the status words, and turns them into the domain's. What is this API's alone
// stays in here: the path that shows whatever was done last, the many forms of a Location, the list that a first publish
// does not find, the sign-off that only a step shows.
// https://learn.microsoft.com/azure/marketplace/cloud-partner-portal-api-overview
package portal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// Endpoint is where the service is.
const Endpoint = "https://cloudpartner.azure.com"

// Scope is what a token for the service must be asked for.
const Scope = Endpoint + "/.default"

const (
	version      = "2017-10-31"
	versionQuery = "api-version=" + version
)

// Client calls the service for one offer. It is a publish.Service.
type Client struct {
	rest             *rest.Client
	text             words
	publisher, offer string
}

// New returns a client. It makes no request. A scope that is not given is the service's own.
func New(o rest.Options, publisher, offer string) *Client {
	if o.Scope == "" {
		o.Scope = Scope
	}
	return &Client{rest: rest.New(o), text: words{o.Clean}, publisher: publisher, offer: offer}
}

// Start orders the offer to be published, or its preview to go live. The service cannot be told which preview.
func (c *Client) Start(ctx context.Context, s marketplace.Start) (marketplace.Accepted, error) {
	call, ok := c.start(s)
	if !ok || s.Kind == marketplace.Cancellation {
		return marketplace.Accepted{}, &marketplace.Error{Call: "start " + string(s.Kind), Fault: marketplace.Unsupported}
	}
	return c.order(ctx, call)
}

// Cancel orders whatever runs on the offer to be canceled: the service takes no id. That it was accepted does not mean
// that anything was canceled.
func (c *Client) Cancel(ctx context.Context, _ marketplace.Ref) (marketplace.Accepted, error) {
	call, _ := c.start(marketplace.Start{Kind: marketplace.Cancellation})
	return c.order(ctx, call)
}

// Request describes an order as it would be sent, for a dry run. The kind Cancellation stands for Cancel.
func (c *Client) Request(_ context.Context, s marketplace.Start) (method, target, body string, err error) {
	call, _ := c.start(s)
	return call.Method, rest.Origin(c.rest.Endpoint()) + call.Path, string(call.Body), nil
}

// start is the call of an order. Its answer's body is documented nowhere; its headers say it all.
func (c *Client) start(s marketplace.Start) (call rest.Call, ok bool) {
	call = rest.Call{Method: http.MethodPost, HeadOnly: true}
	switch s.Kind {
	case marketplace.Publish:
		call.Name, call.Path, call.Body = "start publish", c.path("publish"), publishBody(s.Emails)
	case marketplace.GoLive:
		call.Name, call.Path = "start go-live", c.path("golive")
	case marketplace.Cancellation:
		call.Name, call.Path = "cancel", c.path("cancel")
	default:
		return call, false
	}
	return call, true
}

func publishBody(emails []string) []byte {
	if len(emails) == 0 {
		return nil
	}
	// a map of strings cannot fail to encode
	b, _ := json.Marshal(map[string]any{"metadata": map[string]string{"notification-emails": strings.Join(emails, ",")}})
	return b
}

func (c *Client) path(tail string) string {
	return "/api/publishers/" + url.PathEscape(c.publisher) + "/offers/" + url.PathEscape(c.offer) + "/" + tail + "?" + versionQuery
}

func (c *Client) order(ctx context.Context, call rest.Call) (marketplace.Accepted, error) {
	a, err := c.rest.Do(ctx, call)
	if err != nil {
		return marketplace.Accepted{}, err
	}
	out := c.located(a.Header)
	out.RetryAfter = a.RetryAfter
	return out, nil
}

// Operation reads an operation.
func (c *Client) Operation(ctx context.Context, ref marketplace.Ref) (marketplace.Operation, error) {
	a, err := c.rest.Do(ctx, rest.Call{Name: "read operation", Path: ref.Path})
	if err != nil {
		return marketplace.Operation{}, err
	}
	op, err := c.text.operation(a.Body)
	if err != nil {
		return marketplace.Operation{}, a.Unreadable(err)
	}
	op.RetryAfter = a.RetryAfter
	return op, nil
}

// Offer reads where the offer is.
func (c *Client) Offer(ctx context.Context) (marketplace.Offer, error) {
	a, err := c.rest.Do(ctx, rest.Call{Name: "read offer status", Path: c.path("status")})
	if err != nil {
		return marketplace.Offer{}, err
	}
	offer, err := c.text.offer(a.Body)
	if err != nil {
		return marketplace.Offer{}, a.Unreadable(err)
	}
	offer.RetryAfter = a.RetryAfter
	return offer, nil
}

// Operations lists the offer's operations, in no certain order. A list that is not whole comes with an error.
func (c *Client) Operations(ctx context.Context) (marketplace.List, error) {
	l, err := rest.ReadList(ctx, c.rest, rest.Call{Name: "list operations", Path: c.path("submissions/")}, c.listed)
	notThere := err != nil && marketplace.FaultOf(err) == marketplace.NotFound
	if l.None || notThere {
		return nil, c.noList(ctx, err)
	}
	if err == nil && l.Bad != nil {
		err = l.First.Unreadable(errors.New("not a list of operations"))
	}
	return l.Items, err
}

func (c *Client) listed(raw json.RawMessage) (marketplace.Listed, error) {
	return c.text.listed(raw, func(id string) marketplace.Ref { return operationRef(c.publisher, c.offer, id) })
}

// noList says what it means that there is no list: nothing at all where the offer was never published, as its status
// knows. The offer is not known only if its status says so, too.
func (c *Client) noList(ctx context.Context, list error) error {
	offer, err := c.Offer(ctx)
	if err == nil && offer.State == marketplace.NeverPublished {
		return nil
	}
	switch marketplace.FaultOf(err) {
	case marketplace.NotFound:
		if marketplace.FaultOf(list) == marketplace.NotFound {
			return list
		}
	case marketplace.Forbidden, marketplace.Unauthorized, marketplace.SignIn, marketplace.Throttled:
		return err
	}
	return marketplace.As(list, marketplace.Unreadable)
}
