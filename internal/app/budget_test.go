package app

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

// The budgets for what a run asks of others, by counting.

// asked plays one publish on GitHub at the default settings, in fake time, and returns its requests. With a base the
// services are on this machine, where Entra's instances are not asked for.
func asked(t *testing.T, api, script, base string, jitter float64) (calls []emulator.Call, truth emulator.Truth) {
	t.Helper()
	s, err := emulator.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(s, emulator.Options{Seed: 1})
		env := map[string]string{}
		if base != "" {
			env = e.Environ("github", base)
		}
		env["INPUT_API"], env["INPUT_TIMEOUT"] = api, "240h"
		if p := play(e, dir, job{Job: story.Job{Env: env}, jitter: jitter}); p.exit != 0 {
			t.Fatalf("exit code %d\n%s", p.exit, p.stdout)
		}
		calls, truth = e.Calls(), e.Truth()
	})
	return calls, truth
}

func count(calls []emulator.Call) map[string]int {
	n := map[string]int{}
	for _, c := range calls {
		n[c.Endpoint]++
	}
	return n
}

// requestsOf are the requests that tell a publish by one of the services.
type requestsOf struct {
	api         string // as the input has it
	start, look string
	offer       string // the request that tells where the offer is

	// soon is how late the end of an operation of some five minutes is noticed, on average. The newer services are looked at
	// for the first time after 30 s and after a minute: there it is what these waits come to.
	soon time.Duration
}

var budgeted = []requestsOf{
	{"cloud-partner-portal", "publish", "operation", "status", 50 * time.Second},
	{"product-ingestion", "configure", "job", "submissions", 80 * time.Second},
	{"partner-center-submission", "submit", "submission", "sublist", time.Minute},
}

// looks are the times of the requests that follow the operation, since its start.
func (s requestsOf) looks(calls []emulator.Call) (times []time.Duration) {
	var start time.Duration
	for _, c := range calls {
		switch c.Endpoint {
		case s.start:
			start = c.At
		case s.look:
			times = append(times, c.At-start)
		}
	}
	return times
}

const local = "https://127.0.0.1:8443"

// Requests of one publish, by the contract's "Politeness" and the design's table: what comes before the start, the start,
// the looks, where the offer is with every fifth look and while only the sign-off is left, and what settles the end.
func TestRequestsOfOnePublish(t *testing.T) {
	t.Parallel()
	const steps = "step Certification 40m\n"
	signIn := map[string]int{"discovery": 1, "openid": 1, "token": 1, "idtoken": 1}
	here := map[string]int{"openid": 1, "token": 1, "idtoken": 1}
	twice := map[string]int{"discovery": 1, "openid": 1, "token": 2, "idtoken": 2} // each service has a token of its own
	portal, ingestion, submission := budgeted[0], budgeted[1], budgeted[2]
	for _, c := range []struct {
		name, script, base string
		by                 requestsOf
		auto               bool
		signIn             map[string]int
		beside             map[string]int // to the service itself, but for the looks
		settles            int            // requests for where the offer is, at the end
		left               time.Duration  // only the sign-off is left from then on
	}{
		{name: "parked", script: steps + "signoff step\n", by: portal, signIn: signIn, beside: map[string]int{"list": 1}},
		{name: "parked here", script: steps + "signoff step\n", base: local, by: portal, signIn: here, beside: map[string]int{"list": 1}},
		{name: "parked, auto", script: steps + "signoff step\n", by: portal, auto: true, signIn: signIn, beside: map[string]int{"list": 1}},
		{name: "ended", script: steps + "signoff ended\n", by: portal, signIn: signIn, beside: map[string]int{"list": 2}, settles: 1},
		{name: "ended here", script: steps + "signoff ended\n", base: local, by: portal, signIn: here, beside: map[string]int{"list": 2}, settles: 1},
		{name: "sign-off left", script: "step Certification 20m\nsignoff offer-steps\nstatus stale 25m\n", by: portal, signIn: signIn, beside: map[string]int{"list": 1}, settles: 1, left: 20 * time.Minute},
		{name: "ingestion", script: "serves product-ingestion\n" + steps, by: ingestion, signIn: signIn, beside: map[string]int{"product": 1}, settles: 1},
		{name: "ingestion here", script: "serves product-ingestion\n" + steps, base: local, by: ingestion, signIn: here, beside: map[string]int{"product": 1}, settles: 1},
		{name: "ingestion, auto", script: "serves product-ingestion\n" + steps, by: ingestion, auto: true, signIn: twice,
			beside: map[string]int{"product": 1, "list": 1, "status": 1}, settles: 1},
		{name: "submission", script: "serves partner-center-submission\n" + steps, by: submission, signIn: signIn,
			beside: map[string]int{"products": 1, "modules": 5, "variants": 1}},
		{name: "submission here", script: "serves partner-center-submission\n" + steps, base: local, by: submission, signIn: here,
			beside: map[string]int{"products": 1, "modules": 5, "variants": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			api := c.by.api
			if c.auto {
				api = "auto"
			}
			calls, _ := asked(t, api, c.script, c.base, Jitter)
			times, want := c.by.looks(calls), maps.Clone(c.signIn)
			if len(times) < 10 {
				t.Errorf("%d looks", len(times))
			}
			maps.Copy(want, c.beside)
			want[c.by.start], want[c.by.look], want[c.by.offer] = 1, len(times), 1+c.settles
			for i, at := range times[:len(times)-1] { // the last look ends the run
				fifth, left := (i+1)%5 == 0, c.left > 0 && at >= c.left
				if fifth || left {
					want[c.by.offer]++
				}
			}
			if c.by.api == submission.api {
				want["workflow"] = len(times) // its page names no steps
			}
			if got := count(calls); !maps.Equal(got, want) {
				t.Errorf("asked for %v, want %v", got, want)
			}
		})
	}
}

