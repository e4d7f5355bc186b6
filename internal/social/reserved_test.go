package social

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/profile"
)

func TestReservedUsernames(t *testing.T) {
	t.Parallel()
	world := func() *testService {
		w := newTestService()
		w.options.Reserved = profile.NewReserved([]string{"support"})
		return w
	}
	input := validRegistration()
	input.Username, input.Email = "Supp0rt", stringPtr("zoe")
	rename := func(to string) model.UpdateProfileInput {
		return model.UpdateProfileInput{Username: graphql.OmittableOf(&to)}
	}

	w := world()
	_, err := w.Register(withCaller(t, anonymous), input)
	require.ElementsMatch(t, []string{"username", "email"}, invalidFields(t, err))
	require.ErrorContains(t, err, "reserved")
	_, err = w.CreateProfile(withCaller(t, stranger), model.CreateProfileInput{Username: "SUPPORT", PhoneNumber: "+1 201 555 0123"})
	require.Equal(t, []string{"username"}, invalidFields(t, err))
	_, err = w.UpdateProfile(withCaller(t, ada), rename("_support_"))
	require.Equal(t, []string{"username"}, invalidFields(t, err))
	require.Equal(t, []string{"Account"}, w.store.calls, "nothing is written")
	require.Zero(t, w.passwords.hashed)
	_, err = w.UpdateProfile(withCaller(t, ada), rename(".support"))
	require.Equal(t, []string{"username"}, invalidFields(t, err), "once, for its form")

	t.Run("operators", func(t *testing.T) {
		t.Parallel()
		w := world()
		input := validRegistration()
		input.Username = "support"
		_, err := w.CreateAccount(withCaller(t, olga), input, model.UserRoleAgent)
		require.NoError(t, err)
		_, err = w.UpdateProfile(withCaller(t, olga), rename("Support"))
		require.NoError(t, err)
		other := rename("support")
		other.UserID = globalIDOf("bob")
		_, err = w.UpdateProfile(withCaller(t, olga), other)
		require.NoError(t, err)
	})
	t.Run("who has it", func(t *testing.T) {
		t.Parallel()
		w := world()
		w.account("id-ada").Username = "support"
		for _, name := range []string{"support", "SUPPORT"} {
			_, err := w.UpdateProfile(withCaller(t, ada), rename(name))
			require.NoError(t, err)
		}
		_, err := w.UpdateProfile(withCaller(t, ada), rename("supp0rt"))
		require.Equal(t, []string{"username"}, invalidFields(t, err))
		w.store.failAccount = errBroken
		_, err = w.UpdateProfile(withCaller(t, ada), rename("support"))
		require.ErrorIs(t, err, errBroken)
	})
}

// TestNamesAreNormalized checks that every mutation stores names in NFC and without invisible characters.
func TestNamesAreNormalized(t *testing.T) {
	t.Parallel()
	w := newTestService()
	input := validRegistration()
	input.Email, input.Firstname, input.Lastname, input.City = stringPtr("jose\u0301@example.org"), stringPtr("Alice\u202egnp"), stringPtr("\u200b\u200b"), stringPtr("Mu\u0308nchen\ufeff")
	_, err := w.Register(withCaller(t, anonymous), input)
	require.NoError(t, err)
	account := w.account("id-zoe")
	require.Equal(t, []*string{stringPtr("josé@example.org"), stringPtr("Alicegnp"), nil, stringPtr("München")}, []*string{account.Email, account.Firstname, account.Lastname, account.City})

	_, err = w.UpdateProfile(withCaller(t, ada), model.UpdateProfileInput{
		Firstname: graphql.OmittableOf(stringPtr("\u2067Ada\u2069")), Lastname: graphql.OmittableOf(stringPtr("\u3164")),
	})
	require.NoError(t, err)
	require.Equal(t, model.ProfileChange{Firstname: model.Change{Set: true, Value: stringPtr("Ada")}, Lastname: model.Change{Set: true}}, w.store.change)

	input.Username, input.Email = "z\u200boe", stringPtr("zoe\u200b@example.org")
	_, err = w.Register(withCaller(t, anonymous), input)
	require.Equal(t, []string{"username", "email"}, invalidFields(t, err))
}

// recordingAttempts records the names that attempts are counted for.
type recordingAttempts struct {
	*countingAttempts
	names []string
}

func (n *recordingAttempts) Take(name string, address netip.Addr) (limit.Attempt, error) {
	n.names = append(n.names, name)
	return n.countingAttempts.Take(name, address)
}

// TestAttemptsIgnoreCase checks that all cases of a username share the same attempts.
func TestAttemptsIgnoreCase(t *testing.T) {
	t.Parallel()
	w := newTestService()
	counted := &recordingAttempts{countingAttempts: w.countingAttempts}
	w.options.Attempts = counted
	for _, name := range []string{"éve", "ÉVE", "e\u0301ve"} {
		_, err := w.Login(withCaller(t, anonymous), model.LoginInput{Username: name, Password: "guess"})
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err))
	}
	require.Len(t, counted.names, 3)
	require.Len(t, slices.Compact(counted.names), 1)
}
