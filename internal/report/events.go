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
	Subject
	w       io.Writer
	clean   func(string) string
	api     string
	written int
	seen    [sha256.Size]byte // the steps and messages of the last look
	err     error
}

// NewEvents returns the events of a run. Every text goes through clean, which takes out secrets.
func NewEvents(s Subject, w io.Writer, clean func(string) string) *Events {
	return &Events{Subject: s, w: w, clean: clean}
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
	API       string  `json:"api,omitempty"`

	Kind       string `json:"kind,omitempty"`
	Path       string `json:"operationPath,omitempty"`
	Own        *bool  `json:"own,omitempty"`
	State      string `json:"state,omitempty"`
	OfferState string `json:"offerState,omitempty"`
	Changed    *bool  `json:"changed,omitempty"`
	details
	Next       *float64 `json:"nextSeconds,omitempty"`
	After      *float64 `json:"afterSeconds,omitempty"`
	Until      string   `json:"until,omitempty"`
	Watching   *bool    `json:"watching,omitempty"`
	Would      string   `json:"would,omitempty"`
	Sends      string   `json:"sends,omitempty"`
	Word       string   `json:"word,omitempty"`
	Location   string   `json:"location,omitempty"`
	Error      string   `json:"error,omitempty"`
	ExitCode   *int     `json:"exitCode,omitempty"`
	Headline   string   `json:"headline,omitempty"`
	Message    string   `json:"message,omitempty"`
	FailedStep string   `json:"failedStep,omitempty"`
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
	Code  string `json:"code,omitempty"`
	Text  string `json:"text"`
}

// Begin is the first line.
func (e *Events) Begin(program, command string) {
	e.write(&record{Event: "begin", Program: program, Command: command, Publisher: e.Publisher, Offer: e.Offer})
}

// Service tells which API serves the offer, once that is known.
func (e *Events) Service(api string) {
	e.api = api
	e.write(&record{Event: "service", API: api})
}

// End is the last line; what is told of the run is what its outputs say.
func (e *Events) End(end End, exitCode int) {
	e.write(&record{Event: "end", ExitCode: &exitCode, API: e.api, State: string(end.State), Path: end.Ref.Path,
		Headline: e.clean(end.Headline), Message: e.clean(end.Message()), FailedStep: e.clean(FailedStep(end.Details, end.State)),
		details: e.links(end.Details)})
}

// Err is why not all of it was written; nil if it was.
func (e *Events) Err() error { return e.err }

// Observe writes one event.
func (e *Events) Observe(event publish.Event) {
	var r record
	switch event := event.(type) {
	case publish.Started:
		r.Event, r.Kind, r.Path = "started", string(event.Kind), event.Ref.Path
		r.Error = map[publish.Found]string{
			publish.AnswerLost: "the answer was lost",
			publish.Unnamed:    "the answer named no operation that can be trusted",
		}[event.Found]
	case publish.Following:
		r.Event, r.Kind, r.Path, r.Own = "following", string(event.Kind), event.Ref.Path, &event.Own
	case publish.Looked:
		r.Event, r.Path = "looked", event.Ref.Path
		if event.Next > 0 {
			r.Next = seconds(event.Next)
		}
		e.look(&r, event.Details, event.State)
	case publish.AtPreview:
		r.Event, r.Watching = "atPreview", &event.Watching
	case publish.Nothing:
		r.Event, r.Command, r.State = "nothing", string(event.Command), string(event.State)
	case publish.Overview:
		r.Event, r.Path, r.OfferState = "overview", event.Ref.Path, string(event.Offer.State.State())
		r.Kind = string(kindIn(event))
		if event.Unknown { // what follows is the offer's
			r.Path = ""
		}
		details, state := seenIn(event)
		e.look(&r, details, state)
	case publish.Rehearsed:
		r.Event, r.Would, r.Sends = "rehearsed", e.clean(e.would(event)), string(event.Start.Kind)
		r.ExitCode = new(int)
		if event.Err != nil {
			_, *r.ExitCode = e.Verdict(event.Err)
		}
	case publish.Alive:
		r.Event, r.Path = "alive", event.Ref.Path
	case publish.Canceling:
		r.Event, r.Kind, r.Path = "canceling", string(event.Kind), event.Ref.Path
	case publish.CanceledOwn:
		r.Event, r.Path, r.Error = "canceledOwn", event.Ref.Path, e.fault(event.Err)
		if event.NotAlone {
			r.Error = "it may not be the only operation on the offer"
		}
	case publish.Replacing:
		r.Event, r.Path = "replacing", event.Ref.Path
	case publish.Standing:
		r.Event, r.Path = "standing", event.Ref.Path
	case publish.Unbound:
		r.Event = "unbound"
	case publish.Bound:
		r.Event, r.Path = "bound", event.Ref.Path
	default:
		e.trouble(&r, event)
	}
	if r.Event != "" {
		e.write(&r)
	}
}

