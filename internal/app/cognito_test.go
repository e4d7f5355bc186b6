package app_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// userPool imitates the tokens and keys of a Cognito user pool on the loopback interface.
type userPool struct {
	issuer string
	key    *rsa.PrivateKey
}

func newUserPool(t *testing.T) *userPool {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/pool/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(keys)
	}))
	t.Cleanup(server.Close)
	return &userPool{server.URL + "/pool", key}
}

// token returns an access token. claims override the default claims.
func (p *userPool) token(t *testing.T, subject string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.key},
		(&jose.SignerOptions{}).WithHeader("kid", "one"))
	require.NoError(t, err)
	all := map[string]any{
		"iss": p.issuer, "sub": subject, "client_id": "web", "token_use": "access",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(all, claims)
	token, err := jwt.Signed(signer).Claims(all).Serialize()
	require.NoError(t, err)
	return token
}

// TestCognito checks that a Cognito user without an account can only create one. Afterwards the token works like a
// local one.
func TestCognito(t *testing.T) {
	t.Parallel()
	pool := newUserPool(t)
	s := start(t, testdb.New(t), append(signInFlags(t), "--cognito-issuer", pool.issuer, "--cognito-client-id", "app,web")...)
	local, bobID := s.register(t, "bob", "+41446681801")
	token := pool.token(t, "8c0e4a1e-7d3b-4c6a-9a51-3f3f8a1f2b10", nil)
	follow := func() answer {
		return s.as(t, token, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed viewer { username email } } }`, map[string]any{"id": bobID})
	}

	require.JSONEq(t, `{"data":{"viewer":null}}`, string(s.as(t, token, viewerQuery, nil).body))
	require.Equal(t, "FORBIDDEN", follow().code(t))
	payload := s.as(t, token, `mutation { createProfile(input: {username: "ada", phoneNumber: "+41446681800", email: "ada@example.com"}) {
		user { username cognitoId email isViewer } } }`, nil).data(t, "createProfile")
	require.Equal(t, map[string]any{
		"username": "ada", "cognitoId": "8c0e4a1e-7d3b-4c6a-9a51-3f3f8a1f2b10", "email": "ada@example.com", "isViewer": true,
	}, payload["user"])
	require.Equal(t, map[string]any{"changed": true, "viewer": map[string]any{"username": "ada", "email": "ada@example.com"}},
		follow().data(t, "followUser"))
	require.Equal(t, "bob", s.as(t, local, viewerQuery, nil).data(t, "viewer")["username"])

	// A role in a token has no effect, and an account without a password cannot sign in with one.
	operator := pool.token(t, "8c0e4a1e-7d3b-4c6a-9a51-3f3f8a1f2b10", map[string]any{"role": "OPT_USER", "cognito:groups": []string{"OPT_USER"}})
	require.Equal(t, "END_USER", s.as(t, operator, viewerQuery, nil).data(t, "viewer")["role"])
	require.JSONEq(t, `{"data":{"node":{"phoneNumber":null}}}`,
		string(s.as(t, operator, `query ($id: ID!) { node(id: $id) { ... on User { phoneNumber } } }`, map[string]any{"id": bobID}).body))
	require.Equal(t, "UNAUTHENTICATED", s.as(t, "", loginMutation, map[string]any{"username": "ada", "password": ""}).code(t))

	for name, claims := range map[string]map[string]any{
		"another pool":   {"iss": pool.issuer + "2"},
		"another client": {"client_id": "other"},
		"expired":        {"exp": time.Now().Add(-time.Minute).Unix()},
		"not yet valid":  {"nbf": time.Now().Add(30 * time.Minute).Unix()},
		"another use":    {"token_use": "refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.as(t, pool.token(t, "8c0e4a1e-7d3b-4c6a-9a51-3f3f8a1f2b10", claims), viewerQuery, nil)
			require.Equal(t, http.StatusUnauthorized, got.status)
			require.Equal(t, "UNAUTHENTICATED", got.code(t))
		})
	}
}

// TestAppClientsHaveNoAccount checks that an app client with its own token can read but cannot create an account. It
// also signs in a user who is in many groups.
func TestAppClientsHaveNoAccount(t *testing.T) {
	t.Parallel()
	pool := newUserPool(t)
	s := start(t, testdb.New(t), append(signInFlags(t), "--cognito-issuer", pool.issuer, "--cognito-client-id", "app,web")...)
	_, bobID := s.register(t, "bob", "+41446681801")
	machine := pool.token(t, "web", nil)

	require.JSONEq(t, `{"data":{"viewer":null}}`, string(s.as(t, machine, viewerQuery, nil).body))
	for _, mutation := range []string{
		`createProfile(input: {username: "robot", phoneNumber: "+41446681802"}) { user { id } }`,
		`followUser(input: {userId: "` + bobID + `"}) { changed }`,
		`updateProfile(input: {firstname: "R"}) { user { id } }`,
	} {
		got := s.as(t, machine, `mutation { `+mutation+` }`, nil)
		require.Equal(t, "FORBIDDEN", got.code(t))
		require.Contains(t, string(got.body), "the token belongs to an app client (client credentials)")
	}

	groups := make([]string, 100)
	for i := range groups {
		groups[i] = fmt.Sprintf("arn:aws:iam::123456789012:role/app/a-rather-long-name-of-a-role-%d", i)
	}
	long := pool.token(t, "8c0e4a1e-7d3b-4c6a-9a51-3f3f8a1f2b10", map[string]any{"cognito:groups": groups, "cognito:roles": groups})
	require.Greater(t, len(long), 16<<10)
	require.JSONEq(t, `{"data":{"viewer":null}}`, string(s.as(t, long, viewerQuery, nil).body))
	tooLong := s.as(t, pool.token(t, "ada", map[string]any{"cognito:groups": append(groups, groups...), "cognito:roles": append(groups, groups...)}), viewerQuery, nil)
	require.Equal(t, http.StatusBadRequest, tooLong.status)
	require.NotContains(t, string(tooLong.body), "sign in")
	require.Contains(t, string(tooLong.body), "the limit is 32768")
}
