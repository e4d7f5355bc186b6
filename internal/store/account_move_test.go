package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

const localID, poolID = "local-1", "sub-1"

var moveToPoolID = model.AccountMove{From: localID, To: poolID}

// oldAccount inserts an account of the previous service, with a made-up id.
func oldAccount(t *testing.T, s *Store) {
	t.Helper()
	account := newAccountNamed("ann")
	account.CognitoID, account.Password, account.Role = localID, "$2b$hash", model.UserRoleAgent
	account.Email, account.City = nil, stringPtr("Bern")
	createAccount(t, s, account)
	execute(t, s, "UPDATE users SET token_version = 0, created_at = '2025-02-01', updated_at = '2025-02-02'")
}

// newFollows inserts follows and their counts; the time is the day of January 2025.
func newFollows(t *testing.T, s *Store, follows ...[2]string) {
	t.Helper()
	for day, f := range follows {
		execute(t, s, `INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ($1, $2, '2025-01-01'::timestamptz + $3 * interval '1 day')`, f[0], f[1], day)
	}
	_, err := s.RebuildStats(t.Context(), nil)
	require.NoError(t, err)
}

func requireNoDrift(t *testing.T, s *Store) {
	t.Helper()
	_, err := s.VerifyStats(t.Context(), func(d Drift) error { t.Error(d); return nil })
	require.NoError(t, err)
}

// rowsOf returns a query's rows as text.
func rowsOf(t *testing.T, s *Store, sql string) []string {
	t.Helper()
	rows, _ := s.pool.Query(t.Context(), sql)
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return texts
}

// TestMoveAccount moves an account with follows of every kind into a twin.
func TestMoveAccount(t *testing.T) {
	t.Parallel()
	s := open(t)
	oldAccount(t, s)
	twin := newAccountNamed("twin")
	twin.CognitoID, twin.City, twin.Country = poolID, stringPtr("Basel"), stringPtr("CH")
	createAccount(t, s, twin)
	newFollows(t, s,
		[2]string{localID, "a"},    // moves
		[2]string{"b", localID},    // moves
		[2]string{localID, "both"}, // older than the existing follow
		[2]string{poolID, "both"},
		[2]string{poolID, "late"},
		[2]string{localID, "late"}, // younger than the existing follow
		[2]string{"fan", poolID},
		[2]string{"fan", localID},
		[2]string{localID, poolID}, // would become a follow of oneself
		[2]string{poolID, localID},
		[2]string{poolID, "own"},
		[2]string{"x", "y"},
	)
	old := rowsOf(t, s, "SELECT id::text FROM user_follows WHERE follower_id = '"+poolID+"' AND following_id = 'both'")

	moved, err := s.MoveAccount(t.Context(), moveToPoolID)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), time.UnixMicro(moved.TokenVersion), time.Minute, "tokens of an earlier account stay ended")
	moved.TokenVersion = 0
	require.Equal(t, &model.Account{CognitoID: poolID, Username: "ann", Role: model.UserRoleAgent, Password: "$2b$hash"}, moved)
	require.Equal(t, []string{
		"b sub-1 2025-01-02", "fan sub-1 2025-01-07", "sub-1 a 2025-01-01", "sub-1 both 2025-01-03", "sub-1 late 2025-01-05", "sub-1 own 2025-01-11", "x y 2025-01-12",
	}, rowsOf(t, s, `SELECT concat_ws(' ', follower_id, following_id, created_at::date) FROM user_follows ORDER BY follower_id, following_id`))
	require.Equal(t, old, rowsOf(t, s, "SELECT id::text FROM user_follows WHERE follower_id = '"+poolID+"' AND following_id = 'both'"))
	requireNoDrift(t, s)
	require.Equal(t, []string{"2 4"}, rowsOf(t, s, "SELECT concat_ws(' ', followers_count, followings_count) FROM user_follow_stats WHERE user_id = '"+poolID+"'"))
	require.Zero(t, count(t, s, "SELECT count(*) FROM user_follow_stats WHERE user_id = '"+localID+"'"))
	require.Equal(t, []string{"ann twin@example.org Bern CH 2025-02-01 2025-02-02"},
		rowsOf(t, s, "SELECT concat_ws(' ', username, email, city, country, created_at::date, updated_at::date) FROM users"))

	_, err = s.MoveAccount(t.Context(), moveToPoolID)
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}

