package input

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/publish"
)

const (
	minPollInterval     = time.Second           // against the service
	minTestPollInterval = 10 * time.Millisecond // against a loopback endpoint
	defaultMaxPoll      = 5 * time.Minute
)

// operation has the service's client check the operation. Its shape says which service that is.
func (r *run) operation() {
	g, ok := r.given[operationRow]
	c := &r.config
	if !ok || r.problems.Has(operationRow) {
		return
	}
	if c.Command == "" || len(r.services) < len(defaults()) { // refused already
		return
	}
	text := c.Operation
	c.Operation = ""
	if !slices.Contains([]publish.Command{publish.Wait, publish.Status, publish.GoLive, publish.Cancel}, c.Command) {
		r.problems.refuse(operationRow, g, "works only with wait, status, go-live or cancel", "one of these commands, or no operation")
		return
	}
	if r.around.Operation == nil {
		c.Operation = text
		return
	}
	api, operation, err := r.around.Operation(r.at, c.Publisher, c.Offer, text)
	service, known := r.service(api)
	unnamed := api == APIPortal && c.Publisher == "" // said as a problem of publisher-id
	named := c.API != "" && c.API != APIAuto
	switch {
	case named && api != "" && api != c.API:
		r.problems.refuse(operationRow, g, "is an operation of "+string(api)+", and api is "+string(c.API),
			"an operation of "+string(c.API)+", or api auto")
		return
	case known && service.Overridden != c.Overridden:
		r.problems.refuse(operationRow, g, "is an operation of "+string(api)+", which is not called in this test run: "+
			of(api).variable+" is not set", rowOf(operationRow).Want)
		return
	case known:
		c.Services = []Service{service}
	}
	if c.Offer == "" || unnamed {
		c.Operation = text // what it must belong to is not known
		return
	}
	if err != nil {
		r.problems.refuse(operationRow, g, "is refused: "+bounded(err.Error()), rowOf(operationRow).Want)
		return
	}
	c.Operation = operation
}

// at is the endpoint of a service; nil where it was refused.
func (r *run) at(api API) *url.URL {
	s, _ := r.service(api)
	return s.Endpoint
}

// intervals holds both waits above the least and in order.
func (r *run) intervals() {
	c := &r.config
	least := minPollInterval
	if c.Overridden {
		least = minTestPollInterval
	}
	for _, row := range []struct {
		name  string
		value *time.Duration
	}{{pollRow, &c.PollInterval}, {maxPollRow, &c.MaxPollInterval}} {
		if *row.value > 0 && *row.value < least {
			*row.value = 0
			r.problems.refuse(row.name, r.given[row.name], "is too short", "at least "+least.String())
		}
	}
	if c.MaxPollInterval > 0 && c.PollInterval > c.MaxPollInterval {
		c.MaxPollInterval = 0
		r.problems.refuse(maxPollRow, r.given[maxPollRow], "is below "+pollRow, "at least "+Brief(c.PollInterval))
	}
}

// Intervals are the first wait between two looks at the service and the longest. Where only one of them was given, the
// other one's default gives way.
func (c Config) Intervals(api API) (first, most time.Duration) {
	first, most = c.PollInterval, c.MaxPollInterval
	switch {
	case first == 0 && most == 0:
		return of(api).poll, defaultMaxPoll
	case first == 0:
		return min(of(api).poll, most), most
	case most == 0:
		return first, max(first, defaultMaxPoll)
	}
	return first, most
}

// timeout cuts the time of the run to what the platform leaves, so that the run ends by
// itself, with its outputs, and is not killed.
func (r *run) timeout() {
	c, left := &r.config, r.around.TimeLeft
	if left == 0 || c.Timeout <= left {
		return
	}
	left = max(left.Truncate(time.Second), time.Second)
	c.Warnings = append(c.Warnings,
		"timeout "+Brief(c.Timeout)+" is longer than what the platform leaves for this job: cut to "+Brief(left))
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
			r.problems.refuse(f.name, r.given[f.name], "is the "+other+" as well", "a file of its own")
			*f.path = ""
			continue
		}
		seen[clean] = f.name
	}
}

// Brief is a duration without the zeros at its end: 5h30m, not 5h30m0s.
func Brief(d time.Duration) string {
	s := d.String()
	for _, end := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, end) {
			s = s[:len(s)-2]
		}
	}
	return s
}
