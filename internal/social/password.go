package social

import (
	"context"
	"errors"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// ChangePassword changes an account's password, with which its tokens end: the caller's own, for the current one, or
// another one's for operators. Whoever changes their own gets a new token.
func (s *Service) ChangePassword(ctx context.Context, input model.ChangePasswordInput) (*model.ChangePasswordPayload, error) {
	cognitoID, own, err := subject(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	var f faults
	if own && input.CurrentPassword == nil {
		f.add("currentPassword", errors.New("currentPassword is needed to change one's own password"))
	}
	f.add("newPassword", auth.CheckPassword("newPassword", input.NewPassword))
	if err := f.err(); err != nil {
		return nil, err
	}
	if own {
		if err := s.checkCurrent(ctx, cognitoID, *input.CurrentPassword); err != nil {
			return nil, err
		}
	}
	hash, err := s.hash(ctx, input.NewPassword)
	if err != nil {
		return nil, err
	}
	account, err := s.store.SetPassword(ctx, cognitoID, hash)
	s.callers.drop(cognitoID) // after an error too: what it was about may have been done
	if err != nil {
		return nil, err
	}
	payload := &model.ChangePasswordPayload{ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: cognitoID}}
	if own && s.options.Tokens != nil {
		token, expires, err := s.options.Tokens.Issue(cognitoID, account.TokenVersion)
		if err != nil {
			return nil, err
		}
		payload.Token, payload.TokenExpiresAt = &token, &expires
	}
	return payload, nil
}

// checkCurrent checks the caller's password, with as many attempts as a sign-in has.
func (s *Service) checkCurrent(ctx context.Context, cognitoID, password string) error {
	account, err := s.store.Account(ctx, cognitoID)
	switch {
	case err != nil:
		return err
	case account == nil:
		return errNoSuchAccount
	case account.Password == "":
		return apperr.Input("currentPassword", "the account has no password to change: an operator can set one")
	}
	attempt, address := "password of "+cognitoID, viewer.From(ctx).Address
	if err := s.options.Attempts.Take(attempt, address); err != nil {
		return s.slowly(ctx, err)
	}
	match, err := s.options.Passwords.Check(ctx, string(account.Password), password)
	switch {
	case err != nil:
		return s.slowly(ctx, err)
	case !match.OK:
		return apperr.Input("currentPassword", "currentPassword is wrong")
	}
	s.options.Attempts.Succeeded(attempt, address)
	return nil
}

// hash makes the hash of a password that is to be kept.
func (s *Service) hash(ctx context.Context, password string) (model.PasswordHash, error) {
	hash, err := s.options.Passwords.Hash(ctx, password)
	return model.PasswordHash(hash), s.slowly(ctx, err)
}

// rehash replaces an outdated hash while the password is known. That it fails is no reason not to sign in.
func (s *Service) rehash(ctx context.Context, account *model.Account, password string) {
	hash, err := s.hash(ctx, password)
	if err == nil {
		err = s.store.RehashPassword(ctx, account.CognitoID, account.Password, hash)
	}
	if err != nil {
		s.options.Log.WarnContext(ctx, "an outdated password hash stays as it is", "error", err)
	}
}
