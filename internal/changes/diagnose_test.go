package changes

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

func codes(problems []Problem) []Code {
	var all []Code
	for _, p := range problems {
		all = append(all, p.Code)
	}
	return all
}

func diagnose(t *testing.T, url string) []Problem {
	t.Helper()
	problems, err := Diagnose(t.Context(), Options{URL: url})
	require.NoError(t, err)
	return problems
}

// userColumns are the columns of users that the publication has.
const userColumns = `id, cognito_id, username, firstname, lastname, avatar, role, created_at, updated_at, token_version`

// otherTables creates tables of another Followgraph in the same database.
const otherTables = `CREATE SCHEMA other; CREATE TABLE other.users (LIKE public.users INCLUDING ALL);
	CREATE TABLE other.user_follows (LIKE public.user_follows INCLUDING ALL); `

// TestDiagnoseTables spoils a database, and mends it with the statements that Diagnose returns.
func TestDiagnoseTables(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil string
		want  []Code
		what  string
	}{
		"nothing":               {`SELECT 1`, nil, ""},
		"no publication":        {`DROP PUBLICATION followgraph`, []Code{NoPublication}, "is missing"},
		"an empty one":          {`ALTER PUBLICATION followgraph DROP TABLE users, user_follows, user_follow_stats`, []Code{NoPublication, NoPublication, NoPublication}, "lacks the table users"},
		"a table less":          {`ALTER PUBLICATION followgraph DROP TABLE user_follows`, []Code{NoPublication}, "lacks the table user_follows"},
		"a column less":         {`ALTER PUBLICATION followgraph SET TABLE users (id, username), user_follows, user_follow_stats`, []Code{NoPublication, NoPublication, NoPublication, NoPublication, NoPublication, NoPublication, NoPublication, NoPublication}, "lacks the column users.cognito_id"},
		"private columns":       {`ALTER PUBLICATION followgraph SET TABLE users (` + userColumns + `, email), user_follows, user_follow_stats`, []Code{PrivateColumns}, "users.email"},
		"some changes":          {`ALTER PUBLICATION followgraph SET (publish = 'insert, update')`, []Code{NoPublication}, "some kinds of changes"},
		"some rows":             {`ALTER PUBLICATION followgraph SET TABLE users (` + userColumns + `) WHERE (id > 0), user_follows, user_follow_stats`, []Code{NoPublication}, "leaves rows of users out"},
		"identity of follows":   {`ALTER TABLE user_follows REPLICA IDENTITY DEFAULT`, []Code{WrongIdentity}, "whole row"},
		"identity of users":     {`ALTER TABLE users REPLICA IDENTITY NOTHING`, []Code{WrongIdentity}, "primary key"},
		"both":                  {`DROP PUBLICATION followgraph; ALTER TABLE user_follows REPLICA IDENTITY NOTHING`, []Code{WrongIdentity, NoPublication}, "whole row"},
		"names that need quote": {`DROP PUBLICATION followgraph; CREATE SCHEMA "It's"; ALTER TABLE users SET SCHEMA "It's"; ALTER TABLE user_follows SET SCHEMA "It's"; ALTER TABLE user_follow_stats SET SCHEMA "It's"`, []Code{NoPublication}, ""},
		"a text of another type": {
			`CREATE DOMAIN label AS text; ALTER PUBLICATION followgraph DROP TABLE users; ALTER TABLE users ALTER COLUMN avatar TYPE label;
			ALTER PUBLICATION followgraph ADD TABLE users (` + userColumns + `)`,
			[]Code{WrongColumn}, "the column users.avatar has the type label, and must have text",
		},
		"a time without a zone": {`ALTER TABLE user_follows ALTER COLUMN created_at TYPE timestamp`, []Code{WrongColumn}, "timestamp without time zone"},
		"a time that may be null": {
			`ALTER TABLE user_follow_stats ALTER COLUMN updated_at DROP NOT NULL`, []Code{WrongColumn}, "the column user_follow_stats.updated_at may be null",
		},
		"another schema's": {
			otherTables + `ALTER PUBLICATION followgraph SET TABLE other.users, other.user_follows`, []Code{NoPublication, NoPublication, NoPublication}, "lacks the table users",
		},
		"another schema's, and some of ours": {
			otherTables + `ALTER PUBLICATION followgraph SET TABLE other.users, other.user_follows, users`,
			[]Code{PrivateColumns, PrivateColumns, PrivateColumns, PrivateColumns, PrivateColumns, PrivateColumns, NoPublication, NoPublication}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := withOption(t, testdb.New(t), `-c search_path=public,"It's"`)
			conn := connect(t, url)
			_, err := conn.Exec(t.Context(), test.spoil, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
			problems := diagnose(t, url)
			require.Equal(t, test.want, codes(problems))
			if test.want == nil {
				return
			}
			require.Contains(t, problems[0].What, test.what)
			_, err = Open(t.Context(), Options{URL: url})
			var missing *MissingError
			require.ErrorAs(t, err, &missing)
			require.Equal(t, problems, missing.Problems)
			require.ErrorContains(t, err, problems[0].Fix)
			fixed := map[string]bool{}
			for _, problem := range problems {
				fix, _, _ := strings.Cut(problem.Fix, " (as the owner")
				if fixed[fix] {
					continue // one statement for several problems
				}
				fixed[fix] = true
				_, err := conn.Exec(t.Context(), fix, pgx.QueryExecModeSimpleProtocol)
				require.NoError(t, err, fix)
			}
			require.Empty(t, diagnose(t, url))
			if strings.Contains(test.spoil, "other.users") {
				require.Equal(t, 2, queryOne[int](t, conn, `SELECT count(*) FROM pg_publication_tables WHERE pubname = 'followgraph' AND schemaname = 'other'`))
			}
			start(t, Options{URL: url})
			addUser(t, conn, "ada")
			exec(t, conn, `UPDATE users SET role = 'OWNER'`)
			exec(t, conn, `DELETE FROM users`)
		})
	}
}

