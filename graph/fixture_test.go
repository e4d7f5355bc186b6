package graph_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// fill loads the graph of testdata/graph.sql into a migrated database, and runs more statements.
func fill(t *testing.T, url string, more ...string) {
	t.Helper()
	sql, err := os.ReadFile("testdata/graph.sql")
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	_, err = conn.Exec(t.Context(), strings.Join(append([]string{string(sql)}, more...), ";"))
	require.NoError(t, err)
}
