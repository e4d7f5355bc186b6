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

// These two are not ent's: it would set updated_at, which everybody may see, and whose password changed when is
// nobody's business.
var (
	setPasswordSQL    = statement("password_set", nil)
	rehashPasswordSQL = statement("password_rehash", nil)
)

// SetPassword changes an account's password and ends its tokens: it returns the account with its new token version.
// NOT_FOUND where there is no account.
func (s *Store) SetPassword(ctx context.Context, cognitoID string, hash model.PasswordHash) (*model.Account, error) {
	account := &model.Account{CognitoID: cognitoID, Password: hash}
	err := s.pool.QueryRow(ctx, setPasswordSQL, cognitoID, writtenHash(hash)).Scan(&account.Username, &account.Role, &account.TokenVersion)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errUnknownAccount()
	case err != nil:
		return nil, classify(ctx, err)
	}
	return account, nil
}

// RehashPassword puts a new hash of the same password in the place of an old one, if that is still there. Tokens go on.
func (s *Store) RehashPassword(ctx context.Context, cognitoID string, old, hash model.PasswordHash) error {
	_, err := s.pool.Exec(ctx, rehashPasswordSQL, cognitoID, string(old), string(hash))
	return classify(ctx, err)
}
