package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// answers is a query with the answer of both executors: the data as it is written, and errors as "path: message".
type answers struct {
	query     string
	variables map[string]any
	data      string
	errors    []string
}

// checkAnswers runs the queries on both executors.
func checkAnswers(t *testing.T, s stub, tests map[string]answers) {
	t.Helper()
	for name, exec := range newStubs(s) {
		for what, test := range tests {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				got := askWith(t, exec, differential.Operation{Text: test.query, Variables: test.variables})
				require.Equal(t, []string{test.data}, got.Data)
				require.ElementsMatch(t, test.errors, brief(t, got.Errors))
			})
		}
	}
}

// brief returns the paths and messages of errors.
func brief(t *testing.T, errs []string) []string {
	t.Helper()
	var lines []string
	for _, text := range errs {
		var err gqlerror.Error
		require.NoError(t, json.Unmarshal([]byte(text), &err))
		lines = append(lines, fmt.Sprintf("%s: %s", err.Path, err.Message))
	}
	return lines
}

func keeper(id int) *zoo.Keeper { return &zoo.Keeper{ID: id, Name: new("Ada")} }

// keepers returns ten keepers with the ids 0 to 9.
func keepers(context.Context) ([]zoo.Keeper, error) {
	list := make([]zoo.Keeper, 10)
	for i := range list {
		list[i] = *keeper(i)
	}
	return list, nil
}

const noWarden = "cannot return null for non-null field Place.warden (Keeper!): the resolver returned nil"

func TestNulls(t *testing.T) {
	t.Parallel()
	nameless := keeper(3)
	nameless.Name = nil
	checkAnswers(t, stub{
		keeper: func(_ context.Context, id string) (*zoo.Keeper, error) {
			return map[string]*zoo.Keeper{"1": keeper(1), "nameless": nameless}[id], nil
		},
		staff: func(context.Context) ([]*zoo.Keeper, error) { return []*zoo.Keeper{keeper(1), nil, nameless}, nil },
		values: func(context.Context) (*zoo.Values, error) {
			return &zoo.Values{Numbers: []*int{new(1), nil, nil}, Names: []*string{nil}, Words: nil, Moments: nil}, nil
		},
		boss: func(_ context.Context, of []*zoo.Keeper) ([]*zoo.Keeper, error) {
			return make([]*zoo.Keeper, len(of)), nil
		},
		warden: func(_ context.Context, of []*zoo.Place) ([]*zoo.Keeper, error) {
			return make([]*zoo.Keeper, len(of)), nil
		},
	}, map[string]answers{
		"null object":                {query: `{ keeper(id: "2") { id } }`, data: `{"keeper":null}`},
		"null object of a batch":     {query: `{ keeper(id: "1") { id boss { id } } }`, data: `{"keeper":{"id":"1","boss":null}}`},
		"nil elements":               {query: `{ staff { id } }`, data: `{"staff":[{"id":"1"},null,{"id":"3"}]}`},
		"nil scalars":                {query: `{ values { names note } }`, data: `{"values":{"names":[null],"note":null}}`},
		"nil lists are empty":        {query: `{ values { words moments } }`, data: `{"values":{"words":[],"moments":[]}}`},
		"nil lists may be null":      {query: `{ values { gaps holes tokens dates } }`, data: `{"values":{"gaps":null,"holes":null,"tokens":null,"dates":null}}`},
		"null in a non-null field":   {query: `{ keeper(id: "nameless") { id name } __typename }`, data: `{"keeper":null,"__typename":"Query"}`, errors: []string{`keeper.name: cannot return null for non-null field Keeper.name (String!): the model struct field was nil and the field has no resolver`}},
		"one of several objects":     {query: `{ staff { name } }`, data: `{"staff":[{"name":"Ada"},null,null]}`, errors: []string{`staff[2].name: cannot return null for non-null field Keeper.name (String!): the model struct field was nil and the field has no resolver`}},
		"null in a non-null element": {query: `{ values { yes numbers } }`, data: `{"values":null}`, errors: []string{`values.numbers: cannot return null for non-null field Values.numbers (Int!): the model struct field was nil and the field has no resolver`}},
		"two in one object": {
			query: `{ a: keeper(id: "1") { place { one: warden { id } two: warden { id } name } } b: keeper(id: "1") { id } }`,
			data:  `{"a":null,"b":{"id":"1"}}`, errors: []string{"a.place.one: " + noWarden, "a.place.two: " + noWarden},
		},
		"below lists": {
			query: `{ staff { id home { name } place { name warden { id } } } }`,
			data:  `{"staff":[null,null,null]}`, errors: []string{"staff[0].place.warden: " + noWarden, "staff[2].place.warden: " + noWarden},
		},
		"null data": {query: `{ place { name warden { name } } }`, data: `null`, errors: []string{"place.warden: " + noWarden}},
	})
}

