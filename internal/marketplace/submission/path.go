package submission

import (
	"errors"
	"net/url"
	"regexp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

var (
	pathShape = regexp.MustCompile(`^(?i:/v1\.0/ingestion/products)/([A-Za-z0-9][A-Za-z0-9-]{0,99})/(?i:submissions)/([A-Za-z0-9][A-Za-z0-9-]{0,99})/?$`)
	idShape   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,99}$`)
)

// ParseRef reads the path, or the URL on the endpoint's own origin, of a submission. An error says what is wrong with
// the text. Whether the submission is one of the offer shows at the first call.
func ParseRef(endpoint *url.URL, text string) (marketplace.Ref, error) {
	path, query, err := rest.Local(endpoint, text)
	if err != nil {
		return marketplace.Ref{}, err
	}
	m := pathShape.FindStringSubmatch(path)
	switch {
	case m == nil:
		return marketplace.Ref{}, errors.New("not " + root + "/…/submissions/…")
	case query != "":
		return marketplace.Ref{}, errors.New("a query, which no submission's path has")
	}
	return refTo(m[1], m[2]), nil
}

func refTo(product, id string) marketplace.Ref {
	return marketplace.Ref{Path: root + "/" + product + "/submissions/" + id, ID: id}
}

// productOf is the product in a submission's path.
func productOf(path string) string {
	if m := pathShape.FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return ""
}
