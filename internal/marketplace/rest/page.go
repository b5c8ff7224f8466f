package rest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"publish-offer/internal/marketplace"
)

const (
	maxPages = 50
	maxItems = 20_000 // kept of a list: what is small on the wire may be large in memory
)

// Listing is what was read of a list.
type Listing[T any] struct {
	Items []T
	Bad   error  // of the first item that could not be read; such items are left out
	None  bool   // the service gave a success that is no list at all: no content, an empty body, null
	First Answer // the first page's answer, without its body
}

// ErrSkip is the error of an item that is left out because nobody asked for it.
var ErrSkip = errors.New("not asked for")

// AtMost has n items kept, and the others skipped.
func AtMost[T any](n int, item func(json.RawMessage) (T, error)) func(json.RawMessage) (T, error) {
	kept := 0
	return func(raw json.RawMessage) (v T, err error) {
		if kept == n {
			return v, ErrSkip
		}
		if v, err = item(raw); err == nil {
			kept++
		}
		return v, err
	}
}

// ReadList reads a list and follows its pages, on the service's own origin only, at most fifty: an array, or an object with
// the array in `value` and the address of the next page in `nextLink`, `@nextLink` or `@odata.nextLink`.
//
// The list is never in memory as a whole: each item is read by itself, and must not be kept as it is. Only the items of
// a page that could be read to its end count.
//
// An error after the first page comes with what was read so far: the list is not whole then. A page that cannot be
// followed is Unreadable, with the page's own error beneath where there is one.
func ReadList[T any](ctx context.Context, c *Client, call Call, item func(json.RawMessage) (T, error)) (Listing[T], error) {
	var out Listing[T]
	call.limit = ListLimit
	keep := func(raw json.RawMessage) error {
		v, err := item(raw)
		switch {
		case err == nil && len(out.Items) == maxItems:
			return fmt.Errorf("the list has more than %d items", maxItems)
		case err == nil:
			out.Items = append(out.Items, v)
		case !errors.Is(err, ErrSkip) && out.Bad == nil:
			out.Bad = err
		}
		return nil
	}
	seen := map[string]bool{call.Path: true}
	for n := 1; ; n++ {
		p := page{keep: keep}
		call.take = p.read
		whole := len(out.Items)
		a, err := c.Do(ctx, call)
		if n == 1 {
			out.First = a
		}
		if err != nil {
			clear(out.Items[whole:])
			out.Items = out.Items[:whole]
		}
		switch {
		case errors.Is(err, errNone) && n == 1:
			out.None = true
			return out, err
		case err != nil && n > 1:
			return out, laterPage(err)
		case err != nil, p.next == "":
			return out, err
		}
		path, err := c.nextPath(call.Path, p.next)
		switch {
		case err != nil:
			return out, a.Unreadable(fmt.Errorf("the list goes on, and its next page cannot be followed: %w", err))
		case n == maxPages, seen[path]:
			return out, a.Unreadable(fmt.Errorf("the list goes on after %d pages", n))
		}
		seen[path] = true
		call.Path, call.limit = path, call.limit-a.length
		if call.limit <= 0 {
			return out, a.Unreadable(errors.New("the list is too long"))
		}
	}
}

// laterPage keeps what says when to ask again or that nobody may; a page that is not there says nothing of the list.
func laterPage(err error) error {
	switch e, _ := errors.AsType[*marketplace.Error](err); marketplace.FaultOf(err) {
	case marketplace.NotFound, marketplace.Refused, marketplace.Conflict:
		return &marketplace.Error{Call: e.Call, Method: e.Method, Path: e.Path, Fault: marketplace.Unreadable, Status: e.Status,
			CorrelationID: e.CorrelationID, RetryAfter: e.RetryAfter, Err: err}
	}
	return err
}

var errNone = errors.New("not a list: nothing")

// page is one page of a list, as it is read.
type page struct {
	keep func(json.RawMessage) error
	next string // the address of the next page

	json  *json.Decoder
	piece *piece
	item  json.RawMessage // the same memory for each
}

