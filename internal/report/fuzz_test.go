package report

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/ci"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/publish"
)

type mute struct{}

func (mute) Line(ci.Tone, string)                         {}
func (mute) Debug(string)                                 {}
func (mute) Annotate(ci.Level, string, string, ...string) {}
func (mute) Tick()                                        {}
func (mute) Live() bool                                   { return false }
func (mute) Progress(int, string)                         {}

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
		op := func(name, text, address string) publish.Looked {
			return publish.Looked{Ref: ref("/op"), State: marketplace.Failed, Details: marketplace.Details{Steps: []marketplace.Step{{ID: "s", Name: name, Estimate: name, State: marketplace.StepRejected,
				Messages: []marketplace.Message{{Level: "error", Code: name, Text: text}, {Level: "information", Text: text + text}}}}, Messages: []marketplace.Message{{Level: "error", Code: name, Text: text}}, Preview: []marketplace.Link{{Text: text, URL: address}}, Reports: []marketplace.Link{{Text: text, URL: address}}}}
		}
		whole := func(op publish.Looked) string {
			r := New(Subject{Publisher: "p", Offer: "o", Began: time.Now(), CarryOn: carryOn}, mute{})
			r.Observe(publish.Started{Kind: marketplace.Publish, Ref: ref("/op")})
			r.Observe(op)
			return r.Summary(End{Headline: "the operation failed at step " + FailedStep(op.Details, op.State), Why: Why(op.Details, op.State), Ref: ref("/op"), State: op.State, Details: op.Details})
		}
		name, text = clean(name), clean(text)
		if name == "" || text == "" {
			return
		}
		got, plain := whole(op(name, text, clean(address))), whole(op("Certification", "no", ""))
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
