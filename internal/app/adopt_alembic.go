package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"followgraph/internal/config"
	"followgraph/internal/store/adopt"
)

// AlembicTargets are where AdoptAlembic writes. With none of them everything goes to its output.
type AlembicTargets struct {
	Directory string // gets a file for each text
	Revision  string // file of the revision alone
	Models    string // file of the models alone
}

// AdoptAlembic writes what the Alembic project of the Python service needs after the switch, and what must be known before
// it is used. Files that exist are not replaced.
func AdoptAlembic(ctx context.Context, c config.Common, targets AlembicTargets, log *slog.Logger, out io.Writer) (err error) {
	db, err := openDatabase(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	files, err := adopt.Alembic(ctx, db.url, time.Now())
	if err != nil {
		return err
	}
	printed := targets == AlembicTargets{}
	for _, each := range []struct{ name, what, own, text string }{
		{files.RevisionName(), "the revision, for your directory of versions", targets.Revision, files.Revision},
		{"models.py", "the models", targets.Models, files.Models},
		{"env_followgraph.py", "for env.py", "", files.Environment},
	} {
		if each.text == "" {
			continue
		}
		if printed {
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

// writeNew writes a file that must not exist yet: it may hold what the team has added.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // source code, and the operator names the path
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists: move it away, or name another file", path)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return errors.Join(err, file.Close())
}
