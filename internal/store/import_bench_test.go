package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
	"followgraph/internal/localpg"
	"followgraph/internal/store"
	"followgraph/internal/store/migrate"
)

// BenchmarkImportEpinions compares an import of half a million follows, with their users and counts, with plain COPYs
// of the resulting rows into the same tables, each on an empty database of one durable server:
//
//	go test ./internal/store -run '^$' -bench ImportEpinions -benchtime 5x
func BenchmarkImportEpinions(b *testing.B) {
	path := filepath.Join("..", "..", "..", "shared", "data", "epinions_edges.csv.gz")
	server, err := localpg.Open(b.Context(), localpg.Options{Dir: filepath.Join(b.TempDir(), "postgresql"), Durable: true})
	require.NoError(b, err)
	defer func() { require.NoError(b, server.Close(context.WithoutCancel(b.Context()))) }()

	var importing, vacuuming, copying time.Duration
	for run := range b.N {
		imported := newDatabase(b, server, fmt.Sprintf("imported%d", run))
		total, vacuum := timeImport(b, imported, path)
		importing, vacuuming = importing+total-vacuum, vacuuming+vacuum
		copying += timeCopy(b, imported, newDatabase(b, server, fmt.Sprintf("copied%d", run)))
	}
	runs := float64(b.N)
	b.ReportMetric(importing.Seconds()/runs, "s-import")
	b.ReportMetric(vacuuming.Seconds()/runs, "s-vacuum")
	b.ReportMetric(copying.Seconds()/runs, "s-copy")
	b.ReportMetric(importing.Seconds()/copying.Seconds(), "import/copy")
	b.ReportMetric((importing+vacuuming).Seconds()/copying.Seconds(), "import+vacuum/copy")
	b.ReportMetric(0, "ns/op") // the sum of both, which means nothing
}

func newDatabase(b *testing.B, server *localpg.Server, name string) (url string) {
	b.Helper()
	run(b, connect(b, server.URL("followgraph")), "CREATE DATABASE "+name)
	_, err := migrate.Up(b.Context(), server.URL(name))
	require.NoError(b, err)
	return server.URL(name)
}

func timeImport(b *testing.B, url, path string) (total, vacuum time.Duration) {
	b.Helper()
	db := openStore(b, url)
	file, err := os.Open(path)
	require.NoError(b, err)
	defer func() { _ = file.Close() }()
	var vacuumStart time.Time
	start := time.Now()
	report, err := ingest.Edges(b.Context(), db, file, ingest.Options{
		CreateUsers: true,
		Progress: func(p ingest.Progress) {
			if p.Phase == store.PhaseVacuum {
				vacuumStart = time.Now()
			}
		},
	})
	require.NoError(b, err)
	require.EqualValues(b, 508_837, report.Added)
	require.EqualValues(b, 75_879, report.UsersCreated)
	return time.Since(start), time.Since(vacuumStart)
}

// timeCopy copies the three tables of one database from memory into the empty ones of another.
func timeCopy(b *testing.B, from, to string) time.Duration {
	b.Helper()
	source, target := connect(b, from), connect(b, to)
	var total time.Duration
	for _, table := range []struct{ name, order string }{
		{"users", "id"}, {"user_follows", "id"}, {"user_follow_stats", `user_id COLLATE "C"`},
	} {
		var rows bytes.Buffer
		_, err := source.PgConn().CopyTo(b.Context(), &rows,
			"COPY (SELECT * FROM "+table.name+" ORDER BY "+table.order+") TO STDOUT (FORMAT binary)")
		require.NoError(b, err)
		start := time.Now()
		_, err = target.PgConn().CopyFrom(b.Context(), &rows, "COPY "+table.name+" FROM STDIN (FORMAT binary)")
		require.NoError(b, err)
		total += time.Since(start)
	}
	return total
}
