package publish

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// What is believed, and why. Only news is evidence: the functions in this file compare what the service says with what
// it said before an order, or at the first look. None of them knows the time.

// snapshot is what the service said of the offer before this run's order.
type snapshot struct {
	list  marketplace.List
	short bool // a page of the list was not there: what was not listed may have been there all the same
	offer marketplace.OfferState
	pages []page
}

// fresh are the operations that are listed now and were not before, whatever their dates; none where the list of before
// was short.
func (s snapshot) fresh(now marketplace.List) marketplace.List {
	if s.short {
		return nil
	}
	known := make(map[string]bool, len(s.list))
	for _, l := range s.list {
		known[l.Key()] = true
	}
	var out marketplace.List
	for _, l := range now {
		if l.ID != "" && !known[l.Key()] {
			out = append(out, l)
		}
	}
	return out
}

// trace is the new operation that is what an order of the kind made. Of several the one that still runs is taken, the
// newest of them; several that have ended all the same mean that the list was short before, and none is taken.
func (s snapshot) trace(kind marketplace.Kind, now marketplace.List) (best marketplace.Listed, found bool) {
	ended := 0
	for _, l := range s.fresh(now) {
		if l.State.Ended() {
			ended++
		}
		if !fits(kind, l, now) {
			continue
		}
		if found && !preferred(l, best) {
			continue
		}
		best, found = l, true
	}
	if ended > 1 && best.State.Ended() {
		return marketplace.Listed{}, false
	}
	return best, found
}

func preferred(l, to marketplace.Listed) bool {
	if l.State.Ended() != to.State.Ended() {
		return to.State.Ended()
	}
	return l.After(to)
}

// fits reports whether a listed operation can be what an order of the kind made. Some services call every operation a
// publish: where no go-live is named, a go-live may be listed as one.
func fits(kind marketplace.Kind, l marketplace.Listed, list marketplace.List) bool {
	if l.Kind == kind || l.Kind == marketplace.Unknown {
		return true
	}
	return kind == marketplace.GoLive && l.Kind == marketplace.Publish && !l.Sure && !list.NamesGoLives()
}

// explains reports whether everything that is said now was said before, but for the ends that this run saw itself.
func (s snapshot) explains(now marketplace.List, offer marketplace.OfferState, ended func(marketplace.Ref) bool) bool {
	if offer != s.offer || len(s.fresh(now)) > 0 {
		return false
	}
	was := make(map[string]marketplace.State, len(s.list))
	for _, l := range s.list {
		was[l.Key()] = l.State
	}
	return !slices.ContainsFunc(now, func(l marketplace.Listed) bool {
		return was[l.Key()] != l.State && !(l.State.Ended() && ended(l.Ref))
	})
}

// turned reports whether a page that was read before says something else now.
func (s snapshot) turned(now []page) bool {
	return slices.ContainsFunc(now, func(p page) bool {
		i := slices.IndexFunc(s.pages, func(was page) bool { return was.ref == p.ref })
		if i < 0 {
			return false
		}
		was := s.pages[i]
		return was.op.State != p.op.State || was.unknown != p.unknown
	})
}

// bound tells whether the preview that waits is the one that the publish made: Plain if it is, else why not. Of what was
// started since the list alone tells; before, if the run itself started the publish, what was listed ahead of it.
func bound(list marketplace.List, publish marketplace.Ref, before *snapshot) Note {
	if before != nil {
		others := 0
		for _, l := range before.fresh(list) {
			if l.Kind.MakesPreviews() && !l.Ref.Same(publish) {
				others++
			}
		}
		unnamed := publish.ID == "" || publish.Order // ours is among the new ones, and which it is nobody says
		if unnamed {
			others--
		}
		switch {
		case others == 0:
			return Plain
		case others == 1 && !list.Has(publish) && !unnamed: // ours, by another name, or what came after ours
			return NotTold
		}
		return Replaced
	}
	own, listed := list.Find(publish)
	itself := own.Kind.MakesPreviews() || own.Sure // a go-live that is sure of its kind keeps the name of what goes live
	made := listed && itself && !own.State.Badly()
	if !made || publish.Shared {
		return NotTold
	}
	for _, l := range list {
		if l.Ref.Same(publish) || !l.Kind.MakesPreviews() {
			continue
		}
		newer, known := l.Newer(own)
		switch {
		case !known:
			return NotTold
		case newer:
			return Replaced
		}
	}
	return Plain
}
