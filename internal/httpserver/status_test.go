package httpserver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// TestStatuses sends requests that are refused before execution. The status is the same for both media types.
func TestStatuses(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for name, test := range map[string]struct {
		body   string
		status int
		code   apperr.Code
	}{
		"empty":               {``, 400, apperr.BadRequest},
		"half":                {`{"query": "{ __ty`, 400, apperr.BadRequest},
		"words":               {`query`, 400, apperr.BadRequest},
		"trailing bytes":      {`{"query": "{ __typename }"} x`, 400, apperr.BadRequest},
		"two objects":         {`{"query": "{ __typename }"}{}`, 400, apperr.BadRequest},
		"a comma":             {`{"query": "{ __typename }",}`, 400, apperr.BadRequest},
		"not UTF-8":           {"{\"query\": \"{ __typename } # \xff\"}", 400, apperr.BadRequest},
		"batch":               {`[{"query": "{ __typename }"}]`, 400, apperr.BadRequest},
		"twice":               {`{"query": "{ __typename }", "query": "{ __typename }"}`, 400, apperr.BadRequest},
		"string":              {`"{ __typename }"`, 422, apperr.BadRequest},
		"null":                {`null`, 422, apperr.BadRequest},
		"no query":            {`{}`, 422, apperr.BadRequest},
		"misspelled":          {`{"qeury": "{ __typename }"}`, 422, apperr.BadRequest},
		"upper case":          {`{"QUERY": "{ __typename }"}`, 422, apperr.BadRequest},
		"null query":          {`{"query": null}`, 422, apperr.BadRequest},
		"query a number":      {`{"query": 7}`, 422, apperr.BadRequest},
		"query an object":     {`{"query": {"a": 1}}`, 422, apperr.BadRequest},
		"operationName false": {`{"query": "{ __typename }", "operationName": false}`, 422, apperr.BadRequest},
		"variables a list":    {`{"query": "{ __typename }", "variables": [7]}`, 422, apperr.BadRequest},
		"variables a string":  {`{"query": "{ __typename }", "variables": "{}"}`, 422, apperr.BadRequest},
		"variables zero":      {`{"query": "{ __typename }", "variables": 0}`, 422, apperr.BadRequest},
		"extensions a list":   {`{"query": "{ __typename }", "extensions": []}`, 422, apperr.BadRequest},
		"documentId a number": {`{"documentId": 7}`, 422, apperr.BadRequest},
		"two ids":             {`{"documentId": "a", "doc_id": "b"}`, 422, apperr.BadRequest},
		"document":            {`{"query": "{"}`, 400, apperr.ParseFailed},
		"field":               {`{"query": "{ gone }"}`, 422, apperr.ValidationFailed},
		"two operations":      {`{"query": "query A { __typename } query B { __typename }"}`, 422, apperr.ValidationFailed},
		"operation":           {`{"query": "query A { __typename }", "operationName": "B"}`, 422, apperr.ValidationFailed},
		"variable":            {`{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": null}}`, 422, apperr.ValidationFailed},
		"too much": {`{"query": "{ users(first: 100) { nodes { followers(first: 100) { nodes { followers(first: 100) { nodes { id } } } } } } }"}`,
			422, apperr.QueryTooComplex},
	} {
		for _, accept := range []string{plainJSON, graphqlResponse} {
			t.Run(name+" "+accept, func(t *testing.T) {
				t.Parallel()
				answer := ask(t, handler, http.MethodPost, "/graphql", test.body, "Accept", accept)
				requireRefused(t, test.status, test.code, answer)
			})
		}
	}
}

// TestNullParametersCountAsMissing also sends an unknown parameter, which is ignored.
func TestNullParametersCountAsMissing(t *testing.T) {
	t.Parallel()
	answer := ask(t, newHandler(nil), http.MethodPost, "/graphql", `{"query": "{ __typename }", "operationName": null, "variables": null,
		"extensions": null, "documentId": null, "doc_id": null, "id": null, "later": [{}]}`)
	requireData(t, `{"__typename": "Query"}`, answer)
}

func TestErrorsOfParametersNameThem(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for body, want := range map[string]string{
		`{"query": "{a}", "variables": [7]}`:       "variables must be an object, but its JSON type is array",
		`{"query": "{a}", "extensions": "secret"}`: "extensions must be an object, but its JSON type is string",
		`{"query": "{a}", "operationName": 12345}`: "operationName must be a string, but its JSON type is number",
		`{"query": secret}`:                        "the body is not valid JSON: syntax error at byte 11",
		`{"query": `:                               "the body is not valid JSON: unexpected end",
		`{"query": "a",}`:                          "the body is not valid JSON: syntax error at byte 15",
		``:                                         "the body is not valid JSON: unexpected end",
	} {
		answer := ask(t, handler, http.MethodPost, "/graphql", body)
		require.Equal(t, want, answer.Errors[0].Message)
	}
	for query, want := range map[string]string{
		"query={a}&variables=[]":           "variables must be an object, but its JSON type is array",
		"query={a}&variables={} x":         "the parameter variables contains data after the JSON object",
		"query={a}&extensions={secret":     "the parameter extensions is not valid JSON: syntax error at byte 2",
		"query={a}&query={a}":              "the query string contains the parameter query more than once",
		"query={a}%ff":                     "the parameter query must be UTF-8",
		"query={__typename}&variables={}%": "the query string must be URL-encoded",
	} {
		answer := ask(t, handler, http.MethodGet, "/graphql?"+strings.ReplaceAll(query, " ", "%20"), "")
		require.Equal(t, want, answer.Errors[0].Message, query)
	}
}

