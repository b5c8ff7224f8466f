package emulator

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The Product Ingestion API:
// https://learn.microsoft.com/partner-center/marketplace-offers/product-ingestion-api
// Its page prints another schema host, which has been dead since 2025:
// https://github.com/Azure/partnercenter-cli-extension/issues/235

const (
	ingestionRoot = "/rp/product-ingestion/"
	schemaHost    = "https://schema.mp.microsoft.com"
	deadHost      = "https://product-ingestion.azureedge.net"
)

func ingestion() service {
	return service{
		name: "ingestion", env: "PRODUCT_INGESTION_ENDPOINT", endpoints: []string{"product", "submissions", "entry", "configure", "job", "job-detail", "job-cancel"},
		at: at(ingestionAudience), route: routeIngestion, answer: (*Emulator).ingestion, refuse: (*Emulator).refuseIngestion,
		order: ingestionOrder,
	}
}

// routeIngestion takes everything below its root.
func routeIngestion(path string) (target, bool) {
	rest, mine := strings.CutPrefix(path, ingestionRoot)
	if !mine {
		return target{}, false
	}
	t := target{endpoint: "other", ids: strings.Split(rest, "/")[1:]}
	parts := strings.Split(rest, "/")
	switch n := len(parts); {
	case slices.Contains(parts, ""):
	case rest == "product":
		t.endpoint = "product"
	case rest == "configure":
		t.endpoint = "configure"
	case parts[0] == "submission" && n == 2:
		t.endpoint = "submissions"
	case parts[0] == "submission" && n == 3:
		t.endpoint = "entry"
	case parts[0] == "configure" && n == 2:
		t.endpoint = "job-detail"
	case parts[0] == "configure" && n == 3 && parts[2] == "status":
		t.endpoint = "job"
	case parts[0] == "configure" && n == 3 && parts[2] == "cancel":
		t.endpoint = "job-cancel"
	}
	return t, true
}

// ingestionOrder is what a request orders, as far as its body says so.
func ingestionOrder(r *request) string {
	switch {
	case r.Method != http.MethodPost:
	case r.target.endpoint == "job-cancel":
		return "cancel"
	case r.target.endpoint == "configure" && strings.Contains(string(r.body), `"live"`):
		return "golive"
	case r.target.endpoint == "configure":
		return "publish"
	}
	return ""
}

// ingestion answers what the Product Ingestion API answers. The caller holds the lock.
func (e *Emulator) ingestion(r *request) reply {
	method := http.MethodGet
	if t := r.target.endpoint; t == "configure" || t == "job-cancel" {
		method = http.MethodPost
	}
	switch {
	case r.target.endpoint == "other":
		return text(404, "no such page\n")
	case r.Method != method:
		return e.decline(r, 405, "methodNotAllowed", "The requested resource does not support http method '"+r.Method+"'.")
	case !e.issued.admits(r, ingestionAudience):
		e.strayed(r, ingestionAudience)
		return e.decline(r, 401, "unauthorized", "Access token validation failure. Invalid audience.")
	case !knownVersion(r.URL.Query()["$version"]):
		return e.decline(r, 400, "badRequest", "The query parameter $version is missing, or names no version that exists.")
	}
	if r.target.endpoint == "product" {
		return e.products(r)
	}
	if t := e.script.ingestion.kind; r.target.endpoint != "job" && slices.Contains(unserved(), t) {
		return e.decline(r, 400, "badRequest", "Type "+strings.ToUpper(t[:1])+t[1:]+" is not supported.")
	}
	switch r.target.endpoint {
	case "submissions", "entry":
		return e.submissionPages(r)
	case "configure":
		return e.configure(r)
	}
	return e.jobPages(r)
}

// strayed notes a token that was made for another service.
func (e *Emulator) strayed(r *request, here string) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if t, known := e.issued.access[token]; known && t.audience != here {
		e.stray = append(e.stray, here+" got a token for "+t.audience)
	}
}

// unserved are the types of products that the lookup knows and nothing else takes.
func unserved() []string {
	return []string{"azureApplication", "dynamicsBC", "dynamicsCE", "dynamicsOps"}
}

// knownVersion takes one version of those that clients are known to use.
func knownVersion(given []string) bool {
	return len(given) == 1 && slices.Contains([]string{"2022-03-01-preview2", "2022-03-01-preview3", "2022-03-01-preview5", "2022-07-01"}, given[0])
}

