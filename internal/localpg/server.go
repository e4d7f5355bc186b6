//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// Server is this process's share in a private server; see Open.
type Server struct {
	cluster *cluster

	// closed ends Guard.
	closed chan struct{}
	end    func() // closes closed, once

	mu    sync.Mutex
	users *lock // held shared; nil after Close
}

// Open joins the server that runs on a data directory, or starts it, and makes the product's role
// and database when they are missing. It returns when the server accepts connections, which after
// a crash takes as long as its recovery; ctx bounds the wait. A process may open a directory more
// than once; each Server is closed for itself.
func Open(ctx context.Context, opts Options) (*Server, error) {
	c, err := newCluster(opts)
	if err != nil {
		return nil, err
	}
	users, err := c.join(ctx)
	if err != nil {
		c.place.close()
		return nil, err
	}
	closed := make(chan struct{})
	return &Server{cluster: c, users: users, closed: closed, end: sync.OnceFunc(func() { close(closed) })}, nil
}

// join takes a share in the server, which is then up.
func (c *cluster) join(ctx context.Context) (*lock, error) {
	start, err := c.lockStart(ctx)
	if err != nil {
		return nil, err
	}
	defer start.close()
	users, err := c.place.newLock("users.lock")
	if err != nil {
		return nil, err
	}
	// Nobody holds it exclusively: that needs the start lock.
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

// run brings the server up on a prepared directory. The start lock must be held.
func (c *cluster) run(ctx context.Context) error {
	if !c.durable && c.filedPid() != 0 && c.livePid() == 0 {
		// Without fsync a crash of the machine leaves anything behind, even what starts at first.
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

// URL gives the address of a database in the server, for the product's role. pgx, database/sql and
// the Atlas CLI accept it. It holds no secret, and stays the same across restarts.
func (s *Server) URL(database string) string {
	return s.cluster.url(DatabaseName, database)
}

// Close leaves the server. The last process to leave stops it: sessions are ended, the data are
// written out, and Close returns when that is done or ctx ends. Further calls do nothing.
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
	s.end() // before the stop, which Guard would undo
	left, err := s.cluster.leave(ctx, s.users)
	if left {
		s.users.close()
		s.users = nil
	}
	return err
}

// leave gives up a share and, if it was the last, stops the server; left says whether the share is
// given up. The start lock must be held: it keeps others from joining in between.
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
