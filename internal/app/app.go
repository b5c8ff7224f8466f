// Package app is the program: it reads the inputs, signs in, has the offer published and followed, and says how it went.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
	config   input.Config
	kind     ci.Kind
	console  *ci.Console
	report   *report.Report
	identity *identity.Credential
	began    time.Time
	files    files
	seen     string // what the summary shows
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
		Operation: func(endpoint func(input.API) *url.URL, publisher, offer, text string) (input.API, string, error) {
			path, err := marketplace.OperationPath(endpoint(input.APIPortal), publisher, offer, text)
			return input.APIPortal, path, err
		},
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
		r.console.Redact(p.Getenv(name))
	}
	r.report = report.New(report.Subject{Publisher: r.config.Publisher, Offer: r.config.Offer, Began: r.began, CarryOn: r.handOver, Workflow: r.kind == ci.GitHub}, screen{r.console})
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
	for _, w := range r.config.Warnings {
		r.console.Annotate(ci.Warning, "", w)
	}
	return r.main(ctx)
}

// main is the story on one screen: sign in, start or adopt, follow, tell.
func (r *run) main(ctx context.Context) int {
	c := r.config
	r.files.events.Begin("publish-offer "+r.Version, string(c.Command), c.Publisher, c.Offer)
	way := door{r.Transport, r.console.Debug}
	var err error
	r.identity, err = r.signer(way, r.console.Secret)
	if err != nil {
		return r.finish(publish.Result{}, &publish.Error{Reason: publish.NotAllowed, Err: err})
	}
	r.introduce()
	service := r.service(way, r.identity)
	first, most := c.Intervals(input.APIPortal)
	result, err := publish.Run(ctx, guarded{service, r.Starts}, publish.Order{
		Command: c.Command, Emails: c.Emails, Goal: c.Until, IfRunning: c.IfRunning,
		Operation: c.Operation, DryRun: c.DryRun,
		Timeout: c.Timeout, PollInterval: first, MaxPollInterval: most, Jitter: r.Jitter,
		CancelOnSignal: c.OnCancel == input.OnCancelCancel, SignInEnds: r.identity.AssertionEnd(),
	}, func(e publish.Event) { r.observe(e, service) })
	var e *publish.Error
	errors.As(err, &e)
	return r.finish(result, e)
}

// signer is the credential of the way to sign in that the inputs and the platform choose.
func (r *run) signer(way http.RoundTripper, secret func(string)) (*identity.Credential, error) {
	c := r.config
	return identity.New(identity.Config{
		Auth: string(c.Auth), Tenant: c.Tenant, Client: c.Client, ServiceConnection: c.ServiceConnection, Interactive: r.Interactive,
		Platform: platformOf(r.kind), Authority: c.Authority, Loopback: c.AuthorityOverridden,
		Getenv: r.Getenv, Transport: way, ReadFile: os.ReadFile, Secret: secret, Redact: r.console.Redact,
	})
}

func (r *run) service(way http.RoundTripper, credential *identity.Credential) *marketplace.Client {
	c := r.config
	return marketplace.New(marketplace.Options{
		Endpoint: c.Services[0].Endpoint, Publisher: c.Publisher, Offer: c.Offer, Credential: credential,
		Transport: way, Clean: r.console.Clean, Version: r.Version,
	})
}

func (r *run) introduce() {
	c := r.config
	r.console.Group(fmt.Sprintf("publish-offer %s: %s, offer %s of publisher %s", r.Version, c.Command, c.Offer, c.Publisher))
	say := func(name, value string) {
		if value != "" {
			r.console.Line(ci.Plain, fmt.Sprintf("%-20s %s", name, value))
		}
	}
	say("sign-in", r.identity.Name())
	switch c.Command {
	case publish.Publish, publish.Wait:
		say("until", string(c.Until))
	}
	if c.Command == publish.Publish || c.Command == publish.GoLive {
		say("if-running", string(c.IfRunning))
	}
	say("operation", c.Operation)
	say("notification-emails", strings.Join(c.Emails, ", "))
	say("timeout", brief(c.Timeout))
	if c.DryRun {
		say("dry-run", "nothing will be changed")
	}
	r.console.EndGroup()
}

