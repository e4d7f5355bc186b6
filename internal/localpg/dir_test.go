//go:build unix

package localpg

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestUnexpectedFilesAreRejected replaces files. The error names the replacement, which stays unchanged.
func TestUnexpectedFilesAreRejected(t *testing.T) {
	t.Parallel()
	for kind, lay := range map[string]func(t *testing.T, victim, path string){
		"symbolic link": func(t *testing.T, victim, path string) { require.NoError(t, os.Symlink(victim, path)) },
		"dangling link": func(t *testing.T, victim, path string) { require.NoError(t, os.Symlink(victim+".new", path)) },
		"hard link":     func(t *testing.T, victim, path string) { require.NoError(t, os.Link(victim, path)) },
		"pipe":          func(t *testing.T, _, path string) { require.NoError(t, unix.Mkfifo(path, 0o600)) },
		"directory":     func(t *testing.T, _, path string) { require.NoError(t, os.Mkdir(path, 0o700)) },
	} {
		for name, use := range map[string]func(dir string) error{
			"serve.lock": func(dir string) error { _, err := LockServe(dir); return err },
			"start.lock": func(dir string) error { _, err := Open(t.Context(), Options{Dir: dir}); return err },
			"users.lock": func(dir string) error { _, err := Open(t.Context(), Options{Dir: dir}); return err },
			logName: func(dir string) error {
				c, err := newCluster(Options{Dir: dir})
				require.NoError(t, err)
				_, _, err = c.openLog()
				return err
			},
		} {
			t.Run(name+" as a "+kind, func(t *testing.T) {
				t.Parallel()
				dir := newDir(t)
				require.NoError(t, os.Mkdir(dir, 0o711))
				victim := filepath.Join(t.TempDir(), "victim")
				require.NoError(t, os.WriteFile(victim, []byte("kept"), 0o640))
				before, err := os.Stat(victim)
				require.NoError(t, err)
				lay(t, victim, filepath.Join(dir, name))

				require.ErrorContains(t, use(dir), filepath.Join(dir, name))

				content, err := os.ReadFile(victim)
				require.NoError(t, err)
				require.Equal(t, "kept", string(content))
				after, err := os.Stat(victim)
				require.NoError(t, err)
				require.Equal(t, before.Sys().(*syscall.Stat_t).Uid, after.Sys().(*syscall.Stat_t).Uid)
				require.Equal(t, before.Mode(), after.Mode())
				require.NoFileExists(t, victim+".new")
			})
		}
	}
}

// TestUnexpectedDataIsRejected replaces the directory of the data and its files.
func TestUnexpectedDataIsRejected(t *testing.T) {
	t.Parallel()
	for name, lay := range map[string]func(dir string) error{
		"a link as data": func(dir string) error { return os.Symlink(t.TempDir(), filepath.Join(dir, dataName)) },
		"a pipe as version": func(dir string) error {
			return unix.Mkfifo(filepath.Join(dir, dataName, "PG_VERSION"), 0o600)
		},
		"a link as version": func(dir string) error {
			return os.Symlink("/etc/passwd", filepath.Join(dir, dataName, "PG_VERSION"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newDir(t)
			require.NoError(t, os.Mkdir(dir, 0o711))
			if name != "a link as data" {
				require.NoError(t, os.Mkdir(filepath.Join(dir, dataName), 0o700))
			}
			require.NoError(t, lay(dir))
			_, err := Open(t.Context(), Options{Dir: dir, Durable: true})
			require.ErrorContains(t, err, filepath.Join(dir, dataName))
			require.NotContains(t, err.Error(), "root:", "nothing is told of what a link leads to")
		})
	}
}

func TestDirectoriesOfOtherUsersAreRejected(t *testing.T) {
	t.Parallel()
	open := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.Mkdir(open, 0o700))
	require.NoError(t, os.Chmod(open, 0o777))
	sticky := filepath.Join(t.TempDir(), "sticky")
	require.NoError(t, os.Mkdir(sticky, 0o700))
	require.NoError(t, os.Chmod(sticky, 0o777|os.ModeSticky))
	for name, dir := range map[string]string{
		"open to others":      open,
		"below such a one":    filepath.Join(open, "data"),
		"further below":       filepath.Join(open, "a", "b"),
		"beside, by two dots": filepath.Join(open, "..") + "/open/../open/data",
		"open but sticky":     sticky,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := LockServe(dir)
			require.ErrorContains(t, err, "cannot be used")
			require.ErrorContains(t, err, "--data-dir")
		})
	}
	entries, err := os.ReadDir(open)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is made in what is refused")
}

