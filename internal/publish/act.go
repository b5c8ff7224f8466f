package publish

import (
	"publish-offer/internal/marketplace"
)

// surveyed acts by what the table says.
func (r *Run) surveyed() {
	if r.doubt != nil {
		r.traced()
		return
	}
	w := r.where()
	if w.Place == Unsure && r.order.Command != Status {
		r.askAgain(0)
		return
	}
	v := decide(r.order, w)
	if r.order.DryRun || v.Move == MoveLook {
		r.show(w, v)
		return
	}
	r.act(w, v)
}

// show tells where the offer is, and what a real run would do about it.
func (r *Run) show(w Where, v Verdict) {
	o := Overview{Offer: r.offer}
	if w.Entry.Known() {
		o.Running, o.Ref = &w.Entry, w.Entry.Ref
	}
	if r.looksAtGiven() {
		o.Ref = r.order.Operation
	}
	r.f = followed{whose: given, moved: true, state: r.offer.State.State(), says: marketplace.Operation{Details: r.offer.Details}}
	switch p, seen := r.page(o.Ref); {
	case seen && p.unknown && r.looksAtGiven():
		o.Unknown, r.f.state, r.f.says.Details = true, "", marketplace.Details{}
	case seen && !p.unknown:
		o.Operation = &p.op
		r.f.ref, r.f.seen, r.f.state, r.f.says = o.Ref, true, p.op.State, p.op
	}
	r.tell(o)
	if r.order.DryRun {
		r.tell(Rehearsed{Command: r.order.Command, Move: v.Move, Start: r.firstOrder(w, v.Move), Err: v.Err})
		if v.Move == MoveStart && w.Place == Parked {
			r.tell(Replacing{Ref: w.Entry.Ref})
		}
	}
	r.finish(nil)
}

// firstOrder is the order that a move sends at once; its zero Kind tells that there is none.
func (r *Run) firstOrder(w Where, m Move) marketplace.Start {
	switch m {
	case MoveStart:
		return marketplace.Start{Kind: marketplace.Publish, Emails: r.order.Emails}
	case MoveGoLive:
		return marketplace.Start{Kind: marketplace.GoLive, Preview: r.previewOf(w)}
	case MoveCancel, MoveClear:
		return marketplace.Start{Kind: marketplace.Cancellation, Preview: r.cancelRef(w)}
	}
	return marketplace.Start{}
}

// previewOf names the preview that is to go live.
func (r *Run) previewOf(w Where) marketplace.Ref {
	switch {
	case r.order.Operation.Known():
		return r.meant()
	case r.f.whose != passed && r.preview.ID != "" && !r.preview.Shared && !r.preview.Order: // this run's own
		return r.preview
	case w.Entry.Known():
		return w.Entry.Ref
	}
	return r.preview
}

// act carries out what the table says.
func (r *Run) act(w Where, v Verdict) {
	switch v.Move {
	case MoveStart:
		unsaid := r.lastOrder.Kind == "" || r.isNew(w.Entry.Ref)
		if unsaid && w.Place == Parked {
			r.tell(Replacing{Ref: w.Entry.Ref})
		}
		r.send(r.firstOrder(w, v.Move))
	case MoveGoLive:
		r.send(r.firstOrder(w, v.Move))
	case MoveFollow:
		r.adopt(w)
	case MoveLetEnd:
		r.tell(Following{Kind: w.Entry.Kind, Ref: w.Entry.Ref})
		r.snapshot()
		r.follow(followed{ref: w.Entry.Ref, kind: w.Entry.Kind, whose: foreign, seen: true}, Poll)
	case MoveClear, MoveCancel:
		r.orderCancel(w)
	case MoveWatch:
		r.watch(w)
	case MoveDone:
		r.nothing(w)
	case MoveRefuse:
		r.refuse(w, v.Err)
	}
}

// isNew reports whether an operation was not listed before this run's last order.
func (r *Run) isNew(ref marketplace.Ref) bool {
	return ref.Known() && !r.before.list.Has(ref)
}

// adopt follows what runs as this run's own. What the first look showed is known already.
func (r *Run) adopt(w Where) {
	r.tell(Following{Kind: w.Entry.Kind, Ref: w.Entry.Ref, Own: true})
	p, seen := r.page(w.Entry.Ref)
	r.snapshot()
	r.follow(followed{ref: w.Entry.Ref, kind: w.Entry.Kind, whose: given}, Poll)
	if r.task == following && seen && !p.unknown {
		r.lookedAt(p.op)
	}
}

// snapshot keeps what the service says now, to compare with it what it says later.
func (r *Run) snapshot() {
	r.before = &snapshot{list: r.list, short: r.short != nil, offer: r.offer.State, pages: r.round.pages}
	r.turned = false
}

// nothing ends a run whose goal is reached already.
func (r *Run) nothing(w Where) {
	r.f = followed{ref: w.Entry.Ref, whose: given, seen: w.Place == Parked, moved: true, state: w.Offer.State()}
	r.f.says.Details = r.offer.Details
	if w.Place == Parked {
		r.f.state = marketplace.AtSignOff
	}
	if p, seen := r.page(w.Entry.Ref); seen && !p.unknown {
		r.f.says.Details = p.op.Details
	}
	switch {
	case r.order.Command == Publish:
		r.tell(Standing{Ref: w.Entry.Ref})
	case w.Place != Runs:
		r.tell(Nothing{Command: r.order.Command, State: r.f.state})
	}
	r.finish(nil)
}

// refuse ends a run that can do nothing from where the offer is.
func (r *Run) refuse(w Where, e *Error) {
	if r.refusal != nil && e.Err == nil {
		e.Err = r.refusal
	}
	if e.Other != nil && r.before != nil && r.refusal != nil {
		e.MaybeOurs = r.isNew(e.Other.Ref) && e.Other.Kind.MakesPreviews()
	}
	if e.Reason == EndedBadly { // which operation it was nobody knows
		r.f = followed{whose: given, seen: true}
	}
	if !r.f.ref.Known() {
		r.f.state, r.f.says.Details = w.Offer.State(), r.offer.Details
	}
	r.finish(e)
}
