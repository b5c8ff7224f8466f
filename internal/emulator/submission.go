package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The Partner Center submission API, https://api.partner.microsoft.com/v1.0/ingestion. Its world is the portal's: a
// submission is a publish together with the go-live that came of it.

const submissionRoot = "/v1.0/ingestion/"

func partnerCenter() service {
	return service{
		name: "partner-center-submission", env: "PARTNER_CENTER_ENDPOINT",
		endpoints: []string{"products", "modules", "variants", "sublist", "submit", "submission", "workflow", "validations", "reports", "promote",
			"delete", "partner-other"},
		correlation: "Request-Id", at: at(submissionAudience), route: routePartnerCenter, answer: (*Emulator).partnerCenter, refuse: (*Emulator).refusePartnerCenter,
		order: func(r *request) string {
			return map[string]string{"submit": "publish", "promote": "golive", "delete": "cancel"}[r.target.endpoint]
		},
	}
}

// byMethod is the endpoint where one path has two.
func byMethod(endpoint, method string) string {
	switch endpoint + " " + method {
	case "sublist POST":
		return "submit"
	case "submission DELETE":
		return "delete"
	}
	return endpoint
}

// routePartnerCenter takes everything below the root. The ids of its targets are the product and what is named below it.
func routePartnerCenter(path string) (target, bool) {
	rest, ok := strings.CutPrefix(path, submissionRoot)
	if !ok {
		return target{}, false
	}
	t := target{endpoint: "partner-other", ids: []string{"", ""}}
	parts := strings.Split(rest, "/")
	if parts[0] != "products" {
		return t, true
	}
	if len(parts) > 1 {
		t.ids[0] = parts[1]
	}
	if len(parts) > 3 {
		t.ids[1] = parts[3]
	}
	switch {
	case len(parts) == 1:
		t.endpoint = "products"
	case len(parts) == 3 && parts[2] == "variants":
		t.endpoint = "variants"
	case len(parts) == 4 && parts[2] == "branches":
		module, one := strings.CutPrefix(parts[3], "getByModule(module=")
		module, two := strings.CutSuffix(module, ")")
		if one && two {
			t.endpoint, t.ids[1] = "modules", module
		}
	case len(parts) < 3 || parts[2] != "submissions":
	case len(parts) == 3:
		t.endpoint = "sublist"
	case len(parts) == 4:
		t.endpoint = "submission"
	case len(parts) == 5:
		names := map[string]string{"workflowdetails": "workflow", "validations": "validations", "reports": "reports", "promote": "promote"}
		if name := names[parts[4]]; name != "" {
			t.endpoint = name
		}
	}
	return t, true
}

// refusePartnerCenter is a refusal with a status that a fault asks for.
func (e *Emulator) refusePartnerCenter(r *request, status int) reply {
	switch {
	case status < 300:
		return text(status, "")
	case status == http.StatusUnauthorized:
		return e.ich(r, status, "ICH50401", "Unauthorized")
	case status == http.StatusForbidden:
		return e.ich(r, status, "ICH50403", "The caller has no permission for this product.")
	}
	return e.ich(r, status, fmt.Sprint("ICH50", status), "The service cannot do this now.")
}

// partnerCenter answers what the submission API answers. The caller holds the lock.
func (e *Emulator) partnerCenter(r *request) reply {
	method := http.MethodGet
	switch r.target.endpoint {
	case "submit", "promote":
		method = http.MethodPost
	case "delete":
		method = http.MethodDelete
	}
	api, here := e.script.partner, e.script.serves.here("partner-center-submission")
	switch t := r.target; {
	case t.endpoint == "partner-other":
		return e.ich(r, 404, "ICH50404", "No such page.")
	case r.Method != method:
		return e.ich(r, 405, "ICH50405", "The requested resource does not support http method '"+r.Method+"'.")
	case !e.issued.admits(r, submissionAudience):
		return e.ich(r, 401, "ICH50401", "The token is not valid for this service.")
	case api.publisherHeader > r.now:
		return e.ich(r, 400, "ICH50400", "x-ms-publisherId is a required header, and must be a positive number")
	case t.endpoint == "products":
		return e.partnerProducts(r)
	case t.ids[0] != e.productID() || !here:
		return e.ich(r, 404, "ICH50404", "The product '"+t.ids[0]+"' does not exist.")
	case t.endpoint == "modules":
		return e.module(r)
	case t.endpoint == "variants":
		return e.paged(r, e.variants(r))
	case t.endpoint == "sublist":
		return e.submissions(r)
	case t.endpoint == "submit":
		return e.submit(r)
	}
	s := e.findSubmission(r)
	if s == nil {
		return e.ich(r, 404, "ICH50404", "The submission '"+r.target.ids[1]+"' was not found.")
	}
	switch r.target.endpoint {
	case "promote":
		return e.promote(s, r)
	case "delete":
		return e.deleteSubmission(s, r)
	case "workflow":
		return e.paged(r, e.workflow(s, r))
	case "validations":
		return e.paged(r, e.validations(s, r))
	case "reports":
		return e.paged(r, e.reports(s, r))
	}
	return asJSON(200, e.submissionView(s))
}

// ich is an error as the service gives it: a JSON string with JSON inside.
func (e *Emulator) ich(r *request, status int, code, message string) reply {
	message = e.hostile(message, r)
	inner, err := json.Marshal(map[string]any{
		"faultCode": 50000 + status, "reasonPhrase": message, "correlationId": e.correlation(r),
		"operationId": guid(e.opts.Seed, fmt.Sprint("request operation ", r.nth)), "data": map[string]any{},
	})
	if err != nil {
		panic(err) // strings and numbers only
	}
	if e.script.forms["html-error"] {
		return page(status, "<html><head><title>"+http.StatusText(status)+"</title></head><body><h1>"+code+"</h1><p>"+message+"</p></body></html>")
	}
	return asJSON(status, code+" - Unable to complete request. "+string(inner))
}

