//go:build unix

package localfile

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, pipe, socket := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	require.NoError(t, os.WriteFile(file, []byte("text"), 0o600))
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	for name, target := range map[string]string{"link": file, "link to a pipe": pipe, "dangling": "nowhere"} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}

	for _, path := range []string{file, filepath.Join(dir, "link")} {
		data, err := Read(path, 4)
		require.NoError(t, err)
		require.Equal(t, "text", string(data))
		_, err = Read(path, 3)
		require.ErrorContains(t, err, "more than 3 bytes")
	}
	for path, want := range map[string]string{
		pipe:                                 "is a pipe, not a regular file",
		filepath.Join(dir, "link to a pipe"): "is a pipe, not a regular file",
		socket:                               "is a socket",
		dir:                                  "is a directory",
		os.DevNull:                           "is a device",
		filepath.Join(dir, "dangling"):       "no such file",
	} {
		_, err := Open(path)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for range 2 {
		file, err := Replace(path)
		require.NoError(t, err)
		_, err = file.WriteString("text")
		require.NoError(t, err)
		require.NoError(t, file.Close())
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "text", string(got))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	null, err := Replace(os.DevNull)
	require.NoError(t, err)
	require.NoError(t, null.Close())

	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	_, err = Replace(pipe)
	require.ErrorContains(t, err, "is a pipe without a reader")
	_, err = Replace(dir)
	require.Error(t, err)

	second := filepath.Join(dir, "second")
	require.NoError(t, os.Link(path, second))
	_, err = Replace(second)
	require.ErrorContains(t, err, "other names")

	open := filepath.Join(dir, "open to others")
	require.NoError(t, os.Mkdir(open, 0o700))
	require.NoError(t, os.Chmod(open, 0o777|fs.ModeSticky))
	link := filepath.Join(open, "link")
	require.NoError(t, os.Symlink(path, link))
	_, err = Replace(link)
	require.ErrorContains(t, err, "symbolic link")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "text", string(kept), "what was refused is left alone")
}

func TestReplaceRejectsFilesOfOtherUsers(t *testing.T) {
	t.Parallel()
	const me, other, root = 1000, 1001, 0
	directory := func(owner int, perm fs.FileMode) fileStatus {
		return fileStatus{mode: fs.ModeDir | perm, owner: owner}
	}
	own, tmp := directory(me, 0o755), directory(root, 0o777|fs.ModeSticky)
	for name, test := range map[string]struct {
		in     fileStatus
		target fileStatus
		user   int
		want   string // a part of the error; empty: none
	}{
		"own file":                    {own, fileStatus{0o600, me, 1}, me, ""},
		"own file in /tmp":            {tmp, fileStatus{0o600, me, 1}, me, ""},
		"another's in /tmp":           {tmp, fileStatus{0o666, other, 1}, me, "another user"},
		"another's in /tmp, for root": {tmp, fileStatus{0o666, other, 1}, root, "another user"},
		"another's in own directory":  {own, fileStatus{0o666, other, 1}, me, "another user"},
		"the user's, for root":        {own, fileStatus{0o600, me, 1}, root, ""},
		"in a group's directory":      {directory(me, 0o775), fileStatus{0o600, me, 1}, root, "another user"},
		"hard link to one of root's":  {tmp, fileStatus{0o600, root, 2}, root, "other names"},
		"another's pipe":              {tmp, fileStatus{fs.ModeNamedPipe | 0o666, other, 1}, me, "another user"},
		"own pipe":                    {tmp, fileStatus{fs.ModeNamedPipe | 0o600, me, 1}, me, ""},
		"terminal of another user":    {directory(root, 0o755), fileStatus{fs.ModeDevice | fs.ModeCharDevice | 0o620, me, 1}, root, ""},
		"disk":                        {directory(root, 0o755), fileStatus{fs.ModeDevice | 0o660, root, 1}, root, "not a file to write to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, test.in.mayReplace(test.target, test.user), test.want)
		})
	}
	link := func(owner int) fileStatus { return fileStatus{fs.ModeSymlink | 0o777, owner, 1} }
	for name, test := range map[string]struct {
		in     fileStatus
		target fileStatus
		user   int
		want   string
	}{
		"no link":                   {tmp, fileStatus{0o600, other, 1}, root, ""},
		"/dev/stdout":               {directory(root, 0o755), link(root), me, ""},
		"own":                       {own, link(me), me, ""},
		"the user's, for root":      {own, link(me), root, ""},
		"another's":                 {own, link(other), me, "symbolic link"},
		"in /tmp":                   {tmp, link(other), root, "symbolic link"},
		"in a group's directory":    {directory(root, 0o775), link(root), root, "symbolic link"},
		"in another's, for oneself": {directory(other, 0o755), link(me), me, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, test.in.mayFollow(test.target, test.user), test.want)
		})
	}
}

func check(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, want)
}
