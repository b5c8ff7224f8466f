package ingestion

import (
	"context"
	"errors"

	"publish-offer/internal/marketplace"
)

// ErrGone is why a submission cannot be read: it is not among the offer's submissions. ErrDraft is why, where it is
// there again as the draft. The Fault of both is NotFound, and either is what becomes of a canceled submission.
var (
	ErrGone  = errors.New("not among the offer's submissions")
	ErrDraft = errors.New("the submission is a draft again")
)

// submissionOperation reads a submission by its path: from the list, since its own page was seen to be missing just when
// its preview stood (https://github.com/HodorNV/ALOps/issues/992), and has but one of its two targets.
func (c *Client) submissionOperation(ctx context.Context, ref marketplace.Ref, p place) (marketplace.Operation, error) {
	const call = "read submission"
	r, err := c.submissions(ctx, forOperation)
	switch {
	case err != nil:
		return marketplace.Operation{}, err
	case key(r.product) != key(p.product):
		return marketplace.Operation{}, otherProduct(call, ref.Path)
	}
	e, ok := standFor(r.entries, p.submission, ref.Target)
	if !ok {
		why := ErrGone
		if _, back := newest(r.entries, func(e entry) bool { return key(e.id) == key(p.submission) && e.target == draftTarget }); back {
			why = ErrDraft
		}
		return marketplace.Operation{}, &marketplace.Error{Call: call, Path: ref.Path, Fault: marketplace.NotFound, Err: why}
	}
	op := operationOf(e, r.entries)
	op.Made, op.RetryAfter = submissionRef(r.product, e.id, ""), r.retryAfter
	return op, nil
}

// standFor is the entry of a submission: under its target if one is named, else live if there is one, else the preview.
func standFor(entries []entry, id, target string) (entry, bool) {
	under := func(t string) (entry, bool) {
		return newest(entries, func(e entry) bool { return key(e.id) == key(id) && e.target == t && e.state != "" })
	}
	if target != "" {
		return under(target)
	}
	if e, ok := under(liveTarget); ok {
		return e, true
	}
	return under(previewTarget)
}

// operationOf is an entry as an operation. A preview that ended well waits for sign-off until somebody takes it live.
func operationOf(e entry, entries []entry) marketplace.Operation {
	op := marketplace.Operation{State: e.state, Kind: e.kind()}
	op.Word = e.word
	if e.unknown != "" {
		op.Unknown = []string{e.unknown}
	}
	op.Steps = steps(op.Kind, op.State)
	if e.target == previewTarget && e.state == marketplace.Succeeded {
		if live, taken := standFor(entries, e.id, liveTarget); taken {
			op.Steps = steps(marketplace.GoLive, live.state)
		} else {
			op.State, op.Steps = marketplace.AtSignOff, steps(op.Kind, marketplace.AtSignOff)
		}
	}
	return op
}
