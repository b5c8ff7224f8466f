package emulator

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listRule is how the list of operations is answered.
type listRule struct {
	drops   bool   // ended operations vanish
	order   string // newest, oldest or mixed; "" changes from answer to answer
	capped  int    // so many entries at most; 0: all
	pages   int    // so many entries on a page, in an envelope; 0: one array
	wrapped bool   // one envelope
	has     map[string]bool
	foreign string // where the next page is said to be
	nothing string // how an empty list is answered: "", 404, 204, empty, null
	filter  string // which parameter filters: status, submissionState, both, none
}

func (l *listRule) read(s *Script, w *words) error {
	if l.has == nil {
		l.has = map[string]bool{}
	}
	return w.each("how", func(word string) (err error) {
		switch word {
		case "keeps", "drops":
			l.drops = word == "drops"
			w.skip("ended")
		case "late":
			s.lag.list, err = w.duration("lag")
		case "stale":
			s.lag.listStale, err = w.duration("lag")
		case "order":
			l.order, err = w.oneOf("order", "newest", "oldest", "mixed")
		case "capped":
			l.capped, err = w.number("entries", 1, 100_000)
		case "pages":
			l.pages, err = w.number("entries", 1, 100_000)
		case "foreign":
			l.foreign, err = w.next("URL")
		case "nothing":
			l.nothing, err = w.oneOf("answer", "404", "204", "empty", "null")
		case "filter":
			l.filter, err = w.oneOf("parameter", "status", "submissionState", "both", "none")
		case "wrapped":
			l.wrapped = true
		default:
			l.has[word] = true
		}
		return err
	}, "keeps", "drops", "late", "stale", "order", "capped", "pages", "absolute", "foreign", "last-404", "endless", "wrapped", "nothing", "filter")
}

// relic is an old entry of the list, with a word of its own for its state.
type relic struct {
	word, kind string
	times      int
	lost       bool // it has no page
}

func (s *Script) readRelic(w *words) (err error) {
	old := relic{kind: "publish", times: 1}
	if old.word, err = w.next("word"); err != nil || w.done() {
		s.relics = append(s.relics, old)
		return err
	}
	err = w.each("option", func(word string) (err error) {
		switch word {
		case "lost":
			old.lost = true
		case "golive":
			old.kind = word
		case "times":
			old.times, err = w.number("times", 1, 100_000)
		}
		return err
	}, "lost", "golive", "times")
	s.relics = append(s.relics, old)
	return err
}

func (e *Emulator) relicID(i, n int) string {
	return guid(e.opts.Seed, fmt.Sprint("relic ", i, " ", n))
}

// relicOf is the relic with an id.
func (e *Emulator) relicOf(id string) (relic, bool) {
	for i, old := range e.script.relics {
		for n := range old.times {
			if e.relicID(i, n) == id {
				return old, true
			}
		}
	}
	return relic{}, false
}

func (e *Emulator) relicPage(old relic) map[string]any {
	return map[string]any{"status": old.word, "messages": []any{}, "publishingVersion": 1, "offerVersion": 1, "steps": []any{},
		"previewLinks": []any{}, "liveLinks": []any{}}
}

// entry is a line of the list.
type entry struct {
	id, kind, state   string // state is ours, word the one on the wire
	word              string
	accepted, changed time.Duration
}

// entries are what the list may show, as they were accepted.
func (e *Emulator) entries(now time.Duration) []entry {
	var all []entry
	for i, old := range e.script.relics {
		for n := range old.times {
			at := -(time.Duration(e.relicsAfter(i)+old.times-n)*time.Hour + 365*24*time.Hour)
			all = append(all, entry{id: e.relicID(i, n), kind: old.kind, word: old.word, accepted: at, changed: at + 20*time.Minute})
		}
	}
	for _, o := range e.world.ops {
		if state, shown := e.listedAs(o, now); shown {
			id := o.id
			if e.script.singleListed {
				id = e.sharedID()
			}
			all = append(all, entry{id, o.kind, state, e.wire("list", state), o.accepted, o.changed})
		}
	}
	return all
}

func (e *Emulator) relicsAfter(i int) (n int) {
	for _, old := range e.script.relics[i+1:] {
		n += old.times
	}
	return n
}

// listedAs is the state in which the list shows an operation, if it does.
func (e *Emulator) listedAs(o *operation, now time.Duration) (string, bool) {
	unlisted := o.kind == "cancel" && !e.script.cancel.listed
	dropped := e.script.list.drops && e.ended(o) && !o.recent(now, e.script.lag.listStale)
	switch {
	case o.ghost:
		return running, now < o.changed+e.script.cancel.ghost
	case o.listed > now, unlisted, dropped:
		return "", false
	case o.recent(now, e.script.lag.listStale):
		return running, true
	case o.state == parked && e.ended(o), e.unseen(o):
		return succeeded, true
	}
	return o.state, true
}

