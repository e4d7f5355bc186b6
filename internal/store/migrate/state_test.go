package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

func TestCheckBehind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at      string
		pending int
		want    string
	}{
		{"", 17, "the database has no migrations yet, but this program needs 20261130060000 (17 to apply): run `followgraph migrate up`"},
		{base, 16, "the database is at version 20250501000000, but this program needs 20261130060000 (16 to apply): run `followgraph migrate up`"},
		{stats, 11, "the database is at version 20250620000001, but this program needs 20261130060000 (11 to apply): run `followgraph migrate up`"},
	}
	for _, test := range tests {
		t.Run("at "+test.at, func(t *testing.T) {
			t.Parallel()
			databaseURL := testdb.NewEmpty(t)
			if test.at != "" {
				step(t, databaseURL, test.at)
			}
			state, err := migrate.Check(t.Context(), connect(t, databaseURL))
			var behind *migrate.BehindError
			require.ErrorAs(t, err, &behind)
			require.EqualError(t, err, test.want)
			require.Equal(t, test.at, behind.Current)
			require.Equal(t, searchNames, behind.Latest)
			require.Len(t, behind.Pending, test.pending)
			require.Equal(t, "20261130060000_search_names.sql", behind.Pending[test.pending-1])
			require.False(t, state.IsAhead())
		})
	}
}

func TestCheckCurrent(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.New(t)
	state, err := migrate.Check(t.Context(), connect(t, databaseURL))
	require.NoError(t, err)
	require.Equal(t, migrate.State{Current: searchNames, Latest: searchNames, Applied: all}, state)
	again, err := migrate.Status(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, state, again)
}

func TestDatabaseAhead(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	_, err := migrate.UpFrom(t.Context(), databaseURL, with(t, "20990101000000_newer.sql", "CREATE TABLE newer ();"))
	require.NoError(t, err)

	state, err := migrate.Check(t.Context(), connect(t, databaseURL))
	require.NoError(t, err, "an older binary can still serve the database")
	require.True(t, state.IsAhead())
	require.Equal(t, []string{"20990101000000"}, state.Ahead)
	require.Equal(t, searchNames, state.Latest)
	require.Equal(t, "20990101000000", state.Current)
	require.Empty(t, state.Pending)

	applied, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Empty(t, applied)
}

func TestMigrationsAreAddedAtTheEnd(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.New(t)
	_, err := migrate.UpFrom(t.Context(), databaseURL, with(t, "20250601000000_late.sql", "CREATE TABLE late ();"))
	require.EqualError(t, err, "migration 20250601000000_late.sql was never applied, but the database is already at 20261130060000: a new migration needs a later version")
}
