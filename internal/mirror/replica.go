package mirror

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/store"
)

// ReplicaState is what is known about a standby.
type ReplicaState string

// The states. A standby answers only in the state ReplicaReady.
const (
	ReplicaReady       ReplicaState = "ready"
	ReplicaUnknown     ReplicaState = "unknown"     // it was not asked yet
	ReplicaUnreachable ReplicaState = "unreachable" // it does not answer
	ReplicaPromoted    ReplicaState = "promoted"    // it is no standby, or no longer
	ReplicaElsewhere   ReplicaState = "elsewhere"   // it follows another system or timeline than the primary, or has other tables
	ReplicaPaused      ReplicaState = "paused"      // an operator has paused its replay
	ReplicaBehind      ReplicaState = "behind"      // by more than Options.MaxReplicaLag
)

// ReplicaStates are all states.
var ReplicaStates = [...]ReplicaState{
	ReplicaReady, ReplicaUnknown, ReplicaUnreachable, ReplicaPromoted, ReplicaElsewhere, ReplicaPaused, ReplicaBehind,
}

// replica is a standby that answers reads.
type replica struct {
	number int // from 1, in the order of the configuration; logs and metrics have no addresses
	server *store.Replica
	mirror *Mirror

	state   atomic.Value                       // ReplicaState
	known   atomic.Pointer[replicaKnown]       // nil: nothing is known
	ended   atomic.Pointer[context.CancelFunc] // ends the reads that run
	reading atomic.Value                       // context.Context of the reads, which ended ends
	retryAt atomic.Int64                       // when a read may try a position again that was not replayed before
	wake    chan struct{}                      // has an element if the server has to be asked now
	flushed time.Time                          // when the log was flushed because of it
	tables  string                             // of the primary; empty until they are known

	reads    atomic.Int64
	declined [len(store.ReplicaReasons)]atomic.Int64
}

// replicaKnown is what one start of a server is. lsn only grows.
type replicaKnown struct {
	server  string
	history commit.Position // without its LSN
	lsn     atomic.Uint64   // up to which it has replayed the log, at least
}

func (k *replicaKnown) advance(to uint64) {
	for {
		lsn := k.lsn.Load()
		if lsn >= to || k.lsn.CompareAndSwap(lsn, to) {
			return
		}
	}
}

func newReplica(number int, server *store.Replica, m *Mirror) *replica {
	r := &replica{number: number, server: server, mirror: m, wake: make(chan struct{}, 1)}
	r.state.Store(ReplicaUnknown)
	r.begin()
	return r
}

// begin begins a new set of reads.
func (r *replica) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	r.reading.Store(ctx)
	r.ended.Store(&cancel)
}

// The times of the questions to a standby.
const (
	replicaEvery   = time.Second     // between two questions
	replicaTimeout = 2 * time.Second // of one question, including a new connection
	replicaBackoff = 5 * time.Second // at most between two questions to a server that does not answer
	// replicaRetry is how long a position that a standby has not replayed is not tried again, and the least time between
	// two questions that reads cause.
	replicaRetry = 20 * time.Millisecond
	// replicaFlush is the least time between two flushes of the primary's log because of a standby.
	replicaFlush = 10 * time.Second
)

// watch asks the server what it is, until ctx ends.
func (r *replica) watch(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	next := replicaEvery
	var asked time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		case <-r.wake:
			if rest := replicaRetry - time.Since(asked); rest > 0 { // reads may fail as fast as they come
				pause.Reset(rest)
				continue
			}
		}
		asked = time.Now()
		if r.ask(ctx) {
			next = replicaEvery
		} else {
			next = min(2*next, replicaBackoff)
		}
		pause.Reset(next)
	}
}

