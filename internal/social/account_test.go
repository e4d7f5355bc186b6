package social

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

func newcomer() model.RegisterInput {
	return model.RegisterInput{
		ClientMutationID: text("m1"), Username: "zoe", PhoneNumber: "+41 44 668 18 00", Password: "zoe's password",
		Email: text(" zoe@example.org "), Firstname: text("Zoë"), Lastname: text(""), Avatar: text("https://example.org/z"),
		Country: text("\t"), City: nil, Zipcode: text("8000"),
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	w := newWorld()
	ctx := as(t, anonymous)
	payload, err := w.Register(ctx, newcomer())
	require.NoError(t, err)
	require.Equal(t, &model.RegisterPayload{
		ClientMutationID: text("m1"), User: &model.User{CognitoID: "id-zoe"}, Token: "id-zoe 0", TokenExpiresAt: ends,
	}, payload)
	require.Equal(t, &model.NewAccount{
		CognitoID: "id-zoe", Role: model.UserRoleEndUser, Password: "new zoe's password",
		Profile: model.Profile{
			Username: "zoe", PhoneNumber: "+41446681800", Email: text("zoe@example.org"), Firstname: text("Zoë"),
			Avatar: text("https://example.org/z"), Zipcode: text("8000"),
		},
	}, w.account("id-zoe"))
	require.Equal(t, viewer.Viewer{CognitoID: "id-zoe", Registered: true, Address: home}, viewer.From(ctx))
}

func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	t.Run("every field", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		ctx := as(t, anonymous)
		_, err := w.Register(ctx, model.RegisterInput{
			Username: "a b", PhoneNumber: "044 668 18 00", Password: "sieben7", Email: text("zoe"), Firstname: text("a\x00"),
			Lastname: text("a\x00"), Avatar: text("javascript:alert(1)"), Country: text("\xff"), City: text("\x7f"), Zipcode: text("\x01"),
		})
		require.Equal(t, []string{
			"username", "phoneNumber", "email", "firstname", "lastname", "avatar", "country", "city", "zipcode", "password",
		}, faulty(t, err))
		require.NotContains(t, err.Error(), "sieben7")
		require.Empty(t, w.store.asked)
		require.Zero(t, w.passwords.hashed)
		require.Zero(t, w.attempts.open, "what is not in order costs no hash")
		require.Equal(t, anonymous, viewer.From(ctx))
	})
	t.Run("too often", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		for range 3 {
			_, err := w.Register(as(t, anonymous), newcomer())
			require.NoError(t, err)
		}
		_, err := w.Register(as(t, anonymous), newcomer())
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		require.Equal(t, 3, w.passwords.hashed)
	})
	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.store.fail = apperr.Errors{{Code: apperr.Conflict, Field: "email"}}
		ctx := as(t, anonymous)
		_, err := w.Register(ctx, newcomer())
		require.Equal(t, w.store.fail, err)
		require.Equal(t, anonymous, viewer.From(ctx))
	})
	t.Run("no tokens", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.options.Tokens = nil
		_, err := w.Register(as(t, anonymous), newcomer())
		w.refused(t, err, apperr.Forbidden)
	})
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	for _, caller := range []viewer.Viewer{anonymous, stranger, ada} {
		w := newWorld()
		_, err := w.CreateAccount(as(t, caller), newcomer(), model.UserRoleBroker)
		require.Contains(t, []apperr.Code{apperr.Unauthenticated, apperr.Forbidden}, apperr.CodeOf(err))
		require.Empty(t, w.store.asked)
	}
	w := newWorld()
	ctx := as(t, olga)
	user, err := w.CreateAccount(ctx, newcomer(), model.UserRoleBroker)
	require.NoError(t, err)
	require.Equal(t, "id-zoe", user.CognitoID)
	require.Equal(t, model.UserRoleBroker, w.account("id-zoe").Role)
	require.Equal(t, olga, viewer.From(ctx))
	require.Zero(t, w.attempts.open)
	_, err = w.CreateAccount(ctx, newcomer(), "KING")
	require.Equal(t, []string{"role"}, faulty(t, err))
}

