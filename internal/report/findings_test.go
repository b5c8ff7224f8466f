package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindingsBeginWithTheCauseAndItsCure(t *testing.T) {
	t.Parallel()
	s := Subject{Publisher: "contoso", Offer: "contoso-offer", Workflow: true}
	got := s.Findings("fix the permission first", false, []Finding{
		{Phase: "set-up", Name: "inputs", Mark: Well, Fact: "all of them are fine"},
		{Phase: "set-up", Name: "files", Mark: Doubtful, Fact: "junit.xml cannot be written", Next: []Hint{{Text: "name a folder that exists"}}},
		{Phase: "sign-in", Name: "id token", Mark: Broken, Fact: "the job may not ask for one <b>", Details: []string{"ACTIONS_ID_TOKEN_REQUEST_URL is not set"},
			Next: []Hint{{Text: "add to the job: `permissions: id-token: write`"}}},
		{Phase: "offer", Name: "status", Mark: Unchecked, Fact: "it needs an id token"},
		{Phase: "offer", Name: "list", Mark: Broken, Fact: "as well"},
	})
	want := `## ❌ contoso-offer: fix the permission first

**id token** ✗

> the job may not ask for one &lt;b&gt;

### What to do next

- add to the job: §permissions: id-token: write§

- ACTIONS_ID_TOKEN_REQUEST_URL is not set

**files** ⚠

> junit.xml cannot be written

### What to do next

- name a folder that exists

### set-up

- ✓ **inputs**: all of them are fine
- ⚠ **files**: junit.xml cannot be written

### sign-in

- ✗ **id token**: the job may not ask for one &lt;b&gt;

### offer

- – **status**: it needs an id token
- ✗ **list**: as well
`
	if diff := cmp.Diff(strings.ReplaceAll(want, "§", "`"), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFindingsKeepTheirLimit(t *testing.T) {
	t.Parallel()
	hostile := strings.Repeat("@a#1", 2000)
	f := Finding{Phase: hostile, Name: hostile, Mark: Broken, Fact: hostile}
	for range 100 {
		f.Details = append(f.Details, hostile)
		f.Next = append(f.Next, Hint{Text: hostile})
	}
	var all []Finding
	for range 100 {
		all = append(all, f)
	}
	if got := (Subject{}).Findings(hostile, false, all); len(got) > 60<<10 {
		t.Errorf("%d bytes", len(got))
	}
}
