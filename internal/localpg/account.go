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
// that packagers make for PostgreSQL, else the owner of the place, else nobody.
func serverAccount(dir, pgdata string) (account, error) {
	if !isRoot() {
		acc, err := accountOf(os.Geteuid())
		if err != nil {
			return account{}, err
		}
		owner, err := ownerOf(pgdata)
		if err == nil && owner != acc.uid {
			return account{}, fmt.Errorf("%s belongs to user id %d, not to %s: run this as its owner or as root, or choose another data directory", pgdata, owner, acc.name)
		}
		return acc, nil
	}
	if owner, err := ownerOf(pgdata); err == nil && owner != 0 {
		return accountOf(owner)
	}
	if acc, err := accountNamed("postgres"); err == nil && acc.uid != 0 {
		return acc, nil
	}
	if owner, err := ownerOf(filepath.Dir(dir)); err == nil && owner != 0 {
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

func ownerOf(path string) (int, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return ownerOfInfo(info)
}

func ownerOfInfo(info fs.FileInfo) (int, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("%s: the owner is unknown", info.Name())
	}
	return int(stat.Uid), nil
}

// give hands a path to the server's user; only root can, and only root has to.
func (a account) give(path string) error {
	if !isRoot() {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// giveTree is give for a whole directory: for a PGDATA that was copied or restored as root.
func (a account) giveTree(root string) error {
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, a.give(path))
	})
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
