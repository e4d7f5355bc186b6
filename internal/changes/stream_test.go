package changes

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/testdb"
)

func TestTransactionsComeWholeAndInCommitOrder(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	first, second := connect(t, url), connect(t, url)
	s := start(t, Options{URL: url})
	before := s.Position()

	// The first to begin is the last to commit.
	exec(t, first, `BEGIN`)
	exec(t, first, `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`)
	exec(t, second, `BEGIN; INSERT INTO user_follows (follower_id, following_id) VALUES ('c', 'd'); INSERT INTO user_follow_stats (user_id) VALUES ('d'); COMMIT`)
	exec(t, first, `INSERT INTO user_follows (follower_id, following_id) VALUES ('b', 'a')`)
	exec(t, first, `COMMIT`)

	one, two := next(t, s), next(t, s)
	require.Equal(t, []string{"insert user_follows c->d", "insert user_follow_stats d"}, lines(one))
	require.Equal(t, []string{"insert user_follows a->b", "insert user_follows b->a"}, lines(two))
	for _, step := range [][2]commit.Position{{before, one.Position}, {one.Position, two.Position}} {
		order, ok := step[0].Compare(step[1])
		require.True(t, ok)
		require.Negative(t, order)
	}
	require.Equal(t, two.Position, s.Position())
	require.WithinDuration(t, time.Now(), one.CommitAt, testTimeout)
	require.Equal(t, queryOne[int64](t, first, `SELECT (extract(epoch FROM created_at) * 1000000)::bigint FROM user_follows WHERE follower_id = 'a'`),
		two.Changes[0].Follow.CreatedAt.UnixMicro())
}

func TestRowsOfUsers(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	s := start(t, Options{URL: url})
	id := queryOne[int64](t, conn, `INSERT INTO users (username, email, phone_number, password_hash, cognito_id, firstname, role, avatar, created_at, updated_at, token_version)
		VALUES ('ada', 'ada@example.org', '+1', 'secret', 'c1', 'Ada', 'OWNER', '/a.png', 'infinity', '0044-03-15 BC', 7) RETURNING id`)
	u := next(t, s).Changes[0].User
	first, avatar := "Ada", "/a.png"
	require.Equal(t, &User{
		ID: id, CognitoID: "c1", Username: "ada", Firstname: &first, Avatar: &avatar, Role: "OWNER", TokenVersion: 7,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}, u)
	require.Equal(t, "9999-12-31", u.CreatedAt.Time().Format(time.DateOnly))
	require.Equal(t, "0001-01-01", u.UpdatedAt.Time().Format(time.DateOnly))

	exec(t, conn, `UPDATE users SET role = 'TC_ADMIN', lastname = 'L', token_version = 8 WHERE id = $1`, id)
	c := next(t, s).Changes[0]
	require.Equal(t, []any{Update, id, "TC_ADMIN", int64(8), "L"}, []any{c.Kind, c.OldUserID, c.User.Role, c.User.TokenVersion, *c.User.Lastname})
	exec(t, conn, `UPDATE users SET id = $1 + 100 WHERE id = $1`, id)
	c = next(t, s).Changes[0]
	require.Equal(t, []any{id, id + 100}, []any{c.OldUserID, c.User.ID})
	exec(t, conn, `DELETE FROM users`)
	c = next(t, s).Changes[0]
	require.Equal(t, Change{Kind: Delete, Table: TableUsers, User: &User{ID: id + 100}}, c)
}

