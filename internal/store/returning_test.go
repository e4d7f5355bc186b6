package store

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReturningHasOnlyColumns keeps casts out of RETURNING. The text of an enum and of a time depends on settings and on
// the catalog, so these casts are stable and not immutable, and Citus refuses such expressions there.
func TestReturningHasOnlyColumns(t *testing.T) {
	t.Parallel()
	columns := regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)?(, [a-z_]+(\.[a-z_]+)?)*;?$`)
	found := 0
	require.NoError(t, fs.WalkDir(sqlFiles, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sqlFiles, path)
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(strings.TrimSpace(line), "--")
			if _, list, ok := strings.Cut(code, "RETURNING "); ok {
				found++
				assert.Regexp(t, columns, list, path)
			}
		}
		return err
	}))
	require.Greater(t, found, 10)
}
