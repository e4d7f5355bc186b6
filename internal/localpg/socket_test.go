//go:build unix

package localpg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeepDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), strings.Repeat("deep, ", 20), strings.Repeat("\"deeper\"", 20))
	server := open(t, Options{Dir: dir, Durable: true})
	c := clusterOf(t, dir)
	require.NotEqual(t, c.runPath(), c.socketDir())
	require.NoError(t, checkPrivate(c.socketDir(), c.account.uid))
	require.Equal(t, int32(1), query[int32](t, server, "SELECT 1"))

	killServer(t, dir)
	leave(t, server)
	server = open(t, Options{Dir: dir, Durable: true})
	require.Equal(t, int32(1), query[int32](t, server, "SELECT 1"))
	leave(t, server)

	// Another user may impersonate the stopped server.
	short := c.socketDir()
	require.NoDirExists(t, short)
	require.NoError(t, os.Mkdir(short, 0o755))
	t.Cleanup(func() { _ = os.Remove(short) })
	_, err := Open(t.Context(), Options{Dir: dir, Durable: true})
	require.ErrorContains(t, err, short)
}

func TestSocketDirectoryOfAnotherUser(t *testing.T) {
	t.Parallel()
	deep := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	for name, occupy := range map[string]func(dir string) error{
		"a link":       func(dir string) error { return os.Symlink(t.TempDir(), dir) },
		"a file":       func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
		"open to all":  func(dir string) error { return os.Mkdir(dir, 0o755) },
		"another user": func(dir string) error { return os.Mkdir(dir, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clusterOf(t, filepath.Join(deep, name))
			if name == "another user" {
				c.account.uid++ // a user other than the directory's owner
			}
			short := filepath.Join(os.TempDir(), "followgraph-"+shortHash(c.dir))
			require.NoError(t, occupy(short))
			t.Cleanup(func() { _ = os.Remove(short) })
			require.ErrorContains(t, c.prepareSocketDir(), short)
		})
	}
}

func TestMovedDirectory(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	deep, short := filepath.Join(base, strings.Repeat("d", 120)), filepath.Join(base, "s")
	c := clusterOf(t, deep)
	require.NoError(t, c.prepareSocketDir())
	t.Cleanup(func() { _ = os.Remove(filepath.Join(os.TempDir(), "followgraph-"+shortHash(deep))) })
	require.NotEqual(t, c.runPath(), c.socketDir())

	require.NoError(t, os.Rename(deep, short))
	c = clusterOf(t, short)
	require.NoError(t, c.prepareSocketDir())
	require.Equal(t, c.runPath(), c.socketDir())

	require.NoError(t, os.Rename(short, deep))
	c = clusterOf(t, deep)
	require.NoError(t, c.prepareSocketDir())
	require.NotEqual(t, c.runPath(), c.socketDir())
}
