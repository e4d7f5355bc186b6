package adopt_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestMoveUnderOddSettings moves a database whose settings would end the sessions of a move, or change the meaning of
// its statements.
func TestMoveUnderOddSettings(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, `CREATE VIEW names AS SELECT id, username FROM users`)
	before := withoutLinks(catalog(t, conn))
	database := pgx.Identifier{conn.Config().Database}.Sanitize()
	for _, setting := range []string{
		"statement_timeout = '500ms'", "lock_timeout = '5ms'", "idle_in_transaction_session_timeout = '50ms'", "idle_session_timeout = '50ms'",
		"default_transaction_isolation = serializable", "standard_conforming_strings = off", "quote_all_identifiers = on",
		"jit_above_cost = 0", "enable_seqscan = off", "DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kolkata'", "client_encoding = 'LATIN1'",
	} {
		exec(t, conn, `ALTER DATABASE `+database+` SET `+setting)
	}
	_, err := adopt.CheckDatabase(t.Context(), url, adopt.CheckOptions{})
	require.NoError(t, err)
	_, err = adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Equal(t, before, withoutLinks(catalog(t, conn)))
}
