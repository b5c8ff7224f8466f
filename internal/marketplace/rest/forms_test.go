package rest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var asIs = Words(func(s string) string { return s })

func TestErrorBodies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]string{
		`{"error":{"code":"InvalidAPIVersion","message":"Invalid api version. Allowed values are [2016-08-01-preview]"}}`: {"InvalidAPIVersion", "Invalid api version. Allowed values are [2016-08-01-preview]"},
		`"Microsoft.Ingestion.Api.Common.Exceptions.Http422Exception: bad\r\n   at X"`:                                    {"", "Microsoft.Ingestion.Api.Common.Exceptions.Http422Exception: bad at X"},
		`{"Code":"C","Message":"M"}`: {"C", "M"},
		`{"code":7,"message":"M"}`:   {"7", "M"},
		`{"error":"flat"}`:           {"", "flat"},
		`{"reason":"unheard of"}`:    {"", `{"reason":"unheard of"}`},
		`{}`:                         {"", ""},
		`{"error":null}`:             {"", ""},
		`{"title":"T","detail":"D"}`: {"", "D"},
		`{"message":"{\"error\":{\"code\":\"C\",\"message\":\"inside\"}}"}`:                                                                        {"", "inside"},
		`{"odata.error":{"code":"C","message":{"lang":"en-us","value":"V"}}}`:                                                                      {"C", "V"},
		`{"error":{"code":"badRequest","message":"Bad.","details":[{"code":"schemaValidationError","message":"No sources."},{"message":"Bad."}]}}`: {"badRequest", "Bad.; No sources."},
		`"ICH50400 - Unable to complete request. {\"faultCode\":50400,\"reasonPhrase\":\"Request validation failed.\"}"`:                           {"50400", "ICH50400 - Unable to complete request. Request validation failed."},
		`"{\"error\":{\"message\":\"<p>a &amp; b</p>\"}}"`:                                                                                         {"", "a & b"},
		`[{"code":"C","message":"M"}]`: {"C", "M"},
		`<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>`: {"", "502 Bad Gateway"},
		"\xef\xbb\xbfplain": {"", "plain"},
		`not {json`:         {"", "not {json"},
		``:                  {"", ""},
		`null`:              {"", ""},
		`[1,2]`:             {"", "[1,2]"},
	} {
		code, message := asIs.ErrorBody([]byte(body))
		if got := [2]string{code, message}; got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"badRequest","message":"Bad.","details":[{"code":"c","message":"No."}]}}`))
	f.Add([]byte(`"ICH50400 - Unable. {\"faultCode\":50400,\"data\":[null,[{}]]}"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		code, message := asIs.ErrorBody(b)
		if len([]rune(code)) > maxText || len([]rune(message)) > maxText {
			t.Error("too long")
		}
	})
}

func TestTextIsCleanedBeforeItIsCut(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s", 50)
	w := Words(func(s string) string { return strings.ReplaceAll(s, secret, "***") })
	got := w.HTML(strings.Repeat("x", maxText-25) + "<b>" + secret[:20] + "</b>" + secret[20:])
	if strings.Contains(got, "sss") || len([]rune(got)) > maxText {
		t.Errorf("a part of the secret is left: …%s", got[len(got)-40:])
	}
}