// decline is a refusal in this service's form.
func (e *Emulator) decline(r *request, status int, code, message string, details ...any) reply {
	if e.script.forms["html-error"] || e.script.forms["bare-string"] || e.script.forms["empty-error"] {
		return e.refuse(r, status, code, message)
	}
	if details == nil {
		details = []any{}
	}
	return asJSON(status, map[string]any{"error": map[string]any{"code": e.errorCode(code), "message": e.hostile(message, r), "details": details}})
}

// refuseIngestion is what the service usually says with a status.
func (e *Emulator) refuseIngestion(r *request, status int) reply {
	switch {
	case status < 300:
		return text(status, "")
	case status == http.StatusUnauthorized:
		return e.decline(r, status, "unauthorized", "Access token has expired or is not yet valid.")
	case status == http.StatusForbidden:
		return e.decline(r, status, "forbidden", "The user or application is not authorized to access this resource.")
	case status >= 500:
		return e.decline(r, status, "internalServerError", "We cannot complete the request now, please try again later.")
	}
	words := strings.ReplaceAll(http.StatusText(status), " ", "")
	return e.decline(r, status, strings.ToLower(words[:1])+words[1:], "The service refuses the request.")
}

// product is the GUID of the offer.
func (e *Emulator) product() string { return guid(e.opts.Seed, "product") }

func (e *Emulator) productKnown() bool {
	s := e.script
	if s.ingestion.products == "none" {
		return false
	}
	return s.serves.here("product-ingestion") || s.ingestion.kind != ""
}

// products answers the lookup by an offer's id. The key of the query is seen in several casings.
func (e *Emulator) products(r *request) reply {
	wanted := ""
	for key, values := range r.URL.Query() {
		if strings.EqualFold(key, "externalID") && len(values) == 1 {
			wanted = unquoted(values[0])
		}
	}
	if wanted == "" {
		return e.decline(r, 400, "badRequest", "The query parameter externalID is missing.")
	}
	var items []any
	if wanted == e.script.offer && e.productKnown() {
		items = append(items, e.productItem(e.product()))
		if e.script.ingestion.products == "twice" {
			items = append(items, e.productItem(guid(e.opts.Seed, "another product")))
		}
	}
	return e.inPages(r, items)
}

func (e *Emulator) productItem(id string) any {
	kind := e.script.ingestion.kind
	if kind == "" {
		kind = "softwareAsAService"
	}
	return map[string]any{
		"$schema": schemaHost + "/schema/product/2022-03-01-preview3", "id": "product/" + id, "type": e.plainWord(kind), "alias": "Contoso",
		"identity": map[string]any{e.key("externalId"): e.script.offer}, "resourceName": "contoso",
	}
}

// unquoted takes a value as the documentation quotes it, and as every client sends it.
func unquoted(value string) string {
	if len(value) > 1 && strings.Trim(value, `"`) == value[1:len(value)-1] {
		return value[1 : len(value)-1]
	}
	return value
}

// inPages answers a list, cut into as many pages as the script wants, of which the first is empty.
func (e *Emulator) inPages(r *request, items []any) reply {
	rule := e.script.ingestion
	n, _ := strconv.Atoi(r.URL.Query().Get("continuationToken"))
	value := []any{}
	switch last := max(rule.pages-1, 0); {
	case n == last:
		value = append(value, items...)
	case rule.spread && n > 0:
		value = append(value, items[:min(len(items), 1)]...)
	}
	answer := map[string]any{"value": value}
	if n+1 < rule.pages || rule.next == "endless" {
		answer["@nextLink"] = e.nextPage(r, n+1)
	}
	return asJSON(200, answer)
}

func (e *Emulator) nextPage(r *request, page int) string {
	q := r.URL.Query()
	q.Set("continuationToken", fmt.Sprint(page))
	path := r.URL.EscapedPath() + "?" + q.Encode()
	switch rule := e.script.ingestion; rule.next {
	case "relative":
		return strings.TrimPrefix(path, "/")
	case "foreign":
		u, err := url.Parse(rule.foreign)
		if err != nil {
			return rule.foreign
		}
		return u.Scheme + "://" + u.Host + path
	}
	return r.origin + path
}

// stampIngestion writes a time as this service does. What has not happened has no zone.
func (e *Emulator) stampIngestion(at time.Duration, happened bool) string {
	switch text := e.stamp(at); {
	case happened && e.script.ingestion.forms["nozone"]:
		return strings.TrimSuffix(text, "Z")
	case happened:
		return text
	case e.script.ingestion.forms["date-only"]:
		return "0001-01-01"
	}
	return "0001-01-01T00:00:00"
}
