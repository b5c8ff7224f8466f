package submission

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"publish-offer/internal/marketplace"
)

// The requests of one publish: sign-in, product, submissions, one for each module, plans, create, the looks.
func TestRequestsOfOnePublishAreCounted(t *testing.T) {
	t.Parallel()
	world(t, "", func(w *here) {
		w.want("at first", w.list(), "")
		w.want("at first", w.offer(), marketplace.NeverPublished)
		ref := w.publish()
		w.look(ref)
		time.Sleep(24 * time.Minute)
		w.look(ref)
		w.want("requests", w.asked(0), "token products sublist modules modules modules modules modules variants submit submission workflow submission workflow")
		w.want("warnings", w.warns, "[]")
	})
	world(t, "step Certification 10m failed why", func(w *here) {
		ref := w.publish()
		time.Sleep(11 * time.Minute)
		before := len(w.e.Calls())
		first := w.look(ref)
		w.want("on failure two more", w.asked(before), "submission workflow validations reports")
		before = len(w.e.Calls())
		second := w.look(ref)
		w.want("and never again", w.asked(before), "submission workflow")
		w.want("the reason", second.Messages, first.Messages)
	})
}

func TestPublishToLive(t *testing.T) {
	t.Parallel()
	world(t, "", func(w *here) {
		ref := w.publish()
		if !strings.HasPrefix(ref.Path, "/v1.0/ingestion/products/") || !strings.HasSuffix(ref.Path, "/submissions/"+ref.ID) || ref.Shared || ref.Order {
			t.Errorf("%+v", ref)
		}
		time.Sleep(12 * time.Minute)
		op := w.look(ref)
		w.want("running", fmt.Sprint(op.State, " ", op.Kind, " ", op.Word, " ", op.Made), "running publish InProgress/Submitted {   false false}")
		w.want("steps", stepsOf(op), "Automated validation: complete, Preview Creation: in progress, Publisher Signoff: not started [sign-off], "+
			"Certification: not started, Publish: not started [live]")
		w.want("offer", w.offer(), marketplace.InProgress)

		time.Sleep(12 * time.Minute)
		op = w.another().must(w, ref)
		w.want("preview", fmt.Sprint(op.State, " ", op.Kind, " ", op.Word, " ", op.Made == ref), "waitingForPublisherReview publish Published/ReadyToPublish true")
		w.want("sign-off", op.Steps[2].State, marketplace.StepSignOff)
		w.want("sign-off is left", op.SignOffIsLeft(), true)
		w.want("live untouched", op.LiveUntouched(), true)
		w.want("offer", w.offer(), marketplace.Parked)
		w.want("list", w.list(), "27 publish waitingForPublisherReview")

		w.goLive(ref)
		time.Sleep(15 * time.Minute)
		op = w.another().must(w, ref)
		w.want("going live", fmt.Sprint(op.State, " ", op.Kind), "running go-live")
		w.want("steps", stepsOf(op), "Automated validation: complete, Preview Creation: complete, Publisher Signoff: complete [sign-off], "+
			"Certification: complete, Publish: in progress [live]")
		time.Sleep(5 * time.Minute)
		op = w.look(ref)
		w.want("live", fmt.Sprint(op.State, " ", op.Kind, " ", op.LiveComplete()), "succeeded go-live true")
		w.want("offer", w.offer(), marketplace.Live)
		w.want("list", w.list(), "27 go-live succeeded")
	})
}

func (c *Client) must(w *here, ref marketplace.Ref) marketplace.Operation {
	w.t.Helper()
	op, err := c.Operation(w.ctx, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return op
}

// A go-live without a name takes the preview that stands; none, and it is a conflict.
func TestGoLiveWithoutAName(t *testing.T) {
	t.Parallel()
	world(t, "offer preview", func(w *here) {
		before := len(w.e.Calls())
		w.goLive(marketplace.Ref{})
		w.want("requests", w.asked(before), "token products sublist promote")
		w.want("list", w.list(), "27 go-live running")
		_, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.GoLive})
		w.fault("again", err, marketplace.Conflict)
	})
}

