package portal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

type wireMessage struct {
	HTML, Level, Code string
}

// UnmarshalJSON takes a message as an object (the examples) or as a string (the table).
func (m *wireMessage) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		m.HTML = s
		return nil
	}
	var o struct{ MessageHTML, Message, Text, Level, Severity, Code rest.Text }
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	m.HTML, m.Level, m.Code = string(cmp.Or(o.MessageHTML, o.Message, o.Text)), string(cmp.Or(o.Level, o.Severity)), string(o.Code)
	return nil
}

type wireLink struct{ text, url rest.Text }

// UnmarshalJSON takes a link as a string or as an object whose keys no document names.
func (l *wireLink) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		l.url = rest.Text(s)
		return nil
	}
	var o struct{ URI, URL, Href, Link, DisplayText, Text, Name rest.Text }
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	l.url, l.text = cmp.Or(o.URI, o.URL, o.Href, o.Link), cmp.Or(o.DisplayText, o.Text, o.Name)
	return nil
}

type wireStep struct {
	ID, StepName, EstimatedTimeFrame, Status rest.Text
	ProgressPercentage, ProcessPercentage    rest.Text // the second is the documents' other name for the first
	Messages                                 rest.List[wireMessage]
}

// wirePage is the detail of an operation, and the status of an offer.
type wirePage struct {
	Status, SubmissionState rest.Text
	Error                   json.RawMessage
	Messages                rest.List[wireMessage]
	Steps                   rest.List[wireStep]
	PreviewLinks, LiveLinks rest.List[wireLink]
}

type wireListed struct {
	ID, SubmissionType, SubmissionState, Status      rest.Text
	ChangedTime, LastActionDateTime, CreatedDateTime rest.Text
}

const maxItems = 200 // of anything in one answer that is kept: steps, messages of a step, links

// words makes the service's text safe to keep.
type words struct{ rest.Words }

// operation decodes the detail of an operation.
func (w words) operation(body []byte) (marketplace.Operation, error) {
	d, err := w.page(body)
	if err != nil {
		return marketplace.Operation{}, err
	}
	s, known := state(d.Word)
	if !known {
		d.Unknown = append([]string{d.Word}, d.Unknown...)
	}
	// Migrated offers stay "running" while this step waits for the publisher.
	begun := s == marketplace.Running || s == marketplace.NotStarted
	if begun && signOffWaits(d.Steps) {
		s = marketplace.AtSignOff
	}
	return marketplace.Operation{State: s, Kind: doing(d.Steps), Details: d}, nil
}

// offer decodes the status of an offer.
func (w words) offer(body []byte) (marketplace.Offer, error) {
	d, err := w.page(body)
	if err != nil {
		return marketplace.Offer{}, err
	}
	s, known := offerState(d.Word)
	if !known {
		d.Unknown = append([]string{d.Word}, d.Unknown...)
	}
	begun := s.Moving() || s == marketplace.NeverPublished
	if begun && signOffWaits(d.Steps) {
		s = marketplace.Parked
	}
	return marketplace.Offer{State: s, Details: d}, nil
}

func signOffWaits(steps []marketplace.Step) bool {
	for _, s := range steps {
		if s.Role == marketplace.RoleSignOff && s.State == marketplace.StepSignOff {
			return true
		}
	}
	return false
}

// page decodes what both have in common: an object, or an array that holds just one.
func (w words) page(body []byte) (marketplace.Details, error) {
	var raw json.RawMessage
	if err := rest.Decode(body, &raw); err != nil {
		return marketplace.Details{}, err
	}
	var one []json.RawMessage
	if json.Unmarshal(raw, &one) == nil && one != nil {
		if len(one) != 1 {
			return marketplace.Details{}, fmt.Errorf("an array of %d operations where one was asked for", len(one))
		}
		raw = one[0]
	}
	var in wirePage
	if json.Unmarshal(raw, &in) != nil {
		return marketplace.Details{}, errors.New("not an operation")
	}
	word := cmp.Or(in.Status, in.SubmissionState)
	if word == "" {
		return marketplace.Details{}, errors.New("no status in the answer")
	}
	out := marketplace.Details{Word: w.Name(word), Messages: w.messages(in.Messages), Preview: w.links(in.PreviewLinks), Live: w.links(in.LiveLinks)}
	if m := w.topError(in.Error); m.Text != "" {
		out.Messages = append(out.Messages, m)
	}
	for _, s := range in.Steps[:min(len(in.Steps), maxItems)] {
		step, known := w.step(s)
		if !known {
			out.Unknown = append(out.Unknown, w.Name(s.Status))
		}
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}

func (w words) step(in wireStep) (step marketplace.Step, known bool) {
	step = marketplace.Step{ID: w.Name(in.ID), Name: w.Name(cmp.Or(in.StepName, in.ID)),
		Estimate: w.Name(in.EstimatedTimeFrame), Messages: w.messages(in.Messages)}
	step.Role = role(step.ID, step.Name)
	step.State, known = stepState(string(in.Status))
	if n, err := strconv.ParseFloat(string(cmp.Or(in.ProgressPercentage, in.ProcessPercentage)), 64); err == nil {
		step.Percent = int(max(0, min(100, n)))
	}
	return step, known
}

func (w words) messages(in rest.List[wireMessage]) []marketplace.Message {
	var out []marketplace.Message
	for _, m := range in[:min(len(in), maxItems)] {
		if t := w.HTML(m.HTML); t != "" {
			level := strings.ToLower(w.Name(rest.Text(m.Level)))
			out = append(out, marketplace.Message{Level: level, Code: w.Name(rest.Text(m.Code)), Text: t})
		}
	}
	return out
}

func (w words) links(in rest.List[wireLink]) []marketplace.Link {
	var out []marketplace.Link
	for _, l := range in[:min(len(in), maxItems)] {
		if u := w.Link(l.url); u != "" {
			out = append(out, marketplace.Link{Text: w.HTML(string(l.text)), URL: u})
		}
	}
	return out
}

// topError reads the field `error`, which the documents' tables have and no example shows.
func (w words) topError(raw json.RawMessage) marketplace.Message {
	if !strings.ContainsAny(string(raw), `"{`) {
		return marketplace.Message{} // null, false, an empty array
	}
	code, text := w.ErrorBody(raw)
	if text == "" {
		code, text = "", code
	}
	return marketplace.Message{Level: "error", Code: code, Text: text}
}

// listed decodes an item of the list of operations.
func (w words) listed(raw json.RawMessage, ref func(id string) marketplace.Ref) (marketplace.Listed, error) {
	var in *wireListed
	if json.Unmarshal(raw, &in) != nil || in == nil {
		return marketplace.Listed{}, errors.New("not an operation")
	}
	out := marketplace.Listed{Kind: kind(string(in.SubmissionType))}
	out.State, _ = state(string(cmp.Or(in.SubmissionState, in.Status))) // an unknown word is running: nothing is started beside it
	for _, t := range []rest.Text{in.ChangedTime, in.LastActionDateTime, in.CreatedDateTime} {
		if out.Changed.IsZero() {
			out.Changed = t.Time()
		}
	}
	if id := w.Name(in.ID); segment.MatchString(id) {
		out.Ref = ref(id)
	}
	return out, nil
}
