package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// foreignSchemas lists changes that a team may have made to the tables, and what the log has to name. secret is the
// value of a private field.
var foreignSchemas = []struct {
	name, sql string
	named     []string
	follows   bool // whether follows fail, otherwise accounts
}{
	{"a required column", `ALTER TABLE users ADD is_active boolean NOT NULL DEFAULT true; ALTER TABLE users ALTER is_active DROP DEFAULT`, []string{"23502", "public.users", "is_active"}, false},
	{"a foreign key", `CREATE TABLE tenants (id text PRIMARY KEY); ALTER TABLE users ADD tenant text REFERENCES tenants; ALTER TABLE users ALTER tenant SET DEFAULT 'none'`,
		[]string{"23503", "public.users", "users_tenant_fkey"}, false},
	{"a constraint", `ALTER TABLE users ADD CONSTRAINT ck_city CHECK (city <> 'secret')`, []string{"23514", "public.users", "ck_city"}, false},
	{"a unique index", `CREATE UNIQUE INDEX team_city ON users (city); INSERT INTO users (username, phone_number, password_hash, city) VALUES ('x', '+0', '!', 'secret')`,
		[]string{"23505", "public.users", "team_city"}, false},
	{"a trigger", `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not in this house'; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse()`, []string{"P0001", "not in this house"}, false},
	{"a role that is missing", `DROP PUBLICATION followgraph; ALTER TABLE users ALTER role DROP DEFAULT, ALTER role TYPE text; DROP TYPE userrole; CREATE TYPE userrole AS ENUM ('AGENT');
		ALTER TABLE users ALTER role TYPE userrole USING 'AGENT'`, []string{"22P02", "userrole"}, false},
	{"a column that is missing", `DROP PUBLICATION followgraph; ALTER TABLE users DROP token_version`, []string{"42703", "token_version"}, false},
	{"a table that is missing", `DROP TABLE user_follow_stats`, []string{"42P01", "user_follow_stats"}, true},
	{"an id that cannot be written", `ALTER TABLE user_follows ALTER created_at DROP DEFAULT`, []string{"23502", "public.user_follows", "created_at"}, true},
	{"an index that is missing", `DROP INDEX idx_follower_following`, []string{"42P10"}, true},
	{"a column that is too short", `ALTER TABLE user_follows ALTER follower_id TYPE varchar(1)`, []string{"22001"}, true},
}

// TestForeignSchema runs statements on a schema that differs from this program's. The client learns only that the
// database does not fit. The log names the difference and contains no value.
func TestForeignSchema(t *testing.T) {
	t.Parallel()
	for _, test := range foreignSchemas {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)
			makeAccounts(t, conn, 2)
			_, err := conn.Exec(t.Context(), test.sql, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
			if test.follows {
				_, err = db.Follow(t.Context(), pair("n0", "n1"))
			} else {
				_, err = db.CreateAccount(t.Context(), model.NewAccount{Role: model.UserRoleEndUser, Profile: model.Profile{
					Username: "ada", PhoneNumber: "+41", City: new("secret"),
				}})
			}
			require.Equal(t, apperr.DatabaseMismatch, apperr.CodeOf(err), "%v", err)
			var shown *apperr.Error
			require.ErrorAs(t, err, &shown)
			for _, named := range append(test.named, "followgraph adopt check") {
				require.ErrorContains(t, err, named)
				require.NotContains(t, shown.Message, named)
			}
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

// TestForeignSchemaInGroup makes one of several follows of a batch fail: the others are written.
func TestForeignSchemaInGroup(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	makeAccounts(t, conn, 4)
	run(t, conn, `ALTER TABLE user_follows ADD CONSTRAINT no_two CHECK (following_id <> 'n2')`)
	results := db.FollowAll(t.Context(), []model.FollowKey{pair("n0", "n1"), pair("n0", "n2"), pair("n0", "n3")})
	require.NoError(t, results[0].Err)
	require.Equal(t, apperr.DatabaseMismatch, apperr.CodeOf(results[1].Err))
	require.NoError(t, results[2].Err)
}

// TestTooLong writes values that are longer than the team's columns: each such field has an error with its limit.
func TestTooLong(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	run(t, conn, `DROP PUBLICATION followgraph; DROP INDEX ix_users_words_search, ix_users_name_search`)
	run(t, conn, `ALTER TABLE users ALTER firstname TYPE varchar(5), ALTER lastname TYPE varchar(5), ALTER city TYPE varchar(3)`)
	makeAccounts(t, conn, 1)
	db, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	requireFields := func(err error, want ...string) {
		t.Helper()
		var all apperr.Errors
		require.ErrorAs(t, err, &all)
		var fields []string
		for _, each := range all {
			require.Equal(t, apperr.BadUserInput, each.Code)
			require.Regexp(t, "(5|3) characters", each.Message)
			fields = append(fields, each.Field)
		}
		require.Equal(t, want, fields)
	}
	_, err = db.CreateAccount(t.Context(), model.NewAccount{Role: model.UserRoleEndUser, Profile: model.Profile{
		Username: "ada", PhoneNumber: "+41", Firstname: new("Adelheid"), Lastname: new("Ärzté"), City: new("Bern"),
	}})
	requireFields(err, "firstname", "city")
	long, short := "Zürich", "Rüti!"
	requireFields(db.UpdateProfile(t.Context(), "n0", model.ProfileChange{City: model.Change{Set: true, Value: &long}}), "city")
	requireFields(db.UpdateProfile(t.Context(), "n0", model.ProfileChange{Username: model.Change{Set: true, Value: &long}, Lastname: model.Change{Set: true, Value: &long}}), "lastname")
	require.NoError(t, db.UpdateProfile(t.Context(), "n0", model.ProfileChange{Lastname: model.Change{Set: true, Value: &short}}))
}
