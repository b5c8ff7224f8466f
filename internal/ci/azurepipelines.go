package ci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// azurePipelines speaks logging commands.
// https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
type azurePipelines struct {
	getenv  func(string) string
	written summaryFile
	upload  string // path of the summary; "" until there is one
}

// loggingCommand builds ##vso[name k=v;k=v]text.
func loggingCommand(name, text string, properties ...string) command {
	var pairs []string
	for pair := range slices.Chunk(properties, 2) {
		pairs = append(pairs, pair[0]+"="+escapeProperty(pair[1]))
	}
	head := strings.TrimSuffix("##vso["+name+" "+strings.Join(pairs, ";"), " ")
	return command(head + "]" + escapeData(text))
}

// escapeData and escapeProperty write text so that the agent reads it back; the per cent sign comes first, since the agent
// decodes it last. Only in a property does ";" or "]" end anything.
// https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/CommandStringConvertor.cs
// https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/taskcommand.ts
func escapeData(text string) string {
	text = strings.ReplaceAll(text, "%", "%AZP25")
	text = strings.ReplaceAll(text, "\r", "%0D")
	return strings.ReplaceAll(text, "\n", "%0A")
}

func escapeProperty(text string) string {
	text = strings.ReplaceAll(escapeData(text), ";", "%3B")
	return strings.ReplaceAll(text, "]", "%5D")
}

// mask hides each line of a secret: the agent masks line by line.
func (a *azurePipelines) mask(secret string) []command {
	var commands []command
	for _, line := range strings.FieldsFunc(secret, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.TrimSpace(line) != "" {
			commands = append(commands, loggingCommand("task.setsecret", line))
		}
	}
	return commands
}

// group has no escapes to it: the title ends with the line.
func (a *azurePipelines) group(title string, _ time.Time) command {
	return command("##[group]" + title)
}

func (a *azurePipelines) endGroup(time.Time) command { return "##[endgroup]" }

func (a *azurePipelines) annotation(l Level, title, text string) command {
	if l == Notice {
		return "" // the agent knows none
	}
	return loggingCommand("task.logissue", titled(title, text), "type", l.String())
}

func (a *azurePipelines) debugging() bool {
	return strings.EqualFold(a.getenv("SYSTEM_DEBUG"), "true")
}

func (a *azurePipelines) debug(text string) command { return loggingCommand("task.debug", text) }

func (a *azurePipelines) progress(percent int, text string) command {
	return loggingCommand("task.setprogress", text, "value", strconv.Itoa(percent))
}

func (a *azurePipelines) ownOutputs() bool { return true }

func (a *azurePipelines) outputs(values []Output) ([]command, error) {
	commands := make([]command, len(values))
	for i, v := range values {
		// The agent expands $(name) in a variable's value before every later step, secrets included.
		// https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/Variables.cs
		value := strings.ReplaceAll(v.Value, "$(", "$ (")
		commands[i] = loggingCommand("task.setvariable", value, "variable", camelCase(v.Name), "isoutput", "true")
	}
	return commands, nil
}

// summary writes a file that end uploads. The agent takes files only from its own folders, and names the summary after the
// file.
func (a *azurePipelines) summary(markdown string) error {
	folder := a.getenv("AGENT_TEMPDIRECTORY")
	if folder == "" {
		return errors.New("summary: AGENT_TEMPDIRECTORY is not set")
	}
	if a.upload == "" {
		path, err := newSummaryFile(folder)
		if err != nil {
			return fmt.Errorf("summary: AGENT_TEMPDIRECTORY %s: %w", folder, cause(err))
		}
		a.upload = path
	}
	if err := a.written.write(a.upload, markdown); err != nil {
		return fmt.Errorf("summary: %s: %w", a.upload, cause(err))
	}
	return nil
}

// newSummaryFile makes an empty publish-offer.md in a folder of its own: two runs of one job must not share a file, which
// the agent reads some time later.
func newSummaryFile(parent string) (string, error) {
	above, err := os.Stat(parent)
	if err != nil {
		return "", err
	}
	path, err := os.MkdirTemp(parent, "publish-offer-")
	if err != nil {
		return "", err
	}
	folder, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer folder.Close()
	// The agent outside the container is another user, who reads it and removes it in the end.
	if err := folder.Chmod(0o755); err != nil {
		return "", err
	}
	giveToOwner(folder, above)
	root, err := os.OpenRoot(path)
	if err != nil {
		return "", err
	}
	defer root.Close()
	const name = "publish-offer.md"
	return filepath.Join(path, name), writeNew(root, name, "")
}

func (a *azurePipelines) end(failed bool, text string) []command {
	var commands []command
	if a.upload != "" {
		commands = append(commands, loggingCommand("task.uploadsummary", a.upload))
	}
	if failed {
		commands = append(commands, loggingCommand("task.complete", text, "result", "Failed"))
	}
	return commands
}
