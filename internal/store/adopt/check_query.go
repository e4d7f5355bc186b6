package adopt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/wording"
)

// countTime is the default of CheckOptions.Limit.
const countTime = 8 * time.Second

// countLock bounds the wait of a reader for a table that another session has locked.
const countLock = "2s"

// SQLSTATEs of statements that exceed statement_timeout or lock_timeout.
const (
	canceled         = "57014"
	lockNotAvailable = "55P03"
)

// checker collects findings.
type checker struct {
	session Session
	options CheckOptions
	shape   *Shape
	report  *Report
}

func (c *checker) add(finding Finding) { c.report.Findings = append(c.report.Findings, finding) }

func (c *checker) blocks(code, what string, sql ...string) {
	c.add(Finding{Kind: Blocks, Code: code, What: what, SQL: sql})
}

func (c *checker) notes(code, what string, sql ...string) {
	c.add(Finding{Kind: Notes, Code: code, What: what, SQL: sql})
}

// noteTimeout adds a note that a statement took too long.
func (c *checker) noteTimeout(what string) {
	c.notes("not-counted", fmt.Sprintf("Could not %s within %s", what, wording.Duration(c.limit())))
}

func (c *checker) limit() time.Duration {
	if c.options.Limit == 0 {
		return countTime
	}
	return c.options.Limit
}

// query is tryQuery with a note if the statement took too long.
func (c *checker) query(ctx context.Context, what, sql string, arguments []any, read func(pgx.Rows) error) (bool, error) {
	done, err := c.tryQuery(ctx, what, sql, arguments, read)
	if err == nil && !done {
		c.noteTimeout(what)
	}
	return done, err
}

// tryQuery runs a statement and passes its rows to read. The transaction is read-only and ends at once, so no lock is
// held longer than the statement takes. It reports false if the statement or its wait for a lock took too long.
func (c *checker) tryQuery(ctx context.Context, what, sql string, arguments []any, read func(pgx.Rows) error) (bool, error) {
	tx, err := c.session.Begin(ctx)
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	// With this work_mem a hash of some hundred thousand ids stays in memory.
	_, err = tx.Exec(ctx, `SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', $1, true),
		set_config('lock_timeout', $2, true), set_config('work_mem', '64MB', true)`, fmt.Sprint(c.limit().Milliseconds()), countLock)
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := tx.Query(ctx, sql, arguments...)
	if err == nil {
		err = read(rows)
		rows.Close()
		err = errors.Join(err, rows.Err())
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && (refused.Code == canceled || refused.Code == lockNotAvailable) && ctx.Err() == nil {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	return true, nil
}

// row scans the only row of a statement into targets.
func (c *checker) row(ctx context.Context, what, sql string, arguments []any, targets ...any) (bool, error) {
	return c.query(ctx, what, sql, arguments, scan(targets))
}

// try is row without the note.
func (c *checker) try(ctx context.Context, what, sql string, arguments []any, targets ...any) (bool, error) {
	return c.tryQuery(ctx, what, sql, arguments, scan(targets))
}

func scan(targets []any) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		if !rows.Next() {
			return rows.Err()
		}
		return rows.Scan(targets...)
	}
}

// name returns the quoted, schema-qualified name of one of the three tables.
func (c *checker) name(table string) string { return quote(c.shape.Schema, table) }

// template returns the SQL of a file with the names of the three tables filled in.
func (c *checker) template(name string) string {
	return strings.NewReplacer("__USERS__", c.name(UsersTable), "__FOLLOWS__", c.name(FollowsTable), "__STATS__", c.name(StatsTable)).Replace(statement(name))
}
