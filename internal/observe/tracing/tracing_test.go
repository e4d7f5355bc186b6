package tracing

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
)

// newMemoryTracer returns a Tracer whose spans stay in memory.
func newMemoryTracer(t *testing.T, opts Options) (*Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	tracer, err := newTracer(t.Context(), opts, sdk.WithSyncer(spans))
	require.NoError(t, err)
	return tracer, spans
}

func attributes(span tracetest.SpanStub) map[string]string {
	found := map[string]string{}
	for _, a := range span.Attributes {
		found[string(a.Key)] = a.Value.String()
	}
	return found
}

// TestGroup writes four follows of three callers with one statement. The span belongs to the first trace and is linked
// to the others.
func TestGroup(t *testing.T) {
	t.Parallel()
	tracer, exporter := newMemoryTracer(t, Options{Ratio: 1})
	var callers []context.Context
	for range 3 {
		callers = append(callers, tracer.RequestBegins(t.Context(), http.MethodPost, nil))
	}
	g := observe.Group{Name: "follow", Keys: 5, Callers: []context.Context{t.Context(), callers[0], callers[0], callers[1], callers[2]}}
	ctx := tracer.GroupBegins(t.Context(), g)
	tracer.Statement(ctx, observe.Statement{Name: "follow"})
	tracer.GroupEnds(ctx, g, apperr.Wrap(apperr.Unavailable, errors.New("secret"), "cannot be reached"))
	for _, caller := range callers {
		tracer.RequestEnds(caller, observe.Request{Status: http.StatusOK})
	}
	spans := exporter.GetSpans()
	require.Len(t, spans, 5)
	statement, group, first := spans[0], spans[1], spans[2]
	require.Equal(t, "group follow", group.Name)
	require.Equal(t, first.SpanContext.SpanID(), group.Parent.SpanID())
	require.Equal(t, group.SpanContext.SpanID(), statement.Parent.SpanID())
	require.Len(t, group.Links, 2)
	require.Equal(t, spans[3].SpanContext.SpanID(), group.Links[0].SpanContext.SpanID())
	require.Equal(t, spans[4].SpanContext.SpanID(), group.Links[1].SpanContext.SpanID())
	require.Equal(t, map[string]string{"followgraph.group.writes": "5", "error.type": "UNAVAILABLE"}, attributes(group))
	require.Equal(t, codes.Error, group.Status.Code)
	require.Empty(t, group.Status.Description, "the text of an error may hold anything")
}

