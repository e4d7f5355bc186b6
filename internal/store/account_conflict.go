package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/ent"
	"followgraph/ent/predicate"
	"followgraph/ent/user"
	"followgraph/internal/apperr"
)

// uniqueValues holds the values of an account that no other account may have. A nil value is not written.
type uniqueValues struct {
	cognitoID string // of the account; empty for a new local id
	isNew     bool   // whether the account is being created

	username, phoneNumber, email *string
}

// The unique indexes of users.
const (
	usernameIndex    = "ix_users_username"
	emailIndex       = "ix_users_email"
	phoneNumberIndex = "ix_users_phone_number"
	cognitoIDIndex   = "ix_users_cognito_id"
)

// conflict classifies the error of a transaction that writes an account. A nameTakenError or a unique violation becomes
// CONFLICT, with an error for each field that another account has. PostgreSQL names only the first violated index, so
// conflict looks up the others. The conflicting account may no longer exist at that time, so conflict always includes
// the index that PostgreSQL named.
func (s *Store) conflict(ctx context.Context, err error, values uniqueValues) error {
	var server *pgconn.PgError
	var names nameTakenError
	indexes := map[string]bool{}
	switch {
	case errors.As(err, &names):
		indexes[usernameIndex], indexes[emailIndex] = names.username, names.email
	case errors.As(err, &server) && server.Code == uniqueViolation:
		indexes[server.ConstraintName] = true
	default:
		return classify(ctx, err)
	}
	if err := s.findConflicts(ctx, values, indexes); err != nil {
		return classify(ctx, err)
	}
	if indexes[cognitoIDIndex] { // the other values may belong to that same account
		return apperr.New(apperr.Conflict, "this Cognito user already has an account")
	}
	var all apperr.Errors
	for _, unique := range []struct{ index, field, what string }{
		{usernameIndex, "username", "username"},
		{phoneNumberIndex, "phoneNumber", "phone number"},
		{emailIndex, "email", "email address"},
	} {
		if indexes[unique.index] {
			all = append(all, &apperr.Error{
				Code: apperr.Conflict, Field: unique.field, Message: "another account already has this " + unique.what,
			})
		}
	}
	if all == nil {
		return classify(ctx, err) // an index that this program does not know
	}
	return all
}

// findConflicts adds the unique indexes in which other accounts conflict with values to indexes.
func (s *Store) findConflicts(ctx context.Context, values uniqueValues, indexes map[string]bool) error {
	var conditions []predicate.User
	if values.username != nil {
		conditions = append(conditions, user.Username(*values.username))
	}
	if values.email != nil {
		conditions = append(conditions, user.Email(*values.email))
	}
	if values.phoneNumber != nil {
		conditions = append(conditions, user.PhoneNumber(*values.phoneNumber))
	}
	if values.isNew && values.cognitoID != "" {
		conditions = append(conditions, user.CognitoID(values.cognitoID))
	}
	if conditions == nil {
		return nil
	}
	var others []*ent.User
	err := s.readTwice(ctx, func() (err error) {
		others, err = s.client.User.Query().Where(user.Or(conditions...)).
			Select(user.FieldUsername, user.FieldEmail, user.FieldPhoneNumber, user.FieldCognitoID).All(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.CognitoID == values.cognitoID {
			indexes[cognitoIDIndex] = values.isNew
			continue
		}
		indexes[usernameIndex] = indexes[usernameIndex] || values.username != nil && other.Username == *values.username
		indexes[phoneNumberIndex] = indexes[phoneNumberIndex] || values.phoneNumber != nil && other.PhoneNumber == *values.phoneNumber
		indexes[emailIndex] = indexes[emailIndex] || values.email != nil && other.Email != nil && *other.Email == *values.email
	}
	return nil
}
