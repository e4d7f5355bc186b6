package persisted_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/persisted"
)

// FuzzManifest loads arbitrary bytes as a manifest. Either the error names a line of the file, or all documents of the
// file can be found.
func FuzzManifest(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, path := range files {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	for _, text := range []string{
		"", "{}", "[]", "\xef\xbb\xbf{}", `{"a":"{ viewer { id } }"}`, `{"a":"\ud800"}`, `{"a":1}`, `{"a":"","a":""}`,
		`{"a":"{ viewer { ...F } } fragment F on User { ...F }"}`, `{"a":"query($a:Int=1){ users(first:$a) { nodes { id } } }"}`,
		`{"version":1}`, apollo(""), apollo(`{}`), apollo(`{"id":"a","name":"A","type":"query","body":"query A { viewer { id } }"}`),
	} {
		f.Add([]byte(text))
	}
	types := schema(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := persisted.LoadBytes("manifest.json", data, types)
		if err != nil {
			var invalid *persisted.ManifestError
			require.True(t, errors.As(err, &invalid))
			require.NotEmpty(t, invalid.Problems)
			for _, problem := range invalid.Problems {
				require.GreaterOrEqual(t, problem.Line, 1)
				require.LessOrEqual(t, problem.Line, 1+bytes.Count(data, []byte("\n")))
				require.NotContains(t, problem.String(), "\n")
			}
			return
		}
		var texts map[string]any
		require.NoError(t, json.Unmarshal(data, &texts))
		for id, text := range texts {
			if list, isApollo := texts["operations"].([]any); isApollo {
				require.LessOrEqual(t, set.Len(), len(list))
				break
			}
			doc, ok := set.Document(id)
			require.True(t, ok)
			require.Equal(t, text, doc.Text)
			require.NotEmpty(t, doc.Operations)
			again, ok := set.Document("sha256:" + persisted.Hash(doc.Text))
			require.True(t, ok)
			require.Same(t, doc.Parsed, again.Parsed)
		}
	})
}

// FuzzCheckID checks arbitrary ids. A well-formed id can be the only id of a manifest, and its document can be found.
func FuzzCheckID(f *testing.F) {
	for _, id := range []string{"", "a", "x-a:b:c", "md5:a", "sha256:" + persisted.Hash(""), persisted.Hash("a"), ":", "ü", "A.b-c_d~"} {
		f.Add(id)
	}
	types := schema(f)
	const text = "{ viewer { id } }"
	f.Fuzz(func(t *testing.T, id string) {
		if persisted.CheckID(id) != nil || strings.HasPrefix(id, "sha256:") {
			return
		}
		data, err := json.Marshal(map[string]string{id: text})
		require.NoError(t, err)
		set, err := persisted.LoadBytes("manifest.json", data, types)
		require.NoError(t, err)
		doc, ok := set.Document(id)
		require.True(t, ok)
		require.Equal(t, id, doc.ID)
	})
}
