package app_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/testdb"
)

// maxHostileMemory is the limit for the peak memory of one hostile request, in bytes.
const maxHostileMemory = 32 << 20

// doubled returns a query in which each of n fragments spreads the next one twice.
func doubled(n int) string {
	return `{ user(cognitoId: "ada") { ...f0 } } ` + fragmentChain(n, "a: friends(first: 1) { nodes { NEXT } } b: friends(first: 1) { nodes { NEXT } }")
}

// worstOperations returns for each kind the accepted operation that uses most resources.
func worstOperations() map[string]string {
	return map[string]string{
		"10 doubled fragments":  doubled(10),
		"aliases of a resolver": `{ users(first: 100) { nodes { followers(first: 5) { nodes { ` + each(75, "a#: isViewer ") + `} } } } }`,
		"aliases of a relation": `{ nodes(ids: [` + repeat(100, `"VXNlcjphZGE" `) + `]) { ... on User { ` + each(400, "a#: viewerIsFollowing ") + `} } }`,
		"aliases of a page":     `{ users(first: 100) { nodes { ` + each(120, "a#: followers(first: 1) { nodes { id } } ") + `} } }`,
		"aliases of plain data": `{ users(first: 100) { nodes { followers(first: 99) { nodes { ` + each(480, "a#: cognitoId ") + `} } } } }`,
		"users":                 `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 20) { nodes { id } } } } } } }`,
		"users with details":    `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 10) { nodes { id cognitoId username firstname lastname avatar role createdAt updatedAt stats { followersCount followingsCount updatedAt } } } } } } } }`,
		"edges":                 `{ users(first: 100) { nodes { followers(first: 20) { nodes { followers(first: 10) { edges { cursor followedAt node { id } } } } } } } }`,
		"every field":           `{ users(first: 70) { nodes { followers(first: 100) { nodes { id username firstname lastname avatar role createdAt updatedAt email phoneNumber viewerIsFollowing isFollowingViewer isViewer stats { followersCount } } } } } }`,
		"friends":               `{ users(first: 100) { nodes { friends(first: 20) { nodes { friends(first: 20) { nodes { id } } } } } } }`,
		"totals":                `{ users(first: 100) { nodes { friends(first: 0) { totalCount } followersInCommon(first: 0, with: "VXNlcjphZGE") { totalCount } } } }`,
		"searches":              `{ ` + each(6, `a#: searchUsers(query: "user# user", first: 100) { nodes { id } } `) + `}`,
		"totals of searches":    `{ ` + each(3, `a#: searchUsers(query: "user#", first: 0) { totalCount } `) + `}`,
		"paths": paths(func(i int) string {
			return fmt.Sprintf("shortestPath(fromId: %q, toId: %q) { users { id } }", globalid.User(fmt.Sprint("user", 1+i)), globalid.User(fmt.Sprint("user", 5000+i)))
		}),
		"distances": paths(func(i int) string {
			return fmt.Sprintf("distances(fromId: %q, toIds: [%s]) { length }", globalid.User(fmt.Sprint("user", 1+i)), globalIDs(1+100*i, 100))
		}),
		"adjacencies": paths(func(i int) string {
			return fmt.Sprintf("adjacency(followerIds: [%s], followingIds: [%s]) { following followedAt }", globalIDs(1+1000*i, 2_300), globalIDs(1, 2_300))
		}),
		"aliases of times":       fmt.Sprintf("{ adjacency(followerIds: [%s], followingIds: [%s]) { %s } }", globalIDs(1, 300), globalIDs(1, 300), each(450, "a#: followedAt ")),
		"errors of arguments":    `{ users(first: 100) { nodes { followers(first: 24) { nodes { ` + each(5, `a#: followers(first: 1, after: "x") { totalCount } `) + `} } } } }`,
		"errors of wide pages":   `{ users(first: 100) { nodes { followers(first: 90) { nodes { followersInCommon(first: 1, with: "x") { __typename } } } } } }`,
		"introspection":          `{ __schema { types { fields { ` + each(80, "a#: name ") + `} } } }`,
		"a mutation's payload":   `mutation { unfollowUser(input: {userId: "VXNlcjp1c2VyMQ"}) { user { followers(first: 100) { nodes { followers(first: 20) { nodes { id username firstname lastname } } } } } } }`,
		"a mutation's long list": `mutation { followUsers(input: {userIds: [` + repeat(100, `"VXNlcjp1c2VyMQ" `) + `]}) { results { user { ` + each(300, "a#: username ") + `} } } }`,
	}
}

// globalIDs returns the global ids of n users, in quotes.
func globalIDs(from, n int) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "%q ", globalid.User(fmt.Sprint("user", from+i)))
	}
	return all.String()
}

// paths returns as many searches of the graph as an operation may make.
func paths(search func(i int) string) string {
	var all strings.Builder
	for i := range 3 {
		fmt.Fprintf(&all, "a%d: %s ", i, search(i))
	}
	return "{ " + all.String() + "}"
}

// TestWorstTogether sends the most expensive operations at once, four of each, again and again until several small ones
// have their answers. All of them get a response.
func TestWorstTogether(t *testing.T) {
	database := testdb.New(t)
	// How long an operation takes among the others depends on the machine.
	s := start(t, database, append(signInFlags(t), "--max-operation-memory", fmt.Sprint(64<<20), "--operation-timeout=2m", "--write-timeout=3m")...)
	token, _ := s.register(t, "caller", "+41446681800")
	wideGraph(t, database, true)
	small := []byte(operation(`{ user(cognitoId: "ada") { username } }`, nil).body)
	require.Empty(t, s.discard(t, small, token))
	s.client.Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()

	const enough = 4 // small operations
	var large sync.WaitGroup
	var asked atomic.Int64
	for _, query := range worstOperations() {
		for range 4 {
			large.Go(func() {
				for again := true; again; again = asked.Load() < enough {
					code := s.discard(t, []byte(operation(query, nil).body), token)
					assert.Contains(t, []string{"", "QUERY_TOO_COMPLEX", "OVERLOADED", "BAD_USER_INPUT"}, code)
				}
			})
		}
	}
	peak := uint64(0)
	for asked.Load() < enough {
		require.Empty(t, s.discard(t, small, token))
		peak = max(peak, liveBytes())
		asked.Add(1)
	}
	large.Wait()
	require.Less(t, peak, uint64(256<<20), strings.TrimSpace("of the process, its client included"))
}
