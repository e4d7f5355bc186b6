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

	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/apperr"
)

// SQLSTATEs that the product acts on (PostgreSQL manual, appendix A).
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	queryCanceled        = "57014"
	readOnlyTransaction  = "25006"
	uniqueViolation      = "23505"
	checkViolation       = "23514"
	stringTooLong        = "22001"
)

// classify gives the error of work done under ctx the code that callers act on. nil stays nil, and a fault of our own
// (a constraint of ours, a syntax error) stays as it is, to be masked and logged above. What fails because the database does not
// have the form that this program needs is DATABASE_MISMATCH, and says in the log what does not fit.
//
// Whether work that was cut short is CANCELED or TIMEOUT depends on ctx, not on the error: PostgreSQL reports both with
// the same SQLSTATE. It is CANCELED only where the caller left. A passed deadline, a statement_timeout of the server and
// an administrator's pg_cancel_backend are all TIMEOUT.
func classify(ctx context.Context, err error) error {
	var ours *apperr.Error
	fault, isFault := faultOfSchema(err)
	switch {
	case err == nil || errors.As(err, &ours):
		return err
	case databaseGone(err):
		return apperr.Wrap(apperr.Unavailable, err, "the database is not available")
	case cutShort(err) && errors.Is(ctx.Err(), context.Canceled):
		return apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
	case cutShort(err):
		return apperr.Wrap(apperr.Timeout, err, "the operation took longer than it may")
	case stateOf(err) == readOnlyTransaction:
		return apperr.Wrap(apperr.Unavailable, err, "the database is read-only: nothing can be changed at the moment")
	case isFault:
		return mismatched(fault)
	case retryable(err): // again and again, or else it would have been retried
		return apperr.Wrap(apperr.Unavailable, err, "other changes got in the way too often: try again")
	}
	return err
}

// stateOf returns the SQLSTATE of an error that PostgreSQL reported, "" of any other.
func stateOf(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}

// cutShort reports whether work ended because of a deadline or a cancellation, on either side.
func cutShort(err error) bool {
	switch stateOf(err) {
	case queryCanceled, lockNotAvailable:
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// databaseGone reports whether the server or the way to it is the trouble, not the statement.
//
// An attempt to connect that fails is one whatever the cause: it has a deadline of its own, and its ctx is not that of
// the caller who waits for a connection. What the server says about a password or a database that does not exist is an
// error of the configuration, and no fault of the request.
func databaseGone(err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || errors.Is(err, errSilent) {
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

// connectionLost reports whether the connection broke, or had been closed before. Under ent it is database/sql that
// could not find a connection that works.
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

// unavailable reports whether a SQLSTATE tells of trouble of the server: the classes 08 (connection exception), 53
// (insufficient resources) and 58 (system error), and what ends a session from outside: an administrator, a crash, a
// start or stop that is under way (57P01 to 57P03), a database that was dropped (57P04), and timeouts of the session
// (57P05, 25P03, 25P04).
func unavailable(sqlstate string) bool {
	switch sqlstate[:min(2, len(sqlstate))] {
	case "08", "53", "58":
		return true
	}
	switch sqlstate {
	case "57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04":
		return true
	}
	return false
}

// retryable reports whether a transaction may simply be run again (PostgreSQL manual, 13.5).
func retryable(err error) bool {
	state := stateOf(err)
	return state == serializationFailure || state == deadlockDetected
}

var password = regexp.MustCompile(`(://[^:/@\s]*:)[^@\s]*@`)

// redacted keeps an error's words and drops a password that a url in them may hold.
func redacted(err error) error {
	return errors.New(password.ReplaceAllString(err.Error(), "${1}xxxxx@"))
}
