package publish

import (
	"slices"
	"time"

	"publish-offer/internal/marketplace"
)

// survey asks where the offer is: the list, the pages of what is listed as running, the offer's status.
func (r *Run) survey() { r.ask(surveying, Now) }

// ask begins to gather what a question needs.
func (r *Run) ask(t task, p Pause) {
	r.task = t
	r.round = round{since: r.now}
	r.gather(p, 0)
}

// once more gathers the same again after a while: the service may be behind.
func (r *Run) askAgain(atLeast time.Duration) {
	r.round = round{since: r.round.since}
	r.gather(CatchUp, atLeast)
}

// gather makes the next read that the round lacks, or judges the round.
func (r *Run) gather(p Pause, atLeast time.Duration) {
	if step, more := r.lacks(); more {
		step.Pause, step.Fresh, step.AtLeast = p, p == Poll, atLeast
		if p == CatchUp {
			step.Until = r.round.since.Add(r.order.Window)
		}
		r.step = step
		return
	}
	switch r.task {
	case surveying:
		r.surveyed()
	case tracing:
		r.traced()
	case declined:
		r.contested()
	case settling:
		r.settled()
	}
}

// lacks is the next read that the round's question needs.
func (r *Run) lacks() (Step, bool) {
	if r.task == settling && !r.round.asked { // the offer's status is the news; the list explains it
		return Step{Do: ReadOffer}, true
	}
	if !r.round.listed {
		return Step{Do: ReadList}, true
	}
	if r.task == surveying || r.task == declined {
		for _, l := range r.suspects() {
			if _, seen := r.page(l.Ref); !seen {
				return Step{Do: Look, Ref: l.Ref}, true
			}
		}
		if given := r.order.Operation; r.looksAtGiven() {
			if _, seen := r.page(given); !seen {
				return Step{Do: Look, Ref: given}, true
			}
		}
	}
	if named := r.task == tracing && r.doubt == nil; !named && !r.round.asked { // only the list names operations
		return Step{Do: ReadOffer}, true
	}
	return Step{}, false
}

// looksAtGiven reports whether the page of the operation that the order names is wanted. For a go-live the list tells
// all, but where the name is that of an order: its page tells what that made.
func (r *Run) looksAtGiven() bool {
	byPage := r.order.Command != GoLive || r.order.Operation.Order
	return byPage && r.order.Operation.Known()
}

// meant is the publish or the submission whose preview the order names; zero where nothing tells.
func (r *Run) meant() marketplace.Ref {
	if !r.order.Operation.Order {
		return r.order.Operation
	}
	p, _ := r.page(r.order.Operation)
	return p.op.Made
}

// suspects are the listed operations that may run, the newest first. More than a few cannot: one runs at a time.
func (r *Run) suspects() []marketplace.Listed {
	var out []marketplace.Listed
	for _, l := range r.list {
		if !l.State.Ended() && l.Known() && !r.over(l.Ref) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b marketplace.Listed) int {
		if newer, known := a.Newer(b); known && newer {
			return -1
		} else if known {
			return 1
		}
		return 0
	})
	return out[:min(len(out), inspected)]
}

// over reports whether this run saw the operation end, whatever a list says that lags.
func (r *Run) over(ref marketplace.Ref) bool { return slices.ContainsFunc(r.ended, ref.Same) }

func (r *Run) page(ref marketplace.Ref) (page, bool) {
	i := slices.IndexFunc(r.round.pages, func(p page) bool { return p.ref == ref })
	if i < 0 {
		return page{}, false
	}
	return r.round.pages[i], true
}

