package social

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newTestService()
	ctx := withCaller(t, anonymous)
	payload, err := w.Login(ctx, model.LoginInput{ClientMutationID: stringPtr("m"), Username: "olga", Password: "olga's password"})
	require.NoError(t, err)
	require.Equal(t, &model.LoginPayload{
		ClientMutationID: stringPtr("m"), User: &model.User{CognitoID: "id-olga"}, Token: "id-olga 0", TokenExpiresAt: tokenExpiry,
	}, payload)
	require.Equal(t, olga, viewer.From(ctx))
	require.Zero(t, w.countingAttempts.open)
	require.Zero(t, w.passwords.hashed)
}

// TestRejectionIsDelayed checks that a client with too many attempts waits for the response, unless the client leaves.
func TestRejectionIsDelayed(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(ctx context.Context, w *testService) error{
		"login": func(ctx context.Context, w *testService) error {
			_, err := w.Login(ctx, model.LoginInput{Username: "ada", Password: "ada's password"})
			return err
		},
		"claimAccount": func(ctx context.Context, w *testService) error {
			_, err := w.ClaimAccount(viewer.With(ctx, stranger), model.ClaimAccountInput{Username: "ada", Password: "ada's password"})
			return err
		},
		"register": func(ctx context.Context, w *testService) error {
			_, err := w.Register(ctx, model.RegisterInput{Username: "new", PhoneNumber: "+41446681800", Password: "long enough"})
			return err
		},
		"changePassword": func(ctx context.Context, w *testService) error {
			_, err := w.ChangePassword(ctx, model.ChangePasswordInput{CurrentPassword: stringPtr("ada's password"), NewPassword: "long enough"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newTestService()
				w.options.RefusalDelay, w.countingAttempts.none = time.Second, true
				start := time.Now()
				require.Equal(t, apperr.RateLimited, apperr.CodeOf(ask(withCaller(t, ada), w)))
				require.Equal(t, time.Second, time.Since(start))
				ctx, leave := context.WithTimeout(withCaller(t, ada), time.Millisecond)
				defer leave()
				require.Equal(t, apperr.RateLimited, apperr.CodeOf(ask(ctx, w)))
				require.Equal(t, time.Second+time.Millisecond, time.Since(start))
			})
		})
	}
}

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, username, password string
		checked                  []string // hashes that the password was compared with
	}{
		{"wrong password", "ada", "bob's password", []string{"new ada's password"}},
		{"unknown username", "ADA", "ada's password", []string{""}},
		{"no password", "cognito", "", []string{""}},
		{"an impossible username", "ada\x00", "ada's password", nil},
		{"a username that is too long", strings.Repeat("a", 256), "ada's password", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTestService()
			w.store.accounts = append(w.store.accounts, &model.NewAccount{CognitoID: "c", Profile: model.Profile{Username: "cognito"}})
			ctx := withCaller(t, anonymous)
			_, err := w.Login(ctx, model.LoginInput{Username: test.username, Password: test.password})
			require.Equal(t, apperr.New(apperr.Unauthenticated, "the username or the password is wrong"), err)
			require.Equal(t, test.checked, w.passwords.checked)
			require.Equal(t, len(test.checked), w.countingAttempts.open)
			require.Equal(t, anonymous, viewer.From(ctx))
		})
	}
	t.Run("no tokens", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		w.options.Tokens = nil
		_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: "ada's password"})
		w.requireRefused(t, err, apperr.Forbidden)
	})
	t.Run("too often", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		for range 3 {
			_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: "guess"})
			require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))
		}
		_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: "ada's password"})
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		require.Len(t, w.passwords.checked, 3, "a refused attempt costs no hash")
	})
}

