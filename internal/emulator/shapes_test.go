package emulator

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// listed are the entries of the list as the service gives them, from an array or an envelope, and the next page.
func (c *caller) listed(path string) (items []map[string]any, next string) {
	c.t.Helper()
	g := c.do("GET", path)
	if json.Unmarshal([]byte(g.body), &items) == nil {
		return items, ""
	}
	var page struct {
		Value    []map[string]any
		NextLink string
	}
	if err := json.Unmarshal([]byte(g.body), &page); err != nil {
		c.t.Fatalf("%v in %d %q", err, g.status, g.body)
	}
	return page.Value, page.NextLink
}

func (c *caller) failing(path string, status int) {
	c.t.Helper()
	if g := c.do("GET", path); g.status != status {
		c.t.Errorf("GET %s: %d %s, want %d", path, g.status, g.body, status)
	}
}

func TestListFilter(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{"": "1 1 0", "list filter status": "1 3 3", "list filter submissionState": "3 1 0", "list filter none": "3 3 3"} {
		bubble(t, "offer live\n"+script, func(c *caller) {
			c.start("publish")
			var counts []string
			for _, filter := range []string{"status=Running", "submissionState=running", "submissionState=rejected"} {
				items, _ := c.listed(submissions + "?api-version=2017-10-31&" + filter)
				counts = append(counts, fmt.Sprint(len(items)))
			}
			c.want(script, strings.Join(counts, " "), want)
		})
	}
}

func TestClassicStatusHasSixSteps(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{"shape classic": 6, "shape classic bare": 0, "shape migrated": 1, "form six-steps": 6} {
		bubble(t, "offer live\n"+script, func(c *caller) {
			_, steps := c.look(offerPath("status"))
			if len(steps) != want {
				t.Fatalf("%s: %q", script, steps)
			}
			if want > 0 && steps[want-1] != "Live: complete" {
				t.Errorf("%s: %q", script, steps)
			}
		})
	}
	bubble(t, "shape classic", func(c *caller) {
		c.start("publish")
		if _, steps := c.look(offerPath("status")); len(steps) != 6 {
			t.Errorf("while it is published: %q", steps)
		}
	})
}

func TestSignoffThatOneAnswerShows(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"offer":         "running [] / waitingForPublisherReview [Publisher signoff: waitingForPublisherReview]",
		"offer-steps":   "running [Provisioning: complete Packaging and Lead Generation Registration: complete Publisher signoff: notStarted] / waitingForPublisherReview [Publisher signoff: waitingForPublisherReview]",
		"offer-by-step": "running [Provisioning: complete Packaging and Lead Generation Registration: complete Publisher signoff: notStarted] / running [Publisher signoff: waitingForPublisherReview]",
		"operation":     "waitingForPublisherReview [Provisioning: complete Packaging and Lead Generation Registration: complete Publisher signoff: waitingForPublisherReview] / running [Publisher signoff: notStarted]",
	} {
		bubble(t, "signoff "+form, func(c *caller) {
			path := c.start("publish")
			time.Sleep(50 * time.Minute)
			status, steps := c.look(path)
			offer, seen := c.look(offerPath("status"))
			c.want(form, fmt.Sprintf("%s %v / %s %v", status, steps[min(2, len(steps)):max(0, len(steps)-1)], offer, seen[4:5]), want)
		})
	}
}

