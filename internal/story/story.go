// Package story reads a story file, testdata/*.txtar: what the services do, the jobs one after the other in the same
// world, and what they are to leave. The demo plays stories, and the tests play and judge them.
//
//	why, in a sentence or two
//	-- service --      the emulator's script
//	-- env --          variables of the job, NAME=value; empty unsets. $DIR in them is the folder of the job's files,
//	                   $OPERATION the operation-path that the job before handed over
//	-- args --         its arguments, one a line
//	-- happens --      what befalls the job: "signal SIGTERM at 10m", "kill at 3m"; before it: "pause 1h"
//	-- env 2 --        the second job (env, args, happens); and so on
//	-- reader --       for a story that fails: what someone who sees only its summary can tell: step, reason, next
//	-- want lines --   what must stand in the log, in this order, each a part of a line; and for further jobs "want lines 2"
//	-- want … --       exit, requests, outputs, …: the tests write them
package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"publish-offer/internal/emulator"
)

// Story is what a file tells.
type Story struct {
	Script  *emulator.Script
	Jobs    []Job
	Archive *txtar.Archive // the file as it was read
}

// Job is one run of the program, and what befalls it. Its times are emulated; 0 is never.
type Job struct {
	Env      map[string]string // beside what its platform gives
	Args     []string
	Pause    time.Duration // before it
	Signal   int           // its exit code, 130 or 143; comes at SignalAt
	SignalAt time.Duration // since the job began
	KillAt   time.Duration // since the job began
}

// Parse reads a story.
func Parse(text []byte) (*Story, error) {
	s := &Story{Archive: txtar.Parse(text)}
	var err error
	if s.Script, err = emulator.Parse(s.Section("service")); err != nil {
		return nil, err
	}
	for n := 1; n == 1 || s.Has(Nth("env", n)) || s.Has(Nth("args", n)); n++ {
		j := Job{Env: map[string]string{}, Args: Lines(s.Section(Nth("args", n)))}
		for _, line := range Lines(s.Section(Nth("env", n))) {
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				return nil, fmt.Errorf("env: %q is not NAME=value", line)
			}
			if unquoted, err := strconv.Unquote(value); err == nil {
				value = unquoted
			}
			j.Env[name] = value
		}
		for _, line := range Lines(s.Section(Nth("happens", n))) {
			if err := j.befall(line); err != nil {
				return nil, fmt.Errorf("happens: %q: %w", line, err)
			}
		}
		s.Jobs = append(s.Jobs, j)
	}
	return s, s.check()
}

// check refuses sections that nobody reads.
func (s *Story) check() error {
	known := map[string]bool{"service": true, "reader": true}
	for n := range s.Jobs {
		for _, name := range []string{"env", "args", "happens"} {
			known[Nth(name, n+1)] = true
		}
	}
	for _, f := range s.Archive.Files {
		if !known[f.Name] && !strings.HasPrefix(f.Name, "want ") {
			return fmt.Errorf("nobody reads the section %q", f.Name)
		}
	}
	return nil
}

// befall reads "signal SIGTERM at 10m", "kill at 3m" or "pause 1h".
func (j *Job) befall(line string) error {
	words := strings.Fields(line)
	d, err := time.ParseDuration(words[len(words)-1])
	if err != nil {
		return err
	}
	switch strings.Join(words[:len(words)-1], " ") {
	case "signal SIGINT at":
		j.Signal, j.SignalAt = 130, d
	case "signal SIGTERM at":
		j.Signal, j.SignalAt = 143, d
	case "kill at":
		j.KillAt = d
	case "pause":
		j.Pause = d
	default:
		return fmt.Errorf("want signal SIGINT at 10m, signal SIGTERM at 10m, kill at 10m or pause 10m")
	}
	return nil
}

// Platform is the one that the job's environment is of; GitHub, if it names none and no PLATFORM=none; "" for none.
func (j Job) Platform() string {
	switch {
	case j.Env["TF_BUILD"] != "":
		return "azure-pipelines"
	case j.Env["GITLAB_CI"] != "":
		return "gitlab"
	case j.Env["PLATFORM"] == "none":
		return ""
	}
	return "github"
}

// Nth is the name of a section of the n-th job.
func Nth(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprint(name, " ", n)
}

// Has reports whether there is a section.
func (s *Story) Has(name string) bool {
	for _, f := range s.Archive.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

// Section is the text of a section; "" where there is none.
func (s *Story) Section(name string) string {
	for _, f := range s.Archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// Lines are the lines of a section, without comments and blank ones.
func Lines(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}
