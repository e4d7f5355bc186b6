package persisted_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/persisted"
)

func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	write(t, path, `{"a": "{ viewer { id } }", "b": "{ viewer { username } }"}`)
	trusted, err := persisted.NewTrusted([]string{dir}, schema(t))
	require.NoError(t, err)
	first := trusted.Set()
	require.Equal(t, 2, first.Len())

	write(t, path, `{"a": "{ viewer { id } }", "c": "{ gone }"}`)
	var invalid *persisted.ManifestError
	require.ErrorAs(t, trusted.Reload(), &invalid)
	require.Equal(t, "c", invalid.Problems[0].ID)
	require.Same(t, first, trusted.Set(), "the old one stays")

	write(t, path, `{"a": "{ viewer { id } }", "c": "{ viewer { bio } }"}`)
	write(t, filepath.Join(dir, "b.json"), `{"d": "{ viewer { id bio } }"}`)
	require.NoError(t, trusted.Reload())
	second := trusted.Set()
	require.Equal(t, 3, second.Len())
	for id, there := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		_, ok := second.Document(id)
		require.Equal(t, there, ok, id)
	}
	before, _ := first.Document("a")
	after, _ := second.Document("a")
	require.Same(t, before.Parsed, after.Parsed, "its plans stay valid")
	_, ok := first.Document("b")
	require.True(t, ok, "the old set is unchanged")

	require.NoError(t, os.RemoveAll(dir))
	require.ErrorContains(t, trusted.Reload(), dir+": no such file or directory")
	require.Same(t, second, trusted.Set())
}

func TestReloadKeepsOwnDocuments(t *testing.T) {
	t.Parallel()
	path := file(t, `{"a": "{ viewer { id } }"}`)
	own := persisted.Manifest{Name: "ours", Data: []byte(`{"own": "{ viewer { bio } }"}`)}
	trusted, err := persisted.NewTrusted([]string{path}, schema(t), own)
	require.NoError(t, err)
	write(t, path, `{"b": "{ viewer { id } }"}`)
	require.NoError(t, trusted.Reload())
	for id, there := range map[string]bool{"a": false, "b": true, "own": true} {
		_, ok := trusted.Set().Document(id)
		require.Equal(t, there, ok, id)
	}

	_, err = persisted.NewTrusted(nil, schema(t), persisted.Manifest{Name: "ours", Data: []byte(`{"own": "{ gone }"}`)})
	require.ErrorContains(t, err, `ours`)
}

func TestNewTrustedRefuses(t *testing.T) {
	t.Parallel()
	_, err := persisted.NewTrusted([]string{file(t, `{"a": "{ gone }"}`)}, schema(t))
	require.ErrorContains(t, err, `document "a"`)
}

// TestReloadIsAtomic replaces sets while they are read. Each set has one version, and concurrent reloads never restore
// an older one.
func TestReloadIsAtomic(t *testing.T) {
	t.Parallel()
	path := file(t, "{}")
	version := func(n int) string {
		return fmt.Sprintf(`{"a": "{ viewer { id } } # %d", "b": "{ viewer { username } } # %d"}`, n, n)
	}
	replace := func(text string) { // rename, so that a partial file is never read
		next := path + ".next"
		write(t, next, text)
		require.NoError(t, os.Rename(next, path))
	}
	replace(version(0))
	trusted, err := persisted.NewTrusted([]string{path}, schema(t))
	require.NoError(t, err)

	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				set := trusted.Set()
				a, okA := set.Document("a")
				b, okB := set.Document("b")
				if !okA || !okB || a.Text[len("{ viewer { id } }"):] != b.Text[len("{ viewer { username } }"):] {
					t.Errorf("half of a set: %q and %q", a.Text, b.Text)
					return
				}
			}
		})
	}
	for n := range 100 {
		replace(version(n))
		var reloads sync.WaitGroup
		for range 2 {
			reloads.Go(func() {
				if err := trusted.Reload(); err != nil {
					t.Error(err)
				}
			})
		}
		reloads.Wait()
		a, _ := trusted.Set().Document("a")
		require.Equal(t, fmt.Sprintf("{ viewer { id } } # %d", n), a.Text)
		replace(`{"a": "{ gone }"}`)
		require.Error(t, trusted.Reload())
	}
	close(done)
	readers.Wait()
}
