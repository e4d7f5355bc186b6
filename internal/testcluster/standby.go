//go:build unix

package testcluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// AddStandby adds a standby of the present primary and returns its number. The standby accepts reads, and has replayed
// everything that the primary had committed before the call.
func (c *Cluster) AddStandby(tb testing.TB) int {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	i := len(c.nodes)
	n, err := c.newNode()
	if err == nil {
		err = c.follow(ctx, n, i)
	}
	if err != nil {
		tb.Fatalf("testcluster: adding a standby: %v", err)
	}
	c.WaitForReplay(tb, i)
	return i
}

// Rejoin turns a stopped node, such as a former primary, into a standby of the present primary, from a new base backup.
// Its address stays the same.
func (c *Cluster) Rejoin(tb testing.TB, i int) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	n := c.nodes[i]
	if n.process != nil {
		tb.Fatalf("testcluster: node %d still runs", i)
	}
	err := os.RemoveAll(n.data)
	if err == nil {
		err = c.install.MakeDir(n.data)
	}
	if err == nil {
		err = c.follow(ctx, n, i)
	}
	if err != nil {
		tb.Fatalf("testcluster: rejoining node %d: %v", i, err)
	}
	c.WaitForReplay(tb, i)
}

// follow fills an empty data directory from the primary and starts it as a standby.
func (c *Cluster) follow(ctx context.Context, n *node, i int) error {
	var err error
	if program, exists := c.install.Program("pg_basebackup"); exists {
		err = c.baseBackup(ctx, n, program)
	} else {
		err = c.copyBackup(ctx, n)
	}
	if err != nil {
		return err
	}
	settings := fmt.Sprintf("primary_conninfo = '%s'\n", c.conninfo(i))
	if err := c.install.WriteFile(filepath.Join(n.data, "postgresql.auto.conf"), []byte(settings)); err != nil {
		return err
	}
	if err := c.install.WriteFile(filepath.Join(n.data, "standby.signal"), nil); err != nil {
		return err
	}
	return n.start(ctx)
}

// conninfo returns the settings with which node i connects to the primary. The name of a standby for
// synchronous_standby_names is node0, node1 and so on.
func (c *Cluster) conninfo(i int) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=%s password=%s application_name=node%d",
		c.nodes[c.primary].port, Superuser, c.password, i)
}

