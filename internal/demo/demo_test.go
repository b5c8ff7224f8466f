package main

import (
	"context"
	"crypto/x509"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"publish-offer/internal/story"
)

func TestHastenDividesTimes(t *testing.T) {
	t.Parallel()
	j := story.Job{Env: map[string]string{"INPUT_TIMEOUT": "50m", "PUBLISH_OFFER_POLL_INTERVAL": "1s", "INPUT_UNTIL": "live"},
		Args: []string{"wait", "--timeout", "10m", "-max-poll-interval=5m", "--poll-interval", "often", "timeout"}}
	env, args := hasten(j, 600)
	if want := map[string]string{"INPUT_TIMEOUT": "5s", "PUBLISH_OFFER_POLL_INTERVAL": "10ms", "PUBLISH_OFFER_MAX_POLL_INTERVAL": "500ms", "INPUT_UNTIL": "live"}; !maps.Equal(env, want) {
		t.Errorf("%v", env)
	}
	if want := []string{"wait", "--timeout", "1s", "-max-poll-interval=500ms", "--poll-interval", "often", "timeout"}; !slices.Equal(args, want) {
		t.Errorf("%q", args)
	}
}

func TestListenOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "0.0.0.0:0": false, ":0": false, "192.0.2.1:0": false, "localhost:0": false, "[::]:0": false, "nonsense": false} {
		l, err := listen(address)
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			l.Close()
		}
	}
}

func TestExportsAreForAShell(t *testing.T) {
	t.Parallel()
	got := exports(map[string]string{"B": "it's $HOME", "A": "1"}, "/ca.pem")
	if want := "export A='1'\nexport B='it'\\''s $HOME'\nexport SSL_CERT_FILE='/ca.pem'\n"; got != want {
		t.Errorf("%s", got)
	}
}

func TestCertificateIsForThisMachine(t *testing.T) {
	t.Parallel()
	leaf, authority, err := certify()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	certificate, err := x509.ParseCertificate(leaf.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for host, ok := range map[string]bool{"127.0.0.1": true, "::1": true, "localhost": true, "cloudpartner.azure.com": false} {
		if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// The demo's own stories end well, in about no time, and tell of one publish each.
func TestPlayOwnStories(t *testing.T) {
	ends := map[string][]string{
		"cloud-partner-portal":      {`"offer": "waitingForPublisherReview"`, `"publish": 1`},
		"product-ingestion":         {`"offer": "succeeded"`, `"publish": 1`, `"golive": 1`},
		"partner-center-submission": {`"offer": "waitingForPublisherReview"`, `"publish": 1`},
	}
	for _, own := range ownStories() {
		s, err := story.Parse(own.text)
		if err != nil {
			t.Fatal(err)
		}
		report := filepath.Join(t.TempDir(), "report.json")
		code, err := play(context.Background(), flags{speed: 6000, report: report}, s, own.api)
		if code != 0 || err != nil {
			t.Fatalf("%s: exit code %d, %v", own.api, code, err)
		}
		text, err := os.ReadFile(report)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range ends[own.api] {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in %s", own.api, want, text)
			}
		}
	}
	if _, _, err := (flags{api: "cloudpartner"}).story(nil); err == nil || !strings.Contains(err.Error(), "partner-center-submission") {
		t.Errorf("%v", err)
	}
	if _, _, err := (flags{api: "product-ingestion"}).story([]string{"x.txtar"}); err == nil {
		t.Error("a story and -api go together")
	}
}

func TestServeRefusesWhatSocketsCannot(t *testing.T) {
	t.Parallel()
	s, err := story.Parse([]byte("-- service --\nfault list 1 dns\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := serve(context.Background(), flags{serve: "127.0.0.1:0"}, s); err == nil || !strings.Contains(err.Error(), "in process only") {
		t.Errorf("%v", err)
	}
}
