// Package mirror keeps the graph in memory equal to the database, and chooses for each operation whether memory or SQL
// answers it.
//
// [Mirror.Run] (run.go, follow.go) loads the graph and applies the stream of commits to it. [Store] (store.go) is what
// the rules read and write: it forwards a read to the source that the operation's [Read] (read.go) has chosen.
// visibility.go holds versions back until SQL sees their commits, confirm.go measures how old the graph may be, wait.go
// lets an operation wait for a commit, and ask.go asks the database for its position on behalf of many operations at once.
//
// Operations that memory cannot answer may be answered by a standby: replica.go follows the state of each, standby.go
// reads from one, and own_writes.go remembers what a caller has written.
package mirror

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/live"
	"followgraph/internal/model"
	"followgraph/internal/resident"
	"followgraph/internal/store"
)

// Options configure a Mirror. Patience, OnAccounts, Live and Replicas may be left out.
type Options struct {
	Stream changes.Options
	Store  *store.Store
	// Estimate returns about how many bytes a load takes.
	Estimate     func(context.Context) (int64, error)
	MaxMemory    int64         // of the graph, in bytes
	MaxStaleness time.Duration // how old the graph may be while the database is unreachable
	// Patience is how long an operation waits for a commit that memory lacks, before SQL answers it; 0: 50 ms.
	Patience time.Duration
	// OnAccounts is called after a commit that changed accounts is visible, with their Cognito ids. Without ids, any
	// account may have changed.
	OnAccounts func(cognitoIDs []string)
	Live       *live.Hub // gets the commits of the graph; nil: none does
	// Replicas are standbys that answer reads which memory cannot answer, if they are at most MaxReplicaLag behind.
	Replicas      []*store.Replica
	MaxReplicaLag time.Duration
	// NoGraph leaves the graph to SQL. Stream, Estimate, MaxMemory, OnAccounts and Live are not used then.
	NoGraph bool
	Log     *slog.Logger
}

// Mirror is safe for concurrent use. Run has to be called once.
type Mirror struct {
	opts     Options
	database *asker
	totals   *totals // by SQL
	waiters  waiters
	captures captures

	served     atomic.Pointer[resident.Version] // nil: SQL answers
	visibility visibility
	following  atomic.Pointer[resident.Graph]          // the graph that the stream is applied to
	cancel     atomic.Pointer[context.CancelCauseFunc] // ends the stream
	why        atomic.Value                            // Reason why SQL answers while served is nil
	reachable  atomic.Bool                             // whether the last question to the database was answered
	confirmed  atomic.Int64                            // see confirm
	confirmNow chan struct{}                           // has an element if confirm has to ask now
	// floor is a position that was written or read by SQL on this instance; nil for none. No later operation reads a
	// version before it.
	floor atomic.Pointer[commit.Position]
	// blind counts the writes, and the answers by SQL, whose position is unknown since floor was last known to be high
	// enough. blindAccounts counts those of them that may have ended tokens.
	blind, blindAccounts atomic.Int64
	// gaveUp is an LSN that an operation has waited for in vain; 0 for none. Others do not wait until it is reached.
	gaveUp atomic.Uint64

	positions positions // of the primary
	replicas  []*replica
	own       *ownWrites

	silence  silence
	answered atomic.Int64                   // time of the last read that the database answered, in Unix nanoseconds
	stream   atomic.Pointer[changes.Stream] // that is followed; nil if it has ended

	slowOpen, pauseMissing time.Duration // see the constants
	progress               progress
	counts                 counters
}

// defaultPatience is a hundred times what the stream usually needs. A longer wait would be longer than SQL takes.
const defaultPatience = 50 * time.Millisecond

