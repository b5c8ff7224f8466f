package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"publish-offer/internal/app"
	"publish-offer/internal/emulator"
)

// story is what of a story file matters here.
type story struct {
	script *emulator.Script
	jobs   []job // one after the other, in the same world
}

// job is one run of the program, and what befalls it. Its times are emulated; 0 is never.
type job struct {
	env      map[string]string
	args     []string
	pause    time.Duration // before it
	signal   app.Interrupted
	signalAt time.Duration // since it began
	killAt   time.Duration
}

// readStory reads the sections service, and for each job env, args and happens; those of the second job are
// called "env 2" and so on.
func readStory(text []byte) (story, error) {
	sections := map[string]string{}
	for _, file := range txtar.Parse(text).Files {
		sections[file.Name] = string(file.Data)
	}
	var s story
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprint(" ", n)
		}
		_, env := sections["env"+suffix]
		_, args := sections["args"+suffix]
		if n > 1 && !env && !args {
			break
		}
		j := job{env: map[string]string{}, args: lines(sections["args"+suffix])}
		for _, line := range lines(sections["env"+suffix]) {
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				return s, fmt.Errorf("env: %q is not NAME=value", line)
			}
			if unquoted, err := strconv.Unquote(value); err == nil {
				value = unquoted
			}
			j.env[name] = value
		}
		for _, line := range lines(sections["happens"+suffix]) {
			if err := j.befall(line); err != nil {
				return s, fmt.Errorf("happens: %q: %w", line, err)
			}
		}
		s.jobs = append(s.jobs, j)
	}
	var err error
	s.script, err = emulator.Parse(sections["service"])
	return s, err
}

// befall reads "signal SIGTERM at 10m", "kill at 3m" or "pause 1h".
func (j *job) befall(line string) error {
	words := strings.Fields(line)
	d, err := time.ParseDuration(words[len(words)-1])
	switch {
	case err != nil:
		return err
	case words[0] == "signal" && len(words) == 4 && words[1] == "SIGINT":
		j.signal, j.signalAt = 130, d
	case words[0] == "signal" && len(words) == 4 && words[1] == "SIGTERM":
		j.signal, j.signalAt = 143, d
	case words[0] == "kill":
		j.killAt = d
	case words[0] == "pause":
		j.pause = d
	default:
		return fmt.Errorf("want signal SIGINT at 10m, signal SIGTERM at 10m, kill at 10m or pause 10m")
	}
	return nil
}

func lines(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

// platform is the one that the job's environment is of; GitHub, if it names none and no PLATFORM=none.
func (j job) platform() string {
	switch {
	case j.env["TF_BUILD"] != "":
		return "azure-pipelines"
	case j.env["GITLAB_CI"] != "":
		return "gitlab"
	case j.env["PLATFORM"] == "none":
		return ""
	}
	return "github"
}

// hasten divides by speed the times that the program is told, which a story gives as a real pipeline would.
func (j job) hasten(speed float64) (env map[string]string, args []string) {
	times := []string{"timeout", "poll-interval", "max-poll-interval"}
	env = map[string]string{"PUBLISH_OFFER_POLL_INTERVAL": "15s", "PUBLISH_OFFER_MAX_POLL_INTERVAL": "5m"}
	maps.Copy(env, j.env)
	for _, name := range times {
		upper := strings.ToUpper(name)
		for _, variable := range []string{"INPUT_" + upper, "PUBLISH_OFFER_" + strings.ReplaceAll(upper, "-", "_")} {
			if value, ok := env[variable]; ok {
				env[variable] = faster(value, speed)
			}
		}
	}
	args = slices.Clone(j.args)
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if !strings.HasPrefix(arg, "-") || !slices.Contains(times, strings.TrimLeft(name, "-")) {
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
