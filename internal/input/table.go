package input

import (
	"strings"
	"time"
)

// commandRow is the row that the first argument fills.
const commandRow = "command"

// defaultTimeout ends a run half an hour before GitHub's limit of six hours a job:
// https://docs.github.com/en/actions/reference/limits
const defaultTimeout = 5*time.Hour + 30*time.Minute

// Row is one input: an input of the action, a flag, and environment names.
type Row struct {
	Name        string   // of the action's input; the flag is the name after "--"
	Env         []string // further names in the environment, the first that is not empty counts
	Default     string   // what holds when nothing is given; empty: nothing, or DefaultNote
	DefaultNote string   // what holds when nothing is given, where that is not one fixed value
	Required    bool
	Boolean     bool   // the flag alone means true
	Doc         string // what it is for, in Markdown, one line
	Want        string // what is allowed, as a problem says it

	fallback func(Surroundings) string // the default that the platform decides
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

// Table is every input, in the order of the documentation.
func Table() []Row {
	const (
		wantID       = "letters, digits, '-', '_' and '.', the first a letter or digit, at most 50"
		wantGUID     = "a GUID such as 11111111-2222-3333-4444-555555555555"
		wantDuration = "a Go duration above zero, such as 45m or 5h30m"
		wantFile     = "the path of a file"
	)
	var (
		commands  = []Command{CommandPublish, CommandGoLive, CommandWait, CommandStatus, CommandCancel, CommandDoctor}
		auths     = []Auth{AuthAuto, AuthGitHub, AuthAzurePipelines, AuthIDToken, AuthTokenFile, AuthAzureCLI}
		untils    = []Until{UntilAccepted, UntilPreview, UntilLive}
		ifRunning = []IfRunning{IfRunningFail, IfRunningAdopt, IfRunningWait, IfRunningCancel}
		onTimeout = []OnTimeout{OnTimeoutFail, OnTimeoutContinue}
		onCancel  = []OnCancel{OnCancelLeave, OnCancelCancel}
	)
	return []Row{
		{
			Name: commandRow, Default: "publish", Env: []string{"PUBLISH_OFFER_COMMAND"},
			Doc:  "What to do: `publish`, `go-live`, `wait`, `status`, `cancel` or `doctor`. On a command line also the first argument.",
			Want: oneOf(commands...),
			set:  choice(func(c *Config) *Command { return &c.Command }, commands...),
		},
		{
			Name: "publisher-id", Required: true, Env: []string{"PUBLISH_OFFER_PUBLISHER_ID"},
			Doc:  "The publisher's id, as the offer's address in Partner Center shows it: letters, digits, `-`, `_`, `.`; at most 50.",
			Want: wantID,
			set:  matches(func(c *Config) *string { return &c.Publisher }, idPattern),
		},
		{
			Name: "offer-id", Required: true, Env: []string{"PUBLISH_OFFER_OFFER_ID"},
			Doc:  "The offer's id (not its display name): letters, digits, `-`, `_`, `.`; at most 50.",
			Want: wantID,
			set:  matches(func(c *Config) *string { return &c.Offer }, idPattern),
		},
		{
			Name: "notification-emails", Env: []string{"PUBLISH_OFFER_NOTIFICATION_EMAILS"},
			Doc:  "Addresses that the service tells about the progress, separated by commas or one a line.",
			Want: "bare addresses such as ann@example.com, separated by commas or one a line",
			set:  emails,
		},
		{
			Name: "tenant-id", Required: true, Env: []string{"AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"},
			Doc:  "The Entra tenant of the app: its GUID or a domain.",
			Want: wantGUID + ", or a domain such as contoso.onmicrosoft.com",
			set:  matches(func(c *Config) *string { return &c.Tenant }, guidPattern+"|"+domainPattern),
		},
		{
			Name: "client-id", Required: true, Env: []string{"AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"},
			Doc:  "The GUID (application id) of the app that has the federated credential.",
			Want: wantGUID,
			set:  matches(func(c *Config) *string { return &c.Client }, guidPattern),
		},
		{
			Name: "auth", Default: "auto", Env: []string{"PUBLISH_OFFER_AUTH"},
			Doc:  "Who vouches for the run: `auto` (the platform decides), `github`, `azure-pipelines`, `id-token`, `token-file` or `azure-cli` (a laptop; never chosen by `auto`).",
			Want: oneOf(auths...),
			set:  choice(func(c *Config) *Auth { return &c.Auth }, auths...),
		},
		{
			Name: "service-connection-id", Env: []string{"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"},
			Doc:  "The id of the Azure Resource Manager service connection, for `azure-pipelines`.",
			Want: "the connection's id, not its display name: letters, digits, '-', '_' and '.'",
			set:  matches(func(c *Config) *string { return &c.ServiceConnection }, idPattern),
		},
		{
			Name: "until", Default: "preview", Env: []string{"PUBLISH_OFFER_UNTIL"},
			Doc:  "How far to follow: `accepted` (do not wait), `preview` or `live`. With `publish`, `live` also presses Go live, once.",
			Want: oneOf(untils...),
			set:  choice(func(c *Config) *Until { return &c.Until }, untils...),
		},
		{
			Name: "if-running", Default: "fail", Env: []string{"PUBLISH_OFFER_IF_RUNNING"},
			Doc:  "When another operation runs on the offer: `fail`, `adopt` it as ours, `wait` for its end and then start, or `cancel` it and then start.",
			Want: oneOf(ifRunning...),
			set:  choice(func(c *Config) *IfRunning { return &c.IfRunning }, ifRunning...),
		},
		{
			Name: "operation", Env: []string{"PUBLISH_OFFER_OPERATION"},
			Doc:  "For `wait` and `status` only: the operation to look at, as the output `operation-path` gave it, or its GUID.",
			Want: "an operation of this publisher and offer, as the output operation-path gave it, or its GUID",
			set:  func(c *Config, value string) string { c.Operation = value; return "" },
		},
		{
			Name: "timeout", Env: []string{"PUBLISH_OFFER_TIMEOUT"},
			DefaultNote: "what the platform leaves for the job (GitLab, Azure Pipelines), else `5h30m`",
			Doc:         "End of the whole run, a Go duration. Cut, with a warning, to what the platform leaves for the job.",
			Want:        wantDuration,
			fallback: func(s Surroundings) string {
				if s.TimeLeft > 0 {
					return s.TimeLeft.String()
				}
				return defaultTimeout.String()
			},
			set: duration(func(c *Config) *time.Duration { return &c.Timeout }),
		},
		{
			Name: "on-timeout", Default: "fail", Env: []string{"PUBLISH_OFFER_ON_TIMEOUT"},
			Doc:  "When the time is up and the operation still runs: `fail` (exit 4) or `continue` (exit 0, status `running`).",
			Want: oneOf(onTimeout...),
			set:  choice(func(c *Config) *OnTimeout { return &c.OnTimeout }, onTimeout...),
		},
		{
			Name: "on-cancel", Default: "leave", Env: []string{"PUBLISH_OFFER_ON_CANCEL"},
			Doc:  "When the CI cancels the job: `leave` the operation, or `cancel` it, best effort and only if this run started it.",
			Want: oneOf(onCancel...),
			set:  choice(func(c *Config) *OnCancel { return &c.OnCancel }, onCancel...),
		},
		{
			Name: pollRow, Default: "15s", Env: []string{"PUBLISH_OFFER_POLL_INTERVAL"},
			Doc:  "First wait between two looks at the operation, a Go duration, at least `1s`.",
			Want: wantDuration,
			set:  duration(func(c *Config) *time.Duration { return &c.PollInterval }),
		},
		{
			Name: maxPollRow, Default: "5m", Env: []string{"PUBLISH_OFFER_MAX_POLL_INTERVAL"},
			Doc:  "The waits grow up to this, a Go duration, at least `poll-interval`.",
			Want: wantDuration,
			set:  duration(func(c *Config) *time.Duration { return &c.MaxPollInterval }),
		},
		{
			Name: "dry-run", Default: "false", Boolean: true, Env: []string{"PUBLISH_OFFER_DRY_RUN"},
			Doc:  "`true`: sign in, read the offer's status and operations, show the request that would be sent; change nothing.",
			Want: "true or false",
			set:  boolean(func(c *Config) *bool { return &c.DryRun }),
		},
		{
			Name: "outputs-file", Env: []string{"PUBLISH_OFFER_OUTPUTS_FILE"},
			DefaultNote: "none; on GitLab `publish-offer.env`",
			Doc:         "Also write the outputs as dotenv lines to this file; never through a symbolic link.",
			Want:        wantFile,
			fallback:    func(s Surroundings) string { return s.OutputsFile },
			set:         file(func(c *Config) *string { return &c.OutputsFile }),
		},
		{
			Name: "events-file", Env: []string{"PUBLISH_OFFER_EVENTS_FILE"},
			Doc:  "Also write every event as one JSON object per line to this file; never through a symbolic link. Not for `doctor`.",
			Want: wantFile,
			set:  file(func(c *Config) *string { return &c.EventsFile }),
		},
		{
			Name: "junit-file", Env: []string{"PUBLISH_OFFER_JUNIT_FILE"},
			Doc:  "Also write the steps as JUnit XML to this file, so that the platform shows them as tests; never through a symbolic link. Not for `doctor`.",
			Want: wantFile,
			set:  file(func(c *Config) *string { return &c.JUnitFile }),
		},
	}
}

// Verb is a command and what it does.
type Verb struct {
	Name Command
	Doc  string // Markdown, one line
}

// Commands is every command, in the order of the documentation.
func Commands() []Verb {
	return []Verb{
		{CommandPublish, "start the publish, follow it as far as `until` says"},
		{CommandGoLive, "start go-live for an offer that waits for publisher sign-off, follow it until live"},
		{CommandWait, "start nothing; follow the operation that `operation` names, or the one that runs on the offer, as far as `until` says"},
		{CommandStatus, "one look, read only: offer status, running operation, steps; exit 0 whatever they are"},
		{CommandCancel, "cancel what runs on the offer, and follow it until the service says that it is canceled"},
		{CommandDoctor, "check the whole set-up, change nothing, say what to mend"},
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
		{"operation-path", "The path of the operation followed last, relative to the endpoint: what `operation` takes."},
		{"operation-id", "Its GUID, where the path ends in one."},
		{"status", "`notStarted`, `running`, `waitingForPublisherReview`, `succeeded`, `failed` or `canceled`."},
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
	return []Variable{
		{
			Name: endpointVariable, Default: defaultEndpoint,
			Doc:  "Where the service is; for tests. Needs a loopback `AZURE_AUTHORITY_HOST` too.",
			Want: "a loopback address such as http://127.0.0.1:8080, or " + defaultEndpoint,
		},
		{
			Name: authorityVariable, Default: defaultAuthority,
			Doc:  "Where to sign in: a Microsoft login host, or a loopback address for tests.",
			Want: "https and one of " + oneOf(loginHosts()...) + ", or a loopback address such as https://127.0.0.1:8443",
		},
	}
}
