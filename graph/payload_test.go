package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/viewer"
)

// TestPayloadLookahead selects everything that depends on look-ahead in the payloads of mutations, also under aliases,
// and compares it with the result of a query.
func TestPayloadLookahead(t *testing.T) {
	t.Parallel()
	const fields = `username role avatar createdAt updatedAt email viewerIsFollowing stats { followersCount followingsCount }
		followers(first: 2) { totalCount nodes { username role stats { followersCount } } } following(first: 1) { nodes { username viewerIsFollowing } }`
	a := newAPI(t, openWith(t, withCallers), executors["compiled"])
	ctx := viewer.With(t.Context(), callers()["self"].Viewer)
	run := func(operation string) map[string]any {
		t.Helper()
		response, _ := a.run(ctx, operation, nil)
		require.Empty(t, response.Errors, operation)
		var data map[string]any
		require.NoError(t, json.Unmarshal(response.Data, &data))
		return data
	}
	id := globalid.User("id-Bo")
	one := run(fmt.Sprintf(`mutation { it: followUser(input: {userId: "%s"}) { user { %s } again: user { stats { updatedAt } } viewer { %[2]s } } }`, id, fields))
	several := run(fmt.Sprintf(`mutation { it: followUsers(input: {userIds: ["%s", "%s"]}) { results { userId error { code } user { %s } } viewer { %[3]s } } }`,
		id, globalid.User("id-layla"), fields))
	want := run(fmt.Sprintf(`{ bo: user(username: "Bo") { %s } layla: user(username: "layla") { %[1]s } viewer { %[1]s } }`, fields))
	results := several["it"].(map[string]any)["results"].([]any)
	require.Equal(t, want["bo"], results[0].(map[string]any)["user"])
	require.Equal(t, want["layla"], results[1].(map[string]any)["user"])
	require.Equal(t, want["viewer"], several["it"].(map[string]any)["viewer"])
	bo := one["it"].(map[string]any)["user"]
	require.Equal(t, want["bo"], bo, "the second follow did not change Bo")
	require.Contains(t, one["it"].(map[string]any)["again"].(map[string]any), "stats")
}

// TestMutationStatements checks that one statement reads all users of a payload.
func TestMutationStatements(t *testing.T) {
	t.Parallel()
	a := newAPI(t, openWith(t, withCallers), executors["compiled"])
	ctx := viewer.With(t.Context(), callers()["self"].Viewer)
	for _, test := range []struct {
		mutation string
		want     int
	}{
		{`followUser(input: {userId: "` + globalid.User("id-Bo") + `"}) { changed }`, 1},
		{`followUser(input: {userId: "` + globalid.User("id-layla") + `"}) { user { username } viewer { stats { followingsCount } } }`, 2},
		{`followUsers(input: {userIds: ["` + globalid.User("id-Bo") + `", "` + globalid.User("id-AGENT") + `", "` + globalid.User("id-OWNER") + `"]}) {
			results { user { username viewerIsFollowing } } viewer { stats { followingsCount } } }`, 3},
		{`unfollowUser(input: {userId: "` + globalid.User("id-Bo") + `"}) { user { followers { nodes { username } } } viewer { following { nodes { username } } } }`, 4},
	} {
		response, statements := a.run(ctx, "mutation { "+test.mutation+" }", nil)
		require.Empty(t, response.Errors, test.mutation)
		require.Equal(t, test.want, statements, test.mutation)
	}
}
