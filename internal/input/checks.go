package input

import (
	"fmt"
	"net/mail"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"publish-offer/internal/redact"
)

// A check puts a value that is not empty into the configuration, or says why it is refused ("is not …"; empty: taken).
type check func(c *Config, value string) (why string)

const notAllowed = "is not allowed"

// trim drops the white space around a value.
func trim(value string) string { return strings.TrimSpace(value) }

// pasted says what is wrong with a value that no input may have: a variable that the platform left as it stood, a token, or
// quotes that came along. Azure Pipelines hands an undefined $(name) on as it is:
// https://learn.microsoft.com/azure/devops/pipelines/process/variables#understand-variable-syntax
func pasted(value string) string {
	macro := regexp.MustCompile(`\$\([^()]*\)`).FindString(value)
	if macro != "" {
		return fmt.Sprintf("holds %+q, a variable that the pipeline does not define", bounded(macro))
	}
	if _, expression, ok := strings.Cut(value, "${{"); ok {
		expression, _, _ = strings.Cut(expression, "}}")
		return fmt.Sprintf("holds %+q, an expression that nothing has evaluated", bounded("${{"+expression+"}}"))
	}
	if redact.IsToken(value) {
		return "holds a token, which belongs in no input"
	}
	if n := len(value); n > 1 && value[0] == value[n-1] && strings.ContainsRune("\"'`", rune(value[0])) {
		return "has quotes around it"
	}
	return ""
}

// among completes a row that takes one of some words.
func among[T ~string](row Row, field func(*Config) *T, allowed ...T) Row {
	for _, word := range allowed {
		row.words = append(row.words, string(word))
	}
	row.Want = oneOf(row.words)
	row.set = func(c *Config, value string) string {
		if !slices.Contains(row.words, value) {
			return notAllowed
		}
		*field(c) = T(value)
		return ""
	}
	return row
}

// oneOf lists words for a reader.
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

const (
	idPattern   = `[A-Za-z0-9][A-Za-z0-9._-]{0,49}`
	guidPattern = `[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`
	// At least two labels: "common" and "organizations" are no tenants to sign in to as an app.
	domainPattern = `([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]`
)

// matches takes a value that is wholly of the pattern.
func matches(field func(*Config) *string, pattern string) check {
	return func(c *Config, value string) string {
		switch {
		case regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(value):
			*field(c) = value
			return ""
		case strings.ContainsFunc(value, unicode.IsSpace):
			return "has white space in it"
		}
		return notAllowed
	}
}

// duration takes a length of time above zero.
func duration(field func(*Config) *time.Duration) check {
	return func(c *Config, value string) string {
		d, err := time.ParseDuration(value)
		_, notNumber := strconv.Atoi(value)
		switch {
		case err != nil && notNumber == nil:
			return "has no unit"
		case err != nil:
			return "is not a duration"
		case d <= 0:
			return "is not above zero"
		}
		*field(c) = d
		return ""
	}
}

// booleans are the spellings of true, then of false, in YAML 1.2's core schema, which GitHub's toolkit takes as well; Azure
// Pipelines writes a boolean parameter as True or False.
// https://yaml.org/spec/1.2.2/#1032-tag-resolution
func booleans() []string { return []string{"true", "True", "TRUE", "false", "False", "FALSE"} }

func boolean(field func(*Config) *bool) check {
	return func(c *Config, value string) string {
		i := slices.Index(booleans(), value)
		if i < 0 {
			return notAllowed
		}
		*field(c) = i < 3
		return ""
	}
}

// emails takes bare addresses, separated by commas or line ends, each once.
func emails(c *Config, value string) string {
	var good, bad []string
	for _, address := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '\n' }) {
		address = trim(address)
		switch {
		case address == "" || slices.Contains(good, address):
		case !isAddress(address):
			bad = append(bad, fmt.Sprintf("%+q", bounded(address)))
		default:
			good = append(good, address)
		}
	}
	if len(bad) > 0 {
		return "holds what is not an address: " + strings.Join(bad, ", ")
	}
	if len(good) == 0 {
		return "holds no address"
	}
	c.Emails = good
	return ""
}

// isAddress refuses display names, comments and angle brackets, which the parser would take off.
func isAddress(value string) bool {
	address, err := mail.ParseAddress(value)
	return err == nil && address.Address == value && !strings.ContainsFunc(value, unicode.IsControl)
}

// file takes the name of a file that is to be written. Whether it may be written there is seen where it is opened.
func file(field func(*Config) *string) check {
	return func(c *Config, value string) string {
		if strings.ContainsFunc(value, unicode.IsControl) {
			return "has a control character in it"
		}
		if base := path.Base(value); strings.HasSuffix(value, "/") || base == "." || base == ".." {
			return "is a folder"
		}
		*field(c) = value
		return ""
	}
}
