package submission

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unique"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// The most that is kept of one answer.
const (
	maxItems = 200 // of anything
	maxRows  = 20  // of the workflow: there are two, or four
)

// decoder reads the service's forms, and only what the program needs of them.
type decoder struct{ words rest.Words }

// submission is one submission, as its page and the list show it.
type submission struct {
	ref       marketplace.Ref
	at        place
	number    int64
	published time.Time // zero where it has not been
	word      string    // the service's own

	retryAfter time.Duration
}

// details are what a submission's own page or the list says beside its state. A list may be long: they are not kept.
func (s submission) details() marketplace.Details {
	d := marketplace.Details{Word: s.word, RetryAfter: s.retryAfter}
	if !s.at.known {
		d.Unknown = []string{s.word}
	}
	return d
}

// newer reports whether s was started after o: by number; where the service gives none, by id, which grows as well.
func (s submission) newer(o submission) bool {
	if s.number != o.number {
		return s.number > o.number
	}
	if len(s.ref.ID) != len(o.ref.ID) {
		return len(s.ref.ID) > len(o.ref.ID)
	}
	return s.ref.ID > o.ref.ID
}

type wireSubmission struct {
	ID, State, Substate, ReleaseNumber, PublishedTimeInUTC rest.Text
}

// submission decodes a submission, alone or in an array of one.
func (d decoder) submission(body []byte, product string) (submission, error) {
	var list rest.List[wireSubmission]
	if err := rest.Decode(body, &list); err != nil {
		return submission{}, err
	}
	if len(list) != 1 {
		return submission{}, errors.New("not a submission")
	}
	in := list[0]
	if !rest.IsID(string(in.ID)) {
		return submission{}, errors.New("a submission without an id")
	}
	if in.State == "" && in.Substate == "" {
		return submission{}, errors.New("a submission without a state")
	}
	out := submission{ref: refTo(product, string(in.ID)), at: whereIs(string(in.State), string(in.Substate)),
		number: in.ReleaseNumber.Int(), published: in.PublishedTimeInUTC.Time()}
	word := d.words.Name(in.State)
	if in.Substate != "" {
		word += "/" + d.words.Name(in.Substate)
	}
	out.word = unique.Make(word).Value()
	return out, nil
}

type wireWorkflow struct {
	TargetEnvironment rest.Text
	WorkflowSteps     rest.List[wireStep]
}

type wireStep struct {
	Name, State, StartDateTimeInUTC, CompleteDateTimeInUTC rest.Text
}

// row decodes a row of the workflow. Of its texts no more is kept than is shown.
func (d decoder) row(raw json.RawMessage) (wireWorkflow, error) {
	var row *wireWorkflow
	if json.Unmarshal(raw, &row) != nil || row == nil {
		return wireWorkflow{}, rest.ErrSkip
	}
	steps := row.WorkflowSteps[:min(len(row.WorkflowSteps), maxItems)]
	row.WorkflowSteps = nil
	for _, s := range steps {
		name := func(t rest.Text) rest.Text { return rest.Text(d.words.Name(t)) }
		row.WorkflowSteps = append(row.WorkflowSteps, wireStep{name(s.Name), name(s.State), name(s.StartDateTimeInUTC), name(s.CompleteDateTimeInUTC)})
	}
	return wireWorkflow{rest.Text(rest.Normal(string(row.TargetEnvironment))), row.WorkflowSteps}, nil
}

// steps are those of the way to the preview, then those of the way from there, whatever the order of the rows.
func (d decoder) steps(rows []wireWorkflow, at place) (out []marketplace.Step, unknown []string) {
	slices.SortStableFunc(rows, func(a, b wireWorkflow) int { return cmp.Compare(rank(a), rank(b)) })
	behind := false
	for _, row := range rows {
		live := rank(row) == 2
		for _, in := range row.WorkflowSteps {
			step, ok := d.step(in, live || behind, at)
			if !ok {
				unknown = append(unknown, d.words.Name(in.State))
			}
			step.ID = fmt.Sprint([]string{"preview", "other", "live"}[rank(row)], "/", len(out)+1)
			behind = behind || step.Role == marketplace.RoleSignOff
			out = append(out, step)
		}
	}
	return out, unknown
}

// rank orders the rows: preview, whatever nobody documents, live.
func rank(w wireWorkflow) int {
	switch rest.Normal(string(w.TargetEnvironment)) {
	case "preview":
		return 0
	case "live":
		return 2
	}
	return 1
}

func (d decoder) step(in wireStep, behindSignOff bool, at place) (marketplace.Step, bool) {
	state, ok := stepState(string(in.State))
	out := marketplace.Step{Name: cmp.Or(d.words.Name(in.Name), "unnamed step"), State: state,
		Role: role(string(in.Name), behindSignOff), Began: in.StartDateTimeInUTC.Time(), Ended: in.CompleteDateTimeInUTC.Time()}
	switch {
	case state == marketplace.StepComplete:
		out.Percent = 100
	case out.Role == marketplace.RoleSignOff && at.state == marketplace.AtSignOff:
		out.State = marketplace.StepSignOff
	}
	return out, ok
}

type wireValidation struct {
	ErrorCode, Code, Severity, Level, Message, Resource rest.Text
}

func (d decoder) validation(raw json.RawMessage) (marketplace.Message, error) {
	var in wireValidation
	var bare string
	if json.Unmarshal(raw, &bare) == nil {
		in.Message = rest.Text(bare)
	} else if json.Unmarshal(raw, &in) != nil {
		return marketplace.Message{}, rest.ErrSkip
	}
	m := marketplace.Message{Level: d.words.Name(rest.Text(level(string(cmp.Or(in.Severity, in.Level))))),
		Code: d.words.Name(cmp.Or(in.ErrorCode, in.Code)), Text: d.words.HTML(string(in.Message))}
	resource := d.words.Name(in.Resource)
	switch {
	case m.Text == "" && m.Code == "" && resource == "":
		return marketplace.Message{}, rest.ErrSkip
	case m.Text == "":
		m.Text = strings.TrimSpace(m.Code + " " + resource)
	case resource != "":
		m.Text += " (resource " + resource + ")"
	}
	return m, nil
}

type wireReport struct {
	ReportTimeInUTC, Status, FileURI rest.Text
}

func (d decoder) report(raw json.RawMessage) (marketplace.Link, error) {
	var in wireReport
	_ = json.Unmarshal(raw, &in) // what is no report has no address
	address := d.words.Link(in.FileURI)
	if address == "" {
		return marketplace.Link{}, rest.ErrSkip
	}
	text := "report"
	if at := in.ReportTimeInUTC.Time(); !at.IsZero() {
		text += " of " + at.Format("2006-01-02 15:04 MST")
	}
	if status := d.words.Name(in.Status); status != "" {
		text += ": " + status
	}
	return marketplace.Link{Text: text, URL: address}, nil
}
