package app

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

// This file is the only place for the words of a run's end and for hints: what happened, whether something is running
// now, and what to do next. A hint names nothing that the table of commands refuses from there.

// The headlines. What differs from run to run stands where a %s is.
const (
	saidDryRun     = "dry run: nothing was changed"
	saidStatus     = "status: %s"
	saidNoCancel   = "nothing to cancel: nothing is running on the offer"
	saidCanceled   = "canceled: the service confirms it"
	saidAccepted   = "the %s was accepted; this run does not wait for its end"
	saidPreview    = "published to preview; it waits for publisher sign-off"
	saidStanding   = "the preview stands and waits for publisher sign-off"
	saidBeyond     = "the preview is done; the go-live is running"
	saidLive       = "the offer is live"
	saidEnded      = "the operation succeeded"
	saidWrongInput = "wrong input, nothing was sent"

	saidFailed       = "the operation failed"
	saidWasCanceled  = "the operation was canceled"
	saidOfferFailed  = "the operation ended well, but the offer failed"
	saidLastFailed   = "the offer's last operation failed"
	saidLastCanceled = "the offer's last operation was canceled"
	saidRefused      = "the service refused the %s"
	saidNoOffer      = "the service knows no offer %s"
	saidSeveral      = "the service knows more than one offer %s"
	saidNobodyKnows  = "no service knows the offer %s"
	saidNobodyShows  = "no service shows the offer %s to this app"
	saidElsewhere    = "this API does not publish offers of the type %s"

	saidNoSignIn     = "sign-in failed"
	saidSignInLate   = "sign-in did not succeed within %s"
	saidForbidden    = "the service does not allow it (403)"
	saidUnauthorized = "the service rejected the token (401), and a new one too"

	saidTimeout          = "the operation has not ended within %s; it goes on"
	saidTimeoutPreview   = "the preview still waits for publisher sign-off after %s"
	saidTimeoutGoLive    = "the preview stands, but the go-live could not be started within %s"
	saidTimeoutOther     = "someone else's operation has not ended within %s; nothing was started"
	saidTimeoutCancel    = "the cancellation was accepted, but nothing was canceled within %s"
	saidCancelUnverified = "the cancellation was accepted, but nothing was canceled"
	saidWentOn           = "the operation went on in spite of the cancellation"
	saidTooLate          = "the operation can no longer be canceled"
	saidByJob            = "this API cancels only by the path of the run that started the operation"
	saidReplaced         = "a newer publish was started than the one to go live"
	saidNotTold          = "the service does not tell which publish made the preview"
	saidOtherOffer       = "the given operation is one of another offer"
	saidAnother          = "another operation is running than the one to cancel"
	saidOther            = "another operation is running on the offer"
	saidOtherOurs        = "another operation is running on the offer, which may be this run's own"
	saidUnlisted         = "the offer is being published, but no running operation is listed"
	saidNoState          = "not possible now: the offer %s"

	saidUnknown   = "the service does not know the operation"
	saidUnclear   = "it is not known whether the %s was accepted"
	saidNotNamed  = "the %s was accepted, but its operation cannot be found"
	saidMoved     = "it is not known whether the %s was accepted: the offer has moved since"
	saidUnread    = "it is not known whether the %s was accepted: the service cannot be read"
	saidThrottled = "the service kept turning calls away (429)"
	saidNotInTime = "the service could not be reached within %s"
	saidNoSense   = "the service's answers made no sense"
	saidNotTaken  = "the service refused the call"
	saidNoReach   = "the service could not be reached"
	saidStopped   = "interrupted"
	saidKilled    = "terminated"
)

// What several hints say.
const (
	sayPartnerCenter = "the full report is on the offer's page in Partner Center: " + report.OffersPage
	sayNetwork       = "check the network and the proxy (`HTTPS_PROXY`, `NO_PROXY`), then run again; https://status.azure.com shows known outages"
	sayID            = "check `offer-id`: an id, not a display name, as Partner Center shows it on the offer's overview"
)

// explainer says how a run ended.
type explainer struct {
	input.Config // for a command line for the same offer

	api   string // the service in use; "" where none is known
	named bool   // api was given as an input
	byJob bool   // the service cancels by the path of an order only
	would string // for a dry run, what a run would do
}

