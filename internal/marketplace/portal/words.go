package portal

import (
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

func normal(word string) string { return rest.Normal(word) }

// offerState maps a status word of an offer; ok is false for a word that nobody documents. It counts as in progress: it
// must never be taken for success, and the deadline bounds the wait.
func offerState(word string) (s marketplace.OfferState, ok bool) {
	switch normal(word) {
	case "neverpublished":
		return marketplace.NeverPublished, true
	case "notstarted":
		return marketplace.Beginning, true
	case "running", "inprogress", "waitingforapproval":
		return marketplace.InProgress, true
	case "waitingforpublisherreview":
		return marketplace.Parked, true
	case "succeeded", "complete", "completed", "published":
		return marketplace.Live, true
	case "failed", "rejected":
		return marketplace.LastFailed, true
	case "canceled", "cancelled":
		return marketplace.LastCanceled, true
	}
	return marketplace.InProgress, false
}

// state is the same for an operation, whose words are the offer's.
func state(word string) (s marketplace.State, ok bool) {
	o, ok := offerState(word)
	return o.State(), ok
}

func stepState(word string) (s marketplace.StepState, ok bool) {
	switch normal(word) {
	case "complete", "completed", "succeeded":
		return marketplace.StepComplete, true
	case "running", "inprogress":
		return marketplace.StepRunning, true
	case "notstarted", "":
		return marketplace.StepNotStarted, true
	case "waitingforpublisherreview":
		return marketplace.StepSignOff, true
	case "waitingforapproval":
		return marketplace.StepApproval, true
	case "blocked":
		return marketplace.StepBlocked, true
	case "rejected":
		return marketplace.StepRejected, true
	case "failed":
		return marketplace.StepFailed, true
	case "canceled", "cancelled":
		return marketplace.StepCanceled, true
	}
	return marketplace.StepRunning, false
}

// role recognises, by id or by name, the step that waits for the publisher and the one that makes the offer public: the
// documents write `publisher-signoff` and "Publisher signoff", the service was seen to use the former as the name.
func role(id, name string) marketplace.Role {
	for _, word := range []string{normal(id), normal(name)} {
		switch word {
		case "publishersignoff":
			return marketplace.RoleSignOff
		case "live":
			return marketplace.RoleLive
		}
	}
	return ""
}

// kind maps the type of a listed operation. The documents' own "Publish/GoLive" says as little as none.
func kind(word string) marketplace.Kind {
	switch w := normal(word); {
	case w == "publish":
		return marketplace.Publish
	case w == "golive", w == "ggolive": // the second is a misprint of the documents
		return marketplace.GoLive
	case strings.Contains(w, "cancel"):
		return marketplace.Cancellation
	}
	return marketplace.Unknown
}

// doing is what the steps of a page say that is being done. A page whose steps speak for both says nothing.
func doing(steps []marketplace.Step) marketplace.Kind {
	publish, goLive := false, false
	signOff := -1
	for i, s := range steps {
		if s.Role == marketplace.RoleSignOff {
			signOff = i
		}
	}
	for i, s := range steps {
		begun := s.State == marketplace.StepRunning || s.State == marketplace.StepApproval
		ended := s.State == marketplace.StepComplete || s.State == marketplace.StepFailed || s.State == marketplace.StepRejected
		switch {
		case s.Role == marketplace.RoleLive:
			goLive = goLive || begun || ended
		case i == signOff: // that it is complete says that somebody went live, by another operation perhaps
			publish = publish || s.State == marketplace.StepSignOff
		case i < signOff:
			publish = publish || begun
		}
	}
	switch {
	case publish == goLive:
		return marketplace.Unknown
	case publish:
		return marketplace.Publish
	}
	return marketplace.GoLive
}
