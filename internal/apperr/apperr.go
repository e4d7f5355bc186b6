// Package apperr defines the error codes that clients see, and the error type that carries a code.
package apperr

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code identifies the kind of an error for programs. It is in `extensions.code` of a GraphQL error.
type Code string

// The error codes. A message can change between versions, a code cannot.
const (
	// BadRequest: the HTTP request is not a valid GraphQL request (body, media type, parameters).
	BadRequest Code = "BAD_REQUEST"
	// ParseFailed: the document has a syntax error.
	ParseFailed Code = "GRAPHQL_PARSE_FAILED"
	// ValidationFailed: the document, its variables or the operation name do not match the schema.
	ValidationFailed Code = "GRAPHQL_VALIDATION_FAILED"
	// BadUserInput: an argument or input field has an invalid value; `extensions.field` names it.
	BadUserInput Code = "BAD_USER_INPUT"
	// Unauthenticated: the request has no token and needs one, or its token is not valid.
	Unauthenticated Code = "UNAUTHENTICATED"
	// Forbidden: the caller does not have the permission.
	Forbidden Code = "FORBIDDEN"
	// NotFound: the object of a mutation does not exist.
	NotFound Code = "NOT_FOUND"
	// Conflict: another account has the requested value, such as a username; `extensions.field` names the field.
	Conflict Code = "CONFLICT"
	// RateLimited: too many attempts, or the hourly budget of the caller is spent. `extensions.retryAfter` is the number
	// of seconds after which a retry can succeed.
	RateLimited Code = "RATE_LIMITED"
	// QueryTooComplex: the operation exceeds a limit for a single operation. If the limit is the cost, `extensions`
	// contains `cost`, `limit` and, as `field`, the field with the highest cost.
	QueryTooComplex Code = "QUERY_TOO_COMPLEX"
	// PersistedQueryNotFound: the server does not know the named document. The client can send its text.
	PersistedQueryNotFound Code = "PERSISTED_QUERY_NOT_FOUND"
	// PersistedQueryNotSupported: automatic persisted queries are disabled. The client must send texts without a hash.
	PersistedQueryNotSupported Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	// PositionExpired: a subscription cannot continue after its position, because the changes after it are no longer in
	// memory. The client reads the data again, and subscribes again without a position.
	PositionExpired Code = "POSITION_EXPIRED"
	// SubscriptionsNotSupported: the server has no graph in memory (--graph=sql), and with it no subscriptions.
	SubscriptionsNotSupported Code = "SUBSCRIPTIONS_NOT_SUPPORTED"
	// Timeout: the operation exceeded the time limit of the server: try again later or request less.
	Timeout Code = "TIMEOUT"
	// Canceled: the client closed the connection before the response was ready.
	Canceled Code = "CANCELED"
	// Unavailable: the database, or the key server for tokens, cannot be reached. A retry can succeed later.
	Unavailable Code = "UNAVAILABLE"
	// Overloaded: the server rejected the request because of its load and did nothing. `extensions.retryAfter` is the
	// number of seconds after which a retry can succeed.
	Overloaded Code = "OVERLOADED"
	// DatabaseMismatch: the database schema lacks something that the server needs, or contains something that prevents a
	// write. The log has the details. A client cannot work around it.
	DatabaseMismatch Code = "DATABASE_MISMATCH"
	// Internal: an unexpected error in the server. The log has the details under the request id of the response.
	Internal Code = "INTERNAL_SERVER_ERROR"
)

// Error is an error with a message for the client. Its cause is only for the log.
type Error struct {
	Code       Code
	Field      string // the invalid argument or input field, if any
	Message    string
	RetryAfter time.Duration  // the time until a retry can succeed; 0: unknown
	Details    map[string]any // further entries of `extensions`, for programs
	cause      error
}

// Errors are several errors of one request, such as one for each invalid field of an input.
type Errors []*Error

// Error returns all messages, separated by semicolons.
func (e Errors) Error() string {
	messages := make([]string, len(e))
	for i, each := range e {
		messages[i] = each.Error()
	}
	return strings.Join(messages, "; ")
}

// Unwrap returns the errors.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, each := range e {
		errs[i] = each
	}
	return errs
}

// New returns an error with a message for the client.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Input returns a BAD_USER_INPUT error for one argument or input field. The message should name the field and its
// limits.
func Input(field, format string, args ...any) *Error {
	return &Error{Code: BadUserInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Limited returns a RATE_LIMITED error. A retry can succeed after retryAfter.
func Limited(retryAfter time.Duration, format string, args ...any) *Error {
	return &Error{Code: RateLimited, Message: fmt.Sprintf(format, args...), RetryAfter: retryAfter}
}

// Overload returns an OVERLOADED error. A retry can succeed after retryAfter.
func Overload(retryAfter time.Duration, format string, args ...any) *Error {
	return &Error{Code: Overloaded, Message: fmt.Sprintf(format, args...), RetryAfter: retryAfter}
}

// Wrap returns an error with a code, a cause for the log and a message for the client.
func Wrap(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, cause: cause}
}

// Error returns the message and the cause, for the log. Clients only see Message.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first Error in the tree of err, and Internal if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
