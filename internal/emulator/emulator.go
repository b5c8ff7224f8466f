package emulator

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are how an Emulator runs. The zero value is fine.
type Options struct {
	Speed float64          // how many emulated seconds pass in one real second; 0 means 1
	Hook  func(Call) Fault // asked for each request before the script's own faults; its zero Fault leaves it to them
	Seed  int64            // ids and tokens follow from it
}

// Call is one request that came in, or that a fault kept from being sent.
type Call struct {
	At         time.Duration // since the start, emulated
	Endpoint   string        // of a service (discovery, openid, token; idtoken; offers, offer, list, operation, status, publish, golive, cancel), foreign, or other
	Nth        int           // of this endpoint's, from 1
	Method     string
	URL        string // whole, as it was sent
	Host       string
	Header     http.Header
	Authorized bool // it carried Authorization
	Body       string
	Status     int    // of the answer; 0: none came
	Fault      string // name of the fault that struck; "" is none
}

// Emulator is an http.Handler; New makes one. It is safe for concurrent use.
type Emulator struct {
	script *Script
	opts   Options
	began  time.Time

	mu      sync.Mutex // never held while anything waits
	world   *world
	calls   []Call
	counts  map[string]int // by endpoint, by service and "*"; of world: how many ids
	reached map[string]int
	granted map[string]int
	origins map[string]bool // scheme://host that are ours; empty: the well-known ones and loopback
	issued  *issuer
	stray   []string              // tokens that came to another service than theirs
	refused map[string]refusedJob // jobs of the ingestion API that failed at once
}

// New starts an emulator; its time begins now.
func New(s *Script, o Options) *Emulator {
	if o.Speed <= 0 {
		o.Speed = 1
	}
	e := &Emulator{script: s, opts: o, began: time.Now(), counts: map[string]int{}, reached: map[string]int{},
		granted: map[string]int{}, origins: map[string]bool{}}
	ids := 0
	e.world = newWorld(s, func() string { ids++; return guid(o.Seed, fmt.Sprint("operation ", ids)) })
	e.issued = newIssuer(s, o.Seed, e.began)
	return e
}

// Now is the emulated time since the start.
func (e *Emulator) Now() time.Duration { return e.now() }

func (e *Emulator) now() time.Duration {
	return time.Duration(float64(time.Since(e.began)) * e.opts.Speed)
}

// real is how long an emulated time takes.
func (e *Emulator) real(emulated time.Duration) time.Duration {
	return time.Duration(float64(emulated) / e.opts.Speed)
}

// Calls are all requests so far, as they came.
func (e *Emulator) Calls() []Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.calls)
}

// Secrets are all assertions, access tokens and request tokens that were handed out.
func (e *Emulator) Secrets() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.issued.secrets)
}

// Truth is what really happened.
type Truth struct {
	Offer      string           `json:"offer"`  // neverPublished, running, waitingForPublisherReview, succeeded, failed or canceled
	Status     string           `json:"status"` // what the portal's status of the offer says, be it so or not
	Operations []TruthOperation `json:"operations"`
	Reached    map[string]int   `json:"reached"`  // POSTs that reached the service, by kind: publish, golive, cancel
	Accepted   map[string]int   `json:"accepted"` // POSTs that took effect
	Lies       bool             `json:"lies"`     // the list may lack a go-live, or call it a publish, and does not say so
	Leaks      []string         `json:"leaks"`    // hosts not ours that saw an Authorization header, and services that saw the token of another
}

// TruthOperation is an operation as the service knows it.
type TruthOperation struct {
	ID       string        `json:"id"`
	Kind     string        `json:"kind"` // publish, golive or cancel
	By       string        `json:"by"`   // client, person, or before (the start)
	Accepted time.Duration `json:"accepted"`
	Changed  time.Duration `json:"changed"` // when it got its present state
	State    string        `json:"state"`   // running, waitingForPublisherReview, succeeded, failed or canceled
	Unseen   bool          `json:"unseen"`  // it failed, and its page says that it ended well
}

// hidesGoLives reports whether the list may lack a go-live, or call it a publish, without saying so.
func (e *Emulator) hidesGoLives() bool {
	relicsAlone := e.script.list.drops && len(e.script.relics) > 0
	oneType := e.wire("type", "golive") == e.wire("type", "publish")
	return e.script.list.capped > 0 || relicsAlone || oneType
}

