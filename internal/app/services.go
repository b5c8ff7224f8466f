package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/auto"
	"publish-offer/internal/marketplace/ingestion"
	"publish-offer/internal/marketplace/portal"
	"publish-offer/internal/marketplace/rest"
	"publish-offer/internal/marketplace/submission"
	"publish-offer/internal/publish"
)

// services are what the run publishes by: one of them in the end. It is a publish.Service.
type services struct {
	*auto.Service
	request func(marketplace.Start) (method, target, body string, err error) // an order, as the chosen service would get it
}

// client is one of the services.
type client interface {
	publish.Service
	SignIn(context.Context) error
	Request(context.Context, marketplace.Start) (method, target, body string, err error)
}

// serve makes the clients of the services that the run may call.
func (r *run) serve(ctx context.Context, way http.RoundTripper) *services {
	clients := map[string]client{}
	var candidates []auto.Candidate
	for _, s := range r.config.Services {
		c := r.client(way, s)
		clients[string(s.API)] = c
		candidates = append(candidates, auto.Candidate{Name: string(s.API), Service: c})
	}
	all := auto.New(candidates, func(name string) { r.chosen(input.API(name)) })
	return &services{all, func(order marketplace.Start) (string, string, string, error) {
		return clients[all.Name()].Request(ctx, order)
	}}
}

func (r *run) client(way http.RoundTripper, s input.Service) client {
	o := rest.Options{Endpoint: s.Endpoint, Credential: r.identity, Transport: way, Clean: r.console.Clean, Version: r.Version}
	switch s.API {
	case input.APIIngestion:
		return ingestion.New(o, r.config.Offer)
	case input.APISubmission:
		return submission.New(o, r.config.Offer, func(text string) { r.warn([]string{text}) })
	}
	return portal.New(o, r.config.Publisher, r.config.Offer)
}

// parseOperation tells by the shape of a text which service it names an operation of, and checks it for that service.
func (r *run) parseOperation(endpoint func(input.API) *url.URL, publisher, offer, text string) (input.API, string, error) {
	var err error
	api := shapeOf(text)
	switch api {
	case input.APIIngestion:
		r.operation, err = ingestion.ParseRef(endpoint(api), text)
	case input.APISubmission:
		r.operation, err = submission.ParseRef(endpoint(api), text)
	default:
		r.operation, err = portal.ParseRef(endpoint(api), publisher, offer, text)
	}
	return api, r.operation.Path, err
}

// serviceName is a service as people call it.
func serviceName(api input.API) string {
	return map[input.API]string{
		input.APIPortal:     "Cloud Partner Portal API",
		input.APIIngestion:  "Product Ingestion API",
		input.APISubmission: "Partner Center submission API",
	}[api]
}

// lacks is what the path of an operation does not give; "" where it gives all.
func lacks(ref marketplace.Ref) string {
	if shapeOf(ref.Path) == input.APIIngestion && !ref.Order {
		return "this API tells why an operation failed, and cancels it, only by the path that its order gave out; this one is followed by its submission"
	}
	return ""
}

// shapeOf is the service whose operations have such a path; the portal's have several shapes, one of them a bare GUID.
func shapeOf(text string) input.API {
	switch path := strings.ToLower(text); {
	case strings.Contains(path, "/rp/product-ingestion/"):
		return input.APIIngestion
	case strings.Contains(path, "/v1.0/ingestion/"):
		return input.APISubmission
	}
	return input.APIPortal
}
