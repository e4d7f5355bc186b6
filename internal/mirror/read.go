package mirror

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/resident"
	"followgraph/internal/viewer"
)

// reader answers what the rules ask. Memory and SQL both are one.
type reader interface {
	Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error)
	Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error)
	UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error)
	Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error)
	Relations(ctx context.Context, of string, cognitoIDs []string) ([]model.Relation, error)
	FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error)
	Adjacency(ctx context.Context, key *model.AdjacencyKey) (*model.Adjacency, error)
	ShortestPath(ctx context.Context, from, to string) (model.Path, error)
	Distances(ctx context.Context, from string, to []string) ([]model.Distance, error)
	Top(ctx context.Context, keys []model.TopKey) ([]model.TopIDs, error)
	GraphTotals(ctx context.Context) (model.GraphTotals, error)
	Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error)
}

// Read is what one operation reads: one version of the graph, or SQL. It is chosen at the first read, and again at the
// first read after a write of the operation. It is safe for concurrent use.
type Read struct {
	mirror *Mirror
	after  commit.Position // the answer must not be older

	mu      sync.Mutex
	source  reader            // nil: not chosen yet
	version *resident.Version // nil: SQL
	standby *standbyRead      // nil: not of a standby
	age     time.Duration
	why     Reason
	wrote   commit.Position // of the last write; zero: none
	lost    bool            // whether a write has a position that could not be read
	pinned  bool            // whether version was given, and stays
}

type readKey struct{}

// Begin returns a context for an operation. after is a position that the answer must not be older than, as End returns
// it; empty for none. The error says what is wrong with a malformed one.
func (m *Mirror) Begin(ctx context.Context, after string) (context.Context, *Read, error) {
	r := &Read{mirror: m}
	if after != "" {
		var err error
		if r.after, err = commit.Parse(after); err != nil {
			return ctx, nil, err
		}
	}
	return context.WithValue(ctx, readKey{}, r), r, nil
}

// At returns a context for an operation that reads one version of the graph, such as an event of a subscription.
func (m *Mirror) At(ctx context.Context, version *resident.Version) context.Context {
	r := &Read{mirror: m, source: version, version: version, pinned: true}
	return context.WithValue(ctx, readKey{}, r)
}

// readOf returns the Read of an operation, nil outside of one.
func readOf(ctx context.Context) *Read {
	r, _ := ctx.Value(readKey{}).(*Read)
	return r
}

// reader returns the source of the operation of ctx, the context of one read from it, and what returns the error of the
// read. Outside of an operation the source is SQL.
func (m *Mirror) reader(ctx context.Context) (reader, context.Context, func(error) error) {
	if r := readOf(ctx); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.choose(ctx)
		switch {
		case r.version != nil:
			return r.version, ctx, unchanged
		case r.standby != nil:
			return r.standby, ctx, unchanged
		}
	}
	return m.bySQL(ctx)
}

// Pin chooses what the operation reads. ok reports whether it is memory; version then names the version of the graph.
func (r *Read) Pin(ctx context.Context) (version string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.choose(ctx)
	if r.version == nil {
		return "", false
	}
	return r.version.Changed().String(), true
}

// End returns the position of the answer, and how old its data may be; 0 if it is current. The position is empty if
// nothing was read or written, or if it could not be had. It waits until memory has what the operation wrote.
func (r *Read) End(ctx context.Context) (position string, age time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.source == nil && (!r.wrote.IsZero() || r.lost) {
		r.choose(ctx)
	}
	switch {
	case r.source == nil:
		if r.after.IsZero() {
			return "", 0
		}
		return r.after.String(), 0
	case r.version != nil:
		r.mirror.counts.memory.Add(1)
		return r.version.Position().String(), r.age
	}
	if r.standby != nil {
		if lsn, age, ok := r.standby.answered(); ok {
			r.mirror.counts.replicas.Add(1)
			at := r.standby.known.history
			at.LSN = lsn
			r.mirror.raise(at)
			return at.String(), age
		}
	}
	r.mirror.counts.sql(r.why)
	if r.why == Impossible && r.after.IsZero() && len(r.mirror.replicas) == 0 {
		return "", 0 // no instance of the service may have the graph in memory
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return "", 0 // the client gets no answer
	}
	if r.mirror.silence.now.Load() {
		r.mirror.blind.Add(1)
		return "", 0
	}
	if ctx.Err() != nil { // past its deadline, what was read until then is sent
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateEnd)
		defer cancel()
		ctx = late
	}
	at, err := r.mirror.position(ctx)
	if err != nil {
		r.mirror.blind.Add(1)
		return "", 0
	}
	r.mirror.raise(at)
	if order, ok := at.Compare(r.after); r.why == Behind && ok && order >= 0 {
		r.mirror.giveUp(r.after.LSN) // the database had it, and memory did not
	}
	return at.String(), 0
}

// lateEnd is how long End may take after the deadline of its operation.
const lateEnd = 200 * time.Millisecond

// choose chooses the source, if there is none. The caller holds r.mu.
func (r *Read) choose(ctx context.Context) {
	if r.source != nil {
		return
	}
	r.version, r.age, r.why = r.mirror.choose(ctx, r)
	if r.version != nil {
		r.source = r.version
		return
	}
	if r.standby = r.mirror.standby(ctx, r); r.standby != nil {
		r.source = r.standby
		return
	}
	r.source = r.mirror.opts.Store
	r.mirror.raise(r.wrote)
}

