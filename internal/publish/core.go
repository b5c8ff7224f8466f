package publish

import (
	"slices"
	"time"

	"publish-offer/internal/marketplace"
)

// Bounds that no input changes.
const (
	patience  = 2 * time.Minute  // how long the service may be out of reach, or not know an operation
	verifying = 15 * time.Minute // how long a cancellation may take: one to three minutes were seen
	throttles = 10               // how often a start is sent again after 429
	resends   = 2                // how often a start is sent again after the service showed no trace of it
	inspected = 10               // how many pages of operations that are listed as running are read, the newest first
)

// Act says what a step does.
type Act int

// What a step can do.
const (
	ReadList Act = iota
	ReadOffer
	Look       // read the operation's own page
	Send       // order a publish or a go-live
	SendCancel // order the operation to be canceled
	Finish     // nothing more: the run is over
)

// Pause is what a step waits for before it is done.
type Pause int

// The pauses.
const (
	Now     Pause = iota
	Retry         // something failed: from a second on, growing
	Poll          // between looks: from the poll interval on, growing
	CatchUp       // the service may be behind: a tenth of the window
)

// Step is the one thing to do now.
type Step struct {
	Do      Act
	Ref     marketplace.Ref   // of Look and SendCancel
	Start   marketplace.Start // of Send
	Pause   Pause
	Fresh   bool          // the growing pause begins anew
	AtLeast time.Duration // what the service asked for
	Until   time.Time     // the pause does not last longer; zero for no bound
	Result  Result        // of Finish
	Err     *Error        // of Finish; nil where the goal was reached
}

// Fact is what a step brought, or that the run is stopped.
type Fact struct {
	At        time.Time
	List      marketplace.List
	Offer     marketplace.Offer
	Operation marketplace.Operation
	Accepted  marketplace.Accepted
	Err       error

	Stopped  bool  // by a signal, or by the order's timeout
	TimedOut bool  // by the latter
	Aborted  error // of the call that this ended; nil where none was under way
}

// task is what a run is at.
type task int

const (
	surveying task = iota // where is the offer?
	ordering              // an order is under way
	tracing               // an order was not answered, or named no operation: what did it make?
	declined              // an order was declined: is another operation in the way?
	following
	settling // the publish that is followed ended: where does that leave the offer?
	watching // nothing is followed: somebody is to move the offer
	canceling
	confirming // the operation that is followed was told to cancel
	closing    // a signal came: cancel what this run started
	done
)

// whose says what the followed operation is to this run.
type whose int

const (
	mine    whose = iota // started by it
	given                // adopted, or named by the order: it counts as its own
	foreign              // waited for, until it is out of the way
	passed               // waited for, and out of the way
)

// followed is the one record of what is followed. Only follow assigns it anew.
type followed struct {
	ref   marketplace.Ref
	kind  marketplace.Kind
	whose whose
	fresh bool // its path is new: what it says can be of nothing else
	since time.Time

	seen   bool              // the service knows it
	moved  bool              // it was seen to run
	was    marketplace.State // what its page said when it was read last, if only of something else; "" where it was not read
	looks  int
	lost   time.Time         // since when the service does not know it
	unmade time.Time         // since when it says that it ended well, and what it made is not to be seen
	state  marketplace.State // as far as it is believed
	says   marketplace.Operation
}

// Run is where one run stands: a value. Learn returns the next one.
type Run struct {
	order    Order
	now      time.Time // of the last fact
	step     Step
	task     task
	watching bool // the run has begun to watch for what somebody does with the preview

	round  round // what the present question was answered so far
	list   marketplace.List
	offer  marketplace.Offer
	before *snapshot // what the service said ahead of this run's order, or at the first look; nil before either
	turned bool      // since then the offer's status was seen to say something else

	f       followed
	preview marketplace.Ref // the publish that this run saw end well
	ended   []marketplace.Ref

	kind      marketplace.Kind // of the order under way
	lastOrder marketplace.Start
	doubt     error // of an order whose outcome never became clear
	refusal   error // what declined the order
	sent      int   // orders that were answered yes
	throttled int
	resent    int
	unsent    time.Time // since when orders cannot be sent
	odd       bool      // something was seen that nothing explains
	foundRef  marketplace.Ref
	claimed   string

	canceled   bool      // an operation was told to cancel by this run
	verified   time.Time // when a cancellation of this run was seen to be done
	stoppedFor *Error

	faulty time.Time // since when the service is out of reach; zero while it is not
	failed Act       // what could not be read, then
	short  error     // why the list that was read last may lack entries, though it is good enough to tell where the offer is
	last   error     // the last thing that went wrong, until something goes right

	events []Event
}

// round is one look at everything that a question needs.
type round struct {
	since  time.Time
	listed bool
	asked  bool
	pages  []page
	unread error // a read of this round that failed and is not made again
}

