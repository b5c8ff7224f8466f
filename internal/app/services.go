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
)

// services are what the run publishes by: one of them in the end. It is a publish.Service.
type services struct {
	*auto.Service
	requests map[string]func(marketplace.Start) (method, target, body string, err error)
}

// serve makes the clients of the services that the run may call.
func (r *run) serve(ctx context.Context, way http.RoundTripper) *services {
	out := &services{requests: map[string]func(marketplace.Start) (string, string, string, error){}}
	var candidates []auto.Candidate
	for _, s := range r.config.Services {
		candidate := auto.Candidate{Name: string(s.API)}
		switch s.API {
		case input.APIPortal:
			c := r.portal(way, s.Endpoint)
			candidate.Service = c
			out.requests[candidate.Name] = func(s marketplace.Start) (string, string, string, error) {
				method, target, body := c.Request(s)
				return method, target, body, nil
			}
		case input.APIIngestion:
			c := r.ingestion(way, s.Endpoint)
			candidate.Service = c
			out.requests[candidate.Name] = c.Request
		case input.APISubmission:
			c := r.submission(way, s.Endpoint)
			candidate.Service = c
			out.requests[candidate.Name] = func(s marketplace.Start) (string, string, string, error) { return c.Request(ctx, s) }
		}
		candidates = append(candidates, candidate)
	}
	out.Service = auto.New(candidates, func(name string) { r.chosen(input.API(name)) })
	return out
}

func (r *run) portal(way http.RoundTripper, endpoint *url.URL) *portal.Client {
	return portal.New(r.to(way, endpoint), r.config.Publisher, r.config.Offer)
}

func (r *run) ingestion(way http.RoundTripper, endpoint *url.URL) *ingestion.Client {
	return ingestion.New(r.to(way, endpoint), r.config.Offer)
}

func (r *run) submission(way http.RoundTripper, endpoint *url.URL) *submission.Client {
	return submission.New(r.to(way, endpoint), r.config.Offer, func(text string) { r.warn([]string{text}) })
}

// to is how a service is reached.
func (r *run) to(way http.RoundTripper, endpoint *url.URL) rest.Options {
	return rest.Options{Endpoint: endpoint, Credential: r.identity, Transport: way, Clean: r.console.Clean, Version: r.Version}
}

// request describes an order as the chosen service would get it.
func (s *services) request(order marketplace.Start) (method, target, body string, err error) {
	return s.requests[s.Name()](order)
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
	switch api {
	case input.APIIngestion:
		return "Product Ingestion API"
	case input.APISubmission:
		return "Partner Center submission API"
	}
	return "Cloud Partner Portal API"
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
