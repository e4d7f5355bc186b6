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
	row, err := s.client.User.Query().Where(user.CognitoID(cognitoID)).
		Select(user.FieldCognitoID, user.FieldUsername, user.FieldRole, user.FieldTokenVersion, user.FieldPasswordHash).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	return newAccount(row), nil
}

var accountByUsername = statement("account_by_username", nil)

// AccountByUsername is the account with a username, else the only one whose username differs from it in case; nil where
// there is neither.
func (s *Store) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	var account model.Account
	var hash string
	cases := profile.CasesOf(username)
	err := s.pool.QueryRow(ctx, accountByUsername, username, cases.Composed, cases.Lower, cases.Upper).
		Scan(&account.CognitoID, &account.Username, &account.Role, &account.TokenVersion, &hash)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	account.Password = readHash(hash)
	return &account, nil
}

func newAccount(row *ent.User) *model.Account {
	return &model.Account{
		CognitoID:    row.CognitoID,
		Username:     row.Username,
		Role:         model.UserRole(row.Role),
		TokenVersion: row.TokenVersion,
		Password:     readHash(row.PasswordHash),
	}
}

// unknownAccount is the error about an account to change that is not there.
func errUnknownAccount() error { return apperr.New(apperr.NotFound, "there is no such account") }

// CreateAccount makes an account, one with a Cognito id of its own where account names none. A username or email address that
// another account has, whatever its case, and a phone number that another one has, are CONFLICT, an error each; so is a
// Cognito id that has an account, or one whose account is being deleted: what the deletion still removes would be the new
// account's.
func (s *Store) CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error) {
	values := uniqueValues{
		cognitoID: account.CognitoID, isNew: true,
		username: &account.Username, phoneNumber: &account.PhoneNumber, email: account.Email,
	}
	var row *ent.User
	err := withRetries(ctx, func() error {
		return s.writeNames(ctx, values, func(tx *ent.Tx) (err error) {
			row, err = insertAccount(ctx, tx, account)
			return err
		})
	})
	if err != nil {
		return nil, s.conflict(ctx, s.tooLong(ctx, err, profileFields(account.Profile)), values)
	}
	return newAccount(row), nil
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
	row, err := insert.Save(ctx)
	if err != nil {
		return nil, err
	}
	// After the insert: it waits for a deletion that has not committed yet, and this statement's snapshot (READ
	// COMMITTED) is younger, so that it sees what the deletion left.
	deleting, err := tx.UserFollowStats.Query().
		Where(userfollowstats.ID(row.CognitoID), userfollowstats.DeletedAtNotNil()).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if deleting {
		return nil, apperr.New(apperr.Conflict, "the account is being deleted, try again later")
	}
	return row, nil
}
