package publish

import "publish-offer/internal/marketplace"

// Place is where an offer is, as far as the table of the commands is concerned.
type Place int

// The places.
const (
	AtRest Place = iota // never published, live, failed or canceled
	Runs                // an operation runs
	Parked              // a preview waits for sign-off, even where it is listed as running
	Unsure              // what was read does not agree; it may once the service has caught up
)

// Where is the place with what belongs to it.
type Where struct {
	Place Place
	Offer marketplace.OfferState
	Entry marketplace.Listed // what runs, or the publish that made the preview; zero where nothing names it
	// Told: the sign-off is told by the publish's own page, its steps or its end. Without it only the offer's status
	// tells, which may speak of an older preview: enough for an order, which the service itself checks, not for an end.
	Told bool
	// Disputed: the offer says live and the list says that a newer preview waits.
	Disputed bool
	// Bound is why the preview cannot be told to be that of the operation that the order names; Plain where it can.
	Bound Note
	// Given is what the page of the operation that the order names says; "" where none is named or it is not known.
	Given marketplace.State
}

// Move is what is to be done about an offer: see decide.
type Move int

// The moves.
const (
	MoveStart  Move = iota // order the publish
	MoveGoLive             // order the preview to go live
	MoveFollow             // follow what runs as this run's own
	MoveLetEnd             // let what runs end, then ask again
	MoveClear              // cancel what runs, then ask again
	MoveCancel             // cancel what is there: the command's own purpose
	MoveWatch              // keep looking at the offer until somebody moves it
	MoveDone               // nothing to do: the goal is reached
	MoveRefuse             // the end is a bad one
	MoveLook               // reads alone
)

// Verdict is a move, and for MoveRefuse the end that it is.
type Verdict struct {
	Move Move
	Err  *Error
}

// decide is the contract's table: what each command does by where the offer is. A dry run and a real run both ask it.
func decide(o Order, w Where) Verdict {
	switch o.Command {
	case Publish:
		return decidePublish(o, w)
	case GoLive:
		return decideGoLive(o, w)
	case Wait:
		return decideWait(o, w)
	case Cancel:
		return decideCancel(o, w)
	}
	return Verdict{Move: MoveLook}
}

func decidePublish(o Order, w Where) Verdict {
	kind := w.Entry.Kind
	switch w.Place {
	case AtRest:
		return Verdict{Move: MoveStart}
	case Parked:
		switch {
		case o.IfRunning != Adopt:
			return Verdict{Move: MoveStart} // a new publish replaces the preview
		case !w.Told && w.Entry.Known():
			return Verdict{Move: MoveFollow}
		case o.Goal == Live:
			return Verdict{Move: MoveGoLive}
		}
		return Verdict{Move: MoveDone}
	}
	switch o.IfRunning {
	case Adopt:
		if w.Entry.Known() && o.leadsTo(kind) {
			return Verdict{Move: MoveFollow}
		}
	case LetEnd:
		return Verdict{Move: MoveLetEnd}
	case CancelOther:
		mayBeGoLive := kind == marketplace.Unknown && w.Entry.Sure // this service says which it is, in words that nobody knows
		switch {
		case kind.MakesPreviews() && !mayBeGoLive:
			return Verdict{Move: MoveClear}
		case kind == marketplace.Cancellation: // somebody was faster
			return Verdict{Move: MoveLetEnd}
		}
	}
	return conflict(w)
}

// leadsTo reports whether somebody else's operation leads to the goal of a publish.
func (o Order) leadsTo(kind marketplace.Kind) bool {
	thatFar := kind == marketplace.GoLive && o.Goal == Live
	return thatFar || kind.MakesPreviews()
}

