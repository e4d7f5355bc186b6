package app_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestReadOnlyDatabase serves a read-only database. Reads work, writes get their own error, and /readyz reports it.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	admin, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	_, err = admin.Exec(t.Context(), "ALTER DATABASE "+pgx.Identifier{admin.Config().Database}.Sanitize()+" SET default_transaction_read_only = on")
	require.NoError(t, err)
	require.NoError(t, admin.Close(t.Context()))
	s := start(t, database, signInFlags(t)...)

	ready := s.get(t, "/readyz")
	require.Equal(t, http.StatusOK, ready.status)
	require.Equal(t, "ready, but the database is read-only: reads work, and writes fail with UNAVAILABLE\n", string(ready.body))
	require.Empty(t, s.post(t, `{ user(username: "user_ada") { id } }`, nil).decode(t).Errors)
	refused := s.post(t, `mutation($i: RegisterInput!) { register(input: $i) { token } }`, map[string]any{"i": map[string]any{
		"username": "ann", "phoneNumber": "+41446681800", "password": "correct horse battery",
	}}).decode(t)
	require.Len(t, refused.Errors, 1)
	require.Equal(t, "UNAVAILABLE", refused.Errors[0].Extensions["code"])
	require.Contains(t, refused.Errors[0].Message, "read-only")
}

// TestRejectedSignInDoesNotTimeOut tries passwords until the server delays the response by a second, which is longer
// than the operation timeout of this test.
func TestRejectedSignInDoesNotTimeOut(t *testing.T) {
	t.Parallel()
	var kept lockedBuffer
	flags := append(signInFlags(t), "--slow-operation=700ms", "--attempts-per-account=1")
	s := startLogged(t, slog.New(slog.NewTextHandler(&kept, nil)), testdb.New(t), flags...)
	for _, want := range []string{"UNAUTHENTICATED", "RATE_LIMITED"} {
		refused := s.post(t, `mutation { login(input: {username: "ann", password: "correct horse battery"}) { token } }`, nil).decode(t)
		require.Len(t, refused.Errors, 1)
		require.Equal(t, want, refused.Errors[0].Extensions["code"])
	}
	require.NotContains(t, kept.String(), "slow operation")
}
