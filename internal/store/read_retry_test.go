package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
)

// failUsers makes the next statements fail that read the user bob, the given number of times, after they have returned
// the rows of earlier users: row security calls a function for each row. A sequence counts the failures, because a
// rollback does not undo it.
func failUsers(t *testing.T, s *Store, sqlstate string, times int) {
	t.Helper()
	for _, sql := range []string{
		"ALTER TABLE users ENABLE ROW LEVEL SECURITY", "ALTER TABLE users FORCE ROW LEVEL SECURITY",
		"CREATE SEQUENCE IF NOT EXISTS failures", "SELECT setval('failures', 1, false)",
		fmt.Sprintf(`CREATE OR REPLACE FUNCTION fail_first() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('failures') <= %d THEN
				RAISE EXCEPTION 'for the test' USING ERRCODE = '%s';
			END IF;
			RETURN true;
		END $$`, times, sqlstate),
		"DROP POLICY IF EXISTS failing ON users",
		"CREATE POLICY failing ON users USING (username <> 'bob' OR fail_first())",
	} {
		execute(t, s, sql)
	}
}

// TestReadsRunOnceMore checks that each kind of read survives one conflict, with the result of one run, and that a
// second conflict is UNAVAILABLE.
func TestReadsRunOnceMore(t *testing.T) {
	t.Parallel()
	s := open(t)
	adoptUsers(t, s, "ada", "bob")
	_, err := s.Follow(t.Context(), model.FollowKey{FollowerID: "bob", FollowingID: "ada"})
	require.NoError(t, err)
	pageKey := model.ConnectionKey{
		Kind: page.Followers, User: "ada", Page: page.Request{Limit: 10}, Projection: model.Projection{Users: true},
	}
	reads := map[string]func() (any, error){
		"a statement": func() (any, error) {
			return s.Users(t.Context(), []model.UserKey{{CognitoID: "ada"}, {CognitoID: "bob"}})
		},
		"a batch": func() (any, error) {
			return s.Users(t.Context(), []model.UserKey{{CognitoID: "ada"}, {Username: "ada"}, {Username: "bob"}})
		},
		"a page": func() (any, error) { return s.Pages(t.Context(), []model.ConnectionKey{pageKey}) },
		"users and a page": func() (any, error) {
			users, pages, err := s.UsersAndPages(t.Context(), []model.UserKey{{CognitoID: "ada"}}, []model.ConnectionKey{pageKey})
			return []any{users, pages}, err
		},
		"private fields":     func() (any, error) { return s.Privates(t.Context(), []string{"ada", "bob"}) },
		"ent":                func() (any, error) { return s.Account(t.Context(), "bob") },
		"an account by name": func() (any, error) { return s.AccountByUsername(t.Context(), "bob") },
	}
	for name, read := range reads {
		want, err := read()
		require.NoError(t, err, name)
		for _, sqlstate := range []string{serializationFailure, deadlockDetected, snapshotTooOld} {
			failUsers(t, s, sqlstate, 1)
			before := s.Rereads()
			got, err := read()
			require.NoError(t, err, "%s, %s", name, sqlstate)
			require.Equal(t, want, got, "%s, %s", name, sqlstate)
			require.Equal(t, before+1, s.Rereads(), name)
		}
		if name != "users and a page" { // if only the page fails, the caller reads it separately
			failUsers(t, s, serializationFailure, 2)
			_, err = read()
			require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%s: %v", name, err)
			failUsers(t, s, "22000", 1)
			_, err = read()
			require.Equal(t, "22000", stateOf(err), "%s runs once: %v", name, err)
		}
		failUsers(t, s, serializationFailure, 0)
	}
}

// TestReadsDoNotRunForCanceledCallers checks that a read does not run once more for a caller that has left.
func TestReadsDoNotRunForCanceledCallers(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	conflict := &pgconn.PgError{Code: serializationFailure}
	err := new(Store).readTwice(ctx, func() error {
		runs++
		cancel()
		return conflict
	})
	require.ErrorIs(t, err, conflict)
	require.Equal(t, 1, runs)
	require.NoError(t, new(Store).readTwice(ctx, func() error { return nil }))
	require.Error(t, new(Store).readTwice(t.Context(), func() error { return errors.New("ours") }))
}

// TestReadsSurviveChangesOfTables changes the type of a column that prepared statements of open connections return.
func TestReadsSurviveChangesOfTables(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	adoptUsers(t, s, "ada")
	read := func() (string, error) {
		users, err := s.Users(t.Context(), []model.UserKey{{CognitoID: "ada", Details: true}})
		if err != nil {
			return "", err
		}
		return users[0].Username, nil
	}
	_, err = read()
	require.NoError(t, err)
	admin := connect(t, url)
	for _, sql := range []string{"DROP PUBLICATION followgraph", "ALTER TABLE users ALTER COLUMN avatar TYPE varchar(9000)"} {
		_, err = admin.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	name, err := read()
	require.NoError(t, err)
	require.Equal(t, "ada", name)
	require.Equal(t, int64(1), s.Rereads(), "PostgreSQL has reported the change")
}