func TestLags(t *testing.T) {
	t.Parallel()
	bubble(t, "page late 2m\nstatus late 3m\nlist late 4m", func(c *caller) {
		path := c.start("publish")
		c.failing(path, 404)
		c.want("at once", observed(c), "; neverPublished; ")
		time.Sleep(2 * time.Minute)
		status, _ := c.look(path)
		c.want("the page", status, "running")
		time.Sleep(time.Minute)
		c.want("the status", observed(c), "; running; Validate Pre-Requisites: inProgress")
		time.Sleep(time.Minute)
		c.want("the list", observed(c), "publish running; running; Validate Pre-Requisites: inProgress")
	})
	bubble(t, "list late 1h\nstep Only 0s", func(c *caller) {
		c.start("publish")
		c.want("the status is ahead", observed(c), "; running; Publisher signoff: waitingForPublisherReview")
	})
	for _, shape := range []string{"migrated", "classic", "single"} {
		bubble(t, "offer failed\nshape "+shape+"\npage late 2m before", func(c *caller) {
			path := c.start("publish")
			status, _ := c.look(path)
			c.want(shape+" at once", status, "failed")
			time.Sleep(2 * time.Minute)
			status, _ = c.look(path)
			c.want(shape+" later", status, "running")
		})
	}
	bubble(t, "shape classic\noffer live\npage late 2m", func(c *caller) { c.failing(c.start("publish"), 404) })
}

func TestOnePathForAll(t *testing.T) {
	t.Parallel()
	for script, own := range map[string]bool{"shape single": false, "shape single listed": true} {
		bubble(t, script, func(c *caller) {
			path := c.start("publish")
			items, _ := c.listed(submissions)
			if strings.Contains(path, items[0]["id"].(string)) != own {
				t.Errorf("%s: %s, %v", script, path, items[0]["id"])
			}
			time.Sleep(50 * time.Minute)
			c.want("go-live's path", c.start("golive"), path)
			if _, steps := c.look(path); len(steps) != 1 {
				t.Errorf("it shows %q", steps)
			}
		})
	}
}

func TestLiveOnThePublishPage(t *testing.T) {
	t.Parallel()
	bubble(t, "form live-on-publish", func(c *caller) {
		path := c.start("publish")
		time.Sleep(50 * time.Minute)
		c.start("golive")
		_, steps := c.look(path)
		c.want("while it goes live", steps[5], "Live: inProgress")
		time.Sleep(20 * time.Minute)
		c.token = c.signIn()
		status, steps := c.look(path)
		c.want("then", status+" "+strings.Join(steps, ";"), "completed Validate Pre-Requisites: complete;Certification: complete;Provisioning: complete;"+
			"Packaging and Lead Generation Registration: complete;Publisher signoff: complete;Live: complete")
	})
}

func TestOperationWithASlash(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		bare, _, _ := strings.Cut(c.start("publish"), "?")
		c.failing(bare+"/", 200)
		c.failing(bare+"//", 404)
		c.failing(offerPath("status/"), 404)
		c.failing(offerPath(""), 404)
		c.failing(strings.ToUpper(bare), 404)
	})
}

func TestGhostOfACanceledOperation(t *testing.T) {
	t.Parallel()
	bubble(t, "cancel 202 takes 2m ghost 10m aside 3m\nconflict 423 \"wait\"", func(c *caller) {
		path := c.start("publish")
		c.start("cancel")
		time.Sleep(2 * time.Minute)
		c.failing(path, 404)
		c.want("listed", observed(c), "publish running; canceled; Validate Pre-Requisites: canceled")
		if g := c.do("POST", offerPath("publish")); g.status != 423 || !strings.Contains(g.body, "wait") {
			t.Errorf("a publish just after: %d %s", g.status, g.body)
		}
		time.Sleep(10 * time.Minute)
		c.want("gone", c.states(), "")
		c.start("publish")
	})
}

func TestConflictStatuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 409, 412, 422, 423} {
		bubble(t, fmt.Sprint("running publish 10m left\nlist late 1m\nconflict ", status), func(c *caller) {
			if g := c.do("POST", offerPath("publish")); g.status != status {
				t.Errorf("%d, want %d", g.status, status)
			}
		})
	}
}