// end says how a run ended; e is nil where it reached its goal.
func (x explainer) end(result publish.Result, e *publish.Error) report.End {
	end := report.End{Ref: result.Ref, State: result.State, Details: result.Details}
	switch {
	case e == nil && x.DryRun:
		end.Headline, end.Why = saidDryRun, x.would
	case e == nil:
		x.good(&end, result)
	default:
		if result.State != "" {
			end.Why = report.Why(result.Details, result.State)
		}
		x.bad(&end, result, e)
	}
	return end
}

// refused is the end of a run with wrong input.
func (x explainer) refused(problems string) report.End {
	return report.End{Headline: saidWrongInput, Why: problems, Hints: []report.Hint{say("`publish-offer --help` lists every input and what it takes")}}
}

// headline is the end that a run would have had, as a dry run tells it.
func (x explainer) headline(e *publish.Error) string {
	x.DryRun = false
	return x.end(publish.Result{}, e).Headline
}

func (x explainer) good(end *report.End, result publish.Result) {
	toLive := x.Until == publish.Live || x.Command == publish.GoLive
	goesOn := result.State == marketplace.Running || result.State == marketplace.NotStarted
	live := toLive || !result.Ref.Known()
	switch {
	case x.Command == publish.Status:
		end.Headline = fmt.Sprintf(saidStatus, cmp.Or(result.State, "unknown"))
		if result.Ref.Known() {
			end.Why = report.Why(result.Details, result.State)
		}
	case x.Command == publish.Cancel && result.CancelOrdered:
		end.Headline = saidCanceled
	case x.Command == publish.Cancel:
		end.Headline = saidNoCancel
	case x.Until == publish.Accepted && goesOn:
		end.Headline = fmt.Sprintf(saidAccepted, x.order())
		end.Hints = x.carryOn(result.Ref)
	case result.State == marketplace.Succeeded && live:
		end.Headline = saidLive
	case result.State == marketplace.Succeeded:
		end.Headline = saidEnded
	case toLive:
		end.Headline = saidLive
	case goesOn:
		end.Headline = saidBeyond
		end.Hints = []report.Hint{x.follow("follow it until it is live", result.Ref, true)}
	default:
		end.Headline = saidStanding
		if result.Started {
			end.Headline = saidPreview
		}
		end.Hints = []report.Hint{x.goLive("test the preview, then go live", result.Ref)}
	}
}

func (x explainer) bad(end *report.End, result publish.Result, e *publish.Error) {
	switch e.Reason {
	case publish.EndedBadly:
		x.endedBadly(end, result, e)
	case publish.Declined:
		x.declined(end, e)
	case publish.NoOffer:
		x.noOffer(end, e)
	case publish.NotAllowed:
		x.notAllowed(end, result, e)
	case publish.TimedOut:
		x.timedOut(end, result, e)
	case publish.Conflict:
		x.conflict(end, result, e)
	case publish.Lost:
		end.Headline, end.Why = saidUnknown, e.Error()
		end.Hints = []report.Hint{x.lost(), x.look("see what is running on the offer")}
	case publish.Unclear:
		x.unclear(end, result, e)
	case publish.Interrupted:
		x.interrupted(end, result, e)
	default:
		x.outOfReach(end, e)
	}
}

func (x explainer) endedBadly(end *report.End, result publish.Result, e *publish.Error) {
	canceled := result.State == marketplace.Canceled
	end.Hints = []report.Hint{x.do("fix the problems above and publish again; nothing is running", publish.Publish), say(sayPartnerCenter)}
	switch {
	case e.Note == publish.OfferFailed:
		end.Headline = saidOfferFailed
	case canceled && result.Ref.Known():
		end.Headline = saidWasCanceled
	case canceled:
		end.Headline = saidLastCanceled
	case result.Ref.Known():
		end.Headline = saidFailed
	default:
		end.Headline = saidLastFailed
	}
	if canceled {
		end.Hints = []report.Hint{x.do("someone canceled it in Partner Center or by the API; once that is settled, publish again", publish.Publish)}
		return
	}
	if step := report.FailedStep(result.Details, result.State); step != "" {
		end.Headline += " at step " + step
	}
}

