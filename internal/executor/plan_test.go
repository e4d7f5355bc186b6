package executor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

var small = gqlparser.MustLoadSchema(&ast.Source{Input: `
	directive @own on FIELD
	directive @ours on QUERY
	interface Named { name: String }
	type Query { name: String one: One two: Named }
	type One implements Named { name: String one: One called: String }
	type Two implements Named { name: String }
	type Mutation { name: String }`})

// smallTables are the tables of the schema small. Their fields do nothing.
var smallTables = func() *Schema {
	schema := &Schema{Types: map[string]*Type{}, OperationDirectives: true}
	for _, definition := range small.Types {
		if definition.Kind != ast.Object || strings.HasPrefix(definition.Name, "__") {
			continue
		}
		table := &Type{Satisfies: append([]string{definition.Name}, definition.Interfaces...), Fields: map[string]*Field{}}
		for _, field := range definition.Fields {
			table.Fields[field.Name] = &Field{Plain: func(*Execution, any) bool { return false }}
		}
		schema.Types[definition.Name] = table
	}
	schema.Types["One"].Fields["called"] = &Field{ResolveBatch: Batch[int, int](nil)}
	return schema
}()

// compiled returns the plan of a document's first operation.
func compiled(t testing.TB, text string) *plan {
	t.Helper()
	document, errs := gqlparser.LoadQueryWithRules(small, text, rules.NewDefaultRules())
	require.Empty(t, errs)
	return compile(smallTables, small, document, document.Operations[0])
}

// describe returns the keys of a plan's answer. Objects below are in braces, after the name of their type if there are
// several.
func describe(s *selectionSet, active []bool) string {
	var keys []string
	x := &Execution{active: active}
	for _, field := range x.fieldsOf(s) {
		key := strings.Trim(string(field.key), `,":`)
		for _, inner := range field.selectionSets {
			key += " " + inner.name + describe(inner.selectionSet, active)
		}
		keys = append(keys, key)
	}
	return "{" + strings.Join(keys, " ") + "}"
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`{ name alias: name }`: `{name alias}`,
		`{ one { name } other: name one { one { name } name } }`:                                               `{one One{name one One{name}} other}`,
		`{ ...A name } fragment A on Query { other: name ...B } fragment B on Query { name __typename }`:       `{other name __typename}`,
		`{ two { name ... on One { one { name } } ... on Two { other: name } ... on Named { named: name } } }`: `{two One{name one One{name} named} Two{name other named}}`,
		`{ a: name @skip(if: true) b: name @include(if: true) ... @include(if: false) { c: name } }`:           `{b}`,
	} {
		require.Equal(t, want, describe(compiled(t, query).root.selectionSets[0].selectionSet, []bool{true}), query)
	}
}

// TestPlanWithConditions uses one plan for all values of the variables. The order of fields depends on them.
func TestPlanWithConditions(t *testing.T) {
	t.Parallel()
	p := compiled(t, `query ($a: Boolean!, $b: Boolean!) {
		... @include(if: $a) { last: name ... @skip(if: $b) { inner: name } }
		name @include(if: $b)
		one @include(if: $a) { name }
		one { name other: name @skip(if: $b) }
		last: name
		again: name @include(if: $b)
	}`)
	for values, want := range map[[2]bool]string{
		{true, true}:   `{last name one One{name} again}`,
		{true, false}:  `{last inner one One{name other}}`,
		{false, true}:  `{name one One{name} last again}`,
		{false, false}: `{one One{name other} last}`,
	} {
		active, ok := p.decide(nil, map[string]any{"a": values[0], "b": values[1]})
		require.True(t, ok)
		require.Equal(t, want, describe(p.root.selectionSets[0].selectionSet, active), values)
	}
	require.Len(t, p.conditions, 1+4, "each once: $a, not $b within $a, $b, not $b")
	for _, wrong := range []map[string]any{{}, {"a": true}, {"a": true, "b": nil}, {"a": true, "b": "true"}} {
		_, ok := p.decide(nil, wrong)
		require.False(t, ok, "%v", wrong)
	}
}

func TestGqlgenRunsUnsupportedOperations(t *testing.T) {
	t.Parallel()
	for query, compiles := range map[string]bool{
		`{ name }`:                true,
		`mutation { name }`:       false,
		`query @ours { name }`:    false,
		`{ ... @defer { name } }`: false,
		`{ one { one { ... on One @defer { name } } } }`:                                           false,
		`{ one @own { ...A @defer } } fragment A on One { name }`:                                  false,
		`{ one { ...A } } fragment A on One { ...B @defer(if: false) } fragment B on One { name }`: false,
	} {
		require.Equal(t, compiles, compiled(t, query) != nil, "%.60s", query)
	}
}

// fields returns a query with n selections.
func fields(n int) string {
	var query strings.Builder
	query.WriteString("{ ")
	for i := range n {
		fmt.Fprintf(&query, "a%d: name ", i)
	}
	query.WriteString("}")
	return query.String()
}

// TestPlanLengthIsLimited compiles documents that are orders of magnitude longer after expansion.
func TestPlanLengthIsLimited(t *testing.T) {
	t.Parallel()
	var document strings.Builder
	document.WriteString("query ($a: Boolean!, $b: Boolean!) { one { ...F0 } }\n")
	for i := range 30 {
		fmt.Fprintf(&document, "fragment F%d on One { a: one { ...F%d } b: one { ...F%d @include(if: $a) ...F%d @skip(if: $b) } }\n", i, i+1, i+1, i+1)
	}
	document.WriteString("fragment F30 on One { name }")
	require.True(t, compiled(t, document.String()).isTooLong())
	require.False(t, compiled(t, fields(maxSelections)).isTooLong())
	require.Equal(t, &plan{tooLong: true}, compiled(t, fields(maxSelections+1)))
}

// TestEachCallHasSlot checks the slots of calls, and the marks of fields with calls below.
func TestEachCallHasSlot(t *testing.T) {
	t.Parallel()
	p := compiled(t, `{ name one { name called one { other: called } } two { ... on One { called } ... on Two { name } } }`)
	require.Equal(t, 3, p.slots)
	root := p.root.selectionSets[0].selectionSet
	slots := map[int]bool{}
	var walk func(s *selectionSet)
	walk = func(s *selectionSet) {
		for _, field := range s.fields {
			if field.isCall() {
				slots[field.slot] = true
			}
			waits := field.isCall()
			for _, inner := range field.selectionSets {
				walk(inner.selectionSet)
				waits = waits || inner.hasCall
			}
			require.Equal(t, waits, field.hasCall, string(field.key))
		}
	}
	walk(root)
	require.Equal(t, map[int]bool{0: true, 1: true, 2: true}, slots)
	require.False(t, root.fields[0].hasCall)
	require.False(t, root.fields[2].selectionSet("Two").hasCall)
}

// BenchmarkCompile compiles a typical document.
func BenchmarkCompile(b *testing.B) {
	document, errs := gqlparser.LoadQueryWithRules(small, `query ($deep: Boolean!) {
		name one { ...F one { ...F one @include(if: $deep) { ...F called } } }
		two { name ... on One { ...F called } ... on Two { other: name } }
	}
	fragment F on One { name a: name b: name called c: name d: name e: name f: name }`, rules.NewDefaultRules())
	require.Empty(b, errs)
	b.ReportAllocs()
	selections := 0
	for b.Loop() {
		selections = compile(smallTables, small, document, document.Operations[0]).selections
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*selections), "ns/selection")
}
