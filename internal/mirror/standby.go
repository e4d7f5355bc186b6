package mirror

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/viewer"
)

// standbyRead is the source of an operation that a standby answers. A statement that the standby does not answer runs on
// the primary, and so do all later ones of the operation: they must not be older.
type standbyRead struct {
	chosen
	viewer string // the caller, if registered
	over   atomic.Bool

	mu    sync.Mutex
	need  uint64 // LSN
	shown uint64 // LSN that no data of the answer is later than; 0 before the first data
}

// standby returns a standby that may have what an operation needs, nil if there is none.
func (m *Mirror) standby(ctx context.Context, r *Read) *standbyRead {
	if len(m.replicas) == 0 || r.lost {
		return nil
	}
	if m.blind.Load() > 0 && m.reachable.Load() {
		return nil
	}
	caller := viewer.From(ctx)
	own, ok := m.own.need(caller.CognitoID, m.positions.asOf())
	if !ok {
		return nil
	}
	history := m.positions.history()
	var need commit.Position
	for _, other := range []commit.Position{own, r.after, r.wrote} {
		if !other.IsZero() && !other.SameHistory(history) {
			return nil
		}
		need = later(need, other)
	}
	best, ok := m.pick(need)
	if !ok || !r.wrote.IsZero() && best.known.lsn.Load() < r.wrote.LSN { // a write of just now is not tried
		return nil
	}
	s := &standbyRead{chosen: best, need: need.LSN}
	if caller.Registered {
		s.viewer = caller.CognitoID
	}
	return s
}

// answered returns the LSN that no data of the answer is later than, and the age of the data. ok is false if the standby
// did not answer the operation alone.
func (s *standbyRead) answered() (lsn uint64, age time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown, s.age, !s.over.Load() && s.shown > 0
}

// report takes the LSNs between which the data of a read is.
func (s *standbyRead) report(_, after uint64) {
	s.known.advance(after)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.need, s.shown = max(s.need, after), max(s.shown, after)
}

// errOlder is the error of a standby that lacks the account of the caller, which the primary has shown.
var errOlder = &store.ReplicaError{Reason: store.ReplicaBehind}

// fromStandby returns what a read returns on the standby of an operation, or else on the primary.
func fromStandby[T any](ctx context.Context, s *standbyRead, read func(context.Context, reader) (T, error)) (T, error) {
	if !s.over.Load() {
		result, err := tryStandby(ctx, s, func(ctx context.Context, from *store.ReplicaRead) (T, error) { return read(ctx, from) })
		var declined *store.ReplicaError
		if !errors.As(err, &declined) {
			return result, err
		}
		s.over.Store(true)
	}
	source, ctx, result := s.mirror.bySQL(ctx)
	value, err := read(ctx, source)
	return value, result(err)
}

// tryStandby returns what a read returns on a standby. The error is a *store.ReplicaError if the primary has to answer.
func tryStandby[T any](ctx context.Context, s *standbyRead, read func(context.Context, *store.ReplicaRead) (T, error)) (T, error) {
	s.mu.Lock()
	need := s.need
	s.mu.Unlock()
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.reading.Load().(context.Context), cancel)() //nolint:contextcheck // ends all reads of the standby
	s.reads.Add(1)
	value, err := read(bounded, s.server.Read(s.known.server, need, s.report))
	var declined *store.ReplicaError
	if err != nil && bounded.Err() != nil && ctx.Err() == nil && !errors.As(err, &declined) {
		err = &store.ReplicaError{Reason: store.ReplicaFailed} // the read ended while it waited for its turn
	}
	if errors.As(err, &declined) && ctx.Err() == nil {
		s.decline(declined, need)
	}
	return value, err
}

// decline counts a read that the standby did not answer.
func (s *standbyRead) decline(why *store.ReplicaError, need uint64) {
	for i, reason := range store.ReplicaReasons {
		if reason == why.Reason {
			s.declined[i].Add(1)
		}
	}
	switch {
	case why.Reason != store.ReplicaBehind:
		s.hurry()
	case why.Replayed > 0:
		s.known.advance(why.Replayed)
		fallthrough
	default:
		if s.known.lsn.Load() < need {
			s.retryAt.Store(time.Now().Add(replicaRetry).UnixNano())
		}
	}
}

