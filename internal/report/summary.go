package report

import (
	"fmt"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// End is how a run ended, or how it stands, in the words that its summary needs.
type End struct {
	Headline string // the state in words
	Good     bool
	Running  bool   // the run has not ended
	Why      string // "" where the headline says it all; several lines are shown as a list
	// Hints are sentences. A command line, from "publish-offer " to the end, is set off; what stands in backticks is code.
	Hints     []string
	Path      string
	Operation marketplace.Operation
}

// Bounds of the summary's parts, in bytes. Together they stay under 60 KiB, of which the platforms take many:
// what is cut says so, and the reason and the next action are never cut for the sake of a table.
const (
	headlineLimit = 1 << 10
	whyLimit      = 4 << 10
	messagesLimit = 14 << 10
	hintsLimit    = 8 << 10
	tableLimit    = 20 << 10
	linksLimit    = 4 << 10
)

// offersPage is where Partner Center lists a publisher's offers. The page of one offer has a product id in its address,
// which this API does not tell.
// https://learn.microsoft.com/partner-center/marketplace-offers/review-publish-offer
const offersPage = "https://partner.microsoft.com/dashboard/commercial-marketplace/overview"

// SoFar is how a run that has not ended stands: a summary of it can be shown as it goes.
func (r *Report) SoFar() End {
	h := r.history
	e := End{Headline: h.now(), Running: true, Path: h.path, Operation: h.seen}
	if h.path != "" && h.own {
		e.Hints = []string{"should this job be lost, carry on with: " + r.CarryOn(h.path)}
	}
	if h.path != "" && !h.own {
		e.Headline = fmt.Sprintf("waiting for somebody else's %s: %s", operation(h.kind), e.Headline)
	}
	return e
}

// Summary is the run as Markdown, as GitHub and Azure Pipelines show it: what happened, why, what to do, then the details.
func (r *Report) Summary(e End) string {
	now := time.Now()
	icon := "❌"
	switch {
	case e.Running:
		icon = "⏳"
	case e.Good:
		icon = "✅"
	}
	parts := []string{
		fmt.Sprintf("## %s %s", icon, markup(e.Headline, headlineLimit)),
		r.subject(now),
		r.reason(e),
		r.next(e.Hints),
		stepTable(r.history.steps, now),
		timeline(r.history.steps, now),
		r.links(e),
	}
	var b strings.Builder
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			b.WriteString(part + "\n\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// subject says what the run is about, as far as it is known: inputs may be missing.
func (r *Report) subject(now time.Time) string {
	if r.Offer == "" || r.Publisher == "" {
		return ""
	}
	return fmt.Sprintf("Offer %s of publisher %s, after %s (since %s).", code(r.Offer), code(r.Publisher), span(now.Sub(r.Began).Truncate(time.Second)), moment(r.Began))
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// reason is why: the step that stands in the way since when, and the service's own words; else the one line that is known.
func (r *Report) reason(e End) string {
	bad := failedStep(&e.Operation)
	messages := e.Operation.Messages
	var b strings.Builder
	if bad != nil {
		fmt.Fprintf(&b, "**%s** %s", markup(bad.Name, headlineLimit), verdict(bad.State))
		if s := r.history.find(bad); s != nil && len(s.stretches) > 0 {
			when := "since"
			if over(bad.State) {
				when = "at"
			}
			fmt.Fprintf(&b, " (%s %s, %s into the run)", when, moment(s.since()), span(s.since().Sub(r.Began)))
		}
		b.WriteString(":\n\n")
		messages = append(byGravity(bad.Messages), byGravity(messages)...)
	}
	if bad == nil && e.Operation.State != marketplace.Failed || e.Why != Why(e.Operation) {
		for i, line := range strings.Split(e.Why, "\n") {
			if i > 0 && b.Len() > whyLimit {
				b.WriteString("> and more: see the log\n")
				break
			}
			if strings.TrimSpace(line) != "" {
				fmt.Fprintf(&b, "> %s\n>\n", markup(line, whyLimit))
			}
		}
	}
	if bad == nil && e.Operation.State != marketplace.Failed {
		return trimQuote(b.String())
	}
	for i, m := range messages {
		line := fmt.Sprintf("> %s\n>\n", markup(label(m)+m.Text, messagesLimit/4))
		if b.Len()+len(line) > messagesLimit {
			fmt.Fprintf(&b, "> and %d messages more: see the log and Partner Center\n", len(messages)-i)
			break
		}
		b.WriteString(line)
	}
	if len(messages) == 0 && e.Why == Why(e.Operation) {
		b.WriteString("> the service gave no reason\n")
	}
	return trimQuote(b.String())
}

func trimQuote(s string) string { // an empty line of the quote, not the end of a tag
	for strings.HasSuffix(s, "\n>\n") {
		s = strings.TrimSuffix(s, ">\n")
	}
	return strings.TrimRight(s, "\n ")
}

// label tells a message that is no error from those that are.
func label(m marketplace.Message) string {
	if m.Level == "" || m.IsError() {
		return ""
	}
	return m.Level + ": "
}

// byGravity puts errors first, then warnings.
func byGravity(messages []marketplace.Message) []marketplace.Message {
	var out []marketplace.Message
	for _, want := range [...]int{0, 1, 2} {
		for _, m := range messages {
			if gravity(m) == want {
				out = append(out, m)
			}
		}
	}
	return out
}

func gravity(m marketplace.Message) int {
	switch {
	case m.IsError():
		return 0
	case m.Level == "warning":
		return 1
	}
	return 2
}

// stepTable shows the steps; for room it leaves out messages first, then steps.
func stepTable(steps []*seen, now time.Time) string {
	if len(steps) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("### Steps\n\n| step | state | progress | elapsed | service's estimate | messages |\n|---|---|---:|---:|---|---|\n")
	for i, s := range steps {
		progress, elapsed := "", ""
		if s.Percent > 0 || s.State == marketplace.StepRunning {
			progress = fmt.Sprintf("%d %%", s.Percent)
		}
		if d := s.elapsed(now); d > 0 {
			elapsed = span(d)
		}
		row := func(messages string) string {
			return fmt.Sprintf("| %s | %s %s | %s | %s | %s | %s |\n", markup(s.Name, 300), mark(s.State), s.State, progress, elapsed, markup(s.Estimate, 200), messages)
		}
		line := row(cell(s.Messages))
		if b.Len()+len(line) > tableLimit*3/4 {
			line = row("in the log")
		}
		if b.Len()+len(line) > tableLimit {
			fmt.Fprintf(&b, "\n%d steps more are left out.\n", len(steps)-i)
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// cell is the gravest messages of a step, cut to what fits beside the others.
func cell(messages []marketplace.Message) string {
	const shown, limit = 3, 600
	var out []string
	for i, m := range byGravity(messages) {
		if i == shown {
			out = append(out, fmt.Sprintf("and %d more", len(messages)-shown))
			break
		}
		out = append(out, markup(m.Text, limit))
	}
	return strings.Join(out, "<br>")
}

// links lead to what the run was about. Foreign ones show their own address.
func (r *Report) links(e End) string {
	var b strings.Builder
	for _, group := range []struct {
		name  string
		links []marketplace.Link
	}{{"Preview", e.Operation.Preview}, {"Live offer", e.Operation.Live}} {
		said := map[string]bool{}
		for _, l := range group.links {
			address, ok := link(l.URL)
			if !ok || said[l.URL] {
				continue
			}
			said[l.URL] = true
			line := fmt.Sprintf("- %s: %s %s\n", group.name, address, markup(l.Text, 200))
			if b.Len()+len(line) > linksLimit {
				break
			}
			b.WriteString(line)
		}
	}
	if b.Len() == 0 && e.Path == "" && len(r.history.steps) == 0 {
		return "" // the run knows of nothing to look at
	}
	if r.Offer != "" {
		fmt.Fprintf(&b, "- [Partner Center](<%s>), where the offer's page is\n", offersPage)
	}
	if e.Path != "" {
		fmt.Fprintf(&b, "- Operation: %s\n", code(e.Path))
	}
	return "### Links\n\n" + strings.ReplaceAll(b.String(), " \n", "\n")
}
