package adopt

import "github.com/jackc/pgx/v5"

// For the tests, which look at what a database does.
var (
	InstallCounting = installCounting
	InstallAccounts = installAccounts
	RemoveTriggers  = removeTriggers
	RepairCounts    = repairCounts
)

// Traced returns options whose statements the tracer sees.
func Traced(options Options, tracer pgx.QueryTracer) Options {
	options.tracer = tracer
	return options
}

// MakeLog returns the statements that make the log of a table and its function.
func MakeLog(table, key string) []string {
	return (&job{Table: table, Key: key}).makeLog()
}
