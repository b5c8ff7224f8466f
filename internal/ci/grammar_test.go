package ci

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// The parsers here are written from the platforms' own, not from the code
// under test. They search as those do: characters that are drawn as nothing
// are passed over.

// parsed is a command as a platform understands it.
type parsed struct {
	name       string
	properties map[string]string
	data       string
}

func dropIgnorable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\r' || unicode.Is(unicode.Cf, r) || r == '\u034f' ||
			r >= '\ufe00' && r <= '\ufe0f' || r >= '\u180b' && r <= '\u180f' || r >= 0xe0000 && r <= 0xe0fff {
			return -1
		}
		return r
	}, line)
}

// parseGitHub is ActionCommand.TryParseV2, then TryParse, of actions/runner.
// Unknown names count too: the next runner may know them.
func parseGitHub(line string) (parsed, bool) {
	line = strings.TrimLeftFunc(dropIgnorable(line), unicode.IsSpace)
	if after, ok := strings.CutPrefix(line, "::"); ok {
		if head, data, ok := strings.Cut(after, "::"); ok {
			name, rest, _ := strings.Cut(head, " ")
			p := parsed{name: name, properties: map[string]string{}, data: replaceInOrder(data, "%0D", "\r", "%0A", "\n", "%25", "%")}
			for pair := range strings.SplitSeq(rest, ",") {
				if k, v, ok := strings.Cut(pair, "="); ok {
					p.properties[k] = replaceInOrder(v, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
				}
			}
			return p, true
		}
	}
	if _, after, ok := strings.Cut(line, "##["); ok {
		if head, data, ok := strings.Cut(after, "]"); ok {
			return parsed{name: "##[" + head, data: data}, true
		}
	}
	return parsed{}, false
}

// parseAzure is Command.TryParse of azure-pipelines-agent. Formatting commands
// count as well.
func parseAzure(line string) (parsed, bool) {
	line = dropIgnorable(line)
	if _, after, ok := strings.Cut(line, "##vso["); ok {
		if head, data, ok := strings.Cut(after, "]"); ok {
			name, rest, _ := strings.Cut(head, " ")
			p := parsed{name: name, properties: map[string]string{}, data: unescapeAgent(data)}
			for pair := range strings.SplitSeq(rest, ";") {
				if k, v, ok := strings.Cut(pair, "="); ok && v != "" {
					p.properties[k] = unescapeAgent(v)
				}
			}
			return p, true
		}
	}
	if _, after, ok := strings.Cut(line, "##["); ok {
		if head, data, ok := strings.Cut(after, "]"); ok {
			return parsed{name: head, data: data}, true
		}
	}
	return parsed{}, false
}

func unescapeAgent(text string) string {
	return replaceInOrder(text, "%5D", "]", "%0A", "\n", "%0D", "\r", "%3B", ";", "%AZP25", "%")
}

// gitLabSection is logs_section_regex of GitLab's lib/gitlab/regex.rb.
var gitLabSection = regexp.MustCompile(`section_(start|end):(\d+):([a-zA-Z0-9_.-]+)(\[[^\]]*\])?\r\x1b\[0K`)

func parseGitLab(line string) (parsed, bool) {
	m := gitLabSection.FindStringSubmatch(line)
	if m == nil {
		return parsed{}, false
	}
	return parsed{name: "section_" + m[1], data: m[3]}, true
}

func replaceInOrder(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// parseOutputFile is the grammar of GitHub's file commands on Linux
// (FileCommandManager.cs of actions/runner).
func parseOutputFile(text string) (map[string]string, error) {
	values := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals > 0 && (heredoc < 0 || equals < heredoc):
			values[line[:equals]] = line[equals+1:]
		case heredoc > 0:
			end := line[heredoc+2:]
			if end == "" {
				return nil, fmt.Errorf("no delimiter: %q", line)
			}
			var value []string
			for i++; i < len(lines) && lines[i] != end; i++ {
				value = append(value, lines[i])
			}
			if i == len(lines) {
				return nil, fmt.Errorf("delimiter %q is missing", end)
			}
			values[line[:heredoc]] = strings.Join(value, "\n")
		default:
			return nil, fmt.Errorf("no name: %q", line)
		}
	}
	return values, nil
}

// parseDotenv is GitLab's ParseDotenvArtifactService: any line without "="
// spoils the file; no quotes, no comments; white space around is dropped.
func parseDotenv(text string) (map[string]string, error) {
	if len(text) >= 5*1024 {
		return nil, fmt.Errorf("%d bytes", len(text))
	}
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if key = strings.TrimSpace(key); !ok || !regexp.MustCompile(`^[A-Za-z0-9_]+$`).MatchString(key) {
			return nil, fmt.Errorf("invalid line %q", line)
		}
		values[key] = strings.TrimSpace(value)
	}
	return values, nil
}

// gitLabReference is VARIABLES_REGEXP of GitLab's lib/expand_variables.rb.
var gitLabReference = regexp.MustCompile(`\$[a-zA-Z_][a-zA-Z0-9_]*|\$\{[a-zA-Z_][a-zA-Z0-9_]*\}|%[a-zA-Z_][a-zA-Z0-9_]*%`)
