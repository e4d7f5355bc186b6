//go:build !race

package app_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
	"followgraph/internal/testdb"
)

// forBothGraphs runs a test that answers from memory, and from SQL. It is for tests that measure processor time: they
// only run without the race detector, which multiplies that.
func forBothGraphs(t *testing.T, test func(t *testing.T, graph string)) {
	t.Helper()
	for _, graph := range []string{config.GraphAuto, config.GraphSQL} {
		t.Run(graph, func(t *testing.T) { test(t, graph) })
	}
}

// refusedOperations returns operations that would far exceed the limits.
func refusedOperations() map[string]string {
	return map[string]string{
		"16 doubled fragments":                    doubled(16),
		"11 doubled fragments":                    doubled(11),
		"480 aliases of a resolver":               `{ users(first: 100) { nodes { followers(first: 99) { nodes { ` + each(480, "a#: isViewer ") + `} } } } }`,
		"480 aliases of a resolver in a mutation": `mutation { unfollowUser(input: {userId: "VXNlcjp1c2VyMQ"}) { user { followers(first: 100) { nodes { followers(first: 20) { nodes { ` + each(480, "a#: isViewer ") + `} } } } } } }`,
		"480 aliases of a name in a mutation":     `mutation { unfollowUser(input: {userId: "VXNlcjp1c2VyMQ"}) { user { followers(first: 100) { nodes { ` + each(480, "a#: username ") + `} } } } }`,
		"pages of which nothing is selected":      `{ users(first: 100) { nodes { followers(first: 100) { nodes { followers(first: 100) { totalCount } } } } } }`,
		"introspection under aliases":             `{ __schema { types { fields { ` + each(480, "a#: name ") + `} } } }`,
		"suggestions under aliases":               `{ viewer { ` + each(60, "a#: suggestions(first: 100) { followedByCount } ") + `} }`,
	}
}

// TestWorst sends operations that exceed the limits, which are rejected, and the most expensive accepted ones. It sends
// one at a time and is not parallel, because it measures the processor time of the process. It uses short names and
// names of maximum length.
func TestWorst(t *testing.T) {
	forBothGraphs(t, func(t *testing.T, graph string) {
		for _, long := range []bool{false, true} {
			t.Run(fmt.Sprint("long=", long), func(t *testing.T) { testWorst(t, graph, long) })
		}
	})
}

func testWorst(t *testing.T, graph string, long bool) {
	t.Helper()
	database := testdb.New(t)
	s := start(t, database, append(signInFlags(t), "--graph", graph)...)
	token, _ := s.register(t, "caller", "+41446681800")
	wideGraph(t, database, long)
	require.Empty(t, s.discard(t, []byte(operation(`{ viewer { id } }`, nil).body), token)) // warms up the server
	refused, worst := refusedOperations(), worstOperations()
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		measured := s.weigh(t, []byte(operation(refused[name], nil).body), token)
		t.Log(name, measured)
		require.Equal(t, "QUERY_TOO_COMPLEX", measured.code, name)
		require.Less(t, measured.processor, maxHostileTime, name)
		require.Less(t, measured.live, uint64(4<<20), name)
	}
	for _, name := range slices.Sorted(maps.Keys(worst)) {
		measured := s.weigh(t, []byte(operation(worst[name], nil).body), token)
		t.Log(name, measured)
		require.Less(t, measured.processor, generosity*maxHostileTime, name)
		require.Less(t, measured.live, uint64(maxHostileMemory), name)
	}
}
