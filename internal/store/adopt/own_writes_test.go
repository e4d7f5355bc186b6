package adopt_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

// watchedStore returns a store on a database with the triggers for foreign writes and eight accounts u0 to u7.
func watchedStore(t *testing.T, statements string) (*store.Store, string) {
	t.Helper()
	url := testdb.New(t)
	conn := connect(t, url)
	exec(t, conn, statements)
	exec(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) SELECT 'u' || n, 'u' || n, '+' || n, 'hash' FROM generate_series(0, 7) n`)
	keepCounts(t, url)
	keepAccounts(t, conn)
	db, err := store.Open(t.Context(), url, store.Options{OnRepair: func(_ context.Context, d store.Drift) { t.Errorf("repaired: %s", d) }})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db, url
}

func key(a, b string) model.FollowKey { return model.FollowKey{FollowerID: a, FollowingID: b} }

// ownWrites returns all ways in which Followgraph writes accounts, follows and counts.
func ownWrites(db *store.Store) []func(context.Context) error {
	records := func(pairs ...model.FollowKey) []model.FollowRecord {
		var all []model.FollowRecord
		for _, pair := range pairs {
			all = append(all, model.FollowRecord{FollowerID: pair.FollowerID, FollowingID: pair.FollowingID})
		}
		return all
	}
	name, city := "renamed", "Uster"
	return []func(context.Context) error{
		func(ctx context.Context) error { _, err := db.Follow(ctx, key("u0", "u1")); return err },
		func(ctx context.Context) error { _, err := db.Follow(ctx, key("u0", "u1")); return err },
		func(ctx context.Context) error {
			for _, result := range db.FollowAll(ctx, []model.FollowKey{key("u1", "u0"), key("u2", "u0"), key("u2", "u1"), key("u3", "u2")}) {
				if result.Err != nil {
					return result.Err
				}
			}
			return nil
		},
		func(ctx context.Context) error { _, err := db.Unfollow(ctx, key("u0", "u1")); return err },
		func(ctx context.Context) error {
			_, err := db.ImportFollows(ctx, store.Rows(records(key("u4", "u5"), key("u5", "u6"), key("i1", "i2"))), store.ImportOptions{CreateUsers: true})
			return err
		},
		func(ctx context.Context) error {
			_, err := db.ImportFollows(ctx, store.Rows(records(key("u4", "u5"), key("u6", "u5"))), store.ImportOptions{ChunkRows: 1})
			return err
		},
		func(ctx context.Context) error {
			_, err := db.ImportUsers(ctx, store.Rows([]model.UserRecord{{CognitoID: "i3"}}), store.UserImportOptions{})
			return err
		},
		func(ctx context.Context) error {
			_, err := db.CreateAccount(ctx, model.NewAccount{CognitoID: "made", Role: model.UserRoleEndUser, Profile: model.Profile{Username: "made", PhoneNumber: "+99"}, Password: "x"})
			return err
		},
		func(ctx context.Context) error {
			return db.UpdateProfile(ctx, "u0", model.ProfileChange{Username: model.Change{Set: true, Value: &name}})
		},
		func(ctx context.Context) error {
			return db.UpdateProfile(ctx, "u0", model.ProfileChange{City: model.Change{Set: true, Value: &city}})
		},
		func(ctx context.Context) error { return db.SetRole(ctx, "u0", model.UserRoleAgent) },
		func(ctx context.Context) error { return db.RehashPassword(ctx, "u0", "hash", "rehashed") },
		func(ctx context.Context) error { _, err := db.SetPassword(ctx, "u0", "new"); return err },
		func(ctx context.Context) error { _, err := db.RebuildStats(ctx, nil); return err },
		func(ctx context.Context) error { _, err := db.DeleteAccount(ctx, "u2"); return err },
		func(ctx context.Context) error { _, err := db.Sweep(ctx); return err },
	}
}

// TestOwnWritesAreLeftAlone runs all writes of Followgraph: the triggers neither count a follow twice nor report a
// foreign write. The same holds next to a trigger of the team.
func TestOwnWritesAreLeftAlone(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string]string{"alone": "", "with the team's trigger": teamTrigger} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, url := watchedStore(t, statements)
			conn := connect(t, url)
			before, _, err := adopt.ForeignWrites(t.Context(), conn)
			require.NoError(t, err)
			for n, write := range ownWrites(db) {
				require.NoError(t, write(t.Context()), n)
				requireExact(t, conn, fmt.Sprint(n))
				counts, _, err := adopt.ForeignWrites(t.Context(), conn)
				require.NoError(t, err)
				require.Equal(t, before, counts, "write %d", n)
			}
			var version int64
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT token_version FROM users WHERE cognito_id = 'u0' AND password_hash = 'new' AND city = 'Uster' AND username = 'renamed'`).Scan(&version))
			var made int64
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT token_version FROM users WHERE cognito_id = 'u1'`).Scan(&made))
			require.Less(t, version-made, int64(2), "one change of the password, one rehash: one version")
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM user_follow_stats WHERE deleted_at IS NOT NULL`).Scan(&made))
			require.Zero(t, made)
		})
	}
}