func TestDiagnoseMissingTables(t *testing.T) {
	t.Parallel()
	problems := diagnose(t, testdb.NewEmpty(t))
	require.Equal(t, []Code{NoTable, NoTable, NoTable}, codes(problems))
	require.Equal(t, "the table users is missing: run followgraph migrate up", problems[0].String())

	url := testdb.New(t)
	exec(t, connect(t, url), `ALTER TABLE users DROP COLUMN token_version CASCADE`)
	require.Contains(t, codes(diagnose(t, url)), NoTable)
	_, err := Diagnose(t.Context(), Options{URL: "postgres://followgraph@127.0.0.1:1/none"})
	require.Error(t, err)
}

func TestDiagnoseServer(t *testing.T) {
	t.Parallel()
	product, superuser := privateServer(t, map[string]string{"wal_level": "logical", "max_wal_senders": "5", "max_replication_slots": "1", "shared_buffers": "16MB"})
	admin := connect(t, superuser)
	require.Empty(t, diagnose(t, product))

	exec(t, admin, `ALTER ROLE followgraph NOREPLICATION`)
	problems := diagnose(t, product)
	require.Equal(t, []Problem{{Privilege, "the role followgraph may not replicate", "ALTER ROLE followgraph REPLICATION"}}, problems)
	exec(t, admin, problems[0].Fix)
	require.Empty(t, diagnose(t, product))

	s := start(t, Options{URL: product})
	require.Equal(t, []Problem{{NoSlot, "all 1 replication slots are in use", "run ALTER SYSTEM SET max_replication_slots = 11 and restart PostgreSQL"}}, diagnose(t, product))
	_, err := Open(t.Context(), Options{URL: product})
	require.ErrorContains(t, err, "all 1 replication slots are in use")
	require.NoError(t, s.Close(t.Context()))
	require.Eventually(t, func() bool { return len(diagnose(t, product)) == 0 }, testTimeout, 10*time.Millisecond)
}

func TestDiagnoseSettings(t *testing.T) {
	t.Parallel()
	product, _ := privateServer(t, map[string]string{"shared_buffers": "16MB"})
	require.Equal(t, []Problem{
		{WALLevel, "wal_level is minimal, and must be logical", "run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL"},
		{NoSender, "all 0 WAL senders are in use", "run ALTER SYSTEM SET max_wal_senders = 10 and restart PostgreSQL"},
	}, diagnose(t, product))
}

// TestProblemsOfProviders checks the words for servers that cannot be started here.
func TestProblemsOfProviders(t *testing.T) {
	t.Parallel()
	old := state{server: serverState{Version: 140011}}
	require.Equal(t, []Code{OldVersion}, codes(old.problems()))
	require.Contains(t, old.problems()[0].What, "PostgreSQL 14")
	standby := state{server: serverState{Version: 160000, IsStandby: true}}
	require.Equal(t, []Code{Standby}, codes(standby.problems()))
	for provider, want := range map[string][3]string{
		amazon: {"rds.logical_replication = 1", "GRANT rds_replication TO app", "max_replication_slots = 15 in the parameter group"},
		google: {"cloudsql.logical_decoding = on", "ALTER ROLE app REPLICATION", "flag max_replication_slots = 15"},
		azure:  {"server parameter wal_level = logical", "ALTER ROLE app REPLICATION", "server parameter max_replication_slots = 15"},
	} {
		s := state{server: serverState{Version: 160000, WALLevel: "replica", Role: "app", Slots: 5, UsedSlots: 5, Senders: 9, Provider: provider}}
		problems := s.problems()
		require.Equal(t, []Code{WALLevel, Privilege, NoSlot}, codes(problems)[:3])
		for i := range want {
			require.Contains(t, problems[i].Fix, want[i])
		}
	}
	s := state{}
	for code, want := range map[string]Code{"53300": NoSender, "42501": Privilege, "28000": NoAccess, "08P01": Pooler, "42601": Pooler, "0A000": Pooler} {
		require.Equal(t, want, s.connectionProblem(&pgconn.PgError{Code: code, Message: "m"}).Code)
	}
	require.Nil(t, s.connectionProblem(&pgconn.PgError{Code: "57P03"}))
	require.Nil(t, s.connectionProblem(io.EOF))
}

func TestDiagnosePooler(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	g := newGate(t, database, true)
	problems := diagnose(t, g.url)
	require.Equal(t, []Code{Pooler}, codes(problems))
	require.Contains(t, problems[0].Fix, "--stream-url")
	_, err := Open(t.Context(), Options{URL: g.url})
	var missing *MissingError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, problems, missing.Problems)
}

// TestSilentConnection loses everything on the way, without an error of the connection.
func TestSilentConnection(t *testing.T) {
	t.Parallel()
	g := newGate(t, testdb.New(t), false)
	s := start(t, Options{URL: g.url, Acknowledge: 20 * time.Millisecond, Silence: 200 * time.Millisecond})
	acks := s.reader.acks.Load()
	require.Eventually(t, func() bool { return s.reader.acks.Load() > acks+30 }, testTimeout, 5*time.Millisecond, "a quiet server answers when it is asked")
	g.holding.Store(true)
	_, err := tryNext(t, s)
	require.ErrorContains(t, err, "sent nothing for 200ms")
	require.NoError(t, s.Close(t.Context()))
}
