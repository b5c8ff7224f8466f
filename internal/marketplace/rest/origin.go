package rest

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Origin is the scheme, host and port of an address.
func Origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// SameOrigin reports whether both addresses have one origin.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	return cmp.Or(u.Port(), map[string]string{"https": "443"}[strings.ToLower(u.Scheme)], "80")
}

// isOn reports whether an address is one of the endpoint's own, and carries no name or password.
func isOn(u, endpoint *url.URL) bool { return SameOrigin(u, endpoint) && u.User == nil }

// Local reads a path, or a URL on the endpoint's own origin, that somebody handed in: without userinfo, fragment,
// backslash, empty or dot segment, with `%24` read as `$`. What is left of its escapes stays in the path. An error says
// what is wrong with the text.
func Local(endpoint *url.URL, text string) (path, query string, err error) {
	if strings.ContainsAny(text, "\\#@ \t\r\n") {
		return "", "", errors.New("a character that no operation path has")
	}
	u, err := url.Parse(strings.ReplaceAll(text, "%24", "$"))
	if err != nil || u.Opaque != "" {
		return "", "", errors.New("not a path or URL")
	}
	switch whole := u.IsAbs() || u.Host != ""; {
	case whole && !isOn(u, endpoint):
		return "", "", fmt.Errorf("not on %s", Origin(endpoint))
	case !strings.HasPrefix(u.Path, "/"):
		return "", "", errors.New("not a path that begins with a slash")
	}
	for _, segment := range strings.Split(strings.TrimSuffix(u.Path[1:], "/"), "/") {
		if segment == "" || segment == "." || segment == ".." {
			return "", "", errors.New("a path with an empty or a dot segment")
		}
	}
	return u.EscapedPath(), u.RawQuery, nil
}

// IsID reports whether a text has the shape of an id, as it stands in a path: letters, digits and hyphens. It is asked of
// every entry of a list of thousands.
func IsID(text string) bool {
	for i, r := range []byte(text) {
		switch {
		case '0' <= r && r <= '9', 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z':
		case r == '-' && i > 0:
		default:
			return false
		}
	}
	return text != "" && len(text) <= maxID
}

const maxID = 100 // characters