// baseBackup runs pg_basebackup. It fetches the log at the end: a stream of the log of an idle server ends only at its
// next status message, after ten seconds.
func (c *Cluster) baseBackup(ctx context.Context, n *node, program string) error {
	out, err := c.install.Command(ctx, program, "--pgdata="+n.data, "--checkpoint=fast", "--wal-method=fetch",
		"--no-sync", "--dbname="+c.address(c.primary, Superuser, "")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	return nil
}

// copyBackup makes a base backup by PostgreSQL's functions and cp, for installations without client programs.
func (c *Cluster) copyBackup(ctx context.Context, n *node) error {
	conn, err := pgx.Connect(ctx, c.address(c.primary, Superuser, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	start, stop := "pg_backup_start('standby', true)", "pg_backup_stop(false)"
	if c.install.Version() < 15 {
		start, stop = "pg_start_backup('standby', true, false)", "pg_stop_backup(false, false)"
	}
	if _, err := conn.Exec(ctx, "SELECT "+start); err != nil {
		return err
	}
	// cp fails for files that the server removes meanwhile, which a backup may lack. The standby does not start without
	// any other.
	out, copying := c.install.Command(ctx, "/bin/cp", "-R", c.nodes[c.primary].data+"/.", n.data).CombinedOutput()
	if copying != nil && !isOnlyMissing(string(out)) {
		return fmt.Errorf("cp: %w: %s", copying, out)
	}
	var label string
	if err := conn.QueryRow(ctx, "SELECT labelfile FROM "+stop).Scan(&label); err != nil {
		return err
	}
	for _, name := range []string{"postmaster.pid", "postmaster.opts", "pg_replslot"} {
		if err := os.RemoveAll(filepath.Join(n.data, name)); err != nil {
			return err
		}
	}
	if err := c.install.MakeDir(filepath.Join(n.data, "pg_replslot")); err != nil {
		return err
	}
	return c.install.WriteFile(filepath.Join(n.data, "backup_label"), []byte(label))
}

func isOnlyMissing(messages string) bool {
	for line := range strings.Lines(messages) {
		if !strings.Contains(line, "No such file") {
			return false
		}
	}
	return true
}

// Promote makes a standby the primary and returns when it accepts writes. The other running standbys then follow it.
// The former primary must be stopped, or it goes on as another primary.
func (c *Cluster) Promote(tb testing.TB, i int) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	if err := c.admin(ctx, i, "SELECT pg_promote(true, 60)"); err != nil {
		tb.Fatalf("testcluster: promoting node %d: %v", i, err)
	}
	former := c.primary
	c.primary = i
	for other, n := range c.nodes {
		if other == i || other == former || n.process == nil {
			continue
		}
		// The password has no quote.
		err := c.admin(ctx, other, fmt.Sprintf("ALTER SYSTEM SET primary_conninfo = '%s'", c.conninfo(other)), "SELECT pg_reload_conf()")
		if err != nil {
			tb.Fatalf("testcluster: node %d does not follow node %d: %v", other, i, err)
		}
	}
}

// PauseReplay stops the replay on a standby. It still receives the log, so the primary's commits become later and
// later there.
func (c *Cluster) PauseReplay(tb testing.TB, i int) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	conn, err := pgx.Connect(ctx, c.AdminURL(i))
	if err != nil {
		tb.Fatalf("testcluster: node %d: %v", i, err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "SELECT pg_wal_replay_pause()"); err != nil {
		tb.Fatalf("testcluster: node %d: %v", i, err)
	}
	err = poll(ctx, func() (paused bool, err error) {
		err = conn.QueryRow(ctx, "SELECT pg_get_wal_replay_pause_state() = 'paused'").Scan(&paused)
		return paused, err
	})
	if err != nil {
		tb.Fatalf("testcluster: pausing node %d: %v", i, err)
	}
}

// ResumeReplay continues the replay on a standby.
func (c *Cluster) ResumeReplay(tb testing.TB, i int) {
	tb.Helper()
	c.Admin(tb, i, "SELECT pg_wal_replay_resume()")
}

// WaitForReplay waits until a standby has replayed everything that the primary has committed until now.
func (c *Cluster) WaitForReplay(tb testing.TB, i int) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	if err := c.waitForReplay(ctx, i); err != nil {
		tb.Fatalf("testcluster: node %d does not replay: %v\n%s", i, err, c.nodes[i].logTail())
	}
}

func (c *Cluster) waitForReplay(ctx context.Context, i int) error {
	primary, err := pgx.Connect(ctx, c.AdminURL(c.primary))
	if err != nil {
		return err
	}
	defer func() { _ = primary.Close(ctx) }()
	if _, err := primary.Exec(ctx, "SET synchronous_commit TO local"); err != nil {
		return err
	}
	var position string
	// A message is later than all commits until now, also those that did not wait for the flush, and its own commit
	// follows it. The end of an idle log can be the header of a page, which is replayed only with the next record: up to
	// 15 s later.
	if err := primary.QueryRow(ctx, "SELECT pg_logical_emit_message(true, 'testcluster', '')::text").Scan(&position); err != nil {
		return err
	}
	standby, err := pgx.Connect(ctx, c.AdminURL(i))
	if err != nil {
		return err
	}
	defer func() { _ = standby.Close(ctx) }()
	return poll(ctx, func() (reached bool, err error) {
		err = standby.QueryRow(ctx, "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)", position).Scan(&reached)
		return reached, err
	})
}
