package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// lockable is an object that a writer locks. hold locks it without waiting; probe fails if it is locked.
type lockable struct{ name, hold, probe string }

func rowOf(table, condition string) lockable {
	lock := fmt.Sprintf("SELECT FROM %s WHERE %s FOR UPDATE", table, condition)
	return lockable{table + " " + condition, lock, lock + " NOWAIT"}
}

func accountRow(id string) lockable { return rowOf("users", "cognito_id = '"+id+"'") }
func countsRow(id string) lockable  { return rowOf("user_follow_stats", "user_id = '"+id+"'") }
func followRow(key model.FollowKey) lockable {
	return rowOf("user_follows", fmt.Sprintf("(follower_id, following_id) = ('%s', '%s')", key.FollowerID, key.FollowingID))
}

// newFollow is a follow that does not exist yet: its insertion locks it.
func newFollow(key model.FollowKey) lockable {
	insert := fmt.Sprintf("INSERT INTO user_follows (follower_id, following_id) VALUES ('%s', '%s')", key.FollowerID, key.FollowingID)
	return lockable{insert, insert, insert}
}

// insertEve inserts a user with the phone number that newEve is about to have.
var (
	eve = model.NewAccount{CognitoID: "eve", Role: model.UserRoleEndUser,
		Profile: model.Profile{Username: "Eve", PhoneNumber: "+9", Email: set("EVE").Value}}
	newEve = lockable{"the phone number +9", insertEve, insertEve}
)

const insertEve = "INSERT INTO users (username, phone_number, password_hash) VALUES ('other', '+9', '!')"

// nameLock is an exclusive advisory lock by its number.
func nameLock(number string) lockable {
	lock := "SELECT pg_advisory_xact_lock(" + number + ")"
	return lockable{lock, lock, lock}
}

func namedLock(name string) lockable {
	return nameLock("hashtextextended('" + name + "' COLLATE \"C\", 4716)")
}

// orderedIDs are the ids of TestLockOrder sorted by bytes, an order of no language.
var orderedIDs = []string{"B", "Z", "a", "c", "é"}

// unsortedKeys are the follows of TestLockOrder in an unsorted order.
var unsortedKeys = []model.FollowKey{{FollowerID: "c", FollowingID: "B"}, {FollowerID: "B", FollowingID: "é"},
	{FollowerID: "é", FollowingID: "Z"}, {FollowerID: "a", FollowingID: "c"}, {FollowerID: "B", FollowingID: "a"}, {FollowerID: "Z", FollowingID: "a"}}

