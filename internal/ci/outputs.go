package ci

import (
	"fmt"
	"slices"
	"strings"
)

// Output is one result of the run. Its name is in lower case with hyphens ("operation-path"); each platform gets it in its
// own spelling.
type Output struct {
	Name  string
	Value string
}

// The outputs that are texts for people and may be cut. A cut path or word would mislead.
const (
	outputMessage    = "message"
	outputFailedStep = "failed-step"
	// outputLength is at how many characters such a text is cut: later steps get it as an environment variable.
	outputLength = 4096
)

// Outputs hands the values to the platform at once, so that they outlive the program, and to the outputs file. Called again,
// it replaces the values given before under the same names. Values are cleaned first. The error says what could not be
// written; the values then also appear in the log at the end.
func (c *Console) Outputs(values []Output) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	safe := make([]Output, len(values))
	for i, v := range values {
		value := inert(c.clean(v.Value))
		if v.Name == outputMessage || v.Name == outputFailedStep {
			value, _ = cutAt(value, outputLength)
		}
		safe[i] = Output{v.Name, value}
		if known := slices.IndexFunc(c.outputs, func(o Output) bool { return o.Name == v.Name }); known >= 0 {
			c.outputs[known] = safe[i]
		} else {
			c.outputs = append(c.outputs, safe[i])
		}
	}
	commands, err := c.platform.outputs(safe)
	for _, command := range commands {
		if lost := c.write(line{command: command}); lost != nil && err == nil {
			err = fmt.Errorf("outputs: %w", lost)
		}
	}
	var fileErr error
	if c.world.OutputsFile != "" {
		fileErr = writeDotenv(c.world.OutputsFile, c.outputs)
	}
	switch {
	case err == nil:
		err = fileErr
	case fileErr != nil:
		err = fmt.Errorf("%w; %w", err, fileErr)
	}
	c.outputsLost = err != nil
	return err
}

// CheckOutputs tells whether the outputs file, if any, can be written. It creates nothing. The error names the file.
func (c *Console) CheckOutputs() error {
	if c.world.OutputsFile == "" {
		return nil
	}
	_, err := checkPath(c.world.OutputsFile)
	return ofOutputs(c.world.OutputsFile, err)
}

// camelCase spells operation-path as operationPath.
func camelCase(name string) string {
	words := strings.Split(name, "-")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}
