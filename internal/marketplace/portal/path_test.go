package portal

import (
	"net/url"
	"strings"
	"testing"

	"publish-offer/internal/marketplace"
)

const id = "56615b67-2185-49fe-80d2-c4ddf77bb2e8"

func TestParseRef(t *testing.T) {
	t.Parallel()
	const v = "?api-version=2017-10-31"
	migrated := "/api/publishers/contoso/offers/contoso-offer/operations/" + id
	classic := "/api/operations/contoso$contoso-offer$2$preview"
	for text, want := range map[string]string{
		migrated + v: migrated + v, migrated: migrated + v, migrated + "/": migrated + v, migrated + "/" + v: migrated + v, id: migrated + v,
		migrated + v + "&x=1":                           migrated + v,
		Endpoint + migrated:                             migrated + v,
		"https://CloudPartner.azure.com:443" + migrated: migrated + v,
		classic + v:                                     classic + v,
		classic + "/":                                   classic + v,
		Endpoint + classic:                              classic + v,
		"/api/operations/contoso%24contoso-offer%242%24preview" + v:  classic + v,
		classic + "?slot=preview":                                    classic + v + "&slot=preview",
		"/api/operations/contoso$" + id + "$2$preview":               "/api/operations/contoso$" + id + "$2$preview" + v,
		"/api/operations/Contoso$contoso-Offer$2$preview":            "/api/operations/Contoso$contoso-Offer$2$preview" + v,
		strings.ReplaceAll(migrated, "contoso", "CONTOSO") + v:       migrated + v,
		"/api/publishers/contoso/offers/" + id + "/operations/" + id: migrated + v,
		"/api/publishers/contoso/offers/contoso-offer/operations/7":  "/api/publishers/contoso/offers/contoso-offer/operations/7" + v,
	} {
		got, err := ParseRef(mustParse(t, Endpoint), "contoso", "contoso-offer", text)
		if err != nil || got.Path != want || got.Shared != strings.Contains(want, "$") || got.Shared == (got.ID != "") {
			t.Errorf("%s: got %+v, %v, want %q", text, got, err, want)
			continue
		}
		if again, err := ParseRef(mustParse(t, Endpoint), "contoso", "contoso-offer", got.Path); err != nil || again != got {
			t.Errorf("%s: what was given out is not taken back: %+v, %v", got.Path, again, err)
		}
	}
	for _, text := range []string{
		"", "x", "operations/" + id, "api" + migrated, "/api/operations/", "/", "//evil.example" + migrated, `\\evil.example` + migrated, `/\evil.example` + migrated,
		"https://evil.example" + migrated, "http://cloudpartner.azure.com" + migrated, "https://cloudpartner.azure.com:8443" + migrated,
		"https://cloudpartner.azure.com.evil.example" + migrated, "https://user@cloudpartner.azure.com" + migrated, "https://cloudpartner.azure.com@evil.example" + migrated,
		"ftp://cloudpartner.azure.com" + migrated, "file:///etc/passwd", "javascript:alert(1)",
		"/api/publishers/fabrikam/offers/contoso-offer/operations/" + id, "/api/publishers/contoso/offers/other/operations/" + id,
		"/api/operations/fabrikam$contoso-offer$2$preview", "/api/operations/contoso$other$2$preview",
		"/api/publishers/contoso/offers/contoso-offer/operations/..", "/api/publishers/contoso/offers/contoso-offer/operations/../../x",
		"/api/publishers/contoso/offers/contoso-offer/operations/%2e%2e", "/api/publishers/contoso/offers/contoso-offer/operations/a%2fb",
		"/api/publishers/contoso/offers/contoso-offer/operations/" + id + "/extra", "/api/publishers/contoso/offers/contoso-offer/operations//" + id,
		"//" + migrated, migrated + "#x", migrated + v + "&x=/../", migrated + v + "&api-version=2016-08-01", migrated + "?api-version=2016-08-01", migrated + " ", migrated + "\r\nX: y",
		"/api/publishers/contoso/offers/contoso-offer/publish", Endpoint, "$(operationPath)", "{" + id + "}",
		"/rp/product-ingestion/configure/" + id + "/status", "/v1.0/ingestion/products/" + id + "/submissions/1",
	} {
		if got, err := ParseRef(mustParse(t, Endpoint), "contoso", "contoso-offer", text); err == nil {
			t.Errorf("%q: taken as %+v", text, got)
		}
	}
}

// Whatever is given, what is requested stays on the endpoint, below /api/, for this offer.
func FuzzParseRef(f *testing.F) {
	f.Add("/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31")
	f.Add("https://cloudpartner.azure.com/api/publishers/contoso/offers/contoso-offer/operations/" + id)
	f.Add("//evil.example/api/operations/contoso$contoso-offer$2$preview")
	f.Fuzz(func(t *testing.T, text string) {
		endpoint := mustParse(t, Endpoint)
		c := client(t, Endpoint, nil)
		for _, parse := range []func(string) (marketplace.Ref, error){c.Ref, c.location} {
			ref, err := parse(text)
			if err != nil {
				continue
			}
			u, err := url.Parse(Endpoint + ref.Path)
			if err != nil || u.Host != endpoint.Host || u.User != nil || !strings.HasPrefix(u.Path, "/api/") || strings.Contains(u.Path, "..") || strings.Contains(u.Path, "//") ||
				u.Query().Get("api-version") != version {
				t.Errorf("%q became %q", text, ref.Path)
			}
			if again, err := c.Ref(ref.Path); err != nil || again != ref {
				t.Errorf("%q is not taken back: %+v, %v", ref.Path, again, err)
			}
		}
	})
}
