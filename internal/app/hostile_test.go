package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/auth"
	"followgraph/internal/testdb"
)

// Limits for one hostile request: processor time and memory. Memory counts all allocations, which is more than was in
// use at any time.
const (
	maxHostileTime  = 250 * time.Millisecond
	maxHostileBytes = 10 << 20
)

// generosity is the factor by which the test may exceed the limits, because it shares the machine with others and the
// race detector slows it down. BenchmarkHostile prints the true values.
const generosity = 4

// hostileRequest is a request that is designed to use many resources.
type hostileRequest struct {
	malformed
	code string // of the first error; empty: none
}

func repeat(n int, text string) string { return strings.Repeat(text, n) }

// each repeats a text n times and replaces # by the number.
func each(n int, text string) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return all.String()
}

func raw(body string) malformed {
	return malformed{http.MethodPost, "/graphql", "application/json", body}
}

// fragmentChain returns n fragments on User. Each contains link with the name of the next one.
func fragmentChain(n int, link string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "fragment f%d on User { %s } ", i, strings.ReplaceAll(link, "NEXT", fmt.Sprintf("...f%d", i+1)))
	}
	fmt.Fprintf(&all, "fragment f%d on User { id }", n)
	return all.String()
}

func hostileRequests() map[string]hostileRequest {
	const (
		tooComplex = "QUERY_TOO_COMPLEX"
		notParsed  = "GRAPHQL_PARSE_FAILED"
		invalid    = "GRAPHQL_VALIDATION_FAILED"
		badInput   = "BAD_USER_INPUT"
		badRequest = "BAD_REQUEST"
	)
	query := func(code, text string) hostileRequest {
		return hostileRequest{operation(text, nil), code}
	}
	with := func(code, text string, variables map[string]any) hostileRequest {
		return hostileRequest{operation(text, variables), code}
	}
	ids := make([]string, 20_000)
	for i := range ids {
		ids[i] = "VXNlcjphZGE"
	}
	nested := json.RawMessage(repeat(9_000, "[") + repeat(9_000, "]"))
	return map[string]hostileRequest{
		"30 nested fragments":          query(tooComplex, "{ viewer { ...f0 } } "+fragmentChain(30, "a: friends(first: 2) { nodes { NEXT } } b: friends(first: 1) { nodes { NEXT } }")),
		"30 nested fragments, flat":    query("", "{ viewer { ...f0 } } "+fragmentChain(30, "NEXT ... on Node { id NEXT }")),
		"conditional nested fragments": with(tooComplex, "query ($a: Boolean!, $b: Boolean!) { user(cognitoId: \"ada\") { ...f0 } } "+fragmentChain(30, "NEXT @include(if: $a) NEXT @skip(if: $b) NEXT"), map[string]any{"a": true, "b": false}),
		"88 KB of __typename":          query("", "{ "+repeat(8_000, "__typename ")+"}"),
		"all tokens of __typename":     query("", "{ "+repeat(14_990, "__typename ")+"}"),
		"all tokens of a field":        query("", "{ user(cognitoId: \"ada\") { "+repeat(14_980, "id ")+"} }"),
		"all tokens of an object":      query("", "{ "+repeat(1_650, "viewer { id stats { followersCount } } ")+"}"),
		"too many tokens":              query(notParsed, "{ "+repeat(90_000, "__typename ")+"}"),
		"5,000 directives":             query(tooComplex, "{ __typename "+repeat(5_000, "@a ")+"}"),
		"5,000 known directives":       query(notParsed, "{ "+repeat(5_000, "__typename @skip(if: false) ")+"}"),
		"500 directives":               query("", "{ "+repeat(500, "__typename @skip(if: false) ")+"}"),
		"400 levels":                   query(tooComplex, `{ user(cognitoId: "ada") `+repeat(200, "{ friends(first: 1) { nodes ")+"{ id }"+repeat(400, " }")+" }"),
		"400 levels of nothing":        query(tooComplex, "{ "+repeat(400, "... { ")+"__typename"+repeat(400, " }")+" }"),
		"100 aliased mutations":        query(tooComplex, "mutation { "+each(100, `a#: login(input: { username: "ada", password: "wrong-password" }) { token } `)+"}"),
		"first: 1000000":               query(tooComplex, "{ users(first: 1000000) { nodes { followers(first: 1000000) { nodes { followers(first: 1000000) { nodes { id } } } } } } }"),
		"first: 1000000 of one":        query(badInput, "{ users(first: 1000000) { nodes { id } } }"),
		"20,000 nodes ids":             with(badRequest, `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": ids}),
		"9,000 nodes ids":              with(badInput, `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": ids[:9_000]}),
		"14,000 nodes ids in the text": query(badInput, `{ nodes(ids: [`+repeat(14_000, `"VXNlcjphZGE" `)+`]) { id } }`),
		"9,000 nodes with pages":       with(tooComplex, `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { followers(first: 100) { nodes { id } } } } }`, map[string]any{"ids": ids[:9_000]}),
		"follows of 1,000 by 1,000":    with(tooComplex, `query ($ids: [ID!]!) { follows(followerIds: $ids, followingIds: $ids) { followedAt } }`, map[string]any{"ids": ids[:1_000]}),
		"8 MiB of broken JSON":         {raw(repeat(8<<20, "{")), badRequest},
		"1 MiB of broken JSON":         {raw(repeat(1<<20, "{")), badRequest},
		"1 MiB of unfinished JSON":     {raw(`{"query": "` + repeat(1<<20-100, "x")), badRequest},
		"cyclic fragments":             query(invalid, "{ viewer { ...f0 } } "+each(400, "fragment f# on User { id ...f0 ...f1 ...f# ...f399 } ")),
		"a cycle of 300 fragments":     query(invalid, "{ viewer { ...f0 } } "+strings.Replace(fragmentChain(300, "NEXT"), "{ id }", "{ ...f0 }", 1)),
		"cyclic introspection":         query(invalid, "{ __schema { types { ...f } } } fragment f on __Type { fields { type { ...f } } }"),
		"introspection of introspection": query(invalid,
			"{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"),
		"introspection 40 times":             query(tooComplex, "{ __schema { "+each(40, "a#: types { fields { args { type { name } } type { fields { name } } } } ")+"} }"),
		"the most introspection that may be": query("", "{ __schema { "+each(4, "a#: types { name fields { name args { name type { name } } type { fields { name } } } } ")+"types { name } } }"),
		"the largest type":                   query("", `{ __type(name: "User") { `+each(12, "a#: fields { name args { name type { name } } type { fields { name args { name type { name } } type { name ofType { name } } } } } ")+"} }"),
		"ofType 60 times":                    query(tooComplex, `{ __type(name: "User") { `+repeat(60, "ofType { ")+"name"+repeat(62, " }")),

		"1 MiB of numbers in variables": {raw(`{"query": "{ __typename }", "variables": {"a": [` + repeat(500_000, "1,") + "1]}}"), badRequest},
		"1 MiB of objects in variables": {raw(`{"query": "{ __typename }", "variables": {"a": [` + repeat(300_000, "{},") + "{}]}}"), badRequest},
		"1 MiB of lists in variables":   {raw(`{"query": "{ __typename }", "variables": {"a": ` + repeat(500_000, "[") + repeat(500_000, "]") + `}}`), badRequest},
		"9,000 lists in variables":      with("", `{ __typename }`, map[string]any{"a": nested}),
		"9,000 lists for an id":         with(invalid, `query ($a: [ID!]!) { nodes(ids: $a) { id } }`, map[string]any{"a": nested}),
		"9,000 lists for an input":      with(invalid, `mutation ($a: LoginInput!) { login(input: $a) { token } }`, map[string]any{"a": nested}),
		"a value for a list":            with("", `query ($a: [ID!]!) { nodes(ids: $a) { id } }`, map[string]any{"a": "VXNlcjphZGE"}),
		"a long string for an id":       with(badInput, `query ($a: ID!) { node(id: $a) { id } }`, map[string]any{"a": repeat(1_000_000, "x")}),
		"a long number for an id":       with(badInput, `query ($a: ID!) { node(id: $a) { id } }`, map[string]any{"a": json.RawMessage(repeat(1_000_000, "9"))}),
		"a long number for a page":      with(invalid, `query ($a: Int) { users(first: $a) { nodes { id } } }`, map[string]any{"a": json.RawMessage(repeat(1_000_000, "9"))}),
		"a long exponent":               with(invalid, `query ($a: Int) { users(first: $a) { nodes { id } } }`, map[string]any{"a": json.RawMessage("1e" + repeat(1_000_000, "9"))}),
		"a long enum value":             with(invalid, `query ($a: UserOrderField!) { users(orderBy: {field: $a, direction: ASC}) { nodes { id } } }`, map[string]any{"a": repeat(150_000, "\x01")}),
		"a long unknown field": with(invalid, `mutation ($a: LoginInput!) { login(input: $a) { token } }`,
			map[string]any{"a": map[string]any{"username": "a", "password": "b", repeat(1_000_000, "x"): 1}}),
		"a long search":        with(badInput, `query ($a: String!) { searchUsers(query: $a) { nodes { id } } }`, map[string]any{"a": repeat(300_000, "e\u0301")}),
		"a long cursor":        with(badInput, `query ($a: String) { users(after: $a) { nodes { id } } }`, map[string]any{"a": repeat(1_000_000, "A")}),
		"a long operationName": {raw(`{"query": "query a { __typename }", "operationName": "` + repeat(1_000_000, "x") + `"}`), invalid},
		"long extensions":      {raw(`{"query": "{ __typename }", "extensions": {"a": "` + repeat(1_000_000, "x") + `"}}`), ""},
		"10,000 variables":     query(tooComplex, "query ("+each(3_700, "$v#: Int ")+") { __typename }"),
		"many operations":      query(tooComplex, each(2_900, "query q# { __typename } ")),
		"50 operations":        query(tooComplex, each(50, "query q# { ...f } ")+"fragment f on Query { "+repeat(9_000, "__typename ")+"}"),
		"aliases":              query(tooComplex, "{ viewer { "+each(3_700, "a#: id ")+"} }"),
		"unknown fields":       query(invalid, "{ viewer { "+each(7_000, "followersInCommonAndSomeMoreThatMakesItLonger# ")+"} }"),
		"a long name":          query(tooComplex, "{ viewer { "+repeat(1_000_000, "a")+" } }"),
		"a long string":        query(invalid, `{ users(first: "`+repeat(1_000_000, "a")+`") { nodes { id } } }`),
		"a long integer":       query(invalid, "{ users(first: "+repeat(1_000_000, "9")+") { nodes { id } } }"),
		"unicode":              query(notParsed, "{ "+repeat(100_000, "\u202e\U000e0001")+" }"),
		"unicode in strings":   query("", `{ user(username: "`+repeat(50_000, "e\u0301\u0301\U000e0001\u202e")+`") { id } }`),
		"escapes in strings":   query("", `{ user(username: "`+repeat(80_000, `\u0041`)+`") { id } }`),
		"comments":             query(notParsed, "{ __typename } "+repeat(250_000, "#\n")),
		"a long query string":  {malformed{http.MethodGet, "/graphql?query=" + url.QueryEscape("{ "+repeat(4_000, "__typename ")+"}"), "", ""}, ""},
	}
}

// answersTo sends a hostile request, whose body was copied beforehand, and checks the answer.
func (s *server) answersTo(t testing.TB, request hostileRequest, body []byte) {
	header := http.Header{"Accept": {"application/graphql-response+json"}}
	if request.contentType != "" {
		header.Set("Content-Type", request.contentType)
	}
	got := s.do(t, request.method, request.path, header, body)
	require.Less(t, got.status, 500, "%.500s", got.body)
	require.Less(t, len(got.body), 1<<20)
	var answer struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	require.NoError(t, json.Unmarshal(got.body, &answer))
	if request.code == "" {
		require.Empty(t, answer.Errors, "%.500s", got.body)
		return
	}
	require.NotEmpty(t, answer.Errors, "%.500s", got.body)
	require.Equal(t, request.code, answer.Errors[0].Extensions.Code, "%.500s", got.body)
	if request.code == "QUERY_TOO_COMPLEX" {
		require.Equal(t, http.StatusUnprocessableEntity, got.status)
	}
}

// usage is the total processor time and memory of the process.
type usage struct {
	processor time.Duration
	allocated uint64
}

func used(t testing.TB) usage {
	var resources syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &resources))
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return usage{
		processor: time.Duration(resources.Utime.Nano() + resources.Stime.Nano()),
		allocated: sample[0].Value.Uint64(),
	}
}

