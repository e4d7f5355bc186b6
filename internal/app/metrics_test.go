package app_test

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// scrape returns the metrics of a server, by name and labels.
func scrape(t *testing.T, operators *server) map[string]float64 {
	t.Helper()
	got := operators.get(t, "/metrics")
	require.Equal(t, http.StatusOK, got.status)
	values := map[string]float64{}
	for line := range strings.Lines(string(got.body)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, text, ok := strings.Cut(strings.TrimSpace(line), " ")
		require.True(t, ok, "%q", line)
		value, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		values[name] = value
	}
	return values
}

// operators returns the listener for operators, whose address the server has announced.
func (s *server) operators(t *testing.T) *server {
	t.Helper()
	for line := range s.more {
		if found, ok := strings.CutPrefix(line, "Metrics: "); ok {
			return &server{address: strings.TrimSuffix(strings.TrimSpace(found), "/metrics"), client: s.client}
		}
	}
	require.Fail(t, "no metrics were announced")
	return nil
}

// requireMetrics compares the metrics in want.
func requireMetrics(t *testing.T, metrics, want map[string]float64) {
	t.Helper()
	found := map[string]float64{}
	for name := range want {
		if value, ok := metrics[name]; ok {
			found[name] = value
		}
	}
	require.Equal(t, want, found)
}

// TestMetrics compares every counter with the requests that were sent.
func TestMetrics(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	s := start(t, database, append(signInFlags(t), "--admin-listen=127.0.0.1:0")...)
	operators := s.operators(t)
	const nested = `query Anything($who: String) { user(cognitoId: $who) { followers(first: 2) { nodes { username followers(first: 1) { totalCount } } } } }`
	var received, sent int
	post := func(status int, query string, variables map[string]any) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
		require.NoError(t, err)
		got := s.do(t, http.MethodPost, "/graphql", http.Header{"Content-Type": {"application/json"}}, body)
		require.Equal(t, status, got.status, "%s", got.body)
		received += len(body)
		sent += len(got.body)
	}
	for range 3 {
		post(http.StatusOK, nested, map[string]any{"who": "ada"})
	}
	post(http.StatusUnprocessableEntity, `{ nonsense }`, nil)
	post(http.StatusBadRequest, `{`, nil)
	post(http.StatusOK, `mutation { register(input: {username: "olga", password: "correct horse", phoneNumber: "+41446681800"}) { token } }`, nil)
	post(http.StatusOK, `{ user(username: "ada", cognitoId: "ada") { id } }`, nil) // two keys: BAD_USER_INPUT
	got := s.do(t, http.MethodPut, "/graphql", nil, nil)
	require.Equal(t, http.StatusMethodNotAllowed, got.status)
	sent += len(got.body)
	s.get(t, "/healthz") // not counted

	var metrics map[string]float64
	require.Eventually(t, func() bool { // a request ends shortly after its response, and a sweep runs in the background
		metrics = scrape(t, operators)
		return metrics["followgraph_http_requests_in_flight"] == 0 && metrics["followgraph_http_request_body_bytes_count"] == 8 &&
			metrics[`followgraph_sweeps_total{result="done"}`] > 0 && !math.IsNaN(metrics["followgraph_accounts_unlinked"])
	}, time.Minute, 10*time.Millisecond)
	requireMetrics(t, metrics, map[string]float64{
		`followgraph_http_request_duration_seconds_count{code="200",method="POST"}`:  5,
		`followgraph_http_request_duration_seconds_count{code="400",method="POST"}`:  1,
		`followgraph_http_request_duration_seconds_count{code="422",method="POST"}`:  1,
		`followgraph_http_request_duration_seconds_count{code="405",method="other"}`: 1,
		`followgraph_http_request_body_bytes_sum`:                                    float64(received),
		`followgraph_http_response_body_bytes_sum`:                                   float64(sent),
		`followgraph_http_requests_refused_total{reason="shed"}`:                     0,

		`followgraph_operations_total{code="OK",operation="other",type="query"}`:                          3,
		`followgraph_operations_total{code="OK",operation="other",type="mutation"}`:                       1,
		`followgraph_operations_total{code="BAD_USER_INPUT",operation="other",type="query"}`:              1,
		`followgraph_operations_total{code="GRAPHQL_VALIDATION_FAILED",operation="other",type="unknown"}`: 1,
		`followgraph_operations_total{code="GRAPHQL_PARSE_FAILED",operation="other",type="unknown"}`:      1,
		`followgraph_operations_total{code="BAD_REQUEST",operation="other",type="unknown"}`:               1,
		`followgraph_operation_duration_seconds_count{operation="other",type="query"}`:                    4,
		`followgraph_operation_cost_count{type="query"}`:                                                  4,
		`followgraph_operation_statements_sum{type="query"}`:                                              3 * 3,

		// Waves of each query: the user, read with the first page; that page, which is known by then; the pages of its
		// two users.
		`followgraph_loader_waves_total`:                              3 * 3,
		`followgraph_loader_batch_keys_count{relation="users"}`:       3,
		`followgraph_loader_batch_keys_sum{relation="users"}`:         3,
		`followgraph_loader_batch_keys_count{relation="connections"}`: 3,
		`followgraph_loader_batch_keys_sum{relation="connections"}`:   3 * 2,

		`followgraph_statement_duration_seconds_count{server="primary",statement="follow_page"}`: 3 * 2,
		`followgraph_statement_duration_seconds_count{server="primary",statement="users"}`:       3,
		`followgraph_pool_connections_max`:                                                       16,
		`followgraph_caller_lookups_total{result="hit"}`:                                         0,
		`followgraph_passwords_hashing`:                                                          0,
		`followgraph_passwords_waiting`:                                                          0,
		`followgraph_passwords_refused_total`:                                                    0,
		`followgraph_sweeps_total{result="failed"}`:                                              0,
		`followgraph_counts_repaired_total`:                                                      0,
		`followgraph_follows_without_account{end="follower"}`:                                    0,
		`followgraph_follows_without_account{end="following"}`:                                   0,
		`followgraph_foreign_writes_total{what="follows"}`:                                       0,
	})
	require.Positive(t, metrics["followgraph_pool_acquires_total"])
	for name := range metrics {
		require.NotContains(t, name, "Anything", "a client's name")
	}
}

