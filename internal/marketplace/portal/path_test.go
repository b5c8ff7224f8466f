package marketplace

import (
	"net/url"
	"strings"
	"testing"
)

func mustParse(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const id = "56615b67-2185-49fe-80d2-c4ddf77bb2e8"

func TestOperationPath(t *testing.T) {
	t.Parallel()
	migrated := "/api/publishers/contoso/offers/contoso-offer/operations/" + id
	for text, want := range map[string]string{
		migrated + "?api-version=2017-10-31": migrated + "?api-version=2017-10-31",
		migrated:                             migrated + "?api-version=2017-10-31",
		migrated + "/":                       migrated + "/?api-version=2017-10-31",
		id:                                   migrated + "?api-version=2017-10-31",
		"https://cloudpartner.azure.com" + migrated:                                                 migrated + "?api-version=2017-10-31",
		"https://CloudPartner.azure.com:443" + migrated:                                             migrated + "?api-version=2017-10-31",
		"/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31":                    "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31",
		"/api/operations/contoso%24contoso-offer%242%24preview?api-version=2017-10-31":              "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31",
		"/api/operations/contoso$" + id + "$2$preview":                                              "/api/operations/contoso$" + id + "$2$preview?api-version=2017-10-31",
		"/api/publishers/Contoso/offers/contoso-offer/operations/" + id + "?api-version=2017-10-31": "/api/publishers/Contoso/offers/contoso-offer/operations/" + id + "?api-version=2017-10-31",
	} {
		got, err := OperationPath(mustParse(t, Endpoint), "contoso", "contoso-offer", text)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
			continue
		}
		if again, err := OperationPath(mustParse(t, Endpoint), "contoso", "contoso-offer", got); err != nil || again != got {
			t.Errorf("%s: what was given out is not taken back: %q, %v", got, again, err)
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
		"//" + migrated, migrated + "#x", migrated + "?api-version=2017-10-31&x=/../", migrated + " ", migrated + "\r\nX: y",
		"/api/publishers/contoso/offers/contoso-offer/publish", "https://cloudpartner.azure.com", "$(operationPath)", "{" + id + "}",
	} {
		if got, err := OperationPath(mustParse(t, Endpoint), "contoso", "contoso-offer", text); err == nil {
			t.Errorf("%q: taken as %q", text, got)
		}
	}
}

func TestOperationID(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/publishers/p/offers/o/operations/" + id + "?api-version=2017-10-31": id,
		"/api/publishers/p/offers/o/operations/" + id + "/?x":                     id,
		"/api/operations/p$o$2$preview?api-version=2017-10-31":                    "",
		"": "",
	} {
		if got := OperationID(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

// Whatever a Location says, what is requested stays on the endpoint, below /api/, for this offer.
func FuzzOperationPath(f *testing.F) {
	f.Add("/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31")
	f.Add("https://cloudpartner.azure.com/api/publishers/contoso/offers/contoso-offer/operations/" + id)
	f.Add("//evil.example/api/operations/contoso$contoso-offer$2$preview")
	f.Fuzz(func(t *testing.T, text string) {
		endpoint := mustParse(t, Endpoint)
		path, err := OperationPath(endpoint, "contoso", "contoso-offer", text)
		if err != nil {
			return
		}
		u, err := url.Parse(Endpoint + path)
		if err != nil || u.Host != endpoint.Host || u.User != nil || !strings.HasPrefix(u.Path, "/api/") || strings.Contains(u.Path, "..") || strings.Contains(u.Path, "//") || !u.Query().Has("api-version") {
			t.Errorf("%q became %q", text, path)
		}
		if again, err := OperationPath(endpoint, "contoso", "contoso-offer", path); err != nil || again != path {
			t.Errorf("%q is not taken back: %q, %v", path, again, err)
		}
	})
}
