package store

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
)

// statements returns how many statements do sends.
func statements(t *testing.T, do func(context.Context)) int {
	t.Helper()
	ctx, m := meter.With(t.Context())
	do(ctx)
	return m.Statements()
}

func TestUsers(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newFixtureGraph(t, s)
	execute(t, s, "UPDATE users SET avatar = 'https://example.com/a', role = 'BROKER' WHERE cognito_id = 'c-0'")
	keys := []model.UserKey{
		{CognitoID: "c-0", Details: true, Counts: true},
		{CognitoID: "unknown", Counts: true},
		{Username: w.names["c-1"][0]},
		{CognitoID: "c-9"}, // follows, but has no account
		{CognitoID: "c-0"},
		{Username: "UNKNOWN"},
	}
	var users []*model.User
	require.Equal(t, 2, statements(t, func(ctx context.Context) {
		var err error
		users, err = s.Users(ctx, keys)
		require.NoError(t, err)
	}))
	require.Nil(t, users[1])
	require.Nil(t, users[3])
	require.Nil(t, users[5])
	ada := users[0]
	require.Equal(t, "ada0", ada.Username)
	require.Equal(t, "Ada", *ada.Firstname)
	require.Equal(t, "https://example.com/a", *ada.Avatar)
	require.Equal(t, model.UserRoleBroker, ada.Role)
	require.True(t, w.created["c-0"].Equal(ada.CreatedAt))
	require.Equal(t, len(w.followers("c-0")), ada.Stats.FollowersCount)
	require.Equal(t, len(w.following("c-0")), ada.Stats.FollowingsCount)
	require.NotNil(t, ada.Stats.UpdatedAt)
	require.Equal(t, "c-1", users[2].CognitoID)
	require.Nil(t, users[2].Stats, "counts are loaded only where wanted")
	require.Zero(t, users[2].Role, "and so are details")
	require.Equal(t, "c-0", users[4].CognitoID)
	require.Nil(t, users[4].Stats)
}

func TestUserWithoutCounts(t *testing.T) {
	t.Parallel()
	s := open(t)
	execute(t, s, "INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('new', 'new', '+9991', '!')")
	users, err := s.Users(t.Context(), []model.UserKey{{CognitoID: "new", Counts: true}})
	require.NoError(t, err)
	require.Equal(t, &model.Stats{}, users[0].Stats)
}

// TestUsersAndPages reads both at once, and again after the table of the pages was dropped: only the pages fail.
func TestUsersAndPages(t *testing.T) {
	t.Parallel()
	s := openOne(t, testdb.New(t))
	w := newFixtureGraph(t, s)
	users := []model.UserKey{{CognitoID: "c-0", Counts: true}, {CognitoID: "unknown"}}
	pages := []model.ConnectionKey{
		{Kind: page.Followers, User: "c-0", Page: page.Request{Limit: 3}},
		{Kind: page.Following, User: "c-0", Page: page.Request{Limit: 3}},
		{Kind: page.Followers, User: "unknown", Page: page.Request{Limit: 3}},
	}
	want, err := s.Pages(t.Context(), pages)
	require.NoError(t, err)
	require.NotEmpty(t, want[0])
	for _, dropped := range []bool{false, true} {
		if dropped {
			execute(t, s, "ALTER TABLE user_follows RENAME TO gone")
			want = nil
		}
		ctx, m := meter.With(t.Context())
		rows, edges, err := s.UsersAndPages(ctx, users, pages)
		require.NoError(t, err)
		require.Equal(t, want, edges)
		require.Equal(t, w.names["c-0"][0], rows[0].Username)
		require.Nil(t, rows[1])
		require.Positive(t, m.Time())
		if !dropped {
			require.Equal(t, 3, m.Statements(), "users, followers, following")
		}
	}
	_, err = s.Users(t.Context(), users)
	require.NoError(t, err, "the connection is good")
}

