package ingestion

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/marketplace"
)

func TestProductLookup(t *testing.T) {
	t.Parallel()
	item := func(id, name, kind string) string {
		return `{"id":"product/` + id + `","identity":{"externalId":"` + name + `"},"type":"` + kind + `"}`
	}
	second := "GET " + root + "/product?page=2"
	for _, test := range []struct {
		name  string
		first string
		next  string
		want  string // the product's type, or the fault
	}{
		{"as documented", known, "", "softwareAsAService"},
		{"externalID", strings.ReplaceAll(known, "externalId", "externalID"), "", "softwareAsAService"},
		{"quoted", strings.ReplaceAll(known, `"softwareAsAService"`, `"\"softwareAsAService\""`), "", "softwareAsAService"},
		{"without identity", `200 {"value":[{"id":"product/` + guid + `","type":"azureContainer"}]}`, "", "azureContainer"},
		{"a bare id", `200 {"value":[{"id":"` + guid + `","type":"coreVirtualMachine"}]}`, "", "coreVirtualMachine"},
		{"nothing", `200 {"value":[]}`, "", "not found"},
		{"another offer's", `200 {"value":[` + item(guid, "fabrikam", "x") + `]}`, "", "not found"},
		{"all offers", `200 {"value":[` + item(other, "fabrikam", "x") + "," + item(guid, "Contoso-Offer", "azureVirtualMachine") + `]}`, "", "azureVirtualMachine"},
		{"twice", `200 {"value":[` + item(guid, "contoso-offer", "x") + "," + item(other, "contoso-offer", "x") + `]}`, "", "not found"},
		{"one product twice", `200 {"value":[` + item(guid, "contoso-offer", "x") + "," + item(strings.ToUpper(guid), "contoso-offer", "x") + `]}`, "", "x"},
		{"on the second page", `200 {"value":[],"@nextLink":"https://graph.microsoft.com` + root + `/product?page=2"}`, known, "softwareAsAService"},
		{"relative page", `200 {"value":[],"@nextLink":"` + root[1:] + `/product?page=2"}`, known, "softwareAsAService"},
		{"odata page", `200 {"value":[],"@odata.nextLink":"` + root + `/product?page=2"}`, known, "softwareAsAService"},
		{"foreign page", `200 {"value":[],"@nextLink":"https://evil.example` + root + `/product?page=2"}`, "", "unreadable"},
		{"pages without end", `200 {"value":[],"@nextLink":"` + root + `/product?page=2"}`, `200 {"value":[],"@nextLink":"` + root + `/product?page=2"}`, "unreadable"},
		{"without an id", `200 {"value":[{"type":"x"}]}`, "", "unreadable"},
		{"no list", `200 {}`, "", "unreadable"},
		{"null", `200 null`, "", "unreadable"},
		{"an error's page", `200 <html>`, "", "unreadable"},
		{"403", `403 {"error":{"code":"forbidden","message":"no"}}`, "", "forbidden"},
		{"404", `404 `, "", "not found"},
	} {
		c, _ := client(t, answers{lookup: {test.first}, second: {test.next}})
		p, err := c.Product(t.Context())
		got := p.Type
		if err != nil {
			got = faultName(err)
		}
		if got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
	}
}

// nameOf is the name of an error's fault; "" where there is none.
func nameOf(err error) string {
	if err == nil {
		return ""
	}
	return faultName(err)
}

func faultName(err error) string {
	return map[marketplace.Fault]string{marketplace.NotSent: "not sent", marketplace.Cut: "cut", marketplace.Unreadable: "unreadable",
		marketplace.Throttled: "throttled", marketplace.Forbidden: "forbidden", marketplace.NotFound: "not found", marketplace.Refused: "refused",
		marketplace.Conflict: "conflict", marketplace.Unsupported: "unsupported"}[marketplace.FaultOf(err)]
}

func TestAnOfferOfAnotherServicesType(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"azureApplication", "AzureApplication", "dynamicsBC", "Dynamics365BusinessCentral", `\"azureApplication\"`} {
		c, s := client(t, answers{lookup: {strings.ReplaceAll(known, "softwareAsAService", kind)}})
		_, err := c.Operations(t.Context())
		var elsewhere *marketplace.Elsewhere
		if !errors.As(err, &elsewhere) || elsewhere.API != "partner-center-submission" || faultName(err) != "not found" {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err = c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish}); !errors.As(err, &elsewhere) || len(s.bodies) > 0 {
			t.Errorf("%s: a start gives %v and sent %v", kind, err, s.bodies)
		}
		if p, err := c.Product(t.Context()); err != nil || p.Published {
			t.Errorf("%s: %+v, %v", kind, p, err)
		}
	}
}

