package store

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"followgraph/internal/store/nopassword"
)

// TestNoPassword checks that the hash of no password is one that any implementation of bcrypt reads, and that the hash
// of earlier versions is read too.
func TestNoPassword(t *testing.T) {
	t.Parallel()
	require.Len(t, nopassword.Hash, 60)
	require.Regexp(t, `^\$2b\$12\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$`, nopassword.Hash, "a salt whose unused bits are zero")
	require.ErrorIs(t, bcrypt.CompareHashAndPassword([]byte(nopassword.Hash), nil), bcrypt.ErrMismatchedHashAndPassword)

	s := open(t)
	createAccount(t, s, newAccountNamed("ada"))
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE password_hash = $1", nopassword.Hash))
	for _, stored := range []string{nopassword.Hash, nopassword.Before} {
		execute(t, s, "UPDATE users SET password_hash = $1", stored)
		account, err := s.Account(t.Context(), "id-ada")
		require.NoError(t, err)
		require.Empty(t, string(account.Password))
		account, err = s.AccountByUsername(t.Context(), "ada")
		require.NoError(t, err)
		require.Empty(t, string(account.Password))
	}
	_, err := s.SetPassword(t.Context(), "id-ada", "a hash")
	require.NoError(t, err)
	_, err = s.SetPassword(t.Context(), "id-ada", "")
	require.NoError(t, err)
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE password_hash = $1", nopassword.Hash))
}
