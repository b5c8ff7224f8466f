package publish

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// inOurWay judges somebody else's operation, for whose end the run waits, by its page or by the offer's status.
func (r *Run) inOurWay(s marketplace.State) {
	stands := s == marketplace.AtSignOff && r.f.kind != marketplace.GoLive
	if !s.Ended() && !stands {
		r.glanceAtOffer(false)
		return
	}
	r.tellLook()
	if !s.Badly() && r.f.kind.MakesPreviews() {
		r.preview = r.f.ref
	}
	r.pass(s)
}

// pass goes on after somebody else's operation is out of the way.
func (r *Run) pass(s marketplace.State) {
	if s.Ended() {
		r.ended = append(slices.Clip(r.ended), r.f.ref)
	}
	r.f.whose, r.f.state = passed, s
	r.ask(surveying, Now)
}

// byOffer is what is known where only the offer's status tells.
func (r *Run) byOffer(s marketplace.State) {
	r.f.seen, r.f.state, r.f.says.Details = true, s, r.offer.Details
}

// unnamedSeen judges the offer's status where it is all that tells of what runs.
func (r *Run) unnamedSeen() {
	r.byOffer(r.offer.State.State())
	switch {
	case r.task == confirming:
		r.confirm(r.f.state, false)
	case r.offer.State.Moving():
		r.pollOn()
	default:
		r.tellLook()
		r.pass("")
	}
}

// watch keeps looking at the offer until somebody moves it.
func (r *Run) watch(w Where) {
	again := r.watching // it looked around
	still := again && r.f.state == marketplace.AtSignOff
	another := w.Entry.Known() && !r.order.Operation.Known() && !w.Entry.Ref.Same(r.f.ref) // nothing is named: the newest counts
	if another || !r.f.ref.Known() {
		r.f = followed{ref: w.Entry.Ref, kind: w.Entry.Kind, whose: given, since: r.now, seen: true, state: marketplace.AtSignOff}
		if w.Place == Runs {
			r.f.state = marketplace.Running
		}
	}
	if r.f.state == marketplace.AtSignOff && !still {
		r.tell(AtPreview{Watching: true})
	}
	if !again || r.offer.State != marketplace.Live {
		r.snapshot()
	}
	r.task, r.watching = watching, true
	r.step = Step{Do: ReadOffer, Pause: Poll, Fresh: !again}
}

// watched looks around again once the offer's status says something else, or is not enough to go by.
func (r *Run) watched(f Fact) {
	if f.Err != nil {
		r.again(f.Err)
		return
	}
	r.sawOffer(f.Offer)
	r.tell(Looked{State: r.offer.State.State(), Details: r.offer.Details})
	r.f.looks++
	s := r.offer.State
	changed := s != r.before.offer
	due := s.Moving() && r.f.looks%5 == 0
	another := s.Badly() || !r.speaksOfOurs()
	elsewhere := changed && another
	stands := s == marketplace.Parked && r.f.state != marketplace.AtSignOff
	switch {
	case r.f.ref.Known() && elsewhere: // its own page says whether it is what failed, or whether it still stands
		r.task = following
		r.look(Now)
	case changed, due, stands, s == marketplace.Live:
		r.survey()
		r.round.asked = true
		if !changed { // it has been so for long
			r.round.since = r.f.since
		}
	default:
		r.step = Step{Do: ReadOffer, Pause: Poll, AtLeast: r.offer.RetryAfter}
	}
}

// watchOn goes on watching without what was to be read beside the offer's status.
func (r *Run) watchOn(err error) {
	if r.ends(err) {
		return
	}
	r.fault(err)
	r.task = watching
	r.step = Step{Do: ReadOffer, Pause: Poll, AtLeast: marketplace.RetryAfter(err)}
}

// undisputed reports whether the list, too, says that the offer is live: where the status said so of an older version,
// that the last thing that was done is a go-live that ended well, by a list that knows the publish, too.
func (r *Run) undisputed(list marketplace.List) bool {
	if !r.speaksOfOurs() {
		return false
	}
	old := r.preview.Known() && r.before.offer == marketplace.Live && !r.turned
	if !old {
		return !(list.DeniesLive() || r.offer.LiveUntouched())
	}
	last, found := list.Newest()
	knows := list.Has(r.preview) || r.preview.ID == "" || r.preview.Shared
	return found && knows && last.WentLive()
}