type page struct {
	ref     marketplace.Ref
	op      marketplace.Operation
	unknown bool // the service does not know it
}

// Begin is a run that has not done anything.
func Begin(o Order, now time.Time) Run {
	r := Run{order: o, now: now}
	if o.Command == GoLive && o.Goal != Accepted {
		r.order.Goal = Live
	}
	if o.Command == Wait && o.Operation.Known() && !o.DryRun {
		r.tell(Following{Ref: o.Operation, Own: true})
		r.follow(followed{ref: o.Operation, whose: given}, Now)
		return r
	}
	r.survey()
	return r
}

// Next is the one thing to do now.
func (r Run) Next() Step { return r.step }

// Learn is the run after its step brought the fact, with what there is to tell of it.
func (r Run) Learn(f Fact) (Run, []Event) {
	r.now = f.At
	if f.Stopped {
		r.stop(f)
	} else {
		r.learn(f)
	}
	events := r.events
	r.events = nil
	return r, events
}

func (r *Run) learn(f Fact) {
	if r.step.Do == ReadList {
		r.short = nil
		asBefore := r.before != nil && r.before.short // its last page is promised in vain
		if enough := r.task != closing || asBefore; enough && marketplace.PageMissing(f.Err) {
			r.short, f.Err = f.Err, nil
		}
	}
	if f.Err == nil {
		r.recovered()
	}
	switch r.task {
	case surveying, tracing, declined, settling:
		r.read(f)
	case ordering:
		r.answered(f)
	case following, confirming:
		r.looked(f)
	case watching:
		r.watched(f)
	case canceling:
		r.cancelAnswered(f)
	case closing:
		r.closed(f)
	}
}

func (r *Run) tell(e Event) { r.events = append(slices.Clip(r.events), e) }

// known reports whether an operation is known that this run is about, or waits for, if only by the offer's status.
func (r *Run) known() bool {
	followed := r.f.seen || r.f.ref.Known()
	if r.f.whose == passed {
		followed = false
	}
	return followed || r.order.Operation.Known()
}

// waiting reports whether the window that began at the time is not over.
func (r *Run) waiting(since time.Time) bool { return r.now.Sub(since) < r.order.Window }

// recovered takes note that a call went well. Trouble is over where that call was the one that went wrong.
func (r *Run) recovered() {
	switch {
	case !r.faulty.IsZero() && r.step.Do != r.failed:
		return
	case !r.faulty.IsZero():
		r.tell(Recovered{After: r.now.Sub(r.faulty)})
	}
	r.faulty, r.last = time.Time{}, nil
}

// fault takes note of a call that went wrong and will be made again.
func (r *Run) fault(err error) {
	r.tell(Faulted{Err: err, Again: !r.faulty.IsZero()})
	r.failed = r.step.Do
	if r.faulty.IsZero() {
		r.faulty = r.now
	}
	r.last = err
}

// again repeats the read that failed: for two minutes while no operation is known, and to the run's timeout once one is.
// Then nothing but a refused sign-in is the end.
func (r *Run) again(err error) {
	switch {
	case r.ends(err):
		return
	case !r.known() && !r.faulty.IsZero() && r.now.Sub(r.faulty) >= patience:
		r.finish(failure(err))
		return
	}
	fresh := r.faulty.IsZero() || r.failed != r.step.Do
	r.fault(err)
	r.step.Pause, r.step.Fresh, r.step.AtLeast, r.step.Until = Retry, fresh, marketplace.RetryAfter(err), time.Time{}
	if !r.known() {
		r.step.Until = r.faulty.Add(patience)
	}
}

// ends ends the run by a fault that no repetition cures: once an operation is known only by a refusal, since the service
// may well come to its senses.
func (r *Run) ends(err error) bool {
	e := failure(err)
	bearable := r.known() && e.Reason != NotAllowed && e.Reason != Conflict
	if bearable || marketplace.Transient(err) {
		return false
	}
	r.finish(e)
	return true
}

// unsent reports whether the service cannot have seen an order, and it may get through a little later.
func unsent(err error) bool {
	noToken := marketplace.FaultOf(err) == marketplace.SignIn && marketplace.Transient(err)
	return noToken || marketplace.FaultOf(err) == marketplace.NotSent
}

// failure is the end of a run by a call that did not go well.
func failure(err error) *Error {
	e := &Error{Reason: OutOfReach, Err: err}
	switch marketplace.FaultOf(err) {
	case marketplace.SignIn, marketplace.Unauthorized, marketplace.Forbidden:
		e.Reason = NotAllowed
	case marketplace.NotFound:
		e.Reason = NoOffer
	case marketplace.Conflict, marketplace.Unsupported:
		e.Reason = Conflict
	case marketplace.Throttled:
		e.Note = Throttled
	}
	return e
}
