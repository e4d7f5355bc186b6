package social

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

func given(s string) graphql.Omittable[*string] { return graphql.OmittableOf(&s) }

var null = graphql.OmittableOf[*string](nil)

func TestUpdateProfile(t *testing.T) {
	t.Parallel()
	set := func(s string) model.Change { return model.Change{Set: true, Value: &s} }
	for _, test := range []struct {
		name  string
		input model.UpdateProfileInput
		want  model.ProfileChange
	}{
		{"nothing", model.UpdateProfileInput{}, model.ProfileChange{}},
		{
			"everything", model.UpdateProfileInput{
				Username: given("countess"), PhoneNumber: given("+1 201 555 0123"), Email: given(" ada@example.org"),
				Firstname: given("Ada"), Lastname: given("Lovelace "), Avatar: given("https://example.org/a"),
				Country: given("UK"), City: given("London"), Zipcode: given("W1"),
			}, model.ProfileChange{
				Username: set("countess"), PhoneNumber: set("+12015550123"), Email: set("ada@example.org"),
				Firstname: set("Ada"), Lastname: set("Lovelace"), Avatar: set("https://example.org/a"),
				Country: set("UK"), City: set("London"), Zipcode: set("W1"),
			},
		},
		{
			"null and blank", model.UpdateProfileInput{Email: null, Firstname: given(""), City: given("  ")},
			model.ProfileChange{Email: model.Change{Set: true}, Firstname: model.Change{Set: true}, City: model.Change{Set: true}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTestService()
			test.input.ClientMutationID = stringPtr("m")
			payload, err := w.UpdateProfile(withCaller(t, ada), test.input)
			require.NoError(t, err)
			require.Equal(t, &model.UpdateProfilePayload{ClientMutationID: stringPtr("m"), User: &model.User{CognitoID: "id-ada"}}, payload)
			require.Equal(t, test.want, w.store.change)
		})
	}
}

func TestUpdateProfileRefused(t *testing.T) {
	t.Parallel()
	w := newTestService()
	_, err := w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{
		Username: null, PhoneNumber: null, Email: given("ada"), Firstname: given("\x00"), Lastname: given("fine"),
		Avatar: given("ftp://example.org"), Country: given("\x01"), City: null, Zipcode: given("\x02"),
	})
	require.Equal(t, []string{"username", "phoneNumber", "email", "firstname", "avatar", "country", "zipcode"}, invalidFields(t, err))
	_, err = w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{Username: given(""), PhoneNumber: given("1")})
	require.Equal(t, []string{"username", "phoneNumber"}, invalidFields(t, err))
	_, err = w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{UserID: globalIDOf("bob")})
	w.requireRefused(t, err, apperr.Forbidden)
	_, err = w.UpdateProfile(withCaller(t, anonymous), model.UpdateProfileInput{})
	w.requireRefused(t, err, apperr.Unauthenticated)
	_, err = w.UpdateProfile(withCaller(t, stranger), model.UpdateProfileInput{})
	w.requireRefused(t, err, apperr.Forbidden)
	_, err = w.UpdateProfile(withCaller(t, olga), model.UpdateProfileInput{UserID: globalIDOf("unknown")})
	w.requireRefused(t, err, apperr.NotFound, "UpdateProfile")
}
