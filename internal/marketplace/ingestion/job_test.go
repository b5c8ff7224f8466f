package ingestion

import (
	"strings"
	"testing"

	"publish-offer/internal/marketplace"
)

var publish = marketplace.Start{Kind: marketplace.Publish}

// ordered is a client that has made an order, whose job it follows; before it the submissions were read.
func ordered(t *testing.T, s marketplace.Start, before string, a answers) (*Client, *service) {
	t.Helper()
	a[orders] = []string{`202 {"jobId":"` + aJob + `","jobStatus":"notStarted"}`}
	a[subs] = append([]string{before}, a[subs]...)
	c, service := client(t, a)
	if _, err := c.Operations(t.Context()); err != nil {
		t.Fatal(err)
	}
	accepted, err := c.Start(t.Context(), s)
	if err != nil || accepted.Ref != jobRef(aJob) {
		t.Fatalf("%+v, %v", accepted, err)
	}
	service.calls = nil
	return c, service
}

func TestJobForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		state      marketplace.State
		unknown    string
	}{
		{"running", jobs("running", "pending", "1", ""), marketplace.Running, ""},
		{"not started", jobs("notStarted", "pending", "1", ""), marketplace.NotStarted, ""},
		{"capitals", jobs("Running", "Pending", "1", ""), marketplace.Running, ""},
		{"jobID", `200 {"jobID":"x","jobStatus":"running","jobEnd":"0001-01-01"}`, marketplace.Running, ""},
		{"quoted", `200 {"jobStatus":"\"running\"","jobResult":"\"pending\""}`, marketplace.Running, ""},
		{"nulls", `200 {"jobStatus":"running","jobResult":null,"jobEnd":null,"errors":null}`, marketplace.Running, ""},
		{"a new word", jobs("validating", "pending", "1", ""), marketplace.Running, "validating"},
		{"a new result", jobs("completed", "partiallySucceeded", "1", "2"), marketplace.Running, "partiallySucceeded"},
		{"a result alone", `200 {"jobResult":"pending"}`, marketplace.Running, ""},
		{"an end without a result", jobs("completed", "", "1", "2"), marketplace.Running, ""},
		{"an end with errors alone", `200 {"jobStatus":"completed","errors":["no"]}`, marketplace.Failed, ""},
		{"failed", jobs("completed", "failed", "1", "2"), marketplace.Failed, ""},
		{"cancelled", jobs("completed", "cancelled", "1", "2"), marketplace.Canceled, ""},
		{"canceled", jobs("completed", "canceled", "1", "2"), marketplace.Canceled, ""},
		{"cancelled as status", `200 {"jobStatus":"Cancelled"}`, marketplace.Canceled, ""},
	} {
		c, s := ordered(t, publish, list(), answers{status: {test.body}})
		op, err := c.Operation(t.Context(), jobRef(aJob))
		if err != nil || op.State != test.state || strings.Join(op.Unknown, ",") != test.unknown || op.Kind != marketplace.Publish {
			t.Errorf("%s: %+v, %v", test.name, op, err)
		}
		if len(s.calls) != 1 || op.RetryAfter == 0 {
			t.Errorf("%s: %v, Retry-After %v", test.name, s.calls, op.RetryAfter)
		}
	}
	for name, body := range map[string]string{"nothing": "200 ", "no status": "200 {}", "no JSON": "200 <html>", "a list": "200 []"} {
		c, _ := client(t, answers{status: {body}})
		if _, err := c.Operation(t.Context(), jobRef(aJob)); faultName(err) != "unreadable" {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, _ := client(t, answers{status: {`404 {"error":{"code":"notFound","message":"The job does not exist."}}`}})
	if _, err := c.Operation(t.Context(), jobRef(aJob)); faultName(err) != "not found" {
		t.Errorf("a forgotten job: %v", err)
	}
}

// A job that ended well is believed together with the submissions only. The job ran from the 2nd to the 3rd.
func TestOwnPublishThatEndedWell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, before, after string
		told                string // what the job wrote, where it is asked
		state               marketplace.State
		made                string
		unsettled           bool
		steps               string
	}{
		{"the preview stands", "", "5/preview/completed/succeeded/2", "", marketplace.AtSignOff, "5", false, "waiting"},
		{"over one that is live", "4/preview/completed/succeeded/1 4/live/completed/succeeded/1", "5/preview/completed/succeeded/2 4/live/completed/succeeded/1", "", marketplace.AtSignOff, "5", false, "waiting"},
		{"it still runs there", "", "5/preview/running/pending/2", "", marketplace.Running, "5", false, "in progress"},
		{"it failed there", "", "5/preview/completed/failed/2", "", marketplace.Failed, "5", false, "Preview failed"},
		{"not listed yet", "", "", "", marketplace.Succeeded, "", true, "in progress"},
		{"the old one is listed yet", "4/preview/completed/succeeded/1", "4/preview/completed/succeeded/1", "", marketplace.Succeeded, "", true, "in progress"},
		{"live, and the old one", "4/preview/completed/succeeded/1 4/live/completed/succeeded/1", "4/preview/completed/succeeded/1 4/live/completed/succeeded/1", "", marketplace.Succeeded, "", true, "in progress"},
		{"replaced since", "", "6/preview/running/pending/4", named("preview", "5"), marketplace.Succeeded, "5", false, "Publisher signoff not started"},
		{"replaced since, and the job does not tell", "", "6/preview/running/pending/4", named("preview", ""), marketplace.Succeeded, "", false, "Publisher signoff not started"},
		{"replaced since, without a date", "", "6/preview/completed/succeeded", named("preview", "5"), marketplace.Succeeded, "5", false, "Publisher signoff not started"},
		{"somebody took it live", "", "5/preview/completed/succeeded/2 5/live/running/pending/4", "", marketplace.Succeeded, "5", false, "Live in progress"},
		{"the same id again", "5/preview/completed/failed/1", "5/preview/completed/succeeded/2", "", marketplace.AtSignOff, "5", false, "waiting"},
		{"without a date, and the job tells", "", "5/preview/completed/succeeded", named("preview", "5"), marketplace.AtSignOff, "5", false, "waiting"},
		{"without a date, and the job does not", "", "5/preview/completed/succeeded", named("preview", ""), marketplace.AtSignOff, "", false, "waiting"},
	} {
		a := answers{status: {jobs("completed", "succeeded", "2", "3")}, subs: {list(strings.Fields(test.after)...)}}
		if test.told != "" {
			a[wrote] = []string{test.told}
		}
		c, s := ordered(t, publish, list(strings.Fields(test.before)...), a)
		op, err := c.Operation(t.Context(), jobRef(aJob))
		replaced := strings.HasPrefix(test.name, "replaced")
		if err != nil || op.State != test.state || op.Made.ID != test.made || op.Unsettled != test.unsettled || op.Kind != marketplace.Publish || op.Replaced != replaced {
			t.Errorf("%s: %+v, %v", test.name, op, err)
		}
		if !strings.Contains(stepsOf(op.Details), test.steps) {
			t.Errorf("%s: %s", test.name, stepsOf(op.Details))
		}
		if most := 2 + min(1, len(test.told)); len(s.calls) != most {
			t.Errorf("%s: %v", test.name, s.calls)
		}
	}
}

