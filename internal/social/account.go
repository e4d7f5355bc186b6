package social

import (
	"context"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// Register creates an account with a password and signs in. It is limited per network, because each call computes a
// hash. Operators may register while registration is closed.
func (s *Service) Register(ctx context.Context, input model.RegisterInput) (*model.RegisterPayload, error) {
	return withEvent(ctx, observe.Register, input, s.register)
}

func (s *Service) register(ctx context.Context, input model.RegisterInput, e *event) (*model.RegisterPayload, error) {
	if s.options.Tokens == nil {
		return nil, errNoLocalSignIn
	}
	if err := s.mayRegister(ctx); err != nil {
		return nil, err
	}
	account, err := s.createAccount(ctx, input, model.UserRoleEndUser, e, func() error {
		return e.withReason(observe.TooManyAttempts, s.options.Attempts.TakeAddress(addressOf(ctx)))
	})
	if err != nil {
		return nil, s.delayIfLimited(ctx, err)
	}
	s.rememberNetwork(ctx, account)
	token, expires, err := s.options.Tokens.Issue(account.CognitoID, account.TokenVersion)
	if err != nil {
		return nil, err
	}
	signIn(ctx, account)
	return &model.RegisterPayload{
		ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: account.CognitoID},
		Token: token, TokenExpiresAt: expires,
	}, nil
}

// CreateAccount creates an account with a password and a role, for operators. It does not sign in.
func (s *Service) CreateAccount(ctx context.Context, input model.RegisterInput, role model.UserRole) (*model.User, error) {
	return withEvent(ctx, observe.CreateAccount, input, func(ctx context.Context, input model.RegisterInput, e *event) (*model.User, error) {
		if err := requireOperator(ctx); err != nil {
			return nil, err
		}
		account, err := s.createAccount(ctx, input, role, e, func() error { return nil })
		if err != nil {
			return nil, err
		}
		e.Role = string(role)
		return &model.User{CognitoID: account.CognitoID}, nil
	})
}

// createAccount calls mayHash after it has validated the input.
func (s *Service) createAccount(
	ctx context.Context, input model.RegisterInput, role model.UserRole, e *event, mayHash func() error,
) (account *model.Account, err error) {
	var f inputErrors
	values := model.NewAccount{Role: role, Profile: f.profile(model.Profile{
		Username: input.Username, PhoneNumber: input.PhoneNumber, Email: input.Email,
		Firstname: input.Firstname, Lastname: input.Lastname, Avatar: input.Avatar,
		Country: input.Country, City: input.City, Zipcode: input.Zipcode,
	})}
	if err := s.checkReserved(ctx, &f, input.Username, ""); err != nil {
		return nil, err
	}
	f.add("password", auth.CheckPassword("password", input.Password))
	if !role.IsValid() {
		f.add("role", errRole)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	err = s.createLimited(ctx, e, func() (err error) {
		if err := mayHash(); err != nil {
			return err
		}
		if values.Password, err = s.hash(ctx, input.Password, false); err != nil {
			return e.withReason(observe.HashingBusy, err)
		}
		e.mayHaveWritten = true
		account, err = s.accounts.CreateAccount(ctx, values)
		return err
	})
	e.setAccount(account)
	return account, err
}

// CreateProfile creates the account of a Cognito user who has none yet. It has no password.
func (s *Service) CreateProfile(ctx context.Context, input model.CreateProfileInput) (*model.CreateProfilePayload, error) {
	return withEvent(ctx, observe.CreateProfile, input, s.createProfile)
}

func (s *Service) createProfile(ctx context.Context, input model.CreateProfileInput, e *event) (*model.CreateProfilePayload, error) {
	caller := viewer.From(ctx)
	e.setInputSubject(ctx, nil)
	switch {
	case !caller.SignedIn():
		return nil, errNotSignedIn
	case caller.Machine:
		return nil, errMachine
	case caller.Registered: // also a caller whose account was just deleted elsewhere: a local token must not restore it
		return nil, apperr.New(apperr.Conflict, "the caller already has an account")
	}
	if err := s.mayRegister(ctx); err != nil {
		return nil, err
	}
	var f inputErrors
	values := model.NewAccount{CognitoID: caller.CognitoID, Role: model.UserRoleEndUser, Profile: f.profile(model.Profile{
		Username: input.Username, PhoneNumber: input.PhoneNumber, Email: input.Email,
		Firstname: input.Firstname, Lastname: input.Lastname, Avatar: input.Avatar,
		Country: input.Country, City: input.City, Zipcode: input.Zipcode,
	})}
	if err := s.checkReserved(ctx, &f, input.Username, ""); err != nil {
		return nil, err
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	var account *model.Account
	err := s.createLimited(ctx, e, func() (err error) {
		e.mayHaveWritten = true
		account, err = s.accounts.CreateAccount(ctx, values)
		return err
	})
	if err != nil {
		return nil, withClaimHint(err)
	}
	s.callers.forget(account.CognitoID) // a running lookup may not have found it
	signIn(ctx, account)
	return &model.CreateProfilePayload{ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: account.CognitoID}}, nil
}

// SetRole gives an account a role. Only operators may call it. An operator may give up their own role; `followgraph
// users set-role` restores it.
func (s *Service) SetRole(ctx context.Context, input model.SetRoleInput) (*model.SetRolePayload, error) {
	return withEvent(ctx, observe.SetRole, input, s.setRole)
}

func (s *Service) setRole(ctx context.Context, input model.SetRoleInput, e *event) (*model.SetRolePayload, error) {
	e.setInputSubject(ctx, &input.UserID)
	if input.Role.IsValid() {
		e.Role = string(input.Role)
	}
	if err := requireOperator(ctx); err != nil {
		return nil, err
	}
	cognitoID, own, err := targetAccount(ctx, &input.UserID)
	if err != nil {
		return nil, err
	}
	if !input.Role.IsValid() {
		return nil, apperr.Input("role", "%s", errRole)
	}
	err = s.accounts.SetRole(ctx, cognitoID, input.Role)
	s.callers.forget(cognitoID) // after an error too: the change may have been committed
	if err != nil {
		return nil, err
	}
	if own {
		caller := viewer.From(ctx)
		caller.Operator = isOperator(input.Role)
		viewer.SignIn(ctx, caller)
	}
	return &model.SetRolePayload{ClientMutationID: input.ClientMutationID, User: &model.User{CognitoID: cognitoID}}, nil
}

// DeleteAccount deletes an account with all its follows: the caller's own, or another one for operators. After the
// caller's own account is deleted, the rest of the operation is anonymous.
func (s *Service) DeleteAccount(ctx context.Context, input model.DeleteAccountInput) (*model.DeleteAccountPayload, error) {
	return withEvent(ctx, observe.DeleteAccount, input, s.deleteAccount)
}

func (s *Service) deleteAccount(ctx context.Context, input model.DeleteAccountInput, e *event) (*model.DeleteAccountPayload, error) {
	e.setInputSubject(ctx, input.UserID)
	cognitoID, own, err := targetAccount(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	exists, err := s.follows.DeleteAccount(ctx, cognitoID)
	s.callers.forget(cognitoID) // after an error too: the account is deleted before its follows
	switch {
	case err != nil:
		return nil, err
	case own:
		viewer.SignIn(ctx, viewer.Viewer{Address: viewer.From(ctx).Address})
	}
	if !exists {
		return nil, errNoSuchAccount
	}
	deleted := model.User{CognitoID: cognitoID}
	return &model.DeleteAccountPayload{ClientMutationID: input.ClientMutationID, DeletedUserID: deleted.ID()}, nil
}
