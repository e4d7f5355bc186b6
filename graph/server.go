package graph

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph/operation"
	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/live"
	"followgraph/internal/observe"
	"followgraph/internal/resident"
	"followgraph/internal/social"
)

// defaultMaxResponse is the default of Options.MaxResponseBytes.
const defaultMaxResponse = 4 << 20

// Options configure a Server. Schema, Service and Log are required.
type Options struct {
	Schema  graphql.ExecutableSchema // of NewCompiledSchema or NewExecutableSchema, with resolvers on Service
	Service *social.Service
	Log     *slog.Logger

	Documents        graphql.Cache[*ast.QueryDocument] // parsed and validated documents, by text; nil: no cache
	Introspection    bool                              // whether all callers may introspect the schema, and errors suggest names
	MaxResponseBytes int                               // maximum data of a response; 0: 4 MiB
	Budgets          *limit.Budgets                    // nil: no rate limit
	Live             *Live                             // nil: no subscriptions
	Memory           *limit.Memory                     // that the events of subscriptions take; nil: no limit
	EventTimeout     time.Duration                     // maximum time of one event; 0: 10 s
	Observer         observe.Observer                  // nil: none
}

// Live is what subscriptions need of the graph in memory.
type Live struct {
	Hub *live.Hub
	// At returns a context for an operation that reads one version of the graph.
	At func(ctx context.Context, version *resident.Version) context.Context
}

// Server prepares operations and runs them. It is safe for concurrent use.
type Server struct {
	executor      *operation.Executor
	service       *social.Service
	maxResponse   int
	observer      observe.Observer // nil: none
	subscriptions *subscriptions   // nil: none
}

// NewServer returns a Server. gqlgen calls the extensions that may refuse an operation in the order of their Use.
func NewServer(opts Options) *Server {
	maxResponse := cmp.Or(opts.MaxResponseBytes, defaultMaxResponse)
	exec := operation.NewExecutor(opts.Schema, opts.Introspection)
	if opts.Documents != nil {
		exec.SetQueryCache(opts.Documents)
	}
	exec.SetErrorPresenter(operation.PresentError(opts.Log))
	exec.SetRecoverFunc(operation.Recover)
	exec.AroundResponses(operation.LimitErrors)
	exec.Use(operation.ResponseLimit{Bytes: maxResponse})
	exec.Use(operation.Introspection{Open: opts.Introspection})
	exec.Use(operation.Admission{Service: opts.Service})
	exec.Use(&operation.CostLimit{})
	exec.Use(operation.Subscriptions{Supported: opts.Live != nil})
	exec.Use(operation.RateLimit{Budgets: opts.Budgets}) // last: operations that are refused are not charged
	if opts.Observer != nil {
		exec.Use(operation.Observation{Observer: opts.Observer}) // around the loaders, whose batches belong to the operation
	}
	exec.AroundOperations(withLoaders(opts.Service, opts.Log))
	exec.AroundRootFields(withRootLoaders(opts.Service, opts.Log))
	s := &Server{executor: exec, service: opts.Service, maxResponse: maxResponse, observer: opts.Observer}
	if opts.Live != nil {
		s.subscriptions = newSubscriptions(exec, opts, maxResponse)
	}
	return s
}

// Prepare parses, validates, bounds and charges an operation. The operation is never nil: with errors, it says how far
// its preparation came. ctx must come from graphql.StartOperationTrace.
func (s *Server) Prepare(ctx context.Context, params *graphql.RawParams) (*Operation, gqlerror.List) {
	op, errs := s.executor.CreateOperationContext(ctx, params)
	return &Operation{op, s.maxResponse}, errs
}

// Run runs a prepared query or mutation. If its time was up before it began, the response has that error. It refuses a
// subscription, which has more than one response: see Subscribe.
func (s *Server) Run(ctx context.Context, op *Operation) *graphql.Response {
	if op.Type() == ast.Subscription {
		return s.Refuse(ctx, op, gqlerror.List{gqlerror.Wrap(errNotStreamed)})
	}
	responses, ctx := s.executor.DispatchOperation(ctx, op.op)
	if response := responses(ctx); response != nil {
		return response
	}
	return s.executor.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(context.DeadlineExceeded)})
}

var errNotStreamed = apperr.New(apperr.BadRequest,
	"a subscription needs a stream: accept text/event-stream or multipart/mixed, or use a WebSocket with the subprotocol graphql-transport-ws")

// Skip returns the empty response of a prepared operation that does not have to run, because its client has the result.
// It is observed like an operation that ran.
func (s *Server) Skip(ctx context.Context, op *Operation) *graphql.Response {
	response := &graphql.Response{}
	if s.observer != nil {
		operation.Observation{Observer: s.observer}.Skip(graphql.WithOperationContext(ctx, op.op), response)
	}
	return response
}

// Refuse returns the response to an operation that does not run because of errs. op may be nil.
func (s *Server) Refuse(ctx context.Context, op *Operation, errs gqlerror.List) *graphql.Response {
	if op != nil {
		ctx = graphql.WithOperationContext(ctx, op.op)
	}
	return s.executor.DispatchError(ctx, errs)
}

// Operation is a prepared operation: what a transport has to know before and after it runs.
type Operation struct {
	op          *graphql.OperationContext
	maxResponse int
}

// Type returns query, mutation or subscription, or the empty string if the operation was not parsed.
func (o *Operation) Type() ast.Operation {
	if o.op.Operation == nil {
		return ""
	}
	return o.op.Operation.Operation
}

// Workload returns the workload class of an operation that was prepared without errors.
func (o *Operation) Workload() operation.Workload { return operation.WorkloadOf(o.op) }

// Cost returns the cost of the operation, zero if it was refused before or because of it. For a subscription it is that of
// the largest event.
func (o *Operation) Cost() operation.Cost { return operation.CostOf(o.op) }

// Memory returns an estimate of the bytes that the operation holds at its peak.
func (o *Operation) Memory() int { return o.Cost().Memory(o.maxResponse) }

// Charge returns what the operation was charged: nil without a rate limit, or if it was refused before.
func (o *Operation) Charge() *limit.Charge { return operation.ChargeOf(o.op) }

// SignsInOnly reports whether the operation only signs in or registers.
func (o *Operation) SignsInOnly() bool { return operation.SignsInOnly(o.op) }

// ReadsBudget reports whether the response has the caller's budget, so that it differs each time. It is for an
// operation that was prepared without errors.
func (o *Operation) ReadsBudget() bool { return operation.ReadsBudget(o.op) }