func (u usage) since(earlier usage) usage {
	return usage{u.processor - earlier.processor, u.allocated - earlier.allocated}
}

// hostileServer returns a server with one user, ada, and a signing key.
func hostileServer(t testing.TB) *server {
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, auth.CreateKey(key))
	database := testdb.New(t)
	smallGraph(t, database)
	return start(t, database, "--token-key", key, "--password-cost", "4")
}

// TestHostile sends each request alone. It is not parallel, because it measures the processor time of the process.
func TestHostile(t *testing.T) {
	requests := hostileRequests()
	s := hostileServer(t)
	s.post(t, "{ viewer { id } }", nil) // warms up the server
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		t.Run(name, func(t *testing.T) {
			body := []byte(requests[name].body)
			runtime.GC()
			before := used(t)
			s.answersTo(t, requests[name], body)
			took := used(t).since(before)
			require.Less(t, took.processor, generosity*maxHostileTime)
			require.Less(t, took.allocated, uint64(generosity*maxHostileBytes))
		})
	}
}

// BenchmarkHostile prints the resources of each request, including the client's part.
func BenchmarkHostile(b *testing.B) {
	requests := hostileRequests()
	s := hostileServer(b)
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		b.Run(name, func(b *testing.B) {
			body := []byte(requests[name].body)
			before := used(b)
			for b.Loop() {
				s.answersTo(b, requests[name], body)
			}
			took := used(b).since(before)
			b.ReportMetric(float64(took.processor.Microseconds())/1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(took.allocated)/(1<<20)/float64(b.N), "MiB/op")
			b.ReportMetric(0, "ns/op")
		})
	}
}
