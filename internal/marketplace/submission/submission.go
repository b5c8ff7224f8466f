// Package submission speaks the Partner Center submission API, which publishes Azure applications and the apps of
// Dynamics 365: version v1.0 of https://api.partner.microsoft.com/v1.0/ingestion.
//
// A publish makes a submission, and go-live promotes the same one: publish and go-live have one path, and the
// submission's substate says which of them is going on. The service's words are in words.go, its forms in decode.go, what
// an order is made of in draft.go.
// https://learn.microsoft.com/partner-center/marketplace-offers/submission-api-overview
package submission

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// Name is the service's, as the input api has it.
const Name = "partner-center-submission"

// Endpoint is where the service is.
const Endpoint = "https://api.partner.microsoft.com"

// Scope is what a token for the service must be asked for.
const Scope = Endpoint + "/.default"

const root = "/v1.0/ingestion/products"

// Client calls the service for one offer. It is safe for concurrent use.
type Client struct {
	rest  *rest.Client
	text  decoder
	offer string
	tell  func(string)

	mu       sync.Mutex
	product  Product
	warned   map[string]bool
	beyond   map[string]bool // submissions that were seen beyond the draft
	canceled map[string]bool // submissions that this client told the service to delete
	known    map[string]marketplace.Details
	justRead *reading
}

// reading is the list, read whole.
type reading struct {
	at  time.Time
	all []submission
}

// New returns a client for an offer. It makes no request. Each part of the draft that an order leaves out is told once.
func New(o rest.Options, offer string, tell func(string)) *Client {
	o.Scope = Scope
	return &Client{rest: rest.New(o), text: decoder{o.Clean}, offer: offer, tell: tell,
		warned: map[string]bool{}, beyond: map[string]bool{}, canceled: map[string]bool{}, known: map[string]marketplace.Details{}}
}

// SignIn gets a token for the service, and asks the service nothing.
func (c *Client) SignIn(ctx context.Context) error { return c.rest.SignIn(ctx) }

// Operations lists the offer's submissions.
func (c *Client) Operations(ctx context.Context) (marketplace.List, error) {
	c.keep(nil)
	all, err := c.submissions(ctx)
	if err == nil {
		c.keep(&reading{time.Now(), all})
	}
	newest := newestOf(all)
	out := make(marketplace.List, 0, len(all))
	for i, s := range all {
		l := marketplace.Listed{Ref: s.ref, Kind: s.at.kind, Sure: true, State: c.judged(s), Changed: s.published, Number: s.number}
		// A preview that was followed by another submission waits for nobody any more, whatever its page says.
		if l.State == marketplace.AtSignOff && i != newest {
			l.State = marketplace.Succeeded
		}
		out = append(out, l)
	}
	return out, err
}

// Offer reads where the offer is: where its newest submission is. The list tells that, too: one that was asked for just
// now is not asked for again.
func (c *Client) Offer(ctx context.Context) (marketplace.Offer, error) {
	var all []submission
	var err error
	if r := c.keep(nil); r != nil && time.Since(r.at) < moment {
		all = r.all
	} else if all, err = c.submissions(ctx); err != nil && !marketplace.PageMissing(err) {
		return marketplace.Offer{}, err
	}
	newest := newestOf(all)
	if newest < 0 {
		return marketplace.Offer{State: marketplace.NeverPublished}, nil
	}
	s := all[newest]
	return marketplace.Offer{State: offerState(c.judged(s)), Of: s.ref, Details: s.details()}, nil
}

// moment is how long a list is that of just now.
const moment = 100 * time.Millisecond

// keep keeps a reading, or none, and returns the one before.
func (c *Client) keep(r *reading) *reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.justRead
	c.justRead = r
	return before
}

// Operation reads a submission. That costs two requests, since its own page tells no steps; where it failed, the
// validations and reports, once, which are two more.
func (c *Client) Operation(ctx context.Context, ref marketplace.Ref) (marketplace.Operation, error) {
	c.keep(nil)
	path, err := c.own(ctx, "read submission", ref)
	if err != nil {
		return marketplace.Operation{}, err
	}
	s, err := c.read(ctx, path)
	if isFault(err, marketplace.NotFound) {
		s, err = c.listed(ctx, ref, err)
	}
	switch {
	case errors.Is(err, errGone) && c.wasCanceled(ref):
		return marketplace.Operation{State: marketplace.Canceled, Kind: marketplace.Publish, Details: marketplace.Details{Word: "deleted"}}, nil
	case err != nil:
		return marketplace.Operation{}, err
	}
	out := marketplace.Operation{State: c.judged(s), Kind: s.at.kind, Details: s.details()}
	if out.State == marketplace.AtSignOff {
		out.Made = s.ref
	}
	c.addSteps(ctx, path, s, &out)
	if out.State == marketplace.Failed {
		signedOff := func(s marketplace.Step) bool {
			return s.Role == marketplace.RoleSignOff && s.State == marketplace.StepComplete
		}
		if slices.ContainsFunc(out.Steps, signedOff) {
			out.Kind = marketplace.GoLive
		}
		c.addReasons(ctx, path, s, &out)
	}
	return out, nil
}

func isFault(err error, f marketplace.Fault) bool { return err != nil && marketplace.FaultOf(err) == f }

// read reads a submission's own page.
func (c *Client) read(ctx context.Context, path string) (submission, error) {
	a, err := c.rest.Do(ctx, rest.Call{Name: "read submission", Path: path})
	if err != nil {
		return submission{}, err
	}
	s, err := c.text.submission(a.Body, productOf(path))
	if err != nil {
		return submission{}, a.Unreadable(err)
	}
	s.retryAfter = a.RetryAfter
	return s, nil
}

