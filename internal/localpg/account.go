//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the operating system's user that the server runs as.
type account struct {
	name     string
	uid, gid int
}

// isRoot reports whether this process has to hand the server to another user.
func isRoot() bool { return os.Geteuid() == 0 }

// serverAccount picks who runs the server on a data directory: this process's user, unless that is
// root, which PostgreSQL refuses. Then it is the owner of the PGDATA that exists, else the user
// that packagers make for PostgreSQL, else the owner of the place, else nobody. dataOwner owns the PGDATA.
func serverAccount(dir string, dataOwner int) (account, error) {
	if !isRoot() {
		acc, err := accountOf(os.Geteuid())
		if err != nil {
			return account{}, err
		}
		if dataOwner != nobody && dataOwner != acc.uid {
			return account{}, fmt.Errorf("%s belongs to user id %d, not to %s: run this as its owner or as root, or choose another data directory",
				filepath.Join(dir, dataName), dataOwner, acc.name)
		}
		return acc, nil
	}
	if dataOwner != nobody && dataOwner != 0 {
		return accountOf(dataOwner)
	}
	if acc, err := accountNamed("postgres"); err == nil && acc.uid != 0 {
		return acc, nil
	}
	if owner := directoryOwner(filepath.Dir(dir)); owner != nobody && owner != 0 {
		return accountOf(owner)
	}
	acc, err := accountNamed("nobody")
	if err != nil || acc.uid == 0 {
		return account{}, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: run this as an ordinary user")
	}
	return acc, nil
}

func accountOf(uid int) (account, error) {
	found, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return account{}, fmt.Errorf("PostgreSQL needs a user with a name, and user id %d has none: %w", uid, err)
	}
	return newAccount(found)
}

func accountNamed(name string) (account, error) {
	found, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	return newAccount(found)
}

func newAccount(found *user.User) (account, error) {
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return account{}, fmt.Errorf("user %s: unreadable id %q", found.Username, found.Uid)
	}
	gid, err := strconv.Atoi(found.Gid)
	if err != nil {
		return account{}, fmt.Errorf("user %s: unreadable group id %q", found.Username, found.Gid)
	}
	return account{name: found.Username, uid: uid, gid: gid}, nil
}

// nobody owns what is not there.
const nobody = -1

// directoryOwner is who owns a directory; nobody where there is none under the name, which may be something else.
func directoryOwner(path string) int {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return nobody
	}
	s, err := standingOf(info)
	if err != nil {
		return nobody
	}
	return s.owner
}

// give hands an open file or directory to the server's user; only root can, and only root has to. A file is given by its
// descriptor, because another one may have taken its name.
func (a account) give(file *os.File) error {
	if !isRoot() {
		return nil
	}
	return file.Chown(a.uid, a.gid)
}

// reaches reports whether the server's user may pass through every directory down to dir. It reads
// the permission bits alone: where it errs, the server only gets a capability it did not need.
func (a account) reaches(dir string) bool {
	for {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist): // still to be made, for that user
		case err != nil || !a.passes(info):
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

func (a account) passes(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	pass := fs.FileMode(0o001)
	switch {
	case int(stat.Uid) == a.uid:
		pass = 0o100
	case int(stat.Gid) == a.gid:
		pass = 0o010
	}
	return info.Mode().Perm()&pass != 0
}

// isClosedByRoot reports whether what keeps the server's user from a directory is root's alone, down to the last such
// directory. A capability to pass may then be given: that user cannot change the data, which say what the server runs,
// without the server. Where the directories are the user's own, it could be had by closing them.
func (a account) isClosedByRoot(dir string) bool {
	isClosed := false
	for {
		info, err := os.Stat(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if err == nil {
			isClosed = isClosed || !a.passes(info)
			if s, err := standingOf(info); isClosed && (err != nil || s.owner != 0) {
				return false
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return isClosed
		}
		dir = parent
	}
}
