package connection

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Sharing is which session of PostgreSQL executes the transactions of a connection.
type Sharing int

const (
	// Direct is a connection to PostgreSQL itself, or to a proxy that only forwards bytes.
	Direct Sharing = iota
	// SessionPooler gives each connection a session until the connection ends.
	SessionPooler
	// TransactionPooler gives each transaction a session that other connections use before and after it. A setting, a
	// prepared statement, a temporary table or a lock of a session then reaches another client.
	TransactionPooler
)

const (
	// swapRounds is the number of attempts to make a pooler exchange the sessions of two connections.
	swapRounds = 6
	// swapTimeout limits a wait for a second session. A pooler without a free session is assumed to share them.
	swapTimeout = 2 * time.Second
)

// FindSharing returns the sharing of connections to an address. It connects once if they are direct, otherwise twice. It
// leaves nothing behind in a session. A pooler that shares sessions between the statements of a transaction is an
// UnfitError.
//
// A pooler reports its own process ids. Whether it shares sessions shows in the process ids of PostgreSQL in
// transactions of two connections. If no other client uses the pooler, the first exchange of sessions is certain.
func FindSharing(ctx context.Context, config *pgx.ConnConfig) (Sharing, error) {
	first, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return Direct, Explain(err)
	}
	defer first.Close(context.WithoutCancel(ctx))
	pid, err := backend(ctx, first.PgConn(), "SELECT pg_backend_pid()")
	var refused *pgconn.PgError
	if errors.As(err, &refused) { // no such function: the server is not PostgreSQL, but uses its protocol
		return Direct, nil
	}
	if err != nil {
		return Direct, err
	}
	if pid == strconv.FormatUint(uint64(first.PgConn().PID()), 10) {
		return Direct, nil
	}
	second, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return Direct, Explain(err)
	}
	defer second.Close(context.WithoutCancel(ctx))
	shares, err := exchangesSessions(ctx, first.PgConn(), second.PgConn())
	if err != nil {
		return Direct, err
	}
	if shares {
		return TransactionPooler, nil
	}
	return SessionPooler, nil
}

// exchangesSessions reports whether two connections get sessions of each other. In each round both hold a session in a
// transaction, and end their transactions in alternating order: a pooler gives the next transaction the session that was
// returned last, or the one that was returned first.
func exchangesSessions(ctx context.Context, conns ...*pgconn.PgConn) (bool, error) {
	var before [2]string
	for round := range swapRounds {
		for i, conn := range conns {
			limited, cancel := context.WithTimeout(ctx, swapTimeout)
			pid, err := backend(limited, conn, "BEGIN; SELECT pg_backend_pid()")
			isLate := limited.Err() != nil && ctx.Err() == nil
			cancel()
			switch {
			case isLate:
				return true, nil
			case err != nil:
				return false, err
			case round > 0 && pid != before[i]:
				return true, nil
			}
			before[i] = pid
		}
		for i := range conns {
			if err := conns[(i+round)%len(conns)].Exec(ctx, "COMMIT").Close(); err != nil {
				return false, fmt.Errorf("find out what a pooler shares: %w", err)
			}
		}
	}
	return false, nil
}

// CheckTransactions returns an UnfitError if the pooler at an address does not keep a transaction in one session.
func CheckTransactions(ctx context.Context, conn *pgconn.PgConn) error {
	if _, err := backend(ctx, conn, "BEGIN; SELECT pg_backend_pid()"); err != nil {
		return err
	}
	return conn.Exec(ctx, "COMMIT").Close()
}

// statementPooling is part of the error of PgBouncer with pool_mode = statement for a transaction.
const statementPooling = "transaction blocks not allowed in statement pooling mode"

// backend runs statements that end with one for the process id of the session, and returns it.
func backend(ctx context.Context, conn *pgconn.PgConn, sql string) (pid string, err error) {
	results, err := conn.Exec(ctx, sql).ReadAll()
	switch {
	case err != nil && strings.Contains(err.Error(), statementPooling):
		return "", unfit("the pooler at this address gives each statement another session, so no transaction works: " +
			"set pool_mode = transaction or session in PgBouncer, or use the address of PostgreSQL itself")
	case err != nil:
		return "", fmt.Errorf("find out what a pooler shares: %w", err)
	}
	return string(results[len(results)-1].Rows[0][0]), nil
}

// RequireSession returns an UnfitError if a pooler at an address shares sessions between transactions.
func RequireSession(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("database url: %w", err)
	}
	if err := Configure(config); err != nil {
		return err
	}
	sharing, err := FindSharing(ctx, config)
	if err == nil && sharing == TransactionPooler {
		return ErrSharedSession
	}
	return Cause(err)
}

// ErrSharedSession is the error of work that needs a session to itself, on the address of a pooler that shares sessions.
var ErrSharedSession = unfit("this command needs a session to itself, and the pooler at this address shares sessions between transactions: " +
	"use the address of PostgreSQL itself, or of a pool with pool_mode = session")

// unsupportedParameter is the beginning of PgBouncer's error for a parameter that it neither passes on nor ignores.
const unsupportedParameter = "unsupported startup parameter"

// Explain returns an UnfitError for the error of a connection that a pooler refuses because of a parameter of the
// address, and other errors unchanged.
func Explain(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && strings.HasPrefix(refused.Message, unsupportedParameter) {
		return unfit("the pooler at this address refuses a connection (%s): take the parameter out of the address, "+
			"and if its value is needed, set it with ALTER ROLE … SET", refused.Message)
	}
	return err
}
