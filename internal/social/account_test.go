package social

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

func validRegistration() model.RegisterInput {
	return model.RegisterInput{
		ClientMutationID: stringPtr("m1"), Username: "zoe", PhoneNumber: "+41 44 668 18 00", Password: "zoe's password",
		Email: stringPtr(" zoe@example.org "), Firstname: stringPtr("Zoë"), Lastname: stringPtr(""), Avatar: stringPtr("https://example.org/z"),
		Country: stringPtr("\t"), City: nil, Zipcode: stringPtr("8000"),
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	w := newTestService()
	ctx := withCaller(t, anonymous)
	payload, err := w.Register(ctx, validRegistration())
	require.NoError(t, err)
	require.Equal(t, &model.RegisterPayload{
		ClientMutationID: stringPtr("m1"), User: &model.User{CognitoID: "id-zoe"}, Token: "id-zoe 0", TokenExpiresAt: tokenExpiry,
	}, payload)
	require.Equal(t, &model.NewAccount{
		CognitoID: "id-zoe", Role: model.UserRoleEndUser, Password: "new zoe's password",
		Profile: model.Profile{
			Username: "zoe", PhoneNumber: "+41446681800", Email: stringPtr("zoe@example.org"), Firstname: stringPtr("Zoë"),
			Avatar: stringPtr("https://example.org/z"), Zipcode: stringPtr("8000"),
		},
	}, w.account("id-zoe"))
	require.Equal(t, viewer.Viewer{CognitoID: "id-zoe", Registered: true, Address: testAddress}, viewer.From(ctx))
}

func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	t.Run("every field", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		ctx := withCaller(t, anonymous)
		_, err := w.Register(ctx, model.RegisterInput{
			Username: "a b", PhoneNumber: "044 668 18 00", Password: "sieben7", Email: stringPtr("zoe"), Firstname: stringPtr("a\x00"),
			Lastname: stringPtr("a\x00"), Avatar: stringPtr("javascript:alert(1)"), Country: stringPtr("\xff"), City: stringPtr("\x7f"), Zipcode: stringPtr("\x01"),
		})
		require.Equal(t, []string{
			"username", "phoneNumber", "email", "firstname", "lastname", "avatar", "country", "city", "zipcode", "password",
		}, invalidFields(t, err))
		require.NotContains(t, err.Error(), "sieben7")
		require.Empty(t, w.store.calls)
		require.Zero(t, w.passwords.hashed)
		require.Zero(t, w.countingAttempts.open, "what is not in order costs no hash")
		require.Equal(t, anonymous, viewer.From(ctx))
	})
	t.Run("too often", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		for range 3 {
			_, err := w.Register(withCaller(t, anonymous), validRegistration())
			require.NoError(t, err)
		}
		_, err := w.Register(withCaller(t, anonymous), validRegistration())
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		require.Equal(t, 3, w.passwords.hashed)
	})
	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		w.store.fail = apperr.Errors{{Code: apperr.Conflict, Field: "email"}}
		ctx := withCaller(t, anonymous)
		_, err := w.Register(ctx, validRegistration())
		require.Equal(t, w.store.fail, err)
		require.Equal(t, anonymous, viewer.From(ctx))
	})
	t.Run("no tokens", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		w.options.Tokens = nil
		_, err := w.Register(withCaller(t, anonymous), validRegistration())
		w.requireRefused(t, err, apperr.Forbidden)
	})
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	for _, caller := range []viewer.Viewer{anonymous, stranger, ada} {
		w := newTestService()
		_, err := w.CreateAccount(withCaller(t, caller), validRegistration(), model.UserRoleBroker)
		require.Contains(t, []apperr.Code{apperr.Unauthenticated, apperr.Forbidden}, apperr.CodeOf(err))
		require.Empty(t, w.store.calls)
	}
	w := newTestService()
	ctx := withCaller(t, olga)
	user, err := w.CreateAccount(ctx, validRegistration(), model.UserRoleBroker)
	require.NoError(t, err)
	require.Equal(t, "id-zoe", user.CognitoID)
	require.Equal(t, model.UserRoleBroker, w.account("id-zoe").Role)
	require.Equal(t, olga, viewer.From(ctx))
	require.Zero(t, w.countingAttempts.open)
	_, err = w.CreateAccount(ctx, validRegistration(), "KING")
	require.Equal(t, []string{"role"}, invalidFields(t, err))
}

