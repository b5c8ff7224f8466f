package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

// This file is the only place for hints: what happened, whether something runs now, and what to do next.

// explain says how a run ended.
func (r *run) explain(result publish.Result, e *publish.Error) report.End {
	end := report.End{Path: result.Path, Operation: result.Operation, Why: report.Why(result.Operation)}
	if result.State == "" {
		end.Why = ""
	}
	if e == nil {
		r.explainGood(&end, result)
		return end
	}
	runs := "nothing runs on the offer by this run"
	switch {
	case result.Foreign:
		runs = "nothing was started: what runs on the offer is somebody else's"
	case result.Path != "" && !result.State.Ended() && !e.MayRun:
		runs = "the operation goes on without this run: " + result.Path
	case e.MayRun && e.Kind == marketplace.GoLive:
		runs = "a go-live may run on the offer; look with: " + r.command("status")
	case e.MayRun:
		runs = "something may run on the offer; look with: " + r.command("status")
	}
	switch e.Reason {
	case publish.EndedBadly:
		end.Headline = "the operation " + map[bool]string{true: "was canceled", false: "failed"}[result.State == marketplace.Canceled]
		if step := report.FailedStep(result.Operation); step != "" {
			end.Headline += " at step " + step
		}
		end.Hints = append(end.Hints, "mend what the messages name, then publish again; nothing runs now", portal)
		if result.State == marketplace.Canceled {
			end.Why = ""
			end.Hints = []string{"somebody canceled it in Partner Center or by the API; publish again when that is settled"}
		}
	case publish.Declined:
		end.Headline, end.Why = "the service refused to start", e.Error()
		end.Hints = r.declinedHints(e)
	case publish.NoOffer:
		end.Headline, end.Why = fmt.Sprintf("there is no offer %s of publisher %s for this API", r.config.Offer, r.config.Publisher), e.Error()
		end.Hints = []string{"check publisher-id and offer-id: the ids, not the display names; both are in Partner Center's address bar", servedOffers}
	case publish.NotAllowed:
		r.explainSignIn(&end, e)
		if result.Path != "" || e.MayRun {
			end.Hints = append(end.Hints, runs)
		}
		if result.Path != "" && !result.Foreign {
			end.Hints = append(end.Hints, "carry on, once that is mended, with: "+r.carryOn(result.Path))
		}
	case publish.TimedOut:
		r.explainTimeout(&end, result, e)
	case publish.Conflict:
		r.explainConflict(&end, result, e)
	case publish.Lost:
		end.Headline, end.Why = "the service does not know the operation", e.Error()
		end.Hints = []string{"check publisher-id, offer-id and operation; what runs on the offer is shown by: " + r.command("status")}
	case publish.Unclear:
		end.Headline, end.Why = "it cannot be established whether the start was accepted", e.Error()
		end.Hints = []string{runs, "then carry on with: " + r.adopting(e.Kind)}
	case publish.Interrupted:
		end.Headline, end.Why = e.Err.Error(), ""
		if result.CancelOrdered && !result.Foreign {
			end.Hints = []string{"the service was told to cancel the operation; whether it did is shown by: " + r.command("status")}
			break
		}
		end.Hints = []string{runs}
		if result.Foreign {
			end.Hints = append(end.Hints, "run again with: "+r.again())
		} else if e.MayRun {
			end.Hints = append(end.Hints, "then carry on with: "+r.adopting(e.Kind))
		} else if result.Path != "" && !result.State.Ended() {
			end.Hints = append(end.Hints, "carry on with: "+r.carryOn(result.Path))
			if r.config.Command == publish.Publish && r.config.Until == publish.Live {
				end.Hints = append(end.Hints, "or, to go live by itself as well, with: "+r.adopting(marketplace.Publish))
			}
		}
	default:
		end.Headline, end.Why = "the service could not be reached, or its answers made no sense", e.Error()
		end.Hints = []string{"nothing was started; check proxy and network, then run again", "https://status.azure.com shows known outages"}
		if m := (*marketplace.Error)(nil); errors.As(e, &m) && m.Fault == marketplace.Refused {
			end.Headline = "the service does not take the call"
			end.Hints = []string{"nothing was started; see what the service says about it", servedOffers}
		}
	}
	return end
}

