package emulator

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// service is one of the APIs that are imitated here. A further one is a further entry of services.
type service struct {
	name      string                               // as faults name all its endpoints together
	env       string                               // the variable that leads a program here; may be empty
	endpoints []string                             // as scripts and calls name them; no two services share one
	at        func(origin string) bool             // its real hosts
	route     func(path string) (target, bool)     // what a decoded path means; false: the path is not its own
	answer    func(*Emulator, *request) reply      // the true answer, made under the lock
	order     func(*request) string                // what a request orders, as Truth counts it; "" is nothing. May be nil
	refuse    func(*Emulator, *request, int) reply // what it usually answers with a status that a fault asks for

	correlation string // the header with the id that support asks for; "" is the usual one
}

// services are looked at in this order; the first whose route takes the path has it.
func services() []service {
	return []service{entra(), oidc(), portal(), ingestion(), partnerCenter()}
}

// serviceOf is the service that an endpoint belongs to; foreign and other belong to none.
func serviceOf(endpoint string) (service, bool) {
	for _, s := range services() {
		if slices.Contains(s.endpoints, endpoint) {
			return s, true
		}
	}
	return service{}, false
}

// endpoints are the names that scripts and calls have for what can be asked.
func endpoints() []string {
	var names []string
	for _, s := range services() {
		names = append(names, s.endpoints...)
	}
	return append(names, "foreign")
}

// scopes are the names that stand for several endpoints in a fault.
func scopes() []string {
	names := []string{"*"}
	for _, s := range services() {
		names = append(names, s.name)
	}
	return names
}

// target is what a path means.
type target struct {
	endpoint         string
	tenant           string
	v1               bool // of a token: the older endpoint
	publisher, offer string
	operation        string   // GUID; "" is the $ form
	folded           bool     // the path is right but for its capitals
	platform         string   // of an id token: github or azure-pipelines
	ids              []string // for further services: what else the path names
}

// route reads a decoded path.
func route(path string) target {
	for _, s := range services() {
		if t, ok := s.route(path); ok {
			return t
		}
	}
	return target{endpoint: "other"}
}

// at tells of an origin whether it is the one given.
func at(origins ...string) func(string) bool {
	return func(origin string) bool { return slices.Contains(origins, origin) }
}

// ours reports whether a request to this origin is for one of the services imitated here. With a base
// given to Environ only that base is; without one, the real hosts, each for its own endpoints. Before
// Environ, both the real hosts and every loopback address are. The caller holds the lock.
func (e *Emulator) ours(origin, endpoint string) bool {
	if e.origins[origin] {
		return true
	}
	if len(e.origins) == 0 || e.origins[""] {
		real := strings.TrimSuffix(origin, ":443")
		for _, s := range services() {
			fits := endpoint == "other" || slices.Contains(s.endpoints, endpoint)
			if fits && s.at(real) {
				return true
			}
		}
	}
	return len(e.origins) == 0 && isLoopback(origin)
}

func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}
