package marketplace

import "strings"

// normal strips what the service's documents and answers vary in: case, spaces, hyphens, underscores.
func normal(word string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(strings.TrimSpace(word)))
}

// state maps a status word of an operation or an offer; ok is false for a word that nobody documents.
// An unknown word counts as running: it must never be taken for success, and the deadline bounds the wait.
func state(word string) (s State, ok bool) {
	switch normal(word) {
	case "succeeded", "complete", "completed", "published":
		return Succeeded, true
	case "failed", "rejected":
		return Failed, true
	case "canceled", "cancelled":
		return Canceled, true
	case "waitingforpublisherreview":
		return AtSignOff, true
	case "running", "inprogress", "waitingforapproval":
		return Running, true
	case "notstarted", "neverpublished":
		return NotStarted, true
	}
	return Running, false
}

func stepState(word string) (s StepState, ok bool) {
	switch normal(word) {
	case "complete", "completed", "succeeded":
		return StepComplete, true
	case "running", "inprogress":
		return StepRunning, true
	case "notstarted", "":
		return StepNotStarted, true
	case "waitingforpublisherreview":
		return StepSignOff, true
	case "waitingforapproval":
		return StepApproval, true
	case "blocked":
		return StepBlocked, true
	case "rejected":
		return StepRejected, true
	case "failed":
		return StepFailed, true
	case "canceled", "cancelled":
		return StepCanceled, true
	}
	return StepRunning, false
}

// isSignOff recognises the step that waits for the publisher, by id or by name: the documents write
// `publisher-signoff` and "Publisher signoff", the service was seen to use the former as the name.
func isSignOff(s Step) bool {
	return normal(s.ID) == "publishersignoff" || normal(s.Name) == "publishersignoff"
}

func kind(word string) Kind {
	switch w := normal(word); {
	case w == "publish" || w == "": // the only word of the documents' examples
		return Publish
	case w == "golive" || w == "ggolive": // the second is a misprint of the documents
		return GoLive
	case strings.Contains(w, "cancel"):
		return Cancellation
	}
	return Other
}
