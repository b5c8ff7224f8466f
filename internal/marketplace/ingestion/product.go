package ingestion

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// Product is what the service calls an offer.
type Product struct {
	ID        string // a GUID
	Type      string // in the service's own word
	Published bool   // this service publishes offers of this type
}

type wireProduct struct {
	ID, Type rest.Text
	Identity struct{ ExternalID rest.Text } // externalId, externalID: the decoder does not mind
}

// Product looks up the offer, whatever its type. Nothing is remembered.
// An offer that the service does not know is NotFound; so are two with the same id, since nothing tells which is meant.
func (c *Client) Product(ctx context.Context) (Product, error) {
	call := rest.Call{Name: "look up the offer",
		Path: root + "/product?externalID=" + url.QueryEscape(c.offer) + "&$version=" + productVersion}
	list, err := rest.ReadList(ctx, c.rest, call, c.offersProduct)
	fail := &marketplace.Error{Call: call.Name, Method: "GET", Path: call.Path, Fault: marketplace.NotFound}
	switch {
	case err != nil:
		return Product{}, err
	case list.Bad != nil:
		return Product{}, list.First.Unreadable(list.Bad)
	case len(list.Items) == 0:
		fail.Message = "the service knows no offer " + c.offer
		return Product{}, fail
	}
	found := list.Items[0]
	if slices.ContainsFunc(list.Items, func(p Product) bool { return key(p.ID) != key(found.ID) }) {
		fail.Err = marketplace.ErrSeveral
		return Product{}, fail
	}
	return found, nil
}

// offersProduct decodes a product, if it is the offer's.
func (c *Client) offersProduct(raw json.RawMessage) (Product, error) {
	var in wireProduct
	if rest.Decode(raw, &in) != nil {
		return Product{}, errors.New("a product that makes no sense")
	}
	// a service that passes over the query would list every product there is
	if name := bare(in.Identity.ExternalID); name != "" && !strings.EqualFold(name, c.offer) {
		return Product{}, rest.ErrSkip
	}
	p := Product{ID: lastSegment(in.ID), Type: c.text.Name(rest.Text(bare(in.Type)))}
	if !rest.IsID(p.ID) {
		return Product{}, errors.New("a product without an id")
	}
	// The schema lists Azure applications and Dynamics offers, the service refuses them ("Type AzureApplication is not
	// supported"). A type that nobody knows is left to the service.
	kind := rest.Normal(p.Type)
	p.Published = kind != "azureapplication" && !strings.HasPrefix(kind, "dynamics")
	return p, nil
}

// its is the product of the offer, looked up once. A type that this service does not publish is NotFound, with a
// *marketplace.Elsewhere.
func (c *Client) its(ctx context.Context) (Product, error) {
	c.mu.Lock()
	known := c.product
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	p, err := c.Product(ctx)
	if err != nil {
		return Product{}, err
	}
	if !p.Published {
		return Product{}, &marketplace.Error{Call: "look up the offer", Method: "GET", Fault: marketplace.NotFound,
			Err: &marketplace.Elsewhere{Type: p.Type, API: "partner-center-submission"}}
	}
	c.mu.Lock()
	c.product = &p
	c.mu.Unlock()
	return p, nil
}

func otherProduct(call, path string) error {
	return &marketplace.Error{Call: call, Path: path, Fault: marketplace.Conflict, Err: marketplace.ErrOtherOffer}
}

// lastSegment is the id at the end of a durable id such as product/<guid>, or the text itself.
func lastSegment(id rest.Text) string {
	s := strings.TrimSuffix(bare(id), "/")
	return s[strings.LastIndexByte(s, '/')+1:]
}

// productOf is the product in a durable id or in an object with one; "" where it is named by another name.
func productOf(raw json.RawMessage) string {
	var text rest.Text
	if json.Unmarshal(raw, &text) != nil || !strings.Contains(string(text), "product/") || strings.HasPrefix(string(text), "{") {
		return ""
	}
	return lastSegment(text)
}
