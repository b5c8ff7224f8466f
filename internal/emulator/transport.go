package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"syscall"
)

// Transport reaches the emulator in process: no sockets, no goroutines, so that it works in a bubble of
// testing/synctest.
func (e *Emulator) Transport() http.RoundTripper { return transport{e} }

type transport struct{ e *Emulator }

// RoundTrip implements http.RoundTripper. It reports to net/http/httptrace whether there was a connection.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	in := r.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody // a client's request may have none, a handler's always has one
	}
	defer in.Body.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	answer := t.e.serve(in, r.URL.Scheme)
	if !answer.unsent && trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if err := t.e.hold(ctx, answer); err != nil {
		if err == errCut {
			err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
		}
		return nil, err
	}
	length := int64(len(answer.body))
	if answer.pace == "endless" {
		length = -1
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)),
		StatusCode:    answer.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        answer.header,
		Body:          t.e.newBody(ctx, answer),
		ContentLength: length,
		Request:       r,
	}, nil
}

// unsent is the error of a request that could not be sent.
func unsent(name string, r *request) error {
	switch name {
	case "dns":
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	case "tls":
		return &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	}
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}
