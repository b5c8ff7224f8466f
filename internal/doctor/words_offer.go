package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
)

// Advice that several findings give.
const (
	adviseAccount = "add the app to the publisher account in Partner Center (Account settings, User management, Microsoft Entra applications) with the role Manager"
	adviseIDs     = "check `publisher-id` and `offer-id`: ids, not display names, as Partner Center shows them under Account settings, Identifiers, and on the offer's overview"
)

// noOffer is why no service is asked for the offer; "" where one is.
func (f Facts) noOffer() string {
	why := f.noSignIn()
	switch {
	case why != "":
		return "there is no sign-in: " + why
	case f.Config.Offer == "":
		return "there is no offer-id"
	case !f.SignIn.accepted():
		return "the sign-in failed"
	}
	return ""
}

func (f Facts) offerWords() []finding {
	if why := f.noOffer(); why != "" {
		return []finding{unchecked("services", why)}
	}
	var all []finding
	for _, a := range f.Offer.Answers {
		all = append(all, f.answerWords(a))
	}
	all = append(all, f.apiWords())
	if a, ok := f.Offer.serving(f.Config.API); ok {
		all = append(all, f.statusWords(a))
	}
	if x, ok := f.homeWords(); ok {
		all = append(all, x)
	}
	return all
}

// answerWords are what one service says. What does not decide is no failure: auto asks on.
func (f Facts) answerWords(a Answer) finding {
	name := string(a.API)
	if a.Says == Known {
		fact := "has the offer"
		if a.Kind != "" {
			fact += ", type " + a.Kind
		}
		x := well(name, fact+", and lets the app read it")
		if serving, ok := f.Offer.serving(f.Config.API); ok && serving.API == a.API {
			x.Details = []string{"whether the app may publish shows only when it does: Microsoft names the role Manager for that"}
		}
		return x
	}
	decides, ok := f.Offer.deciding(f.Config.API)
	stops := ok && decides.API == a.API && !a.Says.goesOn()
	if stops && !f.toldByNetwork(a) {
		return f.stopWords(a)
	}
	x := finding{Finding: report.Finding{Name: name, Fact: a.says()}}
	x.Details = a.own()
	if a.OffersAsked {
		x.Details = append(x.Details, f.offersWords(a))
	}
	return x
}

// toldByNetwork reports that the finding of the network has said so as a failure.
func (f Facts) toldByNetwork(a Answer) bool {
	return a.Says == OutOfReach && f.networkWords().Mark == report.Broken
}

// own is the answer in the service's own words, where it gave any.
func (a Answer) own() []string {
	var e *marketplace.Error
	if errors.As(a.Err, &e) && e.Status != 0 {
		return []string{inWords(e)}
	}
	return nil
}

// says is the answer in a few words.
func (a Answer) says() string {
	switch a.Says {
	case NotAsked:
		return "not checked: there is no publisher-id"
	case OutOfReach:
		return "not checked: it cannot be reached"
	case Unserved:
		text := "has the offer, and does not publish it"
		if a.Kind != "" {
			text = "has the offer, and does not publish its type, " + a.Kind
		}
		return text
	case Unknown:
		return "does not know the offer"
	case Denied:
		return "refuses the app (403)"
	case NoPrincipal:
		return "has no service principal in the tenant, so there is no token for it (AADSTS500011)"
	case NoToken:
		return "there is no token for it"
	case Rejected:
		return "rejects the token (401)"
	case Declined:
		return "refuses the question"
	}
	return "gave no clear answer"
}

// stopWords are an answer at which a run ends.
func (f Facts) stopWords(a Answer) finding {
	name, fact := string(a.API), a.says()+": "+inWords(a.Err)
	switch a.Says {
	case OutOfReach:
		return broken(name, Unreachable, "cannot be reached, and no service before it has the offer: "+inWords(a.Err), toReach(f.host(a.API))...)
	case NoToken:
		e := failed(a.Err)
		if e == nil {
			return broken(name, SignIn, fact, "run again")
		}
		return f.signInFailure(name, e)
	case Rejected:
		return broken(name, SignIn, fact, "check `tenant-id` and `client-id`: the app must be known to Partner Center in this tenant", adviseAccount)
	case Declined:
		return broken(name, Refused, fact, "see what the service says, and check `offer-id`")
	}
	return broken(name, Unreachable, fact, "run again; https://status.azure.com shows known outages")
}

