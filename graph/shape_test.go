package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
	"followgraph/internal/viewer"
)

// dense inserts 400 users, each with 40 follows or more.
const dense = `
INSERT INTO users (cognito_id, username, phone_number, password_hash)
	SELECT 'u' || n, 'u' || n, '+999' || n, '!' FROM generate_series(0, 399) n;
INSERT INTO user_follows (follower_id, following_id)
	SELECT 'u' || a, 'u' || (a + 7 * b + b * b) % 400 FROM generate_series(0, 399) a, generate_series(1, 60) b
	WHERE a <> (a + 7 * b + b * b) % 400 ON CONFLICT DO NOTHING;
INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
	SELECT id, sum(i), sum(o) FROM (
		SELECT following_id AS id, 1 AS i, 0 AS o FROM user_follows UNION ALL SELECT follower_id, 0, 1 FROM user_follows
	) sides GROUP BY id;`

func openDense(t *testing.T) *store.Store {
	t.Helper()
	url := testdb.New(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), dense)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	s, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// TestStatementsDependOnShape runs queries of one shape with increasing width: the number of statements does not
// change.
func TestStatementsDependOnShape(t *testing.T) {
	t.Parallel()
	opened := openDense(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, opened, schema)
		const nested = `query ($a: Int, $b: Int, $c: Int) { user(username: "u1") { stats { followersCount }
			followers(first: $a) { totalCount nodes { stats { followersCount }
			followers(first: $b) { nodes { stats { followersCount }
			followers(first: $c) { nodes { stats { followersCount } } } } } } } } }`
		for _, width := range [][3]int{{1, 1, 1}, {20, 10, 5}, {40, 20, 10}} {
			response, statements := a.run(t.Context(), nested, map[string]any{"a": width[0], "b": width[1], "c": width[2]})
			require.Empty(t, response.Errors)
			require.Equal(t, width[0]*width[1]*width[2]+width[0]*width[1]+width[0]+1,
				strings.Count(string(response.Data), "followersCount"))
			require.Equal(t, 4, statements, "a user with counts; three levels of pages with their users and counts; width %v", width)
		}
	})
}

// TestTotalsShareStatements selects totals of a level. The rows of whole first pages are their totals. SQL counts the others
// with a statement for each kind of connection and walked list, and one for the lengths of the lists.
func TestTotalsShareStatements(t *testing.T) {
	t.Parallel()
	opened := openDense(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, opened, schema)
		ask := func(first int, selected string) (string, int) {
			page := fmt.Sprintf("(first: %d) { %s edges { cursor } }", first, selected)
			response, statements := a.run(t.Context(), `{ users(first: 30) { nodes { friends`+page+` followingInCommon(with: "`+globalid.User("u3")+`", `+page[1:]+` } }
				searchUsers(query: "u39", first: 100) { `+selected+` } }`, nil)
			require.Empty(t, response.Errors)
			return string(response.Data), statements
		}
		var totals [60]int
		for _, first := range []int{100, 3, 0} {
			data, statements := ask(first, "totalCount")
			_, without := ask(first, "__typename")
			if first == 100 {
				require.Equal(t, without, statements)
			} else {
				require.LessOrEqual(t, statements, without+1+2*2, "first: %d", first)
			}
			require.Contains(t, data, `"searchUsers":{"totalCount":11}`)
			var answer struct {
				Users struct {
					Nodes []struct {
						Friends, FollowingInCommon struct {
							TotalCount int
							Edges      []any
						}
					}
				}
			}
			require.NoError(t, json.Unmarshal([]byte(data), &answer))
			require.Len(t, answer.Users.Nodes, 30)
			for i, node := range answer.Users.Nodes {
				if first == 100 {
					totals[2*i], totals[2*i+1] = len(node.Friends.Edges), len(node.FollowingInCommon.Edges)
				}
				require.Equal(t, totals[2*i], node.Friends.TotalCount)
				require.Equal(t, totals[2*i+1], node.FollowingInCommon.TotalCount)
				require.Len(t, node.Friends.Edges, min(first, totals[2*i]))
			}
		}
		require.Greater(t, slices.Max(totals[:]), 3)
	})
}

// TestAliasesShareStatements queries one level under a hundred aliases, each with different page arguments.
func TestAliasesShareStatements(t *testing.T) {
	t.Parallel()
	opened := openDense(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, opened, schema)
		cursor := func() string {
			response, _ := a.run(t.Context(), `{ user(username: "u1") { followers(first: 5) { pageInfo { endCursor } } } }`, nil)
			var data struct {
				User struct {
					Followers struct{ PageInfo struct{ EndCursor string } }
				}
			}
			require.NoError(t, json.Unmarshal(response.Data, &data))
			return data.User.Followers.PageInfo.EndCursor
		}()
		for _, aliases := range []int{2, 100} {
			var query strings.Builder
			for n := range aliases {
				fmt.Fprintf(&query, "u%d: user(username: \"u%d\") { first: followers(first: %d) { nodes { username } } after: followers(first: %d, after: %q) { nodes { role } } }\n",
					n, n, 1+n%50, 1+n%30, cursor)
			}
			response, statements := a.run(t.Context(), "{ "+query.String()+" }", nil)
			require.Empty(t, response.Errors)
			require.Equal(t, 2, statements, "users by name, pages with their users; %d aliases", aliases)
		}
	})
}

