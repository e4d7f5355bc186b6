package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressFromFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o400))
		return path
	}
	good := write("good", "postgres://ada:hunter2@db.example/app\n")
	// Kubernetes mounts the keys of a secret as symbolic links.
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(good, link))
	for _, variable := range []string{"FOLLOWGRAPH_DATABASE_URL_FILE", "DATABASE_URL_FILE"} {
		for _, path := range []string{good, link} {
			s, err := read(t, nil, map[string]string{variable: path})
			require.NoError(t, err)
			require.Equal(t, "postgres://ada:hunter2@db.example/app", s.common.Database.URL)
			require.NoError(t, s.common.Validate())
		}
	}
	s, err := read(t, nil, map[string]string{"FOLLOWGRAPH_STREAM_URL_FILE": good})
	require.NoError(t, err)
	require.Equal(t, "postgres://ada:hunter2@db.example/app", s.serve.Graph.StreamURL)

	// An address with two hosts has a comma.
	standbys := write("standbys", "postgres://ada:hunter2@one.example,two.example/app\npostgres://ada:hunter2@three.example/app\n")
	s, err = read(t, nil, map[string]string{"FOLLOWGRAPH_REPLICA_URL_FILE": standbys})
	require.NoError(t, err)
	require.Equal(t, []string{"postgres://ada:hunter2@one.example,two.example/app", "postgres://ada:hunter2@three.example/app"}, s.serve.Replicas.URLs)

	s, err = read(t, []string{"--database-url=postgres://flag"}, map[string]string{"DATABASE_URL_FILE": "missing"})
	require.NoError(t, err, "a flag takes precedence")
	require.Equal(t, "postgres://flag", s.common.Database.URL)

	s, err = read(t, nil, map[string]string{"FOLLOWGRAPH_DATABASE_URL_FILE": good, "DATABASE_URL": "postgres://platform"})
	require.NoError(t, err)
	require.Equal(t, "postgres://ada:hunter2@db.example/app", s.common.Database.URL)

	for name, test := range map[string]struct {
		environment map[string]string
		want        string
	}{
		"missing":   {map[string]string{"DATABASE_URL_FILE": filepath.Join(dir, "none")}, "DATABASE_URL_FILE: stat"},
		"directory": {map[string]string{"DATABASE_URL_FILE": dir}, "DATABASE_URL_FILE"},
		"empty":     {map[string]string{"DATABASE_URL_FILE": write("empty", "\n")}, "is empty"},
		"two":       {map[string]string{"DATABASE_URL_FILE": write("two", "postgres://hunter2\npostgres://hunter2\n")}, "one address"},
		"large":     {map[string]string{"DATABASE_URL_FILE": write("large", strings.Repeat("hunter2", 10_000))}, "65536 bytes"},
		"both":      {map[string]string{"DATABASE_URL_FILE": good, "DATABASE_URL": "postgres://hunter2"}, "both set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, nil, test.environment)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}
