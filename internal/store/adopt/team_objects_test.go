package adopt_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

// TestMoveKeepsTeamObjects moves tables with all kinds of objects that a team can add. They exist after the switch and
// after undo, and after finish nothing of the adoption is left.
func TestMoveKeepsTeamObjects(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/team.sql")
	require.NoError(t, err)
	url, conn := serviceDatabase(t, string(content))
	exec(t, conn, `INSERT INTO team_tokens (user_id, username) SELECT id, username FROM users WHERE id % 3 = 0`)
	before, rowsBefore := withoutLinks(catalog(t, conn)), contents(t, conn, "public")

	for range 2 {
		_, err := adopt.Prepare(t.Context(), url, options(t))
		require.NoError(t, err)
		_, err = adopt.Undo(t.Context(), url, options(t))
		require.NoError(t, err)
		require.Equal(t, before, withoutLinks(catalog(t, conn)))

		_, err = adopt.Prepare(t.Context(), url, options(t))
		require.NoError(t, err)
		_, err = adopt.Switch(t.Context(), url, options(t))
		require.NoError(t, err)
		switched := slices.DeleteFunc(catalog(t, conn), func(line string) bool { return strings.Contains(line, "followgraph_adoption") })
		requireTeams(t, before, switched)
		// Cascades and deferred foreign keys work.
		exec(t, conn, `BEGIN; DELETE FROM users WHERE id = 12; UPDATE users SET username = 'renamed' WHERE id = 15; SET CONSTRAINTS ALL IMMEDIATE`)
		var tokens, renamed int
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE user_id = 12), count(*) FILTER (WHERE username = 'renamed') FROM team_tokens`).Scan(&tokens, &renamed))
		require.Equal(t, []int{0, 1}, []int{tokens, renamed})
		exec(t, conn, `ROLLBACK`)

		_, err = adopt.Undo(t.Context(), url, options(t))
		require.NoError(t, err)
		require.Equal(t, before, withoutLinks(catalog(t, conn)))
		require.Equal(t, len(rowsBefore), len(contents(t, conn, "public")))
	}
	_, err = adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	require.NoError(t, adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options(t), Sample: time.Millisecond}))
	finished := catalog(t, conn)
	requireTeams(t, before, finished)
	// Everything that a new database has exists, apart from owners and options.
	for _, line := range catalog(t, connect(t, testdb.New(t))) {
		if strings.HasPrefix(line, "index ") || strings.HasPrefix(line, "constraint ") {
			line, _, _ = strings.Cut(line, " replica")
			require.True(t, slices.ContainsFunc(finished, func(found string) bool { return strings.HasPrefix(found, line) }), line)
		}
	}
}

// requireTeams checks that the team's objects exist and are unchanged.
func requireTeams(t *testing.T, before, after []string) {
	t.Helper()
	teams := func(lines []string) (objects []string) {
		for _, line := range lines {
			line = strings.ReplaceAll(line, "integer", "bigint")
			if strings.Contains(strings.ToLower(line), "team") && !strings.HasPrefix(line, "relation S public user") && !strings.HasPrefix(line, "relation i public i") &&
				!strings.HasPrefix(line, "relation i public user") && !strings.HasPrefix(line, "relation r public user") && !strings.HasPrefix(line, "type ") {
				objects = append(objects, line)
			}
		}
		slices.Sort(objects)
		return objects
	}
	require.Equal(t, teams(before), teams(after))
}
