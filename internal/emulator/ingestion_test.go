package emulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const v2 = "?$version=2022-03-01-preview2"

// ask asks the Product Ingestion API, with a token for it.
func (c *caller) ask(method, path, body string, header ...string) got {
	c.t.Helper()
	token := c.e.issued.grant(ingestionAudience, c.e.now())
	header = append([]string{"Authorization", "Bearer " + token, "Content-Type", "application/json"}, header...)
	return c.send(c.t.Context(), method, ingestionAudience+ingestionRoot+path, body, header...)
}

// order is the body of an order; edits replace parts of it.
func (c *caller) order(to, id string, edits ...string) string {
	field := ""
	if id != "" {
		field = `"id":"submission/` + c.e.product() + "/" + id + `",`
	}
	body := `{"$schema":"https://schema.mp.microsoft.com/schema/configure/2022-03-01-preview2","resources":[{"$schema":"https://schema.mp.microsoft.com/schema/submission/2022-03-01-preview2",` +
		field + `"product":"product/` + c.e.product() + `","target":{"targetType":"` + to + `"}}]}`
	return strings.NewReplacer(edits...).Replace(body)
}

// entriesNow are the submissions but for the draft, as "target status result", in the order of their targets.
func (c *caller) entriesNow() (text string, ids []string) {
	c.t.Helper()
	g := c.ask("GET", "submission/"+c.e.product()+v2, "")
	var v struct {
		Value []struct {
			ID, Status, Result string
			Target             struct{ TargetType string }
		}
	}
	if err := json.Unmarshal([]byte(g.body), &v); err != nil {
		c.t.Fatalf("%v in %q", err, g.body)
	}
	for _, to := range []string{"preview", "live"} {
		for _, n := range v.Value {
			if n.Target.TargetType == to {
				text += to + " " + n.Status + " " + n.Result + "; "
				ids = append(ids, n.ID[strings.LastIndexByte(n.ID, '/')+1:])
			}
		}
	}
	return strings.TrimSuffix(text, "; "), ids
}

func (c *caller) orderJob(body string) string {
	c.t.Helper()
	g := c.ask("POST", "configure"+v2, body)
	v := g.json(c.t)
	id, named := v["jobId"].(string)
	if !named {
		id, _ = v["jobID"].(string)
	}
	if g.status != 202 || id == "" {
		c.t.Fatalf("%d %s", g.status, g.body)
	}
	return id
}

func (c *caller) jobNow(id string) string {
	c.t.Helper()
	v := c.ask("GET", "configure/"+id+"/status"+v2, "").json(c.t)
	return fmt.Sprint(v["jobStatus"], " ", v["jobResult"])
}

