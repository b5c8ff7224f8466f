package emulator

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestPublishToLive(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		c.want("list at the start", c.states(), "")
		status, _ := c.look(offerPath("status"))
		c.want("offer at the start", status, "neverPublished")
		path := c.start("publish")
		if !strings.HasPrefix(path, "/api/publishers/contoso/offers/contoso-offer/operations/") || !strings.HasSuffix(path, "?api-version=2017-10-31") {
			t.Fatalf("Location %q", path)
		}
		if g := c.do("POST", offerPath("publish")); g.status != 409 {
			t.Errorf("a second publish: %d", g.status)
		}
		if g := c.do("POST", offerPath("golive")); g.status != 400 {
			t.Errorf("go-live before sign-off: %d", g.status)
		}
		time.Sleep(20 * time.Minute)
		status, steps := c.look(path)
		c.want("after 20 minutes", status+"; "+strings.Join(steps, "; "),
			"running; Validate Pre-Requisites: complete; Certification: inProgress; Provisioning: notStarted; "+
				"Packaging and Lead Generation Registration: notStarted; Publisher signoff: notStarted; Live: notStarted")
		time.Sleep(30 * time.Minute)
		status, steps = c.look(path)
		c.want("at sign-off", status+"; "+steps[3]+"; "+steps[4], "running; Packaging and Lead Generation Registration: complete; Publisher signoff: waitingForPublisherReview")
		c.want("list at sign-off", c.states(), "publish running")

		live := c.start("golive")
		if live == path {
			t.Error("go-live is the same operation")
		}
		status, _ = c.look(path)
		c.want("the publish", status, "completed")
		c.want("list", c.states(), "publish completed, goLive running")
		time.Sleep(20 * time.Minute)
		if g := c.do("GET", live); g.status != 401 || g.body != "" {
			t.Errorf("with a token of more than an hour: %d %s", g.status, g.body)
		}
		c.token = c.signIn()
		status, steps = c.look(live)
		c.want("the go-live", status+"; "+strings.Join(steps, "; "), "completed; Live: complete")
		status, _ = c.look(offerPath("status"))
		c.want("the offer", status, "succeeded")

		truth := c.e.Truth()
		text, _ := json.Marshal(truth)
		if truth.Reached["publish"] != 2 || truth.Accepted["publish"] != 1 || truth.Accepted["golive"] != 1 || len(truth.Operations) != 2 ||
			truth.Operations[0].State != "succeeded" || truth.Offer != "succeeded" || len(truth.Leaks) != 0 {
			t.Errorf("truth %s", text)
		}
		calls := c.e.Calls()
		if last := calls[len(calls)-1]; last.At != 70*time.Minute || last.Endpoint != "status" || last.Status != 200 || !last.Authorized {
			t.Errorf("last call %+v", last)
		}
	})
}