func TestCreateProfile(t *testing.T) {
	t.Parallel()
	input := model.CreateProfileInput{Username: "newcomer", PhoneNumber: "+1 201 555 0123", City: text("  Bern ")}
	t.Run("made", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		ctx := as(t, stranger)
		payload, err := w.CreateProfile(ctx, input)
		require.NoError(t, err)
		require.Equal(t, "id-stranger", payload.User.CognitoID)
		require.Equal(t, &model.NewAccount{
			CognitoID: "id-stranger", Role: model.UserRoleEndUser,
			Profile: model.Profile{Username: "newcomer", PhoneNumber: "+12015550123", City: text("Bern")},
		}, w.account("id-stranger"))
		require.True(t, viewer.From(ctx).Is("id-stranger"))
		require.Equal(t, home, viewer.From(ctx).Address)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		_, err := w.CreateProfile(as(t, anonymous), input)
		w.refused(t, err, apperr.Unauthenticated)
		_, err = w.CreateProfile(as(t, ada), input)
		w.refused(t, err, apperr.Conflict)
		_, err = w.CreateProfile(as(t, stranger), model.CreateProfileInput{})
		require.Equal(t, []string{"username", "phoneNumber"}, faulty(t, err))
		require.Empty(t, w.store.asked)
	})
}

func TestSetRole(t *testing.T) {
	t.Parallel()
	input := model.SetRoleInput{UserID: *global("bob"), Role: model.UserRoleOwner}
	for caller, code := range map[viewer.Viewer]apperr.Code{
		anonymous: apperr.Unauthenticated, stranger: apperr.Forbidden, ada: apperr.Forbidden,
	} {
		w := newWorld()
		_, err := w.SetRole(as(t, caller), input)
		w.refused(t, err, code)
		_, err = w.SetRole(as(t, caller), model.SetRoleInput{UserID: *global("ada"), Role: model.UserRoleOptUser})
		w.refused(t, err, code)
	}
	w := newWorld()
	payload, err := w.SetRole(as(t, olga), input)
	require.NoError(t, err)
	require.Equal(t, "id-bob", payload.User.CognitoID)
	require.Equal(t, model.UserRoleOwner, w.account("id-bob").Role)
	_, err = w.SetRole(as(t, olga), model.SetRoleInput{UserID: *global("nobody"), Role: model.UserRoleOwner})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
	_, err = w.SetRole(as(t, olga), model.SetRoleInput{UserID: *global("bob"), Role: "KING"})
	require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))

	ctx := as(t, olga)
	_, err = w.SetRole(ctx, model.SetRoleInput{UserID: *global("olga"), Role: model.UserRoleOwner})
	require.NoError(t, err)
	require.False(t, viewer.From(ctx).Operator, "the rest of the operation is not an operator's")
	_, err = w.SetRole(ctx, input)
	require.Equal(t, apperr.Forbidden, apperr.CodeOf(err))
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()
	w := newWorld()
	_, err := w.DeleteAccount(as(t, ada), model.DeleteAccountInput{UserID: global("bob")})
	w.refused(t, err, apperr.Forbidden)

	ctx := as(t, ada)
	payload, err := w.DeleteAccount(ctx, model.DeleteAccountInput{ClientMutationID: text("m")})
	require.NoError(t, err)
	require.Equal(t, &model.DeleteAccountPayload{ClientMutationID: text("m"), DeletedUserID: *global("ada")}, payload)
	require.Nil(t, w.account("id-ada"))
	require.Equal(t, anonymous, viewer.From(ctx))

	ctx = as(t, olga)
	_, err = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: global("bob")})
	require.NoError(t, err)
	require.Nil(t, w.account("id-bob"))
	require.Equal(t, olga, viewer.From(ctx))
	_, err = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: global("bob")})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}