func TestGoLiveThatEndedWell(t *testing.T) {
	t.Parallel()
	const old = "5/preview/completed/succeeded/2 4/preview/completed/succeeded/1 4/live/completed/succeeded/1"
	const failedBefore = "5/preview/completed/succeeded/2 5/live/completed/failed/1"
	for _, test := range []struct {
		name, after string
		state       marketplace.State
		unsettled   bool
	}{
		{"live", "5/preview/completed/succeeded/2 5/live/completed/succeeded/2", marketplace.Succeeded, false},
		{"it still runs there", "5/preview/completed/succeeded/2 4/live/completed/succeeded/1 5/live/running/pending/2", marketplace.Running, false},
		{"an older live one proves nothing", old, marketplace.Succeeded, true},
		{"it failed there", "5/preview/completed/succeeded/2 5/live/completed/failed/2", marketplace.Failed, false},
		{"the failure of before proves nothing", failedBefore, marketplace.Succeeded, true},
		{"once more, with the date of before", "5/preview/completed/succeeded/2 5/live/completed/succeeded/1", marketplace.Succeeded, false},
	} {
		before := old
		if strings.Contains(test.name, "before") {
			before = failedBefore
		}
		c, _ := ordered(t, marketplace.Start{Kind: marketplace.GoLive, Preview: submissionRef(guid, "5", "preview")}, list(strings.Fields(before)...),
			answers{status: {jobs("completed", "succeeded", "2", "3")}, subs: {list(strings.Fields(test.after)...)}})
		op, err := c.Operation(t.Context(), jobRef(aJob))
		if err != nil || op.State != test.state || op.Unsettled != test.unsettled || op.Kind != marketplace.GoLive || op.Made.ID != "5" {
			t.Errorf("%s: %+v, %v", test.name, op, err)
		}
	}
}

