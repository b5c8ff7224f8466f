package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// The two documented shapes of an operation's path, for migrated offers and for the others. The offer stands in either
// by its name or, in older pages, by a GUID; `$` must reach the service as it is.
// https://learn.microsoft.com/azure/marketplace/cloud-partner-portal-api-overview
var (
	migratedPath = regexp.MustCompile(`^(?i:/api/publishers)/([A-Za-z0-9._-]+)/(?i:offers)/([A-Za-z0-9._-]+)/(?i:operations)/([A-Za-z0-9][A-Za-z0-9._-]*)/?$`)
	classicPath  = regexp.MustCompile(`^(?i:/api/operations)/([A-Za-z0-9._-]+)\$([A-Za-z0-9._-]+)\$([A-Za-z0-9]+)\$([A-Za-z0-9]+)/?$`)
	guid         = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	anyGUID      = regexp.MustCompile(`[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`)
	segment      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	query        = regexp.MustCompile(`^[A-Za-z0-9._~=&-]*$`)
)

// ParseRef reads the name of an operation of the offer: a GUID, or a path or URL in one of the two documented shapes on
// the endpoint's own origin. An error says what is wrong with the text.
func ParseRef(endpoint *url.URL, publisher, offer, text string) (marketplace.Ref, error) {
	if guid.MatchString(text) {
		return operationRef(publisher, offer, text), nil
	}
	path, q, err := rest.Local(endpoint, text)
	if err != nil {
		return marketplace.Ref{}, err
	}
	if !query.MatchString(q) {
		return marketplace.Ref{}, errors.New("a query that no operation path has")
	}
	values, _ := url.ParseQuery(q) // no escape is in it
	if v := values["api-version"]; len(v) > 0 && !slices.Equal(v, []string{version}) {
		return marketplace.Ref{}, errors.New("another api-version than " + version)
	}
	return shaped(publisher, offer, path, q)
}

// Ref is ParseRef for this client's offer.
func (c *Client) Ref(text string) (marketplace.Ref, error) {
	return ParseRef(c.rest.Endpoint(), c.publisher, c.offer, text)
}

// shaped reads a path of one of the two shapes. What it returns is written anew, with this program's api-version, so
// that nothing of the text is sent but what the shapes let through.
func shaped(publisher, offer, path, q string) (marketplace.Ref, error) {
	if m := migratedPath.FindStringSubmatch(path); m != nil {
		if err := ours(publisher, offer, m[1], m[2]); err != nil {
			return marketplace.Ref{}, err
		}
		return operationRef(publisher, offer, m[3]), nil
	}
	m := classicPath.FindStringSubmatch(path)
	if m == nil {
		return marketplace.Ref{}, errors.New("neither /api/publishers/…/offers/…/operations/… nor /api/operations/…$…$…$…")
	}
	if err := ours(publisher, offer, m[1], m[2]); err != nil {
		return marketplace.Ref{}, err
	}
	path = "/api/operations/" + strings.Join(m[1:], "$") + "?" + versionQuery
	for part := range strings.SplitSeq(q, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && !strings.EqualFold(name, "api-version") && query.MatchString(part) {
			path += "&" + part
		}
	}
	return marketplace.Ref{Path: path, Shared: true}, nil
}

func ours(publisher, offer, p, o string) error {
	ourOffer := strings.EqualFold(o, offer) || guid.MatchString(o)
	if strings.EqualFold(p, publisher) && ourOffer {
		return nil
	}
	return fmt.Errorf("an operation of %s/%s, not of %s/%s", p, o, publisher, offer)
}

func operationRef(publisher, offer, id string) marketplace.Ref {
	return marketplace.Ref{ID: id,
		Path: "/api/publishers/" + url.PathEscape(publisher) + "/offers/" + url.PathEscape(offer) + "/operations/" + url.PathEscape(id) + "?" + versionQuery}
}

// located reads the headers that name the operation of an order. The pages of 2018 name the second header, those since
// 2020 the first, and newer services of the same house the third; each may be absolute.
func (c *Client) located(h http.Header) marketplace.Accepted {
	var out marketplace.Accepted
	for _, name := range []string{"Location", "Operation-Location", "Azure-AsyncOperation"} {
		for _, text := range h.Values(name) {
			if text = strings.TrimSpace(text); text == "" || out.Ref.Known() {
				continue
			}
			ref, err := c.location(text)
			if err == nil {
				out.Ref, out.Claimed = ref, ""
				continue
			}
			if out.Distrusted == "" {
				out.Distrusted = c.text.Plain(rest.Text(text))
			}
			if out.Claimed == "" {
				out.Claimed = claimed(text)
			}
		}
	}
	return out
}

// location reads one Location. It is the service's own word, so its form is taken as it comes: http for https, any
// query, fragment or trailing slash, no leading slash. Nothing but the operation's id is taken from it.
func (c *Client) location(text string) (marketplace.Ref, error) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil {
		return marketplace.Ref{}, errors.New("not a path or URL")
	}
	path := u.Path
	switch {
	case u.IsAbs() || u.Host != "":
		if !sameHost(u, c.rest.Endpoint()) {
			return marketplace.Ref{}, fmt.Errorf("not on %s", rest.Origin(c.rest.Endpoint()))
		}
	case !strings.HasPrefix(path, "/"):
		path = "/" + path
	}
	return shaped(c.publisher, c.offer, path, u.RawQuery)
}

// sameHost takes http for https, with either's usual port, since nothing is asked there.
func sameHost(u, endpoint *url.URL) bool {
	as := *u
	if as.Scheme == "" || strings.EqualFold(as.Scheme, "http") {
		as.Scheme = endpoint.Scheme
		as.Host = strings.TrimSuffix(as.Host, ":80")
	}
	return rest.SameOrigin(&as, endpoint)
}

// claimed is the last GUID in the path of a location that is not to be trusted.
func claimed(text string) string {
	text, _, _ = strings.Cut(text, "?")
	if all := anyGUID.FindAllString(text, -1); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}
