package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/ent/predicate"
	"followgraph/ent/user"
	"followgraph/internal/apperr"
)

// claims is what an account is to have that no other may have, nil where it claims nothing.
type claims struct {
	cognitoID string // whose the account is; empty for a random one
	isNew     bool   // whether the account is to be made

	username, phoneNumber, email *string
}

// The unique indexes of users.
const (
	usernameIndex    = "ix_users_username"
	emailIndex       = "ix_users_email"
	phoneNumberIndex = "ix_users_phone_number"
	cognitoIDIndex   = "ix_users_cognito_id"
)

// conflict classifies the error of a transaction that writes an account. A takenError or a unique violation becomes CONFLICT, with an
// error for each field that another account has: PostgreSQL names only the first that it met, so the others are looked
// up. The account that was in the way may have gone since, therefore what PostgreSQL named counts in any case.
func (s *Store) conflict(ctx context.Context, err error, c claims) error {
	var server *pgconn.PgError
	var taken takenError
	met := map[string]bool{}
	switch {
	case errors.As(err, &taken):
		met[usernameIndex], met[emailIndex] = taken.username, taken.email
	case errors.As(err, &server) && server.Code == uniqueViolation:
		met[server.ConstraintName] = true
	default:
		return classify(ctx, err)
	}
	if err := s.findConflicts(ctx, c, met); err != nil {
		return classify(ctx, err)
	}
	if met[cognitoIDIndex] { // the rest may be that account's own
		return apperr.New(apperr.Conflict, "there is an account for this Cognito user already")
	}
	var all apperr.Errors
	for _, unique := range []struct{ index, field, what string }{
		{usernameIndex, "username", "username"},
		{phoneNumberIndex, "phoneNumber", "phone number"},
		{emailIndex, "email", "email address"},
	} {
		if met[unique.index] {
			all = append(all, &apperr.Error{
				Code: apperr.Conflict, Field: unique.field, Message: "another account has this " + unique.what,
			})
		}
	}
	if all == nil {
		return classify(ctx, err) // an index that this program does not know
	}
	return all
}

// findConflicts adds the unique indexes in which accounts stand in the way of c to met.
func (s *Store) findConflicts(ctx context.Context, c claims, met map[string]bool) error {
	var claimed []predicate.User
	if c.username != nil {
		claimed = append(claimed, user.Username(*c.username))
	}
	if c.email != nil {
		claimed = append(claimed, user.Email(*c.email))
	}
	if c.phoneNumber != nil {
		claimed = append(claimed, user.PhoneNumber(*c.phoneNumber))
	}
	if c.isNew && c.cognitoID != "" {
		claimed = append(claimed, user.CognitoID(c.cognitoID))
	}
	if claimed == nil {
		return nil
	}
	others, err := s.client.User.Query().Where(user.Or(claimed...)).
		Select(user.FieldUsername, user.FieldEmail, user.FieldPhoneNumber, user.FieldCognitoID).All(ctx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.CognitoID == c.cognitoID {
			met[cognitoIDIndex] = c.isNew
			continue
		}
		met[usernameIndex] = met[usernameIndex] || c.username != nil && other.Username == *c.username
		met[phoneNumberIndex] = met[phoneNumberIndex] || c.phoneNumber != nil && other.PhoneNumber == *c.phoneNumber
		met[emailIndex] = met[emailIndex] || c.email != nil && other.Email != nil && *other.Email == *c.email
	}
	return nil
}
