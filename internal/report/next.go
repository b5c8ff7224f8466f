package report

import (
	"fmt"
	"strings"
)

// next is what to do now: sentences, and below them the commands to copy.
func (r *Report) next(hints []string) string {
	if len(hints) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("### What to do next\n\n")
	for i, h := range hints {
		if b.Len() > hintsLimit {
			fmt.Fprintf(&b, "- and %d hints more: see the log\n", len(hints)-i)
			break
		}
		text, command := set(h)
		fmt.Fprintf(&b, "- %s\n", prose(text, hintsLimit/4))
		if command == "" {
			continue
		}
		block := "```sh\n" + command + "\n```\n"
		if inputs := withBlock(command); r.Workflow && inputs != "" {
			block = "```yaml\n" + inputs + "```\n"
		}
		b.WriteString("\n  " + strings.ReplaceAll(strings.TrimSuffix(block, "\n"), "\n", "\n  ") + "\n\n")
	}
	return b.String()
}

// set takes a hint apart: the sentence, and the command line at its end, if there is one.
func set(hint string) (text, command string) {
	hint = strings.Join(strings.Fields(hint), " ")
	at := strings.LastIndex(hint, ": "+program)
	if at < 0 {
		return hint, ""
	}
	command, _, _ = strings.Cut(hint[at+2:], " (inputs ") // the log has the inputs on the same line
	return hint[:at+1], command
}

const program = "publish-offer "

// withBlock writes a command line as the inputs of a workflow's step; "" if it has other things than flags with values.
func withBlock(command string) string {
	words := strings.Fields(strings.TrimPrefix(command, program))
	if len(words)%2 == 0 || strings.HasPrefix(words[0], "-") {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "with:\n  command: %s\n", scalar(words[0]))
	for i := 1; i < len(words); i += 2 {
		name, ok := strings.CutPrefix(words[i], "--")
		if !ok {
			return ""
		}
		fmt.Fprintf(&b, "  %s: %s\n", name, scalar(strings.Trim(words[i+1], "'")))
	}
	return b.String()
}

// scalar is a value in YAML, in quotes where it might be anything but a string.
func scalar(s string) string {
	if s == "" {
		return "''"
	}
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./_?=$"
	if strings.Trim(s, plain) == "" && strings.ContainsAny(s[:1], plain[:52]+"/") && s != "true" && s != "false" && s != "null" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