func (f Facts) host(api input.API) Host {
	for _, h := range f.Network.Hosts {
		if h.API == api {
			return h
		}
	}
	return Host{}
}

// offersWords are the publisher's offers, where this one is not among them.
func (f Facts) offersWords(a Answer) string {
	const most = 20
	switch {
	case a.OffersErr != nil && marketplace.FaultOf(a.OffersErr) == marketplace.NotFound:
		return "it does not know the publisher " + f.Config.Publisher + " either"
	case a.OffersErr != nil:
		return "it does not list the publisher's offers: " + inWords(a.OffersErr)
	case len(a.Offers) == 0:
		return "it knows the publisher " + f.Config.Publisher + ", and no offer of it at all"
	case len(a.Offers) > most:
		return fmt.Sprintf("the publisher's offers here: %s and %d more", strings.Join(a.Offers[:most], ", "), len(a.Offers)-most)
	}
	return "the publisher's offers here: " + strings.Join(a.Offers, ", ")
}

// apiWords say which service serves the offer, and what api should be.
func (f Facts) apiWords() finding {
	const name = "api"
	api := f.Config.API
	serving, ok := f.Offer.serving(api)
	having, known := f.Offer.having()
	decides, decided := f.Offer.deciding(api)
	switch {
	case ok && f.SetUp.Problems.Has("api"):
		return unchecked(name, "api is wrong; the offer is served by "+string(serving.API), "set `api: "+string(serving.API)+"`")
	case ok:
		x := well(name, f.choice(serving))
		x.Details = f.denials(serving)
		return x
	case f.unasked():
		return unchecked(name, "cloud-partner-portal was not asked, since there is no publisher-id", f.elsewhereWords(having, known)...)
	case decided && !named(api):
		return unchecked(name, "auto ends at "+string(decides.API))
	case decided && !decides.Says.goesOn():
		return unchecked(name, string(decides.API)+" gives no answer", f.elsewhereWords(having, known)...)
	case known:
		return f.wrongAPI(decides, having)
	}
	return f.nowhere(name)
}

// unasked reports that a service was passed over which might have the offer.
func (f Facts) unasked() bool {
	return slices.ContainsFunc(f.Offer.Answers, func(a Answer) bool { return a.Says == NotAsked })
}

// choice says how the service comes to be used.
func (f Facts) choice(a Answer) string {
	switch {
	case named(f.Config.API):
		return string(a.API) + ", as api says"
	case len(f.Offer.Answers) > 0 && f.Offer.Answers[0].API == a.API:
		return "auto uses " + string(a.API)
	}
	return "auto uses " + string(a.API) + "; api: " + string(a.API) + " saves asking the services before it"
}

// denials explain why one service refuses the app while another lets it in.
func (f Facts) denials(serving Answer) []string {
	for _, a := range f.Offer.Answers {
		if a.Says == Denied || a.Says == NoPrincipal {
			return []string{"that " + string(a.API) + " " + a.says() + " does no harm: each service has permissions of its own, and the offer is with " + string(serving.API)}
		}
	}
	return nil
}

func (f Facts) elsewhereWords(having Answer, known bool) []string {
	if !known {
		return nil
	}
	return []string{string(having.API) + " has the offer: `api: " + string(having.API) + "` may be what is meant"}
}

// wrongAPI is an api that was named, while another service has the offer.
func (f Facts) wrongAPI(asked, having Answer) finding {
	blame := Refused
	if asked.Says == Denied || asked.Says == NoPrincipal {
		blame = SignIn
	}
	x := broken("api", blame, fmt.Sprintf("%s %s; %s has it", asked.API, asked.says(), having.API), "set `api: "+string(having.API)+"`, or `api: auto`")
	if blame == SignIn {
		x.Details = []string{"each service has permissions of its own: one may refuse the app while another lets it in"}
	}
	return x
}