// userNamed returns the username of the account that Users and AccountByUsername find by a username, "" for none.
func userNamed(t *testing.T, s *Store, username string) string {
	t.Helper()
	var users []*model.User
	require.Equal(t, 1, statements(t, func(ctx context.Context) {
		var err error
		users, err = s.Users(ctx, []model.UserKey{{Username: username}})
		require.NoError(t, err)
	}))
	account, err := s.AccountByUsername(t.Context(), username)
	require.NoError(t, err)
	if users[0] == nil {
		require.Nil(t, account)
		return ""
	}
	require.Equal(t, users[0].Username, account.Username)
	require.Equal(t, users[0].CognitoID, account.CognitoID)
	return account.Username
}

// adoptedNames lists usernames that a database of the Python service may contain.
var adoptedNames = []string{"ada", "Bob", "bob", "BOB", "Jose\u0301", "ÉMILE", "Иван", "ИВАН", "straße"}

func TestUsersByUsername(t *testing.T) {
	t.Parallel()
	s := open(t)
	adoptUsers(t, s, adoptedNames...)
	for given, want := range map[string]string{
		"ada": "ada", "Ada": "ada", "ADA": "ada", "aDa": "ada", "adas": "", "ad": "",
		"bob": "bob", "Bob": "Bob", "BOB": "BOB",
		"bOb":         "", // one of three
		"Jose\u0301":  "Jose\u0301",
		"jose\u0301":  "Jose\u0301",
		"José":        "", // the adopted name is not in NFC
		"ÉMILE":       "ÉMILE",
		"émile":       "ÉMILE",
		"Émile":       "ÉMILE",
		"e\u0301mile": "ÉMILE",
		"Иван":        "Иван", "ИВАН": "ИВАН", "иван": "",
		"STRAßE": "straße",
		"":       "", "%": "", "a\u200bda": "",
	} {
		require.Equal(t, want, userNamed(t, s, given), "%+q", given)
	}
	users, err := s.Users(t.Context(), []model.UserKey{{Username: "ADA"}, {Username: "ada"}, {Username: "Bob"}, {Username: "bOB"}})
	require.NoError(t, err)
	require.Equal(t, users[0].CognitoID, users[1].CognitoID)
	require.Equal(t, "Bob", users[2].Username)
	require.Nil(t, users[3])
}

// adoptUsers creates accounts as the Python service does: with usernames of any form, which are also their Cognito ids.
func adoptUsers(t *testing.T, s *Store, usernames ...string) {
	t.Helper()
	for _, name := range usernames {
		execute(t, s, `INSERT INTO users (cognito_id, username, phone_number, password_hash, email)
			SELECT name, name, 'phone of ' || name, '!', name || '@example.org' FROM (VALUES ($1::varchar)) AS given (name)`, name)
	}
}

// TestLocaleC uses a locale that knows only ASCII letters. Other letters are found in the forms that package profile
// computes.
func TestLocaleC(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), testdb.NewInC(t), Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	adoptUsers(t, s, "admin", "IRIS", "ÉMILE", "josé")
	require.Zero(t, count(t, s, `SELECT count(*) FROM users WHERE lower(username) = 'émile'`))
	for given, want := range map[string]string{
		"admin": "admin", "ADMIN": "admin", "AdMiN": "admin", "iris": "IRIS", "IriS": "IRIS",
		"émile": "ÉMILE", "Émile": "ÉMILE", "JOSÉ": "josé", "josÉ": "josé",
	} {
		require.Equal(t, want, userNamed(t, s, given), given)
	}
}

// TestFoldedInTurkish checks that a Turkish database folds ASCII letters as elsewhere, although its I is not the
// capital of i.
func TestFoldedInTurkish(t *testing.T) {
	t.Parallel()
	s := open(t)
	var folded strings.Builder
	require.NoError(t, templates.ExecuteTemplate(&folded, "folded", "$1::text"))
	turkish := strings.Replace(folded.String(), `"default"`, `"tr-x-icu"`, 1)
	require.NotEqual(t, folded.String(), turkish)
	require.Equal(t, 1, count(t, s, `SELECT count(*) WHERE lower($1::text COLLATE "tr-x-icu") = 'admın'`, "ADMIN"))
	require.Equal(t, 1, count(t, s, `SELECT count(*) WHERE `+turkish+` = 'admin'`, "ADMIN"))
}
