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
