package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"publish-offer/internal/app"
	"publish-offer/internal/emulator"
)

// nowhere is where the program believes the services to be; nothing listens there, and nothing needs to.
const nowhere = "https://127.0.0.1:8443"

// play runs the real program over the emulator, and shows the files that it leaves.
func play(ctx context.Context, f flags, s story, name string) (int, error) {
	if f.speed <= 0 {
		f.speed = max(1, s.script.Length().Seconds()/4)
	}
	platform := f.platform
	switch platform {
	case "":
		platform = s.platform()
	case "none":
		platform = ""
	}
	folder, err := os.MkdirTemp("", "publish-offer-demo-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)

	e := emulator.New(s.script, emulator.Options{Speed: f.speed, Seed: 1})
	env := e.Environ(platform, nowhere)
	own, args := s.hasten(f.speed)
	maps.Copy(env, own)
	files, err := places(platform, folder)
	if err != nil {
		return 0, err
	}
	maps.Copy(env, files)

	fmt.Fprintf(os.Stderr, "demo: plays %s %.0f times as fast\n", name, f.speed)
	began := time.Now()
	code := app.Process{
		Args: args, Getenv: func(name string) string { return env[name] }, Stdout: os.Stdout, Stderr: os.Stderr,
		Transport: e.Transport(), Jitter: app.Jitter, Version: "demo",
	}.Main(ctx)
	fmt.Fprintf(os.Stderr, "demo: exit code %d after %.1f s\n", code, time.Since(began).Seconds())
	if err := show(folder); err != nil {
		return 0, err
	}
	return code, writeReport(f.report, e)
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

func show(folder string) error {
	return filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			_, err = fmt.Printf("\n-- %s --\n%s", d.Name(), text)
		}
		return err
	})
}
