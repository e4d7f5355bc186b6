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

// Executor is gqlgen's, but that documents are parsed and validated by internal/document, and variables coerced by
// internal/variables.
type Executor struct {
	*executor.Executor
	validator document.Validator
	documents graphql.Cache[*ast.QueryDocument]
}

// NewExecutor makes an executor of a schema; suggestions tells whether errors about a document name what exists beside
// what was asked for.
func NewExecutor(schema graphql.ExecutableSchema, suggestions bool) *Executor {
	exec := &Executor{
		Executor:  executor.New(schema),
		validator: document.Validator{Schema: schema.Schema(), Suggestions: suggestions},
		documents: graphql.NoCache[*ast.QueryDocument]{},
	}
	exec.Executor.SetQueryCache(parsed{})
	return exec
}

// SetQueryCache keeps documents, by their texts, that were parsed and validated.
func (e *Executor) SetQueryCache(cache graphql.Cache[*ast.QueryDocument]) { e.documents = cache }

// CreateOperationContext prepares an operation, or tells why it cannot run. The time that its document took, validation
// included, is in the operation's Stats.Parsing.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	parsing := graphql.TraceTiming{Start: graphql.Now()}
	found, ok := e.documents.Get(ctx, params.Query)
	if !ok {
		var errs gqlerror.List
		if found, errs = e.validator.Parse(params.Query); errs != nil {
			return refused(ctx, params, parsing), errs
		}
		e.documents.Add(ctx, params.Query, found)
	}
	parsing.End = graphql.Now()
	operation, err := document.Operation(found, params.OperationName)
	if err != nil {
		return refused(ctx, params, parsing), gqlerror.List{err}
	}
	given, errs := variables.Coerce(e.validator.Schema, operation, params.Variables)
	if errs != nil {
		op := refused(ctx, params, parsing)
		op.Doc, op.Operation = found, operation
		return op, errs
	}
	coerced := *params
	coerced.Variables = given
	op, errs := e.Executor.CreateOperationContext(context.WithValue(ctx, parsed{}, found), &coerced)
	op.Stats.Parsing = parsing
	return op, errs
}

// refused is the context of an operation that does not run.
func refused(ctx context.Context, params *graphql.RawParams, parsing graphql.TraceTiming) *graphql.OperationContext {
	op := &graphql.OperationContext{RawQuery: params.Query, OperationName: params.OperationName, Headers: params.Headers}
	op.Stats.OperationStart, op.Stats.Parsing = graphql.GetStartTime(ctx), parsing
	return op
}

// parsed hands the document of a context to gqlgen's executor: as a cache in which it always is.
type parsed struct{}

// Get takes the document out of the context.
func (parsed) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	found, ok := ctx.Value(parsed{}).(*ast.QueryDocument)
	return found, ok
}

// Add keeps nothing.
func (parsed) Add(context.Context, string, *ast.QueryDocument) {}
