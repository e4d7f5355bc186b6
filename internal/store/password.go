package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/store/nopassword"
)

func readHash(stored string) model.PasswordHash {
	if stored == nopassword.Hash || stored == nopassword.Before {
		return ""
	}
	return model.PasswordHash(stored)
}

func writtenHash(hash model.PasswordHash) string {
	if hash == "" {
		return nopassword.Hash
	}
	return string(hash)
}

// These two statements do not use ent, because ent would set updated_at. updated_at is public, but the time of a
// password change is not.
var (
	setPasswordSQL    = statement("password_set", nil)
	rehashPasswordSQL = statement("password_rehash", nil)
)

// SetPassword changes an account's password, invalidates its tokens, and returns the account with its new token
// version. It returns NOT_FOUND if there is no account.
func (s *Store) SetPassword(ctx context.Context, cognitoID string, hash model.PasswordHash) (*model.Account, error) {
	account := &model.Account{CognitoID: cognitoID, Password: hash}
	err := withRetries(ctx, func() error {
		return s.pool.QueryRow(ctx, setPasswordSQL, cognitoID, writtenHash(hash)).Scan(&account.Username, &account.Role, &account.TokenVersion)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errUnknownAccount()
	case err != nil:
		return nil, classify(ctx, err)
	}
	return account, nil
}

// RehashPassword replaces an old hash with a new hash of the same password, if the account still has the old hash.
// Tokens stay valid.
func (s *Store) RehashPassword(ctx context.Context, cognitoID string, old, hash model.PasswordHash) error {
	err := withRetries(ctx, func() error {
		_, err := s.pool.Exec(ctx, rehashPasswordSQL, cognitoID, string(old), string(hash))
		return err
	})
	return classify(ctx, err)
}
