package adopt_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

// teamTrigger is a trigger with which a team keeps the counts. They must not be counted twice.
const teamTrigger = `
CREATE FUNCTION count_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES (NEW.follower_id, 0, 1)
      ON CONFLICT (user_id) DO UPDATE SET followings_count = user_follow_stats.followings_count + 1, updated_at = now();
    INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES (NEW.following_id, 1, 0)
      ON CONFLICT (user_id) DO UPDATE SET followers_count = user_follow_stats.followers_count + 1, updated_at = now();
  ELSE
    UPDATE user_follow_stats SET followings_count = followings_count - 1, updated_at = now() WHERE user_id = OLD.follower_id;
    UPDATE user_follow_stats SET followers_count = followers_count - 1, updated_at = now() WHERE user_id = OLD.following_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_follow AFTER INSERT OR DELETE ON user_follows FOR EACH ROW EXECUTE FUNCTION count_follow();`

// graph contains the follows that every case starts with. The counts of b and é are missing, those of c are wrong.
const graph = `
INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b'), ('b', 'c'), ('c', 'a'), ('a', 'c'), ('é', 'a'), ('Z', 'a');
TRUNCATE user_follow_stats;
INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('a', 3, 2), ('c', 0, 9), ('Z', 0, 1), ('gone', 4, 4);`

// countedDatabases create databases whose counts are kept by triggers: one for each form of the tables.
var countedDatabases = map[string]func(t *testing.T) string{
	"old tables": func(t *testing.T) string {
		content, err := os.ReadFile("testdata/service.sql")
		require.NoError(t, err)
		url := testdb.NewEmpty(t)
		exec(t, connect(t, url), string(content))
		return url
	},
	"old tables, another schema": func(t *testing.T) string {
		content, err := os.ReadFile("testdata/service.sql")
		require.NoError(t, err)
		url := testdb.NewEmpty(t)
		exec(t, connect(t, url), `CREATE SCHEMA "the team's"; SET search_path = "the team's"; `+string(content)+`
			ALTER TABLE user_follow_stats ALTER followers_count DROP NOT NULL, ALTER followings_count DROP NOT NULL;
			DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = "the team''s"', current_database()); END $$`)
		return url
	},
	"new tables": func(t *testing.T) string { return testdb.New(t) },
	"new tables, own trigger": func(t *testing.T) string {
		url := testdb.New(t)
		exec(t, connect(t, url), teamTrigger)
		return url
	},
}

// keepCounts installs the triggers and repairs wrong counts.
func keepCounts(t *testing.T, url string) {
	t.Helper()
	conn := connect(t, url)
	var schema string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT current_schema()`).Scan(&schema))
	for range 2 { // the second time changes nothing
		require.NoError(t, pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `LOCK TABLE user_follows, user_follow_stats IN SHARE ROW EXCLUSIVE MODE`)
			require.NoError(t, err)
			return adopt.InstallCounting(t.Context(), tx, schema)
		}))
	}
	_, err := adopt.RepairCounts(t.Context(), conn, schema, nil)
	require.NoError(t, err)
}

// drifted returns the users whose counts differ from the follows, in one snapshot.
func drifted(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `
		SELECT format('%s: followers %s, counted %s; followings %s, counted %s', coalesce(counted.id, s.user_id),
			coalesce(counted.followers, 0), s.followers_count, coalesce(counted.followings, 0), s.followings_count)
		FROM (
			SELECT id, sum(a) AS followers, sum(b) AS followings
			FROM (SELECT following_id AS id, 1 AS a, 0 AS b FROM user_follows UNION ALL SELECT follower_id, 0, 1 FROM user_follows) ends
			GROUP BY id
		) counted FULL JOIN user_follow_stats s ON s.user_id = counted.id
		WHERE s.user_id IS NULL OR (s.followers_count, s.followings_count) IS DISTINCT FROM (coalesce(counted.followers, 0), coalesce(counted.followings, 0))`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func requireExact(t *testing.T, conn *pgx.Conn, after string) {
	t.Helper()
	found, err := drifted(t.Context(), conn)
	require.NoError(t, err)
	require.Empty(t, found, after)
	var notes int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM followgraph_adoption.notes`).Scan(&notes))
	require.Zero(t, notes, after)
}

