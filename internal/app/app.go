// Package app is the program: it reads the inputs, signs in, has the offer published and followed, and says how it went.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

// Jitter is the share by which real runs vary their waits.
const Jitter = 0.2

// window is how long a service may be behind with what it shows.
const window = 2 * time.Minute

// Process is the world of one run. Nothing else of the world is touched, but for the files that the environment names.
type Process struct {
	Args           []string // without the program's name
	Getenv         func(string) string
	Stdout, Stderr io.Writer
	Transport      http.RoundTripper
	Jitter         float64 // share by which waits vary, 0 to 1
	Version        string
	Interactive    bool    // Stderr is a terminal
	Starts         *Starts // told of each start; nil: nobody asks
}

// platformSecrets are variables whose values must not be shown even where somebody took one for another input.
var platformSecrets = [...]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "SYSTEM_ACCESSTOKEN", "AZURE_ID_TOKEN", "CI_JOB_TOKEN", "GITHUB_TOKEN"}

// run is what a Process knows once it has read its inputs.
type run struct {
	Process
	config    input.Config
	kind      ci.Kind
	console   *ci.Console
	report    *report.Report
	identity  *identity.Credential
	services  *services
	operation marketplace.Ref
	began     time.Time
	files     files
	api       input.API   // the service in use; "" while none is known
	seen      string      // what the summary shows
	ending    func() bool // the time of the run is over
}

// Main runs the program and returns its exit code. The context is canceled, with an Interrupted as the cause, when a
// signal ends the run.
func (p Process) Main(ctx context.Context) int {
	r := run{Process: p, began: time.Now(), kind: ci.Detect(p.Getenv)}
	var problems input.Problems
	r.config, problems = input.Parse(p.Args, p.Getenv, input.Surroundings{
		TimeLeft:    ci.TimeLeft(r.kind, p.Getenv, r.began),
		OutputsFile: ci.DefaultOutputsFile(r.kind),
		Interactive: p.Interactive && r.kind == ci.Terminal,
		Operation:   r.parseOperation,
	})
	switch {
	case r.config.Help:
		fmt.Fprint(p.Stdout, input.Usage())
		if r.config.Bare {
			return exitInput
		}
		return exitGood
	case r.config.Version:
		fmt.Fprintln(p.Stdout, "publish-offer "+p.Version)
		return exitGood
	}
	r.console = ci.New(r.kind, ci.World{Getenv: p.Getenv, Stdout: p.Stdout, Stderr: p.Stderr, OutputsFile: r.config.OutputsFile, Interactive: p.Interactive})
	for _, name := range platformSecrets {
		if value := p.Getenv(name); len(value) >= 8 && !strings.HasPrefix(value, "$(") { // else it is none, and its text may stand in a hint
			r.console.Redact(value)
		}
	}
	r.ending = func() bool { return ctx.Err() != nil || time.Since(r.began) >= r.config.Timeout }
	r.report = report.New(r.subject(), r.console)
	if err := r.console.CheckOutputs(); err != nil && !problems.Has("outputs-file") {
		problems = append(problems, fileProblem("outputs-file", r.config.OutputsFile, err))
	}
	if r.config.Command == input.CommandDoctor {
		return r.doctor(ctx, problems)
	}
	if len(problems) == 0 {
		problems = r.open()
	}
	if len(problems) > 0 {
		return r.refuse(problems)
	}
	return r.main(ctx)
}

// subject is what the run is about, for those who tell of it.
func (r *run) subject() report.Subject {
	return report.Subject{
		Publisher: r.config.Publisher, Offer: r.config.Offer, Began: r.began, Workflow: r.kind == ci.GitHub,
		CarryOn: func(ref marketplace.Ref) []report.Hint { return r.explainer().carryOn(ref) },
		Verdict: func(e *publish.Error) (string, int) {
			return r.explainer().headline(e), exit(publish.Result{}, e, r.config)
		},
		Ending: r.ending,
		Lacks:  lacks,
	}
}

