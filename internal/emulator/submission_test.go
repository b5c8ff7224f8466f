package emulator

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const partnerTest = "serves partner-center-submission\n"

// partner is a caller of the submission API, with its own knowledge of every path.
type partner struct {
	*caller
	product string
}

func partnerBubble(t *testing.T, script string, f func(p *partner)) {
	t.Helper()
	bubble(t, partnerTest+script, func(c *caller) {
		p := &partner{caller: c}
		p.signInHere()
		f(p)
	})
}

func (p *partner) signInHere() {
	form := p.form()
	form.Set("scope", "https://api.partner.microsoft.com/.default")
	p.token, _ = p.exchange(p.env["AZURE_TENANT_ID"], form).json(p.t)["access_token"].(string)
}

func (p *partner) ask(method, path, body string) got {
	p.t.Helper()
	header := []string{"Authorization", "Bearer " + p.token}
	if body != "" {
		header = append(header, "Content-Type", "application/json")
	}
	return p.send(p.t.Context(), method, "https://api.partner.microsoft.com/v1.0/ingestion/"+path, body, header...)
}

func offerFilter(offer, kind string) string {
	filter := "externalIDs/Any(i:i/type eq 'AzureOfferId' and i/value eq '" + offer + "')"
	if kind != "" {
		filter = "resourceType eq '" + kind + "' and " + filter
	}
	return "products?$filter=" + url.QueryEscape(filter)
}

// values are the elements of all pages of a list.
func (p *partner) values(path string) (list []map[string]any) {
	p.t.Helper()
	for path != "" {
		g := p.ask("GET", path, "")
		var page struct {
			Value    []map[string]any
			NextLink string
		}
		if err := json.Unmarshal([]byte(g.body), &page); err != nil || g.status != 200 {
			p.t.Fatalf("GET %s: %d %s %v", path, g.status, g.body, g.err)
		}
		list = append(list, page.Value...)
		path = strings.TrimPrefix(page.NextLink, "v1.0/ingestion/")
	}
	return list
}

func (p *partner) find() {
	p.t.Helper()
	list := p.values(offerFilter("contoso-offer", ""))
	if len(list) != 1 {
		p.t.Fatalf("products %v", list)
	}
	p.product = "products/" + list[0]["id"].(string)
}

// body is the order that the draft asks for, as its parts show it.
func (p *partner) body() map[string]any {
	p.t.Helper()
	plans := map[string][]any{}
	for _, v := range p.values(p.product + "/variants") {
		if v["resourceType"] == "AzureSkuVariant" && v["externalID"] != "testdrive" {
			plans[v["id"].(string)] = []any{}
		}
	}
	resources := []any{}
	for _, module := range []string{"Availability", "Listing", "Package", "Property", "ResellerConfiguration"} {
		for _, row := range p.values(p.product + "/branches/getByModule(module=" + module + ")") {
			instance := map[string]any{"type": module, "value": row["currentDraftInstanceID"]}
			variant, _ := row["variantID"].(string)
			if variant == "" {
				resources = append(resources, instance)
			} else if _, ok := plans[variant]; ok {
				plans[variant] = append(plans[variant], instance)
			}
		}
	}
	variants := []any{}
	for id, list := range plans {
		variants = append(variants, map[string]any{"variantID": id, "resources": list})
	}
	return map[string]any{"resourceType": "SubmissionCreationRequest", "targets": []any{map[string]any{"type": "Scope", "value": "preview"}},
		"resources": resources, "variantResources": variants}
}

func (p *partner) create(body map[string]any) got {
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.ask("POST", p.product+"/submissions", string(text))
}

func (p *partner) created() string {
	p.t.Helper()
	g := p.create(p.body())
	if g.status/100 != 2 {
		p.t.Fatalf("create: %d %s", g.status, g.body)
	}
	return p.product + "/submissions/" + g.json(p.t)["id"].(string)
}