func TestDeletesShowTheWholeFollow(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	exec(t, conn, `INSERT INTO user_follows (id, follower_id, following_id, created_at) VALUES (5, 'a', 'b', '2026-01-02T03:04:05.000006Z')`)
	exec(t, conn, `INSERT INTO user_follow_stats (user_id) VALUES ('a')`)
	s := start(t, Options{URL: url})
	exec(t, conn, `UPDATE user_follows SET created_at = '2026-02-02T00:00:00Z', following_id = 'c'`)
	c := next(t, s).Changes[0]
	require.Equal(t, []any{"b", "c", int64(5)}, []any{c.OldFollow.FollowingID, c.Follow.FollowingID, c.OldFollow.ID})
	require.Equal(t, "2026-01-02T03:04:05.000006Z", c.OldFollow.CreatedAt.Time().Format(time.RFC3339Nano))
	exec(t, conn, `DELETE FROM user_follows`)
	c = next(t, s).Changes[0]
	require.Equal(t, []any{Delete, int64(5), "a", "c"}, []any{c.Kind, c.Follow.ID, c.Follow.FollowerID, c.Follow.FollowingID})
	require.Equal(t, "2026-02-02", c.Follow.CreatedAt.Time().Format(time.DateOnly))

	exec(t, conn, `UPDATE user_follow_stats SET user_id = 'z'`)
	c = next(t, s).Changes[0]
	require.Equal(t, []any{"a", "z"}, []any{c.OldStatsID, c.Stats.UserID})
	exec(t, conn, `UPDATE user_follow_stats SET updated_at = now()`)
	c = next(t, s).Changes[0]
	require.Equal(t, []any{"z", "z"}, []any{c.OldStatsID, c.Stats.UserID})
	exec(t, conn, `DELETE FROM user_follow_stats`)
	require.Equal(t, []string{"delete user_follow_stats z"}, lines(next(t, s)))
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	addUser(t, conn, "ada")
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`)
	s := start(t, Options{URL: url})
	exec(t, conn, `BEGIN; TRUNCATE user_follows, user_follow_stats; INSERT INTO user_follows (follower_id, following_id) VALUES ('c', 'd'); TRUNCATE users; COMMIT`)
	require.Equal(t, []string{"truncate user_follows", "truncate user_follow_stats", "insert user_follows c->d", "truncate users"}, lines(next(t, s)))
}

func TestSubtransactions(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	s := start(t, Options{URL: url})
	exec(t, conn, `BEGIN; INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b');
		SAVEPOINT x; INSERT INTO user_follows (follower_id, following_id) VALUES ('not', 'this'); ROLLBACK TO x;
		SAVEPOINT y; INSERT INTO user_follows (follower_id, following_id) VALUES ('b', 'c'); RELEASE y;
		DELETE FROM user_follows WHERE follower_id = 'a'; COMMIT`)
	exec(t, conn, `BEGIN; INSERT INTO user_follows (follower_id, following_id) VALUES ('rolled', 'back'); ROLLBACK`)
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('last', 'one')`)
	require.Equal(t, []string{"insert user_follows a->b", "insert user_follows b->c", "delete user_follows a->b"}, lines(next(t, s)))
	require.Equal(t, []string{"insert user_follows last->one"}, lines(next(t, s)))
}

