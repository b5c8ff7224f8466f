package publish

import (
	"slices"
	"time"

	"publish-offer/internal/marketplace"
)

// follow turns to an operation. A run whose goal is the acceptance alone is over then, once it saw that the service
// knows what it was given.
func (r *Run) follow(f followed, p Pause) {
	f.since, f.state = r.now, marketplace.Running
	r.f = f
	if f.whose == mine && r.order.Goal == Accepted {
		r.f.seen = true
		r.finish(nil)
		return
	}
	r.task = following
	r.look(p)
	r.step.Fresh = true
}

// look looks at what is followed; where nothing names it, at the offer.
func (r *Run) look(p Pause) {
	r.step = Step{Do: Look, Ref: r.f.ref, Pause: p, AtLeast: r.f.says.RetryAfter}
	if !r.f.ref.Known() {
		r.step.Do = ReadOffer
		r.step.AtLeast = r.offer.RetryAfter
	}
}

// looked takes in a read that was made while an operation is followed.
func (r *Run) looked(f Fact) {
	unknown := marketplace.FaultOf(f.Err) == marketplace.NotFound
	switch {
	case f.Err != nil && r.step.Do == Look && unknown:
		r.missing(f.Err)
	case f.Err != nil && !r.f.lost.IsZero(): // the list of a lost operation: it is lost while it is not found
		r.missing(f.Err)
	case f.Err != nil && r.step.Do != Look && r.f.ref.Known():
		r.unread(f.Err)
	case f.Err != nil:
		r.again(f.Err)
	case r.step.Do == Look:
		r.f.lost = time.Time{}
		r.words(f.Operation.Details)
		r.lookedAt(f.Operation)
	case r.step.Do == ReadOffer:
		r.sawOffer(f.Offer)
		r.offerSeen()
	case r.step.Do == ReadList:
		r.list = f.List
		r.listSeen()
	}
}

// unread goes on without what was to be read beside the page: the page counts.
func (r *Run) unread(err error) {
	if r.ends(err) {
		return
	}
	r.fault(err)
	if r.step.Do == ReadList {
		r.step = Step{Do: ReadOffer}
	} else {
		r.pollOn()
	}
	r.step.AtLeast = max(r.step.AtLeast, asked(err))
}

// lookedAt judges what the followed operation's page says.
func (r *Run) lookedAt(op marketplace.Operation) {
	r.f.looks++
	r.f.seen = true
	r.f.says = op
	still := op.State == marketplace.Running || op.State == marketplace.NotStarted
	r.f.moved = r.f.moved || still
	if still || !r.doubtful() {
		r.f.state = op.State
	}
	switch {
	case r.task == confirming:
		r.confirm(op.State)
	case r.f.whose == foreign:
		r.inOurWay(op.State)
	case r.order.Goal == Accepted && !op.State.Badly():
		r.tellLook()
		r.finish(nil)
	case !still && r.doubtful():
		r.explain()
	default:
		r.judge(op)
	}
}

// judge acts by what the page says, which is believed.
func (r *Run) judge(op marketplace.Operation) {
	goLive := r.f.kind == marketplace.GoLive
	behind := goLive || op.Kind == marketplace.GoLive // the preview is behind it
	switch {
	case op.State == marketplace.Failed && op.Conflict && r.f.whose == mine:
		r.tellLook()
		r.didNothing()
	case op.State.Badly():
		r.tellLook()
		r.finish(&Error{Reason: EndedBadly})
	case behind && r.order.Goal == Preview:
		r.tellLook()
		r.finish(nil)
	case op.State == marketplace.Succeeded && op.Unsettled:
		r.unsettled()
	case goLive && op.State == marketplace.Succeeded:
		r.tellLook()
		r.finish(nil)
	case goLive:
		r.glanceAtOffer(!r.f.fresh && op.Kind != marketplace.GoLive)
	case op.State == marketplace.Succeeded && op.LiveComplete():
		r.tellLook()
		r.finish(nil)
	case op.State == marketplace.Succeeded:
		r.ask(settling, Now)
	case op.State == marketplace.AtSignOff:
		r.reached(marketplace.AtSignOff)
	default:
		r.glanceAtOffer(false)
	}
}

// unsettled waits for what an operation that ended well should have made. What does not show within the window is lost.
func (r *Run) unsettled() {
	if r.f.unmade.IsZero() {
		r.f.unmade = r.now
	}
	r.f.state = marketplace.Running
	if !r.waiting(r.f.unmade) {
		r.finish(&Error{Reason: Lost, Err: r.last})
		return
	}
	r.pollOn()
	r.step.Until = r.f.unmade.Add(r.order.Window)
}

