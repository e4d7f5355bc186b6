package app_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"followgraph/internal/app"
	"followgraph/internal/config"
	"followgraph/internal/testdb"
)

// oldService fills a database like the older service and an adoption: accounts with generated ids and passwords, and
// follows that refer to Cognito users.
const oldService = `
INSERT INTO users (username, phone_number, email, password_hash, role) VALUES
	('ann', '044 668 18 00', 'ann@example.org', $1, 'AGENT'),
	('bob', '+41446681801', 'bob@example.org', $1, 'END_USER'),
	('cem', '+41446681802', 'cem@example.org', $1, 'END_USER'),
	('eve', '+41446681803', 'eve@example.org', $1, 'END_USER')`

const oldPassword = "short one"

func fill(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	hash, err := bcrypt.GenerateFromPassword([]byte(oldPassword), bcrypt.MinCost)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), oldService, strings.Replace(string(hash), "$2a$", "$2b$", 1)) // as passlib writes it
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id) VALUES ('s-ann', 's-bob'), ('s-bob', 's-cem');
		INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('s-ann', 0, 1), ('s-bob', 1, 1), ('s-cem', 1, 0)`)
	require.NoError(t, err)
}

// linking runs the command and returns its output.
func linking(t *testing.T, url string, options app.AdoptLink) (string, error) {
	t.Helper()
	var out, log bytes.Buffer
	common := config.Common{Database: config.Database{URL: url, MaxConnections: 4}, Log: config.Log{Level: "debug", Format: "text"}}
	err := app.LinkAccounts(t.Context(), common, options, app.NewLog(common.Log, &log), &out, &log)
	for _, private := range []string{"@", "+41", "0446", "044 6"} {
		require.NotContains(t, out.String()+log.String(), private)
	}
	return out.String(), err
}

func TestAdoptLink(t *testing.T) {
	t.Parallel()
	url, dir := testdb.New(t), t.TempDir()
	fill(t, url)
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	user := func(username, sub, attributes string) string {
		return `{"Username": "` + username + `", "Attributes": [{"Name": "sub", "Value": "` + sub + `"}` + attributes + `]}`
	}
	first := file("1.json", `{"Users": [`+user("s-ann", "s-ann", `, {"Name": "phone_number", "Value": "+41446681800"}`)+`], "PaginationToken": "x"}`)
	last := file("2.json", `{"Users": [`+user("bob", "s-bob", "")+`,`+user("zoe", "s-zoe", `, {"Name": "email", "Value": "zoe@example.org"}`)+`]}`)
	report, links := filepath.Join(dir, "report.csv"), filepath.Join(dir, "linked.csv")

	_, err := linking(t, url, app.AdoptLink{Sources: []string{first}})
	require.ErrorContains(t, err, "pages of the pool are missing")
	_, err = linking(t, url, app.AdoptLink{Sources: []string{first}, Report: first})
	require.ErrorContains(t, err, "--report must not be one of the input files")

	options := app.AdoptLink{Sources: []string{first, last}, Region: "CH", DryRun: true}
	out, err := linking(t, url, options)
	require.NoError(t, err)
	require.Contains(t, out, "would be linked: 2 of 4 accounts\n")
	require.Contains(t, out, "follows: 2, of which 1 (50.0 %) would have both users\n")

	options.DryRun, options.Report, options.Linked = false, report, links
	out, err = linking(t, url, options)
	require.NoError(t, err)
	require.Equal(t, `pool: 3 users, 0 of them with an account already
