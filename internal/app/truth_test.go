package app

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

// Promise 3 knows no exception: whatever a job was told to do, its exit code 0 and its status are held to what the
// service knows. Where a rule has a margin, it is what may happen between the last look and the end.

// option is what a job was told by flag, action input or environment.
func (j job) option(name, otherwise string) string {
	for i, arg := range j.Args {
		flag, value, joined := strings.Cut(arg, "=")
		switch {
		case strings.TrimLeft(flag, "-") != name || !strings.HasPrefix(flag, "-"):
		case joined:
			return value
		case i+1 < len(j.Args) && !strings.HasPrefix(j.Args[i+1], "-"):
			return j.Args[i+1]
		default:
			return "true"
		}
	}
	for _, variable := range []string{"INPUT_" + strings.ToUpper(name), "PUBLISH_OFFER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))} {
		if v := j.Env[variable]; v != "" {
			return v
		}
	}
	return otherwise
}

func (j job) command() string {
	if len(j.Args) > 0 && !strings.HasPrefix(j.Args[0], "-") {
		return j.Args[0]
	}
	return j.option("command", "publish")
}

var setVariable = regexp.MustCompile(`(?m)^##vso\[task\.setvariable variable=([A-Za-z]+);isoutput=true\](.*)$`)

// outputsLeft are the outputs in the form of the job's platform; the last value of a name wins.
func outputsLeft(t testing.TB, j job, p played) map[string]string {
	t.Helper()
	switch j.Platform() {
	case "github":
		return outputsOf(t, p.outputs)
	case "azure-pipelines":
		out := map[string]string{}
		for _, m := range setVariable.FindAllStringSubmatch(p.stdout, -1) {
			name := regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(m[1], func(s string) string { return "-" + strings.ToLower(s) })
			out[name] = m[2]
		}
		return out
	case "gitlab":
		out := map[string]string{}
		for name, value := range outputsOf(t, p.outputs) {
			name = strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "PUBLISH_OFFER_")), "_", "-")
			out[name] = strings.ReplaceAll(value, "%24", "$")
		}
		return out
	}
	out := map[string]string{}
	for _, line := range lineList(p.stdout) {
		if name, value, ok := strings.Cut(line, "="); ok && slices.Contains(outputNames, name) {
			out[name] = value
		}
	}
	return out
}

// trial is one job before the facts.
type trial struct {
	testing.TB
	job
	played
	command, goal, ifRunning string
	out                      map[string]string
	after                    emulator.Truth
	calls                    []emulator.Call
}

// names reports whether an id in the outputs, or a path, names the operation. The ingestion API has a second name for what
// a job made: the submission, which goes live under the same one.
func names(truth emulator.Truth, o emulator.TruthOperation, text string) bool {
	made := -1
	for i, p := range truth.Operations {
		if p.Kind == "publish" && (p.ID == o.ID || p.State != "failed" && p.State != "canceled") {
			made = i
		}
		if p == o {
			break
		}
	}
	text = strings.ToLower(text)
	return strings.Contains(text, strings.ToLower(o.ID)) || made >= 0 && strings.Contains(text, strconv.FormatInt(1152921515689847470+int64(made)*1213, 10))
}

func (c *trial) named(o emulator.TruthOperation) bool {
	return names(c.after, o, c.out["operation-id"])
}

// margin is the longest time between a look and the next; what happened since the last look the job cannot know.
const margin = 6 * time.Minute

