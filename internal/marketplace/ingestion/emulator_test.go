package ingestion_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/emulator"
	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/ingestion"
	"publish-offer/internal/marketplace/rest"
	"publish-offer/internal/publish"
)

var _ publish.Service = (*ingestion.Client)(nil)

// signer signs in to the emulator, as often as it is asked.
type signer struct{ e *emulator.Emulator }

func (signer) Renew() {}
func (s signer) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	env := s.e.Environ("", "") // with a fresh assertion
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {env["AZURE_CLIENT_ID"]}, "scope": o.Scopes,
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {env["AZURE_ID_TOKEN"]}}
	r, err := http.NewRequestWithContext(ctx, "POST", "https://login.microsoftonline.com/"+env["AZURE_TENANT_ID"]+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return azcore.AccessToken{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.e.Transport().RoundTrip(r)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	defer answer.Body.Close()
	var in struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(answer.Body).Decode(&in)
	return azcore.AccessToken{Token: in.Token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

// against runs f in fake time with a client of an emulator.
func against(t *testing.T, script string, f func(*testing.T, *ingestion.Client, *emulator.Emulator)) {
	t.Helper()
	s, err := emulator.Parse("serves product-ingestion\n" + script)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := url.Parse(ingestion.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(s, emulator.Options{Seed: 1})
		c := ingestion.New(rest.Options{Endpoint: endpoint, Transport: e.Transport(), Credential: signer{e}}, "contoso-offer")
		f(t, c, e)
	})
}

// asked are the endpoints of the service that were asked, each run of one counted once.
func asked(e *emulator.Emulator) string {
	var names []string
	for _, c := range e.Calls() {
		switch {
		case c.Endpoint == "token":
		case len(names) == 0 || names[len(names)-1] != c.Endpoint:
			names = append(names, c.Endpoint)
		}
	}
	return strings.Join(names, " ")
}

// follow looks every few minutes until the operation has ended and is settled.
func follow(t *testing.T, c *ingestion.Client, ref marketplace.Ref) marketplace.Operation {
	t.Helper()
	for range 100 {
		op, err := c.Operation(t.Context(), ref)
		ended := op.State.Ended() || op.State == marketplace.AtSignOff
		switch {
		case err != nil:
			t.Fatal(err)
		case ended && !op.Unsettled:
			return op
		}
		time.Sleep(4 * time.Minute)
	}
	t.Fatal("it does not end")
	return marketplace.Operation{}
}

// One publish to the preview costs the product, the submissions, the order, the looks, and the submissions.
func TestRequestsOfAPublish(t *testing.T) {
	t.Parallel()
	against(t, "", func(t *testing.T, c *ingestion.Client, e *emulator.Emulator) {
		stand := func() {
			_, err := c.Operations(t.Context())
			_, also := c.Offer(t.Context())
			if err != nil || also != nil {
				t.Fatal(err, also)
			}
		}
		stand()
		accepted, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
		if err != nil {
			t.Fatal(err)
		}
		op := follow(t, c, accepted.Ref)
		stand()
		if op.State != marketplace.AtSignOff || op.Made.ID == "" {
			t.Errorf("%+v", op)
		}
		count := map[string]int{}
		for _, call := range e.Calls() {
			count[call.Endpoint]++
		}
		looks := count["job"]
		if want := map[string]int{"token": 1, "product": 1, "submissions": 2, "configure": 1, "job": looks}; looks < 10 || !cmp.Equal(count, want) {
			t.Error(cmp.Diff(want, count))
		}
		if asked(e) != "product submissions configure job submissions" {
			t.Error(asked(e))
		}
	})
}

// The whole way, in every shape that the service is known or said to answer in.
func TestToLiveInEveryForm(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		"", "offer live", "offer preview", "ingestion configure 200", "ingestion configure 201", "ingestion form ID", "ingestion form quoted", "ingestion form nozone", "ingestion form date-only nulls",
		"ingestion form no-draft", "ingestion pages 3", "ingestion pages 2 relative", "ingestion submissions late 7m", "ingestion submissions unlisted 7m", "ingestion job early 1m",
		"ingestion submissions gone 20m", "ingestion submissions gone 20m listed", "ingestion submissions only-live", "ingestion type azureVirtualMachine", "ingestion job unnamed", "ingestion job untold",
		"ingestion word completed Completed\ningestion word succeeded SUCCEEDED\ningestion word running InProgress\ningestion word notStarted not-started\ningestion word preview Preview",
		"hostile", "offer live\ningestion form ID quoted nozone date-only nulls no-draft objects\ningestion pages 2 relative\ningestion configure 200",
	} {
		against(t, script, func(t *testing.T, c *ingestion.Client, e *emulator.Emulator) {
			if _, err := c.Operations(t.Context()); err != nil {
				t.Fatalf("%s: %v", script, err)
			}
			accepted, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
			if err != nil || !accepted.Ref.Order {
				t.Fatalf("%s: %+v, %v", script, accepted, err)
			}
			op := follow(t, c, accepted.Ref)
			if op.State != marketplace.AtSignOff || op.Made.ID == "" || op.Made.Order {
				t.Errorf("%s: %+v", script, op)
			}
			time.Sleep(time.Hour) // whatever is missing for a while is there again
			if o, err := c.Offer(t.Context()); err != nil || o.State != marketplace.Parked {
				t.Errorf("%s: %+v, %v", script, o, err)
			}
			if accepted, err = c.Start(t.Context(), marketplace.Start{Kind: marketplace.GoLive, Preview: op.Made}); err != nil {
				t.Fatalf("%s: %v", script, err)
			}
			if op = follow(t, c, accepted.Ref); op.State != marketplace.Succeeded || op.Kind != marketplace.GoLive {
				t.Errorf("%s: %+v", script, op)
			}
			if o, err := c.Offer(t.Context()); err != nil || o.State != marketplace.Live {
				t.Errorf("%s: %+v, %v", script, o, err)
			}
			if truth := e.Truth(); truth.Offer != "succeeded" || truth.Accepted["publish"] != 1 || truth.Accepted["golive"] != 1 || len(truth.Leaks) > 0 {
				t.Errorf("%s: %+v", script, truth)
			}
		})
	}
}

// A second client knows nothing of the order but its path.
func TestAnotherRunTakesOver(t *testing.T) {
	t.Parallel()
	for script, made := range map[string]bool{"": true, "ingestion job unnamed": false, "ingestion job untold": false, "ingestion submissions late 9m": true} {
		against(t, script, func(t *testing.T, c *ingestion.Client, e *emulator.Emulator) {
			accepted, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
			if err != nil {
				t.Fatal(err)
			}
			endpoint, _ := url.Parse(ingestion.Endpoint)
			next := ingestion.New(rest.Options{Endpoint: endpoint, Transport: e.Transport(), Credential: signer{e}}, "contoso-offer")
			ref, err := ingestion.ParseRef(endpoint, accepted.Ref.Path)
			if err != nil {
				t.Fatal(err)
			}
			if op := follow(t, next, ref); op.State != marketplace.AtSignOff || op.Kind != marketplace.Publish || made != op.Made.Known() {
				t.Errorf("%q: %+v", script, op)
			}
			listed, err := next.Operations(t.Context())
			if err != nil || len(listed) != 1 {
				t.Fatalf("%q: %+v, %v", script, listed, err)
			}
			if op, err := next.Operation(t.Context(), listed[0].Ref); err != nil || op.State != marketplace.AtSignOff {
				t.Errorf("%q: %+v, %v", script, op, err)
			}
		})
	}
}

func TestWhyItFailed(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"", "ingestion form codes-capital", "ingestion form codes-numbers", "ingestion form codes-objects", "ingestion form objects", "ingestion form ID nozone"} {
		against(t, "step Validation 5m\nstep Certification 30m rejected \"No image\" ends\n"+form, func(t *testing.T, c *ingestion.Client, _ *emulator.Emulator) {
			accepted, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
			if err != nil {
				t.Fatal(err)
			}
			op := follow(t, c, accepted.Ref)
			failed := op.Steps[0]
			if op.State != marketplace.Failed || failed.Name != "Certification" || len(failed.Messages) != 4 || !strings.HasPrefix(failed.Messages[0].Text, "No image") {
				t.Errorf("%s: %+v", form, op)
			}
		})
	}
}

