package social

import (
	"context"
	"errors"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// Accounts of the previous service have generated ids until they are linked to the Cognito users that they belong to.
// An operator links them with `followgraph adopt link`. This file is for users whose accounts that command could not
// link.

var (
	errLinked    = apperr.New(apperr.Conflict, "this account already belongs to a Cognito user")
	errNoCognito = apperr.New(apperr.Forbidden, "only a Cognito user can claim an account: send a token of the user pool")
)

// ClaimAccount gives a Cognito user an account of the previous service in exchange for its password. The account must
// have a generated id, so that no Cognito user has it. The caller has no account, or has one that createProfile
// created, which is merged into the claimed account.
func (s *Service) ClaimAccount(ctx context.Context, input model.ClaimAccountInput) (*model.ClaimAccountPayload, error) {
	return withEvent(ctx, observe.ClaimAccount, input, s.claimAccount)
}

func (s *Service) claimAccount(ctx context.Context, input model.ClaimAccountInput, e *event) (*model.ClaimAccountPayload, error) {
	caller := viewer.From(ctx)
	if err := s.mayClaim(ctx, caller); err != nil {
		return nil, err
	}
	// From here on this is a sign-in, with the same attempts and the same timing, whichever account is named.
	account, match, err := s.authenticate(ctx, input.Username, input.Password, e)
	if err != nil {
		return nil, err
	}
	if !globalid.IsLocalID(account.CognitoID) {
		return nil, errLinked
	}
	ownAccount, err := s.moveAccount(ctx, model.AccountMove{From: account.CognitoID, To: caller.CognitoID, Seen: account})
	if err != nil {
		return nil, err
	}
	if match.Outdated {
		s.rehash(ctx, ownAccount, input.Password)
	}
	s.rememberNetwork(ctx, ownAccount)
	signIn(ctx, ownAccount)
	return &model.ClaimAccountPayload{ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: ownAccount.CognitoID}}, nil
}

// mayClaim rejects callers who cannot have an account of the previous service. It does not look at the claimed account.
func (s *Service) mayClaim(ctx context.Context, caller viewer.Viewer) error {
	switch {
	case !caller.SignedIn():
		return errNotSignedIn
	case caller.Machine:
		return errMachine
	case globalid.IsLocalID(caller.CognitoID):
		return errNoCognito
	case !caller.Registered:
		return nil
	}
	own, err := s.accounts.Account(ctx, caller.CognitoID)
	if err == nil && (own == nil || !own.IsTwin()) { // nil: it was just deleted elsewhere
		err = errHasAccount
	}
	return err
}

var errHasAccount = apperr.New(apperr.Conflict, "the caller already has an account")

// moveAccount gives an account another Cognito id and removes both ids from the cache.
func (s *Service) moveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error) {
	account, err := s.accounts.MoveAccount(ctx, move)
	s.callers.forget(move.From) // after an error too: the move may have been committed
	s.callers.forget(move.To)
	return account, err
}

// withClaimHint adds a hint to a conflict of createProfile, because the conflicting account may be the caller's own.
func withClaimHint(err error) error {
	const hint = "; if it is your own older account, take it over with claimAccount"
	var all apperr.Errors
	if !errors.As(err, &all) {
		return err
	}
	errs := make(apperr.Errors, len(all))
	for i, each := range all {
		clone := *each
		if clone.Code == apperr.Conflict {
			clone.Message += hint
		}
		errs[i] = &clone
	}
	return errs
}
