package publish

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"publish-offer/internal/marketplace"
)

const tableFile = "../../.github/REFERENCE.md"

// phrases are how the table for users says what decide does, the longer ones first: what one says, no other says again.
var phrases = []struct{ text, does string }{
	{"cancels it, and follows it until the service says that it is canceled; what can no longer be canceled is exit 5", "cancel"},
	{"as the service answers: canceled exit 0, refused exit 5", "cancel"},
	{"keeps watching, and follows the go-live that somebody starts", "watch"},
	{"cancels a publish, makes sure that it is canceled, then starts", "clear"},
	{"lets it reach sign-off, then goes live", "let end"},
	{"lets it end, then starts", "let end"},
	{"looks once, exit 0", "look"},
	{"starts nothing", "done"},
	{"exit 0", "done"},
	{"exit 1", "exit 1"},
	{"exit 5", "exit 5"},
	{"goes live", "go live"},
	{"follows it", "follow"},
	{"starts", "start"},
}

var does = map[Move]string{
	MoveStart: "start", MoveGoLive: "go live", MoveFollow: "follow", MoveLetEnd: "let end", MoveClear: "clear",
	MoveCancel: "cancel", MoveWatch: "watch", MoveDone: "done", MoveLook: "look",
}

// The table for users says of each command, wherever the offer is, exactly what decide does.
func TestTableForUsersIsTheOneThatDecides(t *testing.T) {
	t.Parallel()
	rows := readTable(t)
	if len(rows) != 8 {
		t.Errorf("the table has %d rows, want 8", len(rows))
	}
	policies := []IfRunning{Fail, Adopt, LetEnd, CancelOther}
	for name, cells := range rows {
		command, policy, named := strings.Cut(strings.ReplaceAll(name, "`", ""), ", if-running: ")
		of := policies
		if named {
			of = []IfRunning{IfRunning(policy)}
		}
		for column, places := range columns() {
			want := map[string]bool{}
			for _, w := range places {
				for _, p := range of {
					for _, goal := range []Goal{Preview, Live} {
						want[inWords(decide(Order{Command: Command(command), IfRunning: p, Goal: goal}, w))] = true
					}
				}
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), said(cells[column])); diff != "" {
				t.Errorf("%s, column %d: %q\n(-decides +says):\n%s", name, column+1, cells[column], diff)
			}
		}
	}
}

func inWords(v Verdict) string {
	switch {
	case v.Move != MoveRefuse:
		return does[v.Move]
	case v.Err.Reason == EndedBadly:
		return "exit 1"
	}
	return "exit 5"
}

// said is what a cell says, in decide's words.
func said(cell string) []string {
	found := map[string]bool{}
	for _, p := range phrases {
		if strings.Contains(cell, p.text) {
			found[p.does] = true
			cell = strings.ReplaceAll(cell, p.text, "")
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// columns are the places that each column of the table is about.
func columns() [][]Where {
	entry := func(k marketplace.Kind) marketplace.Listed {
		return marketplace.Listed{Ref: marketplace.Ref{Path: "/1", ID: "1"}, Kind: k, State: marketplace.Running}
	}
	var rests, runs []Where
	for _, o := range []marketplace.OfferState{marketplace.NeverPublished, marketplace.Live, marketplace.LastFailed, marketplace.LastCanceled} {
		rests = append(rests, Where{Place: AtRest, Offer: o})
	}
	for _, k := range []marketplace.Kind{marketplace.Publish, marketplace.GoLive} {
		runs = append(runs, Where{Place: Runs, Offer: marketplace.InProgress, Entry: entry(k)})
	}
	parked := []Where{
		{Place: Parked, Offer: marketplace.Parked, Told: true},
		{Place: Parked, Offer: marketplace.Parked, Told: true, Entry: entry(marketplace.Publish)},
	}
	return [][]Where{rests, runs, parked}
}

// readTable is the table's rows by their names.
func readTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begun := strings.Cut(string(text), "<!-- table -->\n")
	table, _, ended := strings.Cut(rest, "<!-- /table -->")
	if !begun || !ended {
		t.Fatalf("%s lacks the marks of the table", tableFile)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if name := strings.TrimSpace(cells[0]); len(cells) == 4 && strings.HasPrefix(name, "`") {
			rows[name] = cells[1:]
		}
	}
	return rows
}
