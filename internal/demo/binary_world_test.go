//go:build unix

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"publish-offer/internal/emulator"
)

// What a test of the real binary needs: the program built as it is released, a service on a TLS socket, and a process
// that gets nothing of the test's own environment.

var (
	built     = sync.OnceValues(func() (string, error) { return build("../..") })
	builtDemo = sync.OnceValues(func() (string, error) { return build(".") })
)

// builds is where they lie; TestMain removes it.
var builds = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "publish-offer-test-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := builds(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// releaseFlags are those that the Dockerfile and .ci/lib.sh build with. Without inlining (-l) the program is 8 % smaller,
// and waits no longer for the services.
var releaseFlags = []string{"-tags", "nethttpomithttp2", "-trimpath", "-buildvcs=false", "-gcflags=all=-l", "-ldflags", "-s -w -funcalign=16"}

func build(source string) (string, error) {
	dir, err := builds()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "program")
	if source == "." {
		binary = filepath.Join(dir, "demo")
	}
	args := append([]string{"build", "-o", binary}, releaseFlags...)
	if source == "." {
		args = args[:3] // it speaks HTTP/2, too, and is never released
	}
	c := exec.Command("go", append(args, ".")...)
	c.Dir, c.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
}

// world is a service on a TLS socket.
type world struct {
	*emulator.Emulator
	server *httptest.Server
	ca     string // file
}

// apis are the services, as the input api names them.
var apis = []string{"cloud-partner-portal", "product-ingestion", "partner-center-submission"}

// newWorld serves the script. The hook, if any, sees each request before it takes effect.
func newWorld(t *testing.T, script string, o emulator.Options) *world {
	t.Helper()
	s, err := emulator.Parse(script)
	if err == nil {
		err = s.CheckSockets()
	}
	if err != nil {
		t.Fatal(err)
	}
	certificate, authority, err := certify()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Emulator: emulator.New(s, o), ca: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(w.ca, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewUnstartedServer(w.Emulator)
	w.server.EnableHTTP2 = true
	w.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.server.StartTLS()
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
	})
	return w
}

