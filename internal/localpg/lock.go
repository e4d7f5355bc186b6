//go:build unix

package localpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how long a waiter for the start lock may sleep past its release.
const lockPoll = 20 * time.Millisecond

// newLock makes a lock on a file in a data directory. The kernel drops it when this process dies.
// A file made by root is given to the directory's owner, who may come later.
func newLock(dir, name string) (*flock.Flock, error) {
	path := filepath.Join(dir, name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data directory is not usable: %w", err)
	}
	defer func() { _ = file.Close() }()
	if isRoot() {
		owner, err := ownerOf(dir)
		if err != nil {
			return nil, err
		}
		if err := file.Chown(owner, -1); err != nil {
			return nil, err
		}
	}
	return flock.New(path), nil
}

// lockStart waits until no other process checks, starts or stops the server.
func (c *cluster) lockStart(ctx context.Context) (*flock.Flock, error) {
	lock, err := newLock(c.dir, "start.lock")
	if err != nil {
		return nil, err
	}
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return nil, fmt.Errorf("waiting for another process that starts or stops the server on %s: %w", c.dir, err)
	}
	return lock, nil
}

// unlock releases a lock and closes its file. Its one error, of closing a file that was only
// locked, changes nothing.
func unlock(lock *flock.Flock) { _ = lock.Close() }

// LockServe makes this process the only one that serves from a data directory, until release or
// its death. The error for a second one names the directory and the process that holds it. The
// directory is made when missing.
func LockServe(dir string) (release func(), err error) {
	dir, err = makeDir(dir)
	if err != nil {
		return nil, err
	}
	lock, err := newLock(dir, "serve.lock")
	if err != nil {
		return nil, err
	}
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !got {
		return nil, fmt.Errorf("%s already serves from the data directory %s: stop that one first, or give this one its own with --data-dir", lockHolder(lock.Path()), dir)
	}
	if err := os.WriteFile(lock.Path(), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		unlock(lock)
		return nil, err
	}
	return func() { unlock(lock) }, nil
}

// lockHolder reads who holds a serve lock: the holder writes its id just after it got the lock.
func lockHolder(path string) string {
	raw, _ := os.ReadFile(path)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "another process"
}
