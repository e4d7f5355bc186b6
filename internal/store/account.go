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

// Account returns the account with a Cognito id, or nil if there is none.
func (s *Store) Account(ctx context.Context, cognitoID string) (*model.Account, error) {
	var row *ent.User
	err := s.readTwice(ctx, func() (err error) {
		row, err = s.client.User.Query().Where(user.CognitoID(cognitoID)).
			Select(user.FieldCognitoID, user.FieldUsername, user.FieldRole, user.FieldTokenVersion, user.FieldPasswordHash).Only(ctx)
		return err
	})
	switch {
	case ent.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	return newAccount(row), nil
}

var accountByUsername = statement("account_by_username", nil)

// AccountByUsername returns the account with exactly this username. If there is none and exactly one account has a
// username that differs only in case, it returns that account. Otherwise it returns nil.
func (s *Store) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	var account model.Account
	var hash string
	err := s.readTwice(ctx, func() error {
		return s.pool.QueryRow(ctx, accountByUsername, username, profile.NFC(username)).
			Scan(&account.CognitoID, &account.Username, &account.Role, &account.TokenVersion, &hash)
	})
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

// errUnknownAccount is the error for a change of an account that does not exist.
func errUnknownAccount() error { return apperr.New(apperr.NotFound, "the account does not exist") }

// CreateAccount creates an account. If account has no Cognito id, it gets a new local one. It returns one CONFLICT for
// each field whose value another account has. Usernames and email addresses are compared without case, phone numbers
// exactly. It also returns CONFLICT if the Cognito id has an account, or if that account is being deleted, because the
// rest of the deletion would remove follows of the new account.
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
		// Not 0: tokens of a deleted account with the same Cognito id must not become valid again.
		SetTokenVersion(time.Now().UnixMicro())
	if account.CognitoID != "" {
		insert.SetCognitoID(account.CognitoID)
	}
	row, err := insert.Save(ctx)
	if err != nil {
		return nil, err
	}
	// This statement must follow the insert, which waits for a deletion that has not committed yet. The snapshot of
	// this statement (READ COMMITTED) is taken after that wait, so it sees the result of the deletion.
	deleting, err := tx.UserFollowStats.Query().
		Where(userfollowstats.ID(row.CognitoID), userfollowstats.DeletedAtNotNil()).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if deleting {
		return nil, apperr.New(apperr.Conflict, "the account is being deleted: try again later")
	}
	return row, nil
}