// foreignTransactions are transactions of other programs.
var foreignTransactions = []string{
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('new', 'b')`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('new', 'b'), ('new', 'x1'), ('x1', 'b') ON CONFLICT DO NOTHING`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('new', 'b') ON CONFLICT (follower_id, following_id) DO UPDATE SET created_at = now()`,
	`DELETE FROM user_follows WHERE follower_id = 'new'`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'x1'); INSERT INTO user_follows (follower_id, following_id) VALUES ('Z', 'x1'); DELETE FROM user_follows WHERE follower_id = 'a'`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'q'); DELETE FROM user_follows WHERE following_id = 'q'`,
	// Several ways to keep counts.
	`UPDATE user_follow_stats SET followers_count = 77 WHERE user_id = 'a'`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b'); UPDATE user_follow_stats SET followings_count = followings_count + 1 WHERE user_id = 'a'; UPDATE user_follow_stats SET followers_count = 1 WHERE user_id = 'b'`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('y1', 'y2'); INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('y1', 0, 0); INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('y2', 0, 0); UPDATE user_follow_stats SET followers_count = followers_count + 1 WHERE user_id = 'y2'`,
	`INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('y3', 0, 5); INSERT INTO user_follows (follower_id, following_id) VALUES ('y3', 'y1')`,
	`INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('invented', 9, 9)`,
	`INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('invented', 9, 9), ('a', 8, 8) ON CONFLICT (user_id) DO UPDATE SET followers_count = user_follow_stats.followers_count + excluded.followers_count`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('y4', 'a'); INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('y4', 0, 1) ON CONFLICT DO NOTHING`,
	// Jobs that rebuild the counts.
	`DELETE FROM user_follow_stats; INSERT INTO user_follow_stats (user_id, followers_count, followings_count) SELECT follower_id, 0, count(*) FROM user_follows GROUP BY 1`,
	`DELETE FROM user_follow_stats`,
	`DELETE FROM user_follow_stats WHERE user_id = 'a'`,
	`TRUNCATE user_follow_stats`,
	`TRUNCATE user_follow_stats; INSERT INTO user_follow_stats (user_id, followers_count, followings_count) SELECT following_id, count(*), 5 FROM user_follows GROUP BY 1`,
	`UPDATE user_follow_stats SET followers_count = 0, followings_count = 0`,
	// Users get another id, or are deleted.
	`UPDATE user_follows SET follower_id = 'aa' WHERE follower_id = 'a'; UPDATE user_follows SET following_id = 'aa' WHERE following_id = 'a'; UPDATE user_follow_stats SET user_id = 'aa' WHERE user_id = 'a'`,
	`UPDATE user_follow_stats SET user_id = 'nobody' WHERE user_id = 'c'`,
	`UPDATE user_follows SET created_at = now()`,
	`UPDATE user_follows SET follower_id = following_id || '-', following_id = follower_id WHERE follower_id = 'b'`,
	`DELETE FROM user_follows WHERE 'c' IN (follower_id, following_id); DELETE FROM user_follow_stats WHERE user_id = 'c'`,
	`DELETE FROM user_follow_stats WHERE user_id = 'Z'; DELETE FROM user_follows WHERE 'Z' IN (follower_id, following_id)`,
	// Savepoints that are rolled back, and constraints that are set to be immediate.
	`SAVEPOINT s; INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'undone'); ROLLBACK TO s; INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'kept')`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'undone'); SAVEPOINT s; UPDATE user_follow_stats SET followers_count = 1 WHERE user_id = 'a'; INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('undone', 0, 0); ROLLBACK TO s`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'z1'); SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'z2')`,
	`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; INSERT INTO user_follows (follower_id, following_id) VALUES ('r', 'a'); DELETE FROM user_follows WHERE follower_id = 'é'`,
	`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO user_follows (follower_id, following_id) VALUES ('s', 'a'); UPDATE user_follow_stats SET followers_count = 1`,
	`INSERT INTO user_follows (follower_id, following_id) SELECT 'n' || n, 'many' FROM generate_series(1, 3000) n`,
	`DELETE FROM user_follows WHERE following_id = 'many' AND follower_id > 'n2'`,
	`TRUNCATE user_follows`,
	`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`,
	`TRUNCATE user_follows, user_follow_stats`,
	`INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ('a', 'b', NULL)`,
}

