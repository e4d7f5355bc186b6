package app_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/httpserver"
	"followgraph/internal/testdb"
)

// TestSlowOperations sets the threshold so that every operation is slow, or none.
func TestSlowOperations(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	ask := func(t *testing.T, flag string) []string {
		t.Helper()
		var kept lockedBuffer
		log := slog.New(httpserver.LogHandler{Handler: slog.NewTextHandler(&kept, nil)})
		s := startLogged(t, log, database, flag)
		for _, query := range []string{`{ user(cognitoId: "ada") { followers { nodes { username } } } }`, `{ nonsense }`} {
			header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"case-1"}}
			s.do(t, http.MethodPost, "/graphql", header, []byte(`{"query": "`+strings.ReplaceAll(query, `"`, `\"`)+`"}`))
		}
		var matches []string
		for line := range strings.Lines(kept.String()) {
			if strings.Contains(line, "slow operation") {
				matches = append(matches, line)
			}
		}
		return matches
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		matches := ask(t, "--slow-operation=1ns")
		require.Len(t, matches, 2)
		require.Regexp(t, `level=WARN msg="slow operation" document=[0-9a-f]{16} type=query code=OK duration=\S+ cost=\d+ statements=2 sql=\S+ bytes=\d+ request_id=case-1\n$`, matches[0])
		require.Regexp(t, `code=GRAPHQL_VALIDATION_FAILED .* statements=0 `, matches[1])
		for _, line := range matches {
			require.NotContains(t, line, "ada")
			require.NotContains(t, line, "nonsense")
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, ask(t, "--slow-operation=0"))
	})
	t.Run("quick ones", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, ask(t, "--slow-operation=10m"))
	})
}
