package social

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// uniqueWriters lists the ways to find out whether another account has a username, an email address or a phone number.
var uniqueWriters = map[string]struct {
	caller viewer.Viewer
	claim  func(ctx context.Context, w *testService) error
}{
	"updateProfile": {ada, func(ctx context.Context, w *testService) error {
		_, err := w.UpdateProfile(ctx, model.UpdateProfileInput{Username: given("bob"), PhoneNumber: given("+41446681800"), Email: given("b@example.org")})
		return err
	}},
	"createProfile": {stranger, func(ctx context.Context, w *testService) error {
		_, err := w.CreateProfile(ctx, model.CreateProfileInput{Username: "bob", PhoneNumber: "+41446681800", Email: stringPtr("b@example.org")})
		return err
	}},
	"register": {anonymous, func(ctx context.Context, w *testService) error {
		_, err := w.Register(ctx, validRegistration())
		return err
	}},
	"register with a token": {ada, func(ctx context.Context, w *testService) error {
		_, err := w.Register(ctx, validRegistration())
		return err
	}},
}

func conflictErrors(fields ...string) (errs apperr.Errors) {
	for _, field := range fields {
		errs = append(errs, &apperr.Error{Code: apperr.Conflict, Field: field, Message: "another account already has this"})
	}
	return errs
}

// TestConflictsAreLimited checks that a caller with many conflicts is rejected before the database is asked, and so is
// the network with all its callers.
func TestConflictsAreLimited(t *testing.T) {
	t.Parallel()
	for name, way := range uniqueWriters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newTestService()
				most := 10
				if !way.caller.SignedIn() {
					most = 100
				}
				w.store.fail = conflictErrors("phoneNumber")
				for range most {
					require.Equal(t, conflictShown(name, w.store.fail), way.claim(withCaller(t, way.caller), w))
				}
				calls := len(w.store.calls)
				hashed := w.passwords.hashed
				err := way.claim(withCaller(t, way.caller), w)
				require.Equal(t, apperr.RateLimited, apperr.CodeOf(err), "%v", err)
				var limited *apperr.Error
				require.ErrorAs(t, err, &limited)
				require.Positive(t, limited.RetryAfter)
				require.Len(t, w.store.calls, calls, "the database is not asked")
				require.Equal(t, hashed, w.passwords.hashed)

				<-time.After(limited.RetryAfter)
				w.store.fail = nil
				if way.caller != ada || name == "register with a token" {
					w.store.accounts = w.store.accounts[:3]
				}
				require.NoError(t, way.claim(withCaller(t, way.caller), w))

				// The network, for any of its callers.
				w = newTestService()
				w.store.fail = conflictErrors("email")
				rejections := 0
				for n := range 300 {
					caller := way.caller
					if caller.SignedIn() {
						caller.CognitoID = fmt.Sprint("id-", n)
					}
					if apperr.CodeOf(way.claim(withCaller(t, caller), w)) == apperr.RateLimited {
						rejections++
					}
				}
				require.Equal(t, 200, rejections)
				elsewhere := viewer.Viewer{CognitoID: "id-ada", Registered: way.caller.Registered, Address: netip.MustParseAddr("192.0.2.9")}
				require.Equal(t, conflictShown(name, w.store.fail), way.claim(withCaller(t, elsewhere), w))
			})
		})
	}
}

// TestCanceledWriteCosts checks that a caller who leaves during a write, or whose time is up, pays as for a conflict,
// because reading shows the result of the write. If the account is gone, the result reveals as little as a success.
func TestCanceledWriteCosts(t *testing.T) {
	t.Parallel()
	for name, way := range uniqueWriters {
		for _, fail := range []error{
			context.Canceled, context.DeadlineExceeded, apperr.New(apperr.Canceled, "gone"), apperr.New(apperr.Timeout, "late"),
			apperr.New(apperr.NotFound, "no such account"),
		} {
			if name == "register" && apperr.CodeOf(fail) == apperr.NotFound {
				continue // there is no account yet
			}
			w := newTestService()
			w.countingAttempts.Attempts = newAttempts().Attempts
			w.store.fail = fail
			var err error
			for range 101 {
				err = way.claim(withCaller(t, way.caller), w)
			}
			require.Equal(t, apperr.RateLimited, apperr.CodeOf(err), "%s, %v", name, fail)
		}
	}
}