// TestNullDiscardsWaitingCalls discards a value that already has waiting calls below it. A later null of a call then
// stops at a shorter value.
func TestNullDiscardsWaitingCalls(t *testing.T) {
	t.Parallel()
	nameless, named := keeper(1), keeper(2)
	nameless.Name = nil
	nameless.Place.Name = "a name that is longer than all that the answer has in the end"
	nameless.Home, named.Home = &zoo.Place{}, &zoo.Place{}
	checkAnswers(t, stub{
		staff: func(context.Context) ([]*zoo.Keeper, error) { return []*zoo.Keeper{nameless, named}, nil },
		warden: func(_ context.Context, of []*zoo.Place) ([]*zoo.Keeper, error) {
			return make([]*zoo.Keeper, len(of)), nil
		},
	}, map[string]answers{"": {
		query: `{ staff { place { name } home { warden { id } } name } }`,
		data:  `{"staff":[null,{"place":{"name":""},"home":null,"name":"Ada"}]}`,
		errors: []string{
			"staff[0].name: cannot return null for non-null field Keeper.name (String!): the model struct field was nil and the field has no resolver",
			"staff[0].home.warden: " + noWarden, "staff[1].home.warden: " + noWarden,
		},
	}})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	checkAnswers(t, stub{
		keepers: keepers,
		keeper:  func(context.Context, string) (*zoo.Keeper, error) { return keeper(1), boom },
		staff: func(context.Context) ([]*zoo.Keeper, error) {
			return nil, gqlerror.List{{Message: "one"}, {Message: "two"}}
		},
		view: func(context.Context) (*zoo.View, error) {
			return nil, &gqlerror.Error{Message: "elsewhere", Path: ast.Path{ast.PathName("x"), ast.PathIndex(1)}}
		},
		values: func(ctx context.Context) (*zoo.Values, error) {
			graphql.AddErrorf(ctx, "beside")
			return &zoo.Values{Text: "there"}, nil
		},
		level: func(_ context.Context, of []*zoo.Keeper) ([]int, error) {
			return make([]int, len(of)), batchErrors(of, 3, boom)
		},
		boss: func(context.Context, []*zoo.Keeper) ([]*zoo.Keeper, error) { return nil, boom },
		shared: func(_ context.Context, of []*zoo.View) ([]*zoo.View, error) {
			return of, graphql.BatchErrorList{gqlerror.List{{Message: "one"}, {Message: "two"}}}
		},
	}, map[string]answers{
		"of a resolver":             {query: `{ keeper(id: "1") { id } }`, data: `{"keeper":null}`, errors: []string{"keeper: boom"}},
		"a list of them":            {query: `{ staff { id } }`, data: `{"staff":null}`, errors: []string{"staff: one", "staff: two"}},
		"with its own path":         {query: `{ view { word } }`, data: `null`, errors: []string{"x[1]: elsewhere"}},
		"beside a value":            {query: `{ values { text } }`, data: `{"values":{"text":"there"}}`, errors: []string{"values: beside"}},
		"of one parent of a batch":  {query: `{ keepers { id level } }`, data: `null`, errors: []string{"keepers[3].level: boom"}},
		"of all parents of a batch": {query: `{ keepers(first: 2) { boss { id } } __typename }`, data: `{"keepers":[` + repeat(`{"boss":null}`, 10) + `],"__typename":"Query"}`, errors: each("keepers[%d].boss: boom", 10)},
		"of a list in a batch":      {query: `{ remembered { shared { word } } }`, data: `{"remembered":{"shared":null}}`, errors: []string{"remembered.shared: one", "remembered.shared: two"}},
		"of an argument":            {query: `{ echo(token: "bad") __typename }`, data: `{"echo":null,"__typename":"Query"}`, errors: []string{"echo.token: a bad token"}},
		"of an argument's panic":    {query: `{ echo(token: "panic") }`, data: `{"echo":null}`, errors: []string{"echo: recovered: a token panics"}},
		"of an argument of a batch": {query: `{ keepers { animals(filter: { limit: 10 }) { id } } }`, data: `null`, errors: each("keepers[%d].animals.filter.limit: 10 is more than 9", 10)},
		"of a variable's value": {
			query: `query ($token: Token) { echo(filter: { within: { token: $token } }) }`, variables: map[string]any{"token": "bad"},
			data: `{"echo":null}`, errors: []string{"echo.filter.within.token: a bad token"},
		},
	})
}

// batchErrors returns the errors of a batch; the one at index at is err.
func batchErrors(parents []*zoo.Keeper, at int, err error) error {
	errs := make(graphql.BatchErrorList, len(parents))
	if at < len(errs) {
		errs[at] = err
	}
	return errs
}

func repeat(text string, n int) string {
	return strings.TrimSuffix(strings.Repeat(text+",", n), ",")
}

func each(format string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return list
}

