package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/store/nopassword"
	"followgraph/internal/testdb"
)

func set(value string) model.Change { return model.Change{Set: true, Value: &value} }

var null = model.Change{Set: true}

func TestUpdateProfile(t *testing.T) {
	t.Parallel()
	s := open(t)
	createAccount(t, s, newAccountNamed("ada"))
	createAccount(t, s, newAccountNamed("bob"))
	execute(t, s, "UPDATE users SET updated_at = '2025-01-01', created_at = '2025-01-01', city = 'London', country = 'UK'")

	require.NoError(t, s.UpdateProfile(t.Context(), "id-ada", model.ProfileChange{}))
	require.Equal(t, 2, count(t, s, "SELECT count(*) FROM users WHERE updated_at = '2025-01-01'"))

	require.NoError(t, s.UpdateProfile(t.Context(), "id-ada", model.ProfileChange{
		Username: set("countess"), PhoneNumber: set("+999ada"), Email: null, Firstname: set("Ada"), Lastname: set("L"),
		Avatar: set("https://example.org/a"), City: null, Zipcode: set("W1"),
	}))
	require.Equal(t, 1, count(t, s, `SELECT count(*) FROM users WHERE cognito_id = 'id-ada' AND username = 'countess'
		AND phone_number = '+999ada' AND email IS NULL AND firstname = 'Ada' AND lastname = 'L'
		AND avatar = 'https://example.org/a' AND country = 'UK' AND city IS NULL AND zipcode = 'W1'
		AND updated_at > '2025-01-02' AND created_at = '2025-01-01'`))
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE username = 'bob' AND updated_at = '2025-01-01'"))

	err := s.UpdateProfile(t.Context(), "id-ada", model.ProfileChange{
		Username: set("bob"), PhoneNumber: set("+999bob"), Email: set("bob@example.org"), Zipcode: set("W2"),
	})
	require.Equal(t, []string{"username", "phoneNumber", "email"}, fields(t, err))
	require.Zero(t, count(t, s, "SELECT count(*) FROM users WHERE zipcode = 'W2'"))
	err = s.UpdateProfile(t.Context(), "id-ada", model.ProfileChange{Username: set("countess"), Email: set("bob@example.org")})
	require.Equal(t, []string{"email"}, fields(t, err))
}

// An update that is a deadlock victim is retried. PostgreSQL chooses the transaction that has waited for one second:
// the update, which waits first, unless the machine is so slow that a round has to be repeated.
func TestUpdateProfileDeadlock(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	createAccount(t, s, newAccountNamed("ada"))
	createAccount(t, s, newAccountNamed("bob"))
	other := connect(t, url)
	for wasVictim := false; !wasVictim; {
		execute(t, s, "UPDATE users SET username = substr(cognito_id, 4), phone_number = '+999' || substr(cognito_id, 4)")
		_, err := other.Exec(t.Context(), "BEGIN; UPDATE users SET phone_number = '+1' WHERE cognito_id = 'id-bob'")
		require.NoError(t, err)
		updated := make(chan error, 1)
		go func() {
			updated <- s.UpdateProfile(t.Context(), "id-ada", model.ProfileChange{Username: set("countess"), PhoneNumber: set("+999bob")})
		}()
		require.Eventually(t, func() bool {
			return count(t, s, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE "users"%'`) == 1
		}, 10*time.Second, 5*time.Millisecond)
		_, err = other.Exec(t.Context(), "UPDATE users SET city = 'Paris' WHERE cognito_id = 'id-ada'")
		wasVictim = err == nil
		_, err = other.Exec(t.Context(), "COMMIT")
		require.NoError(t, err)
		err = <-updated
		if !wasVictim { // the other transaction was rolled back, and bob still has his number
			require.Equal(t, []string{"phoneNumber"}, fields(t, err))
			continue
		}
		require.NoError(t, err)
	}
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE cognito_id = 'id-ada' AND username = 'countess' AND phone_number = '+999bob' AND city = 'Paris'"))
}

func TestSetRole(t *testing.T) {
	t.Parallel()
	s := open(t)
	createAccount(t, s, newAccountNamed("ada"))
	execute(t, s, "UPDATE users SET updated_at = '2025-01-01'")
	require.NoError(t, s.SetRole(t.Context(), "id-ada", model.UserRoleOptUser))
	account, err := s.Account(t.Context(), "id-ada")
	require.NoError(t, err)
	require.Equal(t, model.UserRoleOptUser, account.Role)
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE updated_at > '2025-01-02'"))
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	s := open(t)
	createAccount(t, s, newAccountNamed("ada"))
	createAccount(t, s, newAccountNamed("bob"))
	execute(t, s, "UPDATE users SET updated_at = '2025-01-01'")

	initial, err := s.Account(t.Context(), "id-ada")
	require.NoError(t, err)
	account, err := s.SetPassword(t.Context(), "id-ada", "first")
	require.NoError(t, err)
	require.Equal(t, &model.Account{CognitoID: "id-ada", Username: "ada", Role: model.UserRoleEndUser, TokenVersion: initial.TokenVersion + 1, Password: "first"}, account)
	_, err = s.SetPassword(t.Context(), "id-ada", "second")
	require.NoError(t, err)

	// A sign-in with the first password is too late with its new hash.
	require.NoError(t, s.RehashPassword(t.Context(), "id-ada", "first", "late"))
	account, err = s.Account(t.Context(), "id-ada")
	require.NoError(t, err)
	require.Equal(t, &model.Account{CognitoID: "id-ada", Username: "ada", Role: model.UserRoleEndUser, TokenVersion: initial.TokenVersion + 2, Password: "second"}, account)

	require.NoError(t, s.RehashPassword(t.Context(), "id-ada", "second", "dearer"))
	account, err = s.Account(t.Context(), "id-ada")
	require.NoError(t, err)
	require.Equal(t, model.PasswordHash("dearer"), account.Password)
	require.Equal(t, initial.TokenVersion+2, account.TokenVersion)

	_, err = s.SetPassword(t.Context(), "id-ada", "")
	require.NoError(t, err)
	require.Equal(t, 2, count(t, s, "SELECT count(*) FROM users WHERE password_hash = $1 AND updated_at = '2025-01-01'", nopassword.Hash))
}
