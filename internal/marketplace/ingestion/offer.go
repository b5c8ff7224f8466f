package ingestion

import (
	"slices"

	"publish-offer/internal/marketplace"
)

// offerOf is where an offer stands by its submissions. The service has no word for it, and names no steps: these three
// are drawn from the submissions. of is the submission that the state is of; "" where there is none.
func offerOf(entries []entry) (o marketplace.Offer, of string) {
	state, by := stand(entries)
	o.State = state
	o.Word = by.word
	if by.unknown != "" {
		o.Unknown = []string{by.unknown}
	}
	switch state {
	case marketplace.NeverPublished:
		return o, ""
	case marketplace.Parked:
		o.Steps = steps(marketplace.Publish, marketplace.AtSignOff)
	default:
		o.Steps = steps(by.kind(), state.State())
	}
	return o, by.id
}

// stand tells the state, and the entry that decides it. What runs comes first; then a preview that is not live yet,
// unless the go-live of it, or a newer one, failed; then a failure; then what is live.
func stand(all []entry) (marketplace.OfferState, entry) {
	entries := slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return e.target == draftTarget })
	if e, ok := newest(entries, entry.runs); ok {
		if e.state == marketplace.NotStarted {
			return marketplace.Beginning, e
		}
		return marketplace.InProgress, e
	}
	failedLive, liveFailed := newest(entries, func(e entry) bool { return e.target == liveTarget && e.state == marketplace.Failed })
	waiting, isParked := parked(entries)
	if isParked {
		laterThanIt := failedLive.id == waiting.id || failedLive.newerThan(waiting)
		if liveFailed && laterThanIt {
			return marketplace.LastFailed, failedLive
		}
		return marketplace.Parked, waiting
	}
	ended := func(s marketplace.State) (entry, bool) {
		return newest(entries, func(e entry) bool { return e.kind() != marketplace.Unknown && e.state == s })
	}
	if e, ok := ended(marketplace.Failed); ok {
		return marketplace.LastFailed, e
	}
	if e, ok := ended(marketplace.Canceled); ok {
		return marketplace.LastCanceled, e
	}
	if e, ok := newest(entries, isLive); ok {
		return marketplace.Live, e
	}
	return marketplace.NeverPublished, entry{}
}

func isLive(e entry) bool { return e.target == liveTarget && e.state == marketplace.Succeeded }

// parked is the preview that waits for sign-off: after a go-live one submission stands for the preview and live.
func parked(entries []entry) (entry, bool) {
	preview, ok := newest(entries, func(e entry) bool { return e.target == previewTarget })
	if !ok || preview.state != marketplace.Succeeded {
		return entry{}, false
	}
	_, live := newest(entries, func(e entry) bool { return isLive(e) && e.id == preview.id })
	return preview, !live
}

func newest(entries []entry, fits func(entry) bool) (found entry, ok bool) {
	for _, e := range entries {
		better := !ok || e.newerThan(found)
		if fits(e) && better {
			found, ok = e, true
		}
	}
	return found, ok
}

// steps are the three that there are, as an operation in this state has them.
func steps(kind marketplace.Kind, state marketplace.State) []marketplace.Step {
	list := []marketplace.Step{
		{ID: "preview", Name: "Preview", State: marketplace.StepNotStarted},
		{ID: "publisher-signoff", Name: "Publisher signoff", Role: marketplace.RoleSignOff, State: marketplace.StepNotStarted},
		{ID: "live", Name: "Live", Role: marketplace.RoleLive, State: marketplace.StepNotStarted},
	}
	at := 0
	if kind == marketplace.GoLive {
		at = 2
	}
	for i := range at {
		list[i].State, list[i].Percent = marketplace.StepComplete, 100
	}
	switch state {
	case marketplace.AtSignOff:
		list[0].State, list[1].State = marketplace.StepComplete, marketplace.StepSignOff
	case marketplace.Succeeded:
		list[at].State = marketplace.StepComplete
	case marketplace.Failed:
		list[at].State = marketplace.StepFailed
	case marketplace.Canceled:
		list[at].State = marketplace.StepCanceled
	case marketplace.NotStarted:
	default:
		list[at].State = marketplace.StepRunning
	}
	if list[at].State == marketplace.StepComplete {
		list[at].Percent = 100
	}
	return list
}

// current is the step that the operation is at.
func current(list []marketplace.Step) int {
	i := slices.IndexFunc(list, func(s marketplace.Step) bool { return s.State != marketplace.StepComplete })
	if i < 0 {
		return len(list) - 1
	}
	return i
}