// TestUnchangedLargeValues updates rows with values that PostgreSQL stores outside of them.
func TestUnchangedLargeValues(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	exec(t, conn, `ALTER TABLE users ALTER COLUMN avatar SET STORAGE EXTERNAL, ALTER COLUMN lastname SET STORAGE EXTERNAL`)
	id := addUser(t, conn, "ada")
	large := strings.Repeat("ä", 300_000)
	s := start(t, Options{URL: url})
	exec(t, conn, `UPDATE users SET avatar = $1::text, lastname = left($1::text, 500) || repeat('x', 5000) WHERE id = $2`, large, id)
	before := next(t, s).Changes[0].User
	require.Equal(t, large, *before.Avatar)
	require.Zero(t, before.Unchanged)

	exec(t, conn, `UPDATE users SET firstname = 'Augusta' WHERE id = $1`, id)
	u := next(t, s).Changes[0].User
	require.Equal(t, Avatar|Lastname, u.Unchanged)
	require.Nil(t, u.Avatar)
	require.Equal(t, "Augusta", *u.Firstname)
	require.ErrorContains(t, s.Fold(t.Context(), []*User{u}), "complete")
	u.Complete(before)
	require.Equal(t, []any{large, *before.Lastname, "Augusta", Columns(0)}, []any{*u.Avatar, *u.Lastname, *u.Firstname, u.Unchanged})
	require.NoError(t, s.Fold(t.Context(), []*User{u}))

	// An avatar that was removed is not an unchanged one.
	exec(t, conn, `UPDATE users SET avatar = NULL WHERE id = $1`, id)
	u = next(t, s).Changes[0].User
	require.Equal(t, Lastname, u.Unchanged)
	require.Nil(t, u.Avatar)

	// With the whole old row, or a key, the values are in the log.
	exec(t, conn, `DROP INDEX idx_follower_following, idx_follower_id, idx_following_id;
		ALTER TABLE user_follows ALTER COLUMN follower_id SET STORAGE EXTERNAL;
		ALTER TABLE user_follow_stats ALTER COLUMN user_id SET STORAGE EXTERNAL`)
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, 'b')`, large)
	require.Equal(t, large, next(t, s).Changes[0].Follow.FollowerID)
	exec(t, conn, `UPDATE user_follows SET created_at = '2026-01-01'`)
	c := next(t, s).Changes[0]
	require.Equal(t, []string{large, large}, []string{c.Follow.FollowerID, c.OldFollow.FollowerID})
	exec(t, conn, `DELETE FROM user_follows`)
	require.Equal(t, large, next(t, s).Changes[0].Follow.FollowerID)
	key := strings.Repeat("k", 2500)
	exec(t, conn, `INSERT INTO user_follow_stats (user_id) VALUES ($1)`, key)
	next(t, s)
	exec(t, conn, `UPDATE user_follow_stats SET updated_at = now() + interval '1 day'`)
	c = next(t, s).Changes[0]
	require.Equal(t, []string{key, key}, []string{c.Stats.UserID, c.OldStatsID})
}

// TestLargeTransactionsComeInParts commits 200,000 follows at once.
func TestLargeTransactionsComeInParts(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	s := start(t, Options{URL: url, Part: 1000})
	before := s.Position()
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'a' || n, 'b' FROM generate_series(1, 200000) AS n`)
	rows, parts := 0, 0
	for {
		part, err := s.Next(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, len(part.Changes), 1000)
		rows += len(part.Changes)
		parts++
		if part.More {
			require.Equal(t, before, s.Position(), "no position before the last part")
			require.True(t, part.Position.IsZero())
		} else if rows > 0 {
			break
		} else {
			before = s.Position()
		}
	}
	require.Equal(t, 200_000, rows)
	require.Greater(t, parts, 199)

	// Large rows make parts of fewer changes.
	large := openStream(t, Options{URL: url})
	require.NoError(t, large.Start(t.Context()))
	exec(t, conn, `INSERT INTO users (username, phone_number, password_hash, avatar) SELECT 'u' || n, n::text, 'h', repeat('x', 1000000) FROM generate_series(1, 20) AS n`)
	for {
		part, err := large.Next(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, len(part.Changes), 9)
		if !part.More && large.Position() != before && !part.CommitAt.IsZero() {
			break
		}
	}
}

