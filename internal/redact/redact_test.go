package redact

import (
	"strings"
	"testing"
)

func TestHide(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
	ghs := "ghs_" + strings.Repeat("aB3._-", 86)
	for _, test := range []struct {
		secrets    []string
		give, want string
	}{
		{nil, "token " + jwt + ", sent", "token ***, sent"},
		{nil, "a " + ghs + " b", "a *** b"},
		{nil, "gho_" + strings.Repeat("x", 36), "***"},
		{nil, "ghs_ is a prefix, ghs_short a word", "ghs_ is a prefix, ghs_short a word"},
		{nil, "100% of <b>eyJ</b> &amp; less < more", "100% of <b>eyJ</b> &amp; less < more"},
		// what only shows once markup is taken out, and links
		{nil, "a eyJhbGciOiJub<b>25lIn0.eyJzdWIi</b>OiJ4In0.c2ln end", "a *** end"},
		{nil, "a e&#121;J&#x68;bGciOiJub25lIn0.e30.x end", "a *** end"},
		{nil, "https://x.example/?t=%65yJhbGciOiJub25lIn0%2Ee30.x&y=1", "https://x.example/?t=***&y=1"},
		{nil, `<a href="https://x.example/eyJhbGci` + "OiJub25lIn0.e30" + `">x</a>`, `<a href="https://x.example/***">x</a>`},
		{nil, "a eyJhbGciOiJub25lIn0.eyJ&#8203;zdWIiOiJ4In0.c2ln end", "a *** end"},
		{nil, "a eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0<wbr>.c2ln&#46;more end", "a *** end"},
		{[]string{"eyJh.eyJz.c2lnbmF0dXJl"}, "eyJh.eyJ<wbr>z.c2lnbmF0dXJl", "***"},
		{[]string{"opaque-token"}, "opa<wbr>que<i>-</i>token.", "***."},
		{[]string{"opaque-token"}, "opaque&#45;tok&ZeroWidthSpace;en", "***"},
		{[]string{"opaque-token"}, "https://x/%6Fpaque-token/opaque", "https://x/***/opaque"},
		{[]string{"opaque-token"}, "opa <br/> que - token", "***"},
		{[]string{"a&amp;b"}, "a&amp;b", "***"},
		{[]string{"<secret>"}, "<secret>", "***"},
		{[]string{"ab"}, "\xffab\xc3", "\xff***\xc3"},
	} {
		var r Redactor
		for _, s := range test.secrets {
			r.Add(s)
		}
		if got := r.Hide(test.give); got != test.want {
			t.Errorf("%q without %q: %q, want %q", test.give, test.secrets, got, test.want)
		} else if again := r.Hide(got); again != got {
			t.Errorf("%q: twice gives %q", test.give, again)
		}
	}
}

func FuzzHide(f *testing.F) {
	f.Add("se<b>cret</b> %73ecret", "secret")
	f.Add("e&#121;JhbGciOiJub25lIn0.e30.x", "b")
	f.Add("aa***", "a***")
	f.Add("<se<b>cret", "secret")
	f.Fuzz(func(t *testing.T, text, secret string) {
		var r Redactor
		r.Add(secret)
		got := r.Hide(Visible(text))
		if again := r.Hide(got); again != got {
			t.Errorf("once %q, twice %q", got, again)
		}
		if IsToken(got) {
			t.Errorf("a token in %q", got)
		}
		for _, form := range r.forms {
			if strings.Contains(look(got, false, true).text, form) || strings.Contains(look(got, true, true).text, form) {
				t.Errorf("%q is left in %q", form, got)
			}
		}
	})
}
