package app

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

const (
	sameSignal = time.Second            // within it, a second signal is the first one again: GNU timeout sends two
	startGrace = 3 * time.Second        // since the first signal, for the answer to a start under way
	leave      = 300 * time.Millisecond // since that answer, for the outputs
)

// Interrupts cancels the run, with an Interrupted as the cause, for the first signal. It returns the exit code with
// which to end at once for a later one, which leaves a start under way the time for its answer.
func Interrupts(signals <-chan os.Signal, cancel context.CancelCauseFunc, starts *Starts) int {
	cancel(interrupted(<-signals))
	first := time.Now()
	for {
		s := <-signals
		if time.Since(first) < sameSignal {
			continue
		}
		if starts.settle(first.Add(startGrace)) {
			<-time.After(leave)
		}
		return int(interrupted(s))
	}
}

func interrupted(s os.Signal) Interrupted { return Interrupted(128 + int(s.(syscall.Signal))) }

// Starts knows whether a start is under way. Its zero value is ready, and nil counts none.
type Starts struct {
	mu   sync.Mutex
	done chan struct{} // closed at the end of the one under way; nil while there is none
}

// begin takes note of a start until end is called.
func (s *Starts) begin() (end func()) {
	if s == nil {
		return func() {}
	}
	done := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = done
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done = nil
		close(done)
	}
}

// settle waits for the end of the start under way, and reports whether there was one and it came in time.
func (s *Starts) settle(deadline time.Time) bool {
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	if done == nil {
		return false
	}
	select {
	case <-done:
		return true
	case <-time.After(time.Until(deadline)):
		return false
	}
}

// guarded is a service whose starts are taken note of.
type guarded struct {
	publish.Service
	starts *Starts
}

func (g guarded) Start(ctx context.Context, order marketplace.Start) (marketplace.Accepted, error) {
	defer g.starts.begin()()
	return g.Service.Start(ctx, order)
}

// IsTerminal tells whether the file is a terminal: a device of characters, and not the one that swallows all.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
