package marketplace

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var asIs = words(func(s string) string { return s })

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOperationOfTheDocuments(t *testing.T) {
	t.Parallel()
	bare, err := asIs.operation(fixture(t, "operation.json"))
	if err != nil {
		t.Fatal(err)
	}
	inArray, err := asIs.operation(fixture(t, "operation-in-array.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bare, inArray); diff != "" {
		t.Errorf("the array form differs from the object:\n%s", diff)
	}
	if bare.State != Running || len(bare.Steps) != 6 || bare.Unknown != nil {
		t.Errorf("got %s with %d steps, unknown words %q", bare.State, len(bare.Steps), bare.Unknown)
	}
	want := Step{ID: "displaycertify", Name: "Certification", Estimate: "< 5 day", State: StepBlocked, Messages: []Message{
		{Level: "error", Text: "No virtual machine image was found for the plan contoso.", Time: "2017-03-28T19:50:39.5506018Z"},
		{Level: "information", Text: "This step has not started yet.", Time: "2017-03-28T19:50:39.5506018Z"}}}
	if diff := cmp.Diff(want, bare.Steps[1]); diff != "" {
		t.Error(diff)
	}
}

// The documents' samples are not JSON. They must be an error that can be read, not a state.
func TestInvalidSamplesOfTheDocuments(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"operation-as-printed.txt", "status-as-printed.txt"} {
		if op, err := asIs.operation(fixture(t, name)); err == nil || !strings.Contains(err.Error(), "invalid JSON") {
			t.Errorf("%s: got %v, %v", name, op, err)
		}
	}
}

func TestStatusOfTheDocuments(t *testing.T) {
	t.Parallel()
	op, err := asIs.operation(fixture(t, "status.json"))
	if err != nil || op.State != Succeeded {
		t.Errorf("got %v, %v; the steps that have not started do not count", op.State, err)
	}
}

func TestOperationForms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body  string
		state State
	}{
		"documented end":         {`{"status":"completed"}`, Succeeded},
		"end that was seen":      {`{"status":"complete"}`, Succeeded},
		"pascal case":            {`{"Status":"Succeeded","Steps":[]}`, Succeeded},
		"offer list's word":      {`{"status":"published"}`, Succeeded},
		"with a space":           {`{"status":"not started"}`, NotStarted},
		"never published":        {`{"status":"NeverPublished"}`, NotStarted},
		"in progress":            {`{"status":"InProgress"}`, Running},
		"British":                {`{"status":"cancelled"}`, Canceled},
		"parked at top level":    {`{"status":"waitingForPublisherReview"}`, AtSignOff},
		"parked by step id":      {`{"status":"running","steps":[{"id":"publisher-signoff","stepName":"Publisher signoff","status":"WaitingForPublisherReview"}]}`, AtSignOff},
		"parked by step name":    {`{"status":"running","steps":[{"stepName":"publisher-signoff","status":"waitingForPublisherReview"}]}`, AtSignOff},
		"another step waits":     {`{"status":"running","steps":[{"stepName":"Certification","status":"waitingForPublisherReview"}]}`, Running},
		"sign-off in the future": {`{"status":"running","steps":[{"id":"publisher-signoff","status":"notStarted"}]}`, Running},
		"failed beats the step":  {`{"status":"failed","steps":[{"id":"publisher-signoff","status":"waitingForPublisherReview"}]}`, Failed},
		"null lists":             {`{"status":"running","steps":null,"messages":null,"previewLinks":null}`, Running},
		"unknown word":           {`{"status":"succeededish"}`, Running},
		"list's name of it":      {`{"submissionState":"running"}`, Running},
		"version beyond 2^53":    {`{"status":"running","version":636576975611768314,"offerVersion":1e30}`, Running},
	} {
		op, err := asIs.operation([]byte(test.body))
		if err != nil || op.State != test.state {
			t.Errorf("%s: got %q, %v, want %q", name, op.State, err, test.state)
		}
	}
	for _, body := range []string{``, `{}`, `null`, `[]`, `[{"status":"running"},{"status":"failed"}]`, `"succeeded"`, `<html>succeeded</html>`, `{"status":"running"`, `{"status":null}`, strings.Repeat("[", 20000), `{"steps":` + strings.Repeat("[", 20000)} {
		if op, err := asIs.operation([]byte(body)); err == nil {
			t.Errorf("%.40s: taken for %q", body, op.State)
		}
	}
}

