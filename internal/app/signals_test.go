package app

import (
	"context"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheSecondSignal(t *testing.T) {
	t.Parallel()
	type sent struct {
		at time.Duration
		os.Signal
	}
	term, interrupt := syscall.SIGTERM, syscall.SIGINT
	for name, test := range map[string]struct {
		signals []sent
		start   time.Duration // when the start under way ends; 0: there is none
		code    int
		ends    time.Duration
	}{
		"two at once, one later":       {[]sent{{0, term}, {20 * time.Millisecond, term}, {2 * time.Second, interrupt}}, 0, 130, 2 * time.Second},
		"many within a second":         {[]sent{{0, interrupt}, {1, term}, {999 * time.Millisecond, term}, {time.Second, term}}, 0, 143, time.Second},
		"a start that is answered":     {[]sent{{0, term}, {1500 * time.Millisecond, term}}, 2 * time.Second, 143, 2*time.Second + leave},
		"a start that is not":          {[]sent{{0, term}, {1500 * time.Millisecond, term}}, time.Hour, 143, startGrace},
		"a start, long after a signal": {[]sent{{0, term}, {4 * time.Second, term}}, time.Hour, 143, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				starts := &Starts{}
				if test.start > 0 {
					end := starts.begin()
					time.AfterFunc(test.start, end)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				signals := make(chan os.Signal, 8)
				begun := time.Now()
				for _, s := range test.signals {
					time.AfterFunc(s.at, func() { signals <- s.Signal })
				}
				code := Interrupts(signals, cancel, starts)
				if took := time.Since(begun); code != test.code || took != test.ends {
					t.Errorf("exit %d after %v, want %d after %v", code, took, test.code, test.ends)
				}
				if want := interrupted(test.signals[0].Signal); context.Cause(ctx) != want {
					t.Errorf("the run is told %v, want %v", context.Cause(ctx), want)
				}
			})
		})
	}
	end := (*Starts)(nil).begin()
	end()
}
