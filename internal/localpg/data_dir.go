//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// dataDir is an open data directory that only root and the server's user can change.
type dataDir struct {
	dir
	root  *os.Root // the same directory, for operations that never follow links
	owner int
}

// openDataDir opens a data directory, and creates it if it is missing.
func openDataDir(name string) (*dataDir, account, error) {
	if name == "" {
		return nil, account{}, errors.New("the data directory has no name")
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, account{}, fmt.Errorf("the data directory %s: %w", name, err)
	}
	expected := withoutLinks(absolute)
	server, err := serverAccount(expected, directoryOwner(filepath.Join(expected, dataName)))
	if err != nil {
		return nil, account{}, err
	}
	t := trust{user: server.uid, isRoot: isRoot()}
	mode := uint32(0o700)
	if t.isRoot {
		mode = 0o711 // the server's user must traverse it to reach data and run, which are 0700
	}
	resolved, info, err := t.walk(absolute, mode)
	if err != nil {
		return nil, account{}, fmt.Errorf("the data directory %s cannot be used: %w: %s", name, err, dataDirHint)
	}
	p, err := openSame(resolved, info, t)
	if err != nil {
		return nil, account{}, err
	}
	// The owner of the data was read by path, before the path was checked.
	again, err := serverAccount(resolved, p.dataOwner())
	if err == nil && again != server {
		err = fmt.Errorf("the data directory %s changed during the check", resolved)
	}
	if err == nil {
		_, err = p.stat("PG_VERSION")
		switch {
		case err == nil:
			err = fmt.Errorf("%s is itself a PostgreSQL data directory: choose another data directory, in which one will be created", resolved)
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		}
	}
	if err != nil {
		p.close()
		return nil, account{}, err
	}
	return p, server, nil
}

const dataDirHint = "choose another one with --data-dir, or correct its owner and mode"

// openSame opens a directory after a walk to it. It fails if another directory has replaced it since.
func openSame(path string, walked fs.FileInfo, t trust) (*dataDir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("the data directory is not usable: %w", err)
	}
	file, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the data directory is not usable: %w", err), root.Close())
	}
	info, err := file.Stat()
	if err == nil && !os.SameFile(walked, info) {
		err = fmt.Errorf("the data directory %s was replaced during the check", path)
	}
	var s fileStatus
	if err == nil {
		s, err = statusOf(info)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), root.Close())
	}
	return &dataDir{dir: dir{t, file}, root: root, owner: s.owner}, nil
}

func (p *dataDir) close() {
	p.dir.close()
	_ = p.root.Close()
}

// dataOwner returns the owner of PGDATA, or noOwner if there is none.
func (p *dataDir) dataOwner() int {
	s, err := p.stat(dataName)
	if err != nil || !s.mode.IsDir() {
		return noOwner
	}
	return s.owner
}

// withoutLinks resolves the links of a path whose last directories may be missing.
func withoutLinks(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil || path == "/" {
		return resolved
	}
	return filepath.Join(withoutLinks(filepath.Dir(path)), filepath.Base(path))
}

// OpenDir opens a data directory for the caller's own files, and creates it if it is missing. It rejects a directory
// that other users than root and the server's user can change.
func OpenDir(name string) (*os.Root, error) {
	p, _, err := openDataDir(name)
	if err != nil {
		return nil, err
	}
	p.dir.close()
	return p.root, nil
}