// TestReplacedDirectoryIsNotUsed replaces a directory after it was opened.
func TestReplacedDirectoryIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	c, err := newCluster(Options{Dir: dir})
	require.NoError(t, err)
	moved, victim := dir+".moved", t.TempDir()
	require.NoError(t, os.Rename(dir, moved))
	require.NoError(t, os.Symlink(victim, dir))

	lock, err := c.dataDir.newLock("start.lock")
	require.NoError(t, err)
	lock.close()
	log, _, err := c.openLog()
	require.NoError(t, err)
	require.NoError(t, log.Close())
	require.FileExists(t, filepath.Join(moved, "start.lock"))
	require.FileExists(t, filepath.Join(moved, logName))
	entries, err := os.ReadDir(victim)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestForgedSocketLink checks that a stop only removes the empty directory of the socket, whatever the link points to.
func TestForgedSocketLink(t *testing.T) {
	t.Parallel()
	c := clusterOf(t, newDir(t))
	base := t.TempDir()
	file, directory := filepath.Join(base, "file"), filepath.Join(base, "directory")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Mkdir(directory, 0o700))
	named := filepath.Join(base, c.shortName())
	require.NoError(t, os.WriteFile(named, nil, 0o600))
	for _, target := range []string{file, directory, named} {
		require.NoError(t, c.dataDir.root.Symlink(target, runName))
		c.removeShortSocketDir()
		_, err := os.Lstat(target)
		require.NoError(t, err, target)
		require.NoError(t, c.dataDir.root.Remove(runName))
	}
}

func TestLinkedDirectory(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	link := dir + " by a link"
	require.NoError(t, os.Symlink(filepath.Base(dir), link))
	require.NoError(t, os.Mkdir(dir, 0o711))
	release, err := LockServe(link)
	require.NoError(t, err)
	defer release()
	_, err = LockServe(dir)
	require.ErrorContains(t, err, dir, "both names are one directory")

	loop := dir + " in a circle"
	require.NoError(t, os.Symlink(filepath.Base(loop), loop))
	_, err = LockServe(loop)
	require.ErrorContains(t, err, loop)
}

func TestGiveTree(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	tree := filepath.Join(base, dataName)
	require.NoError(t, os.MkdirAll(filepath.Join(tree, "base", "1"), 0o700))
	for _, name := range []string{"PG_VERSION", "base/1/112"} {
		require.NoError(t, os.WriteFile(filepath.Join(tree, name), nil, 0o600))
	}
	require.NoError(t, os.Symlink("/", filepath.Join(tree, "link")))
	server, err := serverAccount(base, noOwner)
	require.NoError(t, err)
	given := func() error {
		file, err := os.Open(tree)
		require.NoError(t, err)
		defer file.Close()
		return dir{trust{user: server.uid, isRoot: isRoot()}, file}.giveTree(server)
	}
	require.NoError(t, given())
	for _, name := range []string{".", "PG_VERSION", "base", "base/1", "base/1/112"} {
		info, err := os.Lstat(filepath.Join(tree, name))
		require.NoError(t, err)
		s, err := statusOf(info)
		require.NoError(t, err)
		require.Equal(t, server.uid, s.owner, name)
	}
	victim := filepath.Join(base, "victim")
	require.NoError(t, os.WriteFile(victim, nil, 0o600))
	require.NoError(t, os.Link(victim, filepath.Join(tree, "base", "1", "113")))
	require.ErrorIs(t, given(), errHardLink)
	require.NoError(t, os.Remove(filepath.Join(tree, "base", "1", "113")))
	require.NoError(t, unix.Mkfifo(filepath.Join(tree, "pipe"), 0o600))
	require.ErrorContains(t, given(), "is a pipe")
}

// TestCapabilityIsForRootsDirectories checks that the server gets a capability to traverse only directories that root
// has closed, because the server's user could close its own directories.
func TestCapabilityIsForRootsDirectories(t *testing.T) {
	t.Parallel()
	stranger := account{name: "stranger", uid: 54321, gid: 54321}
	closed := filepath.Join(t.TempDir(), "closed")
	below := filepath.Join(closed, "data")
	require.NoError(t, os.MkdirAll(below, 0o700))
	require.False(t, stranger.isClosedByRoot("/"), "it is not closed")
	require.False(t, stranger.reaches(below))
	require.Equal(t, isRoot(), stranger.isClosedByRoot(below))
	if !isRoot() {
		return // the directories are not root's, which this test needs
	}
	for _, path := range []string{below, closed} {
		require.NoError(t, os.Chmod(path, 0o600))
		require.NoError(t, os.Chown(path, stranger.uid, stranger.gid))
		require.False(t, stranger.reaches(below))
		require.True(t, stranger.isClosedByRoot(filepath.Dir(path)))
		require.False(t, stranger.isClosedByRoot(below), path)
	}
}
