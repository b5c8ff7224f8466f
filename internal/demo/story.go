package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"publish-offer/internal/emulator"
)

// story is what of a story file matters here.
type story struct {
	env    map[string]string
	args   []string
	script *emulator.Script
}

func readStory(text []byte) (story, error) {
	s := story{env: map[string]string{}}
	service := ""
	for _, file := range txtar.Parse(text).Files {
		switch file.Name {
		case "service":
			service = string(file.Data)
		case "args":
			s.args = strings.Fields(string(file.Data))
		case "env":
			for line := range strings.Lines(string(file.Data)) {
				line = strings.TrimSpace(line)
				if line == "" || line[0] == '#' {
					continue
				}
				name, value, ok := strings.Cut(line, "=")
				if !ok {
					return s, fmt.Errorf("env: %q is not NAME=value", line)
				}
				s.env[name] = value
			}
		}
	}
	var err error
	s.script, err = emulator.Parse(service)
	return s, err
}

// platform is the one that the story's environment is of.
func (s story) platform() string {
	switch {
	case s.env["GITHUB_ACTIONS"] == "true":
		return "github"
	case strings.EqualFold(s.env["TF_BUILD"], "true"):
		return "azure-pipelines"
	case s.env["GITLAB_CI"] == "true":
		return "gitlab"
	}
	return ""
}

// hasten divides by speed the times that the program is told, which a story gives as a real pipeline would.
func (s story) hasten(speed float64) (env map[string]string, args []string) {
	times := []string{"timeout", "poll-interval", "max-poll-interval"}
	env = map[string]string{"PUBLISH_OFFER_POLL_INTERVAL": "15s", "PUBLISH_OFFER_MAX_POLL_INTERVAL": "5m"}
	maps.Copy(env, s.env)
	for _, name := range times {
		upper := strings.ToUpper(name)
		for _, variable := range []string{"INPUT_" + upper, "PUBLISH_OFFER_" + strings.ReplaceAll(upper, "-", "_")} {
			if value, ok := env[variable]; ok {
				env[variable] = faster(value, speed)
			}
		}
	}
	args = slices.Clone(s.args)
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if !slices.Contains(times, strings.TrimLeft(name, "-")) {
			continue
		}
		if joined {
			args[i] = name + "=" + faster(value, speed)
		} else if i+1 < len(args) {
			args[i+1] = faster(args[i+1], speed)
		}
	}
	return env, args
}

// faster leaves alone what is no duration: the program has its own word about that.
func faster(value string, speed float64) string {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return value
	}
	return max(10*time.Millisecond, time.Duration(float64(d)/speed)).String()
}
