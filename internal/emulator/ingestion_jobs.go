package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"time"
)

// refusedJob is a job that was taken at HTTP and failed at once: it did nothing.
type refusedJob struct {
	at      time.Duration
	target  string
	message string
}

type wireConfigure struct {
	Schema    string            `json:"$schema"`
	Resources []json.RawMessage `json:"resources"`
}

type wireSubmission struct {
	Schema  string          `json:"$schema"`
	ID      *string         `json:"id"`
	Product json.RawMessage `json:"product"`
	Target  *struct {
		Type string `json:"targetType"`
	} `json:"target"`
}

// configure takes one submission resource, to preview or to live; all else would change the offer's draft.
func (e *Emulator) configure(r *request) reply {
	sub, no := e.readConfigure(r)
	if no != nil {
		return *no
	}
	verb := map[string]string{"preview": "publish", "live": "golive"}[sub.Target.Type]
	if no := e.checkTarget(r, sub, verb); no != nil {
		return *no
	}
	o, refused := e.world.act(verb, "client", r.now)
	if refused != nil {
		return e.inProgress(r, sub.Target.Type, refused.message)
	}
	e.granted[verb]++
	if r.fault.kind() == "late" {
		o.listed = max(o.listed, r.now+r.fault.Delay)
	}
	return e.accepted(r, e.jobStatus(r, e.jobOf(o, r.now)))
}

func (e *Emulator) accepted(r *request, job map[string]any) reply {
	if e.script.ingestion.unnamed || r.fault.kind() == "nolocation" {
		delete(job, e.key("jobId"))
	}
	if e.script.ingestion.accepted == 204 {
		return text(204, "")
	}
	return asJSON(e.script.ingestion.accepted, job)
}

// readConfigure reads the body, strictly: schemas, versions, and no property that the schema does not have.
func (e *Emulator) readConfigure(r *request) (sub wireSubmission, no *reply) {
	bad := func(code, message string) *reply {
		answer := e.decline(r, 400, "badRequest", "The request is invalid.", map[string]any{"code": e.errorCode(code), "message": e.hostile(message, r)})
		return &answer
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		answer := e.decline(r, 415, "badRequest", "The request entity's media type is not supported for this resource.")
		return sub, &answer
	}
	var body wireConfigure
	if err := strict(r.body, &body); err != nil {
		return sub, bad("schemaValidationError", "The configuration is not valid: "+err.Error())
	}
	if problem := checkSchema(body.Schema, "configure", "2022-03-01-preview2", "2022-07-01"); problem != "" {
		return sub, bad("schemaValidationError", problem)
	}
	if len(body.Resources) != 1 {
		return sub, bad("invalidRequest", fmt.Sprintf("%d resources: this imitation takes one submission, and no change of the draft", len(body.Resources)))
	}
	if err := strict(body.Resources[0], &sub); err != nil {
		return sub, bad("schemaValidationError", "The submission is not valid: "+err.Error())
	}
	if problem := checkSchema(sub.Schema, "submission", "2022-03-01-preview2"); problem != "" {
		return sub, bad("schemaValidationError", problem)
	}
	if sub.Target == nil {
		return sub, bad("schemaValidationError", `Required properties ["target"] were not present`)
	}
	if !e.isProduct(sub.Product) {
		return sub, bad("resourceNotFound", "The product does not exist.")
	}
	return sub, nil
}

// checkTarget wants no id for a preview but the draft's, and for live that of the preview.
func (e *Emulator) checkTarget(r *request, sub wireSubmission, verb string) *reply {
	refuse := func(code, message string) *reply {
		answer := e.decline(r, 400, "badRequest", "The request is invalid.", map[string]any{"code": e.errorCode(code), "message": e.hostile(message, r)})
		return &answer
	}
	prefix := "submission/" + e.product() + "/"
	switch {
	case verb == "":
		return refuse("invalidRequest", "The target '"+sub.Target.Type+"' is neither preview nor live.")
	case verb == "publish" && sub.ID != nil && *sub.ID != prefix+"0":
		return refuse("invalidId", "A new preview has no id.")
	case verb == "publish":
		return nil
	case sub.ID == nil:
		return refuse("schemaValidationError", `Required properties ["id"] were not present`)
	}
	preview := e.lastPublish(r.now, func(o *operation) bool { return o.state != canceled })
	switch number, mine := strings.CutPrefix(*sub.ID, prefix); {
	case !mine:
		return refuse("invalidId", "The id '"+*sub.ID+"' is not of this product.")
	case preview == nil || number != e.number(preview):
		answer := e.inProgress(r, "live", "The submission cannot be pushed to as its not the latest.")
		return &answer
	case preview.state == running:
		answer := e.inProgress(r, "live", "An In Progress submission already exists.")
		return &answer
	case preview.state == failed:
		return refuse("invalidState", "The submission has failed, and cannot be pushed to live.")
	}
	return nil
}

