package executor_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/internal/executor/internal/zoo"
)

// The tests of this file pin the intended differences between the two executors. The package comment lists them.

// gqlgen calls field middleware for each value of each field.
func TestFieldMiddlewareRunsAroundResolversOnly(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"gqlgen":   append([]string{"keepers"}, slices.Concat(each("keepers[%d].id", 10), each("keepers[%d].level", 10))...),
		"compiled": {"keepers", "keepers[0].level"},
	}
	for name, exec := range newStubs(stub{keepers: keepers}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen callLog
			around(exec, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
				seen.note(field.Path().String())
				return next(ctx)
			})
			require.Empty(t, ask(t, exec, `{ keepers { id level } }`).Errors)
			require.ElementsMatch(t, want[name], seen.list)
		})
	}
}

// All parents of a batch resolver share one context. What middleware puts into it does not reach the fields below.
func TestBatchMiddlewareContextDoesNotReachFieldsBelow(t *testing.T) {
	t.Parallel()
	s := stub{keepers: keepers, boss: func(_ context.Context, of []*zoo.Keeper) ([]*zoo.Keeper, error) { return of, nil }}
	want := map[string]int{"gqlgen": 10, "compiled": 0}
	for name, exec := range newStubs(s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			around(exec, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
				if field.Field.Name == "boss" {
					ctx = zoo.WithWord(ctx, "hello")
				}
				return next(ctx)
			})
			got := ask(t, exec, `{ keepers { boss { view { context } } } }`)
			require.Empty(t, got.Errors)
			require.Equal(t, want[name], strings.Count(got.Data[0], "hello"))
		})
	}
}

// Root field middleware ends before the fields below are resolved, and does not see the value. The arguments are read
// before it runs.
func TestRootFieldMiddlewareRunsAroundResolverOnly(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"gqlgen":   {"resolve view.again", "after *graphql.FieldSet"},
		"compiled": {"after executor.placeholder", "resolve view.again"},
	}
	for name := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen callLog
			exec := newStubs(stub{view: viewOf, again: func(ctx context.Context, _ *zoo.View) (*zoo.View, error) {
				seen.note("resolve", graphql.GetPath(ctx).String())
				return viewOf(ctx)
			}})[name]
			exec.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
				value := next(ctx)
				seen.note("after", fmt.Sprintf("%T", value))
				return value
			})
			require.Empty(t, ask(t, exec, `{ view { again { field } } }`).Errors)
			require.Equal(t, want[name], seen.list)
		})
	}
	t.Run("arguments", func(t *testing.T) {
		t.Parallel()
		want := map[string][]string{"gqlgen": nil, "compiled": {"echo.token: a bad token"}}
		for name, exec := range newStubs(stub{}) {
			exec.AroundRootFields(func(context.Context, graphql.RootResolver) graphql.Marshaler { return graphql.Null })
			require.Equal(t, want[name], brief(t, ask(t, exec, `{ echo(token: "bad") }`).Errors), name)
		}
	})
}

// A batch resolver gets the parents of all lists of a level, without those that are nil.
func TestBatchContainsWholeLevel(t *testing.T) {
	t.Parallel()
	want := map[string][]int{"gqlgen": {3, 1, 1}, "compiled": {2, 2}}
	wantError := map[string]string{
		"gqlgen":   "staff[2].level: index 2: batch resolver Keeper.level returned 0 results for 3 parents",
		"compiled": "staff[2].level: index 2: batch resolver Keeper.level returned 0 results for 2 parents",
	}
	for name := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sizes []int
			var seen callLog
			exec := newStubs(stub{
				staff: func(context.Context) ([]*zoo.Keeper, error) { return []*zoo.Keeper{keeper(1), nil, keeper(2)}, nil },
				boss: func(_ context.Context, of []*zoo.Keeper) ([]*zoo.Keeper, error) {
					seen.mu.Lock()
					defer seen.mu.Unlock()
					sizes = append(sizes, len(of))
					return of, nil
				},
				level: func(context.Context, []*zoo.Keeper) ([]int, error) { return nil, nil },
			})[name]
			require.Empty(t, ask(t, exec, `{ staff { boss { boss { id } } } }`).Errors)
			require.Equal(t, want[name], sizes)
			require.Contains(t, brief(t, ask(t, exec, `{ staff { level } }`).Errors), wantError[name])
		})
	}
}

