// Package input turns the command line and the environment of a run into one checked
// configuration. One table (table.go) is the source of the flags, the environment names,
// the checks, the help text and the blocks of README.md and action.yml.
package input

import (
	"net/url"
	"time"
)

// Command is the verb of a run.
type Command string

// The commands; Commands says what each does.
const (
	CommandPublish Command = "publish"
	CommandGoLive  Command = "go-live"
	CommandWait    Command = "wait"
	CommandStatus  Command = "status"
	CommandCancel  Command = "cancel"
	CommandDoctor  Command = "doctor"
)

// Until is how far a run follows an operation.
type Until string

// The goals of a run.
const (
	UntilAccepted Until = "accepted" // do not wait
	UntilPreview  Until = "preview"  // the publisher's sign-off is due
	UntilLive     Until = "live"
)

// IfRunning is what publish and go-live do when another operation runs.
type IfRunning string

// The answers to a running operation.
const (
	IfRunningFail   IfRunning = "fail"
	IfRunningAdopt  IfRunning = "adopt"
	IfRunningWait   IfRunning = "wait"
	IfRunningCancel IfRunning = "cancel"
)

// OnTimeout is how a run ends when its time is up and the operation still runs.
type OnTimeout string

// The endings at the timeout.
const (
	OnTimeoutFail     OnTimeout = "fail"
	OnTimeoutContinue OnTimeout = "continue"
)

// OnCancel is what becomes of the operation when the CI cancels the job.
type OnCancel string

// The endings at a signal.
const (
	OnCancelLeave  OnCancel = "leave"
	OnCancelCancel OnCancel = "cancel"
)

// Auth is where the assertion comes from that proves who the run is.
type Auth string

// The ways to sign in.
const (
	AuthAuto           Auth = "auto"
	AuthGitHub         Auth = "github"
	AuthAzurePipelines Auth = "azure-pipelines"
	AuthIDToken        Auth = "id-token"
	AuthTokenFile      Auth = "token-file"
	AuthAzureCLI       Auth = "azure-cli"
)

// Config is everything that a run was told. A field whose value was refused is zero
// (Endpoint: nil); Problems.Has tells which ones those are.
type Config struct {
	Command           Command
	Publisher         string
	Offer             string
	Emails            []string // bare addresses, each once; nil: none were given
	Tenant            string   // GUID or domain
	Client            string   // GUID
	Auth              Auth
	ServiceConnection string // empty: none was given
	Until             Until
	IfRunning         IfRunning
	Operation         string        // as Surroundings.Operation normalised it; empty: none was given
	Timeout           time.Duration // of the whole run
	TimeoutCut        bool          // the platform leaves less than was asked for; a warning says so
	OnTimeout         OnTimeout
	OnCancel          OnCancel
	PollInterval      time.Duration // first wait between looks
	MaxPollInterval   time.Duration // never below PollInterval
	DryRun            bool
	OutputsFile       string // empty: none
	EventsFile        string // empty: none
	JUnitFile         string // empty: none

	Endpoint            *url.URL // scheme and host only
	EndpointOverridden  bool     // Endpoint is a loopback address
	Authority           string   // https URL of scheme and host only, ends in "/"
	AuthorityOverridden bool     // Authority is a loopback address: no instance discovery

	Help     bool     // print Usage and end well; nothing else was checked
	Version  bool     // print the version and end well; nothing else was checked
	Warnings []string // sentences for the log, in no platform's markup
}

// Surroundings is what the CI platform and the service's client contribute.
type Surroundings struct {
	// TimeLeft is the time that the platform leaves to the run: default and upper bound of
	// the timeout. 0 means unknown; below 0 means that it is over already.
	TimeLeft time.Duration
	// OutputsFile is the platform's default for outputs-file.
	OutputsFile string
	// Operation checks the value of operation against the endpoint, publisher and offer, and
	// gives it back in the form that the client takes. Nil takes every value as it is.
	Operation func(endpoint *url.URL, publisher, offer, value string) (string, error)
}

// given is a value and where it came from.
type given struct{ value, source string }

// run is the state of one Parse.
type run struct {
	words    words
	getenv   func(string) string
	around   Surroundings
	given    map[string]given // what was given, by row; defaults are not in it
	config   Config
	problems Problems
}

// Parse reads the arguments (without the program's name) and the environment. It reports
// every problem at once; as long as there is one, no request may be sent with the Config,
// whose good values are filled in nevertheless.
func Parse(args []string, getenv func(string) string, s Surroundings) (Config, Problems) {
	r := run{words: scan(args), getenv: getenv, around: s, given: make(map[string]given)}
	// A runner that hands its shell to the binary as arguments (`bash --version`) must not look green.
	if (r.words.help || r.words.version) && len(r.words.problems) == 0 && r.words.sane() {
		return Config{Help: r.words.help, Version: r.words.version}, nil
	}
	r.problems = r.words.problems
	r.endpoints()
	for _, row := range Table() {
		r.fill(row)
	}
	r.operation()
	r.intervals()
	r.timeout()
	r.files()
	return r.config, r.problems
}

// refuse reports a problem with what was given for a row or a variable.
func (r *run) refuse(name string, g given, why, want string) {
	r.problems = append(r.problems, newProblem(name, g, why, want))
}

// fill finds the value of one row, checks it and puts it into the configuration.
func (r *run) fill(row Row) {
	if r.problems.Has(row.Name) {
		return // the command line's own mistakes; the value would only be a guess
	}
	g, ok := r.lookup(row)
	switch {
	case ok:
		r.given[row.Name] = g
	case row.Required:
		r.refuse(row.Name, given{}, "is not given ("+row.ways()+")", row.Want)
		return
	default:
		g = given{row.Default, "the default"}
		if row.fallback != nil {
			g.value = row.fallback(r.around)
		}
		if g.value == "" {
			return
		}
	}
	why := pasted(g.value)
	if why == "" {
		why = row.set(&r.config, g.value)
	}
	if why != "" {
		r.refuse(row.Name, g, why, row.Want)
	}
}

// lookup goes through the places where a row's value may stand. An empty value means unset.
func (r *run) lookup(row Row) (given, bool) {
	if g, ok := r.words.flags[row.Name]; ok && g.value != "" {
		return g, true
	}
	for _, name := range append([]string{row.inputVariable()}, row.Env...) {
		if g, ok := r.variable(name); ok {
			return g, true
		}
	}
	return given{}, false
}

// variable reads one environment variable. White space around a value is dropped, as
// GitHub's toolkit does: https://github.com/actions/toolkit/tree/main/packages/core#inputsoutputs
func (r *run) variable(name string) (given, bool) {
	value := trim(r.getenv(name))
	return given{value, name}, value != ""
}
