package report

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

type mute struct{}

func (mute) Line(Tone, string)              {}
func (mute) Debug(string)                   {}
func (mute) Annotate(Level, string, string) {}
func (mute) Tick()                          {}
func (mute) Progress(int, string)           {}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	known  = regexp.MustCompile(`^<(/?span|/?details|/?summary|/?sub|br|https://[^<>"' ]+)>$`)
	fences = regexp.MustCompile("(?m)^ {0,3}(```|~~~)")
	blocks = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
)

// Whatever a service calls its steps and says about them: no tag, no heading, no table row, no code fence of its own.
func FuzzSummary(f *testing.F) {
	f.Add("Certification", "No image was found.", "https://preview.example/x")
	f.Add("a|b", "<script>alert(1)</script>\n# h\n```\n::error::x", "javascript:alert(1)")
	f.Add("`~~~`", "![x](https://evil.example) @user #1 $x$ www.evil.example <!-- ", "https://a.example/\"><img src=x>")
	f.Fuzz(func(t *testing.T, name, text, address string) {
		// what reaches this package is one line without control characters
		clean := func(s string) string {
			return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }), " ")
		}
		op := func(name, text, address string) marketplace.Operation {
			return marketplace.Operation{State: marketplace.Failed, Steps: []marketplace.Step{{ID: "s", Name: name, Estimate: name, State: marketplace.StepRejected,
				Messages: []marketplace.Message{{Level: "error", Text: text}}}}, Messages: []marketplace.Message{{Level: "error", Text: text}}, Preview: []marketplace.Link{{Text: text, URL: address}}}
		}
		page := func(op marketplace.Operation) string {
			r := New(Subject{Publisher: "p", Offer: "o", Began: time.Now(), CarryOn: func(string) string { return "publish-offer wait" }}, mute{})
			r.Observe(publish.Started{Kind: marketplace.Publish, Path: "/op"})
			r.Observe(publish.Looked{Operation: op, Path: "/op"})
			return r.Summary(End{Headline: "the operation failed at step " + FailedStep(op), Why: Why(op), Path: "/op", Operation: op})
		}
		name, text = clean(name), clean(text)
		if name == "" || text == "" {
			return
		}
		got, plain := page(op(name, text, clean(address))), page(op("Certification", "no", ""))
		if g, p := len(fences.FindAllString(got, -1)), len(fences.FindAllString(plain, -1)); g != p {
			t.Errorf("%d code fences, %d without foreign text:\n%s", g, p, got)
		}
		for _, tag := range tags.FindAllString(blocks.ReplaceAllString(got, ""), -1) {
			if !known.MatchString(tag) {
				t.Errorf("the tag %q stands in:\n%s", tag, got)
			}
		}
		if g, p := strings.Count(got, "\n#"), strings.Count(plain, "\n#"); g != p {
			t.Errorf("%d headings, want %d:\n%s", g, p, got)
		}
	})
}
