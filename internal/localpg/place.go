//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// place is a data directory that is open, and that nobody but root and the server's user can change.
type place struct {
	dir
	root  *os.Root // the same directory, for what never follows a name's own link
	owner int
}

// openPlace opens a data directory, and makes it when missing.
func openPlace(name string) (*place, account, error) {
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
		mode = 0o711 // the server's user has to pass through to data and run, which are 0700
	}
	resolved, info, err := t.walk(absolute, mode)
	if err != nil {
		return nil, account{}, fmt.Errorf("the data directory %s cannot be used: %w: %s", name, err, placeHint)
	}
	p, err := openSame(resolved, info, t)
	if err != nil {
		return nil, account{}, err
	}
	// Whose data these are was asked by path, before it was known where that leads.
	again, err := serverAccount(resolved, p.dataOwner())
	if err == nil && again != server {
		err = fmt.Errorf("the data directory %s changed while it was looked at", resolved)
	}
	if err == nil {
		_, err = p.stat("PG_VERSION")
		switch {
		case err == nil:
			err = fmt.Errorf("%s is itself a PostgreSQL server's data: choose another data directory, which will hold such a one", resolved)
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

const placeHint = "choose another one with --data-dir, or see to its owner and mode"

// openSame opens a directory that was walked to, and fails where another one has taken its path since.
func openSame(path string, walked fs.FileInfo, t trust) (*place, error) {
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
		err = fmt.Errorf("the data directory %s was exchanged while it was looked at", path)
	}
	var s standing
	if err == nil {
		s, err = standingOf(info)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), root.Close())
	}
	return &place{dir: dir{t, file}, root: root, owner: s.owner}, nil
}

func (p *place) close() {
	p.dir.close()
	_ = p.root.Close()
}

// dataOwner is who owns PGDATA; nobody where there is none.
func (p *place) dataOwner() int {
	s, err := p.stat(dataName)
	if err != nil || !s.mode.IsDir() {
		return nobody
	}
	return s.owner
}

// withoutLinks guesses where a path leads, of which the last directories may be missing.
func withoutLinks(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil || path == "/" {
		return resolved
	}
	return filepath.Join(withoutLinks(filepath.Dir(path)), filepath.Base(path))
}

// OpenDir opens a data directory for files beside those of this package, and makes it when missing. It refuses one that
// another user than root and the server's can change.
func OpenDir(name string) (*os.Root, error) {
	p, _, err := openPlace(name)
	if err != nil {
		return nil, err
	}
	p.dir.close()
	return p.root, nil
}