// TestForeignWrites runs transactions of other programs one after the other. The counts equal the follows after each.
func TestForeignWrites(t *testing.T) {
	t.Parallel()
	for name, build := range countedDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := build(t)
			conn := connect(t, url)
			exec(t, conn, graph)
			keepCounts(t, url)
			requireExact(t, conn, "repaired")
			for _, statements := range foreignTransactions {
				for _, end := range []string{"; ROLLBACK", "; COMMIT"} {
					_, err := conn.Exec(t.Context(), "BEGIN; "+statements+end)
					if err != nil && strings.HasSuffix(name, "own trigger") { // who has one inserts no counts that it has made
						require.ErrorContains(t, err, "user_follow_stats_pkey")
						exec(t, conn, "ROLLBACK")
						continue
					}
					require.NoError(t, err, statements)
					requireExact(t, conn, statements+end)
				}
			}
			counts, installed, err := adopt.ForeignWrites(t.Context(), conn)
			require.NoError(t, err)
			require.True(t, installed)
			require.Positive(t, counts.Follows)
			require.Positive(t, counts.Counts)
			var always bool
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT bool_and(tgenabled = 'A') FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ 'followgraph' OR tgname = 'settle_counts'`).Scan(&always))
			require.True(t, always, "triggers that a session can leave out")
		})
	}
}

// TestForeignDeletion deletes a user with all rows as another program: no row of counts comes back.
func TestForeignDeletion(t *testing.T) {
	t.Parallel()
	url := countedDatabases["new tables"](t)
	conn := connect(t, url)
	exec(t, conn, graph)
	keepCounts(t, url)
	for _, statements := range []string{
		`DELETE FROM user_follows WHERE 'c' IN (follower_id, following_id); DELETE FROM user_follow_stats WHERE user_id = 'c'`,
		`DELETE FROM user_follow_stats WHERE user_id = 'é'; DELETE FROM user_follows WHERE 'é' IN (follower_id, following_id)`,
		`INSERT INTO user_follows (follower_id, following_id) VALUES ('passing', 'a'); DELETE FROM user_follows WHERE follower_id = 'passing'`,
	} {
		exec(t, conn, "BEGIN; "+statements+"; COMMIT")
	}
	var left int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM user_follow_stats WHERE user_id IN ('c', 'é', 'passing')`).Scan(&left))
	require.Zero(t, left)
	// A row that another program inserts remains, and so does a deletion in progress.
	exec(t, conn, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('asked for', 7, 7)`)
	exec(t, conn, `BEGIN; SET LOCAL followgraph.writer = 'own'; UPDATE user_follow_stats SET deleted_at = '2026-01-02Z' WHERE user_id = 'a'; COMMIT`)
	for _, statements := range []string{
		`DELETE FROM user_follow_stats WHERE user_id = 'a'`,
		`TRUNCATE user_follow_stats; INSERT INTO user_follow_stats (user_id) VALUES ('a'), ('asked for')`,
	} {
		exec(t, conn, "BEGIN; "+statements+"; COMMIT")
		var marked int
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM user_follow_stats WHERE user_id = 'a' AND deleted_at = '2026-01-02Z' OR user_id = 'asked for' AND followers_count = 0`).Scan(&marked))
		require.Equal(t, 2, marked, statements)
	}
	requireExact(t, conn, "the end")
}