// list is the answer of submissions. Its order is not documented: without a directive it changes.
func (e *Emulator) list(r *request) reply {
	rule := e.script.list
	all := slices.DeleteFunc(e.entries(r.now), func(v entry) bool { return !e.passes(v, r.URL.Query()) })
	e.arrange(all, r)
	if rule.capped > 0 && len(all) > rule.capped {
		all = all[:rule.capped]
	}
	if len(all) == 0 && rule.nothing != "" {
		return e.nothing(r)
	}
	next := ""
	if rule.pages > 0 {
		skip, _ := strconv.Atoi(r.URL.Query().Get("$skip"))
		skip = min(max(skip, 0), len(all))
		lastPage := skip > 0 && skip+rule.pages >= len(all)
		if lastPage && rule.has["last-404"] {
			return e.refuse(r, 404, "NotFound", "The page does not exist.")
		}
		if skip+rule.pages < len(all) || rule.has["endless"] {
			next = e.nextLink(r, skip+rule.pages)
		}
		all = all[skip:min(skip+rule.pages, len(all))]
	}
	items := []any{}
	for _, v := range all {
		items = append(items, e.item(v))
	}
	if !rule.wrapped && rule.pages == 0 {
		return e.asPrinted(200, items)
	}
	envelope := map[string]any{"value": items}
	if next != "" {
		envelope["nextLink"] = next
	}
	return e.asPrinted(200, envelope)
}

// passes applies the filters that the request may ask for.
func (e *Emulator) passes(v entry, query url.Values) bool {
	for _, name := range []string{"status", "submissionState"} {
		honoured := e.script.list.filter == "" || e.script.list.filter == "both" || e.script.list.filter == name
		wanted := query.Get(name)
		if honoured && wanted != "" && !strings.EqualFold(wanted, v.word) && !strings.EqualFold(wanted, v.state) {
			return false
		}
	}
	return true
}

// arrange puts entries in the order that the script wants.
func (e *Emulator) arrange(all []entry, r *request) {
	order := e.script.list.order
	cut := e.script.list.pages > 0 || e.script.list.capped > 0
	if order == "" && cut {
		order = "oldest"
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.accepted, b.accepted) })
	turned := (int64(r.nth)+e.opts.Seed)%2 == 0
	switch {
	case order == "newest", order == "" && turned:
		slices.Reverse(all)
	case order == "mixed":
		slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(guid(e.opts.Seed, a.id), guid(e.opts.Seed, b.id)) })
	}
}

// nothing is the answer where there is nothing to list.
func (e *Emulator) nothing(r *request) reply {
	switch e.script.list.nothing {
	case "404":
		return e.refuse(r, 404, "NotFound", "The offer has no submissions.")
	case "204":
		return text(http.StatusNoContent, "")
	case "null":
		return asJSON(200, nil)
	}
	return text(200, "")
}

func (e *Emulator) nextLink(r *request, skip int) string {
	rule := e.script.list
	if rule.foreign != "" {
		return rule.foreign
	}
	query := r.URL.Query()
	query.Set("$skip", strconv.Itoa(skip))
	link := r.URL.EscapedPath() + "?" + query.Encode()
	if rule.has["absolute"] {
		link = r.origin + link
	}
	return link
}

// item is an entry as it is printed.
func (e *Emulator) item(v entry) map[string]any {
	item := map[string]any{
		"id": v.id, "offerId": e.offerGUID(), "offerVersion": 1, "offerTypeId": "microsoft-azure-virtualmachines",
		"publisherId": e.script.publisher, "submissionState": v.word,
		"publishingVersion": 2, "slot": "staging", "version": ticks(e.began.Add(v.accepted)),
		"definition": map[string]any{"metadata": map[string]any{}},
	}
	if kind := e.wire("type", v.kind); kind != "" {
		item["submissionType"] = kind
	}
	if e.script.forms["table-fields"] {
		item["createdDateTime"], item["lastActionDateTime"] = e.stamp(v.accepted), e.stamp(v.changed)
	}
	if v.state == failed && e.script.forms["error-field"] {
		item["error"] = e.failure()
	}
	if changed := e.changedTime(v); changed != missing {
		item["changedTime"] = changed
	}
	return item
}

const missing = "-"

// changedTime is when an entry changed, as far as that can be believed.
func (e *Emulator) changedTime(v entry) any {
	switch rule := e.script.changed; rule.how {
	case "constant":
		return "2018-03-26T21:46:01.179948Z"
	case "draft":
		return e.stamp(-30 * time.Minute)
	case "old":
		return e.stamp(v.changed - 8*365*24*time.Hour)
	case "future":
		return e.stamp(v.changed + rule.by)
	case "local":
		return strings.TrimSuffix(e.stamp(v.changed+rule.by), "Z")
	case "empty":
		return ""
	case "null":
		return nil
	case "missing":
		return missing
	}
	return e.stamp(v.changed)
}

type changedRule struct {
	how string
	by  time.Duration
}

func (c *changedRule) read(w *words) (err error) {
	if c.how, err = w.oneOf("how", "constant", "draft", "old", "future", "local", "empty", "null", "missing"); err != nil {
		return err
	}
	switch c.how {
	case "future":
		c.by, err = w.duration("how far")
	case "local":
		c.by, err = w.offset("offset from UTC")
	}
	return err
}
