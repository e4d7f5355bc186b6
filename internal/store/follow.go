package store

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

var (
	followSQL   = statement("follow", nil)
	unfollowSQL = statement("unfollow", nil)
)

// Follow adds a follow between two accounts. If the user to follow has no account, the error is NOT_FOUND and names
// userId; if the follower has none, it is UNAUTHENTICATED. Follows that arrive at the same time are written in one
// statement. After an error of ctx or of the database, it is unknown whether the follow was added.
func (s *Store) Follow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	result := s.FollowAll(ctx, []model.FollowKey{key})[0]
	return result.FollowChange, result.Err
}

// FollowAll adds several follows as Follow does, in one statement if possible, and returns a separate result for each.
// Without keys it runs no statement.
func (s *Store) FollowAll(ctx context.Context, keys []model.FollowKey) []model.FollowResult {
	results := make([]model.FollowResult, len(keys))
	for i, result := range s.follows.do(ctx, keys...) {
		switch {
		case result.err != nil:
			results[i].Err = result.err
		case !result.value.follower:
			results[i].Err = apperr.New(apperr.Unauthenticated, "the account of the caller no longer exists")
		case !result.value.following:
			results[i].Err = &apperr.Error{Code: apperr.NotFound, Field: "userId", Message: "no user has this id"}
		default:
			results[i].FollowChange = result.value.FollowChange
		}
	}
	return results
}

// Unfollow removes a follow, even if its users have no accounts. As with Follow, after an error it is unknown whether
// the follow was removed.
func (s *Store) Unfollow(ctx context.Context, key model.FollowKey) (model.FollowChange, error) {
	result := s.unfollows.do(ctx, key)[0]
	return result.value, result.err
}

// followResult is the result of adding one follow.
type followResult struct {
	model.FollowChange
	follower, following bool // whether the follower and the followed user have an account
}

// writeFollows adds follows. Among equal keys, only the first result reports a change.
func (s *Store) writeFollows(ctx context.Context, keys []model.FollowKey, lockTimeout time.Duration) ([]followResult, error) {
	byKey := make(map[model.FollowKey]followResult, len(keys))
	for pending := distinct(keys); len(pending) > 0; {
		rows, err := writePairs(ctx, s, pairs{followSQL, pending, followDeltas, lockTimeout}, readFollowResult)
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

// lostRace reports whether another transaction added the follow after this statement took its snapshot. The next
// statement sees that follow.
func (f followResult) lostRace() bool { return f.follower && f.following && f.FollowedAt.IsZero() }

// writeUnfollows removes follows. Among equal keys, only the first result reports a change.
func (s *Store) writeUnfollows(ctx context.Context, keys []model.FollowKey, lockTimeout time.Duration) ([]model.FollowChange, error) {
	begins, err := writePairs(ctx, s, unfollowPairs(keys, lockTimeout), readBegin)
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

// unfollowPairs returns the statement that removes follows. Keys without a follow have no row in its result.
func unfollowPairs(keys []model.FollowKey, lockTimeout time.Duration) pairs {
	return pairs{unfollowSQL, distinct(keys), unfollowDeltas, lockTimeout}
}

// readBegin reads when a removed follow had begun.
func readBegin(r *row) time.Time {
	at, _ := r.time()
	return at
}

// pairs is a statement with three parameters: the followers and the followed users as two arrays, and the lock timeout
// in milliseconds. If the timeout is null, the session's applies.
type pairs struct {
	sql         string
	keys        []model.FollowKey
	deltas      func([]model.FollowKey) countDeltas
	lockTimeout time.Duration
}

// writePairs runs a statement on pairs and returns its rows. The first column of a row is the number of its pair. Wrong
// counts that block the statement are repaired first.
func writePairs[T any](ctx context.Context, s *Store, p pairs, read func(*row) T) (results map[model.FollowKey]T, err error) {
	deltas := func() (countDeltas, error) { return p.deltas(p.keys), nil }
	err = s.withCountRepair(ctx, s.pool, deltas, p.lockTimeout, func() error {
		return withRetries(ctx, func() (err error) {
			results, err = queryPairs(ctx, s.pool, p, read)
			return err
		})
	})
	return results, err
}

// queryPairs runs a statement on pairs once and returns its rows.
func queryPairs[T any](ctx context.Context, db querier, p pairs, read func(*row) T) (map[model.FollowKey]T, error) {
	followers, followings := make([]string, len(p.keys)), make([]string, len(p.keys))
	for i, key := range p.keys {
		followers[i], followings[i] = key.FollowerID, key.FollowingID
	}
	results := make(map[model.FollowKey]T, len(p.keys))
	rows, err := db.Query(ctx, p.sql, followers, followings, lockTimeoutArg(p.lockTimeout))
	if err != nil {
		return nil, err
	}
	return results, eachRow(ctx, rows, func(r *row) { results[p.keys[r.integer()-1]] = read(r) })
}

// distinct returns the keys sorted and without duplicates.
func distinct(keys []model.FollowKey) []model.FollowKey {
	keys = slices.Clone(keys)
	sort.Slice(keys, func(i, j int) bool { // for few keys; slices.SortFunc would add 15 KB to the program
		a, b := &keys[i], &keys[j]
		return a.FollowerID < b.FollowerID || a.FollowerID == b.FollowerID && a.FollowingID < b.FollowingID
	})
	return slices.Compact(keys)
}

// followLocks returns names for the rows that a follow locks and that other follows may lock too: the pair, and the
// rows of both users. The separator is safe because no id contains a NUL.
func followLocks(key model.FollowKey) []string {
	return []string{key.FollowerID + "\x00" + key.FollowingID, key.FollowerID, key.FollowingID}
}

var followLocksSQL = statement("follow_locks", nil)

// readLocks returns which of the named rows another transaction has locked, and which do not exist. If accounts is set,
// it also checks the rows of users.
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
