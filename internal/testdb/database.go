package testdb

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/store/migrate"
)

// Names of databases in the shared server, each followed by a number in hexadecimal.
const (
	clonePrefix    = "test_"     // followed by the process's token, _ and a counter
	templatePrefix = "template_" // followed by the hash of the migrations
	buildPrefix    = "building_" // followed by the hash of the migrations
)

// Classes of advisory locks, all in the database postgres. PostgreSQL releases them when the holder's connection ends,
// so a lock shows that its process is alive.
const (
	lockProcess  int32 = 0x66670001 // exclusive for the lifetime of a process; the key is its token
	lockTemplate int32 = 0x66670002 // shared while a template is in use; the key is the template's hash
	lockBuild    int32 = 0x66670003 // exclusive while templates are built or databases swept; key 0
)

// templateLimit is the time limit for building the template, which applies every migration.
const templateLimit = 2 * time.Minute

// cloneTemplate creates a migrated database and returns its name.
func (s *session) cloneTemplate(ctx context.Context) (string, error) {
	template, err := s.template()
	if err != nil {
		return "", fmt.Errorf("building the migrated template: %w", err)
	}
	return s.createFrom(ctx, template)
}

// createEmpty creates a database without tables and returns its name.
func (s *session) createEmpty(ctx context.Context) (string, error) {
	return s.createFrom(ctx, "template1")
}

func (s *session) createFrom(ctx context.Context, template string) (string, error) {
	return s.createDatabase(ctx, "TEMPLATE "+quote(template)+s.strategy)
}

// createInC creates a migrated database in the locale C and returns its name.
func (s *session) createInC(ctx context.Context) (string, error) {
	return s.createInLocale(ctx, "LOCALE 'C'")
}

// createWithICU creates a migrated database in ICU's Greek locale and returns its name.
func (s *session) createWithICU(ctx context.Context) (string, error) {
	if s.strategy == "" { // PostgreSQL 14; see copyStrategy
		return s.createInC(ctx)
	}
	return s.createInLocale(ctx, "LOCALE_PROVIDER icu ICU_LOCALE 'el-GR' LOCALE 'C.UTF-8'")
}

func (s *session) createInLocale(ctx context.Context, locale string) (string, error) {
	name, err := s.createDatabase(ctx, "TEMPLATE template0 "+locale)
	if err != nil {
		return "", err
	}
	return name, applyMigrations(ctx, s.server.URL(name))
}

func (s *session) createDatabase(ctx context.Context, options string) (string, error) {
	name := fmt.Sprintf("%s%08x_%d", clonePrefix, s.token, s.count.Add(1))
	_, err := s.admin.Exec(ctx, "CREATE DATABASE "+quote(name)+" "+options)
	return name, err
}

// drop drops a database and ends its connections.
func (s *session) drop(ctx context.Context, name string) error {
	if err := s.endSessions(ctx, name); err != nil {
		return fmt.Errorf("dropping %s: %w", name, err)
	}
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		_, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
		// The temporary slot of a stream that the test has closed can outlive it for a moment.
		if server, ok := errors.AsType[*pgconn.PgError](err); ok && server.Code == "55006" && ctx.Err() == nil {
			<-ticker.C
			continue
		}
		if err != nil {
			return fmt.Errorf("dropping %s: %w", name, err)
		}
		return nil
	}
}

