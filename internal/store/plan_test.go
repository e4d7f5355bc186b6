package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
	"followgraph/internal/traversal"
)

// hotStatement is a statement of the read path, with arguments that involve a celebrity, whose lists a plan must never
// read completely, and the indexes that it may use.
type hotStatement struct {
	sql     string
	args    []any
	indexes []string
	nodes   []string // nodes that the plan may contain in addition to those of every statement
	writes  bool     // then a plan for these arguments may read a small table sequentially; sessions never use one
}

// celebrity is followed by every user and follows half of them; see crowd.
const celebrity = "u1"

func hotStatements() map[string]hotStatement {
	statements := map[string]hotStatement{
		"counts":                {countsSQL, []any{ids(2000)}, []string{"user_follow_stats_pkey"}, nil, false},
		"privates":              {privatesSQL, []any{ids(2000)}, []string{"ix_users_cognito_id"}, nil, false},
		"a caller on a standby": {replicaCallerSQL, []any{celebrity}, []string{"ix_users_cognito_id"}, nil, false},
		"relations":             {relationsSQL, []any{celebrity, ids(2000)}, []string{"idx_follower_following"}, nil, false},
		"suggestions": {suggestionsSQL, []any{celebrity, int32(10), int32(100)},
			[]string{"idx_follower_id", "idx_follower_following", "ix_users_cognito_id"}, []string{"Aggregate", "Sort"}, false},
		"top followers": {topSQL[page.Followers], topArgs(), []string{"user_follow_stats_pkey", "ix_user_follow_stats_followers_count",
			"idx_following_id", "idx_follower_following", "ix_users_cognito_id"}, []string{"Sort", "CTE Scan", "Aggregate"}, false},
		"top following": {topSQL[page.Following], topArgs(), []string{"user_follow_stats_pkey", "ix_user_follow_stats_followers_count",
			"idx_follower_id", "idx_follower_following", "ix_users_cognito_id"}, []string{"Sort", "CTE Scan", "Aggregate"}, false},
		"shared followers, counted": {commonTotals[page.FollowersInCommon][0], []any{ids(200), ids(200), slices.Repeat([]int32{maxCommonTotal}, 200)},
			[]string{"idx_following_id", "idx_follower_following"}, []string{"Aggregate"}, false},
		"friends, counted": {commonTotals[page.Friends][1], []any{ids(200), ids(200), slices.Repeat([]int32{maxCommonTotal}, 200)},
			[]string{"idx_follower_id", "idx_follower_following"}, []string{"Aggregate"}, false},
		"degrees of followers": {pathDegrees[traversal.Backward], []any{ids(2000)}, []string{"ix_users_cognito_id", "user_follow_stats_pkey"}, nil, false},
		"degrees of following": {pathDegrees[traversal.Forward], []any{ids(2000)}, []string{"ix_users_cognito_id", "user_follow_stats_pkey"}, nil, false},
		"neighbors, followers": {pathNeighbors[traversal.Backward], []any{ids(2000), int32(100_000)}, []string{"idx_following_id"}, nil, false},
		"neighbors, following": {pathNeighbors[traversal.Forward], []any{ids(2000), int32(100_000)}, []string{"idx_follower_id"}, nil, false},
		"adjacency, following": {adjacencySQL, []any{ids(2000), slices.Repeat([]int32{50}, 2000)}, []string{"idx_follower_id"}, nil, false},
		"follows between": {followsBetweenSQL, betweenArgs(slices.Repeat([]*model.BetweenKey{{Followers: ids(100), Followings: ids(100)}}, 20)),
			[]string{"idx_follower_following", "ix_users_cognito_id"}, []string{"Aggregate"}, false},
		"follow": {followSQL, []any{slices.Repeat([]string{celebrity}, 128), ids(128), "200"},
			[]string{"ix_users_cognito_id", "idx_follower_following", "idx_follower_id", "idx_following_id"}, writing, true},
		"follow locks": {followLocksSQL, []any{ids(256), slices.Repeat([]string{celebrity}, 128), ids(128), true},
			[]string{"ix_users_cognito_id", "idx_follower_following", "user_follow_stats_pkey"}, writing, true},
		"unfollow": {unfollowSQL, []any{slices.Repeat([]string{celebrity}, 128), ids(128), "200"},
			[]string{"idx_follower_following", "user_follows_pkey", "user_follow_stats_pkey"}, writing, true},
		"a deletion's follows": {deletionFollows, []any{celebrity, int32(1000)},
			[]string{"user_follow_stats_pkey", "ix_user_follow_stats_deleted_at", "idx_follower_following", "idx_follower_id", "idx_following_id"}, nil, false},
		"an account by username": {accountByUsername, []any{"U1", "U1"},
			[]string{"ix_users_username", "ix_users_username_case", "ix_users_id"}, []string{"Aggregate"}, false},
		"an account by claims": {accountByClaims, []any{"É@example.org", "+9991"},
			[]string{"ix_users_email_case", "ix_users_phone_number", "ix_users_id"}, []string{"Aggregate", "Sort", "Unique", "Bitmap Heap Scan", "Bitmap Index Scan"}, false},
		"accounts to move": {moveAccounts, []any{ids(2)}, []string{"ix_users_cognito_id"}, writing, true},
		"accounts that move alone": {movePlain, []any{ids(200), ids(200), "!"},
			[]string{"ix_users_cognito_id", "user_follow_stats_pkey", "ix_user_follow_stats_deleted_at", "idx_follower_id", "idx_following_id", "idx_follower_following"}, moving, true},
		"follows to move, locked": {moveFollowLock, []any{celebrity, "u7"},
			[]string{"idx_follower_id", "idx_following_id", "idx_follower_following"}, moving, true},
		"counts of a move, locked": {moveCountsLock, []any{celebrity, "u7"},
			[]string{"idx_follower_id", "idx_following_id", "idx_follower_following"}, moving, true},
		"follows to move": {moveFollows, []any{celebrity, "u7"},
			[]string{"idx_follower_id", "idx_following_id", "idx_follower_following", "ix_user_follows_id", "user_follows_pkey"}, moving, true},
		"deletions": {deletions, nil, []string{"ix_user_follow_stats_deleted_at"}, nil, false},
	}
	for _, details := range []bool{false, true} {
		addHotStatements(statements, details)
	}
	return statements
}