func TestOffer(t *testing.T) {
	t.Parallel()
	const (
		none    = ""
		preview = "Preview in progress, Publisher signoff not started, Live not started"
		waits   = "Preview complete, Publisher signoff waiting for sign-off, Live not started"
		going   = "Preview complete, Publisher signoff complete, Live in progress"
		live    = "Preview complete, Publisher signoff complete, Live complete"
		no      = "Preview failed, Publisher signoff not started, Live not started"
		liveNo  = "Preview complete, Publisher signoff complete, Live failed"
	)
	for _, test := range []struct {
		entries string
		state   marketplace.OfferState
		steps   string
	}{
		{"", marketplace.NeverPublished, none},
		{"5/draft/running/pending/1", marketplace.NeverPublished, none},
		{"5/preview/running/pending/1", marketplace.InProgress, preview},
		{"5/preview/Running/Pending/1", marketplace.InProgress, preview},
		{"5/preview/notStarted/pending/1", marketplace.Beginning, "Preview not started, Publisher signoff not started, Live not started"},
		{"5/preview/baking/pending/1", marketplace.InProgress, preview},
		{"5/preview/completed/succeeded/1", marketplace.Parked, waits},
		{"5/preview/Completed/Succeeded/1", marketplace.Parked, waits},
		{"5/preview/completed/failed/1", marketplace.LastFailed, no},
		{"5/preview/completed/cancelled/1", marketplace.LastCanceled, "Preview canceled, Publisher signoff not started, Live not started"},
		{"5/preview/completed/succeeded/1 5/live/running/pending/2", marketplace.InProgress, going},
		{"5/preview/completed/succeeded/1 5/live/completed/succeeded/2", marketplace.Live, live},
		{"5/live/completed/succeeded/2", marketplace.Live, live},
		{"6/preview/completed/succeeded/3 5/live/completed/succeeded/2", marketplace.Parked, waits},
		{"6/preview/running/pending/3 5/live/completed/succeeded/2", marketplace.InProgress, preview},
		{"6/preview/completed/failed/3 5/live/completed/succeeded/2", marketplace.LastFailed, no},
		{"6/preview/completed/succeeded/3 5/live/completed/succeeded/2 6/live/running/pending/4", marketplace.InProgress, going},
		{"6/preview/completed/succeeded/3 5/live/completed/succeeded/2 6/live/completed/failed/4", marketplace.LastFailed, liveNo},
		{"6/preview/completed/succeeded/3 6/live/completed/failed", marketplace.LastFailed, liveNo},
		{"7/preview/completed/succeeded/5 6/live/completed/failed/4", marketplace.Parked, waits},
		{"7/preview/completed/succeeded 6/live/completed/failed", marketplace.Parked, waits},
		{"5/certification/completed/succeeded/1", marketplace.NeverPublished, none},
	} {
		c, s := client(t, answers{subs: {list(strings.Fields(test.entries)...)}})
		for range 2 {
			got, err := c.Offer(t.Context())
			if err != nil || got.State != test.state || stepsOf(got.Details) != test.steps {
				t.Errorf("%s: %s, %s, %v; want %s, %s", test.entries, got.State, stepsOf(got.Details), err, test.state, test.steps)
			}
		}
		if len(s.calls) != 3 {
			t.Errorf("%d calls: the lookup is made once, and nothing else is remembered", len(s.calls))
		}
	}
}

// The list and the offer's state are one request if they are asked for at one moment; whoever asks twice wants news, and
// after an order everybody does.
func TestOneReadingServesTwoQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, answers{subs: {list()}, orders: {"202 "}, cancels: {"202 "}})
		list := func() error { _, err := c.Operations(t.Context()); return err }
		offer := func() error { _, err := c.Offer(t.Context()); return err }
		order := func() error { _, err := c.Start(t.Context(), publish); return err }
		cancel := func() error { _, err := c.Cancel(t.Context(), jobRef(aJob)); return err }
		later := func() error { time.Sleep(moment); return nil }
		for i, step := range []struct {
			do    func() error
			reads int // in all
		}{{list, 1}, {offer, 1}, {offer, 2}, {list, 2}, {later, 2}, {offer, 3}, {order, 3}, {list, 4}, {cancel, 4}, {offer, 5}, {list, 5}, {list, 6}} {
			err := step.do()
			reads := 0
			for _, call := range s.calls {
				if call == subs {
					reads++
				}
			}
			if err != nil || reads != step.reads {
				t.Errorf("step %d: %d reads, want %d; %v", i, reads, step.reads, err)
			}
		}
	})
}

