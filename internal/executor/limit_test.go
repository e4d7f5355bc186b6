package executor_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/executor"
	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// TestLimit runs queries with limits around the size of their answers.
func TestLimit(t *testing.T) {
	t.Parallel()
	for what, query := range map[string]string{
		"a list": `{ views { __typename } }`,
		"levels": `{ views { again { again { __typename } } } }`,
		"calls":  `{ view { again { again { __typename } a: again { __typename } } } }`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			exec := newStubs(stub{
				views: func(context.Context) ([]zoo.View, error) { return make([]zoo.View, 100), nil },
				view:  func(context.Context) (*zoo.View, error) { return &zoo.View{}, nil },
				again: func(_ context.Context, view *zoo.View) (*zoo.View, error) {
					calls.Add(1)
					return view, nil
				},
			})["compiled"]
			ask := func(bytes int) (data string, exceeded bool) {
				ctx, limit := executor.WithLimit(t.Context(), bytes)
				require.Equal(t, limit, executor.LimitOf(ctx))
				answer, err := differential.Ask(ctx, exec, differential.Operation{Text: query})
				require.NoError(t, err)
				require.Empty(t, answer.Errors)
				return answer.Data[0], limit.Exceeded()
			}
			whole, exceeded := ask(1 << 20)
			require.False(t, exceeded)
			require.NotEqual(t, "null", whole)
			all := calls.Swap(0)

			data, exceeded := ask(len(whole))
			require.False(t, exceeded)
			require.Equal(t, whole, data)
			require.Equal(t, all, calls.Swap(0))

			for _, bytes := range []int{len(whole) - 1, len(whole) / 2, 1} {
				data, exceeded = ask(bytes)
				require.True(t, exceeded, "%d of %d bytes", bytes, len(whole))
				require.Equal(t, "null", data)
				require.LessOrEqual(t, calls.Swap(0), all)
			}
			ask(1)
			require.Zero(t, calls.Load(), "nothing is called for an answer that is full")
		})
	}
}

func TestUseCountsBytesOfOthers(t *testing.T) {
	t.Parallel()
	ctx, limit := executor.WithLimit(t.Context(), 10)
	require.True(t, executor.LimitOf(ctx).Use(10))
	require.False(t, limit.Exceeded())
	require.False(t, limit.Use(1))
	require.True(t, limit.Exceeded())
	none := executor.LimitOf(t.Context())
	require.True(t, none.Use(1<<30), "without a limit")
	require.False(t, none.Exceeded())
}
