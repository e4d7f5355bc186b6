package migrate

import (
	"context"
	"database/sql"

	atlas "ariga.io/atlas/sql/migrate"
)

// driver is the part of Atlas's PostgreSQL driver that the executor needs to apply a file: it splits files into
// statements and runs them. The complete driver also plans and compares schemas, and would link HCL for that.
type driver struct {
	atlas.Driver // nil: Execute neither plans, inspects nor locks
	conn         querier
}

var _ atlas.StmtScanner = driver{}

func (d driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return d.conn.ExecContext(ctx, query, args...)
}

func (d driver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.conn.QueryContext(ctx, query, args...)
}

// ScanStmts implements [atlas.StmtScanner] with the options of Atlas's PostgreSQL driver. They determine where
// statements end and therefore the hashes and totals in the table of revisions, which Atlas's command line checks.
func (driver) ScanStmts(input string) ([]*atlas.Stmt, error) {
	scanner := atlas.Scanner{ScannerOptions: atlas.ScannerOptions{
		MatchBegin:       true,
		MatchBeginAtomic: true,
		MatchDollarQuote: true,
		EscapedStringExt: true,
	}}
	return scanner.Scan(input)
}
