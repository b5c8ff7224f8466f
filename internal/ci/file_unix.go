//go:build unix

package ci

import (
	"io/fs"
	"os"
	"syscall"
)

// writable tells whether this process may create files in the folder.
func writable(folder string) error {
	const write, search = 2, 1 // W_OK, X_OK of access(2)
	return syscall.Access(folder, write|search)
}

// giveToOwner gives a new file of root's to the owner of its folder. That it cannot be done (user namespaces know only some
// users) is no reason to lose the file.
func giveToOwner(file *os.File, folder fs.FileInfo) {
	owner, ok := folder.Sys().(*syscall.Stat_t)
	if ok && os.Geteuid() == 0 && owner.Uid != 0 {
		_ = file.Chown(int(owner.Uid), int(owner.Gid))
	}
}
