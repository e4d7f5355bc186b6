package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/ent"
	"followgraph/ent/user"
	"followgraph/ent/userfollowstats"
	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// Account is the account with a Cognito id, nil where there is none.
func (s *Store) Account(ctx context.Context, cognitoID string) (*model.Account, error) {
	found, err := s.client.User.Query().Where(user.CognitoID(cognitoID)).
		Select(user.FieldCognitoID, user.FieldUsername, user.FieldRole, user.FieldTokenVersion, user.FieldPasswordHash).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	return newAccount(found), nil
}

var accountByUsername = statement("account_by_username", nil)

// AccountByUsername is the account with a username, else the only one whose username differs from it in case; nil where
// there is neither.
func (s *Store) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	var found model.Account
	var hash string
	cases := profile.CasesOf(username)
	err := s.pool.QueryRow(ctx, accountByUsername, username, cases.Composed, cases.Lower, cases.Upper).
		Scan(&found.CognitoID, &found.Username, &found.Role, &found.TokenVersion, &hash)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	found.Password = readHash(hash)
	return &found, nil
}

func newAccount(found *ent.User) *model.Account {
	return &model.Account{
		CognitoID:    found.CognitoID,
		Username:     found.Username,
		Role:         model.UserRole(found.Role),
		TokenVersion: found.TokenVersion,
		Password:     readHash(found.PasswordHash),
	}
}

// unknownAccount is the error about an account to change that is not there.
func unknownAccount() error { return apperr.New(apperr.NotFound, "there is no such account") }

// CreateAccount makes an account, one with a Cognito id of its own where account names none. A username or email address that
// another account has, whatever its case, and a phone number that another one has, are CONFLICT, an error each; so is a
// Cognito id that has an account, or one whose account is being deleted: what the deletion still removes would be the new
// account's.
func (s *Store) CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error) {
	claimed := claims{
		cognitoID: account.CognitoID, isNew: true,
		username: &account.Username, phoneNumber: &account.PhoneNumber, email: account.Email,
	}
	var made *ent.User
	err := retrying(ctx, func() error {
		return s.writeNames(ctx, claimed, func(tx *ent.Tx) (err error) {
			made, err = insertAccount(ctx, tx, account)
			return err
		})
	})
	if err != nil {
		return nil, s.conflict(ctx, s.tooLong(ctx, err, profileFields(account.Profile)), claimed)
	}
	return newAccount(made), nil
}

func insertAccount(ctx context.Context, tx *ent.Tx, account model.NewAccount) (*ent.User, error) {
	insert := tx.User.Create().
		SetUsername(account.Username).SetPhoneNumber(account.PhoneNumber).SetNillableEmail(account.Email).
		SetNillableFirstname(account.Firstname).SetNillableLastname(account.Lastname).SetNillableAvatar(account.Avatar).
		SetNillableCountry(account.Country).SetNillableCity(account.City).SetNillableZipcode(account.Zipcode).
		SetRole(user.Role(account.Role)).SetPasswordHash(writtenHash(account.Password)).
		// Not 0: tokens of a deleted account with the same Cognito id must not become good again.
		SetTokenVersion(time.Now().UnixMicro())
	if account.CognitoID != "" {
		insert.SetCognitoID(account.CognitoID)
	}
	made, err := insert.Save(ctx)
	if err != nil {
		return nil, err
	}
	// After the insert: it waits for a deletion that has not committed yet, and this statement's snapshot (READ
	// COMMITTED) is younger, so that it sees what the deletion left.
	deleted, err := tx.UserFollowStats.Query().
		Where(userfollowstats.ID(made.CognitoID), userfollowstats.DeletedAtNotNil()).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if deleted {
		return nil, apperr.New(apperr.Conflict, "the account is being deleted, try again later")
	}
	return made, nil
}
