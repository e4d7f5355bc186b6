package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph/loader"
	"followgraph/internal/apperr"
	"followgraph/internal/executor"
)

// ResponseLimit stops operations whose answers have more than Bytes of data, with QUERY_TOO_COMPLEX and no data. The
// compiled executor stops by itself. gqlgen's cannot be stopped; there each field's value is counted, and once there are
// too many, no resolver is called any more and nothing is written.
type ResponseLimit struct{ Bytes int }

var _ interface {
	graphql.ResponseInterceptor
	graphql.FieldInterceptor
} = ResponseLimit{}

// ExtensionName names the extension to gqlgen.
func (ResponseLimit) ExtensionName() string { return "ResponseLimit" }

// Validate has nothing to check.
func (ResponseLimit) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse sets the limit, and says that it was exceeded.
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

// InterceptField counts what a field adds to the answer.
func (ResponseLimit) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	limit := executor.LimitOf(ctx)
	if limit.Exceeded() {
		return nil, nil
	}
	value, err := next(ctx)
	if !limit.Use(len(graphql.GetFieldContext(ctx).Field.Alias) + sizeOf(value)) {
		loader.From(ctx).Stop() // what it has announced is not called any more
	}
	return value, err
}

// otherBytes is what a value is taken for that is no text.
const otherBytes = 16

// sizeOf is about how many bytes a value takes in the answer, without what lies below it.
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

// quotedSize is the size of a text in JSON, where a control character takes six bytes.
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
