package submission

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

func TestStatesAndSubstates(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"InProgress/InDraft":               "publish running draft",
		"InProgress/Submitted":             "publish running",
		"InProgress/":                      "publish running",
		"InProgress/Failed":                "publish failed",
		"InProgress/FailedInCertification": "publish failed",
		"Published/ReadyToPublish":         "publish waitingForPublisherReview",
		"Published/Publishing":             "go-live running",
		"Published/InStore":                "go-live succeeded",
		"Published/Published":              "go-live succeeded",
		"Published/":                       "go-live succeeded",
		"Published/Failed":                 "go-live failed",
		// other casings and spaces
		"inprogress/SUBMITTED":       "publish running",
		"In Progress/In Draft":       "publish running draft",
		"published/ready_to_publish": "publish waitingForPublisherReview",
		"PUBLISHED/instore":          "go-live succeeded",
		"/ReadyToPublish":            "publish waitingForPublisherReview",
		// words that nobody documents run on, and say so
		"InProgress/Certifying": "publish running unknown",
		"Published/Retiring":    " running unknown",
		"Sleeping/":             " running unknown",
		"Canceled/":             "publish canceled",
		"Failed/":               "publish failed",
	} {
		state, substate, _ := strings.Cut(words, "/")
		at := whereIs(state, substate)
		got := fmt.Sprint(at.kind, " ", at.state)
		if at.draft {
			got += " draft"
		}
		if !at.known {
			got += " unknown"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", words, got, want)
		}
	}
}

