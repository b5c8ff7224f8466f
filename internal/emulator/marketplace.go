package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const apiVersion = "2017-10-31"

// marketplace answers what the Cloud Partner Portal API answers. The caller holds the lock.
func (e *Emulator) marketplace(r *request) reply {
	method := http.MethodGet
	if isStart(r.target.endpoint) {
		method = http.MethodPost
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch t := r.target; {
	case r.Method != method:
		return e.refuse(r, 405, "MethodNotAllowed", "The requested resource does not support http method '"+r.Method+"'.")
	case !bearer || !e.issued.good(token, r.now):
		return text(401, "")
	case !slices.Equal(r.URL.Query()["api-version"], []string{apiVersion}):
		return e.refuse(r, 400, "InvalidAPIVersion", "Invalid api version. Allowed values are ["+apiVersion+"]")
	case t.publisher != e.script.publisher:
		return e.refuse(r, 404, "NotFound", "The publisher '"+t.publisher+"' does not exist.")
	case t.endpoint == "offers":
		return asJSON(200, []any{e.offer(r)})
	case t.offer != e.script.offer:
		return e.refuse(r, 404, "NotFound", "The offer '"+t.offer+"' does not exist.")
	}
	switch r.target.endpoint {
	case "list":
		return asJSON(200, e.list(r))
	case "offer":
		return asJSON(200, e.offer(r))
	case "status":
		return e.shaped(e.offerStatus(r), false)
	case "operation":
		o := e.find(r)
		if o == nil {
			return e.refuse(r, 404, "NotFound", "The operation does not exist.")
		}
		return e.shaped(e.operationDetail(o, r), true)
	}
	return e.start(r)
}

// find is the operation that a path means; a $ path means the newest publish or go-live.
func (e *Emulator) find(r *request) *operation {
	for _, o := range slices.Backward(e.world.ops) {
		if o.visible > r.now {
			continue
		}
		if o.id == r.target.operation || r.target.operation == "" && o.kind != "cancel" {
			return o
		}
	}
	return nil
}

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
		o.visible = r.now + r.fault.Delay
	}
	if verb == "cancel" && e.script.cancel.status == 200 {
		return text(200, "")
	}
	answer := text(202, "")
	e.script.location.set(answer.header, e.operationPath(o), r.origin)
	return answer
}

// checkBody wants no body, or the documented one.
func (e *Emulator) checkBody(r *request) *refusal {
	if len(r.body) == 0 {
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

func (e *Emulator) operationPath(o *operation) string {
	p, n := e.script.publisher, e.script.offer
	if e.script.classic {
		return "/api/operations/" + p + "$" + n + "$2$preview"
	}
	return "/api/publishers/" + url.PathEscape(p) + "/offers/" + url.PathEscape(n) + "/operations/" + o.id
}

func (l location) set(h http.Header, path, origin string) {
	name := "Location"
	if l.operationLocation {
		name = "Operation-Location"
	}
	if !l.noVersion {
		path += "?api-version=" + apiVersion
	}
	switch {
	case l.foreign != "":
		h.Set(name, l.foreign)
	case l.absolute:
		h.Set(name, origin+path)
	case !l.none:
		h.Set(name, path)
	}
}

// refuse is an error of the service, in the form that the script wants.
func (e *Emulator) refuse(r *request, status int, code, message string) reply {
	message = e.hostile(message, r)
	switch {
	case e.script.forms["html-error"]:
		return page(status, "<html><head><title>"+http.StatusText(status)+"</title></head><body><h1>"+code+"</h1><p>"+message+"</p></body></html>")
	case e.script.forms["bare-string"]:
		return asJSON(status, fmt.Sprintf("Microsoft.Ingestion.Api.Common.Exceptions.Http%dException: %s\r\n   at Microsoft.Ingestion.Api.Controllers", status, message))
	}
	return asJSON(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}