func TestChangedTimes(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]any{
		"":                    "2000-01-01T00:01:00.0000000Z",
		"form millis":         "2000-01-01T00:01:00.000Z",
		"changed constant":    "2018-03-26T21:46:01.179948Z",
		"changed draft":       "1999-12-31T23:30:00.0000000Z",
		"changed old":         "1992-01-03T00:01:00.0000000Z",
		"changed future 1h":   "2000-01-01T01:01:00.0000000Z",
		"changed local -5h":   "1999-12-31T19:01:00.0000000",
		"changed empty":       "",
		"changed null":        nil,
		"clock 1h":            "2000-01-01T01:01:00.0000000Z",
		"clock -1h":           "1999-12-31T23:01:00.0000000Z",
		"changed missing":     "absent",
		"relic old\nclock 0s": "2000-01-01T00:01:00.0000000Z",
	} {
		bubble(t, script+"\nlist order newest", func(c *caller) {
			time.Sleep(time.Minute)
			c.start("publish")
			items, _ := c.listed(submissions)
			got, there := items[0]["changedTime"]
			if !there {
				got = "absent"
			}
			if got != want {
				t.Errorf("%q: %v, want %v", script, got, want)
			}
		})
	}
}

func TestClocksOnAnswers(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"":                     " ",
		"clock 1h":             "Sat, 01 Jan 2000 01:00:00 GMT Sat, 01 Jan 2000 00:00:00 GMT",
		"clock -1h everywhere": "Fri, 31 Dec 1999 23:00:00 GMT Fri, 31 Dec 1999 23:00:00 GMT",
	} {
		bubble(t, script, func(c *caller) {
			c.want(script, c.do("GET", submissions).header.Get("Date")+" "+c.exchange(c.env["AZURE_TENANT_ID"], c.form()).header.Get("Date"), want)
		})
	}
}

func TestPagedList(t *testing.T) {
	t.Parallel()
	const relics = "relic completed times 5\n"
	for script, want := range map[string]string{
		"list pages 2":                             "2 2 2",
		"list pages 2 absolute":                    "2 2 2",
		"list pages 2 last-404":                    "2 2 404",
		"list pages 2 foreign https://evil.test/x": "2 https://evil.test/x",
		"list pages 2 endless":                     "2 2 2 0 0",
		"list wrapped":                             "6",
		"list capped 4":                            "4",
		"list capped 4 order newest pages 3":       "3 1",
	} {
		bubble(t, relics+script, func(c *caller) {
			c.start("publish")
			var counts []string
			for path := submissions; path != "" && len(counts) < 5; {
				if strings.HasPrefix(path, "https://evil") {
					counts = append(counts, path)
					break
				}
				path = strings.TrimPrefix(path, marketplaceOrigin)
				if g := c.do("GET", path); g.status != 200 {
					counts = append(counts, fmt.Sprint(g.status))
					break
				}
				var items []map[string]any
				items, path = c.listed(path)
				other := strings.Contains(script, "foreign")
				if absolute := strings.HasPrefix(path, "https"); path != "" && !other && absolute != strings.Contains(script, "absolute") {
					t.Errorf("%s: next is %s", script, path)
				}
				counts = append(counts, fmt.Sprint(len(items)))
			}
			c.want(script, strings.Join(counts, " "), want)
		})
	}
}

func TestListOrders(t *testing.T) {
	t.Parallel()
	for order, want := range map[string]bool{"newest": true, "oldest": false, "mixed": false} {
		bubble(t, "relic old times 9\nlist order "+order, func(c *caller) {
			c.start("publish")
			first, again := c.do("GET", submissions).body, c.do("GET", submissions).body
			items, _ := c.listed(submissions)
			if newest := items[0]["submissionState"] == "running"; newest != want || first != again {
				t.Errorf("%s: %v", order, items[0])
			}
		})
	}
	bubble(t, "relic old times 9\nlist capped 3", func(c *caller) {
		c.start("publish")
		if states := c.states(); strings.Contains(states, "running") {
			t.Errorf("a capped list shows %s", states)
		}
	})
}