// trouble fills in the events of a service, or a way to it, that is not as it should be.
func (e *Events) trouble(r *record, event publish.Event) {
	switch event := event.(type) {
	case publish.Faulted:
		if !event.Again {
			r.Event, r.Error, r.Next = "faulted", e.fault(event.Err), seconds(event.Next)
		}
	case publish.Recovered:
		r.Event, r.After = "recovered", seconds(event.After)
	case publish.Retrying:
		r.Event, r.Kind, r.Error, r.Next = "retrying", string(event.Kind), e.fault(event.Err), seconds(event.Next)
	case publish.Checking:
		r.Event, r.Kind, r.Error, r.Until = "checking", string(event.Kind), e.fault(event.Err), stamp(time.Now().Add(event.Window))
	case publish.Distrusted:
		r.Event, r.Location = "distrusted", e.clean(event.Location)
	case publish.UnknownWord:
		r.Event, r.Word = "unknownWord", e.clean(event.Word)
	case publish.SignInEnds:
		r.Event, r.Until = "signInEnds", stamp(event.At)
	}
}

// details are what a look saw beyond the state.
type details struct {
	Steps    []stepRecord  `json:"steps,omitempty"`
	Messages []messageLine `json:"messages,omitempty"`
	Preview  []string      `json:"previewLinks,omitempty"`
	Live     []string      `json:"liveLinks,omitempty"`
	Reports  []string      `json:"reportLinks,omitempty"`
}

// look completes the record of a look: what did not change since the last one is not told again.
func (e *Events) look(r *record, seen marketplace.Details, state marketplace.State) {
	r.State = string(state)
	d := e.links(seen)
	d.Messages = e.messages(seen.Messages)
	for _, s := range seen.Steps {
		d.Steps = append(d.Steps, stepRecord{ID: e.clean(s.ID), Name: e.clean(s.Name), State: string(s.State), Percent: s.Percent,
			Estimate: e.clean(s.Estimate), Messages: e.messages(s.Messages)})
	}
	text, err := json.Marshal(d)
	digest := sha256.Sum256(append(text, state...))
	changed := err != nil || digest != e.seen
	e.seen, r.Changed = digest, &changed
	if changed && e.written+len(text) < eventsLimit {
		r.details = d
	}
}

func (e *Events) messages(in []marketplace.Message) []messageLine {
	var out []messageLine
	for _, m := range in {
		out = append(out, messageLine{Level: e.clean(m.Level), Code: e.clean(m.Code), Text: e.clean(m.Text)})
	}
	return out
}

// links are the addresses that the service gave.
func (e *Events) links(d marketplace.Details) details {
	urls := func(in []marketplace.Link) (out []string) {
		for _, l := range in {
			if _, ok := address(l.URL); ok {
				out = append(out, e.clean(l.URL))
			}
		}
		return out
	}
	return details{Preview: urls(d.Preview), Live: urls(d.Live), Reports: urls(d.Reports)}
}

func (e *Events) fault(err error) string {
	if err == nil {
		return ""
	}
	return e.clean(err.Error())
}

func (e *Events) write(r *record) {
	if e.err != nil {
		return
	}
	now := time.Now()
	r.V, r.Time, r.Elapsed = eventsVersion, stamp(now), *seconds(now.Sub(e.Began))
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
