package main

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed story.txtar
var portalStory []byte

//go:embed ingestion.txtar
var ingestionStory []byte

//go:embed submission.txtar
var submissionStory []byte

// ownStory is a story of the demo's own, about one of the services.
type ownStory struct {
	api  string // as the input api names it
	text []byte
}

// ownStories are one for each service. The first is played where none is chosen.
func ownStories() []ownStory {
	return []ownStory{
		{"cloud-partner-portal", portalStory},
		{"product-ingestion", ingestionStory},
		{"partner-center-submission", submissionStory},
	}
}

func storyOf(api string) (story []byte, ok bool) {
	own := ownStories()
	i := slices.IndexFunc(own, func(s ownStory) bool { return s.api == api })
	if i < 0 {
		return nil, false
	}
	return own[i].text, true
}

// apiNames are the services that -api takes.
func apiNames() string {
	var names []string
	for _, s := range ownStories() {
		names = append(names, s.api)
	}
	return strings.Join(names, ", ")
}
