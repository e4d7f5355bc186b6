package adopt

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// OfflineResult is what Offline did.
type OfflineResult struct {
	Schema   string // of the tables
	Revision string // revision of the service before
	Version  string // version of Followgraph's migrations now
	// Prepare and Switch are nil if an earlier, interrupted run completed them.
	Prepare *PrepareResult
	Switch  *SwitchResult
}

// BlockedError is returned if the check finds something that blocks an adoption.
type BlockedError struct{ Report *Report }

func (e *BlockedError) Error() string { return e.Report.Blocking().Error() }

// Offline runs a whole adoption at once, for a service that is stopped. It first upgrades tables at an earlier revision
// to the last one, in one transaction. It continues where an earlier Offline was interrupted, and returns an error if
// another adoption is in progress. If version is not empty, the tables must be at the revision that the migration of
// that version replays. The error is a *BlockedError if the check finds something that blocks.
func Offline(ctx context.Context, url string, options Options, version string) (*OfflineResult, error) {
	options.offline = true
	moved, step, err := begin(ctx, url, options, version)
	if err != nil {
		return nil, err
	}
	if step == StepNone || step == StepPreparing || step == StepPrepared {
		prepared, err := Prepare(ctx, url, options)
		if err != nil {
			return nil, err
		}
		switched, err := Switch(ctx, url, options)
		if err != nil {
			return nil, err
		}
		moved.Prepare, moved.Switch = prepared, switched
		if moved.Version, err = migrate.Latest(); err != nil {
			return nil, err
		}
	}
	if err := Finish(ctx, url, FinishOptions{Options: options, Force: true}); err != nil {
		return nil, err
	}
	return moved, nil
}

// OfflineInterrupted reports whether Offline was interrupted in this database and must be run again. After the switch
// only the state of the adoption shows that. It returns an error if an adoption that Offline did not start is in
// progress: the service may be running, and its operator decides when to finish.
func OfflineInterrupted(ctx context.Context, url string) (interrupted bool, err error) {
	conn, err := connect(ctx, url, "followgraph adopt", nil)
	if err != nil {
		return false, err
	}
	defer closeConn(ctx, conn)
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		step, a, err := readState(ctx, tx)
		if err != nil {
			return err
		}
		interrupted = step != StepNone
		return checkOffline(step, a)
	})
	return interrupted, err
}

// checkOffline returns an error if Offline can neither start nor continue at a step.
func checkOffline(step Step, a *adoption) error {
	switch {
	case step == StepNone:
		return nil
	case a.Offline && (step == StepPreparing || step == StepPrepared || step == StepSwitched):
		return nil
	default:
		return wrongStep("migrate up --offline", step, false)
	}
}

// begin reads the state of the database and brings tables at an earlier revision to the service's last one.
func begin(ctx context.Context, url string, options Options, version string) (*OfflineResult, Step, error) {
	m, err := open(ctx, url, options)
	if err != nil {
		return nil, "", err
	}
	defer m.close(ctx)
	step, a, err := m.state(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := checkOffline(step, a); err != nil {
		return nil, "", err
	}
	if step != StepNone {
		moved := &OfflineResult{Schema: a.Schema, Revision: LastRevision}
		if step == StepSwitched {
			shape, err := ReadShape(ctx, m.conn)
			if err != nil {
				return nil, "", err
			}
			moved.Version = shape.version(a.History)
		}
		return moved, step, nil
	}
	report, err := Check(ctx, m.conn, CheckOptions{Fast: true})
	if err != nil {
		return nil, "", err
	}
	revision, at, _ := report.Shape.Step()
	if version != "" && report.Shape.Users != nil && at != version {
		return nil, "", fmt.Errorf("the tables do not match baseline %s, nothing was changed: they match %s (revision %s)", version, at, revision)
	}
	moved := &OfflineResult{Schema: report.Shape.Schema, Revision: revision}
	if report.earlier() {
		return moved, step, m.inTransaction(ctx, func(tx pgx.Tx) error { return replay(ctx, tx, report.Shape, at) })
	}
	if report.Blocked() {
		return nil, "", &BlockedError{report}
	}
	return moved, step, nil
}

// version returns the last version of the migration history in a schema. It is empty if there is no history.
func (s *Shape) version(history string) string {
	for _, versions := range s.History {
		if n := len(versions.Versions); versions.Schema == history && n > 0 {
			return versions.Versions[n-1]
		}
	}
	return ""
}

// earlier reports whether an earlier revision of the tables is the only blocking finding.
func (r *Report) earlier() bool {
	earlier := false
	for _, finding := range r.Findings {
		if finding.Kind == Blocks && finding.Code != earlierRevision {
			return false
		}
		earlier = earlier || finding.Code == earlierRevision
	}
	return earlier
}

// replay upgrades the tables to the service's last revision and updates Alembic's version table.
func replay(ctx context.Context, tx pgx.Tx, shape *Shape, at string) error {
	if err := script(ctx, tx, `SET LOCAL search_path = `+qualified(shape.Schema)); err != nil {
		return err
	}
	if err := migrate.Replay(ctx, tx, at); err != nil {
		return fmt.Errorf("upgrade the tables to revision %s: %w", LastRevision, err)
	}
	for _, table := range shape.Alembic {
		if table.Schema != shape.Schema || !table.Readable || len(table.Versions) != 1 {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE `+qualified(table.Schema, table.Table)+` SET version_num = $1`, LastRevision); err != nil {
			return fmt.Errorf("upgrade the tables to revision %s: %w", LastRevision, err)
		}
	}
	return nil
}
