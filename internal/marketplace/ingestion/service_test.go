package ingestion

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

const submissionsOfOne = `{"$schema":"https://schema.mp.microsoft.com/schema/configure/2022-03-01-preview2","resources":[` +
	`{"$schema":"https://schema.mp.microsoft.com/schema/submission/2022-03-01-preview2",`

func TestOrders(t *testing.T) {
	t.Parallel()
	const (
		preview = submissionsOfOne + `"product":"product/` + guid + `","target":{"targetType":"preview"}}]}`
		live    = submissionsOfOne + `"id":"submission/` + guid + `/5","product":"product/` + guid + `","target":{"targetType":"live"}}]}`
	)
	goLive := func(r marketplace.Ref) marketplace.Start {
		return marketplace.Start{Kind: marketplace.GoLive, Preview: r}
	}
	parked := list("5/preview/completed/succeeded/2", "4/live/completed/succeeded/1")
	for _, test := range []struct {
		name  string
		start marketplace.Start
		a     answers
		body  string // "" is: nothing is sent
		fault string
		is    error
	}{
		{"publish", publish, nil, preview, "", nil},
		{"publish, with addresses", marketplace.Start{Kind: marketplace.Publish, Emails: []string{"a@contoso.com"}}, nil, preview, "", nil},
		{"go live by the entry", goLive(submissionRef(guid, "5", "preview")), nil, live, "", nil},
		{"go live by the path", goLive(submissionRef(strings.ToUpper(guid), "5", "")), nil, live, "", nil},
		{"go live by the job", goLive(jobRef(aJob)), answers{wrote: {named("preview", "5")}}, live, "", nil},
		{"go live, unnamed", goLive(marketplace.Ref{}), answers{subs: {parked}}, live, "", nil},
		{"go live, nothing waits", goLive(marketplace.Ref{}), answers{subs: {list("4/preview/completed/succeeded/1", "4/live/completed/succeeded/1")}}, "", "unsupported", nil},
		{"the job does not say", goLive(jobRef(aJob)), answers{wrote: {named("preview", "")}}, "", "unsupported", ErrUnnamed},
		{"the job was a go-live", goLive(jobRef(aJob)), answers{wrote: {named("live", "5")}}, "", "unsupported", ErrUnnamed},
		{"the job is forgotten", goLive(jobRef(aJob)), answers{wrote: {"404 "}}, "", "unsupported", ErrUnnamed},
		{"the job runs", goLive(jobRef(aJob)), answers{wrote: {`400 {"error":{"code":"badRequest"}}`}}, "", "unsupported", ErrUnnamed},
		{"the job is out of reach", goLive(jobRef(aJob)), answers{wrote: {"502 "}}, "", "not sent", nil},
		{"the lookup is cut", publish, answers{lookup: {"cut "}}, "", "not sent", nil},
		{"the lookup makes no sense", publish, answers{lookup: {"200 {"}}, "", "not sent", nil},
		{"the lookup is throttled", publish, answers{lookup: {"429 "}}, "", "not sent", nil},
		{"the offer is unknown", publish, answers{lookup: {`200 {"value":[]}`}}, "", "not found", nil},
		{"another offer's preview", goLive(submissionRef(other, "5", "")), nil, "", "conflict", marketplace.ErrOtherOffer},
		{"another service's path", goLive(marketplace.Ref{Path: "/api/operations/a$b$2$preview"}), nil, "", "unsupported", nil},
	} {
		if test.a == nil {
			test.a = answers{}
		}
		test.a[orders] = []string{`202 {"jobId":"` + aJob + `"}`}
		c, s := client(t, test.a)
		got, err := c.Start(t.Context(), test.start)
		if sent := strings.Join(s.bodies, "|"); sent != test.body || nameOf(err) != test.fault {
			t.Errorf("%s: sent %s, %v", test.name, cmp.Diff(test.body, sent), err)
		}
		if test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v, want %v", test.name, err, test.is)
		}
		unlike := got.Ref != jobRef(aJob) || got.RetryAfter == 0
		if err == nil && unlike {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// Any success is an acceptance. Without an id to be trusted in a path it names nothing.
func TestAnswersToAnOrder(t *testing.T) {
	t.Parallel()
	for answer, id := range map[string]string{
		`202 {"jobId":"` + aJob + `"}`:                              aJob,
		`200 {"jobID":"` + aJob + `"}`:                              aJob,
		`201 {"JobId":"\"` + aJob + `\""}`:                          aJob,
		`202 {"jobId":null}`:                                        "",
		`202 {"jobId":"../../v1.0/me"}`:                             "",
		`202 {"resourceUri":"https://evil.example/configure/1234"}`: "",
		`202 {`:      "",
		`202 `:       "",
		`204 `:       "",
		`200 <html>`: "",
	} {
		c, _ := client(t, answers{orders: {answer}})
		got, err := c.Start(t.Context(), publish)
		if err != nil || got.Ref.ID != id || got.Ref.Known() != (id != "") || got.Ref.Order != (id != "") {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
}

func TestRefusalsOfAnOrder(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`400 {"error":{"code":"badRequest","message":"An In Progress submission already exists","details":[]}}`:                                                         "conflict",
		`400 {"error":{"code":"badRequest","message":"x","details":[{"code":"invalidState","message":"The submission cannot be pushed to as its not the latest"}]}}`:    "conflict",
		`409 {"error":{"code":"Conflict","message":"busy"}}`:                                                                                                            "conflict",
		`422 {"error":{"code":"productLocked","message":"busy"}}`:                                                                                                       "conflict",
		`400 {"error":{"code":"badRequest","message":"Schema https://product-ingestion.azureedge.net/schema/configure/2022-03-01-preview2 could not be accessed"}}`:     "refused",
		`400 {"error":{"code":"badRequest","message":"x","details":[{"code":"schemaValidationError","message":"Required properties [\"sources\"] were not present"}]}}`: "refused",
		`409 `: "refused",
		`404 {"error":{"code":"notFound","message":"no"}}`:  "not found",
		`403 {"error":{"code":"forbidden","message":"no"}}`: "forbidden",
		`429 `: "throttled",
		`500 {"error":{"code":"internalServerError","message":"An In Progress submission already exists"}}`: "cut",
		`307 `: "cut",
		`cut `: "cut",
	} {
		c, s := client(t, answers{orders: {answer}})
		_, err := c.Start(t.Context(), publish)
		if faultName(err) != want || len(s.bodies) != 1 {
			t.Errorf("%s: %v (%s), sent %d times", answer, err, faultName(err), len(s.bodies))
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		jobs("completed", "cancelled", "1", "2"): "",
		"202 ":                                   "",
		`400 {"error":{"code":"badRequest","message":"Cannot cancel job, job has already completed.","details":[]}}`: "refused",
		"404 ": "not found",
	} {
		c, _ := client(t, answers{cancels: {answer}})
		if _, err := c.Cancel(t.Context(), jobRef(aJob)); nameOf(err) != want {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for _, ref := range []marketplace.Ref{{}, submissionRef(guid, "5", "preview"), {Path: "/api/x"}} {
		c, s := client(t, nil)
		if _, err := c.Cancel(t.Context(), ref); faultName(err) != "unsupported" || len(s.calls) != 0 {
			t.Errorf("%+v: %v, %v", ref, err, s.calls)
		}
	}
}

func TestRehearsal(t *testing.T) {
	t.Parallel()
	c, _ := client(t, answers{subs: {list("5/preview/completed/succeeded/2")}})
	if _, _, body, _ := c.Request(t.Context(), publish); !strings.Contains(body, "product/{product}") {
		t.Error(body)
	}
	if _, err := c.Offer(t.Context()); err != nil {
		t.Fatal(err)
	}
	method, target, text, _ := c.Request(t.Context(), marketplace.Start{Kind: marketplace.GoLive})
	var in configure
	if err := json.Unmarshal([]byte(text), &in); err != nil || method != "POST" || target != Endpoint+root+"/configure?$version="+version || in.Resources[0].ID != "submission/"+guid+"/5" {
		t.Errorf("%s %s %s, %v", method, target, text, err)
	}
	if _, _, text, _ = c.Request(t.Context(), marketplace.Start{Kind: marketplace.GoLive, Preview: jobRef(aJob)}); !strings.Contains(text, "/{submission}") {
		t.Error(text)
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	job, submission := root+"/configure/"+aJob+"/status", root+"/submission/"+guid+"/1152921515689848683"
	for text, want := range map[string]marketplace.Ref{
		job:                            {Path: job + "?$version=" + version, ID: aJob, Order: true},
		job + "?$version=" + version:   {Path: job + "?$version=" + version, ID: aJob, Order: true},
		job + "?%24version=2022-07-01": {Path: job + "?$version=2022-07-01", ID: aJob, Order: true},
		job + "/":                      {Path: job + "?$version=" + version, ID: aJob, Order: true},
		Endpoint + job:                 {Path: job + "?$version=" + version, ID: aJob, Order: true},
		"https://GRAPH.microsoft.com:443" + submission + "?$version=" + version: {Path: submission + "?$version=" + version, ID: "1152921515689848683"},
		submission: {Path: submission + "?$version=" + version, ID: "1152921515689848683"},
	} {
		got, err := ParseRef(origin(t, Endpoint), text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParseRef(origin(t, Endpoint), got.Path); err != nil || again != got {
			t.Errorf("%s: again %+v, %v", text, again, err)
		}
	}
	for _, text := range []string{"", aJob, "/", root, job + "x", job + "/x", root + "/configure/" + aJob, root + "/configure/" + aJob + "/cancel", root + "/submission/" + guid,
		root + "/submission/" + guid + "/0", root + "/submission/" + guid + "/5/6", root + "/submission/../5", root + "/submission//5", root + `\submission\a\5`,
		"https://evil.example" + job, "//evil.example" + job, "https://graph.microsoft.com@evil.example" + job, "https://user@graph.microsoft.com" + job, "http://graph.microsoft.com" + job,
		job + "?$version=" + version + "&x=1", job + "?$version=", job + "?$version=..", job + "?x=" + version, job + "#x", job + "%2f", root + "/configure/a%2fb/status", " " + job,
		"/api/operations/contoso$contoso-offer$2$preview", "/v1.0/ingestion/products/" + guid + "/submissions/5"} {
		if got, err := ParseRef(origin(t, Endpoint), text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add(root + "/configure/" + aJob + "/status?%24version=2022-07-01")
	f.Add(Endpoint + root + "/submission/" + guid + "/5")
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseRef(origin(t, Endpoint), text)
		if err != nil {
			return
		}
		again, err := ParseRef(origin(t, Endpoint), ref.Path)
		if err != nil || again != ref || !strings.HasPrefix(ref.Path, root+"/") || strings.ContainsAny(ref.Path, "%\\# \n") || ref.ID == "" {
			t.Errorf("%q: %+v, then %+v, %v", text, ref, again, err)
		}
	})
}

// Whatever comes, a success is never made of it that it does not say, and every text is clean.
func FuzzAnswers(f *testing.F) {
	f.Add(strings.TrimPrefix(jobs("completed", "failed", "1", "2"), "200 "))
	f.Add(strings.Replace(strings.TrimPrefix(jobs("completed", "failed", "1", "2"), "200 "), `"errors":[]`, `"errors":`+certification, 1))
	f.Add(strings.TrimPrefix(list("5/preview/completed/succeeded/2", "4/live/running/pending/1"), "200 "))
	f.Add(strings.TrimPrefix(known, "200 "))
	f.Add(strings.Repeat("[", 2000))
	f.Fuzz(func(t *testing.T, body string) {
		c, _ := client(t, answers{status: {"200 " + body}, subs: {"200 " + body}, wrote: {"200 " + body}, orders: {"200 " + body}})
		op, err := c.Operation(t.Context(), jobRef(aJob))
		if err == nil && op.State == "" {
			t.Error("an operation without a state")
		}
		said := strings.ToLower(strings.ReplaceAll(body, "\\", ""))
		well := op.State == marketplace.Succeeded || op.State == marketplace.AtSignOff
		if err == nil && well && !strings.Contains(said, "succe") && !strings.Contains(body, `\u`) && !strings.ContainsAny(said, " -_\"\t\n") {
			t.Errorf("success out of %q", body)
		}
		for _, m := range op.Messages {
			if strings.ContainsAny(m.Text+m.Code, "\n\r") {
				t.Errorf("a message of two lines: %q", m.Text)
			}
		}
		if _, err := c.Offer(t.Context()); err == nil {
			if _, err := c.Operations(t.Context()); err != nil {
				t.Error(err)
			}
		}
		a, err := c.Start(t.Context(), publish)
		untrue := a.Ref.Known() && !rest.IsID(a.Ref.ID)
		if err != nil || untrue {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
