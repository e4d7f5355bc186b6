package app_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestTotals asks for totals, and for pages of no elements, while memory answers and with SQL alone.
func TestTotals(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for _, statement := range []string{
		`INSERT INTO users (cognito_id, username, phone_number, password_hash, firstname)
			SELECT 'u' || n, 'u' || n, '+999' || n, '', CASE WHEN n % 2 = 0 THEN 'U' ELSE 'Eve' END FROM generate_series(0, 299) n`,
		`INSERT INTO user_follows (follower_id, following_id) SELECT 'u' || n, 'u0' FROM generate_series(1, 299) n`,
		`INSERT INTO user_follows (follower_id, following_id) SELECT 'u0', 'u' || n FROM generate_series(1, 299, 2) n`,
		`INSERT INTO user_follows (follower_id, following_id) SELECT 'u' || n, 'u1' FROM generate_series(100, 299) n`,
		`INSERT INTO user_follow_stats (user_id, followers_count, followings_count) SELECT cognito_id,
			(SELECT count(*) FROM user_follows WHERE following_id = cognito_id), (SELECT count(*) FROM user_follows WHERE follower_id = cognito_id) FROM users`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	const query = `query ($first: Int!) {
		users(first: 0) { ...page } search: searchUsers(query: "U", first: 0) { ...page } byName: searchUsers(query: "EVE", first: 0) { ...page }
		none: searchUsers(query: "zed", first: 0) { ...page }
		user(cognitoId: "u0") {
			followers(first: 0) { totalCount nodes { id } pageInfo { hasNextPage } } following(last: 0) { totalCount nodes { id } pageInfo { hasPreviousPage } }
			friends(first: $first) { ...page } followersInCommon(with: "VXNlcjp1MQ", first: $first) { ...page }
			followingInCommon(with: "VXNlcjp1MQ", first: 0) { ...page } followersYouKnow(first: 0) { ...page } suggestions(first: 0) { followedByCount }
		}
		viewer { suggestions(first: $first) { followedByCount } few: suggestions(first: 0) { followedByCount } followersYouKnow(first: 0) { ...page } }
	} fragment page on UserConnection { totalCount nodes { id } }`
	page := func(total any) any { return map[string]any{"totalCount": total, "nodes": []any{}} }
	for graph, counted := range map[string]func(int) any{
		"memory": func(n int) any { return float64(n) },
		"sql":    func(int) any { return nil },
	} {
		for _, executor := range []string{"compiled", "gqlgen"} {
			t.Run(graph+" "+executor, func(t *testing.T) {
				t.Parallel()
				s := start(t, database, append(signInFlags(t), "--admin-listen=127.0.0.1:0", "--graph="+graph, "--executor="+executor)...)
				if graph == "memory" {
					operators := s.operators(t)
					require.Eventually(t, func() bool { return scrape(t, operators)["followgraph_graph_in_memory"] == 1 }, time.Minute, 10*time.Millisecond)
				}
				var got struct {
					Data   map[string]any
					Errors []any
				}
				require.NoError(t, json.Unmarshal(s.as(t, "", query, map[string]any{"first": 0}).body, &got))
				require.Empty(t, got.Errors)
				for name, want := range map[string]any{
					"users": page(counted(300)), "search": page(300.0), "byName": page(150.0), "none": page(0.0), "viewer": nil,
					"user": map[string]any{
						"followers": map[string]any{"totalCount": 299.0, "nodes": []any{}, "pageInfo": map[string]any{"hasNextPage": true}},
						"following": map[string]any{"totalCount": 150.0, "nodes": []any{}, "pageInfo": map[string]any{"hasPreviousPage": true}},
						"friends":   page(150.0), "followersInCommon": page(200.0), "followingInCommon": page(0.0),
						"followersYouKnow": page(0.0), "suggestions": nil,
					},
				} {
					require.Equal(t, want, got.Data[name], name)
				}
			})
		}
	}
}

// TestGraphTotalsAreShared asks for the size of the graph twice by SQL alone, where counting reads whole tables.
func TestGraphTotalsAreShared(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), append(signInFlags(t), "--graph=sql")...)
	const query = `{ graphTotals { usersCount followsCount countedAt } }`
	first := s.as(t, "", query, nil).body
	require.Contains(t, string(first), `"countedAt":"`)
	require.Equal(t, string(first), string(s.as(t, "", query, nil).body))
}
