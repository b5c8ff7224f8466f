package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"publish-offer/internal/marketplace"
)

func pages(t *testing.T, answer func(path string) string) (*Client, *[]string) {
	t.Helper()
	var asked []string
	c, _ := client(t, home, answers(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.RequestURI())
		if r.URL.Host != "service.example" || r.Header.Get("Authorization") != "Bearer token0" {
			t.Errorf("%s was asked", r.URL)
		}
		body := answer(r.URL.RequestURI())
		code := 200
		if n, err := fmt.Sscanf(body, "%d", &code); n == 1 && err == nil {
			body = ""
		}
		return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}))
	return c, &asked
}

func keep(raw json.RawMessage) (string, error) { return string(raw), nil }

func TestPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first string
		items int
		asked string // the second page's path; "" for none
		fault marketplace.Fault
		whole bool
	}{
		"an array":         {`[1,2]`, 2, "", 0, true},
		"an empty array":   {`[]`, 0, "", 0, true},
		"one page":         {`{"value":[1],"nextLink":null}`, 1, "", 0, true},
		"no more":          {`{"value":[1],"@nextLink":""}`, 1, "", 0, true},
		"absolute":         {`{"value":[1],"nextLink":"https://SERVICE.example:443/next?a=%24b"}`, 2, "/next?a=%24b", 0, true},
		"of the path":      {`{"value":[1],"@nextLink":"/next"}`, 2, "/next", 0, true},
		"of the host":      {`{"value":[1],"@odata.nextLink":"v1.0/next?$skip=1"}`, 2, "/v1.0/next?$skip=1", 0, true},
		"a query":          {`{"Value":[1],"NextLink":"?page=2"}`, 2, "/list?page=2", 0, true},
		"a space":          {`{"value":[1],"nextLink":"/next?a b"}`, 2, "/next?a%20b", 0, true},
		"no scheme":        {`{"value":[1],"nextLink":"//service.example/next"}`, 2, "/next", 0, true},
		"a fragment":       {`{"value":[1],"nextLink":"/next#x"}`, 2, "/next", 0, true},
		"another host":     {`{"value":[1],"nextLink":"https://evil.example/next"}`, 1, "", marketplace.Unreadable, false},
		"another scheme":   {`{"value":[1],"nextLink":"http://service.example/next"}`, 1, "", marketplace.Unreadable, false},
		"another port":     {`{"value":[1],"nextLink":"https://service.example:8443/next"}`, 1, "", marketplace.Unreadable, false},
		"somebody":         {`{"value":[1],"nextLink":"https://me@service.example/next"}`, 1, "", marketplace.Unreadable, false},
		"backslash":        {`{"value":[1],"nextLink":"/\\evil.example/next"}`, 1, "", marketplace.Unreadable, false},
		"two slashes":      {`{"value":[1],"nextLink":"https://service.example//evil.example"}`, 1, "", marketplace.Unreadable, false},
		"no address":       {`{"value":[1],"nextLink":"mailto:x"}`, 1, "", marketplace.Unreadable, false},
		"an object":        {`{"value":[1],"nextLink":{"href":"/next"}}`, 1, "", marketplace.Unreadable, false},
		"itself":           {`{"value":[1],"nextLink":"/list?v=1"}`, 1, "", marketplace.Unreadable, false},
		"a page not there": {`{"value":[1],"nextLink":"/404"}`, 1, "/404", marketplace.Unreadable, false},
		"a page refused":   {`{"value":[1],"nextLink":"/400"}`, 1, "/400", marketplace.Unreadable, false},
		"a page throttled": {`{"value":[1],"nextLink":"/429"}`, 1, "/429", marketplace.Throttled, false},
		"a page forbidden": {`{"value":[1],"nextLink":"/403"}`, 1, "/403", marketplace.Forbidden, false},
		"an empty page":    {`{"value":[1],"nextLink":"/204"}`, 1, "/204", marketplace.Unreadable, false},
		"no value":         {`{}`, 0, "", marketplace.Unreadable, false},
		"null value":       {`{"value":null}`, 0, "", marketplace.Unreadable, false},
		"a word":           {`"x"`, 0, "", marketplace.Unreadable, false},
		"markup":           {`<html>`, 0, "", marketplace.Unreadable, false},
		"half":             {`[1,`, 0, "", marketplace.Unreadable, false},
		"half an object":   {`{"value":[1]`, 0, "", marketplace.Unreadable, false},
		"a comma too many": {`[1,]`, 0, "", marketplace.Unreadable, false},
		"no comma":         {`[1 2]`, 0, "", marketplace.Unreadable, false},
		"another bracket":  {`[1}`, 0, "", marketplace.Unreadable, false},
		"and more":         {`[1]x`, 0, "", marketplace.Unreadable, false},
		"and one more":     {`{"value":[1]} []`, 0, "", marketplace.Unreadable, false},
		"a mark":           {"\xef\xbb\xbf [1] \n", 1, "", 0, true},
		"the rest before":  {`{"@odata.context":{"a":[1,{}]},"nextLink":null,"value":[1,2],"count":2}`, 2, "", 0, true},
		"a link before":    {`{"nextLink":"/next","value":[1]}`, 2, "/next", 0, true},
		"a bad later page": {`{"value":[1],"nextLink":"/bad"}`, 1, "/bad", marketplace.Unreadable, false},
		"too deep":         {strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), 0, "", marketplace.Unreadable, false},
		"a long item":      {`["` + strings.Repeat("x", BodyLimit+64<<10) + `"]`, 0, "", marketplace.Unreadable, false},
		"a long rest":      {`{"value":[1],"x":"` + strings.Repeat("x", BodyLimit+64<<10) + `"}`, 0, "", marketplace.Unreadable, false},
		"a large item":     {`["` + strings.Repeat("x", BodyLimit-10) + `"]`, 1, "", 0, true},
		"long blanks":      {`[1` + strings.Repeat(" ", BodyLimit+64<<10) + `]`, 0, "", marketplace.Unreadable, false},
		"too many":         {`[1` + strings.Repeat(",1", maxItems) + `]`, 0, "", marketplace.Unreadable, false},
	} {
		c, asked := pages(t, func(path string) string {
			if path == "/list?v=1" {
				return test.first
			}
			if len(path) == 4 && path != "/bad" {
				return path[1:]
			}
			if path == "/bad" {
				return `{"value":[2,3`
			}
			return `{"value":[2]}`
		})
		got, err := ReadList(t.Context(), c, read, keep)
		if len(got.Items) != test.items || (err == nil) != test.whole || got.None {
			t.Errorf("%s: %d items, %v", name, len(got.Items), err)
		}
		if err != nil && marketplace.FaultOf(err) != test.fault {
			t.Errorf("%s: %v", name, err)
		}
		if second := strings.Join((*asked)[1:], " "); second != test.asked {
			t.Errorf("%s: asked for %q, want %q", name, second, test.asked)
		}
	}
}

func TestAListThatIsNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", " null ", "204"} {
		c, _ := pages(t, func(string) string { return body })
		if got, err := ReadList(t.Context(), c, read, keep); !got.None || marketplace.FaultOf(err) != marketplace.Unreadable || err == nil {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}

func TestAListHasAnEnd(t *testing.T) {
	t.Parallel()
	n := 0
	c, asked := pages(t, func(string) string { n++; return fmt.Sprintf(`{"value":[1],"nextLink":"/next?%d"}`, n) })
	got, err := ReadList(t.Context(), c, read, keep)
	if len(*asked) != maxPages || len(got.Items) != maxPages || marketplace.FaultOf(err) != marketplace.Unreadable {
		t.Errorf("%d pages, %d items, %v", len(*asked), len(got.Items), err)
	}
	// all pages together have one limit
	n = 0
	c, asked = pages(t, func(string) string {
		n++
		return fmt.Sprintf(`{"value":[%s1],"nextLink":"/next?%d"}`, strings.Repeat(`"`+strings.Repeat("x", 1021)+`",`, 5<<10), n)
	})
	if got, err = ReadList(t.Context(), c, read, keep); len(*asked) != 4 || len(got.Items) != 3*(5<<10+1) || marketplace.FaultOf(err) != marketplace.Unreadable {
		t.Errorf("%d pages, %d items, %v", len(*asked), len(got.Items), err)
	}
}

// An item that makes no sense is left out and told of; one that nobody asked for is left out.
func TestItems(t *testing.T) {
	t.Parallel()
	c, _ := pages(t, func(string) string { return `[1,"x",2,"skip",3,"y"]` })
	bad := errors.New("bad x")
	item := func(raw json.RawMessage) (string, error) {
		switch string(raw) {
		case `"x"`:
			return "", bad
		case `"y"`:
			return "", errors.New("bad y")
		case `"skip"`:
			return "", ErrSkip
		}
		return string(raw), nil
	}
	if got, err := ReadList(t.Context(), c, read, item); err != nil || strings.Join(got.Items, "") != "123" || got.Bad != bad {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := ReadList(t.Context(), c, read, AtMost(2, item)); err != nil || strings.Join(got.Items, "") != "12" || got.Bad != bad {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestALaterPagesErrorIsBeneath(t *testing.T) {
	t.Parallel()
	c, _ := pages(t, func(path string) string {
		if path == "/gone" {
			return "404"
		}
		return `{"value":[1],"nextLink":"/gone"}`
	})
	_, err := ReadList(t.Context(), c, read, keep)
	var outer, inner *marketplace.Error
	if !errors.As(err, &outer) || !errors.As(outer.Err, &inner) || inner.Fault != marketplace.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	endpoint, err := url.Parse(home)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"/a/b?c=d": "/a/b ? c=d", "/a%24b": "/a$b ? ", "https://Service.example:443/a/": "/a/ ? ", "//service.example/a": "", "/a%2e%2e/x": "/a%2e%2e/x ? ", "/a%2Fb": "/a%2Fb ? ",
		"/a//b": "", "/a/../b": "", "/a/%2e%2e/b": "", "/./a": "", "a/b": "", "": "", "https://service.example": "", "https://u@service.example/a": "",
		"https://evil.example/a": "", "http://service.example/a": "", "/a\\b": "", "/a#b": "", "mailto:x": "", "/a\nb": "", "/%": "",
	} {
		path, query, err := Local(endpoint, text)
		got := ""
		if err == nil {
			got = path + " ? " + query
		}
		if got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"a": true, "7": true, "0A-b": true, "": false, "-a": false, "a/b": false, "a.b": false, "ä": false, "a\n": false,
		strings.Repeat("a", maxID): true, strings.Repeat("a", maxID+1): false} {
		if IsID(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
