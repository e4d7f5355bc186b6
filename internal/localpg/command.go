//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

var errNoPassage = errors.New("a directory above it is closed to that user, and either root does not own it or this process has no capability to pass on")

// command returns a command that runs a PostgreSQL program as the server's user, in a separate session. A terminal's
// Ctrl-C then reaches only the product, which stops the server in order.
func (c *cluster) command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, c.programs.path(name), args...)
	c.account.runAs(cmd)
	if !isRoot() {
		return cmd, nil
	}
	for _, dir := range []string{c.dir, c.socketDir()} {
		if c.account.reaches(dir) {
			continue
		}
		err := errNoPassage
		if c.account.isClosedByRoot(dir) {
			err = passThrough(cmd.SysProcAttr)
		}
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL refuses to run as root, and user %s cannot reach %s: %w: choose a data directory elsewhere with --data-dir, such as /var/lib/followgraph",
				c.account.name, dir, err)
		}
		break
	}
	return cmd, nil
}

// runAs makes a command run as the server's user, in a separate session.
func (a account) runAs(cmd *exec.Cmd) {
	cmd.Dir = "/" // the working directory may be closed to the server's user, or be removed
	cmd.Env = serverEnvironment(os.Environ(), isRoot())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if isRoot() {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}

// forAnotherUser lists the variables that root passes on to the server's user, who can read them. Others may contain
// secrets.
var forAnotherUser = []string{"PATH", "LD_LIBRARY_PATH", "TMPDIR"}

// serverEnvironment removes variables that change the server's behavior or the language of its messages, which this
// package parses.
func serverEnvironment(own []string, isForAnother bool) []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range own {
		name, _, _ := strings.Cut(entry, "=")
		if isForAnother && !slices.Contains(forAnotherUser, name) {
			continue
		}
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" || name == "TZ" {
			continue
		}
		env = append(env, entry)
	}
	return env
}

// explainDenied adds advice to the error of starting a program as another user.
func (c *cluster) explainDenied(err error) error {
	if isRoot() && errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: this root user is not allowed to run programs as user %s: run as an ordinary user, or set DATABASE_URL to a running database", err, c.account.name)
	}
	return err
}