func TestMediaTypesOfBodies(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	const body = `{"query": "{ __typename }"}`
	for _, contentType := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		require.Equal(t, http.StatusOK, ask(t, handler, http.MethodPost, "/graphql", body, "Content-Type", contentType).Code, contentType)
	}
	for _, contentType := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
		"application/graphql-response+json", "application/json; charset=utf-16", "application/json, text/plain", "text/plain; application/json",
	} {
		answer := ask(t, handler, http.MethodPost, "/graphql", body, "Content-Type", contentType)
		requireRefused(t, http.StatusUnsupportedMediaType, apperr.BadRequest, answer)
	}
	answer := ask(t, handler, http.MethodPost, "/graphql", body, "Content-Encoding", "gzip")
	requireRefused(t, http.StatusUnsupportedMediaType, apperr.BadRequest, answer)
}

func TestMethods(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "QUERY"} {
		answer := ask(t, handler, method, "/graphql", `{"query": "{ __typename }"}`)
		requireRefused(t, http.StatusMethodNotAllowed, apperr.BadRequest, answer)
		require.Equal(t, "GET, HEAD, POST", answer.Header().Get("Allow"))
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		answer := ask(t, handler, method, "/graphql?query=mutation{__typename}", "")
		requireRefused(t, http.StatusMethodNotAllowed, apperr.BadRequest, answer)
		require.Equal(t, "POST", answer.Header().Get("Allow"))
		requireData(t, `{"__typename": "Query"}`, ask(t, handler, method, "/graphql?query={__typename}&operationName=&variables=&extensions=", ""))
	}
}

// TestPartialSuccess: the status of the draft for data with errors belongs to its media type.
func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for accept, status := range map[string]int{graphqlResponse: statusPartial, plainJSON: http.StatusOK} {
		answer := post(t, handler, map[string]any{"query": `{ __typename node(id: "bad") { id } }`}, "Accept", accept)
		require.Equal(t, status, answer.Code)
		require.JSONEq(t, `{"__typename": "Query", "node": null}`, string(answer.Data))
		require.Len(t, answer.Errors, 1)
		answer = post(t, handler, map[string]any{"query": `mutation { login(input: {username: "x", password: "y"}) { token } }`}, "Accept", accept)
		require.Equal(t, status, answer.Code, "%s", answer.Body)
		require.JSONEq(t, `{"login": null}`, string(answer.Data), "it ran, and failed")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	fits := `{"query": "{ __typename }", "later": "` + strings.Repeat("x", maxBody-100) + `"}`
	require.Equal(t, http.StatusOK, ask(t, handler, http.MethodPost, "/graphql", fits).Code)
	long := fits + strings.Repeat(" ", maxBody-len(fits)+1)
	requireRefused(t, http.StatusRequestEntityTooLarge, apperr.BadRequest, ask(t, handler, http.MethodPost, "/graphql", long))

	for status, body := range map[int]io.Reader{
		http.StatusRequestEntityTooLarge: strings.NewReader(long), // of undeclared length
		http.StatusRequestTimeout:        slow{},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", struct{ io.Reader }{body})
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		require.Equal(t, status, answer.Code, "%s", answer.Body)
	}
}

func TestValuesAreBounded(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	send := func(element string, count int) got {
		list := strings.TrimSuffix(strings.Repeat(element+",", count), ",")
		return ask(t, handler, http.MethodPost, "/graphql", `{"query": "{ __typename }", "variables": {"a": [`+list+`]}}`)
	}
	for _, element := range []string{"1", "{}", `"\\,[{\",:"`} {
		require.Equal(t, http.StatusOK, send(element, maxValues/2-10).Code, element)
	}
	for _, element := range []string{"1", "[]", `{"a":1}`} {
		requireRefused(t, http.StatusUnprocessableEntity, apperr.BadRequest, send(element, maxValues))
	}
}

func TestCallersThatAreRefused(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for _, accept := range []string{plainJSON, graphqlResponse} {
		answer := post(t, handler, map[string]any{"query": "{ __typename }"}, "Authorization", "Bearer wrong", "Accept", accept)
		requireRefused(t, http.StatusUnauthorized, apperr.Unauthenticated, answer)
		require.Equal(t, `Bearer error="invalid_token"`, answer.Header().Get("WWW-Authenticate"))
		answer = post(t, handler, map[string]any{"query": "{ __typename }"}, "Authorization", "Bearer late", "Accept", accept)
		requireRefused(t, http.StatusServiceUnavailable, apperr.Unavailable, answer)
		require.Empty(t, answer.Header().Get("Retry-After"))
		answer = post(t, handler, map[string]any{"query": "{ __typename }"}, "Authorization", "Bearer often", "Accept", accept)
		requireRefused(t, http.StatusTooManyRequests, apperr.RateLimited, answer)
		require.Equal(t, "2", answer.Header().Get("Retry-After"))
	}
}

// TestTimeoutBeforeExecution: an operation whose time is up before it begins gets a response.
func TestTimeoutBeforeExecution(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) { options.OperationTimeout = time.Nanosecond })
	answer := post(t, handler, map[string]any{"query": "{ __typename }"})
	requireRefused(t, http.StatusServiceUnavailable, apperr.Timeout, answer)
}
