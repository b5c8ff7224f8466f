package publish

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/marketplace"
)

// The service cancels whatever runs on the offer, so an interrupted run orders that only where what it started is all
// that runs.
func TestASignalCancelsNothingOfOthers(t *testing.T) {
	t.Parallel()
	const (
		id   = "0f3c1c2e-6d3b-4a57-9d6e-8f1f1d2c3b4a"
		path = "/api/publishers/contoso/offers/contoso-offer/operations/" + id
	)
	own := marketplace.Listed{ID: id, Path: path, Kind: marketplace.Publish, State: marketplace.Running}
	other := marketplace.Listed{ID: "9a1b2c3d-0000-4a57-9d6e-8f1f1d2c3b4a", Path: "/other", Kind: marketplace.Publish, State: marketplace.Running}
	ended := marketplace.Listed{ID: "7a1b2c3d-0000-4a57-9d6e-8f1f1d2c3b4a", Path: "/ended", Kind: marketplace.Publish, State: marketplace.Failed}
	for name, test := range map[string]struct {
		listed  []marketplace.Listed
		cancels int
	}{
		"alone":                   {[]marketplace.Listed{own}, 1},
		"beside what has ended":   {[]marketplace.Listed{ended, own}, 1},
		"another after it":        {[]marketplace.Listed{own, other}, 0},
		"another before it":       {[]marketplace.Listed{other, own}, 0},
		"another in its place":    {[]marketplace.Listed{other}, 0},
		"no longer listed at all": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &service{
					start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{Path: path}, nil },
					list: func(n int) ([]marketplace.Listed, error) {
						if n == 1 { // the baseline
							return nil, nil
						}
						return test.listed, nil
					},
					look: running,
				}
				ctx, interrupt := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Minute, func() { interrupt(errors.New("a signal")) })
				o := order()
				o.Goal, o.CancelOnSignal = Preview, true
				result, err := Run(ctx, s, o, func(Event) {})
				if reason(err) != Interrupted || result.Path != path {
					t.Fatalf("got %v, path %q", err, result.Path)
				}
				if n := s.calls["cancel"]; n != test.cancels || result.CancelOrdered != (n > 0) {
					t.Errorf("%d cancellations were sent, ordered: %t; want %d", n, result.CancelOrdered, test.cancels)
				}
			})
		})
	}
}

// However the waits vary, two looks are at least the poll interval apart, and at most the cap.
func TestLooksKeepTheirDistance(t *testing.T) {
	t.Parallel()
	const most = time.Minute
	for name, goal := range map[string]Goal{"following": Preview, "watching the preview": Live} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				looked := func(state marketplace.State) func(int) (marketplace.Operation, error) {
					return func(int) (marketplace.Operation, error) {
						at = append(at, time.Now())
						return marketplace.Operation{State: state, Steps: []marketplace.Step{{Name: "S"}}}, nil
					}
				}
				o := order()
				o.Command, o.Goal, o.Jitter, o.MaxPollInterval, o.Timeout = Wait, goal, 0.5, most, 5*time.Hour
				s := &service{}
				if goal == Live {
					s.status = looked(marketplace.AtSignOff)
				} else {
					o.Operation, s.look = "/op", looked(marketplace.Running)
				}
				// The jitter is drawn anew in each run.
				for range 20 {
					at = nil
					if _, err := Run(t.Context(), s, o, func(Event) {}); reason(err) != TimedOut {
						t.Fatalf("got %v", err)
					}
					if len(at) < 100 {
						t.Fatalf("%d looks only", len(at))
					}
					for i := range at[1:] {
						if d := at[i+1].Sub(at[i]); d < o.PollInterval || d > most {
							t.Fatalf("look %d came %s after the one before", i+2, d)
						}
					}
				}
			})
		})
	}
}

// silent is a service that at some call answers no more.
type silent struct {
	*service
	publish, list, cancel bool // which call is not answered; list: after the baseline
}

func (s silent) Publish(ctx context.Context, emails []string) (marketplace.Accepted, error) {
	if s.publish {
		return marketplace.Accepted{}, silence(ctx)
	}
	return s.service.Publish(ctx, emails)
}

