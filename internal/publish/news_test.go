package publish

import (
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

// telling is what a service says at one moment. What is not set is as at rest.
type telling struct {
	list   marketplace.List
	broken error // of the list
	offer  marketplace.Offer
	page   marketplace.Operation
	gone   bool                             // the page is not found
	pages  map[string]marketplace.Operation // of certain operations, by their ids
}

var (
	atOf = func(state marketplace.OfferState, id string) marketplace.Offer {
		return marketplace.Offer{State: state, Of: sub(id)}
	}
	at  = func(state marketplace.OfferState) marketplace.Offer { return marketplace.Offer{State: state} }
	sub = func(id string) marketplace.Ref { return marketplace.Ref{Path: "/" + id, ID: id} }
	job = marketplace.Ref{Path: "/job", ID: "job", Order: true}
)

// listed is a list in short: "101 publish running; 90 go-live succeeded", the newest first.
func listed(text string, sure bool) (list marketplace.List) {
	all := strings.Split(text, "; ")
	for i, entry := range all {
		if words := strings.Fields(entry); len(words) == 3 {
			list = append(list, marketplace.Listed{Ref: sub(words[0]), Kind: marketplace.Kind(words[1]), State: marketplace.State(words[2]),
				Sure: sure, Number: int64(len(all) - i)})
		}
	}
	return list
}

func shows(s marketplace.State) marketplace.Operation { return marketplace.Operation{State: s} }

// TestWhoseNews: what a service says of other operations than the run's own, of before, or in part, is no evidence.
func TestWhoseNews(t *testing.T) {
	t.Parallel()
	shared := marketplace.Ref{Path: "/shared", Shared: true}
	replaced := marketplace.Operation{State: marketplace.Succeeded, Kind: marketplace.Publish, Replaced: true}
	named := replaced
	named.Replaced, named.Made = false, sub("101")
	cut := fault(marketplace.Cut)
	for _, c := range []struct {
		name   string
		order  Order
		answer marketplace.Accepted
		err    error
		says   func(tick int, sent string) telling // by the ticks since the last order; sent are the orders so far
		want   string
	}{
		{
			"the preview was replaced before it went live", Order{Command: Publish, Goal: Live}, marketplace.Accepted{Ref: job}, nil,
			func(n int, sent string) telling {
				switch {
				case sent == "":
					return telling{list: listed("90 go-live succeeded", true), offer: atOf(marketplace.Live, "90")}
				case n < 2:
					return telling{list: listed("101 publish running; 90 go-live succeeded", true), offer: atOf(marketplace.InProgress, "101"), page: shows(marketplace.Running)}
				}
				return telling{list: listed("102 publish succeeded; 90 go-live succeeded", true), offer: atOf(marketplace.Parked, "102"), page: replaced}
			}, "publish: conflict, replaced",
		},
		{
			"another preview than the one that was made", Order{Command: Publish, Goal: Live}, marketplace.Accepted{Ref: job}, nil,
			func(_ int, sent string) telling {
				if sent == "" {
					return telling{list: listed("90 go-live succeeded", true), offer: atOf(marketplace.Live, "90")}
				}
				return telling{list: listed("102 publish succeeded; 90 go-live succeeded", true), offer: atOf(marketplace.Parked, "102"), page: named}
			}, "publish: conflict, not told",
		},
		{
			"a list that lacks what goes live", Order{Command: GoLive, Operation: sub("101")}, marketplace.Accepted{Ref: job}, nil,
			func(n int, sent string) telling {
				switch {
				case sent == "":
					return telling{list: listed("101 publish succeeded; 90 go-live succeeded", true), offer: atOf(marketplace.Parked, "101")}
				case n < 8:
					return telling{list: listed("90 go-live succeeded", true), offer: atOf(marketplace.Live, "90"), page: shows(marketplace.Running)}
				}
				return telling{page: shows(marketplace.Failed)}
			}, "go-live: ended badly",
		},
		{
			"a list that lacks the preview that is watched", Order{Command: Wait, Goal: Live, Operation: sub("101")}, marketplace.Accepted{}, nil,
			func(n int, _ string) telling {
				if n == 4 {
					return telling{list: listed("90 go-live succeeded", true), offer: atOf(marketplace.Live, "90"), page: shows(marketplace.AtSignOff)}
				}
				return telling{list: listed("101 publish succeeded; 90 go-live succeeded", true), offer: atOf(marketplace.Parked, "101"), page: shows(marketplace.AtSignOff)}
			}, ": goes on",
		},
		{
			"somebody else's preview", Order{Command: Publish, Goal: Preview}, marketplace.Accepted{Ref: sub("101")}, nil,
			func(n int, sent string) telling {
				switch {
				case sent == "":
					return telling{}
				case n < 8:
					return telling{list: listed("102 publish succeeded; 101 publish running", true), offer: atOf(marketplace.Parked, "102"), page: shows(marketplace.Running)}
				}
				return telling{page: shows(marketplace.Failed)}
			}, "publish: ended badly",
		},
		{
			"a page of the list that is not there", Order{Command: Publish, Goal: Preview}, marketplace.Accepted{}, cut,
			func(int, string) telling {
				return telling{list: listed("90 publish succeeded", true), broken: marketplace.KnownOffer(fault(marketplace.NotFound), false), offer: at(marketplace.Live)}
			}, "publish: unclear, unread",
		},
		{
			"a page of the list that was not there before the order", Order{Command: Publish, Goal: Live}, marketplace.Accepted{}, cut,
			func(_ int, sent string) telling {
				if sent == "" {
					return telling{list: listed("80 publish succeeded", true), broken: marketplace.KnownOffer(fault(marketplace.NotFound), false), offer: at(marketplace.Live)}
				}
				return telling{list: listed("90 publish succeeded; 80 publish succeeded", true), offer: at(marketplace.Live), page: shows(marketplace.AtSignOff)}
			}, "publish: unclear, unread",
		},
		{
			"what is canceled, though the last page of the list never is there", Order{Command: Cancel}, marketplace.Accepted{}, nil,
			func(_ int, sent string) telling {
				never := marketplace.KnownOffer(fault(marketplace.NotFound), false)
				if sent == "" {
					return telling{list: listed("101 publish running; 90 go-live succeeded", true), broken: never, offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
				}
				return telling{list: listed("90 go-live succeeded", true), broken: never, offer: at(marketplace.Live), gone: true}
			}, "cancellation: good",
		},
		{
			"what is canceled, and a page of the list is not there since", Order{Command: Cancel}, marketplace.Accepted{}, nil,
			func(n int, sent string) telling {
				if sent == "" {
					return telling{list: listed("101 publish running; 90 go-live succeeded", true), offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
				}
				return telling{list: listed("90 go-live succeeded", true), broken: marketplace.KnownOffer(fault(marketplace.NotFound), false), offer: at(marketplace.Live), gone: true}
			}, "cancellation: lost",
		},
		{
			"its own go-live is adopted", Order{Command: GoLive, IfRunning: Adopt, Operation: sub("101")}, marketplace.Accepted{}, nil,
			func(n int, _ string) telling {
				s := telling{list: listed("101 go-live running; 90 go-live succeeded", true), offer: atOf(marketplace.InProgress, "101"), page: shows(marketplace.Running)}
				if n > 3 {
					s = telling{list: listed("101 go-live succeeded; 90 go-live succeeded", true), offer: atOf(marketplace.Live, "101"), page: shows(marketplace.Succeeded)}
				}
				return s
			}, ": good",
		},
		{
			"a kind that a list which cannot be read would tell", Order{Command: Wait, Goal: Live, Operation: sub("102")}, marketplace.Accepted{}, nil,
			func(n int, _ string) telling {
				s := telling{broken: cut, offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
				if n > 3 {
					s.offer = at(marketplace.Live)
				}
				if n > 20 {
					s.page = shows(marketplace.Failed)
				}
				return s
			}, ": ended badly",
		},
		{
			"a preview that another replaces while nothing is named", Order{Command: Wait, Goal: Live}, marketplace.Accepted{}, nil,
			func(n int, _ string) telling {
				pages := map[string]marketplace.Operation{"101": shows(marketplace.AtSignOff)}
				switch {
				case n < 3:
					return telling{list: listed("101 publish waitingForPublisherReview", true), offer: atOf(marketplace.Parked, "101"), pages: pages}
				case n < 8:
					return telling{list: listed("102 publish waitingForPublisherReview; 101 publish succeeded", true), offer: atOf(marketplace.Parked, "102"), page: shows(marketplace.AtSignOff), pages: pages}
				}
				return telling{list: listed("102 go-live succeeded; 101 publish succeeded", true), offer: atOf(marketplace.Live, "102"), page: shows(marketplace.Succeeded), pages: pages}
			}, ": good",
		},
		{
			"what was waited for until its sign-off, which only the status shows", Order{Command: Publish, Goal: Accepted, IfRunning: CancelOther}, marketplace.Accepted{Ref: sub("103")}, nil,
			func(n int, sent string) telling {
				s := telling{list: listed("102 publish running; 101 publish succeeded", false), offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
				if n > 5 && sent == "cancellation" {
					s.offer = at(marketplace.Parked)
				}
				return s
			}, "cancellation, publish: good",
		},
		{
			"a publish that can be no go-live", Order{Command: GoLive}, marketplace.Accepted{}, cut,
			func(_ int, sent string) telling {
				if sent == "" {
					return telling{list: listed("101 publish succeeded", true), offer: at(marketplace.Parked)}
				}
				return telling{list: listed("102 publish running; 101 publish succeeded", true), offer: at(marketplace.InProgress)}
			}, "go-live: unclear, moved",
		},
		{
			"another's go-live", Order{Command: GoLive, IfRunning: Adopt, Operation: sub("101")}, marketplace.Accepted{}, nil,
			func(int, string) telling {
				return telling{list: listed("102 go-live running", true), offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
			}, ": conflict, not told",
		},
		{
			"what may be a go-live, in a word that nobody knows", Order{Command: Publish, IfRunning: CancelOther}, marketplace.Accepted{}, nil,
			func(int, string) telling {
				return telling{list: marketplace.List{{Ref: sub("101"), State: marketplace.Running, Sure: true}}, offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
			}, ": conflict",
		},
		{
			"a path that still shows the publish", Order{Command: Publish, Goal: Live}, marketplace.Accepted{Ref: shared}, nil,
			func(n int, sent string) telling {
				switch {
				case sent == "":
					return telling{offer: at(marketplace.NeverPublished)}
				case sent == "publish" && n < 2:
					return telling{list: listed("101 publish running", false), offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
				case sent == "publish":
					return telling{list: listed("101 publish succeeded", false), offer: at(marketplace.Parked), page: shows(marketplace.Running)}
				case n < 8: // running, and then complete: of the publish
					s := telling{list: listed("102 go-live running; 101 publish succeeded", false), offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
					if n > 1 {
						s.page = shows(marketplace.Succeeded)
					}
					return s
				}
				return telling{list: listed("102 go-live failed; 101 publish succeeded", false), offer: at(marketplace.LastFailed), page: shows(marketplace.Failed)}
			}, "publish, go-live: ended badly",
		},
		{
			"an answer that names an older operation", Order{Command: Publish, Goal: Live}, marketplace.Accepted{Ref: sub("90")}, nil,
			func(n int, sent string) telling {
				old := map[string]marketplace.Operation{"90": {State: marketplace.Succeeded, Kind: marketplace.GoLive,
					Details: marketplace.Details{Steps: []marketplace.Step{{Role: marketplace.RoleLive, State: marketplace.StepComplete}}}}}
				switch {
				case sent == "":
					return telling{list: listed("90 go-live succeeded", false), offer: at(marketplace.Live)}
				case n < 3:
					return telling{list: listed("101 publish running; 90 go-live succeeded", false), offer: at(marketplace.InProgress), page: shows(marketplace.Running), pages: old}
				}
				return telling{list: listed("101 publish failed; 90 go-live succeeded", false), offer: at(marketplace.LastFailed), page: shows(marketplace.Failed), pages: old}
			}, "publish: ended badly",
		},
		{
			"a preview that is canceled, though its publish has ended", Order{Command: Cancel}, marketplace.Accepted{}, nil,
			func(n int, sent string) telling {
				s := telling{list: listed("101 publish succeeded", false), offer: at(marketplace.Parked), page: shows(marketplace.Succeeded)}
				if sent != "" && n > 2 {
					s.offer = at(marketplace.LastCanceled)
				}
				return s
			}, "cancellation: good",
		},
		{
			"a go-live that only the list calls one", Order{Command: Wait, Goal: Live, Operation: sub("102")}, marketplace.Accepted{}, nil,
			func(n int, _ string) telling {
				if n < 5 {
					return telling{list: listed("102 go-live running; 101 publish succeeded", false), offer: at(marketplace.InProgress), page: shows(marketplace.Running)}
				}
				return telling{list: listed("102 go-live succeeded; 101 publish succeeded", false), offer: at(marketplace.Live), page: shows(marketplace.Running)}
			}, ": good",
		},
	} {
		if got := tale(c.order, c.answer, c.err, c.says); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// tale runs an order against a service that says what it is told to, and is the orders that were sent and the end.
func tale(o Order, answer marketplace.Accepted, err error, says func(int, string) telling) string {
	o.Timeout, o.Window = time.Hour, window
	var sent []string
	r := Begin(o, time.Unix(1e6, 0))
	since := r.now
	for range 200 {
		step := r.Next()
		f := Fact{At: r.now}
		if step.Pause != Now {
			f.At = r.now.Add(tick)
		}
		s := says(int(f.At.Sub(since)/tick), strings.Join(sent, ", "))
		switch step.Do {
		case Finish:
			return strings.Join(sent, ", ") + ": " + endOf(step.Err)
		case Send, SendCancel:
			kind := step.Start.Kind
			if step.Do == SendCancel {
				kind = marketplace.Cancellation
			}
			sent, since = append(sent, string(kind)), f.At
			f.Accepted, f.Err = answer, err
		case ReadList:
			f.List, f.Err = s.list, s.broken
		case ReadOffer:
			f.Offer = s.offer
		case Look:
			if f.Operation = s.page; s.gone {
				f.Err = fault(marketplace.NotFound)
			}
			if own, certain := s.pages[step.Ref.ID]; certain {
				f.Operation = own
			}
		}
		r, _ = r.Learn(f)
	}
	return strings.Join(sent, ", ") + ": goes on"
}
