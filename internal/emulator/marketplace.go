package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	apiVersion        = "2017-10-31"
	marketplaceOrigin = "https://cloudpartner.azure.com"
)

func portal() service {
	return service{
		name: "marketplace", env: "MARKETPLACE_ENDPOINT", endpoints: []string{"offers", "offer", "list", "operation", "status", "publish", "golive", "cancel"},
		at: at(marketplaceOrigin), route: routePortal, answer: (*Emulator).marketplace, refuse: (*Emulator).refusePortal,
		order: func(r *request) string {
			if r.Method == http.MethodPost && isStart(r.target.endpoint) {
				return r.target.endpoint
			}
			return ""
		},
	}
}

func isStart(endpoint string) bool {
	return endpoint == "publish" || endpoint == "golive" || endpoint == "cancel"
}

// routePortal takes everything below /api. A path that is right but for its capitals is marked as folded.
func routePortal(path string) (target, bool) {
	if !strings.HasPrefix(strings.ToLower(path), "/api/") {
		return target{}, false
	}
	if t := portalTarget(path); t.endpoint != "other" {
		return t, true
	}
	t := portalTarget(strings.ToLower(path))
	t.folded = t.endpoint != "other"
	return t, true
}

// portalTarget reads a path below /api. The trailing slash of submissions belongs to it; an operation may
// have one, as in one client that worked with the service; no other path has one.
func portalTarget(path string) target {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) == 3 && parts[1] == "operations" {
		if ids := strings.Split(parts[2], "$"); len(ids) == 4 && ids[2] == "2" && ids[3] == "preview" {
			return target{endpoint: "operation", publisher: ids[0], offer: ids[1]}
		}
	}
	if len(parts) < 4 || parts[1] != "publishers" || parts[3] != "offers" {
		return target{endpoint: "other"}
	}
	t := target{endpoint: "other", publisher: parts[2]}
	if len(parts) == 4 {
		t.endpoint = "offers"
		return t
	}
	t.offer = parts[4]
	switch rest := parts[5:]; strings.Join(rest, "/") {
	case "":
		if len(rest) == 0 && t.offer != "" {
			t.endpoint = "offer"
		}
	case "submissions/":
		t.endpoint = "list"
	case "status", "publish", "golive", "cancel":
		t.endpoint = rest[0]
	default:
		if n := len(rest); n == 3 && rest[2] == "" {
			rest = rest[:2]
		}
		if len(rest) == 2 && rest[0] == "operations" && rest[1] != "" {
			t.endpoint, t.operation = "operation", rest[1]
		}
	}
	return t
}

// marketplace answers what the Cloud Partner Portal API answers. The caller holds the lock.
func (e *Emulator) marketplace(r *request) reply {
	method := http.MethodGet
	if isStart(r.target.endpoint) {
		method = http.MethodPost
	}
	switch t := r.target; {
	case t.endpoint == "other":
		return text(404, "no such page\n")
	case r.Method != method:
		return e.refuse(r, 405, "MethodNotAllowed", "The requested resource does not support http method '"+r.Method+"'.")
	case !e.issued.admits(r, portalAudience):
		return text(401, "")
	case !e.knowsVersion(r):
		return e.refuse(r, 400, "InvalidAPIVersion", "Invalid api version. Allowed values are ["+apiVersion+"]")
	case !e.same(r, t.publisher, e.script.publisher):
		return e.refuse(r, 404, "NotFound", "The publisher '"+t.publisher+"' does not exist.")
	case t.endpoint == "offers":
		return e.asPrinted(200, []any{e.offer(r)})
	case !e.same(r, t.offer, e.script.offer) && !e.byGUID(t):
		return e.refuse(r, 404, "NotFound", "The offer '"+t.offer+"' does not exist.")
	}
	if answer := e.elsewhere(r); answer != nil {
		return *answer
	}
	switch r.target.endpoint {
	case "list":
		return e.list(r)
	case "offer":
		return e.asPrinted(200, e.offer(r))
	case "status":
		return e.shaped(e.offerStatus(r), false)
	case "operation":
		return e.operationPage(r)
	}
	return e.start(r)
}

// knowsVersion takes the one documented version, and on an operation the one that its Location gave.
func (e *Emulator) knowsVersion(r *request) bool {
	versions := r.URL.Query()["api-version"]
	given := e.script.location.version
	ofLocation := r.target.endpoint == "operation" && given != "" && slices.Equal(versions, []string{given})
	return ofLocation || slices.Equal(versions, []string{apiVersion})
}

// same compares a name in the path. In other capitals it is known only where a Location gave them so.
func (e *Emulator) same(r *request, got, want string) bool {
	if r.target.folded {
		return e.script.location.has["upper"] && strings.EqualFold(got, want)
	}
	return got == want
}

// byGUID reports whether an operation's path names the offer by its GUID, as a Location gave it.
func (e *Emulator) byGUID(t target) bool {
	return t.endpoint == "operation" && e.script.location.has["offer-guid"] && t.offer == e.offerGUID()
}

