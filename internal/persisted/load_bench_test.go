package persisted_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/persisted"
)

// BenchmarkLoad loads a manifest of the maximum number of documents, all with different texts.
func BenchmarkLoad(b *testing.B) {
	documents := map[string]string{}
	for i := range persisted.MaxDocuments {
		documents[fmt.Sprint(i)] = fmt.Sprintf(
			"query Q%d($first: Int) { viewer { id username ...F } } fragment F on User { followers(first: $first) { nodes { id username bio(length: 10) } } }", i)
	}
	manifest, err := json.Marshal(documents)
	require.NoError(b, err)
	types := schema(b)
	for b.Loop() {
		set, err := persisted.LoadBytes("manifest.json", manifest, types)
		require.NoError(b, err)
		require.Equal(b, persisted.MaxDocuments, set.Len())
	}
}