// ask asks the server what it is, and reports whether it answered.
func (r *replica) ask(ctx context.Context) bool {
	bounded, cancel := context.WithTimeout(ctx, replicaTimeout)
	defer cancel()
	s, err := r.server.State(bounded)
	if err != nil && r.state.Load() == ReplicaReady { // perhaps only the connection of the question was lost
		s, err = r.server.State(bounded)
	}
	if ctx.Err() != nil {
		return true
	}
	if err != nil {
		r.change(ReplicaUnreachable, slog.String("error", err.Error()))
		return false
	}
	known := r.known.Load()
	stands := known != nil && known.server == s.Server && known.lsn.Load() == s.At.LSN
	if known == nil || known.server != s.Server || s.At.Timeline > known.history.Timeline || s.At.System != known.history.System {
		known = &replicaKnown{server: s.Server, history: s.At}
		known.history.LSN = 0
		known.lsn.Store(s.At.LSN)
		r.known.Store(known)
	}
	known.advance(s.At.LSN)
	if s.Tables != r.tables {
		r.askTables(ctx)
	}
	behind, _ := r.mirror.positions.behind(s.At.LSN, time.Now())
	switch history := r.mirror.positions.history(); {
	case !s.Standby:
		r.change(ReplicaPromoted)
	case !history.IsZero() && !history.SameHistory(known.history):
		r.change(ReplicaElsewhere, slog.Uint64("timeline", uint64(known.history.Timeline)), slog.Uint64("primary", uint64(history.Timeline)),
			slog.Bool("same_system", history.System == known.history.System))
	case r.tables == "":
		r.change(ReplicaUnknown, slog.String("error", "the primary has not answered yet"))
	case s.Tables != r.tables:
		r.change(ReplicaElsewhere, slog.String("error", "its address leads to another database or schema than that of the primary"))
	case s.Paused:
		r.change(ReplicaPaused)
	case behind > r.mirror.opts.MaxReplicaLag:
		r.change(ReplicaBehind, slog.Duration("lag", behind.Round(time.Millisecond)))
	default:
		r.change(ReplicaReady)
	}
	if stands && !s.Paused && s.Standby {
		r.flush(ctx, s.At.LSN)
	}
	return true
}

// askTables asks the primary for its tables, which are other ones after they were dropped and restored.
func (r *replica) askTables(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if tables, err := r.mirror.opts.Store.Tables(ctx); err == nil {
		r.tables = tables
	}
}

// flush makes a standby reach the position of an idle primary, which can be in the middle of a record; see Mirror.flush.
func (r *replica) flush(ctx context.Context, lsn uint64) {
	if !r.mirror.positions.idle(lsn) || time.Since(r.flushed) < replicaFlush {
		return
	}
	r.flushed = time.Now()
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	_ = r.mirror.opts.Store.FlushLog(ctx) // it is tried again
}

// change changes the state, and logs a change. The reads that run on a standby that does not answer are ended: the
// primary answers them.
func (r *replica) change(to ReplicaState, details ...any) {
	from := r.state.Swap(to).(ReplicaState)
	if from == to {
		return
	}
	log := r.mirror.opts.Log.With("replica", r.number)
	if to == ReplicaReady {
		log.Info("the replica answers reads")
		return
	}
	if to == ReplicaUnreachable {
		end := *r.ended.Load()
		r.begin()
		end()
	}
	log.Warn("the replica is left out", append([]any{"state", string(to)}, details...)...)
}

// hurry makes watch ask now.
func (r *replica) hurry() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// usable returns what is known about a standby that may answer now, and how old its data may be; nil if it may not.
func (r *replica) usable(now time.Time, reachable bool) (*replicaKnown, time.Duration) {
	known := r.known.Load()
	if known == nil || r.state.Load() != ReplicaReady || !known.history.SameHistory(r.mirror.positions.history()) {
		return nil, 0
	}
	behind, age := r.mirror.positions.behind(known.lsn.Load(), now)
	switch {
	case behind > r.mirror.opts.MaxReplicaLag, reachable && age > r.mirror.opts.MaxReplicaLag, age > max(r.mirror.opts.MaxStaleness, r.mirror.opts.MaxReplicaLag):
		return nil, 0
	case reachable:
		return known, 0
	default:
		return known, age
	}
}

