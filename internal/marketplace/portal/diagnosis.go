package portal

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// This file holds what a diagnosis asks beside the calls of a publish. Nothing in it changes anything.

type wireDocument struct {
	ID, OfferID, PCMigrationStatus, PCRedirectURI rest.Text
}

// Home reads the offer itself, as far as that tells where it is at home.
// https://learn.microsoft.com/partner-center/marketplace-offers/cloud-partner-portal-api-retrieve-specific-offer
func (c *Client) Home(ctx context.Context) (marketplace.Home, error) {
	a, err := c.rest.Do(ctx, rest.Call{Name: "read offer", Path: c.offers() + "/" + url.PathEscape(c.offer) + "?" + versionQuery})
	if err != nil {
		return marketplace.Home{}, err
	}
	var in wireDocument
	if err := a.JSON(&in); err != nil {
		return marketplace.Home{}, err
	}
	return marketplace.Home{Migration: c.text.Plain(in.PCMigrationStatus), Redirect: c.text.Plain(in.PCRedirectURI)}, nil
}

// Offers lists the ids of the publisher's offers that this API knows.
// https://learn.microsoft.com/partner-center/marketplace-offers/cloud-partner-portal-api-retrieve-offers
func (c *Client) Offers(ctx context.Context) ([]string, error) {
	call := rest.Call{Name: "list offers", Path: c.offers() + "?" + versionQuery}
	l, err := rest.ReadList(ctx, c.rest, call, rest.AtMost(maxItems, func(raw json.RawMessage) (string, error) {
		var d wireDocument
		if json.Unmarshal(raw, &d) == nil {
			if id := c.text.Name(cmp.Or(d.ID, d.OfferID)); id != "" {
				return id, nil
			}
		}
		return "", rest.ErrSkip
	}))
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

// SignIn gets the token that the calls carry, from the same cache, and sends nothing to the service.
func (c *Client) SignIn(ctx context.Context) error { return c.rest.SignIn(ctx) }

func (c *Client) offers() string {
	return "/api/publishers/" + url.PathEscape(c.publisher) + "/offers"
}
