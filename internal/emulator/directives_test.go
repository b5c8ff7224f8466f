package emulator

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// observed is how the world looks to a client: the list, the offer's status and its steps that are not plain.
func observed(c *caller) string {
	c.t.Helper()
	status, steps := c.look(offerPath("status"))
	steps = slices.DeleteFunc(steps, func(s string) bool { return strings.HasSuffix(s, ": complete") || strings.HasSuffix(s, ": notStarted") })
	return strings.Join([]string{c.states(), status, strings.Join(steps, ", ")}, "; ")
}

func TestOfferAtTheStart(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"offer never":                          "; neverPublished; ",
		"offer live":                           "publish completed, goLive completed; succeeded; ",
		"offer failed":                         "publish failed; failed; Certification: failed",
		"offer canceled":                       "publish canceled; canceled; Certification: canceled",
		"offer preview":                        "publish completed; running; Publisher signoff: waitingForPublisherReview",
		"parked listed":                        "publish running; running; Publisher signoff: waitingForPublisherReview",
		"running publish 10m left":             "publish running; running; Provisioning: inProgress",
		"running publish 2h left":              "publish running; running; Validate Pre-Requisites: inProgress",
		"running golive 10m left":              "publish completed, goLive running; running; Live: inProgress",
		"offer live\nlist drops":               "; succeeded; ",
		"offer preview\nlist drops":            "; running; Publisher signoff: waitingForPublisherReview",
		"offer preview\nsignoff status":        "publish completed; waitingForPublisherReview; Publisher signoff: waitingForPublisherReview",
		"offer preview\nshape classic":         "publish completed; running; Publisher signoff: waitingForPublisherReview",
		"offer preview\nshape classic bare":    "publish completed; waitingForPublisherReview; ",
		"offer preview\nform no-steps":         "publish completed; waitingForPublisherReview; ",
		"parked listed\nsignoff step-by-name":  "publish running; running; publisher-signoff: waitingForPublisherReview",
		"offer live\nword list succeeded done": "publish done, goLive done; succeeded; ",
		"offer live\nword offer succeeded published\nword succeeded complete": "publish complete, goLive complete; published; ",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			bubble(t, script, func(c *caller) { c.want("the world", observed(c), want) })
		})
	}
}

func TestRunningOperationEndsInTime(t *testing.T) {
	t.Parallel()
	bubble(t, "running publish 10m left", func(c *caller) {
		if g := c.do("POST", offerPath("publish")); g.status != 409 {
			t.Errorf("publish beside it: %d", g.status)
		}
		time.Sleep(10*time.Minute - time.Second)
		c.want("a second before", observed(c), "publish running; running; Packaging and Lead Generation Registration: inProgress")
		time.Sleep(time.Second)
		c.want("then", observed(c), "publish running; running; Publisher signoff: waitingForPublisherReview")
		c.start("publish")
		c.want("a publish replaces the preview", c.states(), "publish completed, publish running")
	})
}

func TestSignoffForms(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"step":         "running [Publisher signoff: waitingForPublisherReview] / running / publish running",
		"step-by-name": "running [publisher-signoff: waitingForPublisherReview] / running / publish running",
		"status":       "waitingForPublisherReview [Publisher signoff: waitingForPublisherReview] / waitingForPublisherReview / publish running",
		"ended":        "completed [Publisher signoff: notStarted] / waitingForPublisherReview / publish completed",
		"offer":        "running [] / waitingForPublisherReview / publish running",
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			bubble(t, "signoff "+form, func(c *caller) {
				path := c.start("publish")
				time.Sleep(50 * time.Minute)
				status, steps := c.look(path)
				steps = slices.DeleteFunc(steps, func(s string) bool { return !strings.Contains(strings.ToLower(s), "sign") })
				offer, _ := c.look(offerPath("status"))
				c.want("parked", fmt.Sprintf("%s %v / %s / %s", status, steps, offer, c.states()), want)
			})
		})
	}
}

func TestLocationForms(t *testing.T) {
	t.Parallel()
	const path = "/api/publishers/contoso/offers/contoso-offer/operations/"
	for script, want := range map[string]struct{ header, begins, ends string }{
		"":                                     {"Location", path, "?api-version=2017-10-31"},
		"location absolute":                    {"Location", "https://cloudpartner.azure.com" + path, "?api-version=2017-10-31"},
		"location operation-location":          {"Operation-Location", path, "?api-version=2017-10-31"},
		"location no-api-version":              {"Location", path, ""},
		"location none":                        {"Location", "", ""},
		"location foreign https://evil.test/x": {"Location", "https://evil.test/x", "/x"},
		"shape classic":                        {"Location", "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31", ""},
		"location operation-location absolute no-api-version": {"Operation-Location", "https://cloudpartner.azure.com" + path, ""},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			bubble(t, script, func(c *caller) {
				g := c.do("POST", offerPath("publish"))
				got := g.header.Get(want.header)
				if g.status != 202 || !strings.HasPrefix(got, want.begins) || !strings.HasSuffix(got, want.ends) || want.begins == "" && got != "" ||
					strings.Contains(script, "no-api") && strings.Contains(got, "?") {
					t.Errorf("%d, %s: %q", g.status, want.header, got)
				}
			})
		})
	}
}

