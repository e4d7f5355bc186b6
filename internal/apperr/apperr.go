// Package apperr is the one list of error codes that clients see, and the error that carries one.
package apperr

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is what a client's program may branch on; it stands in a GraphQL error's `extensions.code`.
type Code string

// The codes. A message may change between versions, a code may not.
const (
	// BadRequest: the HTTP request is not a GraphQL request (body, media type, parameters).
	BadRequest Code = "BAD_REQUEST"
	// ParseFailed: the document is not GraphQL.
	ParseFailed Code = "GRAPHQL_PARSE_FAILED"
	// ValidationFailed: the document, its variables or operation name do not fit the schema.
	ValidationFailed Code = "GRAPHQL_VALIDATION_FAILED"
	// BadUserInput: an argument has a value that its field does not take; `extensions.field` names it.
	BadUserInput Code = "BAD_USER_INPUT"
	// Unauthenticated: the caller has to sign in, or the token that came with the request is not valid.
	Unauthenticated Code = "UNAUTHENTICATED"
	// Forbidden: the caller is known and may not do this.
	Forbidden Code = "FORBIDDEN"
	// NotFound: what a mutation is about does not exist.
	NotFound Code = "NOT_FOUND"
	// Conflict: somebody else has what is asked for, such as a username; `extensions.field` names it.
	Conflict Code = "CONFLICT"
	// RateLimited: too many attempts, or too much was asked for in an hour; `extensions.retryAfter` tells after how many
	// seconds another attempt may succeed.
	RateLimited Code = "RATE_LIMITED"
	// QueryTooComplex: the document asks for more than one operation may. Where that is its cost, `extensions` has cost and
	// limit, and as `field` the field that costs most.
	QueryTooComplex Code = "QUERY_TOO_COMPLEX"
	// PersistedQueryNotFound: the document that was named is not known; whoever has its text may send it along.
	PersistedQueryNotFound Code = "PERSISTED_QUERY_NOT_FOUND"
	// PersistedQueryNotSupported: automatic persisted queries are switched off; texts are to be sent without a hash.
	PersistedQueryNotSupported Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	// Timeout: the operation exceeded the time limit of the server: try again later or request less.
	Timeout Code = "TIMEOUT"
	// Canceled: the client went away before the answer was there.
	Canceled Code = "CANCELED"
	// Unavailable: the database, or what verifies a token, cannot be reached; the same request may succeed later.
	Unavailable Code = "UNAVAILABLE"
	// Overloaded: the server is asked for more than it can do; nothing was done, and `extensions.retryAfter` tells after
	// how many seconds the same request may succeed.
	Overloaded Code = "OVERLOADED"
	// DatabaseMismatch: the database lacks something that the server needs, or has something that is in its way; the log has
	// what. Nothing that a client asks for in another way will help.
	DatabaseMismatch Code = "DATABASE_MISMATCH"
	// Internal: a fault of the server; the log has it under the response's request id.
	Internal Code = "INTERNAL_SERVER_ERROR"
)

// Error is an error whose message may be shown to the client. The cause may not.
type Error struct {
	Code       Code
	Field      string // the argument or input field at fault, if one is
	Message    string
	RetryAfter time.Duration  // of a RateLimited or Overloaded error: when another attempt may succeed
	Details    map[string]any // what else a client's program may want: further entries of `extensions`
	cause      error
}

// Errors are several errors of one request, such as one for each field of an input that is at fault.
type Errors []*Error

// Error is all messages.
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

// New makes an error with a message for the client.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Input makes a BAD_USER_INPUT error about one argument; the message should name its bounds.
func Input(field, format string, args ...any) *Error {
	return &Error{Code: BadUserInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Limited makes a RATE_LIMITED error that tells when another attempt may succeed.
func Limited(retryAfter time.Duration, format string, args ...any) *Error {
	return &Error{Code: RateLimited, Message: fmt.Sprintf(format, args...), RetryAfter: retryAfter}
}

// Overload makes an OVERLOADED error that tells when another attempt may succeed.
func Overload(retryAfter time.Duration, format string, args ...any) *Error {
	return &Error{Code: Overloaded, Message: fmt.Sprintf(format, args...), RetryAfter: retryAfter}
}

// Wrap gives cause a code and a message for the client.
func Wrap(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, cause: cause}
}

// Error includes the cause: it is meant for the log. Clients are shown Message alone.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first Error in err's tree, Internal where there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
