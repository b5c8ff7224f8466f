package emulator

import (
	"bytes"
	"maps"
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

		"type publish": "publish", "type golive": "goLive", "type cancel": "cancel",
		"level information": "information", "level warning": "warning", "level error": "error",

		"offer neverPublished": "neverPublished", "offer running": "running", "offer failed": "failed",
		"offer succeeded": "succeeded", "offer canceled": "canceled",
		"offer waitingForPublisherReview": "waitingForPublisherReview",

		"step notStarted": "notStarted", "step running": "inProgress", "step complete": "complete",
		"step blocked": "blocked", "step rejected": "rejected", "step failed": "failed", "step canceled": "canceled",
		"step waitingForPublisherReview": "waitingForPublisherReview",
	}
}

// wire is the word for a state: scope is operation, list, offer, step, type or level.
func (e *Emulator) wire(scope, state string) string {
	if word, ok := e.script.words[scope+" "+state]; ok {
		return word
	}
	word := plainWords()[scope+" "+state]
	if e.script.forms["pascal-words"] {
		word = strings.ReplaceAll(pascal(word), " started", "Started")
	}
	return word
}

func pascal(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// stamp writes a time as the service does, with seven digits of a second.
func (e *Emulator) stamp(at time.Duration) string {
	layout := "2006-01-02T15:04:05.0000000Z"
	if e.script.forms["millis"] {
		layout = "2006-01-02T15:04:05.000Z"
	}
	text := e.began.Add(at + e.script.clock.ahead).UTC().Format(layout)
	if e.script.forms["nozone"] {
		text = strings.TrimSuffix(text, "Z")
	}
	return text
}

// ended reports whether an operation is shown as ended.
func (e *Emulator) ended(o *operation) bool {
	if o.state == parked {
		return o.shownEnded || e.script.signoff == "ended"
	}
	return o.state != running
}

// unseen reports whether an operation failed and looks as if it had ended well.
func (e *Emulator) unseen(o *operation) bool {
	hidden := func(st step) bool { return st.unseen }
	return o.state == failed && slices.ContainsFunc(o.steps, hidden)
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

// ticks are .NET's: steps of 100 ns since the year 1, above 2^53.
func ticks(t time.Time) int64 { return t.UnixNano()/100 + 621355968000000000 }

func (e *Emulator) operationDetail(o *operation, r *request) map[string]any {
	state := o.state
	switch {
	case e.unseen(o), state == parked && e.ended(o):
		state = succeeded
	case state == parked && e.script.signoff != "status" && e.script.signoff != "operation":
		state = running
	}
	answer := map[string]any{
		"status": e.wire("operation", state), "messages": e.topMessages(o, r), "publishingVersion": 2, "offerVersion": 1,
		"steps": e.steps(o, r, false),
	}
	e.setLinks(answer, o, r)
	if o.state == running && o.kind == "publish" {
		answer["cancellationRequestState"] = "canCancel"
	}
	if e.script.forms["no-steps"] || e.script.signoff == "offer" {
		delete(answer, "steps")
	}
	if e.script.forms["emails"] {
		answer["notificationEmails"] = "jdoe@contoso.com"
	}
	if state == failed && e.script.forms["error-field"] {
		answer["error"] = e.failure()
	}
	return answer
}

// failure is a reason in the field that the documentation's table has for it.
func (e *Emulator) failure() string {
	for _, st := range e.script.steps {
		if st.how == failed || st.how == "rejected" {
			return st.text
		}
	}
	return "The operation failed."
}

func (e *Emulator) offerStatus(r *request) map[string]any {
	o, state := e.world.spokenOf(r.now)
	bare := e.script.forms["no-steps"] || e.script.classicBare
	stepTells := e.signoffByStep() && !bare
	silent := stepTells || e.script.signoff == "operation"
	if state == parked && silent {
		state = running
	}
	answer := map[string]any{"status": e.wire("offer", state), "messages": []any{}, "steps": []any{}, "previewLinks": []any{}, "liveLinks": []any{}}
	if o != nil {
		answer["steps"], answer["messages"] = e.steps(o, r, true), e.topMessages(o, r)
		e.setLinks(answer, o, r)
		if state == succeeded && e.script.forms["untrue-steps"] {
			answer["steps"] = e.untrue(o, r)
		}
	}
	if bare {
		delete(answer, "steps")
	}
	if e.script.classic || e.script.forms["emails"] {
		answer["notificationEmails"] = "jdoe@contoso.com"
	}
	return answer
}

// signoffByStep tells that the offer's own status says running while the step of the sign-off waits.
func (e *Emulator) signoffByStep() bool {
	return slices.Contains([]string{"step", "step-by-name", "offer-by-step"}, e.script.signoff)
}

// setLinks shows the preview's links once it stands, and the live ones once the offer is live.
func (e *Emulator) setLinks(answer map[string]any, o *operation, r *request) {
	preview, live := []any{}, []any{}
	for _, l := range e.script.links {
		stands := o.state == parked || o.state == succeeded
		switch {
		case l.slot == "preview" && o.kind == "publish" && stands:
			preview = append(preview, e.link(l, r))
		case l.slot == "live" && o.kind == "golive" && o.state == succeeded:
			live = append(live, e.link(l, r))
		}
	}
	answer["previewLinks"], answer["liveLinks"] = preview, live
}

func (e *Emulator) link(l link, r *request) any {
	address := echo(l.address, r)
	switch {
	case e.script.forms["link-strings"]:
		return address
	case e.script.forms["link-pascal"]:
		return map[string]any{"DisplayText": e.hostile(l.text, r), "Uri": address}
	}
	return map[string]any{"displayText": e.hostile(l.text, r), "uri": address}
}

// echo puts the token that a request was authorised by into a text that asks for it, whole or broken up by markup.
func echo(text string, r *request) string {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	half := len(bearer) / 2
	return strings.NewReplacer("{bearer}", bearer, "{broken-bearer}", bearer[:half]+"<b></b>"+bearer[half:]).Replace(text)
}

func (e *Emulator) topMessages(o *operation, r *request) []any {
	list := []any{}
	for _, m := range e.script.messages {
		early := m.level == "information" || m.level == "warning"
		lost := o.state == failed && !e.unseen(o)
		if early || lost {
			list = append(list, e.topMessage(m, o.changed, r))
		}
	}
	return list
}

func (e *Emulator) topMessage(m message, at time.Duration, r *request) any {
	if m.level == "plain" || e.script.forms["top-strings"] {
		return e.hostile(m.text, r)
	}
	return e.message(m.level, m.text, at, r)
}

func (e *Emulator) message(level, text string, at time.Duration, r *request) any {
	text = e.hostile(text, r)
	if e.script.forms["strings"] {
		return text
	}
	message := map[string]any{"messageHtml": text, "timestamp": e.stamp(at)}
	if word := e.wire("level", level); word != "" {
		message["level"] = word
	}
	return message
}

// shaped is an answer in one of the odd forms that the script asks for.
func (e *Emulator) shaped(v map[string]any, operation bool) reply {
	if e.script.forms["no-arrays"] {
		maps.DeleteFunc(v, func(_ string, field any) bool {
			array, ok := field.([]any)
			return ok && len(array) == 0
		})
	}
	var whole any = v
	if operation && e.script.forms["array"] {
		whole = []any{v}
	}
	answer := e.asPrinted(200, whole)
	if e.script.forms["nulls"] {
		answer.body = bytes.ReplaceAll(answer.body, []byte("[]"), []byte("null"))
	}
	if e.script.forms["invalid-json"] {
		answer.body = bytes.ReplaceAll(answer.body, []byte("}]"), []byte("},]"))
		answer.body = append(bytes.TrimSuffix(answer.body, []byte("}")), ",}"...)
	}
	return answer
}

// asPrinted is a document with the names of its fields as the script wants them.
func (e *Emulator) asPrinted(status int, v any) reply {
	if e.script.forms["pascal-keys"] || e.script.forms["extra"] {
		v = e.renamed(v)
	}
	return asJSON(status, v)
}

func (e *Emulator) renamed(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = e.renamed(v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for name, field := range v {
			if e.script.forms["pascal-keys"] {
				name = pascal(name)
			}
			out[name] = e.renamed(field)
		}
		if e.script.forms["extra"] {
			out["fieldOfTomorrow"] = map[string]any{"status": "failed", "messages": "none"}
		}
		return out
	}
	return v
}
