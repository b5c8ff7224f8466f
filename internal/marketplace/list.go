package marketplace

import (
	"slices"
	"strings"
	"time"
)

// Listed is an operation in the list of an offer's operations.
type Listed struct {
	Ref
	Kind    Kind
	Sure    bool // of its kind: this service does not call a go-live a publish
	State   State
	Changed time.Time // by the service's clock; zero where it gave no readable time
	Number  int64     // in the order of their starts, where the service numbers them; else 0
}

// Key is what tells one line of a list from another. A submission that goes live keeps its id.
func (l Listed) Key() string { return strings.ToLower(l.ID) + "/" + l.Target + "/" + string(l.Kind) }

// Newer reports whether l is of later date than o; known is false where nothing puts them in order.
func (l Listed) Newer(o Listed) (newer, known bool) {
	switch {
	case l.Number != 0 && o.Number != 0:
		return l.Number > o.Number, l.Number != o.Number
	case l.Changed.IsZero() || o.Changed.IsZero() || l.Changed.Equal(o.Changed):
		return false, false
	}
	return l.Changed.After(o.Changed), true
}

// After reports whether l is certainly of later date than o.
func (l Listed) After(o Listed) bool {
	newer, known := l.Newer(o)
	return known && newer
}

// WentLive reports whether it is a go-live that ended well.
func (l Listed) WentLive() bool { return l.Kind == GoLive && l.State == Succeeded }

// stands reports whether a publish has made its preview.
func (l Listed) stands() bool { return l.State == Succeeded || l.State == AtSignOff }

// List is what a service lists of an offer's operations, in no certain order, and what that alone tells. Where dates do not
// put the entries in order it tells little: each method says which answer that is.
type List []Listed

// Find is the entry of an operation.
func (list List) Find(ref Ref) (l Listed, found bool) {
	i := slices.IndexFunc(list, func(l Listed) bool { return l.Ref.Same(ref) })
	if i < 0 {
		return Listed{}, false
	}
	return list[i], true
}

// Has reports whether an operation is listed.
func (list List) Has(ref Ref) bool {
	_, found := list.Find(ref)
	return found
}

// Newest is the operation that all others are older than; found is false where no order is known.
func (list List) Newest() (best Listed, found bool) {
	for i, l := range list {
		if i == 0 || l.After(best) {
			best = l
		}
	}
	for _, l := range list {
		if l.Ref != best.Ref && !best.After(l) {
			return best, false
		}
	}
	return best, len(list) > 0
}

// Maker is the one publish that made the preview that stands: the newest that makes previews. found is false where nothing
// tells for certain.
func (list List) Maker() (made Listed, found bool) {
	made, found = slices.DeleteFunc(slices.Clone(list), func(l Listed) bool { return !l.Kind.MakesPreviews() }).Newest()
	return made, found && !made.State.Badly()
}

// OnlyMaker reports whether nothing else in the list can have made the preview that waits for sign-off.
func (list List) OnlyMaker(of Ref) bool {
	return !slices.ContainsFunc(list, func(l Listed) bool {
		gone := slices.ContainsFunc(list, func(g Listed) bool { return g.WentLive() && g.After(l) })
		return l.Kind.MakesPreviews() && !l.Ref.Same(of) && !l.State.Badly() && !gone
	})
}

// NamesGoLives reports whether the service calls a go-live so: some list every operation as a publish.
func (list List) NamesGoLives() bool {
	return slices.ContainsFunc(list, func(l Listed) bool { return l.Kind == GoLive })
}

// DeniesLive reports whether the list contradicts an offer that says it is live: a publish ended well after the last go-live
// that did. A list that names no types, or that no dates put in order, contradicts nothing.
func (list List) DeniesLive() bool {
	return slices.ContainsFunc(list, func(p Listed) bool {
		mayHaveGoneLive := func(g Listed) bool {
			later := g.WentLive() && !p.After(g)
			return later || g.Kind == Unknown // which may be anything
		}
		return p.Kind == Publish && p.stands() && !slices.ContainsFunc(list, mayHaveGoneLive)
	})
}

// Explains reports whether the last that is listed says of an offer at rest what its status says.
func (list List) Explains(offer OfferState) bool {
	last, found := list.Newest()
	if !found {
		return false
	}
	switch offer {
	case Live:
		return last.State == Succeeded && last.Kind != Publish && last.Kind != Cancellation
	case LastFailed:
		return last.State == Failed
	case LastCanceled:
		return last.State == Canceled || last.Kind == Cancellation
	}
	return true
}

// Contradicts reports whether the list says that a publish made its preview after what the status of an offer at rest speaks
// of.
func (list List) Contradicts(offer OfferState) bool {
	last, found := list.Newest()
	without := offer.Badly() || offer == NeverPublished
	return found && without && last.Kind.MakesPreviews() && last.stands()
}
