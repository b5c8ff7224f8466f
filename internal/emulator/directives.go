package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// directives are the words that a line may begin with. A further service adds its own here.
func directives() map[string]func(*Script, *words) error {
	return map[string]func(*Script, *words) error{
		"offer": func(s *Script, w *words) error {
			return w.choose(&s.start, "state", "never", "live", "failed", "canceled", "preview")
		},
		"was":      func(s *Script, w *words) error { return w.flag(&s.wasLive, "what", "live") },
		"running":  (*Script).readRunning,
		"parked":   func(s *Script, w *words) error { return w.flag(&s.parkedListed, "how", "listed") },
		"names":    (*Script).readNames,
		"shape":    (*Script).readShape,
		"location": func(s *Script, w *words) error { return s.location.read(w) },
		"signoff": func(s *Script, w *words) error {
			return w.choose(&s.signoff, "form", "step", "step-by-name", "status", "ended", "offer", "offer-steps", "offer-by-step", "operation")
		},
		"step":      (*Script).readStep,
		"message":   (*Script).readMessage,
		"link":      (*Script).readLink,
		"golive":    (*Script).readGoLive,
		"person":    (*Script).readVisit,
		"cancel":    func(s *Script, w *words) error { return s.cancel.read(w) },
		"conflict":  (*Script).readConflict,
		"emails":    func(s *Script, w *words) error { return w.flag(&s.emailsWanted, "what", "required") },
		"word":      (*Script).readWord,
		"form":      (*Script).readForms,
		"list":      func(s *Script, w *words) error { return s.list.read(s, w) },
		"relic":     (*Script).readRelic,
		"changed":   func(s *Script, w *words) error { return s.changed.read(w) },
		"status":    (*Script).readStatus,
		"page":      (*Script).readPage,
		"clock":     (*Script).readClock,
		"serves":    func(s *Script, w *words) error { return s.serves.read(w) },
		"ingestion": func(s *Script, w *words) error { return s.ingestion.read(w) },
		"tokens":    (*Script).readTokens,
		"assertion": func(s *Script, w *words) (err error) { s.assertionLife, err = w.duration("life"); return err },
		"identity":  (*Script).readIdentity,
		"entra":     (*Script).readEntra,
		"at":        (*Script).readInvalidation,
		"hostile":   func(s *Script, _ *words) error { s.hostile = true; return nil },
		"fault": func(s *Script, w *words) error {
			r, err := readRule(w)
			s.faults = append(s.faults, r)
			return err
		},

		"submission": func(s *Script, w *words) error { return s.partner.read(w) },
	}
}

// directive reads one line; what it leaves over is an error of the caller's.
func (s *Script) directive(w *words) error {
	name, err := w.next("directive")
	if err != nil {
		return err
	}
	read, known := directives()[name]
	if !known {
		return fmt.Errorf("unknown directive %q", name)
	}
	return read(s, w)
}

func (s *Script) readNames(w *words) (err error) {
	if s.publisher, err = w.next("publisher"); err == nil {
		s.offer, err = w.next("offer")
	}
	return err
}

func (s *Script) readShape(w *words) error {
	shape, err := w.oneOf("shape", "migrated", "classic", "single")
	s.classic, s.single = shape == "classic", shape == "single"
	s.classicBare = s.classic && w.skip("bare")
	s.singleListed = s.single && w.skip("listed")
	return err
}

func (s *Script) readMessage(w *words) (err error) {
	var m message
	if m.level, err = w.oneOf("level", "error", "warning", "information", "plain"); err == nil {
		m.text, err = w.next("text")
	}
	s.messages = append(s.messages, m)
	return err
}

func (s *Script) readLink(w *words) (err error) {
	var l link
	if l.slot, err = w.oneOf("slot", "preview", "live"); err != nil {
		return err
	}
	if l.address, err = w.next("URL"); err == nil && !w.done() {
		l.text, err = w.next("text")
	}
	s.links = append(s.links, l)
	return err
}

func (s *Script) readGoLive(w *words) (err error) {
	if s.golive, err = w.duration("duration"); err != nil || !w.skip("fails") {
		return err
	}
	s.goliveNo, err = w.next("reason")
	s.goliveUnseen = w.skip("unseen")
	return err
}

