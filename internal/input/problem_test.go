package input

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/publish"
)

func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	env := map[string]string{"INPUT_OFFER-ID": "my offer", "AZURE_CLIENT_ID": "$(clientId)", "PUBLISH_OFFER_UNTIL": "Live", "PUBLISH_OFFER_TIMEOUT": "30m", "PUBLISH_OFFER_MAX_POLL_INTERVAL": "1m"}
	config, problems := Parse([]string{"publish", "again", "--frob=secret", "--timeout=-5m"}, func(name string) string { return env[name] }, Surroundings{})
	want := strings.Join([]string{
		`command line "--frob" is an unknown flag; want one of the flags that --help lists`,
		`command line "again" is an extra argument; want one command, then flags`,
		`publisher-id is not given (the action's input publisher-id, the flag --publisher-id or the variable PUBLISH_OFFER_PUBLISHER_ID); want letters, digits, '-', '_' and '.', the first a letter or digit, at most 50`,
		`offer-id "my offer" (from INPUT_OFFER-ID) has white space in it; want letters, digits, '-', '_' and '.', the first a letter or digit, at most 50`,
		`tenant-id is not given (the action's input tenant-id, the flag --tenant-id or the variable AZURE_TENANT_ID or AZURESUBSCRIPTION_TENANT_ID); want a GUID such as 11111111-2222-3333-4444-555555555555, or a domain such as contoso.onmicrosoft.com`,
		`client-id "$(clientId)" (from AZURE_CLIENT_ID) holds "$(clientId)", a variable that the pipeline does not define; want a GUID such as 11111111-2222-3333-4444-555555555555`,
		`until "Live" (from PUBLISH_OFFER_UNTIL) is not allowed, did you mean live?; want accepted, preview or live`,
		`timeout "-5m" (from --timeout) is not above zero; want a time such as 30s, 45m or 5h30m`,
	}, "\n")
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if config.Command != publish.Publish || config.MaxPollInterval != time.Minute || len(config.Services) != 3 {
		t.Errorf("what is right is not filled in: %+v", config)
	}
	if config.Offer != "" || config.Until != "" || config.Timeout != 0 {
		t.Errorf("what is wrong is filled in: %+v", config)
	}
}