const (
	portal       = "the offer's page in Partner Center has the full report: https://partner.microsoft.com/dashboard/commercial-marketplace/overview"
	servedOffers = "this API serves offers from before the move to Partner Center; for newer ones use the Product Ingestion API: https://learn.microsoft.com/partner-center/marketplace-offers/product-ingestion-api"
)

func (r *run) explainGood(end *report.End, result publish.Result) {
	switch c := r.config; {
	case c.DryRun:
		end.Headline, end.Why = "dry run: nothing was changed", ""
	case c.Command == publish.Status:
		end.Headline = "status: " + string(result.State)
	case c.Command == publish.Cancel:
		end.Headline = "nothing runs on the offer"
		if result.CancelOrdered {
			end.Headline = "canceled"
		}
	case result.State == marketplace.Running || result.State == marketplace.NotStarted:
		end.Headline = "accepted; not waiting for its end"
		end.Hints = []string{"follow it with: " + r.carryOn(result.Path)}
	case result.State == marketplace.AtSignOff:
		end.Headline = "published to preview; it waits for publisher sign-off"
		end.Hints = []string{"test the preview, then go live with: " + r.command("go-live")}
	case c.Until == publish.Live || c.Command == publish.GoLive:
		end.Headline, end.Why = "the offer is live", ""
	default:
		end.Headline, end.Why = "published", ""
	}
}

func (r *run) explainTimeout(end *report.End, result publish.Result, e *publish.Error) {
	end.Headline = fmt.Sprintf("the operation has not ended within %s; it goes on", brief(r.config.Timeout))
	if result.State == marketplace.AtSignOff {
		end.Headline = fmt.Sprintf("the preview still waits for publisher sign-off after %s", brief(r.config.Timeout))
	}
	if e.Detail != "" {
		end.Headline = e.Detail
	}
	if e.Err != nil {
		end.Why = strings.TrimPrefix(end.Why+"; the last look failed: "+e.Err.Error(), "; ")
	}
	if result.Foreign {
		end.Headline = fmt.Sprintf("somebody else's operation has not ended within %s; nothing was started", brief(r.config.Timeout))
		end.Hints = []string{"run again with: " + r.again()}
		return
	}
	if result.State == marketplace.AtSignOff && e.Bound || result.State == marketplace.Succeeded && r.config.Until == publish.Live {
		end.Hints = []string{"the preview stands; go live with: " + r.command("go-live")}
		return
	}
	if result.Path == "" {
		end.Hints = []string{"carry on with: " + r.command("wait", "--until", string(r.config.Until))}
		return
	}
	end.Hints = []string{"carry on with: " + r.carryOn(result.Path)}
	if r.config.Command == publish.Publish && r.config.Until == publish.Live {
		end.Hints = append(end.Hints, "or, to go live by itself as well, with: "+r.adopting(marketplace.Publish))
	}
}

func (r *run) explainConflict(end *report.End, result publish.Result, e *publish.Error) {
	end.Why = e.Error()
	switch {
	case e.Other != nil:
		end.Headline = fmt.Sprintf("another operation runs on the offer: %s %s", e.Other.Kind, e.Other.ID)
		if result.Foreign {
			end.Headline += ", which could not be canceled"
		}
		end.Hints = []string{"nothing was started"}
		if e.Other.Path != "" {
			end.Hints = append(end.Hints, "follow it with: "+r.carryOn(e.Other.Path))
		}
		end.Hints = append(end.Hints, "or choose with if-running what to do about it: adopt, wait or cancel")
		if r.config.Command == publish.GoLive {
			end.Hints[len(end.Hints)-1] = "or choose with if-running: adopt follows a running go-live, wait lets a running publish reach the preview first"
		}
	case r.config.Command == publish.Cancel:
		end.Headline = "it was not canceled: the offer is " + string(e.State)
		end.Hints = []string{"an operation can be canceled only before sign-off is reached, and never after go-live"}
	case e.State == marketplace.Running:
		end.Headline = "the offer is being published"
		end.Hints = []string{"nothing was started; look with: " + r.command("status")}
	default:
		end.Headline = fmt.Sprintf("the offer is in no state for %s: %s", r.config.Command, e.State)
		end.Hints = []string{"publish it first, and test the preview: " + r.command("publish")}
	}
}

