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
		wanted := r.suspects()
		if r.looksAtGiven() {
			wanted = append(wanted, marketplace.Listed{Ref: r.order.Operation})
		}
		for _, l := range wanted {
			if _, seen := r.page(l.Ref); !seen {
				return Step{Do: Look, Ref: l.Ref}, true
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
func (r *Run) suspects() marketplace.List {
	var out marketplace.List
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
	case f.Err != nil && r.watching && r.task == surveying && r.step.Do != ReadOffer:
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
	if w.Entry.Known() && w.Entry.Kind == marketplace.Unknown { // the list does not say it, its page may
		p, _ := r.page(w.Entry.Ref)
		w.Entry.Kind = p.op.Kind
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
	case r.f.whose == passed && r.f.state == marketplace.AtSignOff && l.Ref.Same(r.f.ref) && offer == marketplace.Parked:
		return viewParked // it was waited for until it got there
	case len(p.op.Unknown) > 0 && !offer.Moving() && offer != marketplace.Parked: // an old entry in words that nobody knows
		return viewLost
	case !publish:
		return viewRuns
	case p.op.State == marketplace.AtSignOff:
		return viewParked
	case offer == marketplace.Parked && p.op.SignOffIsLeft():
		return viewParked
	case offer == marketplace.Parked && r.list.OnlyMaker(l.Ref):
		return viewMayBeParked
	}
	return viewRuns
}

// byStatus is where the offer is while nothing in the list runs or waits.
func (r *Run) byStatus(w *Where) {
	list := r.byPages()
	switch made, known := list.Maker(); {
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
func (r *Run) byPages() marketplace.List {
	var out marketplace.List
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
func (r *Run) sure(w *Where, list marketplace.List) bool {
	if r.order.Command == Wait {
		return w.Offer == marketplace.NeverPublished || list.Explains(w.Offer)
	}
	return r.order.IfRunning != Adopt || !list.Contradicts(w.Offer)
}

// offerFailed reports whether the offer failed, or was canceled, since this run's order or first look.
func (r *Run) offerFailed() bool {
	return r.offer.State.Badly() && r.turned && r.speaksOfOurs()
}

// bind tells whether the preview is the one that is meant.
func (r *Run) bind(w *Where) {
	goesLive := w.Place == Runs && w.Entry.Kind == marketplace.GoLive
	settled := w.Place == AtRest || w.Place == Parked
	if !settled && !goesLive {
		return
	}
	switch {
	case r.f.says.Replaced && r.f.whose == mine:
		w.Bound = Replaced
	case r.preview.Known() && r.f.whose != passed && r.before != nil:
		before := r.before
		if before.short {
			before = nil
		}
		w.Bound = bound(r.list, r.preview, before)
	case r.order.Operation.Known():
		w.Bound = bound(r.list, r.meant(), nil)
		another := w.Told && w.Entry.ID != "" && r.meant().ID != "" && !w.Entry.Same(r.meant())
		if w.Bound == NotTold && another { // what was meant is no longer listed
			w.Bound = Replaced
		}
	}
}
