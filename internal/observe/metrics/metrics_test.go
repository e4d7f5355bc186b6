package metrics_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/observe"
	"followgraph/internal/observe/metrics"
)

// scrape returns the lines of a scrape that start with a name.
func scrape(t *testing.T, m *metrics.Metrics, name string) []string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, answer.Code)
	var found []string
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, name) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func TestOperations(t *testing.T) {
	t.Parallel()
	m := metrics.New()
	for _, o := range []observe.Operation{
		{Name: "Profile", Trusted: true, Type: "query", Ran: true, Took: 3 * time.Millisecond, Cost: 5, Statements: 2, Bytes: 300},
		{Name: "Profile", Trusted: true, Type: "query", Ran: true, Took: time.Minute, Cost: 5, Statements: 2, Bytes: 300, Code: "TIMEOUT"},
		{Trusted: true, Type: "mutation", Ran: true},
		{Name: "", Type: "query", Cost: 300_000, Code: "QUERY_TOO_COMPLEX"},
		{Code: "BAD_REQUEST"},
	} {
		m.OperationEnds(t.Context(), o)
	}
	require.ElementsMatch(t, []string{
		`followgraph_operations_total{code="OK",operation="Profile",type="query"} 1`,
		`followgraph_operations_total{code="TIMEOUT",operation="Profile",type="query"} 1`,
		`followgraph_operations_total{code="OK",operation="anonymous",type="mutation"} 1`,
		`followgraph_operations_total{code="QUERY_TOO_COMPLEX",operation="other",type="query"} 1`,
		`followgraph_operations_total{code="BAD_REQUEST",operation="other",type="unknown"} 1`,
	}, scrape(t, m, "followgraph_operations_total"))
	require.ElementsMatch(t, []string{
		`followgraph_operation_faults_total{code="TIMEOUT"} 1`,
		`followgraph_operation_faults_total{code="UNAVAILABLE"} 0`,
		`followgraph_operation_faults_total{code="INTERNAL_SERVER_ERROR"} 0`,
		`followgraph_operation_faults_total{code="DATABASE_MISMATCH"} 0`,
	}, scrape(t, m, "followgraph_operation_faults_total"))
	require.Contains(t, scrape(t, m, "followgraph_operation_duration"),
		`followgraph_operation_duration_seconds_bucket{operation="Profile",type="query",le="0.005"} 1`)
	require.ElementsMatch(t, []string{
		`followgraph_operation_duration_seconds_count{operation="Profile",type="query"} 2`,
		`followgraph_operation_duration_seconds_count{operation="anonymous",type="mutation"} 1`,
	}, scrape(t, m, "followgraph_operation_duration_seconds_count"), "refused operations have no duration")
	require.Equal(t, []string{`followgraph_operation_cost_sum{type="query"} 300010`}, scrape(t, m, "followgraph_operation_cost_sum"))
	require.Contains(t, scrape(t, m, "followgraph_operation_statements_sum"), `followgraph_operation_statements_sum{type="query"} 4`)
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	m := metrics.New()
	require.Len(t, scrape(t, m, "followgraph_account_events_total"), len(observe.AccountActions)*len(observe.Outcomes))
	for range 2 {
		m.Account(t.Context(), observe.AccountEvent{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Actor: observe.Anonymous, Subjects: []string{"id-ada"},
		})
	}
	got := scrape(t, m, "followgraph_account_events_total")
	require.Contains(t, got, `followgraph_account_events_total{action="sign_in",outcome="refused"} 2`)
	require.Contains(t, got, `followgraph_account_events_total{action="sign_in",outcome="done"} 0`)
	require.NotContains(t, strings.Join(got, ""), "ada", "no label names a person")
}

// TestLabelsAreBounded uses ten thousand names of operations, first of clients and then of an operator, and as many
// codes and methods.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := metrics.New()
	series := func() int { return len(scrape(t, m, "followgraph_")) }
	m.OperationEnds(t.Context(), observe.Operation{Type: "query", Ran: true, Cost: 1})
	m.RequestEnds(t.Context(), observe.Request{Method: "BREW", Status: 405})
	before := series()
	for n := range 10_000 {
		m.OperationEnds(t.Context(), observe.Operation{Name: fmt.Sprintf("Untrusted%d", n), Type: "query", Ran: true, Cost: 1})
		m.RequestEnds(t.Context(), observe.Request{Method: fmt.Sprintf("BREW%d", n), Status: 405})
	}
	require.Equal(t, before, series())
	require.Equal(t, []string{`followgraph_operations_total{code="OK",operation="other",type="query"} 10001`},
		scrape(t, m, "followgraph_operations_total"))

	for n := range 10_000 {
		m.OperationEnds(t.Context(), observe.Operation{Name: fmt.Sprintf("Trusted%d", n), Trusted: true, Type: "query"})
	}
	require.Equal(t, 500+1, len(scrape(t, m, "followgraph_operations_total")))
	for n := range 10_000 {
		m.OperationEnds(t.Context(), observe.Operation{Type: "query", Code: fmt.Sprintf("CODE_%d", n)})
	}
	require.Equal(t, 500+64+1, len(scrape(t, m, "followgraph_operations_total")), "OK is one of the codes")
}

