package store

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// watchedWrites matches what triggers watch during an adoption: writes to the service's tables.
var watchedWrites = regexp.MustCompile(`(?i)(INSERT INTO|UPDATE|DELETE FROM)\s+(users|user_follows|user_follow_stats)\b`)

// laterStatements lists the statements that run after a statement of the same transaction that has set the mark:
// stats_rebuild_lock, counts_lock and move_begin.
var laterStatements = map[string]bool{
	"stats_rebuild_recount": true, "counts_recount": true,
	"move_follows": true, "move_counts_lock": true, "move_counts": true, "move_counts_end": true, "move_twin": true, "move_account": true, "move_plain": true,
}

// TestOwnWrites checks that every statement that writes the service's tables marks its write as this program's own.
// Without the mark, triggers would count its follows twice. internal/store/adopt tests the other statements with the
// triggers.
func TestOwnWrites(t *testing.T) {
	t.Parallel()
	writers := 0
	for text, name := range statementNames {
		if watchedWrites.MatchString(text) && !laterStatements[name] {
			writers++
			require.Contains(t, text, "set_config('followgraph.writer', 'own', true)", name)
		}
	}
	require.GreaterOrEqual(t, writers, 10)
	for name := range laterStatements {
		require.True(t, watchedWrites.MatchString(textOf(t, name)), "%s writes nothing", name)
	}
}

func textOf(t *testing.T, name string) string {
	t.Helper()
	for text, other := range statementNames {
		if other == name && strings.TrimSpace(text) != "" {
			return text
		}
	}
	require.Fail(t, "no such statement", name)
	return ""
}
