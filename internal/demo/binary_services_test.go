//go:build unix

package main

import (
	"strings"
	"testing"

	"publish-offer/internal/emulator"
)

// What a user does with an offer, with the real binary, whichever service has the offer; api says which, or auto finds it.
func TestBinaryServesEveryOffer(t *testing.T) {
	t.Parallel()
	type one struct{ api, input string }
	var all []one
	for _, api := range apis {
		all = append(all, one{api, api}, one{api, "auto"})
	}
	together(t, 6, func(c one) string { return c.api + "-" + c.input }, all, func(t *testing.T, c one) {
		inputs := with(fast, "api", c.input)
		check := func(w *world, p *process, exit int, status string) map[string]string {
			t.Helper()
			w.check(p, exit)
			out := p.outputs()
			if out["status"] != status || out["api"] != c.api || out["operation-path"] == "" {
				t.Errorf("outputs %q, want status %q\n%s", out, status, p.stdout.String())
			}
			return out
		}

		// publish, and what somebody approved goes live in a run of its own
		w := newWorld(t, "serves "+c.api+"\noffer live\ngolive 20m\n"+hour, emulator.Options{Speed: hurry})
		out := check(w, w.run(t, order{inputs: inputs}), 0, "waitingForPublisherReview")
		check(w, w.run(t, order{inputs: with(inputs, "command", "go-live", "operation", out["operation-path"])}), 0, "succeeded")
		if w.started("publish") != 1 || w.started("golive") != 1 || w.Truth().Offer != "succeeded" {
			t.Errorf("%+v", w.Truth())
		}

		// one that fails
		w = newWorld(t, "serves "+c.api+"\nstep Certification 10m rejected \"No <b>image</b>\" ends\n", emulator.Options{Speed: hurry})
		out = check(w, w.run(t, order{inputs: inputs}), 1, "failed")
		if out["failed-step"] == "" || !strings.Contains(out["message"], "No image") {
			t.Errorf("outputs %q", out)
		}

		// one that is canceled, by another run
		w = newWorld(t, "serves "+c.api+"\nstep Certification 10h\n", emulator.Options{Speed: hurry})
		out = check(w, w.run(t, order{inputs: with(inputs, "until", "accepted")}), 0, "running")
		check(w, w.run(t, order{inputs: with(inputs, "command", "cancel", "operation", out["operation-path"])}), 0, "canceled")
		if w.started("publish") != 1 || w.Truth().Accepted["cancel"] != 1 {
			t.Errorf("%+v", w.Truth())
		}
	})
}
