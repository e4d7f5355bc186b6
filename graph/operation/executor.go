package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/document"
	"followgraph/internal/variables"
)

// Executor is gqlgen's executor, except that internal/document parses and validates documents, and internal/variables
// coerces variables.
type Executor struct {
	*executor.Executor
	validator document.Validator
	documents graphql.Cache[*ast.QueryDocument]
}

// NewExecutor returns an executor of a schema. suggestions is whether errors about a document suggest names of the
// schema.
func NewExecutor(schema graphql.ExecutableSchema, suggestions bool) *Executor {
	exec := &Executor{
		Executor:  executor.New(schema),
		validator: document.Validator{Schema: schema.Schema(), Suggestions: suggestions},
		documents: graphql.NoCache[*ast.QueryDocument]{},
	}
	exec.Executor.SetQueryCache(documentKey{})
	return exec
}

// SetQueryCache sets the cache of parsed and validated documents, by text.
func (e *Executor) SetQueryCache(cache graphql.Cache[*ast.QueryDocument]) { e.documents = cache }

// CreateOperationContext prepares an operation. It also returns the operation with errors, as far as it was prepared.
// The time for its document, including validation, is in its Stats.Parsing.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	parsing := graphql.TraceTiming{Start: graphql.Now()}
	parsed, operation, errs := e.Document(ctx, params.Query, params.OperationName)
	parsing.End = graphql.Now()
	if errs != nil {
		return withoutDocument(ctx, params, parsing), errs
	}
	values, errs := variables.Coerce(e.validator.Schema, operation, params.Variables)
	if errs != nil {
		op := withoutDocument(ctx, params, parsing)
		op.Doc, op.Operation = parsed, operation
		return op, errs
	}
	coerced := *params
	coerced.Variables = values
	op, errs := e.Executor.CreateOperationContext(context.WithValue(ctx, documentKey{}, parsed), &coerced)
	op.Stats.Parsing = parsing
	return op, errs
}

// Document returns the parsed and validated document of a text, from the cache or a new one, and its operation with a name.
func (e *Executor) Document(ctx context.Context, text, name string) (*ast.QueryDocument, *ast.OperationDefinition, gqlerror.List) {
	parsed, ok := e.documents.Get(ctx, text)
	if !ok {
		var errs gqlerror.List
		if parsed, errs = e.validator.Parse(text); errs != nil {
			return nil, nil, errs
		}
		e.documents.Add(ctx, text, parsed)
	}
	operation, err := document.Operation(parsed, name)
	if err != nil {
		return nil, nil, gqlerror.List{err}
	}
	return parsed, operation, nil
}

// withoutDocument returns the context of an operation that does not run.
func withoutDocument(ctx context.Context, params *graphql.RawParams, parsing graphql.TraceTiming) *graphql.OperationContext {
	op := &graphql.OperationContext{RawQuery: params.Query, OperationName: params.OperationName, Headers: params.Headers}
	op.Stats.OperationStart, op.Stats.Parsing = graphql.GetStartTime(ctx), parsing
	return op
}

// documentKey is the key of the parsed document in a context. It is also the cache in which gqlgen's executor looks for
// the document: it always finds it there.
type documentKey struct{}

// Get returns the document of the context.
func (documentKey) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	parsed, ok := ctx.Value(documentKey{}).(*ast.QueryDocument)
	return parsed, ok
}

// Add does nothing.
func (documentKey) Add(context.Context, string, *ast.QueryDocument) {}
