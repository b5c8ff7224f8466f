package input

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/publish"
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

// services are the real ones.
func services() []Service {
	return []Service{
		{API: APIPortal, Endpoint: &url.URL{Scheme: "https", Host: "cloudpartner.azure.com"}},
		{API: APIIngestion, Endpoint: &url.URL{Scheme: "https", Host: "graph.microsoft.com"}},
		{API: APISubmission, Endpoint: &url.URL{Scheme: "https", Host: "api.partner.microsoft.com"}},
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	want := Config{
		Command: publish.Publish, Publisher: "contoso", Offer: "contoso-offer", Tenant: tenant, Client: client,
		Auth: AuthAuto, Until: publish.Preview, IfRunning: publish.Fail, Timeout: 5*time.Hour + 30*time.Minute,
		OnTimeout: OnTimeoutFail, OnCancel: OnCancelLeave, API: APIAuto, Services: services(),
		Authority: "https://login.microsoftonline.com/",
	}
	if diff := cmp.Diff(want, parsed(t, nil, nil, Surroundings{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEveryInputByEveryWay(t *testing.T) {
	t.Parallel()
	value := map[string]string{
		"command": "wait", "api": "cloud-partner-portal", "publisher-id": "fabrikam", "offer-id": "Fab.Offer_1", "notification-emails": "a@example.com\n b@example.com\r\n,a@example.com",
		"tenant-id": "fabrikam.onmicrosoft.com", "client-id": tenant, "auth": "id-token", "service-connection-id": client,
		"until": "live", "if-running": "adopt", "operation": "the-operation", "timeout": "1h30m", "on-timeout": "continue",
		"on-cancel": "cancel", "poll-interval": "20s", "max-poll-interval": "1m", "dry-run": "true",
		"outputs-file": "out/a.env", "events-file": "/var/log/events.jsonl", "junit-file": "junit.xml",
	}
	want := Config{
		Command: publish.Wait, Publisher: "fabrikam", Offer: "Fab.Offer_1", Emails: []string{"a@example.com", "b@example.com"},
		Tenant: "fabrikam.onmicrosoft.com", Client: tenant, Auth: AuthIDToken, ServiceConnection: client,
		Until: publish.Live, IfRunning: publish.Adopt, Operation: "the-operation", Timeout: 90 * time.Minute, OnTimeout: OnTimeoutContinue,
		OnCancel: OnCancelCancel, PollInterval: 20 * time.Second, MaxPollInterval: time.Minute, DryRun: true,
		OutputsFile: "out/a.env", EventsFile: "/var/log/events.jsonl", JUnitFile: "junit.xml",
		API: APIPortal, Services: services()[:1],
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
		var args []string
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
		{"verb first", "go-live --publisher-id x", nil, func(c Config) bool { return c.Command == publish.GoLive && c.Publisher == "x" }},
		{"verb last", "--publisher-id x go-live", nil, func(c Config) bool { return c.Command == publish.GoLive && c.Publisher == "x" }},
		{"verb wins over the input", "status", map[string]string{"INPUT_COMMAND": "publish"}, func(c Config) bool { return c.Command == publish.Status }},
		{"verb hides a bad input", "status", map[string]string{"INPUT_COMMAND": "bad"}, func(c Config) bool { return c.Command == publish.Status }},
		{"command as a flag", "--command cancel", nil, func(c Config) bool { return c.Command == publish.Cancel }},
		{"verb and the same flag", "cancel --command cancel", nil, func(c Config) bool { return c.Command == publish.Cancel }},
		{"boolean alone, then a verb", "--dry-run publish", nil, func(c Config) bool { return c.DryRun && c.Command == publish.Publish }},
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
		"help":                      {Help: true},
		"version":                   {Version: true},
		"--offer-id x help":         {Help: true},
	} {
		config, problems := Parse(strings.Fields(args), func(string) string { return "" }, Surroundings{})
		if diff := cmp.Diff(want, config); diff != "" || len(problems) > 0 {
			t.Errorf("%s: problems %v, -want +got:\n%s", args, problems, diff)
		}
	}
	// A runner that hands its shell to the binary must not look green.
	for _, args := range []string{"bash --version", "sh -c true --help", "frobnicate --what --help", "publish --nope --help", "help me", "version bash", "--command help"} {
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

func TestBareAtATerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		env  map[string]string
		at   bool
		bare bool
	}{
		{nil, nil, true, true},
		{nil, nil, false, false},
		{nil, map[string]string{"PUBLISH_OFFER_COMMAND": "publish"}, true, false},
		{nil, map[string]string{"INPUT_COMMAND": "publish"}, true, false},
		{[]string{"publish"}, nil, true, false},
		{[]string{"--dry-run"}, nil, true, false},
	} {
		config := parsed(t, test.args, test.env, Surroundings{Interactive: test.at})
		if config.Bare != test.bare || config.Help != test.bare {
			t.Errorf("%q, %v, at a terminal %t: bare %t, help %t", test.args, test.env, test.at, config.Bare, config.Help)
		}
	}
}

func TestWhatIsRequiredDependsOnTheRest(t *testing.T) {
	t.Parallel()
	ingestion := Surroundings{Operation: func(func(API) *url.URL, string, string, string) (API, string, error) { return APIIngestion, "/rp", nil }}
	for args, missing := range map[string][]string{
		"--api auto":                              {"publisher-id", "offer-id", "tenant-id", "client-id"},
		"--api cloud-partner-portal":              {"publisher-id", "offer-id", "tenant-id", "client-id"},
		"--api nonsense":                          {"api", "publisher-id", "offer-id", "tenant-id", "client-id"},
		"--api product-ingestion":                 {"offer-id", "tenant-id", "client-id"},
		"--api partner-center-submission":         {"offer-id", "tenant-id", "client-id"},
		"--auth azure-cli":                        {"publisher-id", "offer-id", "tenant-id"},
		"--auth nonsense":                         {"publisher-id", "offer-id", "tenant-id", "client-id", "auth"},
		"status --offer-id x --operation /rp/job": {"tenant-id", "client-id"},
	} {
		_, problems := Parse(strings.Fields(args), func(string) string { return "" }, ingestion)
		var names []string
		for _, p := range problems {
			names = append(names, p.Name)
			if p.Missing == (p.Value != "") {
				t.Errorf("%s: missing is %t in %v", args, p.Missing, p)
			}
		}
		if diff := cmp.Diff(missing, names); diff != "" {
			t.Errorf("%s: -want +got:\n%s", args, diff)
		}
	}
	_, problems := Parse([]string{"status"}, required(map[string]string{"AZURE_CLIENT_ID": ""}), Surroundings{Interactive: true})
	if !strings.Contains(problems.Error(), "--auth azure-cli") {
		t.Errorf("at a terminal: %v", problems)
	}
}

func TestIntervalsGiveWayToEachOther(t *testing.T) {
	t.Parallel()
	loopback := map[string]string{"MARKETPLACE_ENDPOINT": "http://127.0.0.1:1", "AZURE_AUTHORITY_HOST": "https://localhost:2"}
	for _, test := range []struct {
		args string
		env  map[string]string
		api  API
		poll time.Duration
		most time.Duration
	}{
		{"", nil, APIPortal, 15 * time.Second, 5 * time.Minute},
		{"", nil, APIIngestion, time.Minute, 5 * time.Minute},
		{"", nil, APISubmission, 30 * time.Second, 5 * time.Minute},
		{"--poll-interval 20s", nil, APIIngestion, 20 * time.Second, 5 * time.Minute},
		{"--poll-interval 10m", nil, APIPortal, 10 * time.Minute, 10 * time.Minute},
		{"--max-poll-interval 5s", nil, APIPortal, 5 * time.Second, 5 * time.Second},
		{"--max-poll-interval 40s", nil, APIPortal, 15 * time.Second, 40 * time.Second},
		{"--max-poll-interval 40s", nil, APIIngestion, 40 * time.Second, 40 * time.Second},
		{"--poll-interval 1s --max-poll-interval 1s", nil, APIPortal, time.Second, time.Second},
		{"--poll-interval 10ms --max-poll-interval 20ms", loopback, APIPortal, 10 * time.Millisecond, 20 * time.Millisecond},
	} {
		config := parsed(t, strings.Fields("publish "+test.args), test.env, Surroundings{})
		if poll, most := config.Intervals(test.api); poll != test.poll || most != test.most {
			t.Errorf("%s, %s: %v up to %v, want %v up to %v", test.args, test.api, poll, most, test.poll, test.most)
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

// shapes tells services by how a path begins.
func shapes(endpoint func(API) *url.URL, publisher, offer, value string) (API, string, error) {
	api := APIPortal
	if strings.HasPrefix(value, "/rp/") {
		api = APIIngestion
	}
	if strings.HasPrefix(value, "/v1.0/") {
		api = APISubmission
	}
	if strings.HasSuffix(value, "foreign") {
		return api, "half", errors.New("it is on another host")
	}
	return api, strings.Join([]string{endpoint(api).String(), publisher, offer, value}, "|"), nil
}

func TestOperationDecidesTheService(t *testing.T) {
	t.Parallel()
	s := Surroundings{Operation: shapes}
	for _, test := range []struct {
		args string
		api  API
		want string
	}{
		{"wait --operation op", APIPortal, "https://cloudpartner.azure.com|contoso|contoso-offer|op"},
		{"status --operation op", APIPortal, "https://cloudpartner.azure.com|contoso|contoso-offer|op"},
		{"go-live --operation /rp/x", APIIngestion, "https://graph.microsoft.com|contoso|contoso-offer|/rp/x"},
		{"cancel --operation /v1.0/x", APISubmission, "https://api.partner.microsoft.com|contoso|contoso-offer|/v1.0/x"},
		{"wait --api product-ingestion --operation /rp/x", APIIngestion, "https://graph.microsoft.com|contoso|contoso-offer|/rp/x"},
	} {
		config := parsed(t, strings.Fields(test.args), nil, s)
		if config.Operation != test.want || len(config.Services) != 1 || config.Services[0].API != test.api {
			t.Errorf("%s: operation %q of %v", test.args, config.Operation, config.Services)
		}
	}
	for args, want := range map[string]string{
		"wait --operation=foreign":                               `operation "foreign" (from --operation) is refused: it is on another host; want an operation of this offer, as the output operation-path gave it`,
		"wait --operation=/rp/foreign":                           "is refused: it is on another host",
		"wait --api=product-ingestion --operation=op":            `operation "op" (from --operation) is an operation of cloud-partner-portal, and api is product-ingestion; want an operation of product-ingestion, or api auto`,
		"wait --api=partner-center-submission --operation=/rp/x": "is an operation of product-ingestion, and api is partner-center-submission",
		"publish --operation=op":                                 "works only with wait, status, go-live or cancel",
	} {
		config, problems := Parse(strings.Fields(args), required(nil), s)
		if len(problems) != 1 || !strings.Contains(problems.Error(), want) || config.Operation != "" {
			t.Errorf("%s: operation %q, problems:\n%v\nwant:\n%s", args, config.Operation, problems, want)
		}
	}
}

func TestTheNearestWord(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"publsh": "publish", "Publish": "publish", "golive": "go-live", "go_live": "go-live", "stat": "status", "canel": "cancel",
		"cancell": "cancel", "docter": "doctor", "wit": "wait", "bash": "", "sh": "", "": "", "frobnicate": "",
	} {
		row := rowOf(commandRow)
		if got := nearest(value, row.words); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