func TestOperation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		operation observe.Operation
		name      string
		want      map[string]string
		status    codes.Code
	}{
		"anybody's": {
			observe.Operation{Type: "query", Ran: true, Document: "secret", Cost: 3, Statements: 2}, "query",
			map[string]string{"graphql.operation.type": "query", "followgraph.operation.cost": "3", "followgraph.operation.statements": "2"}, codes.Unset,
		},
		"trusted": {
			observe.Operation{Name: "Follow", Trusted: true, Type: "mutation", Ran: true, Code: "NOT_FOUND"}, "mutation Follow",
			map[string]string{
				"graphql.operation.type": "mutation", "graphql.operation.name": "Follow", "error.type": "NOT_FOUND",
				"followgraph.operation.statements": "0",
			}, codes.Unset,
		},
		"a fault": {
			observe.Operation{Type: "query", Ran: true, Code: "INTERNAL_SERVER_ERROR"}, "query",
			map[string]string{
				"graphql.operation.type": "query", "error.type": "INTERNAL_SERVER_ERROR", "followgraph.operation.statements": "0",
			}, codes.Error,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracer, exporter := newMemoryTracer(t, Options{Ratio: 1})
			request := tracer.RequestBegins(t.Context(), "BREW", nil)
			tracer.OperationEnds(tracer.OperationBegins(request), test.operation)
			tracer.RequestEnds(request, observe.Request{Status: http.StatusServiceUnavailable})
			spans := exporter.GetSpans()
			require.Len(t, spans, 2)
			require.Equal(t, test.name, spans[0].Name)
			require.Equal(t, test.want, attributes(spans[0]))
			require.Equal(t, test.status, spans[0].Status.Code)
			require.Equal(t, "HTTP /graphql", spans[1].Name)
			require.Equal(t, map[string]string{
				"http.request.method": "_OTHER", "http.route": "/graphql", "url.path": "/graphql", "http.response.status_code": "503",
			}, attributes(spans[1]))
			require.Equal(t, codes.Error, spans[1].Status.Code)
		})
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	tracer, exporter := newMemoryTracer(t, Options{Ratio: 1})
	tracer.Statement(t.Context(), observe.Statement{Name: "deletions"}) // background work
	request := tracer.RequestBegins(t.Context(), http.MethodPost, nil)
	begin := time.Now()
	tracer.Statement(request, observe.Statement{Name: "users", Begin: begin, End: begin.Add(time.Second)})
	tracer.Statement(request, observe.Statement{Name: "follow", Begin: begin, End: begin, Failed: "40P01"})
	tracer.Statement(request, observe.Statement{Name: "follow", Begin: begin, End: begin, Failed: "canceled"})
	spans := exporter.GetSpans()
	require.Len(t, spans, 3)
	require.Equal(t, time.Second, spans[0].EndTime.Sub(spans[0].StartTime))
	require.Equal(t, map[string]string{"db.system.name": "postgresql", "db.query.summary": "users"}, attributes(spans[0]))
	require.Equal(t, map[string]string{
		"db.system.name": "postgresql", "db.query.summary": "follow", "error.type": "40P01", "db.response.status_code": "40P01",
	}, attributes(spans[1]))
	require.Equal(t, map[string]string{
		"db.system.name": "postgresql", "db.query.summary": "follow", "error.type": "canceled",
	}, attributes(spans[2]))
}

func TestUnsampledRequestHasNoSpans(t *testing.T) {
	t.Parallel()
	tracer, exporter := newMemoryTracer(t, Options{Ratio: 0})
	request := tracer.RequestBegins(t.Context(), http.MethodPost, nil)
	operation := tracer.OperationBegins(request)
	batch := tracer.BatchBegins(operation, observe.Batch{Relation: "users"})
	group := tracer.GroupBegins(t.Context(), observe.Group{Name: "follow", Callers: []context.Context{request}})
	tracer.Statement(batch, observe.Statement{Name: "users"})
	tracer.GroupEnds(group, observe.Group{}, nil)
	tracer.BatchEnds(batch, observe.Batch{}, nil)
	tracer.OperationEnds(operation, observe.Operation{Ran: true})
	tracer.RequestEnds(request, observe.Request{Status: http.StatusOK})
	require.Empty(t, exporter.GetSpans())
}

// TestRejectedTracesAreLogged loses the traces.
func TestRejectedTracesAreLogged(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer receiver.Close()
	var mu sync.Mutex
	var logged strings.Builder
	log := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logged.Write(p)
	}), nil))
	tracer, err := New(t.Context(), Options{Endpoint: receiver.URL, Ratio: 1, Log: log})
	require.NoError(t, err)
	tracer.RequestEnds(tracer.RequestBegins(t.Context(), http.MethodGet, nil), observe.Request{Status: http.StatusOK})
	require.NoError(t, tracer.Close(t.Context()))
	require.Contains(t, logged.String(), "traces were lost")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestResource describes the server by environment variables (OpenTelemetry, SDK Configuration).
func TestResource(t *testing.T) {
	for variable, want := range map[string]string{"": "followgraph", "graph-eu": "graph-eu"} {
		t.Setenv("OTEL_SERVICE_NAME", variable)
		tracer, exporter := newMemoryTracer(t, Options{Ratio: 1})
		tracer.RequestEnds(tracer.RequestBegins(t.Context(), http.MethodGet, nil), observe.Request{})
		require.Contains(t, exporter.GetSpans()[0].Resource.Attributes(), attribute.String("service.name", want))
	}
}
