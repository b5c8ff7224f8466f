// Package report turns what happens in a run into words: log lines, annotations, a summary.
//
// How things are worded: facts first, then the cause; lower case, no full stop; the service's own names for steps, the
// API's own words for states; times as elapsed time since the run began. The log prints changes only: a quiet day is a
// few lines. Text of the service reaches this package as cleaned single lines and is never used as a format or as markup.
package report

import (
	"crypto/sha256"
	"fmt"
	"time"
	"unicode/utf8"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// Tone is how a line is meant, for those who see colours.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Good
	Bad
	Warn
	Faint
)

// Level is how grave an annotation is.
type Level int

// The levels.
const (
	Error Level = iota
	Warning
	Notice
)

// Screen is where a run is seen: the log of a CI platform or a terminal.
type Screen interface {
	Line(tone Tone, text string)
	Debug(text string)
	Annotate(level Level, title, text string)
	Tick() // a sign of life that is no line
	Progress(percent int, text string)
}

// Subject is what the run is about.
type Subject struct {
	Publisher, Offer string
	Began            time.Time
	CarryOn          func(path string) string // how another run carries on with the operation
	Workflow         bool                     // it is a step of a GitHub workflow: a summary shows commands as its inputs
}

// Report tells a run. It is not safe for concurrent use: a run's events come one after the other.
type Report struct {
	Subject
	screen  Screen
	history *history
	said    map[[sha256.Size]byte]bool // messages of the service that were told
	notes   [2]int                     // annotations of messages, by level
	hour    time.Duration              // when the last line was printed
	ticked  time.Duration              // when the last sign of life was
}

// silence is how long the log may stand still: five minutes without a word look like a dead agent to Azure Pipelines.
const silence = 4 * time.Minute

// New returns a report on the subject.
func New(s Subject, screen Screen) *Report {
	return &Report{Subject: s, screen: screen, history: &history{}, said: map[[sha256.Size]byte]bool{}}
}

// Observe tells one event.
func (r *Report) Observe(e publish.Event) {
	switch e := e.(type) {
	case publish.Started:
		r.history.begin(e.Kind, e.Path, true)
		text := fmt.Sprintf("%s accepted: %s", order(e.Kind), e.Path)
		if e.Found != "" {
			text = fmt.Sprintf("%s; the list of operations has a new one, taken to be this run's: %s", e.Found, e.Path)
		}
		r.line(Good, text)
		r.screen.Annotate(Notice, order(e.Kind)+" started", e.Path+"; should this job be lost, carry on with: "+r.CarryOn(e.Path))
	case publish.Following:
		r.history.begin(e.Kind, e.Path, e.Own)
		if e.Own {
			r.line(Plain, fmt.Sprintf("following the %s %s", operation(e.Kind), e.Path))
		} else {
			r.line(Plain, fmt.Sprintf("waiting for somebody else's %s %s; nothing was started yet", operation(e.Kind), e.Path))
		}
	case publish.Looked:
		r.looked(e)
	case publish.Faulted:
		if e.Again {
			r.screen.Debug(fmt.Sprintf("still no good answer (%v); trying again in %s", e.Err, span(e.Next)))
			return
		}
		r.line(Warn, fmt.Sprintf("the service gives no good answer (%v); trying again, first in %s", e.Err, span(e.Next)))
	case publish.Recovered:
		r.line(Plain, fmt.Sprintf("the service answers again, after %s", span(e.After)))
	case publish.Retrying:
		if e.Again {
			r.screen.Debug(fmt.Sprintf("the %s was not taken (%v); sending it again%s", order(e.Kind), e.Err, in(e.Next)))
			return
		}
		r.line(Warn, fmt.Sprintf("the %s was not taken (%v); sending it again%s", order(e.Kind), e.Err, in(e.Next)))
	case publish.Checking:
		r.line(Warn, fmt.Sprintf("it is not clear whether the %s was accepted (%v); looking for its traces for up to %s before anything is sent again", order(e.Kind), e.Err, span(e.Window)))
	case publish.Distrusted:
		r.warn("location not trusted", fmt.Sprintf("the service named a location that is no operation of this offer on its own endpoint: %s; the token does not go there", e.Location))
	case publish.Unknown:
		r.warn("unknown status word", fmt.Sprintf("the service says %q, which no documentation names; it is taken for running", e.Word))
	case publish.AtPreview:
		if e.Watching {
			r.line(Plain, "the preview stands; watching for what is done with it")
		} else {
			r.line(Good, "the preview waits for sign-off; going live")
		}
	case publish.Canceling:
		r.line(Plain, "cancellation ordered; following until the service says that it is canceled")
	case publish.CanceledOwn:
		if e.Err != nil {
			r.line(Warn, fmt.Sprintf("the operation was left running: %v", e.Err))
		} else {
			r.line(Plain, "the operation was told to cancel: "+e.Path)
		}
	case publish.Nothing:
		r.line(Good, nothing(e))
	case publish.Overview:
		r.overview(e)
	case publish.Rehearsed:
		r.line(Plain, "dry run, nothing was changed; without it this run would "+e.Would)
	case publish.SignInEnds:
		r.warn("sign-in ends soon", fmt.Sprintf("the job's only assertion ends at %s; after that this run can last as long as its last token. Carry on in another job with: %s",
			e.At.UTC().Format("15:04 UTC"), r.CarryOn(r.history.path)))
	case publish.Alive:
		r.alive()
	}
}

