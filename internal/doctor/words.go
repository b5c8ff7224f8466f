package doctor

import (
	"fmt"
	"slices"
	"strings"

	"publish-offer/internal/ci"
	"publish-offer/internal/identity"
	"publish-offer/internal/input"
	"publish-offer/internal/report"
)

// finding is a finding, and what it is to be blamed on where it is broken.
type finding struct {
	report.Finding
	blame Blame
}

// findings puts what each phase found below the other. A stage of Azure Pipelines that names no connection comes before
// the network: it is the cause, whatever else there is.
func (f Facts) findings() []finding {
	order := []Phase{SetUpPhase, NetworkPhase, SignInPhase, OfferPhase}
	if e := failed(f.SignIn.Err); e != nil && e.Fact == identity.NoReference {
		order = []Phase{SetUpPhase, SignInPhase, NetworkPhase, OfferPhase}
	}
	var all []finding
	for _, p := range order {
		all = append(all, f.phase(p)...)
	}
	return all
}

// phase is what one phase found, in words. What was looked at when the examination ended early may look broken for that
// reason alone.
func (f Facts) phase(p Phase) []finding {
	var found []finding
	switch p {
	case SetUpPhase:
		found = f.setUpWords()
	case NetworkPhase:
		found = []finding{f.networkWords()}
	case SignInPhase:
		found = f.signInWords()
	case OfferPhase:
		found = f.offerWords()
	}
	for i := range found {
		x := &found[i]
		if f.Stopped != nil && p >= f.StoppedIn && x.Mark != report.Well {
			*x = unchecked(x.Name, f.Stopped.Error())
		}
		x.Phase = p.String()
	}
	return found
}

func well(name, fact string, details ...string) finding {
	return finding{Finding: report.Finding{Name: name, Mark: report.Well, Fact: fact, Details: details}}
}

func doubtful(name, fact string, next ...string) finding {
	return finding{Finding: report.Finding{Name: name, Mark: report.Doubtful, Fact: fact, Next: hints(next)}}
}

func broken(name string, b Blame, fact string, next ...string) finding {
	return finding{Finding: report.Finding{Name: name, Mark: report.Broken, Fact: fact, Next: hints(next)}, blame: b}
}

func unchecked(name, why string, details ...string) finding {
	return finding{Finding: report.Finding{Name: name, Fact: "not checked: " + why, Details: details}}
}

// with adds details.
func (x finding) with(details ...string) finding {
	x.Details = append(x.Details, details...)
	return x
}

func hints(texts []string) []report.Hint {
	var out []report.Hint
	for _, text := range texts {
		out = append(out, report.Hint{Text: text})
	}
	return out
}

// list is words as a sentence has them.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func (f Facts) setUpWords() []finding {
	all := append([]finding{f.platformWords()}, f.inputWords()...)
	if files := f.SetUp.Unwritable; len(files) > 0 {
		x := doubtful("files", files[0], "give this container the platform's own folders, as the platform mounts them")
		all = append(all, x.with(files[1:]...))
	}
	return append(all, f.methodWords())
}

// platformWords are what to know of the platform before it changes under the job.
func (f Facts) platformWords() finding {
	s := f.SetUp
	x := well("platform", string(s.Platform))
	if s.SelfHosted {
		x.Fact += ", self-hosted runner"
		x = x.with("GitHub gives no jobs to runners that were not updated within 30 days of a release: let this one update itself")
	}
	switch s.Trigger {
	case "schedule":
		x = x.with("scheduled workflows can be blocked by the organization's policy, " +
			"and stop after 60 days without activity in a public repository")
	case "workflow_dispatch":
		x = x.with("manual runs (`workflow_dispatch`) can be blocked by the organization's policy")
	}
	isCommit := len(s.ActionRef) == 40 && strings.Trim(s.ActionRef, "0123456789abcdef") == ""
	if s.ActionRef != "" && !isCommit {
		x = x.with("the action is used as `@" + s.ActionRef + "`: an organization that demands full commit SHAs refuses that")
	}
	return x
}

// inputWords are on the inputs, and apart from them on the ids, which people copy along with what stands around them.
func (f Facts) inputWords() []finding {
	var wrong, copied []string
	for _, p := range f.SetUp.Problems {
		if pasted(p) {
			copied = append(copied, p.Error())
		} else {
			wrong = append(wrong, p.Error())
		}
	}
	c := f.Config
	var given []string
	for _, v := range [][2]string{
		{"publisher", c.Publisher}, {"offer", c.Offer}, {"tenant", c.Tenant}, {"client", c.Client}, {"api", string(c.API)},
	} {
		if v[1] != "" {
			given = append(given, v[0]+" "+v[1])
		}
	}
	inputs := well("inputs", strings.Join(given, ", "))
	switch {
	case len(wrong) > 0:
		inputs = broken("inputs", Input, wrong[0], "`publish-offer --help` lists every input and what it takes").with(wrong[1:]...)
	case len(copied) > 0:
		inputs.Fact = "all that is needed is given; for the ids see below"
	}
	ids := well("ids", "no white space, quotes or invisible characters in those that are given")
	switch {
	case len(copied) > 0:
		ids = broken("ids", Input, copied[0], "give the id alone: what stands around it was probably copied along").with(copied[1:]...)
	case twins(c):
		ids = broken("ids", Input, "tenant-id and client-id are the same",
			"the app's page in Entra shows both: `client-id` is its Application (client) ID, `tenant-id` its Directory (tenant) ID")
	case c.Publisher+c.Offer+c.Tenant+c.Client+c.ServiceConnection == "":
		ids = unchecked("ids", "none is given")
	default:
		for _, name := range f.SetUp.Spaced {
			ids = ids.with("the white space around " + name + " does no harm here; other programs may not remove it")
		}
	}
	return []finding{inputs, ids}
}

