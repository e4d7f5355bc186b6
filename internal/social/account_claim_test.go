package social

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// addOldAccount adds an account of the previous service, with the password "old's password".
func (w *testService) addOldAccount(role model.UserRole) *model.NewAccount {
	account := &model.NewAccount{CognitoID: "local-1", Role: role, Password: "new old's password"}
	account.Username, account.PhoneNumber, account.Email = "old", "+41446681800", stringPtr("old@example.org")
	w.store.accounts = append(w.store.accounts, account)
	return account
}

var oldAccountClaim = model.ClaimAccountInput{ClientMutationID: stringPtr("m"), Username: "old", Password: "old's password"}

func TestClaimAccount(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(w *testService, caller *viewer.Viewer){
		"no account": func(*testService, *viewer.Viewer) {},
		"a twin": func(w *testService, caller *viewer.Viewer) {
			w.store.accounts = append(w.store.accounts, &model.NewAccount{CognitoID: "id-stranger", Role: model.UserRoleEndUser})
			caller.Registered = true
		},
		"local sign-in is disabled": func(w *testService, _ *viewer.Viewer) { w.options.Tokens = nil },
		"no registrations":          func(w *testService, _ *viewer.Viewer) { w.options.RegistrationClosed = true },
		"an outdated hash":          func(w *testService, _ *viewer.Viewer) { w.account("local-1").Password = "old old's password" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, caller := newTestService(), stranger
			w.addOldAccount(model.UserRoleAgent)
			prepare(w, &caller)
			ctx := withCaller(t, caller)
			payload, err := w.ClaimAccount(ctx, oldAccountClaim)
			require.NoError(t, err)
			require.Equal(t, &model.ClaimAccountPayload{ClientMutationID: stringPtr("m"), User: &model.User{CognitoID: "id-stranger"}}, payload)
			require.Equal(t, viewer.Viewer{CognitoID: "id-stranger", Registered: true, Address: testAddress}, viewer.From(ctx))
			require.Nil(t, w.account("local-1"))
			claimed := w.account("id-stranger")
			require.Equal(t, "old", claimed.Username)
			require.Equal(t, model.PasswordHash("new old's password"), claimed.Password, "who knows it is the owner")
			require.Zero(t, w.countingAttempts.open)
			caller, err = w.Caller(t.Context(), auth.Identity{Subject: "id-stranger"})
			require.NoError(t, err)
			require.True(t, caller.Registered, "at once")
			_, err = w.Caller(t.Context(), auth.Identity{Subject: "local-1", Local: true})
			require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "tokens of the old id end")
		})
	}
}

func TestClaimAccountRefused(t *testing.T) {
	t.Parallel()
	claims := func(username, password string) model.ClaimAccountInput {
		return model.ClaimAccountInput{Username: username, Password: password}
	}
	for name, test := range map[string]struct {
		caller  viewer.Viewer
		input   model.ClaimAccountInput
		want    error
		checked int // passwords
	}{
		"anonymous":                 {anonymous, oldAccountClaim, errNotSignedIn, 0},
		"a machine":                 {viewer.Viewer{CognitoID: "app", Machine: true}, oldAccountClaim, errMachine, 0},
		"a local token":             {viewer.Viewer{CognitoID: "local-2", Registered: true}, oldAccountClaim, errNoCognito, 0},
		"who has an account":        {ada, oldAccountClaim, errHasAccount, 0},
		"an operator":               {olga, oldAccountClaim, errHasAccount, 0},
		"a wrong password":          {stranger, claims("old", "guess"), errWrongSignIn, 1},
		"an unknown username":       {stranger, claims("unknown", "old's password"), errWrongSignIn, 1},
		"no username":               {stranger, claims("old\x00", "old's password"), errWrongSignIn, 0},
		"an account that is linked": {stranger, claims("bob", "bob's password"), errLinked, 1},
		"a wrong guess at one":      {stranger, claims("bob", "guess"), errWrongSignIn, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestService()
			w.addOldAccount(model.UserRoleEndUser)
			_, err := w.ClaimAccount(withCaller(t, test.caller), test.input)
			require.Equal(t, test.want, err)
			require.Len(t, w.passwords.checked, test.checked)
			require.NotNil(t, w.account("local-1"))
			require.NotContains(t, w.store.calls, "MoveAccount")
		})
	}
	t.Run("as often as one signs in", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		w.addOldAccount(model.UserRoleEndUser)
		for range 3 {
			_, err := w.ClaimAccount(withCaller(t, stranger), claims("old", "guess"))
			require.Equal(t, errWrongSignIn, err)
		}
		_, err := w.ClaimAccount(withCaller(t, stranger), oldAccountClaim)
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err))
		_, err = w.Login(withCaller(t, anonymous), model.LoginInput{Username: "old", Password: "old's password"})
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err), "the attempts are those of login")
	})
	t.Run("an account that cannot be moved", func(t *testing.T) {
		t.Parallel()
		w := newTestService()
		w.addOldAccount(model.UserRoleEndUser)
		w.store.fail = apperr.New(apperr.Conflict, "no")
		ctx := withCaller(t, stranger)
		_, err := w.ClaimAccount(ctx, oldAccountClaim)
		require.Equal(t, w.store.fail, err)
		require.Equal(t, stranger, viewer.From(ctx))
	})
}

