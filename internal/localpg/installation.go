//go:build unix

package localpg

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
)

// Installation is an installation of PostgreSQL's programs and the operating system user that runs them. Tests use it
// to run servers with other settings than those of Open.
type Installation struct {
	account  account
	programs programs
}

// FindInstallation returns the installation in a directory of programs, or the one that Open would select for a new
// data directory if dir is empty.
func FindInstallation(ctx context.Context, dir string) (*Installation, error) {
	server, err := serverAccount(os.TempDir(), noOwner)
	if err != nil {
		return nil, err
	}
	t := trust{user: server.uid, isRoot: isRoot()}
	version := func(dir string) (int, error) { return server.version(ctx, dir, t, slog.New(slog.DiscardHandler)) }
	if dir != "" {
		major, err := version(dir)
		if err != nil {
			return nil, fmt.Errorf("the PostgreSQL programs in %s: %w", dir, err)
		}
		return &Installation{server, programs{dir, major}}, nil
	}
	found, err := pickPrograms(installed(os.Getenv("PATH"), installPlaces, version), 0, "")
	if err != nil {
		return nil, err
	}
	return &Installation{server, found}, nil
}

// Version returns the major version of the programs.
func (i *Installation) Version() int { return i.programs.version }

// Program returns the path of a program of this installation, and whether it exists. An installation always has
// postgres, initdb and pg_ctl.
func (i *Installation) Program(name string) (path string, exists bool) {
	path = i.programs.path(name)
	_, err := os.Stat(path)
	return path, err == nil
}

// Command returns a command that runs a program, by its path, as the installation's user, in a separate session.
func (i *Installation) Command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	i.account.runAs(cmd)
	return cmd
}

// MakeDir creates a directory that only the installation's user can enter. The parent must be trusted or sticky.
func (i *Installation) MakeDir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return i.give(path)
}

// WriteFile writes a file that only the installation's user and root can read.
func (i *Installation) WriteFile(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return i.give(path)
}

func (i *Installation) give(path string) error {
	if !isRoot() {
		return nil
	}
	return os.Lchown(path, i.account.uid, i.account.gid)
}

// InitArgs returns the arguments of initdb for a data directory like that of Open, one list for each locale that the
// machine may have. The first one that the machine supports is the right one.
func (i *Installation) InitArgs(pgdata string) [][]string {
	var lists [][]string
	for _, locale := range localeChoices(i.programs.version) {
		lists = append(lists, append([]string{"--pgdata=" + filepath.Clean(pgdata)}, append(initArgs(), locale...)...))
	}
	return lists
}
