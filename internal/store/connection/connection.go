// Package connection applies the settings that every connection to the database needs, whichever part of the program
// opens it.
package connection

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// UnfitError explains why a database, or the way to it, cannot be used, and what to do about it. A retry does not help.
type UnfitError struct{ reason string }

func (e *UnfitError) Error() string { return e.reason }

// Cause returns the UnfitError in err's chain, without the text around it, or err if there is none.
func Cause(err error) error {
	var unfit *UnfitError
	if errors.As(err, &unfit) {
		return unfit
	}
	return err
}

func unfit(format string, args ...any) error { return &UnfitError{fmt.Sprintf(format, args...)} }

// startup holds the settings that a connection requests when it starts. They override those of the database and the
// role. A pooler that shares sessions restores these settings for each client, and accepts no others at this point
// (PgBouncer, "ignore_startup_parameters").
var startup = map[string]string{
	"client_encoding":             "UTF8",
	"DateStyle":                   "ISO, MDY",
	"TimeZone":                    "UTC",
	"standard_conforming_strings": "on",
}

// Configure makes connections of config start with the settings that results depend on, and makes Settle reject a
// connection if these are not enough. The error is an UnfitError about a parameter of the URL that cannot work.
func Configure(config *pgx.ConnConfig) error {
	if err := checkMode(config); err != nil {
		return err
	}
	for name := range config.RuntimeParams {
		for ours := range startup {
			if strings.EqualFold(name, ours) {
				delete(config.RuntimeParams, name)
			}
		}
	}
	for name, value := range startup {
		config.RuntimeParams[name] = value
	}
	config.AfterConnect = Settle
	return nil
}

// checkMode rejects the execution modes that return results as text, and those whose cache is disabled.
func checkMode(config *pgx.ConnConfig) error {
	const instead = "use default_query_exec_mode=cache_describe, which needs no prepared statements, or leave it out"
	const roundTrips = "because it takes two round trips for a statement, between which a pooler may change the session"
	switch mode := config.DefaultQueryExecMode; {
	case mode == pgx.QueryExecModeSimpleProtocol:
		return unfit("database url: default_query_exec_mode=simple_protocol cannot be used, because rows are read in binary: %s", instead)
	case mode == pgx.QueryExecModeExec:
		return unfit("database url: default_query_exec_mode=exec cannot be used, because rows are read in binary: %s", instead)
	case mode == pgx.QueryExecModeDescribeExec:
		return unfit("database url: default_query_exec_mode=describe_exec cannot be used, %s: %s", roundTrips, instead)
	case mode == pgx.QueryExecModeCacheStatement && config.StatementCacheCapacity <= 0:
		return unfit("database url: statement_cache_capacity=%d leaves no room for prepared statements: %s",
			config.StatementCacheCapacity, "add default_query_exec_mode=cache_describe, which needs none")
	case mode == pgx.QueryExecModeCacheDescribe && config.DescriptionCacheCapacity <= 0:
		return unfit("database url: description_cache_capacity=%d leaves default_query_exec_mode=cache_describe no room: "+
			"leave the capacity out", config.DescriptionCacheCapacity)
	}
	return nil
}

// Connect opens a connection with these settings, for a few statements: it prepares none, so it may lead through a
// pooler. The caller closes it. The error shows no password.
func Connect(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	if err := Configure(config); err != nil {
		return nil, err
	}
	Unprepared(config)
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, Cause(Explain(err))
}

// Unprepared makes connections of config execute statements without preparing them: each execution sends the text. Only
// the descriptions of parameters and rows are cached, by the connection itself.
func Unprepared(config *pgx.ConnConfig) {
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	if config.DescriptionCacheCapacity <= 0 {
		config.DescriptionCacheCapacity = descriptions
	}
}

// descriptions is the capacity of the cache of descriptions if the address disables it; pgx's default.
const descriptions = 512

//go:embed settle.sql
var settleSQL string

// Settle is the function that Configure makes pgconn call after connecting. It takes one round trip. It applies the
// settings that cannot be requested at the start, if the session belongs to the connection alone. It does not change a
// session that a pooler shares with other programs, because they would inherit the settings. It returns an UnfitError
// if the resulting settings cannot work.
//
// Settle assumes that a pooler shares every session. SettleOwn and SettleShared state whether the session is shared.
func Settle(ctx context.Context, conn *pgconn.PgConn) error {
	return settle(ctx, conn, strconv.FormatUint(uint64(conn.PID()), 10))
}

// SettleOwn is Settle for a session that belongs to the connection alone, even behind a pooler.
func SettleOwn(ctx context.Context, conn *pgconn.PgConn) error {
	return settle(ctx, conn, "pg_backend_pid()")
}

// SettleShared is Settle for a session that other clients use too.
func SettleShared(ctx context.Context, conn *pgconn.PgConn) error { return settle(ctx, conn, "0") }

func settle(ctx context.Context, conn *pgconn.PgConn, pid string) error {
	results, err := conn.Exec(ctx, strings.ReplaceAll(settleSQL, "$PID", pid)).ReadAll()
	if err != nil {
		return fmt.Errorf("apply the settings of a connection: %w", err)
	}
	row := results[len(results)-1].Rows[0]
	server, client, isolation, escapes, database, role := string(row[0]), string(row[1]), string(row[2]), string(row[3]), string(row[4]), string(row[5])
	switch {
	case server != "UTF8":
		return unfit("the database %s has the encoding %s, and followgraph needs UTF8, because names have letters of all languages. "+
			"Move it: CREATE DATABASE new TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8', then pg_dump %s | psql new, "+
			"which converts the text", name(database), server, name(database))
	case client != "UTF8":
		return unfit("connections to the database have the client_encoding %s, although UTF8 was requested: "+
			"have the pooler at this address pass client_encoding on", client)
	case isolation != "read committed":
		return unfit("default_transaction_isolation is %q, and followgraph needs \"read committed\". It cannot set that itself, because "+
			"the pooler at this address shares sessions: ALTER ROLE %s IN DATABASE %s SET default_transaction_isolation = 'read committed'",
			isolation, name(role), name(database))
	case escapes != "on":
		return unfit("standard_conforming_strings is off, although on was requested: have the pooler at this address pass it on")
	}
	return nil
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// name quotes a name for SQL if necessary.
func name(s string) string {
	if plainName.MatchString(s) {
		return s
	}
	return pgx.Identifier{s}.Sanitize()
}
