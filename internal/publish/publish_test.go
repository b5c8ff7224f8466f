package publish

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/marketplace"
)

// service is a marketplace whose answers a test writes down; each method counts its calls.
type service struct {
	calls  map[string]int
	start  func(n int) (marketplace.Accepted, error) // n counts from 1
	list   func(n int) ([]marketplace.Listed, error)
	look   func(n int) (marketplace.Operation, error)
	status func(n int) (marketplace.Operation, error)
}

func (s *service) count(name string) int {
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[name]++
	return s.calls[name]
}

func (s *service) Publish(context.Context, []string) (marketplace.Accepted, error) {
	return s.start(s.count("publish"))
}
func (s *service) GoLive(context.Context) (marketplace.Accepted, error) {
	return s.start(s.count("golive"))
}
func (s *service) Cancel(context.Context) (marketplace.Accepted, error) {
	return s.start(s.count("cancel"))
}
func (s *service) Operations(context.Context) ([]marketplace.Listed, error) {
	n := s.count("list")
	if s.list == nil {
		return nil, nil
	}
	return s.list(n)
}
func (s *service) Operation(context.Context, string) (marketplace.Operation, error) {
	return s.look(s.count("look"))
}
func (s *service) OfferStatus(context.Context) (marketplace.Operation, error) {
	n := s.count("status")
	if s.status == nil {
		return marketplace.Operation{State: marketplace.Succeeded}, nil
	}
	return s.status(n)
}

func fault(f marketplace.Fault, after time.Duration) error {
	return &marketplace.Error{Call: "start publish", Fault: f, RetryAfter: after}
}

func order() Order {
	return Order{Command: Publish, Goal: Accepted, IfRunning: Fail, Timeout: 10 * time.Hour, PollInterval: 15 * time.Second, MaxPollInterval: 5 * time.Minute}
}

func reason(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return -1
}

// How often and when a start is sent, for everything that can become of it.
func TestAStartIsSentOnce(t *testing.T) {
	t.Parallel()
	ours := []marketplace.Listed{{ID: "new", Path: "/new", Kind: marketplace.Publish, State: marketplace.Running}}
	listFrom := func(from int, items []marketplace.Listed) func(int) ([]marketplace.Listed, error) {
		return func(n int) ([]marketplace.Listed, error) {
			if n >= from {
				return items, nil
			}
			return nil, nil
		}
	}
	always := func(err error) func(int) (marketplace.Accepted, error) {
		return func(int) (marketplace.Accepted, error) { return marketplace.Accepted{}, err }
	}
	for name, test := range map[string]struct {
		poll   time.Duration
		s      service
		posts  int
		took   time.Duration
		path   string
		reason Reason
	}{
		"accepted":                            {s: service{start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{Path: "/p"}, nil }}, posts: 1, path: "/p", reason: -1},
		"never sent, for two minutes":         {s: service{start: always(fault(marketplace.NotSent, 0))}, posts: 17, took: 2 * time.Minute, reason: OutOfReach},
		"429 eleven times":                    {s: service{start: always(fault(marketplace.Throttled, time.Minute))}, posts: 11, took: 10 * time.Minute, reason: OutOfReach},
		"refused":                             {s: service{start: always(fault(marketplace.Refused, 0))}, posts: 1, reason: Declined},
		"refused, as another runs":            {s: service{start: always(fault(marketplace.Refused, 0)), list: listFrom(2, ours), look: running}, posts: 1, reason: Conflict},
		"not allowed":                         {s: service{start: always(fault(marketplace.Forbidden, 0))}, posts: 1, reason: NotAllowed},
		"unclear, then found":                 {s: service{start: always(fault(marketplace.Cut, 0)), list: listFrom(2, ours)}, posts: 1, path: "/new", reason: -1},
		"unclear, found at the window's end":  {s: service{start: always(fault(marketplace.Cut, 0)), list: listFrom(12, ours)}, posts: 1, took: 2 * time.Minute, path: "/new", reason: -1},
		"unclear three times, each clean":     {s: service{start: always(fault(marketplace.Cut, 0))}, posts: 3, took: 6 * time.Minute, reason: Unclear},
		"the window is ten poll intervals":    {poll: time.Second, s: service{start: always(fault(marketplace.Cut, 0))}, posts: 3, took: 30 * time.Second, reason: Unclear},
		"unclear, and the offer moves":        {s: service{start: always(fault(marketplace.Cut, 0)), status: running}, posts: 1, took: 2 * time.Minute, reason: Unclear},
		"unclear, and the list is unreadable": {s: service{start: always(fault(marketplace.Cut, 0)), list: func(n int) ([]marketplace.Listed, error) { return nil, failAfter(n) }}, posts: 1, took: 2 * time.Minute, reason: Unclear},
		"unclear, and the status is unreadable": {s: service{start: always(fault(marketplace.Cut, 0)), status: func(int) (marketplace.Operation, error) {
			return marketplace.Operation{}, fault(marketplace.Cut, 0)
		}}, posts: 1, took: 2 * time.Minute, reason: Unclear},
		"accepted without a location, never listed": {s: service{start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{}, nil }}, posts: 1, took: 2 * time.Minute, reason: Unclear},
		"accepted without a location, listed late":  {s: service{start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{}, nil }, list: listFrom(4, ours)}, posts: 1, took: 24 * time.Second, path: "/new", reason: -1},
		"an old operation is not ours": {s: service{start: always(fault(marketplace.Cut, 0)), list: func(int) ([]marketplace.Listed, error) {
			return []marketplace.Listed{{ID: "old", Path: "/old", Kind: marketplace.Publish, State: marketplace.Succeeded}}, nil
		}}, posts: 3, took: 6 * time.Minute, reason: Unclear},
		"a go-live of somebody else is not ours": {s: service{start: always(fault(marketplace.Cut, 0)), list: listFrom(2, []marketplace.Listed{{ID: "new", Path: "/new", Kind: marketplace.GoLive, State: marketplace.Running}})}, posts: 3, took: 6 * time.Minute, reason: Unclear},
		"one that ended already is ours":         {s: service{start: always(fault(marketplace.Cut, 0)), list: listFrom(3, []marketplace.Listed{{ID: "new", Path: "/new", Kind: marketplace.Publish, State: marketplace.Failed}})}, posts: 1, took: 12 * time.Second, path: "/new", reason: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began, o := time.Now(), order()
				if test.poll != 0 {
					o.PollInterval = test.poll
				}
				result, err := Run(t.Context(), &test.s, o, func(Event) {})
				if reason(err) != test.reason || result.Path != test.path {
					t.Errorf("got reason %d (%v), path %q; want %d, %q", reason(err), err, result.Path, test.reason, test.path)
				}
				if n := test.s.calls["publish"]; n != test.posts {
					t.Errorf("%d starts were sent, want %d", n, test.posts)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
			})
		})
	}
}

