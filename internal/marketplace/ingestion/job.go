package ingestion

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

func (c *Client) jobOperation(ctx context.Context, path, id string) (marketplace.Operation, error) {
	a, err := c.rest.Do(ctx, rest.Call{Name: "read job", Path: path})
	if err != nil {
		return marketplace.Operation{}, err
	}
	j, err := c.job(a)
	if err != nil {
		return marketplace.Operation{}, err
	}
	o, known := c.known(id)
	if j.state.Ended() && !known {
		if o, err = c.purpose(ctx, id); err != nil {
			return marketplace.Operation{}, err
		}
	}
	op := marketplace.Operation{State: j.state, Kind: o.kind, Conflict: j.state == marketplace.Failed && j.why.conflict}
	op.Word, op.Unknown, op.RetryAfter = j.word, j.unknown, a.RetryAfter
	switch {
	case j.state == marketplace.Succeeded:
		err = c.made(ctx, id, o, j, &op)
	default: // one that does not say what it is for counts as a publish
		op.Steps = steps(cmp.Or(o.kind, marketplace.Publish), j.state)
	}
	if j.state == marketplace.Failed {
		blame(&op, j)
	}
	return op, err
}

// blame puts why the job failed to the step that failed; that is the certification where the errors say so.
func blame(op *marketplace.Operation, j job) {
	s := &op.Steps[current(op.Steps)]
	if j.why.certification {
		s.Name = "Certification"
	}
	s.State, s.Messages = marketplace.StepFailed, j.why.messages
}

// purpose is what a job was for that this client did not order. It is told once the job has ended, and remembered then;
// where it is not told, the job counts as a publish.
func (c *Client) purpose(ctx context.Context, id string) (order, error) {
	if _, err := c.its(ctx); err != nil {
		return order{}, err
	}
	o, err := c.told(ctx, id)
	switch fault := marketplace.FaultOf(err); {
	case err == nil && o.kind == marketplace.Unknown, fault == marketplace.NotFound, fault == marketplace.Refused:
		o, err = order{kind: marketplace.Publish}, nil
	case err != nil:
		return o, err
	}
	c.remember(id, o)
	return o, nil
}

type wireResource struct {
	Schema rest.Text `json:"$schema"`
	wireEntry
}

// told reads what a job has written.
func (c *Client) told(ctx context.Context, id string) (order, error) {
	its, err := c.its(ctx)
	if err != nil {
		return order{}, err
	}
	const call = "read what the job wrote"
	path := root + "/configure/" + id + versionKey + version
	a, err := c.rest.Do(ctx, rest.Call{Name: call, Path: path})
	if err != nil {
		return order{}, err
	}
	var in struct{ Resources, Value rest.List[json.RawMessage] }
	if err := a.JSON(&in); err != nil {
		return order{}, err
	}
	for _, raw := range append(in.Resources, in.Value...) {
		var r wireResource
		if rest.Decode(raw, &r) != nil || r.Target == "" || !strings.Contains(string(r.Schema)+string(r.ID), "submission/") {
			continue
		}
		if product := productOf(r.Product); product != "" && key(product) != key(its.ID) {
			return order{}, otherProduct(call, path)
		}
		o := order{kind: entry{target: string(r.Target)}.kind()}
		if number := lastSegment(r.ID); rest.IsID(number) && number != draft {
			o.submission = number
		}
		return o, nil
	}
	return order{}, nil
}

// made looks for what a job that ended well has made. The submissions have the last word: what still runs there runs,
// and what is not listed yet leaves the operation unsettled.
func (c *Client) made(ctx context.Context, id string, o order, j job, op *marketplace.Operation) error {
	r, err := c.submissions(ctx, forOperation)
	if err != nil {
		return err
	}
	e, found := o.entryIn(r.entries, j)
	// what another run ordered is named by its job alone: an approval must not be bound to a guess
	if o.own && o.submission == "" && found != missing {
		if o.submission, err = c.certain(ctx, id, e, j); err != nil {
			return err
		}
		c.remember(id, o)
		e, found = o.entryIn(r.entries, j)
	}
	switch {
	case found == missing:
		op.Unsettled = true
		op.Steps = steps(o.kind, marketplace.Running)
	case found == replaced: // a newer preview stands in its place: the job's own word is all there is
		op.Replaced = true
		op.Steps = steps(marketplace.Publish, marketplace.AtSignOff)
		op.Steps[1].State = marketplace.StepNotStarted
	default:
		after := operationOf(e, r.entries)
		op.State, op.Steps, op.Unknown = after.State, after.Steps, append(op.Unknown, after.Unknown...)
	}
	if o.submission != "" {
		op.Made = submissionRef(r.product, o.submission, "")
	}
	return nil
}

// certain is the id of a submission if it certainly is the job's: it was created while the job ran, since no other can
// run meanwhile, or the job names it.
func (c *Client) certain(ctx context.Context, id string, e entry, j job) (string, error) {
	if j.during(e.created) {
		return e.id, nil
	}
	told, err := c.told(ctx, id)
	switch fault := marketplace.FaultOf(err); {
	case err == nil:
		return told.submission, nil
	case fault == marketplace.NotFound, fault == marketplace.Refused, errors.Is(err, marketplace.ErrOtherOffer):
		return "", nil
	}
	return "", err
}

// slack is how much the service's own clocks may differ.
const slack = time.Minute

func (j job) during(t time.Time) bool {
	dated := !t.IsZero() && !j.began.IsZero() && !j.ended.IsZero()
	return dated && !t.Before(j.began.Add(-slack)) && !t.After(j.ended)
}

func (j job) before(t time.Time) bool {
	return !t.IsZero() && !j.began.IsZero() && t.Before(j.began.Add(-slack))
}

func (j job) after(t time.Time) bool {
	return !t.IsZero() && !j.ended.IsZero() && t.After(j.ended.Add(slack))
}

// found tells whether a job's own entry is listed.
type found int

const (
	missing  found = iota // not yet
	listed                // it is
	replaced              // no longer, since another has taken its place
)

// entryIn looks for what the order has made. An entry that stood there before the order proves nothing.
func (o order) entryIn(entries []entry, j job) (entry, found) {
	if o.kind == marketplace.GoLive {
		e, ok := newest(entries, func(e entry) bool {
			mine := o.submission == "" || key(e.id) == key(o.submission)
			return e.target == liveTarget && e.state != "" && mine && !o.old(e, j)
		})
		if ok {
			return e, listed
		}
		return entry{}, missing
	}
	if o.submission != "" {
		if e, ok := standFor(entries, o.submission, previewTarget); ok {
			return e, listed
		}
		if _, ok := standFor(entries, o.submission, liveTarget); ok { // it is live, and no longer listed as the preview
			return entry{id: o.submission, target: previewTarget, state: marketplace.Succeeded}, listed
		}
	}
	preview, ok := newest(entries, func(e entry) bool { return e.target == previewTarget && e.state != "" })
	switch {
	case !ok:
		return entry{}, missing
	case j.after(preview.created), o.submission != "" && newerID(preview.id, o.submission):
		return preview, replaced
	case o.submission != "", o.old(preview, j):
		return entry{}, missing
	}
	return preview, listed
}

// old reports whether an entry is as it was before the order, so that it says nothing of what the order did.
func (o order) old(e entry, j job) bool {
	if j.before(e.created) && o.before == nil {
		return true
	}
	for _, b := range o.before {
		same := b.id == e.id && b.target == e.target && b.state == e.state && b.created.Equal(e.created)
		if same && !e.runs() {
			return true
		}
	}
	return false
}