// TestFollowsShareStatements queries the follows between lists of different users under twenty aliases: one statement
// reads all, and each result equals the result of a separate query.
func TestFollowsShareStatements(t *testing.T) {
	t.Parallel()
	opened := openDense(t)
	follows := func(alias int) string {
		var ids strings.Builder
		for n := range 11 + alias {
			fmt.Fprintf(&ids, "%q ", globalid.User(fmt.Sprintf("u%d", 17*alias+n)))
		}
		return fmt.Sprintf("f%d: follows(followerIds: [%s], followingIds: [%s]) { followerId followingId followedAt }\n", alias, &ids, &ids)
	}
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, opened, schema)
		var query strings.Builder
		alone := map[string]json.RawMessage{}
		for alias := range 20 {
			query.WriteString(follows(alias))
			response, statements := a.run(t.Context(), "{ "+follows(alias)+" }", nil)
			require.Empty(t, response.Errors)
			require.Equal(t, 1, statements)
			require.NoError(t, json.Unmarshal(response.Data, &alone))
			require.Greater(t, strings.Count(string(response.Data), "followedAt"), 2)
		}
		response, statements := a.run(t.Context(), "{ "+query.String()+" }", nil)
		require.Empty(t, response.Errors)
		require.Equal(t, 1, statements)
		var together map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(response.Data, &together))
		require.Equal(t, alone, together)
	})
}

// TestPayloadsShareStatements selects the same of several users of a payload: their lookups are one wave.
func TestPayloadsShareStatements(t *testing.T) {
	t.Parallel()
	opened := openDense(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, opened, schema)
		ctx := viewer.With(t.Context(), viewer.Viewer{CognitoID: "u1", Registered: true})
		other := globalid.User("u2")
		const selection = `{ isFollowingViewer followers(first: 1) { nodes { username } } }`
		for mutation, fields := range map[string]string{
			fmt.Sprintf(`followUser(input: {userId: %q})`, other):     `user ` + selection + ` viewer ` + selection + ` again: user ` + selection,
			fmt.Sprintf(`followUsers(input: {userIds: [%q]})`, other): `results { user ` + selection + ` } viewer ` + selection,
			fmt.Sprintf(`unfollowUser(input: {userId: %q})`, other):   `user ` + selection + ` viewer ` + selection,
			fmt.Sprintf(`removeFollower(input: {userId: %q})`, other): `user ` + selection + ` viewer ` + selection,
		} {
			response, statements := a.run(ctx, `mutation { `+mutation+` { `+fields+` } }`, nil)
			require.Empty(t, response.Errors)
			_, plain := a.run(ctx, `mutation { `+mutation+` { clientMutationId } }`, nil)
			require.Equal(t, 3, statements-plain, "users, their relations to the caller, pages with their users; %s", mutation)
		}
	})
}

// TestHangUp cancels an operation with a statement that waits for a lock: PostgreSQL cancels the statement.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"page":       `{ user(username: "ada") { followers { nodes { username } } } }`,
		"read ahead": `{ user(cognitoId: "id-ada") { followers { nodes { username } } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withExecutors(t, func(t *testing.T, schema newSchema) { hangUp(t, schema, query) })
		})
	}
}

func hangUp(t *testing.T, schema newSchema, query string) {
	url := testdb.New(t)
	fill(t, url)
	s, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	a := newAPI(t, s, schema)

	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		return conn
	}
	locker, watcher := connect(), connect() // a transaction caches its first read of pg_stat_activity
	_, err = locker.Exec(t.Context(), "BEGIN; LOCK TABLE user_follows IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	waiting := func() (n int) {
		require.NoError(t, watcher.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n))
		return n
	}

	ctx, hangUp := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		a.run(ctx, query, nil)
	}()
	require.Eventually(t, func() bool { return waiting() == 1 }, waitLimit, tick)
	hangUp()
	<-left
	require.Eventually(t, func() bool { return waiting() == 0 }, waitLimit, tick)

	// The pool serves the next operation.
	_, err = locker.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	response, _ := a.run(t.Context(), `{ user(username: "ada") { followers { totalCount } } }`, nil)
	require.Empty(t, response.Errors)
}

const (
	waitLimit = 30 * time.Second
	tick      = 5 * time.Millisecond
)
