package social

import (
	"context"
	"errors"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/observe"
)

// ChangePassword changes an account's password and invalidates its tokens. Callers change their own password with the
// current one; operators may change another one's. A caller who changes their own password gets a new token.
func (s *Service) ChangePassword(ctx context.Context, input model.ChangePasswordInput) (*model.ChangePasswordPayload, error) {
	return withEvent(ctx, observe.ChangePassword, input, s.changePassword)
}

func (s *Service) changePassword(ctx context.Context, input model.ChangePasswordInput, e *event) (*model.ChangePasswordPayload, error) {
	e.setInputSubject(ctx, input.UserID)
	cognitoID, own, err := targetAccount(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	var f inputErrors
	if own && input.CurrentPassword == nil {
		f.add("currentPassword", errors.New("currentPassword is required to change your own password"))
	}
	f.add("newPassword", auth.CheckPassword("newPassword", input.NewPassword))
	if err := f.err(); err != nil {
		return nil, err
	}
	if own {
		if err := s.checkCurrent(ctx, cognitoID, *input.CurrentPassword, e); err != nil {
			return nil, err
		}
	}
	hash, err := s.hash(ctx, input.NewPassword, true)
	if err != nil {
		return nil, s.delayIfLimited(ctx, e.withReason(observe.HashingBusy, err))
	}
	account, err := s.accounts.SetPassword(ctx, cognitoID, hash)
	s.callers.forget(cognitoID) // after an error too: the change may have been committed
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

// checkCurrent checks the caller's password. It uses the attempts of a sign-in, so a token of the account does not give
// more guesses.
func (s *Service) checkCurrent(ctx context.Context, cognitoID, password string, e *event) error {
	account, err := s.accounts.Account(ctx, cognitoID)
	switch {
	case err != nil:
		return err
	case account == nil:
		return errNoSuchAccount
	case account.Password == "":
		e.Reason = observe.NoPassword
		return apperr.Input("currentPassword", "the account has no password: an operator can set one")
	}
	match, err := s.tryPassword(ctx, nameOf(account), account, password, e)
	if err == nil && !match.OK {
		err = apperr.Input("currentPassword", "currentPassword is wrong")
	}
	return err
}

// nameOf returns the name of an account for Attempts, which does not depend on its username.
func nameOf(account *model.Account) string { return "id " + account.CognitoID }

// tryPassword compares a password with an account's. It counts as an attempt for name.
func (s *Service) tryPassword(
	ctx context.Context, name string, account *model.Account, password string, e *event,
) (auth.Match, error) {
	attempt, err := s.options.Attempts.Take(name, addressOf(ctx))
	if err != nil {
		return auth.Match{}, s.delayIfLimited(ctx, e.withReason(observe.TooManyAttempts, err))
	}
	match, err := s.checkPassword(ctx, auth.Origin{Address: addressOf(ctx), Known: attempt.Known}, account.Password, password)
	switch {
	case err != nil: // nothing was compared
		s.options.Attempts.Release(attempt)
		return auth.Match{}, s.delayIfLimited(ctx, e.withReason(observe.HashingBusy, err))
	case match.OK:
		s.options.Attempts.Succeeded(attempt)
	default:
		e.Reason = mismatchReason(account)
	}
	return match, nil
}

// mismatchReason returns why a password did not match.
func mismatchReason(account *model.Account) observe.Reason {
	switch {
	case account.CognitoID == "":
		return observe.UnknownUsername
	case account.Password == "":
		return observe.NoPassword
	default:
		return observe.WrongPassword
	}
}

// rememberNetwork makes the caller's network a known network of an account that was just created from it.
func (s *Service) rememberNetwork(ctx context.Context, account *model.Account) {
	if attempt, err := s.options.Attempts.Take(nameOf(account), addressOf(ctx)); err == nil {
		s.options.Attempts.Succeeded(attempt)
	}
}

// hash returns the hash of a new password. Set known if the caller's own password, or the role of an operator, was
// checked before.
func (s *Service) hash(ctx context.Context, password string, known bool) (model.PasswordHash, error) {
	hash, err := s.options.Passwords.Hash(ctx, auth.Origin{Address: addressOf(ctx), Known: known}, password)
	return model.PasswordHash(hash), err
}

// rehash replaces an outdated hash while the password is known. A password that is too long for a new one stays valid:
// its new hash covers the bytes that the old one covered. A failure does not prevent the sign-in.
func (s *Service) rehash(ctx context.Context, account *model.Account, password string) {
	hash, err := s.hash(ctx, auth.Cut(password), true)
	if err == nil {
		err = s.accounts.RehashPassword(ctx, account.CognitoID, account.Password, hash)
	}
	if err != nil {
		s.options.Log.WarnContext(ctx, "an outdated password hash stays as it is", "error", err)
	}
}
