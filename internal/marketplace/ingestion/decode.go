package ingestion

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unique"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// bare is a value without the quotes that a sample of the documentation has around it.
func bare(t rest.Text) string { return strings.Trim(strings.TrimSpace(string(t)), `"`) }

// stateOf maps the two words that the service has for a state. The first unknown word is named; what it stands for
// counts as running: it must never be taken for success. The state is "" where there is no word at all.
func stateOf(status, result string) (s marketplace.State, unknown string) {
	switch rest.Normal(status) {
	case "notstarted", "queued":
		return marketplace.NotStarted, ""
	case "running", "inprogress", "pending":
		return marketplace.Running, ""
	case "completed", "complete":
		s, unknown = resultOf(result)
		if s == "" { // ended, and it is not said how
			return marketplace.Running, ""
		}
		return s, unknown
	case "":
		return resultOf(result)
	}
	if s, unknown = resultOf(status); unknown == "" {
		return s, ""
	}
	return marketplace.Running, status
}

func resultOf(result string) (s marketplace.State, unknown string) {
	switch rest.Normal(result) {
	case "succeeded", "success":
		return marketplace.Succeeded, ""
	case "failed", "failure":
		return marketplace.Failed, ""
	case "cancelled", "canceled": // the documentation has it, the schema has not
		return marketplace.Canceled, ""
	case "pending":
		return marketplace.Running, ""
	case "":
		return "", ""
	}
	return marketplace.Running, result
}

type wireJob struct {
	JobID                rest.Text // jobId, jobID
	JobStatus, JobResult rest.Text
	JobStart, JobEnd     rest.Text // an end that has not come is written without a zone
	Errors, Error        any
}

// job is how a job stands.
type job struct {
	state        marketplace.State
	word         string
	unknown      []string
	began, ended time.Time
	why          tree
}

func (c *Client) job(a rest.Answer) (job, error) {
	var in wireJob
	if err := a.JSON(&in); err != nil {
		return job{}, err
	}
	state, unknown := stateOf(bare(in.JobStatus), bare(in.JobResult))
	if state == "" {
		return job{}, a.Unreadable(errors.New("no status in the answer"))
	}
	j := job{state: state, word: c.word(in.JobStatus, in.JobResult), began: in.JobStart.Time(), ended: in.JobEnd.Time(),
		why: c.tree(in.Errors, in.Error)}
	if unknown != "" {
		j.unknown = []string{c.text.Name(rest.Text(unknown))}
	}
	untold := j.state == marketplace.Running && rest.Normal(string(in.JobStatus)) == "completed" && bare(in.JobResult) == ""
	if untold && len(j.why.messages) > 0 {
		j.state = marketplace.Failed
	}
	if j.ended.Before(j.began) {
		j.ended = time.Time{}
	}
	return j, nil
}

// word is the service's own word for a state: the result, once there is one.
func (c *Client) word(status, result rest.Text) string {
	word := bare(cmp.Or(status, result))
	if r := rest.Normal(string(result)); r != "" && r != "pending" {
		word = bare(result)
	}
	return unique.Make(c.text.Name(rest.Text(word))).Value() // a list says the same few thousands of times
}

// jobID is the id in the answer to an order; "" where there is none to be trusted in a path.
func jobID(a rest.Answer) string {
	var in wireJob
	id := ""
	if a.JSON(&in) == nil {
		id = bare(in.JobID)
	}
	if !rest.IsID(id) {
		return ""
	}
	return id
}

type wireEntry struct {
	ID                      rest.Text
	Product                 json.RawMessage
	Target                  wireTarget
	Status, Result, Created rest.Text
}

// wireTarget is an object with the type in it, or the type itself.
type wireTarget string

func (t *wireTarget) UnmarshalJSON(b []byte) error {
	var o struct{ TargetType, Type rest.Text }
	var s rest.Text
	if json.Unmarshal(b, &o) == nil {
		s = cmp.Or(o.TargetType, o.Type)
	} else {
		_ = json.Unmarshal(b, &s) // takes any JSON
	}
	*t = wireTarget(unique.Make(rest.Normal(string(s))).Value())
	return nil
}

// The targets that matter here.
const (
	draftTarget   = "draft"
	previewTarget = "preview"
	liveTarget    = "live"
)

// entry is a submission under one target.
type entry struct {
	id, target string
	state      marketplace.State // "" where it has none, as the draft
	word       string
	unknown    string
	created    time.Time
}

var errNoSubmission = errors.New("a submission without an id")

func (c *Client) entry(raw json.RawMessage) (entry, error) {
	var in wireEntry
	if err := rest.Decode(raw, &in); err != nil {
		return entry{}, err
	}
	e := entry{id: strings.Clone(lastSegment(in.ID)), target: string(in.Target), created: in.Created.Time(), word: c.word(in.Status, in.Result)}
	e.state, e.unknown = stateOf(bare(in.Status), bare(in.Result))
	if rest.Normal(bare(in.Status)) == "completed" && bare(in.Result) == "" { // it does not run, and what it came to is not said
		e.state = ""
	}
	e.unknown = c.text.Name(rest.Text(e.unknown))
	if !rest.IsID(e.id) {
		return entry{}, errNoSubmission
	}
	return e, nil
}

// runs reports whether it has a status, and has not ended.
func (e entry) runs() bool {
	return e.state == marketplace.NotStarted || e.state == marketplace.Running
}

func (e entry) kind() marketplace.Kind {
	return map[string]marketplace.Kind{previewTarget: marketplace.Publish, liveTarget: marketplace.GoLive}[e.target]
}

// newerThan compares by date, and where that says nothing by the numbers that the service counts up.
func (e entry) newerThan(o entry) bool {
	undated := e.created.IsZero() || o.created.IsZero() || e.created.Equal(o.created)
	if !undated {
		return e.created.After(o.created)
	}
	return newerID(e.id, o.id)
}

func newerID(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}
