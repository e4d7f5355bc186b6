package app_test

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/testdb"
)

// named returns an address whose sessions have an application_name.
func named(t *testing.T, address, name string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("application_name", name)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// TestStreamURL reads the stream at another address than that of the database.
func TestStreamURL(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	stream := named(t, database, "stream")
	operators := start(t, database, "--admin-listen", "127.0.0.1:0", "--graph", "memory", "--stream-url", stream).operators(t)
	_, err := awaitVerification(t, database, operators.address)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	var streams bool
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'walsender' AND datname = current_database() AND application_name = 'stream'`).Scan(&streams))
	require.True(t, streams)

	common, _ := configured(t, "postgres://nobody@127.0.0.1:1/none")
	verify := app.VerifyGraph{MaxDifferences: 1, StreamURL: stream}
	require.NoError(t, verify.Admin.Set(operators.address))
	var out bytes.Buffer
	require.NoError(t, verify.Run(t.Context(), common, quiet, &out), "only the address of the stream is used")
	require.Contains(t, out.String(), "3 users, 2 follows, 3 rows of counts; 0 differences")
}

// TestStreamURLOfAnotherDatabase does not start with the graph of another database.
func TestStreamURLOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	common, serve := configured(t, testdb.New(t), "--graph", "memory", "--stream-url", testdb.New(t))
	err := app.Serve(t.Context(), common, serve, quiet, io.Discard)
	require.ErrorContains(t, err, "--graph=memory: ")
	require.ErrorContains(t, err, "--stream-url leads to the database test_")

	common, serve = configured(t, testdb.New(t), "--graph", "memory", "--stream-url", "postgres://127.0.0.1/a?sslrootcert=/dev/null")
	err = app.Serve(t.Context(), common, serve, quiet, io.Discard)
	require.ErrorContains(t, err, "--stream-url: sslrootcert of the database: ")
}