// A further token hour costs one assertion and one token: where Entra is, is known by then. A token that is refused
// before its time costs what the first one did, and one look more: nothing is kept of what failed.
func TestRequestsOfFurtherTokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script, base string
		want               map[string]int
	}{
		// A token is renewed with less than five minutes left of its hour, at the next look: about every 55 minutes.
		{"4 hours", "tokens 1h\nstep Certification 4h\n", "", map[string]int{"discovery": 1, "openid": 1, "token": 5, "idtoken": 5}},
		{"4 hours here", "tokens 1h\nstep Certification 4h\n", local, map[string]int{"discovery": 0, "openid": 1, "token": 5, "idtoken": 5}},
		{"refused", "tokens 10h\nat 20m tokens invalid\nstep Certification 1h\n", "", map[string]int{"discovery": 2, "openid": 2, "token": 2, "idtoken": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls, _ := asked(t, "cloud-partner-portal", c.script, c.base, 0)
			got := count(calls)
			for endpoint, want := range c.want {
				if got[endpoint] != want {
					t.Errorf("%s: asked %d times, want %d", endpoint, got[endpoint], want)
				}
			}
		})
	}
}

// Looks at the default settings, over many runs, since their waits vary; and how late the end of an operation is noticed
// on average, if it lies anywhere in a span of time.
func TestLooks(t *testing.T) {
	t.Parallel()
	for _, by := range budgeted {
		for _, c := range []struct {
			name  string
			takes time.Duration
			runs  int
			most  int           // looks
			from  time.Duration // an end between from and takes is noticed
			late  time.Duration // so much later, on average
		}{
			{"5 min", 6 * time.Minute, 60, 20, 4 * time.Minute, by.soon},
			{"40 min", 40 * time.Minute, 25, 20, 30 * time.Minute, 150 * time.Second},
			{"4 h", 4 * time.Hour, 10, 70, 2 * time.Hour, 150 * time.Second},
			{"4 days", 4 * 24 * time.Hour, 1, 1250, 24 * time.Hour, 150 * time.Second},
		} {
			t.Run(by.api+" "+c.name, func(t *testing.T) {
				t.Parallel()
				most, sum := 0, 0
				var late, span float64 // summed over every moment of the span, in s²; the span, in s
				for range c.runs {
					calls, truth := asked(t, by.api, "serves "+by.api+"\nstep Certification "+c.takes.String()+"\n", "", Jitter)
					times := by.looks(calls)
					most, sum = max(most, len(times)), sum+len(times)
					l, s := lateness(times, c.from, c.takes)
					late, span = late+l, span+s
					// The looks end with the first one after the end.
					ended := truth.Operations[len(truth.Operations)-1].Changed
					if n := len(times); n < 2 || times[n-1] < ended-time.Second || times[n-2] > ended {
						t.Fatalf("ended at %v, looked at %v", ended, times[max(0, n-2):])
					}
				}
				average := time.Duration(late / span * float64(time.Second))
				t.Logf("looks: at most %d, on average %.1f; the end is noticed after %v on average", most, float64(sum)/float64(c.runs), average.Round(100*time.Millisecond))
				if most > c.most {
					t.Errorf("%d looks, and the budget is %d", most, c.most)
				}
				if average > c.late {
					t.Errorf("the end is noticed after %v, and the budget is %v", average, c.late)
				}
			})
		}
	}
}

// lateness sums up, over every moment from one to another, how long after it the next look is, in s²; and the moments, in s.
func lateness(times []time.Duration, start, end time.Duration) (late, span float64) {
	before := time.Duration(0)
	for _, at := range times {
		if from, to := max(before, start), min(at, end); from < to {
			first, last := (at - from).Seconds(), (at - to).Seconds() // how late an end at from, at to is noticed
			late, span = late+(first*first-last*last)/2, span+(to-from).Seconds()
		}
		before = at
	}
	return late, span
}
