package ci

// Tone is how a line is meant, for those who see colours.
type Tone int

// The tones of a line.
const (
	Plain Tone = iota
	Good
	Bad
	Warn
	Faint
)

// escape is the tone's ANSI colour; "" for none.
func (t Tone) escape() string {
	switch t {
	case Good:
		return "\x1b[32m"
	case Bad:
		return "\x1b[31m"
	case Warn:
		return "\x1b[33m"
	case Faint:
		return "\x1b[90m"
	default:
		return ""
	}
}

func (c *Console) colour(t Tone, text string) string {
	if escape := t.escape(); c.colours && escape != "" && text != "" {
		return escape + text + "\x1b[0m"
	}
	return text
}
