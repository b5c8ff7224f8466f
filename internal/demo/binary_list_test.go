//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"publish-offer/internal/emulator"
)

// many is a legitimate list, if a long one: more than a MiB.
const many = 10_000

// lists are the lists of operations, as the services have them, by api.
var lists = map[string]struct {
	path string
	old  func(i int, like map[string]any) map[string]any // an old entry, like one that stands in the list
}{
	"cloud-partner-portal": {"/submissions/", func(i int, like map[string]any) map[string]any {
		like["id"] = fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
		like["changedTime"] = "2015-01-01T00:00:00Z"
		return like
	}},
	"product-ingestion": {"/rp/product-ingestion/submission/", func(i int, like map[string]any) map[string]any {
		like["id"] = fmt.Sprintf("%s/%d", like["id"], i)
		like["created"] = "2015-01-01T00:00:00Z"
		return like
	}},
	"partner-center-submission": {"/submissions", func(i int, like map[string]any) map[string]any {
		like["id"] = fmt.Sprint(1_000_000_000_000_000_000 + i)
		like["releaseNumber"] = i - 2*many
		return like
	}},
}

// front answers some requests itself, and leaves the others to the service.
func (w *world) front(answer func(http.ResponseWriter, *http.Request) bool) {
	w.server.Config.Handler = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if !answer(out, r) {
			w.Emulator.ServeHTTP(out, r)
		}
	})
}

// lengthen adds many old entries to a list.
func (w *world) lengthen(t *testing.T, api string) {
	list := lists[api]
	w.front(func(out http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, list.path) || strings.HasSuffix(r.URL.Path, "/status") {
			return false
		}
		if tail := strings.SplitAfter(r.URL.Path, list.path)[1]; strings.Contains(tail, "/") || tail != "" && api != "product-ingestion" {
			return false
		}
		in := httptest.NewRecorder()
		w.Emulator.ServeHTTP(in, r)
		var answer any
		if err := json.Unmarshal(in.Body.Bytes(), &answer); err != nil {
			t.Errorf("%s: %v", r.URL, err)
			return true
		}
		object, _ := answer.(map[string]any)
		items, bare := answer.([]any)
		if !bare {
			items, _ = object["value"].([]any)
		}
		like, _ := json.Marshal(items[len(items)-1])
		for i := range many {
			var one map[string]any
			_ = json.Unmarshal(like, &one)
			items = append(items, list.old(i, one))
		}
		answer = items
		if !bare {
			object["value"] = items
			answer = object
		}
		body, _ := json.Marshal(answer)
		if len(body) < 1<<20 {
			t.Errorf("%d bytes are no long list", len(body))
		}
		_, _ = out.Write(body)
		return true
	})
}

// A list of ten thousand old operations is read, within the memory that there is.
func TestBinaryReadsLongLists(t *testing.T) {
	t.Parallel()
	together(t, 3, func(api string) string { return api }, apis, func(t *testing.T, api string) {
		w := newWorld(t, "serves "+api+"\noffer live\n"+hour, emulator.Options{Speed: hurry})
		w.lengthen(t, api)
		p := w.run(t, order{inputs: with(fast, "api", api, "poll-interval", "50ms", "max-poll-interval", "300ms")})
		w.check(p, 0)
		if out := p.outputs(); out["status"] != "waitingForPublisherReview" || out["api"] != api || w.started("publish") != 1 {
			t.Errorf("outputs %q, %+v", out, w.Truth())
		}
		t.Logf("%d KiB, %v CPU, %v", p.peak, p.cpu, p.took)
		if p.peak > memoryBudget {
			t.Errorf("%d KiB of memory", p.peak)
		}
	})
}

// Whatever a list is made of, sixteen MiB of it do not come to more than a process may have.
func TestBinaryBearsHostileLists(t *testing.T) {
	t.Parallel()
	fill := func(item string, n int) string {
		n = min(n, (16<<20-10)/(len(item)+1))
		return "[" + strings.Repeat(item+",", n-1) + item + "]"
	}
	texts := strings.Repeat("x", 500)
	bodies := map[string]string{
		"objects":       fill("{}", 16<<20),
		"in-a-value":    `{"value":` + fill("1", 16<<20) + `}`,
		"long-texts":    fill(`{"id":"`+strings.Repeat("x", 1<<20-1<<10)+`"}`, 15),
		"long-entries":  fill(`{"id":"0a21061b-c59b-47d7-9f32-a9757e042807","state":"`+texts+`","submissionState":"`+texts+`","status":"`+texts+`","created":"`+texts+`"}`, 16<<20),
		"deep-entries":  fill(strings.Repeat("[", 9000)+strings.Repeat("]", 9000), 500),
		"many-products": fill(`{"id":"product/0a21061b-c59b-47d7-9f32-a9757e042807","type":"softwareAsAService","identity":{"externalID":"contoso-offer"}}`, 16<<20),
	}
	type one struct{ api, name string }
	var all []one
	for _, api := range apis {
		for name := range bodies {
			all = append(all, one{api, name})
		}
	}
	slices.SortFunc(all, func(a, b one) int { return strings.Compare(a.api+a.name, b.api+b.name) })
	together(t, 3, func(c one) string { return c.api + "-" + c.name }, all, func(t *testing.T, c one) {
		w := newWorld(t, "serves "+c.api+"\n", emulator.Options{})
		lookup := c.name == "many-products"
		var asked atomic.Bool
		w.front(func(out http.ResponseWriter, r *http.Request) bool {
			isList := strings.Contains(r.URL.Path, "/submission") && r.Method == http.MethodGet
			isLookup := strings.HasSuffix(r.URL.Path, "/product") || strings.HasSuffix(r.URL.Path, "/products")
			if lookup && !isLookup || !lookup && !isList {
				return false
			}
			asked.Store(true)
			_, _ = out.Write([]byte(bodies[c.name]))
			return true
		})
		p := w.run(t, order{inputs: with(fast, "timeout", "2s", "api", c.api)})
		late := p.exit == 3 && !asked.Load() // a busy machine was not even signed in by then
		if !slices.Contains([]int{1, 4, 5, 6}, p.exit) && !(lookup && p.exit == 0) && !late {
			t.Errorf("exit code %d\n%s", p.exit, p.stdout.String())
		}
		t.Logf("exit code %d, %d KiB, %v CPU, %v", p.exit, p.peak, p.cpu, p.took)
		if p.peak > memoryBudget {
			t.Errorf("%d KiB of memory", p.peak)
		}
	})
}