// endSessions ends a database's connections and waits briefly for their end. DROP DATABASE would do that, too, but
// sleeps 100 ms if it finds a connection that a test has just closed.
func (s *session) endSessions(ctx context.Context, name string) error {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for range 25 {
		tag, err := s.admin.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// copyStrategy returns the clause of CREATE DATABASE for the fastest copy. Copying files forces checkpoints, which are
// cheap without fsync. It takes at most half the time of the default, which logs every page. PostgreSQL 14 always
// copies files and does not support the clause.
func copyStrategy(ctx context.Context, conn *pgx.Conn) (string, error) {
	var version int
	err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::integer").Scan(&version)
	if err != nil || version < 150000 {
		return "", err
	}
	return " STRATEGY file_copy", nil
}

func applyMigrations(ctx context.Context, url string) error {
	_, err := migrate.Up(ctx, url)
	return err
}

// findTemplate returns the name of the database to which the migrations in files have been applied. If it does not
// exist, findTemplate builds it with apply, under another name, so that an interrupted build is never cloned.
func (s *session) findTemplate(files fs.FS, apply func(ctx context.Context, url string) error) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), templateLimit)
	defer cancel()
	hash, err := hashFiles(files)
	if err != nil {
		return "", err
	}
	suffix := hex.EncodeToString(hash[:6])
	template, build := templatePrefix+suffix, buildPrefix+suffix
	if _, err := s.keeper.Exec(ctx, "SELECT pg_advisory_lock_shared($1, $2)", lockTemplate, templateKey(suffix)); err != nil {
		return "", err
	}
	return template, s.whileBuilding(ctx, func() error {
		var exists bool
		err := s.keeper.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", template).Scan(&exists)
		if err != nil || exists {
			return err
		}
		if err := s.drop(ctx, build); err != nil { // of an interrupted build
			return err
		}
		if _, err := s.keeper.Exec(ctx, "CREATE DATABASE "+quote(build)+" TEMPLATE template1"); err != nil {
			return err
		}
		if err := apply(ctx, s.server.URL(build)); err != nil {
			return err
		}
		// PostgreSQL does not clone a template with connections.
		if _, err := s.keeper.Exec(ctx, "ALTER DATABASE "+quote(build)+" ALLOW_CONNECTIONS false"); err != nil {
			return err
		}
		_, err = s.keeper.Exec(ctx, "ALTER DATABASE "+quote(build)+" RENAME TO "+quote(template))
		return err
	})
}

// sweep drops databases and incomplete templates of dead processes, and templates that no running process uses.
func (s *session) sweep(ctx context.Context) error {
	return s.whileBuilding(ctx, func() error {
		rows, err := s.keeper.Query(ctx, "SELECT datname FROM pg_database WHERE datname ~ $1",
			"^("+clonePrefix+"|"+templatePrefix+"|"+buildPrefix+")[0-9a-f]")
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := s.dropDead(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropDead drops a database unless a running process holds its lock.
func (s *session) dropDead(ctx context.Context, name string) error {
	var class, key int32
	if token, ok := strings.CutPrefix(name, clonePrefix); ok {
		token, _, _ = strings.Cut(token, "_")
		number, err := strconv.ParseInt(token, 16, 32)
		if err != nil || int32(number) == s.token {
			return nil // not created by this package, or owned by this process
		}
		class, key = lockProcess, int32(number)
	} else if suffix, ok := strings.CutPrefix(name, templatePrefix); ok {
		class, key = lockTemplate, templateKey(suffix)
	} else {
		return s.drop(ctx, name) // incomplete: this process now holds the build lock, so no other process builds it
	}
	var dead bool
	if err := s.keeper.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", class, key).Scan(&dead); err != nil || !dead {
		return err
	}
	if err := s.drop(ctx, name); err != nil {
		return err
	}
	_, err := s.keeper.Exec(ctx, "SELECT pg_advisory_unlock($1, $2)", class, key)
	return err
}

// whileBuilding calls run while no other process builds a template or sweeps.
func (s *session) whileBuilding(ctx context.Context, run func() error) error {
	if _, err := s.keeper.Exec(ctx, "SELECT pg_advisory_lock($1, 0)", lockBuild); err != nil {
		return err
	}
	failure := run()
	// The unlock ignores ctx, whose deadline may have passed, because other processes wait for the lock.
	_, err := s.keeper.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1, 0)", lockBuild)
	return errors.Join(failure, err)
}

// hashFiles returns a hash of the names and contents of a directory's files.
func hashFiles(files fs.FS) ([sha256.Size]byte, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(content)))
		fmt.Fprintf(sum, "%s\x00%s", path, size)
		_, err = sum.Write(content)
		return err
	})
	return [sha256.Size]byte(sum.Sum(nil)), err
}

// templateKey returns the key of a template's lock. If two templates share a key, each only keeps the other one alive.
func templateKey(suffix string) int32 {
	sum := sha256.Sum256([]byte(suffix))
	return int32(binary.BigEndian.Uint32(sum[:4]))
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