// TestLoginNames checks that an account has the same attempts for every spelling of its username, and that an unknown
// username has attempts too.
func TestLoginNames(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"ada", "lovelace"}, {"unknown", "UNKNOWN"}} {
		w := newTestService()
		for range 3 {
			_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: names[0], Password: "guess"})
			require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))
		}
		if ada := w.account("id-ada"); names[0] == "ada" {
			ada.Username = names[1]
		}
		_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: names[1], Password: "guess"})
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err), names[1])
	}
	// A token does not give additional guesses.
	w := newTestService()
	for range 3 {
		_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: "guess"})
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))
	}
	_, err := w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: stringPtr("guess"), NewPassword: "long enough"})
	require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
}

// TestKnownNetworks checks that a network is known for an account after a sign-in or registration from it, and that no
// other network is.
func TestKnownNetworks(t *testing.T) {
	t.Parallel()
	w := newTestService()
	away := viewer.Viewer{Address: netip.MustParseAddr("192.0.2.9")}
	_, err := w.Register(withCaller(t, anonymous), validRegistration())
	require.NoError(t, err)
	for _, caller := range []viewer.Viewer{anonymous, away, away} {
		_, err := w.Login(withCaller(t, caller), model.LoginInput{Username: "zoe", Password: "zoe's password"})
		require.NoError(t, err)
	}
	_, err = w.Login(withCaller(t, away), model.LoginInput{Username: "ada", Password: "guess"})
	require.Error(t, err)
	_, err = w.Login(withCaller(t, away), model.LoginInput{Username: "ada", Password: "ada's password"})
	require.NoError(t, err)
	_, err = w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: stringPtr("ada's password"), NewPassword: "long enough"})
	require.NoError(t, err)
	require.Equal(t, []bool{false, true, false, true, false, false, false, true}, w.passwords.knownOrigins)
}

// TestUncomparedAttemptIsReturned checks that an attempt does not count if its password was not compared.
func TestUncomparedAttemptIsReturned(t *testing.T) {
	t.Parallel()
	w := newTestService()
	w.passwords.busy = apperr.Limited(time.Second, "too many people are signing in")
	for range 10 {
		_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: "ada's password"})
		require.Equal(t, w.passwords.busy, err)
		_, err = w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: stringPtr("ada's password"), NewPassword: "long enough"})
		require.Equal(t, w.passwords.busy, err)
	}
	w.passwords.busy = nil
	_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: "ada's password"})
	require.NoError(t, err)
}

// TestLoginWithTruncatedPassword checks that a password that the previous service truncated at 72 bytes still signs in,
// and that a new one is advised.
func TestLoginWithTruncatedPassword(t *testing.T) {
	t.Parallel()
	password := strings.Repeat("ü", 50)
	kept := model.PasswordHash(password[:72])
	for hash, want := range map[model.PasswordHash]model.PasswordHash{"new " + kept: "new " + kept, "old " + kept: "new " + kept} {
		w := newTestService()
		w.account("id-ada").Password = hash
		for range 2 {
			payload, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: password})
			require.NoError(t, err)
			require.True(t, payload.PasswordChangeAdvised)
			require.Equal(t, want, w.account("id-ada").Password)
		}
		payload, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: string(kept)})
		require.NoError(t, err)
		require.False(t, payload.PasswordChangeAdvised)
		_, err = w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: string(kept[:71])})
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))

		_, err = w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: &password, NewPassword: password})
		require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err)) // as a new password it is too long
		_, err = w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: &password, NewPassword: "short enough"})
		require.NoError(t, err)
		_, err = w.Login(withCaller(t, anonymous), model.LoginInput{Username: "ada", Password: password})
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))
	}
}