// main is the story on one screen: sign in, start or adopt, follow, tell.
func (r *run) main(ctx context.Context) int {
	c := r.config
	r.files.events.Begin("publish-offer "+r.Version, string(c.Command))
	way := door{r.Transport, r.console.Debug}
	var err error
	r.identity, err = r.signer(way)
	if err != nil {
		r.warn(c.Warnings)
		return r.finish(publish.Result{}, &publish.Error{Reason: publish.NotAllowed, Err: err})
	}
	r.introduce()
	r.warn(c.Warnings)
	r.services = r.serve(ctx, way)
	first, _ := c.Intervals(c.Services[0].API)
	behind := window
	if c.Overridden {
		behind = min(behind, 10*first)
	}
	result, err := publish.Do(ctx, guarded{r.services, r.Starts}, publish.Order{
		Command: c.Command, Emails: c.Emails, Goal: c.Until, IfRunning: c.IfRunning,
		Operation: r.operation, DryRun: c.DryRun,
		Timeout: c.Timeout, Window: behind, Pace: r.pace, Jitter: r.Jitter,
		CancelOnSignal: c.OnCancel == input.OnCancelCancel, SignInEnds: r.identity.AssertionEnd(),
	}, r.observe)
	r.warn(r.identity.Warnings())
	e, _ := errors.AsType[*publish.Error](err)
	return r.finish(result, e)
}

// pace is how long to wait between looks at the service that serves the offer.
func (r *run) pace() (first, most time.Duration) {
	return r.config.Intervals(cmp.Or(r.api, r.config.Services[0].API))
}

// signer is the credential of the way to sign in that the inputs and the platform choose.
func (r *run) signer(way http.RoundTripper) (*identity.Credential, error) {
	c := r.config
	platform := map[ci.Kind]string{ci.GitHub: "github", ci.AzurePipelines: "azure-pipelines", ci.GitLab: "gitlab"}[r.kind]
	return identity.New(identity.Config{
		Auth: string(c.Auth), Tenant: c.Tenant, Client: c.Client, ServiceConnection: c.ServiceConnection, Interactive: r.Interactive,
		Platform: platform, Authority: c.Authority, Loopback: c.AuthorityOverridden,
		Getenv: r.Getenv, Transport: way, ReadFile: os.ReadFile, Secret: r.console.Secret, Redact: r.console.Redact,
	})
}

func (r *run) introduce() {
	c := r.config
	title := fmt.Sprintf("publish-offer %s: %s, offer %s", r.Version, c.Command, c.Offer)
	if c.Publisher != "" {
		title += " of publisher " + c.Publisher
	}
	r.console.Group(title)
	say := func(name, value string) {
		if value != "" {
			r.console.Line(ci.Plain, fmt.Sprintf("%-20s %s", name, value))
		}
	}
	say("sign-in", r.identity.Name())
	say("api", string(c.API))
	switch c.Command {
	case publish.Publish, publish.Wait:
		say("until", string(c.Until))
	}
	if c.Command == publish.Publish || c.Command == publish.GoLive {
		say("if-running", string(c.IfRunning))
	}
	say("operation", c.Operation)
	say("notification-emails", strings.Join(c.Emails, ", "))
	say("timeout", input.Brief(c.Timeout))
	if c.DryRun {
		say("dry-run", "nothing will be changed")
	}
	r.console.EndGroup()
}

// chosen takes note of the service that serves the offer.
func (r *run) chosen(api input.API) {
	r.api = api
	r.files.events.Service(string(api))
	r.console.Line(ci.Plain, fmt.Sprintf("%8s  the offer is served by the %s", "", serviceName(api)))
	if api != input.APIPortal && len(r.config.Emails) > 0 {
		r.console.Annotate(ci.Warning, "", "notification-emails is not sent: this API tells the contacts of the Partner Center account")
	}
}

// observe hands an event to the report; an operation that counts as this run's own is written to the outputs first,
// since from here on the runner may die at any moment.
func (r *run) observe(e publish.Event) {
	defer r.files.events.Observe(e)
	switch e := e.(type) {
	case publish.Started:
		r.early(e.Ref, marketplace.Running)
	case publish.Following:
		switch {
		case e.Ref == r.operation: // the order only names it: the service may not know it
			r.early(e.Ref, "")
		case e.Own:
			r.early(e.Ref, marketplace.Running)
		}
	case publish.Rehearsed:
		r.rehearsed(e)
		return
	}
	r.report.Observe(e)
	r.sofar(e)
}