func checkTruth(t testing.TB, j job, p played, after emulator.Truth, calls []emulator.Call) {
	t.Helper()
	c := trial{TB: t, job: j, played: p, command: j.command(), goal: j.option("until", "preview"), ifRunning: j.option("if-running", "fail"),
		out: outputsLeft(t, j, p), after: after, calls: calls}
	if !some(after.Operations, c.named) {
		delete(c.out, "operation-id") // all operations share one path
	}
	if p.exit == 2 && len(calls) > 0 {
		t.Errorf("promise 3: exit 2 after %d requests", len(calls))
	}
	if slices.Contains(j.Args, "--help") || slices.Contains(j.Args, "--version") || p.exit < 0 {
		return
	}
	readOnly := c.command == "status" || c.command == "doctor" || j.option("dry-run", "false") == "true"
	if ordered := c.asked("publish", "golive", "cancel"); readOnly && ordered > 0 {
		t.Errorf("promise 3: a run that only reads sent %d orders", ordered)
	}
	c.checkBound()
	if p.exit != 0 || readOnly {
		return
	}
	switch {
	case c.command == "cancel":
		c.checkCanceled()
	case c.goal == "accepted":
		c.checkAccepted()
	case c.goal == "preview" && some(c.followed(), isGoLive): // the preview is behind it
	case c.out["status"] == "running" || c.out["status"] == "notStarted" || c.out["status"] == "":
		c.checkGoesOn()
	case c.out["status"] == "waitingForPublisherReview" && (c.goal == "live" || c.command == "go-live"):
		c.checkGoesOn()
	case c.command == "go-live" || c.goal == "live":
		c.checkLive()
	default:
		c.checkPreview()
	}
}

// asked counts the requests to some endpoints that reached the service.
func (c *trial) asked(endpoints ...string) (n int) {
	for _, call := range c.calls {
		if slices.Contains(endpoints, call.Endpoint) {
			n++
		}
	}
	return n
}

func (c *trial) is(o emulator.TruthOperation, states ...string) bool {
	return slices.Contains(states, o.State) || o.Changed > c.to-margin
}

// own are the operations that may count as the job's own: what it ordered, what its policy lets it adopt, and what it was
// told to follow.
func (c *trial) own() (ops []emulator.TruthOperation) {
	id := c.out["operation-id"]
	for i, o := range c.after.Operations {
		if o.Kind == "cancel" {
			continue
		}
		ordered := i >= len(c.before.Operations) && o.By == "client"
		moved := i >= len(c.before.Operations) || slices.Contains([]string{"running", "waitingForPublisherReview"}, c.before.Operations[i].State)
		adopted := c.ifRunning == "adopt" && moved
		waited := c.command == "wait" && (moved || c.named(o))
		if (ordered || adopted || waited) && (id == "" || c.named(o) || c.command != "wait") {
			ops = append(ops, o)
		}
	}
	return ops
}

func (c *trial) followed() (ops []emulator.TruthOperation) {
	id := c.out["operation-id"]
	for _, o := range c.own() {
		if id == "" || c.named(o) {
			ops = append(ops, o)
		}
	}
	return ops
}

func isGoLive(o emulator.TruthOperation) bool { return o.Kind == "golive" }

func some(ops []emulator.TruthOperation, ok func(emulator.TruthOperation) bool) bool {
	return slices.ContainsFunc(ops, ok)
}

// checkCanceled: nothing that ran when the job began is running still.
func (c *trial) checkCanceled() {
	for i, o := range c.before.Operations {
		now := c.after.Operations[i]
		if o.Kind != "cancel" && o.State == "running" && now.State == "running" && o.Accepted < c.from-margin {
			c.Errorf("promise 3: cancel ended well, and the %s is %s", now.Kind, now.State)
		}
	}
}

func (c *trial) checkAccepted() {
	reached := slices.Contains([]string{"waitingForPublisherReview", "succeeded"}, c.after.Offer)
	if len(c.own()) == 0 && !(c.command != "publish" && (reached || c.isLive())) && !c.hidden() {
		c.Errorf("promise 3: exit 0, and nothing of this job's was ever accepted")
	}
}

// checkGoesOn: exit 0 without the goal is for on-timeout: continue alone, once the time is up, and where an operation of
// this job's was seen and goes on.
func (c *trial) checkGoesOn() {
	status := c.out["status"]
	golive := func(o emulator.TruthOperation) bool { return o.Kind == "golive" }
	if c.command == "wait" && c.goal == "preview" && some(c.followed(), golive) {
		return // the preview is behind it
	}
	if bad := some(c.followed(), func(o emulator.TruthOperation) bool { return c.is(o, "failed", "canceled") }); !bad && c.isLive() {
		return // it is further than the run could tell
	}
	if c.option("on-timeout", "fail") != "continue" {
		c.Errorf("promise 3: exit 0 at status %q, and on-timeout is not continue", status)
		return
	}
	limit, err := time.ParseDuration(c.option("timeout", "5h30m"))
	if err == nil && c.took < limit-time.Second {
		c.Errorf("promise 3: exit 0 at status %q after %s of %s", status, c.took, limit)
	}
	if !some(c.followed(), func(o emulator.TruthOperation) bool {
		goesOn := c.is(o, "running", "waitingForPublisherReview") || o.Unseen && c.after.Status != "failed"
		return goesOn && c.saw(o)
	}) {
		c.Errorf("promise 3: exit 0 at status %q, and no operation of this job's was seen and goes on: %+v", status, c.followed())
	}
}