// didNothing takes an order that was accepted, and failed because another operation was in the way, for one that was
// declined.
func (r *Run) didNothing() {
	r.refusal = &marketplace.Error{Call: "start " + string(r.kind), Fault: marketplace.Conflict, Message: reasonOf(r.f.says.Details)}
	r.verified = time.Time{}
	r.odd = false
	r.ask(declined, Now)
}

func reasonOf(d marketplace.Details) string {
	for _, m := range d.Messages {
		return m.Text
	}
	for _, s := range d.Steps {
		for _, m := range s.Messages {
			return m.Text
		}
	}
	return ""
}

// glanceAtOffer reads the offer's status beside the page where that is due: at every fifth look, at every look where the
// page names no steps or only the sign-off is left, and where the page proves nothing.
func (r *Run) glanceAtOffer(always bool) {
	d := r.f.says.Details
	if always || r.f.looks%5 == 0 || len(d.Steps) == 0 || d.SignOffIsLeft() {
		r.step = Step{Do: ReadOffer}
		return
	}
	r.pollOn()
}

func (r *Run) pollOn() {
	r.tellLook()
	r.look(Poll)
}

func (r *Run) tellLook() {
	r.tell(Looked{Ref: r.f.ref, State: r.f.state, Details: r.f.says.Details})
}

// doubtful reports whether what the page says may be of before: its path is not new, and it was not seen to run since.
func (r *Run) doubtful() bool {
	samePath := r.f.whose == mine && r.f.ref == r.preview && !r.f.ref.Shared // and what it shows tells publish and go-live apart
	byItself := samePath && r.f.kind == marketplace.GoLive && r.f.says.Kind == marketplace.GoLive
	switch {
	case r.f.moved || byItself || r.f.ref.Order: // the path of an order is of no other
		return false
	case r.f.whose == mine && !r.f.fresh && r.f.says.State == marketplace.AtSignOff: // a sign-off of before is never believed by waiting alone
		return true
	}
	return r.waiting(r.f.since) || r.spokenAgainst()
}

// spokenAgainst reports whether the page of what this run ordered says that it ended, and something else that it did not.
func (r *Run) spokenAgainst() bool {
	if r.f.whose != mine {
		return false
	}
	l, listed := r.before.trace(r.f.kind, r.list)
	runs := listed && !l.State.Ended()
	moves := r.turned && r.offer.State.Moving()
	if r.f.kind != marketplace.GoLive { // a preview that stands may be listed as running
		return !r.f.fresh && runs && moves
	}
	notLive := func(s marketplace.Step) bool {
		return s.Role == marketplace.RoleLive && s.State == marketplace.StepNotStarted
	}
	untouched := r.f.says.State == marketplace.Succeeded && slices.ContainsFunc(r.f.says.Steps, notLive)
	goesOn := runs || moves || r.offer.State == marketplace.Parked
	oldPath := !r.f.fresh && goesOn
	return oldPath || untouched
}

// explain asks the list about a page that is doubted.
func (r *Run) explain() { r.step = Step{Do: ReadList} }

// listSeen judges the list that was read about a page that is doubted, or about an operation that is not to be found.
func (r *Run) listSeen() {
	if !r.f.lost.IsZero() {
		r.lostSeen()
		return
	}
	if r.listed(r.f.says.State) {
		r.f.moved = true
		r.f.state = r.f.says.State
		r.judge(r.f.says)
		return
	}
	r.step = Step{Do: ReadOffer}
}

// listed reports whether the list says of the followed operation what its page says.
func (r *Run) listed(says marketplace.State) bool {
	l, found := find(r.list, r.f.ref)
	if r.f.whose == mine {
		if l, found = r.before.trace(r.f.kind, r.list); !found {
			return false
		}
		own := r.f.fresh && l.Ref.Same(r.f.ref)
		waits := says == marketplace.AtSignOff && r.before.offer != marketplace.Parked // and is listed as running
		if own && waits {
			return true
		}
		return l.State == says
	}
	if !found || l.State != says {
		return false
	}
	for _, o := range r.list {
		if !o.State.Ended() && !o.Ref.Same(r.f.ref) && !r.over(o.Ref) {
			return false
		}
	}
	return true
}

