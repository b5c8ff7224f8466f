package app

import (
	"testing"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

// TestContinueAtTheTimeout: on-timeout: continue ends well only where an operation of the run's own was seen and goes on.
func TestContinueAtTheTimeout(t *testing.T) {
	t.Parallel()
	own := publish.Result{State: marketplace.Running, Seen: true}
	for name, c := range map[string]struct {
		change func(*publish.Result)
		note   publish.Note
		want   int
	}{
		"it runs":                      {func(*publish.Result) {}, publish.Plain, exitGood},
		"its preview waits":            {func(r *publish.Result) { r.State = marketplace.AtSignOff }, publish.Plain, exitGood},
		"started, and not seen":        {func(r *publish.Result) { r.Seen, r.Started = false, true }, publish.Plain, exitGood},
		"given, and never seen":        {func(r *publish.Result) { r.Seen = false }, publish.Plain, exitTimeout},
		"somebody else's":              {func(r *publish.Result) { r.Foreign = true }, publish.Plain, exitTimeout},
		"told to cancel":               {func(r *publish.Result) { r.CancelOrdered = true }, publish.Plain, exitTimeout},
		"canceled for what runs now":   {func(r *publish.Result) { r.CancelOrdered, r.Started = true, true }, publish.Plain, exitGood},
		"it has ended":                 {func(r *publish.Result) { r.State = marketplace.Failed }, publish.Plain, exitTimeout},
		"nothing is known":             {func(r *publish.Result) { r.State = "" }, publish.Plain, exitTimeout},
		"the go-live was not taken":    {func(*publish.Result) {}, publish.GoLiveNotStarted, exitTimeout},
		"the cancellation is not sure": {func(*publish.Result) {}, publish.Unconfirmed, exitTimeout},
	} {
		result := own
		c.change(&result)
		e := &publish.Error{Reason: publish.TimedOut, Note: c.note}
		if got := exit(result, e, input.Config{OnTimeout: input.OnTimeoutContinue}); got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
		if got := exit(result, e, input.Config{}); got != exitTimeout {
			t.Errorf("%s, without it: exit %d, want %d", name, got, exitTimeout)
		}
	}
}