// A job that another run ordered: what it was for is read at its end.
func TestResumedJob(t *testing.T) {
	t.Parallel()
	const down = "503 "
	for _, test := range []struct {
		name, job, told, after string
		state                  marketplace.State
		kind                   marketplace.Kind
		made                   string
		unsettled              bool
		err                    string
	}{
		{"running", jobs("running", "pending", "2", ""), "", "5/preview/completed/succeeded/1 5/live/running/pending/2", marketplace.Running, "", "", false, ""},
		{"preview", "", named("preview", "5"), "5/preview/completed/succeeded/2", marketplace.AtSignOff, marketplace.Publish, "5", false, ""},
		{"live", "", named("live", "5"), "5/preview/completed/succeeded/1 5/live/completed/succeeded/2", marketplace.Succeeded, marketplace.GoLive, "5", false, ""},
		{"live, not listed yet", "", named("live", "5"), "5/preview/completed/succeeded/1 4/live/completed/succeeded/1", marketplace.Succeeded, marketplace.GoLive, "5", true, ""},
		{"live without an id", "", named("live", ""), "4/live/completed/succeeded/1", marketplace.Succeeded, marketplace.GoLive, "", true, ""},
		{"unnamed", "", named("preview", ""), "5/preview/completed/succeeded/2", marketplace.AtSignOff, marketplace.Publish, "", false, ""},
		{"untold", "", `200 {"resources":[]}`, "5/preview/completed/succeeded/2", marketplace.AtSignOff, marketplace.Publish, "", false, ""},
		{"untold, an older live one", "", `200 {"resources":[]}`, "4/preview/completed/succeeded/1 4/live/completed/succeeded/1", marketplace.Succeeded, marketplace.Publish, "", true, ""},
		{"not answered", "", `404 `, "5/preview/running/pending/2", marketplace.Running, marketplace.Publish, "", false, ""},
		{"refused", "", `400 {"error":{"code":"badRequest"}}`, "5/preview/completed/succeeded/2", marketplace.AtSignOff, marketplace.Publish, "", false, ""},
		{"named, not listed yet", "", named("preview", "5"), "4/preview/completed/succeeded/1", marketplace.Succeeded, marketplace.Publish, "5", true, ""},
		{"named, replaced since", "", named("preview", "5"), "6/preview/running/pending/4", marketplace.Succeeded, marketplace.Publish, "5", false, ""},
		{"named, replaced without dates", "", named("preview", "5"), "6/preview/running/pending", marketplace.Succeeded, marketplace.Publish, "5", false, ""},
		{"named, live and no longer a preview", "", named("preview", "5"), "5/live/completed/succeeded/4", marketplace.Succeeded, marketplace.Publish, "5", false, ""},
		{"unnamed, replaced since", "", named("preview", ""), "6/preview/completed/succeeded/4", marketplace.Succeeded, marketplace.Publish, "", false, ""},
		{"failed", jobs("completed", "failed", "2", "3"), named("live", "5"), "", marketplace.Failed, marketplace.GoLive, "", false, ""},
		{"canceled", jobs("completed", "cancelled", "2", "3"), named("preview", ""), "", marketplace.Canceled, marketplace.Publish, "", false, ""},
		{"out of reach", "", down, "", "", "", "", false, "cut"},
		{"another product's", "", strings.ReplaceAll(named("preview", "5"), guid, other), "", "", "", "", false, "conflict"},
	} {
		if test.job == "" {
			test.job = jobs("completed", "succeeded", "2", "3")
		}
		c, _ := client(t, answers{status: {test.job}, wrote: {test.told}, subs: {list(strings.Fields(test.after)...)}})
		op, err := c.Operation(t.Context(), jobRef(aJob))
		if test.err != "" {
			if err == nil || faultName(err) != test.err {
				t.Errorf("%s: %+v, %v", test.name, op, err)
			}
			continue
		}
		if err != nil || op.State != test.state || op.Kind != test.kind || op.Made.ID != test.made || op.Unsettled != test.unsettled {
			t.Errorf("%s: %+v, %v", test.name, op, err)
		}
	}
}

