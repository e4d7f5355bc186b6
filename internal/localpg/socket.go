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

	"golang.org/x/sys/unix"
)

const (
	socketPort = "5432"
	socketName = ".s.PGSQL." + socketPort

	// maxSocketPath is the maximum length in macOS's sockaddr_un, without the final zero; Linux allows 107.
	maxSocketPath = 103
)

// socketDir returns the directory of the server's socket. It reads the link that the starting process created, so that
// processes with different TMPDIRs find the same socket.
func (c *cluster) socketDir() string {
	if target, err := c.dataDir.root.Readlink(runName); err == nil {
		return target
	}
	return c.runPath()
}

// prepareSocketDir creates the directory of the socket. Only the server's user and root can access it. The caller must
// hold the start lock, and the server must not run.
func (c *cluster) prepareSocketDir() error {
	root := c.dataDir.root
	link, err := root.Readlink(runName)
	isLink := err == nil

	if fitsSocket(c.runPath()) {
		if isLink { // the data directory was moved here from a longer path
			if err := root.Remove(runName); err != nil {
				return err
			}
		}
		return c.makeSocketDir(root, runName)
	}
	if isLink && c.isShort(link) && checkPrivate(link, c.account.uid) == nil {
		return nil
	}
	parent := os.TempDir()
	if !fitsSocket(filepath.Join(parent, c.shortName())) {
		parent = "/tmp"
	}
	temporary, err := os.OpenRoot(parent)
	if err != nil {
		return err
	}
	defer func() { _ = temporary.Close() }() // nothing was written
	if err := c.makeSocketDir(temporary, c.shortName()); err != nil {
		return err
	}
	if err := root.Remove(runName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return root.Symlink(filepath.Join(parent, c.shortName()), runName)
}

// shortName is the name of the socket's directory in a temporary one.
func (c *cluster) shortName() string { return "followgraph-" + shortHash(c.dir) }

// isShort reports whether path can be the socket's directory in a temporary one.
func (c *cluster) isShort(path string) bool {
	return filepath.IsAbs(path) && filepath.Base(path) == c.shortName()
}

// makeSocketDir creates one directory, or checks an existing one. In a world-writable directory such as /tmp, another
// user may have created it to impersonate the server.
func (c *cluster) makeSocketDir(in *os.Root, name string) error {
	made := in.Mkdir(name, 0o700)
	if made != nil && !errors.Is(made, fs.ErrExist) {
		return made
	}
	parent, err := in.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = parent.Close() }() // nothing was written
	path := filepath.Join(in.Name(), name)
	file, err := openAt(parent, name, path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return errors.Join(fmt.Errorf("%s is %w", path, errNotPrivate), err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	if made == nil {
		if err := isPrivate(path, file.Stat, os.Geteuid()); err != nil {
			return err
		}
		return c.account.give(file)
	}
	return isPrivate(path, file.Stat, c.account.uid)
}

var errNotPrivate = errors.New("not the private directory that the server's socket needs: remove it")

// checkPrivate rejects a link, a directory of another user, and one that other users can enter.
func checkPrivate(dir string, uid int) error {
	return isPrivate(dir, func() (fs.FileInfo, error) { return os.Lstat(dir) }, uid)
}

func isPrivate(path string, stat func() (fs.FileInfo, error), uid int) error {
	info, err := stat()
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is %w", path, errNotPrivate)
	}
	s, err := statusOf(info)
	if err != nil {
		return err
	}
	if s.owner != uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s, of user id %d with mode %04o, is %w", path, s.owner, info.Mode().Perm(), errNotPrivate)
	}
	return nil
}

// removeShortSocketDir removes the socket's directory in the temporary one after a stop. It only removes an empty
// directory of that name, whatever the link points to by now.
func (c *cluster) removeShortSocketDir() {
	if dir := c.socketDir(); c.isShort(dir) && checkPrivate(dir, c.account.uid) == nil {
		_ = unix.Rmdir(dir)
	}
}

func fitsSocket(dir string) bool { return len(filepath.Join(dir, socketName)) <= maxSocketPath }

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
