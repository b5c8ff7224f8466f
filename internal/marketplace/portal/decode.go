package marketplace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The decoder accepts every form that a document of Microsoft's shows or a user has seen, and only looks at what the
// program needs: a field that is new, missing, null or of another type must not end a wait of days.

// text is a string that may come as null, a number or anything else.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		if s = string(b); s == "null" {
			s = ""
		}
	}
	*t = text(s)
	return nil
}

// list is an array that may come as null, as one bare element, or with elements of another type, which are left out.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		raw = []json.RawMessage{b}
	}
	for _, item := range raw {
		var v T
		if !bytes.Equal(item, []byte("null")) && json.Unmarshal(item, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

type wireMessage struct {
	HTML, Level, Timestamp string
}

// UnmarshalJSON takes a message as an object (the examples) or as a string (the table).
func (m *wireMessage) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		m.HTML = s
		return nil
	}
	var o struct{ MessageHTML, Message, Text, Level, Timestamp text }
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	m.HTML, m.Level, m.Timestamp = string(first(o.MessageHTML, o.Message, o.Text)), string(o.Level), string(o.Timestamp)
	return nil
}

type wireLink struct{ text, url string }

// UnmarshalJSON takes a link as a string or as an object whose keys no document names.
func (l *wireLink) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		l.url = s
		return nil
	}
	var o struct{ URI, URL, Href, Link, DisplayText, Text, Name text }
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	l.url, l.text = string(first(o.URI, o.URL, o.Href, o.Link)), string(first(o.DisplayText, o.Text, o.Name))
	return nil
}

type wireStep struct {
	ID, StepName, Description, EstimatedTimeFrame, Status text
	ProgressPercentage, ProcessPercentage                 text // the second is the documents' other name for the first
	Messages                                              list[wireMessage]
}

type wireOperation struct {
	Status, SubmissionState text
	Error                   json.RawMessage
	Messages                list[wireMessage]
	Steps                   list[wireStep]
	PreviewLinks, LiveLinks list[wireLink]
}

type wireListed struct {
	ID, SubmissionType, SubmissionState, Status text
	ChangedTime, LastActionDateTime             text
}

func first(texts ...text) text {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

const (
	maxItems = 200  // of anything in one answer that is kept: steps, messages of a step, links
	maxText  = 2000 // characters of one foreign text
	maxName  = 100  // characters of a step's id, name or estimate
)

// words makes foreign text safe to keep: cleaned by the caller's rule first (which redacts secrets), cut afterwards.
type words func(string) string

func (w words) plain(s text) string { return w.cut(s, maxText) }

func (w words) name(s text) string { return w.cut(s, maxName) }

func (w words) cut(s text, most int) string {
	runes := []rune(w(string(s)))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

func (w words) html(s string) string { return w.plain(text(htmlText(s))) }

// operation decodes the detail of an operation or the status of an offer: an object, or an array that holds just one.
func (w words) operation(body []byte) (Operation, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		var one []json.RawMessage
		if err := json.Unmarshal(trimmed, &one); err != nil {
			return Operation{}, fmt.Errorf("invalid JSON: %w", err)
		}
		if len(one) != 1 {
			return Operation{}, fmt.Errorf("an array of %d operations where one was asked for", len(one))
		}
		body = one[0]
	}
	var in wireOperation
	if err := json.Unmarshal(body, &in); err != nil {
		if syntax := (*json.SyntaxError)(nil); !errors.As(err, &syntax) {
			return Operation{}, errors.New("not an operation")
		}
		return Operation{}, fmt.Errorf("invalid JSON: %w", err)
	}
	word := first(in.Status, in.SubmissionState)
	if word == "" {
		return Operation{}, errors.New("no status in the answer")
	}
	out := Operation{Word: w.name(word), Messages: w.messages(in.Messages)}
	var known bool
	if out.State, known = state(string(word)); !known {
		out.Unknown = append(out.Unknown, out.Word)
	}
	out.NeverPublished = normal(string(word)) == "neverpublished"
	if e := w.topError(in.Error); e != "" {
		out.Messages = append(out.Messages, Message{Level: "error", Text: e})
	}
	for _, s := range in.Steps[:min(len(in.Steps), maxItems)] {
		step := Step{ID: w.name(s.ID), Name: w.name(first(s.StepName, s.ID)), Description: w.html(string(s.Description)),
			Estimate: w.name(s.EstimatedTimeFrame), Messages: w.messages(s.Messages)}
		if step.State, known = stepState(string(s.Status)); !known {
			out.Unknown = append(out.Unknown, w.name(s.Status))
		}
		if n, err := strconv.ParseFloat(string(first(s.ProgressPercentage, s.ProcessPercentage)), 64); err == nil {
			step.Percent = int(max(0, min(100, n)))
		}
		// Migrated offers stay "running" while this step waits for the publisher.
		if (out.State == Running || out.State == NotStarted) && step.State == StepSignOff && isSignOff(step) {
			out.State = AtSignOff
		}
		out.Steps = append(out.Steps, step)
	}
	out.Preview, out.Live = w.links(in.PreviewLinks), w.links(in.LiveLinks)
	return out, nil
}

func (w words) messages(in list[wireMessage]) []Message {
	var out []Message
	for _, m := range in[:min(len(in), maxItems)] {
		if t := w.html(m.HTML); t != "" {
			out = append(out, Message{Level: strings.ToLower(w.plain(text(m.Level))), Text: t, Time: w.plain(text(m.Timestamp))})
		}
	}
	return out
}

func (w words) links(in list[wireLink]) []Link {
	var out []Link
	for _, l := range in[:min(len(in), maxItems)] {
		if u := w.plain(text(l.url)); strings.HasPrefix(u, "https://") {
			out = append(out, Link{Text: w.html(l.text), URL: u})
		}
	}
	return out
}

// topError reads the field `error`, which the documents' tables have and no example shows.
func (w words) topError(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return w.html(s)
	}
	var o struct{ Code, Message text }
	if json.Unmarshal(raw, &o) == nil {
		return w.html(string(first(o.Message, o.Code)))
	}
	return ""
}

// operations decodes the list of an offer's operations: an array, or an object with the array in `value`.
func (w words) operations(body []byte, path func(id string) string) ([]Listed, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	var in []wireListed
	if err := json.Unmarshal(body, &in); err != nil {
		var o struct{ Value *[]wireListed }
		if json.Unmarshal(body, &o) != nil || o.Value == nil {
			return nil, errors.New("not a list of operations")
		}
		in = *o.Value
	}
	if in == nil {
		return nil, errors.New("not a list of operations: null")
	}
	out := make([]Listed, 0, len(in))
	for _, l := range in {
		word := first(l.SubmissionState, l.Status)
		item := Listed{ID: w.plain(l.ID), Kind: kind(string(l.SubmissionType)), Word: w.plain(word), Changed: when(first(l.ChangedTime, l.LastActionDateTime))}
		item.State, _ = state(string(word)) // an unknown word is running: nothing is started beside it
		if item.ID != "" {
			item.Path = path(item.ID)
		}
		out = append(out, item)
	}
	return out, nil
}

// when reads a time with or without a zone; without one it is UTC.
func when(s text) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, string(s)); err == nil {
			return t
		}
	}
	return time.Time{}
}
