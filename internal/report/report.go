// Package report turns what happens in a run into words: log lines, annotations, a summary, files for programs.
//
// How things are worded: facts first, then the cause; lower case, no full stop; the service's own names for steps, the
// API's own words for states; times as elapsed time since the run began. The log prints changes only: a quiet day is a
// few lines. Text of the service reaches this package as cleaned single lines and is never used as a format or as markup.
package report

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"publish-offer/internal/ci"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// Screen is where a run is seen: the log of a CI platform or a terminal. A *ci.Console is one.
type Screen interface {
	Line(tone ci.Tone, text string)
	Debug(text string)
	Annotate(level ci.Level, title, text string, lines ...string)
	Tick()      // a sign of life that is no line
	Live() bool // Progress keeps one line up to date, so that no line needs to be repeated
	Progress(percent int, text string)
}

// Subject is what the run is about.
type Subject struct {
	Publisher, Offer string
	Began            time.Time
	Workflow         bool // it is a step of a GitHub workflow: hints are its inputs, elsewhere command lines

	// CarryOn is how another run carries on with the operation, the best way first; the zero Ref is what runs on the offer.
	CarryOn func(marketplace.Ref) []Hint
	// Verdict is how a run that ends so is told, and its exit code.
	Verdict func(*publish.Error) (headline string, exitCode int)
	// Ending reports whether the run's time is over, so that nothing more comes but its end. It may be nil.
	Ending func() bool
	// Lacks is what cannot be had of an operation that is followed by this path; "" where nothing. It may be nil.
	Lacks func(marketplace.Ref) string
}

// Report tells a run. It is not safe for concurrent use: a run's events come one after the other.
type Report struct {
	Subject
	screen    Screen
	history   history
	fault     string                     // the fault that was told last, and has not passed
	rehearsed string                     // what a run without dry-run would do
	said      map[[sha256.Size]byte]bool // messages of the service that were told
	notes     int                        // annotations of messages
	told      time.Duration              // when the last line was printed
	ticked    time.Duration              // when the last sign of life was
}

// silence is how long the log may stand still: five minutes without a word look like a dead agent to Azure Pipelines.
const silence = 4 * time.Minute

// New returns a report on the subject.
func New(s Subject, screen Screen) *Report {
	return &Report{Subject: s, screen: screen, said: map[[sha256.Size]byte]bool{}}
}

// Observe tells one event.
func (r *Report) Observe(e publish.Event) {
	switch e := e.(type) {
	case publish.Started:
		r.started(e)
	case publish.Following:
		r.following(e)
	case publish.Looked:
		r.looked(e)
	case publish.AtPreview:
		if e.Watching {
			r.line(ci.Plain, "the preview stands; waiting for someone to go live")
		} else {
			r.line(ci.Good, "the preview waits for sign-off; going live")
		}
	case publish.Canceling:
		r.line(ci.Plain, "cancellation sent; waiting until the service says that it is canceled")
	case publish.CanceledOwn:
		r.canceledOwn(e)
	case publish.Nothing:
		r.line(ci.Good, nothing(e))
	case publish.Overview:
		r.overview(e)
	case publish.Rehearsed:
		r.rehearsed = "a run now would " + r.would(e)
		r.line(ci.Plain, r.rehearsed)
	case publish.Alive:
		r.alive()
	case publish.Replacing:
		r.warn("a preview waits for sign-off", "publishing replaces the preview that "+madeBy(e.Ref))
	case publish.Standing:
		r.history.begin(marketplace.Publish, e.Ref, true)
		r.warn("nothing was published", "the preview that stands "+madeBy(e.Ref)+", not by this run")
	case publish.Unbound:
		r.line(ci.Plain, "this go-live is bound to no publish: it takes live whatever preview stands now; `operation` would bind it")
	case publish.Bound:
		switch {
		case !e.Ref.Known():
			r.warn("no operation to go live with",
				"the service does not tell for certain which publish made this preview: `go-live` works without `operation` only")
		case e.Ref.Path != r.history.ref.Path:
			r.line(ci.Plain, "the publish that made this preview: "+e.Ref.Path)
		}
	default:
		r.trouble(e)
	}
}

// Rehearsed is what a run without dry-run would do; "" before that is known.
func (r *Report) Rehearsed() string { return r.rehearsed }

func (r *Report) started(e publish.Started) {
	r.history.begin(e.Kind, e.Ref, true)
	text := Order(e.Kind) + " accepted"
	switch e.Found {
	case publish.AnswerLost:
		text = "the answer to the " + Order(e.Kind) + " was lost; found a new operation, assuming that this run started it"
	case publish.Unnamed:
		text += ", but the answer names no operation; found a new one, assuming that this run started it"
	}
	r.line(ci.Good, text)
	r.lacking(e.Ref)
	r.handOver(e.Kind, e.Ref)
}