func (e *Emulator) productID() string { return guid(e.opts.Seed, "product") }

// products answers the search for an offer.
func (e *Emulator) partnerProducts(r *request) reply {
	offer, kind, ok := readProductFilter(r.URL.Query().Get("$filter"))
	api := e.script.partner
	untyped := kind == "" && api.filterRefused
	if !ok || untyped {
		return e.ich(r, 400, "ICH50400", "Request validation failed: ProductTypeFilter")
	}
	list := []any{}
	here := e.script.serves.here("partner-center-submission") || api.known
	known := here && strings.EqualFold(offer, e.script.offer)
	meant := kind == "" || strings.EqualFold(kind, api.resourceType)
	if known && meant {
		view := map[string]any{"resourceType": api.resourceType, "name": "Contoso Offer", "isModularPublishing": true, "id": e.productID(),
			"externalIDs": []any{map[string]any{"type": "AzureOfferId", "value": e.script.offer}}}
		if list = append(list, view); api.several {
			list = append(list, map[string]any{"resourceType": api.resourceType, "name": "Contoso Offer, old", "id": guid(e.opts.Seed, "other product"),
				"externalIDs": view["externalIDs"]})
		}
	}
	return e.paged(r, list)
}

// readProductFilter reads the one documented filter, with or without a resource type before it.
func readProductFilter(filter string) (offer, kind string, ok bool) {
	if rest, typed := strings.CutPrefix(strings.ToLower(filter), "resourcetype eq '"); typed {
		rest = filter[len(filter)-len(rest):]
		if kind, filter, ok = strings.Cut(rest, "' and "); !ok {
			return "", "", false
		}
	}
	offer, ok = strings.CutPrefix(filter, "externalIDs/Any(i:i/type eq 'AzureOfferId' and i/value eq '")
	if !ok {
		return "", "", false
	}
	offer, ok = strings.CutSuffix(offer, "')")
	return offer, kind, ok && !strings.Contains(offer, "'")
}

// paged is one page of a list, with the next one's address in the form that the script wants.
func (e *Emulator) paged(r *request, list []any) reply {
	api := e.script.partner
	endless := api.endless && r.target.endpoint == "sublist"
	skip := 0
	if token := r.URL.Query().Get("$skipToken"); token != "" {
		var err error
		skip, err = strconv.Atoi(token)
		beyond := skip >= max(len(list), 1) && !endless
		if err != nil || skip < 0 || beyond {
			return e.ich(r, 404, "ICH50404", "The page was not found.")
		}
	}
	end := min(skip+api.pageSize, len(list))
	answer := map[string]any{"value": list[min(skip, end):end]}
	if end < len(list) || api.bogusPage || endless {
		query := r.URL.Query()
		query.Set("$skipToken", strconv.Itoa(max(end, 1)))
		next := strings.TrimPrefix(r.URL.EscapedPath(), "/") + "?" + query.Encode()
		switch api.nextForm {
		case "odata":
			answer["@odata.nextLink"] = next
		case "absolute":
			answer["@odata.nextLink"] = r.origin + "/" + next
		case "foreign":
			answer["nextLink"] = api.foreign
		default:
			answer["nextLink"] = next
		}
	}
	return asJSON(200, answer)
}

// modules are the parts of a draft.
func modules() []string {
	return []string{"Availability", "Listing", "Package", "Property", "ResellerConfiguration"}
}

// planModules are those of a plan.
func planModules() []string { return []string{"Availability", "Listing", "Package"} }

func (e *Emulator) instance(module, variant string) string {
	return guid(e.opts.Seed, "instance "+module+" "+variant)
}

func (e *Emulator) module(r *request) reply {
	module := r.target.ids[1]
	if !slices.Contains(modules(), module) {
		return e.ich(r, 400, "ICH50400", "The module '"+module+"' is not known.")
	}
	if how, missing := e.script.partner.missing[module]; missing {
		if how.empty {
			return e.paged(r, []any{})
		}
		return e.ich(r, 404, "ICH50404", "The module '"+module+"' was not found.")
	}
	row := func(variant string) any {
		view := map[string]any{"resourceType": "Branch", "friendlyName": "main", "type": "Main", "module": module,
			"currentDraftInstanceID": e.instance(module, variant)}
		if variant != "" {
			view["variantID"] = variant
		}
		return view
	}
	rows := []any{row("")}
	if slices.Contains(planModules(), module) {
		for _, v := range append(e.plans(), e.testDrive()) {
			rows = append(rows, row(v))
		}
	}
	return e.paged(r, rows)
}

// plans are the ids of the plans that are published.
func (e *Emulator) plans() (list []string) {
	for i := range e.script.partner.plans {
		list = append(list, guid(e.opts.Seed, fmt.Sprint("plan ", i)))
	}
	return list
}

func (e *Emulator) testDrive() string { return guid(e.opts.Seed, "test drive") }

func (e *Emulator) variants(r *request) []any {
	list := []any{
		map[string]any{"resourceType": "AzureSkuVariant", "externalID": "testdrive", "friendlyName": "testdrive", "state": "Active", "id": e.testDrive()},
		map[string]any{"resourceType": "AzureTestDriveVariant", "friendlyName": "Test drive", "state": "Active", "id": guid(e.opts.Seed, "other test drive")},
	}
	for i, id := range e.plans() {
		name := fmt.Sprint("plan-", i+1)
		list = append(list, map[string]any{"resourceType": "AzureSkuVariant", "externalID": name, "friendlyName": e.hostile(name, r), "state": "Active", "id": id})
	}
	return list
}
