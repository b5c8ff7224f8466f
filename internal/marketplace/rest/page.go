package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"publish-offer/internal/marketplace"
)

const maxPages = 50

// Listing is what was read of a list.
type Listing struct {
	Items []json.RawMessage
	None  bool   // the service gave a success that is no list at all: no content, an empty body, null
	First Answer // the first page's answer
}

// List reads a list and follows its pages, on the service's own origin only, at most fifty: an array, or an object with
// the array in `value` and the address of the next page in `nextLink`, `@nextLink` or `@odata.nextLink`.
//
// An error after the first page comes with what was read so far: the list is not whole then. A page that cannot be
// followed is Unreadable, with the page's own error beneath where there is one.
func (c *Client) List(ctx context.Context, call Call) (Listing, error) {
	if call.Limit == 0 {
		call.Limit = ListLimit
	}
	a, err := c.Do(ctx, call)
	if err != nil {
		return Listing{}, err
	}
	out := Listing{First: a}
	seen := map[string]bool{call.Path: true}
	for page := 1; ; page++ {
		items, next, err := pageOf(a.Body)
		switch {
		case errors.Is(err, errNone) && page == 1:
			out.None = true
			return out, a.Unreadable(err)
		case err != nil:
			return out, a.Unreadable(err)
		}
		out.Items = append(out.Items, items...)
		if next == "" {
			return out, nil
		}
		path, err := c.nextPath(call.Path, next)
		switch {
		case err != nil:
			return out, a.Unreadable(fmt.Errorf("the list goes on, and its next page cannot be followed: %w", err))
		case page == maxPages, seen[path]:
			return out, a.Unreadable(fmt.Errorf("the list goes on after %d pages", page))
		}
		seen[path] = true
		call.Path, call.Limit = path, call.Limit-len(a.Body)
		if call.Limit <= 0 {
			return out, a.Unreadable(errors.New("the list is too long"))
		}
		if a, err = c.Do(ctx, call); err != nil {
			return out, laterPage(err)
		}
	}
}

// laterPage keeps what says when to ask again or that nobody may; a page that is not there says nothing of the list.
func laterPage(err error) error {
	var e *marketplace.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Fault {
	case marketplace.NotFound, marketplace.Refused, marketplace.Conflict:
		return &marketplace.Error{Call: e.Call, Method: e.Method, Path: e.Path, Fault: marketplace.Unreadable, Status: e.Status,
			CorrelationID: e.CorrelationID, RetryAfter: e.RetryAfter, Err: err}
	}
	return err
}

var errNone = errors.New("not a list: nothing")

// pageOf takes a page apart.
func pageOf(body []byte) (items []json.RawMessage, next string, err error) {
	b := trimmed(body)
	if len(b) == 0 || string(b) == "null" {
		return nil, "", errNone
	}
	if b[0] == '[' {
		return items, "", Decode(b, &items)
	}
	var o map[string]json.RawMessage
	if b[0] != '{' {
		return nil, "", errors.New("not a list")
	} else if err := Decode(b, &o); err != nil {
		return nil, "", err
	}
	found := false
	for key, raw := range o {
		switch strings.ToLower(key) {
		case "value", "items":
			if json.Unmarshal(raw, &items) != nil || items == nil {
				return nil, "", errors.New("not a list")
			}
			found = true
		case "nextlink", "@nextlink", "@odata.nextlink", "odata.nextlink":
			var link Text
			if json.Unmarshal(raw, &link) == nil && link != "" {
				next = string(link)
			}
		}
	}
	if !found {
		return nil, "", errors.New("not a list")
	}
	return items, next, nil
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
		if u.Scheme == "" {
			u.Scheme = c.o.Endpoint.Scheme
		}
		if !SameOrigin(u, c.o.Endpoint) || u.User != nil {
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
