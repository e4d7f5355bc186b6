package social

import (
	"context"
	"errors"

	"followgraph/internal/model"
	"followgraph/internal/profile"
	"followgraph/internal/viewer"
)

var errReserved = errors.New("this username is reserved")

// checkReserved adds to f that a username is reserved, which operators may give nevertheless. An account that has it already,
// as one of an adopted database may, keeps it: cognitoID names the account, empty for a new one.
func (s *Service) checkReserved(ctx context.Context, f *inputErrors, username, cognitoID string) error {
	if viewer.From(ctx).Operator || !s.options.Reserved.Has(username) || profile.CheckUsername(username) != nil {
		return nil
	}
	if cognitoID != "" {
		users, err := s.graph.Users(ctx, []model.UserKey{{CognitoID: cognitoID}})
		if err != nil {
			return err
		}
		if users[0] != nil && profile.Fold(users[0].Username) == profile.Fold(username) {
			return nil
		}
	}
	f.add("username", errReserved)
	return nil
}