func TestMoveAccountAlone(t *testing.T) {
	t.Parallel()
	s := open(t)
	oldAccount(t, s)
	newFollows(t, s, [2]string{poolID, "a"})
	move := moveToPoolID
	move.DisablePassword = true
	moved, err := s.MoveAccount(t.Context(), move)
	require.NoError(t, err)
	require.Empty(t, moved.Password)
	requireNoDrift(t, s)
	account, err := s.Account(t.Context(), poolID)
	require.NoError(t, err)
	require.Equal(t, moved, account)
	account, err = s.Account(t.Context(), localID)
	require.NoError(t, err)
	require.Nil(t, account)
}

// TestMoveLowCounts checks that a count that another program left too low is recounted if it would fall below zero.
func TestMoveLowCounts(t *testing.T) {
	t.Parallel()
	s := open(t)
	oldAccount(t, s)
	newFollows(t, s, [2]string{localID, "a"}, [2]string{poolID, "a"}, [2]string{"b", "a"})
	execute(t, s, "UPDATE user_follow_stats SET followers_count = 0 WHERE user_id = 'a'")
	_, err := s.MoveAccount(t.Context(), moveToPoolID)
	require.NoError(t, err)
	requireNoDrift(t, s)
}

func TestMoveRefusals(t *testing.T) {
	t.Parallel()
	const inTheLog = "the account cannot be moved: the server log has the reason: "
	for name, test := range map[string]struct {
		prepare string
		want    string
	}{
		"an account with a password": {
			"INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('sub-1', 'bob', '+2', '$2b$other')",
			"this Cognito user already has an account",
		},
		"an account with a role": {
			"INSERT INTO users (cognito_id, username, phone_number, password_hash, role) VALUES ('sub-1', 'bob', '+2', '!', 'OPT_USER')",
			"this Cognito user already has an account",
		},
		"a deletion of the new id": {
			"INSERT INTO user_follow_stats (user_id, deleted_at) VALUES ('sub-1', now())",
			"an account of the pool user is being deleted: try again later",
		},
		"rows of the team's that would go with the twin": {`
			INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('sub-1', 'bob', '+2', '!');
			CREATE TABLE tokens (owner bigint REFERENCES users (id) ON DELETE CASCADE, token text);
			INSERT INTO tokens SELECT id, 'x' FROM users WHERE username = 'bob'`,
			inTheLog + "the table tokens refers to an account, counts or follows that would be removed: point its rows to the other account first",
		},
		"rows of the team's that would go with the counts": {`
			INSERT INTO user_follow_stats (user_id) VALUES ('local-1');
			CREATE TABLE badges (owner varchar REFERENCES user_follow_stats ON DELETE SET NULL);
			INSERT INTO badges VALUES ('local-1')`,
			inTheLog + "the table badges refers to an account, counts or follows that would be removed: point its rows to the other account first",
		},
		"rows of the team's that name the old id": {`
			CREATE TABLE names (id varchar REFERENCES users (cognito_id));
			INSERT INTO names VALUES ('local-1')`,
			inTheLog + "the constraint names_id_fkey of the table names does not allow it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			oldAccount(t, s)
			_, err := s.pool.Exec(t.Context(), test.prepare, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
			before := rowsOf(t, s, "SELECT users::text FROM users ORDER BY id")
			_, err = s.MoveAccount(t.Context(), moveToPoolID)
			var shown *apperr.Error
			require.ErrorAs(t, err, &shown)
			if strings.HasPrefix(test.want, inTheLog) {
				require.Equal(t, apperr.DatabaseMismatch, shown.Code)
				require.Equal(t, inTheLog, shown.Message+": ", "no table is named")
			} else {
				require.Equal(t, apperr.Conflict, shown.Code)
			}
			require.EqualError(t, err, test.want)
			require.Equal(t, before, rowsOf(t, s, "SELECT users::text FROM users ORDER BY id"))
		})
	}
	t.Run("rows of the team's that stay", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		oldAccount(t, s)
		_, err := s.pool.Exec(t.Context(), `CREATE TABLE tokens (owner bigint REFERENCES users (id) ON DELETE CASCADE);
			INSERT INTO tokens SELECT id FROM users; CREATE TABLE names (id varchar REFERENCES users (cognito_id) ON UPDATE CASCADE); INSERT INTO names VALUES ('local-1')`,
			pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
		_, err = s.MoveAccount(t.Context(), moveToPoolID)
		require.NoError(t, err)
		require.Equal(t, []string{"sub-1 1"}, rowsOf(t, s, "SELECT names.id || ' ' || (SELECT count(*) FROM tokens) FROM names"))
	})
}

