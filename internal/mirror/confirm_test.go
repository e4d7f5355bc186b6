package mirror

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAPositionInARecord has the end of the flushed log in the middle of a record of an open transaction. The stream
// cannot arrive there before the rest is flushed, which PostgreSQL does after up to 15 s.
func TestAPositionInARecord(t *testing.T) {
	t.Parallel()
	url := privateDatabase(t, map[string]string{"synchronous_commit": "on"})
	conn := connect(t, url)
	i := start(t, url, nil)
	writer, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = writer.Rollback(t.Context()) }()
	_, err = writer.Exec(t.Context(), `SELECT pg_logical_emit_message(false, 'test', repeat('x', 50000))`)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var inside bool
		err := writer.QueryRow(t.Context(), `SELECT pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()
			AND pg_current_wal_flush_lsn() > pg_current_wal_insert_lsn() - 50000`).Scan(&inside)
		require.NoError(t, err)
		return inside || i.counts.flushes.Load() > 0
	}, testTimeout, tick)
	at, err := i.position(t.Context())
	require.NoError(t, err)
	_, source, _ := i.followers(t, "n0", at.String())
	require.Equal(t, "memory", source)
	require.Eventually(t, func() bool { return i.counts.flushes.Load() > 0 }, testTimeout, tick)
}
