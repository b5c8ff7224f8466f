package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// directive reads one line; what it leaves over is an error of the caller's.
func (s *Script) directive(w *words) (err error) {
	name, err := w.next("directive")
	if err != nil {
		return err
	}
	switch name {
	case "offer":
		s.start, err = w.oneOf("state", "never", "live", "failed", "canceled", "preview")
	case "running":
		return s.readRunning(w)
	case "parked":
		s.parkedListed = true
		_, err = w.oneOf("how", "listed")
	case "names":
		if s.publisher, err = w.next("publisher"); err == nil {
			s.offer, err = w.next("offer")
		}
	case "shape":
		var shape string
		shape, err = w.oneOf("shape", "migrated", "classic")
		s.classic = shape == "classic"
	case "location":
		return s.location.read(w)
	case "signoff":
		s.signoff, err = w.oneOf("form", "step", "step-by-name", "status", "ended", "offer")
	case "step":
		return s.readStep(w)
	case "message":
		var m message
		if m.level, err = w.oneOf("level", "error", "warning", "information"); err == nil {
			m.text, err = w.next("text")
		}
		s.messages = append(s.messages, m)
	case "golive":
		s.golive, err = w.duration("duration")
		if err == nil && w.skip("fails") {
			s.goliveNo, err = w.next("reason")
		}
	case "person":
		return s.readVisit(w)
	case "cancel":
		return s.cancel.read(w)
	case "word":
		return s.readWord(w)
	case "form":
		return s.readForms(w)
	case "list":
		var how string
		how, err = w.oneOf("how", "keeps", "drops")
		s.drops = how == "drops"
		w.skip("ended")
	case "tokens":
		s.tokenLife, err = w.duration("life")
		if err == nil && w.skip("refresh") {
			s.tokenRefresh, err = w.duration("refresh")
		}
	case "assertion":
		s.assertionLife, err = w.duration("life")
	case "identity":
		return s.readIdentity(w)
	case "entra":
		s.entra, err = w.oneOf("refusal", "unknown-app", "unknown-tenant", "wrong-subject", "no-credential", "blocked")
	case "at":
		return s.readInvalidation(w)
	case "hostile":
		s.hostile = true
	case "fault":
		var r rule
		r, err = readRule(w)
		s.faults = append(s.faults, r)
	default:
		return fmt.Errorf("unknown directive %q", name)
	}
	return err
}

func (s *Script) readRunning(w *words) (err error) {
	if s.runningKind, err = w.oneOf("kind", "publish", "golive"); err != nil {
		return err
	}
	if s.runningLeft, err = w.duration("time left"); err != nil {
		return err
	}
	_, err = w.oneOf("keyword", "left")
	return err
}

func (l *location) read(w *words) error {
	for more := true; more; more = !w.done() {
		form, err := w.oneOf("form", "location", "operation-location", "absolute", "none", "no-api-version", "foreign")
		if err != nil {
			return err
		}
		switch form {
		case "operation-location":
			l.operationLocation = true
		case "absolute":
			l.absolute = true
		case "none":
			l.none = true
		case "no-api-version":
			l.noVersion = true
		case "foreign":
			if l.foreign, err = w.next("URL"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Script) readStep(w *words) (err error) {
	var st step
	if st.name, err = w.next("name"); err != nil {
		return err
	}
	if st.takes, err = w.duration("duration"); err != nil {
		return err
	}
	if !w.done() {
		if st.how, err = w.oneOf("trouble", "blocked", "rejected", "failed"); err != nil {
			return err
		}
		if st.text, err = w.next("message"); err != nil {
			return err
		}
	}
	switch st.how {
	case "blocked":
		st.lasts = -1
		if w.skip("after") {
			if st.after, err = w.duration("after"); err != nil {
				return err
			}
		}
		if w.skip("for") {
			st.lasts, err = w.duration("for")
		}
	case "rejected", "failed":
		if st.stays = w.skip("stays"); !st.stays {
			w.skip("ends")
		}
	}
	s.steps = append(s.steps, st)
	return err
}

func (s *Script) readVisit(w *words) (err error) {
	var v visit
	if v.verb, err = w.oneOf("what a person does", "publish", "golive", "cancel"); err != nil {
		return err
	}
	at := w.skip("at")
	if v.at, err = w.duration("time"); err != nil {
		return err
	}
	if !at {
		if !w.skip("after") || !w.skip("preview") {
			return fmt.Errorf("person: say at %v, or %v after preview", v.at, v.at)
		}
		v.afterPreview = true
	}
	s.visits = append(s.visits, v)
	return nil
}

func (c *cancelRule) read(w *words) (err error) {
	*c = cancelRule{takes: 2 * time.Minute}
	if w.skip("refused") {
		if c.status, err = w.number("status", 400, 599); err == nil {
			c.refusal, err = w.next("reason")
		}
		return err
	}
	status, err := w.oneOf("answer", "200", "202")
	if err != nil {
		return err
	}
	c.status = 202
	if status == "200" {
		c.status, c.takes = 200, 0
	}
	for !w.done() {
		option, err := w.oneOf("option", "takes", "ignored", "anywhere", "listed")
		if err != nil {
			return err
		}
		switch option {
		case "takes":
			if c.takes, err = w.duration("duration"); err != nil {
				return err
			}
		case "ignored":
			c.ignored = true
		case "anywhere":
			c.anywhere = true
		case "listed":
			c.listed = true
		}
	}
	return nil
}

func (s *Script) readWord(w *words) error {
	scope := ""
	for _, known := range []string{"operation", "offer", "step", "list"} {
		if scope == "" && w.skip(known) {
			scope = known
		}
	}
	state, err := w.next("state")
	if err != nil {
		return err
	}
	wire, err := w.next("word")
	if err != nil {
		return err
	}
	scopes := []string{scope}
	if scope == "" {
		scopes = []string{"operation", "list"}
	}
	for _, scope := range scopes {
		if _, known := plainWords()[scope+" "+state]; !known {
			return fmt.Errorf("%s has no state %q", scope, state)
		}
		s.words[scope+" "+state] = wire
	}
	return nil
}

func (s *Script) readForms(w *words) error {
	for more := true; more; more = !w.done() {
		form, err := w.oneOf("form", "array", "strings", "nozone", "invalid-json", "no-steps", "nulls", "html-error", "bare-string")
		if err != nil {
			return err
		}
		s.forms[form] = true
	}
	return nil
}

func (s *Script) readIdentity(w *words) error {
	claim, err := w.oneOf("claim", "sub", "tenant", "client", "connection")
	if err != nil {
		return err
	}
	value, err := w.next(claim)
	switch claim {
	case "sub":
		s.subject = value
	case "tenant":
		s.tenant = strings.ToLower(value)
	case "client":
		s.client = strings.ToLower(value)
	case "connection":
		s.connection = value
	}
	return err
}

func (s *Script) readInvalidation(w *words) error {
	at, err := w.duration("time")
	if err != nil {
		return err
	}
	if !w.skip("tokens") || !w.skip("invalid") {
		return fmt.Errorf("at %v: what happens can only be: tokens invalid", at)
	}
	s.invalidations = append(s.invalidations, at)
	slices.Sort(s.invalidations)
	return nil
}
