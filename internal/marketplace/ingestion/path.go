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

var (
	jobPath        = regexp.MustCompile(`^` + root + `/configure/([0-9A-Za-z][0-9A-Za-z-]{0,63})/status/?$`)
	submissionPath = regexp.MustCompile(`^` + root + `/submission/([0-9A-Za-z][0-9A-Za-z-]{0,63})/([0-9A-Za-z][0-9A-Za-z-]{0,63})/?$`)
	anID           = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{0,63}$`)
	aVersion       = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(-[0-9A-Za-z]{1,20})?$`)
)

// draft is the number of the submission that every product has, and that is no operation.
const draft = "0"

// place is what an operation's path names: a job, or a submission of a product.
type place struct{ job, product, submission string }

func placeOf(path string) (p place, ok bool) {
	path, _, _ = strings.Cut(path, "?")
	if m := jobPath.FindStringSubmatch(path); m != nil {
		return place{job: m[1]}, true
	}
	if m := submissionPath.FindStringSubmatch(path); m != nil && m[2] != draft {
		return place{product: m[1], submission: m[2]}, true
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
		if !found || !aVersion.MatchString(value) {
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

// Ref checks an operation's name: see ParseRef.
func (c *Client) Ref(text string) (marketplace.Ref, error) { return ParseRef(c.rest.Endpoint(), text) }

func jobRef(id string) marketplace.Ref {
	return marketplace.Ref{Path: root + "/configure/" + id + "/status" + versionKey + version, ID: id, Order: true}
}

// submissionRef names a submission. Without a target it is whichever the submission stands for.
func submissionRef(product, id, target string) marketplace.Ref {
	return marketplace.Ref{Path: root + "/submission/" + product + "/" + id + versionKey + version, ID: id, Target: target}
}

// key is an id as it is compared.
func key(id string) string { return strings.ToLower(id) }
