// Package input turns the command line and the environment of a run into one checked configuration. One table (table.go) is
// the source of the flags, the environment names, the checks, the help text and the blocks of README.md and action.yml.
package input

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/publish"
)

// CommandDoctor is the one command that package publish does not carry out.
const CommandDoctor publish.Command = "doctor"

// API is one of the publishing APIs, or the wish to find the one that serves the offer.
type API string

// The services, in the order in which APIAuto asks them.
const (
	APIAuto       API = "auto"
	APIPortal     API = "cloud-partner-portal"
	APIIngestion  API = "product-ingestion"
	APISubmission API = "partner-center-submission"
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

// Auth is how a run signs in.
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

// Service is a publishing API that a run may call.
type Service struct {
	API        API
	Endpoint   *url.URL // scheme and host only
	Overridden bool     // Endpoint is a loopback address
}

// Config is everything that a run was told. A field whose value was refused is zero; Problems.Has tells which ones those
// are.
type Config struct {
	Command           publish.Command
	API               API       // as it was named
	Services          []Service // those that the run may call, in the order in which to ask them; the one that api or operation names
	Others            []Service // for CommandDoctor: those that it may call besides
	Publisher         string    // empty: not given, and no service in Services needs it
	Offer             string
	Emails            []string // bare addresses, each once; nil: none were given
	Tenant            string   // GUID or domain
	Client            string   // GUID; empty with AuthAzureCLI, if none was given
	Auth              Auth
	ServiceConnection string // empty: none was given
	Until             publish.Goal
	IfRunning         publish.IfRunning
	Operation         string        // as Surroundings.Operation normalised it; empty: none was given
	Timeout           time.Duration // of the whole run
	TimeoutCut        bool          // the platform leaves less than was asked for; a warning says so
	OnTimeout         OnTimeout
	OnCancel          OnCancel
	PollInterval      time.Duration // 0: not given, and the service decides; see Intervals
	MaxPollInterval   time.Duration // 0: not given; see Intervals
	DryRun            bool
	OutputsFile       string // empty: none
	EventsFile        string // empty: none
	JUnitFile         string // empty: none

	Overridden          bool   // a test run: Services are loopback addresses
	Authority           string // https URL of scheme and host only, ends in "/"
	AuthorityOverridden bool   // Authority is a loopback address: no instance discovery

	Help     bool     // print Usage; nothing else was checked
	Bare     bool     // with Help: nobody asked for it, so the exit code is that of wrong input
	Version  bool     // print the version and end well; nothing else was checked
	Warnings []string // sentences for the log, in no platform's markup
}

// Surroundings is what the CI platform and the services' clients contribute.
type Surroundings struct {
	// TimeLeft is the time that the platform leaves to the run: default and upper bound of the timeout. 0 means unknown;
	// below 0 means that it is over already.
	TimeLeft time.Duration
	// OutputsFile is the platform's default for outputs-file.
	OutputsFile string
	// Interactive tells that a person at a terminal started the program.
	Interactive bool
	// Operation tells by the shape of the value of operation which service it belongs to, checks it against that service's
	// endpoint, the publisher and the offer, and gives it back in the form that the service's client takes. The API is to be
	// filled in as soon as the shape tells it, whatever the error. Nil takes every value as it is, for the first service.
	Operation func(endpoint func(API) *url.URL, publisher, offer, value string) (API, string, error)
}

// given is a value and where it came from.
type given struct{ value, source string }

// run is the state of one Parse.
type run struct {
	words    words
	getenv   func(string) string
	around   Surroundings
	given    map[string]given // what was given, by row; defaults are not in it
	services []Service        // every service whose endpoint is good
	config   Config
	problems Problems
}

// Parse reads the arguments (without the program's name) and the environment. It reports every problem at once; as long as
// there is one, no request may be sent with the Config, whose good values are filled in nevertheless.
func Parse(args []string, getenv func(string) string, s Surroundings) (Config, Problems) {
	r := run{words: scan(args), getenv: getenv, around: s, given: make(map[string]given)}
	// A runner that hands its shell to the binary as arguments (`bash --version`) must not look green.
	asked := r.words.help || r.words.version
	verb, said := r.words.flags[commandRow]
	sane := !said || slices.Contains(rowOf(commandRow).words, verb.value)
	if asked && len(r.words.problems) == 0 && sane {
		return Config{Help: r.words.help, Version: r.words.version}, nil
	}
	_, commanded := r.lookup(rowOf(commandRow))
	if s.Interactive && len(args) == 0 && !commanded {
		return Config{Help: true, Bare: true}, nil
	}
	r.problems = r.words.problems
	r.endpoints()
	for _, row := range Table() {
		r.fill(row)
	}
	r.reachable()
	r.operation()
	r.required()
	r.intervals()
	r.timeout()
	r.files()
	r.sort()
	return r.config, r.problems
}

// sort puts the problems into the order of the documentation: the command line's, the variables', the rows'.
func (r *run) sort() {
	place := map[string]int{}
	for i, row := range Table() {
		place[row.Name] = i + 1
	}
	found := r.problems[len(r.words.problems):]
	slices.SortStableFunc(found, func(a, b Problem) int { return cmp.Compare(place[a.Name], place[b.Name]) })
}

// fill finds the value of one row, checks it and puts it into the configuration.
func (r *run) fill(row Row) {
	if r.problems.Has(row.Name) {
		return // the command line's own mistakes; the value would only be a guess
	}
	g, ok := r.lookup(row)
	if ok {
		r.given[row.Name] = g
	} else {
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
		r.problems.refuse(row.Name, g, why, row.Want).Meant = nearest(g.value, row.words)
	}
}

// required reports what was not given and is needed, now that everything else is known.
func (r *run) required() {
	for _, row := range Table() {
		_, ok := r.given[row.Name]
		needed := row.Required
		if !needed && row.needed != nil {
			needed = row.needed(r.config)
		}
		if ok || !needed || r.problems.Has(row.Name) {
			continue
		}
		why := "is not given (" + row.ways() + ")"
		if row.Name == clientRow && r.around.Interactive {
			why += "; with `--auth azure-cli` none is needed, and the Azure CLI's own sign-in is used"
		}
		r.problems.refuse(row.Name, given{}, why, row.Want).Missing = true
	}
}

// lookup goes through the places where a row's value may stand. An empty variable means unset.
func (r *run) lookup(row Row) (given, bool) {
	if g, ok := r.words.flags[row.Name]; ok {
		return g, true
	}
	for _, name := range append([]string{row.inputVariable()}, row.Env...) {
		if g, ok := r.variable(name); ok {
			return g, true
		}
	}
	return given{}, false
}

// variable reads one environment variable. White space around a value is dropped, as GitHub's toolkit does:
// https://github.com/actions/toolkit/tree/main/packages/core#inputsoutputs
func (r *run) variable(name string) (given, bool) {
	value := trim(r.getenv(name))
	return given{value, name}, value != ""
}

// nearest is the word that was probably meant; "" where none is near.
func nearest(value string, words []string) string {
	normal := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s))
	}
	value = normal(value)
	best, least := "", 2+len(value)/4
	if value == "" || len(value) > shownRunes {
		return ""
	}
	for _, word := range words {
		if d := distance(value, normal(word)); d < least {
			best, least = word, d
		}
	}
	return best
}

// distance is how many letters have to be put in, taken out or changed: Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
