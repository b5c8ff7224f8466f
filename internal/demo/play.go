package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"publish-offer/internal/app"
	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

// nowhere is where the program believes the services to be; nothing listens there, and nothing needs to.
const nowhere = "https://127.0.0.1:8443"

// play plays all jobs of a story, and returns the last one's exit code.
func play(ctx context.Context, f flags, s *story.Story, name string) (code int, err error) {
	if f.speed <= 0 {
		f.speed = max(1, s.Script.Length().Seconds()/4)
	}
	note("plays %s %.0f times as fast", name, f.speed)
	e := emulator.New(s.Script, emulator.Options{Speed: f.speed, Seed: 1})
	operation := "" // what the job before handed over
	for _, j := range s.Jobs {
		if code, err = playJob(ctx, f, e, j, &operation); err != nil || ctx.Err() != nil {
			return code, err
		}
	}
	return code, writeReport(f.report, e)
}

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, "demo: "+format+"\n", args...) }

// playJob runs the real program over the emulator, and shows the files that it leaves.
// $DIR in its variables is the folder of the files, $OPERATION the operation-path of the job before.
func playJob(ctx context.Context, f flags, e *emulator.Emulator, j story.Job, operation *string) (int, error) {
	real := func(d time.Duration) time.Duration { return time.Duration(float64(d) / f.speed) }
	select {
	case <-time.After(real(j.Pause)):
	case <-ctx.Done():
		return 130, nil
	}
	platform := j.Platform()
	if f.platform != "" {
		platform = strings.TrimPrefix(f.platform, "none")
	}
	folder, err := os.MkdirTemp("", "publish-offer-demo-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	files, err := places(platform, folder)
	if err != nil {
		return 0, err
	}
	env := e.Environ(platform, nowhere)
	maps.Copy(env, files)
	own, args := hasten(j, f.speed)
	for name, value := range own {
		env[name] = strings.NewReplacer("$DIR", folder, "$OPERATION", *operation).Replace(value)
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	life := &life{}
	if j.SignalAt > 0 {
		defer time.AfterFunc(real(j.SignalAt), func() { cancel(app.Interrupted(j.Signal)) }).Stop()
	}
	if j.KillAt > 0 {
		defer time.AfterFunc(real(j.KillAt), func() { life.over.Store(true); cancel(nil) }).Stop()
	}
	began, code := time.Now(), 137 // of SIGKILL, unless it lives to say something else
	done := make(chan struct{})
	go func() {
		defer close(done)
		code = app.Process{
			Args: args, Getenv: func(name string) string { return env[name] },
			Stdout: life.writer(os.Stdout), Stderr: life.writer(os.Stderr),
			Transport: life.transport(e.Transport()), Jitter: app.Jitter, Version: "demo",
		}.Main(ctx)
	}()
	<-done
	note("exit code %d after %.1f s", code, time.Since(began).Seconds())
	*operation = handedOver(folder)
	return code, show(folder)
}

// life is what a kill ends: whatever the program does to the world next is the last that it does.
type life struct{ over atomic.Bool }

func (l *life) check() {
	if l.over.Load() {
		runtime.Goexit()
	}
}

type (
	writing  func([]byte) (int, error)
	tripping func(*http.Request) (*http.Response, error)
)

func (w writing) Write(b []byte) (int, error)                        { return w(b) }
func (t tripping) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func (l *life) writer(w io.Writer) io.Writer {
	return writing(func(b []byte) (int, error) { l.check(); return w.Write(b) })
}

func (l *life) transport(t http.RoundTripper) http.RoundTripper {
	return tripping(func(r *http.Request) (*http.Response, error) {
		l.check()
		defer l.check()
		return t.RoundTrip(r)
	})
}

// places makes the files that a platform gives a step, and names them as it does.
func places(platform, folder string) (map[string]string, error) {
	in := func(name string) string { return filepath.Join(folder, name) }
	switch platform {
	case "github":
		env := map[string]string{"GITHUB_OUTPUT": in("outputs"), "GITHUB_STEP_SUMMARY": in("summary.md")}
		for _, path := range env {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return nil, err
			}
		}
		return env, nil
	case "azure-pipelines":
		return map[string]string{"AGENT_TEMPDIRECTORY": folder}, nil
	case "gitlab":
		return map[string]string{"PUBLISH_OFFER_OUTPUTS_FILE": in("publish-offer.env")}, nil
	}
	return nil, nil
}

// handedOver is the last operation-path in the files that a job left, as a later job would get it.
func handedOver(folder string) (path string) {
	for _, name := range []string{"outputs", "publish-offer.env"} {
		text, _ := os.ReadFile(filepath.Join(folder, name)) // on the other platforms there is none
		for _, line := range story.Lines(string(text)) {
			for _, key := range []string{"operation-path=", "PUBLISH_OFFER_OPERATION_PATH="} {
				if value, ok := strings.CutPrefix(line, key); ok {
					path = value
				}
			}
		}
	}
	return path
}

func show(folder string) error {
	return filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			_, err = fmt.Printf("\n-- %s --\n%s\n", d.Name(), strings.TrimRight(string(text), "\n"))
		}
		return err
	})
}