func (p *partner) at(path string) string {
	p.t.Helper()
	g := p.ask("GET", path, "")
	if g.status != 200 {
		return fmt.Sprint(g.status)
	}
	v := g.json(p.t)
	return fmt.Sprint(v["state"], "/", v["substate"])
}

func (p *partner) rows(path string) string {
	p.t.Helper()
	var out []string
	for _, row := range p.values(path + "/workflowdetails") {
		out = append(out, fmt.Sprint(row["targetEnvironment"], " ", row["state"]))
		for _, s := range row["workflowSteps"].([]any) {
			out = append(out, fmt.Sprint(s.(map[string]any)["name"], " ", s.(map[string]any)["state"]))
		}
	}
	return strings.Join(out, ", ")
}

func TestSubmissionToLive(t *testing.T) {
	t.Parallel()
	partnerBubble(t, "submission pages 2", func(p *partner) {
		p.find()
		s := p.created()
		p.want("after the start", p.at(s), "InProgress/Submitted")
		if g := p.create(p.body()); g.status != 409 || !strings.Contains(g.body, "An In Progress submission already exists.") {
			t.Errorf("a second one: %d %s", g.status, g.body)
		}
		if g := p.ask("POST", s+"/promote", ""); g.status != 400 {
			t.Errorf("promote while it runs: %d %s", g.status, g.body)
		}
		time.Sleep(12 * time.Minute)
		p.want("steps", p.rows(s), "Preview InProgress, Automated validation Success, Preview Creation InProgress, Publisher Signoff NotStarted, "+
			"Live NotStarted, Certification NotStarted, Publish NotStarted")
		time.Sleep(12 * time.Minute)
		p.want("preview", p.at(s), "Published/ReadyToPublish")
		if g := p.ask("DELETE", s, ""); g.status != 400 {
			t.Errorf("delete of a preview: %d %s", g.status, g.body)
		}
		if g := p.ask("POST", s+"/promote", "{}"); g.status != 200 || g.json(t)["targetEnvironment"] != "Live" {
			t.Errorf("promote: %d %s", g.status, g.body)
		}
		p.want("going live", p.at(s), "Published/Publishing")
		time.Sleep(15 * time.Minute)
		p.want("steps", p.rows(s), "Preview Success, Automated validation Success, Preview Creation Success, Publisher Signoff Success, "+
			"Live InProgress, Certification Success, Publish InProgress")
		time.Sleep(5 * time.Minute)
		p.want("live", p.at(s), "Published/InStore")
		list := p.values(p.product + "/submissions")
		if len(list) != 1 || list[0]["releaseNumber"] != 27.0 || s != p.product+"/submissions/"+list[0]["id"].(string) {
			t.Errorf("list %v", list)
		}
		truth := p.e.Truth()
		if truth.Reached["publish"] != 2 || truth.Accepted["publish"] != 1 || truth.Accepted["golive"] != 1 || truth.Offer != succeeded {
			t.Errorf("truth %+v", truth)
		}
		if ids := truth.Operations; len(ids) != 2 || !strings.HasSuffix(s, "/"+ids[0].ID) || ids[0].ID != ids[1].ID {
			t.Errorf("truth %+v, not %s", ids, s)
		}
	})
}

