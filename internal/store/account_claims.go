package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/profile"
)

var accountByClaims = statement("account_by_claims", nil)

// AccountByClaims returns the only account that has one of the values in wanted. The comparison is exact. It returns
// nil in three cases: no account has such a value; a second account has such a value, or has an email address that
// differs only in case; or the account's email address or phone number differs from the one in proved. In the last case
// the account may belong to another person, such as a previous owner of the number.
func (s *Store) AccountByClaims(ctx context.Context, wanted, proved model.VerifiedClaims) (*model.Account, error) {
	type row struct {
		CognitoID, Username, Role string
		TokenVersion              int64
		Hash                      string
		Email                     *string
		PhoneNumber               string
	}
	var matches []row
	err := s.readTwice(ctx, func() (err error) {
		rows, _ := s.pool.Query(ctx, accountByClaims, optional(wanted.Email), optional(wanted.PhoneNumber))
		matches, err = pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		return err
	})
	if err != nil {
		return nil, classify(ctx, err)
	}
	if len(matches) != 1 {
		return nil, nil
	}
	a := matches[0]
	own := deref(a.Email)
	has := wanted.Email != "" && own == wanted.Email || wanted.PhoneNumber != "" && a.PhoneNumber == wanted.PhoneNumber
	if !has || own != "" && proved.Email != "" && profile.Fold(own) != profile.Fold(proved.Email) || isOtherNumber(a.PhoneNumber, proved.PhoneNumber) {
		return nil, nil
	}
	return &model.Account{
		CognitoID: a.CognitoID, Username: a.Username, Role: model.UserRole(a.Role), TokenVersion: a.TokenVersion, Password: readHash(a.Hash),
	}, nil
}

// isOtherNumber reports whether an account's phone number differs from the proved one. It returns false if the
// account's text is not a phone number or has no country code.
func isOtherNumber(own, proved string) bool {
	number, err := profile.ParsePhoneNumber(own)
	return err == nil && proved != "" && number != proved
}
