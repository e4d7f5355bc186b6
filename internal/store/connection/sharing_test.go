package connection_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/connection"
	"followgraph/internal/testcluster"
	"followgraph/internal/testdb"
)

func configOf(t *testing.T, databaseURL string) *pgx.ConnConfig {
	t.Helper()
	config, err := pgx.ParseConfig(databaseURL)
	require.NoError(t, err)
	require.NoError(t, connection.Configure(config))
	return config
}

func TestFindSharing(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	sharing, err := connection.FindSharing(t.Context(), configOf(t, database))
	require.NoError(t, err)
	require.Equal(t, connection.Direct, sharing)
	for name, test := range map[string]struct {
		mode     string
		settings map[string]string
		want     connection.Sharing
	}{
		"transaction":                          {"transaction", nil, connection.TransactionPooler},
		"transaction, the oldest server first": {"transaction", map[string]string{"server_round_robin": "1"}, connection.TransactionPooler},
		"transaction, one server":              {"transaction", map[string]string{"default_pool_size": "1"}, connection.TransactionPooler},
		"session":                              {"session", nil, connection.SessionPooler},
		"session, the oldest server first":     {"session", map[string]string{"server_round_robin": "1"}, connection.SessionPooler},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bouncer := testcluster.Bouncer(t, database, test.mode, test.settings)
			sharing, err := connection.FindSharing(t.Context(), configOf(t, bouncer.URL()))
			require.NoError(t, err)
			require.Equal(t, test.want, sharing)
			require.Equal(t, test.want == connection.TransactionPooler, connection.RequireSession(t.Context(), bouncer.URL()) != nil)
		})
	}
}

// TestFindSharingBesideClients has other clients of the pooler exchange sessions all the time.
func TestFindSharingBesideClients(t *testing.T) {
	t.Parallel()
	database := testdb.NewEmpty(t)
	for mode, want := range map[string]connection.Sharing{"transaction": connection.TransactionPooler, "session": connection.SessionPooler} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			bouncer := testcluster.Bouncer(t, database, mode, nil)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			for range 6 {
				conn := connect(t, bouncer.URL())
				ended := make(chan struct{})
				t.Cleanup(func() { stop(); <-ended })
				go func() {
					defer close(ended)
					for ctx.Err() == nil {
						_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_sleep(0.0001)")
					}
				}()
			}
			for range 10 {
				sharing, err := connection.FindSharing(t.Context(), configOf(t, bouncer.URL()))
				require.NoError(t, err)
				require.Equal(t, want, sharing)
			}
		})
	}
}

func TestStatementPooling(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.NewEmpty(t), "statement", nil)
	_, err := connection.FindSharing(t.Context(), configOf(t, bouncer.URL()))
	var unfit *connection.UnfitError
	require.ErrorAs(t, err, &unfit)
	require.ErrorContains(t, err, "set pool_mode = transaction or session")
	err = connection.CheckTransactions(t.Context(), connect(t, bouncer.URL()).PgConn())
	require.ErrorAs(t, err, &unfit)
}

func TestUnsupportedParameter(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.NewEmpty(t), "transaction", nil)
	_, err := connection.Connect(t.Context(), with(t, bouncer.URL(), map[string]string{"search_path": "elsewhere"}))
	var unfit *connection.UnfitError
	require.ErrorAs(t, err, &unfit)
	require.ErrorContains(t, err, "search_path): take the parameter out of the address")
}

// TestCheckPrepared checks that a pooler without support is recognized, and that no statement stays in its session.
func TestCheckPrepared(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.NewEmpty(t), "transaction", map[string]string{"default_pool_size": "1"})
	conn := connect(t, bouncer.URL())
	err := connection.CheckPrepared(t.Context(), conn.PgConn())
	var unfit *connection.UnfitError
	require.ErrorAs(t, err, &unfit)
	require.ErrorContains(t, err, "take default_query_exec_mode=cache_statement out of the address")
	var left int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''").Scan(&left))
	require.Zero(t, left)
}

// TestSettleOwn checks that a session behind a pooler gets its settings if it belongs to the connection.
func TestSettleOwn(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.NewEmpty(t), "session", nil)
	config, err := pgx.ParseConfig(bouncer.URL())
	require.NoError(t, err)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	for settle, want := range map[string]string{"shared": "escape", "own": "hex"} {
		_, err = conn.Exec(t.Context(), "SET bytea_output = escape")
		require.NoError(t, err)
		if settle == "own" {
			require.NoError(t, connection.SettleOwn(t.Context(), conn.PgConn()))
		} else {
			require.NoError(t, connection.SettleShared(t.Context(), conn.PgConn()))
		}
		require.Equal(t, want, show(t, conn, "bytea_output"))
	}
}
