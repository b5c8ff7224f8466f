package input

import (
	"path"
	"strings"
	"time"
)

const (
	pollRow    = "poll-interval"
	maxPollRow = "max-poll-interval"

	minPollInterval     = time.Second           // against the service
	minTestPollInterval = 10 * time.Millisecond // against a loopback endpoint
)

// operation has the client check the operation, once it is known what it must belong to.
func (r *run) operation() {
	const row = "operation"
	g, ok := r.given[row]
	c := &r.config
	if !ok || r.problems.Has(row) {
		return
	}
	switch c.Command {
	case CommandWait, CommandStatus:
	case "": // refused already
		return
	default:
		c.Operation = ""
		r.refuse(row, g, "is of no use to "+string(c.Command), "the command wait or status with it, or no operation")
		return
	}
	if r.around.Operation == nil || c.Endpoint == nil || c.Publisher == "" || c.Offer == "" {
		return
	}
	operation, err := r.around.Operation(c.Endpoint, c.Publisher, c.Offer, c.Operation)
	c.Operation = operation
	if err != nil {
		c.Operation = ""
		r.refuse(row, g, "is refused: "+bounded(err.Error()), wantOf(row))
	}
}

// intervals holds both waits above the least and in order. Where only one of them was given,
// the other one's default gives way.
func (r *run) intervals() {
	c := &r.config
	least := minPollInterval
	if c.EndpointOverridden {
		least = minTestPollInterval
	}
	for _, row := range []struct {
		name  string
		value *time.Duration
	}{{pollRow, &c.PollInterval}, {maxPollRow, &c.MaxPollInterval}} {
		if *row.value > 0 && *row.value < least {
			*row.value = 0
			r.refuse(row.name, r.given[row.name], "is too short", "at least "+least.String())
		}
	}
	if c.PollInterval == 0 || c.MaxPollInterval == 0 || c.PollInterval <= c.MaxPollInterval {
		return
	}
	_, pollGiven := r.given[pollRow]
	limit, limitGiven := r.given[maxPollRow]
	switch {
	case pollGiven && limitGiven:
		c.MaxPollInterval = 0
		r.refuse(maxPollRow, limit, "is below "+pollRow, "at least "+short(c.PollInterval))
	case limitGiven:
		c.PollInterval = c.MaxPollInterval
	default:
		c.MaxPollInterval = c.PollInterval
	}
}

// timeout cuts the time of the run to what the platform leaves, so that the run ends by
// itself, with its outputs, and is not killed.
func (r *run) timeout() {
	c, left := &r.config, r.around.TimeLeft
	if left < 0 {
		left = time.Second
	}
	if left == 0 || c.Timeout <= left {
		return
	}
	c.Warnings = append(c.Warnings, "timeout "+short(c.Timeout)+" is longer than what the platform leaves for this job: cut to "+short(left))
	c.Timeout, c.TimeoutCut = left, true
}

// files refuses two kinds of content for one file.
func (r *run) files() {
	c := &r.config
	seen := make(map[string]string)
	for _, f := range []struct {
		name string
		path *string
	}{{"outputs-file", &c.OutputsFile}, {"events-file", &c.EventsFile}, {"junit-file", &c.JUnitFile}} {
		if *f.path == "" {
			continue
		}
		clean := path.Clean(*f.path)
		if other, taken := seen[clean]; taken {
			r.refuse(f.name, r.given[f.name], "is the "+other+" as well", "a file of its own")
			*f.path = ""
			continue
		}
		seen[clean] = f.name
	}
}

// wantOf is what a row allows.
func wantOf(name string) string {
	for _, row := range Table() {
		if row.Name == name {
			return row.Want
		}
	}
	return ""
}

// short is a duration without the zeros at its end: 5h30m, not 5h30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