// Users implements reader. The account of the caller exists, because the primary has shown it: a standby without it is
// behind.
func (s *standbyRead) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([]*model.User, error) {
		users, err := from.Users(ctx, keys)
		return users, s.check(from, keys, users, err)
	})
}

// check returns errOlder if a standby lacks the account of the caller.
func (s *standbyRead) check(from reader, keys []model.UserKey, users []*model.User, err error) error {
	if _, standby := from.(*store.ReplicaRead); err != nil || !standby || s.viewer == "" {
		return err
	}
	for i, key := range keys {
		if key.CognitoID == s.viewer && users[i] == nil {
			return errOlder
		}
	}
	return nil
}

// Pages implements reader.
func (s *standbyRead) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([][]model.Edge, error) { return from.Pages(ctx, keys) })
}

// UsersAndPages implements reader.
func (s *standbyRead) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	type both struct {
		users []*model.User
		pages [][]model.Edge
	}
	found, err := fromStandby(ctx, s, func(ctx context.Context, from reader) (both, error) {
		foundUsers, foundPages, err := from.UsersAndPages(ctx, users, pages)
		return both{foundUsers, foundPages}, s.check(from, users, foundUsers, err)
	})
	return found.users, found.pages, err
}

// Totals implements reader.
func (s *standbyRead) Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([]*int, error) { return from.Totals(ctx, keys) })
}

// Relations implements reader.
func (s *standbyRead) Relations(ctx context.Context, of string, cognitoIDs []string) ([]model.Relation, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([]model.Relation, error) {
		return from.Relations(ctx, of, cognitoIDs)
	})
}

// FollowsBetween implements reader.
func (s *standbyRead) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([][]model.Follow, error) {
		return from.FollowsBetween(ctx, keys)
	})
}

// Adjacency implements reader.
func (s *standbyRead) Adjacency(ctx context.Context, key *model.AdjacencyKey) (*model.Adjacency, error) {
	return fromStandby(ctx, s, func(ctx context.Context, source reader) (*model.Adjacency, error) {
		return source.Adjacency(ctx, key)
	})
}

// ShortestPath implements reader.
func (s *standbyRead) ShortestPath(ctx context.Context, from, to string) (model.Path, error) {
	return fromStandby(ctx, s, func(ctx context.Context, source reader) (model.Path, error) {
		return source.ShortestPath(ctx, from, to)
	})
}

// Distances implements reader.
func (s *standbyRead) Distances(ctx context.Context, from string, to []string) ([]model.Distance, error) {
	return fromStandby(ctx, s, func(ctx context.Context, source reader) ([]model.Distance, error) {
		return source.Distances(ctx, from, to)
	})
}

// Top implements reader.
func (s *standbyRead) Top(ctx context.Context, keys []model.TopKey) ([]model.TopIDs, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([]model.TopIDs, error) { return from.Top(ctx, keys) })
}

// GraphTotals implements reader.
func (s *standbyRead) GraphTotals(ctx context.Context) (model.GraphTotals, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) (model.GraphTotals, error) { return from.GraphTotals(ctx) })
}

// Suggestions implements reader.
func (s *standbyRead) Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error) {
	return fromStandby(ctx, s, func(ctx context.Context, from reader) ([]model.SuggestionRank, error) {
		return from.Suggestions(ctx, cognitoID, limit)
	})
}

// CallerAway returns the version of an account's tokens and its role, as a standby has them, while the primary is away.
// failed reports whether the primary has just not answered, which is then checked. found is false if no standby that may
// answer has the account, which may be newer.
func (m *Mirror) CallerAway(ctx context.Context, cognitoID string, failed bool) (version int64, role model.UserRole, found bool) {
	if len(m.replicas) == 0 {
		return 0, "", false
	}
	if m.reachable.Load() {
		if !failed {
			return 0, "", false
		}
		if _, err := m.position(ctx); err == nil {
			return 0, "", false
		}
	}
	own, ok := m.own.need(cognitoID, m.positions.asOf())
	if !ok {
		return 0, "", false
	}
	best, ok := m.pick(own)
	if !ok {
		return 0, "", false
	}
	_, err := tryStandby(ctx, &standbyRead{chosen: best, need: own.LSN}, func(ctx context.Context, from *store.ReplicaRead) (_ struct{}, err error) {
		version, role, found, err = from.Caller(ctx, cognitoID)
		return struct{}{}, err
	})
	return version, role, found && err == nil
}
