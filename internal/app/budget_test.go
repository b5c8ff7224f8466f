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
func asked(t *testing.T, script, base string, jitter float64) (calls []emulator.Call, truth emulator.Truth) {
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
		env["INPUT_TIMEOUT"] = "240h"
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

// looks are the times of the requests that follow the operation, since its start.
func looks(calls []emulator.Call) (times []time.Duration) {
	var start time.Duration
	for _, c := range calls {
		switch c.Endpoint {
		case "publish":
			start = c.At
		case "operation":
			times = append(times, c.At-start)
		}
	}
	return times
}

const local = "https://127.0.0.1:8443"

// Requests of one publish: one assertion, three to Entra (two where its instances are not asked for), one list, one
// status of the offer, one start, the looks, the status with one look in five, and status and list once more where the
// operation itself ended.
func TestRequestsOfOnePublish(t *testing.T) {
	t.Parallel()
	const steps = "step Certification 40m\n"
	for _, c := range []struct {
		name, script, base string
		want               map[string]int
	}{
		{"parked", steps + "signoff step\n", "", map[string]int{"discovery": 1, "openid": 1, "token": 1, "idtoken": 1, "list": 1, "publish": 1, "status": 1}},
		{"ended", steps + "signoff ended\n", "", map[string]int{"discovery": 1, "openid": 1, "token": 1, "idtoken": 1, "list": 2, "publish": 1, "status": 2}},
		{"parked here", steps + "signoff step\n", local, map[string]int{"openid": 1, "token": 1, "idtoken": 1, "list": 1, "publish": 1, "status": 1}},
		{"ended here", steps + "signoff ended\n", local, map[string]int{"openid": 1, "token": 1, "idtoken": 1, "list": 2, "publish": 1, "status": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls, _ := asked(t, c.script, c.base, Jitter)
			got := count(calls)
			if got["operation"] < 10 {
				t.Errorf("%d looks", got["operation"])
			}
			got["status"] -= got["operation"] / 5
			delete(got, "operation")
			if !maps.Equal(got, c.want) {
				t.Errorf("asked for %v, want %v", got, c.want)
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
			calls, _ := asked(t, c.script, c.base, 0)
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
	for _, c := range []struct {
		name  string
		takes time.Duration
		runs  int
		most  int           // looks
		from  time.Duration // an end between from and takes is noticed
		late  time.Duration // so much later, on average
	}{
		{"5 min", 6 * time.Minute, 150, 20, 4 * time.Minute, 50 * time.Second},
		{"40 min", 40 * time.Minute, 50, 20, 30 * time.Minute, 150 * time.Second},
		{"4 h", 4 * time.Hour, 20, 70, 2 * time.Hour, 150 * time.Second},
		{"4 days", 4 * 24 * time.Hour, 1, 1250, 24 * time.Hour, 150 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			most, sum := 0, 0
			var late, span float64 // summed over every moment of the span, in s²; the span, in s
			for range c.runs {
				calls, truth := asked(t, "step Certification "+c.takes.String()+"\n", "", Jitter)
				times := looks(calls)
				most, sum = max(most, len(times)), sum+len(times)
				before := time.Duration(0)
				for _, at := range times {
					if from, to := max(before, c.from), min(at, c.takes); from < to {
						first, last := (at - from).Seconds(), (at - to).Seconds() // how late an end at from, at to is noticed
						late, span = late+(first*first-last*last)/2, span+(to-from).Seconds()
					}
					before = at
				}
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
