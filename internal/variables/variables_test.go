package variables_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"followgraph/internal/variables"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	scalar Moment
	enum Color { RED GREEN }
	input Point { x: Int! y: Int = 7 label: String tags: [String!] color: Color inner: Point password: String }
	type Query {
		int(v: Int, w: Int! = 3): Int
		float(v: Float): Int
		string(v: String, password: String): Int
		boolean(v: Boolean): Int
		id(v: ID, w: ID! = "x"): Int
		ids(v: [ID!]): Int
		grid(v: [[Int]]): Int
		color(v: Color): Int
		point(v: Point): Int
		moment(v: Moment): Int
	}
`})

// coerce coerces $v of the declared type, with the JSON of all variables.
func coerce(t testing.TB, declared, input string) (map[string]any, gqlerror.List) {
	t.Helper()
	field := map[string]string{
		"Int": "int", "Float": "float", "String": "string", "Boolean": "boolean", "ID": "id", "[ID!]": "ids", "[[Int]]": "grid", "Color": "color",
		"Point": "point", "Moment": "moment",
	}[strings.TrimSuffix(strings.Split(declared, " =")[0], "!")]
	return run(t, fmt.Sprintf("query ($v: %s) { %s(v: $v) }", declared, field), input)
}

func run(t testing.TB, query, input string) (map[string]any, gqlerror.List) {
	t.Helper()
	document, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	require.Empty(t, errs, query)
	decoder := json.NewDecoder(strings.NewReader(input))
	decoder.UseNumber()
	var decoded map[string]any
	require.NoError(t, decoder.Decode(&decoded))
	return variables.Coerce(schema, document.Operations[0], decoded)
}

func TestCoerce(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	type list = []any
	for _, test := range []struct {
		declared, input string
		want            object
	}{
		{"Int", `{"v": 3}`, object{"v": int64(3)}},
		{"Int", `{"v": 3.0}`, object{"v": int64(3)}},
		{"Int", `{"v": 1e3}`, object{"v": int64(1000)}},
		{"Int", `{"v": -2147483648}`, object{"v": int64(-2147483648)}},
		{"Int", `{"v": 2147483647}`, object{"v": int64(2147483647)}},
		{"Int", `{"v": null}`, object{"v": nil}},
		{"Int", `{}`, object{}},
		{"Int = 5", `{}`, object{"v": int64(5)}},
		{"Int = 5", `{"v": null}`, object{"v": nil}},
		{"Int = null", `{}`, object{"v": nil}},
		{"Int!", `{"v": 1, "unknown": 2}`, object{"v": int64(1)}},
		{"Float", `{"v": 3}`, object{"v": 3.0}},
		{"Float", `{"v": 0.5}`, object{"v": 0.5}},
		{"Float = 2", `{}`, object{"v": 2.0}},
		{"String", `{"v": "3"}`, object{"v": "3"}},
		{"String", `{"v": ""}`, object{"v": ""}},
		{"Boolean", `{"v": false}`, object{"v": false}},
		{"ID", `{"v": "a"}`, object{"v": "a"}},
		{"ID", `{"v": 4}`, object{"v": "4"}},
		{"ID", `{"v": 4.0}`, object{"v": "4"}},
		{"ID", `{"v": 123456789012345678901234567890}`, object{"v": "123456789012345678901234567890"}},
		{"[ID!]", `{"v": ["a", 4]}`, object{"v": list{"a", "4"}}},
		{"[ID!]", `{"v": "a"}`, object{"v": list{"a"}}},
		{"[ID!]", `{"v": []}`, object{"v": list{}}},
		{"[ID!]", `{"v": null}`, object{"v": nil}},
		{"[[Int]]", `{"v": 1}`, object{"v": list{list{int64(1)}}}},
		{"[[Int]]", `{"v": [1, [2, null], null]}`, object{"v": list{list{int64(1)}, list{int64(2), nil}, nil}}},
		{"Color", `{"v": "RED"}`, object{"v": "RED"}},
		{"Color = GREEN", `{}`, object{"v": "GREEN"}},
		{"Point", `{"v": {"x": 1}}`, object{"v": object{"x": int64(1)}}},
		{"Point", `{"v": {"x": 1.0, "tags": "a", "inner": {"x": 2, "label": null}}}`, object{"v": object{
			"x": int64(1), "tags": list{"a"}, "inner": object{"x": int64(2), "label": nil},
		}}},
		{"Point = {x: 4, tags: \"b\"}", `{}`, object{"v": object{"x": int64(4), "tags": list{"b"}}}},
		{"Moment", `{"v": 5}`, object{"v": json.Number("5")}},
	} {
		got, errs := coerce(t, test.declared, test.input)
		require.Empty(t, errs, "%s %s", test.declared, test.input)
		require.Equal(t, test.want, got, "%s %s", test.declared, test.input)
	}
}

func TestCoerceRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ declared, input, want string }{
		{"String!", `{}`, `Variable "$v" of required type "String!" was not provided.`},
		{"String!", `{"v": null}`, `Variable "$v" of non-null type "String!" must not be null.`},
		{"Int", `{"v": "5"}`, `Variable "$v" got invalid value "5"; Int cannot represent non-integer value: "5"`},
		{"Int", `{"v": 1.5}`, `Variable "$v" got invalid value 1.5; Int cannot represent non-integer value: 1.5`},
		{"Int", `{"v": true}`, `Variable "$v" got invalid value true; Int cannot represent non-integer value: true`},
		{"Int", `{"v": []}`, `Variable "$v" got invalid value […]; Int cannot represent non-integer value: […]`},
		{"Int", `{"v": 2147483648}`, `Variable "$v" got invalid value 2147483648; Int cannot represent non 32-bit signed integer value: 2147483648`},
		{"Int", `{"v": 1e999}`, `Variable "$v" got invalid value 1e999; Int cannot represent non 32-bit signed integer value: 1e999`},
		{"Float", `{"v": "1.5"}`, `Variable "$v" got invalid value "1.5"; Float cannot represent non numeric value: "1.5"`},
		{"Float", `{"v": 1e999}`, `Variable "$v" got invalid value 1e999; Float cannot represent non numeric value: 1e999`},
		{"String", `{"v": 12345}`, `Variable "$v" got invalid value 12345; String cannot represent a non string value: 12345`},
		{"String", `{"v": {"a": 1}}`, `Variable "$v" got invalid value {…}; String cannot represent a non string value: {…}`},
		{"Boolean", `{"v": "true"}`, `Variable "$v" got invalid value "true"; Boolean cannot represent a non boolean value: "true"`},
		{"Boolean", `{"v": 1}`, `Variable "$v" got invalid value 1; Boolean cannot represent a non boolean value: 1`},
		{"ID", `{"v": true}`, `Variable "$v" got invalid value true; ID cannot represent value: true`},
		{"ID", `{"v": 1.5}`, `Variable "$v" got invalid value 1.5; ID cannot represent value: 1.5`},
		{"[ID!]", `{"v": ["a", null]}`, `Variable "$v" got invalid value null at "v[1]"; Expected non-nullable type "ID!" not to be null.`},
		{"[ID!]", `{"v": ["a", true]}`, `Variable "$v" got invalid value true at "v[1]"; ID cannot represent value: true`},
		{"Color", `{"v": "red"}`, `Variable "$v" got invalid value "red"; Value "red" does not exist in "Color" enum.`},
		{"Color", `{"v": 0}`, `Variable "$v" got invalid value 0; Enum "Color" cannot represent non-string value: 0.`},
		{"Point", `{"v": 5}`, `Variable "$v" got invalid value 5; Expected type "Point" to be an object.`},
		{"Point", `{"v": {}}`, `Variable "$v" got invalid value {…}; Field "x" of required type "Int!" was not provided.`},
		{"Point", `{"v": {"x": 1, "z": 2}}`, `Variable "$v" got invalid value {…}; Field "z" is not defined by type "Point".`},
		{"Point", `{"v": {"x": 1, "__typename": "Point"}}`, `Variable "$v" got invalid value {…}; Field "__typename" is not defined by type "Point".`},
		{"Point", `{"v": {"x": 1, "inner": {"x": "1"}}}`, `Variable "$v" got invalid value "1" at "v.inner.x"; Int cannot represent non-integer value: "1"`},
		{"Point", `{"v": {"x": 1, "tags": ["a", 2]}}`, `Variable "$v" got invalid value 2 at "v.tags[1]"; String cannot represent a non string value: 2`},
		{"Point", `{"v": {"x": 1, "password": 12345}}`, `Variable "$v" got invalid value … at "v.password"; String cannot represent a non string value: …`},
		{"String", `{"v": [` + strings.Repeat(`1,`, 99) + `1]}`, `Variable "$v" got invalid value […]; String cannot represent a non string value: […]`},
		{"Int", `{"v": "` + strings.Repeat("é", 99) + `"}`, `Variable "$v" got invalid value "` + strings.Repeat("é", 50) + `…"; Int cannot represent non-integer value: "` + strings.Repeat("é", 50) + `…"`},
		{"Int", `{"v": "a\nb"}`, `Variable "$v" got invalid value "a\nb"; Int cannot represent non-integer value: "a\nb"`},
	} {
		got, errs := coerce(t, test.declared, test.input)
		require.Nil(t, got)
		require.Len(t, errs, 1, "%s %s", test.declared, test.input)
		require.Equal(t, test.want, errs[0].Message)
		require.Nil(t, errs[0].Path)
		require.Equal(t, []gqlerror.Location{{Line: 1, Column: 8}}, errs[0].Locations)
		require.Equal(t, "GRAPHQL_VALIDATION_FAILED", errs[0].Extensions["code"])
	}
}

// TestSecrets checks that errors never contain passwords, whatever the variable's name and however its use is nested.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		`query ($v: String) { string(password: $v) }`,
		`query ($v: String) { point(v: {x: 1, inner: {x: 1, password: $v}}) }`,
		`query ($v: String) { ...a } fragment a on Query { ... { string(password: $v) } }`,
		`query ($myPassword: String) { string(v: $myPassword) }`,
	} {
		_, errs := run(t, query, `{"v": 987654, "myPassword": 987654}`)
		require.Len(t, errs, 1, query)
		require.NotContains(t, errs[0].Message, "987654")
		require.Contains(t, errs[0].Message, "String cannot represent a non string value: …")
	}
}

// TestNulls checks nullable variables with a default, or at a position with a default, where null is not allowed. An
// explicit null is an error.
func TestNulls(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`query ($v: ID = "a") { id(w: $v) }`:                                            `Variable "$v" is null, but "w" of non-null type "ID!" must not be null.`,
		`query ($v: Int) { int(w: $v) }`:                                                `Variable "$v" is null, but "w" of non-null type "Int!" must not be null.`,
		`query ($v: Int = 1) { point(v: {x: $v}) }`:                                     `Variable "$v" is null, but "x" of non-null type "Int!" must not be null.`,
		`query ($v: ID = "a") { ids(v: ["b", $v]) }`:                                    `Variable "$v" is null, but "v" of non-null type "ID!" must not be null.`,
		`query ($v: Boolean = true) { ...a } fragment a on Query { int @skip(if: $v) }`: `Variable "$v" is null, but "if" of non-null type "Boolean!" must not be null.`,
	} {
		_, errs := run(t, query, `{"v": null}`)
		require.Len(t, errs, 1, query)
		require.Equal(t, want, errs[0].Message)
		require.Len(t, errs[0].Locations, 2)
		got, errs := run(t, query, `{}`)
		require.Empty(t, errs)
		require.NotContains(t, got, nil)
	}
	_, errs := run(t, `query ($v: Int) { int(v: $v) }`, `{"v": null}`)
	require.Empty(t, errs)
}

// TestBounds checks that errors are limited, and that the input is not changed.
func TestBounds(t *testing.T) {
	t.Parallel()
	_, errs := coerce(t, "[ID!]", `{"v": [`+strings.Repeat("true,", 9000)+`true]}`)
	require.Len(t, errs, 51)
	require.Equal(t, "There are more errors in the variables. They are not shown.", errs[50].Message)
	var fields strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&fields, `, "f%d": 1`, i)
	}
	_, errs = coerce(t, "Point", `{"v": {"x": 1`+fields.String()+`}}`)
	require.Len(t, errs, 51)

	document, loadErr := gqlparser.LoadQueryWithRules(schema, `query ($v: Point) { point(v: $v) }`, rules.NewDefaultRules())
	require.Empty(t, loadErr)
	input := map[string]any{"v": map[string]any{"x": json.Number("1"), "tags": "a"}}
	_, errs = variables.Coerce(schema, document.Operations[0], input)
	require.Empty(t, errs)
	require.Equal(t, map[string]any{"v": map[string]any{"x": json.Number("1"), "tags": "a"}}, input)
}

func FuzzCoerce(f *testing.F) {
	types := []string{"Int", "Float!", "String", "Boolean", "ID", "[ID!]", "[[Int]]", "Color", "Point", "Moment"}
	for i, input := range []string{`{"v": 1e3}`, `{"v": {"x": [1], "inner": {"inner": null}}}`, `{"v": [[1, "\ud83d\ude00"]]}`, `{}`} {
		f.Add(uint8(i), input)
	}
	f.Fuzz(func(t *testing.T, which uint8, input string) {
		decoder := json.NewDecoder(strings.NewReader(input))
		decoder.UseNumber()
		if decoder.Decode(new(map[string]any)) != nil {
			return
		}
		got, errs := coerce(t, types[int(which)%len(types)], input)
		require.True(t, errs == nil || got == nil)
		require.LessOrEqual(t, len(errs), 51)
		for _, err := range errs {
			require.Less(t, len(err.Message), 1000)
			require.Nil(t, err.Path)
		}
	})
}
