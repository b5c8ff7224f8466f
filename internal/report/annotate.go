package report

import (
	"crypto/sha256"
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
)

// Messages of the service that are annotated, by level. The platforms show ten of a level, and what the run itself has
// to say must be among them.
const (
	errorNotes   = 8
	warningNotes = 6
)

// maxSaid bounds what is remembered of the messages that were told; more in one run are noise.
const maxSaid = 2000

// told is a message and where it stands.
type told struct {
	marketplace.Message
	title string
	rank  int // 0 for the failed step, 1 for the operation itself, 2 for the other steps
}

// messages tells each message of the service once: errors and warnings as annotations, the gravest first, the rest for
// those who debug.
func (r *Report) messages(op *marketplace.Operation) {
	bad := failedStep(op)
	var fresh []told
	take := func(title string, rank int, messages []marketplace.Message) {
		for _, m := range messages {
			key := fingerprint(title, m.Level, m.Text)
			same := fingerprint("", m.Level, m.Text) // the operation often repeats what a step says
			if r.said[key] || rank == 1 && r.said[same] || len(r.said) >= maxSaid {
				continue
			}
			r.said[key], r.said[same] = true, true
			fresh = append(fresh, told{m, title, rank})
		}
	}
	for i := range op.Steps {
		s := &op.Steps[i]
		rank := 2
		if s == bad {
			rank = 0
		}
		take(s.Name, rank, s.Messages)
		if s.State.Bad() && !slices.ContainsFunc(s.Messages, func(m marketplace.Message) bool { return gravity(m) <= 1 }) {
			take(s.Name, rank, []marketplace.Message{{Level: "error", Text: "the step is " + string(s.State) + "; the service gives no reason"}})
		}
	}
	take(operation(r.history.kind), 1, op.Messages)
	ended := op.State == marketplace.Failed || op.State == marketplace.Canceled
	for order := range 9 {
		for i := range fresh {
			if m := &fresh[i]; 3*gravity(m.Message)+m.rank == order {
				r.message(m, ended)
			}
		}
	}
}

// fingerprint stands for texts that may be long.
func fingerprint(texts ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(texts, "\x00")))
}

func (r *Report) message(m *told, ended bool) {
	level, tone, limit := Warning, Warn, warningNotes // an error of a step that is blocked may be cured
	switch {
	case m.IsError() && ended:
		level, tone, limit = Error, Bad, errorNotes
	case gravity(m.Message) > 1:
		r.screen.Debug(m.title + ": " + m.Text)
		return
	}
	if r.notes[level]++; r.notes[level] > limit {
		r.line(tone, m.title+": "+m.Text)
		return
	}
	r.screen.Annotate(level, m.title, m.Text)
}
