package adopt

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// FinishOptions configure Finish.
type FinishOptions struct {
	Options
	// Force finishes even if another program writes.
	Force bool
	// Sample is how long Finish watches for writes of other programs; 0: ten seconds.
	Sample time.Duration
}

// Finish ends an adoption after the service was stopped. It removes all objects of the adoption and leaves an ordinary
// Followgraph database. After that, any other program that writes follows must keep the counts itself, and Undo is no
// longer possible.
func Finish(ctx context.Context, url string, options FinishOptions) error {
	m, err := open(ctx, url, options.Options)
	if err != nil {
		return err
	}
	defer m.close(ctx)
	step, a, err := m.state(ctx)
	if err != nil {
		return err
	}
	if step == StepNone {
		// An earlier Finish may have ended without its output being seen.
		shape, err := ReadShape(ctx, m.conn)
		if err != nil {
			return err
		}
		if shape.adopted() && len(shape.History) > 0 {
			return nil
		}
	}
	if step != StepSwitched {
		return wrongStep("finish", step, a != nil && a.Offline)
	}
	if err := m.validate(ctx, a); err != nil {
		return err
	}
	if _, err := m.afterSwitch(ctx, a); err != nil {
		return err
	}
	if !options.Force {
		if err := m.checkNoForeignWrites(ctx, options.Sample); err != nil {
			return err
		}
	}
	var tables []string
	for _, table := range []string{UsersTable, FollowsTable, StatsTable} {
		tables = append(tables, qualified(a.Schema, table))
	}
	return m.locker.run(ctx, "remove the triggers of the adoption", tables, nil, func(tx pgx.Tx) error {
		if err := m.locker.lock(ctx, tx, "ACCESS EXCLUSIVE", tables); err != nil {
			return err
		}
		if err := removeTriggers(ctx, tx, a.Schema); err != nil {
			return err
		}
		var statements []string
		if enum := a.Before.RoleEnum; enum != nil && (enum.Schema != a.Schema || enum.Name != roleEnum) {
			statements = append(statements, `DROP DOMAIN IF EXISTS `+qualified(enum.Schema, enum.Name))
		}
		for _, sequence := range a.Renamed {
			statements = append(statements, `ALTER SEQUENCE `+qualified(a.Schema, sequence.To)+` RENAME TO `+qualified(sequence.From))
		}
		return script(ctx, tx, append(statements, `DROP SCHEMA IF EXISTS followgraph_next, followgraph_before, followgraph_adoption CASCADE`)...)
	})
}

// checkNoForeignWrites returns an error if another program writes during the sample.
func (m *mover) checkNoForeignWrites(ctx context.Context, sample time.Duration) error {
	if sample == 0 {
		sample = 10 * time.Second
	}
	first, _, err := ForeignWrites(ctx, m.conn)
	if err != nil {
		return err
	}
	if err := sleep(ctx, sample); err != nil {
		return err
	}
	last, _, err := ForeignWrites(ctx, m.conn)
	if err != nil {
		return err
	}
	wrote := last.Follows + last.Counts + last.Users - first.Follows - first.Counts - first.Users
	if wrote > 0 {
		return fmt.Errorf("another program wrote %d times in %s: stop the service first, or finish with --force", wrote, sample)
	}
	return nil
}
