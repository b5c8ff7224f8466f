package submission

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// Start makes a submission of the draft, or promotes one whose preview stands. Whatever it reads before that is no part
// of the order: where reading fails, nothing was ordered, and the error says so.
func (c *Client) Start(ctx context.Context, s marketplace.Start) (marketplace.Accepted, error) {
	c.keep(nil)
	call, ref, err := c.order(ctx, s)
	if err != nil {
		return marketplace.Accepted{}, marketplace.NothingSent(err)
	}
	a, err := c.rest.Do(ctx, call)
	if err != nil {
		return marketplace.Accepted{}, c.declined(ctx, s, ref, err)
	}
	out := marketplace.Accepted{Ref: ref, RetryAfter: a.RetryAfter}
	if s.Kind != marketplace.GoLive {
		out.Ref = c.made(a)
	}
	return out, nil
}

// Request is an order as it would be sent, for a rehearsal: method, URL and body. It reads the draft and changes nothing.
// The kind Cancellation stands for Cancel, of the operation in Preview.
func (c *Client) Request(ctx context.Context, s marketplace.Start) (method, target, body string, err error) {
	call, _, err := c.order(ctx, s)
	if err != nil {
		return "", "", "", err
	}
	return call.Method, rest.Origin(c.rest.Endpoint()) + call.Path, string(call.Body), nil
}

// order is the call of an order, with the submission that is promoted or deleted.
func (c *Client) order(ctx context.Context, s marketplace.Start) (rest.Call, marketplace.Ref, error) {
	if s.Kind == marketplace.Cancellation {
		path, err := c.toCancel(ctx, &s.Preview)
		return rest.Call{Name: "cancel", Method: http.MethodDelete, Path: path, HeadOnly: true}, s.Preview, err
	}
	if s.Kind == marketplace.GoLive {
		ref, err := c.preview(ctx, s.Preview)
		return rest.Call{Name: "start go-live", Method: http.MethodPost, Path: ref.Path + "/promote", HeadOnly: true}, ref, err
	}
	product, err := c.its(ctx)
	if err != nil {
		return rest.Call{}, marketplace.Ref{}, err
	}
	body, err := c.draft(ctx, product)
	return rest.Call{Name: "start publish", Method: http.MethodPost, Path: root + "/" + product.ID + "/submissions", Body: body}, marketplace.Ref{}, err
}

// preview is the submission to promote: the one that is named, else the one that waits for sign-off.
func (c *Client) preview(ctx context.Context, named marketplace.Ref) (marketplace.Ref, error) {
	if named.Known() {
		_, err := c.own(ctx, "start go-live", named)
		return named, err
	}
	all, err := c.submissions(ctx)
	if err != nil && !marketplace.PageMissing(err) {
		return marketplace.Ref{}, err
	}
	if i := newestOf(all); i >= 0 && c.judged(all[i]) == marketplace.AtSignOff {
		return all[i].ref, nil
	}
	return marketplace.Ref{}, c.refusal("start go-live", marketplace.Conflict, "no submission waits for publisher sign-off", nil)
}

// made is the submission that an answer names; zero where it names none. The order was accepted in any case.
func (c *Client) made(a rest.Answer) marketplace.Ref {
	var in wireSubmission
	if a.JSON(&in) != nil || !rest.IsID(string(in.ID)) {
		return marketplace.Ref{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return refTo(c.product.ID, string(in.ID))
}

// declined tells a conflict from another refusal of an order. A promotion is refused in words that no document lists:
// the submission itself tells whether its preview still waits. And one that is not found says nothing of the offer: in
// June 2026 submissions were not found just when their preview stood.
// https://github.com/HodorNV/ALOps/issues/992
func (c *Client) declined(ctx context.Context, s marketplace.Start, ref marketplace.Ref, err error) error {
	e, _ := errors.AsType[*marketplace.Error](err)
	fault, goLive := marketplace.FaultOf(err), s.Kind == marketplace.GoLive
	switch {
	case fault == marketplace.NotFound && goLive:
		fault = marketplace.Refused
	case fault != marketplace.Refused:
	case isConflict(e.Message):
		fault = marketplace.Conflict
	case goLive:
		if now, unread := c.read(ctx, ref.Path); unread == nil && c.judged(now) != marketplace.AtSignOff {
			fault = marketplace.Conflict
		}
	}
	return marketplace.As(err, fault)
}

// Cancel deletes a submission; the zero Ref means the one that runs. That it was accepted does not mean that it is gone.
// One that is not found, and in no list either, is gone already.
func (c *Client) Cancel(ctx context.Context, ref marketplace.Ref) (marketplace.Accepted, error) {
	c.keep(nil)
	call, ref, err := c.order(ctx, marketplace.Start{Kind: marketplace.Cancellation, Preview: ref})
	if err != nil {
		return marketplace.Accepted{}, marketplace.NothingSent(err)
	}
	a, err := c.rest.Do(ctx, call)
	if isFault(err, marketplace.NotFound) {
		err = c.alreadyGone(ctx, ref, err)
	}
	if err == nil || isFault(err, marketplace.Cut) {
		c.mu.Lock()
		c.canceled[ref.ID] = true
		c.mu.Unlock()
	}
	if err != nil {
		return marketplace.Accepted{}, err
	}
	return marketplace.Accepted{RetryAfter: a.RetryAfter}, nil
}

// alreadyGone is nil where the whole list lacks a submission that was not found; else why it was not deleted.
func (c *Client) alreadyGone(ctx context.Context, ref marketplace.Ref, notFound error) error {
	all, err := c.submissions(ctx)
	listed := slices.ContainsFunc(all, func(s submission) bool { return s.ref.Same(ref) })
	if err == nil && !listed {
		return nil
	}
	return marketplace.As(notFound, marketplace.Refused)
}

// toCancel is the path of the submission to delete, which it names in ref where that is zero.
func (c *Client) toCancel(ctx context.Context, ref *marketplace.Ref) (string, error) {
	if ref.Known() {
		return c.own(ctx, "cancel", *ref)
	}
	all, err := c.submissions(ctx)
	newest := newestWhere(all, func(s submission) bool { return c.judged(s) == marketplace.Running })
	switch {
	case newest >= 0:
		*ref = all[newest].ref
		return ref.Path, nil
	case err != nil:
		return "", err
	}
	return "", c.refusal("cancel", marketplace.Refused, "no submission is in progress", nil)
}
