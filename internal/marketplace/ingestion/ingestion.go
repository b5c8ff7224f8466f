// Package ingestion speaks the Product Ingestion API of Microsoft's commercial marketplace, which publishes SaaS,
// virtual machine and container offers.
// https://learn.microsoft.com/partner-center/marketplace-offers/product-ingestion-api
//
// An order is a job, known only to who has its id: the service lists no jobs, and only a job says why it failed or can
// be canceled. What a job makes is a submission, which is listed under a target: the preview, or live. So an operation
// has one of two names here, the job's path for what this program ordered and the submission's for what was found, and
// a job that ended well is believed together with the submissions only.
//
// In the order of reading: service.go is the face to the core, job.go and submission.go are the two kinds of operation,
// offer.go is where an offer stands by its submissions, product.go and path.go are the names of things, decode.go and
// errors.go the wire.
package ingestion

import (
	"sync"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// Name is the service, as the input `api` has it.
const Name = "product-ingestion"

// Endpoint is where the service is.
const Endpoint = "https://graph.microsoft.com"

// Scope is what a token for the service must be asked for.
const Scope = Endpoint + "/.default"

// Client calls the service for one offer. It is a publish.Service. It remembers the product and the orders that went through
// it, and of what changes the last reading alone: see moment.
type Client struct {
	rest  *rest.Client
	text  rest.Words
	offer string

	mu      sync.Mutex
	product *Product
	last    reading          // of the submissions, when they were last read whole
	fresh   bool             // no order was sent since
	orders  map[string]order // by the job's id
}

// New returns a client for an offer. It makes no request.
func New(o rest.Options, offer string) *Client {
	o.Scope = Scope
	return &Client{rest: rest.New(o), text: o.Clean, offer: offer, orders: map[string]order{}}
}

// order is what a job is for, as far as that is known.
type order struct {
	kind       marketplace.Kind
	own        bool    // it went through this client
	submission string  // that goes live, or that was made; "" where it is not known
	before     []entry // the submissions as they were last read before the order; nil where none was or they never were
}

func (c *Client) remember(job string, o order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.orders[key(job)] = o
}

func (c *Client) known(job string) (order, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.orders[key(job)]
	return o, ok
}
