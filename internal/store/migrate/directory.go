package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// directory is the migrations directory in the form that Atlas's executor needs.
type directory struct {
	atlas *atlas.MemDir
	files []atlas.File // by version; never empty
}

// openDirectory reads the migrations and checks them against atlas.sum.
func openDirectory(from fs.FS) (*directory, error) {
	names, err := fs.Glob(from, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("there are no migrations")
	}
	memory := &atlas.MemDir{}
	for _, name := range append(names, atlas.HashFileName) {
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read the migrations: %w", err)
		}
		if err := memory.WriteFile(name, content); err != nil {
			return nil, fmt.Errorf("read the migrations: %w", err)
		}
	}
	if err := atlas.Validate(memory); err != nil {
		if mismatch, ok := errors.AsType[*atlas.ChecksumError](err); ok {
			return nil, fmt.Errorf("the migrations do not match %s: line %d, %s, %s", atlas.HashFileName, mismatch.Line, mismatch.File, mismatch.Reason)
		}
		return nil, fmt.Errorf("verify the migrations against %s: %w", atlas.HashFileName, err)
	}
	files, err := memory.Files()
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return &directory{atlas: memory, files: files}, nil
}

// file returns the file with a name that is in the directory.
func (d *directory) file(name string) atlas.File {
	return d.files[slices.IndexFunc(d.files, func(f atlas.File) bool { return f.Name() == name })]
}

// describe replaces the executor's error, which quotes the whole statement, with one line that locates the statement.
func describe(name string, file atlas.File, err error) error {
	failed, ok := errors.AsType[*atlas.StmtExecError](err)
	if !ok {
		return fmt.Errorf("migration %s: %w", name, err)
	}
	cause := failed.Err
	if database, ok := errors.AsType[*pgconn.PgError](cause); ok && database.Detail != "" {
		cause = fmt.Errorf("%w: %s", cause, database.Detail)
	}
	statements, scanErr := atlas.FileStmtDecls(driver{}, file)
	if scanErr != nil {
		return fmt.Errorf("migration %s: %w", name, cause)
	}
	number := 1 + slices.IndexFunc(statements, func(s *atlas.Stmt) bool { return s.Pos == failed.Stmt.Pos })
	line := 1 + strings.Count(string(file.Bytes()[:failed.Stmt.Pos]), "\n")
	first, _, _ := strings.Cut(failed.Stmt.Text, "\n")
	left := "left nothing behind"
	if isWithoutTransaction(file) {
		left = "continues with this statement when it runs again"
	}
	return fmt.Errorf("migration %s failed and %s: statement %d of %d, line %d, %q: %w", name, left, number, len(statements), line, first, cause)
}

// Statements returns the text of all migrations, oldest first. Run in this order with an empty schema as the
// search_path, they create the tables of a new database there. All of them can run in a transaction.
func Statements() ([]string, error) {
	dir, err := embedded()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(dir.files))
	for i, file := range dir.files {
		texts[i] = transactional(file)
	}
	return texts, nil
}

// transactional returns the text of a migration without what cannot run in a transaction.
func transactional(file atlas.File) string {
	text := string(file.Bytes())
	if isWithoutTransaction(file) {
		return indexConcurrently.ReplaceAllString(text, "INDEX")
	}
	return text
}

var indexConcurrently = regexp.MustCompile(`(?i)\bINDEX\s+CONCURRENTLY\b`)

// Publication returns the statement that creates the publication of the commit stream for the tables in the first schema
// of the search_path.
func Publication() (string, error) {
	dir, err := embedded()
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(dir.files, func(f atlas.File) bool { return f.Desc() == "publication" })
	statements, err := atlas.FileStmtDecls(driver{}, dir.files[at])
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	return statements[len(statements)-1].Text, nil
}

// Latest returns the version of the newest migration.
func Latest() (string, error) {
	dir, err := embedded()
	if err != nil {
		return "", err
	}
	return dir.files[len(dir.files)-1].Version(), nil
}

// Replay upgrades tables of the Python service to its last revision. after is the version of the migration that replays
// their current revision. The tables are in the first schema of the transaction's search_path. Replay writes no
// history.
func Replay(ctx context.Context, tx pgx.Tx, after string) error {
	dir, err := embedded()
	if err != nil {
		return err
	}
	for _, file := range dir.files {
		if file.Version() <= after || !isAlembicRevision(file) {
			continue
		}
		if _, err := tx.Conn().PgConn().Exec(ctx, string(file.Bytes())).ReadAll(); err != nil {
			return fmt.Errorf("replay %s: %w", file.Name(), err)
		}
	}
	return nil
}

// isAlembicRevision reports whether a migration replays a revision of the Python service: its description then starts
// with the twelve hexadecimal digits of that revision.
func isAlembicRevision(file atlas.File) bool {
	id, _, _ := strings.Cut(file.Desc(), "_")
	return len(id) == 12 && strings.Trim(id, "0123456789abcdef") == ""
}
