package adopt_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

func TestReadShape(t *testing.T) {
	t.Parallel()
	conn := service(t, `
		ALTER TABLE users ADD COLUMN is_active boolean NOT NULL DEFAULT true, ALTER COLUMN username TYPE character varying(50);
		COMMENT ON COLUMN users.username IS 'the login';
		GRANT SELECT ON user_follows TO PUBLIC;
		CREATE TABLE refresh_tokens (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users ON DELETE SET NULL);
		ALTER TABLE user_follows ADD CONSTRAINT pair UNIQUE (following_id, follower_id);
		CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER noted AFTER INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION noted();
		INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+1', 'OWNER'), ('bob', 'h', '+2', 'OWNER');
		ALTER TABLE users SET (fillfactor = 90);`)
	shape, err := adopt.ReadShape(t.Context(), conn)
	require.NoError(t, err)

	require.Equal(t, "public", shape.Schema)
	require.Equal(t, []adopt.Candidate{{
		Schema: "public", Tables: []string{"user_follow_stats", "user_follows", "users"}, Service: true, Create: true, Position: 1,
	}}, shape.Candidates)
	require.Equal(t, "UTF8", shape.Server.Encoding)
	require.NotEmpty(t, shape.Role.Name)
	require.Len(t, shape.Alembic, 1)
	require.Equal(t, []string{"e67a8cedc427"}, shape.Alembic[0].Versions)
	require.Empty(t, shape.History)

	users := shape.Users
	require.Equal(t, []string{"fillfactor=90"}, users.Options)
	username := users.Column("username")
	require.Equal(t, "character varying(50)", username.Type)
	require.Equal(t, "character varying", username.Base)
	require.Equal(t, 50, username.Length)
	require.Equal(t, "the login", *username.Comment)
	require.True(t, username.NotNull)
	require.Equal(t, "nextval('public.users_id_seq'::regclass)", *users.Column("id").Default)
	require.Equal(t, "id", users.PrimaryKey().Keys[0])
	require.Len(t, users.Unique("username"), 1)
	require.Empty(t, users.Unique("city"))
	require.Len(t, users.Triggers, 1)
	require.True(t, users.Triggers[0].Update)
	require.False(t, users.Triggers[0].Delete)
	require.Len(t, users.Sequences, 1)
	require.True(t, users.Sequences[0].Owned)
	require.EqualValues(t, 2, *users.Sequences[0].LastValue)

	require.Contains(t, shape.Follows.ACL, "=r/"+shape.Role.Name)
	require.Len(t, shape.Follows.Unique("follower_id", "following_id"), 2)
	require.Equal(t, []string{"END_USER", "OWNER", "AGENT", "BROKER", "TC_ADMIN", "OPT_USER"}, shape.RoleEnum.Labels)
	require.Equal(t, []string{"public.users.role"}, shape.RoleEnum.Columns)
	require.Len(t, shape.Referencing, 1)
	require.Equal(t, "n", shape.Referencing[0].OnDelete)
	require.True(t, shape.Referencing[0].ColumnsNotNull)
	require.Equal(t, "FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE SET NULL", shape.Referencing[0].Definition)

	text, err := json.Marshal(shape)
	require.NoError(t, err)
	var again adopt.Shape
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, *shape, again)
}

// TestReadShapeLeavesSession checks that reading changes neither the session nor the transaction of the caller.
func TestReadShapeLeavesSession(t *testing.T) {
	t.Parallel()
	conn := service(t, `SET search_path = public, pg_temp`)
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = adopt.ReadShape(t.Context(), tx)
	require.NoError(t, err)
	var path string
	require.NoError(t, tx.QueryRow(t.Context(), `SHOW search_path`).Scan(&path))
	require.Equal(t, "public, pg_temp", path)
	require.NoError(t, tx.Commit(t.Context()))
}

func TestReadShapeFindsSchema(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ statements, want string }{
		"elsewhere":           {`CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE user_follows SET SCHEMA auth`, "auth"},
		"users of others":     {`CREATE SCHEMA crm; CREATE TABLE crm.users (name text)`, "public"},
		"two, one on path":    {`CREATE SCHEMA old; CREATE TABLE old.users (LIKE users)`, "public"},
		"two, none on path":   {`CREATE SCHEMA old; CREATE TABLE old.users (LIKE users); SET search_path = nowhere`, ""},
		"two, second on path": {`CREATE SCHEMA old; CREATE TABLE old.users (LIKE users); SET search_path = nowhere, old`, "old"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shape, err := adopt.ReadShape(t.Context(), service(t, test.statements))
			require.NoError(t, err)
			require.Equal(t, test.want, shape.Schema)
		})
	}
	t.Run("no tables", func(t *testing.T) {
		t.Parallel()
		shape, err := adopt.ReadShape(t.Context(), connect(t, testdb.NewEmpty(t)))
		require.NoError(t, err)
		require.Empty(t, shape.Schema)
		require.Empty(t, shape.Tables())
	})
	t.Run("the final schema", func(t *testing.T) {
		t.Parallel()
		shape, err := adopt.ReadShape(t.Context(), connect(t, testdb.New(t)))
		require.NoError(t, err)
		require.Len(t, shape.Tables(), 3)
		require.Len(t, shape.History, 1)
		require.Equal(t, "d", shape.Users.Column("id").Identity)
		require.True(t, shape.Users.Sequences[0].Identity)
		require.Equal(t, "pg_catalog.C", shape.Users.Column("cognito_id").Collation)
	})
}

