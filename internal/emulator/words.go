package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// words are what is left of a line of script.
type words struct {
	list []word
}

type word struct {
	text   string
	quoted bool
}

// split cuts a line into words and quoted texts, without its comment.
func split(line string) (*words, error) {
	var list []word
	for {
		line = strings.TrimLeft(line, " \t\r")
		if line == "" || line[0] == '#' {
			return &words{list}, nil
		}
		if line[0] == '"' || line[0] == '`' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, errors.New("a quoted text does not end")
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", quoted, err)
			}
			list = append(list, word{text, true})
			line = line[len(quoted):]
			continue
		}
		end := strings.IndexAny(line, " \t\r")
		if end < 0 {
			end = len(line)
		}
		list = append(list, word{line[:end], false})
		line = line[end:]
	}
}

func (w *words) done() bool { return len(w.list) == 0 }

func (w *words) next(what string) (string, error) {
	if w.done() {
		return "", fmt.Errorf("%s is missing", what)
	}
	text := w.list[0].text
	w.list = w.list[1:]
	return text, nil
}

// skip takes the next word if it is the bare word given.
func (w *words) skip(keyword string) bool {
	if w.done() || w.list[0].quoted || w.list[0].text != keyword {
		return false
	}
	w.list = w.list[1:]
	return true
}

func (w *words) oneOf(what string, allowed ...string) (string, error) {
	text, err := w.next(what)
	if err != nil {
		return "", err
	}
	if !slices.Contains(allowed, text) {
		return "", fmt.Errorf("%s %q: allowed are %s", what, text, strings.Join(allowed, ", "))
	}
	return text, nil
}

// choose reads one of the words allowed into to.
func (w *words) choose(to *string, what string, allowed ...string) (err error) {
	*to, err = w.oneOf(what, allowed...)
	return err
}

// flag reads the one word that sets it.
func (w *words) flag(to *bool, what, word string) error {
	*to = true
	_, err := w.oneOf(what, word)
	return err
}

func (w *words) duration(what string) (time.Duration, error) {
	text, err := w.next(what)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s %q is no duration such as 90s or 2h30m", what, text)
	}
	return d, nil
}

// offset is a duration that may be negative.
func (w *words) offset(what string) (time.Duration, error) {
	text, err := w.next(what)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s %q is no duration such as 1h or -30m", what, text)
	}
	return d, nil
}

// each reads words to the end of the line, at least one, each of which must be allowed.
func (w *words) each(what string, read func(word string) error, allowed ...string) error {
	for more := true; more; more = !w.done() {
		word, err := w.oneOf(what, allowed...)
		if err != nil {
			return err
		}
		if err := read(word); err != nil {
			return err
		}
	}
	return nil
}

func (w *words) number(what string, low, high int) (int, error) {
	text, err := w.next(what)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s %q is no number from %d to %d", what, text, low, high)
	}
	return n, nil
}