func TestIngestionIsStrict(t *testing.T) {
	t.Parallel()
	bubble(t, "serves product-ingestion", func(c *caller) {
		const lookup = "product?externalID=contoso-offer&$version=2022-03-01-preview3"
		nobody := guid(1, "nobody")
		for _, test := range []struct {
			method, path, body string
			want               int
			says               string
		}{
			{"GET", lookup, "", 200, c.e.product()},
			{"GET", strings.Replace(lookup, "externalID", "externalid", 1), "", 200, c.e.product()},
			{"GET", "product?externalId=%22contoso-offer%22&%24version=2022-07-01", "", 200, c.e.product()},
			{"GET", strings.Replace(lookup, "contoso-offer", "other", 1), "", 200, `"value":[]`},
			{"GET", "product?$version=2022-07-01", "", 400, "externalID"},
			{"GET", "product?externalID=contoso-offer", "", 400, "$version"},
			{"GET", "product?externalID=contoso-offer&$version=2017-10-31", "", 400, "$version"},
			{"POST", lookup, "{}", 405, "methodNotAllowed"},
			{"GET", "submission/" + c.e.product() + v2, "", 200, `"draft"`},
			{"GET", "submission/" + c.e.product() + v2 + "&targetType=preview", "", 200, `"value":[]`},
			{"GET", "submission/" + c.e.product() + "/5" + v2, "", 404, "notFound"},
			{"GET", "submission/" + nobody + v2, "", 404, "notFound"},
			{"GET", "submission/" + v2, "", 404, ""},
			{"GET", "configure/" + nobody + "/status" + v2, "", 404, "notFound"},
			{"POST", "configure/" + nobody + "/cancel" + v2, "", 404, "notFound"},
			{"GET", "configure" + v2, "", 405, ""},
			{"POST", "configure", c.order("preview", ""), 400, "$version"},
			{"POST", "configure" + v2, "", 400, "schemaValidationError"},
			{"POST", "configure" + v2, `{}`, 400, "schemaValidationError"},
			{"POST", "configure" + v2, c.order("preview", "", "schema.mp.microsoft.com", "product-ingestion.azureedge.net"), 400, "could not be accessed"},
			{"POST", "configure" + v2, c.order("preview", "", "submission/2022-03-01-preview2", "submission/2022-03-01-preview7"), 400, "schemaValidationError"},
			{"POST", "configure" + v2, c.order("preview", "", "configure/2022-03-01-preview2", "configure/2021"), 400, "schemaValidationError"},
			{"POST", "configure" + v2, c.order("preview", "", `"target"`, `"lifecycleState":"deprecated","target"`), 400, "lifecycleState"},
			{"POST", "configure" + v2, c.order("preview", "", c.e.product(), nobody), 400, "resourceNotFound"},
			{"POST", "configure" + v2, c.order("retail", ""), 400, "invalidRequest"},
			{"POST", "configure" + v2, c.order("preview", "5"), 400, "invalidId"},
			{"POST", "configure" + v2, c.order("live", ""), 400, `[\"id\"]`},
			{"POST", "configure" + v2, c.order("live", "5"), 400, "not the latest"},
			{"POST", "configure" + v2, c.order("preview", "", `"product/`+c.e.product()+`"`, `{"externalId":"contoso-offer"}`), 202, `"jobId"`},
			{"POST", "configure" + v2, c.order("preview", "0"), 400, "An In Progress submission already exists"},
		} {
			g := c.ask(test.method, test.path, test.body)
			if g.status != test.want || !strings.Contains(g.body, test.says) || g.header.Get("X-Ms-Correlation-Request-Id") == "" {
				t.Errorf("%s %s %s: %d %s, want %d %s", test.method, test.path, test.body, g.status, g.body, test.want, test.says)
			}
		}
		if truth := c.e.Truth(); truth.Reached["publish"] != 12 || truth.Reached["golive"] != 2 || truth.Accepted["publish"] != 1 || len(truth.Leaks) != 0 {
			t.Errorf("%+v", truth)
		}
		if g := c.ask("GET", lookup, "", "Authorization", "Bearer "+c.token); g.status != 401 || len(c.e.Truth().Leaks) != 1 {
			t.Errorf("the portal's token: %d %s", g.status, g.body)
		}
		if g := c.do("GET", submissions); g.status != 404 {
			t.Errorf("the portal: %d %s", g.status, g.body)
		}
	})
}

func TestIngestionToLive(t *testing.T) {
	t.Parallel()
	bubble(t, "serves product-ingestion\nwas live", func(c *caller) {
		want := func(what, entries string) []string {
			t.Helper()
			text, ids := c.entriesNow()
			c.want(what, text, entries)
			return ids
		}
		old := want("at the start", "preview completed succeeded; live completed succeeded")
		job := c.orderJob(c.order("preview", ""))
		c.want("the job at once", c.jobNow(job), "notStarted pending")
		if g := c.ask("GET", "configure/"+job+v2, ""); g.status != 400 {
			t.Errorf("what it wrote, before the end: %d", g.status)
		}
		time.Sleep(10 * time.Minute)
		c.want("the job", c.jobNow(job), "running pending")
		want("while it runs", "preview running pending; live completed succeeded")
		time.Sleep(40 * time.Minute)
		c.want("the job at its end", c.jobNow(job), "completed succeeded")
		ids := want("at sign-off", "preview completed succeeded; live completed succeeded")
		if ids[0] == ids[1] || ids[1] != old[1] {
			t.Errorf("%v after %v", ids, old)
		}
		if g := c.ask("GET", "configure/"+job+v2, ""); !strings.Contains(g.body, "/"+ids[0]+`"`) {
			t.Errorf("what it wrote: %s", g.body)
		}
		if g := c.ask("POST", "configure"+v2, c.order("live", ids[1])); g.status != 400 {
			t.Errorf("the old one once more: %d", g.status)
		}
		live := c.orderJob(c.order("live", ids[0]))
		time.Sleep(10 * time.Minute)
		want("going live", "preview completed succeeded; live completed succeeded; live running pending")
		time.Sleep(10 * time.Minute)
		c.want("the second job", c.jobNow(live), "completed succeeded")
		if ids = want("live", "preview completed succeeded; live completed succeeded"); ids[0] != ids[1] {
			t.Errorf("%v", ids)
		}
		if truth := c.e.Truth(); truth.Offer != "succeeded" || truth.Operations[len(truth.Operations)-1].ID != live {
			t.Errorf("%+v", truth)
		}
	})
}