func TestSubmissionForms(t *testing.T) {
	t.Parallel()
	const product = "p"
	for body, want := range map[string]string{
		`{"resourceType":"Submission","state":"InProgress","substate":"Submitted","targets":[{"type":"Scope","value":"Preview"}],
			"pendingUpdateInfo":{"updateType":"Create","status":"Completed"},"releaseNumber":28,"friendlyName":"Submission 28",
			"areResourcesReady":true,"publishedTimeInUtc":"1601-01-01T00:00:00Z","id":"1152921505697797881"}`: "1152921505697797881 28 InProgress/Submitted 0001",
		`{"Id":"7","State":"Published","SubState":"InStore","ReleaseNumber":"29","PublishedTimeInUtc":"2026-05-01T10:00:00.1234567"}`: "7 29 Published/InStore 2026",
		`[{"id":7,"state":"Published","substate":null,"releaseNumber":null}]`:                                                         "7 0 Published 0001",
		"\xef\xbb\xbf" + ` {"id":"7","state":"Published","releaseNumber":{"a":1},"publishedTimeInUtc":false}`:                         "7 0 Published 0001",
	} {
		s, err := decoder{}.submission([]byte(body), product)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		got := fmt.Sprint(s.ref.ID, " ", s.number, " ", s.word, " ", s.published.Format("2006"))
		if got != want || s.ref.Path != root+"/p/submissions/"+s.ref.ID {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `"text"`, `7`, `{"id":"7"}`, `{"state":"Published"}`, `{"id":"","state":"Published"}`,
		`{"id":"../7","state":"Published"}`, `{"id":"7/promote","state":"Published"}`, `{"id":{"a":1},"state":"Published"}`,
		`[{"id":"7","state":"Published"},{"id":"8","state":"Published"}]`, `<html>`} {
		if s, err := (decoder{}).submission([]byte(body), product); err == nil {
			t.Errorf("%s: %+v", body, s)
		}
	}
}

func raw(t testing.TB, list string) (items []json.RawMessage) {
	if err := json.Unmarshal([]byte(list), &items); err != nil {
		t.Fatal(err)
	}
	return items
}

// each has every item of a list decoded, as rest.List does.
func each[T any](items []json.RawMessage, item func(json.RawMessage) (T, error)) (out []T) {
	for _, i := range items {
		if v, err := item(i); err == nil {
			out = append(out, v)
		}
	}
	return out
}

// The order of the rows says nothing; a step called Publish is the go-live only behind the sign-off.
func TestWorkflowForms(t *testing.T) {
	t.Parallel()
	const preview = `{"type":"Push","state":"Success","targetEnvironment":"Preview","workflowSteps":[
		{"name":"Automated validation","state":"Success","startDateTimeInUtc":"2022-03-01T10:00:00","completeDateTimeInUtc":"2022-03-01T10:14:00.5"},
		{"name":"Publish","state":"skipped"},
		{"name":"Publisher Signoff","state":"InProgress","startDateTimeInUtc":"2022-03-01T10:14:00","completeDateTimeInUtc":null}]}`
	const live = `{"type":"Push","state":"NotStarted","targetEnvironment":"live","workflowSteps":[
		{"name":"Certification","state":"notstarted","startDateTimeInUtc":"0001-01-01T00:00:00"},{"name":"Publish","state":"Waiting"}]}`
	at := whereIs("Published", "ReadyToPublish")
	const want = "Automated validation: complete, Publish: complete, Publisher Signoff: waiting for sign-off [sign-off], Certification: not started, Publish: not started [live]"
	for _, list := range []string{"[" + preview + "," + live + "]", "[" + live + "," + preview + "]", "[" + live + ",null,7," + preview + "]"} {
		steps, unknown := decoder{}.steps(each(raw(t, list), decoder{}.row), at)
		if got := stepsOf(marketplace.Operation{Details: marketplace.Details{Steps: steps}}); got != want || unknown != nil {
			t.Errorf("%s %q, want %s", got, unknown, want)
		}
		if began := steps[0].Began; !began.Equal(time.Date(2022, 3, 1, 10, 0, 0, 0, time.UTC)) || !steps[3].Began.IsZero() || !steps[2].Ended.IsZero() {
			t.Errorf("times %+v", steps)
		}
	}
	// before the preview stands the sign-off waits for nobody, whatever its step says
	steps, _ := decoder{}.steps(each(raw(t, "["+preview+"]"), decoder{}.row), whereIs("InProgress", "Submitted"))
	if steps[2].State != marketplace.StepRunning {
		t.Errorf("%v", steps[2])
	}
	steps, unknown := decoder{}.steps(each(raw(t, `[{"workflowSteps":{"name":"","state":"Dreaming"}},{},{"workflowSteps":null}]`), decoder{}.row), at)
	if len(steps) != 1 || steps[0].State != marketplace.StepRunning || steps[0].Name == "" || fmt.Sprint(unknown) != "[Dreaming]" {
		t.Errorf("%v %q", steps, unknown)
	}
	for word, want := range map[string]marketplace.StepState{"Success": marketplace.StepComplete, "Succeeded": marketplace.StepComplete, "COMPLETED": marketplace.StepComplete,
		"Failed": marketplace.StepFailed, "failure": marketplace.StepFailed, "Rejected": marketplace.StepRejected, "Blocked": marketplace.StepBlocked,
		"Cancelled": marketplace.StepCanceled, "In Progress": marketplace.StepRunning, "": marketplace.StepNotStarted} {
		if got, ok := stepState(word); got != want || !ok {
			t.Errorf("%q: %s", word, got)
		}
	}
}

func TestReasonsInEveryForm(t *testing.T) {
	t.Parallel()
	got := each(raw(t, `[{"errorCode":"A1","severity":"Error","message":"<b>No</b> logo","resource":"Listing"},
		{"ErrorCode":7,"Severity":"Warning","Message":"old"},{"code":"C","level":"Info","message":"fine"},
		"a bare text",{"errorCode":"D4"},{},null,7,{"severity":"Critical","message":"x","resource":{"id":1}}]`), decoder{}.validation)
	want := `[{"error" "A1" "No logo (resource Listing)"} {"warning" "7" "old"} {"information" "C" "fine"} {"" "" "a bare text"} {"" "D4" "D4"} {"critical" "" "x (resource {\"id\":1})"}]`
	if fmt.Sprintf("%q", got) != want {
		t.Errorf("%q", got)
	}
	links := each(raw(t, `[{"reportTimeInUtc":"2022-03-01T10:00:00","status":"Failed","fileUri":"https://blob.example/r.pdf?sig=a%2Bb"},
		{"status":"PassedWithNotes","fileUri":"https://blob.example/s"},{"fileUri":"javascript:alert(1)"},{"fileUri":"http://plain.example/"},{},"x",null]`), decoder{}.report)
	if fmt.Sprint(links) != "[{report of 2022-03-01 10:00 UTC: Failed https://blob.example/r.pdf?sig=a%2Bb} {report: PassedWithNotes https://blob.example/s}]" {
		t.Errorf("%v", links)
	}
}

func TestNewest(t *testing.T) {
	t.Parallel()
	of := func(id string, n int64) submission { return submission{ref: marketplace.Ref{ID: id}, number: n} }
	for _, test := range []struct {
		all  []submission
		want int
	}{
		{nil, -1}, {[]submission{of("9", 1), of("8", 2)}, 1}, {[]submission{of("8", 2), of("9", 1)}, 0},
		// without numbers, or with the same one, the larger id
		{[]submission{of("9", 0), of("10", 0)}, 1}, {[]submission{of("11", 3), of("10", 3)}, 0},
	} {
		if got := newestOf(test.all); got != test.want {
			t.Errorf("%v: %d, want %d", test.all, got, test.want)
		}
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	endpoint, _ := url.Parse(Endpoint)
	const product, path = "bc09759f-4d41-4d56-a57a-2f7e4cfad4a2", "/v1.0/ingestion/products/bc09759f-4d41-4d56-a57a-2f7e4cfad4a2/submissions/1152921505697797881"
	for _, text := range []string{path, path + "/", Endpoint + path, "https://API.partner.microsoft.com:443" + path, strings.Replace(path, "ingestion/products", "Ingestion/Products", 1)} {
		ref, err := ParseRef(endpoint, text)
		if err != nil || ref != (marketplace.Ref{Path: path, ID: "1152921505697797881"}) || productOf(ref.Path) != product {
			t.Errorf("%s: %+v %v", text, ref, err)
		}
	}
	for _, text := range []string{"", "1152921505697797881", product, "https://evil.example" + path, "http://api.partner.microsoft.com" + path,
		"https://api.partner.microsoft.com@evil.example" + path, "https://user@api.partner.microsoft.com" + path, "//evil.example" + path,
		path + "?x=1", path + "#x", path + "/promote", path + "/..", path + "%2F1", "/v1.0/ingestion/products//submissions/1", `\\evil` + path,
		"/v1.0/ingestion/products/" + product, "/v2.0" + strings.TrimPrefix(path, "/v1.0"), "/api/operations/a$b$2$preview",
		"/rp/product-ingestion/submission/a/b", path + "\n", " " + path} {
		if ref, err := ParseRef(endpoint, text); err == nil {
			t.Errorf("%q: %+v", text, ref)
		}
	}
}

func TestConflictsByTheirWords(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"An In Progress submission already exists":                 true,
		"an in progress Submission already exists for the product": true,
		"The submission cannot be pushed to as its not the latest": true,
		"ResellerConfiguration module is missing":                  false,
		"The property 'PlanId' is locked by a previous submission": false,
		"":                           false,
		"Request validation failed.": false,
		"ICH50400 - Unable to complete request. Another submission is published": true,
	} {
		if isConflict(message) != want {
			t.Errorf("%q: %v", message, !want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"id":"7","state":"Published","substate":"InStore","releaseNumber":28}`, `[{"id":"7","state":"x"}]`, `null`, `[]`, `"x"`,
		`[{"targetEnvironment":"Live","workflowSteps":[{"name":"Publish","state":"Success","startDateTimeInUtc":"2022-03-01T10:00:00"}]}]`,
		`[{"errorCode":"A","severity":"Error","message":"m","resource":"r"},"x"]`, `[{"fileUri":"https://a.example/","status":"Failed"}]`} {
		f.Add([]byte(seed))
	}
	d := decoder{func(s string) string { return strings.Join(strings.Fields(s), " ") }}
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, err := d.submission(body, "p"); err == nil {
			endpoint, _ := url.Parse(Endpoint)
			if ref, err := ParseRef(endpoint, s.ref.Path); err != nil || ref != s.ref {
				t.Errorf("%+v does not come back: %+v %v", s.ref, ref, err)
			}
			if s.at.state == "" || s.word == "" || len(s.word) > 1000 {
				t.Errorf("%+v", s)
			}
		}
		var items []json.RawMessage
		if json.Unmarshal(body, &items) != nil {
			return
		}
		steps, _ := d.steps(each(items, d.row), whereIs("Published", "ReadyToPublish"))
		for _, s := range steps {
			if s.Name == "" || s.State == "" || s.ID == "" || len([]rune(s.Name)) > 100 {
				t.Errorf("%+v", s)
			}
		}
		for _, m := range each(items, d.validation) {
			if m.Text == "" || strings.ContainsAny(m.Text+m.Code+m.Level, "\n\r") {
				t.Errorf("%+v", m)
			}
		}
		for _, l := range each(items, d.report) {
			if !strings.HasPrefix(l.URL, "https://") || l.Text == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
