package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// key writes a key that ends in Id as the script wants it.
func (e *Emulator) key(name string) string {
	if e.script.ingestion.forms["ID"] {
		return strings.TrimSuffix(name, "Id") + "ID"
	}
	return name
}

// word is a value of an enumeration on the wire.
func (e *Emulator) word(plain string) string {
	if other, ok := e.script.ingestion.words[plain]; ok {
		plain = other
	}
	return e.plainWord(plain)
}

func (e *Emulator) plainWord(word string) string {
	if e.script.ingestion.forms["quoted"] {
		return `"` + word + `"`
	}
	return word
}

// errorCode is a code in an error: usually a string in camelCase, but not always.
func (e *Emulator) errorCode(code string) any {
	switch forms := e.script.ingestion.forms; {
	case forms["codes-capital"]:
		return strings.ToUpper(code[:1]) + code[1:]
	case forms["codes-numbers"]:
		return 4000 + len(code)
	case forms["codes-objects"]:
		return map[string]any{"value": code}
	}
	return code
}

// erring is the id in an error: a durable id, or an object.
func (e *Emulator) erring(id string) any {
	switch {
	case !e.script.ingestion.forms["objects"]:
		return id
	case strings.HasPrefix(id, "product/"):
		return map[string]any{"externalId": e.script.offer}
	}
	return map[string]any{"resourceName": "submission"}
}

func (e *Emulator) jobStatus(r *request, v jobView) map[string]any {
	done := v.status == "completed"
	view := map[string]any{
		"$schema": schemaHost + "/schema/configure-status/2022-07-01", e.key("jobId"): v.id,
		"jobStatus": e.word(v.status), "jobResult": e.word(v.result),
		"jobStart": e.stampIngestion(v.began, true), "jobEnd": e.stampIngestion(v.ended, done), "errors": []any{},
	}
	if done && v.result == "succeeded" {
		view["resourceUri"] = "https://product-ingestion.mp.microsoft.com/configure/" + v.id
	}
	if e.script.ingestion.forms["nulls"] {
		view["errors"] = nil
	}
	if v.result == "failed" {
		view["errors"] = e.errorTree(r, v)
	}
	return view
}

// errorTree says why a job failed. A refusal by certification looks as in
// https://github.com/release-engineering/cloudpub, whose outermost code is that of a broken server.
func (e *Emulator) errorTree(r *request, v jobView) []any {
	product := e.erring("product/" + e.product())
	leaf := func(code, message string, inner ...any) map[string]any {
		node := map[string]any{"resourceId": product, "code": e.errorCode(code), "message": e.hostile(message, r), "details": inner}
		if inner == nil {
			node["details"] = []any{}
		}
		return node
	}
	if v.op == nil {
		return []any{leaf("conflict", "The submission could not be created.", leaf("invalidState", v.message))}
	}
	name, why := v.op.failure()
	var tree []any
	if strings.EqualFold(name, "Certification") {
		inner := []any{leaf("invalidState", "Issues found during Certification.")}
		if why != "" {
			inner[0] = leaf("invalidState", "Issues found during Certification.", leaf("businessValidationError", why))
		}
		tree = []any{leaf("internalServerError", "The submission has failed.", leaf("invalidState", "Certification", inner...))}
	} else {
		tree = []any{leaf("badRequest", "The submission has failed.", leaf("businessValidationError", either2(why, name)))}
	}
	for _, m := range e.script.messages {
		if m.level == "error" {
			tree = append(tree, leaf("invalidRequest", m.text))
			continue
		}
		level := map[string]string{"warning": "warning", "information": "informational"}[m.level]
		node := leaf("invalidRequest", "See the validations.")
		node["validations"] = []any{map[string]any{"level": level, "code": e.errorCode("businessValidationError"), "message": e.hostile(m.text, r)}}
		tree = append(tree, node)
	}
	return tree
}

