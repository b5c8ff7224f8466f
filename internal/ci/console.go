// Package ci is the CI platform behind one small type: the log with its groups, masks and annotations, keep-alives and
// progress, outputs and summary, for GitHub Actions, Azure Pipelines, GitLab CI and a plain terminal.
//
// All text that comes in is taken for foreign: it is stripped of invisible characters, freed of secrets, and can act neither
// as a command of any platform nor as a terminal escape. Only commands that a platform's own escaping function built reach
// the stream as they are.
package ci

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"publish-offer/internal/redact"
)

// World is what a Console needs of the process around it.
type World struct {
	Getenv      func(string) string
	Stdout      io.Writer // the log of a platform; elsewhere the outputs
	Stderr      io.Writer // the log where there is no platform; else one line, if the log is lost
	OutputsFile string    // dotenv file beside the platform's own outputs; "" for none
	Interactive bool      // the log goes to a terminal
}

// Console is where a run writes to. Its methods may be called at the same time. A log that cannot be written (a closed pipe,
// a full one that nobody reads) stops nothing.
type Console struct {
	world    World
	platform platform
	colours  bool
	width    int     // of the live line; 0 where there is none
	log      *outlet // where everything goes
	results  *outlet // but for the outputs, at the end
	troubles *outlet // and the news that the log is lost

	mu          sync.Mutex
	secrets     redact.Redactor
	masked      []string // values that the platform knows to be secret
	outputs     []Output // the values given last, in the order of their first coming
	outputsLost bool     // the last call of Outputs could not write them all
	annotations map[Level]int
	grouped     bool   // a group is open
	dotted      bool   // the current line of the log holds keep-alive dots
	live        string // what stands in the live line
	silent      bool   // the log could not be written, and Stderr says so
	closed      bool
}

// command is a line that a platform is meant to obey, built by its own escaping function.
type command string

// platform builds what one CI system understands. It writes to its own files, never to the log. Texts that it gets are
// stripped, redacted and inert.
type platform interface {
	// mask registers a secret; nil if there is no way to.
	mask(secret string) []command
	// group opens a group; "" if the title is to be printed plain.
	group(title string, now time.Time) command
	endGroup(now time.Time) command
	// annotation is "" where a plain line has to do.
	annotation(l Level, title, text string) command
	// debug is "" where a plain line has to do.
	debug(text string) command
	debugging() bool
	progress(percent int, text string) command
	// outputs hands over the values, by file or by command.
	outputs(values []Output) ([]command, error)
	// ownOutputs tells that outputs does hand them over.
	ownOutputs() bool
	summary(markdown string) error
	// end is what to print last.
	end(failed bool, text string) []command
}

// New makes the console of a platform.
func New(k Kind, w World) *Console {
	out, err := &outlet{to: w.Stdout}, &outlet{to: w.Stderr}
	c := &Console{world: w, annotations: map[Level]int{}, log: out, results: out, troubles: err}
	plain := terminal{getenv: w.Getenv}
	switch k {
	case GitHub:
		c.platform = &github{terminal: plain}
	case AzurePipelines:
		c.platform = &azurePipelines{getenv: w.Getenv}
	case GitLab:
		c.platform = &gitLab{terminal: plain}
	default:
		c.platform = plain
		c.log = err
	}
	dumb := w.Getenv("TERM") == "dumb"
	atTerminal := k == Terminal && w.Interactive
	// https://no-color.org
	takesColour := k == GitHub || k == GitLab || atTerminal
	c.colours = takesColour && w.Getenv("NO_COLOR") == "" && !dumb
	if atTerminal && !dumb {
		c.width = lineWidth(w.Getenv("COLUMNS"))
	}
	return c
}

// lineWidth is how long a live line may be: one that wraps cannot be written over.
func lineWidth(columns string) int {
	const usual, least = 80, 20
	n, err := strconv.Atoi(columns)
	if err != nil || n < least {
		n = usual
	}
	return n - 1
}

// Live tells that Progress keeps one line up to date, so that no line needs to be repeated.
func (c *Console) Live() bool { return c.width > 0 }

// Secret hides value from now on, and has the platform hide it too, in whatever else the job prints. Empty values are
// nothing to hide.
func (c *Console) Secret(value string) {
	value = strings.TrimSpace(value)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets.Add(value)
	if value == "" || slices.Contains(c.masked, value) {
		return
	}
	c.masked = append(c.masked, value)
	// Control characters cannot be written into a command. No header can carry them either, so no token has them.
	if stripLines(value) != strings.ReplaceAll(value, "\r\n", "\n") {
		return
	}
	for _, mask := range c.platform.mask(value) {
		c.obey(mask)
	}
}

