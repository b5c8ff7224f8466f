package ci

import (
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"publish-offer/internal/redact"
)

func TestStrip(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ give, want string }{
		{"plain – ünïcode ✓ 😀", "plain – ünïcode ✓ 😀"},
		{"a\nb\tc\u00a0d\u2028e\u3000f", "a b c d e f"},
		{"\x1b[31mred\x1b[0m\a\x00", "[31mred[0m"},
		{"\u009b31m", "31m"},                       // the one-character CSI
		{"a\u202eb\u2066c\u200fd\u061ce", "abcde"}, // bidirectional
		{"a\u200bb\u200dc\ufeffd\u00ade\u034ff\ufe0f", "abcdef"},
		{"\u115f\u3164\U000e0041", ""},
		{"a\xffb\xc3", "a\ufffdb\ufffd"},
		{"\ue000\U0010ffff", "\ufffd\ufffd"},
	} {
		if got := redact.Visible(test.give); got != test.want {
			t.Errorf("%q: %q, want %q", test.give, got, test.want)
		}
	}
}

func TestInert(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ give, want string }{
		{"::error::x", ": :error::x"},
		{"  ::error::x", "  : :error::x"},
		{":::x", ": ::x"},
		{"a ::error::x", "a ::error::x"},
		{"std::string", "std::string"},
		{"##[error]x", "# #[error]x"},
		{"a ##[error]x ##vso[task.complete]", "a # #[error]x # #vso[task.complete]"},
		{"##VsO[a.b]", "# #VsO[a.b]"},
		{"###[x", "## #[x"},
		{"## heading [x]", "## heading [x]"},
	} {
		got := inert(test.give)
		if got != test.want {
			t.Errorf("%q: %q, want %q", test.give, got, test.want)
		}
		if again := inert(got); again != got {
			t.Errorf("%q: twice gives %q", test.give, again)
		}
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ give, gitHubData, gitHubProperty, azureData, azureProperty string }{
		{"100%", "100%25", "100%25", "100%AZP25", "100%AZP25"},
		{"%25", "%2525", "%2525", "%AZP2525", "%AZP2525"},
		{"%AZP25", "%25AZP25", "%25AZP25", "%AZP25AZP25", "%AZP25AZP25"},
		{"a\r\nb", "a%0D%0Ab", "a%0D%0Ab", "a%0D%0Ab", "a%0D%0Ab"},
		{"a:b,c", "a:b,c", "a%3Ab%2Cc", "a:b,c", "a:b,c"},
		{"a;b]c", "a;b]c", "a;b]c", "a;b]c", "a%3Bb%5Dc"},
		{"%3B%5D", "%253B%255D", "%253B%255D", "%AZP253B%AZP255D", "%AZP253B%AZP255D"},
	} {
		g := string((&github{}).annotation(Error, test.give, test.give))
		if want := "::error title=" + test.gitHubProperty + "::" + test.gitHubData; g != want {
			t.Errorf("%q: %q, want %q", test.give, g, want)
		}
		a := string(loggingCommand("task.x", test.give, "p", test.give))
		if want := "##vso[task.x p=" + test.azureProperty + "]" + test.azureData; a != want {
			t.Errorf("%q: %q, want %q", test.give, a, want)
		}
		if p, ok := parseGitHub(g); !ok || p.data != test.give || p.properties["title"] != test.give {
			t.Errorf("%q: GitHub reads %+v", test.give, p)
		}
		if p, ok := parseAzure(a); !ok || p.data != test.give || p.properties["p"] != test.give {
			t.Errorf("%q: the agent reads %+v", test.give, p)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
	for _, test := range []struct {
		secrets    []string
		give, want string
	}{
		{nil, "  two\n\n lines\t. ", "two lines ."},
		{nil, "token " + jwt + ", sent", "token ***, sent"},
		{nil, "cut eyJhbGciOiJub25lIn0", "cut ***"},
		{nil, "unsigned eyJhIjoxfQ.e30.", "unsigned ***"},
		{nil, "five parts eyJhbGciOiJub25lIn0.a.b.c.d end", "five parts *** end"},
		{nil, "hidden ey\u200bJhbGciOi\x00Jub25lIn0.e30.x", "hidden ***"},
		{nil, "heyJude, the moneyJar", "heyJude, the moneyJar"},
		{[]string{"abc", "abcdef"}, "abcdef abc abcde", "*** *** ***de"},
		{[]string{"abcd", "cdef"}, "abcdef", "***"}, // what overlaps goes as a whole
		{[]string{"ab"}, "abab", "***"},
		{[]string{"tok\u200ben"}, "to\u00adken", "***"},
		{[]string{"token"}, "a to\nk en b", "a *** b"},
		{[]string{"a/b c+d"}, "a%2Fb+c%2Bd a%2Fb%20c+d", "*** ***"},
		{[]string{"q\"u\no"}, `{"x":"q\"u\no"}`, `{"x":"***"}`},
		{[]string{"-----BEGIN\nabcdefgh\n}\n"}, "line abcdefgh and }", "line *** and }"},
		{[]string{"", " ", "*", "***"}, "* *** **", "* *** **"},
		{[]string{"a***"}, "aa***", "***"}, // the stars must not make it anew
	} {
		c := New(Terminal, World{Getenv: env{}.get, Stdout: io.Discard, Stderr: io.Discard})
		for _, secret := range test.secrets {
			c.Redact(secret)
		}
		got := c.Clean(test.give)
		if got != test.want {
			t.Errorf("%q without %q: %q, want %q", test.give, test.secrets, got, test.want)
		}
		if again := c.Clean(got); again != got {
			t.Errorf("%q: twice gives %q", test.give, again)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("text with\nsecret", "secret")
	f.Add("se\u200bcret eyJhbGciOiJub25lIn0.e30.x", "secret")
	f.Add("aa***", "a***")
	f.Add("ab*c", "b\nc*")
	f.Add("\xff\x1b[0m::error::", "\xff")
	f.Fuzz(func(t *testing.T, text, secret string) {
		c := New(Terminal, World{Getenv: env{}.get, Stdout: io.Discard, Stderr: io.Discard})
		c.Redact(secret)
		got := c.Clean(text)
		if again := c.Clean(got); again != got {
			t.Errorf("once %q, twice %q", got, again)
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("not clean: %q", got)
		}
		if redact.IsToken(got) {
			t.Errorf("a token in %q", got)
		}
		// Stars are no secret, and half a character is found in many.
		core := strings.TrimSpace(secret)
		if utf8.ValidString(core) && strings.Trim(withoutSpace(redact.Visible(core)), "*") != "" && strings.Contains(got, core) {
			t.Errorf("%q survives in %q", core, got)
		}
	})
}

// Whatever the text, no platform reads a command that we did not mean, and it
// reads those that we did mean as they were meant.
func FuzzLine(f *testing.F) {
	f.Add("::error::x")
	f.Add("a\n::add-mask::b\r\n##[command]c")
	f.Add("##vso[task.complete result=Succeeded;]done")
	f.Add("#\u00ad#vso[task.setvariable variable=x]y :\u200b:error::z")
	f.Add("\u00a0\u2003::warning title=x::y")
	f.Add("section_start:1:x\r\x1b[0Kh")
	f.Add("%3B%5D%AZP25 ; ] , : %0A")
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []Kind{GitHub, AzurePipelines, GitLab, Terminal} {
			s := newSandbox(t, kind, env{"RUNNER_DEBUG": "1", "SYSTEM_DEBUG": "true", "CI_DEBUG_TRACE": "true"})
			s.Line(Good, text)
			s.Line(Plain, text)
			s.Debug(text)
			s.Group(text)
			s.Tick()
			s.Line(Plain, text)
			s.EndGroup()
			s.Annotate(Error, text, text)
			s.Annotate(Warning, "", text)
			s.Annotate(Notice, "t", text)
			s.Progress(5, text)
			if err := s.Outputs([]Output{{"message", text}, {"status", "failed"}}); err != nil {
				t.Error(err)
			}
			s.Close(true, text)
			checkCommands(t, kind, s, text)
		}
	})
}

func checkCommands(t *testing.T, kind Kind, s *sandbox, text string) {
	want := map[Kind][]string{
		GitHub: {"debug", "group", "endgroup", "error", "warning", "notice"},
		AzurePipelines: {"task.debug", "group", "endgroup", "task.logissue", "task.logissue", "task.setprogress",
			"task.setvariable", "task.setvariable", "task.complete"},
		GitLab: {"section_start", "section_end"},
	}[kind]
	out := s.log().String()
	var got []string
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
		gitHub, forGitHub := parseGitHub(line)
		azure, forAzure := parseAzure(line)
		gitLab, forGitLab := parseGitLab(line)
		switch {
		case kind == GitHub && forGitHub:
			got = append(got, gitHub.name)
			if gitHub.name == "error" && len(text) < annotationLength && gitHub.data != inert(s.Clean(text)) {
				t.Errorf("%q comes as %q", text, gitHub.data)
			}
		case kind == AzurePipelines && forAzure:
			got = append(got, azure.name)
			if azure.name == "task.complete" && (azure.data != inert(s.Clean(text)) || azure.properties["result"] != "Failed") {
				t.Errorf("%q comes as %+v", text, azure)
			}
		case kind == GitLab && forGitLab:
			got = append(got, gitLab.name)
			line = gitLabSection.ReplaceAllString(strings.TrimPrefix(line, "\x1b[0K"), "")
		case forGitHub || forAzure || forGitLab:
			t.Errorf("%s: a line of ours is a command to another: %q", kind, line)
		}
		for _, ours := range []string{"\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[90m", "\x1b[0m"} {
			line = strings.ReplaceAll(line, ours, "")
		}
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%s: control characters in %q", kind, line)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: commands %v, want %v, in:\n%s", kind, got, want, out)
	}
}
