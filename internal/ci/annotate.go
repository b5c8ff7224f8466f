package ci

import "strings"

// Level is how bad a problem is.
type Level int

// The levels of an annotation.
const (
	Error Level = iota
	Warning
	Notice
)

// String is the level in the platforms' words.
func (l Level) String() string { return [...]string{"error", "warning", "notice"}[l] }

const (
	// annotationsPerLevel is how many GitHub and Azure Pipelines show of a step.
	// https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs
	annotationsPerLevel = 10
	// annotationLength is at how many characters GitHub cuts one.
	annotationLength = 4096
)

// Annotate shows a problem where the platform shows problems. What does not fit there goes to the log as plain lines. title
// may be empty; lines are what is to be copied, each on a line of its own.
func (c *Console) Annotate(l Level, title, text string, lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	title, text = inert(c.clean(title)), inert(c.clean(text))
	whole := text
	for _, line := range lines {
		whole += "\n" + c.safe(line)
	}
	tone := [...]Tone{Error: Bad, Warning: Warn, Notice: Plain}[l]
	head, rest := cutAt(whole, annotationLength)
	if c.annotations[l] < annotationsPerLevel && c.obey(c.platform.annotation(l, title, head)) {
		c.annotations[l]++
		if rest != "" {
			c.text(tone, rest)
		}
		return
	}
	label := ""
	if l != Notice {
		label = strings.ToUpper(l.String()) + ": "
	}
	c.text(tone, label+titled(title, text))
	for _, line := range lines {
		c.text(Plain, "  "+line)
	}
}

// titled puts the title before the text where a platform knows no titles.
func titled(title, text string) string {
	if title == "" || text == "" {
		return title + text
	}
	return title + ": " + text
}
