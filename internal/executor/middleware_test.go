package executor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"

	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// callLog records calls in their order.
type callLog struct {
	mu   sync.Mutex
	list []string
}

func (c *callLog) note(call ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, strings.Join(call, " "))
}

func viewOf(ctx context.Context) (*zoo.View, error) {
	return &zoo.View{Field: graphql.GetPath(ctx).String(), Word: word(ctx)}, nil
}

type wordKey string

// word returns the text that the test's middleware put into the context.
func word(ctx context.Context) *string {
	if value, ok := ctx.Value(wordKey("word")).(string); ok {
		return &value
	}
	return nil
}

// nestedViews is a stub with views in views.
var nestedViews = stub{view: viewOf, again: func(ctx context.Context, _ *zoo.View) (*zoo.View, error) { return viewOf(ctx) }}

// TestMiddlewareOrder registers middleware of every kind. It runs from the outside to the inside, in the order of
// registration.
func TestMiddlewareOrder(t *testing.T) {
	t.Parallel()
	for name, exec := range newStubs(nestedViews) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen callLog
			for _, which := range []string{"first", "second"} {
				exec.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
					seen.note(which, "operation")
					return next(ctx)
				})
				exec.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
					seen.note(which, "response")
					return next(ctx)
				})
				exec.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
					seen.note(which, "root field", graphql.GetRootFieldContext(ctx).Field.Alias, graphql.GetPath(ctx).String())
					return next(ctx)
				})
				around(exec, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
					if field.IsResolver {
						seen.note(which, "field", field.Path().String())
					}
					return next(ctx)
				})
			}
			require.Empty(t, ask(t, exec, `{ here: view { again { field } } }`).Errors)
			require.Equal(t, []string{
				"first operation", "second operation", "first response", "second response",
				"first root field here ", "second root field here ", "first field here", "second field here",
				"first field here.again", "second field here.again",
			}, seen.list)
		})
	}
}

// TestMiddleware replaces the results of resolvers by values and errors.
func TestMiddleware(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		middleware func(ctx context.Context, next graphql.Resolver) (any, error)
		data       string
		errors     []string
	}{
		"passes": {
			func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
			`{"view":{"field":"view","again":{"word":null}}}`, nil,
		},
		"changes the context": {
			func(ctx context.Context, next graphql.Resolver) (any, error) {
				return next(context.WithValue(ctx, wordKey("word"), "hello"))
			},
			`{"view":{"field":"view","again":{"word":"hello"}}}`, nil,
		},
		"another value": {
			func(context.Context, graphql.Resolver) (any, error) { return &zoo.View{Field: "another"}, nil },
			`{"view":{"field":"another","again":{"word":null}}}`, nil,
		},
		"a marshaler": {
			func(context.Context, graphql.Resolver) (any, error) { return graphql.MarshalInt(7), nil },
			`{"view":7}`, nil,
		},
		"null": {
			func(context.Context, graphql.Resolver) (any, error) { return graphql.Null, nil }, `null`, nil,
		},
		"a wrong type": {
			func(context.Context, graphql.Resolver) (any, error) { return 7, nil }, `null`,
			[]string{"view: unexpected type int from middleware/directive chain, should be *zoo.View"},
		},
		"an error": {
			func(context.Context, graphql.Resolver) (any, error) { return nil, errors.New("stop") }, `null`, []string{"view: stop"},
		},
		"a panic": {
			func(context.Context, graphql.Resolver) (any, error) { panic("stop") }, `null`, []string{"view: recovered: stop"},
		},
		"nothing": {
			func(context.Context, graphql.Resolver) (any, error) { return nil, nil }, `null`,
			[]string{"view: cannot return null for non-null field Query.view (View!): the resolver returned nil"},
		},
	} {
		for name, exec := range newStubs(nestedViews) {
			around(exec, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
				if field.Object == "Query" {
					return test.middleware(ctx, next)
				}
				return next(ctx)
			})
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				got := ask(t, exec, `{ view { field again { word } } }`)
				require.Equal(t, []string{test.data}, got.Data)
				require.Equal(t, test.errors, brief(t, got.Errors))
			})
		}
	}
}

