//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// Server is a process's share in a private server; see Open.
type Server struct {
	cluster *cluster

	// closed ends Guard.
	closed chan struct{}
	end    func() // closes closed, once

	mu    sync.Mutex
	users *lock // held shared; nil after Close
}

// Open joins the server that runs on a data directory, or starts it. It creates the product's role and database if they
// are missing. It returns when the server accepts connections or ctx ends; after a crash, recovery may take long. A
// process can open a directory several times and must close each Server.
func Open(ctx context.Context, opts Options) (*Server, error) {
	c, err := newCluster(opts)
	if err != nil {
		return nil, err
	}
	users, err := c.join(ctx)
	if err != nil {
		c.dataDir.close()
		return nil, err
	}
	closed := make(chan struct{})
	return &Server{cluster: c, users: users, closed: closed, end: sync.OnceFunc(func() { close(closed) })}, nil
}

// join starts the server unless it is running, and takes a share in it.
func (c *cluster) join(ctx context.Context) (*lock, error) {
	start, err := c.lockStart(ctx)
	if err != nil {
		return nil, err
	}
	defer start.close()
	users, err := c.dataDir.newLock("users.lock")
	if err != nil {
		return nil, err
	}
	// No other process holds it exclusively, because that needs the start lock.
	if got, err := users.try(unix.LOCK_SH); err != nil || !got {
		users.close()
		return nil, errors.Join(fmt.Errorf("joining the server on %s: its lock %s is taken", c.dir, users.file.Name()), err)
	}
	if err = c.prepare(ctx); err == nil {
		err = c.run(ctx)
	}
	if err != nil {
		_, leaving := c.leave(context.WithoutCancel(ctx), users)
		users.close()
		return nil, errors.Join(err, leaving)
	}
	return users, nil
}

// run starts the server on a prepared directory unless it is running. The caller must hold the start lock.
func (c *cluster) run(ctx context.Context) error {
	if !c.durable && c.filedPid() != 0 && c.livePid() == 0 {
		// Without fsync, a crash of the machine can leave any state, even one on which the server starts at first.
		if err := c.renew(ctx, "the server was not stopped in order"); err != nil {
			return err
		}
	}
	if _, err := c.ensureRunning(ctx); err != nil {
		if c.durable || ctx.Err() != nil || c.livePid() != 0 {
			return err
		}
		if err := c.renew(ctx, err.Error()); err != nil {
			return err
		}
		if _, err := c.ensureRunning(ctx); err != nil {
			return err
		}
	}
	return c.bootstrap(ctx)
}

// URL returns the URL of a database in the server, for the product's role. pgx, database/sql and the Atlas CLI accept
// it. It contains no secret and stays the same across restarts.
func (s *Server) URL(database string) string {
	return s.cluster.url(DatabaseName, database)
}

// Close leaves the server. The last process to leave stops it: it ends all sessions and writes a checkpoint. Close
// returns when that is complete or ctx ends. Further calls do nothing.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == nil {
		return nil
	}
	start, err := s.cluster.lockStart(ctx)
	if err != nil {
		return err
	}
	defer start.close()
	s.end() // before the stop, because Guard would restart the server
	left, err := s.cluster.leave(ctx, s.users)
	if left {
		s.users.close()
		s.users = nil
	}
	return err
}

// leave releases a share and stops the server if it was the last one. left reports whether the share is released. The
// caller must hold the start lock, so that no other process joins in between.
func (c *cluster) leave(ctx context.Context, users *lock) (left bool, err error) {
	if err := users.release(); err != nil {
		return false, err
	}
	last, err := users.try(unix.LOCK_EX)
	if err != nil || !last {
		return true, err
	}
	return true, c.stop(ctx) // the caller closes the lock afterwards
}