func TestRequests(t *testing.T) {
	t.Parallel()
	m := metrics.New()
	ctx := m.RequestBegins(t.Context(), http.MethodPost, nil)
	require.Equal(t, []string{"followgraph_http_requests_in_flight 1"}, scrape(t, m, "followgraph_http_requests_in_flight"))
	m.RequestEnds(ctx, observe.Request{Method: http.MethodPost, Status: 200, Read: 70, Sent: 500, Took: time.Second})
	m.RequestEnds(m.RequestBegins(t.Context(), "BREW", nil), observe.Request{Method: "BREW", Status: 405, Sent: 20})
	m.RequestEnds(m.RequestBegins(t.Context(), http.MethodGet, nil), observe.Request{Method: http.MethodGet})
	m.Refused(ctx, observe.Shed)
	require.Equal(t, []string{"followgraph_http_requests_in_flight 0"}, scrape(t, m, "followgraph_http_requests_in_flight"))
	require.ElementsMatch(t, []string{
		`followgraph_http_request_duration_seconds_count{code="200",method="POST"} 1`,
		`followgraph_http_request_duration_seconds_count{code="405",method="other"} 1`,
		`followgraph_http_request_duration_seconds_count{code="0",method="GET"} 1`,
	}, scrape(t, m, "followgraph_http_request_duration_seconds_count"))
	require.Equal(t, []string{"followgraph_http_request_body_bytes_sum 70"}, scrape(t, m, "followgraph_http_request_body_bytes_sum"))
	require.Equal(t, []string{"followgraph_http_response_body_bytes_sum 520"}, scrape(t, m, "followgraph_http_response_body_bytes_sum"))
	require.ElementsMatch(t, []string{
		`followgraph_http_requests_refused_total{reason="shed"} 1`,
		`followgraph_http_requests_refused_total{reason="rate_limited"} 0`,
	}, scrape(t, m, "followgraph_http_requests_refused_total"))
}

func TestWork(t *testing.T) {
	t.Parallel()
	m := metrics.New()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			m.Wave(t.Context(), 2)
			m.Overdue(t.Context(), 2)
			m.BatchEnds(t.Context(), observe.Batch{Relation: "users", Keys: 20}, nil)
			m.GroupEnds(t.Context(), observe.Group{Name: "follow", Keys: 3}, context.Canceled)
			m.Statement(t.Context(), observe.Statement{Name: "users", Server: observe.ServerReplica, End: time.Time{}.Add(2 * time.Second)})
			m.Statement(t.Context(), observe.Statement{Name: "follow", Server: observe.ServerPrimary, Failed: "40P01"})
		})
	}
	all.Wait()
	for _, want := range []string{
		`followgraph_loader_waves_total 8`,
		`followgraph_loader_overdue_waves_total 8`,
		`followgraph_loader_batch_keys_sum{relation="users"} 160`,
		`followgraph_group_commit_writes_sum{statement="follow"} 24`,
		`followgraph_statement_duration_seconds_sum{server="replica",statement="users"} 16`,
		`followgraph_statement_duration_seconds_count{server="primary",statement="follow"} 8`,
		`followgraph_statement_errors_total{server="primary",state="40P01",statement="follow"} 8`,
	} {
		require.Contains(t, scrape(t, m, "followgraph_"), want)
	}
	require.Len(t, scrape(t, m, "followgraph_build_info{"), 1)
	require.NotEmpty(t, scrape(t, m, "go_goroutines"))
	require.NotEmpty(t, scrape(t, m, "process_cpu_seconds_total"))
}

func TestScrapesReadValues(t *testing.T) {
	t.Parallel()
	m := metrics.New()
	value := 1.0
	m.Gauge("queue_length", "Waiting.", nil, func() float64 { return value })
	m.Counter("tries_total", "Tries.", map[string]string{"result": "done"}, func() float64 { return 2 * value })
	value = 3
	require.Equal(t, []string{"followgraph_queue_length 3"}, scrape(t, m, "followgraph_queue_length"))
	require.Equal(t, []string{`followgraph_tries_total{result="done"} 6`}, scrape(t, m, "followgraph_tries_total"))
}