// topArgs are the arguments of 200 lists of which some are too long to be read.
func topArgs() []any {
	return []any{ids(200), slices.Repeat([]int32{10}, 200), slices.Repeat([]int32{1_000}, 200)}
}

func addHotStatements(statements map[string]hotStatement, details bool) {
	add := func(name, sql string, args []any, indexes ...string) {
		statements[fmt.Sprintf("%s details=%t", name, details)] = hotStatement{sql, args, indexes, nil, false}
	}
	add("users by cognito id", usersByCognitoID[details], []any{ids(2000), make([]bool, 2000)}, "ix_users_cognito_id", "user_follow_stats_pkey")
	for name, args := range map[string][]any{
		"exact":           usernames(keysNamed(ids(100))),
		"in another case": usernames(keysNamed(slices.Repeat([]string{"U1", "U2", "É"}, 33))),
	} {
		statements[fmt.Sprintf("users by username, %s, details=%t", name, details)] = hotStatement{usersByUsername[details], append(args, make([]bool, len(args[0].([]string)))),
			[]string{"ix_users_username", "ix_users_username_case", "ix_users_id", "user_follow_stats_pkey"}, []string{"Aggregate"}, false}
	}
	for kind, index := range map[page.Kind][]string{
		page.Followers:         {"idx_following_id"},
		page.Following:         {"idx_follower_id"},
		page.Friends:           {"idx_following_id", "idx_follower_id", "idx_follower_following"},
		page.FollowersInCommon: {"idx_following_id", "idx_follower_following"},
		page.FollowingInCommon: {"idx_follower_id", "idx_follower_following"},
		page.FollowersYouKnow:  {"idx_following_id", "idx_follower_id", "idx_follower_following"},
		page.OldestUsers:       {"ix_users_created_at"},
		page.NewestUsers:       {"ix_users_created_at"},
		page.UsersAToZ:         {"ix_users_username_search"},
		page.UsersZToA:         {"ix_users_username_search"},
		page.FewestFollowers:   {"ix_user_follow_stats_followers_count"},
		page.MostFollowers:     {"ix_user_follow_stats_followers_count"},
	} {
		for _, backward := range []bool{false, true} {
			for list := range uint8(2) {
				w := walk{kind: kind, backward: backward, list: list, details: details}
				var nodes []string
				if kind == page.MostFollowers || kind == page.FewestFollowers {
					w.order.rows, nodes = maxFollowersWalk, []string{"CTE Scan", "Aggregate"}
				}
				if _, ok := intersections[kind]; list > 0 && !ok {
					continue
				}
				keys := slices.Repeat([]model.ConnectionKey{{
					Kind: kind, User: celebrity, With: "u2", Query: "u",
					Page:       page.Request{Limit: 20, Backward: backward},
					Projection: model.Projection{Users: true, Counts: true},
				}}, 200)
				sql, args := w.statement(keys)
				statements[fmt.Sprintf("%d backward=%t list=%d details=%t", kind, backward, list, details)] = hotStatement{sql, args,
					append(slices.Clone(index), accountIndexes...), nodes, false}
			}
		}
	}
	for _, backward := range []bool{false, true} {
		s := searchFor("u", page.Request{Limit: 20, Backward: backward}, details)
		for name, q := range map[string]query{"read": s.readQuery(10_000, 10_001), "walk": s.walkQuery(10_000), "total": {searchTotal, []any{"u", int32(10_001)}, nil}} {
			statements[fmt.Sprintf("search, %s, backward=%t details=%t", name, backward, details)] = hotStatement{q.sql, q.args,
				append([]string{"ix_users_username_search", "ix_users_name_search", "ix_users_words_search", "ix_user_follow_stats_followers_count"}, accountIndexes...),
				[]string{"Bitmap Heap Scan", "Bitmap Index Scan", "CTE Scan", "Sort", "Aggregate", "Unique", "ProjectSet"}, false}
		}
	}
}

