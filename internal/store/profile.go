package store

import (
	"context"

	"followgraph/ent"
	"followgraph/ent/user"
	"followgraph/internal/model"
)

// UpdateProfile changes an account's fields, all or none. CONFLICT as with CreateAccount; NOT_FOUND where there is no
// such account. A change of nothing leaves also the time of the last change.
func (s *Store) UpdateProfile(ctx context.Context, cognitoID string, change model.ProfileChange) error {
	var changed int
	err := retrying(ctx, func() (err error) {
		if change == (model.ProfileChange{}) {
			changed, err = s.client.User.Query().Where(user.CognitoID(cognitoID)).Count(ctx)
			return err
		}
		changed, err = profileUpdate(s.client.User.Update(), change).Where(user.CognitoID(cognitoID)).Save(ctx)
		return err
	})
	switch {
	case err != nil:
		return s.conflict(ctx, err, claims{
			cognitoID: cognitoID,
			username:  change.Username.Value, phoneNumber: change.PhoneNumber.Value, email: change.Email.Value,
		})
	case changed == 0:
		return unknownAccount()
	}
	return nil
}

func profileUpdate(update *ent.UserUpdate, change model.ProfileChange) *ent.UserUpdate {
	mutation := update.Mutation()
	for _, field := range []struct {
		model.Change
		set   func(string)
		clear func()
	}{
		{change.Username, mutation.SetUsername, nil},
		{change.PhoneNumber, mutation.SetPhoneNumber, nil},
		{change.Email, mutation.SetEmail, mutation.ClearEmail},
		{change.Firstname, mutation.SetFirstname, mutation.ClearFirstname},
		{change.Lastname, mutation.SetLastname, mutation.ClearLastname},
		{change.Avatar, mutation.SetAvatar, mutation.ClearAvatar},
		{change.Country, mutation.SetCountry, mutation.ClearCountry},
		{change.City, mutation.SetCity, mutation.ClearCity},
		{change.Zipcode, mutation.SetZipcode, mutation.ClearZipcode},
	} {
		switch {
		case !field.Set:
		case field.Value != nil:
			field.set(*field.Value)
		default:
			field.clear()
		}
	}
	return update
}

// SetRole gives an account a role; NOT_FOUND where there is no account.
func (s *Store) SetRole(ctx context.Context, cognitoID string, role model.UserRole) error {
	changed, err := s.client.User.Update().Where(user.CognitoID(cognitoID)).SetRole(user.Role(role)).Save(ctx)
	switch {
	case err != nil:
		return classify(ctx, err)
	case changed == 0:
		return unknownAccount()
	}
	return nil
}