func (x explainer) noOffer(end *report.End, e *publish.Error) {
	end.Headline, end.Why = fmt.Sprintf(saidNoOffer, x.fullName()), e.Error()
	if answers := answers(e); answers != "" {
		end.Headline, end.Why = fmt.Sprintf(saidNobodyKnows, x.fullName()), answers
	}
	end.Hints = []report.Hint{x.ids()}
	elsewhere, ok := errors.AsType[*marketplace.Elsewhere](e)
	switch {
	case ok && answers(e) == "":
		end.Headline = fmt.Sprintf(saidElsewhere, elsewhere.Type)
		end.Hints = []report.Hint{say("set `api` to " + elsewhere.API + ", or leave it out: then each service is asked")}
	case errors.Is(e, marketplace.ErrSeveral) && answers(e) == "":
		end.Headline = fmt.Sprintf(saidSeveral, x.fullName())
		end.Hints = []report.Hint{say("see the publisher's offers in Partner Center, " + report.OffersPage + ": two have this id")}
	case x.named:
		end.Hints = append(end.Hints, say("leave `api` out, so that each of the three services is asked; this run asked "+x.api+" alone"))
	}
}

// fullName is the offer with its publisher, where that is given.
func (x explainer) fullName() string { return strings.Trim(x.Publisher+"/"+x.Offer, "/") }

// ofPortal reports whether the run has to do with the portal, the one service that asks for the publisher; so it is while
// none is chosen.
func (x explainer) ofPortal() bool { return x.api == "" || x.api == "cloud-partner-portal" }

// ids is what to check where an offer is not known.
func (x explainer) ids() report.Hint {
	if x.ofPortal() {
		return say(report.CheckIDs)
	}
	return say(sayID)
}

// account is what to do about a 403.
func (x explainer) account() report.Hint {
	if x.ofPortal() {
		return say(report.AddToAccount + "; check `publisher-id`")
	}
	return say(report.AddToAccount)
}

// lost is what to think of an operation that is not to be found.
func (x explainer) lost() report.Hint {
	if x.ofPortal() {
		return say("check `publisher-id`, `offer-id` and `operation`")
	}
	return say("someone may have canceled it in Partner Center: this API forgets what is canceled, and old jobs; else check `offer-id` and `operation`")
}

// answers are what each of several services said, a line each; "" where one alone was asked.
func answers(err error) string {
	var several interface{ Lines() []string }
	if !errors.As(err, &several) {
		return ""
	}
	return strings.Join(several.Lines(), "\n")
}

func (x explainer) declined(end *report.End, e *publish.Error) {
	end.Headline, end.Why = fmt.Sprintf(saidRefused, report.Order(e.Kind)), e.Error()
	if e.Kind == marketplace.GoLive {
		end.Hints = []report.Hint{x.goLive("the preview stands: fix what the service names, then go live", marketplace.Ref{})}
		return
	}
	end.Hints = []report.Hint{x.do("nothing is running: fix what the service names, then run again", publish.Publish)}
	switch {
	case marketplace.FaultOf(e) == marketplace.NotFound:
		end.Hints = append(end.Hints, x.ids())
	case len(x.Emails) == 0 && x.ofPortal(): // the others take none
		end.Hints = append(end.Hints, say("some offers need `notification-emails`: give one or more addresses"))
	}
}

