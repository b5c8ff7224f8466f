package marketplace

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// This file holds what a diagnosis asks beside the calls of a publish. Nothing in it changes anything.

// Document is what the service keeps of an offer, as far as it tells where the offer is at home.
type Document struct {
	Migration string // "migrated" is the only word ever seen; "" where the service says nothing
	Redirect  string // where else the offer is looked after; "" where the service says nothing
}

type wireDocument struct {
	ID, OfferID, PCMigrationStatus, PCRedirectURI text
}

// Document reads the offer itself.
// https://learn.microsoft.com/partner-center/marketplace-offers/cloud-partner-portal-api-retrieve-specific-offer
func (c *Client) Document(ctx context.Context) (Document, error) {
	a, err := c.do(ctx, "read offer", http.MethodGet, c.offers()+"/"+url.PathEscape(c.o.Offer)+"?"+versionQuery, nil)
	if err != nil {
		return Document{}, err
	}
	var in wireDocument
	if err := json.Unmarshal(a.body, &in); err != nil {
		return Document{}, a.unreadable(fmt.Errorf("invalid JSON: %w", err))
	}
	return Document{Migration: c.text.plain(in.PCMigrationStatus), Redirect: c.text.plain(in.PCRedirectURI)}, nil
}

// Offers lists the ids of the publisher's offers that this API knows.
// https://learn.microsoft.com/partner-center/marketplace-offers/cloud-partner-portal-api-retrieve-offers
func (c *Client) Offers(ctx context.Context) ([]string, error) {
	a, err := c.do(ctx, "list offers", http.MethodGet, c.offers()+"?"+versionQuery, nil)
	if err != nil {
		return nil, err
	}
	var in []wireDocument
	if err := json.Unmarshal(a.body, &in); err != nil {
		return nil, a.unreadable(fmt.Errorf("not a list of offers: %w", err))
	}
	var ids []string
	for _, d := range in[:min(len(in), maxItems)] {
		if id := c.text.plain(first(d.ID, d.OfferID)); id != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// SignIn gets the token that the calls carry, from the same cache, and sends nothing to the service.
func (c *Client) SignIn(ctx context.Context) error {
	// the policy of the calls asks with CAE, too: without it the token would be another one
	_, err := c.o.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{Scope}, EnableCAE: true})
	if err != nil {
		return &Error{Call: "sign in", Fault: SignIn, Err: err}
	}
	return nil
}

func (c *Client) offers() string {
	return "/api/publishers/" + url.PathEscape(c.o.Publisher) + "/offers"
}
