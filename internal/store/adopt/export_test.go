package adopt

import "github.com/jackc/pgx/v5"

// Exported for tests.
var (
	InstallCounting = installCounting
	InstallAccounts = installAccounts
	RemoveTriggers  = removeTriggers
	RepairCounts    = repairCounts
)

// Traced returns options with a tracer of all statements.
func Traced(options Options, tracer pgx.QueryTracer) Options {
	options.tracer = tracer
	return options
}

// MakeLog returns the statements that create the log of a table and its function.
func MakeLog(table, key string) []string {
	return (&job{Table: table, Key: key}).makeLog()
}
