package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/auth"
	"followgraph/internal/globalid"
	"followgraph/internal/testdb"
)

// signInFlags returns flags that enable sign-in, with the minimum cost of a password.
func signInFlags(t *testing.T) []string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, auth.CreateKey(key))
	return []string{"--token-key", key, "--password-cost", "4"}
}

// as sends an operation with a token, or without one if token is empty.
func (s *server) as(t *testing.T, token, query string, variables map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	header := http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return s.do(t, http.MethodPost, "/graphql", header, body)
}

// response is the decoded body of an answer.
type response struct {
	Data   map[string]map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

func (a answer) decode(t *testing.T) response {
	t.Helper()
	var decoded response
	require.NoError(t, json.Unmarshal(a.body, &decoded), "%s", a.body)
	return decoded
}

// data returns the value of a root field, and fails the test if there are errors.
func (a answer) data(t *testing.T, field string) map[string]any {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	decoded := a.decode(t)
	require.Empty(t, decoded.Errors)
	require.NotNil(t, decoded.Data[field], "%s", a.body)
	return decoded.Data[field]
}

// code returns the code of the only error of an answer.
func (a answer) code(t *testing.T) string {
	t.Helper()
	decoded := a.decode(t)
	require.Len(t, decoded.Errors, 1, "%s", a.body)
	code, _ := decoded.Errors[0].Extensions["code"].(string)
	return code
}

const (
	registerMutation = `mutation ($username: String!, $phone: String!, $password: String!) {
		register(input: {username: $username, phoneNumber: $phone, password: $password, email: null, clientMutationId: "1"}) {
			clientMutationId token tokenExpiresAt user { id username phoneNumber isViewer stats { followersCount } } } }`
	loginMutation = `mutation ($username: String!, $password: String!) {
		login(input: {username: $username, password: $password}) { token user { username phoneNumber } } }`
	viewerQuery = `{ viewer { username phoneNumber role } }`
)

const password = "correct horse battery"

// register creates an account and returns its token and global id.
func (s *server) register(t *testing.T, username, phone string) (token, id string) {
	t.Helper()
	payload := s.as(t, "", registerMutation, map[string]any{"username": username, "phone": phone, "password": password}).data(t, "register")
	user := payload["user"].(map[string]any)
	require.Equal(t, "1", payload["clientMutationId"])
	require.Equal(t, map[string]any{
		"id": user["id"], "username": username, "phoneNumber": phone, "isViewer": true, "stats": map[string]any{"followersCount": 0.0},
	}, user, "new users see their own account")
	return payload["token"].(string), user["id"].(string)
}

func (s *server) login(t *testing.T, username, password string) string {
	t.Helper()
	answer := s.as(t, "", loginMutation, map[string]any{"username": username, "password": password})
	return answer.data(t, "login")["token"].(string)
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), signInFlags(t)...)
	token, _ := s.register(t, "ada", "+41446681800")
	require.Equal(t, map[string]any{"username": "ada", "phoneNumber": "+41446681800", "role": "END_USER"},
		s.as(t, token, viewerQuery, nil).data(t, "viewer"))
	require.Equal(t, map[string]any{"username": "ada", "phoneNumber": "+41446681800", "role": "END_USER"},
		s.as(t, s.login(t, "ada", password), viewerQuery, nil).data(t, "viewer"))
	require.JSONEq(t, `{"data":{"viewer":null}}`, string(s.as(t, "", viewerQuery, nil).body))

	wrong := s.as(t, "", loginMutation, map[string]any{"username": "ada", "password": "not that one"})
	unknown := s.as(t, "", loginMutation, map[string]any{"username": "nobody", "password": "not that one"})
	require.Equal(t, "UNAUTHENTICATED", wrong.code(t))
	require.JSONEq(t, string(wrong.body), string(unknown.body), "a response must not reveal who has an account")
	require.Equal(t, http.StatusOK, wrong.status)

	t.Run("all faults of an input at once", func(t *testing.T) {
		t.Parallel()
		got := s.as(t, "", registerMutation, map[string]any{"username": "-", "phone": "12", "password": "short"}).decode(t)
		var fields []any
		for _, err := range got.Errors {
			require.Equal(t, "BAD_USER_INPUT", err.Extensions["code"])
			require.Equal(t, []any{"register"}, err.Path)
			fields = append(fields, err.Extensions["field"])
		}
		require.ElementsMatch(t, []any{"username", "phoneNumber", "password"}, fields)
	})
	t.Run("a name that is taken", func(t *testing.T) {
		t.Parallel()
		got := s.as(t, "", registerMutation, map[string]any{"username": "ada", "phone": "+41446681800", "password": password}).decode(t)
		var fields []any
		for _, err := range got.Errors {
			require.Equal(t, "CONFLICT", err.Extensions["code"])
			fields = append(fields, err.Extensions["field"])
		}
		require.Equal(t, []any{"username"}, fields, "the conflict of the phone number is not revealed, too")
	})
}