// TestMarkNonNull marks a nullable field as non-null: only an error and nil propagate further.
func TestMarkNonNull(t *testing.T) {
	t.Parallel()
	broken := keeper(1)
	broken.Name = nil
	for what, test := range map[string]struct {
		value  any
		err    error
		data   string
		errors []string
	}{
		"a value":                    {keeper(1), nil, `{"keeper":{"name":"Ada"},"__typename":"Query"}`, nil},
		"an error":                   {nil, errors.New("stop"), `null`, []string{"keeper: stop"}},
		"nil":                        {nil, nil, `null`, []string{"keeper: cannot return null for non-null field Query.keeper (Keeper): the field was marked non-null at runtime and resolved to nil"}},
		"a typed nil":                {(*zoo.Keeper)(nil), nil, `{"keeper":null,"__typename":"Query"}`, nil},
		"null propagates from below": {broken, nil, `{"keeper":null,"__typename":"Query"}`, []string{"keeper.name: cannot return null for non-null field Keeper.name (String!): the model struct field was nil and the field has no resolver"}},
	} {
		for name, exec := range newStubs(stub{}) {
			around(exec, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
				if field.Field.Name != "keeper" {
					return next(ctx)
				}
				graphql.MarkNonNull(ctx)
				return test.value, test.err
			})
			for _, directive := range []string{"", "@noted"} { // which makes gqlgen's own code run it
				t.Run(name+"/"+what+directive, func(t *testing.T) {
					t.Parallel()
					got := ask(t, exec, `{ keeper(id: 1) `+directive+` { name } __typename }`)
					require.Equal(t, []string{test.data}, got.Data)
					require.Equal(t, test.errors, brief(t, got.Errors))
				})
			}
		}
	}
}

// TestRootFieldMiddleware replaces the values of root fields, and sets their context.
func TestRootFieldMiddleware(t *testing.T) {
	t.Parallel()
	for name, exec := range newStubs(nestedViews) {
		exec.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
			switch graphql.GetRootFieldContext(ctx).Field.Alias {
			case "instead":
				return graphql.MarshalString("of it")
			case "nothing":
				return graphql.Null
			case "refused":
				require.Equal(t, graphql.Null, next(ctx))
				return graphql.MarshalString("refused")
			}
			return next(context.WithValue(ctx, wordKey("word"), "root"))
		})
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, exec, `{ instead: view { word } view { again { word } } refused: echo(token: "bad") }`)
			require.Equal(t, []string{`{"instead":"of it","view":{"again":{"word":"root"}},"refused":"refused"}`}, got.Data)
			require.Equal(t, []string{"refused.token: a bad token"}, brief(t, got.Errors))
			require.Equal(t, []string{`null`}, ask(t, exec, `{ nothing: view { word } view { word } }`).Data)
			require.Equal(t, []string{`{"nothing":null,"__typename":"Query"}`}, ask(t, exec, `{ nothing: staff { id } __typename }`).Data)
		})
	}
}

// TestExtensions adds to the response's extensions in a resolver.
func TestExtensions(t *testing.T) {
	t.Parallel()
	for name, exec := range newStubs(stub{view: func(ctx context.Context) (*zoo.View, error) {
		graphql.RegisterExtension(ctx, "cost", 7)
		return viewOf(ctx)
	}}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, []string{`{"view":{"field":"view"}}{"cost":7}`}, ask(t, exec, `{ view { field } }`).Data)
		})
	}
}

