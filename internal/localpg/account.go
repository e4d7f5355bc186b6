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

// account is the operating system user that the server runs as.
type account struct {
	name     string
	uid, gid int
}

// isRoot reports whether this process must run the server as another user.
func isRoot() bool { return os.Geteuid() == 0 }

// serverAccount selects the user that runs the server: this process's user unless it is root, which PostgreSQL rejects.
// For root it is the first of: the owner of an existing PGDATA (dataOwner), the user that packages create for
// PostgreSQL, the owner of the parent directory, the user "nobody".
func serverAccount(dir string, dataOwner int) (account, error) {
	if !isRoot() {
		acc, err := accountOf(os.Geteuid())
		if err != nil {
			return account{}, err
		}
		if dataOwner != noOwner && dataOwner != acc.uid {
			return account{}, fmt.Errorf("%s belongs to user id %d, not to %s: run this as its owner or as root, or choose another data directory",
				filepath.Join(dir, dataName), dataOwner, acc.name)
		}
		return acc, nil
	}
	if dataOwner != noOwner && dataOwner != 0 {
		return accountOf(dataOwner)
	}
	if acc, err := accountNamed("postgres"); err == nil && acc.uid != 0 {
		return acc, nil
	}
	if owner := directoryOwner(filepath.Dir(dir)); owner != noOwner && owner != 0 {
		return accountOf(owner)
	}
	acc, err := accountNamed("nobody")
	if err != nil || acc.uid == 0 {
		return account{}, errors.New("PostgreSQL refuses to run as root, and neither the user postgres nor the user nobody exists: run this as an ordinary user")
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

// noOwner is the owner of a file that does not exist.
const noOwner = -1

// directoryOwner returns the owner of a directory, or noOwner if path is not a directory.
func directoryOwner(path string) int {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return noOwner
	}
	s, err := statusOf(info)
	if err != nil {
		return noOwner
	}
	return s.owner
}

// give changes the owner of an open file or directory to the server's user, if this process is root. It uses the
// descriptor, because another file may have taken the name.
func (a account) give(file *os.File) error {
	if !isRoot() {
		return nil
	}
	return file.Chown(a.uid, a.gid)
}

// reaches reports whether the server's user can traverse every directory down to dir. It only reads permission bits. If
// it is wrong, the server gets a capability that it does not need.
func (a account) reaches(dir string) bool {
	for {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist): // will be created for that user
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

// isClosedByRoot reports whether root owns every directory that blocks the server's user on the way to dir. Only then
// may the server get a capability to traverse them, because that user cannot change the data, which determine what the
// server runs. Otherwise the user could obtain the capability by closing its own directories.
func (a account) isClosedByRoot(dir string) bool {
	isClosed := false
	for {
		info, err := os.Stat(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if err == nil {
			isClosed = isClosed || !a.passes(info)
			if s, err := statusOf(info); isClosed && (err != nil || s.owner != 0) {
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
