// Package cluster manages a PostgreSQL with a loaded dataset.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/dataset"
	"followgraph/bench/process"
	"followgraph/internal/localpg"
)

// Options select the dataset and its directory.
type Options struct {
	Dir           string // contains a directory for each dataset
	Dataset       dataset.Parameters
	ThrowAway     bool      // load without durability; the caller removes Dir afterwards
	Packed        bool      // build the indexes of the follows after the follows: less disk, and another directory
	SharedBuffers string    // PostgreSQL's setting; empty: enough for the dataset
	Followgraph   string    // the program that migrates and imports
	Log           io.Writer // receives messages about slow steps
}

// Cluster is a running PostgreSQL with a loaded dataset.
type Cluster struct {
	URL           string
	Version       string // of PostgreSQL
	SharedBuffers string
	Postmaster    int // process id of the parent of all its processes
	Loaded        *Load

	server      *localpg.Server
	release     func()
	followgraph string // the program
}

// Load describes the load of the dataset; nil if it was already there.
type Load struct {
	Users, Follows time.Duration
	Peak           int64 // peak resident memory of the program, in bytes
}

// Database is the name of the database with the dataset.
const Database = "bench"

// marker is the file that is written when the dataset is complete and durable.
const marker = "loaded"

// Open opens the PostgreSQL of the dataset. If necessary it loads the dataset first, which takes about ten seconds per
// million follows. It returns an error if another process uses the directory.
func Open(ctx context.Context, o Options) (_ *Cluster, err error) {
	dir := filepath.Join(o.Dir, o.Dataset.String())
	if o.Packed {
		dir += "-packed"
	}
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // the server's user has to pass through, see localpg
		return nil, err
	}
	release, err := localpg.LockServe(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{release: release, followgraph: o.Followgraph}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close(ctx))
		}
	}()
	isLoaded, err := exists(filepath.Join(dir, marker))
	if err != nil {
		return nil, err
	}
	// An incomplete dataset is loaded again after a crash, so it needs no durability.
	if err := c.start(ctx, o, dir, isLoaded && !o.ThrowAway); err != nil {
		return nil, err
	}
	if !isLoaded {
		if c.Loaded, err = Fill(ctx, c.server, o); err != nil {
			return nil, fmt.Errorf("load %s: %w", o.Dataset, err)
		}
		if !o.ThrowAway {
			if err := c.keep(ctx, o, dir); err != nil {
				return nil, err
			}
		}
	}
	return c, c.ready(ctx, o)
}

// keep stops the server, which makes the dataset durable, marks the dataset as complete, and starts the server again
// with durable settings.
func (c *Cluster) keep(ctx context.Context, o Options, dir string) error {
	if err := c.server.Close(ctx); err != nil {
		return err
	}
	c.server = nil
	if err := os.WriteFile(filepath.Join(dir, marker), nil, 0o600); err != nil {
		return err
	}
	return c.start(ctx, o, dir, true)
}

func (c *Cluster) start(ctx context.Context, o Options, dir string, durable bool) error {
	c.SharedBuffers = o.SharedBuffers
	if c.SharedBuffers == "" {
		c.SharedBuffers = fittingBuffers(o.Dataset)
	}
	settings := map[string]string{
		"shared_buffers": c.SharedBuffers,
		// Background work must not disturb a measurement. The benchmark vacuums explicitly, and a load writes much
		// at once.
		"autovacuum":         "off",
		"max_wal_size":       "4GB",
		"checkpoint_timeout": "1h",
		// The product keeps the graph in memory with the stream of commits, also on a cluster that is not durable.
		"wal_level":       "logical",
		"max_wal_senders": "10",
	}
	if o.Packed {
		settings["max_wal_size"] = "1GB"
		if !durable && !o.ThrowAway { // the load needs no log, and nothing reads the graph before the next start
			settings["wal_level"], settings["max_wal_senders"] = "minimal", "0"
		}
	}
	server, err := localpg.Open(ctx, localpg.Options{Dir: dir, Durable: durable, Settings: settings})
	if err != nil {
		return err
	}
	c.server = server
	c.URL = server.URL(Database)
	return nil
}

// fittingBuffers returns a size for everything that the shapes read: the page index, users and counts, about 300 bytes
// per follow.
func fittingBuffers(p dataset.Parameters) string {
	return fmt.Sprintf("%dMB", max(128, p.Follows*300>>20))
}

// ready migrates the schema, restores what an interrupted run has changed, and loads what the shapes read into
// PostgreSQL's buffers.
func (c *Cluster) ready(ctx context.Context, o Options) error {
	if _, err := process.Run(ctx, nil, io.Discard, o.Followgraph, "migrate", "up", "--database-url", c.URL, "--log-level=warn"); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	conn, err := pgx.Connect(ctx, c.URL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := c.undoInterrupted(ctx, conn); err != nil {
		return err
	}
	for _, sql := range []string{
		vacuum,
		// By index scans, because sequential scans of large tables bypass the buffers.
		"SET enable_seqscan = off",
		"SET enable_bitmapscan = off",
		"SELECT count(follower_id) FROM (SELECT follower_id FROM user_follows ORDER BY following_id, created_at, id) x",
		"SELECT count(username) FROM (SELECT username FROM users ORDER BY cognito_id) x",
		"SELECT count(followers_count) FROM (SELECT followers_count FROM user_follow_stats ORDER BY user_id) x",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	var backend int
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid(), current_setting('server_version')").Scan(&backend, &c.Version); err != nil {
		return err
	}
	c.Postmaster, err = process.Parent(backend)
	return err
}

// Close stops the PostgreSQL, even if ctx has ended.
func (c *Cluster) Close(ctx context.Context) error {
	var err error
	if c.server != nil {
		err = c.server.Close(context.WithoutCancel(ctx))
		c.server = nil
	}
	if c.release != nil {
		c.release()
		c.release = nil
	}
	return err
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