func TestMessagesAndLinksInEveryForm(t *testing.T) {
	t.Parallel()
	op, err := asIs.operation([]byte(`{"status":"failed","error":{"code":"X","message":"top"},
		"messages":["<p>one &amp; two</p><script>alert(1)</script>",{"messageHtml":"<b>bold</b>ly","level":"Error"},null,7,{"level":"error"}],
		"steps":[{"stepName":"S","status":"failed","progressPercentage":"150","messages":"just text"}],
		"previewLinks":["https://a.example/x",{"displayText":"T","uri":"https://b.example"},{"DisplayText":"U","Uri":"javascript:alert(1)"},"ftp://c"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Message{{Text: "one & two"}, {Level: "error", Text: "boldly"}, {Level: "error", Text: "top"}}, op.Messages); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Step{{Name: "S", State: StepFailed, Percent: 100, Messages: []Message{{Text: "just text"}}}}, op.Steps); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Link{{URL: "https://a.example/x"}, {Text: "T", URL: "https://b.example"}}, op.Preview); diff != "" {
		t.Error(diff)
	}
}

func TestListOfOperations(t *testing.T) {
	t.Parallel()
	path := func(id string) string { return "path of " + id }
	list, err := asIs.operations(fixture(t, "submissions.json"), path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Listed{{ID: "5a63deb5-925b-4ee0-938b-7c86fbf287c5", Path: "path of 5a63deb5-925b-4ee0-938b-7c86fbf287c5", Kind: Publish, State: Running, Word: "running",
		Changed: time.Date(2018, 3, 26, 21, 46, 1, 179948000, time.UTC)}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	list, err = asIs.operations([]byte(`{"value":[{"id":"a","submissionType":"GoLive","status":"Canceled","changedTime":"2022-06-02T12:25:56.651"},
		{"id":"b","submissionType":"Publish/GGoLive","submissionState":"whatever"},{"id":"c","submissionType":"cancelPublish","submissionState":"complete"}]}`), path)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Kind != GoLive || list[0].State != Canceled || list[0].Changed.Year() != 2022 || list[1].Kind != Other || list[1].State != Running || list[2].Kind != Cancellation {
		t.Errorf("got %+v", list)
	}
	if list, err := asIs.operations([]byte(`[]`), path); err != nil || len(list) != 0 {
		t.Errorf("empty list: %v, %v", list, err)
	}
	// nothing may be started beside a list that nobody could read
	for _, body := range []string{``, `null`, `{}`, `{"value":null}`, `"running"`, `<html></html>`, `["x"]`, `[{"id":"a"}`} {
		if list, err := asIs.operations([]byte(body), path); err == nil {
			t.Errorf("%s: taken for %v", body, list)
		}
	}
}

func TestErrorBodies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]string{
		`{"error":{"code":"InvalidAPIVersion","message":"Invalid api version. Allowed values are [2016-08-01-preview]"}}`: {"InvalidAPIVersion", "Invalid api version. Allowed values are [2016-08-01-preview]"},
		`"Microsoft.Ingestion.Api.Common.Exceptions.Http422Exception: bad\r\n   at X"`:                                    {"", "Microsoft.Ingestion.Api.Common.Exceptions.Http422Exception: bad at X"},
		`{"Code":"C","Message":"M"}`: {"C", "M"},
		`{"error":"flat"}`:           {"", "flat"},
		`{"error":null}`:             {"", ""},
		`<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>`: {"", "502 Bad Gateway"},
		"\xef\xbb\xbfplain": {"", "plain"},
		``:                  {"", ""},
		`[1,2]`:             {"", "[1,2]"},
	} {
		code, message := asIs.body([]byte(body))
		if got := [2]string{code, message}; got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func TestTextIsCleanedBeforeItIsCut(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s", 50)
	w := words(func(s string) string { return strings.ReplaceAll(s, secret, "***") })
	got := w.html(strings.Repeat("x", maxText-25) + "<b>" + secret[:20] + "</b>" + secret[20:])
	if strings.Contains(got, "sss") || len([]rune(got)) > maxText {
		t.Errorf("a part of the secret is left: …%s", got[len(got)-40:])
	}
}

func FuzzOperation(f *testing.F) {
	for _, name := range []string{"operation.json", "operation-in-array.json", "operation-as-printed.txt", "status-as-printed.txt", "status.json", "submissions.json"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		asIs.body(b)
		_, _ = asIs.operations(b, func(id string) string { return id })
		op, err := asIs.operation(b)
		if err != nil {
			return
		}
		// success is only what the service says in a documented word at top level
		if op.State == Succeeded {
			if s, known := state(op.Word); !known || s != Succeeded {
				t.Errorf("success from %q", op.Word)
			}
			if !json.Valid(b) {
				t.Error("success from what is no JSON")
			}
		}
	})
}
