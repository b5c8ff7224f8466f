package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
)

// This file asks the service, by reads alone.

// read makes a read again where the trouble may pass.
func read[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return again(ctx, func(err error) bool {
		var e *marketplace.Error
		return errors.As(err, &e) && e.Transient() && e.Fault != marketplace.SignIn
	}, call)
}

func isNotFound(err error) bool { return hasFault(err, marketplace.NotFound) }

func hasFault(err error, faults ...marketplace.Fault) bool {
	var e *marketplace.Error
	if errors.As(err, &e) {
		for _, f := range faults {
			if e.Fault == f {
				return true
			}
		}
	}
	return false
}

// checkAccess asks for the offer's operations: of the reads that every run makes, the one whose refusal is documented.
func (d *doctor) checkAccess(ctx context.Context) finding {
	switch {
	case d.silence != "":
		return finding{fact: d.silence}
	case !d.signedIn:
		return finding{fact: "there is no token"}
	case !d.far:
		return finding{fact: "the service cannot be reached"}
	case d.config.Publisher == "" || d.config.Offer == "":
		return finding{fact: "publisher-id or offer-id is not given"}
	}
	d.list, d.listErr = read(ctx, d.service.Operations)
	if d.listErr != nil && !isNotFound(d.listErr) {
		return d.explained(d.listErr)
	}
	d.access = true
	return finding{verdict: well, fact: "the service accepts the token (neither 401 nor 403)"}
}

// checkOffer establishes whether there is such an offer: the status, the list of operations or the offer itself proves it.
func (d *doctor) checkOffer(ctx context.Context) finding {
	if !d.access {
		return finding{fact: "there is no access to the service"}
	}
	d.status, d.statusErr = read(ctx, d.service.OfferStatus)
	d.document, d.docErr = read(ctx, d.service.Document)
	d.exists = d.statusErr == nil || d.docErr == nil || len(d.list) > 0
	switch {
	case d.exists:
		return finding{verdict: well, fact: fmt.Sprintf("offer %s of publisher %s exists", d.config.Offer, d.config.Publisher)}
	case !isNotFound(d.statusErr) || !isNotFound(d.docErr):
		return finding{fact: "the service gave no clear answer"}
	}
	f := d.explained(d.statusErr)
	known, err := read(ctx, d.service.Offers)
	switch {
	case isNotFound(err):
		f.details = []string{"it does not know the publisher " + d.config.Publisher + " either"}
	case err != nil:
		// the offer's own answer is clear enough
	case len(known) == 0:
		d.none = true
		return finding{fact: "the service knows the publisher, and no offer of it at all"}
	default:
		const shown = 20
		more := ""
		if len(known) > shown {
			more = fmt.Sprintf(" and %d more", len(known)-shown)
			known = known[:shown]
		}
		f.details = []string{"the publisher's offers here: " + strings.Join(known, ", ") + more}
	}
	return f
}

// checkStatus says where the offer is, and what runs on it.
func (d *doctor) checkStatus(context.Context) finding {
	switch {
	case !d.access:
		return finding{fact: "there is no access to the service"}
	case isNotFound(d.statusErr):
		return finding{fact: "the service gives no status of the offer"}
	case d.statusErr != nil:
		return d.explained(d.statusErr)
	}
	state := string(d.status.State)
	if d.status.NeverPublished {
		state += " (never published)"
	}
	f := finding{verdict: well, fact: state}
	for _, word := range d.status.Unknown {
		f.details = append(f.details, fmt.Sprintf("the service's word %q is not documented, and taken for running", word))
	}
	if step := report.FailedStep(d.status); step != "" {
		f.details = append(f.details, "step "+step+": "+report.Why(d.status))
	}
	runs := false
	for _, o := range d.list {
		if !o.State.Ended() {
			runs = true
			f.details = append(f.details, fmt.Sprintf("listed as %s: %s %s", o.Word, o.Kind, o.Path))
		}
	}
	switch {
	case runs && d.status.State != marketplace.AtSignOff:
		f.details = append(f.details, "a publish would stop here, unless if-running says adopt, wait or cancel")
	case !runs && d.listErr == nil:
		f.details = append(f.details, "no operation runs")
	}
	return f
}

// checkMigration says whether the offer was moved to Partner Center. No word but "migrated" was ever seen, so none is wrong.
func (d *doctor) checkMigration(context.Context) finding {
	switch {
	case !d.access:
		return finding{fact: "there is no access to the service"}
	case d.docErr != nil:
		return finding{fact: "the service does not show the offer itself: " + d.docErr.Error()}
	case d.document.Migration == "":
		return finding{fact: "the service does not say whether the offer was moved to Partner Center"}
	}
	f := finding{verdict: well, fact: "the move to Partner Center: " + d.document.Migration}
	if d.document.Redirect != "" {
		f.details = append(f.details, "the service refers to "+d.document.Redirect)
	}
	return f
}

// checkAPI says whether this API does for the offer what a publish needs of it.
func (d *doctor) checkAPI(context.Context) finding {
	unserved := finding{verdict: broken, code: exitBad, next: []string{servedOffers}}
	switch {
	case !d.access:
		return finding{fact: "there is no access to the service"}
	case d.none:
		unserved.fact = "the service knows no offer of publisher " + d.config.Publisher + ": its offers are newer than this API, or of another account"
		unserved.next = append(unserved.next, "check publisher-id and offer-id, too: the ids, not the display names")
		return unserved
	case !d.exists:
		return finding{fact: "no offer is known"}
	case isNotFound(d.statusErr) || isNotFound(d.listErr):
		unserved.fact = "the offer exists, and the service does not serve its status or operations"
		return unserved
	case d.statusErr != nil:
		return finding{fact: "the service gave no clear answer"}
	}
	return finding{verdict: well, fact: "the service serves the offer's status and operations"}
}
