package ci

import (
	"regexp"
	"strings"
	"unicode/utf16"

	"publish-offer/internal/redact"
)

// stripLines strips each line of text and keeps the line breaks.
func stripLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = redact.Visible(line)
	}
	return strings.Join(lines, "\n")
}

// commandMark finds what GitHub ("##[") and Azure Pipelines ("##vso[") obey anywhere in a line.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
// https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/Command.cs
var commandMark = regexp.MustCompile(`(?i)##(vso)?\[`)

// inert breaks with a visible space what a platform would take for a command. It wants stripped text.
func inert(text string) string {
	text = commandMark.ReplaceAllStringFunc(text, func(mark string) string { return "# " + mark[1:] })
	// GitHub obeys "::" at the start of a line, after white space.
	if rest := strings.TrimLeft(text, " "); strings.HasPrefix(rest, "::") {
		text = text[:len(text)-len(rest)] + ": " + rest[1:]
	}
	return text
}

// cutAt splits text after at most limit UTF-16 units, which is how the platforms, being .NET programs, count characters.
func cutAt(text string, limit int) (head, rest string) {
	units := 0
	for i, r := range text {
		if units += utf16.RuneLen(r); units > limit {
			return text[:i], text[i:]
		}
	}
	return text, ""
}
