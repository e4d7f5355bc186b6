package httpserver

import (
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
)

// statusPartial is the status of a response with data and errors ("GraphQL over HTTP", Partial success).
const statusPartial = 294

// statusOf returns the status of a response ("GraphQL over HTTP", Status Codes). The draft defines the same statuses
// for all media types, except that the status for partial success belongs to its own media type.
func statusOf(response *graphql.Response, mediaType string) int {
	switch {
	case len(response.Data) == 0 && len(response.Errors) > 0:
		return refusalStatus(codeOf(response.Errors[0]))
	case len(response.Errors) > 0 && mediaType == graphqlResponse:
		return statusPartial
	default:
		return http.StatusOK
	}
}

// refusalStatus returns the status of an operation that was not executed, by the code of its first error.
func refusalStatus(code apperr.Code) int {
	switch code {
	case apperr.BadRequest, apperr.ParseFailed:
		return http.StatusBadRequest
	case apperr.Unauthenticated:
		return http.StatusUnauthorized
	case apperr.Forbidden:
		return http.StatusForbidden
	case apperr.ValidationFailed, apperr.BadUserInput, apperr.QueryTooComplex:
		return http.StatusUnprocessableEntity
	case apperr.PositionExpired:
		return http.StatusGone
	case apperr.SubscriptionsNotSupported:
		return http.StatusNotImplemented
	case apperr.RateLimited:
		return http.StatusTooManyRequests
	case apperr.Unavailable, apperr.Overloaded, apperr.Timeout, apperr.Canceled:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// codeOf returns the code of an error as the client sees it.
func codeOf(err *gqlerror.Error) apperr.Code {
	switch code := err.Extensions["code"].(type) {
	case apperr.Code:
		return code
	case string: // gqlgen's errors
		return apperr.Code(code)
	default:
		return apperr.Internal
	}
}

// explain sets the headers that belong to a status.
func explain(w http.ResponseWriter, r *http.Request, a answer) {
	switch a.status {
	case http.StatusUnauthorized: // with a challenge (RFC 6750, 3)
		challenge := "Bearer"
		if r.Header.Get("Authorization") != "" {
			challenge += ` error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if seconds, ok := a.Errors[0].Extensions["retryAfter"].(int); ok {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
	}
}