func TestEmptyListForms(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]string{"404": "404 {", "204": "204 ", "empty": "200 ", "null": "200 n"} {
		bubble(t, "list nothing "+how, func(c *caller) {
			g := c.do("GET", submissions)
			c.want(how, fmt.Sprint(g.status, " ", g.body[:min(1, len(g.body))]), want)
			c.start("publish")
			c.want("then", c.states(), "publish running")
		})
	}
}

func TestRelics(t *testing.T) {
	t.Parallel()
	bubble(t, "relic Archived\nrelic running lost golive\nlist order oldest", func(c *caller) {
		items, _ := c.listed(submissions)
		c.want("listed", c.states(), "publish Archived, goLive running")
		page := func(i int) string { return offerPath("operations/" + items[i]["id"].(string)) }
		status, _ := c.look(page(0))
		c.want("its page", status, "Archived")
		c.failing(page(1), 404)
		status, _ = c.look(offerPath("status"))
		c.want("the offer", status, "neverPublished")
		if truth := c.e.Truth(); len(truth.Operations) != 0 {
			t.Errorf("%+v", truth)
		}
	})
	bubble(t, "relic completed times 10000", func(c *caller) {
		if size := len(c.do("GET", submissions).body); size < 1<<20 || size > 16<<20 {
			t.Errorf("%d bytes", size)
		}
	})
}

func TestStatusOfTheLiveVersion(t *testing.T) {
	t.Parallel()
	bubble(t, "offer live\nstatus live until 2m after end\nstep Only 10m", func(c *caller) {
		c.start("publish")
		status := func() string { s, _ := c.look(offerPath("status")); return s }
		c.want("while it runs", status(), "succeeded")
		time.Sleep(12*time.Minute - time.Second)
		c.want("a moment after its end", status(), "succeeded")
		time.Sleep(time.Second)
		c.want("then", observed(c), "publish completed, goLive completed, publish running; running; Publisher signoff: waitingForPublisherReview")
	})
	bubble(t, "offer preview\nwas live\nstatus live", func(c *caller) {
		c.want("parked beside a live version", observed(c), "publish completed, goLive completed, publish completed; succeeded; ")
		c.start("golive")
		c.want("while it goes live", observed(c), "publish completed, goLive completed, publish completed, goLive running; running; Live: inProgress")
	})
	bubble(t, "offer never\nstatus live", func(c *caller) {
		c.start("publish")
		c.want("nothing was live", observed(c), "publish running; running; Validate Pre-Requisites: inProgress")
	})
}

func TestUnseenFailure(t *testing.T) {
	t.Parallel()
	bubble(t, "step Only 5m failed \"no image\" unseen\nmessage error \"top\"", func(c *caller) {
		path := c.start("publish")
		time.Sleep(5 * time.Minute)
		status, steps := c.look(path)
		c.want("the operation", status+" "+steps[0], "completed Only: complete")
		c.want("the rest", observed(c), "publish completed; failed; ")
		if strings.Contains(c.do("GET", path).body, "top") {
			t.Error("its messages tell")
		}
	})
	bubble(t, "offer preview\ngolive 5m fails \"why\" unseen", func(c *caller) {
		path := c.start("golive")
		time.Sleep(5 * time.Minute)
		status, _ := c.look(path)
		c.want("the go-live", status+" "+c.e.Truth().Offer, "completed failed")
	})
}

func TestAcceptedWithoutALocation(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 204} {
		bubble(t, fmt.Sprint("list late 1m\nstatus late 1m\nfault publish 1 accept-status ", status), func(c *caller) {
			g := c.do("POST", offerPath("publish"))
			if g.status != status || g.header.Get("Location") != "" || c.e.Truth().Accepted["publish"] != 1 {
				t.Errorf("%d %v", g.status, g.header)
			}
			c.want("at once", observed(c), "; neverPublished; ")
		})
	}
}

