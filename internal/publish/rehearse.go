package publish

import (
	"context"

	"publish-offer/internal/marketplace"
)

// rehearse reads what a real run would read and tells what it would do. It changes nothing.
func (r *runner) rehearse(ctx context.Context) error {
	s, err := r.overview(ctx)
	if err != nil {
		return err
	}
	offer := r.result.State
	if s.running == nil && s.parked == nil && offer == marketplace.AtSignOff {
		s.parked = &marketplace.Listed{Kind: marketplace.Publish}
	}
	r.observe(r.plan(s, offer))
	return nil
}

func (r *runner) plan(s situation, offer marketplace.State) Rehearsed {
	const stop = "stop with exit code 5: "
	switch r.Command {
	case Publish:
		switch {
		case s.running == nil && s.parked != nil && r.IfRunning == Adopt:
			if r.Goal == Live {
				return Rehearsed{Would: "take the preview live", Sends: marketplace.GoLive}
			}
			return Rehearsed{Would: "start nothing: the preview stands already"}
		case s.running == nil && offer == marketplace.Running && r.IfRunning == Adopt:
			return Rehearsed{Would: "wait for the list to show what the offer's status says runs, and follow that"}
		case s.running == nil:
			return Rehearsed{Would: "start the publish", Sends: marketplace.Publish}
		case r.IfRunning == LetEnd:
			return Rehearsed{Would: "wait for the running operation to end, then start the publish", Sends: marketplace.Publish}
		case r.IfRunning == CancelOther && s.running.Kind == marketplace.Publish:
			return Rehearsed{Would: "cancel the running operation, then start the publish", Sends: marketplace.Publish}
		case r.IfRunning == Adopt && r.adoptable(s.running.Kind):
			return Rehearsed{Would: "start nothing and follow the running operation"}
		}
		return Rehearsed{Would: stop + "another operation runs"}
	case GoLive:
		switch {
		case s.running == nil && s.parked != nil:
			return Rehearsed{Would: "start the go-live", Sends: marketplace.GoLive}
		case s.running == nil && offer == marketplace.Succeeded:
			return Rehearsed{Would: "start nothing: the offer is live already"}
		case s.running == nil:
			return Rehearsed{Would: stop + "no preview waits for sign-off"}
		case s.running.Kind == marketplace.GoLive && r.IfRunning == Adopt:
			return Rehearsed{Would: "start nothing and follow the running go-live"}
		case s.running.Kind == marketplace.Publish && r.IfRunning == LetEnd:
			return Rehearsed{Would: "wait for the preview, then start the go-live", Sends: marketplace.GoLive}
		}
		return Rehearsed{Would: stop + "another operation runs"}
	case Cancel:
		if s.running != nil || s.parked != nil || offer == marketplace.Running {
			return Rehearsed{Would: "cancel what runs on the offer", Sends: marketplace.Cancellation}
		}
		return Rehearsed{Would: "send nothing: nothing runs on the offer"}
	}
	return Rehearsed{Would: "send nothing but reads"}
}
