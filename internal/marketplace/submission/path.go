package submission

import (
	"errors"
	"net/url"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// idsIn are the product and the submission that a path names; ok is false for any other path.
func idsIn(path string) (product, id string, ok bool) {
	s := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(s) != 7 || !strings.EqualFold(strings.Join(s[:4], "/"), root) || !strings.EqualFold(s[5], "submissions") {
		return "", "", false
	}
	return s[4], s[6], rest.IsID(s[4]) && rest.IsID(s[6])
}

// ParseRef reads the path, or the URL on the endpoint's own origin, of a submission. An error says what is wrong with
// the text. Whether the submission is one of the offer shows at the first call.
func ParseRef(endpoint *url.URL, text string) (marketplace.Ref, error) {
	path, query, err := rest.Local(endpoint, text)
	if err != nil {
		return marketplace.Ref{}, err
	}
	product, id, ok := idsIn(path)
	switch {
	case !ok:
		return marketplace.Ref{}, errors.New("not " + root + "/…/submissions/…")
	case query != "":
		return marketplace.Ref{}, errors.New("a query, which no submission's path has")
	}
	return refTo(product, id), nil
}

func refTo(product, id string) marketplace.Ref {
	return marketplace.Ref{Path: root + "/" + product + "/submissions/" + id, ID: id}
}

// productOf is the product in a submission's path.
func productOf(path string) string {
	product, _, ok := idsIn(path)
	if !ok {
		return ""
	}
	return product
}