// trust lets the world's processes trust another authority, too: what keeps them from another host is not its certificate.
func (w *world) trust(t *testing.T, authority []byte) {
	t.Helper()
	own, err := os.ReadFile(w.ca)
	if err == nil {
		err = os.WriteFile(w.ca, append(own, authority...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// requests that came to an endpoint.
func (w *world) requests(endpoint string) int {
	n := 0
	for _, c := range w.Calls() {
		if c.Endpoint == endpoint {
			n++
		}
	}
	return n
}

// order is one run of the binary.
type order struct {
	platform string            // github, azure-pipelines, gitlab, or none; "" is github
	inputs   map[string]string // by input name
	env      map[string]string // beside; an empty value takes a variable away
	args     []string
	stdout   *os.File // instead of the usual gathering
	stderr   *os.File
}

// fast are the inputs under which a run takes as long as the service takes.
var fast = map[string]string{"poll-interval": "10ms", "max-poll-interval": "50ms", "timeout": "30s"}

func with(base map[string]string, pairs ...string) map[string]string {
	m := maps.Clone(base)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// process is a run under way, and, after its end, what it left.
type process struct {
	*exec.Cmd
	t              *testing.T
	dir            string
	platform       string
	stdout, stderr bytes.Buffer
	began          time.Time
	done           chan struct{}

	// From here on after the end.
	exit int // -1: killed
	took time.Duration
	peak int           // KiB of resident memory; 0 where nobody tells
	cpu  time.Duration // of the process, user and system
}

// start starts the binary in the world.
func (w *world) start(t *testing.T, o order) *process {
	t.Helper()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: t.TempDir(), platform: strings.TrimPrefix(o.platform, "none"), done: make(chan struct{})}
	if o.platform == "" {
		p.platform = "github"
	}
	env := w.Environ(p.platform, w.server.URL)
	env["SSL_CERT_FILE"] = w.ca
	files, err := places(p.platform, p.dir)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(env, files)
	for name, value := range o.inputs {
		if name = strings.ToUpper(name); p.platform == "github" {
			env["INPUT_"+name] = value
		} else {
			env["PUBLISH_OFFER_"+strings.ReplaceAll(name, "-", "_")] = value
		}
	}
	maps.Copy(env, o.env)
	p.Cmd = exec.Command(binary, o.args...)
	p.Env, p.Dir = []string{}, p.dir // not nil: that would be the test's own
	for name, value := range env {
		if value != "" {
			p.Env = append(p.Env, name+"="+value)
		}
	}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	if o.stdout != nil {
		p.Stdout = o.stdout
	}
	if o.stderr != nil {
		p.Stderr = o.stderr
	}
	p.began = time.Now()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	watched := p.watchMemory(ended)
	go func() {
		_ = p.Wait() // the exit code tells
		p.took = time.Since(p.began)
		close(ended)
		<-watched
		p.exit, p.cpu = p.ProcessState.ExitCode(), p.ProcessState.UserTime()+p.ProcessState.SystemTime()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.done
	})
	return p
}

// watchMemory reads the process's own high-water mark while it lives. The sum that the kernel has in ProcessState does not serve:
// it begins with the memory of the process that forked, which is this test.
func (p *process) watchMemory(ended <-chan struct{}) <-chan struct{} {
	watched := make(chan struct{})
	path := fmt.Sprintf("/proc/%d/status", p.Process.Pid)
	mark := regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	own := []byte("Name:\tprogram\n") // not yet the program: between fork and exec
	go func() {
		defer close(watched)
		tick := time.NewTicker(3 * time.Millisecond)
		defer tick.Stop()
		for {
			if text, err := os.ReadFile(path); err == nil && bytes.HasPrefix(text, own) {
				if m := mark.FindSubmatch(text); m != nil {
					p.peak, _ = strconv.Atoi(string(m[1]))
				}
			}
			select {
			case <-ended:
				return
			case <-tick.C:
			}
		}
	}()
	return watched
}

// end waits for the end.
func (p *process) end() *process {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		_ = p.Process.Signal(syscall.SIGQUIT) // tells where it hangs
		<-p.done
		p.t.Errorf("the process does not end\n%s%.3000s", p.stdout.String(), p.stderr.String())
	}
	return p
}

// await waits for what the process brings about; it may end without.
func (p *process) await(happens <-chan struct{}) {
	p.t.Helper()
	select {
	case <-happens:
	case <-p.done:
		p.t.Fatalf("it ended before its time, with %d\n%s%s", p.exit, p.stdout.String(), p.stderr.String())
	}
}

func (w *world) run(t *testing.T, o order) *process {
	t.Helper()
	return w.start(t, o).end()
}

// started is how many operations of a kind the program has started, in all its runs.
func (w *world) started(kind string) int {
	n := 0
	for _, o := range w.Truth().Operations {
		if o.Kind == kind && o.By == "client" {
			n++
		}
	}
	return n
}

// until waits for something that is due within moments.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("%s: not within 20 s", what)
			return
		}
	}
}

// together runs cases side by side, more of them than there are processors: they mostly wait.
func together[C any](t *testing.T, atOnce int, name func(C) string, cases []C, run func(*testing.T, C)) {
	t.Helper()
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, c := range cases {
		all.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; all.Done() }()
			t.Run(name(c), func(t *testing.T) { run(t, c) })
		}()
	}
	all.Wait()
}

// on is a hook that does something at the nth request of an endpoint, and may name a fault for it.
func on(endpoint string, nth int, do func() string) func(emulator.Call) emulator.Fault {
	return func(c emulator.Call) emulator.Fault {
		if c.Endpoint != endpoint || c.Nth != nth {
			return emulator.Fault{}
		}
		return mustFault(do())
	}
}

func mustFault(text string) emulator.Fault {
	if text == "" {
		return emulator.Fault{}
	}
	f, err := emulator.ParseFault(text)
	if err != nil {
		panic(err)
	}
	return f
}

// atSignIn reports whether no service was called: on a busy machine a short timeout ends the sign-in already.
func (w *world) atSignIn() bool {
	return !slices.ContainsFunc(w.Calls(), func(c emulator.Call) bool {
		return !slices.Contains([]string{"discovery", "openid", "idtoken", "token"}, c.Endpoint)
	})
}