// metricShape is the type of a metric, such as "counter", and the names of its labels in alphabetical order.
type metricShape struct{ kind, labels string }

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE followgraph_(\w+) (\w+)$`)
	seriesLine = regexp.MustCompile(`(?m)^followgraph_(\w+)(?:\{(.*)\})? `)
	labelName  = regexp.MustCompile(`(\w+)="`)
	inCode     = regexp.MustCompile("`([a-z_]+)`")
)

// scrapedShapes returns the shapes of the metrics of a scrape, by name.
func scrapedShapes(scraped []byte) map[string]metricShape {
	shapes := map[string]metricShape{}
	for _, line := range typeLine.FindAllSubmatch(scraped, -1) {
		shapes[string(line[1])] = metricShape{kind: string(line[2])}
	}
	for _, line := range seriesLine.FindAllSubmatch(scraped, -1) {
		name := string(line[1])
		if _, ok := shapes[name]; !ok { // a series of a histogram
			name = name[:strings.LastIndex(name, "_")]
		}
		var labels []string
		for _, label := range labelName.FindAllSubmatch(line[2], -1) {
			if string(label[1]) != "le" {
				labels = append(labels, string(label[1]))
			}
		}
		shapes[name] = metricShape{kind: shapes[name].kind, labels: sortedList(labels)}
	}
	return shapes
}