// choose returns a version that has what an operation needs, or why SQL has to answer it.
func (m *Mirror) choose(ctx context.Context, r *Read) (*resident.Version, time.Duration, Reason) {
	v := m.served.Load()
	switch {
	case v == nil:
		return nil, 0, m.reason()
	case r.lost || m.blind.Load() > 0 && m.reachable.Load():
		return nil, 0, Behind
	}
	need := later(r.after, r.wrote) // after a failover, the write is in the present history
	age, why := m.usable(v, need)
	if why == Behind && m.gaveUp.Load() == 0 && m.age() <= fresh {
		if v = m.await(ctx, need); v == nil {
			return nil, 0, m.reason()
		}
		age, why = m.usable(v, need)
		if why == Behind && ctx.Err() == nil {
			m.giveUp(max(r.wrote.LSN, m.lowest().LSN)) // not what a client demands, which may be wrong
		}
	}
	if why != "" {
		return nil, 0, why
	}
	return v, age, ""
}

// usable reports why a version cannot answer an operation that needs a position, which may be zero; empty if it can.
// age is how old its data may be; 0 if the database is reachable. If it is not, the floor does not apply: it may be that
// of a commit that was not streamed before the database went away, and the age tells the client.
func (m *Mirror) usable(v *resident.Version, need commit.Position) (age time.Duration, why Reason) {
	at := v.Position()
	if order, ok := at.Compare(need); !need.IsZero() {
		if !ok {
			return 0, Elsewhere
		}
		if order < 0 {
			return 0, Behind
		}
	}
	reachable := m.reachable.Load()
	if lowest := m.lowest(); reachable && !lowest.IsZero() {
		if order, ok := at.Compare(lowest); !ok || order < 0 {
			return 0, Behind
		}
	}
	switch age = m.age(); {
	case reachable && age <= fresh:
		return 0, ""
	case reachable:
		return 0, Behind
	case age <= m.opts.MaxStaleness:
		return age, ""
	default:
		return 0, Stale
	}
}

// await waits for a version that has what an operation needs and the floor. It returns the newest version; nil if SQL
// answers meanwhile.
func (m *Mirror) await(ctx context.Context, need commit.Position) *resident.Version {
	began := time.Now()
	defer func() { m.counts.waited(time.Since(began)) }()
	lsn := max(need.LSN, m.lowest().LSN)
	one := m.waiters.add(lsn)
	defer m.waiters.remove(one)
	if v := m.served.Load(); v == nil || v.Position().LSN >= lsn {
		return v
	}
	m.hurryUp()
	late := time.NewTimer(m.opts.Patience)
	defer late.Stop()
	select {
	case <-one.ready:
	case <-late.C:
	case <-ctx.Done():
	}
	return m.served.Load()
}

// giveUp makes operations not wait for memory before it has reached an LSN for which one has waited in vain.
func (m *Mirror) giveUp(lsn uint64) {
	if v := m.served.Load(); v == nil || v.Position().LSN >= lsn {
		return
	}
	m.gaveUp.Store(lsn)
	if v := m.served.Load(); v == nil || v.Position().LSN >= lsn { // it was reached meanwhile
		m.gaveUp.CompareAndSwap(lsn, 0)
		return
	}
	m.soon()
}

// written records that the operation of ctx has written: its next read sees the write, and so do later operations of its
// caller and of the accounts that it has created or changed. mayEndTokens reports whether the write can change the
// validity or the role of tokens.
func (m *Mirror) written(ctx context.Context, mayEndTokens bool, accounts ...string) {
	at, err := m.advance(ctx, mayEndTokens)
	if len(m.replicas) == 0 {
		return
	}
	write := ownWrite{at: at, unknown: err != nil, time: time.Now()}
	for _, id := range append(accounts, viewer.From(ctx).CognitoID) {
		if id != "" {
			m.own.add(id, write, m.positions.asOf())
		}
	}
}

// advance makes the next read of the operation of ctx not older than now, and returns the position.
func (m *Mirror) advance(ctx context.Context, mayEndTokens bool) (commit.Position, error) {
	r := readOf(ctx)
	if m.served.Load() == nil && m.reason() == Impossible && (r == nil || r.after.IsZero()) && len(m.replicas) == 0 {
		return commit.Position{}, nil // nothing is read from memory, and no position is sent
	}
	at, err := m.position(context.WithoutCancel(ctx))
	if err != nil {
		if mayEndTokens {
			m.blindAccounts.Add(1)
		}
		m.blind.Add(1)
	}
	if r == nil || r.pinned {
		m.raise(at)
		return at, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source, r.version, r.standby, r.wrote, r.lost = nil, nil, nil, at, r.lost || err != nil
	return at, err
}

// ReadSQL records that the operation of ctx has read something by SQL that its next read of the graph must not be older
// than, such as an account that memory lacks.
func (m *Mirror) ReadSQL(ctx context.Context) {
	if readOf(ctx) != nil {
		_, _ = m.advance(ctx, false) // an unknown position makes the primary answer
	}
}

// String returns what the operation reads, for logs.
func (r *Read) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.source == nil:
		return "nothing"
	case r.version != nil:
		return "memory"
	case r.standby != nil && !r.standby.over.Load():
		return fmt.Sprintf("replica %d", r.standby.number)
	default:
		return fmt.Sprintf("sql (%s)", r.why)
	}
}
