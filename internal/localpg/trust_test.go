//go:build unix

package localpg

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

// Users: root, the server's user, and another user of the machine.
const (
	root   = 0
	server = 101
	other  = 1001
)

func TestTrust(t *testing.T) {
	t.Parallel()
	asRoot, asUser := trust{user: server, isRoot: true}, trust{user: server}
	directory := func(owner int, mode fs.FileMode) fileStatus { return fileStatus{fs.ModeDir | mode, owner, 2} }
	file := func(owner int, mode fs.FileMode, links uint64) fileStatus { return fileStatus{mode, owner, links} }
	link := func(owner int) fileStatus { return fileStatus{fs.ModeSymlink | 0o777, owner, 1} }
	for name, test := range map[string]struct {
		check func(fileStatus) error
		found fileStatus
		want  string // a part of the error; empty: none
	}{
		"above: root's":                   {asRoot.above, directory(root, 0o755), ""},
		"above: the server's":             {asRoot.above, directory(server, 0o755), ""},
		"above: /tmp":                     {asRoot.above, directory(root, 0o777|fs.ModeSticky), ""},
		"above: a group's /tmp":           {asRoot.above, directory(root, 0o775|fs.ModeSticky), ""},
		"above: another's":                {asRoot.above, directory(other, 0o755), "belongs to user id 1001"},
		"above: another's, sticky":        {asRoot.above, directory(other, 0o777|fs.ModeSticky), "belongs to user id 1001"},
		"above: open to all":              {asRoot.above, directory(root, 0o777), "mode 0777"},
		"above: open to a group":          {asRoot.above, directory(root, 0o775), "mode 0775"},
		"above: the server's, open":       {asRoot.above, directory(server, 0o777), "mode 0777"},
		"above: a file":                   {asRoot.above, file(root, 0o644, 1), "is a regular file, not a directory"},
		"above, a user: another's":        {asUser.above, directory(other, 0o755), ""},
		"above, a user: own group's":      {asUser.above, directory(server, 0o775), ""},
		"above, a user: open to all":      {asUser.above, directory(root, 0o777), "mode 0777"},
		"directory: root's":               {asRoot.directory, directory(root, 0o711), ""},
		"directory: the server's":         {asRoot.directory, directory(server, 0o700), ""},
		"directory: another's":            {asRoot.directory, directory(other, 0o700), "neither to root nor to the server's user"},
		"directory: open to all":          {asRoot.directory, directory(root, 0o777), "other users can write"},
		"directory: /tmp itself":          {asRoot.directory, directory(root, 0o777|fs.ModeSticky), "other users can write"},
		"directory: open to a group":      {asRoot.directory, directory(server, 0o770), "other users can write"},
		"directory: a pipe":               {asRoot.directory, fileStatus{fs.ModeNamedPipe | 0o600, root, 1}, "is a pipe"},
		"directory, a user: another's":    {asUser.directory, directory(other, 0o777), "neither to root nor to the server's user"},
		"directory, a user: a group's":    {asUser.directory, directory(root, 0o775), ""},
		"directory, a user: open to all":  {asUser.directory, directory(server, 0o777), "other users can write"},
		"link: root's":                    {asRoot.link, link(root), ""},
		"link: the server's":              {asRoot.link, link(server), ""},
		"link: another's":                 {asRoot.link, link(other), "symbolic link of user id 1001"},
		"link, a user: another's":         {asUser.link, link(other), ""},
		"read: root's":                    {asRoot.file, file(root, 0o600, 1), ""},
		"read: the server's, two names":   {asRoot.file, file(server, 0o600, 2), ""},
		"read: another's":                 {asRoot.file, file(other, 0o666, 1), "belongs to user id 1001"},
		"read: a pipe":                    {asRoot.file, fileStatus{fs.ModeNamedPipe | 0o600, root, 1}, "is a pipe"},
		"read: a device":                  {asRoot.file, fileStatus{fs.ModeDevice | fs.ModeCharDevice | 0o600, root, 1}, "is a device"},
		"read: a socket":                  {asRoot.file, fileStatus{fs.ModeSocket | 0o600, root, 1}, "is a socket"},
		"change: root's":                  {asRoot.change, file(root, 0o600, 1), ""},
		"change: root's, two names":       {asRoot.change, file(root, 0o600, 2), "hard links"},
		"change: the server's, two names": {asRoot.change, file(server, 0o600, 2), "hard links"},
		"change: another's":               {asRoot.change, file(other, 0o666, 1), "belongs to user id 1001"},
		"program: root's":                 {asRoot.program, file(root, 0o755, 1), ""},
		"program: another's":              {asRoot.program, file(other, 0o755, 1), "belongs to user id 1001"},
		"program: open to all":            {asRoot.program, file(root, 0o777, 1), "other users can change it"},
		"program: open to a group":        {asRoot.program, file(root, 0o775, 1), "other users can change it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.check(test.found)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestServerEnvironment(t *testing.T) {
	t.Parallel()
	own := []string{"PATH=/bin", "DATABASE_URL=postgres://u:secret@h/d", "PGPASSWORD=secret", "LANG=de", "TZ=UTC", "HOME=/root", "TMPDIR=/tmp"}
	require.Equal(t, []string{"LC_ALL=C", "PATH=/bin", "DATABASE_URL=postgres://u:secret@h/d", "HOME=/root", "TMPDIR=/tmp"},
		serverEnvironment(own, false))
	require.Equal(t, []string{"LC_ALL=C", "PATH=/bin", "TMPDIR=/tmp"}, serverEnvironment(own, true),
		"root's environment is not for the server's user")
}
