package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"followgraph/internal/config"
	"followgraph/internal/store/adopt"
)

// AlembicTargets are the files that AdoptAlembic writes. If all three are empty, it prints the files instead.
type AlembicTargets struct {
	Directory string // directory for all files; created if missing
	Revision  string // file for the revision
	Models    string // file for the models
}

// AdoptAlembic writes what the Alembic project of the Python service needs after the switch, and notes on its use. It
// does not replace a file that exists with other content.
func AdoptAlembic(ctx context.Context, c config.Common, targets AlembicTargets, log *slog.Logger, out io.Writer) (err error) {
	db, err := openSessions(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	files, err := adopt.Alembic(ctx, db.url)
	if err != nil {
		return err
	}
	if targets.Directory != "" {
		if err := os.MkdirAll(targets.Directory, 0o755); err != nil { //nolint:gosec // for source code
			return err
		}
	}
	toOutput := targets == AlembicTargets{}
	for _, each := range []struct{ name, what, own, text string }{
		{files.RevisionName(), "the revision, for your directory of versions", targets.Revision, files.Revision},
		{"models.py", "the models", targets.Models, files.Models},
		{"for_env.py", "for env.py", "", files.Environment},
	} {
		if each.text == "" {
			continue
		}
		if toOutput {
			fmt.Fprintf(out, "# ---- %s (%s)\n\n%s\n", each.name, each.what, each.text)
			continue
		}
		path := each.own
		if path == "" && targets.Directory != "" {
			path = filepath.Join(targets.Directory, each.name)
		}
		if path == "" {
			continue
		}
		if err := writeNew(path, each.text); err != nil {
			return err
		}
		fmt.Fprintf(out, "wrote %s: %s\n", path, each.what)
	}
	for _, note := range files.Notes {
		fmt.Fprintf(out, "# note: %s\n", note)
	}
	return nil
}

// writeNew writes a file atomically. It fails if the file exists with other content, which the team may have added.
func writeNew(path, text string) error {
	existing, err := os.ReadFile(path)
	switch {
	case err == nil && string(existing) == text:
		return nil
	case err == nil:
		return fmt.Errorf("%s exists with other content: move it away, or name another file", path)
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	err = errors.Join(err, file.Chmod(0o644), file.Close()) // source code
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
