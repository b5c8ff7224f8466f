package publish

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// missing is a followed operation that the service does not know. It may not know it yet, or know it by the list alone.
func (r *Run) missing(err error) {
	if r.f.lost.IsZero() {
		r.f.lost = r.now
	}
	if r.step.Do == Look {
		r.fault(err)
		r.step = Step{Do: ReadList}
		return
	}
	r.lostOn(err)
}

// lostSeen judges what the list says of an operation that has no page.
func (r *Run) lostSeen() {
	l, found := r.list.Find(r.f.ref)
	switch {
	case r.task == confirming && found && l.State == marketplace.Canceled, r.task == confirming && r.gone():
		r.confirm(marketplace.Canceled, false)
	case r.f.whose == foreign && r.task == following && !r.waiting(r.f.lost):
		r.pass("")
	case !found && r.task == following && !r.waiting(r.f.lost) && r.f.seen && r.inItsPlace():
	case found && l.State.Ended() && r.task == following && !r.waiting(r.f.lost):
		r.f.moved = true // the list decides
		r.lookedAt(marketplace.Operation{State: l.State, Kind: l.Kind, Details: r.f.says.Details})
	default:
		r.lostOn(nil)
	}
}

// inItsPlace turns to the publish that stands in the place of one that is nowhere to be found, if there is one: the newest
// that was not listed before, or that runs where no list was read before.
func (r *Run) inItsPlace() bool {
	now, known := r.list.Maker()
	if !known || now.Ref.Same(r.f.ref) {
		return false
	}
	var was marketplace.List
	if r.before != nil {
		was = r.before.list
	}
	old := len(was) == 0 && now.State.Ended()
	if old || was.Has(now.Ref) {
		return false
	}
	r.tell(Following{Kind: now.Kind, Ref: now.Ref, Own: true})
	r.follow(followed{ref: now.Ref, kind: now.Kind, whose: given}, Now)
	return true
}

// gone reports whether a canceled operation is no longer there: for the window its page or its entry has been missing that
// was there before, and nothing runs but, by a list that lags, itself.
func (r *Run) gone() bool {
	l, listed := r.list.Find(r.f.ref)
	unlisted := r.before.list.Has(r.f.ref) && !listed
	vanished := r.f.seen || unlisted
	if !vanished || l.State.Ended() || r.lacksMore() {
		return false
	}
	return !r.waiting(r.f.lost) && !slices.ContainsFunc(r.list, func(l marketplace.Listed) bool {
		return !l.State.Ended() && !l.Ref.Same(r.f.ref)
	})
}

// lacksMore reports whether the list is short of more than it was before, and but for what is followed.
func (r *Run) lacksMore() bool {
	switch {
	case r.short == nil:
		return false
	case !r.before.short:
		return true
	}
	return slices.ContainsFunc(r.before.list, func(l marketplace.Listed) bool {
		return !l.Ref.Same(r.f.ref) && !r.list.Has(l.Ref)
	})
}

// lostOn looks again for an operation that is not to be found, for two minutes.
func (r *Run) lostOn(err error) {
	left := r.f.lost.Add(max(patience, r.order.Window)).Sub(r.now)
	if left <= 0 {
		r.finish(&Error{Reason: Lost, Err: err, MayRun: r.f.whose == mine})
		return
	}
	r.look(Poll)
	r.step.Until = r.now.Add(left)
	if err != nil {
		r.last = err
	}
}
