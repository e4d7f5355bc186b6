package app_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/testdb"
)

// adoptNames creates accounts with names that a database of the Python service may contain.
func adoptNames(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO users (cognito_id, username, email, phone_number, password_hash, firstname, lastname) VALUES
		('1', 'ada', 'ada@example.org', '+9990000001', '!', NULL, NULL), ('2', 'Ada', 'ADA@example.org', '+9990000002', '!', NULL, NULL),
		('3', 'bob', 'bob@example.org', '+9990000003', '!', U&'Bob\202egnp', U&'Mu\0308ller'),
		('4', 'admin', NULL, '+9990000004', '!', NULL, NULL), ('5', U&'c\200bleo', NULL, '+9990000005', '!', 'Zoë', 'علی')`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

func TestCheckNames(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	common, _ := configured(t, url)
	var out bytes.Buffer
	require.NoError(t, app.CheckNames(t.Context(), common, "", quiet, &out))
	require.Equal(t, "0 accounts checked, 0 findings\n", out.String())

	adoptNames(t, url)
	out.Reset()
	require.ErrorIs(t, app.CheckNames(t.Context(), common, "", quiet, &out), app.ErrNames)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, "5 accounts checked, 8 findings", lines[len(lines)-1])
	require.ElementsMatch(t, []string{
		`differs only in case: username, username "ada", Cognito id 1`,
		`differs only in case: username, username "Ada", Cognito id 2`,
		`differs only in case: email "ada@example.org", username "ada", Cognito id 1`,
		`differs only in case: email "ADA@example.org", username "Ada", Cognito id 2`,
		`invisible or direction-changing characters: firstname "Bob\u202egnp", username "bob", Cognito id 3`,
		`not in NFC: lastname "Mu\u0308ller", username "bob", Cognito id 3`,
		`reserved: username, username "admin", Cognito id 4`,
		`invisible or direction-changing characters: username "c\u200bleo", username "c\u200bleo", Cognito id 5`,
	}, lines[:8])
}

func TestCheckPhoneNumbers(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	common, _ := configured(t, url)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES
		('1', 'normal', '+41446681800', '!'), ('2', 'spaces', '+41 44 668 18 00', '!'), ('3', 'hidden', U&'+4144668180\200b1', '!'),
		('4', 'local', '044 668 18 02', '!'), ('5', 'words', 'unknown', '!'), ('6', 'made', '+999123456789012', '!'), ('7', 'trunk', '+41 (0)44 668 18 03', '!')`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	lines := func(region string) []string {
		var out bytes.Buffer
		require.ErrorIs(t, app.CheckNames(t.Context(), common, region, quiet, &out), app.ErrNames)
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}
	require.Equal(t, []string{
		`not in E.164: phone number "+41 44 668 18 00", would be +41446681800, the number of 2 accounts, username "spaces", Cognito id 2`,
		`not in E.164: phone number "+4144668180\u200b1", would be +41446681801, username "hidden", Cognito id 3`,
		`not in E.164: phone number "044 668 18 02", not an international number: --region reads it as a number of a country, username "local", Cognito id 4`,
		`not in E.164: phone number "unknown", not an international number: --region reads it as a number of a country, username "words", Cognito id 5`,
		`not in E.164: phone number "+41 (0)44 668 18 03", would be +41446681803, username "trunk", Cognito id 7`,
		"7 accounts checked, 5 findings",
	}, lines(""))
	swiss := lines("CH")
	require.Contains(t, swiss, `not in E.164: phone number "044 668 18 02", would be +41446681802, username "local", Cognito id 4`)
	require.Contains(t, swiss, `not in E.164: phone number "unknown", not a number of CH, username "words", Cognito id 5`)
	require.ErrorContains(t, app.CheckNames(t.Context(), common, "ch", quiet, io.Discard), "--region: must be the two upper-case letters of a country")
}

