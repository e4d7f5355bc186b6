package adopt

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ForeignWriteCounts are the numbers of statements of other programs since the triggers were installed. They include
// statements that were rolled back.
type ForeignWriteCounts struct {
	Follows   int64 // statements that inserted, deleted or updated follows
	Counts    int64 // statements on counts, whose values were ignored
	Users     int64 // statements on accounts
	Passwords int64 // changed passwords
}

// Querier is a connection, a pool of them or a transaction.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// ForeignWrites reads the counters of other programs' writes. installed reports whether the counters exist.
func ForeignWrites(ctx context.Context, db Querier) (counts ForeignWriteCounts, installed bool, err error) {
	if err := db.QueryRow(ctx, foreignInstalled).Scan(&installed); err != nil || !installed {
		return counts, false, err
	}
	err = db.QueryRow(ctx, foreignWrites).Scan(&counts.Follows, &counts.Counts, &counts.Users, &counts.Passwords)
	var server *pgconn.PgError
	if errors.As(err, &server) && (server.Code == "42P01" || server.Code == "3F000") { // the adoption was finished between the two statements
		return ForeignWriteCounts{}, false, nil
	}
	return counts, err == nil, err
}

const (
	foreignInstalled = `SELECT to_regclass('followgraph_adoption.foreign_follows') IS NOT NULL AND to_regclass('followgraph_adoption.foreign_counts') IS NOT NULL`
	// last_value of a sequence is 1 even if nextval was never called.
	foreignWrites = `
		SELECT
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_follows),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_counts),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_users),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_passwords)`
)