func (x explainer) timedOut(end *report.End, result publish.Result, e *publish.Error) {
	within := input.Brief(x.Timeout)
	atSignOff := result.State == marketplace.AtSignOff
	if e.Err != nil {
		end.Why = strings.TrimPrefix(end.Why+"; the last problem was: "+e.Error(), "; ")
	}
	switch {
	case e.MayRun:
		end.Headline = fmt.Sprintf(saidTimeout, within)
		end.Hints = x.mayRun(e, marketplace.Ref{})
	case result.Foreign:
		end.Headline = fmt.Sprintf(saidTimeoutOther, within)
		end.Hints = []report.Hint{x.again("run again")}
	case e.Note == publish.Unconfirmed:
		end.Headline = fmt.Sprintf(saidTimeoutCancel, within)
		end.Hints = []report.Hint{x.look("see whether it has been canceled since")}
	case e.Note == publish.GoLiveNotStarted:
		end.Headline = fmt.Sprintf(saidTimeoutGoLive, within)
		end.Hints = []report.Hint{x.goLive("go live", result.Ref)}
	case !result.Seen && !result.Started: // nobody knows whether it goes on
		end.Headline = fmt.Sprintf(saidNotInTime, within)
		if marketplace.FaultOf(e) == marketplace.NotFound {
			end.Headline = saidUnknown
		}
		end.Hints = x.carryOn(result.Ref)
	case atSignOff:
		end.Headline = fmt.Sprintf(saidTimeoutPreview, within)
		end.Hints = append([]report.Hint{x.goLive("test the preview, then go live", result.Ref)}, x.carryOn(result.Ref)...)
	default:
		end.Headline = fmt.Sprintf(saidTimeout, within)
		end.Hints = append(x.blocked(result), x.carryOn(result.Ref)...)
	}
}

// blocked says where a person deals with a step that stands in the way.
func (x explainer) blocked(result publish.Result) []report.Hint {
	step := report.FailedStep(result.Details, result.State)
	if step == "" {
		return nil
	}
	return []report.Hint{say("step " + step + " does not go on by itself: fix what its message says on the offer's page in Partner Center, " +
		report.OffersPage)}
}

func (x explainer) unclear(end *report.End, result publish.Result, e *publish.Error) {
	end.Why = e.Error()
	text := map[publish.Note]string{publish.NotNamed: saidNotNamed, publish.Moved: saidMoved, publish.Unread: saidUnread}[e.Note]
	end.Headline = fmt.Sprintf(cmp.Or(text, saidUnclear), report.Order(e.Kind))
	end.Hints = x.mayRun(e, result.Ref)
}

// mayRun is what to do where a start may have taken effect.
func (x explainer) mayRun(e *publish.Error, ref marketplace.Ref) []report.Hint {
	hints := []report.Hint{x.look(fmt.Sprintf("a %s may be running: look before anything is started again", report.Order(e.Kind)))}
	if ref.Known() {
		return append(hints, x.carryOn(ref)...)
	}
	switch {
	case e.Kind != marketplace.GoLive:
		return append(hints, x.do("then carry on", publish.Publish, ifRunning(publish.Adopt)))
	case x.boundTo() != "": // what is running may be bound to something else
		return append(hints, x.follow("then carry on", ref, true))
	}
	return append(hints, x.do("then carry on", publish.GoLive, ifRunning(publish.Adopt)))
}

func (x explainer) interrupted(end *report.End, result publish.Result, e *publish.Error) {
	end.Headline, end.Why = saidStopped, ""
	if e.Err != nil {
		end.Headline = e.Err.Error()
	}
	goesOn := result.Ref.Known() && !result.State.Ended()
	switch {
	case e.MayRun:
		end.Hints = x.mayRun(e, marketplace.Ref{})
	case result.Foreign:
		end.Hints = []report.Hint{x.again("nothing was started: run again")}
	case result.CancelOrdered:
		end.Hints = []report.Hint{x.look("a cancellation was sent: see whether it took effect")}
	case goesOn && result.State == marketplace.AtSignOff:
		end.Hints = []report.Hint{x.goLive("the preview stands: test it, then go live", result.Ref)}
	case goesOn:
		end.Hints = x.carryOn(result.Ref)
		end.Hints[0].Text = "the operation goes on: " + end.Hints[0].Text
	default:
		end.Hints = []report.Hint{say("nothing of this run is running on the offer")}
	}
}

func (x explainer) outOfReach(end *report.End, e *publish.Error) {
	end.Why = e.Error()
	end.Hints = []report.Hint{say("nothing was started"), say(sayNetwork)}
	if x.Command == publish.Cancel {
		end.Hints[0] = say("nothing was canceled")
	}
	if e.MayRun {
		end.Hints = append(x.mayRun(e, marketplace.Ref{}), say(sayNetwork))
	}
	m, known := errors.AsType[*marketplace.Error](e)
	switch {
	case e.Note == publish.Throttled:
		end.Headline = saidThrottled
		end.Hints[len(end.Hints)-1] = say("other callers of the same account may use up its quota: run again later")
	case e.Note == publish.AtTimeout:
		end.Headline = fmt.Sprintf(saidNotInTime, input.Brief(x.Timeout))
	case known && m.Fault == marketplace.Unreadable:
		end.Headline = saidNoSense
	case known && !m.Transient():
		end.Headline = saidNotTaken
		end.Hints[len(end.Hints)-1] = say("see what the service says about it")
	default:
		end.Headline = saidNoReach
	}
}

