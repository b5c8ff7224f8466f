package ci

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"time"
)

const (
	// outletPatience is how long a line of the log waits for its reader. After that the run goes on, and the lines wait.
	outletPatience = 200 * time.Millisecond
	// outletLimit is how many bytes wait; more of them are lost.
	outletLimit = 1 << 20
	// flushPatience is how long the ending waits for a reader that takes nothing, and flushLimit for a slow one.
	flushPatience = 400 * time.Millisecond
	flushLimit    = 2 * time.Second
)

var errUnread = errors.New("nobody reads it")

// outlet writes in order, and does not let a reader who has stopped reading stop the run: while one write hangs, those after
// it wait in a queue.
type outlet struct {
	to io.Writer

	mu      sync.Mutex
	queue   [][]byte
	size    int           // bytes in the queue
	idle    chan struct{} // closed when nothing is left to write; nil while that is so
	late    bool          // the reader kept somebody waiting for too long, and has not caught up yet
	written int           // writes that are done
	gone    bool          // a write ended its goroutine
	err     error         // of the first write that failed: there are no more
}

// Write returns when the text is written, or when its reader has kept it waiting for too long.
func (o *outlet) Write(text []byte) (int, error) {
	o.mu.Lock()
	if o.err != nil {
		defer o.mu.Unlock()
		return 0, o.err
	}
	if o.size+len(text) > outletLimit {
		defer o.mu.Unlock()
		return 0, errUnread
	}
	o.queue = append(o.queue, append([]byte(nil), text...))
	o.size += len(text)
	if o.idle == nil {
		o.idle = make(chan struct{})
		go o.drain(o.idle)
	}
	idle, late := o.idle, o.late
	o.mu.Unlock()
	if !late {
		o.wait(idle, outletPatience)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone {
		runtime.Goexit() // as it would have without the goroutine in between
	}
	if o.err != nil {
		return 0, o.err
	}
	return len(text), nil
}

// drain writes until nothing is left.
func (o *outlet) drain(idle chan struct{}) {
	finished := false
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.gone = o.gone || !finished
		o.idle, o.late = nil, false
		close(idle)
	}()
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			finished = true
			o.mu.Unlock()
			return
		}
		text := o.queue[0]
		o.mu.Unlock()

		_, err := o.to.Write(text)

		o.mu.Lock()
		o.queue = o.queue[1:]
		o.size -= len(text)
		o.written++
		if err != nil {
			o.err, o.queue, o.size = err, nil, 0
		}
		o.mu.Unlock()
	}
}

// wait waits for the outlet to become idle.
func (o *outlet) wait(idle chan struct{}, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
		o.mu.Lock()
		o.late = o.idle == idle
		o.mu.Unlock()
	}
}

// flush waits for the reader as long as it reads, within limits.
func (o *outlet) flush() {
	for begun := time.Now(); time.Since(begun) < flushLimit; {
		o.mu.Lock()
		idle, before := o.idle, o.written
		o.mu.Unlock()
		if idle == nil {
			return
		}
		o.wait(idle, flushPatience)
		o.mu.Lock()
		stuck := o.idle != nil && o.written == before
		o.mu.Unlock()
		if stuck {
			return
		}
	}
}
