package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/apperr"
)

// SQLSTATEs that the program handles (PostgreSQL manual, appendix A).
const (
	serializationFailure     = "40001"
	deadlockDetected         = "40P01"
	lockNotAvailable         = "55P03"
	queryCanceled            = "57014"
	readOnlyTransaction      = "25006"
	notInPrerequisiteState   = "55000"
	featureNotSupported      = "0A000"
	snapshotTooOld           = "72000"
	idleInTransactionTimeout = "25P03"
	transactionTimeout       = "25P04"
	uniqueViolation          = "23505"
	checkViolation           = "23514"
	stringTooLong            = "22001"
)

// classify adds an error code to an error of work under ctx. It returns nil for nil. It returns an internal fault
// unchanged, such as a violation of one of this program's constraints or a syntax error; the layers above mask and log
// it. A failure because the database's schema differs from what this program needs becomes DATABASE_MISMATCH, with the
// details for the log.
//
// Whether interrupted work is CANCELED or TIMEOUT depends on ctx and not on the error, because PostgreSQL reports both
// with the same SQLSTATE. It is CANCELED only if the caller canceled ctx. A deadline that passed, a statement_timeout
// of the server and an administrator's pg_cancel_backend are all TIMEOUT.
func classify(ctx context.Context, err error) error {
	var ours *apperr.Error
	fault, isFault := faultOfSchema(err)
	switch {
	case err == nil || errors.As(err, &ours):
		return err
	case databaseGone(err):
		gone := apperr.Wrap(apperr.Unavailable, err, "the database is not available: try again later")
		gone.RetryAfter = retryUnavailable
		return gone
	case cutShort(err) && errors.Is(ctx.Err(), context.Canceled):
		return apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
	case cutShort(err):
		return apperr.Wrap(apperr.Timeout, err, "the operation exceeded the time limit of the server: try again later or request less")
	case isReadOnly(err):
		return apperr.Wrap(apperr.Unavailable, err, "the database is read-only at the moment: try again later")
	case retryable(err): // withRetries or readTwice has given up
		return apperr.Wrap(apperr.Unavailable, err, "the operation conflicted with changes of the database: try again")
	case isFault:
		return mismatched(fault)
	}
	return err
}

// retryUnavailable is when a client tries again after the database could not be reached: a server that restarts, or a
// standby that is promoted, takes seconds.
const retryUnavailable = time.Second

// isReadOnly reports whether a server rejects a statement because it is a standby, or because its transactions are
// read-only. Functions and locks that a standby does not have fail with the state of any missing prerequisite, so that
// the place in PostgreSQL's code identifies them; messages are translated.
func isReadOnly(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return false
	}
	return server.Code == readOnlyTransaction ||
		server.Code == notInPrerequisiteState && (server.File == "xlogfuncs.c" || server.File == "lock.c")
}

// stateOf returns the SQLSTATE of an error that PostgreSQL reported, "" for any other error.
func stateOf(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}

// cutShort reports whether work ended because of a deadline or a cancellation, in this program or on the server.
func cutShort(err error) bool {
	switch stateOf(err) {
	case queryCanceled, lockNotAvailable:
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// databaseGone reports whether the server or the network failed, rather than the statement.
//
// It also returns true for every failed attempt to connect. The attempt has its own deadline and does not use the ctx
// of the caller that waits for a connection. If the server rejects the password or the database does not exist, the
// configuration is wrong, not the request.
func databaseGone(err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || errors.Is(err, errSilent) || errors.Is(err, errNoneFree) {
		return true
	}
	if state := stateOf(err); state != "" {
		return unavailable(state)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return pgconn.SafeToRetry(err) || connectionLost(err)
}

// connectionLost reports whether the connection broke or was closed earlier. For statements of ent, database/sql
// reports that it found no working connection.
func connectionLost(err error) bool {
	var network *net.OpError
	var alert tls.AlertError
	for _, lost := range []error{driver.ErrBadConn, sql.ErrConnDone, io.ErrUnexpectedEOF, io.EOF, net.ErrClosed, pgconn.ErrConnClosed} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return errors.As(err, &network) || errors.As(err, &alert)
}

// unavailable reports whether a SQLSTATE means that the server has a problem. These are the classes 08 (connection
// exception), 53 (insufficient resources), 57 (operator intervention: an administrator, a crash, a startup, a shutdown, a
// dropped database, an idle session that took too long) without query_canceled, and 58 (system error), and the limits of
// transactions (25P03, 25P04). A prepared statement that is missing or exists already shows that a pooler has begun to
// share sessions; see noteShared.
func unavailable(sqlstate string) bool {
	switch sqlstate[:min(2, len(sqlstate))] {
	case "08", "53", "58":
		return true
	case "57":
		return sqlstate != queryCanceled
	}
	switch sqlstate {
	case idleInTransactionTimeout, transactionTimeout, duplicatePreparedStatement, noSuchPreparedStatement:
		return true
	}
	return false
}

// retryable reports whether a transaction, or a statement outside of one, can simply be run again: PostgreSQL rolled it
// back because of concurrent transactions (PostgreSQL manual, 13.5), or because a standby had to remove rows that it
// needed, which has the same state, or because its snapshot became too old.
//
// A prepared statement that is missing or exists already shows that a pooler shares the session. Statements are not
// prepared after that, see noteShared.
//
// A change of a table also ends each prepared statement whose result it changes, at its next execution. pgx then forgets
// the statement, so that the next attempt prepares it again.
func retryable(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return false
	}
	switch server.Code {
	case serializationFailure, deadlockDetected, snapshotTooOld, duplicatePreparedStatement, noSuchPreparedStatement:
		return true
	case featureNotSupported:
		return server.Routine == "RevalidateCachedQuery"
	}
	return false
}

var password = regexp.MustCompile(`(://[^:/@\s]*:)[^@\s]*@`)

// redacted returns an error with the same text, except for a password in a URL.
func redacted(err error) error {
	return errors.New(password.ReplaceAllString(err.Error(), "${1}xxxxx@"))
}
