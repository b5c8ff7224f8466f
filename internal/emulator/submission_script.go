package emulator

import (
	"fmt"
	"slices"
	"time"
)

// partnerRule is what a script says of the submission API.
type partnerRule struct {
	resourceType string // of the product
	known        bool   // it is known also where another service serves the offer

	filterRefused    bool // a filter without a resource type is refused
	several          bool // two products have the offer's id
	plans            int
	missing          map[string]missingModule
	created          int // status of an accepted submission
	publisherHeader  time.Duration
	pageSize         int
	nextForm         string // relative, odata, absolute, foreign
	foreign          string
	bogusPage        bool
	endless          bool
	newestFirst      bool
	shows            map[string]string
	vanishes         time.Duration // how long a preview that stands is not found
	vanishesFromList bool
	leftovers        bool
	deleteTakes      time.Duration
	validations      []validation
}

type missingModule struct{ empty, optional bool }

type validation struct{ code, severity, resource, text string }

func blankPartner() partnerRule {
	return partnerRule{resourceType: "AzureApplication", plans: 2, missing: map[string]missingModule{}, created: 201, pageSize: 20,
		nextForm: "relative", shows: map[string]string{}}
}

func partnerSteps() []step {
	return []step{{name: "Automated validation", takes: 10 * time.Minute}, {name: "Preview Creation", takes: 14 * time.Minute}}
}

// readPartner reads what follows the directive submission.
func (p *partnerRule) read(w *words) (err error) {
	what, err := w.oneOf("what", "filter-refused", "several", "plans", "missing", "type", "created", "publisher-header", "pages",
		"newest", "shows", "vanishes", "leftovers", "delete", "validation")
	if err != nil {
		return err
	}
	switch what {
	case "filter-refused":
		p.filterRefused = true
	case "several":
		p.several = true
	case "plans":
		p.plans, err = w.number("plans", 0, 100)
	case "missing":
		return p.readMissing(w)
	case "created":
		p.created, err = w.number("status", 200, 299)
	case "type":
		p.known = true
		p.resourceType, err = w.next("type")
	case "publisher-header":
		if p.publisherHeader = forGood; !w.done() {
			p.publisherHeader, err = w.duration("until")
		}
	case "pages":
		return p.readPages(w)
	case "newest":
		var where string
		where, err = w.oneOf("where", "first", "last")
		p.newestFirst = where == "first"
	case "shows":
		return p.readShows(w)
	case "vanishes":
		p.vanishes, err = w.duration("duration")
		p.vanishesFromList = err == nil && w.skip("everywhere")
	case "leftovers":
		p.leftovers = true
	case "delete":
		if !w.skip("takes") {
			return fmt.Errorf("submission delete: say takes and how long")
		}
		p.deleteTakes, err = w.duration("duration")
	case "validation":
		return p.readValidation(w)
	}
	return err
}

func (p *partnerRule) readMissing(w *words) error {
	module, err := w.oneOf("module", modules()...)
	if err != nil {
		return err
	}
	var m missingModule
	for !w.done() {
		how, err := w.oneOf("how", "empty", "optional")
		if err != nil {
			return err
		}
		m.empty, m.optional = m.empty || how == "empty", m.optional || how == "optional"
	}
	p.missing[module] = m
	return nil
}

func (p *partnerRule) readPages(w *words) (err error) {
	if p.pageSize, err = w.number("items on a page", 1, 1000); err != nil {
		return err
	}
	for !w.done() {
		form, err := w.oneOf("form", "relative", "odata", "absolute", "foreign", "bogus", "endless")
		if err != nil {
			return err
		}
		switch form {
		case "bogus":
			p.bogusPage = true
		case "endless":
			p.endless = true
		case "foreign":
			if p.foreign, err = w.next("URL"); err != nil {
				return err
			}
			p.nextForm = form
		default:
			p.nextForm = form
		}
	}
	return nil
}

func (p *partnerRule) readShows(w *words) error {
	known := []string{}
	for state := range plainShows() {
		known = append(known, state)
	}
	slices.Sort(known)
	state, err := w.oneOf("state", known...)
	if err != nil {
		return err
	}
	p.shows[state], err = w.next("state/substate")
	return err
}

func (p *partnerRule) readValidation(w *words) (err error) {
	var v validation
	for _, field := range []struct {
		name string
		to   *string
	}{{"code", &v.code}, {"severity", &v.severity}, {"resource", &v.resource}, {"text", &v.text}} {
		if *field.to, err = w.next(field.name); err != nil {
			return err
		}
	}
	p.validations = append(p.validations, v)
	return nil
}
