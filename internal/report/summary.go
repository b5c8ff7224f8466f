package report

import (
	"fmt"
	"strings"
	"time"

	"publish-offer/internal/marketplace"
)

// Bounds of the summary's parts, in bytes. Together they stay under 60 KiB, of which the platforms take many:
// what is cut says so, and the reason and the next action are never cut for the sake of a table.
const (
	headlineLimit = 1 << 10
	whyLimit      = 4 << 10
	reasonLimit   = 12 << 10
	hintsLimit    = 8 << 10
	tableLimit    = 12 << 10
	messagesLimit = 10 << 10
	linksLimit    = 6 << 10
)

// OffersPage is where Partner Center lists a publisher's offers. The page of one offer has a product id in its address,
// which not every service tells.
// https://learn.microsoft.com/partner-center/marketplace-offers/review-publish-offer
const OffersPage = "https://partner.microsoft.com/dashboard/commercial-marketplace/overview"

// Summary is the run as Markdown, as GitHub and Azure Pipelines show it. What a phone shows first is the verdict, the
// reason and what to do; then come the links and the details.
func (r *Report) Summary(e End) string {
	now := time.Now()
	icon := "❌"
	switch {
	case e.Running:
		icon = "⏳"
	case e.Good:
		icon = "✅"
	}
	return page(
		r.title(icon, e.Headline),
		r.reason(e),
		r.next(e.Hints),
		r.links(e),
		r.facts(now),
		stepTable(r.history.steps, now),
		r.rest(e),
		timeline(r.history.steps, now),
	)
}

