package app

import (
	"fmt"
	"io"
	"os"

	"publish-offer/internal/ci"
	"publish-offer/internal/input"
	"publish-offer/internal/publish"
	"publish-offer/internal/report"
)

// files are what a run writes beside the platform's own: events as they happen, the steps as tests at the end.
type files struct {
	events *report.Events
	list   *os.File // of events; nil if none are wanted
	junit  *os.File // nil if none is wanted
}

// open makes the files, so that a path that cannot be written to is wrong input and no late surprise.
func (r *run) open() (problems input.Problems) {
	create := func(name, path string) *os.File {
		if path == "" {
			return nil
		}
		f, err := ci.Create(path)
		if err != nil {
			problems = append(problems, fileProblem(name, path, err))
		}
		return f
	}
	r.files.list = create("events-file", r.config.EventsFile)
	r.files.junit = create("junit-file", r.config.JUnitFile)
	out := io.Discard
	if r.files.list != nil {
		out = r.files.list
	}
	r.files.events = report.NewEvents(r.subject(), out, r.console.Clean)
	return problems
}

func fileProblem(name, path string, err error) input.Problem {
	return input.Problem{Name: name, Value: path, Why: "cannot be written: " + err.Error(), Want: "a file in a folder that exists and can be written to, not by way of a symbolic link"}
}

// close writes the last of them.
func (r *run) close(end report.End, code int) {
	f := r.files
	f.events.End(end, code)
	if f.list != nil {
		r.complain(f.events.Err())
		r.complain(f.list.Close())
	}
	if f.junit != nil {
		_, err := f.junit.Write(r.report.JUnit(end))
		r.complain(err)
		r.complain(f.junit.Close())
	}
}

// sofar rewrites the summary when a look saw a change: it is what is left if the run is killed.
func (r *run) sofar(e publish.Event) {
	seen := ""
	switch e := e.(type) {
	case publish.Started:
		seen = e.Ref.Path
	case publish.Looked:
		seen = string(e.State)
		for _, s := range e.Details.Steps {
			seen += fmt.Sprint(s.Name, s.State, len(s.Messages))
		}
	}
	if seen != "" && seen != r.seen {
		r.seen = seen
		_ = r.console.Summary(r.report.Summary(r.report.SoFar())) // the last one tells of trouble
	}
}

// unwritable tries the files that the platform gives: a verdict must not stand beside a complaint that comes after it.
func (r *run) unwritable() (why []string) {
	if err := r.console.Summary(""); err != nil {
		why = append(why, err.Error())
	}
	if r.kind == ci.GitHub { // the others' outputs are lines of the log, or a file that is checked with the inputs
		if err := r.console.Outputs([]ci.Output{{Name: "api"}}); err != nil {
			why = append(why, err.Error())
		}
	}
	return why
}