// mayHave reports whether a read that needs a position is worth a try.
func (r *replica) mayHave(known *replicaKnown, lsn uint64, now time.Time) bool {
	return known.lsn.Load() >= lsn || now.UnixNano() >= r.retryAt.Load()
}

// chosen is a standby that may answer an operation.
type chosen struct {
	*replica
	known *replicaKnown
	age   time.Duration
}

// pick returns a standby that may have a position, which may be zero. ok is false if there is none. With the primary, it
// is the less busy one of two random ones; without it, the one that has the most.
func (m *Mirror) pick(need commit.Position) (best chosen, ok bool) {
	now, reachable := time.Now(), m.reachable.Load()
	history := m.positions.history()
	if !need.IsZero() && !need.SameHistory(history) {
		return best, false
	}
	var usable []chosen
	for _, r := range m.replicas {
		if known, age := r.usable(now, reachable); known != nil && r.mayHave(known, need.LSN, now) {
			usable = append(usable, chosen{r, known, age})
		}
	}
	if len(usable) == 0 {
		return best, false
	}
	if !reachable {
		best = usable[0]
		for _, other := range usable[1:] {
			if other.known.lsn.Load() > best.known.lsn.Load() {
				best = other
			}
		}
		return best, true
	}
	first := rand.IntN(len(usable)) //nolint:gosec // spreads load
	best = usable[first]
	if len(usable) > 1 {
		second := (first + 1 + rand.IntN(len(usable)-1)) % len(usable) //nolint:gosec // spreads load
		if usable[second].server.InUse() < best.server.InUse() {
			best = usable[second]
		}
	}
	return best, true
}

// positionsKept bounds the samples of the primary's position. A standby that is further behind is as old as the oldest.
const positionsKept = 600

// positionsEvery is the least time between two samples.
const positionsEvery = 250 * time.Millisecond

// positions are samples of the primary's position in one history, from which the age of a standby follows: it is the time
// since the primary was last known not to be ahead of it, by the clock of this machine alone.
type positions struct {
	mu      sync.RWMutex
	samples []sample // in the order of their times and LSNs
	last    sample   // the newest, which may not be in samples
}

func (p *positions) add(asked time.Time, at commit.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.last.at.SameHistory(at) {
		p.samples = nil
	} else if at.LSN < p.last.at.LSN {
		return // of an answer that was overtaken
	}
	p.last = sample{asked, at}
	if n := len(p.samples); n > 0 && asked.Sub(p.samples[n-1].asked) < positionsEvery {
		return
	}
	if len(p.samples) == positionsKept {
		p.samples = append(p.samples[:0], p.samples[positionsKept/10:]...)
	}
	p.samples = append(p.samples, p.last)
}

// history returns a position of the primary's system and timeline, the zero Position if the primary never answered.
func (p *positions) history() commit.Position {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.last.at
}

// asOf returns when the primary was last asked for its position and answered; the zero Time if it never answered.
func (p *positions) asOf() time.Time {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.last.asked
}

// behind returns how far behind the primary's last known position a standby at an LSN is, and how old its data may be.
func (p *positions) behind(lsn uint64, now time.Time) (behind, age time.Duration) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if lsn >= p.last.at.LSN {
		return 0, now.Sub(p.last.asked)
	}
	for i := len(p.samples) - 1; i >= 0; i-- {
		if p.samples[i].at.LSN <= lsn {
			return p.last.asked.Sub(p.samples[i].asked), now.Sub(p.samples[i].asked)
		}
	}
	return endless, endless
}

// endless is the lag of a standby that has replayed less than the oldest sample.
const endless = 24 * time.Hour

// idle reports whether the primary's position stands still before which a standby stands still.
func (p *positions) idle(lsn uint64) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	n := len(p.samples)
	return n > 1 && lsn < p.last.at.LSN && p.samples[n-2].at.LSN == p.last.at.LSN && time.Since(p.last.asked) < 2*confirmEvery
}