// read takes in one read of a round. Where a question is about traces a read that fails is an answer, too.
func (r *Run) read(f Fact) {
	unneeded := r.task == settling && r.step.Do == ReadList && !r.waiting(r.round.since)
	searching := r.task == tracing || unneeded
	switch unknown := marketplace.FaultOf(f.Err) == marketplace.NotFound; {
	case f.Err != nil && r.step.Do == Look && unknown:
		r.round.pages = append(slices.Clip(r.round.pages), page{ref: r.step.Ref, unknown: true})
	case f.Err != nil && r.watching && r.step.Do != ReadOffer:
		r.watchOn(f.Err)
		return
	case f.Err != nil && !searching:
		r.again(f.Err)
		return
	case f.Err != nil:
		r.fault(f.Err)
		r.round.unread = f.Err
	}
	switch r.step.Do {
	case ReadList:
		r.round.listed = true
		if f.Err == nil || len(f.List) > 0 {
			r.list = f.List
		}
	case ReadOffer:
		r.round.asked = true
		if f.Err == nil {
			r.sawOffer(f.Offer)
		}
	case Look:
		if f.Err == nil {
			r.words(f.Operation.Details)
			r.round.pages = append(slices.Clip(r.round.pages), page{ref: r.step.Ref, op: f.Operation})
		}
	}
	r.gather(Now, 0)
}

// sawOffer takes note of the offer's status.
func (r *Run) sawOffer(o marketplace.Offer) {
	r.words(o.Details)
	r.offer = o
	differs := r.before != nil && o.State != r.before.offer
	r.turned = r.turned || differs
}

func (r *Run) words(d marketplace.Details) {
	for _, w := range d.Unknown {
		r.tell(UnknownWord{Word: w})
	}
}

// where puts together what was read.
func (r *Run) where() Where {
	w := Where{Place: AtRest, Offer: r.offer.State}
	given, named := r.page(r.order.Operation)
	w.Given = given.op.State
	var runs, parked, perhaps *marketplace.Listed
	told, lost := false, false
	for _, l := range r.suspects() {
		p, _ := r.page(l.Ref)
		unsure := l.Kind == marketplace.Cancellation || len(p.op.Unknown) > 0
		switch v := r.view(l, p); {
		case v == viewLost:
			lost = true
		case v == viewRuns && unsure:
			perhaps = first(perhaps, l)
		case v == viewRuns:
			runs = first(runs, l)
		case v == viewParked || v == viewMayBeParked:
			parked = first(parked, l)
			told = told || v == viewParked
		}
	}
	if runs == nil && parked == nil { // a cancellation is about the one that it cancels, and an unknown word may be an old one
		runs = perhaps
	}
	switch {
	case runs != nil:
		w.Place, w.Entry = Runs, *runs
	case lost && r.waiting(r.round.since):
		w.Place = Unsure
	case named && given.unknown && r.order.Command == Cancel && r.waiting(r.round.since): // it may have no page yet
		w.Place = Unsure
	case parked != nil:
		w.Place, w.Entry, w.Told = Parked, *parked, told
	default:
		r.byStatus(&w)
	}
	if w.Entry.Known() && w.Entry.Kind == marketplace.Unknown {
		w.Entry.Kind = r.kindOf(w.Entry.Ref)
	}
	r.bind(&w)
	return w
}

func first(have *marketplace.Listed, l marketplace.Listed) *marketplace.Listed {
	if have == nil {
		return &l
	}
	return have
}

// kindOf is what the page of an operation says that it is, where the list does not.
func (r *Run) kindOf(ref marketplace.Ref) marketplace.Kind {
	p, _ := r.page(ref)
	return p.op.Kind
}

type view int

const (
	viewRuns        view = iota
	viewEnded            // the list lags behind its page
	viewParked           // it is the publish that waits for sign-off
	viewMayBeParked      // so says the offer's status, and the list knows no other
	viewLost             // it has no page, and the offer is at rest
)

// view is what a listed operation is, by its page and the offer's status.
func (r *Run) view(l marketplace.Listed, p page) view {
	offer := r.offer.State
	publish := l.Kind != marketplace.GoLive && l.Kind != marketplace.Cancellation && p.op.Kind != marketplace.GoLive
	switch {
	case p.unknown && offer.Moving():
		return viewRuns
	case p.unknown:
		return viewLost
	case p.op.State.Ended():
		return viewEnded
	case len(p.op.Unknown) > 0 && !offer.Moving() && offer != marketplace.Parked: // an old entry in words that nobody knows
		return viewLost
	case !publish:
		return viewRuns
	case p.op.State == marketplace.AtSignOff:
		return viewParked
	case offer == marketplace.Parked && p.op.SignOffIsLeft():
		return viewParked
	case offer == marketplace.Parked && onlyMaker(r.list, l.Ref):
		return viewMayBeParked
	}
	return viewRuns
}