// Redact hides value from now on in everything that goes through the Console.
func (c *Console) Redact(value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets.Add(value)
}

// Clean makes one safe paragraph of foreign text: visible characters and single spaces, without secrets. Cleaning twice
// changes nothing more.
func (c *Console) Clean(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clean(text)
}

func (c *Console) clean(text string) string {
	return c.secrets.Hide(strings.Join(strings.Fields(redact.Visible(text)), " "))
}

// Line writes one line to the log. Line breaks in text become spaces; its other spaces stay.
func (c *Console) Line(t Tone, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text(t, text)
}

// Debug writes a line that shows only if the platform's debug switch is on.
func (c *Console) Debug(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.platform.debugging() && !c.obey(c.platform.debug(c.safe(text))) {
		c.text(Faint, "DEBUG: "+text)
	}
}

// Group starts a part of the log that can be folded away. There is no nesting: a group that is open ends.
func (c *Console) Group(title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endGroup()
	c.grouped = true
	if !c.obey(c.platform.group(inert(c.clean(title)), time.Now())) {
		c.text(Plain, title)
	}
}

// EndGroup ends the open group, if any.
func (c *Console) EndGroup() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endGroup()
}

func (c *Console) endGroup() {
	if c.grouped {
		c.obey(c.platform.endGroup(time.Now()))
	}
	c.grouped = false
}

// Tick shows that the program is alive, without a line of the log: one dot. A live line shows that by itself.
func (c *Console) Tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.Live() {
		_ = c.write(line{dot: true})
	}
}

// Progress tells the platform, where it shows such a thing, how far the run is: percent is cut to 0 to 100. At a terminal it
// is one line, rewritten in place below the log.
func (c *Console) Progress(percent int, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Live() {
		c.live, _ = cutAt(c.clean(text), c.width)
		_ = c.put(c.log, "")
		return
	}
	c.obey(c.platform.progress(min(max(percent, 0), 100), inert(c.clean(text))))
}

// Summary shows Markdown beside the log, where the platform can. It replaces what was given before. The error says why
// nothing, or not all, will be seen.
func (c *Console) Summary(markdown string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.platform.summary(c.secrets.Hide(stripLines(markdown)))
}

// Close ends the run: the outputs in plain lines if there is no other way to have them, and what the platform wants to hear
// last. text says in a sentence how the run ended. Only the first call counts.
func (c *Console) Close(failed bool, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.endGroup()
	c.live = ""
	nowhere := c.world.OutputsFile == "" && !c.platform.ownOutputs()
	if c.outputsLost || nowhere {
		for _, output := range c.outputs {
			_ = c.put(c.results, c.safe(output.Name+"="+output.Value)+"\n")
		}
	}
	for _, command := range c.platform.end(failed, inert(c.clean(text))) {
		c.obey(command)
	}
	_ = c.put(c.log, "") // the live line is gone
	c.log.flush()
	c.results.flush()
	c.troubles.flush()
}

// line is one line of the log: a command, a keep-alive dot, or else text.
type line struct {
	command command
	dot     bool
	tone    Tone
	text    string
}

// obey has the platform obey a command. It tells whether there was one.
func (c *Console) obey(cmd command) bool {
	if cmd != "" {
		_ = c.write(line{command: cmd})
	}
	return cmd != ""
}

func (c *Console) text(t Tone, text string) {
	_ = c.write(line{tone: t, text: text})
}

// safe is what any text becomes before it is printed.
func (c *Console) safe(text string) string {
	return inert(c.secrets.Hide(redact.Visible(text)))
}

// write is the only way to the log. Text becomes safe here, whatever was done to it before.
func (c *Console) write(l line) error {
	var out string
	switch {
	case l.dot:
		out = "."
	case l.command != "":
		out = string(l.command) + "\n"
	default:
		out = c.colour(l.tone, c.safe(l.text)) + "\n"
	}
	if c.dotted && !l.dot {
		out = "\n" + out
	}
	c.dotted = l.dot
	return c.put(c.log, out)
}

// put writes out, which is safe, above the live line.
func (c *Console) put(to *outlet, out string) error {
	const erase = "\r\x1b[K"
	if to == c.log && c.Live() {
		out = erase + out + c.safe(c.live)
	}
	if out == "" {
		return nil
	}
	_, err := io.WriteString(to, out)
	if err != nil && !c.silent {
		c.silent = true
		_, _ = fmt.Fprintln(c.troubles, "publish-offer: the log cannot be written any more:", c.safe(err.Error()))
	}
	return err
}
