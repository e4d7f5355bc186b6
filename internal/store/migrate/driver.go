package migrate

import (
	"context"
	"database/sql"

	atlas "ariga.io/atlas/sql/migrate"
)

// driver is as much of Atlas's driver for PostgreSQL as its executor needs to apply a file: it runs statements, and
// splits a file into them. The whole driver also plans and compares schemas, and links HCL and its libraries for that.
type driver struct {
	atlas.Driver // nil: planning, inspecting and locking are of no use here, and Execute does none of it
	conn         querier
}

var _ atlas.StmtScanner = driver{}

func (d driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return d.conn.ExecContext(ctx, query, args...)
}

func (d driver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.conn.QueryContext(ctx, query, args...)
}

// ScanStmts implements [atlas.StmtScanner] with the options of Atlas's driver for PostgreSQL. They decide where a
// statement ends, and so the hashes and totals of the revisions, which Atlas's command line reads.
func (driver) ScanStmts(input string) ([]*atlas.Stmt, error) {
	scanner := atlas.Scanner{ScannerOptions: atlas.ScannerOptions{
		MatchBegin:       true,
		MatchBeginAtomic: true,
		MatchDollarQuote: true,
		EscapedStringExt: true,
	}}
	return scanner.Scan(input)
}