func (r *run) declinedHints(e *publish.Error) []string {
	hints := []string{"nothing runs; mend what the service names, then run again"}
	if e.Kind == marketplace.GoLive {
		return []string{"the preview stands; mend what the service names, then go live with: " + r.command("go-live")}
	}
	var m *marketplace.Error
	if errors.As(e, &m) {
		switch {
		case m.Fault == marketplace.NotFound:
			hints = append(hints, servedOffers)
		case len(r.config.Emails) == 0 && r.config.Command == publish.Publish && (m.Status == 400 || m.Status == 422):
			hints = append(hints, "some offers need notification-emails: set it to one or more addresses")
		}
	}
	return hints
}

func (r *run) explainSignIn(end *report.End, e *publish.Error) {
	end.Why = e.Error()
	var id *identity.Error
	var m *marketplace.Error
	switch {
	case errors.As(e, &id):
		end.Headline, end.Why = "sign-in failed", id.Error()
		end.Hints = identityHints(id)
		if len(id.Missing) > 0 {
			end.Why = "what a token needs is missing: " + missing(id)
		}
	case errors.As(e, &m) && m.Fault == marketplace.Forbidden:
		end.Headline = "the service does not allow it (403)"
		end.Hints = []string{
			"add the app's service principal to the publisher account in Partner Center (Account settings, User management, Microsoft Entra applications), as manager or developer; check publisher-id",
			servedOffers}
	default:
		end.Headline = "the service does not accept the token (401), a fresh one neither"
		end.Hints = []string{"check tenant-id and client-id: the app must be known to Partner Center in this tenant"}
	}
}

func identityHints(id *identity.Error) []string {
	var hints []string
	for i := 0; i < len(id.Missing); {
		m, names := id.Missing[i], []string{}
		for ; i < len(id.Missing) && id.Missing[i].Way == m.Way && id.Missing[i].How == m.How; i++ {
			names = append(names, id.Missing[i].Name)
		}
		hint := strings.Join(names, ", ") + ": " + m.How
		if m.Way != "" {
			hint = "for " + m.Way + ", " + hint
		}
		hints = append(hints, hint)
	}
	if id.Meaning != "" {
		hints = append(hints, id.Meaning)
	}
	hints = append(hints, id.Hints...)
	return hints
}

func missing(id *identity.Error) string {
	var names []string
	for _, m := range id.Missing {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// command is a command line of the same offer.
func (r *run) command(verb string, flags ...string) string {
	words := append([]string{"publish-offer", verb, "--publisher-id", r.config.Publisher, "--offer-id", r.config.Offer}, flags...)
	return strings.Join(words, " ")
}

// again is this run's own command line.
func (r *run) again() string {
	c := r.config
	flags := []string{"--if-running", string(c.IfRunning)}
	if c.Command == publish.Publish {
		flags = append(flags, "--until", string(c.Until))
	}
	return r.command(string(c.Command), flags...)
}

// carryOn is how another run follows the operation to this run's goal.
func (r *run) carryOn(path string) string {
	var flags []string
	if path != "" {
		flags = []string{"--operation", "'" + path + "'"}
	}
	until := ""
	if r.config.Until == publish.Live || r.config.Command == publish.GoLive {
		flags = append(flags, "--until", string(publish.Live))
		until = ", until: " + string(publish.Live)
	}
	text := r.command("wait", flags...)
	if r.kind == ci.GitHub && path != "" {
		text += " (inputs command: wait, operation: " + path + until + ")"
	}
	return text
}

// brief is a duration without its zero seconds and minutes.
func brief(d time.Duration) string {
	text := d.String()
	for _, tail := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, tail) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// handOver is what the moment of the start tells the one who finds this job lost.
func (r *run) handOver(path string) string {
	text := r.carryOn(path)
	if r.config.Command == publish.Publish && r.config.Until == publish.Live {
		text += "; or, to go live by itself as well, with: " + r.adopting(marketplace.Publish)
	}
	return text
}

// adopting is how another run takes over what this one may have started.
func (r *run) adopting(kind marketplace.Kind) string {
	if kind == marketplace.GoLive {
		return r.command("go-live", "--if-running", "adopt")
	}
	return r.command("publish", "--if-running", "adopt", "--until", string(r.config.Until))
}
