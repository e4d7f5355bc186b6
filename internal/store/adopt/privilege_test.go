package adopt_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

// TestFunctionsAreNotPublic: the functions of the adoption run with the privileges of their owner. A role that could
// use one as a trigger of its own table could write invented counts and make the owner call casts of that role.
func TestFunctionsAreNotPublic(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	keepAccounts(t, conn)
	require.NoError(t, pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if err := adopt.InstallCounting(t.Context(), tx, "public"); err != nil {
			return err
		}
		for _, statement := range adopt.MakeLog("user_follows", "id") {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	}))
	rows, err := conn.Query(t.Context(), `
		SELECT proname || ' ' || has_function_privilege('pg_monitor', oid, 'EXECUTE') FROM pg_proc
		WHERE pronamespace = 'followgraph_adoption'::regnamespace`)
	require.NoError(t, err)
	privileges, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"complete_account false", "count_accounts false", "count_follows false", "date_follow false", "end_tokens false", "keep_counts false",
		"lock_counts false", "lock_early false", "lock_ends false", "lock_rows false", "log_user_follows false", "note_counts false", "settle_counts false", "settle_notes false",
	}, privileges)
}

// TestSwitchRejectsExistingSchema: the owner of a schema can drop the tables in it, so switch moves the old tables only
// into a schema that it creates.
func TestSwitchRejectsExistingSchema(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, "")
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	exec(t, conn, `CREATE SCHEMA followgraph_before`)
	before := catalog(t, conn)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.ErrorContains(t, err, `schema "followgraph_before" already exists`)
	require.Equal(t, before, catalog(t, conn))

	exec(t, conn, `DROP SCHEMA followgraph_before`)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
}
