package ingestion

import (
	"context"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// reading is the submissions as one request showed them.
type reading struct {
	product    string
	entries    []entry
	retryAfter time.Duration

	at     time.Time
	served [questions]bool
}

// question is what a reading is for.
type question int

const (
	forList question = iota
	forOffer
	forOperation
	forOrder
	questions
)

// moment is how long a reading answers a second question. The list, the offer's state and what a job has made are one
// request here, and who decides asks for them one right after the other.
const moment = time.Second

// submissions reads all submissions of the offer's product. What was read of a list that is not whole comes with the
// error. A reading answers each question once, for a moment, and none once an order was sent: who asks again wants news.
func (c *Client) submissions(ctx context.Context, q question) (reading, error) {
	p, err := c.its(ctx)
	if err != nil {
		return reading{}, err
	}
	c.mu.Lock()
	r, served := c.last, c.fresh && !c.last.served[q] && time.Since(c.last.at) < moment
	if served {
		c.last.served[q] = true
	}
	c.mu.Unlock()
	if served {
		return r, nil
	}
	list, err := rest.ReadList(ctx, c.rest, rest.Call{Name: "list submissions", Path: root + "/submission/" + p.ID + versionKey + version}, c.entry)
	r = reading{product: p.ID, entries: list.Items, retryAfter: list.First.RetryAfter, at: time.Now()}
	if err == nil && list.Bad != nil {
		err = list.First.Unreadable(list.Bad)
	}
	err = marketplace.KnownOffer(err, len(r.entries) == 0)
	if err == nil {
		r.served[q] = true
		c.mu.Lock()
		c.last, c.fresh = r, true
		c.mu.Unlock()
	}
	return r, err
}

// forget lets the last reading answer nothing more, since an order follows, and is what it showed; nil where none was read.
func (c *Client) forget() []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh = false
	if c.last.at.IsZero() {
		return nil
	}
	return append([]entry{}, c.last.entries...)
}
