package httpserver

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
	"followgraph/graph/operation"
	"followgraph/internal/executor"
	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// defaultOperationMemory is the default capacity of Options.Memory, in bytes.
const defaultOperationMemory = 128 << 20

// graphQL serves the endpoint.
type graphQL struct {
	server                *graph.Server
	persisted             Persisted
	anonymousCacheControl string
	authenticate          Authenticate
	snapshots             Snapshots // nil for none
	tags                  *tags
	proxies               Proxies
	slots                 *Slots
	memory                *limit.Memory
	signInMemory          *limit.Memory
	timeout               time.Duration
	timing                bool
	playground            bool // whether browsers are redirected to it

	subscribe    subscriber
	streams      *Streams
	sessions     Identify // nil: authenticate, again for each look at the caller
	origins      []string // of pages that may open a WebSocket
	readTimeout  time.Duration
	writeTimeout time.Duration
	idleTimeout  time.Duration
	log          *slog.Logger
}

func newGraphQL(opts Options) *graphQL {
	memory := opts.Memory
	if memory == nil {
		memory = limit.NewMemory(defaultOperationMemory, time.Second)
	}
	slots := opts.Slots
	if slots == nil {
		slots = NewSlots(SlotOptions{})
	}
	server := graph.NewServer(graph.Options{
		Schema:           opts.Schema,
		Service:          opts.Service,
		Log:              opts.Log,
		Documents:        opts.Documents,
		Introspection:    opts.Introspection,
		MaxResponseBytes: opts.MaxResponseBytes,
		Budgets:          opts.Budgets,
		Observer:         opts.Observer,
		Live:             opts.Live,
		Memory:           memory,
		EventTimeout:     opts.OperationTimeout,
	})
	subscribe := opts.subscribe
	if subscribe == nil {
		subscribe = subscriberOf(server)
	}
	return &graphQL{
		server:                server,
		persisted:             opts.Persisted,
		anonymousCacheControl: cmp.Or(opts.AnonymousCacheControl, keepPrivate),
		authenticate:          opts.Authenticate,
		snapshots:             opts.Snapshots,
		tags:                  newTags(),
		proxies:               opts.Proxies,
		slots:                 slots,
		memory:                memory,
		signInMemory:          memory.Beside(signIns),
		timeout:               opts.OperationTimeout,
		timing:                opts.ServerTiming,
		playground:            opts.Playground != nil,

		subscribe:    subscribe,
		streams:      opts.Streams,
		sessions:     opts.Identify,
		origins:      opts.CORSOrigins,
		readTimeout:  cmp.Or(opts.ReadTimeout, defaultStreamTimeout),
		writeTimeout: cmp.Or(opts.WriteTimeout, defaultStreamTimeout),
		idleTimeout:  cmp.Or(opts.IdleTimeout, 4*defaultStreamTimeout),
		log:          opts.Log,
	}
}

// defaultStreamTimeout replaces the timeouts of a handler without a server, which has none.
const defaultStreamTimeout = 30 * time.Second

// ServeHTTP answers a request to the endpoint. The functions below follow the request from top to bottom.
func (h *graphQL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case h.playground && isOpened(r):
		leadToPlayground(w)
		return
	case isUpgrade(r):
		h.serveSocket(w, r)
		return
	}
	ctx, statements := meter.With(graphql.StartOperationTrace(r.Context()))
	ctx, release := executor.WithBuffer(ctx)
	defer release()

	a := h.answer(ctx, w, r)
	if h.timing {
		w.Header().Set("Server-Timing", fmt.Sprintf(`sql;desc="%d statements";dur=%.3f`,
			statements.Statements(), float64(statements.Time().Microseconds())/1000))
	}
	switch {
	case a.stream != nil:
		a.stream.serve(w, r)
	case a.format != nil:
		writeOnly(w, a)
	default:
		write(w, r, a.answer)
	}
}