func TestSubmissionIsStrict(t *testing.T) {
	t.Parallel()
	partnerBubble(t, "offer preview", func(p *partner) {
		p.find()
		good := p.body()
		change := func(f func(b map[string]any)) string {
			text, _ := json.Marshal(good)
			var b map[string]any
			_ = json.Unmarshal(text, &b)
			f(b)
			text, _ = json.Marshal(b)
			return string(text)
		}
		for _, test := range []struct {
			method, path, body string
			want               int
			says               string
		}{
			{"GET", "products", "", 400, "ProductTypeFilter"},
			{"GET", offerFilter("other", ""), "", 200, `"value":[]`},
			{"GET", offerFilter("contoso-offer", "AzureApplication"), "", 200, "contoso-offer"},
			{"GET", offerFilter("contoso-offer", "AzureContainer"), "", 200, `"value":[]`},
			{"GET", "products/none/submissions", "", 404, "ICH50404"},
			{"GET", p.product + "/branches/getByModule(module=Tax)", "", 400, "ICH50400"},
			{"GET", p.product + "/submissions/1", "", 404, "ICH50404"},
			{"GET", p.product + "/anything", "", 404, "ICH50404"},
			{"PUT", p.product + "/submissions", "{}", 405, "ICH50405"},
			{"POST", p.product + "/submissions", "", 415, "ICH50415"},
			{"POST", p.product + "/submissions", "{}", 400, "ICH50400"},
			{"POST", p.product + "/submissions", change(func(b map[string]any) { b["force"] = true }), 400, "ICH50400"},
			{"POST", p.product + "/submissions", change(func(b map[string]any) { b["targets"] = []any{} }), 400, "targets"},
			{"POST", p.product + "/submissions", change(func(b map[string]any) { b["variantResources"] = b["variantResources"].([]any)[:1] }), 400, "Variants are missing"},
			{"POST", p.product + "/submissions", change(func(b map[string]any) { b["resources"] = b["resources"].([]any)[:4] }), 400, "Resell-20007"},
			{"POST", p.product + "/submissions", change(func(b map[string]any) { b["resources"] = b["resources"].([]any)[1:] }), 400, "Availability module is missing"},
			{"POST", p.product + "/submissions", change(func(map[string]any) {}), 201, "Submitted"},
		} {
			g := p.ask(test.method, test.path, test.body)
			if g.status != test.want || !strings.Contains(g.body, test.says) || g.header.Get("Request-Id") == "" {
				t.Errorf("%s %s: %d %s, want %d with %s", test.method, test.path, g.status, g.body, test.want, test.says)
			}
			var text string
			if g.status >= 400 && json.Unmarshal([]byte(g.body), &text) != nil {
				t.Errorf("%s: not a JSON string: %s", test.path, g.body)
			}
		}
		p.token = p.signIn() // the portal's
		if g := p.ask("GET", p.product+"/variants", ""); g.status != 401 {
			t.Errorf("with another audience: %d %s", g.status, g.body)
		}
	})
}

// form is a script, and what is seen then.
type form struct {
	script string
	check  func(p *partner)
}

func each(t *testing.T, forms map[string]form) {
	t.Helper()
	for name, test := range forms {
		t.Run(name, func(t *testing.T) {
			partnerBubble(t, test.script, func(p *partner) {
				p.product = "products/" + p.e.productID()
				test.check(p)
			})
		})
	}
}

func (p *partner) list() string {
	p.t.Helper()
	return p.ask("GET", p.product+"/submissions", "").body
}

