package identity

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// az puts a stand-in for the Azure CLI on PATH: a shell script. Such tests cannot run in parallel, nor in a bubble.
func az(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func TestTheAzureCLISignsIn(t *testing.T) {
	az(t, `test "$*" = "account get-access-token -o json --resource https://cloudpartner.azure.com --tenant `+tenant+`" || { echo "unexpected: $*" >&2; exit 1; }
echo '{"accessToken":"cli-token","expires_on":4102444800}'`)
	w := newWorld(t)
	config := w.config(azureCLI, "github")
	config.Client = "" // whoever az signs in
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if name := c.Name(); !strings.Contains(name, "azure-cli") || !strings.Contains(name, tenant) || strings.Contains(name, "client") {
		t.Errorf("it signs in as %q", name)
	}
	token, err := c.GetToken(t.Context(), options())
	if err != nil || token.Token != "cli-token" || token.ExpiresOn.Year() != 2100 {
		t.Fatalf("%+v, %v", token, err)
	}
	if !slices.Equal(w.log, []string{"secret cli-token"}) {
		t.Errorf("log %q", w.log)
	}
	c.Renew()
	if _, err := c.GetToken(t.Context(), options()); err != nil || c.Source() != azureCLI || !c.AssertionEnd().IsZero() {
		t.Error(err)
	}
}

func TestTheAzureCLIFails(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		kind         Kind
		code, text   string
	}{
		{"not signed in", `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, Refused, "", "Please run 'az login'"},
		{"refused", `echo "ERROR: AADSTS700082: The refresh token has expired
Trace ID: x" >&2; exit 1`, Refused, "AADSTS700082", "the Azure CLI refused the sign-in: ERROR: AADSTS700082"},
		{"no principal", `echo "ERROR: AADSTS500011: The resource principal named x was not found" >&2; exit 1`, Refused, "AADSTS500011", "AADSTS500011"},
		{"not there", `exit 127`, Missing, "", "az (install the Azure CLI"},
		{"no JSON", `echo welcome`, Refused, "", "the Azure CLI refused"},
		{"no token", `echo '{"accessToken":"","expires_on":4102444800}'`, Refused, "", "no access token"},
		{"shows a token", `echo "got eyJhbGciOiJSUzI1NiJ9.e30.c2ln" >&2; exit 1`, Refused, "", "got ***"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			az(t, tc.script)
			_, err := newWorld(t).credential(azureCLI, "").GetToken(t.Context(), options())
			e := failed(t, err, tc.kind)
			if hinted := strings.Contains(strings.Join(e.Hints, " "), "az login --tenant "+tenant); hinted != (tc.name == "not signed in") {
				t.Errorf("hints %q", e.Hints)
			}
			if e.NoPrincipal() != (tc.name == "no principal") {
				t.Errorf("no principal is %t", e.NoPrincipal())
			}
			if e.Code != tc.code || !strings.Contains(e.Error(), tc.text) || strings.ContainsAny(e.Error(), "\r\n") || strings.Contains(e.Error(), "troubleshoot") {
				t.Errorf("%q %q", e.Code, e)
			}
		})
	}
}

func TestTheAzureCLIEndsWithTheContext(t *testing.T) {
	az(t, `exec sleep 60`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := newWorld(t).credential(azureCLI, "").GetToken(ctx, options())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