// TestDependentsAreRecreated drops all dependents and recreates them from the shape only.
func TestDependentsAreRecreated(t *testing.T) {
	t.Parallel()
	conn := service(t, `
		CREATE VIEW first AS SELECT id, username FROM users WHERE role <> 'OPT_USER';
		CREATE VIEW second WITH (security_barrier) AS SELECT * FROM first WHERE id > 3;
		CREATE OR REPLACE VIEW first AS SELECT id, username, city FROM users WHERE role <> 'OPT_USER';
		CREATE FUNCTION label(first) RETURNS text LANGUAGE sql AS 'SELECT $1.username';
		CREATE VIEW third AS SELECT label(f) FROM first AS f;
		CREATE MATERIALIZED VIEW counted AS SELECT role, count(*) FROM users GROUP BY role;
		CREATE UNIQUE INDEX counted_role ON counted (role);
		CREATE FUNCTION newest() RETURNS SETOF user_follows LANGUAGE sql BEGIN ATOMIC SELECT * FROM user_follows ORDER BY created_at; END;
		CREATE RULE keep AS ON DELETE TO user_follow_stats DO INSTEAD NOTHING;
		CREATE POLICY own ON users USING (username = current_user);
		COMMENT ON VIEW second IS 'it''s the second';
		COMMENT ON COLUMN second.id IS 'a column';
		GRANT SELECT ON second TO PUBLIC;
		GRANT UPDATE (username) ON first TO PUBLIC;
		ALTER TABLE users ADD COLUMN folded text GENERATED ALWAYS AS (lower(username)) STORED;`)
	before, err := adopt.ReadShape(t.Context(), conn)
	require.NoError(t, err)

	var kinds []string
	at := map[string]int{}
	for i, dependent := range before.Dependents {
		kinds = append(kinds, dependent.Kind)
		at[dependent.Name] = i
	}
	require.ElementsMatch(t, []string{
		adopt.KindView, adopt.KindView, adopt.KindView, adopt.KindMatView, adopt.KindFunction, adopt.KindFunction,
		adopt.KindRule, adopt.KindPolicy, adopt.KindGenerated,
	}, kinds)
	require.Less(t, at["first"], at["second"])
	require.Less(t, at["label"], at["third"])
	require.Equal(t, []string{"users.city", "users.id", "users.role", "users.username"}, before.Dependents[at["first"]].On)
	require.Equal(t, []string{"public.first"}, before.Dependents[at["second"]].Via)
	require.True(t, before.Dependents[at["newest"]].RowType)
	require.False(t, before.Dependents[at["first"]].RowType)

	var onCity []string
	for _, dependent := range before.DependentsOn(func(table, column string) bool { return table == "users" && column == "city" }) {
		onCity = append(onCity, dependent.Name)
	}
	require.ElementsMatch(t, []string{"first", "second", "label", "third"}, onCity)

	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	for i := len(before.Dependents) - 1; i >= 0; i-- {
		if d := before.Dependents[i]; d.Drop != "" {
			_, err := tx.Exec(t.Context(), d.Drop)
			require.NoError(t, err, d.Drop)
		}
	}
	for _, d := range before.Dependents {
		if d.Create == "" {
			continue
		}
		for _, sql := range append([]string{d.Create}, d.Restore...) {
			_, err := tx.Exec(t.Context(), sql)
			require.NoError(t, err, sql)
		}
	}
	require.NoError(t, tx.Commit(t.Context()))
	after, err := adopt.ReadShape(t.Context(), conn)
	require.NoError(t, err)
	require.Equal(t, definitions(before), definitions(after))
}

// definitions returns the dependents without their OIDs.
func definitions(shape *adopt.Shape) map[string]adopt.Dependent {
	byIdentity := map[string]adopt.Dependent{}
	for _, dependent := range shape.Dependents {
		dependent.OID = 0
		byIdentity[dependent.Identity] = dependent
	}
	return byIdentity
}
