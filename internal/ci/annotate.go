package ci

// Level is how bad a problem is.
type Level int

// The levels of an annotation.
const (
	Error Level = iota
	Warning
	Notice
)

const (
	// annotationsPerLevel is how many GitHub and Azure Pipelines show of a step.
	// https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs
	annotationsPerLevel = 10
	// annotationLength is at how many characters GitHub cuts one.
	annotationLength = 4096
)

// Annotate shows a problem where the platform shows problems. What does not
// fit there goes to the log as plain lines. title may be empty; lines are what
// is to be copied, each on a line of its own.
func (c *Console) Annotate(l Level, title, text string, lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	title, text = inert(c.clean(title)), inert(c.clean(text))
	whole := text
	for _, line := range lines {
		whole += "\n" + c.safe(line)
	}
	head, rest := cutAt(whole, annotationLength)
	annotation := c.platform.annotation(l, title, head)
	if annotation == "" || c.annotations[l] == annotationsPerLevel {
		c.text(l.tone(), l.label()+titled(title, text))
		for _, line := range lines {
			c.text(Plain, "  "+line)
		}
		return
	}
	c.annotations[l]++
	_ = c.write(line{command: annotation})
	if rest != "" {
		c.text(l.tone(), rest)
	}
}

func (l Level) label() string {
	switch l {
	case Error:
		return "ERROR: "
	case Warning:
		return "WARNING: "
	default:
		return ""
	}
}

func (l Level) tone() Tone {
	switch l {
	case Error:
		return Bad
	case Warning:
		return Warn
	default:
		return Plain
	}
}

// titled puts the title before the text where a platform knows no titles.
func titled(title, text string) string {
	if title == "" || text == "" {
		return title + text
	}
	return title + ": " + text
}