func TestClassicPathIsOpaque(t *testing.T) {
	t.Parallel()
	bubble(t, "shape classic", func(c *caller) {
		if g := c.do("GET", "/api/operations/contoso$contoso-offer$2$preview"); g.status != 404 {
			t.Errorf("before anything: %d", g.status)
		}
		path := c.start("publish")
		for _, spelling := range []string{path, strings.ReplaceAll(path, "$", "%24")} {
			if status, _ := c.look(spelling); status != "running" {
				t.Errorf("%s: %s", spelling, status)
			}
		}
		calls := c.e.Calls()
		if got := calls[len(calls)-1].URL; !strings.Contains(got, "contoso%24contoso-offer") {
			t.Errorf("the call is not as it was sent: %s", got)
		}
		time.Sleep(50 * time.Minute)
		c.want("go-live has the same path", c.start("golive"), path)
	})
}

func TestStepsInTrouble(t *testing.T) {
	t.Parallel()
	const before = "step First 5m\n"
	for _, test := range []struct {
		step string
		at   time.Duration
		want string
	}{
		{`step Second 30m blocked "no image" after 10m for 20m`, 14 * time.Minute, "running; Second: inProgress"},
		{`step Second 30m blocked "no image" after 10m for 20m`, 15 * time.Minute, "running; Second: blocked"},
		{`step Second 30m blocked "no image" after 10m for 20m`, 35 * time.Minute, "running; Second: inProgress"},
		{`step Second 30m blocked "no image" after 10m for 20m`, 55 * time.Minute, "running; Publisher signoff: waitingForPublisherReview"},
		{`step Second 30m blocked "no image"`, 55 * time.Minute, "running; Second: blocked"},
		{`step Second 30m rejected "no image"`, 34 * time.Minute, "running; Second: inProgress"},
		{`step Second 30m rejected "no image" ends`, 35 * time.Minute, "failed; Second: rejected"},
		{`step Second 30m rejected "no image" stays`, 55 * time.Minute, "running; Second: rejected"},
		{`step Second 30m failed "no image"`, 50 * time.Minute, "failed; Second: failed"},
	} {
		t.Run(fmt.Sprint(test.step, " at ", test.at), func(t *testing.T) {
			t.Parallel()
			bubble(t, before+test.step+"\nmessage error \"top\"\n", func(c *caller) {
				path := c.start("publish")
				time.Sleep(test.at)
				status, steps := c.look(path)
				steps = slices.DeleteFunc(steps, func(s string) bool { return strings.HasSuffix(s, ": complete") || strings.HasSuffix(s, ": notStarted") })
				c.want("the operation", status+"; "+strings.Join(steps, ", "), test.want)
				body := c.do("GET", path).body
				trouble := strings.Contains(test.want, "blocked") || strings.Contains(test.want, "rejected") || strings.Contains(test.want, "failed")
				if strings.Contains(body, "no image") != trouble || strings.Contains(body, "top") != strings.HasPrefix(test.want, "failed") {
					t.Errorf("messages in %s", body)
				}
			})
		})
	}
}

func TestGoLiveFails(t *testing.T) {
	t.Parallel()
	bubble(t, "offer preview\ngolive 5m fails \"no seller\"", func(c *caller) {
		path := c.start("golive")
		time.Sleep(5 * time.Minute)
		status, steps := c.look(path)
		c.want("go-live", fmt.Sprint(status, steps), "failed[Live: failed]")
		c.want("the offer", c.e.Truth().Offer, "failed")
	})
}

