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
)

const (
	// waitPoll is the interval at which a start or stop in progress is checked.
	waitPoll = 20 * time.Millisecond
	// silenceLimit is the maximum wait for a running server that does not even report that it is starting up, and for
	// the last sessions of a killed server to release its shared memory.
	silenceLimit = 60 * time.Second
	// startRetry is the pause before another start while such sessions exist.
	startRetry = 250 * time.Millisecond
	// recoveryNotice is the interval at which a long crash recovery is logged.
	recoveryNotice = 10 * time.Second
	// maxLogSize is the size above which the next start renames the server's log.
	maxLogSize = 16 << 20
)

// postmaster is a server that this process started.
type postmaster struct {
	process *os.Process
	exited  chan struct{} // closed after the process has ended and was waited for
	logFrom int64         // offset of its messages in the log
}

// ensureRunning starts the server unless it is running, and returns when it accepts connections. started reports
// whether it was started. The caller must hold the start lock. There is no time limit for a crash recovery.
func (c *cluster) ensureRunning(ctx context.Context) (started bool, err error) {
	var child *postmaster
	defer func() {
		if err != nil && child != nil {
			child.abandon()
		}
	}()
	ticker := time.NewTicker(waitPoll)
	defer ticker.Stop()
	begin, lastSign := time.Now(), time.Now()
	notice := begin.Add(recoveryNotice)
	retrying, nextStart := false, begin
	for {
		state, err := c.probe(ctx)
		switch {
		case ctx.Err() != nil: // the result of the probe is then meaningless
		case err != nil:
			return false, err
		case state == accepting:
			return child != nil, nil
		case state == busy:
			lastSign = time.Now()
			if lastSign.After(notice) {
				c.log.Info("the private PostgreSQL is starting up or recovering", "dir", c.dir, "waited", time.Since(begin).Round(time.Second))
				notice = lastSign.Add(recoveryNotice)
			}
		case child == nil && c.livePid() == 0 && time.Now().Before(nextStart):
		case child == nil && c.livePid() == 0:
			if child, err = c.start(ctx); err != nil {
				return false, err
			}
			if !retrying {
				c.log.Info("starting the private PostgreSQL", "dir", c.dir, "version", c.programs.version, "pid", child.process.Pid, "user", c.account.name)
			}
		case child != nil && child.hasExited() && c.livePid() != 0:
			child = nil // another server is running, whose starter was just killed
		case child != nil && child.hasExited():
			tail := c.logTail(child.logFrom)
			if !isTransient(tail) || time.Since(lastSign) > silenceLimit {
				return false, fmt.Errorf("PostgreSQL did not start on %s: %s", c.dir, lastLines([]byte(tail), 4))
			}
			if !retrying {
				c.log.Warn("waiting for the last sessions of a killed PostgreSQL to end", "dir", c.dir)
			}
			retrying = true
			child, nextStart = nil, time.Now().Add(startRetry)
		case time.Since(lastSign) > silenceLimit:
			return false, fmt.Errorf("PostgreSQL process %d on %s has not responded for %s: end it, then try again; its log is %s",
				c.livePid(), c.dir, silenceLimit, c.logPath())
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("waiting for the private PostgreSQL on %s: %w", c.dir, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// isTransient reports whether the server did not start because the last sessions of a killed server still hold its
// shared memory.
func isTransient(log string) bool {
	return strings.Contains(log, "shared memory block") && strings.Contains(log, "in use")
}

// start starts the server without waiting for it. The server outlives ctx.
func (c *cluster) start(ctx context.Context) (*postmaster, error) {
	if err := c.prepareSocketDir(); err != nil {
		return nil, fmt.Errorf("preparing the socket directory of the private PostgreSQL: %w", err)
	}
	log, from, err := c.openLog()
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	args := append([]string{"-D", c.dataPath()}, c.serverSettings()...)
	cmd, err := c.command(context.WithoutCancel(ctx), "postgres", args...)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if stale := c.filedPid(); stale != 0 {
		// The pid may belong to another program or to a zombie, which PostgreSQL would mistake for a running server. It
		// ignores the pid named here, but still checks that the old server has no session.
		cmd.Env = append(cmd.Env, "PG_GRANDPARENT_PID="+strconv.Itoa(stale))
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", c.explainDenied(err))
	}
	child := &postmaster{process: cmd.Process, exited: make(chan struct{}), logFrom: from}
	go func() {
		defer close(child.exited)
		_ = cmd.Wait() // the log has the reason
	}()
	return child, nil
}

// abandon ends a server that its starter no longer waits for, before any process has used it.
func (p *postmaster) abandon() {
	_ = p.process.Signal(os.Interrupt) // a fast shutdown; fails only if the process has ended
	select {
	case <-p.exited:
	case <-time.After(immediateLimit):
		_ = p.process.Kill() // the next start recovers
		<-p.exited
	}
}

func (p *postmaster) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// openLog opens the server's log for appending and returns its size.
func (c *cluster) openLog() (*os.File, int64, error) {
	root := c.dataDir.root
	if info, err := root.Lstat(logName); err == nil && info.Size() > maxLogSize {
		if err := root.Rename(logName, logName+".1"); err != nil {
			return nil, 0, err
		}
	}
	log, err := c.dataDir.open(logName, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return nil, 0, err
	}
	info, err := log.Stat()
	if err = errors.Join(err, c.account.give(log)); err != nil {
		return nil, 0, errors.Join(err, log.Close())
	}
	return log, info.Size(), nil
}

// logTail returns the server's log from an offset, at most the last 16 kB.
func (c *cluster) logTail(from int64) string {
	const limit = 16 << 10
	file, err := c.dataDir.open(logName, os.O_RDONLY)
	if err != nil {
		return fmt.Sprintf("its log is unreadable: %v", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return fmt.Sprintf("its log is unreadable: %v", err)
	}
	from = max(from, info.Size()-limit)
	tail, err := io.ReadAll(io.NewSectionReader(file, from, limit))
	if err != nil {
		return fmt.Sprintf("its log is unreadable: %v", err)
	}
	if len(tail) == 0 {
		return "it left no message in " + c.logPath()
	}
	return string(tail)
}
