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

// Observation notifies an observer of every operation, including operations that are refused before they run.
type Observation struct{ Observer observe.Observer }

var (
	_ graphql.HandlerExtension     = Observation{}
	_ graphql.OperationInterceptor = Observation{}
	_ graphql.ResponseInterceptor  = Observation{}
)

// ExtensionName returns the name of the extension for gqlgen.
func (Observation) ExtensionName() string { return "Observation" }

// Validate does nothing.
func (Observation) Validate(graphql.ExecutableSchema) error { return nil }

type ranKey struct{}

// InterceptOperation notifies the observer of an operation that runs.
func (o Observation) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	started := o.Observer.OperationBegins(context.WithValue(ctx, ranKey{}, true))
	responses := next(started)
	return func(ctx context.Context) *graphql.Response {
		response := responses(ctx)
		o.Observer.OperationEnds(started, summary(started, response))
		return response
	}
}

// Skip notifies the observer of an operation that has a response without running.
func (o Observation) Skip(ctx context.Context, response *graphql.Response) {
	started := o.Observer.OperationBegins(context.WithValue(ctx, ranKey{}, true))
	o.Observer.OperationEnds(started, summary(started, response))
}

// InterceptResponse notifies the observer of an operation that was refused: gqlgen writes its response too.
func (o Observation) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if !ran(ctx) {
		o.Observer.OperationEnds(ctx, summary(ctx, response))
	}
	return response
}

func ran(ctx context.Context) bool { return ctx.Value(ranKey{}) != nil }

// summary returns what an observer may know of an operation. response is nil if ctx ended before there was one.
func summary(ctx context.Context, response *graphql.Response) observe.Operation {
	o := observe.Operation{Trusted: observe.IsTrusted(ctx), Ran: ran(ctx)}
	if graphql.HasOperationContext(ctx) {
		op := graphql.GetOperationContext(ctx)
		o.Document = op.RawQuery
		began := op.Stats.Parsing.Start // without the time to receive the request
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
		if !isAbandoned(ctx) {
			o.Code = string(apperr.Timeout)
		}
		return o
	}
	o.Bytes = len(response.Data)
	o.Code = worst(response.Errors)
	return o
}

// severity orders codes by their importance to an operator. Codes without an entry are due to clients.
var severity = map[string]int{
	string(apperr.Internal):         5,
	string(apperr.DatabaseMismatch): 4,
	string(apperr.Unavailable):      3,
	string(apperr.Timeout):          2,
	string(apperr.Canceled):         1,
}

// worst returns the code of the most severe error, and of the first one among equals. It is empty without errors.
func worst(errs gqlerror.List) string {
	most := ""
	for _, err := range errs {
		code := string(apperr.Internal) // PresentError sets a code on all other errors
		switch value := err.Extensions["code"].(type) {
		case apperr.Code:
			code = string(value)
		case string:
			code = value
		}
		if most == "" || severity[code] > severity[most] {
			most = code
		}
	}
	return most
}
