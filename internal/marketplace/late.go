package marketplace

import "context"

type runKey struct{}

// Outliving is a context for an order: it is free, so that what has left is not aborted when the run ends, and it knows the
// run, so that nothing leaves any more once that has ended.
func Outliving(free, run context.Context) context.Context {
	return context.WithValue(free, runKey{}, run)
}

// TooLate is why an order must not leave any more: its run has ended. nil while it may.
func TooLate(ctx context.Context) error {
	if run, ok := ctx.Value(runKey{}).(context.Context); ok {
		return context.Cause(run)
	}
	return nil
}
