package app

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"publish-offer/internal/emulator"
)

// setup is a set-up for doctor to examine.
type setup struct {
	platform string // "github" if empty
	args     []string
	env      map[string]string // beside what the platform gives; empty unsets
	service  string            // the emulator's script
	fault    map[string]string // by host: what befalls every request to it
	skew     time.Duration     // of this machine's clock; positive: ahead
	undated  bool              // answers carry no date
	cached   string            // the host whose answers come out of a cache, an hour old
	pages    map[string]string // what the service answers to GET paths that the emulator does not know
	after    time.Duration     // how long the job waits before it runs doctor
	signal   time.Duration     // when SIGTERM comes; 0: never
}

// examination is what doctor left behind.
type examination struct {
	played
	calls  []emulator.Call
	broken []string // the names of the checks with a cross, in their order
	block  string   // what is said of the first of them
}

const (
	offerPage  = "/api/publishers/contoso/offers/contoso-offer"
	offersPage = "/api/publishers/contoso/offers"
)

// healthy is what every set-up has unless it says otherwise.
func healthyPages() map[string]string {
	return map[string]string{
		offerPage:  `{"id":"contoso-offer","publisherId":"contoso","status":"succeeded","pcMigrationStatus":"migrated","pcRedirectUri":""}`,
		offersPage: `[{"id":"contoso-offer"},{"id":"contoso-other"}]`,
	}
}

// examine runs doctor in a bubble of fake time, against the emulator.
func examine(t *testing.T, s setup) (x examination) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		script, err := emulator.Parse(s.service)
		if err != nil {
			t.Fatal(err)
		}
		e := emulator.New(script, emulator.Options{Seed: 1, Hook: func(c emulator.Call) emulator.Fault {
			if text := s.fault[c.Host]; text != "" {
				f, err := emulator.ParseFault(text)
				if err != nil {
					t.Error(err)
				}
				return f
			}
			return emulator.Fault{}
		}})
		if s.platform == "" {
			s.platform = "github"
		}
		env := e.Environ(s.platform, "")
		env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"], env["AGENT_TEMPDIRECTORY"] = filepath.Join(dir, "output"), filepath.Join(dir, "summary"), dir
		env["NO_COLOR"] = "1"
		for _, name := range []string{"output", "summary"} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if s.platform != "github" {
			env["PUBLISH_OFFER_OUTPUTS_FILE"] = filepath.Join(dir, "output")
		}
		maps.Copy(env, s.env)
		pages := healthyPages()
		maps.Copy(pages, s.pages)
		time.Sleep(s.after)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		if s.signal > 0 {
			defer time.AfterFunc(s.signal, func() { cancel(Interrupted(143)) }).Stop()
		}
		var stdout, stderr bytes.Buffer
		x.began = time.Now()
		x.exit = Process{
			Args: append([]string{"doctor"}, s.args...), Getenv: func(name string) string { return env[name] },
			Stdout: &stdout, Stderr: &stderr, Version: "0.0.0-test",
			Transport: front{e.Transport(), pages, s.skew, s.undated, s.cached},
		}.Main(ctx)
		x.took, x.stdout, x.stderr, x.calls = time.Since(x.began), stdout.String()+stderr.String(), stderr.String(), e.Calls()
		for pattern, into := range map[string]*string{"output": &x.outputs, "summary": &x.summary, "*/*.md": &x.summary} {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Error(err)
				}
				*into += string(b)
			}
		}
		checkJob(t, e, job{args: []string{"doctor"}, env: map[string]string{}}, x.harmless(), nil)
		for _, c := range x.calls {
			if c.Method != http.MethodGet && c.Endpoint != "token" && c.Endpoint != "idtoken" {
				t.Errorf("doctor sent %s %s", c.Method, c.URL)
			}
		}
	})
	for line := range strings.Lines(x.stdout) {
		rest, ok := strings.CutPrefix(line, "✗ ")
		if ok {
			x.broken = append(x.broken, strings.TrimSpace(rest[:nameWidth]))
		}
		if len(x.broken) == 1 && (ok || strings.HasPrefix(line, "  ")) {
			x.block += line
		}
	}
	return x
}

// harmless is what the promises are checked on: outputs of other platforms than GitHub have another grammar.
func (x examination) harmless() played {
	p := x.played
	if strings.Contains(p.outputs, "PUBLISH_OFFER_") {
		p.outputs = ""
	}
	return p
}

// front stands before the emulator: it dates the answers, and serves pages that the emulator does not know.
type front struct {
	next    http.RoundTripper
	pages   map[string]string
	skew    time.Duration
	undated bool
	cached  string
}

func (f front) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if page := f.pages[r.URL.Path]; page != "" && r.URL.Host == "cloudpartner.azure.com" && r.Header.Get("Authorization") != "" {
		resp.StatusCode, resp.Body = http.StatusOK, io.NopCloser(strings.NewReader(page))
	}
	now := time.Now().Add(-f.skew)
	if r.URL.Host == f.cached {
		now = now.Add(-time.Hour)
	}
	if !f.undated {
		resp.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	return resp, nil
}
