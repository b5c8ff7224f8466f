package publish

import (
	"strconv"
	"time"

	"publish-offer/internal/marketplace"
)

// appendNode is a node without what no decision depends on: texts, absolute times, what is long over. Two nodes of one key
// are one state.
func appendNode(b []byte, n *node) []byte {
	r := &n.run
	b = appendWorld(b, &n.world)
	b = bits(b, n.stopped, n.second, n.listed, n.saw, n.took, n.found, n.untold)
	b = append(b, byte(n.budget), byte(n.calls), byte(n.after), byte(n.lost), byte(n.cuts), byte(n.throttled))
	b = texts(b, n.handed.Path, string(n.sent))

	b = texts(b, string(r.order.Command), string(r.order.IfRunning), string(r.order.Goal), r.order.Operation.Path, r.order.Operation.ID)
	b = texts(b, r.step.Ref.Path, string(r.step.Start.Kind), r.step.Start.Preview.Path)
	b = append(b, byte(r.task), byte(r.step.Do), byte(r.step.Pause), r.ago(r.step.Until))
	if r.task == done {
		b = texts(b, r.step.Result.Ref.Path, string(r.step.Result.State))
		b = bits(b, r.step.Result.Seen, r.step.Result.Foreign)
		if e := r.step.Err; e != nil {
			b = append(b, byte(e.Reason), byte(e.Note))
			b = bits(b, e.MayRun, e.MaybeOurs, e.Other != nil)
		}
	}

	b = append(b, r.ago(r.round.since))
	b = bits(b, r.round.listed, r.round.asked, r.round.unread != nil)
	for i := range r.round.pages {
		p := &r.round.pages[i]
		b = texts(b, p.ref.Path)
		b = appendOperation(b, &p.op)
		b = bits(b, p.unknown)
	}
	b = appendList(b, r.list)
	b = texts(b, string(r.offer.State))
	if r.before != nil {
		b = texts(b, "|", string(r.before.offer))
		b = bits(b, r.before.short)
		b = appendList(b, r.before.list)
		for i := range r.before.pages {
			b = texts(b, r.before.pages[i].ref.Path, string(r.before.pages[i].op.State))
			b = bits(b, r.before.pages[i].unknown)
		}
	}
	b = bits(b, r.turned, r.watching)

	b = appendFollowed(b, r)
	b = texts(b, r.preview.Path, string(r.kind), string(r.lastOrder.Kind), r.lastOrder.Preview.Path, r.foundRef.Path, r.claimed)
	for _, ref := range r.ended {
		b = texts(b, ref.Path)
	}
	b = append(b, '|')
	b = bits(b, r.canceled, r.doubt != nil, r.refusal != nil, r.odd, r.stoppedFor != nil, r.last != nil, r.short != nil)
	return append(b, byte(r.sent), byte(r.throttled), byte(r.resent), r.ago(r.unsent), r.ago(r.verified), r.ago(r.faulty), byte(r.failed), byte(marketplace.FaultOf(r.last)))
}

func appendFollowed(b []byte, r *Run) []byte {
	f := &r.f
	b = texts(b, f.ref.Path, string(f.kind), string(f.state))
	if !f.fresh && !f.moved {
		b = bits(b, runs(f.was), f.was == "")
	}
	since := r.ago(f.since)
	if r.task == confirming {
		since = byte(r.now.Sub(f.since) / tick)
	}
	b = append(b, byte(f.whose), since, byte(f.looks%5), r.ago(f.lost), r.ago(f.unmade))
	b = bits(b, f.fresh, f.seen, f.moved, f.looks <= 1)
	return appendOperation(b, &f.says)
}

func appendOperation(b []byte, o *marketplace.Operation) []byte {
	b = texts(b, string(o.State), string(o.Kind), o.Made.Path)
	b = append(b, byte(len(o.Steps)))
	return bits(b, o.Unsettled, o.Conflict, o.SignOffIsLeft(), o.LiveComplete(), o.LiveUntouched())
}

func appendList(b []byte, list marketplace.List) []byte {
	for i := range list {
		b = texts(b, list[i].ID, string(list[i].Kind), string(list[i].State))
	}
	return append(b, '|')
}

func appendWorld(b []byte, w *world) []byte {
	for i := range w.ops[:w.n] {
		o := &w.ops[i]
		b = append(b, byte(o.state), byte(o.end), byte(o.left), byte(o.age), byte(o.over))
		b = bits(b, o.golive, o.ours, o.shown, o.prev, o.began, o.ghost)
	}
	b = append(b, '|', byte(w.posts), byte(w.presses), w.deaf)
	b = bits(b, w.live, w.wasLive, w.wasIdle, w.wrong, w.clock > longest)
	b = strconv.AppendInt(b, int64(w.given), 10)
	return texts(b, string(w.past[0]), string(w.past[1]), string(w.past[2]), string(w.past[3]))
}

// ago is how long ago a time is, in ticks, as far as any rule minds.
func (r *Run) ago(t time.Time) byte {
	if t.IsZero() {
		return 99
	}
	return byte(max(-5, min(r.now.Sub(t)/tick, 4)) + 10)
}

func texts(b []byte, all ...string) []byte {
	for _, s := range all {
		b = append(append(b, s...), ' ')
	}
	return b
}

func bits(b []byte, all ...bool) []byte {
	var x byte
	for i, v := range all {
		if v {
			x |= 1 << i
		}
	}
	return append(b, x)
}
