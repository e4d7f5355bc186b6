package store

import (
	"context"
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
	queryCanceled        = "57014"
	uniqueViolation      = "23505"
)

// classify gives a driver error the code that callers act on; nil stays nil, and a fault of our own
// (a constraint, a syntax error) stays as it is, to be masked and logged above.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return apperr.Wrap(apperr.Timeout, err, "the operation took longer than it may")
	case errors.Is(err, context.Canceled):
		return apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
	case errors.As(err, &server):
		switch {
		case server.Code == queryCanceled:
			return apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
		case unavailable(server.Code):
			return apperr.Wrap(apperr.Unavailable, err, "the database is not available")
		}
		return err
	case errors.As(err, &connect), pgconn.SafeToRetry(err), connectionLost(err):
		return apperr.Wrap(apperr.Unavailable, err, "the database is not available")
	}
	return err
}

// connectionLost tells whether the server went away in the middle of an answer. Under ent it is database/sql that has
// given up to find a connection that works.
func connectionLost(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// unavailable names the classes in which the server, not the statement, is the trouble:
// 08 connection exception, 53 insufficient resources, 57P01 to 57P03 shutting down or starting up.
func unavailable(sqlstate string) bool {
	switch sqlstate[:2] {
	case "08", "53":
		return true
	}
	return sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03"
}

// retryable tells whether a transaction may simply be run again (PostgreSQL manual, 13.5).
func retryable(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (server.Code == serializationFailure || server.Code == deadlockDetected)
}

var password = regexp.MustCompile(`(://[^:/@\s]*:)[^@\s]*@`)

// redacted keeps an error's words and drops a password that a url in them may hold.
func redacted(err error) error {
	return errors.New(password.ReplaceAllString(err.Error(), "${1}xxxxx@"))
}
