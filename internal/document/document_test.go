package document_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/document"
)

// load loads the schema of the API.
func load(t testing.TB) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../../schema.graphqls")
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	require.NoError(t, err)
	return schema
}

func times(n int, format string) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return all.String()
}

// hostile are documents that are expensive to check, and their error codes. The code of a valid document is empty.
var hostile = map[string]struct {
	text string
	code string
}{
	"one field":                      {"{ " + strings.Repeat("__typename ", 14_990) + "}", ""},
	"too many tokens":                {"{ " + strings.Repeat("__typename ", 15_000) + "}", "GRAPHQL_PARSE_FAILED"},
	"comments":                       {"{ __typename } " + strings.Repeat("#\n", 500_000), "GRAPHQL_PARSE_FAILED"},
	"one object":                     {"{ " + strings.Repeat(`viewer { id username } `, 2_990) + "}", ""},
	"inline fragments":               {"{ viewer { " + strings.Repeat("... on Node { id } ... on User { id } ", 1_240) + "} }", ""},
	"nested fragments":               {"{ viewer { " + strings.Repeat("... on User { id ", 60) + strings.Repeat("id ", 9_000) + strings.Repeat("} ", 62), ""},
	"400 levels":                     {strings.Repeat("{ viewer ", 400) + strings.Repeat("} ", 400), "QUERY_TOO_COMPLEX"},
	"400 levels of inline fragments": {strings.Repeat("{ ... ", 400) + " { viewer { id } } " + strings.Repeat("} ", 400), "QUERY_TOO_COMPLEX"},
	"deep value":                     {"{ nodes(ids: " + strings.Repeat("[", 900) + strings.Repeat("]", 900) + ") { id } }", "QUERY_TOO_COMPLEX"},
	"deeper than the parser allows":  {"{ nodes(ids: " + strings.Repeat("[", 7_000) + ") { id } }", "GRAPHQL_PARSE_FAILED"},
	"fragments in a row":             {"{ ...f0 } " + times(450, "fragment f# on Query { ...g# } ") + "fragment f450 on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"},
	"fragments of one another":       {"{ ...f0 } " + chain(450, "...f%d", strings.Repeat("__typename ", 9_000)), "QUERY_TOO_COMPLEX"},
	"doubling fragments":             {"{ viewer { ...f0 } } " + doubling(30), ""},
	"more doubling fragments":        {"{ viewer { ...f0 } } " + doubling(130), ""},
	"many fragments":                 {"{ " + times(1_500, "...f# ") + "} " + times(1_500, "fragment f# on Query { __typename } "), "QUERY_TOO_COMPLEX"},
	"fragments side by side":         {"{ " + times(440, "...f# ") + "} " + times(440, "fragment f# on Query { "+strings.Repeat("__typename ", 25)+"} "), ""},
	"subsets of fragments":           {subsets(24), ""},
	"cyclic fragments":               {"{ ...f0 } " + times(450, "fragment f# on Query { __typename ...f0 ...f1 ...f# ...f449 } "), "GRAPHQL_VALIDATION_FAILED"},
	"cycle of all fragments":         {"{ ...f0 } " + chain(300, "...f%d", "...f0"), "GRAPHQL_VALIDATION_FAILED"},
	"cyclic introspection":           {"{ __schema { types { ...f } } } fragment f on __Type { fields { type { ...f } } }", "GRAPHQL_VALIDATION_FAILED"},
	"deep introspection":             {"{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "GRAPHQL_VALIDATION_FAILED"},
	"deep ofType":                    {`{ __type(name: "User") { ` + strings.Repeat("ofType { ", 60) + "name" + strings.Repeat(" }", 62), ""},
	"unknown fields":                 {"{ viewer { " + times(14_000, "unknown# ") + "} }", "GRAPHQL_VALIDATION_FAILED"},
	"similar names":                  {"{ viewer { " + times(7_000, "followersInCommonButLongerThanThatByFarSoThatComparingTakesLongerAndLongerAndLongerAndLongerAndLongerAndLongerAndSoOn# ") + "} }", "GRAPHQL_VALIDATION_FAILED"},
	"long name":                      {"{ viewer { " + strings.Repeat("a", 1_000_000) + " } }", "QUERY_TOO_COMPLEX"},
	"long argument":                  {"{ viewer(" + strings.Repeat("a", 1_000_000) + ": 1) { id } }", "QUERY_TOO_COMPLEX"},
	"long enum value":                {"{ users(orderBy: {field: " + strings.Repeat("a", 1_000_000) + "}) { nodes { id } } }", "QUERY_TOO_COMPLEX"},
	"long type":                      {"query ($a: [[" + strings.Repeat("a", 1_000_000) + "]]) { viewer { id } }", "QUERY_TOO_COMPLEX"},
	"long fragment":                  {"{ ...a } fragment a on " + strings.Repeat("a", 1_000_000) + " { id }", "QUERY_TOO_COMPLEX"},
	"long string":                    {`{ users(first: "` + strings.Repeat("a", 1_000_000) + `") { nodes { id } } }`, "GRAPHQL_VALIDATION_FAILED"},
	"long string, repeated":          {"{ ...f0 } " + chain(200, "...f%d", `users(first: "`+strings.Repeat("a", 900_000)+`") { nodes { id } }`), "GRAPHQL_VALIDATION_FAILED"},
	"long block string":              {`{ user(username: """` + strings.Repeat("  a\n", 250_000) + `""") { id } }`, ""},
	"long number":                    {"{ users(first: " + strings.Repeat("9", 1_000_000) + ") { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"},
	"escapes":                        {`{ user(username: "` + strings.Repeat(`\u0000`, 150_000) + `") { id } }`, ""},
	"unicode":                        {`{ user(username: "` + strings.Repeat("e\u0301\u0301\u0301\U000e0001\u202e", 50_000) + `") { id } }`, ""},
	"invalid UTF-8":                  {"{ " + strings.Repeat("\xff", 1_000_000) + " }", "GRAPHQL_PARSE_FAILED"},
	"directives of a field":          {"{ __typename " + strings.Repeat("@a ", 5_000) + "}", "QUERY_TOO_COMPLEX"},
	"directives of many fields":      {"{ " + strings.Repeat("__typename @skip(if: false) ", 1_800) + "}", "QUERY_TOO_COMPLEX"},
	"aliases":                        {"{ viewer { " + times(4_000, "a#: id ") + "} }", "QUERY_TOO_COMPLEX"},
	"conflicting fields":             {"{ viewer { " + strings.Repeat("id: username id ", 240) + "} }", "GRAPHQL_VALIDATION_FAILED"},
	"conflicting arguments":          {"{ viewer { " + times(1_600, "followers(first: #) { totalCount } ") + "} }", "GRAPHQL_VALIDATION_FAILED"},
	"variables":                      {"query (" + times(3_500, "$v#: Int ") + ") { __typename }", "QUERY_TOO_COMPLEX"},
	"unused variables":               {"query (" + times(250, "$v#: Int ") + ") { __typename }", "GRAPHQL_VALIDATION_FAILED"},
	"uses of variables":              {"query (" + times(250, "$v#: ID! ") + ") { nodes(ids: [" + times(250, "$v# ") + strings.Repeat("$v249 ", 6_500) + "]) { id } }", ""},
	"operations":                     {times(3_000, "query q# { __typename } "), "QUERY_TOO_COMPLEX"},
	"operations of a fragment":       {times(490, "query q# { ...f } ") + "fragment f on Query { " + strings.Repeat("__typename ", 9_000) + "}", "QUERY_TOO_COMPLEX"},
	"maximum number of nodes":        {times(15, "query q# { ...f } ") + "fragment f on Query { " + strings.Repeat(`user(id: "a") { id } `, 1_480) + "}", ""},
	"a list":                         {"{ nodes(ids: [" + strings.Repeat(`"VXNlcjox" `, 14_900) + "]) { id } }", ""},
	"a list of lists":                {"{ nodes(ids: " + strings.Repeat("[", 50) + strings.Repeat(`"a" `, 14_000) + strings.Repeat("]", 50) + ") { id } }", "GRAPHQL_VALIDATION_FAILED"},
	"fields of an object":            {"{ users(orderBy: {" + times(4_900, "a#: 1 ") + "}) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"},
	"nothing":                        {"", "GRAPHQL_VALIDATION_FAILED"},
}

// chain returns n fragments, each of which spreads the next. The last contains end.
func chain(n int, next, end string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "fragment f%d on Query { "+next+" } ", i, i+1)
	}
	fmt.Fprintf(&all, "fragment f%d on Query { %s }", n, end)
	return all.String()
}