// TestBothWrite runs Followgraph and other programs on the same few users: they follow, unfollow, import and delete
// accounts, while a job deletes and recreates all counts. No reader sees a wrong count, and only Followgraph's writes,
// which it retries, meet a deadlock.
func TestBothWrite(t *testing.T) {
	t.Parallel()
	db, url := watchedStore(t, "")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers, reader sync.WaitGroup
	const rounds = 150
	user := func(random *rand.Rand) string { return fmt.Sprint("u", random.IntN(6)) }
	for n := range 4 {
		random := rand.New(rand.NewPCG(uint64(n), 3))
		writers.Go(func() {
			for round := range rounds {
				a, b := user(random), user(random)
				if a == b {
					continue
				}
				var err error
				switch {
				case n == 0 && round%10 == 0:
					_, err = db.ImportFollows(ctx, store.Rows([]model.FollowRecord{{FollowerID: a, FollowingID: b}, {FollowerID: b, FollowingID: a}}), store.ImportOptions{SkipVacuum: true})
				case n == 1 && round%20 == 0:
					if _, err = db.DeleteAccount(ctx, "u6"); err == nil {
						again := model.NewAccount{CognitoID: "u6", Role: model.UserRoleEndUser, Profile: model.Profile{Username: "six", PhoneNumber: "+666"}}
						for _, err = db.CreateAccount(ctx, again); apperr.CodeOf(err) == apperr.Conflict; _, err = db.CreateAccount(ctx, again) {
							if _, err := db.Sweep(ctx); err != nil { // others went on following it
								t.Errorf("sweep: %v", err)
								return
							}
						}
					}
				case random.IntN(2) == 0:
					_, err = db.Follow(ctx, key(a, b))
				default:
					_, err = db.Unfollow(ctx, key(a, b))
				}
				if err != nil {
					t.Errorf("own: %v", err)
					return
				}
			}
		})
	}
	for _, way := range []string{"none", "sql", "python", "upsert"} {
		count, conn, random := foreignWays[way], connect(t, url), rand.New(rand.NewPCG(uint64(len(way)), 5))
		writers.Go(func() {
			for range rounds {
				a, b := user(random), fmt.Sprint("u", random.IntN(7))
				if a == b {
					continue
				}
				err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
					step := 1
					tag, err := tx.Exec(ctx, `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, a, b)
					if err == nil && tag.RowsAffected() == 0 {
						step = -1
						tag, err = tx.Exec(ctx, `DELETE FROM user_follows WHERE (follower_id, following_id) = ($1, $2)`, a, b)
					}
					if err != nil || tag.RowsAffected() == 0 {
						return err
					}
					return count(ctx, tx, a, b, step)
				})
				var server *pgconn.PgError
				if errors.As(err, &server) && server.Code == "23505" && way == "python" { // saw no row while the job had deleted it
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", way, err)
					return
				}
			}
		})
	}
	job := connect(t, url)
	writers.Go(func() {
		for range 20 {
			_, err := job.Exec(ctx, `BEGIN; SET LOCAL lock_timeout = '500ms'; SELECT FROM (SELECT FROM user_follow_stats ORDER BY user_id COLLATE "C" FOR UPDATE) locked;
				DELETE FROM user_follow_stats; INSERT INTO user_follow_stats (user_id, followers_count) SELECT following_id, count(*) FROM user_follows GROUP BY 1; COMMIT`)
			var server *pgconn.PgError
			if errors.As(err, &server) && (server.Code == "55P03" || server.Code == "23505") { // it inserts what another session may insert
				_, err = job.Exec(ctx, `ROLLBACK`)
			}
			if err != nil {
				t.Errorf("job: %v", err)
				return
			}
		}
	})
	looks := connect(t, url)
	reader.Go(func() { watchDrifts(ctx, t, looks) })
	writers.Wait()
	stop()
	reader.Wait()
	requireExact(t, looks, "the end")
}