// rehearsed tells what a run would do, and shows the order that it would send first; one that the service does not take is
// what that run would end with.
func (r *run) rehearsed(e publish.Rehearsed) {
	if e.Start.Kind == "" {
		r.report.Observe(e)
		return
	}
	method, target, body, err := r.services.request(e.Start)
	if e.Err = refused(e.Start.Kind, err); e.Err != nil {
		e.Move = publish.MoveRefuse
	}
	r.report.Observe(e)
	switch {
	case e.Err != nil:
		return
	case err != nil:
		r.console.Annotate(ci.Warning, "", "the request cannot be shown: "+err.Error())
		return
	}
	r.console.Line(ci.Plain, method+" "+target)
	if body != "" {
		r.console.Line(ci.Plain, body)
	}
}

// refused is the end of a run whose order fails so before it is sent; nil where that may pass.
func refused(kind marketplace.Kind, err error) *publish.Error {
	if err == nil {
		return nil
	}
	switch marketplace.FaultOf(err) {
	case marketplace.Unsupported:
		if kind == marketplace.GoLive {
			return &publish.Error{Reason: publish.Conflict, Note: publish.NotTold, Err: err}
		}
		return &publish.Error{Reason: publish.Conflict, Note: publish.ByJob, Err: err}
	case marketplace.Forbidden, marketplace.Unauthorized:
		return &publish.Error{Reason: publish.NotAllowed, Err: err}
	}
	return nil
}

// early writes what is known of an operation before the first look at it.
func (r *run) early(ref marketplace.Ref, status marketplace.State) {
	r.complain(r.console.Outputs(r.known(ref, status)))
}

// known are the outputs that are known while the operation runs.
func (r *run) known(ref marketplace.Ref, status marketplace.State) []ci.Output {
	return []ci.Output{{Name: "api", Value: string(r.api)}, {Name: "operation-path", Value: ref.Path},
		{Name: "operation-id", Value: ref.ID}, {Name: "status", Value: string(status)}}
}

// explainer puts the end of this run into words.
func (r *run) explainer() explainer {
	c := r.config
	api := r.api
	if api == "" && c.API != input.APIAuto {
		api = c.API
	}
	return explainer{Config: c, api: string(api), named: c.API != input.APIAuto, byJob: api == input.APIIngestion,
		would: r.report.Rehearsed()}
}

// finish tells how the run ended, on every way out but wrong input.
func (r *run) finish(result publish.Result, e *publish.Error) int {
	code := exit(result, e, r.config)
	end := r.explainer().end(result, e)
	end.Good = code == exitGood
	if e != nil && e.Reason == publish.Declined && end.State == "" {
		end.State = marketplace.NotStarted
	}
	r.report.Close(end)
	r.outputs(end)
	r.close(end, code)
	r.complain(r.console.Summary(r.report.Summary(end)))
	r.console.Close(!end.Good, end.Headline)
	return code
}

// outputs writes all of them.
func (r *run) outputs(end report.End) {
	r.complain(r.console.Outputs(append(r.known(end.Ref, end.State),
		ci.Output{Name: "failed-step", Value: report.FailedStep(end.Details, end.State)},
		ci.Output{Name: "message", Value: end.Message()},
		ci.Output{Name: "elapsed-seconds", Value: strconv.Itoa(int(time.Since(r.began).Seconds()))},
	)))
}

// refuse ends a run whose inputs are wrong: all problems at once, and no request.
func (r *run) refuse(problems input.Problems) int {
	for _, p := range problems {
		r.console.Annotate(ci.Error, "", p.Error())
	}
	end := r.explainer().refused(problems.Error())
	r.report.Advise(end.Hints)
	if !problems.Has("outputs-file") {
		r.outputs(end)
	}
	r.complain(r.console.Summary(r.report.Summary(end)))
	r.console.Close(true, end.Headline)
	return exitInput
}

func (r *run) warn(texts []string) {
	for _, text := range texts {
		r.console.Annotate(ci.Warning, "", text)
	}
}

// complain says that something could not be written; the run goes on.
func (r *run) complain(err error) {
	if err != nil {
		r.console.Annotate(ci.Warning, "", err.Error())
	}
}
