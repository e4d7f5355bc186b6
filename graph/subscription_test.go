package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
)

func idOf(cognitoID string) string { return globalid.User(cognitoID) }

// TestEvents reads every field of every event, with both executors.
func TestEvents(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newLiveAPI(t, schema, nil)
		stats := a.listen(t, t.Context(), `subscription ($ids: [ID!]!) {
			statsChanged(userIds: $ids) { __typename users { id username stats { followersCount followingsCount } } deletedUserIds }
		}`, map[string]any{"ids": []any{idOf("id-grace"), idOf("id-Bo"), idOf("id-alan"), idOf("id-Bo")}})
		followers := a.listen(t, t.Context(), `subscription { followersChanged(userId: "`+idOf("id-Bo")+`") {
			user { username stats { followersCount } followers { totalCount edges { cursor node { username } } } }
			changes { kind followerId edge { cursor followedAt node { username } } }
		} }`, nil)
		relations := a.listen(t, as(t, "id-Bo"), `subscription ($ids: [ID!]!) {
			relationsChanged(userIds: $ids) { users { username viewerIsFollowing isFollowingViewer } deletedUserIds }
		}`, map[string]any{"ids": []any{idOf("id-alan"), idOf("id-layla")}})
		gained := a.listen(t, as(t, "id-Bo"), `subscription { followersGained {
			viewer { username stats { followersCount } } edges { cursor followedAt node { username followers { totalCount } } }
		} }`, nil)
		all := []*listener{stats, followers, relations, gained}
		for _, l := range all {
			l.quiet(t)
		}

		a.follow(t, "id-alan", "id-Bo")
		require.JSONEq(t, `{"statsChanged":{"__typename":"StatsChange","deletedUserIds":[],"users":[
			{"id":"`+idOf("id-Bo")+`","username":"Bo","stats":{"followersCount":1,"followingsCount":2}},
			{"id":"`+idOf("id-alan")+`","username":"alan","stats":{"followersCount":2,"followingsCount":3}}
		]}}`, stats.wait(t))
		var changed struct {
			FollowersChanged struct {
				User struct {
					Followers struct{ Edges []struct{ Cursor string } }
				}
				Changes []struct {
					Edge struct{ Cursor, FollowedAt string }
				}
			}
		}
		data := followers.wait(t)
		require.NoError(t, json.Unmarshal([]byte(data), &changed))
		edge := changed.FollowersChanged.Changes[0].Edge
		require.Equal(t, changed.FollowersChanged.User.Followers.Edges[0].Cursor, edge.Cursor, "it is the one of the connection")
		require.JSONEq(t, fmt.Sprintf(`{"followersChanged":{
			"user":{"username":"Bo","stats":{"followersCount":1},"followers":{"totalCount":1,"edges":[{"cursor":%[1]q,"node":{"username":"alan"}}]}},
			"changes":[{"kind":"GAINED","followerId":%[2]q,"edge":{"cursor":%[1]q,"followedAt":%[3]q,"node":{"username":"alan"}}}]
		}}`, edge.Cursor, idOf("id-alan"), edge.FollowedAt), data)
		require.JSONEq(t, `{"relationsChanged":{"deletedUserIds":[],"users":[{"username":"alan","viewerIsFollowing":false,"isFollowingViewer":true}]}}`, relations.wait(t))
		require.JSONEq(t, fmt.Sprintf(`{"followersGained":{
			"viewer":{"username":"Bo","stats":{"followersCount":1}},
			"edges":[{"cursor":%q,"followedAt":%q,"node":{"username":"alan","followers":{"totalCount":2}}}]
		}}`, edge.Cursor, edge.FollowedAt), gained.wait(t))

		a.unfollow(t, "id-alan", "id-Bo")
		require.Contains(t, stats.wait(t), `"followersCount":0`)
		require.JSONEq(t, fmt.Sprintf(`{"followersChanged":{
			"user":{"username":"Bo","stats":{"followersCount":0},"followers":{"totalCount":0,"edges":[]}},
			"changes":[{"kind":"LOST","followerId":%[2]q,"edge":{"cursor":%[1]q,"followedAt":%[3]q,"node":{"username":"alan"}}}]
		}}`, edge.Cursor, idOf("id-alan"), edge.FollowedAt), followers.wait(t))
		require.Contains(t, relations.wait(t), `"isFollowingViewer":false`)
		for _, l := range all {
			l.quiet(t)
		}
	})
}
