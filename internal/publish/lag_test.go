package publish

import (
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/marketplace"
)

// The service may be behind with what it shows. None of that may be taken for what the run asked for.

func accepts(path string) func(int) (marketplace.Accepted, error) {
	return func(int) (marketplace.Accepted, error) { return marketplace.Accepted{Path: path}, nil }
}

func at(state marketplace.State) marketplace.Operation {
	return marketplace.Operation{State: state, Steps: []marketplace.Step{{Name: "S"}}}
}

const guidPath = "/api/publishers/p/offers/o/operations/56615b67-2185-49fe-80d2-c4ddf77bb2e8?api-version=2017-10-31"

// A preview that stood before the start still shows for a minute: it is not the new one, and never goes live.
func TestTheOldPreviewIsNotTheNewOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var wentLive time.Duration
		s := &service{
			look: func(int) (marketplace.Operation, error) {
				if wentLive > 0 {
					return at(marketplace.Succeeded), nil
				}
				return marketplace.Operation{State: marketplace.Running}, nil // an operation without steps
			},
			status: func(int) (marketplace.Operation, error) {
				if d := time.Since(began); d > time.Minute && d < 40*time.Minute {
					return at(marketplace.Running), nil
				}
				return at(marketplace.AtSignOff), nil
			},
		}
		s.start = func(int) (marketplace.Accepted, error) {
			if s.calls["golive"] > 0 {
				wentLive = time.Since(began)
			}
			return marketplace.Accepted{Path: guidPath}, nil
		}
		o := order()
		o.Goal = Live
		if _, err := Run(t.Context(), s, o, func(Event) {}); err != nil {
			t.Fatal(err)
		}
		if s.calls["golive"] != 1 || wentLive < 40*time.Minute {
			t.Errorf("%d go-lives, the first after %s", s.calls["golive"], wentLive)
		}
	})
}

// The version that was live before still shows when the publish has ended: that is not "live".
func TestTheOldLiveOfferIsNotTheNewOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{start: accepts(guidPath), look: func(int) (marketplace.Operation, error) { return at(marketplace.Succeeded), nil }}
		s.status = func(n int) (marketplace.Operation, error) {
			if n < 3 {
				return at(marketplace.Succeeded), nil
			}
			return at(marketplace.AtSignOff), nil
		}
		o := order()
		o.Goal = Live
		if _, err := Run(t.Context(), s, o, func(Event) {}); err != nil {
			t.Fatal(err)
		}
		if s.calls["publish"] != 1 || s.calls["golive"] != 1 {
			t.Errorf("sent %v", s.calls)
		}
	})
}

// An operation that stays listed as running after its cancellation is canceled once, and ends as a conflict.
func TestWhatStaysListedIsCanceledOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{
			start: accepts(guidPath),
			list: func(int) ([]marketplace.Listed, error) {
				return []marketplace.Listed{{ID: "z", Path: "/z", Kind: marketplace.Publish, State: marketplace.Running}}, nil
			},
			look: func(int) (marketplace.Operation, error) {
				return marketplace.Operation{}, fault(marketplace.NotFound, 0)
			},
			status: func(int) (marketplace.Operation, error) { return at(marketplace.Canceled), nil },
		}
		o := order()
		o.IfRunning = CancelOther
		began := time.Now()
		_, err := Run(t.Context(), s, o, func(Event) {})
		if reason(err) != Conflict || s.calls["cancel"] != 1 || s.calls["publish"] != 0 || time.Since(began) > 3*time.Minute {
			t.Errorf("after %s: %v, sent %v", time.Since(began), err, s.calls)
		}
	})
}

// What happens to the offer after the publish has ended well is not told of the publish.
func TestALaterFailureIsNotOurs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{start: accepts(guidPath), look: func(int) (marketplace.Operation, error) { return at(marketplace.Succeeded), nil },
			status: func(int) (marketplace.Operation, error) { return at(marketplace.Failed), nil }}
		o := order()
		o.Goal = Preview
		result, err := Run(t.Context(), s, o, func(Event) {})
		if err != nil || result.State != marketplace.Succeeded {
			t.Errorf("got %s, %v", result.State, err)
		}
	})
}

// A start in doubt is never told as "nothing was started", whatever the service says to the next one.
func TestDoubtStaysToTheEnd(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]error{
		"refused":   fault(marketplace.Refused, 0),
		"forbidden": fault(marketplace.Forbidden, 0),
		"throttled": fault(marketplace.Throttled, time.Second),
		"not sent":  fault(marketplace.NotSent, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &service{start: func(n int) (marketplace.Accepted, error) {
					if n == 1 {
						return marketplace.Accepted{}, fault(marketplace.Cut, 0)
					}
					return marketplace.Accepted{}, then
				}}
				_, err := Run(t.Context(), s, order(), func(Event) {})
				var e *Error
				if reason(err) != Unclear {
					t.Fatalf("got %v", err)
				}
				if e, _ = err.(*Error); !e.MayRun {
					t.Error("it does not say that something may run")
				}
			})
		})
	}
}

// An operation that is listed as ended, then by a list that lags as running, is an old one all the same.
func TestAnOldOperationIsNeverNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{
			start: func(n int) (marketplace.Accepted, error) {
				if n == 1 {
					return marketplace.Accepted{}, fault(marketplace.Cut, 0)
				}
				return marketplace.Accepted{Path: guidPath}, nil
			},
			list: func(n int) ([]marketplace.Listed, error) {
				state := marketplace.Succeeded
				if n == 2 {
					state = marketplace.Running
				}
				return []marketplace.Listed{{ID: "x", Path: "/x", Kind: marketplace.Publish, State: state, Changed: time.Now().Add(-time.Minute)}}, nil
			},
		}
		result, err := Run(t.Context(), s, order(), func(Event) {})
		if err != nil || result.Path != guidPath || s.calls["publish"] != 2 {
			t.Errorf("got %q, %v, sent %v", result.Path, err, s.calls)
		}
	})
}

// Clocks may be hours apart: the service's own Date tells, so that what is ours is found.
func TestAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{start: func(int) (marketplace.Accepted, error) { return marketplace.Accepted{}, fault(marketplace.Cut, 0) }}
		s.list = func(n int) ([]marketplace.Listed, error) {
			if n == 1 {
				return nil, nil
			}
			return []marketplace.Listed{{ID: "new", Path: guidPath, Kind: marketplace.Publish, State: marketplace.Running,
				Changed: time.Now().Add(-3 * time.Hour), Ahead: -3 * time.Hour}}, nil
		}
		if result, err := Run(t.Context(), s, order(), func(Event) {}); err != nil || result.Path != guidPath || s.calls["publish"] != 1 {
			t.Errorf("got %q, %v, sent %v", result.Path, err, s.calls)
		}
	})
}
