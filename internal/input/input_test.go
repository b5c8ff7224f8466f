package input

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	tenant = "11111111-2222-3333-4444-555555555555"
	client = "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee"
)

// required is an environment in which nothing is missing, with changes; a change to "" unsets.
func required(changes map[string]string) func(string) string {
	env := map[string]string{
		"PUBLISH_OFFER_PUBLISHER_ID": "contoso",
		"PUBLISH_OFFER_OFFER_ID":     "contoso-offer",
		"AZURE_TENANT_ID":            tenant,
		"AZURE_CLIENT_ID":            client,
	}
	for name, value := range changes {
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

// parsed fails the test if there are problems.
func parsed(t *testing.T, args []string, env map[string]string, s Surroundings) Config {
	t.Helper()
	config, problems := Parse(args, required(env), s)
	if len(problems) > 0 {
		t.Fatalf("unexpected problems:\n%v", problems)
	}
	return config
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	want := Config{
		Command: CommandPublish, Publisher: "contoso", Offer: "contoso-offer", Tenant: tenant, Client: client,
		Auth: AuthAuto, Until: UntilPreview, IfRunning: IfRunningFail, Timeout: 5*time.Hour + 30*time.Minute,
		OnTimeout: OnTimeoutFail, OnCancel: OnCancelLeave, PollInterval: 15 * time.Second, MaxPollInterval: 5 * time.Minute,
		Endpoint:  &url.URL{Scheme: "https", Host: "cloudpartner.azure.com"},
		Authority: "https://login.microsoftonline.com/",
	}
	if diff := cmp.Diff(want, parsed(t, nil, nil, Surroundings{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEveryInputByEveryWay(t *testing.T) {
	t.Parallel()
	value := map[string]string{
		"command": "wait", "publisher-id": "fabrikam", "offer-id": "Fab.Offer_1", "notification-emails": "a@example.com\n b@example.com\r\n,a@example.com",
		"tenant-id": "fabrikam.onmicrosoft.com", "client-id": tenant, "auth": "id-token", "service-connection-id": client,
		"until": "live", "if-running": "adopt", "operation": "the-operation", "timeout": "1h30m", "on-timeout": "continue",
		"on-cancel": "cancel", "poll-interval": "20s", "max-poll-interval": "1m", "dry-run": "true",
		"outputs-file": "out/a.env", "events-file": "/var/log/events.jsonl", "junit-file": "junit.xml",
	}
	want := Config{
		Command: CommandWait, Publisher: "fabrikam", Offer: "Fab.Offer_1", Emails: []string{"a@example.com", "b@example.com"},
		Tenant: "fabrikam.onmicrosoft.com", Client: tenant, Auth: AuthIDToken, ServiceConnection: client,
		Until: UntilLive, IfRunning: IfRunningAdopt, Operation: "the-operation", Timeout: 90 * time.Minute, OnTimeout: OnTimeoutContinue,
		OnCancel: OnCancelCancel, PollInterval: 20 * time.Second, MaxPollInterval: time.Minute, DryRun: true,
		OutputsFile: "out/a.env", EventsFile: "/var/log/events.jsonl", JUnitFile: "junit.xml",
		Endpoint:  &url.URL{Scheme: "https", Host: "cloudpartner.azure.com"},
		Authority: "https://login.microsoftonline.com/",
	}
	ways := map[string]func(Row) (args []string, variable string){
		"--flag value": func(r Row) ([]string, string) { return []string{"--" + r.Name, value[r.Name]}, "" },
		"--flag=value": func(r Row) ([]string, string) { return []string{"--" + r.Name + "=" + value[r.Name]}, "" },
		"INPUT_NAME":   func(r Row) ([]string, string) { return nil, "INPUT_" + strings.ToUpper(r.Name) },
		"first name":   func(r Row) ([]string, string) { return nil, r.Env[0] },
		"last name":    func(r Row) ([]string, string) { return nil, r.Env[len(r.Env)-1] },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var args []string
			env := make(map[string]string)
			for _, row := range Table() {
				more, variable := way(row)
				args = append(args, more...)
				if variable != "" {
					env[variable] = " \t" + value[row.Name] + "\n"
				}
			}
			config, problems := Parse(args, func(name string) string { return env[name] }, Surroundings{})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(want, config); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	places := []string{"flag", "INPUT_TENANT-ID", "AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"}
	for i, winner := range places {
		args := []string{"--tenant-id="}
		env := map[string]string{"INPUT_TENANT-ID": "", "AZURE_TENANT_ID": " ", "AZURESUBSCRIPTION_TENANT_ID": ""}
		for _, place := range places[i:] {
			if value := strings.ToLower(strings.NewReplacer("_", "-").Replace(place)) + ".example.com"; place == "flag" {
				args = []string{"--tenant-id", value}
			} else {
				env[place] = value
			}
		}
		want := strings.ToLower(strings.NewReplacer("_", "-").Replace(winner)) + ".example.com"
		if got := parsed(t, args, env, Surroundings{}).Tenant; got != want {
			t.Errorf("with %v given: tenant %q, want %q", places[i:], got, want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args string // by spaces
		env  map[string]string
		want func(Config) bool
	}{
		{"verb first", "go-live --publisher-id x", nil, func(c Config) bool { return c.Command == CommandGoLive && c.Publisher == "x" }},
		{"verb last", "--publisher-id x go-live", nil, func(c Config) bool { return c.Command == CommandGoLive && c.Publisher == "x" }},
		{"verb wins over the input", "status", map[string]string{"INPUT_COMMAND": "publish"}, func(c Config) bool { return c.Command == CommandStatus }},
		{"verb hides a bad input", "status", map[string]string{"INPUT_COMMAND": "bad"}, func(c Config) bool { return c.Command == CommandStatus }},
		{"command as a flag", "--command cancel", nil, func(c Config) bool { return c.Command == CommandCancel }},
		{"verb and the same flag", "cancel --command cancel", nil, func(c Config) bool { return c.Command == CommandCancel }},
		{"verb and an empty flag", "cancel --command=", nil, func(c Config) bool { return c.Command == CommandCancel }},
		{"boolean alone, then a verb", "--dry-run publish", nil, func(c Config) bool { return c.DryRun && c.Command == CommandPublish }},
		{"boolean at the end", "--dry-run", nil, func(c Config) bool { return c.DryRun }},
		{"boolean with a value", "--dry-run=false", map[string]string{"PUBLISH_OFFER_DRY_RUN": "true"}, func(c Config) bool { return !c.DryRun }},
		{"boolean with a word", "--dry-run false publish", map[string]string{"PUBLISH_OFFER_DRY_RUN": "true"}, func(c Config) bool { return !c.DryRun }},
		{"boolean parameter of Azure Pipelines", "--dry-run=True", nil, func(c Config) bool { return c.DryRun }},
		{"value with an equals sign", "--outputs-file=a=b", nil, func(c Config) bool { return c.OutputsFile == "a=b" }},
		{"doctor", "doctor", nil, func(c Config) bool { return c.Command == CommandDoctor }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if config := parsed(t, strings.Fields(test.args), test.env, Surroundings{}); !test.want(config) {
				t.Errorf("not what was wanted: %+v", config)
			}
		})
	}
}

func TestHelpAndVersionNeedNothing(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]Config{
		"--help":                    {Help: true},
		"-h":                        {Help: true},
		"--version":                 {Version: true},
		"go-live --until x --help":  {Help: true},
		"--version --until nowhere": {Version: true},
	} {
		config, problems := Parse(strings.Fields(args), func(string) string { return "" }, Surroundings{})
		if diff := cmp.Diff(want, config); diff != "" || len(problems) > 0 {
			t.Errorf("%s: problems %v, -want +got:\n%s", args, problems, diff)
		}
	}
	// A runner that hands its shell to the binary must not look green.
	for _, args := range []string{"bash --version", "sh -c true --help", "frobnicate --what --help", "publish --nope --help"} {
		if config, problems := Parse(strings.Fields(args), func(string) string { return "" }, Surroundings{}); config.Help || config.Version || len(problems) == 0 {
			t.Errorf("%s: taken for a wish to read the help", args)
		}
	}
	if config := parsed(t, []string{"--outputs-file=--help"}, nil, Surroundings{}); config.Help {
		t.Error("the value of a flag was taken for --help")
	}
}

func TestTimeoutStaysWithinThePlatform(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given   string
		left    time.Duration
		want    time.Duration
		warning string
	}{
		{"", 55*time.Minute + time.Nanosecond, 55*time.Minute + time.Nanosecond, ""},
		{"", 72 * time.Hour, 72 * time.Hour, ""},
		{"30m", time.Hour, 30 * time.Minute, ""},
		{"1h", time.Hour, time.Hour, ""},
		{"10h", 3*time.Hour + 55*time.Minute, 3*time.Hour + 55*time.Minute, "timeout 10h is longer than what the platform leaves for this job: cut to 3h55m"},
		{"48h", 0, 48 * time.Hour, ""},
		{"", -time.Minute, time.Second, "timeout 5h30m is longer than what the platform leaves for this job: cut to 1s"},
	} {
		config := parsed(t, nil, map[string]string{"PUBLISH_OFFER_TIMEOUT": test.given}, Surroundings{TimeLeft: test.left})
		if config.Timeout != test.want || config.TimeoutCut != (test.warning != "") || strings.Join(config.Warnings, "|") != test.warning {
			t.Errorf("timeout %q with %v left: %v, cut %v, warnings %q; want %v, %q",
				test.given, test.left, config.Timeout, config.TimeoutCut, config.Warnings, test.want, test.warning)
		}
	}
}

func TestIntervalsGiveWayToEachOther(t *testing.T) {
	t.Parallel()
	loopback := map[string]string{"MARKETPLACE_ENDPOINT": "http://127.0.0.1:1", "AZURE_AUTHORITY_HOST": "https://localhost:2"}
	for _, test := range []struct {
		args string
		env  map[string]string
		poll time.Duration
		most time.Duration
	}{
		{"--poll-interval 10m", nil, 10 * time.Minute, 10 * time.Minute},
		{"--max-poll-interval 5s", nil, 5 * time.Second, 5 * time.Second},
		{"--poll-interval 1s --max-poll-interval 1s", nil, time.Second, time.Second},
		{"--poll-interval 10ms --max-poll-interval 20ms", loopback, 10 * time.Millisecond, 20 * time.Millisecond},
	} {
		config := parsed(t, strings.Fields(test.args), test.env, Surroundings{})
		if config.PollInterval != test.poll || config.MaxPollInterval != test.most {
			t.Errorf("%s: %v up to %v, want %v up to %v", test.args, config.PollInterval, config.MaxPollInterval, test.poll, test.most)
		}
	}
}

func TestOutputsFileOfThePlatform(t *testing.T) {
	t.Parallel()
	s := Surroundings{OutputsFile: "publish-offer.env"}
	if got := parsed(t, nil, nil, s).OutputsFile; got != "publish-offer.env" {
		t.Errorf("default is %q", got)
	}
	if got := parsed(t, []string{"--outputs-file", "mine.env"}, nil, s).OutputsFile; got != "mine.env" {
		t.Errorf("given, it is %q", got)
	}
}

func TestOperationIsCheckedByTheClient(t *testing.T) {
	t.Parallel()
	s := Surroundings{Operation: func(endpoint *url.URL, publisher, offer, value string) (string, error) {
		if value == "foreign" {
			return "half", errors.New("it is on another host")
		}
		return strings.Join([]string{endpoint.String(), publisher, offer, value}, "|"), nil
	}}
	for _, command := range []string{"wait", "status"} {
		want := "https://cloudpartner.azure.com|contoso|contoso-offer|op"
		if got := parsed(t, []string{command, "--operation", "op"}, nil, s).Operation; got != want {
			t.Errorf("%s: operation %q, want %q", command, got, want)
		}
	}
	config, problems := Parse([]string{"wait", "--operation=foreign"}, required(nil), s)
	want := `operation "foreign" (from --operation) is refused: it is on another host; want an operation of this publisher and offer, as the output operation-path gave it, or its GUID`
	if problems.Error() != want || config.Operation != "" {
		t.Errorf("operation %q, problems:\n%v\nwant:\n%s", config.Operation, problems, want)
	}
}
