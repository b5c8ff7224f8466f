package ci

// Style is how a line looks where colour is to be had.
type Style int

// The styles of a line.
const (
	Plain Style = iota
	Good
	Bad
	Warn
	Faint
)

// escape is the style's ANSI colour; "" for none.
func (s Style) escape() string {
	switch s {
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

func (c *Console) colour(s Style, text string) string {
	if escape := s.escape(); c.colours && escape != "" && text != "" {
		return escape + text + "\x1b[0m"
	}
	return text
}