func (s *Script) readConflict(w *words) (err error) {
	if w.skip("none") {
		s.conflictStatus = 0
		return nil
	}
	if s.conflictStatus, err = w.number("status", 400, 599); err == nil && !w.done() {
		s.conflictText, err = w.next("text")
	}
	return err
}

func (s *Script) readStatus(w *words) error {
	how, err := w.oneOf("how", "late", "stale", "live")
	if err != nil {
		return err
	}
	switch how {
	case "late":
		s.lag.status, err = w.duration("lag")
		return err
	case "stale":
		s.lag.statusStale, err = w.duration("lag")
		return err
	}
	s.liveStatus.on = true
	if w.skip("until") {
		s.liveStatus.ends = true
		if s.liveStatus.after, err = w.duration("time"); err == nil {
			_, err = w.oneOf("keyword", "after")
			w.skip("end")
		}
	}
	return err
}

func (s *Script) readClock(w *words) (err error) {
	s.clock.set = true
	s.clock.ahead, err = w.offset("offset")
	s.clock.everywhere = w.skip("everywhere")
	return err
}

func (s *Script) readPage(w *words) (err error) {
	if _, err = w.oneOf("how", "late"); err != nil {
		return err
	}
	s.lag.page, err = w.duration("lag")
	s.lag.pageBefore = w.skip("before")
	return err
}

func (s *Script) readTokens(w *words) (err error) {
	if s.tokenLife, err = w.duration("life"); err == nil && w.skip("refresh") {
		s.tokenRefresh, err = w.duration("refresh")
	}
	return err
}

func (s *Script) readEntra(w *words) error {
	word, err := w.oneOf("refusal", "unknown-app", "unknown-tenant", "wrong-subject", "wrong-case", "flexible", "no-credential", "blocked",
		"refuses", "no-principal", "v1")
	if err != nil {
		return err
	}
	switch word {
	case "v1":
		s.v1 = true
	case "no-principal":
		resource, err := w.oneOf("resource", audiences()...)
		s.absent[resource] = true
		return err
	case "refuses":
		if s.entraCode, err = w.number("code", 10_000, 99_999_999); err == nil {
			s.entraWhy, err = w.next("text")
		}
		s.entra = word
	default:
		s.entra = word
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
		st.stays, st.unseen = w.skip("stays"), w.skip("unseen")
		w.skip("ends")
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
	if w.done() {
		return nil
	}
	return w.each("option", func(word string) (err error) {
		switch word {
		case "takes":
			c.takes, err = w.duration("duration")
		case "ghost":
			c.ghost, err = w.duration("how long")
		case "aside":
			c.aside, err = w.duration("how long")
		case "ignored":
			c.ignored = true
		case "anywhere":
			c.anywhere = true
		case "listed":
			c.listed = true
		case "in-body":
			c.inBody = true
		}
		return err
	}, "takes", "ignored", "anywhere", "listed", "in-body", "ghost", "aside")
}

func (s *Script) readWord(w *words) error {
	scope := ""
	for _, known := range []string{"operation", "offer", "step", "list", "type", "level"} {
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

// forms are the odd shapes of answers.
func forms() []string {
	return []string{"array", "strings", "top-strings", "nozone", "millis", "invalid-json", "no-steps", "no-step-ids", "no-step-names", "no-estimates", "no-arrays", "nulls",
		"six-steps", "untrue-steps", "live-on-publish", "chatty", "process-percentage", "table-fields", "pascal-words", "pascal-keys", "extra", "emails", "error-field", "link-strings", "link-pascal",
		"html-error", "bare-string", "empty-error"}
}

func (s *Script) readForms(w *words) error {
	return w.each("form", func(word string) error {
		s.forms[word] = true
		return nil
	}, forms()...)
}

func (s *Script) readIdentity(w *words) error {
	claim, err := w.oneOf("claim", "sub", "tenant", "client", "connection", "issuer", "audience", "unreferenced")
	if err != nil {
		return err
	}
	if claim == "unreferenced" {
		s.unreferenced = 200
		if !w.done() {
			s.unreferenced, err = w.number("status", 200, 499)
		}
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
	case "issuer":
		s.issuer = value
	case "audience":
		s.audience = value
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
