package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// audience is the set of callers that may read a field or use a mutation. Every field of the schema is in visibility:
// TestEveryFieldHasARule fails otherwise.
type audience int

const (
	everyone   audience = iota
	self                // the user, and callers with the role OPT_USER
	theCaller           // the caller of the operation
	guests              // Cognito users without an account
	registered          // callers with an account
	operators           // callers with the role OPT_USER
)

var visibility = map[string]map[audience]string{
	"Query":        {everyone: "viewer rateLimit node nodes user users searchUsers graphTotals follows adjacency shortestPath distances"},
	"GraphTotals":  {everyone: "usersCount followsCount countedAt"},
	"TopUsers":     {everyone: "nodes complete"},
	"Adjacency":    {everyone: "following followedAt"},
	"ShortestPath": {everyone: "status users length"},
	"Distance":     {everyone: "toId status length"},
	"Subscription": {
		everyone:   "statsChanged followersChanged",
		registered: "relationsChanged followersGained",
	},
	"StatsChange":     {everyone: "users deletedUserIds"},
	"FollowersChange": {everyone: "user changes"},
	"FollowerChange":  {everyone: "kind edge followerId"},
	"RelationsChange": {theCaller: "users deletedUserIds"},
	"FollowersGained": {theCaller: "viewer edges"},
	"User": {
		everyone: `id cognitoId username firstname lastname avatar role createdAt updatedAt stats isViewer viewerIsFollowing
			isFollowingViewer viewerCanFollow followers following friends followersInCommon followingInCommon followersYouKnow topFollowers topFollowing`,
		self: "email phoneNumber country city zipcode suggestions",
	},
	"UserFollowStats":     {everyone: "followersCount followingsCount updatedAt"},
	"FollowerConnection":  {everyone: "edges nodes pageInfo totalCount"},
	"FollowerEdge":        {everyone: "cursor node followedAt"},
	"FollowingConnection": {everyone: "edges nodes pageInfo totalCount"},
	"FollowingEdge":       {everyone: "cursor node followedAt"},
	"UserConnection":      {everyone: "edges nodes pageInfo totalCount"},
	"UserEdge":            {everyone: "cursor node"},
	"Follow":              {everyone: "followerId followingId followedAt"},
	"RateLimit":           {theCaller: "cost limit remaining used resetAt nodeCount"},
	"PageInfo":            {everyone: "hasNextPage hasPreviousPage startCursor endCursor"},
	"FollowSuggestion":    {self: "user followedByCount"},
	"Mutation": {
		everyone:   "register login",
		guests:     "createProfile claimAccount",
		registered: "updateProfile changePassword deleteAccount followUser followUsers unfollowUser removeFollower",
		operators:  "setRole",
	},
	"RegisterPayload":       {theCaller: "clientMutationId user token tokenExpiresAt"},
	"CreateProfilePayload":  {theCaller: "clientMutationId user"},
	"ClaimAccountPayload":   {theCaller: "clientMutationId user"},
	"LoginPayload":          {theCaller: "clientMutationId user token tokenExpiresAt passwordChangeAdvised"},
	"UpdateProfilePayload":  {theCaller: "clientMutationId user"},
	"ChangePasswordPayload": {theCaller: "clientMutationId user token tokenExpiresAt"},
	"SetRolePayload":        {theCaller: "clientMutationId user"},
	"DeleteAccountPayload":  {theCaller: "clientMutationId deletedUserId"},
	"FollowUserPayload":     {theCaller: "clientMutationId user viewer changed followedAt"},
	"FollowUsersPayload":    {theCaller: "clientMutationId results viewer"},
	"FollowUserResult":      {theCaller: "userId user changed followedAt error"},
	"FollowError":           {theCaller: "code message"},
	"UnfollowUserPayload":   {theCaller: "clientMutationId user viewer changed followedAt"},
	"RemoveFollowerPayload": {theCaller: "clientMutationId user viewer changed followedAt"},
}

// fields returns the fields of a type with an audience.
func fields(object string, of audience) []string { return strings.Fields(visibility[object][of]) }

func TestEveryFieldHasARule(t *testing.T) {
	t.Parallel()
	for name, definition := range executors["gqlgen"](nil).Schema().Types {
		if definition.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		var ruled, declared []string
		for _, names := range visibility[name] {
			ruled = append(ruled, strings.Fields(names)...)
		}
		for _, field := range definition.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				declared = append(declared, field.Name)
			}
		}
		slices.Sort(ruled)
		slices.Sort(declared)
		require.Equal(t, ruled, declared, "%s: add each field to visibility", name)
	}
}

// caller is a kind of caller that reads the user ada.
type caller struct {
	viewer.Viewer
	is []audience // in addition to everyone and theCaller
}

