package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5/pgconn"
)

// directory is the migrations directory in the form that Atlas's executor reads.
type directory struct {
	atlas *atlas.MemDir
	files []atlas.File // in the order of their versions, never empty
}

// openDirectory reads the migrations and verifies them against atlas.sum.
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

// file returns the file of that name, which is one of the directory's.
func (d *directory) file(name string) atlas.File {
	return d.files[slices.IndexFunc(d.files, func(f atlas.File) bool { return f.Name() == name })]
}

// describe turns the executor's error, which quotes the whole statement, into one
// line that leads to it.
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
	return fmt.Errorf("migration %s failed and left nothing behind: statement %d of %d, line %d, %q: %w", name, number, len(statements), line, first, cause)
}