// offerSeen judges the offer's status beside the page of the followed operation, or in its place.
func (r *Run) offerSeen() {
	if r.before == nil {
		r.snapshot()
	}
	if !r.f.ref.Known() {
		r.unnamedSeen()
		return
	}
	behind := len(r.f.says.Steps) == 0 && r.waiting(r.f.since) // the steps of the status may be those of before
	r.borrow()
	switch goLive := r.f.kind == marketplace.GoLive; {
	case goLive && r.wentLive():
		r.f.state = marketplace.Succeeded
		r.tellLook()
		r.finish(nil)
	case !goLive && r.offer.State == marketplace.Parked && r.signOffIsNews(behind):
		r.f.state = marketplace.AtSignOff
		r.reached(marketplace.AtSignOff)
	default:
		r.pollOn()
		r.step.AtLeast = max(r.step.AtLeast, r.offer.RetryAfter)
		if r.doubtful() && r.waiting(r.f.since) {
			r.step.Until = r.f.since.Add(r.order.Window)
		}
	}
}

// borrow fills in for people what the operation's page lacks and the offer's status has.
func (r *Run) borrow() {
	if len(r.f.says.Steps) == 0 {
		r.f.says.Steps = r.offer.Steps
	}
	r.f.says.Preview = append(slices.Clip(r.f.says.Preview), r.offer.Preview...)
}

// signOffIsNews reports whether the sign-off that the offer's status shows is that of the followed publish.
func (r *Run) signOffIsNews(behind bool) bool {
	believed := r.f.moved || !r.doubtful()
	byThePage := believed && !behind && r.f.says.SignOffIsLeft()
	return r.turned || byThePage
}

// wentLive reports whether the offer's status shows that the followed go-live is done: it says live and did not before,
// or has kept to it while the page says that its end is reached.
func (r *Run) wentLive() bool {
	switch {
	case r.offer.State != marketplace.Live:
		return false
	case r.turned:
		return true
	}
	return r.f.says.State == marketplace.Succeeded && !r.waiting(r.f.since)
}

// settled is where the offer is after the followed publish has ended well: waiting for sign-off, unless something proves
// otherwise.
func (r *Run) settled() {
	if r.before == nil {
		r.snapshot()
	}
	r.borrow()
	own, listed := find(r.list, r.f.ref)
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
	last, known := newest(r.list)
	return known && last.State.Badly() && !last.Ref.Same(r.f.ref)
}

// liveBy reports whether the offer's status, which says live, says so of the publish that ended well: it did not before,
// and the list, in which that publish may still run, contradicts it in nothing.
func (r *Run) liveBy(own marketplace.Listed) bool {
	if r.offer.State != marketplace.Live || !r.turned {
		return false
	}
	list := slices.Clone(r.list)
	for i := range list {
		if list[i].Ref == own.Ref {
			list[i].State = marketplace.Succeeded
		}
	}
	return !disputed(list, r.offer.Details)
}

// reached is what becomes of a run whose publish stands at sign-off, or is live.
func (r *Run) reached(s marketplace.State) {
	r.f.state = s
	r.tellLook()
	r.preview = r.f.ref
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
	if !ref.Known() && r.before != nil && r.f.whose == mine {
		if r.task != settling {
			r.ask(settling, Now)
			return
		}
		if fresh := r.before.fresh(r.list); len(fresh) == 1 && makes(fresh[0]) {
			ref = fresh[0].Ref
		}
	}
	r.tell(Bound{Ref: ref})
	if ref.Known() {
		r.f.ref = ref
	}
	r.finish(nil)
}

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
	l, found := find(r.list, r.f.ref)
	switch {
	case r.task == confirming && found && l.State == marketplace.Canceled, r.task == confirming && r.gone():
		r.confirm(marketplace.Canceled)
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
	now, known := maker(r.list)
	if !known || now.Ref.Same(r.f.ref) {
		return false
	}
	var was []marketplace.Listed
	if r.before != nil {
		was = r.before.list
	}
	_, listed := find(was, now.Ref)
	old := len(was) == 0 && now.State.Ended()
	if listed || old {
		return false
	}
	r.tell(Following{Kind: now.Kind, Ref: now.Ref, Own: true})
	r.follow(followed{ref: now.Ref, kind: now.Kind, whose: given}, Now)
	return true
}

