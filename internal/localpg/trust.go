//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"followgraph/internal/localfile"
)

// fileStatus is the part of a file's status that determines who can change it.
type fileStatus struct {
	mode  fs.FileMode
	owner int
	links uint64 // number of names
}

func statusOf(info fs.FileInfo) (fileStatus, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileStatus{}, fmt.Errorf("%s: the owner is unknown", info.Name())
	}
	return fileStatus{mode: info.Mode(), owner: int(stat.Uid), links: uint64(stat.Nlink)}, nil //nolint:unconvert // the type differs by system
}

// trust decides which files and directories can be used. Root writes, chowns and removes files below the data
// directory, and the server's user runs programs from it, so no third user may be able to replace anything.
type trust struct {
	user   int  // id of the user that the server runs as
	isRoot bool // whether this process runs as root
}

func (t trust) includes(owner int) bool { return owner == 0 || owner == t.user }

// isOpen reports whether other users can create files in a directory. An ordinary user's group is trusted.
func (t trust) isOpen(s fileStatus) bool {
	return s.mode.Perm()&0o002 != 0 || t.isRoot && s.mode.Perm()&0o020 != 0
}

// above checks a directory on the way to the data directory, in which other users must not be able to replace anything.
func (t trust) above(s fileStatus) error {
	switch {
	case !s.mode.IsDir():
		return fmt.Errorf("is %s, not a directory", localfile.Kind(s.mode))
	case t.isRoot && !t.includes(s.owner):
		return fmt.Errorf("belongs to user id %d, who could replace the content", s.owner)
	case t.isOpen(s) && s.mode&fs.ModeSticky == 0:
		return fmt.Errorf("has mode %04o: other users could replace the content", s.mode.Perm())
	}
	return nil
}

// directory checks the data directory, or a directory of programs, in which other users must not be able to create
// files.
func (t trust) directory(s fileStatus) error {
	switch {
	case !s.mode.IsDir():
		return fmt.Errorf("is %s, not a directory", localfile.Kind(s.mode))
	case !t.includes(s.owner):
		return fmt.Errorf("belongs to user id %d, neither to root nor to the server's user (id %d)", s.owner, t.user)
	case t.isOpen(s):
		return fmt.Errorf("has mode %04o: other users can write to it", s.mode.Perm())
	}
	return nil
}

// link checks a symbolic link on the way to the data directory.
func (t trust) link(s fileStatus) error {
	if t.isRoot && !t.includes(s.owner) {
		return fmt.Errorf("is a symbolic link of user id %d", s.owner)
	}
	return nil
}

// file checks a file in the data directory before it is read.
func (t trust) file(s fileStatus) error {
	switch {
	case !s.mode.IsRegular():
		return fmt.Errorf("is %s, not a regular file", localfile.Kind(s.mode))
	case !t.includes(s.owner):
		return fmt.Errorf("belongs to user id %d, neither to root nor to the server's user (id %d)", s.owner, t.user)
	}
	return nil
}

var errHardLink = errors.New("has other names (hard links), which would change, too")

// change checks a file before a write or a change of owner.
func (t trust) change(s fileStatus) error {
	if err := t.file(s); err != nil {
		return err
	}
	if s.links > 1 {
		return errHardLink
	}
	return nil
}

// program checks a file that the server's user runs.
func (t trust) program(s fileStatus) error {
	if err := t.file(s); err != nil {
		return err
	}
	if t.isOpen(s) {
		return fmt.Errorf("has mode %04o: other users can change it", s.mode.Perm())
	}
	return nil
}