// searchFor returns a search, with the limits that the program has.
func searchFor(text string, request page.Request, details bool) *search {
	return &search{
		limits: defaultSearchLimits, walk: walk{kind: page.Search, backward: request.Backward, details: details}, page: new([]model.Edge),
		key: model.ConnectionKey{Kind: page.Search, Query: text, Page: request, Projection: model.Projection{Users: true, Counts: true}},
	}
}

func keysNamed(names []string) []model.UserKey {
	keys := make([]model.UserKey, len(names))
	for i, name := range names {
		keys[i].Username = name
	}
	return keys
}

// writing lists the nodes with which a statement processes only its own keys.
var writing = []string{"ModifyTable", "LockRows", "Sort", "Aggregate", "CTE Scan", "Hash Join", "Hash", "Unique"}

// moving lists the nodes with which a move of an account processes all follows of its two ids.
var moving = append(slices.Clone(writing), "Bitmap Heap Scan", "Bitmap Index Scan", "ProjectSet", "Merge Join")

// accountIndexes lists the indexes for looking up the accounts of a page.
var accountIndexes = []string{"ix_users_cognito_id", "user_follow_stats_pkey"}

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("u%d", i+1)
	}
	return all
}

// crowd creates 20,000 users and 130,000 follows: every user follows u1 and u2, who follow every other user; the rest
// follow a few others each.
const crowd = `
INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash)
	SELECT 'u' || n, 'u' || n, 'Una' || n % 500, 'Ulm' || n % 300, '+999' || n, '!' FROM generate_series(1, 20000) n;
INSERT INTO user_follows (follower_id, following_id, created_at)
	SELECT 'u' || a, 'u' || b, timestamptz '2025-01-01' + (a * 7919 + b) % 1000000 * interval '1 second' FROM (
		SELECT a, b FROM generate_series(1, 20000) a, generate_series(1, 2) b
		UNION SELECT b, 2 * a FROM generate_series(1, 10000) a, generate_series(1, 2) b
		UNION SELECT a, (a * 31 + c * 17) % 20000 + 1 FROM generate_series(3, 20000) a, generate_series(1, 4) c
	) pairs WHERE a <> b;
INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
	SELECT id, sum(followers), sum(followings) FROM (
		SELECT following_id AS id, 1 AS followers, 0 AS followings FROM user_follows
		UNION ALL SELECT follower_id, 0, 1 FROM user_follows
	) sides GROUP BY id;`