// handOver tells whoever finds this job lost how to carry on: with the operation's path, the only time in the log of a
// run that ends well, and as one annotation where the platform shows those.
func (r *Report) handOver(k marketplace.Kind, ref marketplace.Ref) {
	hints := r.ifLost(ref)
	if len(hints) == 0 {
		r.screen.Annotate(ci.Notice, Order(k)+" accepted", ref.Path)
		return
	}
	title := ""
	if r.Workflow {
		title = Order(k) + " accepted"
	}
	text, lines := r.lead(hints[0])
	r.screen.Annotate(ci.Notice, title, text, lines...)
}

// ifLost is how another run carries on once this job is lost.
func (r *Report) ifLost(ref marketplace.Ref) []Hint {
	hints := r.CarryOn(ref)
	for i := range hints {
		hints[i].Text = "if this job is lost, " + hints[i].Text
	}
	return hints
}

func (r *Report) following(e publish.Following) {
	r.history.begin(e.Kind, e.Ref, e.Own)
	if e.Own {
		r.line(ci.Plain, fmt.Sprintf("following the %s %s", operation(e.Kind), e.Ref.Path))
		r.lacking(e.Ref)
		return
	}
	r.line(ci.Plain, fmt.Sprintf("waiting for someone else's %s %s; nothing was started yet", operation(e.Kind), e.Ref.Path))
}

func (r *Report) lacking(ref marketplace.Ref) {
	if r.Lacks == nil {
		return
	}
	if text := r.Lacks(ref); text != "" {
		r.line(ci.Plain, text)
	}
}

func (r *Report) canceledOwn(e publish.CanceledOwn) {
	switch {
	case e.NotAlone:
		r.line(ci.Warn, "the operation was left running: it may not be the only one on the offer, and the service cancels whatever runs")
	case e.Err != nil && e.Sent:
		r.line(ci.Warn, fmt.Sprintf("sent a cancellation of the operation that this run started, and got no answer: %v", e.Err))
	case e.Err != nil:
		r.line(ci.Warn, fmt.Sprintf("the operation was left running: %v", e.Err))
	default:
		r.line(ci.Plain, "sent a cancellation of the operation that this run started")
	}
}

// trouble tells the events of a service, or a way to it, that is not as it should be.
func (r *Report) trouble(e publish.Event) {
	switch e := e.(type) {
	case publish.Faulted:
		text := fault(e.Err)
		if e.Next > 0 { // else something else is read in its place
			text += "; trying again in " + span(e.Next)
		}
		what, _, _ := strings.Cut(fmt.Sprint(e.Err), " [correlation id ")
		unheard := !r.history.ref.Known() && time.Since(r.Began)-r.told >= 30*time.Second // nothing else tells that the run lives
		said := e.Again || what == r.fault
		if said && !unheard {
			r.screen.Debug(text)
			return
		}
		r.fault = what
		r.line(ci.Warn, text)
	case publish.Recovered:
		if e.After < time.Second { // one call fails and others do not: that is told once
			return
		}
		r.fault = ""
		r.line(ci.Plain, fmt.Sprintf("the service answers again, after %s", span(e.After)))
	case publish.Retrying:
		text := fmt.Sprintf("the %s did not get through (%v); sending it again%s", Order(e.Kind), e.Err, in(e.Next))
		if e.Again {
			r.screen.Debug(text)
			return
		}
		r.line(ci.Warn, text)
	case publish.Checking:
		r.checking(e)
	case publish.Distrusted:
		r.warn("location not trusted", "the service named a location that is no operation of this offer on its own address, "+
			"and nothing is sent there: "+e.Location)
	case publish.UnknownWord:
		r.warn("unknown status word", fmt.Sprintf("the service says %q, which no documentation names; it counts as running", e.Word))
	case publish.SignInEnds:
		r.warn("sign-in ends soon", "this job's only id token ends at "+e.At.UTC().Format("15:04 UTC")+
			"; after that the run ends when its access token expires")
		hints := r.CarryOn(r.history.ref)
		r.Advise(hints[:min(1, len(hints))])
	}
}

func (r *Report) checking(e publish.Checking) {
	what, check := fmt.Sprintf("no clear answer to the %s (%v)", Order(e.Kind), e.Err), "checking for up to %s whether it took effect"
	if e.Err == nil {
		what, check = fmt.Sprintf("the answer to the %s names no operation", Order(e.Kind)), "looking for it in the list for up to %s"
	}
	if r.Ending != nil && r.Ending() {
		r.line(ci.Warn, what+"; no time is left to look for it")
		return
	}
	r.line(ci.Warn, what+"; "+fmt.Sprintf(check, span(e.Window)))
}

