package operation

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
)

// Observation tells an observer of every operation: those that are executed, and those that were refused before.
type Observation struct{ Observer observe.Observer }

var (
	_ graphql.HandlerExtension     = Observation{}
	_ graphql.OperationInterceptor = Observation{}
	_ graphql.ResponseInterceptor  = Observation{}
)

// ExtensionName names the extension to gqlgen.
func (Observation) ExtensionName() string { return "Observation" }

// Validate has nothing to check.
func (Observation) Validate(graphql.ExecutableSchema) error { return nil }

type ranKey struct{}

// InterceptOperation tells of an operation that is executed.
func (o Observation) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	begun := o.Observer.OperationBegins(context.WithValue(ctx, ranKey{}, true))
	responses := next(begun)
	return func(ctx context.Context) *graphql.Response {
		response := responses(ctx)
		o.Observer.OperationEnds(begun, summary(begun, response))
		return response
	}
}

// InterceptResponse tells of an operation that was refused: gqlgen makes its answer too.
func (o Observation) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if !ran(ctx) {
		o.Observer.OperationEnds(ctx, summary(ctx, response))
	}
	return response
}

func ran(ctx context.Context) bool { return ctx.Value(ranKey{}) != nil }

// summary is what may be told of an operation. Its response is nil where ctx had ended before there was one.
func summary(ctx context.Context, response *graphql.Response) observe.Operation {
	o := observe.Operation{Trusted: observe.IsTrusted(ctx), Ran: ran(ctx)}
	if graphql.HasOperationContext(ctx) {
		op := graphql.GetOperationContext(ctx)
		o.Document = op.RawQuery
		began := op.Stats.Parsing.Start // the time in which the request came is not the operation's
		if began.IsZero() {
			began = op.Stats.OperationStart
		}
		o.Took = time.Since(began)
		if op.Operation != nil {
			o.Type = string(op.Operation.Operation)
			if o.Trusted {
				o.Name = op.Operation.Name
			}
		}
	}
	if m := meter.From(ctx); m != nil {
		o.Cost, o.Statements, o.SQL = m.Cost(), m.Statements(), m.Time()
		o.Delayed = min(m.Delayed(), o.Took)
	}
	if response == nil {
		o.Code = string(apperr.Canceled)
		if !left(ctx) {
			o.Code = string(apperr.Timeout)
		}
		return o
	}
	o.Bytes = len(response.Data)
	o.Code = worst(response.Errors)
	return o
}

// severity orders codes by how much an operator wants to know of them; those that are not here are a client's affair.
var severity = map[string]int{
	string(apperr.Internal):         5,
	string(apperr.DatabaseMismatch): 4,
	string(apperr.Unavailable):      3,
	string(apperr.Timeout):          2,
	string(apperr.Canceled):         1,
}

// worst is the code of the error that matters most, the first one among equals; empty where there are no errors.
func worst(errs gqlerror.List) string {
	found := ""
	for _, err := range errs {
		code := string(apperr.Internal) // so it was presented, or else it would have one
		switch value := err.Extensions["code"].(type) {
		case apperr.Code:
			code = string(value)
		case string:
			code = value
		}
		if found == "" || severity[code] > severity[found] {
			found = code
		}
	}
	return found
}
