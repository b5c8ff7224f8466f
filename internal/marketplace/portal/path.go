package marketplace

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// The two documented shapes of an operation's path, for migrated offers and for the others. The offer stands in the
// second by its name or, in older pages, by a GUID; `$` must reach the service as it is.
// https://learn.microsoft.com/azure/marketplace/cloud-partner-portal-api-overview
var (
	migratedPath = regexp.MustCompile(`^/api/publishers/([A-Za-z0-9._-]+)/offers/([A-Za-z0-9._-]+)/operations/([A-Za-z0-9][A-Za-z0-9._-]*)/?$`)
	classicPath  = regexp.MustCompile(`^/api/operations/([A-Za-z0-9._-]+)\$([A-Za-z0-9._-]+)\$([A-Za-z0-9]+)\$([A-Za-z0-9]+)/?$`)
	guid         = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	query        = regexp.MustCompile(`^[A-Za-z0-9._~=&-]*$`)
)

// OperationPath checks that text names an operation of the offer: a path or URL in one of the two documented shapes on
// the endpoint's own origin, or a GUID. It returns the path relative to the endpoint, with the API's version. An error
// says what is wrong with the text.
func OperationPath(endpoint *url.URL, publisher, offer, text string) (string, error) {
	if guid.MatchString(text) {
		return operationPath(publisher, offer, text), nil
	}
	if strings.ContainsAny(text, "\\#@ \t\r\n") {
		return "", errors.New("a character that no operation path has")
	}
	u, err := url.Parse(strings.ReplaceAll(text, "%24", "$"))
	switch {
	case err != nil:
		return "", errors.New("not a path or URL")
	case u.IsAbs() || u.Host != "":
		if !sameOrigin(u, endpoint) || u.User != nil {
			return "", fmt.Errorf("not on %s", origin(endpoint))
		}
	case u.Path == "" || u.Path[0] != '/':
		return "", errors.New("neither a GUID nor a path that begins with /api/")
	}
	path := u.EscapedPath() // an escape that is left in it matches neither shape
	var p, o string
	byGUID := false
	if m := migratedPath.FindStringSubmatch(path); m != nil && !dots(m[3]) {
		p, o = m[1], m[2]
	} else if m := classicPath.FindStringSubmatch(path); m != nil {
		p, o, byGUID = m[1], m[2], guid.MatchString(m[2])
	} else {
		return "", errors.New("neither /api/publishers/…/offers/…/operations/… nor /api/operations/…$…$…$…")
	}
	if !strings.EqualFold(p, publisher) || !strings.EqualFold(o, offer) && !byGUID {
		return "", fmt.Errorf("an operation of %s/%s, not of %s/%s", p, o, publisher, offer)
	}
	if !query.MatchString(u.RawQuery) {
		return "", errors.New("a query that no operation path has")
	}
	q := u.RawQuery
	if v := u.Query()["api-version"]; len(v) > 1 || len(v) == 1 && v[0] != version {
		return "", errors.New("another api-version than " + version)
	} else if v == nil {
		q = strings.TrimPrefix(q+"&"+versionQuery, "&")
	}
	return path + "?" + q, nil
}

// OperationID is the GUID at the end of an operation's path; "" where the path does not end in one.
func OperationID(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimSuffix(path, "/")
	if id := path[strings.LastIndexByte(path, '/')+1:]; guid.MatchString(id) {
		return id
	}
	return ""
}

func operationPath(publisher, offer, id string) string {
	return "/api/publishers/" + publisher + "/offers/" + offer + "/operations/" + url.PathEscape(id) + "?" + versionQuery
}

func dots(segment string) bool { return segment == "." || segment == ".." }

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}
