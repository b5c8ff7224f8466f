package ci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Create makes an empty file in the place of an old one, for a report that is written beside the log. As with the outputs
// file, nothing on the way to it may be a symbolic link, and it belongs to the owner of its folder.
func Create(path string) (*os.File, error) {
	name, err := checkPath(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	folder, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	defer folder.Close()
	// Whatever stands there now goes; the new file is no other's, and no link.
	if err = removed(folder, filepath.Base(name)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	file, err := newFile(folder, filepath.Base(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	return file, nil
}

// newFile creates a file that everybody may read and that belongs to the owner of its folder: the image runs as root, the
// jobs after it may not.
func newFile(folder *os.Root, name string) (*os.File, error) {
	file, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	if info, err := folder.Stat("."); err == nil {
		giveToOwner(file, info)
	}
	if err := file.Chmod(0o644); err != nil { // whatever the umask is
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// removed makes sure that there is no such file.
func removed(folder *os.Root, name string) error {
	if err := folder.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
