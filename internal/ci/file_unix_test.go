//go:build unix

package ci

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFilesBelongToTheFoldersOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	const other = 12345
	for _, kind := range []Kind{GitLab, AzurePipelines} {
		s := newSandbox(t, kind, nil)
		if err := os.Chown(s.folder, other, other); err != nil {
			t.Skip("no other user here:", err)
		}
		if err := s.Outputs(ended("m")); err != nil {
			t.Fatal(err)
		}
		if err := s.Summary("# s\n"); err != nil {
			t.Fatal(err)
		}
		made := 0
		err := filepath.WalkDir(s.folder, func(path string, _ os.DirEntry, err error) error {
			made++
			if uid := ownerOf(t, path); uid != other {
				t.Errorf("%s: %s belongs to %d", kind, path, uid)
			}
			return err
		})
		if err != nil || made < 2 {
			t.Errorf("%s: %d files, %v", kind, made, err)
		}
	}
}

func ownerOf(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}
