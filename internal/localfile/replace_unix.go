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

// noWait is the flag with which opening a pipe or a device does not block.
const noWait = syscall.O_NONBLOCK

// fileStatus is the part of a file's status that determines who can change it.
type fileStatus struct {
	mode  fs.FileMode
	owner int
	links uint64 // number of names
}

func statusOf(info fs.FileInfo) fileStatus {
	s := fileStatus{mode: info.Mode(), owner: -1}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		s.owner, s.links = int(stat.Uid), uint64(stat.Nlink) //nolint:unconvert // the type differs by system
	}
	return s
}

// isOpenToOthers reports whether other users than the owner can create files in a directory.
func (s fileStatus) isOpenToOthers() bool { return s.mode.Perm()&0o022 != 0 }

// Replace opens a file for writing and truncates it, or creates it readable only by its owner. In a directory that
// other users can write to, such as /tmp, another user may have created a link to a file of this user, which would be
// overwritten, or a file or pipe in order to read the output. Replace returns an error for these. It opens pipes and
// devices, such as /dev/stdout, without blocking.
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
	parent, user := statusOf(above), os.Geteuid()
	follow := 0
	if err := parent.mayFollow(statusOf(info), user); err != nil {
		return nil, &fs.PathError{Op: "replace", Path: path, Err: err}
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		follow = syscall.O_NOFOLLOW
	}
	file, err = os.OpenFile(path, os.O_WRONLY|noWait|follow, 0)
	if errors.Is(err, syscall.ENXIO) {
		return nil, &fs.PathError{Op: "replace", Path: path, Err: fmt.Errorf("is %s without a reader", Kind(info.Mode()))}
	}
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		if err = parent.mayReplace(statusOf(info), user); err != nil {
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

// mayFollow returns an error for a link that another user may have created or can replace.
func (s fileStatus) mayFollow(target fileStatus, user int) error {
	if target.mode&fs.ModeSymlink == 0 {
		return nil
	}
	if s.isOpenToOthers() || target.owner != user && target.owner != 0 && target.owner != s.owner {
		return errors.New("is a symbolic link in a directory of other users: name the file itself")
	}
	return nil
}

// mayReplace returns an error for a file that another user may have put into a directory.
func (s fileStatus) mayReplace(target fileStatus, user int) error {
	isOwn := target.owner == user || target.owner == s.owner && !s.isOpenToOthers()
	switch {
	case target.mode&fs.ModeCharDevice != 0: // only root creates them
		return nil
	case !target.mode.IsRegular() && target.mode&fs.ModeNamedPipe == 0:
		return fmt.Errorf("is %s, not a file to write to", Kind(target.mode))
	case !isOwn:
		return fmt.Errorf("belongs to another user (id %d)", target.owner)
	case target.mode.IsRegular() && target.links > 1:
		return errors.New("has other names (hard links), which would change, too: remove it first")
	}
	return nil
}