// doubling returns n fragments, each of which spreads the next twice.
func doubling(n int) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "fragment f%d on User { friends { nodes { ...f%d } edges { node { ...f%d } } } } ", i, i+1, i+1)
	}
	fmt.Fprintf(&all, "fragment f%d on User { id }", n)
	return all.String()
}

// subsets returns fragments whose fields merge in a growing number of combinations.
func subsets(n int) string {
	var all strings.Builder
	all.WriteString("{ viewer { ...f0 ...g0 } } ")
	for i := range n {
		fmt.Fprintf(&all, `fragment f%d on User { friends { nodes { ...f%d } edges { node { ...g%d } } } friends { nodes { ...g%d } edges { node { ...f%d ...g%d } } } }
			fragment g%d on User { id friends { nodes { ...g%d } edges { node { ...f%d } } } friends { edges { node { ...f%d ...g%d } } } } `,
			i, i+1, i+1, i+1, i+1, i+1, i, i+1, i+1, i+1, i+1)
	}
	fmt.Fprintf(&all, "fragment f%d on User { username } fragment g%d on User { username }", n, n)
	return all.String()
}

func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	validator := document.Validator{Schema: load(t), Suggestions: true}
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, errs := validator.Parse(test.text)
			require.LessOrEqual(t, len(errs), 101)
			if test.code == "" {
				require.Empty(t, errs)
				require.NotNil(t, parsed)
				return
			}
			require.NotEmpty(t, errs)
			require.Equal(t, test.code, codeOf(errs[0]))
		})
	}
}

// codeOf returns the code that a client sees.
func codeOf(err *gqlerror.Error) string {
	if code, ok := err.Extensions["code"].(string); ok {
		return code
	}
	return string(apperr.CodeOf(err))
}

func BenchmarkParse(b *testing.B) {
	validator := document.Validator{Schema: load(b), Suggestions: true}
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = validator.Parse(hostile[name].text) // most return errors
			}
		})
	}
}
