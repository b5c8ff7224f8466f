package publish

// Move is what is to be done about an offer: see decide.
type Move int

// The moves.
const (
	MoveStart  Move = iota // order the publish
	MoveGoLive             // order the preview to go live
	MoveFollow             // follow what runs as this run's own
	MoveLetEnd             // let what runs end, then ask again
	MoveClear              // cancel what runs, then ask again
	MoveCancel             // cancel what is there: the command's own purpose
	MoveWatch              // keep looking at the offer until somebody moves it
	MoveDone               // nothing to do: the goal is reached
	MoveRefuse             // nothing can be done: the end is a bad one
	MoveLook               // reads alone
)