// nowhere is an offer that no service has.
func (f Facts) nowhere(name string) finding {
	var details []string
	refused := false
	publishes := input.API("")
	for _, a := range f.Offer.Answers {
		details = append(details, strings.Join(append([]string{string(a.API) + " " + a.says()}, a.own()...), ": "))
		refused = refused || a.Says == Denied || a.Says == NoPrincipal
		if a.Serves != "" {
			publishes = a.Serves
		}
	}
	x := broken(name, Refused, "no service has the offer "+f.Config.Offer, adviseIDs)
	switch {
	case refused && !named(f.Config.API):
		x = broken(name, SignIn, "no service shows the app the offer "+f.Config.Offer+", and at least one refuses the app", adviseAccount, adviseIDs)
	case refused:
		x = broken(name, SignIn, fmt.Sprintf("%s %s", f.Offer.Answers[0].API, f.Offer.Answers[0].says()), adviseAccount, adviseIDs)
	case publishes != "":
		x.Next = append(hints([]string{"offers of this type are published by `api: " + string(publishes) + "`, which does not know this one: check that its draft is in the same account"}), x.Next...)
	}
	x.Details = details
	return x
}

// statusWords say where the offer is, and what is running on it.
func (f Facts) statusWords(a Answer) finding {
	const name = "status"
	switch {
	case a.Status != nil && marketplace.FaultOf(a.Status) == marketplace.NotFound:
		return broken(name, Refused, string(a.API)+" lists the offer's operations, and does not know its status: "+inWords(a.Status), "publish it once in Partner Center, and check whether it was moved: the line `home` says so where the service tells")
	case a.Status != nil && says(a.Status) == Denied:
		return broken(name, SignIn, "the status may not be read: "+inWords(a.Status), adviseAccount)
	case a.Status != nil:
		return broken(name, Unreachable, "the status cannot be read: "+inWords(a.Status), "run again; https://status.azure.com shows known outages")
	}
	o := a.Offer
	x := well(name, "the offer "+report.Offer(o.State))
	say := func(format string, args ...any) { x.Details = append(x.Details, fmt.Sprintf(format, args...)) }
	for _, word := range o.Unknown {
		say("the service's word %q is not documented, and counts as running", word)
	}
	if step := report.FailedStep(o.Details, o.State.State()); step != "" {
		say("step %s: %s", step, report.Why(o.Details, o.State.State()))
	}
	running := 0
	for _, l := range a.List {
		if !l.State.Ended() && l.State != marketplace.AtSignOff {
			running++
			say("running: %s %s", l.Kind, l.Path)
		}
	}
	switch {
	case a.ListErr != nil:
		say("the list of operations cannot be read: %s", inWords(a.ListErr))
	case running > 0 && o.State != marketplace.Parked:
		say("a publish would end here with exit code 5, unless `if-running` is adopt, wait or cancel")
	case running == 0:
		say("no operation is running")
	}
	return x
}

// homeWords say whether the offer was moved to Partner Center. No word but "migrated" was ever seen, so none is wrong.
func (f Facts) homeWords() (finding, bool) {
	for _, a := range f.Offer.Answers {
		if a.Home == nil || a.Says == Unknown {
			continue
		}
		h := *a.Home
		switch {
		case h.Err != nil:
			return unchecked("home", string(a.API)+" does not show the offer itself: "+inWords(h.Err)), true
		case h.Migration == "":
			return unchecked("home", string(a.API)+" does not say whether the offer was moved to Partner Center"), true
		}
		x := well("home", "the move to Partner Center: "+h.Migration)
		if h.Redirect != "" {
			x.Details = append(x.Details, "the service refers to "+h.Redirect)
		}
		return x, true
	}
	return finding{}, false
}