// documentedShapes returns the shapes of the metrics in the table of docs/operations.md, by name. A row with several
// metrics has one type for all, or one for each.
func documentedShapes(t *testing.T) map[string]metricShape {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "| metric | type | labels | what |\n|---|---|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	shapes := map[string]metricShape{}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		require.Len(t, cells, 6, "%s", row)
		names, kinds := inCode.FindAllStringSubmatch(cells[1], -1), strings.Split(strings.TrimSpace(cells[2]), ", ")
		require.Contains(t, []int{1, len(names)}, len(kinds), "%s", row)
		var labels []string
		for _, label := range inCode.FindAllStringSubmatch(cells[3], -1) {
			labels = append(labels, label[1])
		}
		for i, name := range names {
			require.NotContains(t, shapes, name[1], "a second row")
			shapes[name[1]] = metricShape{kind: kinds[min(i, len(kinds)-1)], labels: sortedList(labels)}
		}
	}
	return shapes
}

func sortedList(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// TestMetricsOfCallersAndWrites uses tokens and writes follows.
func TestMetricsOfCallersAndWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	s := start(t, database, append(signInFlags(t), "--admin-listen=127.0.0.1:0", "--graph=auto", "--replica-url="+database)...)
	operators := s.operators(t)
	payload := s.as(t, "", `mutation { register(input: {username: "olga", password: "correct horse", phoneNumber: "+41446681800"}) { token } }`, nil).data(t, "register")
	token := payload["token"].(string)
	user := s.as(t, "", `{ user(cognitoId: "ada") { id } }`, nil).data(t, "user")["id"]
	for range 2 {
		s.as(t, token, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, map[string]any{"id": user})
	}
	requireMetrics(t, scrape(t, operators), map[string]float64{
		`followgraph_group_commit_writes_count{statement="follow"}`:                         2,
		`followgraph_group_commit_writes_sum{statement="follow"}`:                           2,
		`followgraph_statement_duration_seconds_count{server="primary",statement="follow"}`: 2,
		`followgraph_caller_lookups_total{result="hit"}`:                                    1,
		`followgraph_caller_lookups_total{result="miss"}`:                                   1,
		`followgraph_operations_total{code="OK",operation="other",type="mutation"}`:         3,
	})

	// The only metric without a series by now counts statements that fail.
	connection, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = connection.Close(context.WithoutCancel(t.Context())) }()
	_, err = connection.Exec(t.Context(), "ALTER TABLE users RENAME TO hidden_users")
	require.NoError(t, err)
	s.as(t, token, `{ viewer { email } }`, nil) // never from memory
	require.Equal(t, documentedShapes(t), scrapedShapes(operators.get(t, "/metrics").body), "docs/operations.md and /metrics")
}

func TestAdminListener(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		s := start(t, database)
		for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
			require.Equal(t, http.StatusNotFound, s.get(t, path).status, path)
		}
	})
	t.Run("without profiles", func(t *testing.T) {
		t.Parallel()
		s := start(t, database, "--admin-listen=127.0.0.1:0")
		operators := s.operators(t)
		require.Equal(t, http.StatusOK, operators.get(t, "/healthz").status)
		require.Equal(t, http.StatusOK, operators.get(t, "/readyz").status)
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/graphql", "/playground"} {
			require.Equal(t, http.StatusNotFound, operators.get(t, path).status, path)
		}
		require.Equal(t, http.StatusNotFound, s.get(t, "/metrics").status, "on the public listener")
	})
	t.Run("with profiles", func(t *testing.T) {
		t.Parallel()
		s := start(t, database, "--admin-listen=127.0.0.1:0", "--profiling")
		operators := s.operators(t)
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/goroutine?debug=1"} {
			require.Equal(t, http.StatusOK, operators.get(t, path).status, path)
		}
		require.Equal(t, http.StatusNotFound, operators.get(t, "/debug/pprof/cmdline").status, "a command line may hold a password")
		require.Equal(t, http.StatusNotFound, s.get(t, "/debug/pprof/").status, "on the public listener")
	})
}
