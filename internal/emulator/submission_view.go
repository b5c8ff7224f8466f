package emulator

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// submission is a publish, and the go-live that came of it.
type submission struct {
	number int
	made   *operation
	live   *operation // nil before the go-live
}

// submissionNumber is the id that a publish has in the submission API; it says nothing about its age.
func submissionNumber(o *operation) string {
	h := fnv.New32a()
	h.Write([]byte(o.id))
	return fmt.Sprintf("1152921505%09d", h.Sum32()%1_000_000_000)
}

// allSubmissions are all that there were, in the order of their starts.
func (e *Emulator) allSubmissions() (list []*submission) {
	for _, o := range e.world.ops {
		switch {
		case o.kind == "publish":
			list = append(list, &submission{number: 27 + len(list), made: o})
		case o.kind == "golive" && len(list) > 0:
			list[len(list)-1].live = o
		}
	}
	return list
}

// submissionOf is the submission that a publish made.
func (e *Emulator) submissionOf(o *operation) *submission {
	for _, s := range e.allSubmissions() {
		if s.made == o {
			return s
		}
	}
	return nil
}

// shownSubmissions are those that exist; a canceled one is gone, or back in draft.
func (e *Emulator) shownSubmissions(now time.Duration) (list []*submission) {
	for _, s := range e.allSubmissions() {
		if s.live != nil && s.live.paged > now {
			s.live = nil
		}
		if s.made.state != canceled || e.script.partner.leftovers {
			list = append(list, s)
		}
	}
	return list
}

func (e *Emulator) findSubmission(r *request) *submission {
	for _, s := range e.shownSubmissions(r.now) {
		if submissionNumber(s.made) != r.target.ids[1] || s.made.paged > r.now {
			continue
		}
		age := r.now - s.made.changed
		hidden := s.made.state == parked && age < e.script.partner.vanishes
		if hidden && r.target.endpoint == "submission" {
			return nil
		}
		return s
	}
	return nil
}

func (e *Emulator) submissions(r *request) reply {
	if r.URL.Query().Get("$filter") != "" {
		return e.ich(r, 400, "ICH50400", "The filter is not valid.")
	}
	list := []any{}
	for _, s := range e.shownSubmissions(r.now) {
		age := r.now - s.made.changed
		gone := e.script.partner.vanishes > age && e.script.partner.vanishesFromList && s.made.state == parked
		if gone || s.made.listed > r.now {
			continue
		}
		list = append(list, e.submissionView(s))
	}
	if e.script.partner.newestFirst {
		slices.Reverse(list)
	}
	return e.paged(r, list)
}

// plainShows are state and substate for each state of a submission, which a script may change.
func plainShows() map[string]string {
	return map[string]string{
		"running": "InProgress/Submitted", "failed": "InProgress/Failed", "refused": "InProgress/FailedInCertification",
		"preview": "Published/ReadyToPublish", "golive": "Published/Publishing", "live": "Published/InStore",
		"golive-failed": "Published/Failed", "canceled": "InProgress/InDraft",
	}
}

// name is the state of a submission, in the words of the directive shows.
func (s *submission) name() string {
	last := s.made
	if s.live != nil {
		last = s.live
	}
	golive := s.live != nil
	switch {
	case last.state == canceled && golive, last.state == parked, last.state == succeeded && !golive:
		return "preview"
	case last.state == canceled:
		return "canceled"
	case last.state == failed && golive:
		return "golive-failed"
	case last.state == failed && last.refused():
		return "refused"
	case last.state == failed:
		return "failed"
	case last.state == succeeded:
		return "live"
	case golive:
		return "golive"
	}
	return "running"
}

// refused reports whether it was the certification that failed.
func (o *operation) refused() bool {
	for _, st := range o.steps {
		if st.how != "" && st.how != "blocked" {
			return strings.Contains(st.name, "Certification")
		}
	}
	return false
}

func (e *Emulator) submissionView(s *submission) map[string]any {
	words, changed := e.script.partner.shows[s.name()]
	if !changed {
		words = plainShows()[s.name()]
	}
	state, substate, _ := strings.Cut(words, "/")
	view := map[string]any{
		"resourceType": "Submission", "state": state, "substate": substate,
		"targets":           []any{map[string]any{"type": "Scope", "value": "Preview"}},
		"pendingUpdateInfo": map[string]any{"updateType": "Create", "status": "Completed"}, "releaseNumber": s.number,
		"friendlyName": fmt.Sprint("Submission ", s.number), "areResourcesReady": true,
		"publishedTimeInUtc": "1601-01-01T00:00:00Z", "id": submissionNumber(s.made),
	}
	if substate == "" {
		delete(view, "substate")
	}
	if s.name() == "live" {
		view["publishedTimeInUtc"] = e.began.Add(s.live.changed).UTC().Format("2006-01-02T15:04:05.0000000Z")
	}
	return view
}

