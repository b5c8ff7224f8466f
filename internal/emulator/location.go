package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// location is how the header of a 202 says where the operation is.
type location struct {
	has              map[string]bool // the bare words of the directive
	foreign, version string
}

func (l *location) read(w *words) error {
	if l.has == nil {
		l.has = map[string]bool{}
	}
	return w.each("form", func(word string) (err error) {
		switch word {
		case "foreign":
			l.foreign, err = w.next("URL")
		case "api-version":
			l.version, err = w.next("version")
		default:
			l.has[word] = true
		}
		return err
	}, "location", "operation-location", "azure-async-operation", "absolute", "http", "none", "no-api-version", "api-version",
		"fragment", "offer-guid", "upper", "no-slash", "slash", "foreign")
}

// setLocation writes the header.
func (e *Emulator) setLocation(h http.Header, o *operation, origin string) {
	l := e.script.location
	name := "Location"
	switch {
	case l.has["operation-location"]:
		name = "Operation-Location"
	case l.has["azure-async-operation"]:
		name = "Azure-AsyncOperation"
	}
	if l.foreign != "" {
		h.Set(name, l.foreign)
		return
	}
	if l.has["none"] {
		return
	}
	path := e.operationPath(o) + l.query()
	switch {
	case l.has["http"]:
		path = "http://" + strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://") + path
	case l.has["absolute"]:
		path = origin + path
	case l.has["no-slash"]:
		path = strings.TrimPrefix(path, "/")
	}
	h.Set(name, path)
}

// query is what follows the path.
func (l location) query() string {
	query := ""
	if !l.has["no-api-version"] {
		version := l.version
		if version == "" {
			version = apiVersion
		}
		query = "?api-version=" + version
	}
	if l.has["fragment"] {
		query += "#status"
	}
	return query
}

func (e *Emulator) operationPath(o *operation) string {
	l, publisher, offer := e.script.location, e.script.publisher, e.script.offer
	if l.has["offer-guid"] {
		offer = e.offerGUID()
	}
	id := o.id
	if e.script.single {
		id = e.sharedID()
	}
	path := "/api/publishers/" + url.PathEscape(publisher) + "/offers/" + url.PathEscape(offer) + "/operations/" + id
	if e.script.classic {
		path = "/api/operations/" + publisher + "$" + offer + "$2$preview"
	}
	if l.has["upper"] {
		path = strings.ToUpper(path)
	}
	if l.has["slash"] {
		path += "/"
	}
	return path
}
