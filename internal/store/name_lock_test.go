package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// TestNameRace checks that one of many registrations of names that differ in case alone wins, on several instances.
func TestNameRace(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	var instances []*Store
	for range 3 {
		s, err := Open(t.Context(), url, Options{MaxConns: 6})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		instances = append(instances, s)
	}
	cases := []string{"ada", "Ada", "ADA", "aDA", "adA"}
	for round := range 4 {
		results := make([]error, 30)
		var wait sync.WaitGroup
		for n := range results {
			wait.Go(func() {
				_, results[n] = instances[n%3].CreateAccount(t.Context(), model.NewAccount{
					Profile: model.Profile{Username: fmt.Sprint(cases[n%5], round), PhoneNumber: fmt.Sprint("+", round, n), Email: stringPtr(fmt.Sprintf("%s%d@example.org", cases[n%4], round))},
					Role:    model.UserRoleEndUser,
				})
			})
		}
		wait.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
				continue
			}
			require.Equal(t, []string{"username", "email"}, fields(t, err))
		}
		require.Equal(t, 1, won)
	}
	require.Equal(t, 4, count(t, instances[0], "SELECT count(*) FROM users"))
}

// TestRenameRace checks that one of the updates and registrations that take the same username wins.
func TestRenameRace(t *testing.T) {
	t.Parallel()
	s := open(t)
	for n := range 8 {
		createAccount(t, s, newAccountNamed(fmt.Sprint("user", n)))
	}
	results := make([]error, 16)
	var wait sync.WaitGroup
	for n := range results {
		wait.Go(func() {
			name := []string{"ada", "ADA"}[n%2]
			if n < 8 {
				results[n] = s.UpdateProfile(t.Context(), fmt.Sprint("id-user", n), model.ProfileChange{Username: set(name)})
				return
			}
			account := newAccountNamed(fmt.Sprint("new", n))
			account.Username = name
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
		require.Equal(t, []string{"username"}, fields(t, err))
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE lower(username) = 'ada'"))
}

// TestAdoptedNames checks that accounts whose names differ in case alone keep them unless they change them explicitly.
func TestAdoptedNames(t *testing.T) {
	t.Parallel()
	s := open(t)
	adoptUsers(t, s, "ada", "Ada", "bob", "JOSÉ")
	update := func(id string, change model.ProfileChange) error { return s.UpdateProfile(t.Context(), id, change) }
	require.NoError(t, update("ada", model.ProfileChange{City: set("Bern")}))
	require.NoError(t, update("ada", model.ProfileChange{Username: set("ada"), Email: set("ada@example.org")}), "as they are")
	require.Equal(t, []string{"username", "email"}, fields(t, update("ada", model.ProfileChange{Username: set("ADA"), Email: set("ADA@example.org")})))
	require.Equal(t, []string{"username"}, fields(t, update("ada", model.ProfileChange{Username: set("Ada")})))
	require.NoError(t, update("bob", model.ProfileChange{Username: set("BOB"), Email: set("Bob@Example.org")}), "one's own, in another case")
	require.NoError(t, update("bob", model.ProfileChange{Email: model.Change{Set: true}}))
	require.Equal(t, []string{"username"}, fields(t, update("bob", model.ProfileChange{Username: set("josé")})))
	require.Equal(t, []string{"email"}, fields(t, update("bob", model.ProfileChange{Email: set("José@example.org")})))
	for _, name := range []string{"ADA", "bob", "José", "JOSÉ"} {
		account := newAccountNamed("new" + name)
		account.Username = name
		_, err := s.CreateAccount(t.Context(), account)
		require.Equal(t, []string{"username"}, fields(t, err), name)
	}
}

// TestNamesPlan checks that the statement that looks for taken names uses the indexes.
func TestNamesPlan(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	for _, sql := range []string{crowd, "UPDATE users SET email = username || '@example.org'", "VACUUM ANALYZE", "SET plan_cache_mode = force_generic_plan"} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	plan := explain(t, conn, "", hotStatement{sql: namesTaken, args: []any{"u1", "U1", "U1@example.org"}})
	var used []string
	for _, node := range plan.all() {
		require.NotContains(t, node.Type, "Seq Scan")
		if strings.HasPrefix(node.Type, "Index") {
			used = append(used, node.Index)
		}
	}
	require.Subset(t, used, []string{"ix_users_username_case", "ix_users_email_case"})
}

// TestCanceledRegistrationReleasesName checks that a registration that is canceled while it waits for a name leaves
// nothing behind.
func TestCanceledRegistrationReleasesName(t *testing.T) {
	t.Parallel()
	s := open(t)
	holder, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = holder.Exec(t.Context(), namesLock, "ada", nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { _, err := s.CreateAccount(ctx, newAccountNamed("ADA")); result <- err }()
	require.Eventually(t, func() bool {
		return count(t, s, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'") == 1
	}, time.Minute, time.Millisecond)
	cancel()
	require.Error(t, <-result)
	require.NoError(t, holder.Rollback(t.Context()))
	createAccount(t, s, newAccountNamed("Ada"))
}
