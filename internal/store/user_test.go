package store

import (
	"context"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/page"
	"followgraph/internal/profile"
	"followgraph/internal/store/searchkey"
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
		"José":        "Jose\u0301", // the adopted name is not in NFC
		"ÉMILE":       "ÉMILE",
		"émile":       "ÉMILE",
		"Émile":       "ÉMILE",
		"e\u0301mile": "ÉMILE",
		"Иван":        "Иван", "ИВАН": "ИВАН", "иван": "",
		"STRAßE": "straße", "STRASSE": "straße",
		"": "", "%": "", "a\u200bda": "",
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

// TestNamesInEveryLocale checks that names are found in every case, whatever the locale of the database.
func TestNamesInEveryLocale(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"usual": testdb.New(t), "C": testdb.NewInC(t), "ICU": testdb.NewWithICU(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), url, Options{})
			require.NoError(t, err)
			t.Cleanup(s.Close)
			adoptUsers(t, s, "admin", "IRIS", "ÉMILE", "josé", "Éloïse", "Zoe\u0308", "Οδυσσεύς", "ΑΛΕΞΗΣ", "Strauß")
			for given, want := range map[string]string{
				"admin": "admin", "ADMIN": "admin", "AdMiN": "admin", "iris": "IRIS", "IriS": "IRIS",
				"émile": "ÉMILE", "Émile": "ÉMILE", "JOSÉ": "josé", "josÉ": "josé", "éLOÏSE": "Éloïse", "ÉLOI\u0308se": "Éloïse", "ZOË": "Zoe\u0308",
				"ΟΔΥΣΣΕΎΣ": "Οδυσσεύς", "οδυσσεύσ": "Οδυσσεύς", "Αλεξης": "ΑΛΕΞΗΣ", "STRAUSS": "Strauß", "strauẞ": "Strauß",
			} {
				require.Equal(t, want, userNamed(t, s, given), given)
			}
			account := newAccountNamed("new")
			email := "ÉLOÏSE@EXAMPLE.org"
			account.Email = &email
			_, err = s.CreateAccount(t.Context(), account)
			require.Equal(t, []string{"email"}, fields(t, err))
		})
	}
}

// TestFoldedIsUnicodesCaseFolding compares the folded form of every letter with the case folding of Unicode: the folded
// forms of two letters are equal only if Unicode's are, which locks use, and differ only where a case folding has other
// letters than a lower case.
func TestFoldedIsUnicodesCaseFolding(t *testing.T) {
	t.Parallel()
	s := open(t)
	var letters, folds []string
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if unicode.IsLetter(r) && unicode.Is(oldLetters, r) && !unicode.Is(unicode.Cherokee, r) { // x/text does not fold Cherokee
			letters, folds = append(letters, string(r)), append(folds, profile.Fold(string(r)))
		}
	}
	rows, err := s.pool.Query(t.Context(), `SELECT a, b, `+searchkey.Folded("a")+`, `+searchkey.Folded("b")+` FROM unnest($1::text[], $2::text[]) AS u (a, b)`, letters, folds)
	require.NoError(t, err)
	defer rows.Close()
	unicodes := map[string]string{}
	for rows.Next() {
		var letter, fold, folded, again string
		require.NoError(t, rows.Scan(&letter, &fold, &folded, &again))
		if first, ok := unicodes[folded]; ok {
			require.Equal(t, first, fold, "%q", letter)
		}
		unicodes[folded] = fold
		several := utf8.RuneCountInString(norm.NFD.String(fold)) > utf8.RuneCountInString(norm.NFD.String(letter))
		if folded != again && !several && !strings.ContainsAny(norm.NFD.String(letter), "\u0345") {
			require.Failf(t, "different", "%q %q: %q %q", letter, fold, folded, again)
		}
	}
	require.NoError(t, rows.Err())
}

// TestFoldedInTurkish checks that a Turkish database folds ASCII letters as elsewhere, although its I is not the
// capital of i.
func TestFoldedInTurkish(t *testing.T) {
	t.Parallel()
	s := open(t)
	var folded strings.Builder
	require.NoError(t, templates.ExecuteTemplate(&folded, "folded", "$1::text"))
	turkish := strings.ReplaceAll(folded.String(), `"und-x-icu"`, `"tr-x-icu"`)
	require.NotEqual(t, folded.String(), turkish)
	require.Equal(t, 1, count(t, s, `SELECT count(*) WHERE lower($1::text COLLATE "tr-x-icu") = 'admın'`, "ADMIN"))
	require.Equal(t, 1, count(t, s, `SELECT count(*) WHERE `+turkish+` = 'admin'`, "ADMIN"))
}