// inProgress says that another submission is in the way, in the answer or in the job, as the script wants.
func (e *Emulator) inProgress(r *request, to, message string) reply {
	if message == "Another operation is running on the offer." {
		message = "An In Progress submission already exists."
	}
	switch how := e.script.ingestion.conflict; how {
	case "409":
		return e.decline(r, 409, "conflict", message)
	case "422":
		return e.decline(r, 422, "badRequest", "The request is invalid.", map[string]any{"code": e.errorCode("invalidState"), "message": e.hostile(message, r)})
	case "job":
		id := guid(e.opts.Seed, fmt.Sprint("refused job ", r.nth))
		if e.refused == nil {
			e.refused = map[string]refusedJob{}
		}
		e.refused[id] = refusedJob{r.now, to, message}
		return e.accepted(r, e.jobStatus(r, jobView{id: id, status: "running", result: "pending", began: r.now, target: to}))
	}
	return e.decline(r, 400, "badRequest", message)
}

func checkSchema(uri, kind string, versions ...string) string {
	if strings.HasPrefix(uri, deadHost) {
		return "Schema " + uri + " could not be accessed"
	}
	version, ok := strings.CutPrefix(uri, schemaHost+"/schema/"+kind+"/")
	if !ok || !slices.Contains(versions, version) {
		return fmt.Sprintf("Schema %q is no %s", uri, kind)
	}
	return ""
}

// isProduct takes the durable id, and the short cut by the offer's id.
func (e *Emulator) isProduct(raw json.RawMessage) bool {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id == "product/"+e.product() && e.productKnown()
	}
	var short struct {
		ExternalID string `json:"externalId"`
	}
	return strict(raw, &short) == nil && short.ExternalID == e.script.offer && e.productKnown()
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, more := d.Token(); more != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// jobView is a job as it is shown.
type jobView struct {
	id             string
	op             *operation // nil for a refused one
	status, result string
	began, ended   time.Duration
	target         string
	message        string // of a refused one
}

// jobOf is the job that ordered an operation, as it stands now.
func (e *Emulator) jobOf(o *operation, now time.Duration) jobView {
	v := jobView{id: o.id, op: o, status: "completed", began: o.accepted, ended: o.changed, target: "preview"}
	if o.kind == "golive" {
		v.target = "live"
	}
	state := o.state
	if early := e.script.ingestion.early; early > 0 && now >= o.accepted+early && state != canceled {
		state, v.ended = succeeded, min(o.accepted+early, orNow(o, now))
	}
	switch state {
	case running:
		v.status, v.result = "running", "pending"
		if now == o.accepted {
			v.status = "notStarted"
		}
	case failed:
		v.result = "failed"
	case canceled:
		v.result = "cancelled"
	default:
		v.result = "succeeded"
	}
	return v
}

func orNow(o *operation, now time.Duration) time.Duration {
	if o.state == running {
		return now
	}
	return o.changed
}

// job is the job of an id; false where there is none, or it is forgotten.
func (e *Emulator) job(id string, now time.Duration) (jobView, bool) {
	if refused, ok := e.refused[id]; ok {
		return jobView{id: id, status: "completed", result: "failed", began: refused.at, ended: refused.at + time.Second,
			target: refused.target, message: refused.message}, true
	}
	for _, o := range e.world.ops {
		if o.kind == "cancel" || !strings.EqualFold(o.id, id) {
			continue
		}
		v := e.jobOf(o, now)
		rule := e.script.ingestion
		forgotten := v.status == "completed" && rule.forgotten >= 0 && now >= v.ended+rule.forgotten
		return v, !forgotten
	}
	return jobView{}, false
}

// jobPages answers all that a job's id leads to.
func (e *Emulator) jobPages(r *request) reply {
	v, known := e.job(r.target.ids[0], r.now)
	if !known {
		return e.decline(r, 404, "notFound", "The job does not exist.")
	}
	switch r.target.endpoint {
	case "job":
		return asJSON(200, e.jobStatus(r, v))
	case "job-cancel":
		return e.cancelJob(r, v)
	}
	if v.status != "completed" {
		return e.decline(r, 400, "badRequest", "The job has not completed.")
	}
	resource := map[string]any{"$schema": schemaHost + "/schema/submission/2022-03-01-preview2", "product": "product/" + e.product(),
		"target": map[string]any{"targetType": e.word(v.target)}}
	if v.op != nil && e.script.ingestion.detail == "" {
		resource["id"] = "submission/" + e.product() + "/" + e.number(e.publishOf(v.op))
	}
	resources := []any{resource}
	if e.script.ingestion.detail == "all" {
		resources = []any{}
	}
	return asJSON(200, map[string]any{"$schema": schemaHost + "/schema/configure/2022-03-01-preview2", "resources": resources})
}

// cancelJob cancels what the job ordered, if that still runs.
func (e *Emulator) cancelJob(r *request, v jobView) reply {
	current := e.world.current()
	if v.status == "completed" || v.op == nil || v.op != current {
		return e.decline(r, 400, "badRequest", "Cannot cancel job, job has already completed.")
	}
	if _, no := e.world.act("cancel", "client", r.now); no != nil {
		return e.decline(r, no.status, "badRequest", no.message)
	}
	e.granted["cancel"]++
	return asJSON(e.script.cancel.status, e.jobStatus(r, e.jobOf(v.op, r.now)))
}
