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

// Who sees a field, or may use a mutation. Every field of the schema has a line in visibility; a field that is added
// without one fails TestEveryFieldHasARule.
type audience int

const (
	everyone   audience = iota
	self                // the user and the role OPT_USER
	theCaller           // the answer to a mutation, which only its caller gets
	guests              // Cognito users without an account
	registered          // who has an account
	operators           // the role OPT_USER
)

var visibility = map[string]map[audience]string{
	"Query": {everyone: "viewer rateLimit node nodes user users searchUsers follows"},
	"User": {
		everyone: `id cognitoId username firstname lastname avatar role createdAt updatedAt stats isViewer viewerIsFollowing
			isFollowingViewer viewerCanFollow followers following friends followersInCommon followingInCommon followersYouKnow`,
		self: "email phoneNumber country city zipcode suggestions",
	},
	"UserFollowStats":     {everyone: "followersCount followingsCount updatedAt"},
	"FollowerConnection":  {everyone: "edges nodes pageInfo totalCount"},
	"FollowerEdge":        {everyone: "cursor node followedAt"},
	"FollowingConnection": {everyone: "edges nodes pageInfo totalCount"},
	"FollowingEdge":       {everyone: "cursor node followedAt"},
	"UserConnection":      {everyone: "edges nodes pageInfo"},
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

// fields are those of a type with an audience.
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
		require.Equal(t, ruled, declared, "%s: say in visibility who sees each field", name)
	}
}

// caller is a kind of caller, as the one whom the graph's user ada is looked at by.
type caller struct {
	viewer.Viewer
	is []audience // beside everyone and theCaller
}

// callers are all kinds: anonymous, a Cognito user without an account, ada herself, and somebody else in each role.
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

// withCallers adds the callers' accounts to the graph, and gives ada all that an account can have.
const withCallers = `
INSERT INTO users (cognito_id, username, phone_number, password_hash, role)
	SELECT 'id-' || r, r, '+999000' || n, '!', r::userrole
	FROM unnest(enum_range(NULL::userrole)::text[]) WITH ORDINALITY AS roles (r, n);
UPDATE users SET email = 'ada@example.com', country = 'UK', city = 'London', zipcode = 'W1' WHERE cognito_id = 'id-ada';`

// ways lead to ada: a field is seen or not whichever way it is asked for.
var ways = map[string]string{
	"user":      `user(username: "ada") { %s }`,
	"node":      `node(id: "` + globalid.User("id-ada") + `") { ... on User { %s } }`,
	"nodes":     `nodes(ids: ["` + globalid.User("id-ada") + `"]) { ... on User { %s } }`,
	"search":    `searchUsers(query: "ada", first: 1) { nodes { %s } }`,
	"followers": `user(username: "grace") { followers(last: 1) { nodes { %s } } }`,
	"edges":     `user(username: "grace") { following(first: 2) { edges { cursor } } followers(last: 1) { edges { node { %s } } } }`,
}

// TestVisibility asks for every field of ada as every kind of caller, in every way.
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

// selection asks for a field of a user.
func selection(field string) string {
	switch {
	case field == "stats":
		return "stats { followersCount followingsCount updatedAt }"
	case field == "suggestions":
		return "suggestions { user { username } followedByCount }"
	case strings.HasSuffix(field, "InCommon"):
		return field + `(with: "` + globalid.User("id-grace") + `") { nodes { username } pageInfo { hasNextPage } }`
	case slices.Contains([]string{"followers", "following", "friends", "followersYouKnow"}, field):
		return field + " { nodes { username } pageInfo { hasNextPage } }"
	default:
		return field
	}
}

// requireSeen asks as a caller and looks whether the value under the alias asked is there.
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

// valuesOf are the values under a key, however deep.
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

// TestMutationAudience uses every mutation as every kind of caller, on their own account and on another's.
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
					require.True(t, asked[name], "there is no line for %s in mutations", name)
				}
			}
		})
	}
}

// mutation is one way to use a mutation, and who may.
type mutation struct {
	name, rest string
	of         audience
	want       apperr.Code // what whoever may use it is answered; empty: it is done
}

var bo = globalid.User("id-Bo")

// mutations are in an order that leaves each one something to do.
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

// wants is what the mutation answers a caller.
func (m mutation) wants(by caller) apperr.Code {
	switch {
	case m.of == everyone, slices.Contains(by.is, m.of):
		return m.want
	case !by.SignedIn():
		return apperr.Unauthenticated
	case m.name == "claimAccount" && by.CognitoID == "id-END_USER": // has what createProfile makes
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

// TestClosedReads: without anonymous reads, who has no token may sign in and nothing else.
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
	require.Empty(t, response.Errors, "the name of a root type is nobody's secret")
	for _, mutation := range mutations {
		want := mutation.wants(caller{})
		if mutation.name == "login" { // nobody has a password here, and who has one may try
			response, statements := a.run(t.Context(), "mutation { __typename "+mutation.name+mutation.rest+" }", nil)
			require.Equal(t, "the username or the password is wrong", response.Errors[0].Message)
			require.Equal(t, 1, statements)
			continue
		}
		requireCode(t, a, caller{}, mutation.name+mutation.rest, want)
	}
}
