package input

import (
	"slices"
	"strings"
	"time"

	"publish-offer/internal/publish"
)

// Names of rows that the code speaks of.
const (
	commandRow   = "command"
	apiRow       = "api"
	authRow      = "auth"
	clientRow    = "client-id"
	operationRow = "operation"
	pollRow      = "poll-interval"
	maxPollRow   = "max-poll-interval"
)

// defaultTimeout ends a run half an hour before GitHub's limit of six hours a job:
// https://docs.github.com/en/actions/reference/limits
const defaultTimeout = 5*time.Hour + 30*time.Minute

// Row is one input: an input of the action, a flag, and environment names.
type Row struct {
	Name         string   // of the action's input; the flag is the name after "--"
	Env          []string // further names in the environment, the first that is not empty counts
	Default      string   // what holds when nothing is given; empty: nothing, or DefaultNote
	DefaultNote  string   // what holds when nothing is given, where that is not one fixed value; or more about Default
	Required     bool     // whatever else is given
	RequiredNote string   // when it is required, where that depends on other inputs, in Markdown
	Boolean      bool     // the flag alone means true
	Doc          string   // what it is for, in Markdown, one line
	Want         string   // what is allowed, as a problem says it

	words    []string                  // what is allowed, where that is a list
	fallback func(Surroundings) string // the default that the platform decides
	needed   func(Config) bool         // whether the run needs it, where that depends
	set      check
}

// inputVariable is the name under which GitHub's runner passes the input: upper case, hyphens stay.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/Handler.cs
func (r Row) inputVariable() string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(r.Name, " ", "_"))
}

// ways says how the row can be given.
func (r Row) ways() string {
	return "the action's input " + r.Name + ", the flag --" + r.Name + " or the variable " + strings.Join(r.Env, " or ")
}

// rowOf is the row of that name.
func rowOf(name string) Row {
	all := Table()
	return all[slices.IndexFunc(all, func(row Row) bool { return row.Name == name })]
}