// TestMoveAsSeen checks that a password that was removed since it was checked claims nothing, and that an account that
// has become an operator's is not linked.
func TestMoveAsSeen(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *Store) error{
		"a new password": func(s *Store) error { _, err := s.SetPassword(t.Context(), localID, "$2b$new"); return err },
		"a new role":     func(s *Store) error { return s.SetRole(t.Context(), localID, model.UserRoleOptUser) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			oldAccount(t, s)
			seen, err := s.AccountByUsername(t.Context(), "ann")
			require.NoError(t, err)
			require.NoError(t, change(s))
			move := moveToPoolID
			move.Seen = seen
			_, err = s.MoveAccount(t.Context(), move)
			require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
			require.EqualError(t, err, "the account was changed by another operation: try again")
			move.Seen, err = s.AccountByUsername(t.Context(), "ann")
			require.NoError(t, err)
			require.NoError(t, s.RehashPassword(t.Context(), localID, move.Seen.Password, "$2b$again"))
			_, err = s.MoveAccount(t.Context(), move)
			require.NoError(t, err, "the same password with another hash is the same")
		})
	}
}

// TestMoveWaits checks that a move never waits for long, and succeeds when the blocking transaction ends.
func TestMoveWaits(t *testing.T) {
	t.Parallel()
	for name, hold := range map[string]string{
		"the account":                  "SELECT FROM users WHERE cognito_id = 'local-1' FOR KEY SHARE",
		"a follow":                     "SELECT FROM user_follows WHERE follower_id = 'local-1' FOR UPDATE",
		"counts":                       "SELECT FROM user_follow_stats WHERE user_id = 'local-1' FOR UPDATE",
		"the same follow, uncommitted": "INSERT INTO user_follows (follower_id, following_id) VALUES ('sub-1', 'a')",
		"the same counts, uncommitted": "INSERT INTO user_follow_stats (user_id) VALUES ('sub-1')",
		"a twin, uncommitted":          "INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('sub-1', 'bob', '+2', '!')",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			s, err := Open(t.Context(), url, Options{})
			require.NoError(t, err)
			t.Cleanup(s.Close)
			oldAccount(t, s)
			newFollows(t, s, [2]string{"local-1", "a"})
			holder, watch := connect(t, url), connect(t, url)
			begin(t, holder, hold)
			result := make(chan error, 1)
			go func() {
				_, err := s.MoveAccount(t.Context(), moveToPoolID)
				result <- err
			}()
			require.Eventually(t, func() bool { return waitsForLock(t, watch) }, time.Minute, time.Millisecond)
			require.Eventually(t, func() bool { return !waitsForLock(t, watch) }, time.Minute, time.Millisecond, "it gives up by itself")
			_, err = holder.Exec(t.Context(), "COMMIT")
			require.NoError(t, err)
			require.NoError(t, <-result)
			require.Equal(t, 1, count(t, s, "SELECT count(*) FROM user_follows"))
			require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users"))
			if name == "the same follow, uncommitted" { // the statement that added it did not count it
				_, err := s.RebuildStats(t.Context(), nil)
				require.NoError(t, err)
			}
			requireNoDrift(t, s)
		})
	}
}

// waitsForLock reports whether a session waits for a lock.
func waitsForLock(t *testing.T, conn *pgx.Conn) (waits bool) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits))
	return waits
}

// TestMoveBesideFollows moves accounts while their users follow and unfollow under both ids. Counts equal rows, and no
// follow has an old id.
func TestMoveBesideFollows(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, name := range []string{"a", "b", "c"} {
		createAccount(t, s, newAccountNamed(name))
	}
	for range 8 {
		oldAccount(t, s)
		twin := newAccountNamed("twin")
		twin.CognitoID = poolID
		createAccount(t, s, twin)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for n := 0; ctx.Err() == nil; n++ {
				for _, id := range []string{localID, poolID} {
					key := model.FollowKey{FollowerID: id, FollowingID: []string{"id-a", "id-b", "id-c"}[n%3]}
					_, _ = s.Follow(ctx, key)
					_, _ = s.Follow(ctx, model.FollowKey{FollowerID: key.FollowingID, FollowingID: id})
					if n%2 == 0 {
						_, _ = s.Unfollow(ctx, key)
					}
				}
			}
		}()
		require.Eventually(t, func() bool { return count(t, s, "SELECT count(*) FROM user_follows WHERE follower_id = 'local-1'") > 0 }, time.Minute, time.Millisecond)
		_, err := s.MoveAccount(t.Context(), moveToPoolID)
		stop()
		<-done
		require.NoError(t, err)
		require.Zero(t, count(t, s, "SELECT count(*) FROM user_follows WHERE 'local-1' IN (follower_id, following_id)"))
		requireNoDrift(t, s)
		_, err = s.DeleteAccount(t.Context(), poolID)
		require.NoError(t, err)
	}
}
