package adopt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestUndoReturnsGrantsSinceTheSwitch: undo brings back the grants from before prepare, and returns those that it takes
// away as statements. Grants that the tables had before are not among them.
func TestUndoReturnsGrantsSinceTheSwitch(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, `GRANT SELECT ON user_follows TO pg_monitor; GRANT UPDATE (city) ON users TO pg_monitor; GRANT USAGE ON SEQUENCE user_follows_id_seq TO pg_monitor;`)
	before := withoutLinks(catalog(t, conn))
	move := func() {
		t.Helper()
		_, err := adopt.Prepare(t.Context(), url, options(t))
		require.NoError(t, err)
		_, err = adopt.Switch(t.Context(), url, options(t))
		require.NoError(t, err)
	}
	move()
	exec(t, conn, `
		GRANT SELECT, UPDATE ON users TO pg_monitor;
		GRANT UPDATE (city, email) ON users TO pg_monitor;
		GRANT SELECT ON user_follows TO pg_monitor WITH GRANT OPTION;
		GRANT SELECT ON user_follow_stats TO PUBLIC;
		GRANT USAGE ON SEQUENCE users_id_seq, user_follows_id_seq TO pg_monitor;
		GRANT USAGE ON SCHEMA atlas_schema_revisions TO pg_monitor;
		GRANT SELECT ON atlas_schema_revisions.atlas_schema_revisions TO pg_monitor`)
	undone, err := adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Equal(t, before, withoutLinks(catalog(t, conn)))
	require.Equal(t, []string{
		`GRANT USAGE ON SCHEMA atlas_schema_revisions TO pg_monitor`,
		`GRANT SELECT ON atlas_schema_revisions.atlas_schema_revisions TO pg_monitor`,
		`GRANT SELECT ON public.user_follow_stats TO PUBLIC`,
		`GRANT SELECT ON public.user_follows TO pg_monitor WITH GRANT OPTION`,
		`GRANT SELECT, UPDATE, UPDATE (email) ON public.users TO pg_monitor`,
		`GRANT USAGE ON SEQUENCE public.users_id_seq TO pg_monitor`,
	}, undone.Grants)

	// The statements work after the next switch, and a second undo returns them again.
	move()
	for _, grant := range undone.Grants {
		exec(t, conn, grant)
	}
	again, err := adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Equal(t, undone.Grants, again.Grants)
	move()
	again, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Empty(t, again.Grants)
}
