package emulator

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// plainWords are the words on the wire that a script may change, as the documentation's examples and
// the clients that worked with the service have them.
func plainWords() map[string]string {
	return map[string]string{
		"operation notStarted": "not started", "operation running": "running", "operation failed": "failed",
		"operation succeeded": "completed", "operation canceled": "canceled",
		"operation waitingForPublisherReview": "waitingForPublisherReview",

		"list notStarted": "notStarted", "list running": "running", "list failed": "failed",
		"list succeeded": "completed", "list canceled": "canceled",
		"list waitingForPublisherReview": "running",

		"offer neverPublished": "neverPublished", "offer running": "running", "offer failed": "failed",
		"offer succeeded": "succeeded", "offer canceled": "canceled",
		"offer waitingForPublisherReview": "waitingForPublisherReview",

		"step notStarted": "notStarted", "step running": "inProgress", "step complete": "complete",
		"step blocked": "blocked", "step rejected": "rejected", "step failed": "failed", "step canceled": "canceled",
		"step waitingForPublisherReview": "waitingForPublisherReview",
	}
}

// wire is the word for a state: scope is operation, list, offer or step.
func (e *Emulator) wire(scope, state string) string {
	if word, ok := e.script.words[scope+" "+state]; ok {
		return word
	}
	return plainWords()[scope+" "+state]
}

// stamp writes a time as the service does, with seven digits of a second.
func (e *Emulator) stamp(at time.Duration) string {
	text := e.began.Add(at).UTC().Format("2006-01-02T15:04:05.0000000Z")
	if e.script.forms["nozone"] {
		text = strings.TrimSuffix(text, "Z")
	}
	return text
}

// ended reports whether an operation is shown as ended.
func (e *Emulator) ended(o *operation) bool {
	return o.state != running && (o.state != parked || o.shownEnded || e.script.signoff == "ended")
}

// offer is an offer as its own page and the list of offers show it.
func (e *Emulator) offer(r *request) map[string]any {
	document := map[string]any{
		"offerTypeId": "microsoft-azure-virtualmachines", "publisherId": e.script.publisher, "id": e.script.offer, "version": 1,
		"status": e.wire("offer", e.world.offer), "lockStatus": "none", "pcRedirectUri": "",
		"definition": map[string]any{"displayText": "Contoso Virtual Machine"}, "changedTime": e.stamp(r.now),
	}
	if !e.script.classic {
		document["pcMigrationStatus"] = "migrated"
	}
	return document
}

// list is the answer of submissions. Its order is not documented: here it changes.
func (e *Emulator) list(r *request) []any {
	items := []any{}
	for _, o := range e.world.ops {
		if o.visible > r.now || o.kind == "cancel" && !e.script.cancel.listed || e.script.drops && e.ended(o) {
			continue
		}
		state := o.state
		if state == parked && e.ended(o) {
			state = succeeded
		}
		kind := o.kind
		if kind == "golive" {
			kind = "goLive"
		}
		item := map[string]any{
			"id": o.id, "offerId": guid(e.opts.Seed, "offer"), "offerVersion": 1, "offerTypeId": "microsoft-azure-virtualmachines",
			"publisherId": e.script.publisher, "submissionType": kind, "submissionState": e.wire("list", state),
			"publishingVersion": 2, "slot": "staging", "version": ticks(e.began.Add(o.accepted)), "changedTime": e.stamp(o.changed),
			"definition": map[string]any{"metadata": map[string]any{}},
		}
		items = append(items, item)
	}
	if (int64(r.nth)+e.opts.Seed)%2 == 0 {
		slices.Reverse(items)
	}
	return items
}

// ticks are .NET's: steps of 100 ns since the year 1, above 2^53.
func ticks(t time.Time) int64 { return t.UnixNano()/100 + 621355968000000000 }

func (e *Emulator) operationDetail(o *operation, r *request) map[string]any {
	state := o.state
	if state == parked {
		switch {
		case e.ended(o):
			state = succeeded
		case e.script.signoff != "status":
			state = running
		}
	}
	answer := map[string]any{
		"status": e.wire("operation", state), "messages": e.topMessages(o, r), "publishingVersion": 2, "offerVersion": 1,
		"steps": e.steps(o, r), "previewLinks": []any{}, "liveLinks": []any{},
	}
	if o.state == running && o.kind == "publish" {
		answer["cancellationRequestState"] = "canCancel"
	}
	if e.script.forms["no-steps"] || e.script.signoff == "offer" {
		delete(answer, "steps")
	}
	return answer
}

func (e *Emulator) offerStatus(r *request) map[string]any {
	state := e.world.seen(r.now)
	bare := e.script.forms["no-steps"] || e.script.classic
	steps := []any{}
	var top []any
	if last := e.lastVisible(r.now); last != nil {
		steps, top = e.steps(last, r), e.topMessages(last, r)
		byStep := e.script.signoff == "step" || e.script.signoff == "step-by-name"
		if state == parked && byStep && !bare {
			state = running
		}
	}
	answer := map[string]any{"status": e.wire("offer", state), "messages": top, "steps": steps, "previewLinks": []any{}, "liveLinks": []any{}}
	if top == nil {
		answer["messages"] = []any{}
	}
	if bare {
		delete(answer, "steps")
	}
	if e.script.classic {
		answer["notificationEmails"] = "jdoe@contoso.com"
	}
	return answer
}

func (e *Emulator) lastVisible(now time.Duration) *operation {
	for _, o := range slices.Backward(e.world.ops) {
		if o.kind != "cancel" && o.visible <= now {
			return o
		}
	}
	return nil
}

func (e *Emulator) topMessages(o *operation, r *request) []any {
	list := []any{}
	for _, m := range e.script.messages {
		if m.level != "error" || o.state == failed {
			list = append(list, e.message(m.level, m.text, o.changed, r))
		}
	}
	return list
}

func (e *Emulator) message(level, text string, at time.Duration, r *request) any {
	text = e.hostile(text, r)
	if e.script.forms["strings"] {
		return text
	}
	return map[string]any{"messageHtml": text, "level": level, "timestamp": e.stamp(at)}
}

// shaped is an answer in one of the odd forms that the script asks for.
func (e *Emulator) shaped(v any, operation bool) reply {
	if operation && e.script.forms["array"] {
		v = []any{v}
	}
	answer := asJSON(200, v)
	if e.script.forms["nulls"] {
		answer.body = bytes.ReplaceAll(answer.body, []byte("[]"), []byte("null"))
	}
	if e.script.forms["invalid-json"] {
		answer.body = bytes.ReplaceAll(answer.body, []byte("}]"), []byte("},]"))
		answer.body = append(bytes.TrimSuffix(answer.body, []byte("}")), ",}"...)
	}
	return answer
}