// In gqlgen the first parent gets the panic, and the others get a different error.
func TestBatchPanicIsErrorOfEachParent(t *testing.T) {
	t.Parallel()
	want := map[string]int{"gqlgen": 1, "compiled": 10}
	for name, exec := range newStubs(stub{
		keepers: keepers,
		boss:    func(context.Context, []*zoo.Keeper) ([]*zoo.Keeper, error) { panic("a batch") },
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := brief(t, ask(t, exec, `{ keepers { boss { id } } }`).Errors)
			require.Len(t, got, 10)
			require.Equal(t, want[name], strings.Count(strings.Join(got, "\n"), "recovered: a batch"))
		})
	}
}

// A batch resolver under a directive is called for one parent at a time.
func TestDirectiveSplitsBatch(t *testing.T) {
	t.Parallel()
	want := map[string]int{"gqlgen": 1, "compiled": 10}
	for name := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen callLog
			exec := newStubs(stub{keepers: keepers, checked: func(_ context.Context, of []*zoo.Keeper) ([]int, error) {
				seen.note("called")
				if of[0].ID == 3 {
					return []int{0}, errors.New("boom")
				}
				return make([]int, len(of)), nil
			}})[name]
			got := ask(t, exec, `{ keepers { id checked } }`)
			require.Len(t, seen.list, want[name])
			if name == "compiled" {
				require.Equal(t, []string{"keepers[3].checked: boom"}, brief(t, got.Errors))
			}
		})
	}
}

// gqlgen writes only the selections of the first interface.
func TestUnrelatedInterfacesMerge(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"gqlgen":   `{"beings":[{"home":{"name":"here"}}]}`,
		"compiled": `{"beings":[{"home":{"name":"here","__typename":"Place"}}]}`,
	}
	for name, exec := range newStubs(stub{beings: func(context.Context) ([]zoo.Being, error) {
		return []zoo.Being{&zoo.Dog{Common: zoo.Common{Home: &zoo.Place{Name: "here"}}}}, nil
	}}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, exec, `{ beings { home { name } ... on Housed { home { __typename } } } }`)
			require.Equal(t, []string{want[name]}, got.Data)
		})
	}
}

// gqlgen writes scalars that implement graphql.Marshaler at the end, and only those whose parents have not become null.
func TestScalarsAreWrittenImmediately(t *testing.T) {
	t.Parallel()
	const noBroken = "values.broken: cannot return null for non-null field Values.broken (String!): the model struct field was nil and the field has no resolver"
	want := map[string][]string{
		"gqlgen":   {noBroken},
		"compiled": {"values.score: a score of 13 at values.score", noBroken},
	}
	var broken any = func() {}
	exec := newStubs(stub{values: func(context.Context) (*zoo.Values, error) {
		return &zoo.Values{Score: zoo.Score{Points: 13}, Any: &broken}, nil
	}})
	for name := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, exec[name], `{ values { score broken } }`)
			require.Equal(t, []string{`{"values":null}`}, got.Data)
			require.Equal(t, want[name], brief(t, got.Errors))
		})
	}
	t.Run("panics", func(t *testing.T) {
		t.Parallel()
		const query = `{ values { any text } }`
		got := ask(t, exec["compiled"], query)
		require.Equal(t, []string{`{"values":{"any":null,"text":""}}`}, got.Data)
		require.Equal(t, []string{"values.any: recovered: json: unsupported type: func()"}, brief(t, got.Errors))
		require.Panics(t, func() { ask(t, exec["gqlgen"], query) })
	})
}

// Errors are ordered by level, and within a level by position in the answer. In gqlgen their order depends on goroutine
// scheduling.
func TestErrorsAreOrderedByLevel(t *testing.T) {
	t.Parallel()
	fail := func(ctx context.Context, _ *zoo.View) (*zoo.View, error) {
		if strings.HasSuffix(graphql.GetPath(ctx).String(), "deeper") {
			return nil, errors.New("too deep")
		}
		return &zoo.View{}, nil
	}
	exec := newStubs(stub{views: manyViews, keepers: keepers, again: fail, boss: func(context.Context, []*zoo.Keeper) ([]*zoo.Keeper, error) {
		return nil, errors.New("no boss")
	}})["compiled"]
	var want []string
	want = append(want, each("keepers[%d].boss: no boss", 10)...)
	want = append(want, each("views[%d].again.deeper: too deep", 5000)...)
	got := ask(t, exec, `{ views { again { deeper: again { word } } } keepers { boss { id } } }`)
	require.Equal(t, want, brief(t, got.Errors))
}
