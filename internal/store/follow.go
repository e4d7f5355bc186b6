package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

var (
	followSQL   = statement("follow", nil)
	unfollowSQL = statement("unfollow", nil)
)

// Follow begins a follow between two accounts. Where the one to follow has none the error is NOT_FOUND and names
// userId, where the follower has none it is UNAUTHENTICATED. Follows that arrive together are written together; after an
// error of ctx or of the database the follow may have begun or not.
func (s *Store) Follow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	result := s.FollowAll(ctx, []model.FollowKey{key})[0]
	return result.FollowChange, result.Err
}

// FollowAll begins several follows as Follow does, together, each with a result of its own; none needs no statement.
func (s *Store) FollowAll(ctx context.Context, keys []model.FollowKey) []model.FollowResult {
	results := make([]model.FollowResult, len(keys))
	for i, result := range s.follows.do(ctx, keys...) {
		switch {
		case result.err != nil:
			results[i].Err = result.err
		case !result.value.follower:
			results[i].Err = apperr.New(apperr.Unauthenticated, "the account does not exist any more")
		case !result.value.following:
			results[i].Err = &apperr.Error{Code: apperr.NotFound, Field: "userId", Message: "there is no user with this id"}
		default:
			results[i].FollowChange = result.value.FollowChange
		}
	}
	return results
}

// Unfollow ends a follow, whether its users have accounts or not. After an error it may have ended or not, as with
// Follow.
func (s *Store) Unfollow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	result := s.unfollows.do(ctx, key)[0]
	return result.value, result.err
}

// followed is what became of a follow that was to begin.
type followResult struct {
	model.FollowChange
	follower, following bool // whether these have an account
}

// writeFollows begins follows. Of equal keys the first one makes the change.
func (s *Store) writeFollows(ctx context.Context, keys []model.FollowKey, lockTimeout time.Duration) ([]followResult, error) {
	byKey := make(map[model.FollowKey]followResult, len(keys))
	for pending := distinct(keys); len(pending) > 0; {
		rows, err := writePairs(ctx, s, s.pool, pairs{followSQL, pending, followDeltas, lockTimeout}, readFollowResult)
		if err != nil {
			return nil, err
		}
		pending = pending[:0]
		for key, result := range rows {
			if result.lostRace() {
				pending = append(pending, key)
			} else {
				byKey[key] = result
			}
		}
	}
	results := make([]followResult, len(keys))
	for i, key := range keys {
		result := byKey[key]
		results[i] = result
		result.Changed = false
		byKey[key] = result
	}
	return results, nil
}

func readFollowResult(r *row) followResult {
	result := followResult{follower: r.integer() == 1, following: r.integer() == 1}
	addedAt, isNew := r.time()
	existingAt, _ := r.time()
	result.Changed, result.FollowedAt = isNew, existingAt
	if isNew {
		result.FollowedAt = addedAt
	}
	return result
}

// overtaken tells whether another transaction began the follow after the statement had: it is there, or was, and the
// next statement sees it.
func (f followResult) lostRace() bool { return f.follower && f.following && f.FollowedAt.IsZero() }

// writeUnfollows ends follows. Of equal keys the first one makes the change.
func (s *Store) writeUnfollows(ctx context.Context, keys []model.FollowKey, lockTimeout time.Duration) ([]model.FollowChange, error) {
	begins, err := s.unfollow(ctx, s.pool, keys, lockTimeout)
	if err != nil {
		return nil, err
	}
	results := make([]model.FollowChange, len(keys))
	for i, key := range keys {
		if at, ok := begins[key]; ok {
			results[i] = model.FollowChange{Changed: true, FollowedAt: at}
			delete(begins, key)
		}
	}
	return results, nil
}

// unfollow ends follows in one statement, and tells when those that there were had begun.
func (s *Store) unfollow(
	ctx context.Context, db transactor, keys []model.FollowKey, lockTimeout time.Duration,
) (map[model.FollowKey]time.Time, error) {
	return writePairs(ctx, s, db, pairs{unfollowSQL, distinct(keys), unfollowDeltas, lockTimeout}, func(r *row) time.Time {
		at, _ := r.time()
		return at
	})
}

// pairs is a statement that takes followers and those they follow as two arrays, and the milliseconds that it waits for a lock at
// most, null for as long as the session does.
type pairs struct {
	sql         string
	keys        []model.FollowKey
	deltas      func([]model.FollowKey) countDeltas
	lockTimeout time.Duration
}

// writePairs runs a statement on pairs. It returns its rows, which begin with the number of their pair. Counts that stand in its way are
// repaired.
func writePairs[T any](ctx context.Context, s *Store, db transactor, p pairs, read func(*row) T) (results map[model.FollowKey]T, err error) {
	followers, followings := make([]string, len(p.keys)), make([]string, len(p.keys))
	for i, key := range p.keys {
		followers[i], followings[i] = key.FollowerID, key.FollowingID
	}
	deltas := func() (countDeltas, error) { return p.deltas(p.keys), nil }
	err = s.withCountRepair(ctx, db, deltas, p.lockTimeout, func() error {
		return withRetries(ctx, func() error {
			results = make(map[model.FollowKey]T, len(p.keys))
			rows, err := db.Query(ctx, p.sql, followers, followings, lockTimeoutArg(p.lockTimeout))
			if err != nil {
				return err
			}
			return eachRow(ctx, rows, func(r *row) { results[p.keys[r.integer()-1]] = read(r) })
		})
	})
	return results, err
}

// distinct is the keys without repetitions.
func distinct(keys []model.FollowKey) []model.FollowKey {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b model.FollowKey) int {
		return cmp.Or(cmp.Compare(a.FollowerID, b.FollowerID), cmp.Compare(a.FollowingID, b.FollowingID))
	})
	return slices.Compact(keys)
}

// followLocks names the rows that a follow locks, beside those of other follows: the pair, and what there is of both
// users. No id has a NUL in it.
func followLocks(key model.FollowKey) []string {
	return []string{key.FollowerID + "\x00" + key.FollowingID, key.FollowerID, key.FollowingID}
}

var followLocksSQL = statement("follow_locks", nil)

// look finds out which of these rows something else has locked. accounts: whether rows of users matter.
func (s *Store) readLocks(ctx context.Context, names []string, accounts bool) (lockState, error) {
	var ids, followers, followings []string
	for _, name := range names {
		if follower, following, isPair := strings.Cut(name, "\x00"); isPair {
			followers, followings = append(followers, follower), append(followings, following)
		} else {
			ids = append(ids, name)
		}
	}
	state := lockState{locked: map[string]bool{}, missing: map[string]bool{}}
	rows, err := s.pool.Query(ctx, followLocksSQL, ids, followers, followings, accounts)
	if err != nil {
		return state, err
	}
	err = eachRow(ctx, rows, func(r *row) {
		set := state.locked
		if r.integer() == 0 {
			set = state.missing
		}
		if name := string(r.bytes()); r.integer() == 0 {
			set[name] = true
		} else {
			set[name+"\x00"+string(r.bytes())] = true
		}
	})
	return state, err
}
