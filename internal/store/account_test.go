package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/store/nopassword"
	"followgraph/internal/testdb"
)

func stringPtr(s string) *string { return &s }

// newAccountNamed returns an account that shares no value with an account of another name.
func newAccountNamed(name string) model.NewAccount {
	return model.NewAccount{
		CognitoID: "id-" + name,
		Profile:   model.Profile{Username: name, PhoneNumber: "+999" + name, Email: stringPtr(name + "@example.org")},
		Role:      model.UserRoleEndUser,
	}
}

func createAccount(t *testing.T, s *Store, account model.NewAccount) {
	t.Helper()
	_, err := s.CreateAccount(t.Context(), account)
	require.NoError(t, err)
}

// fields returns the fields that a CONFLICT names.
func fields(t *testing.T, err error) []string {
	t.Helper()
	var all apperr.Errors
	require.ErrorAs(t, err, &all)
	named := make([]string, len(all))
	for i, each := range all {
		require.Equal(t, apperr.Conflict, each.Code)
		named[i] = each.Field
	}
	return named
}

func count(t *testing.T, s *Store, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, s.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	s := open(t)
	whole := model.NewAccount{
		CognitoID: "c-1",
		Profile: model.Profile{
			Username: "ada", PhoneNumber: "+41446681800", Email: stringPtr("ada@example.org"),
			Firstname: stringPtr("Ada"), Lastname: stringPtr("Lovelace"), Avatar: stringPtr("https://example.org/a"),
			Country: stringPtr("UK"), City: stringPtr("London"), Zipcode: stringPtr("W1"),
		},
		Role:     model.UserRoleBroker,
		Password: "$2a$hash",
	}
	account, err := s.CreateAccount(t.Context(), whole)
	require.NoError(t, err)
	require.Positive(t, account.TokenVersion)
	want := &model.Account{CognitoID: "c-1", Username: "ada", Role: model.UserRoleBroker, Password: "$2a$hash", TokenVersion: account.TokenVersion}
	require.Equal(t, want, account)
	stored, err := s.Account(t.Context(), "c-1")
	require.NoError(t, err)
	require.Equal(t, want, stored)
	stored, err = s.AccountByUsername(t.Context(), "ada")
	require.NoError(t, err)
	require.Equal(t, want, stored)

	users, err := s.Users(t.Context(), []model.UserKey{{CognitoID: "c-1", Details: true}})
	require.NoError(t, err)
	require.Equal(t, "Ada", *users[0].Firstname)
	require.Equal(t, "Lovelace", *users[0].Lastname)
	require.Equal(t, "https://example.org/a", *users[0].Avatar)
	privates, err := s.Privates(t.Context(), []string{"unknown", "c-1"})
	require.NoError(t, err)
	require.Equal(t, []*model.Private{nil, {
		Email: whole.Email, PhoneNumber: &whole.PhoneNumber, Country: whole.Country, City: whole.City, Zipcode: whole.Zipcode,
	}}, privates)

	bare := model.NewAccount{Profile: model.Profile{Username: "bob", PhoneNumber: "+41446681801"}, Role: model.UserRoleEndUser}
	account, err = s.CreateAccount(t.Context(), bare)
	require.NoError(t, err)
	require.True(t, globalid.IsLocalID(account.CognitoID), "marked as made up")
	require.Empty(t, account.Password)
	require.Equal(t, 1, count(t, s, `SELECT count(*) FROM users WHERE username = 'bob' AND password_hash = $1
		AND num_nulls(email, firstname, lastname, avatar, country, city, zipcode) = 7`, nopassword.Hash))
	privates, err = s.Privates(t.Context(), []string{account.CognitoID})
	require.NoError(t, err)
	require.Equal(t, []*model.Private{{PhoneNumber: &bare.PhoneNumber}}, privates)
}

func TestUnknownAccount(t *testing.T) {
	t.Parallel()
	s := open(t)
	account, err := s.Account(t.Context(), "unknown")
	require.NoError(t, err)
	require.Nil(t, account)
	account, err = s.AccountByUsername(t.Context(), "unknown")
	require.NoError(t, err)
	require.Nil(t, account)

	_, err = s.SetPassword(t.Context(), "unknown", "hash")
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
	require.Equal(t, apperr.NotFound, apperr.CodeOf(s.SetRole(t.Context(), "unknown", model.UserRoleAgent)))
	require.Equal(t, apperr.NotFound, apperr.CodeOf(s.UpdateProfile(t.Context(), "unknown", model.ProfileChange{})))
	err = s.UpdateProfile(t.Context(), "unknown", model.ProfileChange{City: model.Change{Set: true}})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}

