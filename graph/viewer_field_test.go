package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
	"followgraph/graph/operation"
	"followgraph/internal/globalid"
	"followgraph/internal/viewer"
)

// sharedFields are the fields below Subscription whose values are the same for all callers, by type, and viewerFields the
// others. Subscriptions that select none of the others share their events, so a wrong line here shows one caller's data
// to another one.
var (
	sharedFields = map[string]string{
		"Subscription": "statsChanged followersChanged",
		"StatsChange":  "users deletedUserIds", "FollowersChange": "user changes", "FollowerChange": "kind edge followerId",
		"RelationsChange": "users deletedUserIds", "FollowersGained": "viewer edges", // of relationsChanged and followersGained
		"User": `id cognitoId username firstname lastname avatar role createdAt updatedAt stats followers following friends
			followersInCommon followingInCommon topFollowers topFollowing`,
		"TopUsers":           "nodes complete",
		"UserFollowStats":    "followersCount followingsCount updatedAt",
		"FollowerConnection": "edges nodes pageInfo totalCount", "FollowerEdge": "cursor node followedAt",
		"FollowingConnection": "edges nodes pageInfo totalCount", "FollowingEdge": "cursor node followedAt",
		"UserConnection": "edges nodes pageInfo totalCount", "UserEdge": "cursor node",
		"PageInfo":         "hasNextPage hasPreviousPage startCursor endCursor",
		"FollowSuggestion": "user followedByCount", // of suggestions
	}
	viewerFields = map[string]string{
		"Subscription": "relationsChanged followersGained",
		"User": `email phoneNumber country city zipcode isViewer viewerIsFollowing isFollowingViewer viewerCanFollow followersYouKnow
			suggestions`,
	}
)

// TestEveryFieldOfEventsIsClassified walks all types that an event can contain.
func TestEveryFieldOfEventsIsClassified(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	seen := map[string]bool{}
	var walk func(object *ast.Definition)
	walk = func(object *ast.Definition) {
		if seen[object.Name] {
			return
		}
		seen[object.Name] = true
		require.Equal(t, ast.Object, object.Kind, "%s: which object decides whether its fields depend on the caller?", object.Name)
		for _, field := range object.Fields {
			shared := contains(sharedFields[object.Name], field.Name)
			require.NotEqual(t, shared, contains(viewerFields[object.Name], field.Name), "%s.%s: classify the field once", object.Name, field.Name)
			require.Equal(t, !shared, operation.FieldOf(object.Name, field.Name).OfViewer, "%s.%s", object.Name, field.Name)
			if below := schema.Types[field.Type.Name()]; below.IsCompositeType() {
				walk(below)
			}
		}
	}
	walk(schema.Subscription)
	for _, classes := range []map[string]string{sharedFields, viewerFields} {
		for object := range classes {
			require.True(t, seen[object], "no event contains %s", object)
		}
	}
}

func contains(names, name string) bool {
	for each := range strings.FieldsSeq(names) {
		if each == name {
			return true
		}
	}
	return false
}

// TestSharedFieldsAreEqualForAllCallers reads every shared field of users as every kind of caller. It also checks that the
// test can see a difference: each of the other fields differs for two callers.
func TestSharedFieldsAreEqualForAllCallers(t *testing.T) {
	t.Parallel()
	a := newAPI(t, openWith(t, withCallers), executors["compiled"])
	who := callers()
	for _, id := range []string{"id-grace", "id-alan", "id-layla"} {
		who[id] = caller{Viewer: viewer.Viewer{CognitoID: id, Registered: true}}
	}
	answers := func(field string) map[string]bool {
		seen := map[string]bool{}
		for _, by := range who {
			query := fmt.Sprintf(`{ nodes(ids: [%q, %q, %q]) { ... on User { %s } } }`,
				globalid.User("id-ada"), globalid.User("id-grace"), globalid.User("id-alan"), selection(field))
			response, _ := a.run(viewer.With(t.Context(), by.Viewer), query, nil)
			require.Empty(t, response.Errors, field)
			seen[string(response.Data)] = true
		}
		return seen
	}
	for field := range strings.FieldsSeq(sharedFields["User"]) {
		require.Len(t, answers(field), 1, "User.%s depends on the caller", field)
	}
	for field := range strings.FieldsSeq(viewerFields["User"]) {
		require.Greater(t, len(answers(field)), 1, "User.%s does not depend on the caller", field)
	}
}
