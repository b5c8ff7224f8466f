package publish

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// settled is where the offer is after the followed publish has ended well: waiting for sign-off, unless something proves
// otherwise.
func (r *Run) settled() {
	if r.before == nil {
		r.snapshot()
	}
	r.borrow()
	own, listed := r.list.Find(r.f.ref)
	if listed && r.f.kind == marketplace.Unknown {
		r.f.kind = own.Kind
	}
	switch {
	case r.f.kind == marketplace.GoLive && !own.State.Ended(): // the page is behind: it shows the publish
		r.task, r.f.moved, r.f.since = following, false, r.now
		r.pollOn()
	case r.f.kind == marketplace.GoLive:
		r.reached(marketplace.Succeeded)
	case r.mayHaveFailed() && r.waiting(r.round.since):
		r.askAgain(0)
	case r.offerFailed(), r.mayHaveFailed():
		r.f.state = r.offer.State.State()
		if r.failedLater() || r.round.unread != nil { // it is not known to be what failed
			r.f.state = marketplace.Succeeded
		}
		r.tellLook()
		r.finish(&Error{Reason: EndedBadly, Note: OfferFailed})
	case listed && r.liveBy(own):
		r.reached(marketplace.Succeeded)
	default:
		r.reached(marketplace.AtSignOff)
	}
}

// mayHaveFailed reports whether the offer has failed since the publish that a wait was given ended well: what was so at the
// first look is believed after the window. On the way to the preview it is no matter where something later failed.
func (r *Run) mayHaveFailed() bool {
	matters := r.order.Goal == Live || !r.failedLater()
	return r.offer.State.Badly() && r.f.whose == given && r.order.Command == Wait && matters
}

// failedLater reports whether the last operation that is listed is another one, and failed: the offer's status speaks of that.
func (r *Run) failedLater() bool {
	last, known := r.list.Newest()
	return known && last.State.Badly() && !last.Ref.Same(r.f.ref)
}

// liveBy reports whether the offer's status, which says live, says so of the publish that ended well: it did not before,
// and the list, in which that publish may still run, contradicts it in nothing.
func (r *Run) liveBy(own marketplace.Listed) bool {
	if r.offer.State != marketplace.Live || !r.turned || !r.speaksOfOurs() {
		return false
	}
	list := slices.Clone(r.list)
	for i := range list {
		if list[i].Ref == own.Ref {
			list[i].State = marketplace.Succeeded
		}
	}
	return !(list.DeniesLive() || r.offer.LiveUntouched())
}

// reached is what becomes of a run whose publish stands at sign-off, or is live.
func (r *Run) reached(s marketplace.State) {
	r.f.state = s
	r.tellLook()
	if r.preview = r.f.ref; r.f.says.Made.Known() {
		r.preview = r.f.says.Made
	}
	switch {
	case s == marketplace.Succeeded:
		r.finish(nil)
	case r.order.Goal == Live && r.order.Command != Wait:
		r.press()
	case r.order.Goal == Live && r.offerFailed(): // the page is behind
		r.f.state = marketplace.Succeeded
		r.finish(&Error{Reason: EndedBadly, Note: OfferFailed})
	case r.order.Goal == Live:
		r.watch(Where{})
	case r.f.ref.Shared || r.f.ref.Order:
		r.nameIt()
	default:
		r.finish(nil)
	}
}

// press goes on to order the go-live: from here on the run is one, bound to its own publish.
func (r *Run) press() {
	r.tell(AtPreview{})
	r.order.Command, r.order.IfRunning = GoLive, Adopt
	asked, listed := r.round.asked && r.task == settling, r.round.listed && r.task == settling && r.round.unread == nil
	own := page{ref: r.f.ref, op: r.f.says}
	own.op.State = marketplace.AtSignOff
	r.task = surveying
	r.round = round{since: r.now, listed: listed, asked: asked, pages: []page{own}}
	r.gather(Now, 0)
}

// nameIt gives out a path of the publish that a go-live can be bound to, where the one that is followed cannot.
func (r *Run) nameIt() {
	ref := r.f.says.Made
	if !ref.Known() && r.before != nil && r.f.whose == mine && !r.f.says.Replaced {
		if r.task != settling {
			r.ask(settling, Now)
			return
		}
		if fresh := r.before.fresh(r.list); len(fresh) == 1 && fresh[0].Kind.MakesPreviews() {
			ref = fresh[0].Ref
		}
	}
	r.tell(Bound{Ref: ref})
	if ref.Known() {
		r.f.ref = ref
	}
	r.finish(nil)
}