// TestOtherErrorsCostNothing checks that invalid input, a server error and a success reveal nothing about other
// accounts and cost nothing.
func TestOtherErrorsCostNothing(t *testing.T) {
	t.Parallel()
	for _, fail := range []error{errBroken, apperr.New(apperr.Unavailable, "no database")} {
		for name, way := range uniqueWriters {
			w := newTestService()
			w.countingAttempts.Attempts = newAttempts().Attempts
			w.store.fail = fail
			for range 50 {
				require.ErrorIs(t, way.claim(withCaller(t, way.caller), w), fail, name)
			}
			require.Zero(t, w.countingAttempts.open, name)
		}
	}
	w := newTestService()
	for range 50 {
		_, err := w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{City: given("London")})
		require.NoError(t, err)
		_, err = w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{PhoneNumber: given("+41446681800")})
		require.NoError(t, err)
	}
	require.Zero(t, w.countingAttempts.open)
	w.store.fail = conflictErrors("phoneNumber")
	for range 50 {
		_, err := w.UpdateProfile(withCaller(t, olga), model.UpdateProfileInput{UserID: globalIDOf("bob"), PhoneNumber: given("+41446681800")})
		require.Equal(t, w.store.fail, err, "operators see who has which number")
	}
}

// TestSuccessesAreLimited checks that successful changes are limited too: each reveals that no account had the value,
// and few users change their own values often.
func TestSuccessesAreLimited(t *testing.T) {
	t.Parallel()
	w := newTestService()
	var err error
	changes := 0
	for ; err == nil && changes < 1000; changes++ {
		_, err = w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{PhoneNumber: given("+41446681800")})
	}
	require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
	require.InDelta(t, 101, changes, 1)
}

// conflictShown returns a conflict as a mutation returns it.
func conflictShown(mutation string, conflict error) error {
	if mutation == "createProfile" {
		return withClaimHint(conflict)
	}
	return conflict
}

// TestPrivateConflicts checks that a private field is named only if no public field is in conflict.
func TestPrivateConflicts(t *testing.T) {
	t.Parallel()
	for name, way := range uniqueWriters {
		for _, test := range []struct{ met, reported []string }{
			{[]string{"username", "phoneNumber", "email"}, []string{"username"}},
			{[]string{"username"}, []string{"username"}},
			{[]string{"phoneNumber", "email"}, []string{"phoneNumber", "email"}},
			{[]string{"email"}, []string{"email"}},
		} {
			w := newTestService()
			w.store.fail = conflictErrors(test.met...)
			require.Equal(t, conflictShown(name, conflictErrors(test.reported...)), way.claim(withCaller(t, way.caller), w), name)
		}
	}
	w := newTestService()
	w.store.fail = conflictErrors("username", "email")
	_, err := w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{Username: given("-"), Email: given("b@example.org")})
	require.Equal(t, []string{"username"}, invalidFields(t, err))
	require.Empty(t, w.store.calls, "invalid input causes no lookup")
}

func TestRegistrationClosed(t *testing.T) {
	t.Parallel()
	w := newTestService()
	w.options.RegistrationClosed = true
	for name, way := range uniqueWriters {
		if name == "updateProfile" {
			continue
		}
		err := way.claim(withCaller(t, way.caller), w)
		w.requireRefused(t, err, apperr.Forbidden)
		require.ErrorContains(t, err, "ask the operator", name)
	}
	_, err := w.Register(withCaller(t, anonymous), model.RegisterInput{Username: "-"})
	w.requireRefused(t, err, apperr.Forbidden)
	_, err = w.CreateAccount(withCaller(t, olga), validRegistration(), model.UserRoleBroker)
	require.NoError(t, err)
	w.store.accounts = w.store.accounts[:3]
	_, err = w.Register(withCaller(t, olga), validRegistration())
	require.NoError(t, err, "operators make accounts")
}

// TestRegistrationsAreLimited checks that only created accounts count.
func TestRegistrationsAreLimited(t *testing.T) {
	t.Parallel()
	w := newTestService()
	for n := range 3 {
		w.store.fail = conflictErrors("email")
		require.Equal(t, w.store.fail, uniqueWriters["register"].claim(withCaller(t, anonymous), w))
		w.store.fail = nil
		require.NoError(t, uniqueWriters["register"].claim(withCaller(t, anonymous), w), n)
	}
	for _, name := range []string{"register", "createProfile"} {
		calls := len(w.store.calls)
		err := uniqueWriters[name].claim(withCaller(t, uniqueWriters[name].caller), w)
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		require.ErrorContains(t, err, "from this network")
		require.Len(t, w.store.calls, calls)
	}
	require.NoError(t, uniqueWriters["register"].claim(withCaller(t, viewer.Viewer{Address: netip.MustParseAddr("192.0.2.9")}), w))
}
