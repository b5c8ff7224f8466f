// publish-offer publishes an offer of Microsoft's commercial marketplace from CI and follows it to its end.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"publish-offer/internal/app"
)

var version = "development" // set by the release build

// memory is how much the collector lets the program have before it works harder: a list of ten thousand operations makes
// many times that in garbage, and a runner may give a container little. It is no bound: what is needed is had.
const memory = 16 << 20

func main() {
	debug.SetMemoryLimit(memory)
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