// Each case is one problem, of the named input and with these words in it.
func TestProblems(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500)
	loopback := map[string]string{"MARKETPLACE_ENDPOINT": "http://127.0.0.1:1", "AZURE_AUTHORITY_HOST": "https://127.0.0.1:2"}
	for _, test := range []struct {
		args []string
		env  map[string]string
		name string
		want string
	}{
		{args: []string{"frobnicate"}, name: "command", want: `"frobnicate" (from the first argument) is not allowed; want publish, go-live, wait, status, cancel or doctor`},
		{args: []string{"sh"}, name: "command", want: `"sh"`},
		{args: []string{"PUBLISH"}, name: "command", want: "not allowed"},
		{args: []string{""}, name: "command", want: `"" (from the first argument) is empty`},
		{args: []string{"publish", "publish"}, name: "command line", want: "extra argument"},
		{args: []string{"publish", ""}, name: "command line", want: "extra argument"},
		{args: []string{"publish", "--command=go-live"}, name: "command", want: `"go-live" (from --command) is not what the first argument says`},
		{args: []string{"--"}, name: "command line", want: `"--" is an unknown flag`},
		{args: []string{"-"}, name: "command line", want: `"-" is an unknown flag`},
		{args: []string{"-c"}, name: "command line", want: `"-c" is an unknown flag`},
		{args: []string{"-offer-id=x"}, name: "command line", want: `did you mean --offer-id?`},
		{args: []string{"--Offer_ID=x"}, name: "command line", want: `did you mean --offer-id?`},
		{args: []string{"--help=true"}, name: "command line", want: `"--help" is an unknown flag`},
		{args: []string{"--help=true"}, name: "command line", want: "did you mean --help?"},
		{args: []string{"publsh"}, name: "command", want: `"publsh" (from the first argument) is not allowed, did you mean publish?; want`},
		{args: []string{"--offer=x"}, name: "command line", want: "is an unknown flag"},
		{args: []string{"--ofer-id=x"}, name: "command line", want: "did you mean --offer-id?"},
		{args: []string{"--api=product_ingestion"}, name: "api", want: "did you mean product-ingestion?"},
		{args: []string{"--offer-id="}, name: "offer-id", want: `offer-id "" (from --offer-id) is given empty; want letters`},
		{args: []string{"--offer-id", ""}, name: "offer-id", want: "is given empty"},
		{args: []string{"--offer-id= "}, name: "offer-id", want: "is given empty"},
		{args: []string{"--notification-emails="}, name: "notification-emails", want: "is given empty"},
		{args: []string{"--dry-run="}, name: "dry-run", want: "is given empty"},
		{args: []string{"cancel", "--command="}, name: "command", want: "is given empty"},
		{args: []string{"help", "me"}, name: "command line", want: "extra argument"},
		{args: []string{"--until"}, name: "until", want: "has no value"},
		{args: []string{"--until", "--dry-run"}, name: "until", want: "has no value"},
		{args: []string{"--until=live", "--until=live"}, name: "until", want: "given twice"},
		{args: []string{"--dry-run=yes"}, name: "dry-run", want: "want true or false"},
		{args: []string{"--dry-run", "yes"}, name: "command", want: `"yes"`},
		{args: []string{"--dry-run=1"}, name: "dry-run", want: "want true or false"},

		{args: []string{"--publisher-id=-x"}, name: "publisher-id", want: "not allowed"},
		{args: []string{"--publisher-id=a/b"}, name: "publisher-id", want: "not allowed"},
		{args: []string{"--publisher-id=.."}, name: "publisher-id", want: "not allowed"},
		{args: []string{"--publisher-id=c\u043entoso"}, name: "publisher-id", want: `"c\u043entoso"`},
		{args: []string{"--publisher-id=x\n"}, env: map[string]string{"INPUT_OFFER-ID": "a\nb"}, name: "offer-id", want: `"a\nb"`},
		{args: []string{"--offer-id", strings.Repeat("a", 51)}, name: "offer-id", want: "at most 50"},
		{args: []string{"--offer-id", long}, name: "offer-id", want: strings.Repeat("x", 297) + `..."`},
		{args: []string{`--offer-id="contoso"`}, name: "offer-id", want: "has quotes around it"},
		{args: []string{"--offer-id='contoso'"}, name: "offer-id", want: "has quotes around it"},
		{args: []string{"--offer-id=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"}, name: "offer-id", want: `"(a token)"`},

		{args: []string{"--tenant-id=common"}, name: "tenant-id", want: "not allowed"},
		{args: []string{"--tenant-id={" + tenant + "}"}, name: "tenant-id", want: "not allowed"},
		{args: []string{"--tenant-id=10.0.0.10"}, name: "tenant-id", want: "not allowed"},
		{args: []string{"--tenant-id=a..b.com"}, name: "tenant-id", want: "not allowed"},
		{args: []string{"--tenant-id=evil.com/x"}, name: "tenant-id", want: "not allowed"},
		{args: []string{"--client-id=" + tenant[1:]}, name: "client-id", want: "a GUID such as"},
		{args: []string{"--client-id=" + tenant[:8] + " " + tenant[8:]}, name: "client-id", want: "white space"},
		{args: []string{"--client-id=contoso.com"}, name: "client-id", want: "a GUID such as"},
		{env: map[string]string{"INPUT_CLIENT-ID": "${{ vars.CLIENT }}"}, name: "client-id", want: `holds "${{ vars.CLIENT }}", an expression that nothing has evaluated`},
		{env: map[string]string{"PUBLISH_OFFER_OUTPUTS_FILE": "$(Build.ArtifactStagingDirectory)/a.env"}, name: "outputs-file", want: `holds "$(Build.ArtifactStagingDirectory)"`},
		{args: []string{"--service-connection-id=my connection"}, name: "service-connection-id", want: "not its display name"},

		{args: []string{"--notification-emails=,"}, name: "notification-emails", want: `"," (from --notification-emails) holds no address`},
		{args: []string{"--notification-emails=ann@example.com; bob@example.com"}, name: "notification-emails", want: "separated by commas"},
		{args: []string{"--notification-emails=Ann <ann@example.com>"}, name: "notification-emails", want: `not an address: "Ann <ann@example.com>"`},
		{args: []string{"--notification-emails=<ann@example.com>"}, name: "notification-emails", want: "not an address"},
		{args: []string{"--notification-emails=ok@example.com,ann,bob"}, name: "notification-emails", want: `not an address: "ann", "bob"`},
		{args: []string{"--notification-emails=a@example.com\x00"}, name: "notification-emails", want: `\x00`},
		{args: []string{"--notification-emails=a@exa\rmple.com"}, name: "notification-emails", want: `\r`},

		{args: []string{"--auth=secret"}, name: "auth", want: "want auto, github, azure-pipelines, id-token, token-file or azure-cli"},
		{args: []string{"--if-running=replace"}, name: "if-running", want: "want fail, adopt, wait or cancel"},
		{args: []string{"--on-timeout=leave"}, name: "on-timeout", want: "want fail or continue"},
		{args: []string{"--on-cancel=fail"}, name: "on-cancel", want: "want leave or cancel"},
		{args: []string{"--operation=x"}, name: "operation", want: "works only with wait, status, go-live or cancel; want one of these commands, or no operation"},
		{args: []string{"doctor"}, env: map[string]string{"PUBLISH_OFFER_OPERATION": "x"}, name: "operation", want: "works only with"},

		{args: []string{"--timeout=90"}, name: "timeout", want: "has no unit; want a time such as 30s, 45m or 5h30m"},
		{args: []string{"--timeout=soon"}, name: "timeout", want: "is not a duration"},
		{args: []string{"--timeout=0s"}, name: "timeout", want: "is not above zero"},
		{args: []string{"--timeout", "-5s"}, name: "timeout", want: "is not above zero"},
		{args: []string{"--poll-interval=999ms"}, name: "poll-interval", want: "is too short; want at least 1s"},
		{args: []string{"--max-poll-interval=500ms"}, name: "max-poll-interval", want: "is too short; want at least 1s"},
		{args: []string{"--poll-interval=9ms"}, env: loopback, name: "poll-interval", want: "is too short; want at least 10ms"},
		{args: []string{"--poll-interval=2m", "--max-poll-interval=1m"}, name: "max-poll-interval", want: `"1m" (from --max-poll-interval) is below poll-interval; want at least 2m`},

		{args: []string{"--outputs-file=out/"}, name: "outputs-file", want: "is a folder"},
		{args: []string{"--events-file=.."}, name: "events-file", want: "is a folder"},
		{args: []string{"--junit-file=a\x00b"}, name: "junit-file", want: "control character"},
		{args: []string{"--outputs-file=a", "--junit-file=./x/../a"}, name: "junit-file", want: "is the outputs-file as well"},
	} {
		t.Run(strings.Join(append(test.args, test.name), " "), func(t *testing.T) {
			t.Parallel()
			_, problems := Parse(test.args, required(test.env), Surroundings{})
			if len(problems) != 1 {
				t.Fatalf("%d problems, want one:\n%v", len(problems), problems)
			}
			if problems[0].Name != test.name || !strings.Contains(problems[0].Error(), test.want) {
				t.Errorf("got:\n%v\nwant one of %s with:\n%s", problems, test.name, test.want)
			}
			if len(problems[0].Error()) > 800 {
				t.Errorf("the problem has %d bytes", len(problems[0].Error()))
			}
		})
	}
}

func TestSecretsStayOutOfProblems(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--password=hunter2"},
		{"--tenant-id=eyJhunter2hunter2.eyJhunter2hunter2.hunter2"},
	} {
		if _, problems := Parse(args, required(nil), Surroundings{}); len(problems) != 1 || strings.Contains(problems.Error(), "hunter2") {
			t.Errorf("%v: %v", args, problems)
		}
	}
}
