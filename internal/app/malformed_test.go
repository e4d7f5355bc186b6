package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
)

// malformed is an invalid request.
type malformed struct {
	method, path, contentType string
	body                      string
}

// marker is part of bodies and documents that errors must not repeat.
const marker = "zz-echo-zz"

func operation(query string, variables map[string]any) malformed {
	body, _ := json.Marshal(map[string]any{"query": query, "variables": variables}) // strings and numbers always encode
	return malformed{http.MethodPost, "/graphql", "application/json", string(body)}
}

func text(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// malformedRequests returns invalid requests of every kind.
func malformedRequests() map[string]malformed {
	all := map[string]malformed{}
	user := `{ user(cognitoId: "ada") { %s { edges { cursor } } } }`

	cursors := map[string]string{
		"empty": "", "words": "not a cursor", "padded": "AQEAAA==", "json": `{"id":1}`, "slashes": "////", "zeros": text(strings.Repeat("\x00", 19)),
		"short": text("\x01\x01"), "version": text("\x02\x01" + strings.Repeat("\x00", 17)), "long": strings.Repeat("A", 4000),
		"far":  page.Cursor{Kind: page.Followers, At: -1 << 62}.String(),
		"list": page.Cursor{Kind: page.Followers, List: 9}.String(), "text": page.Cursor{Kind: page.Followers, Text: "x"}.String(),
		"unknown kind": page.Cursor{Kind: 200}.String(), "search NUL": page.Cursor{Kind: page.Search, List: 1, Text: "\x00"}.String(),
	}
	for kind := page.Followers; kind <= page.Search; kind++ {
		cursors[fmt.Sprintf("of kind %d", kind)] = page.Cursor{Kind: kind, List: 7}.String()
	}
	connections := []string{"followers", "following", "friends", `followersInCommon(with: "VXNlcjpib2I"`, `followingInCommon(with: "VXNlcjpib2I"`}
	for _, connection := range connections {
		open := connection + "("
		if strings.Contains(connection, "(") {
			open = connection + ", "
		}
		for name, cursor := range cursors {
			quoted, _ := json.Marshal(cursor)
			all["after "+name+" "+connection] = operation(fmt.Sprintf(user, open+"after: "+string(quoted)+")"), nil)
			all["before "+name+" "+connection] = operation(fmt.Sprintf(user, open+"before: "+string(quoted)+")"), nil)
		}
		for _, arguments := range []string{"first: -1", "first: 101", "last: -1", "last: -5", "last: 2147483647",
			"first: 1, last: 1", "first: 99999999999999999999", `first: "x"`, "first: 1.5", "last: true", "first: [1]", "offset: 3"} {
			all[arguments+" "+connection] = operation(fmt.Sprintf(user, open+arguments+")"), nil)
		}
	}

	for name, id := range map[string]string{
		"empty": "", "words": "ada lovelace", "other type": text("Post:1"), "no id": text("User:"), "NUL": text("User:\x00"),
		"not UTF-8": text("User:\xff"), "long": text("User:" + strings.Repeat("x", 300)), "padded": "VXNlcjo0Mg==",
	} {
		all["node "+name] = operation(`query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id})
		all["nodes "+name] = operation(`query ($id: ID!) { nodes(ids: [$id]) { id } }`, map[string]any{"id": id})
		all["follows "+name] = operation(`query ($id: ID!) { follows(followerIds: [], followingIds: [$id]) { followedAt } }`, map[string]any{"id": id})
		all["user "+name] = operation(`query ($id: ID!) { user(id: $id) { id } }`, map[string]any{"id": id})
		all["with "+name] = operation(`query ($id: ID!) { user(cognitoId: "ada") { followersInCommon(with: $id) { nodes { id } } } }`, map[string]any{"id": id})
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = "VXNlcjox"
	}
	for name, variables := range map[string]map[string]any{
		"1e30": {"n": json.Number("1e30")}, "2^63": {"n": json.Number("9223372036854775808")}, "1.5": {"n": 1.5},
		"text": {"n": "x"}, "list": {"n": []int{1, 2}}, "object": {"n": map[string]any{}}, "true": {"n": true},
	} {
		all["variable "+name] = operation(`query ($n: Int!) { users(first: $n) { nodes { id } } }`, variables)
	}
	for name, query := range map[string]string{
		"too many ids": `{ nodes(ids: ["` + strings.Join(many, `","`) + `"]) { id } }`, "too many followers": `{ follows(followerIds: ["` + strings.Join(many, `","`) + `"], followingIds: []) { followedAt } }`,
		"no user argument": `{ user { id } }`, "two user arguments": `{ user(username: "a", cognitoId: "b") { id } }`,
		"empty search": `{ searchUsers(query: "  ") { nodes { id } } }`, "long search": `{ searchUsers(query: "` + strings.Repeat("x", 101) + `") { nodes { id } } }`,
		"NUL search": `{ searchUsers(query: "a\u0000") { nodes { id } } }`, "unknown order": `{ users(orderBy: { field: AGE, direction: ASC }) { nodes { id } } }`,
		"half an order": `{ users(orderBy: { field: USERNAME }) { nodes { id } } }`, "missing variable": `query ($id: ID!) { node(id: $id) { id } }`,
		"undeclared variable": `{ node(id: $id) { id } }`, "unknown field": `{ users { nodes { password } } }`, "unknown root": `{ everything }`,
		"no selection": `{ users }`, "selection on a scalar": `{ user(username: "a") { username { x } } }`, "empty document": "", "blank document": "  \n",
		"comment": "# " + marker, "unbalanced": "{ users { nodes { id }", "words": "SELECT 1", "emoji": "{ 😀 }", "mutation": "mutation { x }",
		"subscription": "subscription { x }", "cyclic fragments": `{ users { nodes { ...a } } } fragment a on User { ...b } fragment b on User { ...a }`,
		"unknown fragment": `{ users { nodes { ...gone } } }`, "unused fragment": `{ users { nodes { id } } } fragment a on User { id }`,
		"wrong fragment": `{ users { nodes { ... on PageInfo { endCursor } } } }`, "two operations": `query A { users { nodes { id } } } query B { users { nodes { id } } }`,
		"unknown directive": `{ users @gone { nodes { id } } }`, "conflict": `{ users { nodes { a: username a: id } } }`,
		"costly": `{ users(first: 100) { nodes { followers(first: 100) { nodes { followers(first: 100) { nodes { id } } } } } } }`,
		"deep":   `{ user(username: "a") ` + strings.Repeat("{ friends(first: 1) { nodes ", 40) + "{ id }" + strings.Repeat(" } }", 40) + " }",
		"tokens": "{ " + strings.Repeat("__typename ", 20_000) + "}", "bad string": `{ user(username: "` + "\n" + `") { id } }`,
	} {
		all["document "+name] = operation(query, nil)
	}

	whole := operation(`{ users { nodes { id username } } } # `+marker, nil).body
	for cut := 0; cut < len(whole); cut += 3 {
		all[fmt.Sprintf("cut at %d", cut)] = malformed{http.MethodPost, "/graphql", "application/json", whole[:cut]}
	}
	for name, body := range map[string]string{
		"array": "[" + whole + "]", "text": `"` + marker + `"`, "number": "7", "null": "null", "trailing": whole + " x", "two": whole + whole,
		"query number": `{"query": 7}`, "query list": `{"query": ["` + marker + `"]}`, "query null": `{"query": null}`, "no query": `{"variables": {}}`,
		"variables list": `{"query": "{x}", "variables": []}`, "variables text": `{"query": "{x}", "variables": "` + marker + `"}`,
		"operationName": `{"query": "{x}", "operationName": {}}`, "extensions": `{"query": "{x}", "extensions": 1}`,
		"other operation": `{"query": "query A { users { nodes { id } } }", "operationName": "B"}`, "quotes": `{'query': '{x}'}`,
		"byte order mark": "\ufeff" + "{}", "deep variables": `{"query": "{x}", "variables": {"a": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`,
		"too long": `{"query": "` + strings.Repeat("x", 1<<20) + `"}`, "binary": "\x00\x01\xff" + marker,
	} {
		all["body "+name] = malformed{http.MethodPost, "/graphql", "application/json", body}
	}
	for _, contentType := range []string{"", "text/plain", "application/graphql", "multipart/form-data", "application/json; charset=utf-16", ";"} {
		all["content type "+contentType] = malformed{http.MethodPost, "/graphql", contentType, whole}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		all["method "+method] = malformed{method, "/graphql", "application/json", whole}
	}
	for name, query := range map[string]string{
		"empty": "", "no query": "variables={}", "bad escape": "query=%zz", "broken variables": "query={users{nodes{id}}}&variables={", "list": "query={users{nodes{id}}}&variables=[]",
		"not UTF-8": "query=%7B%20users%20%ff%20%7D", "variables not UTF-8": "query={users{nodes{id}}}&variables={\"%ff\":", "extensions": "query={users{nodes{id}}}&extensions=7", "syntax": "query=%7B", "unknown": "query=" + url.QueryEscape("{ x }"),
	} {
		all["GET "+name] = malformed{http.MethodGet, "/graphql?" + query, "", ""}
	}
	return all
}

// TestMalformedRequests sends them to a running server. Each gets an error with a code, and none causes a fault of the
// server.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	s := start(t, database)
	codes := []apperr.Code{apperr.BadRequest, apperr.ParseFailed, apperr.ValidationFailed, apperr.BadUserInput, apperr.QueryTooComplex}
	requests := malformedRequests()
	require.Greater(t, len(requests), 200)
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		request := requests[name]
		header := http.Header{}
		if request.contentType != "" {
			header.Set("Content-Type", request.contentType)
		}
		got := s.do(t, request.method, request.path, header, []byte(request.body))
		require.Less(t, got.status, 500, name)
		var response struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code apperr.Code }
			}
		}
		require.NoError(t, json.Unmarshal(got.body, &response), "%s: %s", name, got.body)
		require.NotEmpty(t, response.Errors, "%s: %s", name, got.body)
		for _, failure := range response.Errors {
			require.NotEmpty(t, failure.Message, name)
			require.Contains(t, codes, failure.Extensions.Code, "%s: %s", name, got.body)
		}
		for _, leak := range []string{marker, "goroutine", ".go:", "runtime error", "SQLSTATE", "strconv", "pgx", "github.com/"} {
			require.NotContains(t, string(got.body), leak, name)
		}
	}
}