// TestForeignDeadlocks runs two transactions of other programs that follow crosswise and count one side only, or not at
// all, or insert rows of counts first. The locks of the triggers never close a cycle.
func TestForeignDeadlocks(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][2]string{
		// One transaction runs both steps with A = a and B = b. The other one runs them with A = b and B = a, and starts
		// before the first one continues.
		"one side counts": {
			`INSERT INTO user_follows (follower_id, following_id) VALUES ('A', 'B'); UPDATE user_follow_stats SET followers_count = 5 WHERE user_id = 'B'`,
			`SELECT`,
		},
		"several follows": {
			`INSERT INTO user_follows (follower_id, following_id) VALUES ('A', 'c')`,
			`INSERT INTO user_follows (follower_id, following_id) VALUES ('B', 'd')`,
		},
		"rows of new users": {
			`INSERT INTO user_follows (follower_id, following_id) VALUES ('nA', 'nB'); INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('nA', 0, 0)`,
			`INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('nB', 0, 0)`,
		},
		"both sides count": {
			`INSERT INTO user_follows (follower_id, following_id) VALUES ('A', 'B'); UPDATE user_follow_stats SET followings_count = 5 WHERE user_id = 'A'`,
			`UPDATE user_follow_stats SET followers_count = 5 WHERE user_id = 'B'`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := countedDatabases["old tables"](t)
			one, other, looks := connect(t, url), connect(t, url), connect(t, url)
			exec(t, one, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('a', 0, 0), ('b', 0, 0), ('c', 0, 0)`)
			keepCounts(t, url)
			this, that := strings.NewReplacer("A", "a", "B", "b"), strings.NewReplacer("A", "b", "B", "a")
			named := func(r *strings.Replacer, statement string) string {
				for _, id := range []string{"'A'", "'B'", "'nA'", "'nB'"} {
					statement = strings.ReplaceAll(statement, id, r.Replace(id))
				}
				return statement
			}
			exec(t, one, "BEGIN; "+named(this, steps[0]))
			begun, ended := make(chan struct{}), make(chan error, 1)
			go func() {
				ctx := context.WithoutCancel(t.Context())
				_, err := other.Exec(ctx, "BEGIN; "+named(that, steps[0]))
				close(begun)
				if err == nil {
					_, err = other.Exec(ctx, named(that, steps[1])+"; COMMIT")
				}
				ended <- err
			}()
			require.Eventually(t, func() bool {
				select {
				case <-begun:
					return true
				default:
				}
				var waits bool
				err := looks.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits)
				return err == nil && waits
			}, time.Minute, time.Millisecond)
			exec(t, one, named(this, steps[1])+"; COMMIT")
			err := <-ended
			if name == "rows of new users" { // the other transaction finds the rows inserted; without triggers it would have deadlocked
				var server *pgconn.PgError
				require.ErrorAs(t, err, &server)
				require.Equal(t, "23505", server.Code)
			} else {
				require.NoError(t, err)
			}
			requireExact(t, looks, name)
		})
	}
}

// TestRemoveTriggers removes the triggers: other programs keep the counts themselves again.
func TestRemoveTriggers(t *testing.T) {
	t.Parallel()
	url := countedDatabases["new tables"](t)
	conn := connect(t, url)
	keepCounts(t, url)
	require.NoError(t, pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		require.NoError(t, adopt.InstallAccounts(t.Context(), tx, "public"))
		return adopt.RemoveTriggers(t.Context(), tx, "public")
	}))
	var left int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ('users'::regclass, 'user_follows'::regclass, 'user_follow_stats'::regclass)`).Scan(&left))
	require.Zero(t, left)
	exec(t, conn, `INSERT INTO user_follow_stats (user_id, followers_count) VALUES ('x', 3)`)
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT followers_count FROM user_follow_stats WHERE user_id = 'x'`).Scan(&left))
	require.Equal(t, 3, left)
	_, installed, err := adopt.ForeignWrites(t.Context(), connect(t, testdb.New(t)))
	require.NoError(t, err)
	require.False(t, installed)
}
