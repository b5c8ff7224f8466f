package ci

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCreateReplacesAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(path, []byte("old and longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "new" {
		t.Errorf("got %q, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v: later steps are other users", info.Mode(), err)
	}
}

func TestCreateFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder")
	for _, err := range []error{
		os.Symlink(target, filepath.Join(dir, "link")),
		os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling")),
		os.Mkdir(filepath.Join(dir, "real"), 0o700), os.Symlink("real", folder),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"link", "dangling", filepath.Join("folder", "events.json")} {
		_, err := Create(filepath.Join(dir, path))
		if err == nil || !strings.Contains(err.Error(), "symbolic link") || strings.Contains(err.Error(), "outputs file") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a dangling link was followed")
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "kept" {
		t.Errorf("the target of the link is %q, %v", got, err)
	}
}