func (s silent) Operations(ctx context.Context) ([]marketplace.Listed, error) {
	list, err := s.service.Operations(ctx)
	if s.list && s.calls["list"] > 1 {
		return nil, silence(ctx)
	}
	return list, err
}

func (s silent) Cancel(ctx context.Context) (marketplace.Accepted, error) {
	if s.cancel {
		return marketplace.Accepted{}, silence(ctx)
	}
	return s.service.Cancel(ctx)
}

func silence(ctx context.Context) error {
	<-ctx.Done()
	return fault(marketplace.Cut, 0)
}

// After a signal the platforms wait a few seconds before they kill: whatever hangs, the run ends before.
func TestAnEndingIsShort(t *testing.T) {
	t.Parallel()
	const path = "/started"
	for name, hangs := range map[string]silent{
		"the start":            {publish: true},
		"the list":             {list: true},
		"the cancellation":     {cancel: true},
		"the list and a start": {publish: true, list: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hangs.service = &service{
					start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{Path: path}, nil },
					list: func(n int) ([]marketplace.Listed, error) {
						if n == 1 {
							return nil, nil
						}
						return []marketplace.Listed{{ID: "new", Path: path, Kind: marketplace.Publish, State: marketplace.Running}}, nil
					},
					look: running,
				}
				ctx, interrupt := context.WithCancelCause(t.Context())
				const after = time.Minute
				time.AfterFunc(after, func() { interrupt(errors.New("a signal")) })
				o := order()
				o.Goal, o.CancelOnSignal = Preview, true
				began := time.Now()
				result, err := Run(ctx, hangs, o, func(Event) {})
				if took := time.Since(began) - after; reason(err) != Interrupted || took < 0 || took >= 5*time.Second {
					t.Errorf("it ended %s after the signal: %v", took, err)
				}
				if result.CancelOrdered && (hangs.list || hangs.cancel) {
					t.Error("a cancellation without an answer counts as ordered")
				}
			})
		})
	}
}

// That a cancellation was accepted proves nothing, and the service may never say more: the run ends all the same, long
// before its timeout, and does not say that anything was canceled.
func TestACancellationIsNotWatchedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{
			start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{}, nil },
			list: func(int) ([]marketplace.Listed, error) {
				return []marketplace.Listed{{ID: "op", Path: "/op", Kind: marketplace.Publish, State: marketplace.Running}}, nil
			},
			look: running,
		}
		o := order()
		o.Command = Cancel
		began := time.Now()
		result, err := Run(t.Context(), s, o, func(Event) {})
		if took := time.Since(began); reason(err) != TimedOut || took < 3*time.Minute || took > 20*time.Minute {
			t.Errorf("got %v after %s", err, took)
		}
		if n := s.calls["cancel"]; n != 1 || result.State != marketplace.Running {
			t.Errorf("%d cancellations were sent, state %s", n, result.State)
		}
	})
}

// The offer may show as waiting for sign-off long after its go-live has ended: it goes live once.
func TestAPreviewGoesLiveOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const path = "/api/operations/contoso$contoso-offer$2$preview" // the same for both operations
		var wentLive time.Time
		s := &service{
			look: func(int) (marketplace.Operation, error) {
				if wentLive.IsZero() {
					return at(marketplace.AtSignOff), nil
				}
				return at(marketplace.Succeeded), nil
			},
			status: func(int) (marketplace.Operation, error) {
				if wentLive.IsZero() || time.Since(wentLive) < 20*time.Minute {
					return at(marketplace.AtSignOff), nil
				}
				return at(marketplace.Succeeded), nil
			},
		}
		s.start = func(int) (marketplace.Accepted, error) {
			if s.calls["golive"] > 0 && wentLive.IsZero() {
				wentLive = time.Now()
			}
			return marketplace.Accepted{Path: path}, nil
		}
		o := order()
		o.Goal = Live
		result, err := Run(t.Context(), s, o, func(Event) {})
		if err != nil || result.State != marketplace.Succeeded || time.Since(wentLive) < 20*time.Minute {
			t.Errorf("got %v, state %s, %s after the go-live", err, result.State, time.Since(wentLive))
		}
		if s.calls["publish"] != 1 || s.calls["golive"] != 1 {
			t.Errorf("%d publishes and %d go-lives were started", s.calls["publish"], s.calls["golive"])
		}
	})
}
