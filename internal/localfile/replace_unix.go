//go:build unix

package localfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// noWait lets the opening of a pipe or a device return at once.
const noWait = syscall.O_NONBLOCK

// standing is what a file or directory tells of who may change it.
type standing struct {
	mode  fs.FileMode
	owner int
	links uint64 // names that a file has
}

func standingOf(info fs.FileInfo) standing {
	s := standing{mode: info.Mode(), owner: -1}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		s.owner, s.links = int(stat.Uid), uint64(stat.Nlink) //nolint:unconvert // its type differs by system
	}
	return s
}

// isOpenToOthers reports whether more users than its owner may make files in a directory.
func (s standing) isOpenToOthers() bool { return s.mode.Perm()&0o022 != 0 }

// Replace opens a file for writing and empties it, or makes it, for its owner's eyes only. Where other users may write to
// the directory, such as /tmp, one of them may have put something there under its name: the link to a file of this user's,
// which would be overwritten, or a file or pipe of their own, where they would read what is written. These are refused.
// Pipes and devices are written to as they are, such as /dev/stdout; opening one never waits.
func Replace(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if !errors.Is(err, fs.ErrExist) {
		return file, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	above, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	parent, user := standingOf(above), os.Geteuid()
	follow := 0
	if err := parent.mayFollow(standingOf(info), user); err != nil {
		return nil, &fs.PathError{Op: "replace", Path: path, Err: err}
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		follow = syscall.O_NOFOLLOW
	}
	file, err = os.OpenFile(path, os.O_WRONLY|noWait|follow, 0)
	if errors.Is(err, syscall.ENXIO) {
		return nil, &fs.PathError{Op: "replace", Path: path, Err: fmt.Errorf("is %s that nobody reads", Kind(info.Mode()))}
	}
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		if err = parent.mayReplace(standingOf(info), user); err != nil {
			err = &fs.PathError{Op: "replace", Path: path, Err: err}
		}
	}
	if err == nil && info.Mode().IsRegular() {
		err = file.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// mayFollow refuses a link that another user may have made or may exchange.
func (s standing) mayFollow(found standing, user int) error {
	if found.mode&fs.ModeSymlink == 0 {
		return nil
	}
	if s.isOpenToOthers() || found.owner != user && found.owner != 0 && found.owner != s.owner {
		return errors.New("is a symbolic link in a directory of other users: name the file itself")
	}
	return nil
}

// mayReplace refuses what another user may have put into a directory.
func (s standing) mayReplace(found standing, user int) error {
	isOwn := found.owner == user || found.owner == s.owner && !s.isOpenToOthers()
	switch {
	case found.mode&fs.ModeCharDevice != 0: // only root makes them
		return nil
	case !found.mode.IsRegular() && found.mode&fs.ModeNamedPipe == 0:
		return fmt.Errorf("is %s, not a file to write to", Kind(found.mode))
	case !isOwn:
		return fmt.Errorf("belongs to another user (id %d)", found.owner)
	case found.mode.IsRegular() && found.links > 1:
		return errors.New("has other names (hard links), which would change as well: remove it first")
	}
	return nil
}