// callers returns all kinds: anonymous, a Cognito user without an account, ada herself, and another user in each role.
func callers() map[string]caller {
	kinds := map[string]caller{
		"anonymous": {},
		"guest":     {Viewer: viewer.Viewer{CognitoID: "id-guest"}, is: []audience{guests}},
		"self":      {Viewer: viewer.Viewer{CognitoID: "id-ada", Registered: true}, is: []audience{self, registered}},
	}
	for _, role := range []string{"END_USER", "OWNER", "AGENT", "BROKER", "TC_ADMIN", "OPT_USER"} {
		kind := caller{Viewer: viewer.Viewer{CognitoID: "id-" + role, Registered: true}, is: []audience{registered}}
		if role == "OPT_USER" {
			kind.Operator = true
			kind.is = append(kind.is, operators, self)
		}
		kinds[role] = kind
	}
	return kinds
}

// withCallers inserts the accounts of the callers, and sets all columns of ada.
const withCallers = `
INSERT INTO users (cognito_id, username, phone_number, password_hash, role)
	SELECT 'id-' || r, r, '+999000' || n, '!', r::userrole
	FROM unnest(enum_range(NULL::userrole)::text[]) WITH ORDINALITY AS roles (r, n);
UPDATE users SET email = 'ada@example.com', country = 'UK', city = 'London', zipcode = 'W1' WHERE cognito_id = 'id-ada';`

// ways are the queries that lead to ada: the visibility of a field must not depend on the way.
var ways = map[string]string{
	"user":      `user(username: "ada") { %s }`,
	"node":      `node(id: "` + globalid.User("id-ada") + `") { ... on User { %s } }`,
	"nodes":     `nodes(ids: ["` + globalid.User("id-ada") + `"]) { ... on User { %s } }`,
	"search":    `searchUsers(query: "ada", first: 1) { nodes { %s } }`,
	"followers": `user(username: "grace") { followers(last: 1) { nodes { %s } } }`,
	"edges":     `user(username: "grace") { following(first: 2) { edges { cursor } } followers(last: 1) { edges { node { %s } } } }`,
}

// TestVisibility reads every field of ada as every kind of caller, in every way.
func TestVisibility(t *testing.T) {
	t.Parallel()
	opened := openWith(t, withCallers)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, opened, schema)
		for kind, caller := range callers() {
			for _, audience := range []audience{everyone, self} {
				for _, field := range fields("User", audience) {
					way := slices.Sorted(maps.Keys(ways))
					for _, name := range way {
						requireSeen(t, a, caller, fmt.Sprintf(ways[name], "asked: "+selection(field)),
							audience == everyone || slices.Contains(caller.is, self), kind+" "+field+" "+name)
					}
				}
			}
		}
	})
}

// selection returns a selection of a field of a user.
func selection(field string) string {
	switch {
	case field == "stats":
		return "stats { followersCount followingsCount updatedAt }"
	case field == "suggestions":
		return "suggestions { user { username } followedByCount }"
	case strings.HasPrefix(field, "top"):
		return field + " { nodes { username } complete }"
	case strings.HasSuffix(field, "InCommon"):
		return field + `(with: "` + globalid.User("id-grace") + `") { nodes { username } pageInfo { hasNextPage } }`
	case slices.Contains([]string{"followers", "following", "friends", "followersYouKnow"}, field):
		return field + " { nodes { username } pageInfo { hasNextPage } }"
	default:
		return field
	}
}

// requireSeen runs a query as a caller, and checks whether the value under the alias asked is not null.
func requireSeen(t *testing.T, a *api, by caller, query string, seen bool, what string) {
	t.Helper()
	response, _ := a.run(viewer.With(t.Context(), by.Viewer), "{ "+query+" }", nil)
	require.Empty(t, response.Errors, what)
	var data any
	require.NoError(t, json.Unmarshal(response.Data, &data))
	values := valuesOf(data, "asked")
	require.NotEmpty(t, values, what)
	if seen {
		require.NotContains(t, values, nil, what)
		return
	}
	for _, value := range values {
		require.Nil(t, value, what)
	}
}

// valuesOf returns the values of a key at any depth.
func valuesOf(data any, key string) []any {
	var values []any
	switch data := data.(type) {
	case []any:
		for _, element := range data {
			values = append(values, valuesOf(element, key)...)
		}
	case map[string]any:
		for name, value := range data {
			if name == key {
				values = append(values, value)
			}
			values = append(values, valuesOf(value, key)...)
		}
	}
	return values
}

// TestMutationAudience runs every mutation as every kind of caller, on the caller's account and on another account.
func TestMutationAudience(t *testing.T) {
	t.Parallel()
	for kind, caller := range callers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, openWith(t, withCallers), executors["compiled"])
			operator := callers()["OPT_USER"]
			requireCode(t, a, operator, `changePassword(input: {userId: "`+globalid.User("id-grace")+`", newPassword: "correct horse"}) { token }`, "")
			asked := map[string]bool{}
			for _, mutation := range mutations {
				asked[mutation.name] = true
				requireCode(t, a, caller, mutation.name+mutation.rest, mutation.wants(caller))
			}
			for _, names := range visibility["Mutation"] {
				for name := range strings.FieldsSeq(names) {
					require.True(t, asked[name], "mutations has no line for %s", name)
				}
			}
		})
	}
}