// Truth tells what really happened until now.
func (e *Emulator) Truth() Truth {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.world.advance(e.now())
	_, says := e.world.spokenOf(e.now())
	t := Truth{Offer: e.world.offer, Status: says, Operations: []TruthOperation{}, Lies: e.hidesGoLives(), Leaks: append([]string{}, e.stray...),
		Reached: maps.Clone(e.reached), Accepted: maps.Clone(e.granted)}
	for _, o := range e.world.ops {
		t.Operations = append(t.Operations, TruthOperation{e.truthID(o), o.kind, o.by, o.accepted, o.changed, o.state, e.unseen(o)})
	}
	for _, c := range e.calls {
		if c.Endpoint == "foreign" && c.Authorized && !slices.Contains(t.Leaks, c.Host) {
			t.Leaks = append(t.Leaks, c.Host)
		}
	}
	return t
}

// request is what a handler needs to know of a request.
type request struct {
	*http.Request
	origin string // scheme://host
	target target
	body   []byte
	now    time.Duration
	nth    int // of all requests
	fault  Fault
}

const requestLimit = 1 << 20

// serve decides what is answered to a request. The scheme is that of the connection.
func (e *Emulator) serve(r *http.Request, scheme string) reply {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	req := &request{Request: r, origin: scheme + "://" + strings.ToLower(host), now: e.now()}
	req.target = route(r.URL.Path)
	req.target.endpoint = byMethod(req.target.endpoint, r.Method)
	e.mu.Lock()
	ours := e.ours(req.origin, req.target.endpoint)
	e.mu.Unlock()
	if !ours {
		req.target = target{endpoint: "foreign"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, requestLimit))
	if err != nil {
		return reply{err: err}
	}
	req.body = body

	call := Call{At: req.now, Endpoint: req.target.endpoint, Method: r.Method, URL: req.origin + r.URL.RequestURI(), Host: host,
		Header: r.Header.Clone(), Authorized: r.Header.Get("Authorization") != "", Body: string(body)}
	index, call, nth := e.record(call)
	req.nth = nth["*"]
	req.fault = e.faultFor(call, nth)

	e.mu.Lock()
	answer := e.effect(req)
	e.mu.Unlock()

	answer = e.spoil(answer, req)
	e.mu.Lock()
	e.calls[index].Fault = req.fault.Name
	e.calls[index].Status = answer.status
	e.mu.Unlock()
	return answer
}

// effect lets a request do what it does, as far as its fault lets it, and is the true answer to it. The
// caller holds the lock.
func (e *Emulator) effect(r *request) reply {
	s, _ := serviceOf(r.target.endpoint)
	order := ""
	if s.order != nil {
		order = s.order(r)
	}
	times := 1
	if r.fault.kind() == "repeat" {
		times = 2
	}
	var answer reply
	for range times {
		if order != "" && !r.fault.unsent() {
			e.reached[order]++
		}
		if r.fault.accepts() {
			e.world.advance(r.now)
			answer = e.answer(r)
		}
	}
	return answer
}

// record notes a call and counts it.
func (e *Emulator) record(c Call) (index int, _ Call, nth map[string]int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts["*"]++
	e.counts[c.Endpoint]++
	if s, ok := serviceOf(c.Endpoint); ok {
		e.counts[s.name]++
	}
	c.Nth = e.counts[c.Endpoint]
	e.calls = append(e.calls, c)
	return len(e.calls) - 1, c, maps.Clone(e.counts)
}

func (e *Emulator) faultFor(c Call, nth map[string]int) Fault {
	if e.opts.Hook != nil {
		if f := e.opts.Hook(c); f.Name != "" {
			return f
		}
	}
	for _, r := range e.script.faults {
		if r.strikes(c, nth) {
			return r.fault
		}
	}
	return Fault{}
}

// answer is the true answer of the service. The caller holds the lock.
func (e *Emulator) answer(r *request) reply {
	if s, ok := serviceOf(r.target.endpoint); ok {
		return s.answer(e, r)
	}
	if r.target.endpoint == "foreign" {
		return foreign()
	}
	return text(404, "no such page\n")
}

// guid is an id that follows from a seed and a name.
func guid(seed int64, name string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, name))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
