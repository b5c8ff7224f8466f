package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Script says what the service is like and what happens; see the package comment for the language.
// It does not change after Parse and may serve any number of emulators.
type Script struct {
	publisher, offer                    string
	tenant, client, subject, connection string

	start        string // state of the offer: never, live, failed, canceled, preview
	wasLive      bool   // and before that a version went live
	runningKind  string // publish or golive: somebody's operation at the start; "" is none
	runningLeft  time.Duration
	parkedListed bool

	classic      bool
	classicBare  bool // and its status has no steps
	single       bool // all operations of the offer have one path
	singleListed bool // and one id on the list
	location     location
	signoff      string
	steps        []step
	messages     []message
	links        []link
	golive       time.Duration
	goliveNo     string // why go-lives fail; "" is that they do not
	goliveUnseen bool   // and only the offer's status tells
	visits       []visit
	cancel       cancelRule

	emailsWanted   bool // a publish without addresses is refused
	conflictStatus int  // of a publish beside another; 0: it is taken
	conflictText   string

	words      map[string]string // "operation running": the word on the wire
	forms      map[string]bool
	list       listRule
	relics     []relic
	changed    changedRule
	lag        lag
	liveStatus liveStatus
	clock      clock

	serves    served
	ingestion ingestionScript
	partner   partnerRule

	tokenLife, tokenRefresh, assertionLife time.Duration
	issuer, audience                       string // of id tokens; "" is the usual one
	unreferenced                           int    // status of the refusal that no task names the service connection; 0: none
	entra, entraWhy                        string
	entraCode                              int
	v1                                     bool            // the older token endpoint serves, too
	absent                                 map[string]bool // resources without a principal in the tenant
	invalidations                          []time.Duration
	hostile                                bool
	faults                                 []rule
}

// clock is how far that of the services is ahead.
type clock struct {
	set, everywhere bool // everywhere: that of the sign-in, too, as if the client's were behind
	ahead           time.Duration
}

// lag is how long what was accepted takes to show.
type lag struct {
	list, status, page     time.Duration
	pageBefore             bool          // until then its page shows the operation before
	listStale, statusStale time.Duration // what ended is shown as running for so long
}

// liveStatus is how long the offer's status goes on speaking of the version that is live.
type liveStatus struct {
	on    bool
	ends  bool          // a while after the newer publish has ended
	after time.Duration // how long a while
}

// link is a preview or live link.
type link struct{ slot, address, text string }

// step is one step of a publish operation.
type step struct {
	name   string
	takes  time.Duration
	how    string // "", blocked, rejected, failed
	text   string
	after  time.Duration // blocked: since the step's start
	lasts  time.Duration // blocked: how long; negative is for good
	stays  bool          // rejected, failed: the operation runs on
	unseen bool          // rejected, failed: the operation looks well, only the offer's status tells
	goLive bool          // the step Live of a go-live
}

type message struct{ level, text string }

// visit is what somebody does in Partner Center.
type visit struct {
	verb         string
	at           time.Duration
	afterPreview bool // at counts from sign-off
}

type cancelRule struct {
	status   int
	takes    time.Duration
	ignored  bool
	refusal  string
	anywhere bool
	listed   bool
	inBody   bool          // the location stands in the body
	ghost    time.Duration // the canceled operation stays listed as running so long, without a page; then it is gone
	aside    time.Duration // no publish is taken for so long
}

func blank() *Script {
	return &Script{
		ingestion: usualIngestion(),
		publisher: "contoso", offer: "contoso-offer",
		tenant:     "6d1f9d3c-54a1-4c5e-9a53-1f2b8f6f0c11",
		client:     "0b9f6c52-7c1d-4a3e-8f0e-5b6a2d9c4e22",
		connection: "3e7d21aa-90b4-4f6d-b1c5-7a8e9f0d1b33",
		subject:    "repo:contoso/app:ref:refs/heads/main",
		start:      "never",
		signoff:    "step",
		golive:     20 * time.Minute,
		cancel:     cancelRule{status: 202, takes: 2 * time.Minute},
		words:      map[string]string{},
		forms:      map[string]bool{},
		absent:     map[string]bool{},

		conflictStatus: http.StatusConflict,
		tokenLife:      time.Hour,
		partner:        blankPartner(),
	}
}

func defaultSteps() []step {
	return []step{
		{name: "Validate Pre-Requisites", takes: 5 * time.Minute},
		{name: "Certification", takes: 30 * time.Minute},
		{name: "Provisioning", takes: 10 * time.Minute},
		{name: "Packaging and Lead Generation Registration", takes: 5 * time.Minute},
	}
}

// Parse reads a script. Its errors name the line, counted from 1.
func Parse(text string) (*Script, error) {
	s := blank()
	for i, line := range strings.Split(text, "\n") {
		w, err := split(line)
		if err == nil && !w.done() {
			err = s.directive(w)
		}
		if err == nil && !w.done() {
			err = fmt.Errorf("%q is one word too many", w.list[0].text)
		}
		if err != nil {
			return nil, fmt.Errorf("service script, line %d: %w", i+1, err)
		}
	}
	if s.steps == nil && s.serves.here("partner-center-submission") {
		s.steps = partnerSteps()
	}
	if s.steps == nil {
		s.steps = defaultSteps()
	}
	return s, nil
}

// CheckSockets says whether the script asks for a fault that a server cannot cause: that nothing is sent.
func (s *Script) CheckSockets() error {
	for _, r := range s.faults {
		if r.fault.unsent() {
			return fmt.Errorf("the fault %s exists in process only", r.fault.Name)
		}
	}
	return nil
}

// Length is about how long the script's story takes: a publish, a go-live, and whatever is due later.
func (s *Script) Length() time.Duration {
	length := s.runningLeft + s.golive
	for _, st := range s.steps {
		length += st.takes + max(st.lasts, 0)
	}
	for _, v := range s.visits {
		length = max(length, v.at)
	}
	return length
}
