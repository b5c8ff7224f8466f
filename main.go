// publish-offer publishes an offer of Microsoft's commercial marketplace from CI and follows it to its end.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"publish-offer/internal/app"
)

var version = "development" // set by the release build

func main() {
	signal.Ignore(syscall.SIGPIPE) // a log that nobody reads any more must not end the run
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	starts := &app.Starts{}
	go func() { os.Exit(app.Interrupts(signals, cancel, starts)) }()
	os.Exit(app.Process{
		Args: os.Args[1:], Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr,
		Transport: app.Transport(), Jitter: app.Jitter, Version: version,
		Interactive: app.IsTerminal(os.Stderr), Starts: starts,
	}.Main(ctx))
}
