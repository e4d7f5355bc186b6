package social_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/globalid"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
	"followgraph/internal/viewer"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// permissiveAuth implements passwords, attempts and tokens, which these tests do not cover.
type permissiveAuth struct{}

func (permissiveAuth) Hash(_ context.Context, _ auth.Origin, password string) (string, error) {
	return password, nil
}
func (permissiveAuth) Check(_ context.Context, _ auth.Origin, hash, password string) (auth.Match, error) {
	return auth.Match{OK: hash == password}, nil
}
func (permissiveAuth) Take(string, netip.Addr) (limit.Attempt, error) { return limit.Attempt{}, nil }
func (permissiveAuth) TakeAddress(netip.Addr) error                   { return nil }
func (permissiveAuth) TakeClaim(string, netip.Addr) (limit.Attempt, error) {
	return limit.Attempt{}, nil
}
func (permissiveAuth) TakeRegistration(netip.Addr) (limit.Attempt, error) {
	return limit.Attempt{}, nil
}
func (permissiveAuth) Succeeded(limit.Attempt) {}
func (permissiveAuth) Release(limit.Attempt)   {}
func (permissiveAuth) Issue(subject string, version int64) (string, time.Time, error) {
	return fmt.Sprint(subject, " ", version), time.Time{}, nil
}

func open(t *testing.T) *social.Service {
	t.Helper()
	opened, err := store.Open(t.Context(), testdb.New(t), store.Options{MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	return social.New(opened, social.Options{Passwords: permissiveAuth{}, Tokens: permissiveAuth{}, Attempts: permissiveAuth{}})
}

func asCaller(t *testing.T, caller viewer.Viewer) context.Context {
	t.Helper()
	return viewer.With(t.Context(), caller)
}

func TestRegisterRace(t *testing.T) {
	t.Parallel()
	s := open(t)
	email := "ada@example.org"
	input := model.RegisterInput{Username: "ada", PhoneNumber: "+1 201 555 0123", Email: &email, Password: "long enough"}
	results := make([]error, 24)
	var wait sync.WaitGroup
	for n := range results {
		wait.Go(func() { _, results[n] = s.Register(asCaller(t, viewer.Viewer{}), input) })
	}
	wait.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		var conflicts apperr.Errors
		require.ErrorAs(t, err, &conflicts)
		require.Len(t, conflicts, 1, "the private fields are not told of")
		require.Equal(t, apperr.Conflict, conflicts[0].Code)
		require.Equal(t, "username", conflicts[0].Field)
	}
	require.Equal(t, 1, won)
}

// While requests keep the cache fresh, every change is visible to the first request after it.
func TestChangesTakeEffectAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	payload, err := s.Register(asCaller(t, viewer.Viewer{}), model.RegisterInput{
		Username: "ada", PhoneNumber: "+1 201 555 0123", Password: "password 0",
	})
	require.NoError(t, err)
	id, operator := payload.User.CognitoID, viewer.Viewer{Registered: true, Operator: true}
	userID := globalid.User(id)
	var first int64
	_, err = fmt.Sscanf(payload.Token, id+" %d", &first) // in the format of permissiveAuth.Issue
	require.NoError(t, err)

	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for ctx.Err() == nil {
				_, _ = s.Caller(ctx, auth.Identity{Subject: id, Local: true})
			}
		})
	}
	for n := range int64(30) {
		version := first + n
		_, err := s.ChangePassword(asCaller(t, operator), model.ChangePasswordInput{UserID: &userID, NewPassword: "another password"})
		require.NoError(t, err)
		_, err = s.Caller(t.Context(), auth.Identity{Subject: id, Local: true, Version: version})
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))
		role := []model.UserRole{model.UserRoleOptUser, model.UserRoleAgent}[n%2]
		_, err = s.SetRole(asCaller(t, operator), model.SetRoleInput{UserID: userID, Role: role})
		require.NoError(t, err)
		caller, err := s.Caller(t.Context(), auth.Identity{Subject: id, Local: true, Version: version + 1})
		require.NoError(t, err)
		require.Equal(t, role == model.UserRoleOptUser, caller.Operator)
	}
	stop()
	wait.Wait()
}