// Of a text without end the beginning is shown, unless the place where it was cut off would show.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s", 50)
	w := Words(func(s string) string { return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), secret, "***") })
	for in, want := range map[string]string{
		strings.Repeat("x", 1<<20):                                       strings.Repeat("x", maxText-1) + "…",
		strings.Repeat("ä", maxText):                                     strings.Repeat("ä", maxText),
		strings.Repeat(" ", maxLooked-20) + secret:                       "…",
		strings.Repeat(" ", maxLooked-maxText-80) + secret + "y":         "***y",
		strings.Repeat(secret, maxLooked/50) + strings.Repeat("s", 1000): strings.Repeat("***", maxText)[:maxText-1] + "…",
	} {
		got := w.Plain(Text(in))
		if got != want {
			t.Errorf("%d bytes: got %.60q… (%d), want %.60q…", len(in), got, len(got), want)
		}
	}
	if got := w.Link(Text("https://a.example/" + strings.Repeat("x", maxLooked))); got != "" {
		t.Errorf("%.40s", got)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	secret := "eyJhbGciOiJub25lIn0.payload.signature"
	w := Words(func(s string) string { return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), secret, "***") })
	for in, want := range map[string]string{
		"https://a.example/x?a=1&copy=2&amp;b=3":                            "https://a.example/x?a=1&copy=2&amp;b=3",
		" https://a.example/x ":                                             "https://a.example/x",
		"http://a.example":                                                  "",
		"javascript:alert(1)":                                               "",
		"https://a.example/?t=" + secret:                                    "https://a.example/?t=***",
		"https://a.example/?t=" + secret[:9] + "<b></b>" + secret[9:]:       "https://a.example/?t=***",
		"https://a.example/?t=" + secret[:9] + "<p>" + secret[9:]:           "https://a.example/?t=***",
		"https://a.example/?t=" + secret[:9] + "<x y='&gt;'/>" + secret[9:]: "https://a.example/?t=***",
		"https://a.example/?t=" + secret[:9] + "&#112;" + secret[10:]:       "https://a.example/?t=" + secret[:9] + "&#112;" + secret[10:],
		"https://a.example/?t=" + strings.Replace(secret, "p", "&#112;", 1): "https://a.example/?t=***",
		"https://a.example/<i>x</i>":                                        "https://a.example/x",
	} {
		if got := w.Link(Text(in)); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2022, 6, 2, 12, 25, 56, 0, time.UTC)
	for in, want := range map[Text]time.Time{
		"2022-06-02T12:25:56Z": at, "2022-06-02T14:25:56+02:00": at, "2022-06-02T12:25:56": at, "2022-06-02 12:25:56": at, "2022-06-02 12:25:56Z": at,
		"2022-06-02T12:25:56.651": at.Add(651 * time.Millisecond), "2022-06-02T12:25:56.0000000Z": at, "Thu, 02 Jun 2022 12:25:56 GMT": at,
		"6/2/2022 12:25:56 PM": at, "/Date(1654172756000)/": at, "/Date(1654172756000+0000)/": at, "1654172756": at, "1654172756000": at,
		"2022-06-02": at.Truncate(24 * time.Hour),
		"":           {}, "x": {}, "0001-01-01T00:00:00": {}, "0001-01-01": {}, "1601-01-01T00:00:00Z": {}, "0": {}, "null": {}, "{}": {},
	} {
		if got := in.Time(); !got.Equal(want) || got.IsZero() != want.IsZero() {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestTolerantJSON(t *testing.T) {
	t.Parallel()
	var in struct {
		A, B, C, D Text
		L, M, N    List[struct{ X Text }]
		V          Text
	}
	err := Decode([]byte("\xef\xbb\xbf"+` {"a":"x","b":7,"c":null,"d":{"e":1},"l":[{"x":1},"s",null],"m":{"x":"one"},"n":null,"v":636576975611768314} `), &in)
	if err != nil || in.A != "x" || in.B != "7" || in.C != "" || in.D != `{"e":1}` || len(in.L) != 1 || len(in.M) != 1 || in.N != nil || in.V.Int() != 636576975611768314 {
		t.Errorf("%v %+v", err, in)
	}
	for body, want := range map[string]string{"": "an empty answer", "{": "invalid JSON", "<html>": "invalid JSON", "[]": "JSON of another form"} {
		if err := Decode([]byte(body), &in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", body, err)
		}
	}
	var deep json.RawMessage
	if err := Decode([]byte(strings.Repeat("[", 20000)), &deep); err == nil {
		t.Error("taken")
	}
}
