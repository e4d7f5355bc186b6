package httpserver

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph"
	"followgraph/internal/apperr"
	compiled "followgraph/internal/executor"
	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
	"followgraph/internal/social"
)

// defaultMaxResponse bounds an answer's data where Options do not, in bytes.
const defaultMaxResponse = 4 << 20

// defaultOperationMemory is what all operations hold together where Options do not say, in bytes.
const defaultOperationMemory = 128 << 20

// graphQL is the endpoint: it turns a request into parameters, lets gqlgen's executor run them and writes the answer.
type graphQL struct {
	executor              *graph.Executor
	persisted             Persisted
	anonymousCacheControl string
	authenticate          Authenticate
	proxies               Proxies
	slots                 *Slots
	memory                *limit.Memory
	signInMemory          *limit.Memory
	maxResponse           int // bytes of an answer's data
	timeout               time.Duration
	timing                bool
	playground            bool // whether there is one to lead browsers to
}

func newGraphQL(opts Options) *graphQL {
	maxResponse := cmp.Or(opts.MaxResponseBytes, defaultMaxResponse)
	exec := graph.NewExecutor(opts.Schema, opts.Introspection)
	exec.SetErrorPresenter(graph.PresentError(opts.Log))
	exec.SetRecoverFunc(graph.Recover)
	exec.SetQueryCache(opts.Documents)
	exec.AroundResponses(graph.LimitErrors)
	exec.Use(graph.ResponseLimit{Bytes: maxResponse})
	exec.Use(graph.Introspection{Open: opts.Introspection})
	exec.Use(graph.Admission{Service: opts.Service})
	exec.Use(&graph.CostLimit{})
	exec.Use(graph.RateLimit{Budgets: opts.Budgets})
	if opts.Observer != nil {
		exec.Use(graph.Observed{Observer: opts.Observer}) // before the loaders: their batches are an operation's
	}
	exec.AroundOperations(graph.WithLoaders(opts.Service, opts.Log))
	exec.AroundRootFields(graph.WithRootLoaders(opts.Service, opts.Log))
	if opts.Slots == nil {
		opts.Slots = NewSlots(SlotOptions{})
	}
	if opts.Memory == nil {
		opts.Memory = limit.NewMemory(defaultOperationMemory, time.Second)
	}
	return &graphQL{
		executor:              exec,
		persisted:             opts.Persisted,
		anonymousCacheControl: cmp.Or(opts.AnonymousCacheControl, keepPrivate),
		authenticate:          opts.Authenticate,
		proxies:               opts.Proxies,
		slots:                 opts.Slots,
		memory:                opts.Memory,
		signInMemory:          opts.Memory.Beside(signIns),
		maxResponse:           maxResponse,
		timeout:               opts.OperationTimeout,
		timing:                opts.ServerTiming,
		playground:            opts.Playground != nil,
	}
}

func (h *graphQL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.playground && isOpened(r) {
		leadToPlayground(w)
		return
	}
	ctx, statements := meter.With(graphql.StartOperationTrace(r.Context()))
	ctx, release := compiled.WithBuffer(ctx)
	defer release()

	a := h.answer(ctx, w, r)
	if a.Response == nil {
		return // the client left
	}
	if h.timing {
		w.Header().Set("Server-Timing", fmt.Sprintf(`sql;desc="%d statements";dur=%.3f`,
			statements.Statements(), float64(statements.Time().Microseconds())/1000))
	}
	explain(w, r, a)
	write(w, r, a)
}