// New returns a Mirror without a graph.
func New(opts Options) *Mirror {
	opts.Patience = cmp.Or(opts.Patience, defaultPatience)
	m := &Mirror{opts: opts, totals: newTotals(), slowOpen: slowOpen, pauseMissing: pauseMissing}
	m.captures.most = keptVersions(opts.MaxMemory)
	m.why.Store(Loading)
	m.reachable.Store(true)
	m.visibility.hurry = make(chan struct{}, 1)
	m.confirmNow = make(chan struct{}, 1)
	m.silence.begin(false)
	m.database = newAsker(m.ask, m.sees)
	m.own = newOwnWrites(opts.MaxReplicaLag+ownWritesMargin, maxOwnWrites)
	for i, server := range opts.Replicas {
		m.replicas = append(m.replicas, newReplica(i+1, server, m))
	}
	if opts.NoGraph {
		m.why.Store(Off)
	}
	return m
}

// Reason is why SQL answers an operation.
type Reason string

// The reasons.
const (
	Off        Reason = "off"        // memory is turned off
	Loading    Reason = "loading"    // the graph is not loaded yet
	Impossible Reason = "impossible" // the stream of commits cannot be had
	TooLarge   Reason = "too_large"  // the graph exceeds its memory
	Behind     Reason = "behind"     // memory lacks a commit that the operation needs, or is late
	Elsewhere  Reason = "elsewhere"  // the operation has a position of another database or timeline
	Stale      Reason = "stale"      // the database has been unreachable for too long
)

// TokenVersion returns the version of an account's tokens, and its role. found is false if there is no account. current
// is false if memory may lack a change that this instance has made, or is too old: ask the database then.
func (m *Mirror) TokenVersion(cognitoID string) (version int64, role model.UserRole, found, current bool) {
	v := m.served.Load()
	if v == nil {
		return 0, "", false, false
	}
	if _, why := m.usable(v, commit.Position{}); why != "" || m.blindAccounts.Load() > 0 || m.blind.Load() > 0 && m.reachable.Load() {
		return 0, "", false, false
	}
	version, role, found = v.TokenVersion(cognitoID)
	return version, role, found, true
}

// drop makes SQL answer, and gives the memory of the graph back.
func (m *Mirror) drop(why Reason) {
	m.why.Store(why)
	m.following.Store(nil)
	if m.stopHolding() {
		m.forgetAccounts(nil) // their changes are not seen any more
	}
}

func (m *Mirror) forgetAccounts(cognitoIDs []string) {
	if m.opts.OnAccounts != nil {
		m.opts.OnAccounts(cognitoIDs)
	}
}

func (m *Mirror) reason() Reason { return m.why.Load().(Reason) }

// raise makes sure that no later operation reads a version before a position, which may be zero. A position of another
// history replaces the floor: the database was restored, or a standby was promoted.
func (m *Mirror) raise(to commit.Position) {
	if to.IsZero() {
		return
	}
	for {
		floor := m.floor.Load()
		if floor != nil {
			if order, ok := to.Compare(*floor); ok && order <= 0 {
				return
			}
		}
		if m.floor.CompareAndSwap(floor, &to) {
			return
		}
	}
}

// lowest returns the floor, which may be zero.
func (m *Mirror) lowest() commit.Position {
	if floor := m.floor.Load(); floor != nil {
		return *floor
	}
	return commit.Position{}
}

// position asks the database for a position that is not before any commit that is visible now. The answer is shared
// with other callers who ask at the same time.
func (m *Mirror) position(ctx context.Context) (commit.Position, error) {
	return m.database.position(ctx)
}

// ask sends one question. Questions are sent one after the other, so the last answer decides whether the database is
// reachable.
func (m *Mirror) ask(ctx context.Context) (commit.Position, commit.Snapshot, error) {
	asked := time.Now()
	at, snapshot, err := m.opts.Store.CommitPosition(ctx)
	if err == nil {
		m.positions.add(asked, at)
	}
	m.reachable.Store(err == nil)
	m.silence.begin(m.isSilent(ctx, err))
	return at, snapshot, err
}
