package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/report"
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
	for _, a := range f.Offer {
		all = append(all, f.answerWords(a))
	}
	all = append(all, f.apiWords())
	if a, ok := f.Offer.serving(f.Config.API); ok {
		all = append(all, f.statusWords(a))
	}
	return append(all, f.homeWords()...)
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
			x = x.with("whether the app may publish shows only when it does: Microsoft names the role Manager for that")
		}
		return x
	}
	decides, ok := f.Offer.deciding(f.Config.API)
	stops := ok && decides.API == a.API && !a.Says.goesOn()
	toldByNetwork := a.Says == OutOfReach && f.networkWords().Mark == report.Broken
	if stops && !toldByNetwork {
		return f.stopWords(a)
	}
	x := finding{Finding: report.Finding{Name: name, Fact: a.says(), Details: a.own()}}
	if a.OffersAsked {
		x = x.with(f.offersWords(a))
	}
	return x
}

// own is the answer in the service's own words, where it gave any.
func (a Answer) own() []string {
	if e, ok := errors.AsType[*marketplace.Error](a.Err); ok && e.Status != 0 {
		return []string{inWords(e)}
	}
	return nil
}

// says is the answer in a few words.
func (a Answer) says() string {
	if a.Says == Unserved && a.Kind != "" {
		return "has the offer, and does not publish its type, " + a.Kind
	}
	return map[Knowledge]string{
		NotAsked:    "not checked: there is no publisher-id",
		OutOfReach:  "not checked: it cannot be reached",
		Unserved:    "has the offer, and does not publish it",
		Unknown:     "does not know the offer",
		Denied:      "refuses the app (403)",
		NoPrincipal: "has no service principal in the tenant, so there is no token for it (AADSTS500011)",
		NoToken:     "there is no token for it",
		Rejected:    "rejects the token (401)",
		Declined:    "refuses the question",
		Unclear:     "gave no clear answer",
	}[a.Says]
}

// stopWords are an answer at which a run ends.
func (f Facts) stopWords(a Answer) finding {
	name, fact := string(a.API), a.says()+": "+inWords(a.Err)
	switch a.Says {
	case OutOfReach:
		return broken(name, Unreachable, "cannot be reached, and no service before it has the offer: "+inWords(a.Err),
			toReach(f.Network.host(a.API))...)
	case NoToken:
		if e := failed(a.Err); e != nil {
			return f.signInFailure(name, e)
		}
		return broken(name, SignIn, fact, "run again")
	case Rejected:
		return broken(name, SignIn, fact,
			"check `tenant-id` and `client-id`: the app must be known to Partner Center in this tenant", report.AddToAccount)
	case Declined:
		return broken(name, Refused, fact, "see what the service says, and check `offer-id`")
	}
	return broken(name, Unreachable, fact, "run again; https://status.azure.com shows known outages")
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
	var elsewhere []string
	if known {
		elsewhere = []string{fmt.Sprintf("%s has the offer: `api: %[1]s` may be what is meant", having.API)}
	}
	switch {
	case ok && f.SetUp.Problems.Has("api"):
		return unchecked(name, "api is wrong; the offer is served by "+string(serving.API), "set `api: "+string(serving.API)+"`")
	case ok:
		return well(name, f.choice(serving), f.denials(serving)...)
	case slices.ContainsFunc(f.Offer, func(a Answer) bool { return a.Says == NotAsked }): // that one might have the offer
		return unchecked(name, "cloud-partner-portal was not asked, since there is no publisher-id", elsewhere...)
	case decided && !named(api):
		return unchecked(name, "auto ends at "+string(decides.API))
	case decided && !decides.Says.goesOn():
		return unchecked(name, string(decides.API)+" gives no answer", elsewhere...)
	case known:
		return wrongAPI(decides, having)
	}
	return f.nowhere(name)
}