// mutation is one way to use a mutation, and the callers that may.
type mutation struct {
	name, rest string
	of         audience
	want       apperr.Code // the result for callers that may use it; empty for success
}

var bo = globalid.User("id-Bo")

// mutations are in an order in which each has an effect.
var mutations = []mutation{
	{"register", `(input: {username: "new", phoneNumber: "+41446681800", password: "correct horse"}) { user { email } token }`, everyone, ""},
	{"login", `(input: {username: "grace", password: "correct horse"}) { user { email } token }`, everyone, ""},
	{"updateProfile", `(input: {city: "Paris"}) { user { city } }`, registered, ""},
	{"updateProfile", `(input: {userId: "` + bo + `", city: "Paris"}) { user { city } }`, operators, ""},
	{"changePassword", `(input: {newPassword: "correct horse"}) { token }`, registered, apperr.BadUserInput}, // not without the current one
	{"changePassword", `(input: {userId: "` + bo + `", newPassword: "correct horse"}) { token user { username } }`, operators, ""},
	{"setRole", `(input: {userId: "` + bo + `", role: AGENT}) { user { role } }`, operators, ""},
	{"followUser", `(input: {userId: "` + bo + `"}) { changed user { stats { followersCount } } }`, registered, ""},
	{"followUsers", `(input: {userIds: ["` + bo + `"]}) { results { changed error { code } user { username } } }`, registered, ""},
	{"unfollowUser", `(input: {userId: "` + bo + `"}) { changed }`, registered, ""},
	{"removeFollower", `(input: {userId: "` + bo + `"}) { changed }`, registered, ""},
	{"claimAccount", `(input: {username: "grace", password: "a wrong guess"}) { user { email } }`, guests, apperr.Unauthenticated},
	{"deleteAccount", `(input: {userId: "` + bo + `"}) { deletedUserId }`, operators, ""},
	{"deleteAccount", `(input: {}) { deletedUserId }`, registered, ""},
	{"createProfile", `(input: {username: "newer", phoneNumber: "+41446681801"}) { user { email } }`, guests, ""},
}

// wants returns the expected result for a caller.
func (m mutation) wants(by caller) apperr.Code {
	switch {
	case m.of == everyone, slices.Contains(by.is, m.of):
		return m.want
	case !by.SignedIn():
		return apperr.Unauthenticated
	case m.name == "claimAccount" && by.CognitoID == "id-END_USER": // has the kind of account that createProfile creates
		return m.want
	case m.of == guests:
		return apperr.Conflict
	default:
		return apperr.Forbidden
	}
}

func requireCode(t *testing.T, a *api, by caller, mutation string, want apperr.Code) {
	t.Helper()
	response, _ := a.run(viewer.With(t.Context(), by.Viewer), "mutation { "+mutation+" }", nil)
	if want == "" {
		require.Empty(t, response.Errors, mutation)
		return
	}
	require.Len(t, response.Errors, 1, mutation)
	require.Equal(t, want, response.Errors[0].Extensions["code"], "%s: %s", mutation, response.Errors[0].Message)
}

// TestClosedReads checks that without anonymous reads, callers without an account may only sign in.
func TestClosedReads(t *testing.T) {
	t.Parallel()
	opened := openWith(t, withCallers)
	service := newService(t, opened, social.Options{AnonymousReads: false})
	a := newAPIOf(t, service, executors["compiled"])
	for kind, caller := range callers() {
		for _, query := range []string{
			`viewer { username }`, `node(id: "` + globalid.User("id-ada") + `") { id }`, `nodes(ids: []) { id }`,
			`user(username: "ada") { username }`, `users { nodes { username } }`, `searchUsers(query: "a") { nodes { username } }`,
			`follows(followerIds: [], followingIds: []) { followedAt }`,
			`__typename viewer { id }`, `__schema { queryType { name } }`, `__type(name: "User") { name }`,
		} {
			response, statements := a.run(viewer.With(t.Context(), caller.Viewer), "{ "+query+" }", nil)
			if caller.Registered {
				require.Empty(t, response.Errors, query)
				continue
			}
			want := map[string]apperr.Code{"anonymous": apperr.Unauthenticated, "guest": apperr.Forbidden}[kind]
			require.Len(t, response.Errors, 1, query)
			require.Equal(t, want, response.Errors[0].Extensions["code"], query)
			require.Empty(t, response.Data, query)
			require.Zero(t, statements)
		}
	}
	response, _ := a.run(t.Context(), "{ __typename }", nil)
	require.Empty(t, response.Errors, "the name of a root type is public")
	for _, mutation := range mutations {
		want := mutation.wants(caller{})
		if mutation.name == "login" { // allowed, but no account has a password here
			response, statements := a.run(t.Context(), "mutation { __typename "+mutation.name+mutation.rest+" }", nil)
			require.Equal(t, "the username or the password is wrong", response.Errors[0].Message)
			require.Equal(t, 1, statements)
			continue
		}
		requireCode(t, a, caller{}, mutation.name+mutation.rest, want)
	}
}
