package graph

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"followgraph/graph/operation"
	"followgraph/internal/limit"
	"followgraph/internal/live"
	"followgraph/internal/resident"
	"followgraph/internal/viewer"
)

const (
	// defaultEventTimeout is the default of Options.EventTimeout.
	defaultEventTimeout = 10 * time.Second
	// These limit the responses to events that are kept for the streams that have not had them yet. Beyond the limits the
	// oldest of a group, or the least recently used of all, is executed again for a stream that still needs it.
	maxKeptBytes  = 32 << 20
	maxKept       = 10_000
	maxKeptEvents = 8 // of a group
)

// subscriptions are the subscriptions of a server. Streams that ask the same belong to a group. The group executes each
// event once, and all its streams get the same bytes.
type subscriptions struct {
	executor    *operation.Executor
	hub         *live.Hub
	at          func(context.Context, *resident.Version) context.Context
	budgets     *limit.Budgets // nil: no limit
	memory      *limit.Memory  // nil: no limit
	maxResponse int
	timeout     time.Duration
	running     chan struct{} // has an element for each event that is being executed

	mu     sync.Mutex
	groups map[groupKey]*group
	kept   *simplelru.LRU[*execution, struct{}] // each also is in its group
	bytes  int                                  // of the kept responses
}

// newSubscriptions returns no subscriptions. At most one event for each processor is executed at a time, so that queries
// always have a processor's time too.
func newSubscriptions(exec *operation.Executor, opts Options, maxResponse int) *subscriptions {
	s := &subscriptions{
		executor: exec, hub: opts.Live.Hub, at: opts.Live.At, budgets: opts.Budgets, memory: opts.Memory, maxResponse: maxResponse,
		timeout: cmp.Or(opts.EventTimeout, defaultEventTimeout),
		running: make(chan struct{}, runtime.GOMAXPROCS(0)),
		groups:  map[groupKey]*group{},
	}
	s.kept, _ = simplelru.NewLRU(maxKept, func(e *execution, _ struct{}) { // NewLRU fails only for sizes below 1
		s.bytes -= e.bytes
		e.group.kept = slices.DeleteFunc(e.group.kept, func(other *execution) bool { return other == e })
	})
	return s
}

// groupKey identifies what streams ask: the document, the operation and the variables, and who asks if the response
// depends on it.
type groupKey struct {
	hash     [sha256.Size]byte
	viewer   string // a Cognito id
	operator bool
	account  bool
}

// group is the streams that ask the same.
type group struct {
	of     *subscriptions
	key    groupKey
	topic  live.Topic
	op     *graphql.OperationContext // of the first stream, without its document
	viewer viewer.Viewer             // the caller of executions: anonymous if the response does not depend on it
	cost   operation.EventCost

	// subscriptions.mu guards these.
	members int
	kept    []*execution // oldest first
}

// join returns the group of a stream. leave leaves it.
func (s *subscriptions) join(ctx context.Context, op *graphql.OperationContext, topic live.Topic) *group {
	key := groupKey{hash: hashOf(op)}
	caller := viewer.Viewer{}
	if operation.DependsOnViewer(op) {
		caller = viewer.From(ctx)
		key.viewer, key.operator, key.account = caller.CognitoID, caller.Operator, caller.Registered
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[key]
	if g == nil {
		g = &group{of: s, key: key, topic: topic, op: withoutDocument(op), viewer: caller, cost: operation.EventCostOf(op)}
		s.groups[key] = g
	}
	g.members++
	return g
}

func (g *group) leave() {
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	if g.members--; g.members > 0 {
		return
	}
	delete(g.of.groups, g.key)
	for len(g.kept) > 0 {
		g.of.kept.Remove(g.kept[0])
	}
}

// hashOf returns a hash of the document, the operation's name and the variables.
func hashOf(op *graphql.OperationContext) (sum [sha256.Size]byte) {
	variables, _ := json.Marshal(op.Variables) // they came from JSON
	hash := sha256.New()
	for _, part := range []string{op.RawQuery, op.OperationName, string(variables)} {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		_, _ = hash.Write(length[:]) // it never fails
		_, _ = hash.Write([]byte(part))
	}
	return [sha256.Size]byte(hash.Sum(nil))
}

// withoutDocument returns a prepared operation without what only its request needs, and without its document and plan.
// These can be 100 times as long as the text, and many groups may have different ones. So each event takes them from the
// cache of documents, which is bounded, or parses the text again.
func withoutDocument(op *graphql.OperationContext) *graphql.OperationContext {
	text := op.RawQuery
	if position := op.Operation.Position; position != nil && position.Src != nil && position.Src.Input == text {
		text = position.Src.Input // of the cached document: groups with the same text share it
	}
	return &graphql.OperationContext{
		RawQuery: text, Variables: op.Variables, OperationName: op.OperationName,
		DisableIntrospection: op.DisableIntrospection, RecoverFunc: op.RecoverFunc,
		ResolverMiddleware: op.ResolverMiddleware, RootResolverMiddleware: op.RootResolverMiddleware,
	}
}

// operation returns the operation for one event.
func (g *group) operation(ctx context.Context) (*graphql.OperationContext, error) {
	begin := graphql.Now()
	parsed, op, errs := g.of.executor.Document(ctx, g.op.RawQuery, g.op.OperationName)
	if errs != nil {
		return nil, errs
	}
	return &graphql.OperationContext{
		RawQuery: g.op.RawQuery, Variables: g.op.Variables, OperationName: g.op.OperationName, Doc: parsed, Operation: op,
		DisableIntrospection: g.op.DisableIntrospection, RecoverFunc: g.op.RecoverFunc,
		ResolverMiddleware: g.op.ResolverMiddleware, RootResolverMiddleware: g.op.RootResolverMiddleware,
		Stats: graphql.Stats{OperationStart: begin, Parsing: graphql.TraceTiming{Start: begin, End: graphql.Now()}},
	}, nil
}

// costOf returns the cost of an event.
func (g *group) costOf(event *live.Event) operation.Cost {
	switch g.topic.Kind {
	case live.Stats, live.Relations:
		return g.cost.Of(len(event.Users), len(g.topic.Users))
	default:
		return g.cost.Of(len(event.Changes), live.MaxCommitChanges)
	}
}