func running(int) (marketplace.Operation, error) {
	return marketplace.Operation{State: marketplace.Running, Steps: []marketplace.Step{{Name: "S"}}}, nil
}

// failAfter lets the baseline be read, and nothing after it.
func failAfter(n int) error {
	if n == 1 {
		return nil
	}
	return fault(marketplace.Cut, 0)
}

// A run that cannot reach anything before it started something ends after two minutes, not sooner and not later.
func TestPatienceBeforeTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &service{list: func(int) ([]marketplace.Listed, error) { return nil, fault(marketplace.Unreadable, 0) }}
		_, err := Run(t.Context(), s, order(), func(Event) {})
		if reason(err) != OutOfReach || time.Since(began) != patience || s.calls["publish"] != 0 {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// While an operation is followed, no trouble ends the run before its timeout, and it is told once.
func TestTroubleWhileFollowing(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]struct {
		fault  marketplace.Fault
		reason Reason
		after  time.Duration
	}{
		"cut":          {marketplace.Cut, TimedOut, 3 * time.Hour},
		"not sent":     {marketplace.NotSent, TimedOut, 3 * time.Hour},
		"nonsense":     {marketplace.Unreadable, TimedOut, 3 * time.Hour},
		"throttled":    {marketplace.Throttled, TimedOut, 3 * time.Hour},
		"unknown":      {marketplace.NotFound, Lost, patience},
		"unauthorized": {marketplace.Unauthorized, NotAllowed, 0},
		"forbidden":    {marketplace.Forbidden, NotAllowed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := order()
				o.Command, o.Goal, o.Operation, o.Timeout = Wait, Preview, "/op", 3*time.Hour
				s := &service{look: func(int) (marketplace.Operation, error) { return marketplace.Operation{}, fault(f.fault, 0) }}
				began, told := time.Now(), 0
				result, err := Run(t.Context(), s, o, func(e Event) {
					if f, ok := e.(Faulted); ok && !f.Again {
						told++
					}
				})
				if reason(err) != f.reason || time.Since(began) != f.after || result.Path != "/op" {
					t.Errorf("got %v after %s, path %q", err, time.Since(began), result.Path)
				}
				if want := min(1, int(f.after)); told != want {
					t.Errorf("told %d times", told)
				}
			})
		})
	}
}

// Waits grow, stay between the poll interval and the cap, and obey Retry-After.
func TestWaits(t *testing.T) {
	t.Parallel()
	for range 50 {
		r := &runner{Order: Order{Jitter: 0.2}}
		w := r.waits(15*time.Second, 5*time.Minute)
		nominal := 15 * time.Second
		for range 30 {
			d := w.NextBackOff()
			if low, high := nominal*79/100, min(nominal*121/100, 5*time.Minute); d < low || d > high {
				t.Fatalf("%s is not within 20%% of %s", d, nominal)
			}
			nominal = min(nominal*13/10, 5*time.Minute)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		o := order()
		o.Command, o.Goal, o.Operation = Wait, Preview, "/op"
		s := &service{look: func(n int) (marketplace.Operation, error) {
			at = append(at, time.Since(began))
			op := marketplace.Operation{State: marketplace.Running, Steps: []marketplace.Step{{Name: "S"}}}
			switch n {
			case 2:
				op.RetryAfter = time.Hour // longer than the cap: it wins
			case 3:
				op.RetryAfter = time.Second // shorter than the poll interval: that wins
			case 4:
				op.State = marketplace.AtSignOff
			}
			return op, nil
		}}
		if _, err := Run(t.Context(), s, o, func(Event) {}); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, 15 * time.Second, time.Hour + 15*time.Second, time.Hour + 15*time.Second + 25350*time.Millisecond}
		if fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("looked at %v, want %v", at, want)
		}
	})
}

// Success is only what the service says: no unknown word, no step, no percentage makes it.
func TestUnknownWordsRunOnAndAreToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := order()
		o.Command, o.Goal, o.Operation, o.Timeout = Wait, Preview, "/op", time.Hour
		s := &service{look: func(int) (marketplace.Operation, error) {
			return marketplace.Operation{State: marketplace.Running, Unknown: []string{"succeededish"}, Steps: []marketplace.Step{{State: marketplace.StepComplete, Percent: 100}}}, nil
		}}
		told := 0
		_, err := Run(t.Context(), s, o, func(e Event) {
			if u, ok := e.(Unknown); ok && u.Word == "succeededish" {
				told++
			}
		})
		if reason(err) != TimedOut || told != 1 {
			t.Errorf("got %v, told %d times", err, told)
		}
	})
}
