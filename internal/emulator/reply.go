package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// reply is an answer, with how it comes.
type reply struct {
	status int // 0: none comes
	header http.Header
	body   []byte
	pace   string        // "", truncated, slow, endless, switched
	delay  time.Duration // before it, emulated
	stall  bool          // it never comes
	err    error         // it does not come, for this reason
	unsent bool          // nor was the request sent
}

var errCut = errors.New("the connection is cut")

func asJSON(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of plain values only
	}
	return reply{status: status, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body: body}
}

func text(status int, body string) reply {
	r := reply{status: status, header: http.Header{}, body: []byte(body)}
	if body != "" {
		r.header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	return r
}

func page(status int, html string) reply {
	return reply{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(html)}
}

// foreign is what any other host answers: an operation that seems to run.
func foreign() reply { return asJSON(200, map[string]any{"status": "running", "steps": []any{}}) }

// correlation is the id that support asks for.
func (e *Emulator) correlation(r *request) string {
	id := guid(e.opts.Seed, fmt.Sprint("request ", r.nth))
	if e.script.hostile {
		id += " ::error::pwned ##vso[task.complete result=Failed]"
	}
	return id
}

// body reads an answer's body at its pace. Its Close, from any goroutine, ends a Read that waits.
type body struct {
	e      *Emulator
	ctx    context.Context
	rest   []byte
	pace   string
	sent   int
	closed chan struct{}
	once   sync.Once
}

// endlessLimit keeps a client that reads without a limit from eating the machine: beyond it nothing comes.
const endlessLimit = 64 << 20

func (e *Emulator) newBody(ctx context.Context, r reply) *body {
	b := &body{e: e, ctx: ctx, rest: r.body, pace: r.pace, closed: make(chan struct{})}
	if r.pace == "truncated" {
		b.rest = b.rest[:len(b.rest)/2]
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if b.pace == "switched" { // another protocol is spoken now, and no request's end ends it
		<-b.closed
		return 0, http.ErrBodyReadAfterClose
	}
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	switch {
	case b.pace == "endless" && b.sent < endlessLimit:
		n := copy(p, strings.Repeat("[ ", min(len(p), 32<<10)/2+1))
		b.sent += n
		return n, nil
	case b.pace == "endless":
		return 0, b.wait(forGood)
	case len(b.rest) == 0 && b.pace == "truncated":
		return 0, io.ErrUnexpectedEOF
	case len(b.rest) == 0:
		return 0, io.EOF
	case b.pace == "slow":
		if err := b.wait(b.e.real(time.Second)); err != nil {
			return 0, err
		}
		p = p[:1]
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *body) wait(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-b.closed:
		return http.ErrBodyReadAfterClose
	}
}

func (b *body) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// hold waits for as long as an answer is held back.
func (e *Emulator) hold(ctx context.Context, r reply) error {
	switch {
	case r.stall:
		<-ctx.Done()
		return ctx.Err()
	case r.delay > 0:
		t := time.NewTimer(e.real(r.delay))
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.err
}

// ServeHTTP answers for every host. On a connection without TLS the scheme is http.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	answer := e.serve(r, scheme)
	if e.hold(r.Context(), answer) != nil {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	if answer.pace == "switched" {
		switchProtocols(w, answer)
		return
	}
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	if answer.pace != "endless" {
		w.Header().Set("Content-Length", fmt.Sprint(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	b := e.newBody(r.Context(), answer)
	flush := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := b.Read(buffer)
		if n > 0 {
			if _, gone := w.Write(buffer[:n]); gone != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if answer.pace != "" {
			err = errors.Join(err, flush.Flush())
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// switchProtocols answers 101, as nobody asked for, and leaves the connection open until the client closes it.
func switchProtocols(w http.ResponseWriter, answer reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has no such answer
	}
	defer conn.Close()
	var head strings.Builder
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = answer.header.Write(&head) // a strings.Builder takes everything
	head.WriteString("\r\n")
	if _, err := io.WriteString(conn, head.String()); err == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
}
