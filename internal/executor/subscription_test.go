package executor_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/executor"
	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// listen runs a subscription and returns its events up to the end. The paths of errors are left out: they differ by the
// name of the field.
func listen(t *testing.T, ctx context.Context, exec *gqlgen.Executor, text string, variables map[string]any) []differential.Answer { //nolint:revive // t comes first
	t.Helper()
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: text, Variables: variables})
	require.Empty(t, errs, text)
	responses, ctx := exec.DispatchOperation(ctx, op)
	var events []differential.Answer
	for response := responses(ctx); response != nil; response = responses(ctx) {
		event := differential.Answer{Data: []string{string(response.Data)}}
		for _, err := range response.Errors {
			event.Errors = append(event.Errors, differential.Canonical(map[string]any{"message": err.Message, "locations": err.Locations}))
		}
		events = append(events, event)
	}
	return events
}

// newListeners returns both executors, with error presenters that leave out what a presenter sees of the path.
func newListeners() (theirs, ours *gqlgen.Executor) {
	theirs, ours = newZoo()
	for _, exec := range []*gqlgen.Executor{theirs, ours} {
		exec.SetErrorPresenter(graphql.DefaultErrorPresenter)
	}
	return theirs, ours
}

// subscriptions are documents whose events are equal in both executors. Their nullable fields stop nulls before the
// data.
var subscriptions = map[string]map[string]any{
	`subscription { keeper(id: "1") { id name salary } }`:                                                         nil,
	`subscription { asked: keeper(id: "1") { boss { name boss { level } } reports { id animals { id legs } } } }`: nil,
	`subscription Named($id: ID!, $all: Boolean!) { keeper(id: $id) { name @include(if: $all) place { name } } }`: {"id": "x", "all": true},
	`subscription ($all: Boolean!, $not: Boolean = true) { ...A @include(if: $all) keeper(id: 2) { id } }
		fragment A on Subscription { keeper(id: 2) { title @skip(if: $not) level kept { id } } }`: {"all": true},
	`subscription ($all: Boolean!) { ...A @include(if: $all) keeper(id: 2) { id } }
		fragment A on Subscription { keeper(id: 2) { title } }`: {"all": false},
	`subscription { ... on Subscription { keeper(id: 3, filter: {limit: 3}) { bag { label } favourite { id ... on Dog { tricks } } mentor { id } } } }`: nil,
	`subscription ($times: Int) { words(times: $times) }`:     {"times": 4},
	`subscription ($times: Int = 2) { words(times: $times) }`: nil,
	`subscription { words(times: 0) }`:                        nil,
	`subscription { passed { name spot { x } } }`:             nil, // gqlgen runs it
	`subscription { keeper(id: 1) @noted { name } }`:          nil, // gqlgen runs it
	`subscription { keeper(id: 1) { name @shout level } }`:    nil,
}

// TestSubscriptionsAgree compares the events of both executors, with errors, nulls and panics in all positions.
func TestSubscriptionsAgree(t *testing.T) {
	t.Parallel()
	for text, variables := range subscriptions {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			theirs, ours := newListeners()
			r := rand.New(rand.NewPCG(17, 17))
			for i := range 60 {
				ctx := t.Context()
				if i > 0 {
					ctx = zoo.WithFaults(ctx, randomFaults(r))
				}
				want, got := listen(t, ctx, theirs, text, variables), listen(t, ctx, ours, text, variables)
				require.Len(t, got, len(want), text)
				for n := range want {
					require.Empty(t, differential.Differ(want[n], got[n]), "%s: event %d", text, n)
				}
			}
		})
	}
}

// TestSubscriptionEqualsQuery compares the events with queries for the same objects.
func TestSubscriptionEqualsQuery(t *testing.T) {
	t.Parallel()
	_, ours := newListeners()
	events := listen(t, t.Context(), ours, `subscription { beings { id ... on Dog { owner { name boss { id } } } ... on Cat { weight } } }`, nil)
	require.Len(t, events, 2)
	require.NotEqual(t, events[0], events[1])
	for _, event := range events {
		require.Empty(t, event.Errors)
		require.True(t, strings.HasPrefix(event.Data[0], `{"beings":[{"id":`), event.Data[0])
	}
}

