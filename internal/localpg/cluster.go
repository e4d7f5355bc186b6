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
	"strconv"
	"strings"
)

// cluster is one data directory with the programs and the user that run a server on it.
type cluster struct {
	dataDir  *dataDir // the data directory
	dir      string   // its absolute path without links, so that every process computes the same path
	durable  bool
	settings map[string]string
	log      *slog.Logger

	account  account
	programs programs // chosen by prepare, under the start lock
}

func newCluster(opts Options) (*cluster, error) {
	opened, server, err := openDataDir(opts.Dir)
	if err != nil {
		return nil, err
	}
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &cluster{
		dataDir: opened, dir: opened.root.Name(), account: server, durable: opts.Durable, settings: opts.Settings, log: log,
	}, nil
}

// Names in the data directory; see the package's comment.
const (
	dataName = "data"
	runName  = "run"
	logName  = "postgres.log"
)

func (c *cluster) dataPath() string { return filepath.Join(c.dir, dataName) }
func (c *cluster) runPath() string  { return filepath.Join(c.dir, runName) }
func (c *cluster) logPath() string  { return filepath.Join(c.dir, logName) }

// prepare selects the programs and the user, and creates PGDATA if it is missing. The caller must hold the start lock.
func (c *cluster) prepare(ctx context.Context) error {
	c.removeUnfinished()
	version, err := c.dataVersion()
	if err != nil {
		return err
	}
	if again, err := serverAccount(c.dir, c.dataDir.dataOwner()); err != nil || again != c.account {
		return errors.Join(fmt.Errorf("the owner of %s changed during the check: try again", c.dataPath()), err)
	}
	found := installed(os.Getenv("PATH"), installPlaces, func(dir string) (int, error) { return c.version(ctx, dir) })
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
	if owner := c.dataDir.dataOwner(); owner != c.account.uid {
		data, err := c.dataDir.sub(dataName)
		if err != nil {
			return err
		}
		defer data.close()
		return data.giveTree(c.account)
	}
	return nil
}

// renew recreates disposable data. The caller must hold the start lock, and the server must not run.
func (c *cluster) renew(ctx context.Context, why string) error {
	c.log.Warn("recreating a disposable PostgreSQL", "dir", c.dir, "why", why)
	if err := c.dataDir.root.RemoveAll(dataName); err != nil {
		return err
	}
	return c.prepare(ctx)
}

// dataVersion returns the major version that created PGDATA, 0 if there is none.
func (c *cluster) dataVersion() (int, error) {
	data, err := c.dataDir.sub(dataName)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("the data directory is not usable: %w", err)
	}
	defer data.close()
	raw, err := data.read("PG_VERSION")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%s exists but is not a PostgreSQL data directory: remove it, or choose another data directory", c.dataPath())
	}
	if err != nil {
		return 0, fmt.Errorf("the data directory is not usable: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(raw))
	if err != nil {
		return 0, fmt.Errorf("%s: unreadable PG_VERSION", c.dataPath())
	}
	return version, nil
}

// Exists reports whether dir contains PostgreSQL data. It creates nothing.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, dataName, "PG_VERSION"))
	return !errors.Is(err, fs.ErrNotExist)
}
