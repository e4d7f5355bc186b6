package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

const publishedTables = `SELECT concat_ws('|', schemaname, tablename, array_to_string(attnames, ',')) FROM pg_publication_tables WHERE pubname = 'followgraph' ORDER BY tablename`

// TestPublication checks what may leave the database: nothing private and no password.
func TestPublication(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	require.Equal(t, []string{
		"public|user_follow_stats|user_id,updated_at",
		"public|user_follows|id,follower_id,following_id,created_at",
		"public|users|id,username,avatar,firstname,lastname,role,created_at,updated_at,cognito_id,token_version",
	}, lines(t, db, publishedTables))
	require.Equal(t, []string{"f"}, lines(t, db, `SELECT relreplident::text FROM pg_class WHERE oid = 'user_follows'::regclass`))
	exec(t, db, `INSERT INTO users (username, phone_number, password_hash) VALUES ('ada', '+1', 'h');
		INSERT INTO user_follow_stats (user_id) VALUES ('a'); INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b');
		UPDATE users SET id = 7; UPDATE user_follow_stats SET user_id = 'z'; UPDATE user_follows SET follower_id = 'c';
		DELETE FROM users; DELETE FROM user_follow_stats; DELETE FROM user_follows`)
}

// TestPublicationIsNoCondition migrates databases in which the publication cannot be created, or exists already.
func TestPublicationIsNoCondition(t *testing.T) {
	t.Parallel()
	all := []string{"user_follow_stats", "user_follows", "users"}
	for name, test := range map[string]struct {
		before string
		want   []string // published tables
	}{
		"an empty one":        {`CREATE PUBLICATION followgraph`, all},
		"the administrator's": {`CREATE PUBLICATION followgraph FOR TABLE users (id)`, []string{"users"}},
		"all tables' rows":    {`ALTER TABLE users REPLICA IDENTITY FULL`, nil},
		"no identity":         {`ALTER TABLE user_follow_stats REPLICA IDENTITY NOTHING`, nil},
		"no right to create":  {``, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := testdb.NewEmpty(t)
			db := connect(t, databaseURL)
			step(t, databaseURL, searchKeys)
			if name == "no right to create" {
				exec(t, db, `DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM followgraph', current_database()); END $$`)
				require.Equal(t, []string{"false"}, lines(t, db, `SELECT has_database_privilege(current_database(), 'CREATE')::text`))
			} else {
				exec(t, db, test.before)
			}
			_, err := migrate.Up(t.Context(), databaseURL)
			require.NoError(t, err)
			require.Equal(t, test.want, lines(t, db, `SELECT tablename FROM pg_publication_tables WHERE pubname = 'followgraph' ORDER BY tablename`))
			exec(t, db, `INSERT INTO users (username, phone_number, password_hash) VALUES ('ada', '+1', 'h'); INSERT INTO user_follow_stats (user_id) VALUES ('a')`)
			if test.want == nil && name == "all tables' rows" {
				exec(t, db, `UPDATE users SET city = 'Berlin'; DELETE FROM users`)
			}
		})
	}
}