// observe hands an event to the report; an operation that counts as this run's own is written to the outputs first,
// since from here on the runner may die at any moment.
func (r *run) observe(e publish.Event, service *marketplace.Client) {
	defer r.files.events.Observe(e)
	switch e := e.(type) {
	case publish.Started:
		r.early(e.Path)
	case publish.Following:
		if e.Own {
			r.early(e.Path)
		}
	case publish.Rehearsed:
		r.report.Observe(e)
		if e.Sends != "" {
			method, target, body := service.Request(e.Sends, r.config.Emails)
			r.console.Line(ci.Plain, method+" "+target)
			if body != "" {
				r.console.Line(ci.Plain, body)
			}
		}
		return
	}
	r.report.Observe(e)
	r.sofar(e)
}

func (r *run) early(path string) {
	r.complain(r.console.Outputs([]ci.Output{
		{Name: "operation-path", Value: path},
		{Name: "operation-id", Value: marketplace.OperationID(path)},
		{Name: "status", Value: string(marketplace.Running)},
	}))
}

// finish tells how the run ended, on every way out but wrong input.
func (r *run) finish(result publish.Result, e *publish.Error) int {
	code := exit(e, r.config)
	end := r.explain(result, e)
	end.Good = code == exitGood
	if !end.Good {
		text := end.Headline
		if end.Why != "" {
			text += ": " + end.Why
		}
		r.console.Annotate(ci.Error, "", text)
	} else {
		r.console.Line(ci.Good, end.Headline)
	}
	for _, h := range end.Hints {
		r.console.Line(ci.Plain, "hint: "+h)
	}
	starts := r.config.Command == publish.Publish || r.config.Command == publish.GoLive
	if result.State == "" && (e == nil || !e.MayRun) && starts {
		result.State = marketplace.NotStarted
	}
	message := end.Why
	if message == "" {
		message = end.Headline
	}
	r.outputs(result, message)
	r.close(end, result.State, code)
	r.complain(r.console.Summary(r.report.Summary(end)))
	r.console.Close(!end.Good, end.Headline)
	return code
}

// outputs writes all of them.
func (r *run) outputs(result publish.Result, message string) {
	r.complain(r.console.Outputs([]ci.Output{
		{Name: "operation-path", Value: result.Path},
		{Name: "operation-id", Value: marketplace.OperationID(result.Path)},
		{Name: "status", Value: string(result.State)},
		{Name: "failed-step", Value: report.FailedStep(result.Operation)},
		{Name: "message", Value: message},
		{Name: "elapsed-seconds", Value: strconv.Itoa(int(time.Since(r.began).Seconds()))},
	}))
}

// refuse ends a run whose inputs are wrong: all problems at once, and no request.
func (r *run) refuse(problems input.Problems) int {
	for _, p := range problems {
		r.console.Annotate(ci.Error, "", p.Error())
	}
	end := report.End{Headline: "wrong input, nothing was sent", Why: problems.Error()}
	end.Hints = []string{"mend each of them; `publish-offer --help` lists every input and what it takes"}
	for _, h := range end.Hints {
		r.console.Line(ci.Plain, "hint: "+h)
	}
	if !problems.Has("outputs-file") {
		r.outputs(publish.Result{State: marketplace.NotStarted}, strings.ReplaceAll(end.Why, "\n", "; "))
	}
	r.complain(r.console.Summary(r.report.Summary(end)))
	r.console.Close(true, end.Headline)
	return exitInput
}

// complain says that something could not be written; the run goes on.
func (r *run) complain(err error) {
	if err != nil {
		r.console.Annotate(ci.Warning, "", err.Error())
	}
}

func platformOf(k ci.Kind) string {
	switch k {
	case ci.GitHub:
		return "github"
	case ci.AzurePipelines:
		return "azure-pipelines"
	case ci.GitLab:
		return "gitlab"
	}
	return ""
}

// screen lets the report write to the console: neither knows the other.
type screen struct{ *ci.Console }

func (s screen) Line(t report.Tone, text string) { s.Console.Line(ci.Tone(t), text) }

func (s screen) Annotate(l report.Level, title, text string) {
	s.Console.Annotate(ci.Level(l), title, text)
}