func (x explainer) conflict(end *report.End, result publish.Result, e *publish.Error) {
	end.Why = e.Error()
	end.Headline = x.conflictHeadline(e)
	starts := x.Command == publish.Publish || x.Command == publish.GoLive
	switch {
	case e.MaybeOurs:
		end.Hints = []report.Hint{say("it was not there before this run's order: follow it rather than start another")}
	case starts && !result.Started:
		end.Hints = []report.Hint{say("nothing was started")}
	}
	letEnd := x.do("let it end, then publish", publish.Publish, ifRunning(publish.LetEnd))
	switch {
	case errors.Is(e, marketplace.ErrOtherOffer):
		end.Hints = append(end.Hints,
			say("check `operation` and `offer-id`: `operation` takes what a run for this offer gave out as `operation-path`"))
	case x.Command == publish.Cancel:
		end.Hints = append(end.Hints, x.notCanceled(e)...)
	case e.Note == publish.ByJob:
		end.Hints = append(end.Hints, letEnd, say("or cancel it in Partner Center: "+report.OffersPage))
	case e.Note == publish.TooLate, e.Note == publish.WentOn:
		end.Hints = append(end.Hints, letEnd, x.look("or see where the offer is"))
	case e.Note == publish.Replaced:
		end.Hints = append(end.Hints, x.look("see what stands now, and have that preview approved"))
	case e.Note == publish.NotTold:
		end.Hints = append(end.Hints, x.look("see what stands now"))
		if e.Other == nil && e.Offer == marketplace.Parked {
			end.Hints = append(end.Hints, x.do("go live with whatever preview stands", publish.GoLive))
		}
	case e.Other != nil:
		end.Hints = append(end.Hints, x.besides(*e.Other)...)
	case e.Offer == marketplace.NeverPublished, e.Offer.Badly(): // nothing but a publish leads on from there
		end.Hints = append(end.Hints, x.do("publish it first, and test the preview", publish.Publish))
	default:
		end.Hints = append(end.Hints, x.look("see where the offer is"))
	}
}

func (x explainer) conflictHeadline(e *publish.Error) string {
	other := ""
	if e.Other != nil {
		other = strings.TrimSuffix(": "+strings.TrimSpace(string(e.Other.Kind)+" "+e.Other.ID), ": ")
	}
	noted := map[publish.Note]string{
		publish.WentOn: saidWentOn, publish.TooLate: saidTooLate, publish.Unconfirmed: saidCancelUnverified, publish.ByJob: saidByJob,
		publish.Replaced: saidReplaced, publish.NotTold: saidNotTold, publish.Another: saidAnother + other,
	}[e.Note]
	switch {
	case errors.Is(e, marketplace.ErrOtherOffer):
		return saidOtherOffer
	case noted != "":
		return noted
	case e.Other != nil && e.MaybeOurs:
		return saidOtherOurs + other
	case e.Other != nil:
		return saidOther + other
	case e.Offer.Moving():
		return saidUnlisted
	}
	return fmt.Sprintf(saidNoState, report.Offer(e.Offer))
}

// notCanceled is what to do where a cancellation was not to be had.
func (x explainer) notCanceled(e *publish.Error) []report.Hint {
	switch {
	case e.Note == publish.ByJob:
		return []report.Hint{say("give as `operation` what the run that started it gave out as `operation-path`; or cancel it in Partner Center: " + report.OffersPage)}
	case e.Note == publish.Another && e.Other != nil && e.Other.Known() && x.cancels(e.Other.Ref):
		return []report.Hint{x.look("see what is running"), x.do("cancel that one instead", publish.Cancel, report.Input{Name: "operation", Value: e.Other.Path})}
	}
	return []report.Hint{say("an operation can be canceled only before it reaches sign-off"), x.look("see where the offer is")}
}