func TestConflictsAndCancellation(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"400", "409", "422", "job"} {
		against(t, "running publish 30m left\ningestion conflict "+how, func(t *testing.T, c *ingestion.Client, e *emulator.Emulator) {
			accepted, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
			if how == "job" {
				if err != nil {
					t.Fatal(err)
				}
				if op := follow(t, c, accepted.Ref); op.State != marketplace.Failed || !op.Conflict {
					t.Errorf("%+v", op)
				}
			} else if marketplace.FaultOf(err) != marketplace.Conflict {
				t.Errorf("%s: %v", how, err)
			}
			if truth := e.Truth(); truth.Accepted["publish"] != 0 || truth.Reached["publish"] != 1 {
				t.Errorf("%+v", truth)
			}
		})
	}
	for back, want := range map[string]int{"gone": 0, "draft": 0, "listed": 1} {
		against(t, "ingestion canceled "+back, func(t *testing.T, c *ingestion.Client, _ *emulator.Emulator) {
			accepted, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			listed, err := c.Operations(t.Context())
			if err != nil || len(listed) != 1 {
				t.Fatalf("%+v, %v", listed, err)
			}
			if _, err := c.Cancel(t.Context(), accepted.Ref); err != nil {
				t.Fatal(err)
			}
			if op := follow(t, c, accepted.Ref); op.State != marketplace.Canceled {
				t.Errorf("%+v", op)
			}
			if now, err := c.Operations(t.Context()); err != nil || len(now) != want {
				t.Errorf("%s: %+v, %v", back, now, err)
			}
			if _, err = c.Operation(t.Context(), listed[0].Ref); (want == 0) != (marketplace.FaultOf(err) == marketplace.NotFound) {
				t.Errorf("%s: %v", back, err)
			}
			if _, err := c.Cancel(t.Context(), accepted.Ref); marketplace.FaultOf(err) != marketplace.Refused {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}
