package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph/loader"
	"followgraph/internal/apperr"
	"followgraph/internal/executor"
)

// ResponseLimit stops operations whose responses have more than Bytes of data: the response is QUERY_TOO_COMPLEX
// without data. The compiled executor stops by itself. gqlgen's executor cannot be stopped: ResponseLimit counts the
// value of each field, and above the limit it calls no more resolvers, so that nothing more is written.
type ResponseLimit struct{ Bytes int }

var _ interface {
	graphql.ResponseInterceptor
	graphql.FieldInterceptor
} = ResponseLimit{}

// ExtensionName returns the name of the extension for gqlgen.
func (ResponseLimit) ExtensionName() string { return "ResponseLimit" }

// Validate does nothing.
func (ResponseLimit) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse sets the limit, and replaces a response that exceeds it.
func (r ResponseLimit) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	ctx, limit := executor.WithLimit(ctx, r.Bytes)
	response := next(ctx)
	if response == nil || !limit.Exceeded() && len(response.Data) <= r.Bytes {
		return response
	}
	exceeded := apperr.New(apperr.QueryTooComplex, "the response is larger than the limit of %d bytes: request smaller pages or fewer fields", r.Bytes)
	return &graphql.Response{
		Data: []byte("null"),
		Errors: gqlerror.List{{
			Message:    exceeded.Message,
			Extensions: map[string]any{"code": exceeded.Code, "limit": r.Bytes},
		}},
		Extensions: response.Extensions,
	}
}

// InterceptField counts the bytes that a field adds to the response.
func (ResponseLimit) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	limit := executor.LimitOf(ctx)
	if limit.Exceeded() {
		return nil, nil
	}
	value, err := next(ctx)
	if !limit.Use(len(graphql.GetFieldContext(ctx).Field.Alias) + sizeOf(value)) {
		loader.From(ctx).Stop() // resolvers that the loaders wait for will not be called
	}
	return value, err
}

// otherBytes is the assumed size of a value that is not a string.
const otherBytes = 16

// sizeOf returns about how many bytes a value takes in the response, without the fields below it.
func sizeOf(value any) int {
	switch value := value.(type) {
	case string:
		return quotedSize(value)
	case *string:
		if value != nil {
			return quotedSize(*value)
		}
	}
	return otherBytes
}

// quotedSize returns the size of a string in JSON, in which a control character takes six bytes.
func quotedSize(text string) int {
	size := len(text) + len(`"":,`)
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ':
			size += len(`\u0000`) - 1
		case c == '"' || c == '\\':
			size++
		}
	}
	return size
}
