package publish

import (
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

// TestInItsPlace: what a wait was given is seen, and then neither has a page nor is listed for the window. Only what can be
// newer stands in its place.
func TestInItsPlace(t *testing.T) {
	t.Parallel()
	given := marketplace.Ref{Path: "/given", ID: "given"}
	other := func(s marketplace.State) marketplace.List {
		return marketplace.List{{Ref: marketplace.Ref{Path: "/other", ID: "other"}, Kind: marketplace.Publish, State: s}}
	}
	for name, c := range map[string]struct {
		list marketplace.List
		end  string // "" where the other is followed
	}{
		"another runs":       {other(marketplace.Running), ""},
		"another waits":      {other(marketplace.AtSignOff), ""},
		"another ended once": {other(marketplace.Succeeded), "lost"},
		"nothing is listed":  {nil, "lost"},
	} {
		r := Begin(Order{Command: Wait, Goal: Preview, Operation: given, Timeout: time.Hour, Window: window}, time.Unix(1e6, 0))
		gone := false
		for range 40 {
			step := r.Next()
			if step.Do == Finish || step.Ref.Path == "/other" {
				break
			}
			f := Fact{At: r.now.Add(tick / 2), List: c.list, Offer: marketplace.Offer{State: marketplace.InProgress}}
			if step.Do == Look {
				f.Operation.State = marketplace.Running
				if gone {
					f.Err = fault(marketplace.NotFound)
				}
				gone = true
			}
			r, _ = r.Learn(f)
		}
		end := ""
		if r.Next().Do == Finish {
			end = endOf(r.Next().Err)
		}
		if end != c.end {
			t.Errorf("%s: the end is %q, want %q", name, end, c.end)
		}
	}
}
