package publish

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// What is believed, and why. Only news is evidence: the functions in this file compare what the service says with what
// it said before an order, or at the first look. None of them knows the time.

// snapshot is what the service said of the offer before this run's order.
type snapshot struct {
	list  []marketplace.Listed
	offer marketplace.OfferState
	pages []page
}

func find(list []marketplace.Listed, ref marketplace.Ref) (marketplace.Listed, bool) {
	i := slices.IndexFunc(list, func(l marketplace.Listed) bool { return l.Ref.Same(ref) })
	if i < 0 {
		return marketplace.Listed{}, false
	}
	return list[i], true
}

// entry is what tells one line of a list from another. A submission that goes live keeps its id.
func entry(l marketplace.Listed) string { return l.Key() + string(l.Kind) }

// fresh are the operations that are listed now and were not before, whatever their dates.
func (s snapshot) fresh(now []marketplace.Listed) []marketplace.Listed {
	known := make(map[string]bool, len(s.list))
	for _, l := range s.list {
		known[entry(l)] = true
	}
	var out []marketplace.Listed
	for _, l := range now {
		if l.ID != "" && !known[entry(l)] {
			out = append(out, l)
		}
	}
	return out
}

// trace is the new operation that is what an order of the kind made. Of several the one that still runs is taken, the
// newest of them; several that have ended all the same mean that the list was short before, and none is taken.
func (s snapshot) trace(kind marketplace.Kind, now []marketplace.Listed) (best marketplace.Listed, found bool) {
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
	newer, _ := l.Newer(to)
	return newer
}

// fits reports whether a listed operation can be what an order of the kind made. Some services call every operation a
// publish: where no go-live is named, a go-live may be listed as one.
func fits(kind marketplace.Kind, l marketplace.Listed, list []marketplace.Listed) bool {
	if l.Kind == kind || l.Kind == marketplace.Unknown {
		return true
	}
	return kind == marketplace.GoLive && l.Kind == marketplace.Publish && !slices.ContainsFunc(list, isGoLive)
}

func isGoLive(l marketplace.Listed) bool { return l.Kind == marketplace.GoLive }

// makes reports whether the operation can have made a preview.
func makes(l marketplace.Listed) bool {
	return l.Kind == marketplace.Publish || l.Kind == marketplace.Unknown
}

// explains reports whether everything that is said now was said before, but for the ends that this run saw itself.
func (s snapshot) explains(now []marketplace.Listed, offer marketplace.OfferState, ended func(marketplace.Ref) bool) bool {
	if offer != s.offer || len(s.fresh(now)) > 0 {
		return false
	}
	was := make(map[string]marketplace.State, len(s.list))
	for _, l := range s.list {
		was[entry(l)] = l.State
	}
	return !slices.ContainsFunc(now, func(l marketplace.Listed) bool {
		return was[entry(l)] != l.State && !(l.State.Ended() && ended(l.Ref))
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

// disputed reports whether the list contradicts an offer that says it is live: a publish ended well after the last
// go-live that did. A list that names no types, or that no dates put in order, contradicts nothing.
func disputed(list []marketplace.Listed, details marketplace.Details) bool {
	if details.LiveUntouched() {
		return true
	}
	for _, p := range list {
		if p.Kind != marketplace.Publish || !well(p.State) {
			continue
		}
		if !slices.ContainsFunc(list, func(g marketplace.Listed) bool { return mayFollow(g, p) }) {
			return true
		}
	}
	return false
}

// mayFollow reports whether g may be a go-live that ended well after the publish p did.
func mayFollow(g, p marketplace.Listed) bool {
	if g.Kind == marketplace.Unknown {
		return true // it may be anything
	}
	if g.Kind != marketplace.GoLive || g.State != marketplace.Succeeded {
		return false
	}
	older, known := p.Newer(g)
	return !known || !older
}

// onlyMaker reports whether nothing else in the list can have made the preview that waits for sign-off.
func onlyMaker(list []marketplace.Listed, of marketplace.Ref) bool {
	for _, l := range list {
		if l.Ref.Same(of) || !makes(l) || l.State.Badly() {
			continue
		}
		wentLive := slices.ContainsFunc(list, func(g marketplace.Listed) bool {
			newer, known := g.Newer(l)
			return isGoLive(g) && g.State == marketplace.Succeeded && known && newer
		})
		if !wentLive {
			return false
		}
	}
	return true
}

// maker is the one publish that made the preview that stands, by the list alone: the newest that makes previews. found is
// false where nothing tells for certain.
func maker(list []marketplace.Listed) (marketplace.Listed, bool) {
	best, found := newest(slices.DeleteFunc(slices.Clone(list), func(l marketplace.Listed) bool { return !makes(l) }))
	return best, found && !best.State.Badly()
}

// newest is the operation that all others are older than; found is false where no order is known.
func newest(list []marketplace.Listed) (best marketplace.Listed, found bool) {
	for i, l := range list {
		if i == 0 || after(l, best) {
			best = l
		}
	}
	for _, l := range list {
		if newer, known := best.Newer(l); l.Ref != best.Ref && !(known && newer) {
			return best, false
		}
	}
	return best, len(list) > 0
}

// bound tells whether the preview that waits is the one that the publish made: Plain if it is, else why not. Of what was
// started since the list alone tells; before, if the run itself started the publish, what was listed ahead of it.
func bound(list []marketplace.Listed, publish marketplace.Ref, before *snapshot) Note {
	if before != nil {
		others := 0
		for _, l := range before.fresh(list) {
			if makes(l) && !l.Ref.Same(publish) {
				others++
			}
		}
		_, listed := find(list, publish)
		unnamed := publish.ID == "" || publish.Order // ours is among the new ones, and which it is nobody says
		if unnamed {
			others--
		}
		switch {
		case others == 0:
			return Plain
		case others == 1 && !listed && !unnamed: // ours, by another name, or what came after ours
			return NotTold
		}
		return Replaced
	}
	own, listed := find(list, publish)
	made := listed && makes(own) && !own.State.Badly()
	if !made || publish.Shared {
		return NotTold
	}
	for _, l := range list {
		if l.Ref.Same(publish) || !makes(l) {
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

// explained reports whether the list says of an offer at rest what its status says.
func explained(list []marketplace.Listed, offer marketplace.OfferState) bool {
	last, found := newest(list)
	if !found {
		return false
	}
	switch offer {
	case marketplace.Live:
		return last.State == marketplace.Succeeded && last.Kind != marketplace.Publish && last.Kind != marketplace.Cancellation
	case marketplace.LastFailed:
		return last.State == marketplace.Failed
	case marketplace.LastCanceled:
		return last.State == marketplace.Canceled || last.Kind == marketplace.Cancellation
	}
	return true
}

// contradicted reports whether the list says that a publish made its preview after what the status speaks of.
func contradicted(list []marketplace.Listed, offer marketplace.OfferState) bool {
	last, found := newest(list)
	without := offer.Badly() || offer == marketplace.NeverPublished
	return found && without && makes(last) && well(last.State)
}

// well reports whether a publish in this state has made its preview.
func well(s marketplace.State) bool { return s == marketplace.Succeeded || s == marketplace.AtSignOff }

// after reports whether l is certainly of later date than o.
func after(l, o marketplace.Listed) bool {
	newer, known := l.Newer(o)
	return known && newer
}
