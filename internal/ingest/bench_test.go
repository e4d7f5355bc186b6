package ingest_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
)

// BenchmarkEdges reads files without a database: half a million compressed edges with numbers as ids, and a hundred
// thousand with UUIDs and times.
func BenchmarkEdges(b *testing.B) {
	epinions, err := os.ReadFile(graphFile(b, "epinions_edges.csv.gz"))
	require.NoError(b, err)
	var timed bytes.Buffer
	timed.WriteString("follower_id,following_id,created_at\n")
	for i := range 100_000 {
		timed.WriteString("4f1c2a9e-0d4b-4c7e-9a61-3b5d7f90")
		timed.WriteString([]string{"a1b2", "c3d4", "e5f6"}[i%3])
		timed.WriteString(",8e7d6c5b-4a39-4281-b706-f5e4d3c2b1a0,2025-06-20T12:00:00.123456Z\n")
	}
	for name, file := range map[string][]byte{"epinions": epinions, "timed": timed.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := ingest.Edges(b.Context(), &discard{}, bytes.NewReader(file), ingest.Options{})
				require.NoError(b, err)
			}
		})
	}
}
