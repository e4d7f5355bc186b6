package httpserver

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/observe"
)

// refusal is the reason why a request is not executed. Every phase of a request returns one, and refuse alone turns it
// into an answer.
type refusal struct {
	err       error            // an *apperr.Error, a gqlerror.List, or the error of a context
	status    int              // 0 stands for the status of the first error's code
	allow     string           // value of the header Allow; empty for none
	operation *graph.Operation // nil if it was not prepared
}

func refusalOf(err error) *refusal { return &refusal{err: err} }

// asRefusal returns an error that is a refusal, or else a refusal of an operation because of it.
func asRefusal(err error, op *graph.Operation) *refusal {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused
	}
	return &refusal{err: err, operation: op}
}

// Error returns the text of the reason.
func (r *refusal) Error() string { return r.err.Error() }

// Unwrap returns the reason.
func (r *refusal) Unwrap() error { return r.err }

// isResult reports whether the refusal is a result of the operation for a client that accepts only event streams: its
// document or what it asks for is at fault. Other refusals have statuses of HTTP, which such a client also sees.
// (graphql-sse, PROTOCOL.md, Distinct connections mode.)
func (r *refusal) isResult() bool {
	switch codeOfRefusal(r) {
	case apperr.ParseFailed, apperr.ValidationFailed, apperr.BadUserInput, apperr.QueryTooComplex, apperr.NotFound,
		apperr.PositionExpired, apperr.SubscriptionsNotSupported, apperr.PersistedQueryNotSupported:
		return true
	case apperr.Unauthenticated, apperr.Forbidden:
		return r.operation != nil // a rule of the operation, and not the token
	case apperr.PersistedQueryNotFound:
		return r.status == http.StatusOK
	default:
		return false
	}
}

// codeOfRefusal returns the code of the first error as the client sees it.
func codeOfRefusal(r *refusal) apperr.Code {
	first := r.errors()[0]
	if first.Extensions["code"] != nil {
		return codeOf(first)
	}
	return apperr.CodeOf(first)
}

// badRequest returns a refusal with code BAD_REQUEST: the request is not a valid GraphQL request.
func badRequest(status int, format string, args ...any) *refusal {
	return &refusal{err: apperr.New(apperr.BadRequest, format, args...), status: status}
}

// malformed returns a refusal for parameters that are missing or of the wrong type ("GraphQL over HTTP", Status Codes).
func malformed(format string, args ...any) *refusal {
	return badRequest(http.StatusUnprocessableEntity, format, args...)
}

// errors returns the errors of the response.
func (r *refusal) errors() gqlerror.List {
	if list, ok := r.err.(gqlerror.List); ok { //nolint:errorlint // a wrapped list is one error
		return list
	}
	return gqlerror.List{gqlerror.Wrap(r.err)}
}

// refuse turns a refusal into status, headers and body.
func (h *graphQL) refuse(ctx context.Context, header http.Header, mediaType string, refused *refusal) answer {
	errs := refused.errors()
	code := apperr.CodeOf(errs)
	switch code {
	case apperr.Overloaded:
		observe.From(ctx).Refused(ctx, observe.Shed)
	case apperr.RateLimited:
		observe.From(ctx).Refused(ctx, observe.RateLimited)
	}
	if refused.allow != "" {
		header.Set("Allow", refused.allow)
	}
	response := h.server.Refuse(ctx, refused.operation, errs)
	a := answer{Response: response, mediaType: mediaType, cacheControl: keepNot}
	a.status = cmp.Or(refused.status, statusOf(response, mediaType))
	if code == apperr.PersistedQueryNotFound {
		a.cacheControl = keepMiss
	}
	return a
}
