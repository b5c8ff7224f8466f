package submission

import (
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// place is where a submission is, as its state and substate say.
type place struct {
	kind  marketplace.Kind // publish and go-live have one path: this tells which of them is followed
	state marketplace.State
	draft bool // in draft: not submitted yet, or put back
	known bool // the words are documented, or were seen
}

// whereIs reads state and substate. The substate decides: a submission that has failed says InProgress for good, and
// Published is said of one whose preview stands as of one that is live.
// https://github.com/microsoft/az-partner-center-cli/blob/main/Partner_Ingestion_SwaggerDocument.json
func whereIs(state, substate string) place {
	is := func(k marketplace.Kind, s marketplace.State) place { return place{kind: k, state: s, known: true} }
	state, substate = rest.Normal(state), rest.Normal(substate)
	// a refusal of the certification may come before the preview or behind it
	kind := marketplace.Publish
	if state == "published" {
		kind = marketplace.GoLive
	}
	switch substate {
	case "failed", "failedincertification", "certificationfailed", "rejected":
		return is(kind, marketplace.Failed)
	case "canceled", "cancelled", "deleted":
		return is(kind, marketplace.Canceled)
	case "readytopublish":
		return is(marketplace.Publish, marketplace.AtSignOff)
	case "publishing":
		return is(marketplace.GoLive, marketplace.Running)
	case "instore":
		return is(marketplace.GoLive, marketplace.Succeeded)
	case "indraft":
		return place{kind: marketplace.Publish, state: marketplace.Running, draft: true, known: true}
	case "submitted":
		return is(marketplace.Publish, marketplace.Running)
	}
	switch state {
	case "published":
		if substate == "" || substate == "published" {
			return is(marketplace.GoLive, marketplace.Succeeded)
		}
		return place{kind: marketplace.Unknown, state: marketplace.Running}
	case "failed", "rejected":
		return is(marketplace.Publish, marketplace.Failed)
	case "canceled", "cancelled", "deleted":
		return is(marketplace.Publish, marketplace.Canceled)
	case "inprogress", "submitted":
		return place{kind: marketplace.Publish, state: marketplace.Running, known: substate == ""}
	}
	return place{kind: marketplace.Unknown, state: marketplace.Running}
}

// offerState is where the offer is when its newest submission is in a state.
func offerState(s marketplace.State) marketplace.OfferState {
	if s == marketplace.AtSignOff || s.Ended() {
		return marketplace.OfferState(s) // the words are the same
	}
	return marketplace.InProgress
}

// stepState reads the word of a workflow step; ok is false for one that nobody documents.
func stepState(word string) (s marketplace.StepState, ok bool) {
	word = rest.Normal(word)
	for state, words := range map[marketplace.StepState][]string{
		marketplace.StepNotStarted: {"notstarted", "pending", "waiting", "queued", ""},
		marketplace.StepRunning:    {"inprogress", "running", "started"},
		marketplace.StepComplete:   {"success", "succeeded", "successful", "complete", "completed", "skipped", "passed"},
		marketplace.StepFailed:     {"failed", "failure", "error", "faulted"},
		marketplace.StepRejected:   {"rejected"},
		marketplace.StepBlocked:    {"blocked"},
		marketplace.StepCanceled:   {"canceled", "cancelled", "aborted"},
	} {
		if slices.Contains(words, word) {
			return state, true
		}
	}
	return marketplace.StepRunning, false
}

// role is what a step means: a step called Publish is the go-live only behind the sign-off.
func role(name string, behindSignOff bool) marketplace.Role {
	switch rest.Normal(name) {
	case "publishersignoff", "signoff":
		return marketplace.RoleSignOff
	case "publish", "publishing", "live", "golive", "publishlive", "publishtolive":
		if behindSignOff {
			return marketplace.RoleLive
		}
	}
	return ""
}

// level is a validation's severity as a message's level.
func level(severity string) string {
	switch word := rest.Normal(severity); word {
	case "info", "informational", "information":
		return "information"
	case "warn", "warning":
		return "warning"
	default:
		return word
	}
}

// The API that serves a product of each type that this one does not publish, as the input api names it.
// https://learn.microsoft.com/partner-center/marketplace-offers/submission-api-overview
func servedBy(resourceType string) string {
	switch strings.TrimPrefix(rest.Normal(resourceType), "azure") {
	case "softwareasaservice", "saas", "thirdpartyvirtualmachine", "virtualmachine", "corevirtualmachine", "container", "containerapp":
		return "product-ingestion"
	case "managedservice", "consultingservice", "powerbiapp", "powerbivisual", "iotedgemodule":
		return "cloud-partner-portal"
	}
	return ""
}

// isConflict reports whether a refusal says that another submission is in the way, or that this one was overtaken.
func isConflict(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{"in progress submission already", "submission is already in progress",
		"submission already in progress", "already exists an in progress", "submission is in progress", "another submission",
		"not the latest", "already being published", "already been promoted",
	}, func(phrase string) bool { return strings.Contains(message, phrase) })
}
