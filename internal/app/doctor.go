package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
)

// The command doctor checks the set-up in the order in which a run uses it, changes nothing, and says what to mend.
// Each check builds on those before it, so the first cross is the cause and what follows from it gets a dash.

// doctorLimit ends a diagnosis: every request has its own, shorter deadline.
const doctorLimit = 10 * time.Minute

type verdict int

const (
	unchecked verdict = iota // it could not be checked, or the service does not say
	well
	broken
)

// finding is what one check found.
type finding struct {
	verdict verdict
	fact    string   // one line; of an unchecked one, why
	details []string // further facts, one line each
	next    []string // what to do, one line each
	code    int      // the exit code, if it is the first that is broken
}

type check struct {
	name string // at most nameWidth characters
	look func(context.Context) finding
}

const nameWidth = 10

// doctor is what one diagnosis has found out so far.
type doctor struct {
	*run
	problems input.Problems
	silence  string // why no request may be sent; "" if one may
	clock    *clock // and the way of every request

	way        string // to get the assertion
	credential *identity.Credential
	service    *marketplace.Client
	told       int  // secrets that the credential told of: an assertion is one
	near, far  bool // the sign-in and the service were reached
	signInErr  error
	signedIn   bool
	early      bool // only this machine's clock takes the assertion for ended

	access    bool
	list      []marketplace.Listed
	listErr   error
	status    marketplace.Operation
	statusErr error
	exists    bool
	document  marketplace.Document
	docErr    error
	none      bool // the publisher has no offers at all in this API

	lines []string
	first *finding
	cause string // the first broken one's name
}

// checks is the order. What is wrong with the inputs comes before everything that would send a request.
func (d *doctor) checks() []check {
	return []check{
		{"inputs", d.checkInputs},
		{"ids", d.checkIDs},
		{"way in", d.checkWay},
		{"network", d.checkNetwork},
		{"assertion", d.checkAssertion},
		{"clock", d.checkClock},
		{"token", d.checkToken},
		{"access", d.checkAccess},
		{"offer", d.checkOffer},
		{"status", d.checkStatus},
		{"migration", d.checkMigration},
		{"this API", d.checkAPI},
	}
}

// doctor runs the command of this name. A value that was refused keeps it from sending anything, as it does any
// command; what was not given leaves out only the checks that need it.
func (r *run) doctor(ctx context.Context, problems input.Problems) int {
	d := &doctor{run: r, problems: problems, clock: &clock{next: door{r.Transport, r.console.Debug}}}
	limit := doctorLimit
	if t := r.config.Timeout; t > 0 {
		limit = min(limit, t)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no end of the diagnosis within %s", limit))
	defer cancel()

	given := func(id string) string {
		if id == "" {
			return "(none)"
		}
		return id
	}
	d.line(ci.Plain, fmt.Sprintf("publish-offer %s: doctor of offer %s, publisher %s", r.Version, given(r.config.Offer), given(r.config.Publisher)))
	for _, w := range r.config.Warnings {
		r.console.Annotate(ci.Warning, "", w)
	}
	for _, c := range d.checks() {
		f := finding{}
		if ctx.Err() == nil {
			f = c.look(ctx)
		}
		if ctx.Err() != nil && f.verdict != well {
			f = finding{fact: context.Cause(ctx).Error()} // whatever else it seems to be
		}
		d.tell(c.name, f)
	}
	return d.end(ctx)
}

// tell prints a finding and takes note of the first broken one.
func (d *doctor) tell(name string, f finding) {
	mark, style := "–", ci.Faint
	switch f.verdict {
	case well:
		mark, style = "✓", ci.Good
	case broken:
		mark, style = "✗", ci.Bad
		if d.first == nil {
			d.first, d.cause = &f, name
		}
	case unchecked:
		f.fact = "not checked: " + f.fact
	}
	clean := d.console.Clean
	d.line(style, fmt.Sprintf("%s %-*s  %s", mark, nameWidth, name, clean(f.fact)))
	margin := strings.Repeat(" ", nameWidth+4)
	for _, text := range f.details {
		d.line(ci.Plain, margin+clean(text))
	}
	for _, text := range f.next {
		d.line(ci.Plain, margin+"-> "+clean(text))
	}
}

// line prints a line, and keeps it for the summary.
func (d *doctor) line(s ci.Tone, text string) {
	d.console.Line(s, text)
	d.lines = append(d.lines, text)
}

// end gives the outputs, the summary and the exit code.
func (d *doctor) end(ctx context.Context) int {
	headline, message, code := "everything checks out", "everything checks out", exitGood
	var interrupted Interrupted
	switch {
	case d.first != nil:
		headline, message, code = "mend first: "+d.cause, d.cause+": "+d.first.fact, d.first.code
	case ctx.Err() != nil:
		headline = "the diagnosis was not finished"
		message, code = context.Cause(ctx).Error(), exitUnreachable
	}
	if errors.As(context.Cause(ctx), &interrupted) {
		code = int(interrupted)
	}
	if code == exitGood {
		d.line(ci.Good, headline)
	} else {
		d.console.Annotate(ci.Error, "", "doctor: "+message)
	}
	if !d.problems.Has("outputs-file") {
		d.complain(d.console.Outputs([]ci.Output{
			{Name: "operation-path"},
			{Name: "operation-id"},
			{Name: "status", Value: string(d.status.State)}, // empty where the offer's is not known
			{Name: "failed-step", Value: report.FailedStep(d.status)},
			{Name: "message", Value: message},
			{Name: "elapsed-seconds", Value: strconv.Itoa(int(time.Since(d.began).Seconds()))},
		}))
	}
	d.complain(d.console.Summary(d.markdown(headline, code == exitGood)))
	d.console.Close(code != exitGood, "doctor: "+message)
	return code
}

// markdown is the list as it stands in the log, in a fence that no line of it can end.
func (d *doctor) markdown(headline string, good bool) string {
	icon := "❌"
	if good {
		icon = "✅"
	}
	text, fence := strings.Join(d.lines, "\n"), "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fmt.Sprintf("## %s doctor: %s\n\n%stext\n%s\n%s\n", icon, headline, fence, text, fence)
}