// Table is every input, in the order of the documentation.
func Table() []Row {
	const (
		wantOperation = "an operation of this offer, as the output operation-path gave it"
		wantID        = "letters, digits, '-', '_' and '.', the first a letter or digit, at most 50"
		wantGUID      = "a GUID such as 11111111-2222-3333-4444-555555555555"
		wantDuration  = "a time such as 30s, 45m or 5h30m"
		wantFile      = "the path of a file"
	)
	return []Row{
		among(Row{Name: commandRow, Default: "publish", Env: []string{"PUBLISH_OFFER_COMMAND"},
			Doc: "What to do: `publish`, `go-live`, `wait`, `status`, `cancel` or `doctor`. On a command line also the first argument."},
			func(c *Config) *publish.Command { return &c.Command },
			publish.Publish, publish.GoLive, publish.Wait, publish.Status, publish.Cancel, CommandDoctor),
		among(Row{Name: apiRow, Default: string(APIAuto), Env: []string{"PUBLISH_OFFER_API"},
			Doc: "Which publishing API serves the offer: `auto` (ask one after the other), `cloud-partner-portal`, `product-ingestion` or `partner-center-submission`."},
			func(c *Config) *API { return &c.API }, APIAuto, APIPortal, APIIngestion, APISubmission),
		{Name: "publisher-id", RequiredNote: "required by `cloud-partner-portal` and `auto`", needed: portalIn,
			Env:  []string{"PUBLISH_OFFER_PUBLISHER_ID"},
			Doc:  "The publisher's id, as Partner Center shows it under Account settings, Identifiers: letters, digits, `-`, `_`, `.`; at most 50.",
			Want: wantID,
			set:  matches(func(c *Config) *string { return &c.Publisher }, idPattern)},
		{Name: "offer-id", Required: true, Env: []string{"PUBLISH_OFFER_OFFER_ID"},
			Doc:  "The offer's id (not its display name): letters, digits, `-`, `_`, `.`; at most 50.",
			Want: wantID,
			set:  matches(func(c *Config) *string { return &c.Offer }, idPattern)},
		{Name: "notification-emails", Env: []string{"PUBLISH_OFFER_NOTIFICATION_EMAILS"},
			Doc:  "Addresses that the service tells about the progress, separated by commas or one a line.",
			Want: "bare addresses such as ann@example.com, separated by commas or one a line",
			set:  emails},
		{Name: "tenant-id", Required: true, Env: []string{"AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"},
			Doc:  "The Entra tenant of the app: its GUID or a domain.",
			Want: wantGUID + ", or a domain such as contoso.onmicrosoft.com",
			set:  matches(func(c *Config) *string { return &c.Tenant }, guidPattern+"|"+domainPattern)},
		{Name: clientRow, RequiredNote: "required (not with `auth: azure-cli`)",
			Env:    []string{"AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"},
			needed: func(c Config) bool { return c.Auth != AuthAzureCLI },
			Doc:    "The GUID (application id) of the app that has the federated credential.",
			Want:   wantGUID,
			set:    matches(func(c *Config) *string { return &c.Client }, guidPattern)},
		among(Row{Name: authRow, Default: "auto", Env: []string{"PUBLISH_OFFER_AUTH"},
			Doc: "How to sign in: `auto` (the platform decides), `github`, `azure-pipelines`, `id-token`, `token-file` or `azure-cli` (a laptop; never chosen by `auto`)."},
			func(c *Config) *Auth { return &c.Auth }, AuthAuto, AuthGitHub, AuthAzurePipelines, AuthIDToken, AuthTokenFile, AuthAzureCLI),
		{Name: "service-connection-id", Env: []string{"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"},
			Doc:  "The id of the Azure Resource Manager service connection, for `azure-pipelines`.",
			Want: "the connection's id, not its display name: letters, digits, '-', '_' and '.'",
			set:  matches(func(c *Config) *string { return &c.ServiceConnection }, idPattern)},
		among(Row{Name: "until", Default: "preview", Env: []string{"PUBLISH_OFFER_UNTIL"},
			Doc: "How far to follow: `accepted` (do not wait), `preview` or `live`. With `publish`, `live` also presses Go live, once."},
			func(c *Config) *publish.Goal { return &c.Until }, publish.Accepted, publish.Preview, publish.Live),
		among(Row{Name: "if-running", Default: "fail", Env: []string{"PUBLISH_OFFER_IF_RUNNING"},
			Doc: "When another operation runs on the offer: `fail`, `adopt` it as ours, `wait` for its end and then start, or `cancel` it and then start."},
			func(c *Config) *publish.IfRunning { return &c.IfRunning }, publish.Fail, publish.Adopt, publish.LetEnd, publish.CancelOther),
		{Name: operationRow, Env: []string{"PUBLISH_OFFER_OPERATION"},
			Doc:  "For `wait`, `status`, `go-live` and `cancel`: the operation, as the output `operation-path` gave it; for `cloud-partner-portal` also its GUID.",
			Want: wantOperation,
			set:  func(c *Config, value string) string { c.Operation = value; return "" }},
		{Name: "timeout", Env: []string{"PUBLISH_OFFER_TIMEOUT"},
			DefaultNote: "what the platform leaves for the job (GitLab, Azure Pipelines), else `5h30m`",
			Doc:         "How long the whole run may take, such as `45m` or `5h30m`. Cut, with a warning, to what the platform leaves for the job.",
			Want:        wantDuration,
			fallback: func(s Surroundings) string {
				if s.TimeLeft > 0 {
					return s.TimeLeft.String()
				}
				return defaultTimeout.String()
			},
			set: duration(func(c *Config) *time.Duration { return &c.Timeout })},
		among(Row{Name: "on-timeout", Default: "fail", Env: []string{"PUBLISH_OFFER_ON_TIMEOUT"},
			Doc: "When the time is up and the operation still runs: `fail` (exit 4) or `continue` (exit 0, status `running`)."},
			func(c *Config) *OnTimeout { return &c.OnTimeout }, OnTimeoutFail, OnTimeoutContinue),
		among(Row{Name: "on-cancel", Default: "leave", Env: []string{"PUBLISH_OFFER_ON_CANCEL"},
			Doc: "When the CI cancels the job: `leave` the operation, or `cancel` it, best effort and only if this run started it."},
			func(c *Config) *OnCancel { return &c.OnCancel }, OnCancelLeave, OnCancelCancel),
		{Name: pollRow, Env: []string{"PUBLISH_OFFER_POLL_INTERVAL"},
			DefaultNote: "`15s`; `1m` with `product-ingestion`, `30s` with `partner-center-submission`",
			Doc:         "First wait between two looks at the operation, such as `30s` or `2m`; at least `1s`.",
			Want:        wantDuration,
			set:         duration(func(c *Config) *time.Duration { return &c.PollInterval })},
		{Name: maxPollRow, DefaultNote: "`5m`", Env: []string{"PUBLISH_OFFER_MAX_POLL_INTERVAL"},
			Doc:  "Longest wait between two looks; waits grow up to it. At least `poll-interval`.",
			Want: wantDuration,
			set:  duration(func(c *Config) *time.Duration { return &c.MaxPollInterval })},
		{Name: "dry-run", Default: "false", Boolean: true, Env: []string{"PUBLISH_OFFER_DRY_RUN"},
			Doc:  "`true`: sign in, read the offer's status and operations, show the request that would be sent; change nothing.",
			Want: "true or false", words: []string{"true", "false"},
			set: boolean(func(c *Config) *bool { return &c.DryRun })},
		{Name: "outputs-file", Env: []string{"PUBLISH_OFFER_OUTPUTS_FILE"},
			DefaultNote: "none; on GitLab `publish-offer.env`",
			Doc:         "Also write the outputs as dotenv lines to this file; never through a symbolic link.",
			Want:        wantFile,
			fallback:    func(s Surroundings) string { return s.OutputsFile },
			set:         file(func(c *Config) *string { return &c.OutputsFile })},
		{Name: "events-file", Env: []string{"PUBLISH_OFFER_EVENTS_FILE"},
			Doc:  "Also write every event as one JSON object per line to this file; never through a symbolic link. Not for `doctor`.",
			Want: wantFile,
			set:  file(func(c *Config) *string { return &c.EventsFile })},
		{Name: "junit-file", Env: []string{"PUBLISH_OFFER_JUNIT_FILE"},
			Doc:  "Also write the steps as JUnit XML to this file, so that the platform shows them as tests; never through a symbolic link. Not for `doctor`.",
			Want: wantFile,
			set:  file(func(c *Config) *string { return &c.JUnitFile })},
	}
}

