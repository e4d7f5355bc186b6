package executor_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/internal/executor"
	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// manyViews is a root field whose list is longer than the number of resolvers that may run concurrently.
func manyViews(context.Context) ([]zoo.View, error) { return make([]zoo.View, 5000), nil }

// maxConcurrent is the number of resolvers of one operation that run concurrently.
const maxConcurrent = 2048

// TestConcurrentResolversAreLimited blocks resolvers until the limit is reached.
func TestConcurrentResolversAreLimited(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	exec := newStubs(stub{views: manyViews, again: func(context.Context, *zoo.View) (*zoo.View, error) {
		now := running.Add(1)
		defer running.Add(-1)
		previous := most.Load()
		for now > previous && !most.CompareAndSwap(previous, now) {
			previous = most.Load()
		}
		if now == maxConcurrent {
			once.Do(func() { close(full) })
		}
		<-full
		return &zoo.View{Field: "there"}, nil
	}})["compiled"]
	got := ask(t, exec, `{ views { again { field } } }`)
	require.Len(t, got.Errors, 0)
	require.Equal(t, 5000, strings.Count(got.Data[0], "there"))
	require.EqualValues(t, maxConcurrent, most.Load())
}

// TestBatchTakesOneCall resolves a field of all elements of a long list.
func TestBatchTakesOneCall(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	exec := newStubs(stub{views: manyViews, shared: func(_ context.Context, of []*zoo.View) ([]*zoo.View, error) {
		calls.Add(1)
		return of, nil
	}})["compiled"]
	got := ask(t, exec, `{ views { shared { shared { __typename } } } }`)
	require.Empty(t, got.Errors)
	require.Equal(t, 5000, strings.Count(got.Data[0], "View"))
	require.EqualValues(t, 2, calls.Load(), "one per level")
}

// TestNoResolverStartsAfterContextEnds cancels an operation while resolvers run. The answer has one error.
func TestNoResolverStartsAfterContextEnds(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		query   string
		started int64 // calls of `again`
		wait    int64 // number of calls that start before the context ends
		ignores bool  // whether a resolver ignores the end and returns a value
		errors  []string
	}{
		"a resolver returns the context's error": {`{ view { again { word } } }`, 0, 1, false, []string{"view: context canceled"}},
		"a resolver returns a value":             {`{ view { again { word } } }`, 0, 1, true, []string{": context canceled"}},
		"nothing was left to start":              {`{ view { word } }`, 0, 1, true, nil},
		"a level that has partly begun":          {`{ views { again { word } } }`, maxConcurrent, maxConcurrent, true, []string{": context canceled"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx, end := context.WithCancel(t.Context())
			var waiting, started atomic.Int64
			wait := func(ctx context.Context) error {
				if waiting.Add(1) == test.wait {
					end()
				}
				<-ctx.Done()
				if test.ignores {
					return nil
				}
				return ctx.Err()
			}
			exec := newStubs(stub{
				views: manyViews,
				view:  func(ctx context.Context) (*zoo.View, error) { return &zoo.View{}, wait(ctx) },
				again: func(ctx context.Context, view *zoo.View) (*zoo.View, error) {
					started.Add(1)
					return view, wait(ctx)
				},
			})["compiled"]
			got, err := differential.Ask(ctx, exec, differential.Operation{Text: test.query})
			require.NoError(t, err)
			require.Equal(t, test.started, started.Load())
			require.Equal(t, test.errors, brief(t, got.Errors))
			if test.errors != nil {
				require.Equal(t, []string{"null"}, got.Data)
			}
		})
	}
}

// TestExponentialDocuments sends documents of a few lines that expand to billions of fields. They are refused, whether
// they were prepared or not.
func TestExponentialDocuments(t *testing.T) {
	t.Parallel()
	chain := func(on, link, end string) string {
		var document strings.Builder
		for i := range 60 {
			fmt.Fprintf(&document, "fragment F%d on %s { %s }\n", i, on, strings.ReplaceAll(link, "NEXT", fmt.Sprintf("...F%d", i+1)))
		}
		fmt.Fprintf(&document, "fragment F60 on %s { %s }", on, end)
		return document.String()
	}
	for what, document := range map[string]string{
		"fields": `query ($no: Boolean = false) { view @include(if: $no) { ...F0 } }` +
			chain("View", "a: again { NEXT } b: again { NEXT }", "word"),
		"conditions": `query ($a: Boolean = true, $b: Boolean = true) { view { ...F0 } }` +
			chain("View", "NEXT @include(if: $a) NEXT @include(if: $b)", "__typename"),
		"conditions that lead to nothing": `query ($a: Boolean = true, $b: Boolean = true) { beings(first: 0) { ...F0 } }` +
			chain("Being", "NEXT @include(if: $a) NEXT @include(if: $b)", "... on Dog { weight }"),
		"types": `query ($no: Boolean = false) { beings @include(if: $no) { ...F0 } }` +
			chain("Being", "kin { NEXT }", "__typename"),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, ours := newZoo()
			got := ask(t, ours, document)
			require.Equal(t, []string{": " + executor.ErrTooLong.Error()}, brief(t, got.Errors))
			op, errs := ours.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: document})
			require.Empty(t, errs)
			require.ErrorIs(t, executor.Prepare(zoo.NewCompiledSchema(zoo.NewConfig(), executor.NewDocuments()), op), executor.ErrTooLong)
		})
	}
}

// TestBuffersAreNotShared checks that operations with the same context use their buffer in turn, and that concurrent
// ones have different buffers.
func TestBuffersAreNotShared(t *testing.T) {
	t.Parallel()
	_, ours := newZoo()
	run := func(ctx context.Context, query string) []byte {
		operation, errs := ours.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: query})
		require.Empty(t, errs)
		responses, ctx := ours.DispatchOperation(ctx, operation)
		return responses(ctx).Data
	}
	t.Run("one after the other", func(t *testing.T) {
		t.Parallel()
		ctx, release := executor.WithBuffer(t.Context())
		defer release()
		first := run(ctx, `{ first: __typename }`)
		require.Equal(t, `{"first":"Query"}`, string(first))
		require.Equal(t, `{"again":"Query"}`, string(run(ctx, `{ again: __typename }`)))
		require.Equal(t, `{"again":"Query"}`, string(first), "the first answer is overwritten")
	})
	t.Run("without one", func(t *testing.T) {
		t.Parallel()
		first := run(t.Context(), `{ first: __typename }`)
		run(t.Context(), `{ again: __typename }`)
		require.Equal(t, `{"first":"Query"}`, string(first))
	})
	t.Run("side by side", func(t *testing.T) {
		t.Parallel()
		var asking sync.WaitGroup
		for asker := range 16 {
			asking.Go(func() {
				for i := range 100 {
					ctx, release := executor.WithBuffer(t.Context())
					alias := fmt.Sprintf("a%d_%d", asker, i)
					query := fmt.Sprintf(`{ %s: __typename list: keepers(first: %d) { %s: id } }`, alias, 1+i%20, alias)
					got := string(run(ctx, query))
					if strings.Count(got, alias) != strings.Count(got, "{") || strings.Count(got, "{") != 2+i%20 {
						t.Errorf("%s\n%s", query, got)
					}
					release()
				}
			})
		}
		asking.Wait()
	})
}
