package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMarkup(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain words, (brackets) and 100 %": "plain words, (brackets) and 100 %",
		"<script>&amp;":                     "&lt;script&gt;&amp;amp;",
		"[a](https://x.example)":            `\[a\](https<span>&#58;</span>//x.example)`,
		"![a](b)":                           `!\[a\](b)`,
		"[!NOTE] x":                         `\[<span>&#33;</span>NOTE\] x`,
		"[ ] todo":                          `\[ \] todo`,
		"www.x.example":                     "www<span>&#46;</span>x.example",
		"ann@x.example":                     "ann<span>&#64;</span>x.example",
		"@octocat":                          "<span>&#64;</span>octocat",
		"#12 owner/repo#3 GH-4":             "<span>&#35;</span>12 owner/repo<span>&#35;</span>3 GH<span>&#45;</span>4",
		"# heading":                         `\# heading`,
		"- item":                            `\- item`,
		"+ item":                            `\+ item`,
		"1. item":                           `1\. item`,
		"12) item":                          `12\) item`,
		"---":                               `\---`,
		"==":                                `\==`,
		"> quote":                           "&gt; quote",
		":tada: a: b":                       "<span>&#58;</span>tada: a: b",
		"$x$ and $`x`$":                     "<span>&#36;</span>x<span>&#36;</span> and <span>&#36;</span>\\`x\\`<span>&#36;</span>",
		"*a* _b_ ~c~ snake_case":            `\*a\* \_b\_ \~c\~ snake_case`,
		"```":                               "\\`\\`\\`",
		"a | b":                             `a \| b`,
		`a\`:                                `a\\`,
		"two\nlines\r\n\ttab":               "two lines tab",
		"<!-- x -->":                        "&lt;!-- x --&gt;",
	} {
		if got := markup(in, 1000); got != want {
			t.Errorf("%q\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestMarkupKeepsItsLimit(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("@a", 900), strings.Repeat("ü", 900), "exactly10!", "123456789ü"} {
		for limit := 3; limit < 60; limit++ {
			got := markup(text, limit)
			if len(got) > limit || !utf8.ValidString(got) {
				t.Fatalf("limit %d: %d bytes of %q", limit, len(got), got)
			}
			if strings.Count(got, "<span>") != strings.Count(got, "</span>") {
				t.Fatalf("limit %d cuts a tag: %q", limit, got)
			}
			if len(markup(text, 1<<20)) > limit && !strings.HasSuffix(got, "…") {
				t.Fatalf("limit %d: cut without saying so: %q", limit, got)
			}
		}
	}
	if got := markup("exactly10", 9); got != "exactly10" {
		t.Errorf("cut what fits: %q", got)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"contoso": "`contoso`", "": "", "a`b": "`` a`b ``", "``": "``` `` ```", "a\nb": "`a b`", "<b>": "`<b>`",
	} {
		if got := code(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://shop.example/a?b=1&copy=2":              "[shop.example/a](<https://shop.example/a?b=1&amp;copy=2>)",
		"https://www.x.example":                          "[www<span>&#46;</span>x.example](<https://www.x.example>)",
		"https://x.example/)](//evil)":                   `[x.example/)\](//evil)](<https://x.example/%29%5D%28//evil%29>)`,
		"https://x.example/%3Cb%3E":                      "[x.example/%3Cb%3E](<https://x.example/%3Cb%3E>)",
		"https://x.example/?q=$*_":                       "[x.example/](<https://x.example/?q=%24%2A_>)",
		"https://x.example/?t=eyJ<b></b>rest":            "",
		"https://x.example/?q=`|":                        "",
		"https://bank.example@evil.example":              "",
		"http://x.example":                               "",
		"javascript:alert(1)":                            "",
		"https:x.example":                                "",
		"https://":                                       "",
		"//x.example":                                    "",
		"https://xn\u0430.example/":                      "",
		"https://x.example/" + strings.Repeat("a", 3000): "",
	} {
		got, ok := link(in)
		if got != want || ok != (want != "") {
			t.Errorf("%q\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"see https://partner.microsoft.com/dashboard/account, then go on": "see <https://partner.microsoft.com/dashboard/account>, then go on",
		"https://status.azure.com shows it":                               "<https://status.azure.com> shows it",
		"see https://evil.example":                                        "see https<span>&#58;</span>//evil.example",
		"see https://partner.microsoft.com.evil.example":                  "see https<span>&#58;</span>//partner.microsoft.com.evil.example",
		"see https://status.azure.com.evil.example":                       "see https<span>&#58;</span>//status.azure.com.evil.example",
		"see https://partner.microsoft.com/<b>":                           "see https<span>&#58;</span>//partner.microsoft.com/&lt;b&gt;",
		"set `id-token: write` in *the* job":                              "set `id-token: write` in \\*the\\* job",
		"a lone ` tick":                                                   "a lone \\` tick",
	} {
		if got := prose(in, 1000); got != want {
			t.Errorf("%q\n got %s\nwant %s", in, got, want)
		}
	}
}
