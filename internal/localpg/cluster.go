//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// cluster is one data directory and what is needed to run a server on it.
type cluster struct {
	dir      string // absolute, links resolved, so that every process computes the same
	durable  bool
	settings map[string]string
	log      *slog.Logger

	// Chosen by prepare, under the start lock.
	programs programs
	account  account
}

func newCluster(opts Options) (*cluster, error) {
	dir, err := makeDir(opts.Dir)
	if err != nil {
		return nil, err
	}
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &cluster{dir: dir, durable: opts.Durable, settings: opts.Settings, log: log}, nil
}

func (c *cluster) dataPath() string { return filepath.Join(c.dir, "data") }
func (c *cluster) runPath() string  { return filepath.Join(c.dir, "run") }
func (c *cluster) logPath() string  { return filepath.Join(c.dir, "postgres.log") }

// makeDir makes a data directory when missing and gives its canonical path.
func makeDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("the data directory has no name")
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("the data directory %s: %w", dir, err)
	}
	mode := fs.FileMode(0o700)
	if isRoot() {
		mode = 0o711 // the server's user has to pass through to data and run, which are 0700
	}
	if err := os.MkdirAll(filepath.Dir(absolute), 0o755); err != nil { //nolint:gosec // the data directory itself is closed; see mode
		return "", fmt.Errorf("making the data directory: %w", err)
	}
	if err := os.Mkdir(absolute, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("making the data directory: %w", err)
	}
	resolved, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return "", fmt.Errorf("the data directory: %w", err)
	}
	if info, err := os.Stat(resolved); err != nil || !info.IsDir() {
		return "", errors.Join(fmt.Errorf("the data directory %s is not a directory", resolved), err)
	}
	if _, err := os.Stat(filepath.Join(resolved, "PG_VERSION")); err == nil {
		return "", fmt.Errorf("%s is itself a PostgreSQL server's data: choose another data directory, which will hold such a one", resolved)
	}
	return resolved, nil
}

// prepare chooses the programs and the user, and makes PGDATA when there is none. The start lock
// must be held.
func (c *cluster) prepare(ctx context.Context) error {
	c.removeUnfinished()
	version, err := c.dataVersion()
	if err != nil {
		return err
	}
	c.account, err = serverAccount(c.dir, c.dataPath())
	if err != nil {
		return err
	}
	found := c.reachable(installed(ctx, os.Getenv("PATH"), installPlaces))
	c.programs, err = pickPrograms(found, version, c.dataPath())
	if err != nil && version != 0 && !c.durable {
		return c.renew(ctx, err.Error())
	}
	if err != nil {
		return err
	}
	if version == 0 {
		return c.initialise(ctx)
	}
	owner, err := ownerOf(c.dataPath())
	if err == nil && owner != c.account.uid {
		err = c.account.giveTree(c.dataPath())
	}
	return err
}

// reachable leaves out installations closed to the server's user, such as one under /root. The
// passage that command gives takes effect only in the program, too late for finding the program.
func (c *cluster) reachable(found []programs) []programs {
	if !isRoot() {
		return found
	}
	return slices.DeleteFunc(found, func(p programs) bool {
		closed := !c.account.reaches(p.dir)
		if closed {
			c.log.Warn("passing over a PostgreSQL that its user cannot reach", "programs", p.dir, "user", c.account.name)
		}
		return closed
	})
}

// renew makes disposable data anew. The start lock must be held and the server not run.
func (c *cluster) renew(ctx context.Context, why string) error {
	c.log.Warn("making a disposable PostgreSQL anew", "dir", c.dir, "why", why)
	if err := os.RemoveAll(c.dataPath()); err != nil {
		return err
	}
	return c.prepare(ctx)
}

// dataVersion is the major version that made PGDATA; 0 when there is none.
func (c *cluster) dataVersion() (int, error) {
	raw, err := os.ReadFile(filepath.Join(c.dataPath(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(c.dataPath()); err == nil {
			return 0, fmt.Errorf("%s exists but is no PostgreSQL data: remove it, or choose another data directory", c.dataPath())
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("the data directory is not usable: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0, fmt.Errorf("%s: unreadable PG_VERSION %q", c.dataPath(), raw)
	}
	return version, nil
}