// saw reports whether the job had a good answer to a look after the operation was accepted.
func (c *trial) saw(o emulator.TruthOperation) bool {
	return slices.ContainsFunc(c.calls, func(call emulator.Call) bool {
		return call.Status == 200 && call.At >= o.Accepted && slices.Contains([]string{"operation", "list", "status", "job", "submission", "submissions"}, call.Endpoint)
	}) || slices.ContainsFunc(c.calls, func(call emulator.Call) bool {
		return call.Method == "POST" && call.Status/100 == 2 && call.At >= o.Accepted
	})
}

// checkPreview: the preview that the job made, adopted or followed stands, or went on from there.
func (c *trial) checkPreview() {
	stands := func(o emulator.TruthOperation) bool {
		return c.is(o, "waitingForPublisherReview", "succeeded") || c.command == "wait" && o.Kind == "golive"
	}
	atRest := c.command == "wait" && slices.Contains([]string{"waitingForPublisherReview", "succeeded"}, c.after.Offer)
	isLive := c.command == "wait" && c.isLive()
	if !some(c.followed(), stands) && !atRest && !isLive && !c.hidden() {
		c.Errorf("promise 3: exit 0 at the preview, the offer is %s, what was followed: %+v, of %+v", c.after.Offer, c.followed(), c.after.Operations)
	}
}

// isLive reports whether the offer is live, and its status says so: what ended well last is a go-live, whatever failed or
// was canceled since.
func (c *trial) isLive() bool {
	live := false
	if c.after.Status != "succeeded" {
		return false
	}
	for _, o := range c.after.Operations {
		switch {
		case o.State == "running" || o.State == "waitingForPublisherReview":
			return false
		case o.State == "succeeded":
			live = o.Kind == "golive"
		}
	}
	return live
}

// hidden reports whether a preview may be adopted that went live, since nothing in the list is its go-live.
func (c *trial) hidden() bool { return c.ifRunning == "adopt" && c.after.Lies && c.isLive() }

// checkLive: the offer is live by a go-live that came after the publish in question.
func (c *trial) checkLive() {
	var since time.Duration = -1 << 62
	for i, o := range c.after.Operations {
		if o.Kind == "publish" && o.By == "client" && i >= len(c.before.Operations) {
			since = o.Accepted
		}
	}
	lately := func(o emulator.TruthOperation) bool { return o.Accepted > c.to-margin }
	byItself := c.command == "wait" && c.option("operation", "") != "" // whatever was started since
	live := c.after.Offer == "succeeded" || c.isLive() || some(c.after.Operations, lately) || byItself && some(c.followed(), isGoLive)
	came := some(c.after.Operations, func(o emulator.TruthOperation) bool {
		return o.Kind == "golive" && o.State == "succeeded" && o.Accepted >= since
	})
	if !live || !came {
		c.Errorf("promise 3: exit 0 at live, and the offer is %s, its operations %+v", c.after.Offer, c.after.Operations)
	}
}

// checkBound: a go-live that was given a publish takes no other live.
func (c *trial) checkBound() {
	given := c.option("operation", "")
	if c.command != "go-live" || given == "" {
		return
	}
	for i, o := range c.after.Operations {
		if o.Kind != "golive" || o.By != "client" || i < len(c.before.Operations) {
			continue
		}
		var last *emulator.TruthOperation
		for _, made := range c.after.Operations[:i] {
			if made.Kind == "publish" && made.State != "failed" && made.State != "canceled" {
				last = &made
			}
		}
		if last != nil && !names(c.after, *last, given) && !strings.Contains(given, "$preview") {
			c.Errorf("promise 3: the go-live of %s took %s live", given, last.ID)
		}
	}
}