func TestWhereTheOfferIs(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]struct {
		offer marketplace.OfferState
		list  string
	}{
		"offer never":              {marketplace.NeverPublished, ""},
		"offer live":               {marketplace.Live, "27 go-live succeeded"},
		"offer preview":            {marketplace.Parked, "27 publish waitingForPublisherReview"},
		"offer failed":             {marketplace.LastFailed, "27 publish failed"},
		"offer canceled":           {marketplace.NeverPublished, ""},
		"running publish 10m left": {marketplace.InProgress, "27 publish running"},
		"running golive 10m left":  {marketplace.InProgress, "27 go-live running"},
		// a submission that another run put back in draft is taken for running
		"offer canceled\nsubmission leftovers": {marketplace.InProgress, "27 publish running"},
	} {
		world(t, script, func(w *here) {
			w.want(script, w.offer(), want.offer)
			w.want(script, w.list(), want.list)
		})
	}
}

// Of two, the newest by number decides, wherever it stands; a preview before it waits for nobody.
func TestTheNewestDecides(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"first", "last"} {
		world(t, "offer preview\nsubmission newest "+where, func(w *here) {
			w.publish()
			w.want("offer", w.offer(), marketplace.InProgress)
			want := "27 publish succeeded, 28 publish running"
			if where == "first" {
				want = "28 publish running, 27 publish succeeded"
			}
			w.want("list", w.list(), want)
		})
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	world(t, "running publish 1h left", func(w *here) {
		_, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.Publish})
		e := w.fault("a second one", err, marketplace.Conflict)
		if e.Status != 409 || !strings.Contains(e.Message, "An In Progress submission already exists") || e.CorrelationID == "" {
			t.Errorf("%v", e)
		}
		all, _ := w.Operations(w.ctx)
		_, err = w.Start(w.ctx, marketplace.Start{Kind: marketplace.GoLive, Preview: all[0].Ref})
		w.fault("promote while it runs", err, marketplace.Conflict)
	})
	world(t, "running publish 1h left\nconflict 400", func(w *here) {
		_, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.Publish})
		w.fault("by its words alone", err, marketplace.Conflict)
	})
	world(t, "offer preview\nfault promote 1 status 400", func(w *here) {
		_, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.GoLive})
		w.fault("a refusal while the preview stands", err, marketplace.Refused)
	})
	world(t, "", func(w *here) {
		ref, err := ParseRef(w.rest.Endpoint(), "/v1.0/ingestion/products/other/submissions/1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Operation(w.ctx, ref)
		w.fault("another offer's", err, marketplace.Conflict)
		if !errors.Is(err, marketplace.ErrOtherOffer) {
			t.Error(err)
		}
		_, err = w.Cancel(w.ctx, ref)
		w.fault("another offer's", err, marketplace.Conflict)
		_, err = w.Operation(w.ctx, marketplace.Ref{Path: "/api/operations/a$b$2$preview"})
		w.fault("another service's", err, marketplace.Refused)
		w.want("requests", w.asked(0), "token products")
	})
}

// A read that fails before an order leaves nothing open.
func TestAReadBeforeAnOrder(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]marketplace.Fault{
		"fault modules 2 status 503":                       marketplace.NotSent,
		"fault modules 2 cut":                              marketplace.NotSent,
		"fault variants 1 body nonsense":                   marketplace.NotSent,
		"fault modules 1 status 429 retry-after 30s":       marketplace.NotSent,
		"fault variants 1 status 403":                      marketplace.Forbidden,
		"fault variants 1 status 404":                      marketplace.NotFound,
		"fault modules 3 status 400":                       marketplace.Refused,
		"fault products 1 dial":                            marketplace.NotSent,
		"fault products 1.. status 401":                    marketplace.Unauthorized,
		"fault submit 1 status 503":                        marketplace.Cut,
		"fault submit 1 accept-cut":                        marketplace.Cut,
		"fault submit 1 status 429":                        marketplace.Throttled,
		"fault submit 1 status 400":                        marketplace.Refused,
		"fault submit 1 redirect https://evil.example/":    marketplace.Cut,
		"fault submit 1 status 409 body \"anything else\"": marketplace.Refused,
	} {
		world(t, script, func(w *here) {
			_, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.Publish})
			e := w.fault(script, err, want)
			if strings.Contains(script, "30s") && e.RetryAfter != 30*time.Second {
				t.Errorf("retry after %v", e.RetryAfter)
			}
			w.want("leaks", w.e.Truth().Leaks, "[]")
		})
	}
}

