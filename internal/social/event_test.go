package social

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// TestEvents checks that every action reports the actor, the action, the subject and the outcome.
func TestEvents(t *testing.T) {
	t.Parallel()
	line := viewer.Viewer{Registered: true, Operator: true}
	type event = observe.AccountEvent
	for _, test := range []struct {
		name   string
		caller viewer.Viewer
		do     func(ctx context.Context, w *testService)
		want   event
	}{
		{"sign in", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.Login(ctx, model.LoginInput{Username: "ada", Password: "ada's password"})
		}, event{Action: observe.SignIn, Outcome: observe.Done, Actor: "id-ada", Subjects: []string{"id-ada"}}},
		{"wrong password", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.Login(ctx, model.LoginInput{Username: "ada", Password: "guess"})
		}, event{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Reason: observe.WrongPassword,
			Actor: observe.Anonymous, Subjects: []string{"id-ada"},
		}},
		{"unknown username", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.Login(ctx, model.LoginInput{Username: "my password", Password: "guess"})
		}, event{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Reason: observe.UnknownUsername, Actor: observe.Anonymous,
		}},
		{"an impossible username", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.Login(ctx, model.LoginInput{Username: "my password\x00", Password: "guess"})
		}, event{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Reason: observe.UnknownUsername, Actor: observe.Anonymous,
		}},
		{"no password", anonymous, func(ctx context.Context, w *testService) {
			w.account("id-ada").Password = ""
			_, _ = w.Login(ctx, model.LoginInput{Username: "ada", Password: "guess"})
		}, event{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Reason: observe.NoPassword,
			Actor: observe.Anonymous, Subjects: []string{"id-ada"},
		}},
		{"too many attempts", anonymous, func(ctx context.Context, w *testService) {
			w.countingAttempts.none = true
			_, _ = w.Login(ctx, model.LoginInput{Username: "ada", Password: "ada's password"})
		}, event{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "RATE_LIMITED", Reason: observe.TooManyAttempts,
			Actor: observe.Anonymous, Subjects: []string{"id-ada"},
		}},
		{"busy", anonymous, func(ctx context.Context, w *testService) {
			w.passwords.busy = apperr.Limited(1, "busy")
			_, _ = w.Login(ctx, model.LoginInput{Username: "ada", Password: "ada's password"})
		}, event{
			Action: observe.SignIn, Outcome: observe.Refused, Code: "RATE_LIMITED", Reason: observe.HashingBusy,
			Actor: observe.Anonymous, Subjects: []string{"id-ada"},
		}},
		{"the client leaves", anonymous, func(ctx context.Context, w *testService) {
			w.passwords.busy = context.Canceled
			_, _ = w.Login(ctx, model.LoginInput{Username: "ada", Password: "ada's password"})
		}, event{Action: observe.SignIn, Outcome: observe.Failed, Code: "CANCELED", Actor: observe.Anonymous, Subjects: []string{"id-ada"}}},
		{"register", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.Register(ctx, validRegistration())
		}, event{Action: observe.Register, Outcome: observe.Done, Actor: observe.Anonymous, Subjects: []string{"id-zoe"}}},
		{"register with faults", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.Register(ctx, model.RegisterInput{Username: "-", PhoneNumber: "+41446681800", Password: "short"})
		}, event{
			Action: observe.Register, Outcome: observe.Refused, Code: "BAD_USER_INPUT", Actor: observe.Anonymous, Fields: []string{"username", "password"},
		}},
		{"register what is taken", anonymous, func(ctx context.Context, w *testService) {
			w.store.fail = conflictErrors("phoneNumber")
			_, _ = w.Register(ctx, validRegistration())
		}, event{
			Action: observe.Register, Outcome: observe.Refused, Code: "CONFLICT", Actor: observe.Anonymous, Fields: []string{"phoneNumber"},
		}},
		{"closed", anonymous, func(ctx context.Context, w *testService) {
			w.options.RegistrationClosed = true
			_, _ = w.Register(ctx, validRegistration())
		}, event{
			Action: observe.Register, Outcome: observe.Refused, Code: "FORBIDDEN", Reason: observe.RegistrationClosed, Actor: observe.Anonymous,
		}},
		{"too many registrations", anonymous, func(ctx context.Context, w *testService) {
			for range 4 {
				w.store.accounts = w.store.accounts[:3]
				_, _ = w.Register(ctx, validRegistration())
				viewer.SignIn(ctx, anonymous)
			}
		}, event{
			Action: observe.Register, Outcome: observe.Refused, Code: "RATE_LIMITED", Reason: observe.TooManyAccounts, Actor: observe.Anonymous,
		}},
		{"create a profile", stranger, func(ctx context.Context, w *testService) {
			_, _ = w.CreateProfile(ctx, model.CreateProfileInput{Username: "new", PhoneNumber: "+41446681800"})
		}, event{Action: observe.CreateProfile, Outcome: observe.Done, Actor: "id-stranger", Subjects: []string{"id-stranger"}}},
		{"create an account", line, func(ctx context.Context, w *testService) {
			_, _ = w.CreateAccount(ctx, validRegistration(), model.UserRoleOptUser)
		}, event{
			Action: observe.CreateAccount, Outcome: observe.Done, Actor: observe.CommandLine, Subjects: []string{"id-zoe"}, Role: "OPT_USER",
		}},
		{"update a profile", ada, func(ctx context.Context, w *testService) {
			_, _ = w.UpdateProfile(ctx, model.UpdateProfileInput{City: given("London"), Email: null})
		}, event{
			Action: observe.UpdateProfile, Outcome: observe.Done, Actor: "id-ada", Subjects: []string{"id-ada"}, Fields: []string{"email", "city"},
		}},
		{"update another's profile", olga, func(ctx context.Context, w *testService) {
			_, _ = w.UpdateProfile(ctx, model.UpdateProfileInput{UserID: globalIDOf("bob"), PhoneNumber: given("+41446681800")})
		}, event{
			Action: observe.UpdateProfile, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-bob"}, Fields: []string{"phoneNumber"},
		}},
		{"may not update another's profile", ada, func(ctx context.Context, w *testService) {
			_, _ = w.UpdateProfile(ctx, model.UpdateProfileInput{UserID: globalIDOf("bob")})
		}, event{
			Action: observe.UpdateProfile, Outcome: observe.Refused, Code: "FORBIDDEN", Reason: observe.NotOperator,
			Actor: "id-ada", Subjects: []string{"id-bob"},
		}},
		{"too many claims", ada, func(ctx context.Context, w *testService) {
			w.store.fail = conflictErrors("email")
			for range 11 {
				_, _ = w.UpdateProfile(ctx, model.UpdateProfileInput{Email: given("b@example.org")})
			}
		}, event{
			Action: observe.UpdateProfile, Outcome: observe.Refused, Code: "RATE_LIMITED", Reason: observe.TooManyClaims,
			Actor: "id-ada", Subjects: []string{"id-ada"}, Fields: []string{"email"},
		}},
		{"change a password", ada, func(ctx context.Context, w *testService) {
			_, _ = w.ChangePassword(ctx, model.ChangePasswordInput{CurrentPassword: stringPtr("ada's password"), NewPassword: "long enough"})
		}, event{Action: observe.ChangePassword, Outcome: observe.Done, Actor: "id-ada", Subjects: []string{"id-ada"}}},
		{"wrong current password", ada, func(ctx context.Context, w *testService) {
			_, _ = w.ChangePassword(ctx, model.ChangePasswordInput{CurrentPassword: stringPtr("guess"), NewPassword: "long enough"})
		}, event{
			Action: observe.ChangePassword, Outcome: observe.Refused, Code: "BAD_USER_INPUT", Reason: observe.WrongPassword,
			Actor: "id-ada", Subjects: []string{"id-ada"}, Fields: []string{"currentPassword"},
		}},
		{"change another's password", olga, func(ctx context.Context, w *testService) {
			_, _ = w.ChangePassword(ctx, model.ChangePasswordInput{UserID: globalIDOf("bob"), NewPassword: "long enough"})
		}, event{Action: observe.ChangePassword, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-bob"}}},
		{"set a role", olga, func(ctx context.Context, w *testService) {
			_, _ = w.SetRole(ctx, model.SetRoleInput{UserID: *globalIDOf("bob"), Role: model.UserRoleOptUser})
		}, event{Action: observe.SetRole, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-bob"}, Role: "OPT_USER"}},
		{"give up the own role", olga, func(ctx context.Context, w *testService) {
			_, _ = w.SetRole(ctx, model.SetRoleInput{UserID: *globalIDOf("olga"), Role: model.UserRoleOwner})
		}, event{Action: observe.SetRole, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-olga"}, Role: "OWNER"}},
		{"may not set a role", ada, func(ctx context.Context, w *testService) {
			_, _ = w.SetRole(ctx, model.SetRoleInput{UserID: *globalIDOf("ada"), Role: model.UserRoleOptUser})
		}, event{
			Action: observe.SetRole, Outcome: observe.Refused, Code: "FORBIDDEN", Reason: observe.NotOperator,
			Actor: "id-ada", Subjects: []string{"id-ada"}, Role: "OPT_USER",
		}},
		{"an invalid role", olga, func(ctx context.Context, w *testService) {
			_, _ = w.SetRole(ctx, model.SetRoleInput{UserID: "not an id", Role: "a stranger's text"})
		}, event{
			Action: observe.SetRole, Outcome: observe.Refused, Code: "BAD_USER_INPUT", Actor: "id-olga", Fields: []string{"userId"},
		}},
		{"delete one's account", ada, func(ctx context.Context, w *testService) {
			_, _ = w.DeleteAccount(ctx, model.DeleteAccountInput{})
		}, event{Action: observe.DeleteAccount, Outcome: observe.Done, Actor: "id-ada", Subjects: []string{"id-ada"}}},
		{"delete another's account", olga, func(ctx context.Context, w *testService) {
			_, _ = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: globalIDOf("bob")})
		}, event{Action: observe.DeleteAccount, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-bob"}}},
		{"anonymous deletes", anonymous, func(ctx context.Context, w *testService) {
			_, _ = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: globalIDOf("bob")})
		}, event{
			Action: observe.DeleteAccount, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Actor: observe.Anonymous, Subjects: []string{"id-bob"},
		}},
		{"a fault", olga, func(ctx context.Context, w *testService) {
			w.store.fail = errBroken
			_, _ = w.DeleteAccount(ctx, model.DeleteAccountInput{UserID: globalIDOf("bob")})
		}, event{
			Action: observe.DeleteAccount, Outcome: observe.Failed, Code: "INTERNAL_SERVER_ERROR", Actor: "id-olga", Subjects: []string{"id-bob"},
		}},
		{"read private fields", olga, func(ctx context.Context, w *testService) {
			_, _ = w.Privates(ctx, []string{"id-bob", "id-olga", "id-ada"})
		}, event{Action: observe.ReadPrivate, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-bob", "id-ada"}}},
		{"read suggestions", olga, func(ctx context.Context, w *testService) {
			_, _ = w.Suggestions(ctx, "id-bob", 1)
		}, event{Action: observe.ReadPrivate, Outcome: observe.Done, Actor: "id-olga", Subjects: []string{"id-bob"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w, recorder := newTestService(), &eventRecorder{}
			test.want.Address = test.caller.Address
			test.do(observe.With(withCaller(t, test.caller), recorder), w)
			require.NotEmpty(t, recorder.events)
			require.Equal(t, test.want, recorder.events[len(recorder.events)-1])
		})
	}
}

// TestNoEvents checks that reading public data, and one's own private data, is not reported.
func TestNoEvents(t *testing.T) {
	t.Parallel()
	w, recorder := newTestService(), &eventRecorder{}
	for _, caller := range []viewer.Viewer{anonymous, stranger, ada} {
		ctx := observe.With(withCaller(t, caller), recorder)
		_, err := w.Privates(ctx, []string{"id-bob", "id-ada"})
		require.NoError(t, err)
		_, err = w.Suggestions(ctx, "id-ada", 1)
		require.NoError(t, err)
	}
	require.Empty(t, recorder.events)
}