linked by username: 1
linked by phone number: 1
linked by verified email: 0
linked: 2 of 4 accounts
left: 0 ambiguous, 0 refused, 2 accounts without a pool user, 1 pool user without an account
follows: 2, of which 1 (50.0 %) have both users
`, out)
	for path, want := range map[string]string{
		report: "account_id,pool_user,reason\n3,,unknown: no pool user matches\n4,,unknown: no pool user matches\n,s-zoe,unknown: no account matches\n",
		links:  "account_id,pool_user,rule\n1,s-ann,phone number\n2,s-bob,username\n",
	} {
		written, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(written))
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.EqualValues(t, 0o600, info.Mode().Perm())
	}
	out, err = linking(t, url, app.AdoptLink{Sources: []string{file("map.csv", "id,cognito_id\n3,s-cem\n")}})
	require.NoError(t, err)
	require.Contains(t, out, "linked by id in the mapping: 1\n")
	require.Contains(t, out, "follows: 2, of which 2 (100.0 %) have both users\n")

	_, err = linking(t, url, app.AdoptLink{Sources: []string{file("bad.json", `{"Users": [{"Username": "ann@example.org"}]}`)}})
	require.ErrorContains(t, err, "bad.json: line 1 (byte 42): the user has no attribute sub")
}

func TestAdoptLinkOptions(t *testing.T) {
	t.Parallel()
	for want, options := range map[string]app.AdoptLink{
		"a file with the users of the pool": {},
		"--ids excludes files":              {IDs: true, Sources: []string{"pool.json"}},
		"given twice":                       {Sources: []string{"a", "a"}},
		"--region":                          {IDs: true, Region: "Schweiz"},
		"--column must not be cognito_id":   {Column: "cognito_id"},
	} {
		require.ErrorContains(t, options.Check(), want)
	}
	require.NoError(t, app.AdoptLink{Sources: []string{"-"}, Region: "CH", Column: "sub"}.Check())
}

const claimMutation = `mutation ($username: String!, $password: String!) {
	claimAccount(input: {username: $username, password: $password, clientMutationId: "1"}) {
		clientMutationId user { username cognitoId isViewer phoneNumber stats { followersCount followingsCount } } } }`

// TestClaimAccount lets Cognito users take over their old accounts, with and without a profile that they have created
// in the meantime.
func TestClaimAccount(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	fill(t, url)
	pool := newUserPool(t)
	s := start(t, url, append(signInFlags(t), "--cognito-issuer", pool.issuer, "--cognito-client-id", "app,web")...)
	old := s.login(t, "ann", oldPassword)
	ann, bob := pool.token(t, "s-ann", nil), pool.token(t, "s-bob", nil)
	claim := func(token, username, password string) answer {
		return s.as(t, token, claimMutation, map[string]any{"username": username, "password": password})
	}
	conflict := s.as(t, ann, `mutation { createProfile(input: {username: "ANN", phoneNumber: "+41446681899"}) { user { id } } }`, nil)
	require.Equal(t, "CONFLICT", conflict.code(t))
	require.Contains(t, string(conflict.body), "take it over with claimAccount")

	require.Equal(t, "UNAUTHENTICATED", claim("", "ann", oldPassword).code(t))
	require.Equal(t, "FORBIDDEN", claim(old, "ann", oldPassword).code(t), "an old token is no Cognito user's")
	require.Equal(t, "UNAUTHENTICATED", claim(ann, "ann", "wrong").code(t))
	payload := claim(ann, "ann", oldPassword).data(t, "claimAccount")
	require.Equal(t, map[string]any{"clientMutationId": "1", "user": map[string]any{
		"username": "ann", "cognitoId": "s-ann", "isViewer": true, "phoneNumber": "044 668 18 00",
		"stats": map[string]any{"followersCount": 0.0, "followingsCount": 1.0},
	}}, payload)
	require.Equal(t, "AGENT", s.as(t, ann, viewerQuery, nil).data(t, "viewer")["role"])
	require.Equal(t, "UNAUTHENTICATED", s.as(t, old, viewerQuery, nil).code(t), "tokens of the old id end")
	require.Equal(t, "ann", s.as(t, s.login(t, "ann", oldPassword), viewerQuery, nil).data(t, "viewer")["username"])
	require.Equal(t, "CONFLICT", claim(ann, "bob", oldPassword).code(t), "one account for each")
	require.Equal(t, "CONFLICT", claim(bob, "ann", oldPassword).code(t), "and one user")

	// bob's new profile and its follows are merged into the old account.
	s.as(t, bob, `mutation { createProfile(input: {username: "bobby", phoneNumber: "+41446681898"}) { user { id } } }`, nil).data(t, "createProfile")
	s.as(t, bob, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, map[string]any{"id": idOf(t, s, "ann")}).data(t, "followUser")
	payload = claim(bob, "bob", oldPassword).data(t, "claimAccount")
	require.Equal(t, map[string]any{"followersCount": 1.0, "followingsCount": 2.0}, payload["user"].(map[string]any)["stats"])
	require.JSONEq(t, `{"data":{"user":null}}`, string(s.as(t, "", `{ user(username: "bobby") { id } }`, nil).body))
}

func idOf(t *testing.T, s *server, username string) string {
	t.Helper()
	return s.as(t, "", `query ($u: String) { user(username: $u) { id } }`, map[string]any{"u": username}).data(t, "user")["id"].(string)
}

// TestLinkVerified checks that with --link-verified the first request with an id token links the account with the same
// verified email address, and disables its password.
func TestLinkVerified(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	fill(t, url)
	pool := newUserPool(t)
	flags := append(signInFlags(t), "--cognito-issuer", pool.issuer, "--cognito-client-id", "web")
	idToken := func(subject, email string, verified bool) string {
		return pool.token(t, subject, map[string]any{
			"token_use": "id", "client_id": nil, "aud": "web", "email": email, "email_verified": verified,
		})
	}
	off := start(t, url, flags...)
	require.JSONEq(t, `{"data":{"viewer":null}}`, string(off.as(t, idToken("s-bob", "bob@example.org", true), viewerQuery, nil).body))

	var log lockedBuffer
	s := startLogged(t, slog.New(slog.NewTextHandler(&log, nil)), url, append(flags, "--link-verified", "email")...)
	for _, token := range []string{
		idToken("s-1", "bob@example.org", false), idToken("s-2", "ann@example.org", true), pool.token(t, "s-3", map[string]any{"email": "bob@example.org", "email_verified": true}),
		idToken("s-4", "BOB@example.org", true),
	} {
		require.JSONEq(t, `{"data":{"viewer":null}}`, string(s.as(t, token, viewerQuery, nil).body))
	}
	stolen := s.login(t, "bob", oldPassword)
	require.Equal(t, map[string]any{"username": "bob", "phoneNumber": "+41446681801", "role": "END_USER"},
		s.as(t, idToken("s-bob", "bob@example.org", true), viewerQuery, nil).data(t, "viewer"))
	require.Equal(t, "bob", s.as(t, pool.token(t, "s-bob", nil), viewerQuery, nil).data(t, "viewer")["username"], "and with access tokens from here on")
	require.Equal(t, "UNAUTHENTICATED", s.as(t, stolen, viewerQuery, nil).code(t))
	require.Equal(t, "UNAUTHENTICATED", s.as(t, "", loginMutation, map[string]any{"username": "bob", "password": oldPassword}).code(t))
	require.Contains(t, log.String(), "action=link_account outcome=done actor=s-bob subject=local-")
	require.NotContains(t, log.String(), "bob@")
}
