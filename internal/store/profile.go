package store

import (
	"context"

	"followgraph/ent"
	"followgraph/ent/user"
	"followgraph/internal/model"
)

// UpdateProfile changes all given fields of an account, or none if it fails. It returns CONFLICT as CreateAccount does,
// and NOT_FOUND if the account does not exist. A change without fields does not set updated_at.
func (s *Store) UpdateProfile(ctx context.Context, cognitoID string, change model.ProfileChange) error {
	values := uniqueValues{
		cognitoID: cognitoID,
		username:  change.Username.Value, phoneNumber: change.PhoneNumber.Value, email: change.Email.Value,
	}
	var changed int
	err := withRetries(ctx, func() (err error) {
		changed, err = s.updateProfile(ctx, values, change)
		return err
	})
	switch {
	case err != nil:
		return s.conflict(ctx, s.tooLong(ctx, err, changedFields(change)), values)
	case changed == 0:
		return errUnknownAccount()
	}
	return nil
}

// updateProfile returns the number of accounts that match: those that it changed, or could change if no field is given.
func (s *Store) updateProfile(ctx context.Context, values uniqueValues, change model.ProfileChange) (changed int, err error) {
	account := user.CognitoID(values.cognitoID)
	switch {
	case change == (model.ProfileChange{}):
		return s.client.User.Query().Where(account).Count(ctx)
	case values.username == nil && values.email == nil:
		return profileUpdate(s.client.User.Update(), change).Where(account, ownWrite).Save(ctx)
	}
	err = s.writeNames(ctx, values, func(tx *ent.Tx) error {
		changed, err = profileUpdate(tx.User.Update(), change).Where(account).Save(ctx)
		return err
	})
	return changed, err
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

// SetRole gives an account a role. It returns NOT_FOUND if there is no account.
func (s *Store) SetRole(ctx context.Context, cognitoID string, role model.UserRole) error {
	var changed int
	err := withRetries(ctx, func() (err error) {
		changed, err = s.client.User.Update().Where(user.CognitoID(cognitoID), ownWrite).SetRole(user.Role(role)).Save(ctx)
		return err
	})
	switch {
	case err != nil:
		return classify(ctx, err)
	case changed == 0:
		return errUnknownAccount()
	}
	return nil
}