func TestCreateProfile(t *testing.T) {
	t.Parallel()
	input := model.CreateProfileInput{Username: "newcomer", PhoneNumber: "+1 201 555 0123", City: stringPtr("  Bern ")}
	t.Run("made", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		ctx := withCaller(t, stranger)
		payload, err := w.CreateProfile(ctx, input)
		require.NoError(t, err)
		require.Equal(t, "id-stranger", payload.User.CognitoID)
		require.Equal(t, &model.NewAccount{
			CognitoID: "id-stranger", Role: model.UserRoleEndUser,
			Profile: model.Profile{Username: "newcomer", PhoneNumber: "+12015550123", City: stringPtr("Bern")},
		}, w.account("id-stranger"))
		require.True(t, viewer.From(ctx).Is("id-stranger"))
		require.Equal(t, testAddress, viewer.From(ctx).Address)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		_, err := w.CreateProfile(withCaller(t, anonymous), input)
		w.requireRefused(t, err, apperr.Unauthenticated)
		_, err = w.CreateProfile(withCaller(t, ada), input)
		w.requireRefused(t, err, apperr.Conflict)
		_, err = w.CreateProfile(withCaller(t, stranger), model.CreateProfileInput{})
		require.Equal(t, []string{"username", "phoneNumber"}, invalidFields(t, err))
		require.Empty(t, w.store.calls)
	})
}

func TestSetRole(t *testing.T) {
	t.Parallel()
	input := model.SetRoleInput{UserID: *globalIDOf("bob"), Role: model.UserRoleOwner}
	for caller, code := range map[viewer.Viewer]apperr.Code{
		anonymous: apperr.Unauthenticated, stranger: apperr.Forbidden, ada: apperr.Forbidden,
	} {
		w := newTestService()
		_, err := w.SetRole(withCaller(t, caller), input)
		w.requireRefused(t, err, code)
		_, err = w.SetRole(withCaller(t, caller), model.SetRoleInput{UserID: *globalIDOf("ada"), Role: model.UserRoleOptUser})
		w.requireRefused(t, err, code)
	}
	w := newTestService()
	payload, err := w.SetRole(withCaller(t, olga), input)
	require.NoError(t, err)
	require.Equal(t, "id-bob", payload.User.CognitoID)
	require.Equal(t, model.UserRoleOwner, w.account("id-bob").Role)
	_, err = w.SetRole(withCaller(t, olga), model.SetRoleInput{UserID: *globalIDOf("unknown"), Role: model.UserRoleOwner})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
	_, err = w.SetRole(withCaller(t, olga), model.SetRoleInput{UserID: *globalIDOf("bob"), Role: "KING"})
	require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))

	ctx := withCaller(t, olga)
	_, err = w.SetRole(ctx, model.SetRoleInput{UserID: *globalIDOf("olga"), Role: model.UserRoleOwner})
	require.NoError(t, err)
	require.False(t, viewer.From(ctx).Operator, "the rest of the operation is not an operator's")
	_, err = w.SetRole(ctx, input)
	require.Equal(t, apperr.Forbidden, apperr.CodeOf(err))
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()
	w := newTestService()
	_, err := w.DeleteAccount(withCaller(t, ada), model.DeleteAccountInput{UserID: globalIDOf("bob")})
	w.requireRefused(t, err, apperr.Forbidden)

	ctx := withCaller(t, ada)
	payload, err := w.DeleteAccount(ctx, model.DeleteAccountInput{ClientMutationID: stringPtr("m")})
	require.NoError(t, err)
	require.Equal(t, &model.DeleteAccountPayload{ClientMutationID: stringPtr("m"), DeletedUserID: *globalIDOf("ada")}, payload)
	require.Nil(t, w.account("id-ada"))
	require.Equal(t, anonymous, viewer.From(ctx))

	ctx = withCaller(t, olga)
	_, err = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: globalIDOf("bob")})
	require.NoError(t, err)
	require.Nil(t, w.account("id-bob"))
	require.Equal(t, olga, viewer.From(ctx))
	_, err = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: globalIDOf("bob")})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}