// Any 2xx is an acceptance, whatever it carries.
func TestAcceptances(t *testing.T) {
	t.Parallel()
	for script, named := range map[string]bool{
		"submission created 200":                         true,
		"submission created 201":                         true,
		"submission created 202":                         true,
		"fault submit 1 nolocation":                      false,
		"fault submit 1 truncated":                       false,
		"fault submit 1 accept-body hello":               false,
		`fault submit 1 accept-json "{\"id\":\"../x\"}"`: false,
		"fault submit 1 accept-status 204":               false,
		"fault submit 1 huge":                            false,
	} {
		world(t, script, func(w *here) {
			w.want(script, w.publish().Known(), named)
		})
	}
}

func TestMissingModules(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"", " empty"} {
		world(t, "submission missing ResellerConfiguration"+how, func(w *here) {
			_, err := w.Start(w.ctx, marketplace.Start{Kind: marketplace.Publish})
			e := w.fault("refused", err, marketplace.Refused)
			if !strings.Contains(e.Message, "Resell-20007") || !strings.Contains(e.Message, "ResellerConfiguration module is missing") {
				t.Errorf("%v", e)
			}
			if len(w.warns) != 1 || !strings.Contains(w.warns[0], "ResellerConfiguration") {
				t.Errorf("warnings %q", w.warns)
			}
		})
		world(t, "submission missing ResellerConfiguration optional"+how, func(w *here) {
			w.publish()
			_, _, body, err := w.Request(w.ctx, marketplace.Start{Kind: marketplace.Publish})
			if err != nil || strings.Contains(body, "ResellerConfiguration") || len(w.warns) != 1 {
				t.Errorf("%s %v %q", body, err, w.warns)
			}
		})
	}
}

func TestRehearsal(t *testing.T) {
	t.Parallel()
	world(t, "offer preview\nsubmission plans 1", func(w *here) {
		method, target, body, err := w.Request(w.ctx, marketplace.Start{Kind: marketplace.Publish})
		if err != nil {
			t.Fatal(err)
		}
		product, _ := w.Product(w.ctx)
		w.want("publish", method+" "+target, "POST https://api.partner.microsoft.com/v1.0/ingestion/products/"+product.ID+"/submissions")
		if !strings.HasPrefix(body, `{"resourceType":"SubmissionCreationRequest","targets":[{"type":"Scope","value":"preview"}],"resources":[{"type":"Availability","value":"`) ||
			strings.Count(body, "variantID") != 1 {
			t.Error(body)
		}
		method, target, body, err = w.Request(w.ctx, marketplace.Start{Kind: marketplace.GoLive})
		all, _ := w.Operations(w.ctx)
		w.want("go-live", fmt.Sprint(method, " ", target, body, err), "POST https://api.partner.microsoft.com"+all[0].Path+"/promote<nil>")
		truth := w.e.Truth()
		w.want("orders", len(truth.Reached), 0)
	})
}