func TestLoginRehashes(t *testing.T) {
	t.Parallel()
	login := model.LoginInput{Username: "ada", Password: "secret words"}
	for _, test := range []struct {
		name            string
		hashing, saving error
		want            model.PasswordHash
	}{
		{"done", nil, nil, "new secret words"},
		{"hashing fails", errBroken, nil, "old secret words"},
		{"saving fails", nil, errBroken, "old secret words"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTestService()
			var log bytes.Buffer
			w.options.Log = slog.New(slog.NewTextHandler(&log, nil))
			w.account("id-ada").Password = "old secret words"
			w.passwords.fail, w.store.fail = test.hashing, test.saving
			payload, err := w.Login(withCaller(t, anonymous), login)
			require.NoError(t, err)
			require.Equal(t, "id-ada 0", payload.Token, "tokens go on")
			require.Equal(t, test.want, w.account("id-ada").Password)
			require.Equal(t, test.hashing != nil || test.saving != nil, strings.Contains(log.String(), "broken"))
			require.NotContains(t, log.String(), "secret")
		})
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := newTestService()
	for _, userID := range []*string{nil, globalIDOf("ada")} {
		old := strings.TrimPrefix(string(w.account("id-ada").Password), "new ")
		payload, err := w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{
			ClientMutationID: stringPtr("m"), UserID: userID, CurrentPassword: &old, NewPassword: old + "!",
		})
		require.NoError(t, err)
		require.Equal(t, "id-ada", payload.User.CognitoID)
		require.Equal(t, stringPtr("m"), payload.ClientMutationID)
		require.Equal(t, model.PasswordHash("new "+old+"!"), w.account("id-ada").Password)
		require.Equal(t, stringPtr("id-ada "+string(rune('0'+w.store.versions["id-ada"]))), payload.Token)
		require.Equal(t, tokenExpiry, *payload.TokenExpiresAt)
	}
	require.Zero(t, w.countingAttempts.open)

	payload, err := w.ChangePassword(withCaller(t, olga), model.ChangePasswordInput{UserID: globalIDOf("bob"), NewPassword: "bob's next one"})
	require.NoError(t, err)
	require.Equal(t, &model.ChangePasswordPayload{User: &model.User{CognitoID: "id-bob"}}, payload, "an operator gets no token of another")
	require.Equal(t, model.PasswordHash("new bob's next one"), w.account("id-bob").Password)
	_, err = w.ChangePassword(withCaller(t, olga), model.ChangePasswordInput{UserID: globalIDOf("unknown"), NewPassword: "long enough"})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}

func TestChangePasswordRefused(t *testing.T) {
	t.Parallel()
	t.Run("fields", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		_, err := w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{NewPassword: "short"})
		require.Equal(t, []string{"currentPassword", "newPassword"}, invalidFields(t, err))
		_, err = w.ChangePassword(withCaller(t, olga), model.ChangePasswordInput{NewPassword: "an operator's own"})
		require.Equal(t, []string{"currentPassword"}, invalidFields(t, err))
		require.Empty(t, w.store.calls)
	})
	t.Run("wrong", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		for range 3 {
			_, err := w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: stringPtr("guess"), NewPassword: "long enough"})
			require.Equal(t, apperr.Input("currentPassword", "currentPassword is wrong"), err)
		}
		_, err := w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: stringPtr("ada's password"), NewPassword: "long enough"})
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		require.Equal(t, model.PasswordHash("new ada's password"), w.account("id-ada").Password)
	})
	t.Run("no password", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		w.account("id-ada").Password = ""
		_, err := w.ChangePassword(withCaller(t, ada), model.ChangePasswordInput{CurrentPassword: stringPtr(""), NewPassword: "long enough"})
		w.requireRefused(t, err, apperr.BadUserInput, "Account")
		require.Empty(t, w.passwords.checked)
	})
	t.Run("others", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		input := model.ChangePasswordInput{UserID: globalIDOf("bob"), CurrentPassword: stringPtr("bob's password"), NewPassword: "long enough"}
		_, err := w.ChangePassword(withCaller(t, ada), input)
		w.requireRefused(t, err, apperr.Forbidden)
		_, err = w.ChangePassword(withCaller(t, anonymous), input)
		w.requireRefused(t, err, apperr.Unauthenticated)
	})
}