// portalIn tells that the run may come to call the Cloud Partner Portal API, the only one that wants a publisher.
func portalIn(c Config) bool {
	if c.API == APIIngestion || c.API == APISubmission {
		return false
	}
	named := c.Operation != "" && len(c.Services) == 1
	return !named || c.Services[0].API == APIPortal
}

// Verb is a command and what it does.
type Verb struct {
	Name publish.Command
	Doc  string // Markdown, one line
}

// Commands is every command, in the order of the documentation.
func Commands() []Verb {
	return []Verb{
		{publish.Publish, "Start the publish and follow it up to `until`."},
		{publish.GoLive, "Go live with a preview that waits for publisher sign-off, and follow it until live."},
		{publish.Wait, "Start nothing. Follow the given `operation`, or the one now running, up to `until`."},
		{publish.Status, "Look once: offer status, running operation, steps. Exits with 0 whatever they are."},
		{publish.Cancel, "Cancel what runs on the offer, and follow it until the service says that it is canceled."},
		{CommandDoctor, "Check the whole setup without changing anything; name the first problem and how to fix it."},
	}
}

// Output is one output of a run.
type Output struct {
	Name string
	Doc  string // Markdown, one line
}

// Outputs is every output, in the order of the documentation.
func Outputs() []Output {
	return []Output{
		{"api", "The service that this run used: `cloud-partner-portal`, `product-ingestion` or `partner-center-submission`; empty if none was reached."},
		{"operation-path", "The path of the operation followed last, relative to the endpoint: what `operation` takes."},
		{"operation-id", "Its GUID or number, where the path carries one."},
		{"status", "`notStarted`, `running`, `waitingForPublisherReview`, `succeeded`, `failed` or `canceled`; empty if nothing is known."},
		{"failed-step", "Name of the step that failed, was rejected or is blocked; else empty."},
		{"message", "One line of plain text: why it failed, or what it waits for."},
		{"elapsed-seconds", "Whole seconds from start to end."},
	}
}

// Variable is what only the environment gives: for tests, never an input of the action.
type Variable struct {
	Name    string
	Default string
	Doc     string
	Want    string
}

// Variables is every environment-only setting.
func Variables() []Variable {
	var list []Variable
	for _, d := range defaults() {
		list = append(list, Variable{
			Name: d.variable, Default: d.endpoint,
			Doc:  d.doc + "; for tests. Needs a loopback `AZURE_AUTHORITY_HOST` too.",
			Want: "a loopback address such as http://127.0.0.1:8080, or " + d.endpoint,
		})
	}
	return append(list, Variable{
		Name: authorityVariable, Default: defaultAuthority,
		Doc:  "Where to sign in: a Microsoft login host, or a loopback address for tests.",
		Want: "https and one of " + oneOf(loginHosts()) + ", or a loopback address such as https://127.0.0.1:8443",
	})
}