func TestSomebodyElse(t *testing.T) {
	t.Parallel()
	bubble(t, "person golive 10m after preview\nperson publish at 5h", func(c *caller) {
		c.start("publish")
		time.Sleep(60*time.Minute - time.Second)
		c.want("before", c.e.Truth().Offer, "waitingForPublisherReview")
		time.Sleep(time.Second)
		truth := c.e.Truth()
		if last := truth.Operations[len(truth.Operations)-1]; last.Kind != "golive" || last.By != "person" || last.Accepted != time.Hour || truth.Accepted["golive"] != 0 {
			t.Errorf("%+v", truth)
		}
		time.Sleep(4 * time.Hour)
		c.want("a person publishes again", c.e.Truth().Offer, "running")
	})
	bubble(t, "person cancel at 20m\ncancel refused 400 \"no\"", func(c *caller) {
		path := c.start("publish")
		time.Sleep(20 * time.Minute)
		c.look(path)
		time.Sleep(2 * time.Minute)
		status, _ := c.look(path)
		c.want("canceled in the portal", status, "canceled")
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		script, before string // what runs
		status         int
		soon, late     string // the offer just after, and 10 minutes later
	}{
		{"", "publish", 202, "running", "canceled"},
		{"cancel 202 takes 20m", "publish", 202, "running", "running"},
		{"cancel 200", "publish", 200, "canceled", "canceled"},
		{"cancel 202 ignored", "publish", 202, "running", "running"},
		{"cancel refused 400 \"can no longer be canceled\"", "publish", 400, "running", "running"},
		{"", "", 202, "neverPublished", "neverPublished"},
		{"offer preview", "", 400, "waitingForPublisherReview", "waitingForPublisherReview"},
		{"offer preview\ncancel 202 takes 1m anywhere", "", 202, "waitingForPublisherReview", "canceled"},
		{"offer preview", "golive", 400, "running", "running"},
		{"offer preview\ncancel 202 anywhere", "golive", 202, "running", "canceled"},
		{"step Only 1m", "publish", 202, "running", "waitingForPublisherReview"},
	} {
		t.Run(fmt.Sprintf("%s %s", test.script, test.before), func(t *testing.T) {
			t.Parallel()
			bubble(t, test.script, func(c *caller) {
				if test.before != "" {
					c.start(test.before)
				}
				listed := c.states()
				g := c.do("POST", offerPath("cancel"))
				if g.status != test.status || (g.header.Get("Location") != "") != (g.status == 202) {
					t.Errorf("%d, Location %q, %s", g.status, g.header.Get("Location"), g.body)
				}
				c.want("soon", c.e.Truth().Offer, test.soon)
				if test.status == 202 {
					status, _ := c.look(g.header.Get("Location"))
					c.want("the cancellation", status, "running")
					if !strings.Contains(test.script, "anywhere") { // else a parked operation runs while it is canceled
						c.want("the list", c.states(), listed)
					}
				}
				time.Sleep(10 * time.Minute)
				c.want("late", c.e.Truth().Offer, test.late)
			})
		})
	}
	bubble(t, "cancel 202 listed", func(c *caller) {
		c.do("POST", offerPath("cancel"))
		c.want("a listed cancel", c.states(), "cancel running")
	})
}

func TestWordsAndForms(t *testing.T) {
	t.Parallel()
	for script, check := range map[string]func(body string) bool{
		"word running InProgress":  func(b string) bool { return strings.Contains(b, `"status":"InProgress"`) },
		"word step running Gerade": func(b string) bool { return strings.Contains(b, `"status":"Gerade"`) },
		"form array": func(b string) bool {
			var v []map[string]any
			return json.Unmarshal([]byte(b), &v) == nil && len(v) == 1
		},
		"form strings":                  func(b string) bool { return strings.Contains(b, `"messages":["Step completed."]`) },
		"form nozone":                   func(b string) bool { return strings.Contains(b, `.0000000"`) && !strings.Contains(b, `Z"`) },
		"form invalid-json":             func(b string) bool { return strings.Contains(b, "},]") && !json.Valid([]byte(b)) },
		"form no-steps":                 func(b string) bool { return !strings.Contains(b, `"steps"`) && json.Valid([]byte(b)) },
		"form nulls":                    func(b string) bool { return strings.Contains(b, `"messages":null`) && json.Valid([]byte(b)) },
		"message information \"hello\"": func(b string) bool { return strings.Contains(b, "hello") },
		"":                              func(b string) bool { return strings.Contains(b, `"timestamp":"2000-01-01T00:05:00.0000000Z"`) },
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			bubble(t, script, func(c *caller) {
				path := c.start("publish")
				time.Sleep(6 * time.Minute)
				if g := c.do("GET", path); !check(g.body) {
					t.Errorf("%s", g.body)
				}
			})
		})
	}
	for script, check := range map[string]func(body string) bool{
		"":                func(b string) bool { return strings.HasPrefix(b, `{"error":{"code":"BadRequest","message":"`) },
		"form html-error": func(b string) bool { return strings.HasPrefix(b, "<html>") },
		"form bare-string": func(b string) bool {
			return strings.HasPrefix(b, `"Microsoft.Ingestion.Api.Common.Exceptions.Http400Exception`) && strings.Contains(b, `\r\n`)
		},
	} {
		bubble(t, script, func(c *caller) {
			if g := c.do("POST", offerPath("golive")); g.status != 400 || !check(g.body) {
				t.Errorf("%s: %d %s", script, g.status, g.body)
			}
		})
	}
}