// read reads a page.
func (p *page) read(r io.Reader) error {
	p.piece = &piece{from: r}
	in := bufio.NewReader(p.piece)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(mark))
	}
	p.json = json.NewDecoder(in)
	first, err := p.json.Token()
	switch {
	case errors.Is(err, io.EOF):
		return errNone
	case err != nil:
		return p.wrong(err)
	case first == nil:
		err = errNone
	case first == json.Delim('['):
		err = p.items()
	case first == json.Delim('{'):
		err = p.object()
	default:
		err = errNoList
	}
	if err != nil && !errors.Is(err, errNone) {
		return err
	}
	if _, more := p.json.Token(); !errors.Is(more, io.EOF) {
		return errors.New("invalid JSON: something follows the list")
	}
	return err
}

var errNoList = errors.New("not a list")

// items reads the rest of an array.
func (p *page) items() error {
	for p.json.More() {
		p.piece.size = 0
		if err := p.json.Decode(&p.item); err != nil {
			return p.wrong(err)
		}
		if err := p.keep(p.item); err != nil {
			return err
		}
	}
	return p.end()
}

// object reads the rest of an object.
func (p *page) object() error {
	found := false
	for p.json.More() {
		p.piece.size = 0
		key, err := p.json.Token()
		if err != nil {
			return p.wrong(err)
		}
		name, _ := key.(string)
		switch strings.ToLower(name) {
		case "value", "items":
			switch first, err := p.json.Token(); {
			case err != nil:
				return p.wrong(err)
			case first != json.Delim('['):
				return errNoList
			}
			if err := p.items(); err != nil {
				return err
			}
			found = true
		case "nextlink", "@nextlink", "@odata.nextlink", "odata.nextlink":
			var link Text
			if err = p.json.Decode(&link); err == nil && link != "" {
				p.next = string(link)
			}
		default:
			err = p.json.Decode(&p.item)
		}
		if err != nil {
			return p.wrong(err)
		}
	}
	if err := p.end(); err != nil || found {
		return err
	}
	return errNoList
}

// end reads the bracket that closes an array or an object.
func (p *page) end() error {
	_, err := p.json.Token()
	return p.wrong(err)
}

// wrong is an error of the decoder's, if there is one, in words that quote nothing.
func (p *page) wrong(err error) error {
	if err != nil && p.piece.size >= BodyLimit {
		return errLongItem
	}
	return wrong(err)
}

// piece bounds what is read for one item: a decoder has the whole of it in memory.
type piece struct {
	from io.Reader
	size int
}

var errLongItem = fmt.Errorf("an item of the list is longer than %d bytes", BodyLimit)

func (p *piece) Read(b []byte) (int, error) {
	if p.size >= BodyLimit {
		return 0, errLongItem
	}
	n, err := p.from.Read(b[:min(len(b), BodyLimit-p.size)])
	p.size += n
	return n, err
}

// nextPath is where the next page is, relative to the endpoint. A relative address without a leading slash is relative
// to the host, as it was seen.
func (c *Client) nextPath(current, next string) (string, error) {
	next, _, _ = strings.Cut(strings.TrimSpace(next), "#")
	u, err := url.Parse(next)
	if err != nil || u.Opaque != "" || strings.ContainsRune(next, '\\') {
		return "", errors.New("not an address")
	}
	if u.IsAbs() || u.Host != "" {
		u.Scheme = cmp.Or(u.Scheme, c.o.Endpoint.Scheme)
		if !isOn(u, c.o.Endpoint) {
			return "", fmt.Errorf("not on %s", Origin(c.o.Endpoint))
		}
	}
	path := u.EscapedPath()
	switch {
	case path == "":
		path, _, _ = strings.Cut(current, "?")
	case path[0] != '/':
		path = "/" + path
	}
	if strings.HasPrefix(path, "//") {
		return "", errors.New("not an address")
	}
	if u.RawQuery != "" {
		path += "?" + strings.ReplaceAll(u.RawQuery, " ", "%20")
	}
	return path, nil
}
