package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGraphSource(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t)
	source, err := s.GraphSource(ctx)
	require.NoError(t, err)
	position, _, err := s.CommitPosition(ctx)
	require.NoError(t, err)
	require.Equal(t, position.System, source.System)
	require.Equal(t, "logical", source.WALLevel)
	require.False(t, source.IsStandby)
	var database uint32
	var name string
	require.NoError(t, s.pool.QueryRow(ctx, `SELECT oid, datname::text FROM pg_database WHERE datname = current_database()`).Scan(&database, &name))
	require.Equal(t, database, source.Database)
	require.Equal(t, name, source.Name)
	for table, number := range map[string]uint32{"users": source.Users, "user_follows": source.Follows, "user_follow_stats": source.Counts} {
		var oid uint32
		require.NoError(t, s.pool.QueryRow(ctx, `SELECT $1::text::regclass::oid`, table).Scan(&oid))
		require.Equal(t, oid, number, table)
	}
	_, err = s.pool.Exec(ctx, `ALTER TABLE user_follow_stats RENAME TO counts`)
	require.NoError(t, err)
	source, err = s.GraphSource(ctx)
	require.NoError(t, err)
	require.Zero(t, source.Counts)
}
