//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is the interval at which a waiter tries the start lock.
const lockPoll = 20 * time.Millisecond

// lock is a lock on a file in a data directory. The kernel releases it when this process ends.
type lock struct{ file *os.File }

// newLock opens a lock's file, and creates it if it is missing. Root gives it to the directory's owner, who may need it
// later.
func (p *dataDir) newLock(name string) (*lock, error) {
	file, err := p.open(name, os.O_CREATE|os.O_RDWR)
	if err != nil {
		return nil, fmt.Errorf("the data directory is not usable: %w", err)
	}
	if p.isRoot {
		if err := file.Chown(p.owner, -1); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return &lock{file}, nil
}

// try tries to take the lock without waiting: unix.LOCK_EX, or unix.LOCK_SH to share it.
func (l *lock) try(how int) (bool, error) {
	err := unix.Flock(int(l.file.Fd()), how|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("locking %s: %w", l.file.Name(), err)
	}
	return true, nil
}

// release releases the lock, which can be taken again.
func (l *lock) release() error { return unix.Flock(int(l.file.Fd()), unix.LOCK_UN) }

// close releases the lock and closes its file. Closing is not enough, because a new child process shares the open file
// until it executes its program. Errors have no effect, because nothing was written.
func (l *lock) close() {
	_ = l.release()
	_ = l.file.Close()
}

// lockStart waits until no other process checks, starts or stops the server.
func (c *cluster) lockStart(ctx context.Context) (*lock, error) {
	start, err := c.dataDir.newLock("start.lock")
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		got, err := start.try(unix.LOCK_EX)
		if err == nil && ctx.Err() != nil {
			err = fmt.Errorf("waiting for another process that starts or stops the server on %s: %w", c.dir, context.Cause(ctx))
		}
		if err != nil {
			start.close()
			return nil, err
		}
		if got {
			return start, nil
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// LockServe makes this process the only one that serves from a data directory, until release or the end of the process.
// The error for a second process names the directory and the process that holds the lock. LockServe creates a missing
// directory.
func LockServe(name string) (release func(), err error) {
	p, _, err := openDataDir(name)
	if err != nil {
		return nil, err
	}
	serve, err := p.newLock("serve.lock")
	if err == nil {
		if err = serve.hold(p); err != nil {
			serve.close()
		}
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return func() { serve.close(); p.close() }, nil
}

// hold takes a serve lock and writes this process's id into it.
func (l *lock) hold(p *dataDir) error {
	got, err := l.try(unix.LOCK_EX)
	if err != nil {
		return err
	}
	if !got {
		return fmt.Errorf("%s already serves from the data directory %s: stop it first, or choose another directory with --data-dir",
			l.holder(), p.root.Name())
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

// holder returns the process that holds a serve lock. The process writes its id right after taking the lock.
func (l *lock) holder() string {
	raw, _ := io.ReadAll(io.NewSectionReader(l.file, 0, 32))
	if pid, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "another process"
}
