package app

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

const (
	offerPath  = "/api/publishers/contoso/offers/contoso-offer/operations/0f3c1c2e-6d3b-4a57-9d6e-8f1f1d2c3b4a?api-version=2017-10-31"
	otherPath  = "/api/publishers/contoso/offers/contoso-offer/operations/aaaaaaaa-6d3b-4a57-9d6e-8f1f1d2c3b4a?api-version=2017-10-31"
	sharedPath = "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31"
)

// place is where an offer can be, as the columns of the contract's table have it.
type place struct {
	offer   marketplace.OfferState
	running marketplace.Kind // what runs, where the offer is moving
}

// refuses tells by the contract's table, row by row, whether a command is refused, or ends badly at once, where the offer
// is. It is written from the contract and shares nothing with the program.
func refuses(words []string, p place, byJob bool) bool {
	flags := map[string]string{"until": "preview", "if-running": "fail"}
	for i := 2; i+1 < len(words); i += 2 {
		flags[strings.TrimPrefix(words[i], "--")] = words[i+1]
	}
	runs := p.offer.Moving()
	rests := slices.Contains([]marketplace.OfferState{marketplace.NeverPublished, marketplace.LastFailed, marketplace.LastCanceled}, p.offer)
	switch words[1] {
	case "publish":
		if flags["operation"] != "" {
			return true
		}
		if !runs {
			return false
		}
		switch flags["if-running"] {
		case "adopt":
			return p.running != marketplace.Publish && (p.running != marketplace.GoLive || flags["until"] != "live")
		case "cancel":
			return p.running != marketplace.Publish || byJob
		}
		return flags["if-running"] == "fail"
	case "go-live":
		switch {
		case !runs:
			return rests
		case flags["operation"] != "": // what is running may be newer than what was approved
			return true
		case p.running == marketplace.GoLive:
			return flags["if-running"] != "adopt"
		}
		return p.running != marketplace.Publish || flags["if-running"] != "wait"
	case "wait":
		return !runs && rests
	case "cancel":
		return runs && byJob
	}
	return words[1] != "status"
}

// end is a run's end, as far as hints can differ by it.
type testEnd struct {
	x      explainer
	result publish.Result
	e      *publish.Error
	places []place // where the offer may be then
}

var (
	kinds  = []marketplace.Kind{marketplace.Unknown, marketplace.Publish, marketplace.GoLive, marketplace.Cancellation}
	offers = []marketplace.OfferState{"", marketplace.NeverPublished, marketplace.Beginning, marketplace.InProgress, marketplace.Parked, marketplace.Live, marketplace.LastFailed, marketplace.LastCanceled}
	notes  = map[publish.Reason][]publish.Note{
		publish.EndedBadly: {publish.Plain, publish.OfferFailed}, publish.Declined: {publish.Plain}, publish.NoOffer: {publish.Plain},
		publish.NotAllowed: {publish.Plain, publish.AtTimeout}, publish.TimedOut: {publish.Plain, publish.GoLiveNotStarted, publish.Unconfirmed},
		publish.Conflict:   {publish.Plain, publish.WentOn, publish.TooLate, publish.Unconfirmed, publish.ByJob, publish.Replaced, publish.NotTold, publish.Another},
		publish.OutOfReach: {publish.Plain, publish.AtTimeout, publish.Throttled}, publish.Lost: {publish.Plain},
		publish.Unclear: {publish.Plain, publish.NotNamed, publish.Moved, publish.Unread}, publish.Interrupted: {publish.Plain},
	}
)

func everyExplainer(tell func(explainer)) {
	for _, command := range []publish.Command{publish.Publish, publish.GoLive, publish.Wait, publish.Status, publish.Cancel} {
		for _, goal := range []publish.Goal{publish.Accepted, publish.Preview, publish.Live} {
			for _, policy := range []publish.IfRunning{publish.Fail, publish.Adopt, publish.LetEnd, publish.CancelOther} {
				starts := command == publish.Publish || command == publish.GoLive
				if !starts && policy != publish.Fail { // it has no say there
					continue
				}
				for _, operation := range []string{"", offerPath} {
					for _, byJob := range []bool{false, true} {
						if operation != "" && (command == publish.Publish || byJob) {
							continue
						}
						tell(explainer{Config: input.Config{Command: command, Publisher: "contoso", Offer: "contoso-offer", Until: goal, IfRunning: policy, Operation: operation, Timeout: time.Hour,
							Tenant: "6d1f9d3c-54a1-4c5e-9a53-1f2b8f6f0c11", Client: "0b9f6c52-7c1d-4a3e-8f0e-5b6a2d9c4e22", Auth: "auto"}, byJob: byJob})
					}
				}
			}
		}
	}
}

