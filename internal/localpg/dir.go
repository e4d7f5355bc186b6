//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"followgraph/internal/localfile"
)

// dir is an open directory. Its methods act on that directory even if its path changes, and never follow a symbolic
// link, because the server's user can change everything in it at any time.
type dir struct {
	trust
	file *os.File
}

func (d dir) path(name string) string { return filepath.Join(d.file.Name(), name) }

func (d dir) close() { _ = d.file.Close() } // nothing was written

// stat returns the status of a name itself, without following a link.
func (d dir) stat(name string) (fileStatus, error) {
	var stat unix.Stat_t
	if err := unix.Fstatat(int(d.file.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fileStatus{}, &fs.PathError{Op: "stat", Path: d.path(name), Err: err}
	}
	return fileStatus{mode: typeOf(uint32(stat.Mode)), owner: int(stat.Uid)}, nil //nolint:unconvert // the type differs by system
}

// typeOf returns the type bits as io/fs represents them.
func typeOf(mode uint32) fs.FileMode {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	case unix.S_IFIFO:
		return fs.ModeNamedPipe
	case unix.S_IFSOCK:
		return fs.ModeSocket
	case unix.S_IFBLK, unix.S_IFCHR:
		return fs.ModeDevice
	default:
		return fs.ModeIrregular
	}
}

// open opens a regular file of a trusted user for reading, or with O_CREATE for writing.
func (d dir) open(name string, flags int) (*os.File, error) {
	file, err := openAt(d.file, name, d.path(name), flags)
	if err != nil {
		return nil, d.explain(name, err)
	}
	check := d.change
	if flags&unix.O_ACCMODE == unix.O_RDONLY && flags&unix.O_CREAT == 0 {
		check = d.trust.file
	}
	s, err := openFileStatus(file)
	if err == nil {
		err = check(s)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s %w: remove it", file.Name(), err), file.Close())
	}
	return file, nil
}

// sub opens a subdirectory.
func (d dir) sub(name string) (dir, error) {
	file, err := openAt(d.file, name, d.path(name), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return dir{}, d.explain(name, err)
	}
	return dir{d.trust, file}, nil
}

// explain adds the kind of the existing file to an error, because the system's message lacks it.
func (d dir) explain(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s, looking := d.stat(name); looking == nil && !s.mode.IsRegular() && !s.mode.IsDir() {
		return fmt.Errorf("%s is %s: remove it: %w", d.path(name), localfile.Kind(s.mode), err)
	}
	return err
}

// read reads a small file.
func (d dir) read(name string) (string, error) {
	const most = 4 << 10
	file, err := d.open(name, unix.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, most))
	return string(content), err
}

// write replaces a file's content, syncs it to disk and gives the file to owner.
func (d dir) write(name, content string, owner account) error {
	file, err := d.open(name, unix.O_WRONLY|unix.O_CREAT)
	if err != nil {
		return err
	}
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteString(content)
	}
	return errors.Join(err, owner.give(file), file.Sync(), file.Close())
}

// giveTree changes the owner of a directory and its content to the server's user, for a PGDATA that was copied or
// restored as root. It changes a directory after its content, because the new owner can then change the directory.
func (d dir) giveTree(owner account) error {
	s, err := openFileStatus(d.file)
	if err == nil && !d.includes(s.owner) {
		err = fmt.Errorf("belongs to user id %d", s.owner)
	}
	if err != nil {
		return fmt.Errorf("%s %w", d.file.Name(), err)
	}
	entries, err := d.file.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := d.giveEntry(entry, owner); err != nil {
			return err
		}
	}
	return owner.give(d.file)
}

func (d dir) giveEntry(entry fs.DirEntry, owner account) error {
	switch {
	case entry.IsDir():
		sub, err := d.sub(entry.Name())
		if err != nil {
			return err
		}
		defer sub.close()
		return sub.giveTree(owner)
	case entry.Type()&fs.ModeSymlink != 0: // of a tablespace: the owner of a link has no effect
		return nil
	}
	file, err := openAt(d.file, entry.Name(), d.path(entry.Name()), unix.O_RDONLY)
	if err != nil {
		return d.explain(entry.Name(), err)
	}
	defer func() { _ = file.Close() }()
	s, err := openFileStatus(file)
	if err == nil {
		err = d.change(s)
	}
	if err != nil {
		return fmt.Errorf("%s %w", file.Name(), err)
	}
	return owner.give(file)
}

func openFileStatus(file *os.File) (fileStatus, error) {
	info, err := file.Stat()
	if err != nil {
		return fileStatus{}, err
	}
	return statusOf(info)
}
