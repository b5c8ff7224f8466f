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

func (c *Console) colour(t Tone, text string) string {
	escape := [...]string{Good: "\x1b[32m", Bad: "\x1b[31m", Warn: "\x1b[33m", Faint: "\x1b[90m"}[t]
	if c.colours && escape != "" && text != "" {
		return escape + text + "\x1b[0m"
	}
	return text
}
