package app_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestMetricsOfTheGraph compares the metrics of the graph in memory with the rows and operations behind them.
func TestMetricsOfTheGraph(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var users, follows float64
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM user_follows)`).Scan(&users, &follows))

	s := start(t, database, "--admin-listen=127.0.0.1:0", "--graph=memory", "--graph-memory=2097152")
	operators := s.operators(t)
	var before map[string]float64
	require.Eventually(t, func() bool {
		before = scrape(t, operators)
		return before["followgraph_graph_in_memory"] == 1
	}, time.Minute, 10*time.Millisecond)
	requireMetrics(t, before, map[string]float64{
		`followgraph_graph_database_reachable`:                     1,
		`followgraph_graph_users`:                                  users,
		`followgraph_graph_follows`:                                follows,
		`followgraph_graph_loading`:                                0,
		`followgraph_graph_loads_total`:                            1,
		`followgraph_graph_memory_max_bytes`:                       2097152,
		`followgraph_graph_memory_bytes{part="transactions"}`:      0,
		`followgraph_graph_interruptions_total{cause="stream"}`:    0,
		`followgraph_graph_interruptions_total{cause="too_large"}`: 0,
		`followgraph_live_log_commits`:                             0,
		`followgraph_live_log_changes`:                             0,
		`followgraph_live_log_bytes`:                               0,
		`followgraph_live_log_seconds`:                             0,
		`followgraph_live_subscribers`:                             0,
		`followgraph_live_wakeups_total`:                           0,
		`followgraph_live_gaps_total`:                              0,
	})
	require.Less(t, before["followgraph_graph_age_seconds"], 60.0)
	require.Positive(t, before["followgraph_graph_position"])
	require.Positive(t, before[`followgraph_graph_memory_bytes{part="users"}`])
	require.Positive(t, before[`followgraph_graph_memory_bytes{part="lists"}`])

	const memory, sql = `followgraph_graph_operations_total{reason="",source="memory"}`, `followgraph_graph_operations_total{reason="too_large",source="sql"}`
	for range 3 {
		require.Equal(t, "ada", s.as(t, "", `{ user(cognitoId: "ada") { cognitoId } }`, nil).data(t, "user")["cognitoId"])
	}
	_, err = conn.Exec(t.Context(), `DELETE FROM user_follows`)
	require.NoError(t, err)
	var after map[string]float64
	require.Eventually(t, func() bool {
		after = scrape(t, operators)
		return after["followgraph_graph_follows"] == 0 && after[memory] >= before[memory]+3
	}, time.Minute, 10*time.Millisecond)
	require.GreaterOrEqual(t, after["followgraph_graph_rows_applied_total"], before["followgraph_graph_rows_applied_total"]+follows)
	require.Greater(t, after["followgraph_graph_transactions_total"], before["followgraph_graph_transactions_total"])
	require.Greater(t, after["followgraph_graph_position"], before["followgraph_graph_position"])
	require.Zero(t, after[`followgraph_graph_memory_bytes{part="lists"}`])
	require.GreaterOrEqual(t, after["followgraph_live_log_changes"], follows)
	require.Positive(t, after["followgraph_live_log_commits"])
	require.Positive(t, after["followgraph_live_log_bytes"])

	// The graph outgrows its memory: SQL answers, and its metrics are those of no graph.
	_, err = conn.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id) SELECT 'f-' || n, 'ada' FROM generate_series(1, 20000) n`)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		after = scrape(t, operators)
		return after["followgraph_graph_in_memory"] == 0 && after[`followgraph_graph_interruptions_total{cause="too_large"}`] == 1
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, "ada", s.as(t, "", `{ user(cognitoId: "ada") { cognitoId } }`, nil).data(t, "user")["cognitoId"])
	require.Eventually(t, func() bool {
		after = scrape(t, operators)
		return after[sql] == 1
	}, time.Minute, 10*time.Millisecond)
	for name, value := range after {
		if strings.HasPrefix(name, "followgraph_graph_memory_bytes") {
			require.Zero(t, value, name)
		}
	}
	require.True(t, math.IsNaN(after["followgraph_graph_position"]))
	require.True(t, math.IsNaN(after["followgraph_graph_age_seconds"]))
}

// TestNoMetricsOfAGraphWithSQLAlone starts a server that has no graph in memory.
func TestNoMetricsOfAGraphWithSQLAlone(t *testing.T) {
	t.Parallel()
	operators := start(t, testdb.New(t), "--admin-listen=127.0.0.1:0", "--graph=sql").operators(t)
	for name := range scrape(t, operators) {
		require.False(t, strings.HasPrefix(name, "followgraph_graph_"), name)
	}
}