func TestReservedNames(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	adoptNames(t, url)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return "@" + path
	}
	reserved := func(t *testing.T, value string) string {
		t.Helper()
		common, _ := configured(t, url, "--reserved-names="+value)
		var out bytes.Buffer
		require.ErrorIs(t, app.CheckNames(t.Context(), common, "", quiet, &out), app.ErrNames)
		var matches []string
		for line := range strings.Lines(out.String()) {
			if name, ok := strings.CutPrefix(line, "reserved: username, username "); ok {
				matches = append(matches, strings.Split(name, ",")[0])
			}
		}
		return strings.Join(matches, " ")
	}
	list := file("list", "# ours\r\n\nBOB # the builder\nroot\n")
	for value, want := range map[string]string{
		"": "", "@default": `"admin"`, "bob": `"bob"`, "@default,bob": `"admin" "bob"`, list: `"bob"`, list + ",@default": `"admin" "bob"`,
	} {
		require.Equal(t, want, reserved(t, value), value)
	}
	for value, want := range map[string]string{
		"a b":                                    `"a b" cannot be a username`,
		file("bad", "Ł\n"):                       `cannot be a username`,
		"@" + filepath.Join(dir, "none"):         "no such file",
		"@" + dir:                                "is not a regular file",
		file("long", strings.Repeat("x", 2<<20)): "larger than",
	} {
		common, _ := configured(t, url, "--reserved-names="+value)
		require.ErrorContains(t, app.CheckNames(t.Context(), common, "", quiet, io.Discard), want)
	}
}

// TestUsernamesAreCaseInsensitive looks up and signs in by username over HTTP.
func TestUsernamesAreCaseInsensitive(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s := start(t, url, signInFlags(t)...)
	token, id := s.register(t, "Grace", "+41446681800")
	adoptNames(t, url)
	require.NotEmpty(t, s.login(t, "gRACE", password))

	const both = `query($exact: String!, $other: String!) { a: user(username: $exact) { id } b: user(username: $other) { id } }`
	matches := s.as(t, "", both, map[string]any{"exact": "Grace", "other": "GRACE"}).decode(t)
	require.Equal(t, id, matches.Data["a"]["id"])
	require.Equal(t, id, matches.Data["b"]["id"])
	matches = s.as(t, "", both, map[string]any{"exact": "Ada", "other": "ADA"}).decode(t)
	require.NotNil(t, matches.Data["a"])
	require.Nil(t, matches.Data["b"], "one of two")
	require.Equal(t, "UNAUTHENTICATED", s.as(t, "", loginMutation, map[string]any{"username": "ADA", "password": password}).code(t))

	for name, code := range map[string]string{"grace": "CONFLICT", "adA": "CONFLICT", "admin": "BAD_USER_INPUT", "Adm1n": "BAD_USER_INPUT", "\u202eevil": "BAD_USER_INPUT"} {
		refused := s.as(t, "", registerMutation, map[string]any{"username": name, "phone": "+41446681801", "password": password}).decode(t)
		require.Len(t, refused.Errors, 1)
		require.Equal(t, code, refused.Errors[0].Extensions["code"], name)
		require.Equal(t, "username", refused.Errors[0].Extensions["field"], name)
	}
	const rename = `mutation($u: String!) { updateProfile(input: {username: $u}) { user { username } } }`
	require.Equal(t, map[string]any{"username": "GRACE"}, s.as(t, token, rename, map[string]any{"u": "GRACE"}).data(t, "updateProfile")["user"])
	require.Equal(t, "CONFLICT", s.as(t, token, rename, map[string]any{"u": "BOB"}).code(t))
	require.Equal(t, "BAD_USER_INPUT", s.as(t, token, rename, map[string]any{"u": "Support"}).code(t))
}

// TestCommandsFindUsernamesCaseInsensitively checks that the commands print the username as stored.
func TestCommandsFindUsernamesCaseInsensitively(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	common, _ := configured(t, url, "--password-cost=4")
	var out bytes.Buffer
	user := app.User{Username: "Admin", PhoneNumber: "+41 44 668 18 00", Role: "OPT_USER"}
	require.NoError(t, app.CreateUser(t.Context(), common, user, quiet, strings.NewReader("long enough"), &out, io.Discard))
	out.Reset()
	require.NoError(t, app.SetRole(t.Context(), common, "admin", "AGENT", quiet, &out))
	require.Equal(t, "Admin: role AGENT\n", out.String())
	user.Username, user.PhoneNumber = "ADMIN", "+41 44 668 18 01"
	err := app.CreateUser(t.Context(), common, user, quiet, strings.NewReader("long enough"), &out, io.Discard)
	require.EqualError(t, err, "another account already has this username")
}
