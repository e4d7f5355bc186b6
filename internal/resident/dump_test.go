package resident_test

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/graphdump"
	"followgraph/internal/graphverify"
	"followgraph/internal/model"
	"followgraph/internal/resident"
	"followgraph/internal/testdb"
)

// verify compares a version with SQL as it is now, and returns the differences.
func (w *world) verify(v *resident.Version) (graphverify.Result, []string) {
	w.t.Helper()
	var name string
	var result graphverify.Result
	var lines []string
	err := pgx.BeginTxFunc(w.t.Context(), w.conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		require.NoError(w.t, tx.QueryRow(w.t.Context(), "SELECT pg_export_snapshot()").Scan(&name))
		sql, err := w.sql.OpenGraphSnapshot(w.t.Context(), name)
		require.NoError(w.t, err)
		defer sql.Close(w.t.Context())
		reader, writer := io.Pipe()
		defer reader.Close()
		go func() { _ = writer.CloseWithError(v.Dump(w.t.Context(), writer)) }()
		result, err = graphverify.Compare(w.t.Context(), reader, sql, graphverify.Options{
			Most: 10, Report: func(line string) error { lines = append(lines, line); return nil }, Progress: func(string, int64) {},
		})
		return err
	})
	require.NoError(w.t, err)
	return result, lines
}

// TestDumpEqualsSQL changes a database at random, applies the changes to the graph in memory, and compares the version
// before and the version after with SQL.
func TestDumpEqualsSQL(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, testdb.New(t), 200+seed)
			rows := readRows(t, w.conn)
			g := rows.graph(nil)
			_, lines := w.verify(g.Version())
			require.Empty(t, lines, "the empty graph")
			if seed >= 2 {
				w.ids, w.hubs = 900, 5
			}
			for range 30 {
				for range 1 + w.random.IntN(12) {
					w.change()
				}
				before, truncations := w.truncate(rows)
				if w.random.IntN(2) == 0 {
					w.recount()
				}
				old, oldRows := g.Version(), rows
				rows = readRows(t, w.conn)
				transaction := before.difference(rows, w.random)
				transaction.Changes = append(truncations, transaction.Changes...)
				require.NoError(t, g.Apply(t.Context(), transaction, rows))
				result, lines := w.verify(g.Version())
				require.Empty(t, lines)
				require.Equal(t, graphverify.Result{Users: int64(len(rows.users)), Follows: int64(len(rows.follows)), Counts: int64(len(rows.stats))}, result)
				result, lines = w.verify(old)
				require.Equal(t, !reflect.DeepEqual(oldRows, rows), result.Differences > 0, lines)
			}
		})
	}
}

func TestDumpEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testdb.New(t), 1)
	for range 50 {
		w.change()
	}
	v := readRows(t, w.conn).graph(nil).Version()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, v.Dump(ctx, io.Discard), context.Canceled)
	reader, writer := io.Pipe()
	require.NoError(t, reader.Close())
	require.ErrorIs(t, v.Dump(t.Context(), writer), io.ErrClosedPipe)
}

// TestEveryFieldIsDumped fails for a new public field of a user that a dump does not have.
func TestEveryFieldIsDumped(t *testing.T) {
	t.Parallel()
	dumped := map[string]bool{"Stats": true} // the counts of its lists and ShownCountsAt
	for field := range reflect.TypeFor[graphdump.User]().Fields() {
		dumped[strings.TrimPrefix(field.Name, "Shown")] = true
	}
	for field := range reflect.TypeFor[model.User]().Fields() {
		require.True(t, dumped[field.Name], field.Name)
	}
}
