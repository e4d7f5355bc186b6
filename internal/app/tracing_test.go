package app_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"followgraph/internal/testdb"
)

// receiver is an OTLP receiver that stores traces.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var export collector.ExportTraceServiceRequest
		if err != nil || request.URL.Path != "/v1/traces" || proto.Unmarshal(body, &export) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(r.Close)
	return r
}

// trees formats the traces for comparison: one line per span with its attributes, indented below its parent, siblings
// in order of their start.
func (r *receiver) trees(attributes ...string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	below := map[string][]*otlp.Span{}
	known := map[string]bool{}
	for _, span := range r.spans {
		known[string(span.SpanId)] = true
	}
	for _, span := range r.spans {
		parent := string(span.ParentSpanId)
		if !known[parent] {
			parent = ""
		}
		below[parent] = append(below[parent], span)
	}
	var text strings.Builder
	var write func(parent, indent string)
	write = func(parent, indent string) {
		slices.SortFunc(below[parent], func(a, b *otlp.Span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
		for _, span := range below[parent] {
			text.WriteString(indent + span.Name)
			for _, attribute := range span.Attributes {
				if slices.Contains(attributes, attribute.Key) {
					text.WriteString(" " + attribute.Key + "=" + valueOf(attribute.Value))
				}
			}
			text.WriteByte('\n')
			write(string(span.SpanId), indent+"  ")
		}
	}
	write("", "")
	return text.String()
}

// valueOf returns an attribute's value, a text or a number.
func valueOf(value *common.AnyValue) string {
	if text, ok := value.Value.(*common.AnyValue_StringValue); ok {
		return text.StringValue
	}
	return strconv.FormatInt(value.GetIntValue(), 10)
}

// traced runs a server that exports to a receiver, and returns the receiver.
func traced(t *testing.T, databaseURL string, use func(t *testing.T, s *server), args ...string) *receiver {
	t.Helper()
	r := newReceiver(t)
	t.Run("server", func(t *testing.T) { // at the end, the server stops and exports
		use(t, start(t, databaseURL, append([]string{"--otlp-endpoint=" + r.URL, "--trace-ratio=1"}, args...)...))
	})
	return r
}

// TestTraces compares the spans of one nested query.
func TestTraces(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	execute(t, database, `UPDATE users SET username = 'ada' WHERE cognito_id = 'ada'`)
	r := traced(t, database, func(t *testing.T, s *server) {
		got := s.post(t, `query Secret($who: String) { user(username: $who) { followers(first: 2) { nodes { followers(first: 1) { totalCount } following(first: 1) { nodes { id } } } } } }`,
			map[string]any{"who": "ada"})
		require.Equal(t, http.StatusOK, got.status)
		require.NotContains(t, string(got.body), "errors")
		s.post(t, `{ nonsense }`, nil)
	})
	require.Equal(t, strings.TrimPrefix(`
POST /graphql http.request.method=POST http.response.status_code=200
  query graphql.operation.type=query
    batch users followgraph.batch.keys=1
      users_by_username db.system.name=postgresql
    batch connections followgraph.batch.keys=1
      follow_page db.system.name=postgresql
    batch connections followgraph.batch.keys=4
      follow_page db.system.name=postgresql
      follow_page db.system.name=postgresql
POST /graphql http.request.method=POST error.type=GRAPHQL_VALIDATION_FAILED http.response.status_code=422
`, "\n"), r.trees("http.request.method", "http.response.status_code", "graphql.operation.type", "graphql.operation.name",
		"followgraph.batch.keys", "db.system.name", "error.type"))
	for _, span := range r.spans {
		require.NotContains(t, span.String(), "ada")
		require.NotContains(t, span.String(), "Secret", "a name of a stranger's")
		require.NotContains(t, span.String(), "nonsense")
	}
}

// TestTracesOfWrites traces a follow, whose statement can write for several callers.
func TestTracesOfWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	var token string
	r := traced(t, database, func(t *testing.T, s *server) {
		payload := s.as(t, "", `mutation { register(input: {username: "olga", password: "correct horse", phoneNumber: "+41446681800"}) { token } }`, nil).data(t, "register")
		token = payload["token"].(string)
		user := s.as(t, "", `{ user(cognitoId: "ada") { id } }`, nil).data(t, "user")["id"]
		s.as(t, token, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, map[string]any{"id": user})
	}, signInFlags(t)...)
	trees := r.trees("followgraph.group.writes")
	require.Contains(t, trees, "  mutation\n    group follow followgraph.group.writes=1\n      follow\n")
	for _, span := range r.spans {
		require.NotContains(t, span.String(), token)
		require.NotContains(t, span.String(), "correct horse")
		require.NotContains(t, span.String(), "446681800")
	}
}

// TestTraceParent sends a traceparent header, which only takes effect if it is trusted.
func TestTraceParent(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	const traceID, parentID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	ask := func(flags string) func(*testing.T, *server) {
		return func(t *testing.T, s *server) {
			header := http.Header{"Traceparent": {"00-" + traceID + "-" + parentID + "-" + flags}}
			require.Equal(t, http.StatusOK, s.do(t, http.MethodGet, "/graphql?query={__typename}", header, nil).status)
		}
	}
	t.Run("not trusted", func(t *testing.T) {
		t.Parallel()
		r := traced(t, database, ask("00"))
		require.Len(t, r.spans, 2)
		root := r.spans[slices.IndexFunc(r.spans, func(s *otlp.Span) bool { return len(s.ParentSpanId) == 0 })]
		require.NotEqual(t, traceID, hex.EncodeToString(root.TraceId))
		require.Len(t, root.Links, 1)
		require.Equal(t, traceID, hex.EncodeToString(root.Links[0].TraceId))
	})
	t.Run("not trusted and not chosen", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, traced(t, database, ask("01"), "--trace-ratio=0").spans)
	})
	t.Run("trusted", func(t *testing.T) {
		t.Parallel()
		r := traced(t, database, ask("01"), "--trust-traceparent", "--trace-ratio=0")
		require.Len(t, r.spans, 2)
		for _, span := range r.spans {
			require.Equal(t, traceID, hex.EncodeToString(span.TraceId))
		}
		require.Contains(t, []string{hex.EncodeToString(r.spans[0].ParentSpanId), hex.EncodeToString(r.spans[1].ParentSpanId)}, parentID)
	})
	t.Run("trusted and not sampled", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, traced(t, database, ask("00"), "--trust-traceparent").spans)
	})
}

// TestTracesByEnvironment configures the receiver by OpenTelemetry's variables.
func TestTracesByEnvironment(t *testing.T) {
	database := testdb.New(t)
	r := newReceiver(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", r.URL)
	t.Run("server", func(t *testing.T) {
		s := start(t, database, "--trace-ratio=1")
		require.Equal(t, http.StatusOK, s.get(t, "/graphql?query={__typename}").status)
	})
	require.Equal(t, "GET /graphql\n  query\n", r.trees())
}