func TestSubscriptionsRunCompiled(t *testing.T) {
	t.Parallel()
	schema := zoo.NewCompiledSchema(zoo.NewConfig(), executor.NewDocuments())
	exec := gqlgen.New(schema)
	for text, compiles := range map[string]bool{
		`subscription { keepers { name } }`:                             true,
		`subscription { keepers { name kept { id } } }`:                 true,
		`subscription { passed { name } }`:                              false,
		`subscription { keepers @noted { name } }`:                      false,
		`subscription { ... on Subscription { words } }`:                true,
		`subscription ($a: Boolean!) { words @skip(if: $a) }`:           true,
		`subscription ($a: Boolean!) { passed @skip(if: $a) { name } }`: false,
	} {
		op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: text, Variables: map[string]any{"a": true}})
		require.Empty(t, errs)
		require.NoError(t, executor.Prepare(schema, op))
		require.Equal(t, compiles, executor.HasPlan(op), text)
	}
}

// The path of an error contains the field of the subscription, and a null in it reaches the data.
func TestSubscriptionPathsAndNulls(t *testing.T) {
	t.Parallel()
	wantPath := map[string]string{"gqlgen": "boss", "compiled": "one.boss"}
	wantData := map[string]string{"gqlgen": `{"one":null}`, "compiled": `null`}
	for name, exec := range newStubs(stub{
		boss:  func(context.Context, []*zoo.Keeper) ([]*zoo.Keeper, error) { return nil, errors.New("no boss") },
		level: func(context.Context, []*zoo.Keeper) ([]int, error) { return nil, errors.New("no level") },
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := func(text string) *graphql.Response {
				ctx := graphql.StartOperationTrace(t.Context())
				op, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: text})
				require.Empty(t, errs)
				responses, ctx := exec.DispatchOperation(ctx, op)
				return responses(ctx)
			}
			response := next(`subscription { one: keepers { boss { id } } }`)
			require.Equal(t, `{"one":{"boss":null}}`, string(response.Data))
			require.Equal(t, wantPath[name], response.Errors[0].Path.String())
			require.Equal(t, wantData[name], string(next(`subscription { one: keepers { level } }`).Data))
		})
	}
}

// TestSubscriptionWithoutOneField refuses a subscription whose fields are all skipped, or which has several because the
// document was not validated.
func TestSubscriptionWithoutOneField(t *testing.T) {
	t.Parallel()
	theirs, ours := newListeners()
	for _, exec := range []*gqlgen.Executor{theirs, ours} {
		events := listen(t, t.Context(), exec, `subscription ($a: Boolean!) { words @skip(if: $a) }`, map[string]any{"a": true})
		require.Len(t, events, 1)
		require.Contains(t, events[0].Errors[0], "must subscribe to exactly one stream")
	}
}

// TestSubscriptionMiddleware checks that operation middleware runs once, response middleware once for each event and
// field middleware once around the resolver, whose error, null or other value ends the subscription.
func TestSubscriptionMiddleware(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		result any
		err    error
		want   string // the error; empty for the events of the resolver
	}{
		"nothing":       {},
		"error":         {err: errors.New("refused"), want: "refused"},
		"null":          {result: nil, want: "must not be null"},
		"another value": {result: struct{}{}, want: "unexpected type struct {} from middleware/directive chain, should be <-chan *zoo.Keeper"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, ours := newListeners()
			var seen callLog
			ours.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
				seen.note("operation")
				return next(ctx)
			})
			ours.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
				response := next(ctx)
				if response != nil {
					seen.note("response")
				}
				return response
			})
			ours.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
				seen.note("root field")
				return next(ctx)
			})
			around(ours, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
				if field.Object != "Subscription" {
					return next(ctx)
				}
				seen.note(field.Object, field.Path().String())
				if what == "nothing" {
					return next(ctx)
				}
				return test.result, test.err
			})
			events := listen(t, t.Context(), ours, `subscription { many: keepers { name boss { name } } }`, nil)
			if test.want == "" {
				require.Equal(t, []string{"operation", "Subscription many", "response", "response"}, seen.list)
				require.Len(t, events, 2)
				return
			}
			require.Equal(t, []string{"operation", "Subscription many"}, seen.list)
			require.Len(t, events, 1)
			require.Len(t, events[0].Errors, 1)
			if what != "null" {
				require.Contains(t, events[0].Errors[0], test.want)
			}
		})
	}
}

// TestSubscriptionEndsWithContext checks that a subscription without events ends with its context.
func TestSubscriptionEndsWithContext(t *testing.T) {
	t.Parallel()
	values := make(chan int)
	receive, err := executor.Stream[int]((<-chan int)(values))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, ok := receive(ctx)
	require.False(t, ok)
	close(values)
	_, ok = receive(t.Context())
	require.False(t, ok)
	_, err = executor.Stream[int](gqlerror.List{})
	require.ErrorContains(t, err, "unexpected type gqlerror.List")
}