func TestPanics(t *testing.T) {
	t.Parallel()
	checkAnswers(t, stub{
		keeper:  func(context.Context, string) (*zoo.Keeper, error) { panic("a resolver") },
		keepers: func(context.Context) ([]zoo.Keeper, error) { panic("a resolver of something") },
		beings: func(context.Context) ([]zoo.Being, error) {
			return []zoo.Being{&zoo.Plant{}, zoo.UnknownAnimal{}, zoo.MarshalerAnimal{}, (*zoo.Dog)(nil), nil}, nil
		},
	}, map[string]answers{
		"in a resolver":                {query: `{ keeper(id: "1") { id } }`, data: `{"keeper":null}`, errors: []string{"keeper: recovered: a resolver"}},
		"in a resolver of something":   {query: `{ keepers { id } }`, data: `null`, errors: []string{"keepers: recovered: a resolver of something"}},
		"an element of unknown type":   {query: `{ beings { __typename } }`, data: `{"beings":[{"__typename":"Plant"},null,"poster",null,null]}`, errors: []string{"beings[1]: recovered: unexpected type zoo.UnknownAnimal; non-generated variants of Animal must implement graphql.Marshaler"}},
		"the rest of the answer stays": {query: `{ a: keeper(id: "1") { id } __typename }`, data: `{"a":null,"__typename":"Query"}`, errors: []string{"a: recovered: a resolver"}},
	})
}

func TestSkipAndInclude(t *testing.T) {
	t.Parallel()
	tests := map[string]answers{}
	for selection, data := range map[string]string{
		`a: __typename @skip(if: false) b: __typename @skip(if: true)`:                                               `{"a":"Query"}`,
		`a: __typename @include(if: false) b: __typename @include(if: true)`:                                         `{"b":"Query"}`,
		`a: __typename @skip(if: $yes) b: __typename @skip(if: $no)`:                                                 `{"b":"Query"}`,
		`a: __typename @include(if: $yes) b: __typename @include(if: $no)`:                                           `{"a":"Query"}`,
		`a: __typename @include(if: $default)`:                                                                       `{"a":"Query"}`,
		`a: __typename @skip(if: $no) @include(if: $no) b: __typename @skip(if: $yes) @include(if: $yes)`:            `{}`,
		`a: __typename @skip(if: $no) @include(if: $yes)`:                                                            `{"a":"Query"}`,
		`...Part @skip(if: $yes)`:                                                                                    `{}`,
		`...Part @skip(if: $yes) ...Part @include(if: $yes)`:                                                         `{"part":"Query"}`,
		`...Part @include(if: $yes) ...Part @skip(if: $yes)`:                                                         `{"part":"Query"}`,
		`... @skip(if: $yes) { a: __typename } ... @include(if: $yes) { b: __typename }`:                             `{"b":"Query"}`,
		`... on Query @include(if: $yes) { a: __typename @include(if: $no) b: __typename @skip(if: $no) }`:           `{"b":"Query"}`,
		`... @include(if: $no) { b: __typename } a: __typename b: __typename`:                                        `{"a":"Query","b":"Query"}`,
		`... @include(if: $yes) { b: __typename } a: __typename b: __typename`:                                       `{"b":"Query","a":"Query"}`,
		`keeper(id: 1) { id } keeper(id: 1) @skip(if: $yes) { name } keeper(id: 1) @include(if: $yes) { again: id }`: `{"keeper":{"id":"1","again":"1"}}`,
		`keeper(id: 1) @skip(if: $yes) { id } keeper(id: 1) @include(if: $yes) { name }`:                             `{"keeper":{"name":"Ada"}}`,
		`keeper(id: 1) @include(if: $yes) { id @include(if: $no) }`:                                                  `{"keeper":{}}`,
		`... @include(if: $no) { ...Part } ...Part`:                                                                  `{"part":"Query"}`,
	} {
		query := "query Q "
		for name, declaration := range map[string]string{"$yes": "$yes: Boolean!", "$no": "$no: Boolean!", "$default": "$default: Boolean = true"} {
			if strings.Contains(selection, name) {
				query += "(" + declaration + ")"
			}
		}
		query = strings.ReplaceAll(query, ")(", ", ") + "{ " + selection + " }"
		if strings.Contains(selection, "...Part") {
			query += " fragment Part on Query { part: __typename }"
		}
		tests[selection] = answers{query: query, variables: map[string]any{"yes": true, "no": false}, data: data}
	}
	checkAnswers(t, stub{keeper: func(context.Context, string) (*zoo.Keeper, error) { return keeper(1), nil }}, tests)
}

// TestNullCondition sets the variable of a condition to null, which its declaration allows. Both executors end the
// operation.
func TestNullCondition(t *testing.T) {
	t.Parallel()
	for name, exec := range newStubs(stub{}) {
		require.Panics(t, func() {
			askWith(t, exec, differential.Operation{
				Text: `query ($a: Boolean = true) { __typename @include(if: $a) }`, Variables: map[string]any{"a": nil},
			})
		}, name)
	}
}