func TestRepeatedByAProxy(t *testing.T) {
	t.Parallel()
	bubble(t, "fault publish 1 repeat", func(c *caller) {
		g := c.do("POST", offerPath("publish"))
		if truth := c.e.Truth(); g.status != 409 || truth.Reached["publish"] != 2 || truth.Accepted["publish"] != 1 || len(truth.Operations) != 1 {
			t.Errorf("%d %+v", g.status, truth)
		}
	})
}

func TestOddLocations(t *testing.T) {
	t.Parallel()
	const path = "/api/publishers/contoso/offers/contoso-offer/operations/"
	for words, want := range map[string]struct{ header, begins, ends string }{
		"azure-async-operation":          {"Azure-AsyncOperation", path, "?api-version=2017-10-31"},
		"http":                           {"Location", "http://cloudpartner.azure.com" + path, ""},
		"api-version 2016-08-01-preview": {"Location", path, "?api-version=2016-08-01-preview"},
		"fragment":                       {"Location", path, "#status"},
		"no-slash":                       {"Location", path[1:], ""},
		"slash no-api-version":           {"Location", path, "/"},
		"upper":                          {"Location", strings.ToUpper(path), ""},
		"offer-guid":                     {"Location", "/api/publishers/contoso/offers/" + guid(1, "offer") + "/operations/", ""},
		"absolute upper fragment":        {"Location", marketplaceOrigin + strings.ToUpper(path), "#status"},
		"azure-async-operation no-slash": {"Azure-AsyncOperation", path[1:], ""},
	} {
		bubble(t, "location "+words, func(c *caller) {
			g := c.do("POST", offerPath("publish"))
			got := g.header.Get(want.header)
			if !strings.HasPrefix(got, want.begins) || !strings.HasSuffix(got, want.ends) {
				t.Errorf("%s: %s", words, got)
			}
			base, _ := url.Parse(marketplaceOrigin)
			where, err := base.Parse(got)
			if err != nil {
				t.Fatal(err)
			}
			where.Fragment = ""
			c.failing(where.RequestURI(), 200)
		})
	}
}

func TestWordsOfTypesAndLevels(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"word type publish Publish/GoLive": `"submissionType":"Publish/GoLive"`,
		"word type publish \"\"":           `"slot":"staging","version"`,
		"word list running inProgress":     `"submissionState":"inProgress"`,
		"form pascal-words":                `"submissionState":"Running"`,
		"form pascal-keys":                 `"SubmissionState":"running"`,
		"form extra":                       `"fieldOfTomorrow":`,
	} {
		bubble(t, script, func(c *caller) {
			c.start("publish")
			if body := c.do("GET", submissions).body; !strings.Contains(body, strings.Replace(want, `"staging","v`, `"staging","submissionState":"running","v`, 1)) && !strings.Contains(body, want) {
				t.Errorf("%s: %s", script, body)
			}
		})
	}
	const fails = "step Only 5m failed \"no image\"\nlink preview https://x.test/{broken-bearer} \"Try it\"\n"
	for script, want := range map[string]string{
		"word level error Critical":                  `"level":"Critical","messageHtml":"no image"`,
		"word level error \"\"":                      `[{"messageHtml":"no image","timestamp"`,
		"message plain \"top\"":                      `"messages":["top"]`,
		"message error \"top\"\nform top-strings":    `"messages":["top"]`,
		"form pascal-words":                          `"status":"Failed"`,
		"form pascal-keys":                           `"MessageHtml":"no image"`,
		"form error-field":                           `"error":"no image"`,
		"form emails":                                `"notificationEmails":`,
		"form no-arrays":                             `"offerVersion":1,"publishingVersion":2,"status":"failed","steps"`,
		"word failed Fehlgeschlagen":                 `"status":"Fehlgeschlagen"`,
		"word operation failed rejected\nform extra": `"fieldOfTomorrow":`,
	} {
		bubble(t, fails+script, func(c *caller) {
			path := c.start("publish")
			time.Sleep(5 * time.Minute)
			if body := c.do("GET", path).body; !strings.Contains(body, want) {
				t.Errorf("%s: %s", script, body)
			}
		})
	}
	for script, absent := range map[string]string{"form no-step-ids": `"id"`, "form no-estimates": `estimatedTimeFrame`} {
		bubble(t, script, func(c *caller) {
			if body := c.do("GET", c.start("publish")).body; strings.Contains(body, absent) || !strings.Contains(body, "Certification") {
				t.Errorf("%s: %s", script, body)
			}
		})
	}
	bubble(t, "form pascal-words", func(c *caller) {
		status, steps := c.look(c.start("publish"))
		c.want("words", status+" "+steps[1], "Running Certification: NotStarted")
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"":                  `"previewLinks":[{"displayText":"Try it","uri":"https://x.test/"}]`,
		"form link-strings": `"previewLinks":["https://x.test/"]`,
		"form link-pascal":  `"previewLinks":[{"DisplayText":"Try it","Uri":"https://x.test/"}]`,
	} {
		bubble(t, "link preview https://x.test/ \"Try it\"\nlink live https://y.test/\nlink preview \"https://z.test/{broken-bearer}\"\n"+form, func(c *caller) {
			path := c.start("publish")
			if body := c.do("GET", path).body; !strings.Contains(body, `"previewLinks":[],`) {
				t.Errorf("too early: %s", body)
			}
			time.Sleep(50 * time.Minute)
			for _, body := range []string{c.do("GET", path).body, c.do("GET", offerPath("status")).body} {
				body = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(body)
				half := len(c.token) / 2
				if !strings.Contains(body, want[:len(want)-1]) || !strings.Contains(body, c.token[:half]+"<b></b>"+c.token[half:]) || !strings.Contains(body, `"liveLinks":[]`) {
					t.Errorf("%s: %s", form, body)
				}
			}
			live := c.start("golive")
			time.Sleep(20 * time.Minute)
			c.token = c.signIn()
			if body := c.do("GET", live).body; !strings.Contains(body, "https://y.test/") {
				t.Errorf("live: %s", body)
			}
		})
	}
}