// fault says what went wrong with a call, which a sign-in that fails does not even reach.
func fault(err error) string {
	if e, ok := errors.AsType[*marketplace.Error](err); ok && e.Fault == marketplace.SignIn && e.Err != nil {
		return fmt.Sprintf("sign-in did not succeed (%v)", e.Err)
	}
	return fmt.Sprintf("no good answer from the service (%v)", err)
}

func madeBy(ref marketplace.Ref) string {
	return "was made by " + cmp.Or(ref.Path, "an earlier publish")
}

// line prints one line with the time since the run began.
func (r *Report) line(t ci.Tone, text string) {
	r.told = time.Since(r.Began)
	r.screen.Line(t, fmt.Sprintf("%8s  %s", span(r.told), text))
}

func (r *Report) warn(title, text string) { r.screen.Annotate(ci.Warning, title, text) }

// looked prints what changed since the last look, and when the next one is.
func (r *Report) looked(e publish.Looked) {
	var lines []toned
	if r.history.state != e.State {
		text := operation(r.history.kind) + " " + phrase(e.State)
		if !e.Ref.Known() {
			text = "the offer " + Offer(marketplace.OfferState(e.State))
		}
		lines = append(lines, toned{stateTone(e.State), text})
	}
	width := nameWidth(e.Details.Steps)
	for _, c := range r.history.changes(e.Details, e.State, time.Now()) {
		if !c.entered && r.screen.Live() { // the live line says it
			continue
		}
		lines = append(lines, stepLine(c.Step, width, c.entered))
	}
	for i, l := range lines {
		if i == len(lines)-1 && e.Next > 0 {
			l.text += "; next look in " + span(e.Next)
		}
		r.line(l.tone, l.text)
	}
	if len(lines) == 0 {
		r.screen.Debug(fmt.Sprintf("%s unchanged: %s; next look in %s", operation(r.history.kind), e.State, span(e.Next)))
	}
	r.messages(e.Details, e.State)
	r.screen.Progress(percent(e.Details, e.State), r.history.now())
}

func stateTone(s marketplace.State) ci.Tone {
	switch s {
	case marketplace.Succeeded, marketplace.AtSignOff:
		return ci.Good
	case marketplace.Failed, marketplace.Canceled:
		return ci.Bad
	}
	return ci.Plain
}

type toned struct {
	tone ci.Tone
	text string
}

// stepLine is a step with its state in a column; the service's estimate only where the step entered that state.
func stepLine(s *marketplace.Step, width int, entered bool) toned {
	text := fmt.Sprintf("%s %-*s %s", mark(s.State), width, s.Name, progress(s))
	if entered && !over(s.State) && !s.State.Bad() {
		text += estimate(s)
	}
	switch {
	case s.State.Bad():
		return toned{ci.Warn, text}
	case s.State == marketplace.StepComplete:
		return toned{ci.Good, text}
	}
	return toned{ci.Plain, text}
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
	case now-max(r.told, r.ticked) <= silence-time.Minute: // the next sign of life comes in time
		return
	case now-r.told < min(max(time.Hour, now/4), 12*time.Hour): // five days stay readable
		r.ticked = now
		r.screen.Tick()
		return
	}
	r.line(ci.Faint, "still waiting: "+r.history.now())
}

func (r *Report) overview(e publish.Overview) {
	r.line(ci.Plain, "the offer "+Offer(e.Offer.State))
	if e.Unknown {
		r.warn("unknown operation", "the service does not know "+e.Ref.Path)
	}
	details, state := seenIn(e)
	switch {
	case e.Operation != nil:
		kind := kindIn(e)
		r.history.begin(kind, e.Ref, true)
		r.line(ci.Plain, fmt.Sprintf("%s %s %s", operation(kind), e.Ref.Path, phrase(state)))
	case e.Running != nil:
		r.line(ci.Plain, fmt.Sprintf("%s %s %s", operation(e.Running.Kind), e.Running.Path, phrase(e.Running.State)))
	case e.Offer.State.Moving():
		r.line(ci.Plain, "no running operation is listed")
	default:
		r.line(ci.Plain, "no operation is running")
	}
	r.history.changes(details, state, time.Now())
	for i := range details.Steps {
		l := stepLine(&details.Steps[i], nameWidth(details.Steps), true)
		r.line(l.tone, l.text)
	}
	r.messages(details, state)
}

// seenIn is what an overview tells most of: the operation, else the offer.
func seenIn(e publish.Overview) (marketplace.Details, marketplace.State) {
	if e.Operation != nil {
		return e.Operation.Details, e.Operation.State
	}
	return e.Offer.Details, e.Offer.State.State()
}

// kindIn is the kind of the operation in an overview.
func kindIn(e publish.Overview) marketplace.Kind {
	if e.Operation != nil && e.Operation.Kind != marketplace.Unknown {
		return e.Operation.Kind
	}
	if e.Running != nil && e.Running.Path == e.Ref.Path {
		return e.Running.Kind
	}
	return marketplace.Unknown
}