func TestCreateAccountConflicts(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, name := range []string{"a", "b", "c"} {
		createAccount(t, s, newAccountNamed(name))
	}
	for name, test := range map[string]struct {
		username, phone string
		email           *string
		want            []string
	}{
		"username":                           {"a", "+1", nil, []string{"username"}},
		"phone number":                       {"n", "+999a", nil, []string{"phoneNumber"}},
		"email":                              {"n", "+1", stringPtr("a@example.org"), []string{"email"}},
		"all of one account":                 {"a", "+999a", stringPtr("a@example.org"), []string{"username", "phoneNumber", "email"}},
		"a different account for each value": {"a", "+999b", stringPtr("c@example.org"), []string{"username", "phoneNumber", "email"}},
		"the second and third":               {"n", "+999b", stringPtr("c@example.org"), []string{"phoneNumber", "email"}},
		"another case":                       {"A", "+999b", stringPtr("A@Example.ORG"), []string{"username", "phoneNumber", "email"}},
		"case of the username":               {"A", "+1", nil, []string{"username"}},
		"case of the email":                  {"n", "+1", stringPtr("a@EXAMPLE.org"), []string{"email"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.CreateAccount(t.Context(), model.NewAccount{
				CognitoID: "id-" + name,
				Profile:   model.Profile{Username: test.username, PhoneNumber: test.phone, Email: test.email},
				Role:      model.UserRoleEndUser,
			})
			require.Equal(t, test.want, fields(t, err))
			require.NotContains(t, err.Error(), "@")
		})
	}
	t.Run("Cognito id", func(t *testing.T) {
		t.Parallel()
		for _, again := range []model.NewAccount{newAccountNamed("a"), {
			CognitoID: "id-a", Profile: model.Profile{Username: "n", PhoneNumber: "+1"}, Role: model.UserRoleEndUser,
		}} {
			_, err := s.CreateAccount(t.Context(), again)
			require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
			require.EqualError(t, err, "this Cognito user already has an account")
		}
	})
}

func TestCreateAccountRace(t *testing.T) {
	t.Parallel()
	s := open(t)
	const racers = 40
	results := make([]error, racers)
	var wait sync.WaitGroup
	for n := range racers {
		wait.Go(func() {
			account := newAccountNamed("ada")
			account.CognitoID = fmt.Sprint("racer", n)
			_, results[n] = s.CreateAccount(t.Context(), account)
		})
	}
	wait.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, []string{"username", "phoneNumber", "email"}, fields(t, err))
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users"))
}

func TestCreateAccountWhileItIsDeleted(t *testing.T) {
	t.Parallel()
	s := open(t)
	execute(t, s, "INSERT INTO user_follow_stats (user_id, deleted_at) VALUES ('id-ada', now())")
	_, err := s.CreateAccount(t.Context(), newAccountNamed("ada"))
	require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
	require.EqualError(t, err, "the account is being deleted: try again later")
	require.Zero(t, count(t, s, "SELECT count(*) FROM users"))

	execute(t, s, "UPDATE user_follow_stats SET deleted_at = NULL")
	createAccount(t, s, newAccountNamed("ada"))
}

// blockedCreation is the creation of an account that waits for the deletion of the same account.
type blockedCreation struct {
	deleting *pgx.Conn
	waiter   int32 // the server process that waits
	leave    context.CancelFunc
	result   chan error
}

func newBlockedCreation(t *testing.T) *blockedCreation {
	t.Helper()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	createAccount(t, s, newAccountNamed("ada"))
	ctx, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	b := &blockedCreation{deleting: connect(t, url), leave: leave, result: make(chan error, 1)}
	b.run(t, "BEGIN")
	b.run(t, "INSERT INTO user_follow_stats (user_id, deleted_at) VALUES ('id-ada', now())")
	b.run(t, "DELETE FROM users WHERE cognito_id = 'id-ada'")
	go func() {
		_, err := s.CreateAccount(ctx, newAccountNamed("ada"))
		b.result <- err
	}()
	watch := connect(t, url)
	require.Eventually(t, func() bool {
		var waiter *int32
		err := watch.QueryRow(t.Context(), `SELECT min(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE 'INSERT INTO "users"%'`).Scan(&waiter)
		if err != nil || waiter == nil {
			return false
		}
		b.waiter = *waiter
		return true
	}, 10*time.Second, 5*time.Millisecond)
	return b
}

// run executes a statement in the deletion's transaction.
func (b *blockedCreation) run(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := b.deleting.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func TestCreateAccountRacesDeletion(t *testing.T) {
	t.Parallel()
	for end, want := range map[string]string{
		"COMMIT":   "the account is being deleted: try again later",
		"ROLLBACK": "this Cognito user already has an account",
	} {
		b := newBlockedCreation(t)
		b.run(t, end)
		err := <-b.result
		require.EqualError(t, err, want)
		require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
	}
}

func TestAccountErrors(t *testing.T) {
	t.Parallel()
	t.Run("the connection is lost", func(t *testing.T) {
		t.Parallel()
		b := newBlockedCreation(t)
		b.run(t, "SELECT pg_terminate_backend($1)", b.waiter)
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(<-b.result))
	})
	t.Run("the caller leaves", func(t *testing.T) {
		t.Parallel()
		b := newBlockedCreation(t)
		b.leave()
		require.Equal(t, apperr.Canceled, apperr.CodeOf(<-b.result))
	})
	t.Run("no connection works", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(classify(t.Context(), fmt.Errorf("ent: %w", driver.ErrBadConn))))
	})
	t.Run("the caller has left", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Account(ctx, "c-1")
		require.Equal(t, apperr.Canceled, apperr.CodeOf(err))
		_, err = s.CreateAccount(ctx, newAccountNamed("ada"))
		require.Equal(t, apperr.Canceled, apperr.CodeOf(err))
	})
	t.Run("an unknown index", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		execute(t, s, "CREATE UNIQUE INDEX odd ON users (country)")
		ada, bob := newAccountNamed("ada"), newAccountNamed("bob")
		ada.Country, bob.Country = stringPtr("UK"), stringPtr("UK")
		createAccount(t, s, ada)
		_, err := s.CreateAccount(t.Context(), bob)
		require.Equal(t, apperr.DatabaseMismatch, apperr.CodeOf(err))
	})
}