func TestCancelLocationInTheBody(t *testing.T) {
	t.Parallel()
	bubble(t, "cancel 202 in-body", func(c *caller) {
		g := c.do("POST", offerPath("cancel"))
		if where, _ := g.json(t)["location"].(string); g.status != 202 || g.header.Get("Location") != "" || !strings.Contains(where, "/operations/") {
			t.Errorf("%d %v %s", g.status, g.header, g.body)
		}
	})
}

func TestEmptyErrors(t *testing.T) {
	t.Parallel()
	bubble(t, "form empty-error", func(c *caller) {
		if g := c.do("POST", offerPath("golive")); g.status != 400 || g.body != "" {
			t.Errorf("%d %q", g.status, g.body)
		}
	})
}

func TestFaultOfAService(t *testing.T) {
	t.Parallel()
	bubble(t, "fault entra 2 status 503\nfault oidc 3 status 500\nfault marketplace 1 status 418", func(c *caller) {
		if g := c.exchange(c.env["AZURE_TENANT_ID"], c.form()); g.status != 503 {
			t.Errorf("entra: %d", g.status)
		}
		if got := c.assertion(); got != "" {
			t.Error("oidc answered")
		}
		c.failing(submissions, 418)
		c.failing(submissions, 200)
	})
}

func TestStaleAnswers(t *testing.T) {
	t.Parallel()
	bubble(t, "status stale 2m\nlist stale 3m\nsignoff ended\nstep Only 5m", func(c *caller) {
		path := c.start("publish")
		time.Sleep(5 * time.Minute)
		status, _ := c.look(path)
		c.want("the operation", status, "completed")
		c.want("the rest", observed(c), "publish running; running; ")
		time.Sleep(2 * time.Minute)
		c.want("the status", observed(c), "publish running; waitingForPublisherReview; ")
		time.Sleep(time.Minute)
		c.want("the list", observed(c), "publish completed; waitingForPublisherReview; ")
	})
}

