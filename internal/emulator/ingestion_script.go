package emulator

import (
	"fmt"
	"slices"
	"time"
)

// ingestionScript is the directive ingestion: where the documents and the clients of that API disagree.
type ingestionScript struct {
	kind     string // of the product; "" is softwareAsAService, known where this service serves the offer
	products string // none or twice; "" is one
	pages    int    // 0 and 1: one
	next     string // absolute, relative, foreign, endless
	foreign  string
	spread   bool // every page but the first holds an entry

	accepted int    // the status of an accepted order
	unnamed  bool   // it carries no job's id
	conflict string // how "in progress" is told: a status, or job

	early      time.Duration // the job ends this long after its order; 0: with its submission
	forgotten  time.Duration // a job is forgotten this long after its end; negative: never
	detail     string        // what GET configure/{job} leaves out: id, or all; "" is nothing
	late       time.Duration // a submission ends this long after its job
	unlisted   time.Duration // a submission is listed this long after its job's end
	gone       time.Duration // a submission's own page is missing this long, from when its preview stands
	goneListed bool          // the list has it in the meantime
	onlyLive   bool          // the preview is no longer listed once it is live
	back       string        // what becomes of a canceled one: gone, draft, listed

	forms map[string]bool
	words map[string]string
}

func usualIngestion() ingestionScript {
	return ingestionScript{accepted: 202, conflict: "400", forgotten: -1, back: "gone",
		forms: map[string]bool{}, words: map[string]string{}}
}

func (s *ingestionScript) read(w *words) (err error) {
	what, err := w.oneOf("what", "type", "product", "pages", "configure", "conflict", "job", "submissions", "canceled", "form", "word")
	if err != nil {
		return err
	}
	switch what {
	case "type":
		s.kind, err = w.next("type")
	case "product":
		s.products, err = w.oneOf("answer", "none", "twice")
	case "pages":
		return s.readPages(w)
	case "configure":
		return s.readConfigure(w)
	case "conflict":
		s.conflict, err = w.oneOf("how", "400", "409", "422", "job")
	case "job":
		return s.readJob(w)
	case "submissions":
		return s.readSubmissions(w)
	case "canceled":
		s.back, err = w.oneOf("what becomes of it", "gone", "draft", "listed")
	case "form":
		return s.readForms(w)
	case "word":
		return s.readWord(w)
	}
	return err
}

func (s *ingestionScript) readPages(w *words) (err error) {
	if s.pages, err = w.number("pages", 1, 1000); err != nil {
		return err
	}
	s.spread = w.skip("spread")
	if w.done() {
		return nil
	}
	if s.next, err = w.oneOf("link", "absolute", "relative", "foreign", "endless"); err == nil && s.next == "foreign" {
		s.foreign, err = w.next("URL")
	}
	return err
}

func (s *ingestionScript) readConfigure(w *words) (err error) {
	for err == nil && !w.done() {
		if w.skip("unnamed") {
			s.unnamed = true
			continue
		}
		s.accepted, err = w.number("status", 200, 299)
	}
	return err
}

func (s *ingestionScript) readJob(w *words) error {
	for more := true; more; more = !w.done() {
		word, err := w.oneOf("what of a job", "early", "forgotten", "unnamed", "untold")
		if err != nil {
			return err
		}
		switch word {
		case "early":
			s.early, err = w.duration("time")
		case "forgotten":
			s.forgotten, err = w.duration("time")
		case "unnamed":
			s.detail = "id"
		case "untold":
			s.detail = "all"
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *ingestionScript) readSubmissions(w *words) error {
	for more := true; more; more = !w.done() {
		word, err := w.oneOf("what of submissions", "late", "unlisted", "gone", "only-live")
		if err != nil {
			return err
		}
		switch word {
		case "late":
			s.late, err = w.duration("time")
		case "unlisted":
			s.unlisted, err = w.duration("time")
		case "gone":
			if s.gone, err = w.duration("time"); err == nil {
				s.goneListed = w.skip("listed")
			}
		case "only-live":
			s.onlyLive = true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func ingestionForms() []string {
	return []string{"ID", "quoted", "nozone", "date-only", "objects", "codes-capital", "codes-numbers", "codes-objects", "nulls", "no-draft", "one-bare"}
}

func (s *ingestionScript) readForms(w *words) error {
	for more := true; more; more = !w.done() {
		form, err := w.oneOf("form", ingestionForms()...)
		if err != nil {
			return err
		}
		s.forms[form] = true
	}
	return nil
}

func (s *ingestionScript) readWord(w *words) error {
	word, err := w.next("word")
	if err != nil {
		return err
	}
	if known := []string{"notStarted", "running", "completed", "pending", "succeeded", "failed", "cancelled", "draft", "preview", "live"}; !slices.Contains(known, word) {
		return fmt.Errorf("the ingestion API has no word %q", word)
	}
	s.words[word], err = w.next("word on the wire")
	return err
}