const certification = `[{"resourceId":"submission/x","code":"internalServerError","message":"The submission has failed.","details":[
	{"resourceId":{"externalId":"contoso-offer"},"code":"invalidState","message":"Certification","details":[
	{"resourceId":{"resourceName":"plan1"},"code":"invalidState","message":"Issues found during Certification.","details":[]}]}]}]`

func TestErrorTrees(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, errors string
		step         string
		want         string // the messages, code:level:text
		conflict     bool
	}{
		{"certification", certification, "Certification",
			"invalidState:error:Issues found during Certification. (resource plan1)|invalidState:error:Certification|internalServerError:error:The submission has failed.", false},
		{"capitals", `[{"Code":"BadRequest","Message":"No.","Details":[{"code":"BusinessValidationError","message":"No plan."}]}]`, "Preview", "BusinessValidationError:error:No plan.|BadRequest:error:No.", false},
		{"codes that are no strings", `[{"code":7,"message":"a","details":[{"code":{"value":"x"},"message":"b"},{"code":["y"],"message":"c"}]}]`, "Preview", `x:error:b|["y"]:error:c|7:error:a`, false},
		{"strings", `["first","second"]`, "Preview", ":error:first|:error:second", false},
		{"one object", `{"code":"invalidId","message":"no"}`, "Preview", "invalidId:error:no", false},
		{"validations", `[{"code":"invalidRequest","message":"See.","validations":[{"level":"informational","message":"fine"},{"level":"warning","message":"hm"}]}]`, "Preview", ":information:fine|:warning:hm|invalidRequest:error:See.", false},
		{"a code alone", `[{"code":"notDeployed"}]`, "Preview", "notDeployed:error:notDeployed", false},
		{"said twice", `[{"code":"a","message":"b"},{"code":"a","message":"b"}]`, "Preview", "a:error:b", false},
		{"markup", `[{"code":"a","message":"<b>no</b> <script>x</script>"}]`, "Preview", "a:error:no", false},
		{"nothing", `null`, "Preview", "", false},
		{"in progress", `[{"code":"badRequest","message":"x","details":[{"code":"invalidState","message":"An In Progress submission already exists"}]}]`, "Preview", "invalidState:error:An In Progress submission already exists|badRequest:error:x", true},
		{"not the latest", `[{"code":"badRequest","message":"The submission cannot be pushed to as its not the latest"}]`, "Preview", "badRequest:error:The submission cannot be pushed to as its not the latest", true},
		{"a conflict by its code", `[{"code":"Conflict","message":"x"}]`, "Preview", "Conflict:error:x", true},
		{"a lock of the draft", `[{"code":"invalidRequest","message":"The property 'PlanId' is locked by a previous submission"}]`, "Preview", "invalidRequest:error:The property 'PlanId' is locked by a previous submission", false},
	} {
		body := strings.Replace(jobs("completed", "failed", "2", "3"), `"errors":[]`, `"errors":`+test.errors, 1)
		c, s := ordered(t, publish, list(), answers{status: {body}})
		op, err := c.Operation(t.Context(), jobRef(aJob))
		if err != nil || op.State != marketplace.Failed || op.Conflict != test.conflict || len(s.calls) != 1 {
			t.Errorf("%s: %+v, %v, %v", test.name, op, err, s.calls)
			continue
		}
		var got []string
		for _, m := range op.Steps[0].Messages {
			got = append(got, m.Code+":"+m.Level+":"+m.Text)
		}
		if op.Steps[0].Name != test.step || op.Steps[0].State != marketplace.StepFailed || strings.Join(got, "|") != test.want {
			t.Errorf("%s: %s %q, want %q", test.name, op.Steps[0].Name, strings.Join(got, "|"), test.want)
		}
	}
}

// An error of the go-live belongs to the step Live, unless it is the certification's.
func TestGoLiveThatFailed(t *testing.T) {
	t.Parallel()
	for errors, want := range map[string]string{
		`["no"]`:      "Preview complete, Publisher signoff complete, Live failed",
		certification: "Preview complete, Publisher signoff complete, Certification failed",
	} {
		body := strings.Replace(jobs("completed", "failed", "2", "3"), `"errors":[]`, `"errors":`+errors, 1)
		c, _ := ordered(t, marketplace.Start{Kind: marketplace.GoLive, Preview: submissionRef(guid, "5", "")}, list(), answers{status: {body}})
		if op, err := c.Operation(t.Context(), jobRef(aJob)); err != nil || stepsOf(op.Details) != want {
			t.Errorf("%s, %v; want %s", stepsOf(op.Details), err, want)
		}
	}
}