// TestTokensAreRevoked checks that a revocation takes effect at once on its instance, and within 30 seconds on others.
func TestTokensAreRevoked(t *testing.T) {
	t.Parallel()
	database, flags := testdb.New(t), signInFlags(t)
	here, there := start(t, database, flags...), start(t, database, flags...)
	operator, operatorID := here.register(t, "operator", "+41446681800")
	execute(t, database, "UPDATE users SET role = 'OPT_USER' WHERE username = 'operator'")
	asker, _ := here.register(t, "asker", "+41446681801")
	leaver, leaverID := here.register(t, "leaver", "+41446681802")
	promoted, promotedID := here.register(t, "promoted", "+41446681803")
	for _, token := range []string{operator, asker, leaver, promoted} { // both servers cache all callers
		there.as(t, token, viewerQuery, nil).data(t, "viewer")
	}

	changed := here.as(t, asker, `mutation ($old: String!) { changePassword(input: {currentPassword: $old, newPassword: "another horse"}) { token } }`,
		map[string]any{"old": password}).data(t, "changePassword")["token"].(string)
	here.as(t, leaver, `mutation { deleteAccount(input: {}) { deletedUserId } }`, nil).data(t, "deleteAccount")
	operator = here.login(t, "operator", password)
	there.as(t, operator, `mutation ($id: ID!) { setRole(input: {userId: $id, role: OPT_USER}) { user { role } } }`,
		map[string]any{"id": promotedID})

	for name, token := range map[string]string{"asker": asker, "leaver": leaver} {
		got := here.as(t, token, viewerQuery, nil)
		require.Equal(t, http.StatusUnauthorized, got.status, name)
		require.Equal(t, "UNAUTHENTICATED", got.code(t), name)
	}
	here.as(t, changed, viewerQuery, nil).data(t, "viewer")
	require.JSONEq(t, `{"data":{"node":null}}`, string(here.as(t, "", `query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": leaverID}).body))

	const limit, tick = 30 * time.Second, 200 * time.Millisecond
	require.Eventually(t, func() bool {
		return there.as(t, asker, viewerQuery, nil).status == http.StatusUnauthorized &&
			there.as(t, leaver, viewerQuery, nil).status == http.StatusUnauthorized
	}, limit, tick)
	require.Eventually(t, func() bool {
		got := here.as(t, promoted, `query ($id: ID!) { node(id: $id) { ... on User { phoneNumber } } }`, map[string]any{"id": operatorID})
		return got.decode(t).Data["node"]["phoneNumber"] != nil
	}, limit, tick, "the role OPT_USER sees private fields")
}

// TestInvalidTokensAreRejected checks that a request with an invalid token gets status 401, and is never anonymous.
func TestInvalidTokensAreRejected(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), signInFlags(t)...)
	other := start(t, testdb.New(t), signInFlags(t)...)
	foreign, _ := other.register(t, "ada", "+41446681800")
	for name, header := range map[string][]string{
		"nonsense":       {"Bearer nonsense"},
		"another key's":  {"Bearer " + foreign},
		"no token":       {"Bearer "},
		"another scheme": {"Basic YWRhOmFkYQ=="},
		"two":            {"Bearer " + foreign, "Bearer " + foreign},
		"no scheme":      {foreign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			post := s.do(t, http.MethodPost, "/graphql",
				http.Header{"Content-Type": {"application/json"}, "Authorization": header}, []byte(`{"query":"{ __typename }"}`))
			get := s.do(t, http.MethodGet, "/graphql?query={__typename}", http.Header{"Authorization": header}, nil)
			for _, got := range []answer{post, get} {
				require.Equal(t, http.StatusUnauthorized, got.status, "%s", got.body)
				require.Contains(t, got.header.Get("WWW-Authenticate"), "Bearer")
				require.Equal(t, "UNAUTHENTICATED", got.code(t))
				require.NotContains(t, string(got.body), `"data"`)
			}
		})
	}
}

// TestSignInIgnoresInvalidTokens checks that an empty header counts as no token, and that an invalid token prevents all
// operations except sign-in.
func TestSignInIgnoresInvalidTokens(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	const trusted = `mutation ($username: String!, $password: String!) { login(input: {username: $username, password: $password}) { token } }`
	text, err := json.Marshal(map[string]string{"login": trusted, "name": `{ __typename }`})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(manifest, text, 0o600))
	s := start(t, database, append(signInFlags(t), "--persisted-documents", manifest)...)
	revokedToken, _ := s.register(t, "ada", "+41446681800")
	s.as(t, revokedToken, `mutation ($old: String!, $new: String!) { changePassword(input: {currentPassword: $old, newPassword: $new}) { token } }`,
		map[string]any{"old": password, "new": password + "!"}).data(t, "changePassword")
	require.Equal(t, "UNAUTHENTICATED", s.as(t, revokedToken, `{ __typename }`, nil).code(t))

	send := func(t *testing.T, authorization string, request map[string]any) answer {
		t.Helper()
		body, err := json.Marshal(request)
		require.NoError(t, err)
		return s.do(t, http.MethodPost, "/graphql",
			http.Header{"Content-Type": {"application/json"}, "Authorization": {authorization}}, body)
	}
	for _, empty := range []string{"", " "} {
		got := send(t, empty, map[string]any{"query": `{ user(username: "ada") { username phoneNumber } }`})
		require.Equal(t, map[string]any{"username": "ada", "phoneNumber": nil}, got.data(t, "user"), "anonymous")
	}
	credentials := map[string]any{"username": "ada", "password": password + "!"}
	phones := 0
	for name, authorization := range map[string]string{
		"revoked": "Bearer " + revokedToken, "malformed": "Bearer nonsense", "another scheme": "Basic YWRhOmFkYQ==", "no token": "Bearer",
		"empty": "",
	} {
		for how, request := range map[string]map[string]any{
			"sent":            {"query": loginMutation},
			"trusted":         {"documentId": "login"},
			"with __typename": {"query": `mutation ($username: String!, $password: String!) { __typename ...in } fragment in on Mutation { ... { login(input: {username: $username, password: $password}) { token user { isViewer } } } }`},
		} {
			request["variables"] = credentials
			got := send(t, authorization, request)
			require.Equal(t, http.StatusOK, got.status, "%s, %s: %s", name, how, got.body)
			require.Contains(t, string(got.body), `"token":"`, "%s, %s", name, how)
			require.NotContains(t, string(got.body), `"errors"`, "%s, %s", name, how)
		}
		phones++
		payload := send(t, authorization, map[string]any{"query": registerMutation, "variables": map[string]any{
			"username": fmt.Sprint("user-", phones), "phone": fmt.Sprint("+4144668190", phones), "password": password,
		}})
		require.NotEmpty(t, payload.data(t, "register")["token"], name)
		wrong := send(t, authorization, map[string]any{"query": loginMutation, "variables": map[string]any{"username": "ada", "password": []int{1}}})
		require.Equal(t, "GRAPHQL_VALIDATION_FAILED", wrong.code(t), name)
		if authorization == "" {
			continue
		}
		for what, request := range map[string]map[string]any{
			"a query":              {"query": `{ __typename }`},
			"a trusted query":      {"documentId": "name"},
			"a name alone":         {"query": `mutation login { __typename }`},
			"another root field":   {"query": `mutation ($username: String!, $password: String!) { login(input: {username: $username, password: $password}) { token } unfollowUser(input: {userId: "x"}) { changed } }`, "variables": credentials},
			"one in a fragment":    {"query": `mutation ($username: String!, $password: String!) { ...a login(input: {username: $username, password: $password}) { token } } fragment a on Mutation { ...b } fragment b on Mutation { unfollowUser(input: {userId: "x"}) { changed } }`, "variables": credentials},
			"another operation":    {"query": `mutation a { register(input: {username: "x", phoneNumber: "x", password: "x"}) { token } } query b { viewer { id } }`, "operationName": "b"},
			"an alias":             {"query": `mutation { login: unfollowUser(input: {userId: "x"}) { changed } }`},
			"what is not valid":    {"query": `mutation { login }`},
			"what is no GraphQL":   {"query": `{ login`},
			"an unknown document":  {"documentId": "nothing"},
			"an operation's name":  {"query": loginMutation, "operationName": "nothing"},
			"a field of that name": {"query": `{ a: __type(name: "login") { name } }`},
		} {
			got := send(t, authorization, request)
			require.Equal(t, http.StatusUnauthorized, got.status, "%s, %s: %s", name, what, got.body)
			require.Equal(t, "UNAUTHENTICATED", got.code(t), "%s, %s", name, what)
		}
	}
}

func TestClosedReads(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), append(signInFlags(t), "--anonymous-reads=false")...)
	got := s.as(t, "", `{ users { nodes { username } } }`, nil)
	require.Equal(t, http.StatusUnauthorized, got.status)
	require.Equal(t, "Bearer", got.header.Get("WWW-Authenticate"))
	require.Equal(t, "UNAUTHENTICATED", got.code(t))
	token, _ := s.register(t, "ada", "+41446681800")
	require.Equal(t, http.StatusOK, s.as(t, token, `{ users { nodes { username } } }`, nil).status)
}