// answer runs the request.
func (h *graphQL) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) answer {
	mediaType, refused := negotiate(r.Header["Accept"])
	if refused != nil {
		return h.refuse(ctx, mediaType, refused)
	}
	from := h.proxies.address(r)
	if err := h.slots.check(ctx, from); err != nil {
		return h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(err)})
	}
	params, refused := readParameters(w, r)
	if refused == errNoRoom {
		h.slots.hold(ctx) // it would come again at once
	}
	if refused != nil {
		return h.refuse(ctx, mediaType, refused)
	}
	// From here on: the time in which a body comes is bounded by itself.
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	ctx, caller := h.withCaller(ctx, r, from)
	document, refused := h.persisted.find(params, caller)
	if caller.Refusal != nil && (refused != nil || !social.MayContainSignIn(document.text)) {
		return h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(caller.Refusal)})
	}
	if refused != nil {
		return h.refuse(ctx, mediaType, refused)
	}
	if document.trusted != nil {
		ctx = observe.WithTrusted(ctx)
	}
	slot, err := h.slots.enter(ctx, from)
	if err != nil {
		return h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(err)})
	}
	defer slot.Release()
	operation, errs := h.executor.CreateOperationContext(ctx, &graphql.RawParams{
		Query:         document.text,
		OperationName: params.operationName,
		Variables:     params.variables,
		Extensions:    params.extensions,
		Headers:       r.Header,
	})
	setBudget(w.Header(), graph.ChargeOf(operation))
	if errs != nil && caller.Refusal != nil && !graph.Enters(operation) {
		errs = gqlerror.List{gqlerror.Wrap(caller.Refusal)}
	}
	if errs != nil {
		return h.fail(graphql.WithOperationContext(ctx, operation), mediaType, errs)
	}
	if r.Method != http.MethodPost && operation.Operation.Operation != ast.Query {
		w.Header().Set("Allow", "POST")
		return h.refuse(ctx, mediaType, badRequest(http.StatusMethodNotAllowed, "a %s must be sent by POST", operation.Operation.Operation))
	}
	if document.save {
		h.persisted.Automatic.Save(document.text)
	}
	waited := time.Now()
	kind := graph.KindOf(operation)
	err = slot.moveTo(ctx, kind)
	meter.From(ctx).Delay(time.Since(waited)) // before it runs, or because it is refused
	if err != nil {
		return h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(err)})
	}
	bytes, memory := graph.CostOf(operation).Memory(h.maxResponse), h.memory
	if kind == graph.SigningIn {
		memory = h.signInMemory // it waits on purpose, and would keep the others out meanwhile
	} else if memory.IsLarge(bytes) {
		slot.Release() // large operations wait for each other, and keep no small one from its place meanwhile
	}
	share, err := memory.Take(ctx, limit.Site(caller.Address), bytes)
	if err != nil {
		return h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(err)})
	}
	defer share.Release()
	meter.From(ctx).SetHolder(share)
	responses, ctx := h.executor.DispatchOperation(ctx, operation)
	response := responses(ctx)
	if response == nil { // the time was up before the operation began
		return h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(context.DeadlineExceeded)})
	}
	a := answer{Response: response, mediaType: mediaType, status: statusOf(response, mediaType), cacheControl: keepNot}
	if r.Method != http.MethodPost && params.query == "" && len(response.Errors) == 0 && !graph.AsksForBudget(operation) {
		a.cacheControl, a.tagged = h.keep(caller), true
	}
	return a
}

// refuse answers a request that is none for an operation.
func (h *graphQL) refuse(ctx context.Context, mediaType string, refused *requestError) answer {
	a := h.fail(ctx, mediaType, gqlerror.List{gqlerror.Wrap(refused.Error)})
	a.status = refused.status
	if refused.Code == apperr.PersistedQueryNotFound {
		a.cacheControl = keepMiss
	}
	return a
}

// fail answers a request whose operation did not begin.
func (h *graphQL) fail(ctx context.Context, mediaType string, errs gqlerror.List) answer {
	switch apperr.CodeOf(errs) {
	case apperr.Overloaded:
		observe.From(ctx).Refused(ctx, observe.Shed)
	case apperr.RateLimited:
		observe.From(ctx).Refused(ctx, observe.RateLimited)
	}
	response := h.executor.DispatchError(ctx, errs)
	return answer{Response: response, mediaType: mediaType, status: statusOf(response, mediaType), cacheControl: keepNot}
}
