package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
	"followgraph/internal/testdb"
)

func TestAdoptAlembic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	revision, models := filepath.Join(dir, "a.py"), filepath.Join(dir, "b.py")
	c := config.Common{Database: config.Database{URL: testdb.New(t)}}
	run := func(targets AlembicTargets) (string, error) {
		var out strings.Builder
		err := AdoptAlembic(t.Context(), c, targets, slog.New(slog.DiscardHandler), &out)
		return out.String(), err
	}
	contents := func(path string) string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}

	printed, err := run(AlembicTargets{})
	require.NoError(t, err)
	require.Contains(t, printed, "\ndef downgrade()")
	require.Contains(t, printed, "\nclass User(Base):")
	require.Contains(t, printed, "\ndef include_object(")
	require.Contains(t, printed, "alembic downgrade")

	printed, err = run(AlembicTargets{Revision: revision, Models: models})
	require.NoError(t, err)
	require.Contains(t, contents(revision), "\ndef downgrade()")
	require.Contains(t, contents(models), "\nclass User(Base):")
	require.NotContains(t, printed, "\nclass User(Base):")
	require.Contains(t, printed, "alembic downgrade")
	_, err = run(AlembicTargets{Revision: revision, Models: models})
	require.NoError(t, err, "the same again")
	require.NoError(t, os.WriteFile(models, []byte("the team's"), 0o600))
	_, err = run(AlembicTargets{Models: models})
	require.ErrorContains(t, err, models+" exists")
	require.Equal(t, "the team's", contents(models))

	into := filepath.Join(dir, "into")
	_, err = run(AlembicTargets{Directory: into, Models: filepath.Join(dir, "c.py")})
	require.NoError(t, err)
	found, err := os.ReadDir(into)
	require.NoError(t, err)
	require.Len(t, found, 2, "the models have a separate file")
	require.FileExists(t, filepath.Join(dir, "c.py"))
}