type directiveCase struct {
	script, method, path, body string
	after                      time.Duration // the order of a publish
	want                       int
	says                       string
}

func ingestionCases() []directiveCase {
	return []directiveCase{
		{"ingestion product twice", "GET", "product?externalID=contoso-offer&$version=2022-07-01", "", 0, 200, "@"},
		{"ingestion product none", "GET", "product?externalID=contoso-offer&$version=2022-07-01", "", 0, 200, `"value":[]`},
		{"ingestion pages 2 relative", "GET", "submission/@" + v2, "", 0, 200, `"@nextLink":"rp/product-ingestion/submission/`},
		{"ingestion pages 2 foreign https://evil.example", "GET", "submission/@" + v2, "", 0, 200, `"@nextLink":"https://evil.example/rp/`},
		{"ingestion pages 1 endless", "GET", "submission/@" + v2 + "&continuationToken=7", "", 0, 200, `"@nextLink"`},
		{"ingestion configure 200 unnamed", "POST", "configure" + v2, "publish", -1, 200, `"jobStatus"`},
		{"ingestion configure 204", "POST", "configure" + v2, "publish", -1, 204, ""},
		{"ingestion conflict 409", "POST", "configure" + v2, "publish", time.Minute, 409, `"conflict"`},
		{"ingestion conflict 422", "POST", "configure" + v2, "publish", time.Minute, 422, "In Progress"},
		{"ingestion conflict job", "POST", "configure" + v2, "publish", time.Minute, 202, `"pending"`},
		{"ingestion job early 1m", "GET", "configure/#/status" + v2, "", 2 * time.Minute, 200, `"succeeded"`},
		{"ingestion job early 1m", "GET", "submission/@" + v2, "", 2 * time.Minute, 200, `"running"`},
		{"ingestion job forgotten 1h", "GET", "configure/#/status" + v2, "", 115 * time.Minute, 404, "notFound"},
		{"ingestion job forgotten 1h", "GET", "configure/#/status" + v2, "", 100 * time.Minute, 200, "succeeded"},
		{"ingestion job unnamed", "GET", "configure/#" + v2, "", time.Hour, 200, `"preview"`},
		{"ingestion job untold", "GET", "configure/#" + v2, "", time.Hour, 200, `"resources":[]`},
		{"ingestion submissions late 20m", "GET", "submission/@" + v2, "", time.Hour, 200, `"running"`},
		{"ingestion submissions unlisted 20m", "GET", "submission/@" + v2 + "&targetType=preview", "", time.Hour, 200, `"value":[]`},
		{"ingestion submissions unlisted 20m", "GET", "submission/@" + v2 + "&targetType=preview", "", 80 * time.Minute, 200, `"succeeded"`},
		{"ingestion submissions gone 20m", "GET", "submission/@" + v2 + "&targetType=preview", "", time.Hour, 200, `"value":[]`},
		{"ingestion submissions gone 20m listed", "GET", "submission/@" + v2 + "&targetType=preview", "", time.Hour, 200, `"succeeded"`},
		{"offer live\ningestion submissions only-live", "GET", "submission/@" + v2 + "&targetType=preview", "", 0, 200, `"value":[]`},
		{"ingestion form ID date-only", "GET", "configure/#/status" + v2, "", time.Minute, 200, `"0001-01-01","jobID"`},
		{"ingestion form quoted", "GET", "configure/#/status" + v2, "", time.Minute, 200, `\"running\"`},
		{"ingestion form nulls", "GET", "configure/#/status" + v2, "", time.Minute, 200, `"errors":null`},
		{"ingestion form no-draft", "GET", "submission/@" + v2, "", 0, 200, `"value":[]`},
		{"ingestion word running InProgress", "GET", "submission/@" + v2, "", time.Minute, 200, `"InProgress"`},
		{"step Certification 5m rejected no", "GET", "configure/#/status" + v2, "", time.Hour, 200, `"internalServerError"`},
		{"step Certification 5m rejected no\ningestion form codes-numbers objects", "GET", "configure/#/status" + v2, "", time.Hour, 200, `"externalId":"contoso-offer"`},
		{"step Validation 5m failed no", "GET", "configure/#/status" + v2, "", time.Hour, 200, `"businessValidationError"`},
		{"ingestion type azureApplication", "POST", "configure" + v2, "publish", -1, 400, "Type AzureApplication is not supported."},
		{"cancel refused 400 late", "POST", "configure/#/cancel" + v2, "", time.Minute, 400, "late"},
		{"cancel 200", "POST", "configure/#/cancel" + v2, "", time.Minute, 200, `"cancelled"`},
		{"", "POST", "configure/#/cancel" + v2, "", time.Hour, 400, "Cannot cancel job, job has already completed."},
		{"fault job 1 status 503 retry-after 9s", "GET", "configure/#/status" + v2, "", time.Minute, 503, "internalServerError"},
		{"fault ingestion * status 403", "GET", "submission/@" + v2, "", 0, 403, "forbidden"},
		{"fault configure 1 nolocation", "POST", "configure" + v2, "publish", -1, 202, `"jobStatus"`},
	}
}

