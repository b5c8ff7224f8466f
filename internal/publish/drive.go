package publish

import "context"

// Do carries out the order. The context's end is an interruption; the order's timeout is the run's own. The result is
// filled in as far as it is known even where the error, an *Error, is not nil.
func Do(ctx context.Context, s Service, o Order, observe func(Event)) (Result, error) {
	panic("being written")
}
