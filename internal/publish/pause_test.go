package publish

import (
	"testing"
	"time"
)

// TestJitterKeepsTheInterval: however a pause between looks varies, it is no shorter than the poll interval.
func TestJitterKeepsTheInterval(t *testing.T) {
	t.Parallel()
	const first, most = 15 * time.Second, 5 * time.Minute
	d := &driver{Order: Order{Jitter: 0.5, Pace: func() (time.Duration, time.Duration) { return first, most }}}
	for i := range 500 {
		if p := d.pause(Step{Pause: Poll, Fresh: i%10 == 0}); p < first || p > most {
			t.Fatalf("a pause of %s, of %s to %s", p, first, most)
		}
	}
}
