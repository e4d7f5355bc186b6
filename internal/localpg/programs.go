//go:build unix

package localpg

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// programs is one installation of PostgreSQL.
type programs struct {
	dir     string // contains postgres, initdb and pg_ctl
	version int    // major
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// installPlaces are the directories, in addition to PATH, where packages install PostgreSQL.
// scripts/install-postgres.sh searches the same directories.
var installPlaces = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // the PostgreSQL project's RPMs
	"/usr/libexec/postgresql*",                           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
	"/opt/homebrew/opt/postgresql/bin",                   //
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/usr/local/opt/postgresql/bin",                      //
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
	"/usr/local/pgsql/bin",                               // built from source
}

// installed lists the installations on this machine, of any version: first those in PATH, in its order, then those in
// places, newest first. version returns the version of a directory's programs, or an error if they cannot be used.
func installed(path string, places []string, version func(dir string) (int, error)) []programs {
	var found []programs
	seen := map[string]bool{}
	add := func(into []programs, dir string) []programs {
		if dir == "" || !filepath.IsAbs(dir) || seen[dir] {
			return into
		}
		seen[dir] = true
		if version, err := version(dir); err == nil {
			into = append(into, programs{dir: dir, version: version})
		}
		return into
	}
	for _, dir := range filepath.SplitList(path) {
		found = add(found, dir)
	}
	var packaged []programs
	for _, place := range places {
		dirs, _ := filepath.Glob(place) // the only error is a bad pattern
		for _, dir := range dirs {
			packaged = add(packaged, dir)
		}
	}
	slices.SortStableFunc(packaged, func(a, b programs) int { return b.version - a.version })
	return append(found, packaged...)
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// programNames lists the required programs.
var programNames = []string{"postgres", "initdb", "pg_ctl"}

// checkPrograms returns an error unless a directory contains all programs.
func checkPrograms(dir string) error {
	for _, name := range programNames {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return fmt.Errorf("%s is not a program", filepath.Join(dir, name))
		}
	}
	return nil
}

// version returns the major version of an installation, by running it as the server's user.
func (c *cluster) version(ctx context.Context, dir string) (int, error) {
	return c.account.version(ctx, dir, c.dataDir.trust, c.log)
}

// version returns the major version of an installation, by running it as this user. It returns an error if a program is
// missing. For root it also rejects two kinds of installation: one that a third user can change, and one that the user
// cannot reach, such as one under /root. The capability of command does not help there, because it takes effect only
// after the program was found.
func (a account) version(ctx context.Context, dir string, t trust, log *slog.Logger) (int, error) {
	if err := checkPrograms(dir); err != nil {
		return 0, err
	}
	if isRoot() {
		err := errNoPassage
		if a.reaches(dir) {
			err = t.programs(dir)
		}
		if err != nil {
			log.Warn("ignoring a PostgreSQL installation that its user cannot reach or that other users can change",
				"programs", dir, "user", a.name, "error", err)
			return 0, err
		}
	}
	ask := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version")
	a.runAs(ask)
	return readVersion(dir, ask)
}

// programs checks that only root and the server's user can change the programs of a directory.
func (t trust) programs(dir string) error {
	if _, _, err := t.walk(dir, 0); err != nil {
		return err
	}
	for _, name := range programNames {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if _, _, err := t.walk(filepath.Dir(path), 0); err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		s, err := statusOf(info)
		if err == nil {
			err = t.program(s)
		}
		if err != nil {
			return fmt.Errorf("%s %w", path, err)
		}
	}
	return nil
}

// readVersion parses the major version in the output of an installation.
func readVersion(dir string, ask *exec.Cmd) (int, error) {
	out, err := ask.Output()
	if err != nil {
		return 0, err
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("%s: unknown version %q", dir, out)
	}
	return strconv.Atoi(string(match[1]))
}

// pickPrograms selects the installation for a data directory: the first one of its major version, or for a new
// directory (version 0) the first supported one.
func pickPrograms(found []programs, version int, pgdata string) (programs, error) {
	for _, p := range found {
		if p.version == version || version == 0 && p.version >= minVersion && p.version <= maxVersion {
			return p, nil
		}
	}
	if version != 0 {
		return programs{}, fmt.Errorf("%w in version %d, which created %s (found %s): %s, or choose another data directory",
			ErrNotInstalled, version, pgdata, listVersions(found), installHint(version))
	}
	return programs{}, fmt.Errorf("%w in a version from %d to %d (found %s): %s, or set DATABASE_URL to a running database",
		ErrNotInstalled, minVersion, maxVersion, listVersions(found), installHint(0))
}

func installHint(version int) string {
	debian, fedora, homebrew := "postgresql", "postgresql-server", "postgresql@17"
	if version != 0 {
		debian = fmt.Sprintf("postgresql-%d", version)
		fedora = fmt.Sprintf("postgresql%d-server", version)
		homebrew = fmt.Sprintf("postgresql@%d", version)
	}
	return fmt.Sprintf("install it with `apt-get install %s` (Debian, Ubuntu), `dnf install %s` (Fedora) or `brew install %s` (macOS)",
		debian, fedora, homebrew)
}

func listVersions(found []programs) string {
	if len(found) == 0 {
		return "none"
	}
	var list []string
	for _, p := range found {
		list = append(list, fmt.Sprintf("%d in %s", p.version, p.dir))
	}
	return strings.Join(list, ", ")
}
