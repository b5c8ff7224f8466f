package report

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"math"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// eventsVersion is the version of the schema in events.md. New fields and new events do not change it: readers pass over
// what they do not know. A field that goes or changes its meaning does.
const eventsVersion = 1

// eventsLimit is how many bytes of looks are written at most: from then on they come without steps and messages. A run of
// five days with a talkative service takes less than a tenth.
const eventsLimit = 16 << 20

// Events writes what happens in a run as JSON, one object a line, for programs: events.md describes it. Its methods are
// not safe for concurrent use. A failed write ends the writing, not the run.
type Events struct {
	w       io.Writer
	clean   func(string) string
	began   time.Time
	written int
	seen    [sha256.Size]byte // the steps and messages of the last look
	err     error
}

// NewEvents returns the events of a run that began at the time. Every text goes through clean, which takes out secrets.
func NewEvents(w io.Writer, clean func(string) string, began time.Time) *Events {
	return &Events{w: w, clean: clean, began: began}
}

// record is one line. Its fields stand in the order in which they are written.
type record struct {
	V         int     `json:"v"`
	Event     string  `json:"event"`
	Time      string  `json:"time"`
	Elapsed   float64 `json:"elapsedSeconds"`
	Program   string  `json:"program,omitempty"`
	Command   string  `json:"command,omitempty"`
	Publisher string  `json:"publisher,omitempty"`
	Offer     string  `json:"offer,omitempty"`

	Kind       string        `json:"kind,omitempty"`
	Path       string        `json:"operationPath,omitempty"`
	Own        *bool         `json:"own,omitempty"`
	State      string        `json:"state,omitempty"`
	OfferState string        `json:"offerState,omitempty"`
	Changed    *bool         `json:"changed,omitempty"`
	Steps      []stepRecord  `json:"steps,omitempty"`
	Messages   []messageLine `json:"messages,omitempty"`
	Preview    []string      `json:"previewLinks,omitempty"`
	Live       []string      `json:"liveLinks,omitempty"`
	Next       *float64      `json:"nextSeconds,omitempty"`
	After      *float64      `json:"afterSeconds,omitempty"`
	Until      string        `json:"until,omitempty"`
	Watching   *bool         `json:"watching,omitempty"`
	Would      string        `json:"would,omitempty"`
	Sends      string        `json:"sends,omitempty"`
	Word       string        `json:"word,omitempty"`
	Location   string        `json:"location,omitempty"`
	Error      string        `json:"error,omitempty"`
	ExitCode   *int          `json:"exitCode,omitempty"`
	Headline   string        `json:"headline,omitempty"`
	Message    string        `json:"message,omitempty"`
	FailedStep string        `json:"failedStep,omitempty"`
}

type stepRecord struct {
	ID       string        `json:"id,omitempty"`
	Name     string        `json:"name"`
	State    string        `json:"state"`
	Percent  int           `json:"percent"`
	Estimate string        `json:"estimate,omitempty"`
	Messages []messageLine `json:"messages,omitempty"`
}

type messageLine struct {
	Level string `json:"level,omitempty"`
	Text  string `json:"text"`
}

// Begin is the first line.
func (e *Events) Begin(program, command, publisher, offer string) {
	e.write(record{Event: "begin", Program: program, Command: command, Publisher: publisher, Offer: offer})
}

// End is the last line; what is told of the run is what its outputs say.
func (e *Events) End(end End, state marketplace.State, exitCode int) {
	e.write(record{Event: "end", ExitCode: &exitCode, State: string(state), Path: end.Path, Headline: e.clean(end.Headline),
		Message: e.clean(end.Why), FailedStep: e.clean(FailedStep(end.Operation)),
		Preview: e.links(end.Operation.Preview), Live: e.links(end.Operation.Live)})
}

// Err is why not all of it was written; nil if it was.
func (e *Events) Err() error { return e.err }