func TestListOrderChanges(t *testing.T) {
	t.Parallel()
	bubble(t, "offer live", func(c *caller) {
		first, second := c.do("GET", submissions).body, c.do("GET", submissions).body
		if first == second || len(first) != len(second) {
			t.Errorf("twice %s", first)
		}
		var items []struct{ Version int64 }
		if err := json.Unmarshal([]byte(first), &items); err != nil || items[0].Version < 1<<53 {
			t.Errorf("%v, %+v", err, items)
		}
	})
}

func TestNamesAndIdentity(t *testing.T) {
	t.Parallel()
	bubble(t, "names fabrikam vm.1\nidentity tenant 11111111-2222-3333-4444-555555555555\nidentity sub \"repo:x/y:environment:z\"", func(c *caller) {
		if g := c.do("GET", "/api/publishers/fabrikam/offers/vm.1/status"); g.status != 200 {
			t.Errorf("%d %s", g.status, g.body)
		}
		if claims := claimsOf(t, c.assertion()); claims["sub"] != "repo:x/y:environment:z" || c.env["AZURE_TENANT_ID"] != "11111111-2222-3333-4444-555555555555" {
			t.Errorf("%v", claims)
		}
	})
}

func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	run := func(seed int64) string {
		e := New(mustParse(t, "offer live"), Options{Seed: seed})
		return fmt.Sprint(e.world.ops[0].id, e.world.newID())
	}
	if first, again, other := run(1), run(1), run(2); first != again || first == other {
		t.Errorf("%s, %s, %s", first, again, other)
	}
}

func TestForeignHostSeesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(c *caller) {
		for _, address := range []string{"https://evil.test/api", "http://cloudpartner.azure.com" + submissions, "https://cloudpartner.azure.com:8443/", "https://127.0.0.1/"} {
			g := c.send(c.t.Context(), "GET", address, "", "Authorization", "Bearer "+c.token)
			if g.status != 200 || !strings.Contains(g.body, "running") {
				t.Errorf("%s: %d", address, g.status)
			}
		}
		if leaks := c.e.Truth().Leaks; len(leaks) != 4 {
			t.Errorf("leaks %q", leaks)
		}
	})
	s := mustParse(t, "")
	e := New(s, Options{})
	e.Environ("github", "https://127.0.0.1:8443")
	for origin, ours := range map[string]bool{"https://127.0.0.1:8443": true, "https://localhost:8443": false, marketplaceOrigin: false, "http://127.0.0.1:8443": false} {
		if e.ours(origin, "list") != ours {
			t.Errorf("with a base, %s", origin)
		}
	}
}

func TestEnvironOfEachPlatform(t *testing.T) {
	t.Parallel()
	for platform, want := range map[string][]string{
		"github":          {"GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"},
		"azure-pipelines": {"TF_BUILD", "SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"},
		"gitlab":          {"GITLAB_CI", "AZURE_ID_TOKEN", "CI_JOB_TIMEOUT"},
		"":                {"AZURE_ID_TOKEN"},
	} {
		e := New(mustParse(t, ""), Options{})
		env := e.Environ(platform, "https://127.0.0.1:8443/")
		for _, name := range append(want, "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "PUBLISH_OFFER_PUBLISHER_ID", "PUBLISH_OFFER_OFFER_ID") {
			if env[name] == "" {
				t.Errorf("%s lacks %s", platform, name)
			}
			if strings.HasSuffix(name, "TOKEN") && !slices.Contains(e.Secrets(), env[name]) {
				t.Errorf("%s is not among the secrets", name)
			}
		}
		if env["MARKETPLACE_ENDPOINT"] != "https://127.0.0.1:8443" || env["AZURE_AUTHORITY_HOST"] != "https://127.0.0.1:8443" {
			t.Errorf("%s: %v", platform, env)
		}
		for _, name := range []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"} {
			if u, err := url.Parse(env[name]); err != nil || env[name] != "" && u.Host != "127.0.0.1:8443" {
				t.Errorf("%s=%s", name, env[name])
			}
		}
		if env := e.Environ(platform, ""); env["MARKETPLACE_ENDPOINT"] != "" || env["AZURE_AUTHORITY_HOST"] != "" {
			t.Errorf("%s without a base: %v", platform, env)
		}
	}
}
