package migrate_test

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/stretchr/testify/require"

	"followgraph/migrations"
)

// TestNames checks the file names that Up and Atlas rely on.
func TestNames(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)
	require.Equal(t, []string{
		"20250501000000_users.sql",
		"20250506000000_130a2475f44f_fullname_and_avatar.sql",
		"20250527000000_b4c6717d0af8_profile_and_role.sql",
		"20250527000001_8d2c20ede788_avatar_as_string.sql",
		"20250620000000_94a653acee01_user_follows.sql",
		"20250620000001_e67a8cedc427_user_follow_stats.sql",
	}, names[:6], "one file per revision of the Python service, in its order")

	form := regexp.MustCompile(`^(\d{14})_[a-z0-9_]+\.sql$`)
	optsOut := regexp.MustCompile(`(?m)^--\s*atlas:txmode\s+none\b`)
	repeatable := regexp.MustCompile(`(?is)^(CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS|DROP INDEX CONCURRENTLY IF EXISTS) `)
	var order []string
	for _, name := range names {
		require.Regexp(t, form, name)
		order = append(order, form.FindStringSubmatch(name)[1])
		content, err := fs.ReadFile(migrations.FS, name)
		require.NoError(t, err)
		if !optsOut.Match(content) {
			continue
		}
		statements, err := atlas.NewLocalFile(name, content).Stmts()
		require.NoError(t, err)
		for _, statement := range statements {
			require.Regexp(t, repeatable, statement, "%s: Up may run a statement outside a transaction again", name)
		}
	}
	require.True(t, slices.IsSorted(order))
	require.Len(t, slices.Compact(order), len(names), "each file has a different version")
}