func TestLookup(t *testing.T) {
	t.Parallel()
	world(t, "", func(w *here) {
		w.offer()
		w.offer()
		w.list()
		w.list()
		w.want("once", w.asked(0), "token products sublist sublist sublist sublist")
		for range 3 {
			p, err := w.Product(w.ctx)
			if err != nil || p.Type != "AzureApplication" {
				t.Fatal(p, err)
			}
		}
	})
	world(t, "names contoso Contoso-Offer", func(w *here) {
		if _, err := w.Product(w.ctx); err != nil {
			t.Error("another casing: ", err)
		}
	})
	world(t, "names contoso other", func(w *here) {
		_, err := w.Product(w.ctx)
		w.fault("unknown", err, marketplace.NotFound)
	})
	world(t, "submission several", func(w *here) {
		_, err := w.Product(w.ctx)
		if w.fault("several", err, marketplace.NotFound); !errors.Is(err, marketplace.ErrSeveral) {
			t.Error(err)
		}
	})
	world(t, "submission pages 1 bogus", func(w *here) {
		if _, err := w.Product(w.ctx); err != nil {
			t.Error("a bogus last page: ", err)
		}
	})
	for kind, api := range map[string]string{"SoftwareAsAService": "product-ingestion", "AzureThirdPartyVirtualMachine": "product-ingestion",
		"AzureContainer": "product-ingestion", "AzureManagedService": "cloud-partner-portal"} {
		world(t, "submission type "+kind, func(w *here) {
			_, err := w.Operations(w.ctx)
			var other *marketplace.Elsewhere
			if w.fault(kind, err, marketplace.NotFound); !errors.As(err, &other) || other.API != api || other.Type != kind {
				t.Error(err)
			}
			if p, err := w.Product(w.ctx); err != nil || p.Published {
				t.Error("whatever its type: ", p, err)
			}
		})
	}
	for _, kind := range []string{"AzureDynamics365BusinessCentral", "AzureDynamics365ForOperations", "SomethingNew"} {
		world(t, "submission type "+kind, func(w *here) {
			if _, err := w.Product(w.ctx); err != nil {
				t.Error(kind, err)
			}
		})
	}
}

// Section 15 of what is known: a filter without a type is refused since April 2026.
func TestLookupByType(t *testing.T) {
	t.Parallel()
	for kind, requests := range map[string]int{"AzureApplication": 2, "AzureDynamics365BusinessCentral": 3, "AzureDynamics365ForOperations": 5} {
		world(t, "submission filter-refused\nsubmission type "+kind, func(w *here) {
			p, err := w.Product(w.ctx)
			w.want(kind, fmt.Sprint(p.Type, err), kind+"<nil>")
			w.want("requests", strings.Count(w.asked(0), "products"), requests)
		})
	}
	world(t, "submission filter-refused\nnames contoso other", func(w *here) {
		_, err := w.Product(w.ctx)
		w.fault("unknown to all", err, marketplace.NotFound)
	})
	world(t, "submission filter-refused\nfault products 3 status 503", func(w *here) {
		_, err := w.another().Product(w.ctx)
		if err != nil {
			t.Error(err)
		}
	})
	world(t, "submission publisher-header 10m", func(w *here) {
		_, err := w.Product(w.ctx)
		e := w.fault("the header that nobody needs", err, marketplace.Refused)
		if !strings.Contains(e.Message, "x-ms-publisherId") || strings.Count(w.asked(0), "products") != 1 {
			t.Error(e, w.asked(0))
		}
		time.Sleep(10 * time.Minute)
		if _, err := w.Product(w.ctx); err != nil {
			t.Error("later: ", err)
		}
	})
}

func TestPagesOfTheList(t *testing.T) {
	t.Parallel()
	const whole = "27 publish succeeded, 28 publish succeeded, 29 publish waitingForPublisherReview"
	for _, form := range []string{"relative", "odata", "absolute", "bogus", "odata bogus"} {
		world(t, "offer preview\nsubmission pages 1 "+form, func(w *here) {
			for range 2 {
				w.publish()
				time.Sleep(24 * time.Minute)
			}
			want := whole
			if strings.Contains(form, "bogus") {
				want += ", and a page that is not there"
			}
			w.want(form, w.list(), want)
		})
	}
	for script, want := range map[string]marketplace.Fault{
		"submission pages 1\nfault sublist 2 status 503":    marketplace.Cut,
		"submission pages 1\nfault sublist 2 status 403":    marketplace.Forbidden,
		"submission pages 1\nfault sublist 2 status 400":    marketplace.Unreadable,
		"submission pages 1\nfault sublist 2 body nonsense": marketplace.Unreadable,
	} {
		world(t, "offer preview\n"+script, func(w *here) {
			w.publish() // two submissions, two pages
			all, err := w.Operations(w.ctx)
			w.fault(script, err, want)
			w.want("what is in it", len(all), 1)
		})
	}
	world(t, `fault sublist 1 json "{\"value\":[],\"nextLink\":\"v1.0/ingestion/products/none\"}"`, func(w *here) {
		w.want("nothing, and a page that is not there", w.offer(), marketplace.NeverPublished)
	})
	world(t, "fault sublist 1 json null\nfault sublist 2 status 404\nfault sublist 3 json []", func(w *here) {
		_, err := w.Operations(w.ctx)
		w.fault("null", err, marketplace.Unreadable)
		_, err = w.Operations(w.ctx)
		w.fault("404", err, marketplace.Unreadable)
		w.want("an empty array", w.list(), "")
	})
}