// TestPositionMovesWithoutChangesOfOurs waits for a position that other tables, rolled back transactions and other
// databases have moved.
func TestPositionMovesWithoutChangesOfOurs(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	s := start(t, Options{URL: url})
	exec(t, conn, `CREATE TABLE other (n integer); INSERT INTO other VALUES (1)`)
	lsn, err := commit.ParseLSN(queryOne[string](t, conn, `SELECT pg_current_wal_flush_lsn()::text`))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	for s.Position().LSN < lsn {
		part, err := s.Next(ctx)
		require.NoError(t, err)
		require.Empty(t, part.Changes)
	}
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`)
	require.Greater(t, next(t, s).Position.LSN, lsn)
}

// TestSchemaChanges alters the tables under a running stream.
func TestSchemaChanges(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change string
		write  string // by default a follow
		want   string // of the error; empty if the stream goes on
	}{
		"a column more":           {change: `ALTER TABLE user_follows ADD COLUMN note text DEFAULT 'n'`},
		"a column before":         {change: `ALTER TABLE user_follows ADD COLUMN x integer; ALTER TABLE user_follows RENAME x TO aaa`},
		"an owner":                {change: `ALTER TABLE user_follows OWNER TO pg_database_owner`},
		"a column less":           {change: `ALTER TABLE user_follows DROP COLUMN created_at`, want: "lacks the column user_follows.created_at"},
		"a column renamed":        {change: `ALTER TABLE user_follows RENAME created_at TO made_at`, want: "lacks the column user_follows.created_at"},
		"another type":            {change: `ALTER TABLE user_follows ALTER created_at TYPE text`, want: "user_follows.created_at has a type"},
		"a null":                  {change: `ALTER TABLE user_follows ALTER created_at DROP NOT NULL`, write: `INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ('a', 'b', NULL)`, want: "user_follows.created_at is null"},
		"another identity":        {change: `ALTER TABLE user_follows REPLICA IDENTITY DEFAULT`, want: "identity of user_follows is not FULL"},
		"another name":            {change: `ALTER TABLE user_follows RENAME TO follows_of_users`, write: `INSERT INTO follows_of_users (follower_id, following_id) VALUES ('a', 'b')`, want: "user_follows was renamed"},
		"another table":           {change: `ALTER TABLE user_follows RENAME TO old; CREATE TABLE user_follows (LIKE old INCLUDING ALL); ALTER TABLE user_follows REPLICA IDENTITY FULL; ALTER PUBLICATION followgraph SET TABLE user_follows`, want: "user_follows was replaced"},
		"a table of another name": {change: `CREATE SCHEMA other; CREATE TABLE other.users (id integer PRIMARY KEY); ALTER PUBLICATION followgraph ADD TABLE other.users`, write: `INSERT INTO other.users VALUES (1); INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`},
		"a new role":              {change: `ALTER TYPE userrole ADD VALUE 'NEW'`},
		"no publication":          {change: `DROP PUBLICATION followgraph`, want: `publication "followgraph"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			conn := connect(t, url)
			s := start(t, Options{URL: url})
			exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('first', 'one')`)
			next(t, s)
			exec(t, conn, test.change)
			write := test.write
			if write == "" {
				write = `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`
			}
			_, err := conn.Exec(t.Context(), write, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
			got, err := tryNext(t, s)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []string{"insert user_follows a->b"}, lines(got))
		})
	}
}

// TestCheck looks at what a stream does not show.
func TestCheck(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	s := start(t, Options{URL: url})
	require.NoError(t, s.Check(t.Context()))
	exec(t, conn, `ALTER PUBLICATION followgraph DROP TABLE user_follow_stats`)
	require.ErrorContains(t, s.Check(t.Context()), "lacks the table user_follow_stats")
	exec(t, conn, `ALTER PUBLICATION followgraph ADD TABLE user_follow_stats (user_id, updated_at)`)
	require.NoError(t, s.Check(t.Context()))
	exec(t, conn, `CREATE TABLE made (LIKE user_follow_stats INCLUDING ALL); DROP TABLE user_follow_stats; ALTER TABLE made RENAME TO user_follow_stats;
		ALTER PUBLICATION followgraph ADD TABLE user_follow_stats (user_id, updated_at)`)
	require.ErrorContains(t, s.Check(t.Context()), "user_follow_stats was replaced")
}

func TestStreamInAnotherSchema(t *testing.T) {
	t.Parallel()
	address := testdb.New(t)
	exec(t, connect(t, address), `CREATE SCHEMA "Ours"; ALTER TABLE users SET SCHEMA "Ours"; ALTER TABLE user_follows SET SCHEMA "Ours"; ALTER TABLE user_follow_stats SET SCHEMA "Ours"`)
	address = withOption(t, address, `-c search_path="Ours"`)
	conn := connect(t, address)
	addUser(t, conn, "ada")
	s := openStream(t, Options{URL: address})
	require.Equal(t, []string{"ada"}, load(t, s).usernames())
	require.NoError(t, s.Start(t.Context()))
	addUser(t, conn, "bob")
	require.Equal(t, []string{"insert users bob END_USER"}, lines(next(t, s)))
}

// BenchmarkNext reads a transaction of a million follows.
func BenchmarkNext(b *testing.B) {
	url := testdb.New(b)
	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	const rows = 1_000_000
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		s, err := Open(b.Context(), Options{URL: url})
		require.NoError(b, err)
		_, err = conn.Exec(b.Context(), fmt.Sprintf(`INSERT INTO user_follows (follower_id, following_id) SELECT 'a%d-' || n, 'b' FROM generate_series(1, %d) AS n`, n, rows))
		require.NoError(b, err)
		b.StartTimer()
		require.NoError(b, s.Start(b.Context()))
		for read := 0; read < rows; {
			part, err := s.Next(b.Context())
			require.NoError(b, err)
			read += len(part.Changes)
		}
		require.NoError(b, s.Close(b.Context()))
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
