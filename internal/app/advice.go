package app

import (
	"strings"

	"publish-offer/internal/input"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

// Here a piece of advice becomes a complete command line, and the inputs that do the same in a workflow.

// say is a hint without a command.
func say(text string) report.Hint { return report.Hint{Text: text} }

func ifRunning(policy publish.IfRunning) report.Input {
	return report.Input{Name: "if-running", Value: string(policy)}
}

// do is the hint to run a command on the same offer, with these inputs. The workflow `operate` has no inputs but the
// operation and until, and does not publish.
func (x explainer) do(text string, verb publish.Command, inputs ...report.Input) report.Hint {
	h := report.Hint{Text: text, Command: x.line(verb), Operate: verb != publish.Publish}
	for _, in := range inputs {
		h.Command = append(h.Command, "--"+in.Name, in.Value)
		if in.Name != "operation" && in.Name != "until" {
			h.Operate = false
		}
	}
	if verb == publish.Publish && x.Command == publish.Publish && x.Until != "" {
		h.Command = append(h.Command, "--until", string(x.Until))
	}
	if verb == publish.Publish && len(x.Emails) > 0 {
		h.Command = append(h.Command, "--notification-emails", strings.Join(x.Emails, ","))
	}
	if h.Operate {
		h.Inputs = append(h.Inputs, report.Input{Name: "command", Value: string(verb)})
	}
	h.Inputs = append(h.Inputs, inputs...)
	return h
}

// line is the beginning of a command line: what says which offer, and who signs in.
func (x explainer) line(verb publish.Command) []string {
	words := []string{"publish-offer", string(verb)}
	add := func(name, value string) {
		if value != "" {
			words = append(words, "--"+name, value)
		}
	}
	if x.named {
		add("api", x.api)
	}
	add("publisher-id", x.Publisher)
	add("offer-id", x.Offer)
	add("tenant-id", x.Tenant)
	if x.Auth != input.AuthAzureCLI { // which signs in as a person
		add("client-id", x.Client)
	}
	if x.Auth != input.AuthAuto {
		add("auth", string(x.Auth))
	}
	add("service-connection-id", x.ServiceConnection)
	return words
}

// again is the hint to run this run's own command line once more.
func (x explainer) again(text string) report.Hint {
	h := x.do(text, x.Command)
	starts := x.Command == publish.Publish || x.Command == publish.GoLive
	if starts && x.IfRunning != "" {
		h.Command = append(h.Command, "--if-running", string(x.IfRunning))
	}
	if x.Operation != "" {
		h.Command = append(h.Command, "--operation", x.Operation)
	}
	if x.Command != publish.Publish && x.Until != "" {
		h.Command = append(h.Command, "--until", string(x.Until))
	}
	h.Inputs, h.Operate = nil, false // the workflow is run again as it stands
	return h
}

// look is the hint to see where the offer is.
func (x explainer) look(text string) report.Hint { return x.do(text, publish.Status) }

// follow is the hint to follow an operation, or what is running.
func (x explainer) follow(text string, ref marketplace.Ref, toLive bool) report.Hint {
	var inputs []report.Input
	if ref.Known() {
		inputs = append(inputs, report.Input{Name: "operation", Value: ref.Path})
	}
	if toLive {
		inputs = append(inputs, report.Input{Name: "until", Value: string(publish.Live)})
	}
	return x.do(text, publish.Wait, inputs...)
}

// carryOn is how another run follows the operation to this run's goal: the safe way first.
func (x explainer) carryOn(ref marketplace.Ref) []report.Hint {
	hints := []report.Hint{x.follow("carry on", ref, x.toLive() || x.Command == publish.GoLive)}
	if x.Command == publish.Publish && x.toLive() {
		hints = append(hints, x.do("or carry on and go live without waiting for anyone", publish.Publish, ifRunning(publish.Adopt)))
	}
	return hints
}

// goLive is the hint to go live with the preview that the operation made, if an approval can be bound to it.
func (x explainer) goLive(text string, ref marketplace.Ref) report.Hint {
	operation := x.boundTo()
	certain := ref.Known() && ref.ID != "" && !ref.Shared && !ref.Order // it names one publish
	if operation == "" && certain {
		operation = ref.Path
	}
	if operation == "" {
		return x.do(text, publish.GoLive)
	}
	return x.do(text, publish.GoLive, report.Input{Name: "operation", Value: operation})
}

// boundTo is the publish that this run's go-live is bound to; "" for none.
func (x explainer) boundTo() string {
	if x.Command != publish.GoLive {
		return ""
	}
	return x.Operation
}

// order is what a run sends for its command.
func (x explainer) order() string {
	switch x.Command {
	case publish.GoLive:
		return report.Order(marketplace.GoLive)
	case publish.Wait:
		return "operation"
	}
	return report.Order(marketplace.Publish)
}
