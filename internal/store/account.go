package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"followgraph/ent"
	"followgraph/ent/predicate"
	"followgraph/ent/user"
	"followgraph/ent/userfollowstats"
	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// Account is the account with a Cognito id, nil where there is none.
func (s *Store) Account(ctx context.Context, cognitoID string) (*model.Account, error) {
	return s.account(ctx, user.CognitoID(cognitoID))
}

// AccountByUsername is the account with a username, nil where there is none.
func (s *Store) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	return s.account(ctx, user.Username(username))
}

func (s *Store) account(ctx context.Context, who predicate.User) (*model.Account, error) {
	found, err := s.client.User.Query().Where(who).
		Select(user.FieldCognitoID, user.FieldRole, user.FieldTokenVersion, user.FieldPasswordHash).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, classify(ctx, err)
	}
	return newAccount(found), nil
}

func newAccount(found *ent.User) *model.Account {
	return &model.Account{
		CognitoID:    found.CognitoID,
		Role:         model.UserRole(found.Role),
		TokenVersion: found.TokenVersion,
		Password:     readHash(found.PasswordHash),
	}
}

// unknownAccount is the error about an account to change that is not there.
func unknownAccount() error { return apperr.New(apperr.NotFound, "there is no such account") }

// CreateAccount makes an account, one with a Cognito id of its own where account names none. A username, email or phone
// number that another account has is CONFLICT, an error each; so is a Cognito id that has an account, or one whose
// account is being deleted: what the deletion still removes would be the new account's.
func (s *Store) CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error) {
	var made *ent.User
	err := retrying(ctx, func() (err error) {
		made, err = s.insertAccount(ctx, account)
		return err
	})
	if err != nil {
		return nil, s.conflict(ctx, err, claims{
			cognitoID: account.CognitoID, isNew: true,
			username: &account.Username, phoneNumber: &account.PhoneNumber, email: account.Email,
		})
	}
	return newAccount(made), nil
}

func (s *Store) insertAccount(ctx context.Context, account model.NewAccount) (_ *ent.User, err error) {
	tx, err := s.client.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // what went wrong before is the news
		}
		// database/sql rolls back on its own when ctx ends, and what comes later meets a transaction that is done.
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err()
		}
	}()
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
	return made, tx.Commit()
}
