package ingestion

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

const (
	root = "/rp/product-ingestion"

	// The newest schemas of each resource that a client is known to have worked with. A newer one of a submission wants
	// properties that its own answers lack: https://github.com/release-engineering/cloudpub, commit 956d629.
	version        = "2022-03-01-preview2"
	productVersion = "2022-03-01-preview3"

	versionKey = "?$version="
)

var aVersion = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(-[0-9A-Za-z]+)?$`)

// draft is the number of the submission that every product has, and that is no operation.
const draft = "0"

// place is what an operation's path names: a job, or a submission of a product.
type place struct{ job, product, submission string }

func placeOf(path string) (p place, ok bool) {
	path, _, _ = strings.Cut(path, "?")
	tail, ours := strings.CutPrefix(strings.TrimSuffix(path, "/"), root+"/")
	s := strings.Split(tail, "/")
	switch {
	case !ours || len(s) != 3:
	case s[0] == "configure" && rest.IsID(s[1]) && s[2] == "status":
		return place{job: s[1]}, true
	case s[0] == "submission" && rest.IsID(s[1]) && rest.IsID(s[2]) && s[2] != draft:
		return place{product: s[1], submission: s[2]}, true
	}
	return place{}, false
}

// ParseRef reads an operation's path, or a URL on the endpoint's own origin, in one of the two shapes of this service.
// That its product is the offer's shows at the first request about it.
func ParseRef(endpoint *url.URL, text string) (marketplace.Ref, error) {
	path, query, err := rest.Local(endpoint, text)
	if err != nil {
		return marketplace.Ref{}, err
	}
	p, ok := placeOf(path)
	if !ok {
		return marketplace.Ref{}, errors.New("neither " + root + "/configure/…/status nor " + root + "/submission/…/…")
	}
	v := version
	if query != "" {
		value, found := strings.CutPrefix(query, "$version=")
		if !found || len(value) > 40 || !aVersion.MatchString(value) {
			return marketplace.Ref{}, errors.New("a query that no operation path has")
		}
		v = value
	}
	path = strings.TrimSuffix(path, "/") + versionKey + v
	if p.job != "" {
		return marketplace.Ref{Path: path, ID: p.job, Order: true}, nil
	}
	return marketplace.Ref{Path: path, ID: p.submission}, nil
}

func jobRef(id string) marketplace.Ref {
	return marketplace.Ref{Path: root + "/configure/" + id + "/status" + versionKey + version, ID: id, Order: true}
}

// submissionRef names a submission. Without a target it is whichever the submission stands for.
func submissionRef(product, id, target string) marketplace.Ref {
	return marketplace.Ref{Path: root + "/submission/" + product + "/" + id + versionKey + version, ID: id, Target: target}
}

// key is an id as it is compared.
func key(id string) string { return strings.ToLower(id) }
