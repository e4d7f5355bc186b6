package mirror

import (
	"errors"
	"sync/atomic"
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/resident"
	"followgraph/internal/store"
)

// counters count what a Mirror has done since its start.
type counters struct {
	memory       atomic.Int64 // operations that memory answered
	replicas     atomic.Int64 // operations that a standby answered
	bySQL        [len(reasons)]atomic.Int64
	waits        atomic.Int64 // of operations for a version
	waitedNanos  atomic.Int64
	transactions atomic.Int64
	rows         atomic.Int64
	delayNanos   atomic.Int64 // of transactions, from their commit to their version
	loads        atomic.Int64
	flushes      atomic.Int64 // see flush
	failures     [len(causes)]atomic.Int64
	end          atomic.Uint64 // LSN of the end of the log, when the database was last asked
}

// reasons are all values of Reason but Off, with which there are no metrics of the graph.
var reasons = [...]Reason{Loading, Impossible, TooLarge, Behind, Elsewhere, Stale}

func (c *counters) sql(why Reason) {
	for i, reason := range reasons {
		if reason == why {
			c.bySQL[i].Add(1)
		}
	}
}

func (c *counters) waited(d time.Duration) {
	c.waits.Add(1)
	c.waitedNanos.Add(int64(d))
}

// Cause is why the graph was dropped or could not be loaded.
type Cause string

// The causes.
const (
	CauseMissing  Cause = "missing"   // the database lacks what a stream needs
	CauseTooLarge Cause = "too_large" // more than its memory
	CauseSchema   Cause = "schema"    // a table was changed or replaced
	CauseServer   Cause = "server"    // another server or timeline
	CauseStream   Cause = "stream"    // the connection or the database was lost
)

var causes = [...]Cause{CauseMissing, CauseTooLarge, CauseSchema, CauseServer, CauseStream}

func (c *counters) failed(err error) {
	cause := CauseStream
	_, schema := errors.AsType[*changes.SchemaError](err)
	switch {
	case changes.IsMissing(err):
		cause = CauseMissing
	case errors.Is(err, ErrTooLarge):
		cause = CauseTooLarge
	case errors.Is(err, errOtherServer):
		cause = CauseServer
	case schema:
		cause = CauseSchema
	}
	for i := range causes {
		if causes[i] == cause {
			c.failures[i].Add(1)
		}
	}
}

// progress counts the rows of a load.
type progress struct {
	loading        atomic.Bool
	users, follows atomic.Int64
}

func (p *progress) begin() {
	p.users.Store(0)
	p.follows.Store(0)
	p.loading.Store(true)
}

func (p *progress) end() { p.loading.Store(false) }

func (p *progress) read() (users, follows int64) { return p.users.Load(), p.follows.Load() }

// count returns a sink that counts the rows of another one.
func (p *progress) count(to changes.Sink) changes.Sink {
	user, follow := to.User, to.Follow
	to.User = func(u changes.User) error { p.users.Add(1); return user(u) }
	to.Follow = func(f changes.FollowRow) error { p.follows.Add(1); return follow(f) }
	return to
}

// Status is the state of a Mirror. The counters are totals since its start.
type Status struct {
	Memory    bool            // whether memory answers
	Why       Reason          // why SQL answers, if it does
	Reachable bool            // whether the last question to the database was answered
	Position  commit.Position // of the version; zero without one
	Age       time.Duration   // how long ago the version was last known to have every commit; 0 without one
	Lag       uint64          // bytes of the log from the version to the end of the log, when it was last asked for
	Users     int             // accounts of the version, or the rows of a load that runs
	Follows   int
	Loading   bool
	Size      resident.Size // memory of the graph

	FromMemory    int64            // operations that memory answered
	FromSQL       map[Reason]int64 // operations that SQL answered
	Waits         int64            // of operations for a commit
	Waited        time.Duration
	Transactions  int64         // that changed the graph
	Rows          int64         // that were applied
	Delayed       time.Duration // sum of the times from a commit, by the clock of the database, to its version
	Loads         int64
	Interruptions map[Cause]int64 // failed loads and ends of the stream
}

// Follows reports whether the stream of commits is read, so that instances can send messages to each other.
func (m *Mirror) Follows() bool { return m.stream.Load() != nil }

// Status returns the state.
func (m *Mirror) Status() Status {
	c := &m.counts
	s := Status{
		Memory: m.served.Load() != nil, Why: m.reason(), Reachable: m.reachable.Load(), Loading: m.progress.loading.Load(),
		FromMemory: c.memory.Load(), FromSQL: map[Reason]int64{}, Waits: c.waits.Load(), Waited: time.Duration(c.waitedNanos.Load()),
		Transactions: c.transactions.Load(), Rows: c.rows.Load(), Delayed: time.Duration(c.delayNanos.Load()), Loads: c.loads.Load(), Interruptions: map[Cause]int64{},
	}
	for i, reason := range reasons {
		s.FromSQL[reason] = c.bySQL[i].Load()
	}
	for i, cause := range causes {
		s.Interruptions[cause] = c.failures[i].Load()
	}
	if s.Loading {
		users, follows := m.progress.read()
		s.Users, s.Follows = int(users), int(follows)
	}
	if v, graph := m.served.Load(), m.following.Load(); v != nil && graph != nil {
		s.Why, s.Position, s.Age, s.Size = "", v.Position(), m.age(), graph.Size()
		s.Users, s.Follows = v.Accounts(), v.Follows()
		if end := c.end.Load(); end > s.Position.LSN {
			s.Lag = end - s.Position.LSN
		}
	}
	return s
}

// Answers reports whether memory can answer although the database is unreachable, and how old its data may be.
func (m *Mirror) Answers() (age time.Duration, ok bool) {
	age = m.age()
	return age, m.served.Load() != nil && age <= m.opts.MaxStaleness
}

// ReplicaStatus is the state of a standby that may answer reads. The counters are totals since the start.
type ReplicaStatus struct {
	Number   int // from 1, in the order of the configuration
	State    ReplicaState
	Behind   time.Duration // how far behind the primary's last known position it is; 0 if it is unknown
	InUse    int           // statements that run
	Reads    int64         // statements that were sent to it
	Declined map[store.ReplicaReason]int64
}

// Replicas returns the state of each standby, and how many operations they have answered.
func (m *Mirror) Replicas() (all []ReplicaStatus, operations int64) {
	for _, r := range m.replicas {
		s := ReplicaStatus{
			Number: r.number, State: r.state.Load().(ReplicaState), InUse: r.server.InUse(), Reads: r.reads.Load(),
			Declined: map[store.ReplicaReason]int64{},
		}
		if known := r.known.Load(); known != nil {
			s.Behind, _ = m.positions.behind(known.lsn.Load(), time.Now())
		}
		for i, reason := range store.ReplicaReasons {
			s.Declined[reason] = r.declined[i].Load()
		}
		all = append(all, s)
	}
	return all, m.counts.replicas.Load()
}

// ReplicasAnswer reports whether a standby can answer although the primary is unreachable, and how old its data may be.
func (m *Mirror) ReplicasAnswer() (age time.Duration, ok bool) {
	best, ok := m.pick(commit.Position{})
	return best.age, ok
}