func TestOperationsAreEntries(t *testing.T) {
	t.Parallel()
	c, _ := client(t, answers{subs: {list("5/preview/completed/succeeded/1", "5/live/completed/succeeded/2", "6/live/running/pending/3", "7/flight/completed/cancelled")}})
	got, err := c.Operations(t.Context())
	if err != nil || len(got) != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	preview, live := got[0], got[1]
	if preview.Kind != marketplace.Publish || live.Kind != marketplace.GoLive || got[3].Kind != marketplace.Unknown {
		t.Errorf("kinds: %+v", got)
	}
	if preview.Same(live.Ref) || !preview.Same(marketplace.Ref{ID: "5"}) || live.Same(got[2].Ref) || preview.ID != "5" || preview.Path != live.Path {
		t.Errorf("one id, two entries: %+v", got)
	}
	if newer, known := live.Newer(preview); !newer || !known {
		t.Error("the dates put them in order")
	}
	if got[2].State != marketplace.Running || got[3].State != marketplace.Canceled || !got[3].Changed.IsZero() {
		t.Errorf("states: %+v", got)
	}
}

func TestListsThatAreNotWhole(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"a submission without an id": `200 {"value":[{"target":{"targetType":"preview"},"status":"running"}]}`,
		"an entry that is none":      `200 {"value":[7]}`,
		"no list":                    `200 {"value":null}`,
		"a page elsewhere":           `200 {"value":[` + sub("5/preview/running/pending/1") + `],"@nextLink":"https://evil.example/x"}`,
	} {
		c, _ := client(t, answers{subs: {answer}})
		if _, err := c.Offer(t.Context()); faultName(err) != "unreadable" {
			t.Errorf("%s: %v", name, err)
		}
		found, err := c.Operations(t.Context())
		lacks := name == "a page elsewhere" && len(found) != 1
		if faultName(err) != "unreadable" || lacks {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}

func TestSubmissionPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		entries string
		state   marketplace.State
		kind    marketplace.Kind
		err     error
	}{
		{"5/preview/running/pending/1", marketplace.Running, marketplace.Publish, nil},
		{"5/preview/completed/succeeded/1", marketplace.AtSignOff, marketplace.Publish, nil},
		{"5/preview/completed/succeeded/2 4/live/completed/succeeded/1", marketplace.AtSignOff, marketplace.Publish, nil},
		{"5/preview/completed/failed/1", marketplace.Failed, marketplace.Publish, nil},
		{"5/preview/completed/succeeded/1 5/live/running/pending/2", marketplace.Running, marketplace.GoLive, nil},
		{"5/preview/completed/succeeded/1 5/live/completed/succeeded/2", marketplace.Succeeded, marketplace.GoLive, nil},
		{"5/live/completed/failed/2 5/preview/completed/succeeded/1", marketplace.Failed, marketplace.GoLive, nil},
		{"6/preview/running/pending/1", "", "", ErrGone},
		{"5/draft", "", "", ErrDraft},
	} {
		c, s := client(t, answers{subs: {list(strings.Fields(test.entries)...)}})
		got, err := c.Operation(t.Context(), submissionRef(guid, "5", ""))
		if !errors.Is(err, test.err) || got.State != test.state || got.Kind != test.kind || len(s.calls) != 2 {
			t.Errorf("%s: %+v, %v, %d calls", test.entries, got, err, len(s.calls))
		}
		if test.err != nil && faultName(err) != "not found" {
			t.Errorf("%s: %s", test.entries, faultName(err))
		}
		unbound := got.Made.ID != "5" || got.Made.Order
		if test.err == nil && unbound {
			t.Errorf("%s made %+v", test.entries, got.Made)
		}
	}
	c, _ := client(t, answers{subs: {list()}})
	if _, err := c.Operation(t.Context(), submissionRef(other, "5", "")); !errors.Is(err, marketplace.ErrOtherOffer) || faultName(err) != "conflict" {
		t.Errorf("another product: %v", err)
	}
	taken, _ := client(t, answers{subs: {list("5/preview/completed/succeeded/1", "5/live/running/pending/2")}})
	if op, err := taken.Operation(t.Context(), submissionRef(guid, "5", "preview")); err != nil || op.State != marketplace.Succeeded || op.Kind != marketplace.Publish {
		t.Errorf("the preview's own entry: %+v, %v", op, err)
	}
}
