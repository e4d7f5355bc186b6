//go:build unix

package localpg

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

const superuser = "postgres"

// unfinishedPrefix starts the name of an incomplete PGDATA. A random part follows.
const unfinishedPrefix = "data.new-"

// initialise creates PGDATA under another name and renames it when it is complete. An interruption at any point leaves
// nothing that looks like a PGDATA.
func (c *cluster) initialise(ctx context.Context) error {
	c.log.Info("creating a private PostgreSQL", "dir", c.dir, "version", c.programs.version)
	for _, locale := range localeChoices(c.programs.version) {
		// A new name each time, because an orphaned initdb may still write to its directory.
		fresh := unfinishedPrefix + rand.Text()
		fits, err := c.fill(ctx, fresh, locale)
		if fits && err == nil {
			return nil
		}
		if err := errors.Join(err, c.dataDir.root.RemoveAll(fresh)); err != nil {
			return err
		}
	}
	return fmt.Errorf("initdb in %s: the machine has no UTF-8 locale: install C.UTF-8 or en_US.UTF-8", c.dir)
}

// fill creates a directory, runs initdb in it and renames it when it is complete. fits is false if the machine lacks
// the locale.
func (c *cluster) fill(ctx context.Context, fresh string, locale []string) (fits bool, err error) {
	if err := c.dataDir.root.Mkdir(fresh, 0o700); err != nil {
		return false, err
	}
	data, err := c.dataDir.sub(fresh)
	if err != nil {
		return false, err
	}
	defer data.close()
	if err := c.account.give(data.file); err != nil {
		return false, err
	}
	if fits, err := c.initdb(ctx, filepath.Join(c.dir, fresh), locale); !fits || err != nil {
		return fits, err
	}
	if err := c.writeAccess(data); err != nil {
		return false, err
	}
	if err := errors.Join(data.file.Sync(), c.dataDir.root.Rename(fresh, dataName)); err != nil {
		return false, err
	}
	return true, c.dataDir.file.Sync()
}

// initdb runs initdb in a new directory. fits is false if the machine lacks the locale.
func (c *cluster) initdb(ctx context.Context, fresh string, locale []string) (fits bool, err error) {
	args := append([]string{"--pgdata=" + fresh, "--auth=peer"}, append(initArgs(), locale...)...)
	if !c.durable {
		args = append(args, "--no-sync")
	}
	cmd, err := c.command(ctx, "initdb", args...)
	if err != nil {
		return false, err
	}
	out, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() == nil && bytes.Contains(out, []byte("invalid locale name")) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("initdb in %s: %w: %s", c.dir, c.explainDenied(errors.Join(ctx.Err(), err)), lastLines(out, 3))
	}
	return true, nil
}

// initArgs returns the arguments of initdb that do not depend on the directory or the locale.
func initArgs() []string {
	return []string{
		"--username=" + superuser, "--encoding=UTF8", "--no-instructions",
		"--lc-messages=C", "--lc-monetary=C", "--lc-numeric=C", "--lc-time=C",
	}
}

// removeUnfinished removes incomplete directories of interrupted calls. It only logs errors: an orphaned initdb may
// still be writing, and a later call removes its directory.
func (c *cluster) removeUnfinished() {
	entries, err := fs.ReadDir(c.dataDir.root.FS(), ".")
	if err != nil {
		c.log.Warn("looking for unfinished data directories failed", "dir", c.dir, "error", err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), unfinishedPrefix) {
			continue
		}
		if err := c.dataDir.root.RemoveAll(entry.Name()); err != nil {
			c.log.Warn("removing an unfinished data directory failed", "path", c.dataDir.path(entry.Name()), "error", err)
		}
	}
}

// localeChoices returns alternative arguments of initdb, for text that sorts by code point on every system and whose
// lower() supports all of Unicode. The first one that the system supports is used.
func localeChoices(version int) [][]string {
	if version >= 17 {
		return [][]string{{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C"}}
	}
	return [][]string{
		{"--lc-collate=C", "--lc-ctype=C.UTF-8"},
		{"--lc-collate=C", "--lc-ctype=en_US.UTF-8"}, // macOS, old glibc
		{"--lc-collate=C", "--lc-ctype=UTF-8"},       // macOS without languages
	}
}

// writeAccess lets the server's user and root connect as the two roles of this package, only over the socket. The
// kernel identifies the connecting user.
func (c *cluster) writeAccess(data dir) error {
	const access = "# type database user method\n" +
		"local all " + superuser + " peer map=private\n" +
		"local all " + DatabaseName + " peer map=private\n"
	var users strings.Builder
	users.WriteString("# map system-user role\n")
	for _, name := range []string{c.account.name, "root"} {
		fmt.Fprintf(&users, "private %q %s\nprivate %q %s\n", name, superuser, name, DatabaseName)
	}
	for name, content := range map[string]string{"pg_hba.conf": access, "pg_ident.conf": users.String()} {
		if err := data.write(name, content, c.account); err != nil {
			return err
		}
	}
	return nil
}

// lastLines returns the end of a program's output as one line.
func lastLines(out []byte, count int) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], " / ")
}
