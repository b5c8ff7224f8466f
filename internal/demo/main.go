// Demo shows publish-offer without an Azure account.
//
//	go run ./internal/demo [flags] [story.txtar]
//
// plays a story: the program that ships runs in process against the emulator of the marketplace, Microsoft
// Entra and the pipeline's token endpoint, fast, and prints what it prints in a pipeline; then come the files
// that it wrote. The exit code is the program's. Without a story it plays its own; -api chooses the one of the service
// that is to have the offer.
//
//	go run ./internal/demo -serve 127.0.0.1:0 [flags] [story.txtar]
//
// serves the emulator on TLS for other programs. It prints the variables that lead the program there, as a shell
// reads them, and ends with SIGINT or SIGTERM.
//
// A story is a txtar file. Its sections here: service, a script of the emulator; and for each job of the story env
// (lines NAME=value), args (one a line) and happens (a pause before it, a signal or a kill during it). What a test
// wants is passed over, and -serve reads the script alone. The program's own limits, such as the two minutes that it
// bears a service out of reach, are in real time: a story about these takes that long.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"publish-offer/internal/app"
	"publish-offer/internal/story"
)

const usualStory = "testdata/published.txtar"

type flags struct {
	serve    string
	api      string
	speed    float64
	platform string
	report   string
}

func main() {
	var f flags
	flag.StringVar(&f.serve, "serve", "", "serve the emulator on this loopback `address`, such as 127.0.0.1:0")
	flag.StringVar(&f.api, "api", "", "the `service` whose own story is played or served: "+apiNames()+" (default: the first)")
	flag.Float64Var(&f.speed, "speed", 0, "emulated seconds in one real second (default: 1 with -serve, else a story takes about four seconds)")
	flag.StringVar(&f.platform, "platform", "", "github, azure-pipelines, gitlab or none (default: github with -serve, else the story's)")
	flag.StringVar(&f.report, "report", "", "write what really happened at the service to this `file`, as JSON")
	flag.Parse()
	code, err := run(f, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		code = 2
	}
	os.Exit(code)
}

func run(f flags, args []string) (int, error) {
	if len(args) > 1 {
		return 0, errors.New("one story at a time")
	}
	if !slices.Contains([]string{"", "github", "azure-pipelines", "gitlab", "none"}, f.platform) {
		return 0, fmt.Errorf("-platform %q: allowed are github, azure-pipelines, gitlab, none", f.platform)
	}
	text, name, err := f.story(args)
	if err != nil {
		return 0, err
	}
	s, err := story.Parse(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		cancel(interrupted(<-signals))
		os.Exit(int(interrupted(<-signals))) // the second one does not wait
	}()
	if f.serve != "" {
		return 0, serve(ctx, f, s)
	}
	return play(ctx, f, s, name)
}

func interrupted(s os.Signal) app.Interrupted { return app.Interrupted(128 + int(s.(syscall.Signal))) }

// story is the one named by the arguments; else that of the service asked for; else, if one is to be played, the usual
// one, or our own where that is not at hand; else an empty one.
func (f flags) story(args []string) (text []byte, name string, err error) {
	own, known := storyOf(f.api)
	switch {
	case len(args) == 1 && f.api != "":
		return nil, "", errors.New("-api is for the demo's own stories")
	case len(args) == 1:
		text, err = os.ReadFile(args[0])
		return text, args[0], err
	case known:
		return own, "the demo's own story of " + f.api, nil
	case f.api != "":
		return nil, "", fmt.Errorf("-api %q: allowed are %s", f.api, apiNames())
	case f.serve != "":
		return nil, "empty story", nil
	}
	text, err = os.ReadFile(usualStory)
	if errors.Is(err, fs.ErrNotExist) {
		return portalStory, "built-in story", nil
	}
	return text, usualStory, err
}