func TestIngestionDirectives(t *testing.T) {
	t.Parallel()
	for _, test := range ingestionCases() {
		bubble(t, "serves product-ingestion\n"+test.script, func(c *caller) {
			job := ""
			if test.after > 0 {
				job = c.orderJob(c.order("preview", ""))
				time.Sleep(test.after)
			}
			if test.body == "publish" {
				test.body = c.order("preview", "")
			}
			path := strings.NewReplacer("@", c.e.product(), "#", job).Replace(test.path)
			g := c.ask(test.method, path, test.body)
			says := test.says
			if says == "@" {
				says = guid(1, "another product")
			}
			if g.status != test.want || !strings.Contains(g.body, says) {
				t.Errorf("%q %s: %d %s, want %d %s", test.script, test.path, g.status, g.body, test.want, test.says)
			}
			if strings.Contains(test.script, "unnamed") || strings.Contains(test.script, "nolocation") {
				if strings.Contains(g.body, "jobId") || strings.Contains(g.body, `"id"`) {
					t.Errorf("%q: %s", test.script, g.body)
				}
			}
		})
	}
}

// A job that fails because another submission is in the way did nothing; the one that is cut shows later.
func TestIngestionOrdersThatGoWrong(t *testing.T) {
	t.Parallel()
	bubble(t, "serves product-ingestion\nrunning publish 20m left\ningestion conflict job", func(c *caller) {
		job := c.orderJob(c.order("preview", ""))
		c.want("the job", c.jobNow(job), "completed failed")
		if truth := c.e.Truth(); truth.Accepted["publish"] != 0 || len(truth.Operations) != 1 {
			t.Errorf("%+v", truth)
		}
	})
	bubble(t, "serves product-ingestion\nfault configure 1 late 30s", func(c *caller) {
		if g := c.ask("POST", "configure"+v2, c.order("preview", "")); g.err == nil {
			t.Errorf("%+v", g)
		}
		text, _ := c.entriesNow()
		c.want("at once", text, "")
		time.Sleep(time.Minute)
		text, _ = c.entriesNow()
		c.want("later", text, "preview running pending")
	})
	for back, want := range map[string]string{"gone": "", "draft": "", "listed": "preview completed cancelled"} {
		bubble(t, "serves product-ingestion\ningestion canceled "+back, func(c *caller) {
			job := c.orderJob(c.order("preview", ""))
			time.Sleep(time.Minute)
			_, ids := c.entriesNow()
			c.ask("POST", "configure/"+job+"/cancel"+v2, "")
			time.Sleep(3 * time.Minute)
			c.want("the job", c.jobNow(job), "completed cancelled")
			text, _ := c.entriesNow()
			c.want(back, text, want)
			g := c.ask("GET", "submission/"+c.e.product()+"/"+ids[0]+v2, "")
			if back == "draft" != strings.Contains(g.body, `"draft"`) {
				t.Errorf("%s: %s", back, g.body)
			}
		})
	}
}
