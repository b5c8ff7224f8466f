package ci

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sethvargo/go-githubactions"
)

// github speaks workflow commands and writes the runner's files. The library builds the commands; the files are our own,
// since the library panics where one cannot be written and ends values with a delimiter that everybody knows.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
type github struct {
	terminal
	written summaryFile
}

func gitHubCommand(name, text string, properties githubactions.CommandProperties) command {
	c := githubactions.Command{Name: name, Message: text, Properties: properties}
	return command(c.String())
}

// mask hides a value and, as the runner does it, each of its lines.
func (g *github) mask(secret string) []command {
	return []command{gitHubCommand("add-mask", secret, nil)}
}

func (g *github) group(title string, _ time.Time) command {
	return gitHubCommand("group", title, nil)
}

func (g *github) endGroup(time.Time) command { return gitHubCommand("endgroup", "", nil) }

func (g *github) annotation(l Level, title, text string) command {
	var properties githubactions.CommandProperties
	if title != "" {
		properties = githubactions.CommandProperties{"title": title}
	}
	return gitHubCommand(l.String(), text, properties)
}

func (g *github) debugging() bool { return g.getenv("RUNNER_DEBUG") == "1" }

func (g *github) debug(text string) command { return gitHubCommand("debug", text, nil) }

func (g *github) ownOutputs() bool { return true }

// outputs appends name=value lines; the runner keeps the last of a name. Our values have one line and our names no "<<", so
// nothing in a value can end it.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
func (g *github) outputs(values []Output) ([]command, error) {
	path := g.getenv("GITHUB_OUTPUT")
	if path == "" {
		return nil, errors.New("outputs: GITHUB_OUTPUT is not set")
	}
	var text strings.Builder
	for _, v := range values {
		text.WriteString(v.Name + "=" + v.Value + "\n")
	}
	// The runner has made the file; one of our own making nobody would read.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("outputs: GITHUB_OUTPUT %s: %w", path, cause(err))
	}
	start, err := freshLine(file)
	if err == nil {
		_, err = file.WriteString(start + text.String())
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("outputs: GITHUB_OUTPUT %s: %w", path, cause(err))
	}
	return nil, nil
}

func (g *github) summary(markdown string) error {
	path := g.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return errors.New("summary: GITHUB_STEP_SUMMARY is not set")
	}
	if err := g.written.write(path, markdown); err != nil {
		return fmt.Errorf("summary: GITHUB_STEP_SUMMARY %s: %w", path, cause(err))
	}
	return nil
}

// freshLine is the line break that a file needs before another line; "" if it is empty or its last line is complete.
func freshLine(file *os.File) (string, error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return "", err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, end-1); err != nil {
		return "", err
	}
	if last[0] == '\n' {
		return "", nil
	}
	return "\n", nil
}
