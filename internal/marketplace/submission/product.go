package submission

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// Product is what the service calls an offer.
type Product struct {
	ID        string
	Type      string // in the service's own word
	Published bool   // this service publishes offers of this type
}

const lookUp = "look up the offer"

// Product looks up the offer, whatever its type. Nothing is remembered.
// An offer that the service does not know is NotFound; so are two with the same id, since nothing tells which is meant.
func (c *Client) Product(ctx context.Context) (Product, error) {
	found, err := c.lookUp(ctx)
	found.Published = err == nil && servedBy(found.Type) == ""
	return found, err
}

// its is the product of the offer, looked up once. A type that another service publishes is NotFound, with a
// *marketplace.Elsewhere.
func (c *Client) its(ctx context.Context) (Product, error) {
	c.mu.Lock()
	known := c.product
	c.mu.Unlock()
	if known.ID != "" {
		return known, nil
	}
	found, err := c.Product(ctx)
	if err != nil {
		return Product{}, err
	}
	if !found.Published {
		elsewhere := &marketplace.Elsewhere{Type: found.Type, API: servedBy(found.Type)}
		return Product{}, c.refusal(lookUp, marketplace.NotFound, "", elsewhere)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.product = found
	return found, nil
}

// lookUp asks for the offer by its id. Since April 2026 the service wants some lists filtered by type; where it wants
// that of this one, it is asked for each type that it publishes.
// https://github.com/HodorNV/ALOps/issues/992
func (c *Client) lookUp(ctx context.Context) (Product, error) {
	found, err := c.lookUpTyped(ctx, "")
	if !wantsType(err) {
		return found, err
	}
	var failed error
	for _, kind := range []string{"AzureApplication", "AzureDynamics365BusinessCentral", "AzureDynamics365ForCustomerEngagement",
		"AzureDynamics365ForOperations"} {
		found, err := c.lookUpTyped(ctx, kind)
		switch fault := marketplace.FaultOf(err); {
		case err == nil:
			return found, nil
		case fault == marketplace.NotFound, failed != nil:
		case fault == marketplace.Refused:
			failed = err
		default:
			return Product{}, err
		}
	}
	if failed == nil {
		failed = c.unknownOffer()
	}
	return Product{}, failed
}

// wantsType reports whether a refusal asks for a filter by type.
func wantsType(err error) bool {
	e, ok := errors.AsType[*marketplace.Error](err)
	if !ok || e.Fault != marketplace.Refused || e.Status != http.StatusBadRequest {
		return false
	}
	words := e.Code + " " + e.Message
	invalid := strings.Contains(words, "50400") || strings.Contains(words, "ProductTypeFilter")
	return invalid && !strings.Contains(strings.ToLower(words), "publisherid")
}

func (c *Client) unknownOffer() *marketplace.Error {
	return c.refusal(lookUp, marketplace.NotFound, "the service knows no offer "+c.offer, nil)
}

// refusal is an error that no answer of the service carries.
func (c *Client) refusal(call string, f marketplace.Fault, message string, why error) *marketplace.Error {
	return &marketplace.Error{Call: call, Method: http.MethodGet, Path: root, Fault: f, Message: message, Err: why}
}

type wireProduct struct {
	ID, ResourceType rest.Text
	ExternalIDs      rest.List[externalID]
}

type externalID struct{ Type, Value rest.Text }

func (c *Client) lookUpTyped(ctx context.Context, kind string) (Product, error) {
	filter := "externalIDs/Any(i:i/type eq 'AzureOfferId' and i/value eq '" + strings.ReplaceAll(c.offer, "'", "''") + "')"
	if kind != "" {
		filter = "resourceType eq '" + kind + "' and " + filter
	}
	query := strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
	list, err := rest.ReadList(ctx, c.rest, rest.Call{Name: lookUp, Path: root + "?$filter=" + query}, c.offersProduct)
	if err = notTheEnd(err); err != nil {
		return Product{}, err
	}
	found := distinct(list.Items)
	switch {
	case list.Bad != nil:
		return Product{}, list.First.Unreadable(list.Bad)
	case len(found) == 0:
		return Product{}, c.unknownOffer()
	case len(found) > 1:
		return Product{}, c.refusal(lookUp, marketplace.NotFound, "", marketplace.ErrSeveral)
	}
	return found[0], nil
}

// offersProduct decodes a product, if it names the offer. A service that took no notice of the filter must not make
// another offer be published.
func (c *Client) offersProduct(raw json.RawMessage) (Product, error) {
	var p wireProduct
	if json.Unmarshal(raw, &p) != nil || !rest.IsID(string(p.ID)) {
		return Product{}, errors.New("a product without an id")
	}
	if !slices.ContainsFunc(p.ExternalIDs, func(id externalID) bool {
		return rest.Normal(string(id.Type)) == "azureofferid" && strings.EqualFold(string(id.Value), c.offer)
	}) {
		return Product{}, rest.ErrSkip
	}
	return Product{ID: string(p.ID), Type: c.text.words.Name(p.ResourceType)}, nil
}

// own checks that a reference names a submission of the offer, and is its path.
func (c *Client) own(ctx context.Context, call string, ref marketplace.Ref) (string, error) {
	product, err := c.its(ctx)
	if err != nil {
		return "", err
	}
	of := productOf(ref.Path)
	switch {
	case of == "":
		return "", c.refusal(call, marketplace.Refused, "not the path of a submission", nil)
	case !strings.EqualFold(of, product.ID):
		e := c.refusal(call, marketplace.Conflict, "", marketplace.ErrOtherOffer)
		e.Path = ref.Path
		return "", e
	}
	return ref.Path, nil
}
