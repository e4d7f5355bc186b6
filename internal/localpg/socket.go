//go:build unix

package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	socketPort = "5432"
	socketName = ".s.PGSQL." + socketPort

	// maxSocketPath is what fits into macOS's sockaddr_un with its final zero; Linux takes 107.
	maxSocketPath = 103
)

// socketDir is where the server's socket is. It reads the link that the starting process made, so
// that processes with different TMPDIRs meet.
func (c *cluster) socketDir() string {
	if target, err := os.Readlink(c.runPath()); err == nil {
		return target
	}
	return c.runPath()
}

// prepareSocketDir makes the directory of the socket, closed to all but the server's user (and
// root). The start lock must be held and the server not run.
func (c *cluster) prepareSocketDir() error {
	short := "followgraph-" + shortHash(c.dir)
	target, err := os.Readlink(c.runPath())
	isLink := err == nil

	if fitsSocket(c.runPath()) {
		if isLink { // the data directory was moved here from a deeper place
			if err := os.Remove(c.runPath()); err != nil {
				return err
			}
		}
		return c.makeSocketDir(c.runPath())
	}
	if isLink && filepath.Base(target) == short && c.makeSocketDir(target) == nil {
		return nil
	}
	target = filepath.Join(os.TempDir(), short)
	if !fitsSocket(target) {
		target = filepath.Join("/tmp", short)
	}
	if err := c.makeSocketDir(target); err != nil {
		return err
	}
	if err := os.Remove(c.runPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, c.runPath())
}

// makeSocketDir makes one directory, or checks the one that exists: where anyone can write, such
// as /tmp, another user may have been there first to pose as the server.
func (c *cluster) makeSocketDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return c.account.give(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return checkPrivate(dir, c.account.uid)
}

var errNotPrivate = errors.New("not the private directory that the server's socket needs: remove it")

// checkPrivate refuses a directory that is a link, that another user owns, or that others may enter.
func checkPrivate(dir string, uid int) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is %w", dir, errNotPrivate)
	}
	owner, err := ownerOfInfo(info)
	if err != nil {
		return err
	}
	if owner != uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s, of user id %d with mode %04o, is %w", dir, owner, info.Mode().Perm(), errNotPrivate)
	}
	return nil
}

// removeShortSocketDir tidies the temporary directory after a stop; a directory in use stays.
func (c *cluster) removeShortSocketDir() {
	if dir := c.socketDir(); dir != c.runPath() {
		_ = os.Remove(dir)
	}
}

func fitsSocket(dir string) bool { return len(filepath.Join(dir, socketName)) <= maxSocketPath }

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
