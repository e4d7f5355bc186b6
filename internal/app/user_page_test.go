package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestServeUserPages checks that the page of an unknown user has status 404.
func TestServeUserPages(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	execute(t, database, `UPDATE users SET username = CASE cognito_id WHEN 'ada' THEN 'ada' WHEN 'bob' THEN 'Żółw' ELSE username END`)
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	require.NoError(t, os.WriteFile(manifest, []byte(`{"name": "{ __typename }"}`), 0o600))
	for _, flags := range [][]string{nil, {"--persisted-documents", manifest, "--trusted-only"}} {
		s := start(t, database, flags...)
		for path, want := range map[string]int{
			"/users/ada":                          http.StatusOK,
			"/users/ada/following":                http.StatusOK,
			"/users/%C5%BB%C3%B3%C5%82w":          http.StatusOK,
			"/users/":                             http.StatusNotFound,
			"/users/ada/enemies":                  http.StatusNotFound,
			"/paths/ada":                          http.StatusOK,
			"/paths/ada/%C5%BB%C3%B3%C5%82w":      http.StatusOK,
			"/paths/ada/grace":                    http.StatusNotFound,
			"/compare/ada/ada":                    http.StatusOK,
			"/compare/grace":                      http.StatusNotFound,
			"/users/grace":                        http.StatusNotFound,
			"/users/grace/following":              http.StatusNotFound,
			"/users/ada%2Ffollowing":              http.StatusNotFound,
			"/users/%00":                          http.StatusNotFound,
			"/users/%FF":                          http.StatusNotFound,
			"/users/" + strings.Repeat("a", 3000): http.StatusNotFound,
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				got := s.do(t, method, path, http.Header{"Accept": {"text/html"}}, nil)
				require.Equal(t, want, got.status, "%s %.60s", method, path)
				require.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
			}
		}
	}
}

// TestServeUserPagesWithoutDatabase checks that a page that could exist is served while the database is down.
func TestServeUserPagesWithoutDatabase(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	s := start(t, database, "--graph=sql")
	require.Equal(t, http.StatusNotFound, s.get(t, "/users/grace").status)
	execute(t, database, `ALTER TABLE users RENAME TO missing`)
	require.Equal(t, http.StatusOK, s.get(t, "/users/grace").status)
}