func either2(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// failure is the step that ended the operation, and why.
func (o *operation) failure() (name, why string) {
	for _, st := range o.steps {
		if st.how == "rejected" || st.how == failed {
			return st.name, st.text
		}
	}
	return "", ""
}

// number is the id of the submission that a publish made.
func (e *Emulator) number(o *operation) string {
	return fmt.Sprint(1152921515689847470 + int64(slices.Index(e.world.ops, o))*1213)
}

// publishOf is the publish whose submission an operation moves: its own, or for a go-live the last one before it.
func (e *Emulator) publishOf(o *operation) *operation {
	if o.kind == "publish" {
		return o
	}
	last := o
	for _, p := range e.world.ops {
		switch {
		case p == o:
			return last
		case p.kind == "publish" && p.state != canceled:
			last = p
		}
	}
	return last
}

func (e *Emulator) lastPublish(now time.Duration, fits func(*operation) bool) *operation {
	for _, o := range slices.Backward(e.world.ops) {
		if o.kind == "publish" && e.isListed(o, now) && fits(o) {
			return o
		}
	}
	return nil
}

// isListed reports whether the submissions know of an operation yet.
func (e *Emulator) isListed(o *operation, now time.Duration) bool {
	after := e.script.ingestion.unlisted
	if after > 0 && o.by != "before" {
		return o.state != running && now >= o.changed+after
	}
	return o.listed <= now
}

// traceOf is a submission under one target.
type traceOf struct {
	id, target, status, result string
	created                    time.Duration
}

func (e *Emulator) entryOf(o *operation, now time.Duration) traceOf {
	n := traceOf{id: e.number(e.publishOf(o)), target: "preview", status: "completed", created: o.accepted}
	if o.kind == "golive" {
		n.target = "live"
	}
	late := o.by != "before" && now < o.changed+e.script.ingestion.late
	switch {
	case o.state == running && now == o.accepted:
		n.status, n.result = "notStarted", "pending"
	case o.state == running, late:
		n.status, n.result = "running", "pending"
	case o.state == failed:
		n.result = "failed"
	case o.state == canceled:
		n.result = "cancelled"
	default:
		n.result = "succeeded"
	}
	return n
}

// traces are the submissions of the product: the draft, the newest preview, and live the last one that went well with
// whatever has been ordered since. After a go-live one submission stands for preview and live.
func (e *Emulator) traces(now time.Duration) []traceOf {
	rule := e.script.ingestion
	var list []traceOf
	if !rule.forms["no-draft"] {
		list = append(list, traceOf{id: "0", target: "draft"})
	}
	var preview, canceledOne *operation
	var live []*operation
	for _, o := range e.world.ops {
		switch {
		case !e.isListed(o, now) || o.kind == "cancel":
		case o.state == canceled:
			canceledOne = o
		case o.kind == "publish":
			preview, canceledOne = o, nil
		case o.state == succeeded:
			live, canceledOne = []*operation{o}, nil
		default:
			live = append(slices.DeleteFunc(live, func(l *operation) bool { return l.state == failed }), o)
			canceledOne = nil
		}
	}
	if canceledOne != nil && rule.back == "listed" {
		list = append(list, e.entryOf(canceledOne, now))
	} else if canceledOne != nil && rule.back == "draft" {
		list = append(list, traceOf{id: e.number(e.publishOf(canceledOne)), target: "draft"})
	}
	if preview != nil && !(rule.onlyLive && e.isLive(preview, live)) {
		list = append(list, e.entryOf(preview, now))
	}
	for _, o := range live {
		list = append(list, e.entryOf(o, now))
	}
	return list
}

func (e *Emulator) isLive(preview *operation, live []*operation) bool {
	for _, o := range live {
		if o.state == succeeded && e.publishOf(o) == preview {
			return true
		}
	}
	return false
}

func (e *Emulator) entryView(n traceOf) map[string]any {
	view := map[string]any{
		"$schema": schemaHost + "/schema/submission/2022-03-01-preview2", "id": "submission/" + e.product() + "/" + n.id,
		"product": "product/" + e.product(), "target": map[string]any{"targetType": e.word(n.target)},
	}
	if n.status != "" {
		view["status"], view["result"], view["created"] = e.word(n.status), e.word(n.result), e.stampIngestion(n.created, true)
		view["lifecycleState"] = "generallyAvailable"
	} else if e.script.ingestion.forms["nulls"] {
		view["status"], view["result"], view["created"] = nil, nil, nil
	}
	return view
}

// submissionPages answers the list of submissions, and one of them.
func (e *Emulator) submissionPages(r *request) reply {
	ids := r.target.ids
	if !strings.EqualFold(ids[0], e.product()) || !e.productKnown() {
		return e.decline(r, 404, "notFound", "The product does not exist.")
	}
	wanted := unquoted(r.URL.Query().Get("targetType"))
	var items []any
	for _, n := range e.traces(r.now) {
		one := r.target.endpoint == "entry"
		switch {
		case wanted != "" && n.target != wanted, one && n.id != ids[1], e.missing(n, r.now, one):
			continue
		}
		items = append(items, e.entryView(n))
	}
	if (int64(r.nth)+e.opts.Seed)%2 == 0 {
		slices.Reverse(items)
	}
	switch {
	case r.target.endpoint == "submissions":
		return e.inPages(r, items)
	case len(items) == 0:
		return e.decline(r, 404, "notFound", "The submission does not exist.")
	case len(items) == 1 && e.script.ingestion.forms["one-bare"]:
		return asJSON(200, items[0])
	}
	return asJSON(200, map[string]any{"value": items})
}

// missing reports whether a submission is not to be found for a while from when its preview stands, as happened in
// 2026: https://github.com/HodorNV/ALOps/issues/992
func (e *Emulator) missing(n traceOf, now time.Duration, own bool) bool {
	rule := e.script.ingestion
	stands := n.target == "preview" && n.result == "succeeded"
	hidden := own || !rule.goneListed
	if rule.gone == 0 || !stands || !hidden {
		return false
	}
	for _, o := range e.world.ops {
		if o.kind == "publish" && e.number(o) == n.id {
			return o.by != "before" && now < o.changed+rule.gone
		}
	}
	return false
}
