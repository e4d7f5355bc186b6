//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is the maximum number of symbolic links in a path, as on Linux.
const maxLinks = 40

// walk follows a path from the root and checks each directory before it opens the next one. It creates missing
// directories, the last one with mode, unless mode is 0. It returns the path without links and the status of the last
// directory. Each step starts from the directory that was opened before it, so that a concurrent rename cannot redirect
// it.
func (t trust) walk(path string, mode uint32) (resolved string, last fs.FileInfo, err error) {
	at, err := os.OpenFile("/", passOnly|unix.O_DIRECTORY, 0)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = at.Close() }()
	resolved = "/"
	names, links := steps(path), 0
	if err := t.step(at, resolved, len(names) == 0); err != nil {
		return "", nil, err
	}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		next := filepath.Join(resolved, name)
		target, err := t.readLink(at, name, next)
		switch {
		case errors.Is(err, fs.ErrNotExist) && mode != 0:
			made := uint32(0o755)
			if len(names) == 0 {
				made = mode
			}
			if err := unix.Mkdirat(int(at.Fd()), name, made); err != nil && !errors.Is(err, fs.ErrExist) {
				return "", nil, &fs.PathError{Op: "mkdir", Path: next, Err: err}
			}
		case err != nil:
			return "", nil, err
		case target != "":
			if links++; links > maxLinks {
				return "", nil, &fs.PathError{Op: "open", Path: path, Err: unix.ELOOP}
			}
			names = append(steps(target), names...)
			if !filepath.IsAbs(target) {
				continue
			}
			name, next = "/", "/"
		}
		entered, err := openAt(at, name, next, passOnly|unix.O_DIRECTORY)
		if err != nil {
			return "", nil, err
		}
		_ = at.Close() // nothing was written
		at, resolved = entered, next
		if err := t.step(at, resolved, len(names) == 0); err != nil {
			return "", nil, err
		}
	}
	last, err = at.Stat()
	return resolved, last, err
}

// step checks a directory that was entered.
func (t trust) step(at *os.File, path string, isLast bool) error {
	info, err := at.Stat()
	if err != nil {
		return err
	}
	s, err := statusOf(info)
	if err != nil {
		return err
	}
	if isLast {
		err = t.directory(s)
	} else {
		err = t.above(s)
	}
	if err != nil {
		return fmt.Errorf("%s %w", path, err)
	}
	return nil
}

// readLink returns the target of a symbolic link, or "" if name is not a link.
func (t trust) readLink(at *os.File, name, path string) (string, error) {
	var stat unix.Stat_t
	if err := unix.Fstatat(int(at.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil
	}
	if err := t.link(fileStatus{mode: fs.ModeSymlink, owner: int(stat.Uid)}); err != nil {
		return "", fmt.Errorf("%s %w", path, err)
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(at.Fd()), name, target)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: path, Err: err}
	}
	return string(target[:n]), nil
}

// steps splits a path into the names of its directories.
func steps(path string) []string {
	var names []string
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	return names
}

// openAt opens a name in a directory, without following a symbolic link and without blocking.
func openAt(dir *os.File, name, path string, flags int) (*os.File, error) {
	fd, err := unix.Openat(int(dir.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}
