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
	// waitPoll is how often a start or stop in progress is looked at.
	waitPoll = 20 * time.Millisecond
	// silenceLimit bounds the wait for a server that is alive and does not even say that it is
	// starting up, and for the memory of a killed server's last sessions to be let go.
	silenceLimit = 60 * time.Second
	// startRetry is the pause before another start while they still live.
	startRetry = 250 * time.Millisecond
	// recoveryNotice is how often a long crash recovery is logged.
	recoveryNotice = 10 * time.Second
	// maxLogSize is the size past which the next start moves the server's log aside.
	maxLogSize = 16 << 20
)

// postmaster is a server that this process started.
type postmaster struct {
	process *os.Process
	exited  chan struct{} // closed when it has ended and been waited for
	logFrom int64         // where in the log its own messages begin
}

// ensureRunning returns when the server accepts connections, having started it if it did not run;
// started says so. The start lock must be held. A crash recovery may take as long as it needs.
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
		case ctx.Err() != nil: // the probe then says nothing
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
			child = nil // it lost against a server whose starter was killed a moment ago
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
			return false, fmt.Errorf("PostgreSQL process %d on %s has not answered for %s: end it, then try again; its log is %s",
				c.livePid(), c.dir, silenceLimit, c.logPath())
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("waiting for the private PostgreSQL on %s: %w", c.dir, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// isTransient recognises the refusal to start while the last sessions of a killed server still
// live: they hold its shared memory until they notice.
func isTransient(log string) bool {
	return strings.Contains(log, "shared memory block") && strings.Contains(log, "in use")
}

// start launches the server without waiting for it. ctx does not bound the server's life.
func (c *cluster) start(ctx context.Context) (*postmaster, error) {
	if err := c.prepareSocketDir(); err != nil {
		return nil, fmt.Errorf("the directory of the private PostgreSQL's socket: %w", err)
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
		// By now the pid may be another program's, or that of an ended process that nobody waited
		// for; PostgreSQL would take it for a running server. It disregards the one named here and
		// still checks that no session of the old server lives.
		cmd.Env = append(cmd.Env, "PG_GRANDPARENT_PID="+strconv.Itoa(stale))
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", c.explainDenied(err))
	}
	child := &postmaster{process: cmd.Process, exited: make(chan struct{}), logFrom: from}
	go func() {
		defer close(child.exited)
		_ = cmd.Wait() // its log says why it ended
	}()
	return child, nil
}

// abandon ends a server that its starter no longer waits for, before anyone has used it.
func (p *postmaster) abandon() {
	_ = p.process.Signal(os.Interrupt) // a fast shutdown; the only error is that it has ended
	select {
	case <-p.exited:
	case <-time.After(immediateLimit):
		_ = p.process.Kill() // recovery makes good for it at the next start
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

// openLog opens the server's log for appending and tells its present size.
func (c *cluster) openLog() (*os.File, int64, error) {
	root := c.place.root
	if info, err := root.Lstat(logName); err == nil && info.Size() > maxLogSize {
		if err := root.Rename(logName, logName+".1"); err != nil {
			return nil, 0, err
		}
	}
	log, err := c.place.open(logName, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return nil, 0, err
	}
	info, err := log.Stat()
	if err = errors.Join(err, c.account.give(log)); err != nil {
		return nil, 0, errors.Join(err, log.Close())
	}
	return log, info.Size(), nil
}

// logTail reads the server's log from an offset, its last 16 kB at most.
func (c *cluster) logTail(from int64) string {
	const limit = 16 << 10
	file, err := c.place.open(logName, os.O_RDONLY)
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