// gone reports whether a canceled operation is no longer there: for the window its page or its entry has been missing that
// was there before, and nothing runs but, by a list that lags, itself.
func (r *Run) gone() bool {
	_, was := find(r.before.list, r.f.ref)
	l, listed := find(r.list, r.f.ref)
	unlisted := was && !listed
	vanished := r.f.seen || unlisted
	if !vanished || l.State.Ended() {
		return false
	}
	return !r.waiting(r.f.lost) && !slices.ContainsFunc(r.list, func(l marketplace.Listed) bool {
		return !l.State.Ended() && !l.Ref.Same(r.f.ref)
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

// inOurWay judges somebody else's operation, for whose end the run waits.
func (r *Run) inOurWay(s marketplace.State) {
	r.tellLook()
	stands := s == marketplace.AtSignOff && r.f.kind != marketplace.GoLive
	if !s.Ended() && !stands {
		r.look(Poll)
		return
	}
	if !s.Badly() && makes(marketplace.Listed{Kind: r.f.kind}) {
		r.preview = r.f.ref
	}
	r.pass(s)
}

// pass goes on after somebody else's operation is out of the way.
func (r *Run) pass(s marketplace.State) {
	if s.Ended() {
		r.ended = append(slices.Clip(r.ended), r.f.ref)
	}
	r.f.whose = passed
	r.ask(surveying, Now)
}

// unnamedSeen judges the offer's status where it is all that tells of what runs.
func (r *Run) unnamedSeen() {
	r.f.seen = true
	r.f.state = r.offer.State.State()
	r.f.says.Details = r.offer.Details
	switch {
	case r.task == confirming:
		r.confirm(r.f.state)
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
	if !r.f.ref.Known() {
		r.f = followed{ref: w.Entry.Ref, kind: w.Entry.Kind, whose: given, since: r.now, seen: true, state: marketplace.AtSignOff}
		if w.Place == Runs {
			r.f.state = marketplace.Running
		}
	}
	if r.f.state == marketplace.AtSignOff && !still {
		r.tell(AtPreview{Watching: true})
	}
	r.snapshot()
	r.task, r.watching = watching, true
	r.step = Step{Do: ReadOffer, Pause: Poll, Fresh: !again}
}

// watched judges the offer's status while somebody else is to move the offer.
func (r *Run) watched(f Fact) {
	switch {
	case f.Err != nil && r.step.Do == ReadList:
		r.watchOn(f.Err)
		return
	case f.Err != nil:
		r.again(f.Err)
		return
	case r.step.Do == ReadList:
		r.list = f.List
	default:
		r.sawOffer(f.Offer)
		r.tell(Looked{State: r.offer.State.State(), Details: r.offer.Details})
	}
	r.f.looks++
	s := r.offer.State
	changed := s != r.before.offer
	due := changed || r.f.looks%5 == 0
	stands := s == marketplace.Parked && r.f.state != marketplace.AtSignOff
	listSays := r.step.Do == ReadList && r.undisputed(r.list)
	switch {
	case s.Moving() && due, stands:
		r.survey()
		if !changed { // it has moved for long
			r.round.since = r.f.since
		}
	case s == marketplace.Live && r.before.offer == marketplace.Parked, s == marketplace.Live && listSays:
		r.f.state, r.f.says.Details = marketplace.Succeeded, r.offer.Details
		r.finish(nil)
	case s == marketplace.Live && r.step.Do == ReadOffer:
		r.step = Step{Do: ReadList}
	case changed && s.Badly() && r.f.ref.Known(): // its own page says whether it is what failed
		r.task = following
		r.look(Now)
	case changed && s.Badly():
		r.f.state, r.f.says.Details = s.State(), r.offer.Details
		r.finish(&Error{Reason: EndedBadly, Note: OfferFailed})
	default:
		if s == marketplace.Parked {
			r.before.offer = s
		}
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
	r.step = Step{Do: ReadOffer, Pause: Poll, AtLeast: asked(err)}
}

// undisputed reports whether the list, too, says that the offer is live: where the status said so of an older version,
// that the last thing that was done is a go-live that ended well, by a list that knows the publish, too.
func (r *Run) undisputed(list []marketplace.Listed) bool {
	old := r.preview.Known() && r.before.offer == marketplace.Live && !r.turned
	if !old {
		return !disputed(list, r.offer.Details)
	}
	last, found := newest(list)
	_, knows := find(list, r.preview)
	knows = knows || r.preview.ID == "" || r.preview.Shared
	return found && knows && isGoLive(last) && last.State == marketplace.Succeeded
}
