package testcluster_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testcluster"
	"followgraph/internal/testdb"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func queryText(t *testing.T, conn *pgx.Conn, sql string) (text string) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&text))
	return text
}

// TestBouncerSharesSessions checks that two clients share one session in transaction mode, and not in session mode.
func TestBouncerSharesSessions(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	for mode, shares := range map[string]bool{"transaction": true, "session": false} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			bouncer := testcluster.Bouncer(t, database, mode, nil)
			one, two := connect(t, bouncer.URL()), connect(t, bouncer.URL())
			const session = "SELECT pg_backend_pid()::text"
			require.Equal(t, shares, queryText(t, one, session) == queryText(t, two, session))
		})
	}
}

func TestBouncerRestarts(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.NewEmpty(t), "transaction", map[string]string{"server_lifetime": "100"})
	conn := connect(t, bouncer.URL())
	require.Equal(t, "1", queryText(t, conn, "SELECT '1'"))
	bouncer.Stop()
	_, err := conn.Exec(t.Context(), "SELECT 1")
	require.Error(t, err)
	bouncer.Start()
	require.Equal(t, "1", queryText(t, connect(t, bouncer.URL()), "SELECT '1'"))
	rows, err := connect(t, bouncer.Admin()).Query(t.Context(), "SHOW CONFIG")
	require.NoError(t, err)
	defer rows.Close()
	config := map[any]any{}
	for rows.Next() {
		values, err := rows.Values()
		require.NoError(t, err)
		config[values[0]] = values[1]
	}
	require.NoError(t, rows.Err())
	require.Equal(t, "100", config["server_lifetime"])
}
