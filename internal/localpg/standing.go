//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"followgraph/internal/localfile"
)

// standing is what a file or directory tells of who may change it.
type standing struct {
	mode  fs.FileMode
	owner int
	links uint64 // names that a file has
}

func standingOf(info fs.FileInfo) (standing, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return standing{}, fmt.Errorf("%s: the owner is unknown", info.Name())
	}
	return standing{mode: info.Mode(), owner: int(stat.Uid), links: uint64(stat.Nlink)}, nil //nolint:unconvert // its type differs by system
}

// trust decides whose files and directories may be used. Root writes, gives away and removes files below the data
// directory, and the server's user runs what is there: no third user may put anything in its place.
type trust struct {
	user   int  // id of the user that the server runs as
	isRoot bool // whether this process runs as root
}

func (t trust) includes(owner int) bool { return owner == 0 || owner == t.user }

// isOpen reports whether others may make files in a directory. An ordinary user's group is that user's own affair.
func (t trust) isOpen(s standing) bool {
	return s.mode.Perm()&0o002 != 0 || t.isRoot && s.mode.Perm()&0o020 != 0
}

// above checks a directory on the way to the data directory: others could exchange what is below it.
func (t trust) above(s standing) error {
	switch {
	case !s.mode.IsDir():
		return fmt.Errorf("is %s, not a directory", localfile.Kind(s.mode))
	case t.isRoot && !t.includes(s.owner):
		return fmt.Errorf("belongs to user id %d, who could exchange what is below it", s.owner)
	case t.isOpen(s) && s.mode&fs.ModeSticky == 0:
		return fmt.Errorf("has mode %04o: others could exchange what is below it", s.mode.Perm())
	}
	return nil
}

// directory checks the data directory, or one of programs: others could put files there.
func (t trust) directory(s standing) error {
	switch {
	case !s.mode.IsDir():
		return fmt.Errorf("is %s, not a directory", localfile.Kind(s.mode))
	case !t.includes(s.owner):
		return fmt.Errorf("belongs to user id %d, neither to root nor to the server's user (id %d)", s.owner, t.user)
	case t.isOpen(s):
		return fmt.Errorf("has mode %04o: others may write to it", s.mode.Perm())
	}
	return nil
}

// link checks a symbolic link on the way to the data directory.
func (t trust) link(s standing) error {
	if t.isRoot && !t.includes(s.owner) {
		return fmt.Errorf("is a symbolic link of user id %d", s.owner)
	}
	return nil
}

// file checks a file in the data directory before it is read.
func (t trust) file(s standing) error {
	switch {
	case !s.mode.IsRegular():
		return fmt.Errorf("is %s, not a regular file", localfile.Kind(s.mode))
	case !t.includes(s.owner):
		return fmt.Errorf("belongs to user id %d, neither to root nor to the server's user (id %d)", s.owner, t.user)
	}
	return nil
}

var errHardLink = errors.New("has other names (hard links), which would change as well")

// change checks a file before it is written to or given away.
func (t trust) change(s standing) error {
	if err := t.file(s); err != nil {
		return err
	}
	if s.links > 1 {
		return errHardLink
	}
	return nil
}

// program checks a file that the server's user runs.
func (t trust) program(s standing) error {
	if err := t.file(s); err != nil {
		return err
	}
	if t.isOpen(s) {
		return fmt.Errorf("has mode %04o: others may change it", s.mode.Perm())
	}
	return nil
}
