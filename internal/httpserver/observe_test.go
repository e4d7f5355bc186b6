package httpserver

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/executor"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/social"
)

// recordingObserver records all calls.
type recordingObserver struct {
	observe.Nothing
	requests   []observe.Request
	operations []observe.Operation
	batches    []observe.Batch
	waves      []int
}

func (o *recordingObserver) RequestEnds(_ context.Context, r observe.Request) {
	o.requests = append(o.requests, r)
}

func (o *recordingObserver) OperationEnds(_ context.Context, operation observe.Operation) {
	o.operations = append(o.operations, operation)
}

func (o *recordingObserver) BatchEnds(_ context.Context, b observe.Batch, _ error) {
	o.batches = append(o.batches, b)
}

func (o *recordingObserver) Wave(_ context.Context, batches int) { o.waves = append(o.waves, batches) }

// observed returns a handler for one user in memory.
func observed(observer observe.Observer) http.Handler {
	documents := executor.NewDocuments()
	service := social.New(&person{User: model.User{CognitoID: "8c0e4a1e", Username: "ada"}}, social.Options{AnonymousReads: true})
	return Handler(Options{
		Schema:           graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
		Documents:        documents,
		Service:          service,
		Log:              slog.New(slog.DiscardHandler),
		OperationTimeout: time.Minute,
		Observer:         observer,
	})
}

// TestObserver sends one request of each kind, and compares all calls of the observer.
func TestObserver(t *testing.T) {
	t.Parallel()
	const named = `{"query": "query Profile { user(cognitoId: \"ada\") { username } }"}`
	for name, test := range map[string]struct {
		ctx       func(context.Context) context.Context
		method    string
		body      string
		status    int
		operation observe.Operation
		ran       bool // and so has a batch
	}{
		"noTokens's document": {
			method: "POST", body: named, status: 200, ran: true,
			operation: observe.Operation{Type: "query", Ran: true, Cost: 22, Bytes: len(`{"user":{"username":"ada"}}`)},
		},
		"a trusted document": {
			ctx: observe.WithTrusted, method: "POST", body: named, status: 200, ran: true,
			operation: observe.Operation{Name: "Profile", Trusted: true, Type: "query", Ran: true, Cost: 22, Bytes: len(`{"user":{"username":"ada"}}`)},
		},
		"an argument that is wrong": {
			method: "POST", body: `{"query": "{ user(cognitoId: \"a\", username: \"b\") { username } }"}`, status: 200,
			operation: observe.Operation{Type: "query", Ran: true, Cost: 22, Code: "BAD_USER_INPUT", Bytes: len(`{"user":null}`)},
		},
		"no GraphQL": {
			method: "POST", body: `{"query": "{"}`, status: 400, operation: observe.Operation{Code: "GRAPHQL_PARSE_FAILED"},
		},
		"not valid": {
			method: "POST", body: `{"query": "{ nonsense }"}`, status: 422, operation: observe.Operation{Code: "GRAPHQL_VALIDATION_FAILED"},
		},
		"no request": {
			method: "PUT", status: 405, operation: observe.Operation{Code: "BAD_REQUEST"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := &recordingObserver{}
			ctx := t.Context()
			if test.ctx != nil {
				ctx = test.ctx(ctx)
			}
			request := httptest.NewRequestWithContext(ctx, test.method, "/graphql", strings.NewReader(test.body))
			request.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			observed(told).ServeHTTP(answer, request)

			require.Equal(t, test.status, answer.Code)
			took := cmpopts.IgnoreFields(observe.Request{}, "Took")
			require.Empty(t, cmp.Diff([]observe.Request{{
				Method: test.method, Status: test.status, Read: int64(len(test.body)), Sent: int64(answer.Body.Len()),
			}}, told.requests, took))
			unknown := cmpopts.IgnoreFields(observe.Operation{}, "Took", "Delayed", "Document")
			require.Empty(t, cmp.Diff([]observe.Operation{test.operation}, told.operations, unknown))
			if test.ran {
				require.Equal(t, []observe.Batch{{Relation: "users", Keys: 1}}, told.batches)
				require.Equal(t, []int{1}, told.waves)
				require.Positive(t, told.operations[0].Took)
				require.Contains(t, told.operations[0].Document, "Profile")
			} else {
				require.Empty(t, told.batches)
			}
		})
	}
}

// TestObserverOfEndedContext: the client has left, or the deadline has passed, before the operation begins.
func TestObserverOfEndedContext(t *testing.T) {
	t.Parallel()
	left, leave := context.WithCancel(t.Context())
	leave()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for code, ctx := range map[string]context.Context{"CANCELED": left, "TIMEOUT": late} {
		told := &recordingObserver{}
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/graphql?query={__typename}", nil)
		observed(told).ServeHTTP(httptest.NewRecorder(), request)
		require.Len(t, told.requests, 1)
		require.Equal(t, http.StatusServiceUnavailable, told.requests[0].Status)
		require.Len(t, told.operations, 1)
		require.Equal(t, code, told.operations[0].Code)
		require.True(t, told.operations[0].Ran)
	}
}
