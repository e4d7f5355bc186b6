package social

import (
	"context"
	"fmt"
	"strings"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
	"followgraph/internal/profile"
	"followgraph/internal/viewer"
)

// maxLoginUsername limits the username of a sign-in, in bytes. Usernames of the Python service may be longer than new
// ones.
const maxLoginUsername = 255

var (
	// FORBIDDEN and not UNAVAILABLE: a retry does not help.
	errNoLocalSignIn = apperr.New(apperr.Forbidden, "this server does not accept passwords: use a token of its Cognito user pool")
	errWrongSignIn   = apperr.New(apperr.Unauthenticated, "the username or the password is wrong")
	errRole          = fmt.Errorf("role must be one of %s", strings.Join(profile.Roles, ", "))
)

// Login signs in by username and password. Neither the error nor the time that it takes shows whether a username
// exists.
func (s *Service) Login(ctx context.Context, input model.LoginInput) (*model.LoginPayload, error) {
	return withEvent(ctx, observe.SignIn, input, s.login)
}

func (s *Service) login(ctx context.Context, input model.LoginInput, e *event) (*model.LoginPayload, error) {
	if s.options.Tokens == nil {
		return nil, errNoLocalSignIn
	}
	account, match, err := s.authenticate(ctx, input.Username, input.Password, e)
	if err != nil {
		return nil, err
	}
	if match.Outdated {
		s.rehash(ctx, account, input.Password)
	}
	e.Actor = account.CognitoID
	token, expires, err := s.options.Tokens.Issue(account.CognitoID, account.TokenVersion)
	if err != nil {
		return nil, err
	}
	signIn(ctx, account)
	return &model.LoginPayload{
		ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: account.CognitoID},
		Token: token, TokenExpiresAt: expires, PasswordChangeAdvised: match.Cut,
	}, nil
}

// authenticate returns the account with a username and a password. The error does not show which of the two is wrong.
func (s *Service) authenticate(ctx context.Context, username, password string, e *event) (*model.Account, auth.Match, error) {
	if len(username) > maxLoginUsername || !storable(username) { // no account can have it
		e.Reason = observe.UnknownUsername
		return nil, auth.Match{}, errWrongSignIn
	}
	account, err := s.accounts.AccountByUsername(ctx, username)
	if err != nil {
		return nil, auth.Match{}, err
	}
	var name string
	if account != nil {
		name = nameOf(account)
		e.setSubject(account.CognitoID)
	} else { // the event has no subject: people type passwords into the wrong field
		account, name = &model.Account{}, "name "+profile.Fold(username)
	}
	match, err := s.tryPassword(ctx, name, account, password, e)
	if err == nil && !match.OK {
		err = errWrongSignIn
	}
	return account, match, err
}

// delayIfLimited returns an error unchanged, but waits for Options.RefusalDelay first if it is RATE_LIMITED. Rejecting
// an attempt is so cheap that a client could otherwise repeat it thousands of times per second, and use up the CPU time
// that was saved by not hashing.
func (s *Service) delayIfLimited(ctx context.Context, err error) error {
	if apperr.CodeOf(err) != apperr.RateLimited {
		return err
	}
	delay, start := time.NewTimer(s.options.RefusalDelay), time.Now()
	defer delay.Stop()
	defer func() { meter.From(ctx).Delay(time.Since(start)) }()
	select {
	case <-delay.C:
	case <-ctx.Done():
	}
	return err
}

// checkPassword compares a password with a hash. The time of a mismatch does not count as work of the operation:
// waiting for a turn and hashing exist to slow down guessing.
func (s *Service) checkPassword(
	ctx context.Context, origin auth.Origin, hash model.PasswordHash, password string,
) (auth.Match, error) {
	start := time.Now()
	match, err := s.options.Passwords.Check(ctx, origin, string(hash), password)
	if err != nil || !match.OK {
		meter.From(ctx).Delay(time.Since(start))
	}
	return match, err
}

// signIn makes an account the caller of the rest of the operation.
func signIn(ctx context.Context, account *model.Account) {
	viewer.SignIn(ctx, viewer.Viewer{
		CognitoID:  account.CognitoID,
		Registered: true,
		Operator:   isOperator(account.Role),
		Address:    viewer.From(ctx).Address,
	})
}
