package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"slices"
	"strings"
)

type moduleInstance struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// submissionRequest is the body that starts a submission.
type submissionRequest struct {
	ResourceType     string           `json:"resourceType"`
	Targets          []moduleInstance `json:"targets"`
	Resources        []moduleInstance `json:"resources"`
	VariantResources []struct {
		VariantID string           `json:"variantID"`
		Resources []moduleInstance `json:"resources"`
	} `json:"variantResources"`
	PublishOption      *json.RawMessage `json:"publishOption"`
	ExtendedProperties *json.RawMessage `json:"extendedProperties"`
}

func (e *Emulator) submit(r *request) reply {
	if bad := e.checkSubmission(r); bad != nil {
		return e.ich(r, bad.status, bad.code, bad.message)
	}
	o, no := e.world.act("publish", "client", r.now)
	if no != nil {
		if e.script.conflictText == "" {
			no.message = "An In Progress submission already exists."
		}
		return e.ich(r, no.status, fmt.Sprint("ICH50", no.status), no.message)
	}
	e.granted["publish"]++
	if r.fault.kind() == "late" {
		o.listed, o.paged = r.now+r.fault.Delay, r.now+r.fault.Delay
	}
	if r.fault.kind() == "nolocation" {
		return text(e.script.partner.created, "")
	}
	return asJSON(e.script.partner.created, e.submissionView(e.submissionOf(o)))
}

// checkSubmission wants the documented body, with every instance of the draft and no other.
func (e *Emulator) checkSubmission(r *request) *refusal {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return &refusal{415, "ICH50415", "The request entity's media type is not supported for this resource."}
	}
	var body submissionRequest
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	err := d.Decode(&body)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("more than one value")
		}
	}
	switch {
	case err != nil:
		return &refusal{400, "ICH50400", "The request body is not valid: " + err.Error()}
	case body.ResourceType != "SubmissionCreationRequest":
		return &refusal{400, "ICH50400", "The resourceType must be SubmissionCreationRequest."}
	case len(body.Targets) != 1 || body.Targets[0] != moduleInstance{"Scope", "preview"}:
		return &refusal{400, "ICH50400", "The targets are not valid."}
	}
	if bad := e.checkModules(body.Resources, modules(), ""); bad != nil {
		return bad
	}
	left := map[string]bool{}
	for _, plan := range e.plans() {
		left[plan] = true
	}
	for _, v := range body.VariantResources {
		if !left[v.VariantID] {
			return &refusal{400, "ICH50400", "The variant '" + v.VariantID + "' cannot be published."}
		}
		delete(left, v.VariantID)
		if bad := e.checkModules(v.Resources, planModules(), v.VariantID); bad != nil {
			return bad
		}
	}
	if len(left) > 0 {
		return &refusal{400, "ICH50400", "Variants are missing: " + strings.Join(slices.Sorted(maps.Keys(left)), ", ")}
	}
	return nil
}

// checkModules wants each module's draft instance once, but for one that the script calls missing.
func (e *Emulator) checkModules(given []moduleInstance, want []string, variant string) *refusal {
	seen := map[string]bool{}
	for _, m := range given {
		if seen[m.Type] || !slices.Contains(want, m.Type) || m.Value != e.instance(m.Type, variant) {
			return &refusal{400, "ICH50400", "The instance '" + m.Value + "' of " + m.Type + " is not the draft's."}
		}
		seen[m.Type] = true
	}
	for _, module := range want {
		if seen[module] || e.script.partner.missing[module].optional {
			continue
		}
		code := "ICH50400"
		if module == "ResellerConfiguration" {
			code = "Resell-20007"
		}
		return &refusal{400, code, module + " module is missing."}
	}
	return nil
}

// promote takes a preview live. Nothing but the newest one can be promoted.
func (e *Emulator) promote(s *submission, r *request) reply {
	if body := strings.TrimSpace(string(r.body)); body != "" && body != "{}" {
		return e.ich(r, 400, "ICH50400", "The request body is not valid.")
	}
	if s.made != e.world.current() || s.made.state != parked {
		return e.ich(r, 400, "ICH50400", "The submission is not ready to be published to live.")
	}
	o, no := e.world.act("golive", "client", r.now)
	if no != nil {
		return e.ich(r, no.status, "ICH50400", no.message)
	}
	e.granted["golive"]++
	if r.fault.kind() == "late" {
		o.listed, o.paged = r.now+r.fault.Delay, r.now+r.fault.Delay
	}
	rows := e.workflow(e.submissionOf(s.made), r)
	if len(rows) == 0 {
		return text(200, "")
	}
	return asJSON(200, rows[len(rows)-1])
}

// deleteSubmission cancels what is in progress.
func (e *Emulator) deleteSubmission(s *submission, r *request) reply {
	rule := e.script.cancel
	parkedToo := rule.anywhere && s.made.state == parked
	switch {
	case rule.refusal != "":
		return e.ich(r, rule.status, "ICH50400", rule.refusal)
	case len(r.body) > 0:
		return e.ich(r, 400, "ICH50400", "The request body is not valid.")
	case s.made.state != running && !parkedToo:
		return e.ich(r, 400, "ICH50400", "Only a submission that is in progress can be deleted.")
	}
	e.granted["cancel"]++
	switch takes := e.script.partner.deleteTakes; {
	case rule.ignored:
	case takes == 0:
		e.world.settle(s.made, canceled, r.now)
	case parkedToo:
		s.made.state, s.made.halted, s.made.cancelAt = running, true, r.now+takes
	default:
		s.made.cancelAt = min(s.made.cancelAt, r.now+takes)
	}
	return text(204, "")
}