func (f Facts) methodWords() finding {
	s := f.SetUp
	if s.Problems.Has("auth") {
		return unchecked("method", "auth is wrong")
	}
	if s.Fault != nil {
		shown := *s.Fault
		shown.Missing = s.lacking()
		onlyInputs := shown.Kind == identity.Missing && len(shown.Missing) == 0
		if !onlyInputs || shown.Way == "" {
			x := f.signInFailure("method", &shown)
			x.Fact = string(s.Platform) + ": " + x.Fact
			return x
		}
	}
	x := well("method", s.Method+": "+source(s.Method, f.Config))
	if f.Config.Auth != input.AuthAuto {
		x.Fact += " (auth: " + string(f.Config.Auth) + ")"
	}
	return x
}

// source says where the token comes from.
func source(method string, c input.Config) string {
	switch input.Auth(method) {
	case input.AuthGitHub:
		return "the token comes from GitHub's id-token endpoint"
	case input.AuthAzurePipelines:
		return "the token comes from Azure Pipelines' id-token endpoint, for service connection " + c.ServiceConnection
	case input.AuthIDToken:
		return "the token is in the variable AZURE_ID_TOKEN"
	case input.AuthTokenFile:
		return "the token is in the file that AZURE_FEDERATED_TOKEN_FILE names"
	case input.AuthAzureCLI:
		return "whoever is signed in to the Azure CLI"
	}
	return "not known"
}

func (f Facts) networkWords() finding {
	if name := f.SetUp.endpoint(); name != "" {
		return unchecked("network", name+" is wrong, so nothing is sent")
	}
	if name := f.Network.Proxy; name != "" {
		return broken("network", Unreachable, name+" is set, and not to the URL of a proxy", "give "+name+" as `http://host:port`")
	}
	var x finding
	var reached, missed []string
	for i, h := range f.Network.Hosts {
		through := " directly"
		if h.Proxy != "" {
			through = " through the proxy " + h.Proxy
		}
		if h.Err == nil {
			if !slices.Contains(reached, h.Name+through) { // in a test run one host is all of them
				reached = append(reached, h.Name+through)
			}
			continue
		}
		fact := fmt.Sprintf("%s cannot be reached%s: %v", h.Name, through, h.Err)
		needed := i < 2 || named(f.Config.API) // the sign-in, and the service that is asked first
		switch {
		case x.Mark == report.Broken, x.Mark == report.Doubtful && !needed, f.isOther(h.API):
			missed = append(missed, fact)
		case needed:
			x = broken("network", Unreachable, fact, toReach(h)...)
		default:
			x = doubtful("network", fact, append(toReach(h), "this matters only if no service before it has the offer")...)
		}
	}
	if x.Name == "" {
		return well("network", "reached "+strings.Join(reached, ", "), missed...)
	}
	x = x.with(missed...)
	for _, r := range reached {
		x = x.with("reached " + r)
	}
	return x
}

// signInFailure is a sign-in that did not succeed, in words.
func (f Facts) signInFailure(name string, e *identity.Error) finding {
	fact := e.Error()
	var next []string
	if len(e.Missing) > 0 {
		fact = "not given: " + list(identity.Names(e.Missing))
		next = identity.ToProvide(e.Missing)
	}
	if e.Meaning != "" {
		fact = e.Meaning + ": " + fact
	}
	next = append(next, e.Hints...)
	if len(next) == 0 {
		next = f.remedies(e)
	}
	return broken(name, SignIn, fact, next...)
}

// remedies are what to do where the failure itself says nothing of that.
func (f Facts) remedies(e *identity.Error) []string {
	switch {
	case e.Kind == identity.Endpoint:
		return []string{"leave the variables of the sign-in as the platform sets them"}
	case e.Kind == identity.Unavailable:
		return []string{"run again; if it stays, look at the platform's status page, and whether a proxy or firewall stands in between"}
	case f.SetUp.Method == string(input.AuthAzurePipelines):
		return []string{"check `service-connection-id`, and that this pipeline may use the connection (Project settings, Service connections, Security)",
			"give the step `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`, from this very job"}
	case f.SetUp.Method == string(input.AuthGitHub):
		return []string{"give the job `permissions: id-token: write`, and hand on no request token of another job"}
	case f.SetUp.Platform == ci.GitLab:
		return []string{"give the job `id_tokens: AZURE_ID_TOKEN: aud: " + usualAudience + "`, and do not set AZURE_ID_TOKEN in any other place"}
	}
	return []string{"hand over the token itself, whole and alone, and fresh for each job"}
}

const usualAudience = "api://AzureADTokenExchange"

// inWords is any error, in one line. Of a failed sign-in it is what failed alone, and not for which call.
func inWords(err error) string {
	if e := failed(err); e != nil {
		return e.Error()
	}
	if err == nil {
		return "no error"
	}
	return err.Error()
}
