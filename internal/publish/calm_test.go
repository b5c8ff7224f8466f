package publish

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

var update = flag.Bool("update", false, "write testdata/calm.txt anew")

// TestCalm pins what each command does from each place where nothing goes wrong: first by the plain service, which is the
// contract's table, then by those whose oddity leads elsewhere.
func TestCalm(t *testing.T) { // quick, and first: the walk need not be started where it fails
	var b strings.Builder
	all := worlds()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "# %s\n", name)
		for _, o := range orders() {
			calmLines(&b, o, all[name])
		}
	}
	const file = "testdata/calm.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")
	place := ""
	for i := range min(len(was), len(is)) {
		if strings.HasPrefix(is[i], "#") {
			place = is[i]
		}
		if was[i] != is[i] {
			t.Fatalf("%s\nwas %s\nis  %s", place, was[i], is[i])
		}
	}
	if len(was) != len(is) {
		t.Fatal("lines are missing, or too many")
	}
}

func calmLines(b *strings.Builder, o Order, w world) {
	ways, others := map[string][]string{}, []string{}
	plainly := ""
	for i, s := range append(shapes(""), shapes("blind")...) {
		named, w, ok := give(o, w, s)
		if !ok {
			return
		}
		way := calm(named, w, s)
		if i == 0 {
			plainly = way
		} else if way != plainly {
			if ways[way] == nil {
				others = append(others, way)
			}
			ways[way] = append(ways[way], s.String())
		}
	}
	fmt.Fprintf(b, "%s: %s\n", describe(o), plainly)
	for _, way := range others {
		fmt.Fprintf(b, "    %s: %s\n", strings.Join(ways[way], "; "), way)
	}
}

// calm is the way of a run without mischief: what it orders, and its end.
func calm(o Order, w world, s shape) string {
	x := newExplorer()
	x.shape = s
	x.walk(o, w, 0)
	var out []string
	for _, l := range x.legs {
		if order, ok := strings.CutPrefix(l.label, "order "); ok {
			out = append(out, order)
		}
	}
	end := "goes on"
	for name := range x.ends {
		end = name
	}
	return strings.Join(append(out, end), ", ")
}

// TestDryRunsTellTheTruth: from every place and by every service a dry run says what a real run does first.
func TestDryRunsTellTheTruth(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range shapes("") {
		cases(s, func(name string, o Order, w world) {
			if o.Command == Wait && o.Operation.Known() {
				return // it follows what it is given, and asks nobody
			}
			n++
			dry := o
			dry.DryRun = true
			said, did := onward(dry, w, s), onward(o, w, s)
			if said != did {
				t.Errorf("%s; the offer at first: %s; %s\nsaid: %s\ndid:  %s", describe(o), name, s, said, did)
			}
		})
	}
	t.Logf("%d pairs of runs", n)
}

// onward is what a run does first that is more than to read, or what a dry run says that it would.
func onward(o Order, w world, s shape) string {
	w.remember()
	w.shown(s)
	r := Begin(o, time.Unix(1e6, 0))
	for range 100 {
		step := r.Next()
		switch {
		case step.Do == Finish:
			return "end: " + refusalOf(step.Err)
		case o.DryRun && (step.Do == Send || step.Do == SendCancel):
			return "a dry run sent an order"
		case step.Do == Send:
			return fmt.Sprintf("order %s of %q", step.Start.Kind, step.Start.Preview.Path)
		case step.Do == SendCancel:
			return fmt.Sprintf("order %s of %q", marketplace.Cancellation, step.Ref.Path)
		case r.task == watching:
			return "watch"
		}
		if step.Pause != Now {
			r.now = r.now.Add(tick)
			w.pass()
		}
		f := Fact{At: r.now}
		switch step.Do {
		case ReadList:
			f.List = w.listed(s)
		case ReadOffer:
			f.Offer = w.offer(s)
		case Look:
			f.Operation, f.Err = w.page(s, step.Ref)
		}
		var events []Event
		r, events = r.Learn(f)
		for _, e := range events {
			switch e := e.(type) {
			case Rehearsed:
				return rehearsed(e)
			case Following:
				return fmt.Sprintf("follow, own: %v", e.Own)
			}
		}
	}
	return "it never came to anything"
}

func rehearsed(e Rehearsed) string {
	switch e.Move {
	case MoveStart, MoveGoLive, MoveCancel, MoveClear:
		return fmt.Sprintf("order %s of %q", e.Start.Kind, e.Start.Preview.Path)
	case MoveFollow, MoveLetEnd:
		return fmt.Sprintf("follow, own: %v", e.Move == MoveFollow)
	case MoveWatch:
		return "watch"
	}
	return "end: " + refusalOf(e.Err)
}

func refusalOf(e *Error) string {
	if e == nil {
		return "good"
	}
	other := ""
	if e.Other != nil {
		other = e.Other.Path
	}
	return fmt.Sprintf("%s, offer %s, other %q", endOf(e), e.Offer, other)
}

// TestWhatNoLookCanTell is the limit of the first promise: the answer to a publish is lost, the publish runs and ends, and
// all the while list and status say what they said before, for longer than the window. Where either shows it, it is seen.
func TestWhatNoLookCanTell(t *testing.T) {
	t.Parallel()
	mute := plain
	mute.signOff, mute.keeps, mute.list, mute.status = 'm', false, 4, 4
	listed, told := mute, mute
	listed.keeps, listed.list = true, 2
	told.status = 2
	for _, c := range []struct {
		shape shape
		twice bool
	}{{mute, true}, {listed, false}, {told, false}} {
		x := newExplorer()
		x.shape = c.shape
		o, w, _ := give(orders()[0], worlds()["live"], c.shape)
		x.walk(o, w, 1)
		if twice := strings.HasPrefix(x.broken, "sent again although the service had taken it"); twice != c.twice || !twice && x.broken != "" {
			t.Errorf("%s: two publishes: %v\n%s", c.shape, twice, x.broken)
		}
		if c.twice {
			t.Logf("no look can tell: %s", x.broken)
		}
	}
}

// TestKeyKnowsTheRun fails when a run or what it follows has a field more: the explorer's key must then have it, too, or
// it must be known not to decide anything.
func TestKeyKnowsTheRun(t *testing.T) {
	for _, c := range []struct {
		of   reflect.Type
		want int
	}{{reflect.TypeFor[Run](), 32}, {reflect.TypeFor[followed](), 13}, {reflect.TypeFor[round](), 5}, {reflect.TypeFor[world](), 13}, {reflect.TypeFor[op](), 12}} {
		if got := c.of.NumField(); got != c.want {
			t.Errorf("%s has %d fields, and appendNode was written for %d", c.of, got, c.want)
		}
	}
}
