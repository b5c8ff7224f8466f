package report

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHintsAreToBeCopied(t *testing.T) {
	t.Parallel()
	const classic = "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31"
	operate := carryOn(ref(classic))[0]
	step := Hint{Text: "publish, and follow what is running", Command: []string{"publish-offer", "publish", "--if-running", "adopt"}, Inputs: []Input{{"if-running", "adopt"}}}
	for _, c := range []struct {
		name     string
		hint     Hint
		workflow bool
		log, md  string
	}{
		{"by hand in a workflow", operate, true,
			"hint: carry on, by the workflow `operate` with:\n  command: wait\n  operation: " + classic + "\n",
			"- carry on, by the workflow `operate` with:\n\n  ```yaml\n  command: wait\n  operation: " + classic + "\n  ```\n\n"},
		{"a command line", operate, false,
			"hint: carry on:\n  publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation '" + classic + "'\n",
			"- carry on:\n\n  ```sh\n  publish-offer wait --publisher-id contoso --offer-id contoso-offer --operation '" + classic + "'\n  ```\n\n"},
		{"the step itself", step, true,
			"hint: publish, and follow what is running, with this step's inputs:\n  if-running: adopt\n",
			"- publish, and follow what is running, with this step's inputs:\n\n  ```yaml\n  with:\n    if-running: adopt\n  ```\n\n"},
		{"the workflow as it stands", Hint{Text: "publish again", Command: []string{"publish-offer"}}, true, "hint: publish again\n", "- publish again\n"},
		{"no command", Hint{Text: "see `permissions`"}, false, "hint: see `permissions`\n", "- see `permissions`\n"},
	} {
		p := &paper{}
		r := New(Subject{Workflow: c.workflow}, p)
		r.Advise([]Hint{c.hint})
		if diff := cmp.Diff(c.log, strings.ReplaceAll(p.String(), "plain  ", "")); diff != "" {
			t.Errorf("%s: log: -want +got:\n%s", c.name, diff)
		}
		if diff := cmp.Diff("### What to do next\n\n"+c.md, r.next([]Hint{c.hint})); diff != "" {
			t.Errorf("%s: summary: -want +got:\n%s", c.name, diff)
		}
	}
}

// A printed command line is pasted into a shell and arrives word by word.
func TestShellGetsTheWords(t *testing.T) {
	t.Parallel()
	words := []string{"a b", "", "it's", "$HOME", "/api/operations/c$o$2$preview?api-version=1&x", "*", "~", "#x", "plain-1.2_3", "a@x.example,b@x.example", "\\", "`id`", "!x"}
	out, err := exec.Command("sh", "-c", "printf '<%s>' "+Shell(words)).Output()
	if err != nil {
		t.Skip("no shell here: ", err)
	}
	want := ""
	for _, w := range words {
		want += fmt.Sprintf("<%s>", w)
	}
	if string(out) != want {
		t.Errorf("got %s\nwant %s", out, want)
	}
}