func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, "running publish 10m left\nconflict none", func(c *caller) {
		c.start("publish")
		c.want("both", c.states(), "publish running, publish running")
		if truth := c.e.Truth(); truth.Accepted["publish"] != 1 || len(truth.Operations) != 2 {
			t.Errorf("%+v", truth)
		}
	})
}

func TestEmailsRequired(t *testing.T) {
	t.Parallel()
	bubble(t, "emails required", func(c *caller) {
		if g := c.do("POST", offerPath("publish")); g.status != 400 || !strings.Contains(g.body, "e-mails are missing") {
			t.Errorf("%d %s", g.status, g.body)
		}
		g := c.send(c.t.Context(), "POST", marketplaceOrigin+offerPath("publish")+"?api-version=2017-10-31",
			`{"metadata":{"notification-emails":"a@contoso.com"}}`, "Authorization", "Bearer "+c.token, "Content-Type", "application/json")
		if g.status != 202 {
			t.Errorf("with addresses: %d %s", g.status, g.body)
		}
	})
}

func TestFormsOfTheTables(t *testing.T) {
	t.Parallel()
	bubble(t, "offer live\nform untrue-steps table-fields", func(c *caller) {
		status, steps := c.look(offerPath("status"))
		c.want("as printed", status+" "+strings.Join(steps, ";"), "succeeded Validate Pre-Requisites: complete;Certification: notStarted;Provisioning: notStarted;"+
			"Packaging and Lead Generation Registration: notStarted;Publisher signoff: notStarted;Live: complete")
		if items, _ := c.listed(submissions); items[0]["createdDateTime"] == nil || items[0]["lastActionDateTime"] == nil {
			t.Errorf("%v", items[0])
		}
	})
	bubble(t, "form chatty process-percentage no-step-names\nstep Only 5m blocked \"no image\"", func(c *caller) {
		body := c.do("GET", c.start("publish")).body
		if !strings.Contains(body, "This step has not started yet.") || !strings.Contains(body, `"processPercentage":0`) || strings.Contains(body, "stepName") ||
			!strings.Contains(body, `"id":"publisher-signoff"`) {
			t.Errorf("%s", body)
		}
	})
}

// Each word that the documentation, an example or a client has for a state can be put on the wire.
func TestSynonyms(t *testing.T) {
	t.Parallel()
	for state, synonyms := range map[string][]string{
		"operation running": {"running", "Running", "InProgress", "inProgress", "WaitingForApproval", "not started", "notStarted", "NotStarted"},
		"operation failed":  {"failed", "Failed", "rejected"}, "operation canceled": {"canceled", "Canceled", "cancelled"},
		"operation succeeded": {"completed", "complete", "Succeeded", "published"},
		"list running":        {"running", "inProgress", ""}, "list canceled": {"canceled", "Cancelled"}, "list succeeded": {"complete", "Succeeded"},
		"offer succeeded": {"succeeded", "Published", "Succeeded"}, "offer neverPublished": {"NeverPublished", "NotStarted", "notStarted"},
		"offer waitingForPublisherReview": {"WaitingForPublisherReview", "waiting for publisher review"},
		"step running":                    {"InProgress", "running", "WaitingForApproval"}, "step complete": {"Complete", "completed"},
		"step blocked": {"Blocked"}, "step rejected": {"Rejected"}, "step waitingForPublisherReview": {"WaitingForPublisherReview"},
		"type publish": {"publish", "Publish", "Publish/GoLive", "Publish/GGoLive", ""}, "type golive": {"goLive", "GoLive", "golive", "publish", ""},
		"level error": {"error", "Error", "Critical", ""},
	} {
		for _, word := range synonyms {
			s := mustParse(t, fmt.Sprintf("word %s %q", state, word))
			scope, of, _ := strings.Cut(state, " ")
			if got := New(s, Options{}).wire(scope, of); got != word {
				t.Errorf("%s: %q, want %q", state, got, word)
			}
		}
	}
}