func (e *Emulator) offerGUID() string { return guid(e.opts.Seed, "offer") }

func (e *Emulator) operationPage(r *request) reply {
	if o := e.find(r); o != nil {
		return e.shaped(e.operationDetail(o, r), true)
	}
	if old, ok := e.relicOf(r.target.operation); ok && !old.lost {
		return e.shaped(e.relicPage(old), true)
	}
	return e.refuse(r, 404, "NotFound", "The operation does not exist.")
}

// find is the operation that a path means; a path that all operations share means the newest publish or
// go-live. While its page lags it is missing there, or shows the operation before.
func (e *Emulator) find(r *request) *operation {
	for i, o := range slices.Backward(e.world.ops) {
		switch {
		case !e.means(r.target, o):
			continue
		case o.ghost:
			return nil
		case o.paged <= r.now:
			return o
		case e.script.lag.pageBefore:
			return e.pagedBefore(i, r.now)
		case e.script.lag.page > 0:
			return nil
		}
	}
	return nil
}

func (e *Emulator) means(t target, o *operation) bool {
	shared := e.script.single && strings.EqualFold(t.operation, e.sharedID())
	if t.operation == "" || shared {
		return o.kind != "cancel"
	}
	return strings.EqualFold(o.id, t.operation)
}

// pagedBefore is the last publish or go-live before the one given whose page is there.
func (e *Emulator) pagedBefore(i int, now time.Duration) *operation {
	for _, o := range slices.Backward(e.world.ops[:i]) {
		if o.kind != "cancel" && o.paged <= now {
			return o
		}
	}
	return nil
}

// sharedID is the id in the one path that the operations of an offer share.
func (e *Emulator) sharedID() string { return guid(e.opts.Seed, "operations of the offer") }

// start answers publish, golive and cancel.
func (e *Emulator) start(r *request) reply {
	verb := r.target.endpoint
	if bad := e.checkBody(r); bad != nil {
		return e.refuse(r, bad.status, bad.code, bad.message)
	}
	o, no := e.world.act(verb, "client", r.now)
	if no != nil {
		return e.refuse(r, no.status, no.code, no.message)
	}
	e.granted[verb]++
	if r.fault.kind() == "late" {
		until := r.now + r.fault.Delay
		o.listed, o.statused, o.paged = max(o.listed, until), max(o.statused, until), max(o.paged, until)
	}
	if verb == "cancel" && e.script.cancel.status == 200 {
		return text(200, "")
	}
	answer := text(202, "")
	e.setLocation(answer.header, o, r.origin)
	if where := answer.header.Get("Location"); verb == "cancel" && e.script.cancel.inBody && where != "" {
		answer = asJSON(202, map[string]any{"location": where})
	}
	return answer
}

// checkBody wants no body, or the documented one.
func (e *Emulator) checkBody(r *request) *refusal {
	if len(r.body) == 0 {
		if e.script.emailsWanted && r.target.endpoint == "publish" {
			return &refusal{400, "BadRequest", "The notification e-mails are missing."}
		}
		return nil
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return &refusal{415, "UnsupportedMediaType", "The request entity's media type is not supported for this resource."}
	}
	var body struct {
		Metadata *struct {
			Emails *string `json:"notification-emails"`
		} `json:"metadata"`
	}
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	err := d.Decode(&body)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("more than one value")
		}
	}
	if err != nil || body.Metadata == nil || body.Metadata.Emails == nil || *body.Metadata.Emails == "" {
		return &refusal{400, "BadRequest", "The request body is not valid."}
	}
	for address := range strings.SplitSeq(*body.Metadata.Emails, ",") {
		if !strings.Contains(strings.TrimSpace(address), "@") {
			return &refusal{400, "BadRequest", "'" + address + "' is no e-mail address."}
		}
	}
	return nil
}

// refuse is an error of the service, in the form that the script wants.
func (e *Emulator) refuse(r *request, status int, code, message string) reply {
	message = e.hostile(message, r)
	switch {
	case e.script.forms["html-error"]:
		return page(status, "<html><head><title>"+http.StatusText(status)+"</title></head><body><h1>"+code+"</h1><p>"+message+"</p></body></html>")
	case e.script.forms["empty-error"]:
		return text(status, "")
	case e.script.forms["bare-string"]:
		return asJSON(status, fmt.Sprintf("Microsoft.Ingestion.Api.Common.Exceptions.Http%dException: %s\r\n   at Microsoft.Ingestion.Api.Controllers", status, message))
	}
	return asJSON(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

// refusePortal is what the service usually says with a status.
func (e *Emulator) refusePortal(r *request, status int) reply {
	switch {
	case status == http.StatusUnauthorized, status < 300:
		return text(status, "")
	case status == http.StatusForbidden:
		return e.refuse(r, status, "Forbidden", "User does not have the required permissions")
	case status >= 500:
		return e.refuse(r, status, "InternalServerError", "We cannot complete the request now, please try again later.")
	}
	return e.refuse(r, status, strings.ReplaceAll(http.StatusText(status), " ", ""), "The service refuses the request.")
}