// What the sources disagree about, and what users saw.
func TestSubmissionForms(t *testing.T) {
	t.Parallel()
	each(t, map[string]form{
		"202": {"submission created 202", func(p *partner) { p.want("status", fmt.Sprint(p.create(p.body()).status), "202") }},
		"the filter wants a type": {"submission filter-refused", func(p *partner) {
			p.want("untyped", fmt.Sprint(p.ask("GET", offerFilter("contoso-offer", ""), "").status), "400")
			p.want("typed", fmt.Sprint(p.ask("GET", offerFilter("contoso-offer", "AzureApplication"), "").status), "200")
		}},
		"two products": {"submission several", func(p *partner) {
			p.want("products", fmt.Sprint(len(p.values(offerFilter("contoso-offer", "")))), "2")
		}},
		"words": {"submission shows live published/\noffer live", func(p *partner) {
			if body := p.list(); !strings.Contains(body, `"state":"published"`) || strings.Contains(body, "substate") {
				p.t.Error(body)
			}
		}},
		"newest": {"offer preview\nsubmission newest first", func(p *partner) {
			p.created()
			if body := p.list(); strings.Index(body, `"releaseNumber":28`) > strings.Index(body, `"releaseNumber":27`) {
				p.t.Error(body)
			}
		}},
		"missing": {"submission missing ResellerConfiguration empty optional\nsubmission missing Listing", func(p *partner) {
			p.want("empty", p.ask("GET", p.product+"/branches/getByModule(module=ResellerConfiguration)", "").body, `{"value":[]}`)
			p.want("none", fmt.Sprint(p.ask("GET", p.product+"/branches/getByModule(module=Listing)", "").status), "404")
		}},
		"a bogus last page": {"offer preview\nsubmission pages 1 bogus", func(p *partner) {
			var page struct{ NextLink string }
			_ = json.Unmarshal([]byte(p.list()), &page)
			if !strings.HasPrefix(page.NextLink, "v1.0/ingestion/") {
				p.t.Fatal(p.list())
			}
			g := p.ask("GET", strings.TrimPrefix(page.NextLink, "v1.0/ingestion/"), "")
			p.want("the last page", fmt.Sprint(g.status), "404")
		}},
		"the header that nobody needs": {"submission publisher-header", func(p *partner) {
			if g := p.ask("GET", p.product+"/submissions", ""); g.status != 400 || !strings.Contains(g.body, "x-ms-publisherId") {
				p.t.Errorf("%d %s", g.status, g.body)
			}
		}},
	})
}

func TestSubmissionsThatDoNotGoWell(t *testing.T) {
	t.Parallel()
	each(t, map[string]form{
		"failed": {"step Certification 10m failed no", func(p *partner) {
			s := p.created()
			time.Sleep(20 * time.Minute)
			p.want("state", p.at(s), "InProgress/FailedInCertification")
			p.want("validations", fmt.Sprint(p.values(s + "/validations")[0]["message"]), "no")
			p.want("reports", fmt.Sprint(p.values(s + "/reports")[0]["status"]), "Failed")
		}},
		"the preview is not found": {"submission vanishes 20m", func(p *partner) {
			s := p.created()
			time.Sleep(25 * time.Minute)
			p.want("its page", p.at(s), "404")
			if !strings.Contains(p.list(), "ReadyToPublish") {
				p.t.Error(p.list())
			}
			time.Sleep(20 * time.Minute)
			p.want("later", p.at(s), "Published/ReadyToPublish")
		}},
		"gone everywhere": {"offer preview\nsubmission vanishes 1000h everywhere", func(p *partner) {
			p.want("list", p.list(), `{"value":[]}`)
		}},
		"deleted": {"", func(p *partner) {
			s := p.created()
			p.want("delete", fmt.Sprint(p.ask("DELETE", s, "").status), "204")
			p.want("its page", p.at(s), "404")
			p.want("list", p.list(), `{"value":[]}`)
		}},
		"back in draft": {"submission leftovers\nsubmission delete takes 5m", func(p *partner) {
			s := p.created()
			p.ask("DELETE", s, "")
			p.want("at once", p.at(s), "InProgress/Submitted")
			time.Sleep(6 * time.Minute)
			p.want("then", p.at(s), "InProgress/InDraft")
		}},
	})
}

func TestSubmissionDirectivesAreChecked(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"submission", "submission what", "submission plans many", "submission pages 0", "submission pages 1 sideways",
		"submission missing Tax", "submission shows nowhere a/b", "submission delete 5m", "submission created 404", "fault submit 1", "serves nobody"} {
		if _, err := Parse(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	for _, name := range partnerCenter().endpoints {
		if _, err := Parse("fault " + name + " 1 cut"); err != nil {
			t.Error(err)
		}
	}
	if !slices.Contains(scopes(), "partner-center-submission") {
		t.Error("the service has no name for faults")
	}
}
