package input

import (
	"fmt"
	"strings"
)

// usageWidth is how wide the help text's sentences run.
const usageWidth = 96

// Usage is the text of --help, made from the tables.
func Usage() string {
	var b strings.Builder
	b.WriteString("publish-offer publishes a commercial-marketplace offer and follows the operation to its end.\n\n" +
		"usage: publish-offer [command] [--flag value | --flag=value]...\n\n" +
		"commands:\n")
	for _, verb := range Commands() {
		wrap(&b, fmt.Sprintf("  %-9s", verb.Name), plain(verb.Doc))
	}
	b.WriteString("\nflags: each is also an input of the GitHub action; a flag wins over an input, an input over a\n" +
		"variable; an empty variable means unset, an empty flag is an error\n")
	for _, row := range Table() {
		fmt.Fprintf(&b, "\n  --%s%s\n", row.Name, valueNote(row))
		wrap(&b, "     ", plain(row.Doc))
		wrap(&b, "     ", "variable: "+strings.Join(row.Env, ", "))
	}
	b.WriteString("\n  --help, -h, help\n      print this text\n\n  --version, version\n      print the version\n" +
		"\nvariables without a flag:\n")
	for _, v := range Variables() {
		fmt.Fprintf(&b, "\n  %s (default: %s)\n", v.Name, v.Default)
		wrap(&b, "     ", plain(v.Doc))
	}
	b.WriteString("\n  PUBLISH_OFFER_DEBUG=1\n      one redacted line for each request, where the platform has no debug switch of its own\n")
	b.WriteString("\noutputs:\n")
	for _, output := range Outputs() {
		wrap(&b, fmt.Sprintf("  %-15s", output.Name), plain(output.Doc))
	}
	b.WriteString("\nexamples, with the required ids in the environment:\n" +
		"  publish-offer --until preview --if-running adopt\n" +
		"  publish-offer wait --until live --operation 5a63deb5-925b-4ee0-938b-7c86fbf287c5\n" +
		"  publish-offer doctor\n")
	return b.String()
}

// valueNote says what stands when the flag does not.
func valueNote(row Row) string {
	switch {
	case row.Required:
		return " (required)"
	case row.RequiredNote != "":
		return " (" + plain(row.RequiredNote) + ")"
	case row.Default != "":
		return " (default: " + row.Default + ")"
	case row.DefaultNote != "":
		return " (default: " + plain(row.DefaultNote) + ")"
	}
	return ""
}

// plain is a line of Markdown without its marks.
func plain(markdown string) string { return strings.ReplaceAll(markdown, "`", "") }

// wrap writes the words after the lead, and indents the lines that follow below the first.
func wrap(b *strings.Builder, lead, text string) {
	line := lead
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > usageWidth {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", len(lead))
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}
