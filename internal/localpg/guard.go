//go:build unix

package localpg

import (
	"context"
	"time"
)

// The delay before a restart of a server that ran only briefly. It doubles each time.
const (
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 10 * time.Second
)

// Guard restarts the server whenever it ends, until ctx ends or the Server is closed. It detects the end with an idle
// connection, which breaks at once.
func (s *Server) Guard(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	c := s.cluster
	backoff := firstBackoff
	for {
		began := time.Now()
		err := c.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		c.log.Warn("lost the private PostgreSQL", "dir", c.dir, "error", err)
		if time.Since(began) > lastBackoff {
			backoff = firstBackoff
		} else {
			select {
			case <-ctx.Done():
				return
			case <-time.After(backoff):
			}
			backoff = min(2*backoff, lastBackoff)
		}
		if err := c.revive(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("restarting the private PostgreSQL failed", "dir", c.dir, "error", err, "next_attempt", backoff)
		}
	}
}

// watch waits until its connection breaks or ctx ends.
func (c *cluster) watch(ctx context.Context) error {
	conn, err := c.connect(ctx, maintenanceDatabase)
	if err != nil {
		return err
	}
	defer hangUp(ctx, conn)
	for {
		if err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// revive starts the server unless it is running.
func (c *cluster) revive(ctx context.Context) error {
	start, err := c.lockStart(ctx)
	if err != nil {
		return err
	}
	defer start.close()
	started, err := c.ensureRunning(ctx)
	if err == nil && started {
		c.log.Info("restarted the private PostgreSQL", "dir", c.dir)
	}
	return err
}