// everyEnd makes every combination of reason, note, states and options that can differ in its hints.
func everyEnd(tell func(testEnd)) {
	everyExplainer(func(x explainer) {
		for reason, notes := range notes {
			for _, note := range notes {
				everyError(x, reason, note, func(e *publish.Error) {
					for _, result := range everyResult(x, e) {
						tell(testEnd{x, result, e, places(x, result, e)})
					}
				})
			}
		}
	})
}

func everyError(x explainer, reason publish.Reason, note publish.Note, tell func(*publish.Error)) {
	var cause error = &marketplace.Error{Call: "start publish", Fault: marketplace.Refused, Status: 409}
	if reason == publish.Interrupted {
		cause = errors.New("interrupted (SIGINT)")
	}
	if reason != publish.Conflict {
		for _, kind := range []marketplace.Kind{marketplace.Publish, marketplace.GoLive} {
			for _, mayRun := range []bool{false, true} {
				tell(&publish.Error{Reason: reason, Note: note, Err: cause, Kind: kind, MayRun: mayRun})
			}
		}
		return
	}
	for _, offer := range offers {
		tell(&publish.Error{Reason: reason, Note: note, Err: cause, Offer: offer})
	}
	for _, kind := range kinds {
		for _, ours := range []bool{false, true} {
			other := &marketplace.Listed{Ref: marketplace.Ref{Path: otherPath, ID: "aaaaaaaa-6d3b-4a57-9d6e-8f1f1d2c3b4a"}, Kind: kind, State: marketplace.Running}
			tell(&publish.Error{Reason: reason, Note: note, Err: cause, Other: other, MaybeOurs: ours})
		}
	}
}

func everyResult(x explainer, e *publish.Error) []publish.Result {
	var out []publish.Result
	states := []marketplace.State{"", marketplace.NotStarted, marketplace.Running, marketplace.AtSignOff, marketplace.Succeeded, marketplace.Failed, marketplace.Canceled}
	if e != nil && e.Reason == publish.Conflict {
		states = states[1:4] // the offer's own state decides
	}
	for _, ref := range []marketplace.Ref{{}, {Path: offerPath, ID: "0f3c1c2e-6d3b-4a57-9d6e-8f1f1d2c3b4a"}, {Path: sharedPath, Shared: true}} {
		for _, state := range states {
			for _, foreign := range []bool{false, true} {
				waits := x.Command == publish.Publish || x.Command == publish.GoLive
				if foreign && (!waits || x.IfRunning != publish.LetEnd || x.Operation != "") {
					continue
				}
				out = append(out, publish.Result{Ref: ref, State: state, Seen: true, Foreign: foreign})
			}
		}
	}
	return out
}

// places is where the offer may be after such an end; nil where nobody can tell.
func places(x explainer, result publish.Result, e *publish.Error) []place {
	running := func(kinds ...marketplace.Kind) (out []place) {
		for _, k := range kinds {
			out = append(out, place{marketplace.InProgress, k})
		}
		return out
	}
	both := running(marketplace.Publish, marketplace.GoLive)
	switch {
	case e.Note == publish.ByJob: // the policy cancels a publish alone
		return running(marketplace.Publish)
	case e.Other != nil:
		return running(e.Other.Kind)
	case e.Reason == publish.Conflict && e.Offer.Moving():
		return both
	case e.Reason == publish.Conflict && e.Offer != "":
		return []place{{offer: e.Offer}}
	case e.Reason == publish.EndedBadly:
		return []place{{offer: marketplace.LastFailed}, {offer: marketplace.LastCanceled}}
	case e.Reason == publish.Declined && e.Kind == marketplace.GoLive, e.Note == publish.GoLiveNotStarted:
		return []place{{offer: marketplace.Parked}}
	case e.Reason == publish.Declined:
		return []place{{offer: marketplace.NeverPublished}, {offer: marketplace.Live}, {offer: marketplace.Parked}, {offer: marketplace.LastFailed}}
	case e.MayRun || e.Reason == publish.Unclear:
		return running(e.Kind)
	case result.Foreign && x.Command == publish.GoLive:
		return running(marketplace.Publish)
	case result.Foreign:
		return both
	case result.State == marketplace.AtSignOff:
		return []place{{offer: marketplace.Parked}}
	case result.State == marketplace.Running || result.State == marketplace.NotStarted:
		if x.Command == publish.Publish && x.Until != publish.Live {
			return running(marketplace.Publish)
		}
		return both
	}
	return nil
}