// TestLockOrder locks each object that a writer locks, waits until the writer waits for it, and checks what the writer
// has locked by then: everything that comes earlier in the order of lock.go, and nothing else. So no two writers can
// deadlock.
func TestLockOrder(t *testing.T) {
	t.Parallel()
	var accounts, counts []lockable
	for _, id := range orderedIDs {
		accounts, counts = append(accounts, accountRow(id)), append(counts, countsRow(id))
	}
	var before, there []lockable
	for _, key := range distinct(unsortedKeys) {
		before, there = append(before, newFollow(key)), append(there, followRow(key))
	}
	for name, writer := range map[string]struct {
		exist bool // whether the follows exist
		locks []lockable
		write func(context.Context, *Store) error
	}{
		"follow": {false, slices.Concat(accounts, before, counts), func(ctx context.Context, s *Store) error {
			_, err := s.writeFollows(ctx, unsortedKeys, 0)
			return err
		}},
		"unfollow": {true, slices.Concat(there, counts), func(ctx context.Context, s *Store) error {
			_, err := s.writeUnfollows(ctx, unsortedKeys, 0)
			return err
		}},
		"beginning of a deletion": {true, []lockable{accounts[2], counts[2]}, func(ctx context.Context, s *Store) error {
			_, err := s.beginDeletion(ctx, orderedIDs[2])
			return err
		}},
		// The account "B" has the follows of B, and that of c to B.
		"sweep": {true, []lockable{there[0], there[1], there[4], counts[0], counts[2], counts[3], counts[4]}, func(ctx context.Context, s *Store) error {
			_, err := s.Sweep(ctx)
			return err
		}},
		"import": {false, slices.Concat(before, counts), func(ctx context.Context, s *Store) error {
			var rows []model.FollowRecord
			for _, key := range unsortedKeys {
				rows = append(rows, model.FollowRecord{FollowerID: key.FollowerID, FollowingID: key.FollowingID})
			}
			_, err := s.ImportFollows(ctx, Rows(rows), ImportOptions{SkipVacuum: true})
			return err
		}},
		"registration": {false, []lockable{nameLock("4716"), namedLock("email eve"), namedLock("username eve"), newEve}, func(ctx context.Context, s *Store) error {
			_, err := s.CreateAccount(ctx, eve)
			return err
		}},
		"change of names": {false, []lockable{nameLock("4716"), namedLock("email eve"), namedLock("username eve"), accounts[2]}, func(ctx context.Context, s *Store) error {
			return s.UpdateProfile(ctx, orderedIDs[2], model.ProfileChange{Username: set("EVE"), Email: set("Eve")})
		}},
		"import of users": {false, []lockable{nameLock("4716"), newEve}, func(ctx context.Context, s *Store) error {
			_, err := s.ImportUsers(ctx, Rows([]model.UserRecord{{CognitoID: "eve", PhoneNumber: "+9"}}), UserImportOptions{})
			return err
		}},
		// a becomes Z: its follow to c, B's follow to it, which is new, and Z's follow to it, which is removed.
		"move": {true, []lockable{accounts[1], accounts[2], there[0], there[2], there[3], counts[1], counts[2], newFollow(model.FollowKey{FollowerID: "Z", FollowingID: "c"})}, func(ctx context.Context, s *Store) error {
			return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
				_, err := moveIn(ctx, tx, model.AccountMove{From: "a", To: "Z"}, false, moveTimeouts{time.Minute, time.Minute})
				return err
			})
		}},
		"rebuild": {false, counts, func(ctx context.Context, s *Store) error {
			_, err := s.RebuildStats(ctx, nil)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			s, err := Open(t.Context(), url, Options{})
			require.NoError(t, err)
			t.Cleanup(s.Close)
			for n, id := range orderedIDs {
				execute(t, s, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ($1, $1, $2, '!')`, id, fmt.Sprint(n))
				execute(t, s, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ($1, 9, 9)`, id)
			}
			if name == "sweep" {
				execute(t, s, `UPDATE user_follow_stats SET deleted_at = now() WHERE user_id = 'B'`)
			}
			for _, key := range unsortedKeys {
				if writer.exist {
					execute(t, s, `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2)`, key.FollowerID, key.FollowingID)
				}
			}
			holder, prober := connect(t, url), connect(t, url)
			for place, held := range writer.locks {
				begin(t, holder, held.hold)
				ctx, cancel := context.WithCancel(t.Context())
				result := make(chan error, 1)
				go func() { result <- writer.write(ctx, s) }()
				require.Eventually(t, func() bool {
					var waiting bool
					err := prober.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
					return err == nil && waiting
				}, time.Minute, time.Millisecond, "no writer waits for %s", held.name)
				for other, probed := range writer.locks {
					if other != place {
						require.Equal(t, other < place, locked(t, prober, probed), "%s, waiting for %s, and %s", name, held.name, probed.name)
					}
				}
				cancel()
				require.Error(t, <-result)
				_, err := holder.Exec(t.Context(), "ROLLBACK")
				require.NoError(t, err)
			}
		})
	}
}

// locked reports whether any session holds a lock.
func locked(t *testing.T, conn *pgx.Conn, what lockable) bool {
	t.Helper()
	begin(t, conn, "SET LOCAL lock_timeout = '1ms'")
	_, err := conn.Exec(t.Context(), what.probe)
	_, rollback := conn.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, rollback)
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "55P03" { // lock_not_available
		return true
	}
	require.NoError(t, err)
	return false
}

func begin(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	for _, sql := range []string{"BEGIN", sql} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
}
