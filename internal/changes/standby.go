package changes

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// oldestStandby is the first version of PostgreSQL that decodes its log on a standby.
const oldestStandby = 160000

// sendersOfStandby is the number of WAL senders that a stream from a standby takes: one more is for Verify.
const sendersOfStandby = 2

// standbyProblems returns what keeps a standby from being streamed, beside what applies to every server.
func (s *state) standbyProblems() []Problem {
	v := s.server
	switch {
	case s.source == nil:
		return []Problem{{Standby, "the server is a standby", "connect to the primary server"}}
	case v.Version < oldestStandby:
		return []Problem{{
			Standby, fmt.Sprintf("the server of --stream-url is a standby of PostgreSQL %d, which cannot stream", v.Version/10000),
			"upgrade to PostgreSQL 16 or newer, or give --stream-url the address of the primary server",
		}}
	}
	var problems []Problem
	if s.source.WALLevel != "logical" {
		problems = append(problems, s.walLevel("on the primary server, wal_level", s.source.WALLevel, "on the primary server, "))
	}
	if !v.Feedback {
		problems = append(problems, Problem{Feedback, "hot_standby_feedback is off, so the primary server may remove rows that the stream needs", map[string]string{
			"":     "run ALTER SYSTEM SET hot_standby_feedback = on and SELECT pg_reload_conf() on the standby",
			amazon: "set hot_standby_feedback = 1 in the parameter group of the replica",
			google: "set the flag hot_standby_feedback = on of the replica",
			azure:  "set the server parameter hot_standby_feedback = on of the replica",
		}[v.Provider]})
	}
	return problems
}

// walLevel returns the problem that a server's log has too little. where begins the fix.
func (s *state) walLevel(what, level, where string) Problem {
	return Problem{WALLevel, fmt.Sprintf("%s is %s, and must be logical", what, level), where + map[string]string{
		"":     "run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL",
		amazon: "set rds.logical_replication = 1 in the parameter group of the instance (Aurora: of the cluster) and reboot the instance",
		google: "set the flag cloudsql.logical_decoding = on of the instance, which restarts it",
		azure:  "set the server parameter wal_level = logical and restart the server",
	}[s.server.Provider]}
}

// logOpenEvery is how often the primary is asked to log its open transactions while a slot is created on a standby.
const logOpenEvery = 200 * time.Millisecond

// logOpen makes the primary log its open transactions until stop is called. A slot on a standby begins at such a record,
// and needs up to three of them if transactions are open. If the role may not ask, the primary logs them every 15 s
// (LOG_SNAPSHOT_INTERVAL_MS) if anything else was written.
func (o *Options) logOpen(ctx context.Context, may bool) (stop func()) {
	call := o.FlushLog
	if may {
		call = o.LogOpen
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(logOpenEvery)
		defer tick.Stop()
		for {
			_ = call(ctx) // the next one may succeed
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() { cancel(); running.Wait() }
}

// ErrOtherTimeline is returned by Verify when the server has left the history of the stream: it was promoted, or it
// follows another primary.
var ErrOtherTimeline = errors.New("the server of the stream is at another timeline than when it began")

var errOtherServer = errors.New("the address of the stream leads to several servers: it must lead to one")

// verifier asks the server of a stream for its timeline, on a separate replication connection.
type verifier struct {
	mu     sync.Mutex
	conn   *pgconn.PgConn
	closed bool
}

// FromStandby reports whether the server was a standby when the stream began. Its positions then hold only as far as
// Verify has verified them.
func (s *Stream) FromStandby() bool { return s.fromStandby }

// Verify reports whether everything that Next has returned before the call is in the history of Position: a standby that
// is promoted, or that begins to follow a promoted one, goes on to stream, and the stream does not show it. The error is
// ErrOtherTimeline if not. It takes one round trip, and can be called concurrently with all other methods.
//
// PostgreSQL decodes a record after it has replayed it, and IDENTIFY_SYSTEM returns the timeline of the last replayed
// record (GetStandbyFlushRecPtr), or of its own log after a promotion.
func (s *Stream) Verify(ctx context.Context) error {
	v := &s.verifier
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	if v.conn == nil {
		conn, err := connectReplication(ctx, s.opts.URL)
		if err != nil {
			return fmt.Errorf("verify the stream of commits: %w", err)
		}
		if err := s.checkServer(ctx, conn); err != nil {
			closeSoon(ctx, conn)
			return fmt.Errorf("verify the stream of commits: %w", err)
		}
		v.conn = conn
	}
	at, err := identify(ctx, v.conn)
	if err != nil {
		closeSoon(ctx, v.conn)
		v.conn = nil
		return fmt.Errorf("verify the stream of commits: %w", err)
	}
	if !at.SameHistory(s.origin) {
		return ErrOtherTimeline
	}
	return nil
}

func (v *verifier) close(ctx context.Context) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	if v.conn != nil {
		closeSoon(ctx, v.conn)
		v.conn = nil
	}
}

// checkServer returns errOtherServer if a connection leads to another server than the stream's. Only the latter has the
// slot. The address may be that of a balancer, and names of snapshots are not unique.
func (s *Stream) checkServer(ctx context.Context, conn *pgconn.PgConn) error {
	results, err := conn.Exec(ctx, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '"+s.slot+"'").ReadAll()
	if err != nil {
		return err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || string(results[0].Rows[0][0]) != "1" {
		return errOtherServer
	}
	return nil
}