// line prints one line with the time since the run began.
func (r *Report) line(t Tone, text string) {
	r.hour = time.Since(r.Began)
	r.screen.Line(t, fmt.Sprintf("%8s  %s", span(r.hour), text))
}

func (r *Report) warn(title, text string) { r.screen.Annotate(Warning, title, text) }

// looked prints what changed since the last look, and when the next one is.
func (r *Report) looked(e publish.Looked) {
	op := &e.Operation
	var lines []toned
	if r.history.state != op.State {
		t := Plain
		switch op.State {
		case marketplace.Succeeded, marketplace.AtSignOff:
			t = Good
		case marketplace.Failed, marketplace.Canceled:
			t = Bad
		}
		lines = append(lines, toned{t, operation(r.history.kind) + " " + phrase(op.State)})
	}
	width := nameWidth(op.Steps)
	for _, s := range r.history.changes(op, time.Now()) {
		lines = append(lines, stepLine(s, width))
	}
	for i, l := range lines {
		if i == len(lines)-1 && e.Next > 0 {
			l.text += "; next look in " + span(e.Next)
		}
		r.line(l.tone, l.text)
	}
	if len(lines) == 0 {
		r.screen.Debug(fmt.Sprintf("%s unchanged: %s; next look in %s", operation(r.history.kind), op.State, span(e.Next)))
	}
	r.messages(op)
	r.screen.Progress(percent(op), phrase(op.State))
}

type toned struct {
	tone Tone
	text string
}

// stepLine is a step with its state in a column.
func stepLine(s *marketplace.Step, width int) toned {
	text := fmt.Sprintf("%s %-*s %s", mark(s.State), width, s.Name, s.State)
	if s.State == marketplace.StepRunning && s.Percent > 0 {
		text += fmt.Sprintf(" %d %%", s.Percent)
	}
	if s.Estimate != "" && !over(s.State) && !s.State.Bad() {
		text += " (the service's estimate: " + s.Estimate + ")"
	}
	switch {
	case s.State.Bad():
		return toned{Warn, text}
	case s.State == marketplace.StepComplete:
		return toned{Good, text}
	}
	return toned{Plain, text}
}

// nameWidth is the width in characters of the column of names: the names that a real offer's steps have all fit.
func nameWidth(steps []marketplace.Step) int {
	const least, most = 28, 44
	width := least
	for i := range steps {
		width = max(width, min(utf8.RuneCountInString(steps[i].Name), most))
	}
	return width
}

// alive is the sign of life of a quiet time: a line each hour, later each twelve, a tick in between.
func (r *Report) alive() {
	now := time.Since(r.Began)
	switch {
	case now-max(r.hour, r.ticked) <= silence-time.Minute: // the next sign of life comes in time
		return
	case now-r.hour < min(max(time.Hour, now/4), 12*time.Hour): // five days stay readable
		r.ticked = now
		r.screen.Tick()
		return
	}
	r.line(Faint, "still waiting: "+r.history.now())
}

func (r *Report) overview(e publish.Overview) {
	r.line(Plain, fmt.Sprintf("the offer %s", offerPhrase(e.Offer)))
	op := &e.Offer
	if e.Detail != nil {
		op = e.Detail
		kind := marketplace.Kind("")
		if e.Running != nil && e.Running.Path == e.Path {
			kind = e.Running.Kind
		}
		r.history.begin(kind, e.Path, true)
		r.line(Plain, fmt.Sprintf("%s %s %s", operation(kind), e.Path, phrase(op.State)))
	} else {
		r.line(Plain, "no operation runs")
	}
	r.history.changes(op, time.Now())
	for i := range op.Steps {
		l := stepLine(&op.Steps[i], nameWidth(op.Steps))
		r.line(l.tone, l.text)
	}
	r.messages(op)
}
