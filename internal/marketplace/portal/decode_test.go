package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
)

var asIs = words{func(s string) string { return s }}

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
	if bare.State != marketplace.Running || len(bare.Steps) != 6 || bare.Unknown != nil {
		t.Errorf("got %s with %d steps, unknown words %q", bare.State, len(bare.Steps), bare.Unknown)
	}
	want := marketplace.Step{ID: "displaycertify", Name: "Certification", Estimate: "< 5 day", State: marketplace.StepBlocked, Messages: []marketplace.Message{
		{Level: "error", Text: "No virtual machine image was found for the plan contoso."},
		{Level: "information", Text: "This step has not started yet."}}}
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
	if err != nil || op.State != marketplace.Succeeded {
		t.Errorf("got %v, %v; the steps that have not started do not count", op.State, err)
	}
}

func TestOperationForms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body  string
		state marketplace.State
	}{
		"documented end":         {`{"status":"completed"}`, marketplace.Succeeded},
		"end that was seen":      {`{"status":"complete"}`, marketplace.Succeeded},
		"pascal case":            {`{"Status":"Succeeded","Steps":[]}`, marketplace.Succeeded},
		"offer list's word":      {`{"status":"published"}`, marketplace.Succeeded},
		"with a space":           {`{"status":"not started"}`, marketplace.NotStarted},
		"never published":        {`{"status":"NeverPublished"}`, marketplace.NotStarted},
		"in progress":            {`{"status":"InProgress"}`, marketplace.Running},
		"British":                {`{"status":"cancelled"}`, marketplace.Canceled},
		"parked at top level":    {`{"status":"waitingForPublisherReview"}`, marketplace.AtSignOff},
		"parked by step id":      {`{"status":"running","steps":[{"id":"publisher-signoff","stepName":"Publisher signoff","status":"WaitingForPublisherReview"}]}`, marketplace.AtSignOff},
		"parked by step name":    {`{"status":"running","steps":[{"stepName":"publisher-signoff","status":"waitingForPublisherReview"}]}`, marketplace.AtSignOff},
		"another step waits":     {`{"status":"running","steps":[{"stepName":"Certification","status":"waitingForPublisherReview"}]}`, marketplace.Running},
		"sign-off in the future": {`{"status":"running","steps":[{"id":"publisher-signoff","status":"notStarted"}]}`, marketplace.Running},
		"failed beats the step":  {`{"status":"failed","steps":[{"id":"publisher-signoff","status":"waitingForPublisherReview"}]}`, marketplace.Failed},
		"null lists":             {`{"status":"running","steps":null,"messages":null,"previewLinks":null}`, marketplace.Running},
		"unknown word":           {`{"status":"succeededish"}`, marketplace.Running},
		"list's name of it":      {`{"submissionState":"running"}`, marketplace.Running},
		"version beyond 2^53":    {`{"status":"running","version":636576975611768314,"offerVersion":1e30}`, marketplace.Running},
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
	if diff := cmp.Diff([]marketplace.Message{{Text: "one & two"}, {Level: "error", Text: "boldly"}, {Level: "error", Code: "X", Text: "top"}}, op.Messages); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]marketplace.Step{{Name: "S", State: marketplace.StepFailed, Percent: 100, Messages: []marketplace.Message{{Text: "just text"}}}}, op.Steps); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]marketplace.Link{{URL: "https://a.example/x"}, {Text: "T", URL: "https://b.example"}}, op.Preview); diff != "" {
		t.Error(diff)
	}
}