// page puts parts one below the other.
func page(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			b.WriteString(part + "\n\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// title is a heading with the offer and the verdict; the offer may be unknown, since inputs may be missing.
func (s Subject) title(icon, verdict string) string {
	if s.Offer != "" {
		verdict = s.Offer + ": " + verdict
	}
	return fmt.Sprintf("## %s %s", icon, markup(verdict, headlineLimit))
}

// facts say whose offer it is, and when the run was.
func (r *Report) facts(now time.Time) string {
	if r.Offer == "" {
		return ""
	}
	owner := ""
	if r.Publisher != "" {
		owner = " of publisher " + code(r.Publisher)
	}
	return fmt.Sprintf("Offer %s%s. The run began at %s and took %s.", code(r.Offer), owner, moment(r.Began), span(now.Sub(r.Began)))
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// reason is why: the step that stands in the way since when, and the service's own words; else what is known.
func (r *Report) reason(e End) string {
	var bad *marketplace.Step
	if all := badSteps(e.Details, e.State); len(all) > 0 {
		bad = all[0]
	}
	why := reasons(e.Details, e.State)
	var b strings.Builder
	if bad != nil {
		fmt.Fprintf(&b, "**%s** %s%s\n\n", markup(bad.Name, headlineLimit), verdict(bad.State), r.since(bad))
	}
	if e.Why != Why(e.Details, e.State) || len(why) == 0 {
		quoteLines(&b, e.Why)
	}
	var lines []string
	for _, w := range why {
		text := markup(words(w.Message), reasonLimit/4)
		if w.step != nil && w.step != bad {
			text = "**" + markup(w.step.Name, headlineLimit) + "**: " + text
		}
		lines = append(lines, fmt.Sprintf("> %s%s\n>\n", label(w.Message), text))
	}
	fill(&b, reasonLimit, lines, "> and %d messages more: see the log and Partner Center\n")
	text := b.String()
	for strings.HasSuffix(text, "\n>\n") { // an empty line of the quote, not the end of a tag
		text = strings.TrimSuffix(text, ">\n")
	}
	return strings.TrimRight(text, "\n ")
}

// fill adds lines as long as there is room, and in place of the others how many they are.
func fill(b *strings.Builder, limit int, lines []string, left string) {
	for i, line := range lines {
		if b.Len()+len(line) > limit {
			fmt.Fprintf(b, left, len(lines)-i)
			return
		}
		b.WriteString(line)
	}
}

// since says when a step came to stand in the way, as far as the run saw that.
func (r *Report) since(bad *marketplace.Step) string {
	s := r.history.find(bad)
	if s == nil || len(s.stretches) == 0 {
		return ""
	}
	when := "since"
	if over(bad.State) {
		when = "at"
	}
	return fmt.Sprintf(" (%s %s, %s into the run)", when, moment(s.since()), span(s.since().Sub(r.Began)))
}

// quoteLines shows each line as a paragraph of a quotation.
func quoteLines(b *strings.Builder, text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 && b.Len() > whyLimit {
			b.WriteString("> and more: see the log\n")
			return
		}
		if strings.TrimSpace(line) != "" {
			fmt.Fprintf(b, "> %s\n>\n", markup(line, whyLimit))
		}
	}
}

// label tells a message that is no error from those that are.
func label(m marketplace.Message) string {
	if m.Level == "warning" || gravity(m, true) == informs {
		return m.Level + ": "
	}
	return ""
}

// stepTable shows the steps in columns that a phone has room for.
func stepTable(steps []*seen, now time.Time) string {
	if len(steps) == 0 {
		return ""
	}
	var lines []string
	for _, s := range steps {
		elapsed := ""
		if d := s.elapsed(now); d > 0 {
			elapsed = span(d)
		}
		state := mark(s.State) + " " + progress(&s.Step)
		if s.Estimate != "" && !over(s.State) && !s.State.Bad() {
			state += "<br>" + markup("estimate: "+s.Estimate, 200)
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %s |\n", markup(s.Name, 300), state, elapsed))
	}
	var b strings.Builder
	b.WriteString("### Steps\n\n| step | state | time |\n|---|---|---:|\n")
	fill(&b, tableLimit, lines, "\n%d steps more are left out.\n")
	return b.String()
}

// rest is what the service says besides the reasons, as a list.
func (r *Report) rest(e End) string {
	said := map[string]bool{}
	for _, w := range reasons(e.Details, e.State) {
		said[words(w.Message)] = true
	}
	var all []reason
	for _, s := range r.history.steps {
		all = append(all, unsaid(said, &s.Step, s.Messages)...)
	}
	all = append(all, unsaid(said, nil, e.Details.Messages)...)
	if len(all) == 0 {
		return ""
	}
	var lines []string
	for _, m := range all {
		about := operation(r.history.kind)
		if m.step != nil {
			about = m.step.Name
		}
		lines = append(lines, fmt.Sprintf("- **%s**: %s%s\n", markup(about, 300), label(m.Message), markup(words(m.Message), 1000)))
	}
	var b strings.Builder
	b.WriteString("### Messages of the service\n\n")
	fill(&b, messagesLimit, lines, "- and %d messages more: see Partner Center\n")
	return b.String()
}

// links lead to what the run was about. Foreign ones show their own address.
func (r *Report) links(e End) string {
	var b strings.Builder
	for _, group := range []struct {
		name  string
		links []marketplace.Link
	}{{"Preview", e.Details.Preview}, {"Offer", e.Details.Live}, {"Report", e.Details.Reports}} {
		said := map[string]bool{}
		size := b.Len()
		for _, l := range group.links {
			address, ok := link(l.URL)
			if !ok || said[l.URL] {
				continue
			}
			said[l.URL] = true
			line := fmt.Sprintf("- %s: %s %s\n", group.name, address, markup(l.Text, 200))
			if b.Len()-size+len(line) > linksLimit/4 {
				break
			}
			b.WriteString(line)
		}
	}
	if b.Len() == 0 && !e.Ref.Known() && len(r.history.steps) == 0 {
		return "" // the run knows of nothing to look at
	}
	if r.Offer != "" {
		fmt.Fprintf(&b, "- [Partner Center](<%s>), where the offer's page is\n", OffersPage)
	}
	if e.Ref.Known() {
		fmt.Fprintf(&b, "- Operation: %s\n", code(e.Ref.Path))
	}
	return "### Links\n\n" + strings.ReplaceAll(b.String(), " \n", "\n")
}
