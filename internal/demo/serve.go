package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

// serve serves the emulator until the context ends.
func serve(ctx context.Context, f flags, s *story.Story) error {
	if err := s.Script.CheckSockets(); err != nil {
		return err
	}
	listener, err := listen(f.serve)
	if err != nil {
		return err
	}
	defer listener.Close()
	certificate, authority, err := certify()
	if err != nil {
		return err
	}
	trust, err := trustFile(authority)
	if err != nil {
		return err
	}
	defer os.Remove(trust)

	e := emulator.New(s.Script, emulator.Options{Speed: f.speed, Seed: time.Now().UnixNano()})
	server := &http.Server{
		Handler:           e,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(os.Stderr, "demo: ", 0),
	}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(listener, "", "") }()

	platform := f.platform
	switch platform {
	case "":
		platform = "github"
	case "none":
		platform = ""
	}
	fmt.Print(exports(e.Environ(platform, "https://"+listener.Addr().String()), trust))

	select {
	case err = <-done:
	case <-ctx.Done():
		err = server.Close()
		<-done
	}
	return errors.Join(err, writeReport(f.report, e))
}

// listen refuses an address that others than this machine could reach: whoever asks gets tokens, if only made-up ones.
func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-serve %q: %w", address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("-serve %q is not on a loopback address such as 127.0.0.1:0", address)
	}
	return net.Listen("tcp", address)
}

// exports are lines for a shell; the file to trust comes last, so that whoever has read it has read all.
func exports(env map[string]string, trust string) string {
	var lines []string
	for name, value := range env {
		lines = append(lines, export(name, value))
	}
	slices.Sort(lines)
	return strings.Join(append(lines, export("SSL_CERT_FILE", trust)), "")
}

func export(name, value string) string {
	return "export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'\n"
}

// writeReport writes what really happened at the service.
func writeReport(path string, e *emulator.Emulator) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(e.Truth(), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
