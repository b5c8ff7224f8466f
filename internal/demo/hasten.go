package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"publish-offer/internal/story"
)

// hasten divides by speed the times that the program is told, which a story gives as a real pipeline would.
func hasten(j story.Job, speed float64) (env map[string]string, args []string) {
	times := []string{"timeout", "poll-interval", "max-poll-interval"}
	env = map[string]string{"PUBLISH_OFFER_POLL_INTERVAL": "15s", "PUBLISH_OFFER_MAX_POLL_INTERVAL": "5m"}
	maps.Copy(env, j.Env)
	for _, name := range times {
		upper := strings.ToUpper(name)
		for _, variable := range []string{"INPUT_" + upper, "PUBLISH_OFFER_" + strings.ReplaceAll(upper, "-", "_")} {
			if value, ok := env[variable]; ok {
				env[variable] = faster(value, speed)
			}
		}
	}
	args = slices.Clone(j.Args)
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
