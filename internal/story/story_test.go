package story

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Parallel()
	s, err := Parse([]byte(`Why.
-- service --
offer live
-- env --
# a comment
INPUT_OFFER-ID=a=b
TEXT="two\nlines"
-- args --
publish
--dry-run
-- happens --
kill at 3m
-- want stdout --
no = matter
-- args 2 --
wait
-- happens 2 --
pause 1h
signal SIGTERM at 10m
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Job{
		{Env: map[string]string{"INPUT_OFFER-ID": "a=b", "TEXT": "two\nlines"}, Args: []string{"publish", "--dry-run"}, KillAt: 3 * time.Minute},
		{Env: map[string]string{}, Args: []string{"wait"}, Pause: time.Hour, Signal: 143, SignalAt: 10 * time.Minute},
	}
	if !reflect.DeepEqual(s.Jobs, want) || s.Script.Length() != 70*time.Minute || s.Section("want stdout") != "no = matter\n" {
		t.Errorf("%+v", s.Jobs)
	}
	for _, bad := range []string{
		"-- env --\nnothing\n", "-- service --\nnonsense\n", "-- happens --\nrain at 3m\n", "-- happens --\nkill at noon\n",
		"-- happens --\nsignal SIGHUP at 3m\n", "-- servise --\noffer live\n", "-- args --\nwait\n-- happens 2 --\nkill at 3m\n",
	} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%q went through", bad)
		}
	}
}

func TestEveryStoryCanBeRead(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no stories", err)
	}
	for _, path := range append(paths, filepath.Join("..", "demo", "story.txtar")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
