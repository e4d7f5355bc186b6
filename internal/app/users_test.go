package app_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"followgraph/internal/app"
	"followgraph/internal/apperr"
	"followgraph/internal/testdb"
)

// row is an account's row in the table.
type row struct {
	Email        *string
	PhoneNumber  string
	PasswordHash string
	Role         string
	TokenVersion int64
}

func readRow(t *testing.T, url, username string) row {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	rows, err := conn.Query(t.Context(), `SELECT email, phone_number, password_hash, role::text, token_version
		FROM users WHERE username = $1`, username)
	require.NoError(t, err)
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[row])
	require.NoError(t, err)
	return found
}

func TestUsers(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	common, _ := configured(t, url, "--password-cost=4")
	var out, terminal bytes.Buffer
	user := app.User{Username: "olga", PhoneNumber: "+41 44 668 18 00", Role: "END_USER"}
	err := app.CreateUser(t.Context(), common, user, quiet, strings.NewReader("first password\n"), &out, &terminal)
	require.NoError(t, err)
	require.Regexp(t, `^olga: account created, Cognito id local-[0-9a-f-]{36}\n$`, out.String())
	account := readRow(t, url, "olga")
	require.NoError(t, bcrypt.CompareHashAndPassword([]byte(account.PasswordHash), []byte("first password")))
	require.Equal(t, row{PhoneNumber: "+41446681800", PasswordHash: account.PasswordHash, Role: "END_USER", TokenVersion: account.TokenVersion}, account)

	out.Reset()
	require.NoError(t, app.SetRole(t.Context(), common, "olga", "OPT_USER", quiet, &out))
	require.Equal(t, "olga: role OPT_USER\n", out.String())

	out.Reset()
	err = app.SetPassword(t.Context(), common, "olga", quiet, strings.NewReader("second password"), &out, &terminal)
	require.NoError(t, err)
	require.Equal(t, "olga: password changed\n", out.String())
	changed := readRow(t, url, "olga")
	require.NoError(t, bcrypt.CompareHashAndPassword([]byte(changed.PasswordHash), []byte("second password")))
	require.Equal(t, row{PhoneNumber: "+41446681800", PasswordHash: changed.PasswordHash, Role: "OPT_USER", TokenVersion: account.TokenVersion + 1}, changed)
	require.Empty(t, terminal.String(), "nothing is asked of who writes to a pipe")

	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		err := app.CreateUser(t.Context(), common, user, quiet, strings.NewReader("first password"), io.Discard, io.Discard)
		require.EqualError(t, err, "another account already has this username; another account already has this phone number")
	})
	t.Run("not in order", func(t *testing.T) {
		t.Parallel()
		bad := app.User{Username: "a b", PhoneNumber: "1", Email: "x", Role: "KING"}
		err := app.CreateUser(t.Context(), common, bad, quiet, strings.NewReader("short"), io.Discard, io.Discard)
		require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))
		for _, words := range []string{"username must have", "phoneNumber must be", "email must have", "password must have", "role must be one of"} {
			require.ErrorContains(t, err, words)
		}
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, err.Error(), "short")
		err = app.SetRole(t.Context(), common, "olga", "KING", quiet, io.Discard)
		require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))
		err = app.SetPassword(t.Context(), common, "olga", quiet, strings.NewReader("short"), io.Discard, io.Discard)
		require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))
	})
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		require.ErrorContains(t, app.SetRole(t.Context(), common, "nobody", "OWNER", quiet, io.Discard), `username "nobody"`)
		err := app.SetPassword(t.Context(), common, "nobody", quiet, strings.NewReader("long enough"), io.Discard, io.Discard)
		require.ErrorContains(t, err, `username "nobody"`)
	})
	t.Run("no password", func(t *testing.T) {
		t.Parallel()
		for _, input := range []string{"", "\n", "two\nlines\n", strings.Repeat("long\n", 1000)} {
			err := app.SetPassword(t.Context(), common, "olga", quiet, strings.NewReader(input), io.Discard, io.Discard)
			require.EqualError(t, err, "standard input must contain exactly one line, the password")
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		silent, writer, err := os.Pipe()
		require.NoError(t, err)
		t.Cleanup(func() { _ = writer.Close() })
		ctx, interrupt := context.WithCancel(t.Context())
		interrupt()
		err = app.SetPassword(ctx, common, "olga", quiet, silent, io.Discard, io.Discard)
		require.ErrorIs(t, err, context.Canceled)
	})
}
