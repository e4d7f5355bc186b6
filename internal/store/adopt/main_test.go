package adopt_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// service creates a database of the Python service at its last revision and runs the statements in it.
func service(t *testing.T, statements string) *pgx.Conn {
	t.Helper()
	content, err := os.ReadFile("testdata/service.sql")
	require.NoError(t, err)
	conn := connect(t, testdb.NewEmpty(t))
	exec(t, conn, string(content))
	exec(t, conn, statements)
	return conn
}

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, statements string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statements)
	require.NoError(t, err)
}