// httpAnswer is the answer to a request by HTTP.
type httpAnswer struct {
	answer
	stream *httpStream  // a subscription that has begun; nil for other answers
	format streamFormat // of a single result for a client that accepts only streams; nil for other clients
}

// answer returns the answer to a request: of its operation, or of the phase that refuses the request. The snapshot
// begins before the caller is known, because authentication may write on behalf of the caller.
func (h *graphQL) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) httpAnswer {
	address := h.proxies.address(r)
	accepts, params, refused := h.receive(ctx, w, r, address)
	// The timeout begins here, because the time to send the body has a separate limit.
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	ctx, snapshot, malformed := h.snapshot(ctx, strings.Join(r.Header[positionHeader], ", "), "the header "+positionHeader)
	a := httpAnswer{}
	if refused = cmp.Or(refused, malformed); refused == nil {
		request := operationRequest{params: params, snapshot: snapshot}
		if request.after, refused = positionAfter(r, params); refused == nil {
			request.subscribe = func(ctx context.Context, op *graph.Operation, request operationRequest) (err error) {
				a.stream, err = h.stream(ctx, r, accepts, op, request)
				return err
			}
			ctx, request.caller = h.withCaller(ctx, r, address)
			a.answer, refused = h.operate(ctx, w.Header(), r, request)
		}
	}
	if a.stream != nil {
		setPosition(ctx, w.Header(), snapshot)
		return a
	}
	if refused != nil {
		a.answer = h.refuse(ctx, w.Header(), accepts.mediaType, refused)
	} else {
		a.mediaType, a.status = accepts.mediaType, statusOf(a.Response, accepts.mediaType)
	}
	if !accepts.single && (refused == nil || refused.isResult()) {
		a.format = accepts.stream
	}
	setPosition(ctx, w.Header(), snapshot)
	return a
}

// receive chooses the media type of the answer and reads the parameters of a request. If the server is overloaded, it
// refuses the request before it reads them.
func (h *graphQL) receive(
	ctx context.Context, w http.ResponseWriter, r *http.Request, address netip.Addr,
) (accepted, *parameters, *refusal) {
	accepts, refused := negotiate(r.Header["Accept"])
	if refused != nil {
		return accepts, nil, refused
	}
	if err := h.slots.check(ctx, address); err != nil {
		return accepts, nil, refusalOf(err)
	}
	params, refused := readParameters(w, r)
	if refused == errNoRoom {
		h.slots.hold(ctx) // a client that is refused at once retries at once
	}
	return accepts, params, refused
}

// operationRequest is a request for an operation, by HTTP or on a WebSocket.
type operationRequest struct {
	params   *parameters
	snapshot Snapshot
	caller   viewer.Viewer
	document requestDocument
	after    string // the position after which a subscription begins; empty for the current one
	// subscribe begins a subscription that was prepared.
	subscribe func(context.Context, *graph.Operation, operationRequest) error
}

// weight returns what a subscription counts as in the limits of subscriptions.
func (r operationRequest) weight() int {
	size := r.params.size
	if r.document.trusted != nil {
		size -= len(r.params.query)
	}
	return weightOfSubscription(size)
}

// operate finds the document of a request and executes it. It does not set the answer's media type and status.
func (h *graphQL) operate(ctx context.Context, header http.Header, r *http.Request, request operationRequest) (answer, *refusal) {
	var refused *refusal
	if request.document, refused = h.document(request.params, request.caller); refused != nil {
		return answer{}, refused
	}
	if request.document.trusted != nil {
		ctx = observe.WithTrusted(ctx)
	}
	return h.execute(ctx, header, r, request)
}

// document returns the document of a request. A caller whose token was rejected may only sign in or register.
func (h *graphQL) document(params *parameters, caller viewer.Viewer) (requestDocument, *refusal) {
	document, refused := h.persisted.find(params, caller)
	if caller.Refusal != nil && (refused != nil || !social.MayContainSignIn(document.text)) {
		return document, refusalOf(caller.Refusal)
	}
	return document, refused
}