func decideGoLive(o Order, w Where) Verdict {
	kind := w.Entry.Kind
	switch w.Place {
	case AtRest:
		switch {
		case w.Offer != marketplace.Live, w.Given.Badly(): // nothing of what the order names is live
			return Verdict{MoveRefuse, &Error{Reason: Conflict, Offer: w.Offer}}
		case w.Bound != Plain:
			return Verdict{MoveRefuse, &Error{Reason: Conflict, Note: w.Bound, Offer: w.Offer}}
		}
		return Verdict{Move: MoveDone}
	case Parked:
		if w.Bound != Plain {
			return Verdict{MoveRefuse, &Error{Reason: Conflict, Note: w.Bound, Offer: w.Offer}}
		}
		return Verdict{Move: MoveGoLive}
	}
	switch {
	case kind == marketplace.GoLive && o.IfRunning == Adopt && w.Bound != Plain:
		return Verdict{MoveRefuse, &Error{Reason: Conflict, Note: w.Bound, Other: other(w), Offer: w.Offer}}
	case kind == marketplace.GoLive && o.IfRunning == Adopt && w.Entry.Known():
		return Verdict{Move: MoveFollow}
	case kind != marketplace.GoLive && o.IfRunning == LetEnd:
		return Verdict{Move: MoveLetEnd}
	}
	return conflict(w)
}

func decideWait(o Order, w Where) Verdict {
	if o.DryRun && o.Operation.Known() {
		return rehearseWait(o, w)
	}
	switch w.Place {
	case AtRest:
		switch w.Offer {
		case marketplace.LastFailed, marketplace.LastCanceled:
			return Verdict{MoveRefuse, &Error{Reason: EndedBadly}}
		case marketplace.NeverPublished:
			return Verdict{MoveRefuse, &Error{Reason: Conflict, Offer: w.Offer}}
		}
		return Verdict{Move: MoveDone}
	case Parked:
		switch {
		case !w.Told && w.Entry.Known():
			return Verdict{Move: MoveFollow}
		case o.Goal == Live:
			return Verdict{Move: MoveWatch}
		}
		return Verdict{Move: MoveDone}
	}
	switch {
	case !w.Entry.Known() && o.Goal == Accepted:
		return Verdict{Move: MoveDone}
	case !w.Entry.Known():
		return Verdict{Move: MoveWatch} // only the offer's status tells that something runs
	case o.Operation.Known() && w.Entry.Kind == marketplace.Publish && anotherThan(o.Operation, w):
		return Verdict{MoveRefuse, &Error{Reason: Conflict, Note: Replaced, Other: other(w), Offer: w.Offer}}
	}
	return Verdict{Move: MoveFollow}
}

// rehearseWait is what becomes of a wait for an operation that is named: it is judged by itself, not by the offer.
func rehearseWait(o Order, w Where) Verdict {
	switch s := w.Given; {
	case s == "":
		return Verdict{MoveRefuse, &Error{Reason: Lost}}
	case s.Badly():
		return Verdict{MoveRefuse, &Error{Reason: EndedBadly}}
	case s != marketplace.AtSignOff && s != marketplace.Succeeded:
		return Verdict{Move: MoveFollow}
	case o.Goal == Live && w.Offer != marketplace.Live:
		return Verdict{Move: MoveWatch}
	}
	return Verdict{Move: MoveDone}
}

func decideCancel(o Order, w Where) Verdict {
	named := o.Operation.Known()
	switch {
	case !named && w.Place == AtRest:
		return Verdict{Move: MoveDone}
	case !named:
		return Verdict{Move: MoveCancel}
	case w.Given == "" && w.Place != Runs:
		return Verdict{MoveRefuse, &Error{Reason: Lost}}
	case w.Given.Ended() && w.Place == AtRest:
		return Verdict{Move: MoveDone}
	case w.Given.Ended() && w.Place == Runs, anotherThan(o.Operation, w):
		return Verdict{MoveRefuse, &Error{Reason: Conflict, Note: Another, Other: other(w), Offer: w.Offer}}
	case w.Given == "" && !w.Entry.Ref.Same(o.Operation):
		return Verdict{MoveRefuse, &Error{Reason: Lost}}
	}
	return Verdict{Move: MoveCancel}
}

// anotherThan reports whether what is there is certainly another operation than the one that is named.
func anotherThan(named marketplace.Ref, w Where) bool {
	certain := !named.Order && !named.Shared && w.Entry.Known()
	return certain && !w.Entry.Ref.Same(named)
}

func conflict(w Where) Verdict {
	return Verdict{MoveRefuse, &Error{Reason: Conflict, Other: other(w), Offer: w.Offer}}
}

// other is the operation in the way; nil where nothing names one.
func other(w Where) *marketplace.Listed {
	if !w.Entry.Known() {
		return nil
	}
	e := w.Entry
	return &e
}
