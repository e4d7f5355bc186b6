//go:build unix

package localpg

import (
	"context"
	"fmt"
	"time"
)

const (
	// fastLimit is the time limit of a fast shutdown, which ends every session and writes a checkpoint.
	fastLimit = 60 * time.Second
	// immediateLimit is the time limit of an immediate shutdown, after which the next start recovers.
	immediateLimit = 10 * time.Second
)

// stop stops the server and waits for its end. The caller must hold the start lock.
func (c *cluster) stop(ctx context.Context) error {
	pid := c.livePid()
	if pid == 0 {
		return nil
	}
	for _, attempt := range []struct {
		mode  string
		limit time.Duration
	}{{"fast", fastLimit}, {"immediate", immediateLimit}} {
		if err := c.signalStop(ctx, attempt.mode); err != nil && c.livePid() != 0 {
			return fmt.Errorf("stopping the private PostgreSQL on %s: %w", c.dir, err)
		}
		ended, err := c.waitEnd(ctx, pid, attempt.limit)
		if err != nil {
			return err
		}
		if ended {
			c.log.Info("stopped the private PostgreSQL", "dir", c.dir, "mode", attempt.mode)
			c.removeShortSocketDir()
			return nil
		}
		c.log.Warn("the private PostgreSQL does not stop", "dir", c.dir, "pid", pid, "mode", attempt.mode, "waited", attempt.limit)
	}
	return fmt.Errorf("the private PostgreSQL on %s (process %d) does not stop; its log is %s", c.dir, pid, c.logPath())
}

// signalStop sends the signal by pg_ctl, run as the server's user. If the pid file is forged or stale, the kernel only
// lets the signal reach that user's processes.
func (c *cluster) signalStop(ctx context.Context, mode string) error {
	cmd, err := c.command(ctx, "pg_ctl", "stop", "--pgdata="+c.dataPath(), "--mode="+mode, "--no-wait", "--silent")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl: %w: %s", c.explainDenied(err), lastLines(out, 3))
	}
	return nil
}

// waitEnd waits until a server's process ends, and reports whether it did within limit.
func (c *cluster) waitEnd(ctx context.Context, pid int, limit time.Duration) (bool, error) {
	ticker := time.NewTicker(waitPoll)
	defer ticker.Stop()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for c.livePid() == pid {
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("the private PostgreSQL on %s is still stopping: %w", c.dir, context.Cause(ctx))
		case <-timeout.C:
			return false, nil
		case <-ticker.C:
		}
	}
	return true, nil
}
