package social

import (
	"context"
	"fmt"
	"strings"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/profile"
	"followgraph/internal/viewer"
)

// maxLoginUsername bounds what is looked up as a username, in bytes. Those of the Python service may be longer than a
// new one's.
const maxLoginUsername = 255

var (
	// FORBIDDEN and not UNAVAILABLE: to try again does not help.
	errNoLocalSignIn = apperr.New(apperr.Forbidden, "this server signs nobody in by password: use a token of its Cognito user pool")
	errWrongSignIn   = apperr.New(apperr.Unauthenticated, "username or password is wrong")
	errRole          = fmt.Errorf("role is one of %s", strings.Join(profile.Roles, ", "))
)

// Login signs in by username and password. Nothing tells a username that nobody has from a wrong password: neither the
// error nor how long it takes.
func (s *Service) Login(ctx context.Context, input model.LoginInput) (*model.LoginPayload, error) {
	switch {
	case s.options.Tokens == nil:
		return nil, errNoLocalSignIn
	case len(input.Username) > maxLoginUsername || !storable(input.Username): // one that nobody can have
		return nil, errWrongSignIn
	}
	// The words in front keep the accounts of Attempts apart: a username may be anything.
	attempt, address := "login "+input.Username, viewer.From(ctx).Address
	if err := s.options.Attempts.Take(attempt, address); err != nil {
		return nil, s.slowly(ctx, err)
	}
	account, err := s.store.AccountByUsername(ctx, input.Username)
	if err != nil {
		return nil, err
	}
	if account == nil {
		account = &model.Account{}
	}
	match, err := s.options.Passwords.Check(ctx, string(account.Password), input.Password)
	switch {
	case err != nil:
		return nil, s.slowly(ctx, err)
	case !match.OK:
		return nil, errWrongSignIn
	}
	s.options.Attempts.Succeeded(attempt, address)
	if match.Outdated {
		s.rehash(ctx, account, input.Password)
	}
	token, expires, err := s.options.Tokens.Issue(account.CognitoID, account.TokenVersion)
	if err != nil {
		return nil, err
	}
	signIn(ctx, account)
	return &model.LoginPayload{
		ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: account.CognitoID},
		Token: token, TokenExpiresAt: expires,
	}, nil
}

// slowly passes an error on, after Options.RefusalDelay where it says that somebody asks too often: refusing is so cheap
// that whoever is refused could ask thousands of times a second, and take from others what hashing spares them.
func (s *Service) slowly(ctx context.Context, err error) error {
	if apperr.CodeOf(err) != apperr.RateLimited {
		return err
	}
	delay := time.NewTimer(s.options.RefusalDelay)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-ctx.Done():
	}
	return err
}

// signIn makes an account the caller of what remains of the operation.
func signIn(ctx context.Context, account *model.Account) {
	viewer.SignIn(ctx, viewer.Viewer{
		CognitoID:  account.CognitoID,
		Registered: true,
		Operator:   isOperator(account.Role),
		Address:    viewer.From(ctx).Address,
	})
}