func TestListOfOperations(t *testing.T) {
	t.Parallel()
	list := func(body string) (marketplace.List, error) {
		c := client(t, Endpoint, answers(func(*http.Request) *http.Response { return answer(200, body) }))
		return c.Operations(t.Context())
	}
	got, err := list(string(fixture(t, "submissions.json")))
	if err != nil {
		t.Fatal(err)
	}
	const listed = "5a63deb5-925b-4ee0-938b-7c86fbf287c5"
	want := marketplace.List{{Ref: marketplace.Ref{ID: listed, Path: "/api/publishers/contoso/offers/contoso-offer/operations/" + listed + "?api-version=2017-10-31"},
		Kind: marketplace.Publish, State: marketplace.Running, Changed: time.Date(2018, 3, 26, 21, 46, 1, 179948000, time.UTC)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for item, want := range map[string]marketplace.Listed{
		`{"submissionType":"publish","submissionState":"complete"}`:             {Kind: marketplace.Publish, State: marketplace.Succeeded},
		`{"submissionType":"Publish","status":"Failed"}`:                        {Kind: marketplace.Publish, State: marketplace.Failed},
		`{"submissionType":"GoLive","status":"Canceled"}`:                       {Kind: marketplace.GoLive, State: marketplace.Canceled},
		`{"submissionType":"go-live","submissionState":"InProgress"}`:           {Kind: marketplace.GoLive, State: marketplace.Running},
		`{"submissionType":"GGoLive","submissionState":"not started"}`:          {Kind: marketplace.GoLive, State: marketplace.NotStarted},
		`{"submissionType":"cancelPublish","submissionState":"completed"}`:      {Kind: marketplace.Cancellation, State: marketplace.Succeeded},
		`{"submissionType":"Publish/GoLive","submissionState":"running"}`:       {State: marketplace.Running},
		`{"submissionType":"Publish/GGoLive","submissionState":"whatever"}`:     {State: marketplace.Running},
		`{"submissionType":null,"submissionState":"waitingForPublisherReview"}`: {State: marketplace.AtSignOff},
		`{"submissionState":"neverPublished","id":""}`:                          {State: marketplace.NotStarted},
		`{}`: {State: marketplace.Running},
		`{"id":"..","submissionState":"running"}`:                                                               {State: marketplace.Running},
		`{"id":"a/b?c","submissionState":"running"}`:                                                            {State: marketplace.Running},
		`{"status":"complete","changedTime":"2022-06-02T12:25:56.651"}`:                                         {State: marketplace.Succeeded, Changed: time.Date(2022, 6, 2, 12, 25, 56, 651000000, time.UTC)},
		`{"status":"complete","changedTime":"0001-01-01T00:00:00"}`:                                             {State: marketplace.Succeeded},
		`{"status":"complete","changedTime":7}`:                                                                 {State: marketplace.Succeeded},
		`{"status":"complete","changedTime":"soon","lastActionDateTime":"2022-06-02T12:25:56Z"}`:                {State: marketplace.Succeeded, Changed: time.Date(2022, 6, 2, 12, 25, 56, 0, time.UTC)},
		`{"status":"complete","createdDateTime":"2022-06-02 12:25:56","version":636576975611768314,"extra":{}}`: {State: marketplace.Succeeded, Changed: time.Date(2022, 6, 2, 12, 25, 56, 0, time.UTC)},
	} {
		got, err := list("[" + item + "]")
		if diff := cmp.Diff(marketplace.List{want}, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", item, err, diff)
		}
	}
	// nothing may be started beside a list that nobody could read
	for _, body := range []string{`{}`, `{"value":null}`, `"running"`, `<html></html>`, `["x"]`, `[null]`, `[{"id":"a"}`} {
		if list, err := list(body); marketplace.FaultOf(err) != marketplace.Unreadable || err == nil {
			t.Errorf("%s: taken for %v", body, list)
		}
	}
}

// What is being done, as far as a page's steps tell.
func TestKindOfAPage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, signOff, live string
		want                 marketplace.Kind
	}{
		"nothing begun":            {"notStarted", "notStarted", "notStarted", marketplace.Unknown},
		"the preview is made":      {"inProgress", "notStarted", "notStarted", marketplace.Publish},
		"approval":                 {"waitingForApproval", "notStarted", "notStarted", marketplace.Publish},
		"blocked":                  {"blocked", "notStarted", "notStarted", marketplace.Unknown},
		"between steps":            {"complete", "notStarted", "notStarted", marketplace.Unknown},
		"sign-off waits":           {"complete", "waitingForPublisherReview", "notStarted", marketplace.Publish},
		"signed off":               {"complete", "complete", "notStarted", marketplace.Unknown},
		"going live":               {"complete", "complete", "running", marketplace.GoLive},
		"live alone":               {"notStarted", "notStarted", "inProgress", marketplace.GoLive},
		"live failed":              {"complete", "complete", "failed", marketplace.GoLive},
		"live":                     {"notStarted", "notStarted", "complete", marketplace.GoLive},
		"all canceled":             {"canceled", "canceled", "canceled", marketplace.Unknown},
		"live before, and working": {"inProgress", "notStarted", "complete", marketplace.Unknown},
		"live before, and waiting": {"complete", "waitingForPublisherReview", "complete", marketplace.Unknown},
	} {
		body := fmt.Sprintf(`{"status":"running","steps":[{"id":"displaycertify","status":%q},{"stepName":"Publisher signoff","status":%q},{"id":"live","status":%q}]}`,
			test.first, test.signOff, test.live)
		if op, err := asIs.operation([]byte(body)); err != nil || op.Kind != test.want {
			t.Errorf("%s: got %q, %v, want %q", name, op.Kind, err, test.want)
		}
	}
}

