package main

import _ "embed"

//go:embed submission.txtar
var submissionStory []byte

// apiStories are the stories of the services that have one of their own, by the name that the input api has for them.
func apiStories() map[string][]byte {
	return map[string][]byte{"partner-center-submission": submissionStory}
}