// checkInputs says what is wrong with what a workflow is to set: the one that operates has three inputs.
func checkInputs(h report.Hint) string {
	for _, in := range h.Inputs {
		if h.Operate && !slices.Contains([]string{"command", "operation", "until"}, in.Name) {
			return "the workflow that operates has no " + in.Name
		}
	}
	if h.Operate && (h.Inputs[0].Name != "command" || h.Inputs[0].Value != h.Command[1]) {
		return "another command than " + h.Command[1]
	}
	return ""
}

// A hint names nothing that the table refuses from there.
func TestHintsNameOnlyWhatTheTableAllows(t *testing.T) {
	t.Parallel()
	said, count := map[string]bool{}, 0
	everyEnd(func(c testEnd) {
		for _, h := range c.x.end(c.result, c.e).Hints {
			if len(h.Command) == 0 {
				continue
			}
			count++
			if err := checkInputs(h); err != "" {
				t.Fatalf("%q: %s: %+v", h.Text, err, h)
			}
			for _, p := range c.places {
				if refuses(h.Command, p, c.x.byJob) && !said[h.Text] {
					said[h.Text] = true
					t.Errorf("%q: %s\n  is refused where the offer is %+v\n  after %+v\n  %+v\n  of %+v", h.Text, report.Shell(h.Command), p, c.e, c.result, c.x)
				}
			}
		}
	})
	t.Logf("%d hints with a command", count)
	if count < 50000 {
		t.Error("the walk is nearly empty")
	}
}

// What a dry run, a README and a log call an end is one list; no end is without a headline.
func TestEndsHaveTheListedHeadlines(t *testing.T) {
	t.Parallel()
	seen, patterns := map[string]bool{}, map[string]*regexp.Regexp{}
	for _, h := range headlines(t) {
		patterns[h] = regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(h), "%s", ".*"))
	}
	check := func(end report.End) {
		best := ""
		for h, pattern := range patterns {
			if len(h) > len(best) && pattern.MatchString(end.Headline) {
				best = h
			}
		}
		if best != "" {
			seen[best] = true
			return
		}
		if !seen[end.Headline] {
			seen[end.Headline] = true
			t.Errorf("%q is in no list", end.Headline)
		}
	}
	known := map[string]bool{}
	everyEnd(func(c testEnd) {
		if c.x.byJob || c.x.Until != publish.Live || c.x.Operation != "" {
			return // the same headlines
		}
		if end := c.x.end(c.result, c.e); !known[end.Headline] {
			known[end.Headline] = true
			check(end)
		}
	})
	everyExplainer(func(x explainer) {
		for _, result := range everyResult(x, nil) {
			for _, dry := range []bool{false, true} {
				x.DryRun, result.Started, result.CancelOrdered = dry, !result.Foreign, x.Command == publish.Cancel && result.State == marketplace.Canceled
				check(x.end(result, nil))
			}
		}
	})
	x := explainer{Config: input.Config{Command: publish.Publish}}
	check(x.refused("offer-id: is not given"))
	for _, e := range []publish.Error{
		{Reason: publish.NoOffer, Err: severalAnswers{}},
		{Reason: publish.NoOffer, Err: marketplace.ErrSeveral},
		{Reason: publish.NoOffer, Err: &marketplace.Elsewhere{Type: "x", API: "y"}},
		{Reason: publish.NotAllowed, Err: severalAnswers{}},
		{Reason: publish.Conflict, Err: marketplace.ErrOtherOffer},
		{Reason: publish.NotAllowed, Err: &identity.Error{Kind: identity.Refused}},
		{Reason: publish.NotAllowed, Err: &marketplace.Error{Fault: marketplace.Forbidden}},
		{Reason: publish.NotAllowed, Err: &marketplace.Error{Fault: marketplace.Unauthorized}},
		{Reason: publish.OutOfReach, Err: &marketplace.Error{Fault: marketplace.Unreadable}},
		{Reason: publish.OutOfReach, Err: &marketplace.Error{Fault: marketplace.NotSent}},
		{Reason: publish.Interrupted, Err: errors.New("terminated (SIGTERM)")},
	} {
		check(x.end(publish.Result{}, &e))
	}
	check(x.end(publish.Result{State: marketplace.AtSignOff}, nil))
	check(x.end(publish.Result{Ref: marketplace.Ref{Path: "/x"}, State: marketplace.Succeeded}, nil))
	for _, h := range headlines(t) {
		if !seen[h] {
			t.Errorf("no end has the headline %q", h)
		}
	}
}