// errGone marks the error of a submission whose page is not found and that the whole list lacks.
var errGone = errors.New("neither has the list of submissions")

// listed is a submission as the list shows it, for one whose page is not found: in June 2026 submissions were not found
// just when their preview stood. One that the list lacks is NotFound, and only where the list is whole it is gone.
// https://github.com/HodorNV/ALOps/issues/992
func (c *Client) listed(ctx context.Context, ref marketplace.Ref, notFound error) (submission, error) {
	all, err := c.submissions(ctx)
	if i := slices.IndexFunc(all, func(s submission) bool { return s.ref.Same(ref) }); i >= 0 {
		return all[i], nil
	}
	e, ok := errors.AsType[*marketplace.Error](notFound)
	switch {
	case isFault(err, marketplace.NotFound), !ok:
		return submission{}, notFound
	case err != nil:
		return submission{}, err
	}
	gone := *e
	gone.Err = errGone
	return submission{}, &gone
}

// addSteps adds the workflow's steps; those seen last, where they cannot be read.
func (c *Client) addSteps(ctx context.Context, path string, s submission, out *marketplace.Operation) {
	list, err := rest.ReadList(ctx, c.rest, rest.Call{Name: "read workflow", Path: path + "/workflowdetails"},
		rest.AtMost(maxRows, c.text.row))
	key := s.ref.ID + " steps"
	if notTheEnd(err) != nil {
		if e, ok := errors.AsType[*marketplace.Error](err); ok {
			out.RetryAfter = max(out.RetryAfter, e.RetryAfter)
		}
		out.Steps = c.recall(key).Steps
		return
	}
	steps, unknown := c.text.steps(list.Items, s.at)
	out.Steps, out.Unknown = steps, append(out.Unknown, unknown...)
	c.remember(key, marketplace.Details{Steps: steps})
}

// addReasons adds what was found wrong. It is read once: what failed does not change.
func (c *Client) addReasons(ctx context.Context, path string, s submission, out *marketplace.Operation) {
	key := s.ref.ID + " " + out.Word
	if known := c.recall(key); known.Word != "" {
		out.Messages, out.Reports = known.Messages, known.Reports
		return
	}
	validations, err := rest.ReadList(ctx, c.rest, rest.Call{Name: "read validations", Path: path + "/validations"},
		rest.AtMost(maxItems, c.text.validation))
	reports, failed := rest.ReadList(ctx, c.rest, rest.Call{Name: "read reports", Path: path + "/reports"},
		rest.AtMost(maxItems, c.text.report))
	out.Messages, out.Reports = validations.Items, reports.Items
	if notTheEnd(err) == nil && notTheEnd(failed) == nil {
		c.remember(key, marketplace.Details{Word: out.Word, Messages: out.Messages, Reports: out.Reports})
	}
}

func (c *Client) recall(key string) marketplace.Details {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[key]
}

func (c *Client) remember(key string, d marketplace.Details) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[key] = d
}

func (c *Client) wasCanceled(ref marketplace.Ref) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.canceled[ref.ID]
}

// judged is a submission's state, as this client knows it: one that it told the service to delete, and that is back in
// draft, is canceled. One that has been in draft all the time is as it was.
func (c *Client) judged(s submission) marketplace.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.at.draft {
		c.beyond[s.ref.ID] = true
	}
	if s.at.draft && c.canceled[s.ref.ID] && c.beyond[s.ref.ID] {
		return marketplace.Canceled
	}
	return s.at.state
}

// submissions lists the offer's submissions. A list that is not whole comes with an error: marketplace.PageMissing where
// nothing but a further page lacks.
func (c *Client) submissions(ctx context.Context) ([]submission, error) {
	product, err := c.its(ctx)
	if err != nil {
		return nil, err
	}
	list, err := rest.ReadList(ctx, c.rest, rest.Call{Name: "list submissions", Path: root + "/" + product.ID + "/submissions"},
		func(raw json.RawMessage) (submission, error) { return c.text.submission(raw, product.ID) })
	pageMissing := err != nil && notTheEnd(err) == nil
	if pageMissing {
		err = marketplace.As(err, marketplace.NotFound)
	} else if err == nil && list.Bad != nil {
		err = list.First.Unreadable(list.Bad)
	}
	for i := range list.Items {
		list.Items[i].retryAfter = list.First.RetryAfter
	}
	return list.Items, marketplace.KnownOffer(err, len(list.Items) == 0 && !pageMissing)
}

// notTheEnd forgives the page that a list promises at its end and that is not there, as users of the service saw:
// https://github.com/microsoft/navcontainerhelper/issues/3151
func notTheEnd(err error) error {
	e, ok := errors.AsType[*marketplace.Error](err)
	if ok && e.Fault == marketplace.Unreadable && isFault(e.Err, marketplace.NotFound) {
		return nil
	}
	return err
}

// newestOf is the index of the newest submission; -1 where there is none.
func newestOf(all []submission) int {
	return newestWhere(all, func(submission) bool { return true })
}

// newestWhere is the index of the newest submission that fits; -1 where none does.
func newestWhere(all []submission, fits func(submission) bool) int {
	newest := -1
	for i, s := range all {
		newer := newest < 0 || s.newer(all[newest])
		if newer && fits(s) {
			newest = i
		}
	}
	return newest
}