// A list that cannot be read whole says so, and what it names elsewhere is not called.
func TestListsWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"https://evil.example/x", "//evil.example/x", "http://api.partner.microsoft.com/v1.0/ingestion/x", "endless"} {
		script := `fault sublist * json "{\"value\":[{\"id\":\"1\",\"state\":\"InProgress\"}],\"nextLink\":\"` + next + `\"}"`
		if next == "endless" {
			script = "offer preview\nsubmission pages 1 endless"
		}
		world(t, script, func(w *here) {
			all, err := w.Operations(w.ctx)
			w.fault(next, err, marketplace.Unreadable)
			w.want("what is in it", len(all) > 0, true)
			if pages := strings.Count(w.asked(0), "sublist"); pages > 50 {
				t.Errorf("%d pages", pages)
			}
			_, err = w.Offer(w.ctx)
			w.fault(next, err, marketplace.Unreadable)
			w.want("elsewhere", strings.Contains(w.asked(0), "foreign"), false)
			w.want("leaks", w.e.Truth().Leaks, "[]")
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"step Certification 10m failed why":                                             "failed publish InProgress/FailedInCertification",
		"step \"Automated validation\" 10m failed why":                                  "failed publish InProgress/Failed",
		"step Certification 10m failed why\nsubmission shows refused inprogress/failed": "failed publish inprogress/failed",
	} {
		world(t, script+"\nsubmission validation Image-1 Error Images \"The logo is too small.\"\nsubmission validation Note-7 Informational \"\" \"Checked.\"", func(w *here) {
			ref := w.publish()
			time.Sleep(11 * time.Minute)
			op := w.look(ref)
			w.want(script, fmt.Sprint(op.State, " ", op.Kind, " ", op.Word), want)
			w.want("messages", fmt.Sprintf("%q", op.Messages), `[{"error" "Image-1" "The logo is too small. (resource Images)"} {"information" "Note-7" "Checked."} {"error" "PackageValidation-1007" "why (resource Package)"}]`)
			if len(op.Reports) != 1 || !strings.HasPrefix(op.Reports[0].URL, "https://ingestionreports.example/") || !strings.HasSuffix(op.Reports[0].Text, ": Failed") {
				t.Errorf("%v", op.Reports)
			}
			if op.Steps[0].State != marketplace.StepFailed {
				t.Errorf("%v", op.Steps)
			}
			w.want("offer", w.offer(), marketplace.LastFailed)
			w.want("no report is fetched", strings.Contains(w.asked(0), "foreign"), false)
			w.publish() // what failed is in nobody's way
		})
	}
	for _, shown := range []string{"Published/Failed", "InProgress/FailedInCertification"} {
		world(t, "offer preview\ngolive 20m fails \"no legal terms\"\nsubmission shows golive-failed "+shown, func(w *here) {
			w.goLive(marketplace.Ref{})
			time.Sleep(20 * time.Minute)
			all, _ := w.Operations(w.ctx)
			op := w.look(all[0].Ref)
			w.want(shown, fmt.Sprint(op.State, " ", op.Kind, " ", op.Messages[0].Text), "failed go-live no legal terms (resource Package)")
		})
	}
}

// The offer's status is told by the list of just now, and by no older one.
func TestTheListOfJustNow(t *testing.T) {
	t.Parallel()
	world(t, "offer preview", func(w *here) {
		w.list()
		w.offer()
		w.want("once", w.asked(0), "token products sublist")
		w.offer()
		w.want("and then again", w.asked(3), "sublist")
		w.list()
		time.Sleep(moment)
		w.offer()
		w.want("a moment later", w.asked(4), "sublist sublist")
		w.list()
		w.goLive(marketplace.Ref{})
		w.want("after an order", w.offer(), marketplace.InProgress)
		w.list()
		w.look(w.mine())
		before := len(w.e.Calls())
		w.offer()
		w.want("after a look", w.asked(before), "sublist")
	})
}

func (w *here) mine() marketplace.Ref {
	w.t.Helper()
	all, err := w.Operations(w.ctx)
	if err != nil || len(all) != 1 {
		w.t.Fatal(all, err)
	}
	return all[0].Ref
}

// What a failed look costs besides must not make the look fail.
func TestALookWithoutItsDetails(t *testing.T) {
	t.Parallel()
	world(t, "step Certification 10m failed why\nfault workflow 2 status 503 retry-after 90s\nfault validations 1 status 500\nfault reports 1 cut", func(w *here) {
		ref := w.publish()
		steps := stepsOf(w.look(ref))
		time.Sleep(9 * time.Minute)
		op := w.look(ref)
		w.want("the steps seen last", stepsOf(op), steps)
		w.want("the service's wish", op.RetryAfter, 90*time.Second)
		time.Sleep(2 * time.Minute)
		op = w.look(ref)
		w.want("without reasons", fmt.Sprint(op.State, len(op.Messages), len(op.Reports)), "failed0 0")
		op = w.look(ref)
		w.want("asked again", fmt.Sprint(op.State, len(op.Messages), len(op.Reports)), "failed1 1")
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	world(t, "", func(w *here) {
		ref := w.publish()
		if _, err := w.Cancel(w.ctx, ref); err != nil {
			t.Fatal(err)
		}
		w.want("gone", fmt.Sprint(w.look(ref).State), "canceled")
		_, err := w.another().Operation(w.ctx, ref)
		w.fault("another run cannot know", err, marketplace.NotFound)
		w.want("offer", w.offer(), marketplace.NeverPublished)
		_, err = w.Cancel(w.ctx, marketplace.Ref{})
		w.fault("nothing runs", err, marketplace.Refused)
		if _, err = w.Cancel(w.ctx, ref); err != nil {
			t.Error("gone already: ", err)
		}
	})
	world(t, "offer preview\nfault delete 1 status 404\nfault promote 1 status 404", func(w *here) {
		all, _ := w.Operations(w.ctx)
		_, err := w.Cancel(w.ctx, all[0].Ref)
		w.fault("not found, and listed", err, marketplace.Refused)
		_, err = w.Start(w.ctx, marketplace.Start{Kind: marketplace.GoLive, Preview: all[0].Ref})
		w.fault("the same of a promotion", err, marketplace.Refused)
	})
	world(t, "offer canceled\nsubmission leftovers\nfault delete 1 json {}", func(w *here) {
		all, _ := w.Operations(w.ctx)
		w.want("in draft", w.look(all[0].Ref).State, marketplace.Running)
		if _, err := w.Cancel(w.ctx, all[0].Ref); err != nil {
			t.Fatal(err)
		}
		w.want("it was in draft before", w.look(all[0].Ref).State, marketplace.Running)
		method, target, _, err := w.Request(w.ctx, marketplace.Start{Kind: marketplace.Cancellation, Preview: all[0].Ref})
		w.want("the request", fmt.Sprint(method, strings.HasSuffix(target, all[0].Path), err), "DELETEtrue <nil>")
	})
	world(t, "running publish 1h left\nsubmission leftovers\nsubmission delete takes 5m", func(w *here) {
		all, _ := w.Operations(w.ctx)
		if _, err := w.Cancel(w.ctx, marketplace.Ref{}); err != nil {
			t.Fatal(err)
		}
		w.want("not yet", w.look(all[0].Ref).State, marketplace.Running)
		time.Sleep(5 * time.Minute)
		w.want("back in draft", w.look(all[0].Ref).State, marketplace.Canceled)
		w.want("offer", w.offer(), marketplace.LastCanceled)
		w.want("list", w.list(), "27 publish canceled")
		op, err := w.another().Operation(w.ctx, all[0].Ref)
		w.want("another run", fmt.Sprint(op.State, err), "running<nil>")
	})
	world(t, "running publish 1h left\nfault delete 1 accept-cut", func(w *here) {
		all, _ := w.Operations(w.ctx)
		_, err := w.Cancel(w.ctx, all[0].Ref)
		w.fault("unclear", err, marketplace.Cut)
		w.want("as the service then says", w.look(all[0].Ref).State, marketplace.Canceled)
	})
	world(t, "running golive 1h left\nfault delete 1 accept-cut\nfault submission 1 status 404\nfault sublist 2 status 404", func(w *here) {
		ref := w.mine()
		_, err := w.Cancel(w.ctx, ref)
		w.fault("unclear", err, marketplace.Cut)
		_, err = w.Operation(w.ctx, ref)
		w.fault("no list, no evidence", err, marketplace.Unreadable)
		w.want("it goes on", w.look(ref).State, marketplace.Running)
	})
}

func TestCancelThatDoesNothing(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"offer preview", "running golive 1h left", "running publish 1h left\ncancel refused 400 \"too late\""} {
		world(t, script, func(w *here) {
			all, _ := w.Operations(w.ctx)
			_, err := w.Cancel(w.ctx, all[0].Ref)
			w.fault(script, err, marketplace.Refused)
			w.want("its state", w.look(all[0].Ref).State, all[0].State)
		})
	}
	world(t, "cancel 202 ignored\nsubmission vanishes 20m", func(w *here) {
		ref := w.publish()
		if _, err := w.Cancel(w.ctx, ref); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		w.want("not found, and not gone", w.look(ref).State, marketplace.AtSignOff)
	})
}

// In June 2026 a submission was not found just when its preview stood.
func TestNotFoundAtThePreview(t *testing.T) {
	t.Parallel()
	world(t, "submission vanishes 20m", func(w *here) {
		ref := w.publish()
		time.Sleep(25 * time.Minute)
		before := len(w.e.Calls())
		w.want("as the list says", w.look(ref).State, marketplace.AtSignOff)
		w.want("requests", w.asked(before), "submission sublist workflow")
		w.goLive(ref)
		w.want("and it goes live", w.look(ref).Kind, marketplace.GoLive)
	})
	world(t, "submission vanishes 20m everywhere", func(w *here) {
		ref := w.publish()
		time.Sleep(25 * time.Minute)
		_, err := w.Operation(w.ctx, ref)
		w.fault("nowhere", err, marketplace.NotFound)
		w.want("list", w.list(), "")
		time.Sleep(20 * time.Minute)
		w.want("later", w.look(ref).State, marketplace.AtSignOff)
	})
	world(t, "submission vanishes 20m\nfault sublist 1 status 503", func(w *here) {
		ref := w.publish()
		time.Sleep(25 * time.Minute)
		_, err := w.Operation(w.ctx, ref)
		w.fault("nobody says", err, marketplace.Cut)
	})
}

// Foreign text is cleaned wherever it is kept.
func TestHostileText(t *testing.T) {
	t.Parallel()
	world(t, "hostile\nstep Certification 10m failed why", func(w *here) {
		ref := w.publish()
		time.Sleep(11 * time.Minute)
		op := w.look(ref)
		if len(op.Reports) != 0 {
			t.Errorf("a link that no reader may be led to: %v", op.Reports)
		}
		for _, s := range op.Steps {
			if strings.Contains(s.Name, "\n") || len([]rune(s.Name)) > 100 {
				t.Errorf("step %q", s.Name)
			}
		}
		for _, m := range op.Messages {
			if strings.ContainsAny(m.Text, "\n") || strings.Contains(m.Text, "<script>alert(1)") {
				t.Errorf("message %q", m.Text)
			}
		}
	})
}