// TestConflictsPointToClaim checks that a user whose new profile conflicts with an old account learns how to claim it.
func TestConflictsPointToClaim(t *testing.T) {
	t.Parallel()
	w := newTestService()
	w.store.fail = apperr.Errors{{Code: apperr.Conflict, Field: "username", Message: "another account already has this username"}}
	_, err := w.CreateProfile(withCaller(t, stranger), model.CreateProfileInput{Username: "old", PhoneNumber: "+41446681800"})
	require.EqualError(t, err, "another account already has this username; if it is your own older account, take it over with claimAccount")
	require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
	_, err = w.Register(withCaller(t, anonymous), model.RegisterInput{Username: "old", PhoneNumber: "+41446681800", Password: "long enough"})
	require.EqualError(t, err, "another account already has this username")
}

func TestLinkVerified(t *testing.T) {
	t.Parallel()
	id := auth.Identity{Subject: "sub", VerifiedEmail: "old@example.org", VerifiedPhoneNumber: "+41446681800"}
	for name, test := range map[string]struct {
		options LinkVerified
		role    model.UserRole
		change  func(*testService, *auth.Identity)
		linked  bool
	}{
		"by email":        {LinkVerified{Email: true}, model.UserRoleEndUser, func(_ *testService, id *auth.Identity) { id.VerifiedPhoneNumber = "" }, true},
		"by phone number": {LinkVerified{PhoneNumber: true}, model.UserRoleEndUser, func(_ *testService, id *auth.Identity) { id.VerifiedEmail = "" }, true},
		"not allowed":     {LinkVerified{}, model.UserRoleEndUser, nil, false},
		"another claim is allowed": {LinkVerified{PhoneNumber: true}, model.UserRoleEndUser,
			func(_ *testService, id *auth.Identity) { id.VerifiedPhoneNumber = "" }, false},
		"nothing verified":  {LinkVerified{true, true}, model.UserRoleEndUser, func(_ *testService, id *auth.Identity) { *id = auth.Identity{Subject: "sub"} }, false},
		"an operator's":     {LinkVerified{true, true}, model.UserRoleOptUser, nil, false},
		"an agent's":        {LinkVerified{true, true}, model.UserRoleAgent, nil, false},
		"one that is taken": {LinkVerified{true, true}, model.UserRoleEndUser, func(w *testService, _ *auth.Identity) { w.account("local-1").CognitoID = "other" }, false},
		"a machine":         {LinkVerified{true, true}, model.UserRoleEndUser, func(_ *testService, id *auth.Identity) { id.Machine = true }, false},
		"a failure":         {LinkVerified{true, true}, model.UserRoleEndUser, func(w *testService, _ *auth.Identity) { w.store.fail = errBroken }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id, recorder := newTestService(), id, &eventRecorder{}
			w.addOldAccount(test.role)
			w.options.LinkVerified = test.options
			if test.change != nil {
				test.change(w, &id)
			}
			ctx := observe.With(withCaller(t, anonymous), recorder)
			caller, err := w.Caller(ctx, id)
			require.NoError(t, err)
			require.Equal(t, viewer.Viewer{CognitoID: "sub", Registered: test.linked, Machine: id.Machine}, caller)
			if !test.linked {
				require.Nil(t, w.account("sub"))
				require.Empty(t, recorder.events)
				return
			}
			require.Empty(t, w.account("sub").Password, "the person who registered it, unverified, may be another one")
			require.Equal(t, []observe.AccountEvent{{
				Action: observe.LinkAccount, Outcome: observe.Done, Actor: "sub", Subjects: []string{"local-1"}, Address: testAddress,
			}}, recorder.events)
		})
	}
}

// TestLinkVerifiedIsBounded checks that callers without an account do not cost a statement per request.
func TestLinkVerifiedIsBounded(t *testing.T) {
	t.Parallel()
	w, now := newTestService(), &manualClock{}
	w.options.LinkVerified = LinkVerified{Email: true}
	w.links = newLinks(now.now)
	looked := func() (n int) {
		w.store.mu.Lock()
		defer w.store.mu.Unlock()
		for _, what := range w.store.calls {
			if what == "AccountByClaims" {
				n++
			}
		}
		return n
	}
	id := auth.Identity{Subject: "sub", VerifiedEmail: "old@example.org"}
	ask := func() viewer.Viewer {
		caller, err := w.Caller(t.Context(), id)
		require.NoError(t, err)
		return caller
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = w.Caller(t.Context(), id) })
	}
	all.Wait()
	require.Equal(t, 1, looked())
	w.addOldAccount(model.UserRoleEndUser)
	require.False(t, ask().Registered)
	id.VerifiedEmail = "new@example.org"
	ask()
	require.Equal(t, 2, looked(), "other claims are another matter")
	id.VerifiedEmail = "old@example.org"
	now.advance(retryLinkAfter)
	require.True(t, ask().Registered, "an account that was registered since")
	require.True(t, ask().Registered)
	require.Equal(t, 3, looked())

	ctx, leave := context.WithCancel(t.Context())
	leave()
	id.Subject = "sub2"
	_, err := w.Caller(ctx, id)
	require.ErrorIs(t, err, context.Canceled)
}
