package app

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/emulator"
)

// A log that is full and never read stops neither the timeout nor a signal.
func TestAnUnreadLogStopsNoEnding(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		platform string
		timeout  string
		signal   time.Duration
		exit     int
		ends     time.Duration
	}{
		"timeout":           {"github", "1h", 0, 4, time.Hour},
		"signal":            {"github", "5h", time.Hour, 143, time.Hour},
		"timeout, terminal": {"", "1h", 0, 4, time.Hour},
		"signal, terminal":  {"", "5h", time.Hour, 143, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				script, err := emulator.Parse("step Certification 10h\n")
				if err != nil {
					t.Fatal(err)
				}
				e := emulator.New(script, emulator.Options{Seed: 1})
				env := e.Environ(test.platform, "")
				env["PUBLISH_OFFER_TIMEOUT"], env["PUBLISH_OFFER_OUTPUTS_FILE"] = test.timeout, filepath.Join(dir, "outputs.env")
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				if test.signal > 0 {
					time.AfterFunc(test.signal, func() { cancel(Interrupted(143)) })
				}
				outReader, out := io.Pipe()
				errReader, trouble := io.Pipe()
				defer outReader.Close() // or the goroutines that write stay behind
				defer errReader.Close()
				begun := time.Now()
				exit := Process{
					Args: []string{"publish"}, Getenv: func(name string) string { return env[name] },
					Stdout: out, Stderr: trouble, Transport: e.Transport(), Version: "0.0.0-test",
				}.Main(ctx)
				if late := time.Since(begun) - test.ends; exit != test.exit || late < 0 || late > 5*time.Second {
					t.Errorf("exit %d, %v late", exit, late)
				}
			})
		})
	}
}