// byStatus is where the offer is while nothing in the list runs or waits.
func (r *Run) byStatus(w *Where) {
	list := r.byPages()
	switch made, known := maker(list); {
	case w.Offer == marketplace.Parked:
		w.Place, w.Told = Parked, true
		if known {
			w.Entry = made
		}
	case w.Offer.Moving() && r.order.Command != Cancel && r.waiting(r.round.since):
		w.Place = Unsure // it is listed late, or the status is behind
	case w.Offer.Moving() && !r.preview.Known():
		w.Place = Runs
	case w.Offer == marketplace.Live && r.undisputed(r.list):
		if !(r.sure(w, list) && r.undisputed(list)) && r.waiting(r.round.since) {
			w.Place = Unsure
		}
	case w.Offer == marketplace.Live:
		w.Place, w.Told, w.Disputed = Parked, true, true
		if known {
			w.Entry = made
		}
	case r.preview.Known() && !r.offerFailed():
		w.Place, w.Told, w.Entry = Parked, true, marketplace.Listed{Ref: r.preview, Kind: marketplace.Publish}
	case !r.sure(w, list) && r.waiting(r.round.since):
		w.Place = Unsure
	}
}

// byPages is the list as far as the pages bear it out: without what has no page, and with the ends that it lags behind.
func (r *Run) byPages() []marketplace.Listed {
	var out []marketplace.Listed
	for _, l := range r.list {
		p, _ := r.page(l.Ref)
		if p.op.State.Ended() {
			l.State = p.op.State
		}
		if !p.unknown {
			out = append(out, l)
		}
	}
	return out
}

// sure reports whether an offer at rest may be judged by its status at once, which may be of before: a wait ends by it, so
// the list must say it, too; to adopt what was made, the list must not say otherwise.
func (r *Run) sure(w *Where, list []marketplace.Listed) bool {
	if r.order.Command == Wait {
		return w.Offer == marketplace.NeverPublished || explained(list, w.Offer)
	}
	return r.order.IfRunning != Adopt || !contradicted(list, w.Offer)
}

// offerFailed reports whether the offer failed, or was canceled, since this run's order or first look.
func (r *Run) offerFailed() bool {
	return r.offer.State.Badly() && r.turned
}

// bind tells whether the preview is the one that is meant.
func (r *Run) bind(w *Where) {
	goesLive := w.Place == Runs && w.Entry.Kind == marketplace.GoLive
	settled := w.Place == AtRest || w.Place == Parked
	if !settled && !goesLive {
		return
	}
	switch {
	case r.preview.Known() && r.f.whose != passed && r.before != nil:
		w.Bound = bound(r.list, r.preview, r.before)
	case r.order.Operation.Known():
		w.Bound = bound(r.list, r.meant(), nil)
		another := w.Told && w.Entry.ID != "" && r.meant().ID != "" && !w.Entry.Same(r.meant())
		if w.Bound == NotTold && another { // what was meant is no longer listed
			w.Bound = Replaced
		}
	}
}

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
		r.tell(Rehearsed{Move: v.Move, Start: r.firstOrder(w, v.Move), Err: v.Err})
		if v.Move == MoveStart && w.Place == Parked {
			r.tell(Replacing{Ref: w.Entry.Ref})
		}
	}
	r.finish(nil)
}

// firstOrder is the order that a move sends at once, for a rehearsal.
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
		r.send(marketplace.Publish, w)
	case MoveGoLive:
		r.send(marketplace.GoLive, w)
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
	_, was := find(r.before.list, ref)
	return ref.Known() && !was
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
	r.before = &snapshot{list: r.list, offer: r.offer.State, pages: r.round.pages}
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
		_, was := find(r.before.list, e.Other.Ref)
		e.MaybeOurs = !was && makes(*e.Other)
	}
	if e.Reason == EndedBadly { // which operation it was nobody knows
		r.f = followed{whose: given, seen: true}
	}
	if !r.f.ref.Known() {
		r.f.state, r.f.says.Details = w.Offer.State(), r.offer.Details
	}
	r.finish(e)
}