// Observe writes one event.
func (e *Events) Observe(event publish.Event) {
	switch event := event.(type) {
	case publish.Started:
		e.write(record{Event: "started", Kind: string(event.Kind), Path: event.Path, Error: e.clean(event.Found)})
	case publish.Following:
		e.write(record{Event: "following", Kind: string(event.Kind), Path: event.Path, Own: &event.Own})
	case publish.Looked:
		r := record{Event: "looked", Path: event.Path}
		if event.Next > 0 {
			r.Next = seconds(event.Next)
		}
		e.look(r, event.Operation)
	case publish.Faulted:
		if event.Again {
			return
		}
		e.write(record{Event: "faulted", Error: e.fault(event.Err), Next: seconds(event.Next)})
	case publish.Recovered:
		e.write(record{Event: "recovered", After: seconds(event.After)})
	case publish.Retrying:
		e.write(record{Event: "retrying", Kind: string(event.Kind), Error: e.fault(event.Err), Next: seconds(event.Next)})
	case publish.Checking:
		e.write(record{Event: "checking", Kind: string(event.Kind), Error: e.fault(event.Err), Until: stamp(time.Now().Add(event.Window))})
	case publish.Distrusted:
		e.write(record{Event: "distrusted", Location: e.clean(event.Location)})
	case publish.Unknown:
		e.write(record{Event: "unknownWord", Word: e.clean(event.Word)})
	case publish.AtPreview:
		e.write(record{Event: "atPreview", Watching: &event.Watching})
	case publish.Canceling:
		e.write(record{Event: "canceling", Path: event.Path})
	case publish.CanceledOwn:
		e.write(record{Event: "canceledOwn", Path: event.Path, Error: e.fault(event.Err)})
	case publish.Nothing:
		e.write(record{Event: "nothing", Command: string(event.Command), State: string(event.State)})
	case publish.Overview:
		r, op := record{Event: "overview", Path: event.Path, OfferState: string(event.Offer.State)}, event.Offer
		if event.Detail != nil {
			op = *event.Detail
		}
		if event.Running != nil && event.Running.Path == event.Path {
			r.Kind = string(event.Running.Kind)
		}
		e.look(r, op)
	case publish.Rehearsed:
		e.write(record{Event: "rehearsed", Would: e.clean(event.Would), Sends: string(event.Sends)})
	case publish.SignInEnds:
		e.write(record{Event: "signInEnds", Until: stamp(event.At)})
	case publish.Alive:
		e.write(record{Event: "alive", Path: event.Path})
	}
}

// look completes the record of a look: what did not change since the last one is not told again.
func (e *Events) look(r record, op marketplace.Operation) {
	r.State = string(op.State)
	full := r
	for _, s := range op.Steps {
		full.Steps = append(full.Steps, stepRecord{ID: e.clean(s.ID), Name: e.clean(s.Name), State: string(s.State), Percent: s.Percent,
			Estimate: e.clean(s.Estimate), Messages: e.messages(s.Messages)})
	}
	full.Messages, full.Preview, full.Live = e.messages(op.Messages), e.links(op.Preview), e.links(op.Live)
	details, err := json.Marshal(record{State: full.State, Steps: full.Steps, Messages: full.Messages, Preview: full.Preview, Live: full.Live})
	digest := sha256.Sum256(details)
	changed := err != nil || digest != e.seen
	e.seen = digest
	if changed && e.written+len(details) < eventsLimit {
		r = full
	}
	r.Changed = &changed
	e.write(r)
}

func (e *Events) messages(in []marketplace.Message) []messageLine {
	var out []messageLine
	for _, m := range in {
		out = append(out, messageLine{Level: e.clean(m.Level), Text: e.clean(m.Text)})
	}
	return out
}

func (e *Events) links(in []marketplace.Link) []string {
	var out []string
	for _, l := range in {
		out = append(out, e.clean(l.URL))
	}
	return out
}

func (e *Events) fault(err error) string {
	if err == nil {
		return ""
	}
	return e.clean(err.Error())
}

func (e *Events) write(r record) {
	if e.err != nil {
		return
	}
	now := time.Now()
	r.V, r.Time, r.Elapsed = eventsVersion, stamp(now), *seconds(now.Sub(e.began))
	line, err := json.Marshal(r)
	if err == nil {
		_, err = e.w.Write(append(line, '\n'))
	}
	e.written += len(line) + 1
	e.err = err
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// seconds is a duration to the millisecond.
func seconds(d time.Duration) *float64 {
	s := math.Round(d.Seconds()*1000) / 1000
	return &s
}