// TestDirectives runs the directives of the zoo.
func TestDirectives(t *testing.T) {
	t.Parallel()
	for name, exec := range both(newZoo()) {
		for query, want := range map[string]string{
			`{ remembered { context } }`:                                   `{"remembered":{"context":" remembered.remembered:remembered remembered root"}}`,
			`{ view @shout(times: 2) { again { context } } }`:              `{"view":{"again":{"context":" view.view:view view.again shout shout"}}}`,
			`{ view { again @shout { context } more { context } } }`:       `{"view":{"again":{"context":" view.view:view view.again shout"},"more":[{"context":" view.view:view view.more <nil>"},{"context":" view.view:view view.more <nil>"}]}}`,
			`query @watched { view { context } }`:                          `{"view":{"context":" view.view:view view watched by null"}}`,
			`query @watched(by: "me") { view { context } }`:                `{"view":{"context":" view.view:view view watched by \"me\""}}`,
			`{ view @noted { context @noted ... @noted { __typename } } }`: `{"view":{"context":" view.view:view view <nil>","__typename":"View"}}`,
			`{ keeper(id: 1) { praised } }`:                                `{"keeper":{"praised":"replaced"}}`,
		} {
			t.Run(name+"/"+query, func(t *testing.T) {
				t.Parallel()
				got := ask(t, exec, query)
				require.Empty(t, got.Errors)
				require.Equal(t, []string{want}, got.Data)
			})
		}
		t.Run(name+"/refuses", func(t *testing.T) {
			t.Parallel()
			ctx := zoo.WithFaults(t.Context(), zoo.Faults{Errors: 1000})
			got, err := differential.Ask(ctx, exec, differential.Operation{Text: `{ refused { id } }`})
			require.NoError(t, err)
			require.Equal(t, []string{"null"}, got.Data)
			require.Equal(t, []string{"refused: the directive refuses it"}, brief(t, got.Errors))
		})
	}
}

func both(theirs, ours *gqlgen.Executor) map[string]*gqlgen.Executor {
	return map[string]*gqlgen.Executor{"gqlgen": theirs, "compiled": ours}
}

// TestFieldContext checks the field contexts that middleware sees.
func TestFieldContext(t *testing.T) {
	t.Parallel()
	for name, exec := range newStubs(stub{keepers: keepers}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen callLog
			around(exec, func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error) {
				if !field.IsResolver || field.Field.Name != "keepers" {
					return next(ctx)
				}
				for _, selection := range graphql.CollectFieldsCtx(ctx, []string{"Keeper"}) {
					child, err := field.Child(ctx, selection)
					require.NoError(t, err)
					seen.note(child.Object, child.Field.Alias, differential.Canonical(child.Args))
				}
				return next(ctx)
			})
			require.Empty(t, ask(t, exec, `{ keepers { id ...P animals(first: 3) { id } } } fragment P on Keeper { level a: animals { id } }`).Errors)
			require.Equal(t, []string{
				"Keeper id null", "Keeper level null", `Keeper a {"filter":null,"first":2}`, `Keeper animals {"filter":null,"first":3}`,
			}, slices.Clone(seen.list))
		})
	}
}

// TestResults checks the types of the results of enclosing fields.
func TestResults(t *testing.T) {
	t.Parallel()
	spot := &zoo.Spot{}
	for name, exec := range newStubs(stub{
		values: func(context.Context) (*zoo.Values, error) {
			return &zoo.Values{Deep: &spot, Being: zoo.Cat{Common: zoo.Common{Home: &zoo.Place{}}}}, nil
		},
	}) {
		for query, want := range map[string]string{
			`{ values { deep { view { field } } } }`:                             "**zoo.Spot / Query.values:values null true true false *zoo.Values",
			`{ values { being { home { view { field } } } } }`:                   "*zoo.Place / Values.being:being null false false false zoo.Cat / ",
			`{ place { spot { view { field } } } }`:                              "zoo.Spot / Query.place",
			`{ grid { view { field } } }`:                                        "[0] *zoo.Cell / [0] *[]zoo.Cell / Query.grid:grid null true true false [][]zoo.Cell / Query",
			`{ keepers(first: 1) { reports(first: 1) { view { field } } } }`:     `[0] *zoo.Keeper / Keeper.reports:reports {\"first\":1} true true false []zoo.Keeper / [0] *zoo.Keeper / Query.keepers`,
			`{ place { corners { view { field } } inside { view { field } } } }`: "[0] *zoo.Spot / Place.corners:corners null false false false []zoo.Spot",
		} {
			t.Run(name+query, func(t *testing.T) {
				t.Parallel()
				got := ask(t, exec, query)
				require.Empty(t, got.Errors)
				require.Contains(t, got.Data[0], want)
			})
		}
	}
}