// TestFollowing follows and unfollows over HTTP. Payloads show the new state and counts, and repeating a mutation
// changes nothing.
func TestFollowing(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), signInFlags(t)...)
	ada, adaID := s.register(t, "ada", "+41446681800")
	_, bobID := s.register(t, "bob", "+41446681801")
	const state = `changed followedAt user { username isViewer viewerIsFollowing isFollowingViewer viewerCanFollow stats { followersCount followingsCount } }
		viewer { username isViewer viewerCanFollow stats { followersCount followingsCount } }`
	step := func(token, mutation, id string) map[string]any {
		t.Helper()
		return s.as(t, token, `mutation ($id: ID!) { it: `+mutation+`(input: {userId: $id, clientMutationId: "x"}) { clientMutationId `+state+` } }`,
			map[string]any{"id": id}).data(t, "it")
	}
	bob := func(followed bool, followers float64) map[string]any {
		return map[string]any{
			"username": "bob", "isViewer": false, "viewerIsFollowing": followed, "isFollowingViewer": false, "viewerCanFollow": true,
			"stats": map[string]any{"followersCount": followers, "followingsCount": 0.0},
		}
	}
	first := step(ada, "followUser", bobID)
	require.Equal(t, "x", first["clientMutationId"])
	require.Equal(t, true, first["changed"])
	require.Equal(t, bob(true, 1), first["user"])
	require.Equal(t, map[string]any{
		"username": "ada", "isViewer": true, "viewerCanFollow": false, "stats": map[string]any{"followersCount": 0.0, "followingsCount": 1.0},
	}, first["viewer"])
	again := step(ada, "followUser", bobID)
	require.Equal(t, false, again["changed"])
	require.Equal(t, first["followedAt"], again["followedAt"])
	require.Equal(t, bob(true, 1), again["user"])
	ended := step(ada, "unfollowUser", bobID)
	require.Equal(t, true, ended["changed"])
	require.Equal(t, first["followedAt"], ended["followedAt"])
	require.Equal(t, bob(false, 0), ended["user"])
	require.Equal(t, false, step(ada, "unfollowUser", bobID)["changed"])

	refused := func(token, id string) string {
		t.Helper()
		return s.as(t, token, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, map[string]any{"id": id}).code(t)
	}
	require.Equal(t, "BAD_USER_INPUT", refused(ada, adaID), "oneself")
	require.Equal(t, "BAD_USER_INPUT", refused(ada, "broken"))
	require.Equal(t, "NOT_FOUND", refused(ada, globalid.User("nobody")))
	require.Equal(t, "UNAUTHENTICATED", refused("", bobID))
}
