package publish

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/marketplace"
)

// scripted is a service for the driver's tests: each call is a function, and what is not set answers an offer at rest.
type scripted struct {
	start  func(context.Context) (marketplace.Accepted, error)
	cancel func(context.Context) (marketplace.Accepted, error)
	look   func(context.Context) (marketplace.Operation, error)
	list   func(context.Context) (marketplace.List, error)

	calls []string
	at    []time.Time
}

func (s *scripted) note(call string) {
	s.calls = append(s.calls, call)
	s.at = append(s.at, time.Now())
}

func (s *scripted) Start(ctx context.Context, _ marketplace.Start) (marketplace.Accepted, error) {
	s.note("start")
	if s.start != nil {
		return s.start(ctx)
	}
	return marketplace.Accepted{Ref: marketplace.Ref{Path: "/1", ID: "1"}}, nil
}

func (s *scripted) Cancel(ctx context.Context, _ marketplace.Ref) (marketplace.Accepted, error) {
	s.note("cancel")
	if s.cancel != nil {
		return s.cancel(ctx)
	}
	return marketplace.Accepted{}, nil
}

func (s *scripted) Operation(ctx context.Context, _ marketplace.Ref) (marketplace.Operation, error) {
	s.note("look")
	if s.look != nil {
		return s.look(ctx)
	}
	return marketplace.Operation{State: marketplace.Running, Details: marketplace.Details{Steps: []marketplace.Step{{State: marketplace.StepRunning}}}}, nil
}

func (s *scripted) Operations(ctx context.Context) (marketplace.List, error) {
	s.note("list")
	if s.list != nil {
		return s.list(ctx)
	}
	return nil, nil
}

func (s *scripted) Offer(context.Context) (marketplace.Offer, error) {
	s.note("offer")
	return marketplace.Offer{State: marketplace.NeverPublished}, nil
}

func (s *scripted) count(call string) int {
	n := 0
	for _, c := range s.calls {
		if c == call {
			n++
		}
	}
	return n
}

func publishOrder() Order {
	return Order{
		Command: Publish, Goal: Preview, IfRunning: Fail, Timeout: 4 * time.Hour, Window: 2 * time.Minute,
		Pace: func() (time.Duration, time.Duration) { return 15 * time.Second, 5 * time.Minute },
	}
}

var errSignal = errors.New("interrupted")

// run drives an order in fake time; a signal comes at the time, if it is not 0.
func run(t *testing.T, s *scripted, o Order, signal time.Duration) (Result, *Error, time.Duration, []Event) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if signal > 0 {
		defer time.AfterFunc(signal, func() { cancel(errSignal) }).Stop()
	}
	began := time.Now()
	var events []Event
	result, err := Do(ctx, s, o, func(e Event) { events = append(events, e) })
	var e *Error
	errors.As(err, &e)
	return result, e, time.Since(began), events
}

// stalls answers only when its context ends.
func stalls[T any](ctx context.Context) (T, error) {
	var zero T
	<-ctx.Done()
	return zero, &marketplace.Error{Call: "call", Fault: marketplace.Cut, Err: context.Cause(ctx)}
}

func TestASignalLeavesAStartItsMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{start: func(ctx context.Context) (marketplace.Accepted, error) {
			select {
			case <-time.After(12 * time.Second):
				return marketplace.Accepted{Ref: marketplace.Ref{Path: "/1", ID: "1"}}, nil
			case <-ctx.Done():
				return stalls[marketplace.Accepted](ctx)
			}
		}}
		result, e, took, _ := run(t, s, publishOrder(), 10*time.Second)
		if e == nil || e.Reason != Interrupted || result.Ref.ID != "1" || took != 12*time.Second {
			t.Errorf("%+v, %+v after %s", e, result.Ref, took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{start: stalls[marketplace.Accepted]}
		_, e, took, _ := run(t, s, publishOrder(), 10*time.Second)
		if e == nil || e.Reason != Interrupted || !e.MayRun || took != 13*time.Second {
			t.Errorf("%+v after %s", e, took)
		}
	})
}

// What an order reads before it is sent may be under way when the signal comes: then it does not leave, and nobody says that
// it is sent again.
func TestNoOrderLeavesAfterTheSignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{start: func(ctx context.Context) (marketplace.Accepted, error) {
			time.Sleep(12 * time.Second)
			if err := marketplace.TooLate(ctx); err != nil {
				return marketplace.Accepted{}, &marketplace.Error{Call: "start publish", Fault: marketplace.NotSent, Err: err}
			}
			return marketplace.Accepted{Ref: marketplace.Ref{Path: "/1", ID: "1"}}, nil
		}}
		result, e, _, events := run(t, s, publishOrder(), 10*time.Second)
		if e == nil || e.Reason != Interrupted || e.MayRun || result.Ref.Known() || len(events) != 0 || s.count("start") != 1 {
			t.Errorf("%+v, %+v, %v", e, result.Ref, events)
		}
	})
}

func TestTheWholeEndingIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := publishOrder()
		o.CancelOnSignal = true
		lists := 0
		s := &scripted{
			list: func(ctx context.Context) (marketplace.List, error) {
				if lists++; lists == 1 {
					return nil, nil
				}
				return marketplace.List{{Ref: marketplace.Ref{Path: "/1", ID: "1"}, Kind: marketplace.Publish, State: marketplace.Running}}, nil
			},
			cancel: stalls[marketplace.Accepted],
		}
		_, e, took, _ := run(t, s, o, time.Minute)
		if e == nil || e.Reason != Interrupted || took > time.Minute+5*time.Second || s.count("cancel") != 1 {
			t.Errorf("%+v after %s, %d cancellations", e, took, s.count("cancel"))
		}
	})
}

func TestNothingIsCanceledBesideSomebodyElses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := publishOrder()
		o.CancelOnSignal = true
		lists := 0
		s := &scripted{list: func(ctx context.Context) (marketplace.List, error) {
			if lists++; lists == 1 {
				return nil, nil
			}
			return marketplace.List{
				{Ref: marketplace.Ref{Path: "/1", ID: "1"}, Kind: marketplace.Publish, State: marketplace.Running},
				{Ref: marketplace.Ref{Path: "/2", ID: "2"}, Kind: marketplace.Publish, State: marketplace.Running},
			}, nil
		}}
		if _, _, _, events := run(t, s, o, time.Minute); s.count("cancel") != 0 {
			t.Errorf("it was canceled: %v", events)
		}
	})
}

func TestPausesAreAsLongAsIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := publishOrder()
		s := &scripted{look: func(context.Context) (marketplace.Operation, error) {
			return marketplace.Operation{State: marketplace.Running, Details: marketplace.Details{RetryAfter: 10 * time.Minute, Steps: []marketplace.Step{{State: marketplace.StepRunning}}}}, nil
		}}
		_, e, took, _ := run(t, s, o, 0)
		if e == nil || e.Reason != TimedOut || took != o.Timeout {
			t.Errorf("%+v after %s", e, took)
		}
		var last time.Time
		for i, call := range s.calls {
			if call != "look" {
				continue
			}
			if d := s.at[i].Sub(last); !last.IsZero() && d < 10*time.Minute {
				t.Errorf("look %d after %s", i, d)
			}
			last = s.at[i]
		}
	})
}

func TestPausesGrowUpToTheCap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := publishOrder()
		o.Jitter = 0.2
		s := &scripted{}
		run(t, s, o, 0)
		var last time.Time
		long := 0
		for i, call := range s.calls {
			if call != "look" {
				continue
			}
			d := s.at[i].Sub(last)
			if !last.IsZero() && (d < 15*time.Second || d > 5*time.Minute) {
				t.Errorf("look %d after %s", i, d)
			}
			if d > 3*time.Minute {
				long++
			}
			last = s.at[i]
		}
		if long < 30 {
			t.Errorf("only %d long pauses", long)
		}
	})
}

func TestAnOutOfReachServiceEndsARun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault marketplace.Fault
		want  Reason
		note  Note
	}{
		"cut":       {marketplace.Cut, OutOfReach, Plain},
		"dial":      {marketplace.NotSent, OutOfReach, Plain},
		"throttled": {marketplace.Throttled, OutOfReach, Throttled},
		"forbidden": {marketplace.Forbidden, NotAllowed, Plain},
		"unknown":   {marketplace.NotFound, NoOffer, Plain},
		"conflict":  {marketplace.Conflict, Conflict, Plain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{list: func(context.Context) (marketplace.List, error) {
					return nil, &marketplace.Error{Call: "list", Fault: test.fault}
				}}
				_, e, took, _ := run(t, s, publishOrder(), 0)
				if e == nil || e.Reason != test.want || e.Note != test.note || took > patience {
					t.Errorf("%+v after %s", e, took)
				}
			})
		})
	}
}

func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := publishOrder()
		o.Timeout = time.Hour
		o.SignInEnds = time.Now().Add(30 * time.Minute)
		_, _, _, events := run(t, &scripted{}, o, 0)
		alive, farewells := 0, 0
		for _, e := range events {
			switch e.(type) {
			case Alive:
				alive++
			case SignInEnds:
				farewells++
			}
		}
		if alive < 55 || farewells != 1 {
			t.Errorf("%d signs of life, %d farewells", alive, farewells)
		}
	})
}
