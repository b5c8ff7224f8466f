package report

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

var update = flag.Bool("update", false, "rewrite the example in events.md")

// everyEvent is each type of event once, as far as one run can have them.
func everyEvent() []publish.Event {
	trouble := errors.New("get operation: 503 Service Unavailable")
	op := running(step("Certification", marketplace.StepRunning, 40, message("warning", "the logo is small")))
	op.Details.Messages = []marketplace.Message{message("information", "began")}
	op.Details.Preview = []marketplace.Link{{URL: "https://preview.example/contoso"}}
	op.Details.Live = []marketplace.Link{{URL: "https://shop.example/contoso"}}
	op.Details.Reports = []marketplace.Link{{URL: "https://reports.example/contoso"}}
	op.Details.Messages[0].Code = "Begun"
	return []publish.Event{
		publish.Overview{Offer: marketplace.Offer{State: marketplace.InProgress}, Running: &marketplace.Listed{Kind: marketplace.Publish, Ref: ref(path)}, Ref: ref(path),
			Operation: &marketplace.Operation{State: op.State, Details: op.Details}},
		publish.Replacing{Ref: ref(path)},
		publish.Rehearsed{Move: publish.MoveStart, Start: marketplace.Start{Kind: marketplace.Publish}},
		publish.Nothing{Command: publish.GoLive, State: marketplace.Succeeded},
		publish.Retrying{Kind: marketplace.Publish, Err: trouble, Next: 30 * time.Second},
		publish.Checking{Kind: marketplace.Publish, Err: trouble, Window: 2 * time.Minute},
		publish.Distrusted{Location: "https://elsewhere.example/"},
		publish.Started{Kind: marketplace.Publish, Ref: ref(path), Found: publish.AnswerLost},
		publish.Following{Kind: marketplace.Publish, Ref: ref(path), Own: true},
		then(op, 15*time.Second),
		inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 40, message("error", "no image"))),
		inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 40, message("error", "no image"))),
		publish.UnknownWord{Word: "onHold"},
		publish.Faulted{Err: trouble, Next: 15 * time.Second},
		publish.Recovered{After: 45 * time.Second},
		publish.Alive{Ref: ref(path)},
		publish.SignInEnds{At: time.Date(2000, 1, 1, 3, 0, 0, 0, time.UTC)},
		publish.AtPreview{Watching: true},
		publish.Standing{Ref: ref(path)},
		publish.Bound{Ref: ref(path)},
		publish.Unbound{},
		publish.Canceling{Kind: marketplace.Publish, Ref: ref(path)},
		publish.CanceledOwn{Ref: ref(path), Err: trouble},
	}
}

func everyLine(t *testing.T, clean func(string) string) string {
	var out strings.Builder
	synctest.Test(t, func(t *testing.T) {
		e := NewEvents(subject(), &out, clean)
		e.Begin("publish-offer v1.2.3", "publish")
		e.Service("cloud-partner-portal")
		for _, event := range everyEvent() {
			time.Sleep(1500 * time.Millisecond)
			e.Observe(event)
		}
		op := inState(marketplace.Failed, step("Certification", marketplace.StepRejected, 40, message("error", "no image")))
		op.Details.Preview = []marketplace.Link{{URL: "https://preview.example/contoso"}}
		e.End(End{Headline: "the operation failed at step Certification", Why: "no image", Ref: ref(path), State: op.State, Details: op.Details}, 1)
		if e.Err() != nil {
			t.Error(e.Err())
		}
	})
	return out.String()
}

func same(s string) string { return s }

// events.md shows every event as it is, and has a row for every event and every field.
func TestEventsAreAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("events.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)(<!-- example -->\n+```json\n)(.*?)(```)")
	got := everyLine(t, same)
	if *update {
		text = example.ReplaceAllFunc(text, func(m []byte) []byte {
			parts := example.FindSubmatch(m)
			return []byte(string(parts[1]) + got + string(parts[3]))
		})
		if err := os.WriteFile("events.md", text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	parts := example.FindSubmatch(text)
	if parts == nil {
		t.Fatal("events.md has no example")
	}
	if diff := cmp.Diff(string(parts[2]), got); diff != "" {
		t.Errorf("events.md (-want +got; -update writes it):\n%s", diff)
	}

	used := map[string]bool{}
	for line := range strings.Lines(got) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		name := fields["event"].(string)
		if !strings.Contains(string(text), "\n| `"+name+"` | ") {
			t.Errorf("events.md has no row for the event %s", name)
		}
		used["event "+name] = true
		for field := range fields {
			used[field] = true
		}
	}
	for _, record := range []any{record{}, stepRecord{}, messageLine{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(record)) {
			if f.Anonymous {
				continue // its fields come by themselves
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !strings.Contains(string(text), "\n| `"+name+"` | ") {
				t.Errorf("events.md has no row for the field %s", name)
			}
			if reflect.TypeOf(record).Name() == "record" && !used[name] {
				t.Errorf("the example shows no %s", name)
			}
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Za-z]+)` \\| ").FindAllStringSubmatch(string(text), -1) {
		if name := row[1]; !used[name] && !used["event "+name] && !strings.Contains(got, `"`+name+`":`) {
			t.Errorf("events.md has a row for %s, which no event has", name)
		}
	}
}

func TestEventsAreClean(t *testing.T) {
	t.Parallel()
	lines := everyLine(t, func(s string) string {
		return strings.NewReplacer("no image", "***", "503", "***", "onHold", "***", "elsewhere", "***", "preview.example", "***", "logo", "***").Replace(s)
	})
	for _, secret := range []string{"no image", "503", "onHold", "elsewhere", "preview.example", "logo"} {
		if strings.Contains(lines, secret) {
			t.Errorf("%q was not cleaned", secret)
		}
	}
}

// One line is one object, whatever the service says.
func TestEventsStayOnTheirLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	e := NewEvents(subject(), &out, same)
	e.Observe(running(step("a\nb\u2028\"}\n{", marketplace.StepBlocked, 1, message("error", "\x00\r\n{}"))))
	if n := strings.Count(out.String(), "\n"); n != 1 || !json.Valid([]byte(out.String())) {
		t.Errorf("%d lines: %s", n, out.String())
	}
}

func TestEventsOfATalkativeServiceAreBounded(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	e := NewEvents(subject(), &out, same)
	long := strings.Repeat("x", 512<<10)
	for i := range 100 {
		e.Observe(running(step(fmt.Sprint(i), marketplace.StepRunning, 1, message("error", long))))
	}
	if out.Len() > eventsLimit+100*300 {
		t.Errorf("%d bytes", out.Len())
	}
	if n := strings.Count(out.String(), `"event":"looked"`); n != 100 {
		t.Errorf("%d of 100 looks", n)
	}
}

type full struct{ writes int }

func (f *full) Write(b []byte) (int, error) {
	f.writes++
	return 0, errors.New("no space left on device")
}

func TestAFailedWriteEndsTheWriting(t *testing.T) {
	t.Parallel()
	f := &full{}
	e := NewEvents(subject(), f, same)
	e.Observe(publish.Alive{})
	e.Observe(publish.Alive{})
	if f.writes != 1 || e.Err() == nil {
		t.Errorf("%d writes, %v", f.writes, e.Err())
	}
}