// TestPlans fails if the plan of a hot statement leaves its indexes, whether PostgreSQL plans it for its arguments or
// generically, with and without statistics, and with and without a visibility map.
func TestPlans(t *testing.T) {
	t.Parallel()
	for _, state := range []struct{ name, sql string }{
		{"fresh", ""},
		{"analyzed", "ANALYZE"},
		{"vacuumed", "VACUUM ANALYZE"},
	} {
		t.Run(state.name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, testdb.New(t))
			for _, sql := range []string{crowd, state.sql} {
				_, err := conn.Exec(t.Context(), sql)
				require.NoError(t, err)
			}
			for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
				_, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode)
				require.NoError(t, err)
				for name, hot := range hotStatements() {
					if hot.writes && mode == "force_custom_plan" {
						continue
					}
					plan := explain(t, conn, "", hot)
					for _, node := range plan.all() {
						describe := fmt.Sprintf("%s, %s: %s", name, mode, node)
						if node.Type == "Bitmap Index Scan" {
							assert.Contains(t, hot.indexes, node.Index, describe)
						}
						if slices.Contains(hot.nodes, node.Type) {
							continue
						}
						switch node.Type {
						case "Index Scan", "Index Only Scan":
							assert.Contains(t, hot.indexes, node.Index, describe)
							if node.Index != "ix_user_follow_stats_deleted_at" { // a partial index that is read completely
								require.NotEmpty(t, node.Condition, describe)
							}
						case "Nested Loop", "Limit", "Function Scan", "Append", "Result", "Subquery Scan", "WindowAgg", "Memoize":
						default:
							t.Errorf("the plan has a %s", describe)
						}
					}
				}
			}
		})
	}
}

// planNode is a node of EXPLAIN (FORMAT JSON).
type planNode struct {
	Type      string     `json:"Node Type"`
	Index     string     `json:"Index Name"`
	Relation  string     `json:"Relation Name"`
	Condition string     `json:"Index Cond"`
	Rows      float64    `json:"Actual Rows"`
	Removed   float64    `json:"Rows Removed by Filter"`
	Loops     float64    `json:"Actual Loops"`
	Hits      int        `json:"Shared Hit Blocks"`
	Reads     int        `json:"Shared Read Blocks"`
	Plans     []planNode `json:"Plans"`
}

func (n planNode) all() []planNode {
	nodes := []planNode{n}
	for _, child := range n.Plans {
		nodes = append(nodes, child.all()...)
	}
	return nodes
}

func (n planNode) String() string {
	return fmt.Sprintf("%s on %s by %s with condition %q", n.Type, n.Relation, n.Index, n.Condition)
}

func explain(t *testing.T, conn *pgx.Conn, options string, hot hotStatement) planNode {
	t.Helper()
	// EXPLAIN EXECUTE shows the plan of a prepared statement as the plan cache chose it.
	_, err := conn.Exec(t.Context(), "PREPARE hot AS "+hot.sql)
	require.NoError(t, err)
	defer func() {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), "DEALLOCATE hot")
		require.NoError(t, err)
	}()
	literals := make([]string, len(hot.args))
	for i, arg := range hot.args {
		var literal string
		err := conn.QueryRow(t.Context(), "SELECT quote_literal($1::"+typeName(arg)+"::text)", arg).Scan(&literal)
		require.NoError(t, err)
		literals[i] = literal
	}
	var text string
	sql := fmt.Sprintf("EXPLAIN (%s FORMAT JSON) EXECUTE hot", options)
	if len(literals) > 0 {
		sql += " (" + strings.Join(literals, ", ") + ")"
	}
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&text))
	var plans []struct{ Plan planNode }
	require.NoError(t, json.Unmarshal([]byte(text), &plans))
	return plans[0].Plan
}

func typeName(arg any) string {
	switch arg.(type) {
	case []string:
		return "text[]"
	case bool:
		return "bool"
	case []bool:
		return "bool[]"
	case []int32:
		return "int[]"
	case []int64:
		return "bigint[]"
	case int64:
		return "bigint"
	case int32:
		return "int"
	case string:
		return "text"
	default:
		return "timestamptz[]"
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
	return conn
}
