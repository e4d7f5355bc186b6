package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

// service creates a database of the Python service at its last revision, and executes statements in it.
func service(t *testing.T, statements string) config.Common {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "store", "adopt", "testdata", "service.sql"))
	require.NoError(t, err)
	url := testdb.NewEmpty(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), string(content)+statements)
	require.NoError(t, err)
	return config.Common{Database: config.Database{URL: url, MaxConnections: 4}}
}

func TestAdoptCheck(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	var out bytes.Buffer
	c := service(t, `INSERT INTO users (username, password_hash, phone_number, role, created_at) VALUES ('ada', 'h', '044 668 18 00', 'OWNER', NULL)`)
	require.NoError(t, AdoptCheck(t.Context(), c, AdoptCheckOptions{Region: "CH"}, log, &out))
	for _, line := range []string{
		"adoption                  not started",
		"public.users              1 row, ",
		"\nprepare repairs\n- users.created_at is null in 1 row and becomes ",
		"1 can be parsed, 0 cannot",
		"\nnothing blocks\n",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "044")

	c = service(t, `CREATE TABLE posts (author integer REFERENCES users)`)
	out.Reset()
	require.ErrorIs(t, AdoptCheck(t.Context(), c, AdoptCheckOptions{}, log, &out), ErrBlocked)
	require.Contains(t, out.String(), "\n    ALTER TABLE public.posts VALIDATE CONSTRAINT posts_author_fkey;\n")
	require.NotContains(t, out.String(), "nothing blocks")

	out.Reset()
	require.ErrorIs(t, AdoptCheck(t.Context(), c, AdoptCheckOptions{JSON: true}, log, &out), ErrBlocked)
	var report adopt.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.Equal(t, adopt.Blocks, report.Findings[0].Kind)

	require.NoError(t, AdoptCheckOptions{Region: "CH"}.Check())
	require.Error(t, AdoptCheckOptions{Region: "Switzerland"}.Check())
}
