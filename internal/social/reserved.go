package social

import (
	"context"
	"errors"

	"followgraph/internal/profile"
	"followgraph/internal/viewer"
)

var errReserved = errors.New("this username is reserved: choose another one")

// checkReserved adds an error to f if a username is reserved. Operators may assign reserved usernames. An account that
// already has one, as in an adopted database, keeps it: cognitoID is that account's id, empty for a new account.
func (s *Service) checkReserved(ctx context.Context, f *inputErrors, username, cognitoID string) error {
	if viewer.From(ctx).Operator || !s.options.Reserved.Has(username) || profile.CheckUsername(username) != nil {
		return nil
	}
	if cognitoID != "" {
		account, err := s.accounts.Account(ctx, cognitoID)
		if err != nil {
			return err
		}
		if account != nil && profile.Fold(account.Username) == profile.Fold(username) {
			return nil
		}
	}
	f.add("username", errReserved)
	return nil
}