func TestWhereTheOfferIs(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]marketplace.OfferState{
		`{"status":"NeverPublished"}`:            marketplace.NeverPublished,
		`{"status":"NotStarted"}`:                marketplace.Beginning,
		`{"status":"not started"}`:               marketplace.Beginning,
		`{"status":"Running"}`:                   marketplace.InProgress,
		`{"status":"WaitingForPublisherReview"}`: marketplace.Parked,
		`{"status":"Succeeded"}`:                 marketplace.Live,
		`{"status":"published"}`:                 marketplace.Live,
		`{"status":"failed"}`:                    marketplace.LastFailed,
		`{"status":"Cancelled"}`:                 marketplace.LastCanceled,
		`{"status":"whatever"}`:                  marketplace.InProgress,
		`{"status":"running","steps":[{"stepName":"publisher-signoff","status":"waitingForPublisherReview"}]}`:   marketplace.Parked,
		`{"status":"succeeded","steps":[{"stepName":"publisher-signoff","status":"waitingForPublisherReview"}]}`: marketplace.Live,
	} {
		offer, err := asIs.offer([]byte(body))
		if err != nil || offer.State != want || (len(offer.Unknown) == 1) != strings.Contains(body, "whatever") {
			t.Errorf("%s: got %q, %q, %v", body, offer.State, offer.Unknown, err)
		}
	}
}

func TestUnknownWords(t *testing.T) {
	t.Parallel()
	op, err := asIs.operation([]byte(`{"status":"certifying","steps":[{"id":"a","status":"Pondering"},{"id":"b","status":"complete"}]}`))
	if err != nil || op.State != marketplace.Running || op.Steps[0].State != marketplace.StepRunning || !cmp.Equal(op.Unknown, []string{"certifying", "Pondering"}) {
		t.Errorf("%+v, %v", op, err)
	}
}

// A reason may stand in any message: no level is made up for one that has none.
func TestLevels(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]marketplace.Message{
		`{"status":"failed","messages":"why"}`:                                        {{Text: "why"}},
		`{"status":"failed","messages":["why",{"message":"also","level":null}]}`:      {{Text: "why"}, {Text: "also"}},
		`{"status":"failed","messages":[{"text":"why","level":"Critical"}]}`:          {{Level: "critical", Text: "why"}},
		`{"status":"failed","messages":[{"message":"why","severity":"Information"}]}`: {{Level: "information", Text: "why"}},
		`{"status":"failed","error":"why"}`:                                           {{Level: "error", Text: "why"}},
		`{"status":"failed","error":{"code":"C"}}`:                                    {{Level: "error", Text: "C"}},
		`{"status":"failed","error":{"error":{"code":"C","message":"why"}}}`:          {{Level: "error", Code: "C", Text: "why"}},
		`{"status":"failed","error":null}`:                                            nil,
		`{"status":"failed","error":false}`:                                           nil,
		`{"status":"failed","error":[]}`:                                              nil,
	} {
		op, err := asIs.operation([]byte(body))
		if diff := cmp.Diff(want, op.Messages); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", body, err, diff)
		}
	}
}

// A token that stands in a link in pieces is hidden all the same.
func TestASecretInALink(t *testing.T) {
	t.Parallel()
	const secret = "eyJhbGciOiJub25lIn0.payload.signature"
	w := words{func(s string) string { return strings.ReplaceAll(s, secret, "***") }}
	op, err := w.operation([]byte(`{"status":"running","previewLinks":["https://a.example/?t=eyJhbGciOi<b></b>Jub25lIn0.payl<p>oad.signature"],"liveLinks":[{"uri":"https://b.example","name":"<i>x</i> ` + secret + `"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]marketplace.Link{{URL: "https://a.example/?t=***"}}, op.Preview); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]marketplace.Link{{URL: "https://b.example", Text: "x ***"}}, op.Live); diff != "" {
		t.Error(diff)
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
		_, _ = asIs.listed(b, func(id string) marketplace.Ref { return marketplace.Ref{ID: id} })
		_, _ = asIs.offer(b)
		op, err := asIs.operation(b)
		if err != nil {
			return
		}
		// success is only what the service says in a documented word at top level
		if op.State == marketplace.Succeeded {
			if s, known := state(op.Word); !known || s != marketplace.Succeeded {
				t.Errorf("success from %q", op.Word)
			}
			if !json.Valid(b) {
				t.Error("success from what is no JSON")
			}
		}
	})
}