// workflow are the two halves of a submission's way, each with its steps.
func (e *Emulator) workflow(s *submission, r *request) []any {
	if e.script.forms["no-steps"] {
		return []any{}
	}
	preview := e.workflowSteps(s.made, r)
	signOff := workflowStep{name: "Publisher Signoff", state: "NotStarted"}
	switch name := s.name(); {
	case s.live != nil:
		signOff = workflowStep{"Publisher Signoff", "Success", s.made.changed, s.live.accepted}
	case name == "preview":
		signOff = workflowStep{"Publisher Signoff", "InProgress", s.made.changed, forGood}
	}
	preview = append(preview, signOff)
	live := []workflowStep{{name: "Certification", state: "NotStarted"}, {name: "Publish", state: "NotStarted"}}
	if s.live != nil {
		live = e.liveWorkflow(s.live, r)
	}
	return []any{e.workflowRow("Preview", preview, r), e.workflowRow("Live", live, r)}
}

// workflowStep is a step with its times; one that has not ended ends for good.
type workflowStep struct {
	name, state  string
	began, ended time.Duration
}

// workflowSteps are an operation's own steps as they are now.
func (e *Emulator) workflowSteps(o *operation, r *request) (list []workflowStep) {
	now := r.now
	if o.state != running {
		now = o.changed
	}
	at := o.accepted
	for _, st := range o.steps {
		v, took := st.look(now - at)
		if o.state == parked || o.state == succeeded {
			v.state = "complete"
		}
		step := workflowStep{name: st.name, began: at, ended: forGood}
		switch v.state {
		case "notStarted":
			step.state = "NotStarted"
		case "complete":
			step.state, step.ended = "Success", min(at+took, now)
		case "rejected", failed:
			step.state, step.ended = "Failed", now
		default:
			step.state = "InProgress"
		}
		list = append(list, step)
		at += took
	}
	return list
}

// liveWorkflow shows the one step of a go-live as the two that the service has.
func (e *Emulator) liveWorkflow(o *operation, r *request) []workflowStep {
	whole := e.workflowSteps(o, r)[0]
	half := whole.began + o.steps[0].takes/2
	certification := workflowStep{"Certification", "InProgress", whole.began, forGood}
	publish := workflowStep{"Publish", "NotStarted", half, forGood}
	if r.now >= half {
		certification.state, certification.ended = "Success", half
		publish.state, publish.ended = whole.state, whole.ended
	}
	return []workflowStep{certification, publish}
}

func (e *Emulator) workflowRow(environment string, steps []workflowStep, r *request) any {
	// The service writes these without a zone.
	stamp := func(at time.Duration) any {
		if at == forGood {
			return nil
		}
		return e.began.Add(at).UTC().Format("2006-01-02T15:04:05.0000000")
	}
	state, done := "InProgress", 0
	list := []any{}
	for _, s := range steps {
		view := map[string]any{"name": e.hostile(s.name, r), "state": s.state}
		if s.state != "NotStarted" {
			view["startDateTimeInUtc"], view["completeDateTimeInUtc"] = stamp(s.began), stamp(s.ended)
		}
		switch s.state {
		case "Failed":
			state = "Failed"
		case "Success":
			done++
		}
		list = append(list, view)
	}
	switch {
	case done == len(steps):
		state = "Success"
	case steps[0].state == "NotStarted":
		state = "NotStarted"
	}
	return map[string]any{"type": "Push", "state": state, "targetEnvironment": environment, "workflowSteps": list}
}

// validations are what was found wrong: the script's own, or the text of the step that failed.
func (e *Emulator) validations(s *submission, r *request) []any {
	list := []any{}
	for _, v := range e.script.partner.validations {
		if s.made.state == failed || v.severity != "Error" {
			list = append(list, map[string]any{"errorCode": v.code, "severity": v.severity, "message": e.hostile(v.text, r), "resource": v.resource})
		}
	}
	why := ""
	for _, o := range []*operation{s.made, s.live} {
		if o == nil || o.state != failed {
			continue
		}
		for _, st := range o.steps {
			if st.how != "" && st.how != "blocked" {
				why = st.text
			}
		}
	}
	if why != "" {
		list = append(list, map[string]any{"errorCode": "PackageValidation-1007", "severity": "Error", "message": e.hostile(why, r), "resource": "Package"})
	}
	return list
}

func (e *Emulator) reports(s *submission, r *request) []any {
	name := s.name()
	if name != "failed" && name != "refused" && name != "golive-failed" {
		return []any{}
	}
	return []any{map[string]any{
		"reportTimeInUtc": e.began.Add(s.made.changed).UTC().Format("2006-01-02T15:04:05.0000000Z"), "status": "Failed",
		"fileUri": e.hostileLink("https://ingestionreports.example/" + submissionNumber(s.made) + "/report.pdf?sig=c2VjcmV0"),
	}}
}

func (e *Emulator) hostileLink(link string) string {
	if e.script.hostile {
		return "javascript:alert(1)//" + link
	}
	return link
}

// truthID is the name that an operation has for whoever follows it.
func (e *Emulator) truthID(o *operation) string {
	if !e.script.serves.here("partner-center-submission") {
		return o.id
	}
	for _, s := range e.allSubmissions() {
		if s.made == o || s.live == o {
			return submissionNumber(s.made)
		}
	}
	return o.id
}