// choice says how the service comes to be used.
func (f Facts) choice(a Answer) string {
	switch {
	case named(f.Config.API):
		return string(a.API) + ", as api says"
	case f.Offer[0].API == a.API:
		return "auto uses " + string(a.API)
	}
	return "auto uses " + string(a.API) + "; api: " + string(a.API) + " saves asking the services before it"
}

// denials explain why one service refuses the app while another lets it in.
func (f Facts) denials(serving Answer) []string {
	a, ok := f.Offer.first(func(a Answer) bool { return a.Says.refuses() })
	if !ok {
		return nil
	}
	return []string{fmt.Sprintf("that %s %s does no harm: each service has permissions of its own, and the offer is with %s",
		a.API, a.says(), serving.API)}
}

// wrongAPI is an api that was named, while another service has the offer.
func wrongAPI(asked, having Answer) finding {
	x := broken("api", Refused, fmt.Sprintf("%s %s; %s has it", asked.API, asked.says(), having.API),
		"set `api: "+string(having.API)+"`, or `api: auto`")
	if asked.Says.refuses() {
		x.blame = SignIn
		x = x.with("each service has permissions of its own: one may refuse the app while another lets it in")
	}
	return x
}

// nowhere is an offer that no service has.
func (f Facts) nowhere(name string) finding {
	var details []string
	refused := false
	publishes := input.API("")
	for _, a := range f.Offer {
		details = append(details, strings.Join(append([]string{string(a.API) + " " + a.says()}, a.own()...), ": "))
		refused = refused || a.Says.refuses()
		publishes = cmp.Or(a.Serves, publishes)
	}
	x := broken(name, Refused, "no service has the offer "+f.Config.Offer, report.CheckIDs)
	switch {
	case refused && !named(f.Config.API):
		x = broken(name, SignIn, "no service shows the app the offer "+f.Config.Offer+", and at least one refuses the app",
			report.AddToAccount, report.CheckIDs)
	case refused:
		x = broken(name, SignIn, fmt.Sprintf("%s %s", f.Offer[0].API, f.Offer[0].says()), report.AddToAccount, report.CheckIDs)
	case publishes != "":
		x.Next = hints([]string{"offers of this type are published by `api: " + string(publishes) +
			"`, which does not know this one: check that its draft is in the same account", report.CheckIDs})
	}
	return x.with(details...)
}

// statusWords say where the offer is, and what is running on it.
func (f Facts) statusWords(a Answer) finding {
	const name = "status"
	why := inWords(a.Status)
	switch {
	case a.Status == nil:
	case marketplace.FaultOf(a.Status) == marketplace.NotFound:
		return broken(name, Refused, string(a.API)+" lists the offer's operations, and does not know its status: "+why,
			"publish it once in Partner Center, and check whether it was moved: the line `home` says so where the service tells")
	case says(a.Status) == Denied:
		return broken(name, SignIn, "the status may not be read: "+why, report.AddToAccount)
	default:
		return broken(name, Unreachable, "the status cannot be read: "+why, "run again; https://status.azure.com shows known outages")
	}
	o := a.Offer
	x := well(name, "the offer "+report.Offer(o.State))
	say := func(format string, args ...any) { x = x.with(fmt.Sprintf(format, args...)) }
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
func (f Facts) homeWords() []finding {
	a, ok := f.Offer.first(func(a Answer) bool { return a.Home != nil && a.Says != Unknown })
	switch {
	case !ok:
		return nil
	case a.HomeErr != nil:
		return []finding{unchecked("home", string(a.API)+" does not show the offer itself: "+inWords(a.HomeErr))}
	case a.Home.Migration == "":
		return []finding{unchecked("home", string(a.API)+" does not say whether the offer was moved to Partner Center")}
	}
	x := well("home", "the move to Partner Center: "+a.Home.Migration)
	if a.Home.Redirect != "" {
		x = x.with("the service refers to " + a.Home.Redirect)
	}
	return []finding{x}
}
