package ci

import "time"

// terminal is a plain terminal, and any CI system that is not known: text and nothing else.
type terminal struct {
	getenv func(string) string
}

func (terminal) mask(string) []command { return nil }

func (terminal) group(string, time.Time) command { return "" }

func (terminal) endGroup(time.Time) command { return "" }

func (terminal) annotation(Level, string, string) command { return "" }

func (t terminal) debugging() bool {
	// https://docs.gitlab.com/ci/variables/variables_troubleshooting/#enable-debug-logging
	return t.getenv("CI_DEBUG_TRACE") == "true" || t.getenv("PUBLISH_OFFER_DEBUG") == "1"
}

func (terminal) debug(string) command { return "" }

func (terminal) progress(int, string) command { return "" }

func (terminal) outputs([]Output) ([]command, error) { return nil, nil }

func (terminal) ownOutputs() bool { return false }

func (terminal) summary(string) error { return nil }

func (terminal) end(bool, string) []command { return nil }
