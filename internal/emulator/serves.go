package emulator

import (
	"cmp"
	"fmt"
)

// served is the directive serves: which of the services knows the offer.
type served struct {
	by     string // the name of a service, as the input api has it; "" is the portal
	portal string // what the portal says of an offer that it does not serve: 404, 403 or empty
}

func (v *served) read(w *words) (err error) {
	if v.by, err = w.oneOf("service", "cloud-partner-portal", "product-ingestion", "partner-center-submission"); err != nil {
		return err
	}
	v.portal = "404"
	if w.skip("portal") {
		v.portal, err = w.oneOf("answer", "404", "403", "empty")
	}
	if err == nil && v.here("cloud-partner-portal") && v.portal != "404" {
		return fmt.Errorf("the portal serves the offer, and cannot say %s", v.portal)
	}
	return err
}

// here reports whether the service of this name serves the offer.
func (v served) here(name string) bool {
	return cmp.Or(v.by, "cloud-partner-portal") == name
}

// elsewhere is what the portal says of an offer that another service serves; nil where it serves the offer.
func (e *Emulator) elsewhere(r *request) *reply {
	if e.script.serves.here("cloud-partner-portal") {
		return nil
	}
	var answer reply
	switch {
	case e.script.serves.portal == "403":
		answer = e.refuse(r, 403, "Forbidden", "User does not have the required permissions")
	case e.script.serves.portal == "empty" && r.target.endpoint == "list":
		answer = asJSON(200, []any{})
	default:
		answer = e.refuse(r, 404, "NotFound", "The offer '"+r.target.offer+"' does not exist.")
	}
	return &answer
}
