package report

import (
	"crypto/sha256"
	"slices"
	"strings"

	"publish-offer/internal/ci"
	"publish-offer/internal/marketplace"
)

// maxNotes is how many messages of the service are annotated. The platforms show ten of a level, and what the run itself
// has to say must be among them.
const maxNotes = 6

// maxSaid bounds what is remembered of the messages that were told; more in one run are noise.
const maxSaid = 2000

// told is a message and where it stands.
type told struct {
	marketplace.Message
	title   string
	rank    int  // 0 for a step that stands in the way, 1 for the operation itself, 2 for the other steps
	gravity int  // see there
	cure    bool // a person has to do something about it while the operation runs
}

// messages tells each message of the service once, the gravest first. While the operation runs, each is an annotation:
// it may still be cured. Once it failed they are lines: the run's own end is the one annotation for all of them.
func (r *Report) messages(d marketplace.Details, state marketplace.State) {
	var fresh []told
	bad, why := badSteps(d, state), reasons(d, state)
	atFailure := map[int]bool{0: true, 1: state == marketplace.Failed}
	// what only informs is a reason where nothing says more
	onlyInforms := len(why) > 0 && gravity(why[0].Message, true) == informs
	raised := map[int]bool{0: onlyInforms, 1: onlyInforms && len(bad) == 0}
	take := func(t told, messages []marketplace.Message) {
		for _, m := range messages {
			key := fingerprint(t.title, m.Level, words(m))
			same := fingerprint("", m.Level, words(m)) // the operation often repeats what a step says
			repeated := t.rank == 1 && r.said[same]
			if r.said[key] || repeated || len(r.said) >= maxSaid {
				continue
			}
			r.said[key], r.said[same] = true, true
			one := t
			one.Message, one.gravity = m, gravity(m, atFailure[t.rank])
			if raised[t.rank] {
				one.gravity = grave
			}
			fresh = append(fresh, one)
		}
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		t := told{title: s.Name, rank: 2}
		if slices.Contains(bad, s) {
			t.rank, t.cure = 0, !state.Ended()
		}
		messages := s.Messages
		if s.State.Bad() && len(messages) == 0 && len(why) == 0 {
			messages = []marketplace.Message{{Level: "error", Text: "the step " + verdict(s.State) + "; the service gives no reason"}}
		}
		take(t, messages)
	}
	take(told{title: operation(r.history.kind), rank: 1}, d.Messages)
	slices.SortStableFunc(fresh, func(a, b told) int { return 3*(a.gravity-b.gravity) + a.rank - b.rank })
	cured := map[string]bool{} // where it is to be fixed is said once for each step
	for _, t := range fresh {
		t.cure = t.cure && !cured[t.title]
		cured[t.title] = cured[t.title] || t.cure
		r.message(t, state.Badly())
	}
}

// fingerprint stands for texts that may be long.
func fingerprint(texts ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(texts, "\x00")))
}

func (r *Report) message(t told, ended bool) {
	text := words(t.Message)
	tone := ci.Warn
	if t.gravity == grave && ended {
		tone = ci.Bad
	}
	switch {
	case t.gravity == informs:
		r.screen.Debug(t.title + ": " + text)
	case ended || r.notes == maxNotes:
		r.line(tone, t.title+": "+text)
	default:
		r.notes++
		if t.cure {
			text += " (to be fixed on the offer's page in Partner Center: " + OffersPage + ")"
		}
		r.screen.Annotate(ci.Warning, t.title, text)
	}
}
