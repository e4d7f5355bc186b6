//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

var errNoPassage = errors.New("a directory above it is closed to that user, and this process has no capability to hand on")

// command prepares a PostgreSQL program that runs as the server's user, in a session of its own:
// a terminal's Ctrl-C is for the product, which then stops the server in order.
func (c *cluster) command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, c.programs.path(name), args...)
	cmd.Dir = "/" // the working directory may be closed to the server's user, or vanish
	cmd.Env = serverEnvironment(os.Environ())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if !isRoot() {
		return cmd, nil
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(c.account.uid), Gid: uint32(c.account.gid)}
	for _, dir := range []string{c.dir, c.socketDir()} {
		if c.account.reaches(dir) {
			continue
		}
		if err := passThrough(cmd.SysProcAttr); err != nil {
			return nil, fmt.Errorf("PostgreSQL refuses to run as root, and user %s cannot reach %s: %w: choose a data directory elsewhere with --data-dir, such as /var/lib/followgraph",
				c.account.name, dir, err)
		}
		break
	}
	return cmd, nil
}

// serverEnvironment drops what would change the server's behaviour or the language of its
// messages, which this package reads.
func serverEnvironment(own []string) []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range own {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" || name == "TZ" {
			continue
		}
		env = append(env, entry)
	}
	return env
}

// explainDenied adds what to do to the error of starting a program as another user.
func (c *cluster) explainDenied(err error) error {
	if isRoot() && errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: this root may not run programs as user %s: run as an ordinary user, or give a running database with DATABASE_URL", err, c.account.name)
	}
	return err
}