// execute prepares an operation and runs it in a slot. Of a subscription only the begin takes the slot.
func (h *graphQL) execute(ctx context.Context, header http.Header, r *http.Request, request operationRequest) (answer, *refusal) {
	slot, err := h.slots.enter(ctx, request.caller.Address)
	if err != nil {
		return answer{}, refusalOf(err)
	}
	defer slot.Release()
	op, refused := h.prepare(ctx, header, r, request)
	if refused != nil {
		return answer{}, refused
	}
	if op.Type() == ast.Subscription {
		if err := request.subscribe(ctx, op, request); err != nil {
			return answer{}, asRefusal(err, op)
		}
		return answer{}, nil
	}
	isCacheable := r.Method != http.MethodPost && request.params.query == "" && !op.ReadsBudget() // unless it fails
	var known *revalidation
	if isCacheable {
		known = h.tags.revalidate(ctx, r, request)
	}
	if tag, ok := known.unchanged(r); ok {
		return answer{Response: h.server.Skip(ctx, op), cacheControl: h.keep(request.caller), unchanged: tag}, nil
	}
	share, err := h.admit(ctx, op, slot)
	if err != nil {
		return answer{}, refusalOf(err)
	}
	defer share.Release()
	a := answer{Response: h.server.Run(ctx, op), cacheControl: keepNot}
	if isCacheable && len(a.Errors) == 0 {
		a.cacheControl, a.tagged, a.revalidation = h.keep(request.caller), true, known
	}
	return a, nil
}

// prepare parses, validates and charges an operation, and reports its caller's budget in header.
func (h *graphQL) prepare(
	ctx context.Context, header http.Header, r *http.Request, request operationRequest,
) (*graph.Operation, *refusal) {
	op, errs := h.server.Prepare(ctx, &graphql.RawParams{
		Query:         request.document.text,
		OperationName: request.params.operationName,
		Variables:     request.params.variables,
		Extensions:    request.params.extensions,
		Headers:       r.Header,
	})
	setBudget(header, op.Charge())
	switch {
	case errs != nil && request.caller.Refusal != nil && !op.SignsInOnly():
		return nil, &refusal{err: request.caller.Refusal, operation: op}
	case errs != nil:
		return nil, &refusal{err: errs, operation: op}
	case r.Method == http.MethodHead && op.Type() == ast.Subscription:
		refused := badRequest(http.StatusMethodNotAllowed, "a subscription must be sent by GET or POST")
		refused.allow = "GET, POST"
		return nil, refused
	case r.Method != http.MethodPost && op.Type() == ast.Mutation:
		refused := badRequest(http.StatusMethodNotAllowed, "a %s must be sent by POST", op.Type())
		refused.allow = http.MethodPost
		return nil, refused
	}
	if request.document.save {
		h.persisted.Automatic.Save(request.document.text)
	}
	return op, nil
}

// admit waits for what an operation needs to run: a slot of its workload class, and memory.
func (h *graphQL) admit(ctx context.Context, op *graph.Operation, slot *slot) (*limit.Share, error) {
	start := time.Now()
	workload := op.Workload()
	err := slot.moveTo(ctx, workload)
	meter.From(ctx).Delay(time.Since(start)) // also if it is refused
	if err != nil {
		return nil, err
	}
	size, memory := op.Memory(), h.memory
	if workload == operation.WorkloadSignIn {
		memory = h.signInMemory // it waits for long, and would keep memory from other operations meanwhile
	} else if memory.IsLarge(size) {
		slot.Release() // large operations wait for each other, and must not block small ones meanwhile
	}
	share, err := memory.Take(ctx, slot.network, size)
	if err != nil {
		return nil, err
	}
	meter.From(ctx).SetHolder(share)
	return share, nil
}