// cancels reports whether the service can cancel what the reference names.
func (x explainer) cancels(ref marketplace.Ref) bool { return !x.byJob || ref.Order }

// besides is what can be done about another operation that is running: follow it, or run again with another policy.
func (x explainer) besides(other marketplace.Listed) []report.Hint {
	var hints []report.Hint
	isPublish, isGoLive := other.Kind == marketplace.Publish, other.Kind == marketplace.GoLive
	if isPublish || isGoLive {
		hints = append(hints, x.follow("follow it", other.Ref, isGoLive))
	}
	try := func(text string, policy publish.IfRunning, sensible bool) {
		if sensible && policy != x.IfRunning {
			hints = append(hints, x.do(text, x.Command, ifRunning(policy)))
		}
	}
	switch x.Command {
	case publish.Publish:
		leadsToLive := isGoLive && x.toLive()
		try("or follow it as this run's own", publish.Adopt, isPublish || leadsToLive)
		try("or let it end, then publish", publish.LetEnd, true)
		try("or cancel it, then publish", publish.CancelOther, isPublish && !x.byJob)
	case publish.GoLive:
		bound := x.boundTo() != "" // to a publish that may be another than the one that is running
		try("or follow it as this run's own", publish.Adopt, isGoLive && !bound)
		try("or let it reach sign-off, then go live", publish.LetEnd, isPublish && !bound)
	}
	if len(hints) == 0 {
		hints = []report.Hint{x.look("see what is running, and run again when it has ended")}
	}
	return hints
}

func (x explainer) toLive() bool { return x.Until == publish.Live }

func (x explainer) notAllowed(end *report.End, result publish.Result, e *publish.Error) {
	id, noSignIn := errors.AsType[*identity.Error](e)
	starts := x.Command == publish.Publish || x.Command == publish.GoLive
	end.Why = e.Error()
	switch fault := marketplace.FaultOf(e); {
	case answers(e) != "":
		end.Headline, end.Why = fmt.Sprintf(saidNobodyShows, x.fullName()), answers(e)
		end.Hints = []report.Hint{x.account(), x.ids()}
	case noSignIn:
		end.Headline, end.Why = saidNoSignIn, id.Error()
		end.Hints = signIn(id)
		if len(id.Missing) > 0 {
			end.Why = "missing: " + strings.Join(identity.Names(id.Missing), ", ")
		}
	case fault == marketplace.Forbidden:
		end.Headline, end.Hints = saidForbidden, []report.Hint{x.account()}
	case fault == marketplace.Unauthorized:
		end.Headline = saidUnauthorized
		end.Hints = []report.Hint{say("check `tenant-id` and `client-id`: Partner Center must know the app in this tenant")}
	default:
		end.Headline = saidNoSignIn
	}
	if e.Note == publish.AtTimeout {
		end.Headline = fmt.Sprintf(saidSignInLate, input.Brief(x.Timeout))
	}
	switch {
	case e.MayRun:
		end.Hints = append(end.Hints, x.mayRun(e, marketplace.Ref{})...)
	case result.Foreign:
		end.Hints = append(end.Hints, say("nothing was started"))
	case starts && !result.Ref.Known() && id != nil && id.Transient():
		end.Hints = append([]report.Hint{say("nothing was started")}, end.Hints...)
	case result.Ref.Known() && !result.State.Ended():
		carryOn := x.carryOn(result.Ref)
		carryOn[0].Text = "the operation goes on; once that is fixed, " + carryOn[0].Text
		end.Hints = append(end.Hints, carryOn...)
	}
}

// signIn is what to do about a sign-in that failed.
func signIn(id *identity.Error) []report.Hint {
	var hints []report.Hint
	if id.Kind == identity.Unavailable {
		hints = append(hints, say(sayNetwork))
	}
	texts := identity.ToProvide(id.Missing)
	if id.Meaning != "" {
		texts = append(texts, id.Meaning)
	}
	for _, text := range append(texts, id.Hints...) {
		hints = append(hints, say(text))
	}
	return hints
}
