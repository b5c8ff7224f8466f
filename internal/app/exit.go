package app

import (
	"publish-offer/internal/doctor"
	"publish-offer/internal/input"
	"publish-offer/internal/publish"
)

// The exit codes.
const (
	exitGood        = 0 // the goal was reached, or nothing was to be waited for
	exitBad         = 1 // the operation ended badly, or the service refused to start it
	exitInput       = 2 // wrong input; no request was sent
	exitSignIn      = 3 // sign-in or permission
	exitTimeout     = 4 // an operation is known and has not ended
	exitConflict    = 5 // another operation runs, or the offer is in no state for the command
	exitUnreachable = 6 // the service is out of reach, or it cannot be established what it did
)

// Interrupted is the cause with which the context of Main is canceled when a signal ends the run; its value is the exit
// code, 128 and the signal's number.
type Interrupted int

func (i Interrupted) Error() string {
	if i == 130 {
		return "interrupted (SIGINT)"
	}
	return "terminated (SIGTERM)"
}

// exit is the exit code of a run that ended so.
func exit(result publish.Result, e *publish.Error, c input.Config) int {
	if e == nil {
		return exitGood
	}
	switch e.Reason {
	case publish.EndedBadly, publish.Declined, publish.NoOffer:
		return exitBad
	case publish.NotAllowed:
		return exitSignIn
	case publish.TimedOut:
		if c.OnTimeout == input.OnTimeoutContinue && e.Note == publish.Plain && goesOn(result) {
			return exitGood
		}
		return exitTimeout
	case publish.Conflict:
		return exitConflict
	case publish.Interrupted:
		if i, ok := e.Err.(Interrupted); ok {
			return int(i)
		}
	}
	return exitUnreachable
}

// goesOn reports whether an operation that is this run's own was seen and has not ended badly: it runs, or its preview
// waits.
func goesOn(r publish.Result) bool {
	known := r.Seen || r.Started
	canceled := r.CancelOrdered && !r.Started // what was canceled made way for what was started
	ours := !r.Foreign && !canceled
	return known && ours && r.State != "" && !r.State.Ended()
}

// exitDoctor is the exit code of a diagnosis whose cause has this blame.
func exitDoctor(b doctor.Blame) int {
	return map[doctor.Blame]int{
		doctor.Nothing: exitGood, doctor.Input: exitInput, doctor.SignIn: exitSignIn, doctor.Refused: exitBad, doctor.Unreachable: exitUnreachable,
	}[b]
}
