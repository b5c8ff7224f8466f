package ingestion

import (
	"context"
	"encoding/json"
	"errors"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// SignIn gets the token that the calls carry, and sends nothing to the service.
func (c *Client) SignIn(ctx context.Context) error { return c.rest.SignIn(ctx) }

// Operation reads how an operation stands, by either of its names.
//
// A running job costs one request. A job that ended well costs the submissions, too, and one that did not go through
// this client what it was for. A submission that is not listed, or is the draft again, is NotFound: after an order to
// cancel that is what became of it.
func (c *Client) Operation(ctx context.Context, ref marketplace.Ref) (marketplace.Operation, error) {
	p, ok := placeOf(ref.Path)
	switch {
	case !ok:
		return marketplace.Operation{}, unsupported("read operation", ref.Path, errNotOurs)
	case p.job != "":
		return c.jobOperation(ctx, ref.Path, p.job)
	}
	return c.submissionOperation(ctx, ref, p)
}

// Operations lists the submissions: the traces of orders. One entry is a submission under one target; both may stand for
// one id. The draft is none.
func (c *Client) Operations(ctx context.Context) (marketplace.List, error) {
	r, err := c.submissions(ctx, forList)
	out := make(marketplace.List, 0, len(r.entries))
	// the preview of a submission before its go-live: who looks for the one that made a preview finds it first
	for _, previews := range []bool{true, false} {
		for _, e := range r.entries {
			if (e.target == previewTarget) == previews && e.target != draftTarget && e.state != "" {
				out = append(out, marketplace.Listed{Ref: submissionRef(r.product, e.id, e.target), Kind: e.kind(), Sure: true, State: e.state, Changed: e.created})
			}
		}
	}
	return out, err
}

// Offer is where the offer stands by its submissions.
func (c *Client) Offer(ctx context.Context) (marketplace.Offer, error) {
	r, err := c.submissions(ctx, forOffer)
	if err != nil {
		return marketplace.Offer{}, err
	}
	o, of := offerOf(r.entries)
	if o.RetryAfter = r.retryAfter; of != "" {
		o.Of = submissionRef(r.product, of, "")
	}
	return o, nil
}

// Start orders a preview, or the submission behind a preview to go live.
//
// The preview may be named by its submission or by the job that made it; unnamed, it is the one that stands. Where the
// service does not tell which submission a job made, the Fault is Unsupported, with ErrUnnamed. Whatever goes wrong
// before the order comes with a Fault by which nothing was sent.
func (c *Client) Start(ctx context.Context, s marketplace.Start) (marketplace.Accepted, error) {
	if s.Kind != marketplace.Publish && s.Kind != marketplace.GoLive {
		return marketplace.Accepted{}, unsupported("start "+string(s.Kind), "", errors.New("no such order"))
	}
	o := order{kind: s.Kind, own: true}
	call := rest.Call{Name: "start publish", Method: "POST", Path: root + "/configure" + versionKey + version}
	p, err := c.its(ctx)
	if err == nil && s.Kind == marketplace.GoLive {
		call.Name = "start go-live"
		o.submission, err = c.preview(ctx, p, s.Preview)
	}
	if err != nil {
		return marketplace.Accepted{}, marketplace.NothingSent(err)
	}
	call.Body = body(p.ID, o.submission)
	o.before = c.forget()
	a, err := c.rest.Do(ctx, call)
	if err != nil {
		if e, ok := errors.AsType[*marketplace.Error](err); ok && e.Fault == marketplace.Refused && inTheWay(e.Code, e.Message) {
			err = marketplace.As(err, marketplace.Conflict)
		}
		return marketplace.Accepted{}, err
	}
	out := marketplace.Accepted{RetryAfter: a.RetryAfter}
	if id := jobID(a); id != "" {
		out.Ref = jobRef(id)
		c.remember(id, o)
	}
	return out, nil
}

// Cancel orders a job to be canceled. The service cancels nothing else: Unsupported.
func (c *Client) Cancel(ctx context.Context, ref marketplace.Ref) (marketplace.Accepted, error) {
	p, _ := placeOf(ref.Path)
	if p.job == "" {
		return marketplace.Accepted{}, byJob(ref.Path)
	}
	c.forget()
	a, err := c.rest.Do(ctx, rest.Call{Name: "cancel", Method: "POST", HeadOnly: true,
		Path: root + "/configure/" + p.job + "/cancel" + versionKey + version})
	if err != nil {
		return marketplace.Accepted{}, err
	}
	return marketplace.Accepted{RetryAfter: a.RetryAfter}, nil
}

// Request describes an order as it would be sent, for a rehearsal: method, URL and body. What only a request could tell
// is written as {product} and {submission}. The kind Cancellation stands for Cancel, of the operation in Preview; the
// error is that of an order that Cancel would not send.
func (c *Client) Request(_ context.Context, s marketplace.Start) (method, target, text string, err error) {
	at := rest.Origin(c.rest.Endpoint()) + root + "/configure"
	p, _ := placeOf(s.Preview.Path)
	if s.Kind == marketplace.Cancellation {
		if p.job == "" {
			return "", "", "", byJob(s.Preview.Path)
		}
		return "POST", at + "/" + p.job + "/cancel" + versionKey + version, "", nil
	}
	product, submission := "{product}", ""
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.product != nil {
		product = c.product.ID
	}
	if s.Kind == marketplace.GoLive {
		submission = "{submission}"
		if p.submission != "" {
			submission = p.submission
		} else if e, ok := parked(c.last.entries); ok && !s.Preview.Known() {
			submission = e.id
		}
	}
	return "POST", at + versionKey + version, string(body(product, submission)), nil
}

type configure struct {
	Schema    string     `json:"$schema"`
	Resources []resource `json:"resources"`
}

type resource struct {
	Schema  string `json:"$schema"`
	ID      string `json:"id,omitempty"`
	Product string `json:"product"`
	Target  struct {
		Type string `json:"targetType"`
	} `json:"target"`
}

// schemas is where the schemas are. The documentation prints another host, which has been dead since 2025.
const schemas = "https://schema.mp.microsoft.com/schema/"

// body is an order: a submission resource built here, never one that was read, without the field that would take the
// product off the shelf. Without a submission it is a new preview of the whole draft.
func body(product, submission string) []byte {
	r := resource{Schema: schemas + "submission/" + version, Product: "product/" + product}
	r.Target.Type = previewTarget
	if submission != "" {
		r.ID, r.Target.Type = "submission/"+product+"/"+submission, liveTarget
	}
	b, _ := json.Marshal(configure{schemas + "configure/" + version, []resource{r}}) // strings cannot fail to encode
	return b
}

var errNotOurs = errors.New("not an operation of this service")

// ErrUnnamed is why a preview cannot go live: the service does not tell which submission the job made.
var ErrUnnamed = errors.New("the service does not tell which submission the job made")

// preview is the submission behind the preview that is meant; with the zero Ref, that of the one that waits for sign-off.
func (c *Client) preview(ctx context.Context, its Product, meant marketplace.Ref) (string, error) {
	const call = "start go-live"
	if !meant.Known() {
		r, err := c.submissions(ctx, forOrder)
		if err != nil {
			return "", err
		}
		if e, ok := parked(r.entries); ok {
			return e.id, nil
		}
		return "", unsupported(call, "", errors.New("no preview waits for sign-off"))
	}
	p, ok := placeOf(meant.Path)
	switch {
	case !ok:
		return "", unsupported(call, meant.Path, errNotOurs)
	case p.job == "" && key(p.product) != key(its.ID):
		return "", otherProduct(call, meant.Path)
	case p.job == "":
		return p.submission, nil
	}
	made := func(o order) bool { return o.kind == marketplace.Publish && o.submission != "" }
	o, known := c.known(p.job)
	if known && made(o) {
		return o.submission, nil
	}
	o, err := c.told(ctx, p.job)
	switch fault := marketplace.FaultOf(err); {
	case err == nil && made(o):
		return o.submission, nil
	case err == nil, fault == marketplace.NotFound, fault == marketplace.Refused: // forgotten, or it has not ended
		return "", unsupported(call, meant.Path, errors.Join(ErrUnnamed, err))
	}
	return "", err
}

func byJob(path string) error {
	return unsupported("cancel", path, errors.New("the service cancels by the path of a job only"))
}

func unsupported(call, path string, err error) *marketplace.Error {
	return &marketplace.Error{Call: call, Path: path, Fault: marketplace.Unsupported, Err: err}
}