type severalAnswers struct{}

func (severalAnswers) Error() string   { return "a: 404; b: 404" }
func (severalAnswers) Lines() []string { return []string{"a: 404", "b: 404"} }

// The words of the ends that a person meets most, or that once were untrue.
func TestEndsSayWhatIsSo(t *testing.T) {
	t.Parallel()
	named := marketplace.Ref{Path: offerPath, ID: "0f3c1c2e-6d3b-4a57-9d6e-8f1f1d2c3b4a"}
	complete := marketplace.Details{Steps: []marketplace.Step{{Name: "Live", State: marketplace.StepComplete}}}
	blocked := marketplace.Details{Steps: []marketplace.Step{{Name: "Certification", State: marketplace.StepBlocked, Messages: []marketplace.Message{{Text: "terms missing"}}}}}
	other := &marketplace.Listed{Ref: marketplace.Ref{Path: otherPath, ID: "aaaaaaaa"}, Kind: marketplace.Publish}
	refusal := &marketplace.Error{Call: "start publish", Fault: marketplace.Conflict, Status: 409}
	throttled := &marketplace.Error{Call: "start publish", Fault: marketplace.Throttled, Status: 429}
	proxy := &marketplace.Error{Call: "list operations", Fault: marketplace.NotSent, Err: errors.New("proxyconnect tcp: connection refused")}
	for _, c := range []struct {
		name              string
		x                 explainer
		result            publish.Result
		e                 *publish.Error
		headline, message string
		hints             []string // texts, and command lines behind " $ "
	}{
		{"cancel of nothing", explainer{Config: input.Config{Command: publish.Cancel}}, publish.Result{State: marketplace.Succeeded, Details: complete}, nil, saidNoCancel, saidNoCancel, nil},
		{"preview after an operation that succeeded", explainer{Config: input.Config{Command: publish.Publish, Until: publish.Preview, Offer: "o"}}, publish.Result{Ref: named, State: marketplace.AtSignOff, Details: complete, Started: true}, nil,
			saidPreview, saidPreview, []string{"test the preview, then go live $ publish-offer go-live --offer-id o --operation '" + offerPath + "'"}},
		{"wait on an offer that is live", explainer{Config: input.Config{Command: publish.Wait, Until: publish.Preview}}, publish.Result{State: marketplace.Succeeded, Details: complete}, nil, saidLive, saidLive, nil},
		{"wait on a publish that has ended", explainer{Config: input.Config{Command: publish.Wait, Until: publish.Preview}}, publish.Result{Ref: named, State: marketplace.Succeeded, Details: complete}, nil, saidEnded, saidEnded, nil},
		{"accepted", explainer{Config: input.Config{Command: publish.GoLive, Until: publish.Accepted}}, publish.Result{Ref: named, State: marketplace.Running, Started: true}, nil,
			"the go-live was accepted; this run does not wait for its end", "the go-live was accepted; this run does not wait for its end", []string{"carry on $ publish-offer wait --operation '" + offerPath + "' --until live"}},
		{"preview that nothing binds", explainer{Config: input.Config{Command: publish.Publish, Until: publish.Preview, Offer: "o"}}, publish.Result{Ref: marketplace.Ref{Path: sharedPath, Shared: true}, State: marketplace.AtSignOff}, nil,
			saidStanding, saidStanding, []string{"test the preview, then go live $ publish-offer go-live --offer-id o"}},
		{"timeout at a laptop", explainer{Config: input.Config{Command: publish.Publish, Until: publish.Live, Publisher: "p", Offer: "o", Tenant: "t", Client: "c", Auth: "azure-cli", Timeout: time.Hour}}, publish.Result{Ref: named, State: marketplace.Running, Details: blocked, Seen: true}, &publish.Error{Reason: publish.TimedOut, Err: proxy},
			"the operation has not ended within 1h; it goes on", "terms missing; the last problem was: list operations: proxyconnect tcp: connection refused", []string{
				"step Certification does not go on by itself: fix what its message says on the offer's page in Partner Center, " + report.OffersPage,
				"carry on $ publish-offer wait --publisher-id p --offer-id o --tenant-id t --auth azure-cli --operation '" + offerPath + "' --until live",
				"or carry on and go live without waiting for anyone $ publish-offer publish --publisher-id p --offer-id o --tenant-id t --auth azure-cli --if-running adopt --until live"}},
		{"throttled", explainer{Config: input.Config{Command: publish.Publish, Timeout: time.Hour}}, publish.Result{}, &publish.Error{Reason: publish.OutOfReach, Note: publish.Throttled, Err: throttled},
			saidThrottled, "start publish: 429 Too Many Requests", []string{"nothing was started", "other callers of the same account may use up its quota: run again later"}},
		{"nobody knows the offer", explainer{Config: input.Config{Command: publish.Publish, Publisher: "p", Offer: "o"}}, publish.Result{}, &publish.Error{Reason: publish.NoOffer, Err: severalAnswers{}},
			"no service knows the offer p/o", "a: 404; b: 404", []string{report.CheckIDs}},
		{"one service forbids it", explainer{Config: input.Config{Command: publish.Publish, Offer: "o"}}, publish.Result{}, &publish.Error{Reason: publish.NotAllowed, Err: severalAnswers{}},
			"no service shows the offer o to this app", "a: 404; b: 404", []string{report.AddToAccount + "; check `publisher-id`", report.CheckIDs}},
		{"a type of another service", explainer{Config: input.Config{Command: publish.Publish, Offer: "o"}, api: "product-ingestion", named: true}, publish.Result{},
			&publish.Error{Reason: publish.NoOffer, Err: &marketplace.Error{Call: "look up the offer", Fault: marketplace.NotFound, Err: &marketplace.Elsewhere{Type: "azureApplication", API: "partner-center-submission"}}},
			"this API does not publish offers of the type azureApplication", "look up the offer: this service does not publish offers of the type azureApplication; partner-center-submission does",
			[]string{"set `api` to partner-center-submission, or leave it out: then each service is asked"}},
		{"an operation of another offer", explainer{Config: input.Config{Command: publish.Wait, Offer: "o"}, api: "product-ingestion"}, publish.Result{},
			&publish.Error{Reason: publish.Conflict, Err: &marketplace.Error{Call: "read submission", Fault: marketplace.Conflict, Err: marketplace.ErrOtherOffer}},
			saidOtherOffer, "read submission: the operation is one of another offer", []string{"check `operation` and `offer-id`: `operation` takes what a run for this offer gave out as `operation-path`"}},
		{"a publish that cannot be canceled", explainer{Config: input.Config{Command: publish.Publish, Offer: "o", IfRunning: publish.CancelOther}, api: "product-ingestion", byJob: true}, publish.Result{},
			&publish.Error{Reason: publish.Conflict, Note: publish.ByJob, Offer: marketplace.InProgress}, saidByJob, saidByJob, []string{"nothing was started",
				"let it end, then publish $ publish-offer publish --offer-id o --if-running wait",
				"or cancel it in Partner Center: " + report.OffersPage}},
		{"a dead proxy", explainer{Config: input.Config{Command: publish.Publish, Timeout: 3 * time.Second}}, publish.Result{}, &publish.Error{Reason: publish.OutOfReach, Note: publish.AtTimeout, Err: proxy},
			"the service could not be reached within 3s", "list operations: proxyconnect tcp: connection refused", []string{"nothing was started", sayNetwork}},
		{"a dead proxy at sign-in", explainer{Config: input.Config{Command: publish.Publish, Timeout: 3 * time.Second}}, publish.Result{}, &publish.Error{Reason: publish.NotAllowed, Note: publish.AtTimeout, Err: &identity.Error{Kind: identity.Unavailable, By: "Entra", Err: errors.New("proxyconnect tcp: connection refused")}},
			"sign-in did not succeed within 3s", "Entra gave no usable answer: proxyconnect tcp: connection refused", []string{"nothing was started", sayNetwork}},
		{"maybe ours", explainer{Config: input.Config{Command: publish.Publish, IfRunning: publish.LetEnd, Offer: "o"}}, publish.Result{}, &publish.Error{Reason: publish.Conflict, Other: other, MaybeOurs: true, Err: refusal},
			saidOtherOurs + ": publish aaaaaaaa", "start publish: 409 Conflict", []string{"it was not there before this run's order: follow it rather than start another",
				"follow it $ publish-offer wait --offer-id o --operation '" + otherPath + "'", "or follow it as this run's own $ publish-offer publish --offer-id o --if-running adopt", "or cancel it, then publish $ publish-offer publish --offer-id o --if-running cancel"}},
		{"a go-live is in the way of a publish to preview", explainer{Config: input.Config{Command: publish.Publish, Until: publish.Preview, IfRunning: publish.Adopt, Offer: "o"}}, publish.Result{}, &publish.Error{Reason: publish.Conflict, Other: &marketplace.Listed{Ref: other.Ref, Kind: marketplace.GoLive}},
			saidOther + ": go-live aaaaaaaa", saidOther + ": go-live aaaaaaaa", []string{"nothing was started",
				"follow it $ publish-offer wait --offer-id o --operation '" + otherPath + "' --until live", "or let it end, then publish $ publish-offer publish --offer-id o --if-running wait --until preview"}},
		{"replaced", explainer{Config: input.Config{Command: publish.GoLive, Operation: offerPath, Offer: "o"}}, publish.Result{}, &publish.Error{Reason: publish.Conflict, Note: publish.Replaced, Offer: marketplace.Parked},
			saidReplaced, saidReplaced, []string{"nothing was started", "see what stands now, and have that preview approved $ publish-offer status --offer-id o"}},
		{"never published", explainer{Config: input.Config{Command: publish.GoLive, Offer: "o"}}, publish.Result{}, &publish.Error{Reason: publish.Conflict, Offer: marketplace.NeverPublished},
			"not possible now: the offer was never published", "not possible now: the offer was never published", []string{"nothing was started", "publish it first, and test the preview $ publish-offer publish --offer-id o"}},
	} {
		end := c.x.end(c.result, c.e)
		var hints []string
		for _, h := range end.Hints {
			text := h.Text
			if len(h.Command) > 0 {
				text += " $ " + report.Shell(h.Command)
			}
			hints = append(hints, text)
		}
		got, want := append([]string{end.Headline, end.Message()}, hints...), append([]string{c.headline, c.message}, c.hints...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
}

// The walk is as good as its table: rows that are easily got wrong.
func TestTheTableOfTheTestsRefuses(t *testing.T) {
	t.Parallel()
	running := func(k marketplace.Kind) place { return place{marketplace.InProgress, k} }
	for _, c := range []struct {
		line string
		at   place
		want bool
	}{
		{"publish --if-running adopt --until preview", running(marketplace.GoLive), true},
		{"publish --if-running adopt --until live", running(marketplace.GoLive), false},
		{"publish --if-running cancel", running(marketplace.GoLive), true},
		{"publish", running(marketplace.Publish), true},
		{"publish", place{offer: marketplace.Parked}, false},
		{"go-live --if-running adopt", running(marketplace.Publish), true},
		{"go-live --if-running wait", running(marketplace.GoLive), true},
		{"go-live", place{offer: marketplace.LastFailed}, true},
		{"go-live", place{offer: marketplace.Live}, false},
		{"wait", place{offer: marketplace.NeverPublished}, true},
	} {
		words := append([]string{"publish-offer"}, strings.Fields(c.line)...)
		if got := refuses(words, c.at, false); got != c.want {
			t.Errorf("%s at %+v: %v", c.line, c.at, got)
		}
	}
}

func TestEndsAreInPlainWords(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)\b(mend|vouch\w*|of no use|way in|assertions?|go duration|somebody)\b`)
	for _, name := range []string{"explain.go", "advice.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.FindAll(text, -1); len(found) > 0 {
			t.Errorf("%s: %q", name, found)
		}
	}
}

// headlines are the ends that a run can have, as explain.go lists them.
func headlines(t *testing.T) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "explain.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "said") {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
		return true
	})
	if len(all) < 50 {
		t.Fatalf("%d headlines", len(all))
	}
	return all
}
