package portal

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

type credential struct{}

func (credential) Renew() {}
func (credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func client(t testing.TB, endpoint string, transport http.RoundTripper) *Client {
	t.Helper()
	return New(rest.Options{Endpoint: mustParse(t, endpoint), Credential: credential{}, Transport: transport, Version: "1.2.3",
		Clean: func(s string) string { return strings.Join(strings.Fields(s), " ") }}, "contoso", "contoso-offer")
}

type answers func(*http.Request) *http.Response

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }

func answer(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestRequestsAsDocumented(t *testing.T) {
	t.Parallel()
	var got []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %q %q %d %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.ContentLength, body))
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusAccepted)
		case strings.Contains(r.URL.Path, "submissions"), strings.HasSuffix(r.URL.Path, "offers"):
			fmt.Fprint(w, `[]`)
		default:
			fmt.Fprint(w, `{"status":"running","pcMigrationStatus":"migrated"}`)
		}
	}))
	t.Cleanup(s.Close)
	c := client(t, s.URL, s.Client().Transport)
	ctx := t.Context()
	shared, err := c.Ref("/api/operations/contoso$contoso-offer$2$preview")
	withEmails := marketplace.Start{Kind: marketplace.Publish, Emails: []string{"a@contoso.com", "b@contoso.com"}}
	for _, err := range []error{err,
		second(c.Start(ctx, withEmails)), second(c.Start(ctx, marketplace.Start{Kind: marketplace.Publish})), second(c.Start(ctx, marketplace.Start{Kind: marketplace.GoLive})),
		second(c.Cancel(ctx, marketplace.Ref{Path: "/ignored", ID: "x"})), second(c.Operations(ctx)), second(c.Offer(ctx)), second(c.Operation(ctx, shared)),
		second(c.Home(ctx)), second(c.Offers(ctx)), c.SignIn(ctx),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	const offer = "/api/publishers/contoso/offers/contoso-offer"
	const v = "?api-version=2017-10-31"
	want := []string{
		`POST ` + offer + `/publish` + v + ` "Bearer token" "application/json" 66 {"metadata":{"notification-emails":"a@contoso.com,b@contoso.com"}}`,
		`POST ` + offer + `/publish` + v + ` "Bearer token" "application/json" 0 `,
		`POST ` + offer + `/golive` + v + ` "Bearer token" "application/json" 0 `,
		`POST ` + offer + `/cancel` + v + ` "Bearer token" "application/json" 0 `,
		`GET ` + offer + `/submissions/` + v + ` "Bearer token" "" 0 `,
		`GET ` + offer + `/status` + v + ` "Bearer token" "" 0 `,
		`GET /api/operations/contoso$contoso-offer$2$preview` + v + ` "Bearer token" "" 0 `,
		`GET ` + offer + v + ` "Bearer token" "" 0 `,
		`GET /api/publishers/contoso/offers` + v + ` "Bearer token" "" 0 `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	method, target, body, _ := c.Request(t.Context(), withEmails)
	if method != "POST" || target != s.URL+offer+"/publish"+v || body != `{"metadata":{"notification-emails":"a@contoso.com,b@contoso.com"}}` {
		t.Errorf("rehearsed: %s %s %s", method, target, body)
	}
	for kind, verb := range map[marketplace.Kind]string{marketplace.GoLive: "golive", marketplace.Cancellation: "cancel"} {
		if method, target, body, _ := c.Request(t.Context(), marketplace.Start{Kind: kind}); method != "POST" || target != s.URL+offer+"/"+verb+v || body != "" {
			t.Errorf("rehearsed: %s %s %s", method, target, body)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestStartsOfNoKind(t *testing.T) {
	t.Parallel()
	c := client(t, Endpoint, answers(func(*http.Request) *http.Response { t.Error("sent"); return answer(202, "") }))
	for _, kind := range []marketplace.Kind{marketplace.Unknown, marketplace.Cancellation} {
		if _, err := c.Start(t.Context(), marketplace.Start{Kind: kind}); marketplace.FaultOf(err) != marketplace.Unsupported {
			t.Errorf("%q: %v", kind, err)
		}
	}
}

const (
	offerGUID = "408a4835-0000-1000-0000-000000000000"
	guidPath  = "/api/publishers/contoso/offers/contoso-offer/operations/" + id + "?api-version=2017-10-31"
	classic   = "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31"
)

// What an order's answer names, in every form that it was seen in.
func TestLocations(t *testing.T) {
	t.Parallel()
	named := marketplace.Accepted{Ref: marketplace.Ref{Path: guidPath, ID: id}}
	shared := marketplace.Accepted{Ref: marketplace.Ref{Path: classic, Shared: true}}
	claims := func(text, id string) marketplace.Accepted {
		return marketplace.Accepted{Distrusted: text, Claimed: id}
	}
	foreign := "https://evil.example" + guidPath
	one := func(value string) http.Header { return http.Header{"Location": {value}} }
	for name, test := range map[string]struct {
		header http.Header
		want   marketplace.Accepted
	}{
		"the documents' first":    {one(guidPath), named},
		"the documents' second":   {one(classic), shared},
		"escaped":                 {one("/api/operations/contoso%24contoso-offer%242%24preview"), shared},
		"classic by GUID":         {one("/api/operations/contoso$" + offerGUID + "$2$preview"), marketplace.Accepted{Ref: marketplace.Ref{Path: "/api/operations/contoso$" + offerGUID + "$2$preview?api-version=2017-10-31", Shared: true}}},
		"the old name":            {http.Header{"Operation-Location": {Endpoint + "/api/publishers/contoso/offers/contoso-offer/operations/" + id}}, named},
		"the newest name":         {http.Header{"Azure-Asyncoperation": {guidPath}}, named},
		"both":                    {http.Header{"Location": {guidPath}, "Operation-Location": {foreign}}, named},
		"another case":            {one(strings.ReplaceAll(guidPath, "contoso", "Contoso")), named},
		"another case of words":   {one("/API/Publishers/contoso/Offers/contoso-offer/Operations/" + id), named},
		"another version":         {one(strings.Replace(guidPath, "2017-10-31", "2016-08-01-preview", 1)), named},
		"another query":           {one(guidPath + "&t=%2F..%2F&x=1"), named},
		"a fragment":              {one(guidPath + "#x"), named},
		"a slash at the end":      {one("/api/publishers/contoso/offers/contoso-offer/operations/" + id + "/"), named},
		"no slash":                {one(guidPath[1:]), named},
		"no scheme":               {one("//cloudpartner.azure.com" + guidPath), named},
		"http":                    {one("http://cloudpartner.azure.com" + guidPath), named},
		"http with its port":      {one("http://cloudpartner.azure.com:80" + guidPath), named},
		"https with its port":     {one("https://CloudPartner.azure.com:443" + guidPath), named},
		"the offer's GUID":        {one("/api/publishers/contoso/offers/" + offerGUID + "/operations/" + id), named},
		"foreign":                 {one(foreign), claims(foreign, id)},
		"foreign, with a query":   {one("https://evil.example/x?id=" + id), claims("https://evil.example/x?id="+id, "")},
		"foreign and nameless":    {one("https://evil.example/x"), claims("https://evil.example/x", "")},
		"another port":            {one("https://cloudpartner.azure.com:8443" + guidPath), claims("https://cloudpartner.azure.com:8443"+guidPath, id)},
		"somebody":                {one("https://me@cloudpartner.azure.com" + guidPath), claims("https://me@cloudpartner.azure.com"+guidPath, id)},
		"another publisher's":     {one(strings.Replace(guidPath, "contoso", "fabrikam", 1)), claims(strings.Replace(guidPath, "contoso", "fabrikam", 1), id)},
		"another offer's":         {one("/api/publishers/contoso/offers/other/operations/" + id), claims("/api/publishers/contoso/offers/other/operations/"+id, id)},
		"of another shape":        {one("/operations/" + id), claims("/operations/"+id, id)},
		"dots":                    {one("/api/publishers/contoso/offers/contoso-offer/operations/.."), claims("/api/publishers/contoso/offers/contoso-offer/operations/..", "")},
		"foreign, then good":      {http.Header{"Location": {"//evil.example/x"}, "Operation-Location": {guidPath}}, marketplace.Accepted{Ref: named.Ref, Distrusted: "//evil.example/x"}},
		"foreign id, then good":   {http.Header{"Location": {"//evil.example/" + offerGUID, guidPath}}, marketplace.Accepted{Ref: named.Ref, Distrusted: "//evil.example/" + offerGUID}},
		"no address":              {one("::"), claims("::", "")},
		"none":                    {http.Header{}, marketplace.Accepted{}},
		"empty":                   {one(" "), marketplace.Accepted{}},
		"none, but time to spare": {http.Header{"Retry-After": {"7"}}, marketplace.Accepted{RetryAfter: 7 * time.Second}},
	} {
		for _, code := range []int{200, 201, 202, 204} {
			c := client(t, Endpoint, answers(func(*http.Request) *http.Response {
				a := answer(code, "not read")
				a.Header = test.header
				return a
			}))
			got, err := c.Start(t.Context(), marketplace.Start{Kind: marketplace.Publish})
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
	}
}

// The list of an offer that was never published may be missing; the offer is unknown only if its status is, too.
func TestNoList(t *testing.T) {
	t.Parallel()
	const none = marketplace.Fault(-1)
	for name, test := range map[string]struct {
		listCode int
		list     string
		code     int
		status   string
		want     marketplace.Fault
	}{
		"404, never published":         {404, "", 200, `{"status":"NeverPublished"}`, none},
		"204, never published":         {204, "", 200, `{"status":"neverPublished"}`, none},
		"empty, never published":       {200, "", 200, `{"status":"never published"}`, none},
		"null, never published":        {200, "null", 200, `[{"status":"neverPublished"}]`, none},
		"404, running":                 {404, "", 200, `{"status":"running"}`, marketplace.Unreadable},
		"404, live":                    {404, "", 200, `{"status":"succeeded"}`, marketplace.Unreadable},
		"404, parked at first":         {404, "", 200, `{"status":"neverPublished","steps":[{"id":"publisher-signoff","status":"waitingForPublisherReview"}]}`, marketplace.Unreadable},
		"null, live":                   {200, "null", 200, `{"status":"succeeded"}`, marketplace.Unreadable},
		"404, unreadable":              {404, "", 200, `<html>`, marketplace.Unreadable},
		"404, 404":                     {404, `{"error":{"message":"no such offer"}}`, 404, "", marketplace.NotFound},
		"204, 404":                     {204, "", 404, "", marketplace.Unreadable},
		"404, 500":                     {404, "", 500, "", marketplace.Unreadable},
		"404, 400":                     {404, "", 400, "", marketplace.Unreadable},
		"404, 403":                     {404, "", 403, "", marketplace.Forbidden},
		"404, 429":                     {404, "", 429, "", marketplace.Throttled},
		"403 is asked no more":         {403, "", 599, "", marketplace.Forbidden},
		"nonsense is asked no more":    {200, "{}", 599, "", marketplace.Unreadable},
		"500 is asked no more":         {500, "", 599, "", marketplace.Cut},
		"an empty list says it all":    {200, "[]", 599, "", none},
		"an empty value, all the same": {200, `{"value":[]}`, 599, "", none},
	} {
		c := client(t, Endpoint, answers(func(r *http.Request) *http.Response {
			if strings.HasSuffix(r.URL.Path, "/submissions/") {
				return answer(test.listCode, test.list)
			}
			if test.code == 599 {
				t.Errorf("%s: the status was asked for", name)
			}
			return answer(test.code, test.status)
		}))
		list, err := c.Operations(t.Context())
		got := none
		if err != nil {
			got = marketplace.FaultOf(err)
		}
		if got != test.want || len(list) != 0 {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

func TestAListThatIsNotWhole(t *testing.T) {
	t.Parallel()
	c := client(t, Endpoint, answers(func(r *http.Request) *http.Response {
		if r.URL.Query().Get("page") == "2" {
			return answer(200, `{"value":[{"id":"b","submissionType":"golive","submissionState":"complete"},7,null]}`)
		}
		return answer(200, `{"value":[{"id":"a","submissionState":"running"}],"nextLink":"?page=2"}`)
	}))
	list, err := c.Operations(t.Context())
	if len(list) != 2 || marketplace.FaultOf(err) != marketplace.Unreadable {
		t.Errorf("%v, %v", list, err)
	}
}

func TestALongList(t *testing.T) {
	t.Parallel()
	item := `{"id":"%d","submissionType":"publish","submissionState":"complete","changedTime":"2018-03-26T21:46:01.179948Z","x":"` + strings.Repeat("x", 200) + `"}`
	var items []string
	for i := range 10_000 {
		items = append(items, fmt.Sprintf(item, i))
	}
	c := client(t, Endpoint, answers(func(*http.Request) *http.Response { return answer(200, "["+strings.Join(items, ",")+"]") }))
	if list, err := c.Operations(t.Context()); err != nil || len(list) != 10_000 {
		t.Errorf("%d, %v", len(list), err)
	}
}

func TestDiagnosis(t *testing.T) {
	t.Parallel()
	c := client(t, Endpoint, answers(func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/offers") {
			return answer(200, `[{"id":"test-vm"},{"offerId":"other"},7,{}]`)
		}
		return answer(200, `{"pcMigrationStatus":"migrated","pcRedirectUri":""}`)
	}))
	if d, err := c.Home(t.Context()); err != nil || d != (marketplace.Home{Migration: "migrated"}) {
		t.Errorf("%+v, %v", d, err)
	}
	if ids, err := c.Offers(t.Context()); err != nil || !cmp.Equal(ids, []string{"test-vm", "other"}) {
		t.Errorf("%v, %v", ids, err)
	}
}

func mustParse(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
