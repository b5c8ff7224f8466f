package emulator

import (
	"slices"
	"strings"
	"time"
)

// The steps of VM offers, with the time frames that the documentation prints.
func stepFacts(name string) (id, frame, description string) {
	switch name {
	case "Validate Pre-Requisites":
		return "displaydummycertify", "< 15 min", "Offer settings provided are validated"
	case "Certification":
		return "displaycertify", "< 5 day", "Your offer is analyzed by our certification systems for issues."
	case "Provisioning":
		return "displayprovision", "< 1 day", "Your virtual machine is being replicated in our production systems."
	case "Packaging and Lead Generation Registration":
		return "displaypackage", "< 1 hour", "Your virtual machine is being packaged for customers."
	case "Publisher signoff":
		return "publisher-signoff", "", "Offer is available to preview. Ensure that everything looks good before making your offer live."
	case "Live":
		return "live", "~2-5 days", "Offer is publicly visible and is available for purchase."
	}
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	return "display" + letters, "", name
}

// steps are an operation's steps as they are shown now, by its own page or by the offer's status.
func (e *Emulator) steps(o *operation, r *request, byOffer bool) []any {
	list := []any{}
	classicOffer := byOffer && e.script.classic
	six := classicOffer || e.script.forms["six-steps"]
	if o.kind == "golive" && six {
		for _, st := range append(slices.Clone(e.script.steps), step{name: "Publisher signoff"}) {
			list = append(list, e.step(st.name, done(), o.accepted, r))
		}
	}
	now := r.now
	if o.state != running {
		now = o.changed
	}
	at := o.accepted
	for _, st := range o.steps {
		v, took := st.look(now - at)
		if o.state == parked || o.state == succeeded || e.unseen(o) {
			v = done()
		} else if o.state == canceled && v.state == running {
			v.state = canceled
		}
		list = append(list, e.step(st.name, v, at+min(took, max(now-at, 0)), r))
		at += took
	}
	if o.kind == "publish" {
		list = append(list, e.step("Publisher signoff", e.signoffLook(o, byOffer), now, r), e.step("Live", e.liveLook(o, r.now), now, r))
	}
	return list
}

// untrue are the steps of an offer that is live as the documentation's example prints them: most of them
// seem untouched.
func (e *Emulator) untrue(o *operation, r *request) []any {
	list := []any{}
	for i, st := range append(slices.Clone(e.script.steps), step{name: "Publisher signoff"}, step{name: "Live"}) {
		v := look{state: "notStarted"}
		if i == 0 || st.name == "Live" {
			v.state = "complete"
		}
		list = append(list, e.step(st.name, v, o.changed, r))
	}
	return list
}

func done() look { return look{state: "complete", percent: 100} }

// signoffLook is how a publish's step of the sign-off looks.
func (e *Emulator) signoffLook(o *operation, byOffer bool) look {
	var shows bool
	switch e.script.signoff {
	case "ended":
		shows = false
	case "offer", "offer-steps", "offer-by-step":
		shows = byOffer
	case "operation":
		shows = !byOffer
	default:
		shows = true
	}
	switch {
	case o.state == parked && shows:
		return look{state: parked}
	case o.state == succeeded:
		return done()
	}
	return look{state: "notStarted"}
}

// liveLook is how a publish's last step looks: untouched, or as far as the go-live is.
func (e *Emulator) liveLook(o *operation, now time.Duration) look {
	after := e.world.goLiveOf(o)
	if after == nil || after.paged > now || !e.script.forms["live-on-publish"] {
		return look{state: "notStarted"}
	}
	if after.state == succeeded {
		return done()
	}
	v, _ := after.steps[0].look(now - after.accepted)
	return v
}

type look struct {
	state   string
	percent int
	text    string // of an error
}

// look tells how a step looks some time after its start, and how long it takes in all.
func (st step) look(since time.Duration) (look, time.Duration) {
	took := st.takes
	worked := since
	var blocked bool
	if st.how == "blocked" {
		lasts := st.lasts
		if lasts < 0 {
			lasts = forGood / 4
		}
		took += lasts
		blocked = since >= st.after && since < st.after+lasts
		if since >= st.after {
			worked = max(st.after, since-lasts)
		}
	}
	bad := st.how == "rejected" || st.how == failed
	if bad && st.stays {
		took = forGood / 4
	}
	percent := 0
	if st.takes > 0 {
		percent = int(min(99, 100*worked/st.takes))
	}
	switch {
	case since < 0:
		return look{state: "notStarted"}, took
	case bad && since >= st.takes:
		return look{state: st.how, percent: percent, text: st.text}, took
	case blocked:
		return look{state: "blocked", percent: percent, text: st.text}, took
	case since >= took:
		return look{state: "complete", percent: 100}, took
	}
	return look{state: running, percent: percent}, took
}

func (e *Emulator) step(name string, v look, at time.Duration, r *request) any {
	id, frame, description := stepFacts(name)
	messages := []any{}
	switch {
	case v.text != "":
		messages = append(messages, e.message("error", v.text, at, r))
		if e.script.forms["chatty"] {
			messages = append(messages, e.message("information", "This step has not started yet.", at, r))
		}
	case v.state == "complete":
		messages = append(messages, e.message("information", "Step completed.", at, r))
	}
	view := map[string]any{
		"id": id, "stepName": e.hostile(name, r), "description": e.hostile(description, r), "status": e.wire("step", v.state),
		"messages": messages, "progressPercentage": v.percent,
	}
	if frame != "" && !e.script.forms["no-estimates"] {
		view["estimatedTimeFrame"] = frame
	}
	if e.script.forms["no-step-ids"] {
		delete(view, "id")
	}
	if e.script.forms["no-step-names"] {
		delete(view, "stepName")
	}
	if e.script.forms["process-percentage"] {
		view["processPercentage"] = v.percent
		delete(view, "progressPercentage")
	}
	if id == "publisher-signoff" && e.script.signoff == "step-by-name" {
		delete(view, "id")
		view["stepName"] = "publisher-signoff"
	}
	return view
}
